//! What a pool's configuration must keep to, and what follows from it, as far as the schema's table cannot say so.

mod check;
mod plan;

pub(super) use check::check;
pub(super) use plan::plan;

use crate::value::{Path, Value};

/// A message that has an argument of its own and one in the block of messages.
const MESSAGES: [(&str, &str); 3] = [
    ("email_verification_message", "email_message"),
    ("email_verification_subject", "email_subject"),
    ("sms_verification_message", "sms_message"),
];

/// The only block of a name, if it is there and known.
fn block(of: &Value, name: &str) -> Option<Value> {
    of.attr(name).items().and_then(<[Value]>::first).cloned()
}

/// The text of an argument of the only block of a name.
fn text_in(of: &Value, name: &str, argument: &str) -> Option<String> {
    block(of, name)?.attr(argument).as_str().map(str::to_owned)
}

fn first_of(name: &str, argument: &str) -> Path {
    Path::root().attribute(name).index(0).attribute(argument)
}

#[cfg(test)]
mod tests;
