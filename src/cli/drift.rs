//! `recon drift`

use clap::Args;

use super::args::{StatePlace, Variables};
use super::context::Context;
use super::exit::Exit;
use super::setup::Setup;
use crate::plan::observed::Observed;
use crate::render::{drift, from_plan};

/// Say what was changed outside recon since the last apply
///
/// Exits with 0 where AWS and state agree, 2 where they differ, and 1 on failure. Nothing is changed.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon drift || echo 'somebody was here'")]
pub(crate) struct DriftArgs {
    #[command(flatten)]
    variables: Variables,
    #[command(flatten)]
    place: StatePlace,
    /// How many calls may be under way at once
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    parallelism: u16,
}

/// Runs the command.
pub(crate) async fn run(args: &DriftArgs, cx: &mut Context) -> Option<Exit> {
    let setup = Setup::open(cx, &args.variables, &args.place).await?;
    let snapshot = setup.read_state(&mut cx.problems).await?;
    let mut observed = Observed::from_state(&snapshot, &setup.config, &setup.providers, &mut cx.problems);
    observed.refresh(&setup.providers, usize::from(args.parallelism), &|_| true, &mut cx.problems).await;
    // What could not be read is not known to agree.
    if cx.problems.has_errors() {
        return None;
    }
    let outside = from_plan::outside(&observed, &setup.providers);
    cx.output.result(&drift::drift(&outside, observed.instances.len(), cx.output.look()));
    Some(if outside.is_empty() { Exit::Success } else { Exit::Changes })
}
