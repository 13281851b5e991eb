//! Times: RFC 3339 texts, durations and formats.

use super::strings::text;
use super::{Fault, Function, Given, Param, Want};
use crate::value::{Type, Value};

const TIME: Param = Param::new("timestamp", Want::Text);
const DURATION: Param = Param::new("duration", Want::Text);
const FORMAT: Param = Param::new("format", Want::Text);

pub(super) static TABLE: &[Function] = &[
    Function::new("timestamp", &[], Want::Text, |given, _| Ok(time(given.scope().now()))),
    Function::new("plantimestamp", &[], Want::Text, |given, _| Ok(time(given.scope().planned()))),
    Function::new("timeadd", &[TIME, DURATION], Want::Text, add),
    Function::new("timecmp", &[TIME.named("timestamp_a"), TIME.named("timestamp_b")], Want::Number, compare),
    Function::new("formatdate", &[FORMAT, TIME.named("time")], Want::Text, format_date),
];

const DAY: i64 = 86_400;
const NANOS: i64 = 1_000_000_000;
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];

/// An instant, and the clock on which it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Instant {
    /// Seconds since 1970 in UTC.
    seconds: i64,
    /// The part of a second beyond.
    nanos: i64,
    /// How many seconds the clock is ahead of UTC.
    offset: i64,
}

/// What a clock and a calendar show.
struct Clock {
    year: i64,
    month: i64,
    day: i64,
    weekday: &'static str,
    hour: i64,
    minute: i64,
    second: i64,
}

fn time(known: Option<jiff::Timestamp>) -> Value {
    match known {
        Some(time) => Instant { seconds: time.as_second(), nanos: 0, offset: 0 }.rfc3339().into(),
        None => Value::unknown_not_null(Type::String),
    }
}

fn add(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let start = instant(args, 0)?;
    let nanos = parse_duration(text(args, 1)).map_err(|what| Fault::arg(1, what))?;
    let total = start.nanos + nanos.rem_euclid(NANOS);
    let seconds = start.seconds + nanos.div_euclid(NANOS) + total / NANOS;
    Ok(Instant { seconds, nanos: total % NANOS, offset: start.offset }.rfc3339().into())
}

fn compare(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let (a, b) = (instant(args, 0)?, instant(args, 1)?);
    let order = (a.seconds, a.nanos).cmp(&(b.seconds, b.nanos));
    Ok(Value::number(order as i64))
}

fn instant(args: &[Value], position: usize) -> Result<Instant, Fault> {
    let told = text(args, position);
    Instant::parse(told).ok_or_else(|| {
        let what = format!("{told:?} is not a time in the form of RFC 3339, such as 2024-01-31T12:00:00Z");
        Fault::arg(position, what)
    })
}

/// A time of RFC 3339 in the form that functions give; `None` where the text is no such time.
pub(super) fn normal(told: &str) -> Option<String> {
    Instant::parse(told).map(Instant::rfc3339)
}

impl Instant {
    fn parse(told: &str) -> Option<Self> {
        let bytes = told.as_bytes();
        let digits = |from: usize, count: usize| -> Option<i64> {
            let part = bytes.get(from..from + count)?;
            if !part.iter().all(u8::is_ascii_digit) {
                return None;
            }
            std::str::from_utf8(part).ok()?.parse().ok()
        };
        let mark = |at: usize, mark: u8| (bytes.get(at) == Some(&mark)).then_some(());
        let (year, month, day) = (digits(0, 4)?, digits(5, 2)?, digits(8, 2)?);
        let (hour, minute, second) = (digits(11, 2)?, digits(14, 2)?, digits(17, 2)?);
        for (at, sign) in [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')] {
            mark(at, sign)?;
        }
        if !(1..=12).contains(&month)
            || day < 1
            || day > days_in(year, month)
            || hour > 23
            || minute > 59
            || second > 59
        {
            return None;
        }
        let mut at = 19;
        let mut nanos = 0;
        if bytes.get(at) == Some(&b'.') {
            let length = bytes[at + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
            if length == 0 {
                return None;
            }
            let fraction = &told[at + 1..at + 1 + length.min(9)];
            nanos = format!("{fraction:0<9}").parse().ok()?;
            at += 1 + length;
        }
        let offset = match bytes.get(at)? {
            b'Z' => {
                at += 1;
                0
            }
            sign @ (b'+' | b'-') => {
                let (hours, minutes) = (digits(at + 1, 2)?, digits(at + 4, 2)?);
                mark(at + 3, b':')?;
                if hours > 23 || minutes > 59 {
                    return None;
                }
                at += 6;
                (hours * 3600 + minutes * 60) * if *sign == b'-' { -1 } else { 1 }
            }
            _ => return None,
        };
        if at != bytes.len() {
            return None;
        }
        let seconds = days_since_1970(year, month, day) * DAY + hour * 3600 + minute * 60 + second - offset;
        Some(Self { seconds, nanos, offset })
    }

    fn clock(self) -> Clock {
        let local = self.seconds + self.offset;
        let (days, rest) = (local.div_euclid(DAY), local.rem_euclid(DAY));
        let (year, month, day) = date_of(days);
        Clock {
            year,
            month,
            day,
            weekday: usize::try_from(days.rem_euclid(7))
                .ok()
                .and_then(|i| WEEKDAYS.get(i))
                .copied()
                .unwrap_or_default(),
            hour: rest / 3600,
            minute: rest % 3600 / 60,
            second: rest % 60,
        }
    }

    fn rfc3339(self) -> String {
        let Clock { year, month, day, hour, minute, second, .. } = self.clock();
        let zone = if self.offset == 0 { "Z".to_owned() } else { self.zone(":") };
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}")
    }

