//! `recon import`

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{ArgAction, Args};
use tokio::sync::watch;

use super::args::{Locking, Planning, StatePlace, Variables};
use super::context::Context;
use super::exit::Exit;
use super::interrupt::{self, unless_stopped};
use super::prompt;
use super::setup::{Setup, snapshot};
use crate::address::{Address, Mode, Target};
use crate::apply::run::Stop;
use crate::apply::session::Session;
use crate::apply::take_over;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::plan::selection::Options;
use crate::plan::step::Action;
use crate::plan::{self, Made};

/// Take an object that exists already into state
///
/// The configuration must have the block; nothing is changed but state. An `import` block does the same for everybody who
/// uses the configuration, and `recon plan` shows it first.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon import aws_dynamodb_table.posts cdk-blog-posts")]
pub(crate) struct ImportArgs {
    /// What the object becomes, such as aws_iam_role.api or 'module.a.aws_iam_role.r["x"]'
    address: String,
    /// What names the object for its type; the page of the type in docs/reference says how
    id: String,
    #[command(flatten)]
    variables: Variables,
    /// Ask for required variables that have no value
    #[arg(long, value_name = "BOOL", default_value_t = true, action = ArgAction::Set, num_args = 0..=1,
        require_equals = true, default_missing_value = "true", hide_possible_values = true)]
    input: bool,
    /// How many calls may be under way at once
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    parallelism: u16,
    #[command(flatten)]
    place: StatePlace,
    #[command(flatten)]
    locking: Locking,
    /// Refused: the configuration is that of the working folder
    #[arg(long, value_name = "DIR", hide = true, value_parser = no_other_folder)]
    config: Option<String>,
}

fn no_other_folder(_: &str) -> Result<String, String> {
    Err("the configuration is that of the working folder; -chdir=DIR before the command names another".to_owned())
}

/// Runs the command.
pub(crate) async fn run(args: &ImportArgs, cx: &mut Context) -> Option<Exit> {
    cx.may_ask = prompt::possible(args.input);
    let address = target(&args.address, cx)?;
    // An import block in a file of its own: the plan knows how to import, and nothing else has to.
    let folder = block(&address, &args.id, cx)?;
    cx.generated = Some(folder.path().join("import.tf"));
    let done = import(args, &address, cx).await;
    forget_place(folder.path(), cx);
    done
}

fn target(text: &str, cx: &mut Context) -> Option<Address> {
    let why = match text.parse::<Address>() {
        Ok(address) if address.resource.mode == Mode::Managed => return Some(address),
        Ok(_) => "Only a managed resource can be imported; a data source is only read".to_owned(),
        Err(error) => error.to_string(),
    };
    cx.problems
        .error("Invalid import address")
        .detail(format!("{why}."))
        .help("An address looks like `module.api[\"eu\"].aws_iam_role.lambda[0]`; quote it for the shell.");
    None
}

/// A folder of its own with a file that has the import block.
fn block(address: &Address, id: &str, cx: &mut Context) -> Option<tempfile::TempDir> {
    let id = crate::language::quoted(id);
    let written = tempfile::tempdir().and_then(|folder| {
        let mut file = std::fs::File::create(folder.path().join("import.tf"))?;
        write!(file, "import {{\n  to = {address}\n  id = {id}\n}}\n")?;
        Ok(folder)
    });
    match written {
        Ok(folder) => Some(folder),
        Err(error) => {
            let detail = format!("A temporary file for the import cannot be written: {error}.");
            cx.problems.error("Import not possible").detail(detail);
            None
        }
    }
}

/// Takes places in the file of our own out of problems: the user never saw it.
fn forget_place(folder: &Path, cx: &mut Context) {
    let problems = std::mem::take(&mut cx.problems);
    let is_ours = |problem: &Diagnostic| {
        let place = problem.span.and_then(|span| cx.sources.path(span).map(PathBuf::from));
        place.is_some_and(|place| place.starts_with(folder))
    };
    for mut problem in problems {
        if is_ours(&problem) {
            problem.span = None;
            problem.context = None;
        }
        cx.problems.push(problem);
    }
}

async fn import(args: &ImportArgs, address: &Address, cx: &mut Context) -> Option<Exit> {
    let setup = Setup::open(cx, &args.variables, &args.place).await?;
    setup.require_variables(&mut cx.problems)?;
    let stop = interrupt::listen();
    let session = setup.lock(cx, "import", args.locking.lock_timeout, &stop).await?;
    let stop = interrupt::or_lost(stop, session.lost());
    let done = under_lock(args, address, (&setup, &session), &stop, cx).await;
    session.close(&mut cx.problems).await;
    let made = done?;
    tell(&made, address, cx);
    Some(Exit::Success)
}

async fn under_lock(
    args: &ImportArgs,
    address: &Address,
    (setup, session): (&Setup, &Session),
    stop: &watch::Receiver<Stop>,
    cx: &mut Context,
) -> Option<Made> {
    let snapshot = snapshot(session, &mut cx.problems).await?;
    if snapshot.instances.contains_key(address) {
        cx.problems
            .error("Resource already managed")
            .detail(format!("State has an object of the address `{address}` already. Nothing was changed."))
            .help(format!("To import another object there, forget the present one first: `recon state rm {address}`."));
        return None;
    }
    let planning = Planning { parallelism: args.parallelism, refresh: false, ..Planning::default() };
    let options = Options { targets: vec![Target::Resource(address.clone())], ..Options::default() };
    let wish = setup.wish(&planning, options, false);
    let mut found = Diagnostics::new();
    let planned = unless_stopped(stop, plan::make(&wish, &snapshot, &mut found)).await;
    cx.problems.extend(found.into_iter().filter(|problem| problem.severity == Severity::Error));
    let Some(made) = planned else {
        if !session.is_lost() {
            cx.problems.error("Interrupted").detail("The run was interrupted while it read. Nothing was changed.");
        }
        return None;
    };
    let made = made?;
    // What the plan would change beside is not asked for here, and neither are warnings about it.
    if let Err(problem) = take_over(&made.plan, address, &wish, &session.writer()).await {
        cx.problems.push(*problem);
        return None;
    }
    Some(made)
}

fn tell(made: &Made, address: &Address, cx: &Context) {
    let id = made.plan.imports.get(address).map(|import| import.id.to_string()).unwrap_or_default();
    let next = match made.plan.steps.iter().find(|step| step.address == *address).map(|step| step.action) {
        None => "It is as the configuration says.".to_owned(),
        Some(Action::Replace) => "The configuration differs from it: the next apply would replace it.".to_owned(),
        Some(_) => "The configuration differs from it: the next apply changes it in place.".to_owned(),
    };
    cx.output.result(&format!("{address}: Imported [id={id}]\n{next} `recon plan` shows what there is to do.\n"));
}
