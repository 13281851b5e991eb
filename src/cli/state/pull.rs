//! `recon state pull`

use clap::Args;

use crate::cli::args::StatePlace;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::place::{Place, Purpose};
use crate::state::format::canonical;

/// Print the stored state, secrets included, in Terraform's form
///
/// A state of an older version is printed in the present one. There is no checksum in it, so that it may be edited and put back
/// with `recon state push`.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon state pull > copy.tfstate")]
pub(crate) struct PullArgs {
    #[command(flatten)]
    place: StatePlace,
}

/// Runs the command.
pub(crate) async fn run(args: &PullArgs, cx: &mut Context) -> Option<Exit> {
    let snapshot = Place::find(cx, &args.place, Purpose::Look)?.read(&mut cx.problems).await?;
    // Where there is no state yet, there is nothing to print, as with Terraform.
    if let Some(snapshot) = snapshot {
        cx.output.result(&String::from_utf8_lossy(&canonical(&snapshot)));
    }
    Some(Exit::Success)
}
