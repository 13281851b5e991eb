//! What the entry of a lock file means to somebody who wants the lock. Nothing here asks a clock or a file.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::state::LockInfo;

/// How the lock stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nobody has it.
    Free,
    /// Somebody has it, or may have it where the owner cannot be read.
    Held(Option<LockInfo>),
    /// Somebody had it, and its lease is over.
    Over(Option<LockInfo>),
}

/// When the entry is looked at, and how long it is known to be as it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// By the clock on the wall, which another machine or a correction may have set otherwise than the owner's.
    pub(super) now: Timestamp,
    /// How long the observer has seen the entry unchanged, by a clock that only goes forward.
    pub(super) watched: Duration,
    /// How long the file says it is unchanged.
    pub(super) still: Duration,
}

/// How the lock of an entry stands. A lease is over when its time has come, or when nobody has renewed it while it was
/// watched for as long as it is. Where that cannot be read, the observer's own lease is what is waited for.
pub(super) fn standing(entry: &[u8], moment: Moment, own_lease: Duration) -> Standing {
    let entry = entry.trim_ascii();
    // An entry is written in one piece under the mutex: a file without one was only just made, or its owner is gone.
    if entry.is_empty() {
        return Standing::Free;
    }
    let owner = serde_json::from_slice(entry).ok().and_then(|json| LockInfo::from_json(&json));
    let Some((until, lease)) = owner.as_ref().and_then(lease) else {
        let is_over = moment.watched.max(moment.still) >= own_lease;
        return if is_over { Standing::Over(owner) } else { Standing::Held(owner) };
    };
    if moment.now >= until || moment.watched >= lease { Standing::Over(owner) } else { Standing::Held(owner) }
}

/// Until when a lease holds, and how long it is.
fn lease(owner: &LockInfo) -> Option<(Timestamp, Duration)> {
    let (renewed, until) = (owner.renewed?, owner.until?);
    let lease = Duration::try_from(until.duration_since(renewed)).ok()?;
    (!lease.is_zero()).then_some((until, lease))
}

/// What was last seen, and since when it is so.
#[derive(Clone, Debug)]
pub(super) struct Sighting {
    seen: Vec<u8>,
    since: Instant,
}

impl Sighting {
    /// Nothing was seen yet.
    pub(super) fn new(at: Instant) -> Self {
        Self { seen: Vec::new(), since: at }
    }

    /// Looks again, and says how long there has been no change.
    pub(super) fn look(&mut self, entry: &[u8], at: Instant) -> Duration {
        if self.seen != entry {
            self.seen = entry.to_vec();
            self.since = at;
        }
        at.saturating_duration_since(self.since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEASE: Duration = Duration::from_secs(10);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn owner() -> LockInfo {
        let id = "one".to_owned();
        LockInfo { id, renewed: Some(at(1_000)), until: Some(at(1_010)), ..LockInfo::new("apply", "ann", at(900)) }
    }

    fn seen(entry: &[u8], now: i64, watched: u64) -> Standing {
        let moment = Moment { now: at(now), watched: Duration::from_secs(watched), still: Duration::ZERO };
        standing(entry, moment, LEASE)
    }

    #[test]
    fn a_lease_is_over_at_its_end_and_never_before() {
        let entry = format!("{}   \n", owner().to_json());
        for now in [0, 999, 1_000, 1_009] {
            assert_eq!(seen(entry.as_bytes(), now, 9), Standing::Held(Some(owner())), "{now}");
        }
        for now in [1_010, 5_000] {
            assert_eq!(seen(entry.as_bytes(), now, 0), Standing::Over(Some(owner())), "{now}");
        }
    }

    #[test]
    fn with_clocks_that_disagree_a_lease_is_over_when_it_was_watched_for_its_whole_time() {
        let long = LockInfo { until: Some(at(1_060)), ..owner() };
        let entry = long.to_json().to_string();
        assert_eq!(seen(entry.as_bytes(), 500, 59), Standing::Held(Some(long.clone())), "by its own time, not by ours");
        assert_eq!(seen(entry.as_bytes(), 500, 60), Standing::Over(Some(long)));
    }

    #[test]
    fn what_cannot_be_read_is_over_when_it_has_not_changed_for_a_lease() {
        let half = &owner().to_json().to_string()[..40];
        let backwards = LockInfo { until: Some(at(990)), ..owner() }.to_json().to_string();
        for entry in [half, "{}", "\u{0}\u{0}", "not JSON", "[1", &backwards] {
            assert!(matches!(seen(entry.as_bytes(), 1_000_000, 9), Standing::Held(_)), "{entry}");
            assert!(matches!(seen(entry.as_bytes(), 0, 10), Standing::Over(_)), "{entry}");
            let moment = Moment { now: at(0), watched: Duration::ZERO, still: LEASE };
            assert!(matches!(standing(entry.as_bytes(), moment, LEASE), Standing::Over(_)), "{entry}");
        }
        assert!(matches!(seen(b"\xff\xfe", 0, 9), Standing::Held(None)));
    }

    #[test]
    fn an_owner_without_a_lease_is_named_all_the_same() {
        let plain = LockInfo::new("apply", "ann", at(900));
        assert_eq!(seen(plain.to_json().to_string().as_bytes(), 1_000, 0), Standing::Held(Some(plain)));
    }

    #[test]
    fn an_empty_file_is_nobodys() {
        assert_eq!(seen(b"", 0, 0), Standing::Free);
        assert_eq!(seen(b"  \n", 0, 0), Standing::Free);
    }

    #[test]
    fn a_change_begins_the_watch_anew() {
        let begin = Instant::now();
        let after = |seconds| begin + Duration::from_secs(seconds);
        let mut sighting = Sighting::new(begin);
        assert_eq!(sighting.look(b"a", after(1)), Duration::ZERO);
        assert_eq!(sighting.look(b"a", after(8)), Duration::from_secs(7));
        assert_eq!(sighting.look(b"b", after(9)), Duration::ZERO);
        assert_eq!(sighting.look(b"b", after(12)), Duration::from_secs(3));
    }
}
