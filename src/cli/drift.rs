//! `recon drift`

mod accept;

use std::collections::HashMap;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::args::{Locking, StatePlace, Variables, targets};
use super::context::Context;
use super::exit::Exit;
use super::setup::Setup;
use crate::address::{Address, Target};
use crate::diagnostic::{Diagnostics, Severity};
use crate::export;
use crate::plan::block_of;
use crate::plan::observed::{Drift, Observed};
use crate::render::drift::{self, Finding, Findings, Place};
use crate::render::from_plan;
use crate::state::Snapshot;

/// Say what was changed outside recon since the last apply
///
/// Exits with 0 where AWS and state agree, 2 where they differ, and 1 on failure. Nothing is changed, unless -accept asks for
/// it. `recon apply` sets back what was changed.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  recon drift || echo 'somebody was here'\n  recon drift -format=junit -out=drift.xml\n  \
                        recon drift -accept=aws_lambda_function.posts"
)]
pub(crate) struct DriftArgs {
    /// The form
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
    /// The same as -format=json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Write the findings to a file, and only a line about them to the terminal
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Take the live values of this object into state, and show what to write in the configuration; without an address, of
    /// every object that differs
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    accept: Vec<String>,
    /// Look only at this module, resource or instance; may be given more than once
    #[arg(long, value_name = "ADDRESS")]
    target: Vec<String>,
    /// Has no effect: the exit code always tells drift (2) from agreement (0)
    #[arg(long)]
    detailed_exitcode: bool,
    /// How many calls may be under way at once
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    parallelism: u16,
    #[command(flatten)]
    variables: Variables,
    #[command(flatten)]
    place: StatePlace,
    #[command(flatten)]
    locking: Locking,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people
    Text,
    /// For programs, as docs/drift.md describes it
    Json,
    /// For an issue or a summary
    Markdown,
    /// For the test report of a CI
    Junit,
    /// For code scanning
    Sarif,
    /// For the log of a GitHub workflow
    Github,
}

/// Runs the command.
pub(crate) async fn run(args: &DriftArgs, cx: &mut Context) -> Option<Exit> {
    let targets = targets(&args.target, &mut cx.problems);
    if cx.problems.has_errors() {
        return None;
    }
    let setup = Setup::open(cx, &args.variables, &args.place).await?;
    if !args.accept.is_empty() {
        return accept::run(args, &targets, &setup, cx).await;
    }
    let snapshot = setup.read_state(&mut cx.problems).await?;
    let (_, findings) = look(args, &targets, &setup, &snapshot, cx).await?;
    let failed = findings.problems.has_errors();
    tell(args, &findings, cx)?;
    match args.format {
        // Whoever reads a form of programs finds in it what could not be read.
        Form::Text => cx.problems.extend(findings.problems),
        _ if failed => return Some(Exit::Failure),
        _ => {}
    }
    (!failed).then_some(if findings.objects.is_empty() { Exit::Success } else { Exit::Changes })
}

/// Reads the objects, and says how they differ from what state holds.
async fn look(
    args: &DriftArgs,
    targets: &[Target],
    setup: &Setup,
    snapshot: &Snapshot,
    cx: &mut Context,
) -> Option<(Observed, Findings)> {
    let mut observed = Observed::from_state(snapshot, &setup.config, &setup.providers, &mut cx.problems);
    if cx.problems.has_errors() {
        return None;
    }
    let is_asked = |address: &Address| targets.is_empty() || targets.iter().any(|target| target.covers(address));
    let mut problems = Diagnostics::new();
    observed.refresh(&setup.providers, usize::from(args.parallelism), &is_asked, &mut problems).await;
    let drifts = observed.drift(&setup.providers);
    let by_address: HashMap<String, &Drift> = drifts.iter().map(|drift| (drift.address.to_string(), drift)).collect();
    let outside = from_plan::outside(&observed, &drifts, &setup.providers);
    let objects = outside.into_iter().filter_map(|outside| {
        let drift = *by_address.get(&outside.address)?;
        let place = block_of(&setup.config, &drift.address.resource).and_then(|block| {
            let (line, _) = cx.sources.line_column(block.header)?;
            Some(Place { file: cx.sources.path(block.header)?.to_path_buf(), line })
        });
        Some(Finding::new(outside, drift, place))
    });
    let objects = objects.collect();
    let asked = observed.instances.keys().filter(|address| is_asked(address)).map(ToString::to_string).collect();
    Some((observed, Findings { objects, asked, problems }))
}

fn tell(args: &DriftArgs, findings: &Findings, cx: &mut Context) -> Option<()> {
    let outside: Vec<_> = findings.objects.iter().map(|object| &object.outside).collect();
    let look = if args.out.is_some() { crate::render::Look::PLAIN } else { cx.output.look() };
    let form = if args.json { Form::Json } else { args.format };
    let unread = findings.problems.iter().any(|problem| problem.severity == Severity::Error);
    let text = match form {
        // What could not be read is not known to agree, and is told as the problem that it is.
        Form::Text if unread && outside.is_empty() => String::new(),
        Form::Text => drift::text(&outside, findings.asked.len(), look),
        Form::Json => drift::json(findings),
        Form::Markdown => drift::markdown(findings),
        Form::Junit => drift::junit(findings),
        Form::Sarif => drift::sarif(findings),
        Form::Github => drift::github(findings),
    };
    let Some(path) = &args.out else {
        cx.output.result(&text);
        return Some(());
    };
    if let Err(error) = export::write(path, &text) {
        let detail = format!("{} cannot be written: {error}.", path.display());
        cx.problems.error("Findings not written").detail(detail).help("Name a file in a folder that exists.");
        return None;
    }
    let (count, all) = (outside.len(), findings.asked.len());
    cx.output.result(&format!("{count} of {all} objects differ; {} says how.\n", path.display()));
    Some(())
}
