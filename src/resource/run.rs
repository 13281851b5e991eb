//! What an operation gets besides its object: a token, a deadline, and a way to say how far it got.

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;

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
        Run { token: Token::fresh(), recorder: &Unrecorded, timeouts: Value::null(crate::value::Type::Dynamic) }
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
    fn durations_are_read_as_go_writes_them() {
        assert_eq!(parse_duration("1h30m"), Some(Duration::from_secs(5400)));
        assert_eq!(parse_duration("1.5s"), Some(Duration::from_millis(1500)));
        assert_eq!(parse_duration("365d"), Some(Duration::from_secs(365 * 86_400)));
        for wrong in ["", "5", "m", "5x", "-5m", "1e9999h", "99999999999999999999999d"] {
            assert_eq!(parse_duration(wrong), None, "{wrong}");
        }
    }
}
