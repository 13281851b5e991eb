//! `recon state list`

use std::collections::BTreeSet;

use clap::Args;

use super::{nothing_there, targets};
use crate::address::Address;
use crate::cli::args::StatePlace;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::place::{Place, Purpose};
use crate::state::edit::{covered, listed};

/// Print the addresses of what state holds, one a line
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon state list module.api")]
pub(crate) struct ListArgs {
    /// Only these modules, resources and instances
    #[arg(value_name = "ADDRESS")]
    addresses: Vec<String>,
    /// Only the object with this id
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    #[command(flatten)]
    place: StatePlace,
}

/// Runs the command.
pub(crate) async fn run(args: &ListArgs, cx: &mut Context) -> Option<Exit> {
    let targets = targets(&args.addresses, &mut cx.problems)?;
    let snapshot = Place::find(cx, &args.place, Purpose::Look)?.read_existing(&mut cx.problems).await?;
    let mut wanted: BTreeSet<Address> = BTreeSet::new();
    for target in &targets {
        let found = covered(&snapshot, target);
        if found.is_empty() {
            nothing_there(target, &snapshot, &mut cx.problems);
        }
        wanted.extend(found);
    }
    if cx.problems.has_errors() {
        return None;
    }
    let has_id = |address: &Address| match &args.id {
        None => true,
        Some(id) => snapshot.instances.get(address).is_some_and(|instance| instance.id() == Some(id)),
    };
    let is_wanted = |address: &&Address| (targets.is_empty() || wanted.contains(address)) && has_id(address);
    let lines: String = listed(&snapshot).into_iter().filter(is_wanted).map(|address| format!("{address}\n")).collect();
    cx.output.result(&lines);
    Some(Exit::Success)
}
