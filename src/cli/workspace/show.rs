//! `recon workspace show`

use clap::Args;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::place::selected;

/// Print the name of the selected workspace
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon workspace show")]
pub(crate) struct ShowArgs {}

/// Runs the command.
pub(crate) fn run(_: &ShowArgs, cx: &mut Context) -> Option<Exit> {
    let selected = selected(&mut cx.problems)?;
    cx.output.result(&format!("{selected}\n"));
    Some(Exit::Success)
}
