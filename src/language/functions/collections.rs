//! Functions of collections: elements, order, selection.

use super::{Fault, Function, Given, Param, Want};
use crate::language::eval::equal;
use crate::value::{Data, Marks, Number, Refinement, Type, Value, bare, convert, unify};
use unicode_segmentation::UnicodeSegmentation;

pub(super) static TABLE: &[Function] = &[
    Function::new("length", &[Param::new("value", Want::Any).unknown().marked()], Want::Number, length),
    Function::new("element", &[LIST, Param::new("index", Want::Number)], Want::Any, element),
    Function::new("index", &[COMPARED, Param::new("value", Want::Any)], Want::Number, index),
    Function::new("contains", &[COMPARED, Param::new("value", Want::Any)], Want::Bool, contains),
    Function::new("concat", &[], Want::Any, concat).rest(LIST.named("seqs")).giving(|_| None),
    Function::new("flatten", &[LIST], Want::Any, flatten).giving(|_| None),
    Function::new("distinct", &[Param::new("list", Want::List).partly_unknown()], Want::Any, distinct)
        .giving(first_type),
    Function::new("reverse", &[LIST], Want::Any, reverse).giving(list_like_first),
    Function::new(
        "slice",
        &[LIST, Param::new("start_index", Want::Number), Param::new("end_index", Want::Number)],
        Want::Any,
        slice,
    )
    .giving(list_like_first),
    Function::new("sort", &[Param::new("list", Want::Texts).partly_unknown()], Want::Texts, sort),
    Function::new("compact", &[Param::new("list", Want::Texts)], Want::Texts, compact),
    Function::new(
        "chunklist",
        &[Param::new("list", Want::List).partly_unknown().marked_inside(), Param::new("size", Want::Number)],
        Want::Any,
        chunklist,
    )
    .giving(|args| first_type(args).map(Type::list)),
    Function::new("one", &[LIST], Want::Any, one),
    Function::new("coalesce", &[], Want::Any, coalesce).rest(Param::new("vals", Want::Any).nullable().unknown()),
    Function::new("coalescelist", &[], Want::Any, coalescelist)
        .rest(COMPARED.named("vals").nullable())
        .giving(|_| None),
    Function::new("range", &[], Want::Numbers, range).rest(Param::new("params", Want::Number)),
    Function::new("alltrue", &[Param::new("list", Want::Bools).partly_unknown()], Want::Bool, |_, args| {
        all_any(&args[0], false)
    }),
    Function::new("anytrue", &[Param::new("list", Want::Bools).partly_unknown()], Want::Bool, |_, args| {
        all_any(&args[0], true)
    }),
    Function::new(
        "matchkeys",
        &[Param::new("values", Want::List), Param::new("keys", Want::List), Param::new("searchset", Want::List)],
        Want::Any,
        matchkeys,
    )
    .giving(first_type),
];

fn first_type(args: &[Value]) -> Option<Type> {
    args.first().map(Value::ty)
}

/// The type of a list of the elements of the first argument, be it a list or a set.
fn list_like_first(args: &[Value]) -> Option<Type> {
    match args.first()?.ty() {
        Type::List(element) | Type::Set(element) => Some(Type::List(element)),
        _ => None,
    }
}

const LIST: Param = Param::new("list", Want::Any).partly_unknown().marked_inside();
/// A list whose elements decide on the result, so that their marks are those of the result.
const COMPARED: Param = Param::new("list", Want::Any).partly_unknown();

pub(super) fn items<'v>(args: &'v [Value], position: usize, what: &str) -> Result<&'v [Value], Fault> {
    args[position].items().ok_or_else(|| Fault::arg(position, format!("must be {what}")))
}

/// A sequence like another: a list stays a list, a tuple a tuple, a set becomes a list.
fn like(source: &Value, items: Vec<Value>) -> Value {
    match source.data() {
        Data::List(ty, _) | Data::Set(ty, _) => Value::list(ty.clone(), items),
        _ => Value::tuple(items),
    }
}

