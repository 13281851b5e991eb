//! Conversion of a value to a type, as assigning it to an argument or variable of that type does.

use std::sync::Arc;

use indexmap::IndexMap;

use super::unify::unify;
use super::{Data, Entries, Number, ObjectType, Path, Type, Value};

/// Why a value cannot be converted to a type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{what}", if path.is_root() { String::new() } else { format!("{path}: ") })]
pub struct ConvertError {
    /// Where in the value.
    pub path: Path,
    /// What was found and wanted.
    pub what: String,
}

/// The value as one of the given type. `Type::Dynamic` inside the type stands for whatever fits; as the element type of a
/// collection it stands for one type that all elements can take. Marks stay where they are.
pub fn convert(value: &Value, ty: &Type) -> Result<Value, ConvertError> {
    go(value, ty, &Path::root())
}

fn go(value: &Value, ty: &Type, path: &Path) -> Result<Value, ConvertError> {
    if is_of(value, ty) {
        return Ok(value.clone());
    }
    let marks = value.marks();
    Ok(content(value, ty, path)?.marked(marks))
}

/// Whether the value is of the type as it stands; may be `false` for one that is, which only costs a copy.
fn is_of(value: &Value, ty: &Type) -> bool {
    match (value.data(), ty) {
        (Data::Unknown(found, _) | Data::Null(found), ty) => found == ty,
        (_, Type::Dynamic)
        | (Data::Bool(_), Type::Bool)
        | (Data::Number(_), Type::Number)
        | (Data::String(_), Type::String) => true,
        (Data::List(found, _), Type::List(wanted))
        | (Data::Set(found, _), Type::Set(wanted))
        | (Data::Map(found, _), Type::Map(wanted)) => found == &**wanted && !wanted.has_dynamic(),
        (Data::Tuple(items), Type::Tuple(types)) => {
            items.len() == types.len() && items.iter().zip(types.iter()).all(|(item, ty)| is_of(item, ty))
        }
        (Data::Object(entries), Type::Object(object)) => {
            entries.len() == object.attributes.len()
                && entries.iter().zip(&object.attributes).all(|((n, v), (name, ty))| n == name && is_of(v, ty))
        }
        _ => false,
    }
}

fn content(value: &Value, ty: &Type, path: &Path) -> Result<Value, ConvertError> {
    let fail = || ConvertError { path: path.clone(), what: mismatch(&value.ty(), ty) };
    Ok(match (value.data(), ty) {
        (Data::Null(found), _) => {
            if !can_convert(found, ty) {
                return Err(fail());
            }
            Value::null(resolve(found, ty))
        }
        (Data::Unknown(found, refinement), _) => {
            if !can_convert(found, ty) {
                return Err(fail());
            }
            let resolved = resolve(found, ty);
            match refinement {
                Some(known) if same_kind(found, &resolved) => Value::refined(resolved, super::Refinement::clone(known)),
                Some(known) => {
                    Value::refined(resolved, super::Refinement { not_null: known.not_null, ..Default::default() })
                }
                None => Value::unknown(resolved),
            }
        }
        (_, Type::Dynamic) => value.clone(),
        (Data::Number(number), Type::String) => Value::string(number.to_string()),
        (Data::Bool(truth), Type::String) => Value::string(if *truth { "true" } else { "false" }),
        (Data::String(text), Type::Number) => Value::number(
            text.parse::<Number>()
                .map_err(|_| ConvertError { path: path.clone(), what: "a number is required".into() })?,
        ),
        (Data::String(text), Type::Bool) => match &**text {
            "true" | "1" => Value::bool(true),
            "false" | "0" => Value::bool(false),
            _ => {
                let hint = match text.to_lowercase().as_str() {
                    "true" | "false" => "; to convert from string, use lowercase \"true\" or \"false\"",
                    _ => "",
                };
                return Err(ConvertError { path: path.clone(), what: format!("a bool is required{hint}") });
            }
        },
        (Data::Set(_, items), Type::List(element)) if items.len() > 1 && !value.is_wholly_known() => {
            // Elements that are not known have no place in the order yet, and may turn out to be equal.
            let (element, _) = elements(value, items, element, path)?;
            let (least, most) = value.length_bounds();
            Value::refined(Type::list(element), super::Refinement::of_length(Some(least), most))
        }
        (Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items), Type::List(element)) => {
            let (element, items) = elements(value, items, element, path)?;
            Value::list(element, items)
        }
        (Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items), Type::Set(element)) => {
            let (element, items) = elements(value, items, element, path)?;
            Value::set(element, items)
        }
        (Data::Map(_, entries) | Data::Object(entries), Type::Map(element)) => map(value, entries, element, path)?,
        (Data::Tuple(items), Type::Tuple(types)) => {
            if items.len() != types.len() {
                let what = format!("a tuple of {} elements is required, not of {}", types.len(), items.len());
                return Err(ConvertError { path: path.clone(), what });
            }
            let items = items.iter().zip(types.iter()).enumerate();
            Value::tuple(items.map(|(i, (item, ty))| go(item, ty, &path.index(i))).collect::<Result<_, _>>()?)
        }
        (Data::Map(_, entries) | Data::Object(entries), Type::Object(object)) => to_object(entries, object, path)?,
        _ => return Err(fail()),
    })
}

