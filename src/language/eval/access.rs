//! Attributes and elements of values.

use super::{problem, unknown};
use crate::diagnostic::{Diagnostic, Span, did_you_mean};
use crate::value::{Data, Entries, Type, Value, convert};

/// `value.name`
pub(super) fn attribute(value: &Value, name: &str, span: Span) -> Result<Value, Box<Diagnostic>> {
    let found = match value.data() {
        Data::Object(entries) => match entries.get(name) {
            Some(found) => found.clone(),
            None => return Err(no_attribute(name, shown_keys(value, entries), span)),
        },
        Data::Map(_, entries) => match entries.get(name) {
            Some(found) => found.clone(),
            None => {
                return Err(suggest(
                    problem(
                        "Missing map element",
                        span,
                        format!("This map does not have an element with the key \"{name}\"."),
                    ),
                    name,
                    shown_keys(value, entries),
                ));
            }
        },
        Data::Null(_) => {
            return Err(problem(
                "Attempt to get attribute from null value",
                span,
                "This value is null, so it does not have any attributes.",
            ));
        }
        Data::Unknown(ty, _) => match ty {
            Type::Dynamic => unknown(),
            Type::Map(element) => Value::unknown(Type::clone(element)),
            Type::Object(object) => match object.attributes.get(name) {
                Some(ty) => Value::unknown(ty.clone()),
                None => return Err(no_attribute(name, object.attributes.keys().map(|k| &**k), span)),
            },
            _ if is_position(name) => return index(value, &Value::string(name), span),
            ty => return Err(not_an_object(name, &ty.clone(), span)),
        },
        Data::List(..) | Data::Tuple(_) if is_position(name) => return index(value, &Value::string(name), span),
        _ => return Err(not_an_object(name, &value.ty(), span)),
    };
    Ok(found.marked(value.marks()))
}

/// The keys that may be told; those of a sensitive value are as sensitive.
fn shown_keys<'a>(value: &Value, entries: &'a Entries) -> impl Iterator<Item = &'a str> {
    let hidden = value.is_sensitive();
    entries.keys().filter(move |_| !hidden).map(|key| &**key)
}

fn is_position(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_digit())
}

fn no_attribute<'a>(name: &str, known: impl Iterator<Item = &'a str>, span: Span) -> Box<Diagnostic> {
    let detail = format!("This object does not have an attribute named \"{name}\".");
    suggest(problem("Unsupported attribute", span, detail), name, known)
}

fn suggest<'a>(mut problem: Box<Diagnostic>, name: &str, known: impl Iterator<Item = &'a str>) -> Box<Diagnostic> {
    problem.help(did_you_mean(name, known));
    problem
}

fn not_an_object(name: &str, ty: &Type, span: Span) -> Box<Diagnostic> {
    let detail = match ty {
        Type::List(inner) if matches!(&**inner, Type::Object(object) if object.attributes.contains_key(name)) => format!(
            "Cannot access attributes on a list of objects. Did you mean to access the attribute \"{name}\" of one \
             element, as in `[0].{name}`, or of all of them, as in `[*].{name}`?"
        ),
        Type::Set(_) => "Cannot access attributes on a set. To use its elements, convert it with `tolist` or use a `for` expression.".to_owned(),
        ty if ty.is_structural() => format!("This value is a {}, which has no attribute \"{name}\".", ty.friendly()),
        ty => format!("Cannot access attributes on a primitive-typed value ({}).", ty.friendly()),
    };
    problem("Unsupported attribute", span, detail)
}

/// `value[key]`
pub(super) fn index(value: &Value, key: &Value, span: Span) -> Result<Value, Box<Diagnostic>> {
    let marks = value.marks().and(key.marks());
    let invalid = |detail: String| Err(problem("Invalid index", span, detail));
    if value.is_null() {
        return Err(problem(
            "Attempt to index null value",
            span,
            "This value is null, so it does not have any indices.",
        ));
    }
    if key.is_null() {
        return invalid("Can't use a null value as an indexing key.".into());
    }
    let ty = value_type(value);
    let wanted = match ty {
        Shape::Sequence => Type::Number,
        Shape::Entries => Type::String,
        Shape::Any => return Ok(unknown().marked(marks)),
        Shape::Set => {
            return invalid(
                "Elements of a set are identified only by their value and don't have any separate index or key to select \
                 with, so it's only possible to perform operations across all elements of the set."
                    .into(),
            );
        }
        Shape::Single => return invalid("This value does not have any indices.".into()),
    };
    let key = match convert(key, &wanted) {
        Ok(key) => key,
        Err(error) => {
            return invalid(format!("The given key does not identify an element in this collection value: {error}."));
        }
    };
    if !key.is_known() {
        return Ok(Value::unknown(element_type(value)).marked(marks));
    }
    let found = match value.data() {
        Data::List(_, items) | Data::Tuple(items) => {
            let number = key.as_number();
            match number.and_then(crate::value::Number::to_usize).and_then(|i| items.get(i)) {
                Some(found) => found.clone(),
                None => return invalid(out_of_range(&key, items.len())),
            }
        }
        Data::Map(_, entries) | Data::Object(entries) => {
            let name = key.as_str().unwrap_or_default();
            match entries.get(name) {
                Some(found) => found.clone(),
                None => {
                    let detail = "The given key does not identify an element in this collection value.";
                    return Err(suggest(problem("Invalid index", span, detail), name, shown_keys(value, entries)));
                }
            }
        }
        Data::Unknown(Type::Object(object), _) => {
            let name = key.as_str().unwrap_or_default();
            match object.attributes.get(name) {
                Some(ty) => Value::unknown(ty.clone()),
                None => return Err(no_attribute(name, object.attributes.keys().map(|k| &**k), span)),
            }
        }
        Data::Unknown(Type::Tuple(types), _) => {
            let position = key.as_number().and_then(crate::value::Number::to_usize);
            match position.and_then(|i| types.get(i)) {
                Some(ty) => Value::unknown(ty.clone()),
                None => return invalid(out_of_range(&key, types.len())),
            }
        }
        _ => Value::unknown(element_type(value)),
    };
    Ok(found.marked(marks))
}

fn out_of_range(key: &Value, length: usize) -> String {
    let reason = match key.as_number() {
        Some(number) if number.is_negative() => "a negative number is not a valid index for a sequence".to_owned(),
        Some(number) if !number.is_whole() => "indexing a sequence requires a whole number".to_owned(),
        _ => match length {
            0 => "the collection has no elements".to_owned(),
            1 => "the collection has only 1 element".to_owned(),
            length => format!("the collection has only {length} elements, counted from 0"),
        },
    };
    format!("The given key does not identify an element in this collection value: {reason}.")
}

enum Shape {
    Sequence,
    Entries,
    Set,
    Single,
    Any,
}

fn value_type(value: &Value) -> Shape {
    match value.data() {
        Data::List(..) | Data::Tuple(_) | Data::Unknown(Type::List(_) | Type::Tuple(_), _) => Shape::Sequence,
        Data::Map(..) | Data::Object(_) | Data::Unknown(Type::Map(_) | Type::Object(_), _) => Shape::Entries,
        Data::Set(..) | Data::Unknown(Type::Set(_), _) => Shape::Set,
        Data::Unknown(Type::Dynamic, _) => Shape::Any,
        _ => Shape::Single,
    }
}

fn element_type(value: &Value) -> Type {
    match value.data() {
        Data::List(ty, _) | Data::Map(ty, _) => ty.clone(),
        Data::Unknown(ty, _) => ty.element().cloned().unwrap_or(Type::Dynamic),
        _ => Type::Dynamic,
    }
}
