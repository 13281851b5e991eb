//! `recon workspace list`

use clap::Args;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::layout::DEFAULT;
use crate::cli::place::{Purpose, layout, overriding, selected};

/// Print the names of the workspaces, with a star at the selected one
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon workspace list")]
pub(crate) struct ListArgs {}

/// Runs the command.
pub(crate) fn run(_: &ListArgs, cx: &mut Context) -> Option<Exit> {
    let selected = selected(&mut cx.problems)?;
    let mut names = vec![DEFAULT.to_owned()];
    names.extend(layout(cx, Purpose::Look)?.others());
    let line = |name: &String| format!("{} {name}\n", if *name == selected { '*' } else { ' ' });
    cx.output.result(&names.iter().map(line).collect::<String>());
    if !names.contains(&selected) {
        cx.output.message(&format!("The selected workspace \"{selected}\" has no state yet.\n"));
    }
    if overriding().is_some() {
        cx.output
            .message("The workspace is selected by TF_WORKSPACE, whatever `recon workspace select` has selected.\n");
    }
    Some(Exit::Success)
}