fn elements(source: &Value, items: &[Value], element: &Type, path: &Path) -> Result<(Type, Vec<Value>), ConvertError> {
    let element = common(source, items.iter(), element, path)?;
    let items = items.iter().enumerate().map(|(i, item)| go(item, &element, &path.index(i)));
    let items = items.collect::<Result<Vec<_>, _>>()?;
    settle(&element, items, path)
}

/// Elements whose type was left open in part may have become different; they are brought together again.
fn settle(element: &Type, items: Vec<Value>, path: &Path) -> Result<(Type, Vec<Value>), ConvertError> {
    if *element == Type::Dynamic || !element.has_dynamic() || items.is_empty() {
        return Ok((bare(element), items));
    }
    let types: Vec<Type> = items.iter().map(Value::ty).collect();
    let element = unify(&types).ok_or_else(|| no_common(path))?;
    let items = items.iter().enumerate().map(|(i, item)| go(item, &element, &path.index(i)));
    let items = items.collect::<Result<Vec<_>, _>>()?;
    let element = items[0].ty();
    if items.iter().any(|item| item.ty() != element) {
        return Err(no_common(path));
    }
    Ok((element, items))
}

/// The element type, found from the elements where it is open.
fn common<'a>(
    source: &Value,
    items: impl Iterator<Item = &'a Value>,
    element: &Type,
    path: &Path,
) -> Result<Type, ConvertError> {
    if *element != Type::Dynamic {
        return Ok(element.clone());
    }
    // An untyped null takes whatever type the others have.
    let types: Vec<Type> =
        items.filter(|item| !matches!(item.data(), Data::Null(Type::Dynamic))).map(Value::ty).collect();
    if types.is_empty() {
        return Ok(source.ty().element().cloned().unwrap_or(Type::Dynamic));
    }
    unify(&types).ok_or_else(|| no_common(path))
}

fn no_common(path: &Path) -> ConvertError {
    ConvertError { path: path.clone(), what: "all elements must have the same type".into() }
}

fn map(source: &Value, entries: &Entries, element: &Type, path: &Path) -> Result<Value, ConvertError> {
    let element = common(source, entries.values(), element, path)?;
    let values = entries.iter().map(|(key, value)| go(value, &element, &path.key(key)));
    let values = values.collect::<Result<Vec<_>, _>>()?;
    let (element, values) = settle(&element, values, path)?;
    Ok(Value::map(element, entries.keys().cloned().zip(values).collect()))
}

fn to_object(entries: &Entries, object: &ObjectType, path: &Path) -> Result<Value, ConvertError> {
    let missing: Vec<String> = object
        .attributes
        .keys()
        .filter(|name| !entries.contains_key(*name) && !object.optional.contains(*name))
        .map(|name| format!("\"{name}\""))
        .collect();
    match missing.as_slice() {
        [] => {}
        [one] => return Err(ConvertError { path: path.clone(), what: format!("attribute {one} is required") }),
        [many @ .., last] => {
            let what = format!("attributes {} and {last} are required", many.join(", "));
            return Err(ConvertError { path: path.clone(), what });
        }
    }
    let attributes = object.attributes.iter().map(|(name, ty)| {
        let value = match entries.get(name) {
            Some(value) => go(value, ty, &path.attribute(name))?,
            None => Value::null(bare(ty)),
        };
        Ok((name.clone(), value))
    });
    Ok(Value::object(attributes.collect::<Result<Entries, ConvertError>>()?))
}

