//! Damage that leaves JSON behind: a member that is there twice, and a checksum that lost its name.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value as Json};

/// Fails at the place where an object has a member for the second time: of two, a reader would drop one unseen.
pub(super) fn check_members(bytes: &[u8]) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    Once.deserialize(&mut deserializer)
}

/// Whether a member that recon does not know holds what only recon writes: the checksum under a damaged name.
pub(super) fn has_nameless_checksum(rest: &Map<String, Json>) -> bool {
    let is_checksum = |text: &str| {
        let digits = text.strip_prefix("sha256:").unwrap_or_default();
        digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    rest.values().any(|value| value.as_str().is_some_and(is_checksum))
}

/// Any value whose objects have each member once.
struct Once;

impl<'de> DeserializeSeed<'de> for Once {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Once {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            if let Some(name) = names.replace(name) {
                return Err(A::Error::custom(format!("the member `{name}` is there twice")));
            }
            members.next_value_seed(Self)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_is_there_twice_is_found_where_it_is() {
        for fine in ["{}", "[1, 2.5, -3, 1e400, true, null, \"x\", {\"a\": {\"a\": []}, \"b\": 1}, {\"a\": 1}]"] {
            assert!(check_members(fine.as_bytes()).is_ok(), "{fine}");
        }
        let error = check_members(b"{\n  \"a\": [\n    {\"b\": 1,\n  \"b\": 2}\n  ]\n}").unwrap_err();
        assert_eq!((error.line(), error.to_string().contains("`b` is there twice")), (4, true), "{error}");
    }
}