fn length(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let value = &args[0];
    let (least, most) = match value.data() {
        Data::String(text) => {
            let count = text.graphemes(true).count() as u64;
            (count, Some(count))
        }
        Data::Unknown(Type::String, known) => {
            let prefix = known.as_ref().and_then(|known| known.prefix.as_ref());
            (prefix.map_or(0, |prefix| prefix.graphemes(true).count() as u64), None)
        }
        Data::Unknown(Type::Dynamic, _) => (0, None),
        Data::Unknown(ty, _) if ty.is_structural() => value.length_bounds(),
        Data::List(..) | Data::Set(..) | Data::Tuple(_) | Data::Map(..) | Data::Object(_) => value.length_bounds(),
        _ => return Err(Fault::arg(0, "must be a string, a collection type, or a structural type")),
    };
    let bounds = Refinement::between(Some(Number::from(least)), most.map(Number::from));
    Ok(Value::refined(Type::Number, bounds).marked(value.marks()))
}

fn element(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    if let Data::Set(..) = args[0].data() {
        return Err(Fault::arg(0, "must be a list or a tuple; the elements of a set have no order"));
    }
    let list = items(args, 0, "a list or a tuple")?;
    let number = args[1].as_number().filter(|n| n.is_whole()).ok_or_else(|| Fault::arg(1, "must be a whole number"))?;
    if number.is_negative() {
        return Err(Fault::arg(1, "must not be negative"));
    }
    if list.is_empty() {
        return Err(Fault::Call("cannot use element function with an empty list".into()));
    }
    let position = number.remainder(&Number::from(list.len())).and_then(|n| n.to_usize()).unwrap_or_default();
    Ok(list[position].clone())
}

fn index(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    if let Data::Set(..) = args[0].data() {
        return Err(Fault::arg(0, "must be a list or a tuple"));
    }
    let list = items(args, 0, "a list or a tuple")?;
    if list.is_empty() {
        return Err(Fault::Call("cannot search an empty list".into()));
    }
    for (i, item) in list.iter().enumerate() {
        match equal(item, &args[1]) {
            Some(true) => return Ok(Value::number(i)),
            Some(false) => {}
            None => return Ok(Want::Number.unknown()),
        }
    }
    Err(Fault::Call("item not found".into()))
}

fn contains(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let list = items(args, 0, "a list, tuple or set")?;
    let mut unknown = false;
    for item in list {
        match equal(item, &args[1]) {
            Some(true) => return Ok(Value::bool(true)),
            Some(false) => {}
            None => unknown = true,
        }
    }
    Ok(if unknown { Want::Bool.unknown() } else { Value::bool(false) })
}

fn concat(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    if args.is_empty() {
        return Err(Fault::Call("at least one argument is required".into()));
    }
    let mut all = Vec::new();
    for (i, arg) in args.iter().enumerate() {
        match arg.data() {
            Data::List(_, items) | Data::Tuple(items) => all.extend(items.iter().cloned()),
            Data::Set(..) => {
                return Err(Fault::arg(i, "all arguments must be lists or tuples; convert a set with tolist"));
            }
            _ => return Err(Fault::arg(i, "all arguments must be lists or tuples")),
        }
    }
    let lists = args.iter().all(|arg| matches!(arg.data(), Data::List(..)));
    let types: Vec<Type> = args.iter().filter_map(|arg| arg.ty().element().cloned()).collect();
    match unify(&types) {
        Some(ty) if lists => {
            convert(&Value::tuple(all), &Type::list(ty)).map_err(|error| Fault::Call(error.to_string()))
        }
        _ => Ok(Value::tuple(all)),
    }
}

