//! Functions of maps, objects and sets.

use std::sync::Arc;

use super::collections::items;
use super::{Fault, Function, Given, Param, Want};
use crate::value::{Data, Entries, Type, Value, convert, unify};

pub(super) static TABLE: &[Function] = &[
    Function::new("keys", &[MAP], Want::Any, keys).giving(|args| match args.first()?.ty() {
        Type::Map(_) => Some(Type::list(Type::String)),
        _ => None,
    }),
    Function::new("values", &[MAP.named("mapping")], Want::Any, values).giving(|args| match args.first()?.ty() {
        Type::Map(element) => Some(Type::List(element)),
        _ => None,
    }),
    Function::new("lookup", &[MAP, Param::new("key", Want::Text)], Want::Any, lookup)
        .rest(Param::new("default", Want::Any).nullable().unknown().marked()),
    Function::new("merge", &[], Want::Any, merge)
        .rest(Param::new("maps", Want::Any).nullable().partly_unknown().marked())
        .giving(|args| {
            let first @ Type::Map(_) = args.first()?.ty() else { return None };
            args.iter().all(|arg| arg.ty() == first).then_some(first)
        }),
    Function::new(
        "zipmap",
        &[Param::new("keys", Want::Texts), Param::new("values", Want::Any).partly_unknown().marked_inside()],
        Want::Any,
        zipmap,
    )
    .giving(|args| match args.get(1)?.ty() {
        Type::List(element) => Some(Type::Map(element)),
        _ => None,
    }),
    Function::new("transpose", &[Param::new("values", Want::MapOfTexts)], Want::MapOfTexts, transpose),
    Function::new("setunion", &[SET.named("first_set").partly_unknown()], Want::Any, |_, args| {
        sets(args, |all, set| all.iter().chain(set).cloned().collect())
    })
    .rest(SET.partly_unknown())
    .giving(common_type),
    Function::new("setintersection", &[SET.named("first_set")], Want::Any, |_, args| {
        sets(args, |all, set| all.iter().filter(|v| has(set, v)).cloned().collect())
    })
    .rest(SET)
    .giving(common_type),
    Function::new("setsubtract", &[SET.named("a"), SET.named("b")], Want::Any, |_, args| {
        sets(args, |all, set| all.iter().filter(|v| !has(set, v)).cloned().collect())
    })
    .giving(common_type),
    Function::new("setproduct", &[], Want::Any, setproduct)
        .rest(Param::new("sets", Want::Any).partly_unknown().marked_inside())
        .giving(|_| None),
];

fn common_type(args: &[Value]) -> Option<Type> {
    unify(&args.iter().map(Value::ty).collect::<Vec<_>>())
}

const MAP: Param = Param::new("inputMap", Want::Any).partly_unknown().marked_inside();
const SET: Param = Param::new("other_sets", Want::Set);

fn entries(args: &[Value], position: usize) -> Result<&Entries, Fault> {
    args[position].entries().ok_or_else(|| Fault::arg(position, "must be a map or an object"))
}

fn keys(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let names = entries(args, 0)?.keys().map(|key| Data::String(key.clone()).into()).collect();
    Ok(match args[0].data() {
        Data::Map(..) => Value::list(Type::String, names),
        _ => Value::tuple(names),
    })
}

fn values(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let found = entries(args, 0)?.values().cloned().collect();
    Ok(match args[0].data() {
        Data::Map(ty, _) => Value::list(ty.clone(), found),
        _ => Value::tuple(found),
    })
}

fn lookup(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    if args.len() > 3 {
        return Err(Fault::Call("lookup takes two or three arguments".into()));
    }
    let found = entries(args, 0)?.get(args[1].as_str().unwrap_or_default());
    match (found, args.get(2), args[0].data()) {
        (Some(found), _, _) => Ok(found.clone()),
        (None, Some(default), Data::Map(ty, _)) => {
            convert(default, ty).map_err(|error| Fault::arg(2, error.to_string()))
        }
        (None, Some(default), _) => Ok(default.clone()),
        (None, None, _) => {
            Err(Fault::Call(format!("lookup failed to find key {:?}", args[1].as_str().unwrap_or_default())))
        }
    }
}