/// Whether values of one type may be convertible to another; some still fail by their content.
pub fn can_convert(from: &Type, to: &Type) -> bool {
    match (from, to) {
        (_, Type::Dynamic) | (Type::Dynamic, _) => true,
        (Type::Number | Type::Bool | Type::String, Type::String)
        | (Type::String | Type::Number, Type::Number)
        | (Type::String | Type::Bool, Type::Bool) => true,
        (Type::List(a) | Type::Set(a), Type::List(b) | Type::Set(b)) | (Type::Map(a), Type::Map(b)) => {
            can_convert(a, b)
        }
        (Type::Tuple(items), Type::List(element) | Type::Set(element)) => {
            items.iter().all(|item| can_convert(item, element))
                && (**element != Type::Dynamic || items.is_empty() || unify(items).is_some())
        }
        (Type::Object(object), Type::Map(element)) => {
            let types: Vec<Type> = object.attributes.values().cloned().collect();
            types.iter().all(|ty| can_convert(ty, element))
                && (**element != Type::Dynamic || types.is_empty() || unify(&types).is_some())
        }
        (Type::Map(element), Type::Object(object)) => object.attributes.values().all(|ty| can_convert(element, ty)),
        (Type::Object(from), Type::Object(to)) => {
            to.attributes.iter().all(|(name, ty)| match from.attributes.get(name) {
                Some(found) => can_convert(found, ty),
                None => to.optional.contains(name),
            })
        }
        (Type::Tuple(from), Type::Tuple(to)) => {
            from.len() == to.len() && from.iter().zip(to.iter()).all(|(from, to)| can_convert(from, to))
        }
        _ => false,
    }
}

/// The type that a conversion gives, open parts filled from the type that is converted.
fn resolve(from: &Type, to: &Type) -> Type {
    match (from, to) {
        (_, Type::Dynamic) => from.clone(),
        (Type::Dynamic, _) => bare(to),
        (Type::List(a) | Type::Set(a), Type::List(b)) => Type::list(resolve(a, b)),
        (Type::List(a) | Type::Set(a), Type::Set(b)) => Type::set(resolve(a, b)),
        (Type::Map(a), Type::Map(b)) => Type::map(resolve(a, b)),
        (Type::Tuple(items), Type::List(b)) => Type::list(resolve(&unify(items).unwrap_or(Type::Dynamic), b)),
        (Type::Tuple(items), Type::Set(b)) => Type::set(resolve(&unify(items).unwrap_or(Type::Dynamic), b)),
        (Type::Object(object), Type::Map(b)) => {
            let types: Vec<Type> = object.attributes.values().cloned().collect();
            Type::map(resolve(&unify(&types).unwrap_or(Type::Dynamic), b))
        }
        (Type::Object(from), Type::Object(to)) => {
            let attributes = to.attributes.iter().map(|(name, ty)| {
                (name.clone(), from.attributes.get(name).map_or_else(|| bare(ty), |found| resolve(found, ty)))
            });
            Type::Object(Arc::new(ObjectType::new(attributes)))
        }
        (Type::Tuple(from), Type::Tuple(to)) => {
            Type::Tuple(from.iter().zip(to.iter()).map(|(a, b)| resolve(a, b)).collect())
        }
        _ => bare(to),
    }
}

fn same_kind(a: &Type, b: &Type) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b)
}

/// The type without the marks of optional attributes, as values have it.
pub fn bare(ty: &Type) -> Type {
    match ty {
        Type::List(e) => Type::list(bare(e)),
        Type::Set(e) => Type::set(bare(e)),
        Type::Map(e) => Type::map(bare(e)),
        Type::Tuple(items) => Type::Tuple(items.iter().map(bare).collect()),
        Type::Object(object) => {
            Type::Object(Arc::new(ObjectType::new(object.attributes.iter().map(|(name, ty)| (name.clone(), bare(ty))))))
        }
        Type::Dynamic | Type::Bool | Type::Number | Type::String => ty.clone(),
    }
}

fn mismatch(found: &Type, wanted: &Type) -> String {
    let article = |ty: &Type| match ty {
        Type::Object(_) => "an object".to_owned(),
        ty => format!("a {}", ty.friendly()),
    };
    format!("{} is required, not {}", article(wanted), article(found))
}

