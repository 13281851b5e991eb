//! When an API key expires. AppSync rounds an expiry down to the hour and takes 1 to 365 days from now. A wish relative to
//! now is resolved once and kept until shortly before the end, so that a plan made tomorrow is still empty.

use std::time::Duration;

use jiff::Timestamp;

use crate::resource::parse_duration;
use crate::value::Value;

const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;
/// The longest life that a clock which is ahead does not push past AppSync's bound.
const LONGEST: i64 = 365 * DAY - HOUR;

/// When a key was made at the latest that AppSync gave its usual end: 7 days later, rounded down to the hour.
pub(super) fn made_at_latest(expires: &str) -> Option<Timestamp> {
    let latest = parse(expires)?.as_second().checked_sub(7 * DAY - HOUR)?;
    Timestamp::from_second(latest).ok()
}

/// How long a key lives, and how long before its end it is renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    lives: i64,
    renew_before: i64,
}

impl Wish {
    /// The wish of two durations. A renewal falls 30 days before the end where nothing is said, or in the last quarter of a
    /// shorter life.
    pub(super) fn new(lives: Duration, renew_before: Option<Duration>) -> Self {
        let lives = seconds(lives);
        let renew_before = renew_before.map_or_else(|| (30 * DAY).min(lives / 4), seconds);
        Self { lives, renew_before }
    }

    /// What is wrong with the wish, if anything.
    pub(super) fn fault(self) -> Option<Fault> {
        if !(DAY..=365 * DAY).contains(&self.lives) {
            return Some(Fault::Life);
        }
        // Rounding takes up to an hour of the life; a key must not be due as soon as it is made.
        (self.renew_before > self.lives.min(LONGEST) - 2 * HOUR).then_some(Fault::Window)
    }

    fn resolve(self, now: Timestamp) -> Timestamp {
        let now = now.as_second();
        let wanted = floor(now.saturating_add(self.lives.min(LONGEST)));
        // The shortest life must still be one when the plan is carried out some minutes later.
        instant(wanted.max(floor(now.saturating_add(DAY)) + 2 * HOUR))
    }
}

/// What is wrong with a wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The life is not within 1 to 365 days.
    Life,
    /// The renewal falls before or right after the creation.
    Window,
}

/// A key as it is, and what was decided about it before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    /// When AWS says that it expires.
    pub(super) expires: Option<Timestamp>,
    /// What the wish was resolved to.
    pub(super) valid_until: Option<Timestamp>,
    /// The life that was wished for then.
    pub(super) lives: Option<Duration>,
}

/// Why an expiry is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// There is no key yet, or the wish is new.
    Wished,
    /// The key is in its renewal window, or past its end.
    Due,
    /// Someone else changed the expiry.
    Drifted,
    /// Nothing is to be done.
    Kept,
}

/// The expiry that a wish means for a key now.
pub(super) fn decide(now: Timestamp, wish: Wish, known: Option<Known>) -> (Timestamp, Reason) {
    let fresh = wish.resolve(now);
    let Some((known, valid_until)) = known.and_then(|known| Some((known, known.valid_until?))) else {
        return (fresh, Reason::Wished);
    };
    if known.lives.map(seconds) != Some(wish.lives) {
        return (fresh, Reason::Wished);
    }
    let left = valid_until.as_second() - now.as_second();
    if left <= wish.renew_before {
        return (fresh, Reason::Due);
    }
    if known.expires.is_some_and(|expires| same_instant(expires, valid_until)) {
        return (valid_until, Reason::Kept);
    }
    // What was agreed is restored, unless so little of it is left that AppSync would refuse it.
    if left < DAY + HOUR { (fresh, Reason::Drifted) } else { (valid_until, Reason::Drifted) }
}

/// Whether AppSync takes an expiry now.
pub(super) fn is_accepted(now: Timestamp, expires: Timestamp) -> bool {
    (DAY..=365 * DAY).contains(&(expires.as_second() - now.as_second()))
}

