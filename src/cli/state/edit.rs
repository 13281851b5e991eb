//! What the commands that change state have in common: the lock, what an interrupted run has left, one write or none.

use crate::apply::session::{Opened, Session};
use crate::cli::args::{Locking, StatePlace, Variables};
use crate::cli::context::Context;
use crate::cli::interrupt;
use crate::cli::place::{Place, Purpose, no_state};
use crate::cli::setup::{Setup, opening, snapshot};
use crate::diagnostic::Diagnostic;
use crate::state::{Backend, Snapshot, StateError};

/// How a state is changed.
pub(crate) struct Way<'a> {
    /// The command, for those who find the lock taken.
    pub(crate) command: &'static str,
    /// Whether nothing is written.
    pub(crate) dry_run: bool,
    /// Where the state is.
    pub(crate) place: &'a StatePlace,
    /// How long to wait for the lock.
    pub(crate) locking: &'a Locking,
}

/// Changes the state under the lock, and saves it. Work that gives nothing, with the reasons among the problems, changes nothing.
pub(crate) async fn edit<T>(
    cx: &mut Context,
    way: Way<'_>,
    work: impl FnOnce(&mut Snapshot, &mut Context) -> Option<T>,
) -> Option<T> {
    if way.dry_run {
        let place = Place::find(cx, way.place, Purpose::Look)?;
        let mut snapshot = place.read_existing(&mut cx.problems).await?;
        return work(&mut snapshot, cx);
    }
    let place = Place::find(cx, way.place, Purpose::Change)?;
    // Nothing is locked, and no folder made, where there is nothing to change.
    if !is_there(&place, cx).await? {
        cx.problems.push(no_state(&place.backend));
        return None;
    }
    let session = open(cx, &place, &way).await?;
    let done = under_lock(&session, cx, work).await;
    session.close(&mut cx.problems).await;
    done.filter(|_| !cx.problems.has_errors())
}

/// Whether there is a state, or at least the journal of one.
async fn is_there(place: &Place, cx: &mut Context) -> Option<bool> {
    let found = async {
        let stored = place.backend.read().await?.is_some();
        Ok::<_, StateError>(stored || !place.backend.read_journal().await?.is_empty())
    };
    match found.await {
        Ok(there) => Some(there),
        Err(error) => {
            cx.problems.push(Diagnostic::from(error));
            None
        }
    }
}

/// Opens a session. Only if an interrupted run has left calls that AWS must be asked about is the configuration needed, which says
/// how to reach it.
async fn open(cx: &mut Context, place: &Place, way: &Way<'_>) -> Option<Session> {
    let opening = opening(way.command, way.locking.lock_timeout);
    // What an interrupted run has left is settled now, so it need not be told of.
    match Session::open_without_calls(&place.backend, opening, &mut cx.problems).await? {
        Opened::Session(session) => Some(session),
        Opened::Unsettled => {
            let setup = Setup::open(cx, &Variables::default(), way.place).await?;
            setup.lock(cx, way.command, way.locking.lock_timeout, &interrupt::listen()).await
        }
    }
}

async fn under_lock<T>(
    session: &Session,
    cx: &mut Context,
    work: impl FnOnce(&mut Snapshot, &mut Context) -> Option<T>,
) -> Option<T> {
    let before = snapshot(session, &mut cx.problems).await?;
    let mut after = Snapshot::clone(&before);
    let done = work(&mut after, cx)?;
    let writer = session.writer();
    let saved = async {
        let put = move |snapshot: &mut Snapshot| {
            let changed = *snapshot != after;
            *snapshot = after;
            changed
        };
        writer.edit(put).await?;
        writer.save().await
    };
    match saved.await {
        Ok(()) => Some(done),
        Err(error) => {
            cx.problems.push(Diagnostic::from(error));
            None
        }
    }
}
