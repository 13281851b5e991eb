//! `recon taint` and `recon untaint`

use clap::Args;

use super::args::{Locking, StatePlace};
use super::context::Context;
use super::exit::Exit;
use super::state::edit::{Way, edit};
use crate::address::{Address, Mode};
use crate::diagnostic::did_you_mean;
use crate::state::Snapshot;
use crate::state::edit::listed;

/// Have the next apply replace an object
///
/// Only state is changed. `recon apply -replace=ADDRESS` does the same in one step and shows it first.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon taint 'aws_lambda_function.posts[\"eu\"]'")]
pub(crate) struct TaintArgs {
    #[command(flatten)]
    marking: Marking,
}

/// Keep an object that the next apply would replace, because it was marked or its creation was not finished
///
/// Only state is changed. Look at the object first: an unfinished creation may have left something out.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon untaint aws_lambda_function.posts")]
pub(crate) struct UntaintArgs {
    #[command(flatten)]
    marking: Marking,
}

/// What is marked, and how state is changed.
#[derive(Args, Debug)]
struct Marking {
    /// The object
    address: String,
    /// Succeed where state has no such object
    #[arg(long)]
    allow_missing: bool,
    #[command(flatten)]
    place: StatePlace,
    #[command(flatten)]
    locking: Locking,
}

/// Runs `recon taint`.
pub(crate) async fn taint(args: &TaintArgs, cx: &mut Context) -> Option<Exit> {
    mark(&args.marking, true, cx).await
}

/// Runs `recon untaint`.
pub(crate) async fn untaint(args: &UntaintArgs, cx: &mut Context) -> Option<Exit> {
    mark(&args.marking, false, cx).await
}

async fn mark(args: &Marking, tainted: bool, cx: &mut Context) -> Option<Exit> {
    let address = managed(&args.address, cx)?;
    let command = if tainted { "taint" } else { "untaint" };
    let way = Way { command, dry_run: false, place: &args.place, locking: &args.locking };
    let text = edit(cx, way, |snapshot, cx| set(snapshot, &address, tainted, args.allow_missing, cx)).await?;
    cx.output.result(&text);
    Some(Exit::Success)
}

fn managed(text: &str, cx: &mut Context) -> Option<Address> {
    let why = match text.parse::<Address>() {
        Ok(address) if address.resource.mode == Mode::Managed => return Some(address),
        Ok(_) => "Only a managed resource can be replaced; a data source is only read".to_owned(),
        Err(error) => error.to_string(),
    };
    cx.problems
        .error("Invalid address")
        .detail(format!("{why}."))
        .help("An address looks like `module.api[\"eu\"].aws_iam_role.lambda[0]`; quote it for the shell.");
    None
}

/// Marks the object, or takes its mark away, and says what that means.
fn set(
    snapshot: &mut Snapshot,
    address: &Address,
    tainted: bool,
    allow_missing: bool,
    cx: &mut Context,
) -> Option<String> {
    let Some(instance) = snapshot.instances.get_mut(address) else {
        if allow_missing {
            return Some(format!("State has no object {address}; nothing was changed.\n"));
        }
        let names: Vec<String> = listed(snapshot).into_iter().map(ToString::to_string).collect();
        cx.problems
            .error("No such resource instance")
            .detail(format!("State has no object of the address `{address}`."))
            .help(did_you_mean(&address.to_string(), names.iter().map(String::as_str)))
            .help("`recon state list` shows what there is.");
        return None;
    };
    let before = std::mem::replace(&mut instance.tainted, tainted);
    Some(match (tainted, before) {
        (true, false) => format!("{address} is marked; the next apply replaces it.\n"),
        (true, true) => format!("{address} was marked already; the next apply replaces it.\n"),
        (false, true) => format!("{address} is not marked any more; the next apply keeps it.\n"),
        (false, false) if allow_missing => format!("{address} was not marked; nothing was changed.\n"),
        (false, false) => {
            cx.problems
                .error("Resource instance is not tainted")
                .detail(format!("`{address}` is not marked for replacement, so there is nothing to take away."));
            return None;
        }
    })
}
