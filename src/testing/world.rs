//! A data source and an ephemeral resource type that need nobody outside the test.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::resource::{DataSource, EphemeralType, ErrorKind, Grant, Model, OpError, OpResult, Run};
use crate::value::Value;

/// What `ephemeral "test_token"` and `data "test_probe"` share with a test.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// How many tokens were opened.
    pub opened: Arc<AtomicUsize>,
    /// Whether the probe finds somebody.
    pub up: Arc<AtomicBool>,
}

/// A token.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub struct Token {
    /// Whose it is.
    #[attr(required)]
    name: String,
    /// The token.
    #[attr(computed)]
    secret: Option<String>,
}

impl EphemeralType for World {
    const NAME: &'static str = "test_token";
    type Model = Token;

    fn permissions(&self, _wanted: &Value) -> Vec<Grant> {
        Vec::new()
    }

    async fn open(&self, wanted: &Token, _: &Run<'_>) -> OpResult<Token> {
        self.opened.fetch_add(1, Ordering::Relaxed);
        Ok(Token { secret: Some(format!("s3cret-{}", wanted.name)), ..wanted.clone() })
    }
}

/// Whether something is up.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub struct Probe {
    /// What it says.
    #[attr(computed)]
    answer: Option<String>,
}

impl DataSource for World {
    const NAME: &'static str = "test_probe";
    type Model = Probe;

    fn permissions(&self, _wanted: &Value) -> Vec<Grant> {
        Vec::new()
    }

    async fn read(&self, _: &Probe, _: &Run<'_>) -> OpResult<Probe> {
        if self.up.load(Ordering::Relaxed) {
            return Ok(Probe { answer: Some("ok".into()) });
        }
        Err(OpError::new(ErrorKind::Local, "probe", "nobody answers"))
    }
}