fn flatten(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    fn into(list: &[Value], flat: &mut Vec<Value>, marks: &mut Marks) -> bool {
        list.iter().all(|item| match item.data() {
            Data::List(_, inner) | Data::Set(_, inner) | Data::Tuple(inner) => {
                *marks = marks.and(item.marks());
                into(inner, flat, marks)
            }
            Data::Unknown(ty, _) if ty.is_structural() || *ty == Type::Dynamic => false,
            _ => {
                flat.push(item.clone());
                true
            }
        })
    }
    let mut flat = Vec::new();
    let mut marks = Marks::NONE;
    let known = into(items(args, 0, "a list, set or tuple")?, &mut flat, &mut marks);
    Ok(if known { Value::tuple(flat) } else { Want::Any.unknown() }.marked(marks))
}

fn distinct(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let list = items(args, 0, "a list")?;
    if !args[0].is_wholly_known() {
        return Ok(Value::unknown_not_null(args[0].ty()));
    }
    // Equal elements come to stand side by side, the first one first.
    let mut sorted: Vec<usize> = (0..list.len()).collect();
    sorted.sort_by(|a, b| list[*a].order(&list[*b]));
    sorted.dedup_by(|later, first| list[*later].same(&list[*first]));
    sorted.sort_unstable();
    Ok(like(&args[0], sorted.into_iter().map(|i| list[i].clone()).collect()))
}

fn reverse(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let list = items(args, 0, "a list, tuple or set")?;
    Ok(like(&args[0], list.iter().rev().cloned().collect()))
}

fn slice(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    if let Data::Set(..) = args[0].data() {
        return Err(Fault::arg(
            0,
            "cannot slice a set, because its elements do not have indices; convert it with tolist",
        ));
    }
    let list = items(args, 0, "a list or a tuple")?;
    let whole = |i: usize, what: &str| {
        args[i]
            .as_number()
            .and_then(Number::to_usize)
            .ok_or_else(|| Fault::arg(i, format!("{what} must be a whole number that is not negative")))
    };
    let (start, end) = (whole(1, "the start index")?, whole(2, "the end index")?);
    if end > list.len() {
        return Err(Fault::arg(2, "end index must not be greater than the length of the list"));
    }
    if start > end {
        return Err(Fault::arg(1, "start index must not be greater than end index"));
    }
    Ok(like(&args[0], list[start..end].to_vec()))
}

fn sort(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let mut list = items(args, 0, "a list of strings")?.to_vec();
    if list.iter().any(Value::is_null) {
        return Err(Fault::arg(0, "a null element cannot be sorted"));
    }
    if !list.iter().all(Value::is_known) {
        let length = Some(list.len() as u64);
        return Ok(Value::refined(Type::list(Type::String), Refinement::of_length(length, length)));
    }
    list.sort_by(Value::order);
    Ok(Value::list(Type::String, list))
}

fn compact(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let list = items(args, 0, "a list of strings")?;
    Ok(Value::list(
        Type::String,
        list.iter().filter(|item| item.as_str().is_some_and(|s| !s.is_empty())).cloned().collect(),
    ))
}

fn chunklist(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let list = items(args, 0, "a list")?;
    let size = args[1]
        .as_number()
        .and_then(Number::to_usize)
        .ok_or_else(|| Fault::arg(1, "must be a whole number that is not negative"))?;
    let size = if size == 0 { list.len().max(1) } else { size };
    let element = args[0].ty().element().cloned().unwrap_or(Type::Dynamic);
    let chunks = list.chunks(size).map(|chunk| Value::list(element.clone(), chunk.to_vec())).collect();
    Ok(Value::list(Type::list(element), chunks))
}

fn one(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    match items(args, 0, "a list, set or tuple")? {
        [] => Ok(Value::null(args[0].ty().element().cloned().unwrap_or(Type::Dynamic))),
        [only] => Ok(only.clone()),
        _ => Err(Fault::arg(0, "must be a list, set, or tuple value with either zero or one elements")),
    }
}

