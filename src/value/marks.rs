//! Where marks stand inside a value.

use super::{Data, Marks, Path, Value};

/// The paths of what is marked sensitive, outermost first. An element of a set has no path of its own, so its set stands
/// for it.
pub fn sensitive_paths(value: &Value) -> Vec<Path> {
    paths_marked(value, Marks::SENSITIVE)
}

/// The paths of what has a mark, outermost first, as `sensitive_paths` gives them.
pub fn paths_marked(value: &Value, mark: Marks) -> Vec<Path> {
    let mut found = Vec::new();
    collect(value, mark, &Path::root(), &mut found);
    found
}

fn collect(value: &Value, mark: Marks, at: &Path, found: &mut Vec<Path>) {
    if value.marks().has(mark) {
        found.push(at.clone());
        return;
    }
    match value.data() {
        Data::Object(entries) => {
            entries.iter().for_each(|(name, inner)| collect(inner, mark, &at.attribute(name), found))
        }
        Data::Map(_, entries) => entries.iter().for_each(|(name, inner)| collect(inner, mark, &at.key(name), found)),
        Data::List(_, items) | Data::Tuple(items) => {
            items.iter().enumerate().for_each(|(i, inner)| collect(inner, mark, &at.index(i), found));
        }
        Data::Set(..) | Data::Unknown(..) | Data::Null(_) | Data::Bool(_) | Data::Number(_) | Data::String(_) => {}
    }
}

/// The value with what stands at the paths marked sensitive. A path that leads nowhere marks what it reached last, so that
/// a secret whose place has moved is hidden all the same.
#[must_use]
pub fn mark_at(value: &Value, paths: &[Path]) -> Value {
    paths.iter().fold(value.clone(), |value, path| {
        let mut reached = path.clone();
        while reached.find(&value).is_none() && !reached.is_root() {
            reached = Path::from(reached.steps()[..reached.steps().len() - 1].to_vec());
        }
        reached.change(&value, &mut |inner| inner.marked(Marks::SENSITIVE))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Type;

    #[test]
    fn marks_are_found_and_put_back() {
        let list = Value::list(Type::String, vec!["a".into(), Value::string("b").marked(Marks::SENSITIVE)]);
        let value = Value::object_of([("plain", 1.into()), ("list", list)]);
        let paths = sensitive_paths(&value);
        assert_eq!(paths, [Path::from("list.1")]);
        assert_eq!(mark_at(&value.unmark_deep().0, &paths), value);
    }

    #[test]
    fn a_path_that_leads_nowhere_hides_what_is_left_of_it() {
        let value = Value::object_of([("list", Value::list(Type::String, vec![]))]);
        assert!(mark_at(&value, &[Path::from("list.1")]).attr("list").is_sensitive());
    }
}