/// The instant of a text such as `2027-01-31T13:00:00Z`.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// The instant of AppSync's seconds.
pub(super) fn instant(seconds: i64) -> Timestamp {
    let bounded = seconds.clamp(Timestamp::MIN.as_second() + 1, Timestamp::MAX.as_second() - 1);
    Timestamp::from_second(bounded).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Whether two instants are the same for AppSync.
pub(super) fn same_instant(a: Timestamp, b: Timestamp) -> bool {
    floor(a.as_second()) == floor(b.as_second())
}

/// Whether two texts are the same expiry for AppSync, which rounds down to the hour.
pub(super) fn same_expiry(a: &Value, b: &Value) -> bool {
    match (a.as_str().and_then(parse), b.as_str().and_then(parse)) {
        (Some(a), Some(b)) => same_instant(a, b),
        _ => a.same(b),
    }
}

/// Whether two texts such as `365d` and `8760h` are the same duration.
pub(super) fn same_duration(a: &Value, b: &Value) -> bool {
    match (a.as_str().and_then(parse_duration), b.as_str().and_then(parse_duration)) {
        (Some(a), Some(b)) => a == b,
        _ => a.same(b),
    }
}

fn floor(seconds: i64) -> i64 {
    seconds.div_euclid(HOUR) * HOUR
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-03-10T12:34:56Z";

    fn at(text: &str) -> Timestamp {
        parse(text).unwrap()
    }

    fn wish(lives: &str, renew_before: Option<&str>) -> Wish {
        Wish::new(parse_duration(lives).unwrap(), renew_before.and_then(parse_duration))
    }

    fn known(expires: &str, valid_until: &str, lives: &str) -> Option<Known> {
        Some(Known { expires: parse(expires), valid_until: parse(valid_until), lives: parse_duration(lives) })
    }

    #[test]
    fn an_expiry_is_resolved_once_and_renewed_in_its_window() {
        let year = wish("365d", Some("30d"));
        let short = wish("2d", None);
        let agreed = "2027-03-10T11:00:00Z";
        let cases = [
            ("a new key, a year less an hour", year, None, agreed, Reason::Wished),
            ("a new key of the shortest life", wish("1d", None), None, "2026-03-11T14:00:00Z", Reason::Wished),
            ("a key that was imported", year, known(agreed, "", ""), agreed, Reason::Wished),
            (
                "a key with time left",
                year,
                known("2026-09-01T08:00:00Z", "2026-09-01T08:00:00Z", "365d"),
                "2026-09-01T08:00:00Z",
                Reason::Kept,
            ),
            (
                "the same life in other words",
                year,
                known("2026-09-01T08:00:00Z", "2026-09-01T08:00:00Z", "8760h"),
                "2026-09-01T08:00:00Z",
                Reason::Kept,
            ),
            (
                "an expiry not rounded by the service",
                year,
                known("2026-09-01T08:59:59Z", "2026-09-01T08:00:00Z", "365d"),
                "2026-09-01T08:00:00Z",
                Reason::Kept,
            ),
            (
                "one hour before the window",
                year,
                known("2026-04-09T14:00:00Z", "2026-04-09T14:00:00Z", "365d"),
                "2026-04-09T14:00:00Z",
                Reason::Kept,
            ),
            ("in the window", year, known("2026-04-09T12:00:00Z", "2026-04-09T12:00:00Z", "365d"), agreed, Reason::Due),
            (
                "expired but listed",
                year,
                known("2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z", "365d"),
                agreed,
                Reason::Due,
            ),
            (
                "shortened by someone else",
                year,
                known("2026-03-20T08:00:00Z", "2026-09-01T08:00:00Z", "365d"),
                "2026-09-01T08:00:00Z",
                Reason::Drifted,
            ),
            (
                "lengthened by someone else",
                year,
                known("2027-01-01T08:00:00Z", "2026-09-01T08:00:00Z", "365d"),
                "2026-09-01T08:00:00Z",
                Reason::Drifted,
            ),
            (
                "lengthened by someone else within the window",
                year,
                known("2027-01-01T08:00:00Z", "2026-04-01T08:00:00Z", "365d"),
                agreed,
                Reason::Due,
            ),
            (
                "shortened, and too little left to restore",
                short,
                known("2026-03-11T02:00:00Z", "2026-03-11T13:00:00Z", "2d"),
                "2026-03-12T12:00:00Z",
                Reason::Drifted,
            ),
            ("another life", wish("90d", None), known(agreed, agreed, "365d"), "2026-06-08T12:00:00Z", Reason::Wished),
        ];
        for (name, wish, known, expires, reason) in cases {
            assert_eq!(decide(at(NOW), wish, known), (at(expires), reason), "{name}");
        }
    }

    #[test]
    fn what_was_decided_stands_at_the_next_plan() {
        for (lives, renew_before) in
            [("1d", None), ("1d", Some("22h")), ("7d", None), ("365d", None), ("365d", Some("0s"))]
        {
            let wish = wish(lives, renew_before);
            assert_eq!(wish.fault(), None, "{lives}");
            let (expires, _) = decide(at(NOW), wish, None);
            let then = instant(at(NOW).as_second() + 1800);
            let known = Known { expires: Some(expires), valid_until: Some(expires), lives: parse_duration(lives) };
            assert_eq!(decide(then, wish, Some(known)), (expires, Reason::Kept), "{lives}");
            assert!(is_accepted(then, expires), "{lives}");
        }
    }

    #[test]
    fn a_wish_that_cannot_be_kept_is_refused() {
        assert_eq!(wish("23h", None).fault(), Some(Fault::Life));
        assert_eq!(wish("366d", None).fault(), Some(Fault::Life));
        assert_eq!(wish("365d", Some("365d")).fault(), Some(Fault::Window));
        assert_eq!(wish("10d", Some("239h")).fault(), Some(Fault::Window));
        assert_eq!(wish("365d", Some("30d")).fault(), None);
    }

    #[test]
    fn expiries_are_compared_by_the_hour_and_durations_by_length() {
        assert!(same_expiry(&"2027-01-01T13:00:00Z".into(), &"2027-01-01T14:59:59+01:00".into()));
        assert!(!same_expiry(&"2027-01-01T13:00:00Z".into(), &"2027-01-01T14:00:00Z".into()));
        assert!(same_duration(&"365d".into(), &"8760h".into()));
        assert!(!same_duration(&"365d".into(), &"364d".into()));
    }
}