fn coalesce(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let types: Vec<Type> = args.iter().map(Value::ty).collect();
    if types.is_empty() {
        return Err(Fault::Call("at least one argument is required".into()));
    }
    let ty = unify(&types).ok_or_else(|| Fault::Call("all arguments must have the same type".into()))?;
    let mut marks = Marks::NONE;
    for arg in args {
        let value = convert(arg, &ty).map_err(|error| Fault::Call(error.to_string()))?;
        marks = marks.and(value.marks());
        if !value.is_known() {
            return Ok(Value::unknown_not_null(ty).marked(marks));
        }
        if !value.is_null() && value.as_str() != Some("") {
            return Ok(value.marked(marks));
        }
    }
    Err(Fault::Call("no non-null, non-empty-string arguments".into()))
}

fn coalescelist(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    for (i, arg) in args.iter().enumerate() {
        match arg.data() {
            Data::Null(Type::List(_) | Type::Tuple(_)) => {}
            Data::List(_, list) | Data::Tuple(list) if list.is_empty() => {}
            Data::List(..) | Data::Tuple(_) => return Ok(arg.clone()),
            _ => return Err(Fault::arg(i, "coalescelist arguments must be lists or tuples")),
        }
    }
    Err(Fault::Call("no non-null, non-empty arguments".into()))
}

fn range(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    const MOST: usize = 1024;
    let given: Vec<&Number> = args.iter().filter_map(Value::as_number).collect();
    let (zero, one) = (Number::zero(), Number::from(1_i64));
    let down = one.negate();
    let (start, end, step) = match given.as_slice() {
        [end] => (&zero, *end, if end.is_negative() { &down } else { &one }),
        [start, end] => (*start, *end, if end < start { &down } else { &one }),
        [start, end, step] => (*start, *end, *step),
        _ => return Err(Fault::Call("must have one, two, or three arguments".into())),
    };
    if step.is_zero() && start != end {
        return Err(Fault::Call("step must not be zero".into()));
    }
    if (step.is_negative() && end.order(start).is_gt()) || (!step.is_negative() && end.order(start).is_lt()) {
        return Err(Fault::Call("the step leads away from the end".into()));
    }
    let mut list = Vec::new();
    let mut at = start.clone();
    while if step.is_negative() { at.order(end).is_gt() } else { at.order(end).is_lt() } {
        if list.len() >= MOST {
            return Err(Fault::Call(format!(
                "more than {MOST} values were generated; either decrease the difference between start and end or use a larger step"
            )));
        }
        let next = at.add(step).ok_or_else(|| Fault::Call("can't compute sum of opposing infinities".into()))?;
        list.push(Value::number(std::mem::replace(&mut at, next)));
    }
    Ok(Value::list(Type::Number, list))
}

fn all_any(list: &Value, wanted: bool) -> Result<Value, Fault> {
    let mut unknown = false;
    for item in list.items().unwrap_or_default() {
        if item.is_null() {
            if !wanted {
                return Ok(Value::bool(false));
            }
            continue;
        }
        match item.as_bool() {
            Some(truth) if truth == wanted => return Ok(Value::bool(wanted)),
            Some(_) => {}
            None => unknown = true,
        }
    }
    Ok(if unknown { Want::Bool.unknown() } else { Value::bool(!wanted) })
}

fn matchkeys(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let (values, keys, wanted) = (items(args, 0, "a list")?, items(args, 1, "a list")?, items(args, 2, "a list")?);
    if values.len() != keys.len() {
        return Err(Fault::Call("length of keys and values should be equal".into()));
    }
    let common = unify(&[bare(&args[1].ty()), bare(&args[2].ty())])
        .ok_or_else(|| Fault::Call("keys and searchset must be of the same type".into()))?;
    let to = |list: &[Value]| {
        let element = common.element().cloned().unwrap_or(Type::Dynamic);
        list.iter()
            .map(|v| convert(v, &element))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| Fault::Call(error.to_string()))
    };
    let (keys, wanted) = (to(keys)?, to(wanted)?);
    let found = values
        .iter()
        .zip(&keys)
        .filter(|(_, key)| wanted.iter().any(|w| equal(w, key) == Some(true)))
        .map(|(v, _)| v.clone());
    Ok(like(&args[0], found.collect()))
}