/// Defaults of optional attributes inside a type constraint, shaped like the type.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TypeDefaults {
    /// Defaults of the attributes of this object type.
    pub values: IndexMap<Arc<str>, Value>,
    /// Defaults further inside: by attribute name, or under `""` for the elements of a collection, or the position in a tuple.
    pub children: IndexMap<Arc<str>, Self>,
}

impl TypeDefaults {
    /// Whether there is no default at any depth.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.children.values().all(Self::is_empty)
    }

    /// The value with defaults put where attributes are absent or null. To be done before the conversion to the type.
    pub fn apply(&self, value: &Value) -> Value {
        if self.is_empty() {
            return value.clone();
        }
        let child = |key: &str, value: &Value| self.children.get(key).map_or_else(|| value.clone(), |d| d.apply(value));
        let data = match value.data() {
            Data::List(_, items) | Data::Tuple(items) => {
                let of = |i: usize| if self.children.contains_key("") { String::new() } else { i.to_string() };
                // Elements that were of one type may differ now; the conversion to the type brings them together.
                Data::Tuple(Arc::new(items.iter().enumerate().map(|(i, v)| child(&of(i), v)).collect()))
            }
            Data::Set(_, items) => Data::Tuple(Arc::new(items.iter().map(|v| child("", v)).collect())),
            Data::Map(_, entries) | Data::Object(entries) => {
                let collection = self.children.contains_key("");
                let mut filled = Entries::clone(entries);
                for (name, default) in &self.values {
                    if filled.get(name).is_none_or(Value::is_null) {
                        filled.insert(name.clone(), default.clone());
                    }
                }
                let filled = filled.into_iter().map(|(name, value)| {
                    let value = child(if collection { "" } else { &name }, &value);
                    (name, value)
                });
                Data::Object(Arc::new(filled.collect()))
            }
            _ => return value.clone(),
        };
        Value::from(data).marked(value.marks())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Marks;

    #[test]
    fn primitives_convert_by_their_text() {
        assert_eq!(convert(&1.into(), &Type::String).unwrap(), "1".into());
        assert_eq!(convert(&"1.50".into(), &Type::Number).unwrap().as_number().unwrap().to_string(), "1.5");
        assert_eq!(convert(&"true".into(), &Type::Bool).unwrap(), true.into());
        assert_eq!(convert(&"x".into(), &Type::Number).unwrap_err().to_string(), "a number is required");
        assert!(convert(&1.into(), &Type::Bool).is_err());
    }

    #[test]
    fn a_tuple_becomes_a_set_and_an_object_a_map() {
        let tuple = Value::tuple(vec!["b".into(), 1.into(), "b".into()]);
        let set = convert(&tuple, &Type::set(Type::Dynamic)).unwrap();
        assert_eq!(set.ty(), Type::set(Type::String));
        assert_eq!(set.items().unwrap().len(), 2);
        let object = Value::object_of([("a", 1.into()), ("b", "x".into())]);
        assert_eq!(convert(&object, &Type::map(Type::Dynamic)).unwrap().ty(), Type::map(Type::String));
    }

    #[test]
    fn what_is_missing_is_named_with_its_place() {
        let ty = Type::list(Type::object([("a", Type::Number), ("b", Type::Number)]));
        let value = Value::tuple(vec![Value::object_of([("a", 1.into())])]);
        assert_eq!(convert(&value, &ty).unwrap_err().to_string(), "[0]: attribute \"b\" is required");
    }

    #[test]
    fn marks_and_unknowns_survive() {
        let secret = Value::number(1).marked(Marks::SENSITIVE);
        let list = Value::tuple(vec![secret, Value::unknown(Type::Dynamic)]);
        let list = convert(&list, &Type::list(Type::String)).unwrap();
        assert!(list.items().unwrap()[0].marks().has(Marks::SENSITIVE));
        assert_eq!(list.items().unwrap()[1].ty(), Type::String);
        assert_eq!(convert(&Value::null(Type::Dynamic), &Type::Bool).unwrap().ty(), Type::Bool);
    }

    #[test]
    fn defaults_fill_what_is_absent_at_any_depth() {
        let inner =
            TypeDefaults { values: [(Arc::from("size"), 10.into())].into_iter().collect(), ..Default::default() };
        let defaults = TypeDefaults { children: [(Arc::from(""), inner)].into_iter().collect(), ..Default::default() };
        let value = Value::tuple(vec![Value::object_of([("name", "a".into())])]);
        assert_eq!(defaults.apply(&value).items().unwrap()[0].attr("size"), 10.into());
    }
}
