//! Attributes as Terraform kept them before 0.12: one flat map of texts, `list.#` for a length and `map.%` for a size. Only a
//! schema tells what they mean.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::value::json::{JsonError, from_json};
use crate::value::{Entries, Path, Type, Value};

/// The place of a value that was not known when the state was written.
const UNKNOWN: &str = "74D93920-ED26-11E3-AC10-0800200C9A66";

/// The value of a type that flat attributes stand for.
pub(super) fn decode(flat: &Map<String, Json>, ty: &Type) -> Result<Value, JsonError> {
    let mut texts = BTreeMap::new();
    for (name, json) in flat {
        match json {
            Json::String(text) => {
                texts.insert(name.as_str(), text.as_str());
            }
            Json::Null => {}
            _ => return Err(JsonError { path: Path::from(name.as_str()), what: "a string is required".into() }),
        }
    }
    let Type::Object(object) = ty else {
        return Err(JsonError { path: Path::root(), what: format!("a {} is required", ty.friendly()) });
    };
    let reader = Reader { texts };
    let entries = object.attributes.iter().map(|(name, ty)| {
        let value = reader.value(name, ty, &Path::root().attribute(name))?;
        Ok((name.clone(), value))
    });
    Ok(Value::object(entries.collect::<Result<Entries, JsonError>>()?))
}

struct Reader<'a> {
    texts: BTreeMap<&'a str, &'a str>,
}

