//! Attributes as state files hold them. Where a schema leaves the type open, the stored value carries its type.

use serde_json::{Map, Value as Json, json};

use crate::value::json::{JsonError, from_json, to_json, type_from_json, type_to_json};
use crate::value::{Data, Entries, Marks, Path, PathStep, Type, Value};

/// The stored form of a value whose schema gives it a type. Ephemeral values are stored as null.
pub(super) fn encode(value: &Value, ty: &Type) -> Json {
    if value.marks().has(Marks::EPHEMERAL) {
        return Json::Null;
    }
    if !ty.has_dynamic() && !value.marks_deep().has(Marks::EPHEMERAL) {
        return to_json(value);
    }
    match (ty, value.data()) {
        (_, Data::Null(_) | Data::Unknown(..)) => Json::Null,
        (Type::Dynamic, _) => {
            let value = value.map_deep(&mut |v| if v.marks().has(Marks::EPHEMERAL) { Value::null(v.ty()) } else { v });
            json!({"value": to_json(&value), "type": type_to_json(&value.ty())})
        }
        (Type::Tuple(types), Data::Tuple(items)) => {
            Json::Array(items.iter().zip(types.iter()).map(|(item, ty)| encode(item, ty)).collect())
        }
        (Type::List(element) | Type::Set(element), Data::List(_, items) | Data::Set(_, items)) => {
            Json::Array(items.iter().map(|item| encode(item, element)).collect())
        }
        (Type::Map(element), Data::Map(_, entries)) => {
            Json::Object(entries.iter().map(|(key, item)| (key.to_string(), encode(item, element))).collect())
        }
        (Type::Object(object), Data::Object(entries)) => {
            let stored = entries.iter().map(|(name, item)| {
                let ty = object.attributes.get(name).cloned().unwrap_or_else(|| item.ty());
                (name.to_string(), encode(item, &ty))
            });
            Json::Object(stored.collect())
        }
        _ => to_json(value),
    }
}

/// The value of a stored form.
pub(super) fn decode(json: &Json, ty: &Type) -> Result<Value, JsonError> {
    decode_at(json, ty, &Path::root())
}

fn decode_at(json: &Json, ty: &Type, path: &Path) -> Result<Value, JsonError> {
    let fail = |what: &str| JsonError { path: path.clone(), what: what.into() };
    if json.is_null() || !ty.has_dynamic() {
        return from_json(json, ty).map_err(|error| JsonError { path: join(path, &error.path), what: error.what });
    }
    match (ty, json) {
        (Type::Dynamic, Json::Object(wrapped)) => match (wrapped.get("value"), wrapped.get("type")) {
            (Some(value), Some(ty)) if wrapped.len() == 2 => {
                let ty = type_from_json(ty).ok_or_else(|| fail("the stored type is not known"))?;
                from_json(value, &ty).map_err(|error| JsonError { path: join(path, &error.path), what: error.what })
            }
            _ => Err(fail("a value with its type is required")),
        },
        (Type::Dynamic, _) => Err(fail("a value with its type is required")),
        (Type::List(element), Json::Array(items)) => {
            Ok(Value::list(Type::clone(element), decode_items(items, |_| element, path)?))
        }
        (Type::Set(element), Json::Array(items)) => {
            Ok(Value::set(Type::clone(element), decode_items(items, |_| element, path)?))
        }
        (Type::Tuple(types), Json::Array(items)) if types.len() == items.len() => {
            Ok(Value::tuple(decode_items(items, |i| &types[i], path)?))
        }
        (Type::Map(element), Json::Object(entries)) => {
            let entries =
                entries.iter().map(|(key, json)| Ok((key.as_str().into(), decode_at(json, element, &path.key(key))?)));
            Ok(Value::map(Type::clone(element), entries.collect::<Result<Entries, JsonError>>()?))
        }
        (Type::Object(object), Json::Object(entries)) => {
            let entries = object.attributes.iter().map(|(name, ty)| {
                let json = entries.get(&**name).unwrap_or(&Json::Null);
                Ok((name.clone(), decode_at(json, ty, &path.attribute(name))?))
            });
            Ok(Value::object(entries.collect::<Result<Entries, JsonError>>()?))
        }
        _ => Err(fail(&format!("a {} is required", ty.friendly()))),
    }
}

fn decode_items<'a>(items: &[Json], ty: impl Fn(usize) -> &'a Type, path: &Path) -> Result<Vec<Value>, JsonError> {
    items.iter().enumerate().map(|(i, json)| decode_at(json, ty(i), &path.index(i))).collect()
}

fn join(path: &Path, rest: &Path) -> Path {
    rest.steps().iter().fold(path.clone(), |path, step| path.then(step.clone()))
}