fn merge(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let mut merged = Entries::new();
    let mut marks = crate::value::Marks::NONE;
    for (i, arg) in args.iter().enumerate() {
        marks = marks.and(arg.marks());
        if arg.is_null() && arg.ty() == Type::Dynamic || arg.is_null() && arg.ty().is_structural() {
            continue;
        }
        let Some(entries) = arg.entries() else {
            return Err(Fault::arg(i, "arguments must be maps or objects"));
        };
        merged.extend(entries.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
    let types: Vec<Type> = args.iter().filter(|arg| arg.ty() != Type::Dynamic).map(Value::ty).collect();
    let value = match types.split_first() {
        Some((first @ Type::Map(element), rest)) if rest.iter().all(|ty| ty == first) => {
            Value::map(Type::clone(element), merged)
        }
        _ => Value::object(merged),
    };
    Ok(value.marked(marks))
}

fn zipmap(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let (names, found) = (items(args, 0, "a list of strings")?, items(args, 1, "a list or tuple")?);
    if names.len() != found.len() {
        return Err(Fault::Call(format!(
            "number of keys ({}) does not match number of values ({})",
            names.len(),
            found.len()
        )));
    }
    let mut entries = Entries::new();
    for (name, value) in names.iter().zip(found) {
        let Data::String(name) = name.data() else {
            return Err(Fault::arg(0, "a key must not be null"));
        };
        entries.insert(name.clone(), value.clone());
    }
    Ok(match args[1].data() {
        Data::List(ty, _) => Value::map(ty.clone(), entries),
        Data::Tuple(_) => Value::object(entries),
        _ => return Err(Fault::arg(1, "values must be a list or a tuple")),
    })
}

fn transpose(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let mut turned: std::collections::BTreeMap<Arc<str>, Vec<Value>> = std::collections::BTreeMap::new();
    for (key, list) in entries(args, 0)? {
        for item in list.items().unwrap_or_default() {
            let Data::String(text) = item.data() else {
                return Err(Fault::arg(0, "a list must not contain null"));
            };
            turned.entry(text.clone()).or_default().push(Data::String(key.clone()).into());
        }
    }
    let lists = turned.into_iter().map(|(key, mut list)| {
        list.sort_by(Value::order);
        (key, Value::list(Type::String, list))
    });
    Ok(Value::map(Type::list(Type::String), lists.collect()))
}

/// Whether a set, whose elements are all known, has an element.
fn has(set: &[Value], value: &Value) -> bool {
    set.binary_search_by(|element| element.order(value)).is_ok()
}

fn sets(args: &[Value], join: fn(&[Value], &[Value]) -> Vec<Value>) -> Result<Value, Fault> {
    let types: Vec<Type> = args.iter().filter(|set| set.ty() != Type::set(Type::Dynamic)).map(Value::ty).collect();
    let ty = match types.is_empty() {
        true => Type::set(Type::Dynamic),
        false => unify(&types).ok_or_else(|| Fault::Call("all sets must have elements of the same type".into()))?,
    };
    let element = ty.element().cloned().unwrap_or(Type::Dynamic);
    let mut joined: Option<Vec<Value>> = None;
    for arg in args {
        let set = convert(arg, &ty).map_err(|error| Fault::Call(error.to_string()))?;
        let set = set.items().unwrap_or_default();
        joined = Some(match joined {
            None => set.to_vec(),
            Some(all) => join(&all, set),
        });
    }
    Ok(Value::set(element, joined.unwrap_or_default()))
}

fn setproduct(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    /// So that a few short lists cannot ask for all memory there is.
    const MOST: usize = 1_000_000;
    if args.len() < 2 {
        return Err(Fault::Call("at least two arguments are required".into()));
    }
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    let mut types = Vec::new();
    let mut list = true;
    if args.iter().any(|arg| matches!(arg.data(), Data::Set(..)) && !arg.is_wholly_known()) {
        // Elements that are not known may turn out to be equal.
        return Ok(Value::unknown_not_null(Type::Dynamic));
    }
    for (i, arg) in args.iter().enumerate() {
        let found = items(args, i, "a set or a list")?;
        let (element, found) = match arg.data() {
            Data::Tuple(_) => {
                let converted =
                    convert(arg, &Type::list(Type::Dynamic)).map_err(|error| Fault::arg(i, error.to_string()))?;
                let element = converted.ty().element().cloned().unwrap_or(Type::Dynamic);
                (element, converted.items().unwrap_or_default().to_vec())
            }
            _ => (arg.ty().element().cloned().unwrap_or(Type::Dynamic), found.to_vec()),
        };
        list &= !matches!(arg.data(), Data::Set(..));
        types.push(element);
        if rows.len().saturating_mul(found.len()) > MOST {
            return Err(Fault::Call(format!("the product has more than {MOST} elements")));
        }
        rows = rows
            .iter()
            .flat_map(|row| found.iter().map(move |item| row.iter().cloned().chain([item.clone()]).collect()))
            .collect();
    }
    let element = Type::Tuple(types.into());
    let rows = rows.into_iter().map(Value::tuple).collect();
    Ok(if list { Value::list(element, rows) } else { Value::set(element, rows) })
}