impl Reader<'_> {
    fn value(&self, name: &str, ty: &Type, path: &Path) -> Result<Value, JsonError> {
        match ty {
            Type::List(element) => match self.count(name, '#', path)? {
                None => Ok(Value::null(ty.clone())),
                Some(count) => {
                    let items = (0..count).map(|i| self.value(&format!("{name}.{i}"), element, &path.index(i)));
                    Ok(Value::list(Type::clone(element), items.collect::<Result<_, _>>()?))
                }
            },
            Type::Set(element) => match self.count(name, '#', path)? {
                None => Ok(Value::null(ty.clone())),
                Some(_) => {
                    let keys = self.keys(name).into_iter().enumerate();
                    let items = keys.map(|(i, key)| self.value(&format!("{name}.{key}"), element, &path.index(i)));
                    Ok(Value::set(Type::clone(element), items.collect::<Result<_, _>>()?))
                }
            },
            Type::Map(element) => {
                // Before 0.9, maps were counted like lists.
                if self.count(name, '%', path)?.or(self.count(name, '#', path)?).is_none() {
                    return Ok(Value::null(ty.clone()));
                }
                let prefix = format!("{name}.");
                let own = self.below(&prefix);
                let entries = own.filter(|key| !matches!(*key, "%" | "#")).map(|key| {
                    let value = self.value(&format!("{name}.{key}"), element, &path.key(key))?;
                    Ok((Arc::from(key), value))
                });
                Ok(Value::map(Type::clone(element), entries.collect::<Result<Entries, JsonError>>()?))
            }
            Type::Object(object) => {
                if self.keys(name).is_empty() {
                    return Ok(Value::null(ty.clone()));
                }
                let entries = object.attributes.iter().map(|(inner, ty)| {
                    Ok((inner.clone(), self.value(&format!("{name}.{inner}"), ty, &path.attribute(inner))?))
                });
                Ok(Value::object(entries.collect::<Result<Entries, JsonError>>()?))
            }
            Type::Dynamic | Type::Bool | Type::Number | Type::String | Type::Tuple(_) => self.plain(name, ty, path),
        }
    }

    fn plain(&self, name: &str, ty: &Type, path: &Path) -> Result<Value, JsonError> {
        let text = self.texts.get(name).filter(|text| **text != UNKNOWN);
        // Numbers and truth values that were not set were written as empty texts.
        let absent = |text: &str| text.is_empty() && matches!(ty, Type::Bool | Type::Number);
        let Some(text) = text.filter(|text| !absent(text)) else {
            return Ok(Value::null(ty.clone()));
        };
        let text = match (ty, *text) {
            (Type::Bool, "1") => "true",
            (Type::Bool, "0") => "false",
            (_, text) => text,
        };
        let fail = |error: JsonError| JsonError { path: path.clone(), what: error.what };
        from_json(&Json::String(text.to_owned()), ty).map_err(fail)
    }

    fn count(&self, name: &str, sign: char, path: &Path) -> Result<Option<usize>, JsonError> {
        let Some(text) = self.texts.get(format!("{name}.{sign}").as_str()).filter(|text| **text != UNKNOWN) else {
            return Ok(None);
        };
        // More elements than there are texts would be made of nothing.
        let count = text.parse::<usize>().ok().filter(|count| *count <= self.texts.len());
        let what = || JsonError { path: path.clone(), what: "the count is not that of the elements".into() };
        count.map(Some).ok_or_else(what)
    }

    /// What comes next in the names below a name.
    fn keys(&self, name: &str) -> BTreeSet<String> {
        let prefix = format!("{name}.");
        let inner = self.below(&prefix).filter_map(|rest| rest.split('.').next());
        inner.filter(|key| !matches!(*key, "%" | "#")).map(str::to_owned).collect()
    }

    /// The rest of the names that begin so.
    fn below<'s>(&'s self, prefix: &'s str) -> impl Iterator<Item = &'s str> {
        let names = self.texts.range::<str, _>((Bound::Included(prefix), Bound::Unbounded)).map(|(key, _)| *key);
        names.map_while(move |key| key.strip_prefix(prefix))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::value::json::to_json;

    fn decoded(flat: &Json, ty: &Type) -> Result<Json, String> {
        decode(flat.as_object().unwrap(), ty).map(|value| to_json(&value)).map_err(|error| error.to_string())
    }

    fn ty() -> Type {
        let inner = Type::object([("name", Type::String), ("on", Type::Bool), ("tags", Type::map(Type::String))]);
        Type::object([
            ("id", Type::String),
            ("size", Type::Number),
            ("on", Type::Bool),
            ("list", Type::list(Type::String)),
            ("set", Type::set(inner.clone())),
            ("block", Type::list(inner)),
            ("tags", Type::map(Type::String)),
            ("none", Type::set(Type::String)),
            ("timeouts", Type::object([("create", Type::String)])),
        ])
    }

    #[test]
    fn collections_are_put_together_again() {
        let flat = json!({
            "id": "x", "size": "1.5", "on": "1", "list.#": "2", "list.0": "a", "list.1": "b.c",
            "set.#": "2", "set.1234.name": "s", "set.1234.on": "false", "set.1234.tags.%": "0",
            "set.99.name": "t", "set.99.on": "", "block.#": "1", "block.0.name": "b", "block.0.tags.%": "1",
            "block.0.tags.a.b": "dotted", "tags.#": "1", "tags.Name": "n", "extra": "not known",
        });
        assert_eq!(
            decoded(&flat, &ty()).unwrap(),
            json!({
                "id": "x", "size": 1.5, "on": true, "list": ["a", "b.c"],
                "set": [{"name": "s", "on": false, "tags": {}}, {"name": "t", "on": null, "tags": null}],
                "block": [{"name": "b", "on": null, "tags": {"a.b": "dotted"}}],
                "tags": {"Name": "n"}, "none": null, "timeouts": null,
            })
        );
    }

    #[test]
    fn what_does_not_fit_is_named_by_its_place() {
        let problem = |flat: Json| decoded(&flat, &ty()).unwrap_err();
        assert_eq!(problem(json!({"size": "many"})), "size: a number is required, not a string");
        assert_eq!(problem(json!({"list.#": "9000000"})), "list: the count is not that of the elements");
        assert_eq!(
            problem(json!({"block.#": "1", "block.0.on": "maybe"})),
            "block[0].on: a bool is required, not a string"
        );
        assert_eq!(problem(json!({"id": ["x"]})), "id: a string is required");
        assert_eq!(decoded(&json!({"list.#": UNKNOWN, "id": UNKNOWN}), &ty()).unwrap()["list"], Json::Null);
    }
}
