//! Finding one type that values of several types can be converted to.

use std::cmp::Ordering;
use std::sync::Arc;

use super::convert::can_convert;
use super::{ObjectType, Type};

/// The type that all the given types can be converted to and that loses least; `None` if there is none.
pub fn unify(types: &[Type]) -> Option<Type> {
    let (first, rest) = types.split_first()?;
    if rest.iter().all(|ty| ty == first) {
        return Some(first.clone());
    }
    let count = |is: fn(&Type) -> bool| types.iter().filter(|ty| is(ty)).count();
    let maps = count(|t| matches!(t, Type::Map(_)));
    let lists = count(|t| matches!(t, Type::List(_)));
    let sets = count(|t| matches!(t, Type::Set(_)));
    let objects = count(|t| matches!(t, Type::Object(_)));
    let tuples = count(|t| matches!(t, Type::Tuple(_)));
    let dynamics = count(|t| matches!(t, Type::Dynamic));
    let all = types.len();
    let any = dynamics > 0;
    if maps > 0 && maps + dynamics == all {
        return if any { Some(Type::Dynamic) } else { Some(Type::map(unify(&elements(types))?)) };
    }
    if lists > 0 && lists + dynamics == all {
        return if any { Some(Type::Dynamic) } else { Some(Type::list(unify(&elements(types))?)) };
    }
    if sets > 0 && sets + dynamics == all {
        return if any { Some(Type::Dynamic) } else { Some(Type::set(unify(&elements(types))?)) };
    }
    if objects > 0 && objects + dynamics == all {
        return if any { Some(Type::Dynamic) } else { unify_objects(types) };
    }
    if tuples > 0 && tuples + dynamics == all {
        return if any { Some(Type::Dynamic) } else { unify_tuples(types) };
    }
    if objects > 0 && tuples > 0 {
        return None;
    }
    if maps > 0
        && maps + objects + dynamics == all
        && let Some(ty @ Type::Map(_)) = unify_as(types, |t| matches!(t, Type::Object(_)), objects_to_map)
    {
        return Some(ty);
    }
    if lists > 0
        && lists + tuples + dynamics == all
        && let Some(ty @ Type::List(_)) = unify_as(types, |t| matches!(t, Type::Tuple(_)), tuples_to_list)
    {
        return Some(ty);
    }
    most_preferred(types)
}

fn most_preferred(types: &[Type]) -> Option<Type> {
    // Stable, so that among equals the first one written wins.
    let mut preferred: Vec<&Type> = types.iter().collect();
    preferred.sort_by(|a, b| prefer(a, b));
    preferred.into_iter().find(|wanted| types.iter().all(|ty| can_convert(ty, wanted))).cloned()
}

fn elements(types: &[Type]) -> Vec<Type> {
    types.iter().filter_map(Type::element).cloned().collect()
}

/// Puts what the types of one kind have in common in place of each of them, then unifies the whole.
fn unify_as(types: &[Type], is: fn(&Type) -> bool, join: fn(&[Type]) -> Option<Type>) -> Option<Type> {
    let inner: Vec<Type> = types.iter().filter(|t| is(t)).cloned().collect();
    let joined = join(&inner)?;
    let replaced: Vec<Type> = types.iter().map(|t| if is(t) { joined.clone() } else { t.clone() }).collect();
    unify(&replaced)
}

fn unify_objects(types: &[Type]) -> Option<Type> {
    let objects: Vec<&ObjectType> = types.iter().filter_map(as_object).collect();
    let first = objects.first()?;
    if !objects.iter().all(|object| object.attributes.keys().eq(first.attributes.keys())) {
        return objects_to_map(types);
    }
    let attributes = first.attributes.keys().map(|name| {
        let across: Vec<Type> = objects.iter().filter_map(|object| object.attributes.get(name)).cloned().collect();
        Some((name.clone(), unify(&across)?))
    });
    Some(Type::Object(Arc::new(ObjectType::new(attributes.collect::<Option<Vec<_>>>()?))))
}

fn as_object(ty: &Type) -> Option<&ObjectType> {
    match ty {
        Type::Object(object) => Some(object),
        _ => None,
    }
}

fn objects_to_map(types: &[Type]) -> Option<Type> {
    let inner: Vec<Type> = types.iter().filter_map(as_object).flat_map(|o| o.attributes.values().cloned()).collect();
    Some(Type::map(unify(&inner)?))
}

fn unify_tuples(types: &[Type]) -> Option<Type> {
    let tuples: Vec<&[Type]> = types.iter().filter_map(as_tuple).collect();
    let length = tuples.first()?.len();
    if !tuples.iter().all(|tuple| tuple.len() == length) {
        return tuples_to_list(types);
    }
    let items = (0..length).map(|i| unify(&tuples.iter().map(|tuple| tuple[i].clone()).collect::<Vec<_>>()));
    Some(Type::Tuple(items.collect::<Option<_>>()?))
}

fn as_tuple(ty: &Type) -> Option<&[Type]> {
    match ty {
        Type::Tuple(items) => Some(items),
        _ => None,
    }
}

fn tuples_to_list(types: &[Type]) -> Option<Type> {
    let inner: Vec<Type> = types.iter().filter_map(as_tuple).flat_map(|items| items.iter().cloned()).collect();
    Some(Type::list(unify(&inner)?))
}

/// Which of two types makes the better common type; the lesser is tried first.
fn prefer(a: &Type, b: &Type) -> Ordering {
    use Type::{Bool, Dynamic, List, Map, Number, Object, Set, String, Tuple};
    match (a, b) {
        (Dynamic, Dynamic) => Ordering::Equal,
        (Dynamic, _) | (Bool | Number, String) => Ordering::Greater,
        (_, Dynamic) | (String, Bool | Number) => Ordering::Less,
        (List(a), List(b)) | (Set(a), Set(b)) | (Map(a), Map(b)) => prefer(a, b),
        (List(_) | Tuple(_), Set(_)) | (List(_), Tuple(_)) | (Map(_), Object(_)) => Ordering::Less,
        (Set(_), List(_) | Tuple(_)) | (Tuple(_), List(_)) | (Object(_), Map(_)) => Ordering::Greater,
        _ => Ordering::Equal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_win_over_numbers_and_lists_over_tuples() {
        assert_eq!(unify(&[Type::Number, Type::String]), Some(Type::String));
        assert_eq!(unify(&[Type::Bool, Type::Number]), None);
        let tuple = Type::Tuple(Arc::new([Type::Number]));
        assert_eq!(unify(&[tuple.clone(), Type::list(Type::String)]), Some(Type::list(Type::String)));
        assert_eq!(unify(&[tuple, Type::object([("a", Type::Bool)])]), None);
        assert_eq!(unify(&[]), None);
    }

    #[test]
    fn objects_with_the_same_names_stay_objects_and_others_become_maps() {
        let a = Type::object([("a", Type::Number)]);
        assert_eq!(unify(&[a.clone(), Type::object([("a", Type::String)])]), Some(Type::object([("a", Type::String)])));
        assert_eq!(unify(&[a, Type::object([("b", Type::String)])]), Some(Type::map(Type::String)));
    }

    #[test]
    fn an_unknown_type_gives_way() {
        assert_eq!(unify(&[Type::Dynamic, Type::String]), Some(Type::String));
        assert_eq!(unify(&[Type::Dynamic, Type::list(Type::String)]), Some(Type::Dynamic));
    }
}
