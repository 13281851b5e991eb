//! What a change of an attribute means, where its text alone does not show it.

use crate::value::Value;

/// Tells what a change between two known values means to those who use the object.
pub type Explain = fn(&Value, &Value) -> Vec<Meaning>;

/// One thing that a change means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// Whether what works today may fail afterwards.
    pub breaking: bool,
    /// What happens, without a full stop, such as `removed Post.title: String`.
    pub text: String,
}
