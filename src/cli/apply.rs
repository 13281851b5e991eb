//! `recon apply`

use std::path::{Path, PathBuf};

use clap::Args;

use super::args::{Locking, Planning};
use super::change::{self, How};
use super::context::Context;
use super::exit::Exit;
use super::exports::{self, ExportArgs};
use super::setup::Setup;
use crate::address::Address;
use crate::plan::saved::SavedPlan;
use crate::plan::selection::Options;

/// Create, change and delete objects in AWS until they match the configuration
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon apply -auto-approve -O ../cdk-exports.json")]
pub(crate) struct ApplyArgs {
    /// A plan saved with `recon plan -out=FILE`; it is applied without a question
    plan: Option<PathBuf>,
    #[command(flatten)]
    planning: Planning,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    locking: Locking,
    #[command(flatten)]
    exports: ExportArgs,
    /// Destroy everything; the same as `recon destroy`
    #[arg(long, conflicts_with = "plan")]
    destroy: bool,
}

/// What the user agrees to beforehand.
#[derive(Args, Clone, Debug)]
pub(crate) struct Consent {
    /// Do not ask before anything is changed
    #[arg(long)]
    pub(crate) auto_approve: bool,
    /// Agree that what users stored in this object is lost; once for each such object
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    pub(crate) allow_data_loss: Vec<String>,
}

fn address(text: &str) -> Result<String, String> {
    text.parse::<Address>().map(|address| address.to_string()).map_err(|error| error.to_string())
}

/// An address as an argument for a shell.
pub(crate) fn quoted(address: &str) -> String {
    if address.contains(['"', '[', '$', '\\']) { format!("'{address}'") } else { address.to_owned() }
}

/// Runs the command.
pub(crate) async fn run(args: &ApplyArgs, cx: &mut Context) -> Option<Exit> {
    cx.begin(&args.planning);
    change::must_not_ask(&args.consent, args.plan.is_some(), cx)?;
    // The variables of a saved plan are in its file.
    cx.may_ask &= args.plan.is_none();
    let saved = match args.plan.as_deref().map(read_plan) {
        None => None,
        Some(Ok(saved)) => Some(saved),
        Some(Err(problem)) => {
            cx.problems.push(*problem);
            return None;
        }
    };
    let mut setup = Setup::open(cx, &args.planning.variables, &args.planning.place).await?;
    if let Some(saved) = &saved {
        saved.set_variables(&setup.config.root, &mut setup.variables, &mut cx.problems);
        if let Some(now) = saved.now() {
            setup.surroundings.now = now;
        }
    }
    let destroy = args.destroy || saved.as_ref().is_some_and(SavedPlan::destroys);
    let given = args.planning.options(destroy, &mut cx.problems)?;
    let options = match &saved {
        Some(_) if given != Options::default() => {
            cx.problems
                .error("Incompatible options")
                .detail("A saved plan is applied as it is, so `-target`, `-replace` and their like cannot be given with it.")
                .help("Give them to `recon plan -out=FILE`.");
            return None;
        }
        Some(saved) => saved.options().clone(),
        None => given,
    };
    let exports = if destroy { Vec::new() } else { exports::planned(&args.exports, &setup.settings, &mut cx.problems) };
    if cx.problems.has_errors() {
        return None;
    }
    setup.require_variables(&mut cx.problems)?;
    let how = How { saved, destroy, planning: &args.planning, options, consent: &args.consent };
    let outputs = change::under_lock(&setup, ("apply", args.locking.lock_timeout), &how, cx).await?;
    exports::write(&exports, &outputs, cx);
    Some(Exit::Success)
}

fn read_plan(path: &Path) -> Result<SavedPlan, Box<crate::diagnostic::Diagnostic>> {
    SavedPlan::read(path)
}
