//! `recon workspace select`

use clap::Args;

use super::{check_name, check_selectable, new, remember, unknown};
use crate::cli::args::Locking;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::place::{Purpose, layout, selected};

/// Select another workspace for the commands that follow
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon workspace select -or-create staging")]
pub(crate) struct SelectArgs {
    /// Its name
    #[arg(value_name = "NAME")]
    name: String,
    /// Make it if there is none of that name
    #[arg(long)]
    or_create: bool,
    #[command(flatten)]
    locking: Locking,
}

/// Runs the command.
pub(crate) async fn run(args: &SelectArgs, cx: &mut Context) -> Option<Exit> {
    check_name(&args.name, &mut cx.problems)?;
    check_selectable(&args.name, &mut cx.problems)?;
    let layout = layout(cx, Purpose::Change)?;
    if !layout.has(&args.name) {
        if !args.or_create {
            cx.problems.push(unknown(&args.name));
            return None;
        }
        new::make(&args.name, &layout, None, &args.locking, &mut cx.problems).await?;
        remember(&args.name, &mut cx.problems)?;
        new::made(&args.name, cx);
        return Some(Exit::Success);
    }
    if selected(&mut cx.problems)? != args.name {
        remember(&args.name, &mut cx.problems)?;
        cx.output.result(&format!("Switched to workspace \"{}\".\n", args.name));
    }
    Some(Exit::Success)
}
