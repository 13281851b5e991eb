//! Values in the JSON forms of state and plans: what is known of them, and beside it which parts are unknown or sensitive.
//!
//! These forms are for programs and show sensitive values, as Terraform's do; the flags say which they are.

use serde_json::{Map, Value as Json, json};

use crate::value::json::to_json;
use crate::value::{Data, Entries, Marks, Type, Value};

/// What is known of a value. Unknown attributes are left out, unknown elements are null; nothing if all is unknown.
pub(super) fn known(value: &Value) -> Option<Json> {
    Some(match value.data() {
        Data::Unknown(..) => return None,
        Data::Map(_, entries) | Data::Object(entries) => {
            Json::Object(entries.iter().filter_map(|(name, v)| Some((name.to_string(), known(v)?))).collect())
        }
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
            items.iter().map(|item| known(item).unwrap_or(Json::Null)).collect()
        }
        Data::Null(_) | Data::Bool(_) | Data::Number(_) | Data::String(_) => to_json(value),
    })
}

/// The parts of a value that are unknown: true, or the flags of what it holds.
pub(super) fn unknown(value: &Value) -> Json {
    match value.data() {
        Data::Unknown(..) => true.into(),
        Data::Map(_, entries) | Data::Object(entries) => flags(entries, unknown),
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => items.iter().map(unknown).collect(),
        Data::Null(_) | Data::Bool(_) | Data::Number(_) | Data::String(_) => false.into(),
    }
}

/// The parts of a value that are sensitive: true, or the flags of what it holds.
pub(super) fn sensitive(value: &Value) -> Json {
    if value.marks().has(Marks::SENSITIVE) {
        return true.into();
    }
    match value.data() {
        Data::Map(_, entries) | Data::Object(entries) => flags(entries, sensitive),
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => items.iter().map(sensitive).collect(),
        Data::Unknown(Type::Map(_) | Type::Object(_), _) => json!({}),
        Data::Unknown(Type::List(_) | Type::Set(_) | Type::Tuple(_), _) => json!([]),
        Data::Unknown(..) | Data::Null(_) | Data::Bool(_) | Data::Number(_) | Data::String(_) => false.into(),
    }
}

/// The flags of entries, without those that are plainly false.
fn flags(entries: &Entries, of: fn(&Value) -> Json) -> Json {
    let flags = entries.iter().map(|(name, value)| (name.to_string(), of(value)));
    Json::Object(flags.filter(|(_, flag)| *flag != Json::Bool(false)).collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_follow_the_form_of_the_value() {
        let secret = Value::string("hush").marked(Marks::SENSITIVE);
        let value = Value::object_of([
            ("name", "x".into()),
            ("id", Value::unknown(Type::String)),
            ("input", Value::object_of([("k", 1.into()), ("s", secret)])),
            ("later", Value::unknown(Type::list(Type::String))),
            ("list", Value::tuple(vec![1.into(), Value::unknown(Type::Number)])),
        ]);
        assert_eq!(known(&value), Some(json!({"name": "x", "input": {"k": 1, "s": "hush"}, "list": [1, null]})));
        assert_eq!(unknown(&value), json!({"id": true, "input": {}, "later": true, "list": [false, true]}));
        assert_eq!(sensitive(&value), json!({"input": {"s": true}, "later": [], "list": [false, false]}));
        assert_eq!(known(&Value::unknown(Type::Bool)), None);
    }
}
