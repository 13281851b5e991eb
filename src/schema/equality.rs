//! When two values of an attribute mean the same although they are written differently.

use serde_json::Value as Json;

use crate::value::Value;

/// Whether two known values mean the same.
pub type Same = fn(&Value, &Value) -> bool;

/// Equal content, whatever the marks.
pub fn same_exactly(a: &Value, b: &Value) -> bool {
    a.same(b)
}

/// Equal but for upper and lower case.
pub fn same_case_insensitive(a: &Value, b: &Value) -> bool {
    match (a.as_str(), b.as_str()) {
        (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
        _ => a.same(b),
    }
}

/// Equal as JSON documents: white space and the order of members do not count.
pub fn same_json(a: &Value, b: &Value) -> bool {
    let parse = |value: &Value| value.as_str().and_then(|text| serde_json::from_str::<Json>(text).ok());
    match (parse(a), parse(b)) {
        (Some(a), Some(b)) => same_document(&a, &b),
        _ => a.same(b),
    }
}

fn same_document(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| same_document(a, b)))
        }
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_document(a, b)),
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_documents_are_compared_by_meaning() {
        assert!(same_json(&r#"{"a":1,"b":[1,2]}"#.into(), &r#"{ "b": [1, 2], "a": 1 }"#.into()));
        assert!(!same_json(&r#"{"b":[1,2]}"#.into(), &r#"{"b":[2,1]}"#.into()));
        assert!(same_json(&"not json".into(), &"not json".into()));
    }
}
