//! Who holds a lock, for those who find it taken.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

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
    /// When the lock was asked for.
    pub since: Timestamp,
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
        }
    }

    /// The stored form.
    pub fn to_json(&self) -> Json {
        json!({
            "id": self.id,
            "operation": self.operation,
            "who": self.who,
            "pid": self.pid,
            "since": self.since.to_string(),
        })
    }

    /// The owner of a stored form; `None` where it is not complete, as while it is being written.
    pub fn from_json(json: &Json) -> Option<Self> {
        let text = |name: &str| json.get(name)?.as_str().map(str::to_owned);
        Some(Self {
            id: text("id")?,
            operation: text("operation")?,
            who: text("who")?,
            pid: u32::try_from(json.get("pid")?.as_u64()?).ok()?,
            since: text("since")?.parse().ok()?,
        })
    }

    /// How long ago the lock was taken, in words: `4 s`, `3 min`, `2 h 5 min`.
    pub fn age(&self, now: Timestamp) -> String {
        let seconds = now.as_second().saturating_sub(self.since.as_second()).max(0);
        match (seconds / 3600, seconds / 60 % 60) {
            (0, 0) => format!("{seconds} s"),
            (0, minutes) => format!("{minutes} min"),
            (hours, minutes) => format!("{hours} h {minutes} min"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_form_tells_all_and_half_of_it_tells_nothing() {
        let info = LockInfo::new("apply", "ann@build-7", Timestamp::from_second(1_700_000_000).unwrap());
        assert_eq!(LockInfo::from_json(&info.to_json()), Some(info));
        assert_eq!(LockInfo::from_json(&json!({"id": "x"})), None);
    }

    #[test]
    fn an_age_is_said_in_the_unit_that_fits() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let info = LockInfo::new("apply", "ann", at(1_000));
        assert_eq!(info.age(at(1_004)), "4 s");
        assert_eq!(info.age(at(1_190)), "3 min");
        assert_eq!(info.age(at(8_500)), "2 h 5 min");
        assert_eq!(info.age(at(0)), "0 s", "clocks of two machines may disagree");
    }
}
