//! Where something is inside a value.

use std::fmt;
use std::sync::Arc;

use super::{Data, Value};

/// One step into a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PathStep {
    /// An attribute of an object.
    Attribute(Arc<str>),
    /// An element of a map.
    Key(Arc<str>),
    /// An element of a list or tuple, or of a set in its sorted order.
    Index(usize),
}

/// The steps from a value to something in it; empty for the value itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path(Vec<PathStep>);

impl Path {
    /// The value itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// The steps.
    pub fn steps(&self) -> &[PathStep] {
        &self.0
    }

    /// Whether this is the value itself.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// A path one step further.
    #[must_use]
    pub fn then(&self, step: PathStep) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// A path into an attribute.
    #[must_use]
    pub fn attribute(&self, name: impl AsRef<str>) -> Self {
        self.then(PathStep::Attribute(Arc::from(name.as_ref())))
    }

    /// A path into an element by position.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.then(PathStep::Index(index))
    }

    /// A path into an element of a map.
    #[must_use]
    pub fn key(&self, key: impl AsRef<str>) -> Self {
        self.then(PathStep::Key(Arc::from(key.as_ref())))
    }

    /// The first step's attribute name, if it is one.
    pub fn first(&self) -> Option<&str> {
        match self.0.first() {
            Some(PathStep::Attribute(name)) => Some(name),
            _ => None,
        }
    }

    /// Whether `self` is `other` or leads into it.
    pub fn starts_with(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// What stands at this path, if the value is known that far.
    pub fn find<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(value, |at, step| match step {
            PathStep::Attribute(name) | PathStep::Key(name) => at.get(name),
            PathStep::Index(index) => at.items().and_then(|items| items.get(*index)),
        })
    }

    /// The value with what stands at this path changed; unchanged where the path leads nowhere.
    #[must_use]
    pub fn change(&self, value: &Value, change: &mut dyn FnMut(Value) -> Value) -> Value {
        fn go(steps: &[PathStep], value: &Value, change: &mut dyn FnMut(Value) -> Value) -> Value {
            let Some((step, rest)) = steps.split_first() else {
                return change(value.clone());
            };
            match (step, value.data()) {
                (PathStep::Attribute(name) | PathStep::Key(name), Data::Object(entries) | Data::Map(_, entries)) => {
                    match entries.get(name) {
                        Some(inner) => value.with(name, go(rest, inner, change)),
                        None => value.clone(),
                    }
                }
                (PathStep::Index(index), Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items)) => {
                    let Some(inner) = items.get(*index) else {
                        return value.clone();
                    };
                    let mut items = Vec::clone(items);
                    items[*index] = go(rest, inner, change);
                    let rebuilt = match value.data() {
                        Data::List(ty, _) => Value::list(ty.clone(), items),
                        Data::Set(ty, _) => Value::set(ty.clone(), items),
                        _ => Value::tuple(items),
                    };
                    rebuilt.marked(value.marks())
                }
                _ => value.clone(),
            }
        }
        go(&self.0, value, change)
    }
}

impl From<&str> for Path {
    /// A path of attribute names and positions with dots between them, such as `vpc_config.0.subnet_ids`.
    fn from(text: &str) -> Self {
        Self(
            text.split('.')
                .filter(|part| !part.is_empty())
                .map(|part| part.parse().map_or_else(|_| PathStep::Attribute(Arc::from(part)), PathStep::Index))
                .collect(),
        )
    }
}

impl From<Vec<PathStep>> for Path {
    fn from(steps: Vec<PathStep>) -> Self {
        Self(steps)
    }
}

impl fmt::Display for Path {
    /// As it would be written behind a resource's name: `environment[0].variables["TABLE"]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                PathStep::Attribute(name) if i == 0 => f.write_str(name)?,
                PathStep::Attribute(name) => write!(f, ".{name}")?,
                PathStep::Key(key) => write!(f, "[{key:?}]")?,
                PathStep::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Type;

    #[test]
    fn a_path_finds_changes_and_prints_what_it_names() {
        let block = Value::object_of([("ids", Value::list(Type::String, vec!["a".into(), "b".into()]))]);
        let value = Value::object_of([("vpc", Value::list(block.ty(), vec![block]))]);
        let path = Path::from("vpc.0.ids.1");
        assert_eq!(path.find(&value), Some(&"b".into()));
        let changed = path.change(&value, &mut |_| "z".into());
        assert_eq!(path.find(&changed), Some(&"z".into()));
        assert_eq!(path.to_string(), "vpc[0].ids[1]");
        assert_eq!(Path::from("vpc.7").find(&value), None);
    }
}
