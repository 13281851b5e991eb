//! Values as JSON: the form in which state, plan files and `jsonencode` hold them. Marks are not part of it.

use std::sync::Arc;

use serde_json::Value as Json;

use super::{Data, Entries, Number, Path, Type, Value};

/// Why JSON is not a value of a type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{what}", if path.is_root() { String::new() } else { format!("{path}: ") })]
pub struct JsonError {
    /// Where in the value.
    pub path: Path,
    /// What was found and wanted.
    pub what: String,
}

/// The JSON of a value; an unknown value is `null`. Reveals sensitive values: only for state, sealed plans and functions.
pub fn to_json(value: &Value) -> Json {
    match value.data() {
        Data::Unknown(..) | Data::Null(_) => Json::Null,
        Data::Bool(value) => Json::Bool(*value),
        Data::Number(number) => number_to_json(number),
        Data::String(text) => Json::String(text.to_string()),
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
            Json::Array(items.iter().map(to_json).collect())
        }
        Data::Map(_, entries) | Data::Object(entries) => {
            Json::Object(entries.iter().map(|(name, value)| (name.to_string(), to_json(value))).collect())
        }
    }
}

fn number_to_json(number: &Number) -> Json {
    // `arbitrary_precision` keeps the text of the number, so nothing is rounded.
    number.to_string().parse::<serde_json::Number>().map_or(Json::Null, Json::Number)
}

/// The value of a JSON text where only the JSON tells the types: objects and tuples, never maps and lists.
pub fn from_json_untyped(json: &Json) -> Value {
    match json {
        Json::Null => Value::null(Type::Dynamic),
        Json::Bool(value) => Value::bool(*value),
        Json::Number(number) => number.to_string().parse::<Number>().map_or_else(|_| Value::number(0), Value::number),
        Json::String(text) => Value::string(text),
        Json::Array(items) => Value::tuple(items.iter().map(from_json_untyped).collect()),
        Json::Object(entries) => Value::object(
            entries.iter().map(|(name, json)| (Arc::from(name.as_str()), from_json_untyped(json))).collect(),
        ),
    }
}

/// The value of a type that a JSON text stands for. Attributes that the text lacks are null; unknown ones are left out,
/// so that state written by a newer schema can be read.
pub fn from_json(json: &Json, ty: &Type) -> Result<Value, JsonError> {
    convert(json, ty, &Path::root())
}

fn convert(json: &Json, ty: &Type, path: &Path) -> Result<Value, JsonError> {
    let fail =
        |wanted: &str| JsonError { path: path.clone(), what: format!("{wanted} is required, not {}", kind(json)) };
    if matches!(json, Json::Null) {
        return Ok(Value::null(ty.clone()));
    }
    Ok(match ty {
        Type::Dynamic => from_json_untyped(json),
        Type::Bool => match json {
            Json::Bool(value) => Value::bool(*value),
            Json::String(text) if text == "true" => Value::bool(true),
            Json::String(text) if text == "false" => Value::bool(false),
            _ => return Err(fail("a bool")),
        },
        Type::Number => match json {
            Json::Number(number) => Value::number(number.to_string().parse::<Number>().map_err(|_| fail("a number"))?),
            Json::String(text) => Value::number(text.parse::<Number>().map_err(|_| fail("a number"))?),
            _ => return Err(fail("a number")),
        },
        Type::String => match json {
            Json::String(text) => Value::string(text),
            Json::Number(number) => Value::string(number.to_string()),
            Json::Bool(value) => Value::string(value.to_string()),
            _ => return Err(fail("a string")),
        },
        Type::List(element) => {
            Value::list(Type::clone(element), elements(json, element, path).ok_or_else(|| fail("a list"))??)
        }
        Type::Set(element) => {
            Value::set(Type::clone(element), elements(json, element, path).ok_or_else(|| fail("a set"))??)
        }
        Type::Map(element) => {
            let Json::Object(entries) = json else {
                return Err(fail("a map"));
            };
            let entries = entries
                .iter()
                .map(|(key, json)| Ok((Arc::from(key.as_str()), convert(json, element, &path.key(key))?)))
                .collect::<Result<Entries, JsonError>>()?;
            Value::map(Type::clone(element), entries)
        }
        Type::Tuple(types) => {
            let Json::Array(items) = json else {
                return Err(fail("a tuple"));
            };
            if items.len() != types.len() {
                return Err(fail(&format!("a tuple of {} elements", types.len())));
            }
            let items = items.iter().zip(types.iter()).enumerate();
            Value::tuple(items.map(|(i, (json, ty))| convert(json, ty, &path.index(i))).collect::<Result<_, _>>()?)
        }
        Type::Object(object) => {
            let Json::Object(entries) = json else {
                return Err(fail("an object"));
            };
            let attributes = object.attributes.iter().map(|(name, ty)| {
                let json = entries.get(&**name).unwrap_or(&Json::Null);
                Ok((name.clone(), convert(json, ty, &path.attribute(name))?))
            });
            Value::object(attributes.collect::<Result<Entries, JsonError>>()?)
        }
    })
}

