//! How the lock is taken, from nobody or from an owner whose lease is over, and how it is removed by force.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::time::sleep;

use super::blocking;
use super::lease::{Held, leased};
use super::lock::{LockFile, Seen};
use super::standing::{Moment, Sighting, Standing, standing};
use crate::diagnostic::Diagnostic;
use crate::state::{LockInfo, StateError};

/// The longest time between two tries; short against the patience of a person, long for a processor.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// How long a try waits for the mutex, which others have for a few calls of the system.
const PATIENCE: Duration = Duration::from_millis(500);

/// How often a try begins anew because the file was removed meanwhile.
const TRIES: usize = 100;

/// A lock that was taken.
pub(super) struct Taken {
    pub(super) held: Held,
    pub(super) info: LockInfo,
    /// What a person should know about how it was taken.
    pub(super) notice: Option<Diagnostic>,
}

/// Takes the lock, waiting at most the given time. If the future is dropped, a lock that is just being taken is given back.
pub(super) async fn take(path: PathBuf, info: LockInfo, lease: Duration, wait: Duration) -> Result<Taken, StateError> {
    let begin = tokio::time::Instant::now();
    let mut pause = Duration::from_millis(20);
    let mut taker = Taker::new(path, info, lease);
    loop {
        let (back, result) = blocking(move || {
            let result = taker.attempt();
            Ok((taker, result))
        })
        .await?;
        taker = back;
        let owner = match result? {
            Attempt::Taken(taken) => return Ok(*taken),
            Attempt::Busy(owner) => owner.map(Box::new),
        };
        let waited = begin.elapsed();
        if waited >= wait {
            return Err(StateError::Locked { place: taker.place(), owner, now: Timestamp::now() });
        }
        sleep(pause.min(wait - waited)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

enum Attempt {
    Taken(Box<Taken>),
    Busy(Option<LockInfo>),
}

/// Somebody who wants the lock, with what was seen of it so far.
struct Taker {
    path: PathBuf,
    info: LockInfo,
    lease: Duration,
    sighting: Sighting,
    /// Which file's mutex could not be had, and since when.
    blocked: Option<((u64, u64), Instant)>,
}

impl Taker {
    fn new(path: PathBuf, info: LockInfo, lease: Duration) -> Self {
        Self { path, info, lease, sighting: Sighting::new(Instant::now()), blocked: None }
    }

    fn place(&self) -> String {
        self.path.display().to_string()
    }

    fn attempt(&mut self) -> Result<Attempt, StateError> {
        let mut owner = None;
        for _ in 0..TRIES {
            match self.peek()? {
                Standing::Held(owner) => return Ok(Attempt::Busy(owner)),
                Standing::Over(former) => owner = former,
                Standing::Free => {}
            }
            let file = LockFile::open(&self.path)?;
            let Some(turn) = file.turn(PATIENCE)? else {
                if self.is_stuck(&file) {
                    // Whoever is stopped in there goes on with a file that is no longer in place, and sees that.
                    file.remove()?;
                    continue;
                }
                return Ok(Attempt::Busy(owner));
            };
            self.blocked = None;
            // The owner before removes the file as it leaves, and we may have opened it just then.
            if !file.is_in_place() {
                continue;
            }
            let former = match self.standing(&file.seen()?) {
                Standing::Held(owner) => return Ok(Attempt::Busy(owner)),
                Standing::Over(former) => Some(former),
                Standing::Free => None,
            };
            let now = Timestamp::now();
            let info = leased(&LockInfo { since: now, ..self.info.clone() }, now, self.lease);
            if let Err(error) = file.write(&info.to_json().to_string()) {
                // What could be written of it is nobody's lock; if it cannot be removed, it is found unreadable.
                let _ = file.remove();
                return Err(error);
            }
            drop(turn);
            if !file.is_in_place() {
                continue;
            }
            let notice = former.map(|former| self.notice(former.as_ref(), now));
            let held = Held::begin(file, &self.path, info.clone(), self.lease)?;
            return Ok(Attempt::Taken(Box::new(Taken { held, info, notice })));
        }
        Ok(Attempt::Busy(owner))
    }

    /// How the lock stands, seen without the mutex. An entry that is renewed just then may not be readable for a moment.
    fn peek(&mut self) -> Result<Standing, StateError> {
        let mut look = || Ok(LockFile::peek(&self.path)?.map_or(Standing::Free, |seen| self.standing(&seen)));
        match look()? {
            Standing::Held(None) => {
                std::thread::sleep(Duration::from_millis(2));
                look()
            }
            stands => Ok(stands),
        }
    }

    fn standing(&mut self, seen: &Seen) -> Standing {
        let watched = self.sighting.look(&seen.entry, Instant::now());
        standing(&seen.entry, Moment { now: Timestamp::now(), watched, still: seen.still }, self.lease)
    }

    /// Whether somebody has stayed in the mutex of a lock that is free or over for as long as a lease: stopped there.
    fn is_stuck(&mut self, file: &LockFile) -> bool {
        let now = Instant::now();
        match self.blocked {
            Some((number, since)) if number == file.number() => {
                now.duration_since(since) >= self.lease && file.is_in_place()
            }
            _ => {
                self.blocked = Some((file.number(), now));
                false
            }
        }
    }

    fn notice(&self, former: Option<&LockInfo>, now: Timestamp) -> Diagnostic {
        match former {
            Some(former) => former.taken_over(&self.place(), now),
            None => Diagnostic::warning("Lock taken over").with(|d| {
                d.detail(format!(
                    "What is in the lock {} cannot be read, and nobody has changed it for the time of a lease. What a run \
                     that was cut off had begun is settled from its journal.",
                    self.place()
                ));
            }),
        }
    }
}

/// Who the lock says its holder is; nobody where there is no lock or it cannot be read.
pub(super) fn holder(path: &Path) -> Result<Option<LockInfo>, StateError> {
    let seen = LockFile::peek(path)?;
    Ok(seen.and_then(|seen| LockInfo::from_json(&serde_json::from_slice(seen.entry.trim_ascii()).ok()?)))
}

/// Removes the lock if it has this id.
pub(super) fn remove(path: &Path, state: &Path, id: &str) -> Result<(), StateError> {
    let not_locked = || StateError::NotLocked { place: state.display().to_string() };
    let place = path.display().to_string();
    if LockFile::peek(path)?.is_none() {
        return Err(not_locked());
    }
    let file = LockFile::open(path)?;
    // If somebody is stopped in the mutex, this is what helps.
    let _turn = file.turn(PATIENCE)?;
    let seen = file.seen()?;
    if seen.entry.trim_ascii().is_empty() {
        return Err(not_locked());
    }
    let now = Timestamp::now();
    match holder(path)? {
        Some(owner) if owner.id == id => file.remove(),
        Some(owner) => Err(StateError::OtherLock { place, owner: Box::new(owner), given: id.to_owned(), now }),
        None => Err(StateError::Locked { place, owner: None, now }),
    }
}

#[cfg(test)]
mod tests;
