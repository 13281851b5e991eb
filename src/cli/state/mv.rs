//! `recon state mv`

use std::collections::BTreeMap;

use clap::Args;

use super::edit::{Way, edit};
use super::targets;
use crate::address::Address;
use crate::cli::args::{Locking, StatePlace};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::diagnostic::Diagnostic;
use crate::state::edit::{moves, rename};

/// Give an object, a resource or a module another address
///
/// What depends on it in state depends on it under its new name. In a configuration that others use, a `moved` block does the
/// same for everybody.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon state mv aws_dynamodb_table.posts 'module.blog.aws_dynamodb_table.posts[0]'")]
pub(crate) struct MvArgs {
    /// The address it has
    #[arg(value_name = "SOURCE")]
    source: String,
    /// The address it gets
    #[arg(value_name = "DESTINATION")]
    destination: String,
    /// Only say what would be moved
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    place: StatePlace,
    #[command(flatten)]
    locking: Locking,
}

/// Runs the command.
pub(crate) async fn run(args: &MvArgs, cx: &mut Context) -> Option<Exit> {
    let given = [args.source.clone(), args.destination.clone()];
    let targets = targets(&given, &mut cx.problems)?;
    let [from, to] = targets.as_slice() else {
        return None;
    };
    let way = Way { command: "state mv", dry_run: args.dry_run, place: &args.place, locking: &args.locking };
    let changes: BTreeMap<Address, Address> = edit(cx, way, |snapshot, cx| match moves(snapshot, from, to) {
        Ok(changes) => {
            rename(&changes, snapshot, &|_, _, instance| instance);
            Some(changes)
        }
        Err(error) => {
            cx.problems.push(Diagnostic::from(error));
            None
        }
    })
    .await?;
    let verb = if args.dry_run { "Would move" } else { "Move" };
    let mut pairs: Vec<(&Address, &Address)> = changes.iter().map(|(now, before)| (before, now)).collect();
    pairs.sort();
    let mut text: String = pairs.iter().map(|(before, now)| format!("{verb} \"{before}\" to \"{now}\"\n")).collect();
    if !args.dry_run {
        text.push_str(&format!("Successfully moved {} object(s).\n", changes.len()));
    }
    cx.output.result(&text);
    Some(Exit::Success)
}
