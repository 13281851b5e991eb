//! What an operation gets besides its object: a token, a deadline, and a way to say how far it got.

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};

use super::{Model, OpResult};
use crate::value::Value;

/// An idempotency token: the same for every try at one creation, in this run and in the recovery of a later one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A token never used before.
    pub fn fresh() -> Self {
        Self(uuid::Uuid::new_v4().simple().to_string())
    }

    /// A token never used before, of a creation that begins at a given time. It is a UUID of version 7, which holds the time.
    pub fn at(time: Timestamp) -> Self {
        let milliseconds = u64::try_from(time.as_millisecond()).unwrap_or_default() & 0xffff_ffff_ffff;
        let random = uuid::Uuid::new_v4().simple().to_string();
        Self(format!("{milliseconds:012x}7{}", &random[13..]))
    }

    /// When the creation began, if the token says so.
    pub fn time(&self) -> Option<Timestamp> {
        let uuid = uuid::Uuid::try_parse(&self.0).ok().filter(|uuid| uuid.get_version_num() == 7)?;
        Timestamp::from_millisecond(i64::try_from(uuid.as_u128() >> 80).ok()?).ok()
    }

    /// The token of a journal record.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The token as 32 lower-case hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Read it.
    Read,
    /// Make it.
    Create,
    /// Change it in place.
    Update,
    /// Delete it.
    Delete,
}

impl Operation {
    /// The name in a `timeouts` block.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// Takes note of how far an operation got.
pub trait Recorder: Send + Sync {
    /// Makes durable that the object exists, as far as it is known.
    fn made(&self, partial: Value) -> BoxFuture<'_, OpResult<()>>;

    /// Shows a line about a wait or a retry.
    fn note(&self, text: &str);

    /// The ids of the objects of this type that state knows as something else than the object of this run.
    fn others(&self) -> BoxFuture<'_, OpResult<HashSet<String>>> {
        Box::pin(async { Ok(HashSet::new()) })
    }
}

/// Takes note of nothing: for reads, and for tests without a journal.
pub struct Unrecorded;

impl Recorder for Unrecorded {
    fn made(&self, _partial: Value) -> BoxFuture<'_, OpResult<()>> {
        Box::pin(async { Ok(()) })
    }

    fn note(&self, _text: &str) {}
}

/// How far the clocks of AWS and of this machine may be apart. AWS refuses requests whose time is 5 minutes off.
const CLOCKS_APART: SignedDuration = SignedDuration::from_mins(15);

/// One run of one operation on one object.
pub struct Run<'a> {
    token: Token,
    recorder: &'a dyn Recorder,
    timeouts: Value,
}

impl<'a> Run<'a> {
    /// A run with its token and recorder; `timeouts` is the value of the block of that name, or null.
    pub fn new(token: Token, recorder: &'a dyn Recorder, timeouts: Value) -> Self {
        Self { token, recorder, timeouts }
    }

    /// A run that takes note of nothing.
    pub fn unrecorded() -> Run<'static> {
        Run::new(Token::fresh(), &Unrecorded, Value::null(crate::value::Type::Dynamic))
    }

    /// The same run, noted down by another recorder.
    pub fn with_recorder<'b>(&self, recorder: &'b dyn Recorder) -> Run<'b> {
        Run { token: self.token.clone(), recorder, timeouts: self.timeouts.clone() }
    }

    /// Who takes note.
    pub fn recorder(&self) -> &'a dyn Recorder {
        self.recorder
    }

    /// The token of this creation.
    pub fn token(&self) -> &Token {
        &self.token
    }

    /// Whether an object that was made at a time may be the one of this creation: not if it was there before that began.
    pub fn may_have_made(&self, made: Option<Timestamp>) -> bool {
        let (Some(begun), Some(made)) = (self.token.time(), made) else {
            return true;
        };
        made.duration_since(begun) >= -CLOCKS_APART
    }

    /// How long the operation may take: what the configuration says, or the given time.
    pub fn timeout(&self, operation: Operation, otherwise: Duration) -> Duration {
        let text = self.timeouts.attr(operation.name());
        text.as_str().and_then(parse_duration).unwrap_or(otherwise)
    }

    /// Makes durable that the object exists. Call it as soon as its id is known, before any wait or further call.
    pub async fn made<M: Model>(&self, partial: &M) -> OpResult<()> {
        self.recorder.made(partial.to_value()).await
    }

    /// Shows a line about a wait or a retry.
    pub fn note(&self, text: impl AsRef<str>) {
        self.recorder.note(text.as_ref());
    }

    /// The ids of the objects of this type that state knows as something else. A comparison of a listing leaves them out; it
    /// asks only once no other creation beside it is under way, so that what that one made is among them.
    pub async fn others(&self) -> OpResult<HashSet<String>> {
        self.recorder.others().await
    }
}

/// The duration of a text such as `1h30m`, `45s` or `500ms`, as `timeouts` blocks have them; `365d` is taken as well.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').filter(|end| *end > 0)?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let end = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let seconds = match &rest[..end] {
            "d" => 86_400.0,
            "h" => 3_600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            _ => return None,
        };
        total = total.checked_add(Duration::try_from_secs_f64(number * seconds).ok()?)?;
        rest = &rest[end..];
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_holds_when_its_creation_began() {
        let begun = Timestamp::from_second(1_800_000_000).unwrap();
        let token = Token::at(begun);
        assert_eq!((token.as_str().len(), token.time()), (32, Some(begun)));
        assert_ne!(token, Token::at(begun));
        assert_eq!((Token::fresh().time(), Token::from_text("0123").time()), (None, None));
        let run = Run::new(token, &Unrecorded, Value::null(crate::value::Type::Dynamic));
        let after = |minutes| Some(begun + SignedDuration::from_mins(minutes));
        assert!(run.may_have_made(after(0)) && run.may_have_made(after(-14)) && run.may_have_made(after(600)));
        assert!(run.may_have_made(None) && !run.may_have_made(after(-16)));
        assert!(Run::unrecorded().may_have_made(after(-16)), "an old token says nothing");
    }

    #[test]
    fn durations_are_read_as_go_writes_them() {
        assert_eq!(parse_duration("1h30m"), Some(Duration::from_secs(5400)));
        assert_eq!(parse_duration("1.5s"), Some(Duration::from_millis(1500)));
        assert_eq!(parse_duration("365d"), Some(Duration::from_secs(365 * 86_400)));
        for wrong in ["", "5", "m", "5x", "-5m", "1e9999h", "99999999999999999999999d"] {
            assert_eq!(parse_duration(wrong), None, "{wrong}");
        }
    }
}