    fn zone(self, colon: &str) -> String {
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.abs() / 60;
        format!("{sign}{:02}{colon}{:02}", minutes / 60, minutes % 60)
    }
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days of the Gregorian calendar; years are counted from March, so that the leap day comes last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn date_of(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let month = (from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day_of_year - (153 * from_march + 2) / 5 + 1)
}

/// A duration such as `-1h30m` in nanoseconds.
fn parse_duration(told: &str) -> Result<i64, String> {
    let invalid = || format!("{told:?} is not a duration such as \"1h30m\", with the units ns, us, ms, s, m and h");
    let (negative, mut rest) = match told.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, told.strip_prefix('+').unwrap_or(told)),
    };
    if rest == "0" {
        return Ok(0);
    }
    let mut total: i128 = 0;
    if rest.is_empty() {
        return Err(invalid());
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, behind) = rest.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') || number.len() > 40 {
            return Err(invalid());
        }
        let end = behind.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(end);
        let unit: i128 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return Err(invalid()),
        };
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
        let fraction = &fraction[..fraction.len().min(18)];
        let part: i128 = if fraction.is_empty() { 0 } else { fraction.parse().map_err(|_| invalid())? };
        let scale = 10_i128.pow(u32::try_from(fraction.len()).unwrap_or(0));
        total = whole.checked_mul(unit).and_then(|n| n.checked_add(total + part * unit / scale)).ok_or_else(invalid)?;
        rest = behind;
    }
    let signed = if negative { -total } else { total };
    i64::try_from(signed).map_err(|_| invalid())
}

fn format_date(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let instant = instant(args, 1)?;
    let clock = instant.clock();
    let mut out = String::new();
    let mut chars = text(args, 0).chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\'' {
            let quoted =
                quoted(&mut chars).ok_or_else(|| Fault::arg(0, "a quoted literal has no closing quote (')"))?;
            // Two quotes with nothing between them stand for one.
            out.push_str(if quoted.is_empty() { "'" } else { &quoted });
        } else if c.is_ascii_alphabetic() {
            let mut count = 1;
            while chars.next_if_eq(&c).is_some() {
                count += 1;
            }
            out.push_str(&verb(c, count, instant, &clock).map_err(|what| Fault::arg(0, what))?);
        } else {
            out.push(c);
        }
    }
    Ok(out.into())
}

fn quoted(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<String> {
    let mut inner = String::new();
    loop {
        match chars.next()? {
            '\'' if chars.next_if_eq(&'\'').is_some() => inner.push('\''),
            '\'' => return Some(inner),
            c => inner.push(c),
        }
    }
}

fn verb(letter: char, count: usize, instant: Instant, clock: &Clock) -> Result<String, String> {
    let number = |value: i64| if count == 1 { value.to_string() } else { format!("{value:02}") };
    let month = usize::try_from(clock.month - 1).ok().and_then(|i| MONTHS.get(i)).copied().unwrap_or_default();
    let half = if clock.hour < 12 { "AM" } else { "PM" };
    Ok(match (letter, count) {
        ('Y', 2) => format!("{:02}", clock.year.rem_euclid(100)),
        ('Y', 4) => format!("{:04}", clock.year),
        ('M', 1 | 2) => number(clock.month),
        ('M', 3) => month[..3].to_owned(),
        ('M', 4) => month.to_owned(),
        ('D', 1 | 2) => number(clock.day),
        ('E', 3) => clock.weekday[..3].to_owned(),
        ('E', 4) => clock.weekday.to_owned(),
        ('h', 1 | 2) => number(clock.hour),
        ('H', 1 | 2) => number((clock.hour + 11) % 12 + 1),
        ('A', 2) => half.to_owned(),
        ('a', 2) => half.to_lowercase(),
        ('m', 1 | 2) => number(clock.minute),
        ('s', 1 | 2) => number(clock.second),
        ('Z', 1) if instant.offset == 0 => "Z".to_owned(),
        ('Z', 3) if instant.offset == 0 => "UTC".to_owned(),
        ('Z', 3 | 4) => instant.zone(""),
        ('Z', 1 | 5) => instant.zone(":"),
        ('Y' | 'M' | 'D' | 'E' | 'h' | 'H' | 'A' | 'a' | 'm' | 's' | 'Z', _) => {
            return Err(format!("the verb {letter:?} cannot be repeated {count} times"));
        }
        _ => {
            let run = letter.to_string().repeat(count);
            return Err(format!("there is no verb {run:?}; literal letters are put between single quotes"));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_survive_the_way_there_and_back() {
        for told in
            ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59-08:00", "2024-02-29T12:30:01+05:45", "9999-12-31T23:59:59Z"]
        {
            assert_eq!(Instant::parse(told).unwrap().rfc3339(), told);
        }
        for told in ["2023-02-29T00:00:00Z", "2024-01-01", "2024-01-01T00:00:00", "2024-01-01T00:00:00é", "x"] {
            assert_eq!(Instant::parse(told), None, "{told}");
        }
    }

    #[test]
    fn durations_have_units_and_bounds() {
        assert_eq!(parse_duration("-1h30m"), Ok(-5_400 * NANOS));
        assert_eq!(parse_duration("1.5s"), Ok(1_500_000_000));
        for told in ["", "1", "h", "1d", "1h-1m", "99999999999h", "1e3s", "."] {
            assert!(parse_duration(told).is_err(), "{told}");
        }
    }
}