/// Where a value is sensitive, in order; nothing below a place that is.
pub(super) fn sensitive_paths(value: &Value) -> Vec<Path> {
    fn visit(value: &Value, path: &Path, found: &mut Vec<Path>) {
        if value.marks().has(Marks::SENSITIVE) {
            found.push(path.clone());
            return;
        }
        match value.data() {
            Data::Object(entries) => {
                entries.iter().for_each(|(name, item)| visit(item, &path.attribute(name), found));
            }
            Data::Map(_, entries) => entries.iter().for_each(|(key, item)| visit(item, &path.key(key), found)),
            Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
                items.iter().enumerate().for_each(|(i, item)| visit(item, &path.index(i), found));
            }
            Data::Unknown(..) | Data::Null(_) | Data::Bool(_) | Data::Number(_) | Data::String(_) => {}
        }
    }
    let mut found = Vec::new();
    if value.is_sensitive() {
        visit(value, &Path::root(), &mut found);
    }
    found
}

/// The JSON of a value with null for everything sensitive, ephemeral or unknown in it. For the journal.
pub fn without_secrets(value: &Value) -> Json {
    if !value.marks().is_none() {
        return Json::Null;
    }
    match value.data() {
        Data::Object(entries) | Data::Map(_, entries) => Json::Object(
            entries.iter().map(|(name, item)| (name.to_string(), without_secrets(item))).collect::<Map<_, _>>(),
        ),
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
            Json::Array(items.iter().map(without_secrets).collect())
        }
        _ => to_json(value),
    }
}

/// The path of its form in `sensitive_attributes`. A step that recon has no word for ends the path before it: more is
/// then sensitive, never less.
pub fn path_from_json(json: &Json) -> Option<Path> {
    let mut path = Path::root();
    for step in json.as_array()? {
        let value = step.get("value")?;
        let next = match step.get("type")?.as_str()? {
            "get_attr" => PathStep::Attribute(value.as_str()?.into()),
            "index" => match value.get("value")? {
                Json::String(key) => PathStep::Key(key.as_str().into()),
                Json::Number(number) => match number.as_u64().and_then(|index| usize::try_from(index).ok()) {
                    Some(index) => PathStep::Index(index),
                    None => break,
                },
                _ => break,
            },
            _ => return None,
        };
        path = path.then(next);
    }
    Some(path)
}

/// The form of a path in `sensitive_attributes`.
pub fn path_to_json(path: &Path) -> Json {
    let step = |step: &PathStep| match step {
        PathStep::Attribute(name) => json!({"type": "get_attr", "value": &**name}),
        PathStep::Key(key) => json!({"type": "index", "value": {"value": &**key, "type": "string"}}),
        PathStep::Index(index) => json!({"type": "index", "value": {"value": index, "type": "number"}}),
    };
    path.steps().iter().map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_open_type_is_stored_with_its_type() {
        let ty = Type::object([("id", Type::String), ("input", Type::Dynamic), ("l", Type::list(Type::Dynamic))]);
        let list = Value::list(Type::Dynamic, vec![Value::bool(true)]);
        let value = Value::object_of([("id", "x".into()), ("input", Value::tuple(vec![1.into()])), ("l", list)]);
        let stored = encode(&value, &ty);
        assert_eq!(
            stored,
            json!({"id": "x", "input": {"value": [1], "type": ["tuple", ["number"]]}, "l": [{"value": true, "type": "bool"}]})
        );
        assert_eq!(decode(&stored, &ty).unwrap(), value);
    }

    #[test]
    fn a_stored_value_that_does_not_fit_is_named_by_its_place() {
        let ty = Type::object([("input", Type::Dynamic), ("n", Type::Number)]);
        let bad = decode(&json!({"input": {"value": ["x"], "type": ["list", "number"]}}), &ty).unwrap_err();
        assert_eq!(bad.to_string(), "input[0]: a number is required, not a string");
        let bare = decode(&json!({"input": 1}), &ty).unwrap_err();
        assert_eq!(bare.to_string(), "input: a value with its type is required");
    }

    #[test]
    fn secrets_are_left_out_and_ephemeral_values_are_never_stored() {
        let secret = Value::string("hush").marked(Marks::SENSITIVE);
        let once = Value::string("once").marked(Marks::EPHEMERAL);
        let value = Value::object_of([("a", secret), ("b", once), ("c", "x".into())]);
        assert_eq!(without_secrets(&value), json!({"a": null, "b": null, "c": "x"}));
        assert_eq!(encode(&value, &value.ty()), json!({"a": "hush", "b": null, "c": "x"}));
        assert_eq!(encode(&value, &Type::Dynamic)["value"], json!({"a": "hush", "b": null, "c": "x"}));
        assert_eq!(sensitive_paths(&value), vec![Path::from("a")]);
    }

    #[test]
    fn a_step_without_a_word_for_it_makes_more_sensitive_not_less() {
        let path =
            json!([{"type": "get_attr", "value": "a"}, {"type": "index", "value": {"value": true, "type": "bool"}}]);
        assert_eq!(path_from_json(&path), Some(Path::from("a")));
        assert_eq!(path_from_json(&json!([{"type": "leap", "value": "a"}])), None);
    }
}