fn elements(json: &Json, element: &Type, path: &Path) -> Option<Result<Vec<Value>, JsonError>> {
    let Json::Array(items) = json else {
        return None;
    };
    Some(items.iter().enumerate().map(|(i, json)| convert(json, element, &path.index(i))).collect())
}

fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a bool",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}

/// The JSON form of a type in Terraform's state and plan files: `"string"`, `["list","string"]`, `["object",{…}]`.
pub fn type_to_json(ty: &Type) -> Json {
    let pair = |name: &str, inner: Json| Json::Array(vec![Json::String(name.into()), inner]);
    match ty {
        Type::Dynamic => "dynamic".into(),
        Type::Bool => "bool".into(),
        Type::Number => "number".into(),
        Type::String => "string".into(),
        Type::List(e) => pair("list", type_to_json(e)),
        Type::Set(e) => pair("set", type_to_json(e)),
        Type::Map(e) => pair("map", type_to_json(e)),
        Type::Tuple(items) => pair("tuple", Json::Array(items.iter().map(type_to_json).collect())),
        Type::Object(object) => pair(
            "object",
            Json::Object(object.attributes.iter().map(|(n, t)| (n.to_string(), type_to_json(t))).collect()),
        ),
    }
}

/// The type of its JSON form; `None` where the JSON is no type.
pub fn type_from_json(json: &Json) -> Option<Type> {
    match json {
        Json::String(name) => Some(match name.as_str() {
            "dynamic" => Type::Dynamic,
            "bool" => Type::Bool,
            "number" => Type::Number,
            "string" => Type::String,
            _ => return None,
        }),
        Json::Array(parts) => {
            let [Json::String(name), inner, ..] = parts.as_slice() else {
                return None;
            };
            Some(match (name.as_str(), inner) {
                ("list", inner) => Type::list(type_from_json(inner)?),
                ("set", inner) => Type::set(type_from_json(inner)?),
                ("map", inner) => Type::map(type_from_json(inner)?),
                ("tuple", Json::Array(items)) => Type::Tuple(items.iter().map(type_from_json).collect::<Option<_>>()?),
                ("object", Json::Object(attributes)) => {
                    let attributes = attributes.iter().map(|(n, t)| Some((Arc::from(n.as_str()), type_from_json(t)?)));
                    Type::Object(Arc::new(super::ObjectType::new(attributes.collect::<Option<Vec<_>>>()?)))
                }
                _ => return None,
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_typed_value_survives_the_way_through_json() {
        let ty =
            Type::object([("n", Type::Number), ("tags", Type::map(Type::String)), ("ids", Type::set(Type::String))]);
        let json = json!({"n": 12345678901234567890123_f64, "tags": {"a": "b"}, "ids": ["x", "y"]});
        let value = from_json(&json, &ty).unwrap();
        assert_eq!(value.ty(), ty);
        assert_eq!(from_json(&to_json(&value), &ty).unwrap(), value);
        assert_eq!(type_from_json(&type_to_json(&ty)), Some(ty));
    }

    #[test]
    fn a_mismatch_names_the_place() {
        let ty = Type::object([("tags", Type::map(Type::Number))]);
        let error = from_json(&json!({"tags": {"a": []}}), &ty).unwrap_err();
        assert_eq!(error.to_string(), r#"tags["a"]: a number is required, not an array"#);
    }

    #[test]
    fn a_missing_attribute_is_null() {
        let ty = Type::object([("new", Type::String)]);
        assert!(from_json(&json!({"old": 1}), &ty).unwrap().attr("new").is_null());
    }
}
