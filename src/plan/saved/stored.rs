//! A value in a plan file: itself with its type, or the salted hash of a secret.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use crate::value::Value;
use crate::value::json::{from_json, to_json, type_from_json, type_to_json};

/// Makes the hashes of one plan file differ from those of any other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Salt(String);

impl Salt {
    pub(super) fn fresh() -> Self {
        Self(uuid::Uuid::new_v4().simple().to_string())
    }

    pub(super) fn hash(&self, text: &str) -> String {
        plain_hash(&format!("{}{text}", self.0))
    }
}

pub(super) fn plain_hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A value, or what tells whether another one is the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stored {
    Value {
        #[serde(rename = "type")]
        ty: Json,
        value: Json,
    },
    Secret {
        sha256: String,
    },
}

impl Stored {
    pub(super) fn of(value: &Value, secret: bool, salt: &Salt) -> Self {
        let json = to_json(value);
        if secret || value.is_sensitive() {
            return Self::Secret { sha256: salt.hash(&json.to_string()) };
        }
        Self::Value { ty: type_to_json(&value.ty()), value: json }
    }

    /// The value, unless it is a secret.
    pub(super) fn value(&self) -> Option<Value> {
        match self {
            Self::Value { ty, value } => type_from_json(ty).and_then(|ty| from_json(value, &ty).ok()),
            Self::Secret { .. } => None,
        }
    }

    /// Whether a value is the stored one.
    pub(super) fn is(&self, value: &Value, salt: &Salt) -> bool {
        match self {
            Self::Value { value: stored, .. } => to_json(value) == *stored,
            Self::Secret { sha256 } => salt.hash(&to_json(value).to_string()) == *sha256,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Type;

    #[test]
    fn a_value_comes_back_with_its_type() {
        let salt = Salt::fresh();
        let value = Value::set(Type::String, vec!["b".into(), "a".into()]);
        let text = serde_json::to_string(&Stored::of(&value, false, &salt)).unwrap();
        assert_eq!(text, r#"{"value":{"type":["set","string"],"value":["a","b"]}}"#);
        let stored: Stored = serde_json::from_str(&text).unwrap();
        assert_eq!(stored.value(), Some(value));
    }

    #[test]
    fn a_secret_is_not_stored_and_known_again() {
        let salt = Salt::fresh();
        let stored = Stored::of(&"hush".into(), true, &salt);
        assert!(!serde_json::to_string(&stored).unwrap().contains("hush"));
        assert!(stored.is(&"hush".into(), &salt));
        assert!(!stored.is(&"other".into(), &salt));
        assert_eq!(stored.value(), None);
        assert_ne!(stored, Stored::of(&"hush".into(), true, &Salt::fresh()));
    }
}
