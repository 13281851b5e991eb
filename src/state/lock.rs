//! Who holds a lock, for those who find it taken.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::diagnostic::Diagnostic;

/// The owner of a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockInfo {
    /// Tells this lock from any other.
    pub id: String,
    /// The command, such as `apply`.
    pub operation: String,
    /// The person and machine, such as `ann@build-7`.
    pub who: String,
    /// The process on that machine.
    pub pid: u32,
    /// When the lock was asked for; from when on it is held, when it is.
    pub since: Timestamp,
    /// When the lease was last renewed; `None` for a lock that is no lease or not held yet.
    pub renewed: Option<Timestamp>,
    /// Until when the lease holds if it is not renewed.
    pub until: Option<Timestamp>,
}

impl LockInfo {
    /// The owner that this process is to be.
    pub fn new(operation: impl Into<String>, who: impl Into<String>, since: Timestamp) -> Self {
        Self {
            id: uuid::Uuid::new_v4().to_string(),
            operation: operation.into(),
            who: who.into(),
            pid: std::process::id(),
            since,
            renewed: None,
            until: None,
        }
    }

    /// The stored form. It begins with the id, and as long as a lease is renewed its length stays the same.
    pub fn to_json(&self) -> Json {
        let mut json = json!({
            "id": self.id,
            "operation": self.operation,
            "who": self.who,
            "pid": self.pid,
            "since": self.since.to_string(),
        });
        for (name, time) in [("renewed", self.renewed), ("until", self.until)] {
            if let Some(time) = time {
                json[name] = time.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string().into();
            }
        }
        json
    }

    /// The owner of a stored form; `None` where it is not complete.
    pub fn from_json(json: &Json) -> Option<Self> {
        // Somebody else wrote it, and it is shown on a terminal.
        let text = |name: &str| Some(json.get(name)?.as_str()?.chars().filter(|c| !c.is_control()).collect());
        let time = |name: &str| json.get(name)?.as_str()?.parse().ok();
        Some(Self {
            id: text("id")?,
            operation: text("operation")?,
            who: text("who")?,
            pid: u32::try_from(json.get("pid")?.as_u64()?).ok()?,
            since: time("since")?,
            renewed: time("renewed"),
            until: time("until"),
        })
    }

    /// How long ago the lock was taken, in words: `4 s`, `3 min`, `2 h 5 min`.
    pub fn age(&self, now: Timestamp) -> String {
        words(now.as_second().saturating_sub(self.since.as_second()))
    }

    /// The owner as part of a sentence: `` `apply` of ann@build-7, process 123 ``.
    pub fn described(&self) -> String {
        format!("`{}` of {}, process {}", self.operation, self.who, self.pid)
    }

    /// The warning of a run that has taken over this owner's lease at the given time.
    pub(super) fn taken_over(&self, place: &str, now: Timestamp) -> Diagnostic {
        Diagnostic::warning("Lock taken over").with(|d| {
            let ended = self.until.map(|until| now.as_second().saturating_sub(until.as_second()));
            let ended = match ended {
                Some(ago) if ago >= 0 => format!("had ended {} ago", words(ago)),
                // The clocks disagree; it was watched instead.
                _ => "was not renewed while recon watched it".to_owned(),
            };
            d.detail(format!(
                "The lock {place} was still that of {}, taken {} ago, but its lease {ended}: that run was killed, stopped or \
                 cut off. What it had begun is settled from its journal. Should it go on, it can write nothing any more.",
                self.described(),
                self.age(now)
            ));
        })
    }

    /// Says in a diagnostic that this owner holds a lock.
    pub(super) fn tell(&self, diagnostic: &mut Diagnostic, text: &str, now: Timestamp) {
        let Self { id, until, .. } = self;
        let mut detail = format!("{text} by {}, for {}", self.described(), self.age(now));
        match until.map(|until| until.as_second().saturating_sub(now.as_second())) {
            Some(left) => detail.push_str(&format!("; its lease ends in {} unless it is renewed", words(left.max(1)))),
            None => detail.push_str("; it has no lease that can be read"),
        }
        diagnostic
            .detail(format!("{detail}. The id of the lock is {id}"))
            .help(
                "Wait until it ends, or have recon wait with `-lock-timeout=5m`. Should that run have been killed, its lease \
                 is not renewed, and the next run takes it over.",
            )
            .help(format!("To take the lock from a run that hangs: `recon force-unlock {id}`"));
    }
}

/// A time in the unit that fits.
fn words(seconds: i64) -> String {
    let seconds = seconds.max(0);
    match (seconds / 3600, seconds / 60 % 60) {
        (0, 0) => format!("{seconds} s"),
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_stored_form_tells_all_and_half_of_it_tells_nothing() {
        let info = LockInfo::new("apply", "ann@build-7", at(1_700_000_000));
        assert_eq!(LockInfo::from_json(&info.to_json()), Some(info.clone()));
        let held = LockInfo { renewed: Some(at(1_700_000_003)), until: Some(at(1_700_000_013)), ..info };
        assert_eq!(LockInfo::from_json(&held.to_json()), Some(held.clone()));
        let later = LockInfo { until: Some("2023-11-14T22:13:33.123456Z".parse().unwrap()), ..held.clone() };
        assert_eq!(later.to_json().to_string().len(), held.to_json().to_string().len());
        assert_eq!(LockInfo::from_json(&json!({"id": "x"})), None);
    }

    #[test]
    fn what_another_wrote_cannot_move_the_cursor() {
        let json =
            json!({"id": "1", "operation": "\u{1b}[2Japply", "who": "a\nb", "pid": 1, "since": "2023-11-14T22:13:33Z"});
        let info = LockInfo::from_json(&json).unwrap();
        assert_eq!((info.operation.as_str(), info.who.as_str()), ("[2Japply", "ab"));
    }

    #[test]
    fn an_age_is_said_in_the_unit_that_fits() {
        let info = LockInfo::new("apply", "ann", at(1_000));
        assert_eq!(info.age(at(1_004)), "4 s");
        assert_eq!(info.age(at(1_190)), "3 min");
        assert_eq!(info.age(at(8_500)), "2 h 5 min");
        assert_eq!(info.age(at(0)), "0 s", "clocks of two machines may disagree");
    }

    #[test]
    fn a_take_over_says_whose_lease_it_was_and_how_old() {
        let info = LockInfo { until: Some(at(1_010)), ..LockInfo::new("apply", "ann@build-7", at(1_000)) };
        let told = info.taken_over("x.lock", at(1_190));
        for part in ["`apply` of ann@build-7", "taken 3 min ago", "had ended 3 min ago", "journal"] {
            assert!(told.detail.contains(part), "{part}: {}", told.detail);
        }
        assert!(info.taken_over("x.lock", at(1_001)).detail.contains("was not renewed while recon watched it"));
    }
}
