//! Tags between models and the SDK.

use std::collections::BTreeMap;

use aws_sdk_iam::types::Tag;

use crate::aws::tags;
use crate::resource::{ErrorKind, OpError, OpResult, Token};

/// The tags that people set.
pub(super) fn readable(found: &[Tag]) -> BTreeMap<String, String> {
    tags::readable(found.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())))
}

/// The tags of a new object: those wanted, and the one that says which creation made it.
pub(super) fn at_creation(wanted: &BTreeMap<String, String>, token: &Token) -> OpResult<Vec<Tag>> {
    let mut all = wanted.clone();
    all.insert(tags::OWNERSHIP.to_owned(), token.as_str().to_owned());
    to_sdk(&all)
}

/// Tags as the SDK takes them.
pub(super) fn to_sdk(wanted: &BTreeMap<String, String>) -> OpResult<Vec<Tag>> {
    wanted
        .iter()
        .map(|(key, value)| {
            Tag::builder()
                .key(key)
                .value(value)
                .build()
                .map_err(|error| OpError::new(ErrorKind::Invalid, "iam:Tag", error.to_string()))
        })
        .collect()
}

/// Whether the creation with this token made the object.
pub(super) fn made_by(found: &[Tag], token: &Token) -> bool {
    owner(found) == Some(token.as_str())
}

/// The token of the creation that made the object, if recon made it.
pub(super) fn owner(found: &[Tag]) -> Option<&str> {
    found.iter().find(|tag| tag.key() == tags::OWNERSHIP).map(Tag::value)
}

/// A creation that met an object of the same name which it did not make.
pub(super) fn taken(operation: &str, what: &str, name: &str, found: &[Tag], address: &str) -> OpError {
    let by = if owner(found).is_some() {
        "which another recon run made, from another state or in another region's configuration"
    } else {
        "which recon did not make"
    };
    let mut error = OpError::new(ErrorKind::Conflict, operation, format!("there is already a {what} `{name}`, {by}"));
    error.code = Some("EntityAlreadyExists".into());
    error.help(format!(
        "IAM is global: choose another name, use `name_prefix`, or take the object over with `recon import ADDRESS {address}`. \
         With `create_before_destroy`, only a generated name can stand beside the old one."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ownership_tag_is_sent_and_never_shown() {
        let wanted = BTreeMap::from([("team".to_owned(), "web".to_owned())]);
        let token = Token::from_text("t1");
        let sent = at_creation(&wanted, &token).unwrap();
        assert_eq!(sent.len(), 2);
        assert_eq!(readable(&sent), wanted);
        assert!(made_by(&sent, &token) && !made_by(&sent, &Token::from_text("t2")));
        assert!(taken("iam:CreateRole", "role", "r", &sent, "r").message.contains("another recon run"));
        assert!(taken("iam:CreateRole", "role", "r", &[], "r").message.contains("recon did not make"));
    }
}
