//! `recon state rm`

use std::collections::BTreeSet;

use clap::Args;

use super::edit::{Way, edit};
use super::{nothing_there, targets};
use crate::address::Address;
use crate::cli::args::{Locking, StatePlace};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::state::edit::{covered, listed, remove};

/// Forget objects without deleting them
///
/// A module or resource is forgotten with all its instances. The objects stay in AWS; if the configuration still has them, the
/// next plan makes new ones unless they are imported again.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon state rm module.old 'aws_iam_role.r[\"a\"]'")]
pub(crate) struct RmArgs {
    /// The modules, resources and instances
    #[arg(value_name = "ADDRESS", required = true)]
    addresses: Vec<String>,
    /// Only say what would be forgotten
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    place: StatePlace,
    #[command(flatten)]
    locking: Locking,
}

/// Runs the command.
pub(crate) async fn run(args: &RmArgs, cx: &mut Context) -> Option<Exit> {
    let targets = targets(&args.addresses, &mut cx.problems)?;
    let way = Way { command: "state rm", dry_run: args.dry_run, place: &args.place, locking: &args.locking };
    let removed: Vec<Address> = edit(cx, way, |snapshot, cx| {
        let mut gone = BTreeSet::new();
        let before = cx.problems.len();
        for target in &targets {
            let found = covered(snapshot, target);
            if found.is_empty() {
                nothing_there(target, snapshot, &mut cx.problems);
            }
            gone.extend(found);
        }
        if cx.problems.len() > before {
            return None;
        }
        let in_order = listed(snapshot).into_iter().filter(|address| gone.contains(address)).cloned().collect();
        remove(snapshot, &gone);
        Some(in_order)
    })
    .await?;
    let verb = if args.dry_run { "Would remove" } else { "Removed" };
    let mut text: String = removed.iter().map(|address| format!("{verb} {address}\n")).collect();
    if !args.dry_run {
        text.push_str(&format!("Successfully removed {} resource instance(s).\n", removed.len()));
    }
    cx.output.result(&text);
    Some(Exit::Success)
}
