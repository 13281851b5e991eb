//! `recon force-unlock`

use clap::Args;
use jiff::Timestamp;

use super::args::StatePlace;
use super::confirm::confirm_or;
use super::context::Context;
use super::exit::Exit;
use super::interrupt;
use super::place::{Place, Purpose};
use crate::diagnostic::Diagnostic;
use crate::state::{Backend, LockInfo, StateError};

/// Remove the lock of another run, which can then write nothing any more
///
/// A run that was killed needs no such thing: the next one takes its lock over when its lease has ended. The id of a lock is
/// told by the run that finds it taken.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon force-unlock 0195c3f4-7a1e-4c55-9d0b-2f6f1f0f3c11")]
pub(crate) struct ForceUnlockArgs {
    /// The id of the lock
    lock_id: String,
    /// Do not ask before the lock is removed
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    place: StatePlace,
}

/// Runs the command.
pub(crate) async fn run(args: &ForceUnlockArgs, cx: &mut Context) -> Option<Exit> {
    let backend = Place::find(cx, &args.place, Purpose::Change)?.backend;
    let holder = told(backend.holder().await, cx)?;
    if let Some(holder) = holder.filter(|holder| holder.id == args.lock_id && !args.force) {
        let stop = interrupt::listen();
        if !confirm_or("-force", &question(&backend.place(), &holder), cx, &stop).await {
            return None;
        }
    }
    // It finds out by itself what is wrong with the id, and whether the holder is still the one that was asked about.
    told(backend.break_lock(args.lock_id.clone()).await, cx)?;
    cx.output.result(&format!("The lock of {} was removed.\n", backend.place()));
    if told(backend.read_journal().await, cx).is_some_and(|journal| !journal.is_empty()) {
        cx.output.message("The run that had it left a journal; the next run first settles what it had begun.\n");
    }
    Some(Exit::Success)
}

fn question(place: &str, holder: &LockInfo) -> String {
    format!(
        "Remove the lock of {place}?\n  It is held by {}, for {}. If that run still goes on, it will be able to record nothing \
         of what it does.\n ",
        holder.described(),
        holder.age(Timestamp::now())
    )
}

fn told<T>(result: Result<T, StateError>, cx: &mut Context) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error) => {
            cx.problems.push(Diagnostic::from(error));
            None
        }
    }
}
