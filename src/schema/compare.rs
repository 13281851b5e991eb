//! Values of a block compared by meaning: each attribute by its own equality, sets without order, absent like empty.

use super::{Attribute, Block, NestedBlock, Nesting};
use crate::value::{Path, Type, Value};

/// One attribute that differs between two objects.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Where.
    pub path: Path,
    /// What the first object has.
    pub before: Value,
    /// What the second object has.
    pub after: Value,
}

impl Attribute {
    /// Whether both values mean the same for this attribute. An unknown value is the same as nothing.
    pub fn means_the_same(&self, a: &Value, b: &Value) -> bool {
        if !a.is_wholly_known() || !b.is_wholly_known() {
            return false;
        }
        // The AWS provider does not tell an absent optional argument from the zero of its type.
        if !self.required && a.is_empty_or_null() && b.is_empty_or_null() {
            return true;
        }
        if a.is_null() || b.is_null() {
            return a.is_null() && b.is_null();
        }
        (self.same)(a, b)
    }
}

impl Block {
    /// Whether both objects mean the same.
    pub fn means_the_same(&self, a: &Value, b: &Value) -> bool {
        self.attributes.iter().all(|(name, attribute)| attribute.means_the_same(&a.attr(name), &b.attr(name)))
            && self.blocks.iter().all(|(name, nested)| nested.means_the_same(&a.attr(name), &b.attr(name)))
    }

    /// Every attribute that differs, nested blocks of lists by position, sets as a whole.
    pub fn differences(&self, before: &Value, after: &Value) -> Vec<Difference> {
        let mut found = Vec::new();
        self.collect(before, after, &Path::root(), &mut found);
        found
    }

    fn collect(&self, before: &Value, after: &Value, at: &Path, found: &mut Vec<Difference>) {
        for (name, attribute) in &self.attributes {
            let (a, b) = (before.attr(name), after.attr(name));
            if !attribute.means_the_same(&a, &b) {
                found.push(Difference { path: at.attribute(name), before: a, after: b });
            }
        }
        for (name, nested) in &self.blocks {
            let (a, b) = (before.attr(name), after.attr(name));
            if nested.means_the_same(&a, &b) {
                continue;
            }
            let path = at.attribute(name);
            match (nested.nesting, a.items(), b.items()) {
                (Nesting::List, Some(x), Some(y)) if x.len() == y.len() => {
                    for (i, (x, y)) in x.iter().zip(y).enumerate() {
                        nested.block.collect(x, y, &path.index(i), found);
                    }
                }
                _ => found.push(Difference { path, before: a, after: b }),
            }
        }
    }

    /// The second object in the spelling of the first, wherever the two mean the same.
    #[must_use]
    pub fn spelled_like(&self, first: &Value, second: &Value) -> Value {
        let mut result = second.clone();
        for (name, attribute) in &self.attributes {
            let (a, b) = (first.attr(name), second.attr(name));
            if first.get(name).is_some() && attribute.means_the_same(&a, &b) {
                result = result.with(name, a);
            }
        }
        for (name, nested) in &self.blocks {
            let (a, b) = (first.attr(name), second.attr(name));
            if first.get(name).is_none() {
                continue;
            }
            if nested.means_the_same(&a, &b) {
                result = result.with(name, a);
            } else if let (Nesting::List, Some(x), Some(y)) = (nested.nesting, a.items(), b.items()) {
                let nothing = Value::null(Type::Dynamic);
                let items = y.iter().enumerate();
                let items = items.map(|(i, y)| nested.block.spelled_like(x.get(i).unwrap_or(&nothing), y)).collect();
                result = result.with(name, Value::list(nested.block.ty(), items));
            }
        }
        result
    }

    /// The attribute or the blocks that a path leads to.
    pub fn find(&self, path: &Path) -> Option<Found<'_>> {
        use crate::value::PathStep;
        let mut block = self;
        let mut found = None;
        for step in path.steps() {
            if let PathStep::Attribute(name) = step {
                if let Some(attribute) = block.attributes.get(&**name) {
                    return Some(Found::Attribute(attribute));
                }
                let nested = block.blocks.get(&**name)?;
                found = Some(Found::Blocks(nested));
                block = &nested.block;
            }
        }
        found
    }

    /// The value with every attribute that the schema calls sensitive marked so.
    #[must_use]
    pub fn mark_sensitive(&self, value: &Value) -> Value {
        let mut result = value.clone();
        for (name, _) in self.attributes.iter().filter(|(_, attribute)| attribute.sensitive) {
            if let Some(inner) = value.get(name) {
                let marked = inner.clone().marked(crate::value::Marks::SENSITIVE);
                result = result.with(name, marked);
            }
        }
        for (name, nested) in &self.blocks {
            if !nested.block.has_sensitive() {
                continue;
            }
            let Some(inner) = value.get(name) else {
                continue;
            };
            let marked = match (nested.nesting, inner.items()) {
                (Nesting::List, Some(items)) => {
                    Value::list(nested.block.ty(), items.iter().map(|i| nested.block.mark_sensitive(i)).collect())
                }
                (Nesting::Set, Some(items)) => {
                    Value::set(nested.block.ty(), items.iter().map(|i| nested.block.mark_sensitive(i)).collect())
                }
                _ => nested.block.mark_sensitive(inner),
            };
            result = result.with(name, marked.marked(inner.marks()));
        }
        result
    }

    fn has_sensitive(&self) -> bool {
        self.attributes.values().any(|attribute| attribute.sensitive)
            || self.blocks.values().any(|nested| nested.block.has_sensitive())
    }
}

/// What a path leads to in a schema.
#[derive(Clone, Copy, Debug)]
pub enum Found<'a> {
    /// An attribute, or something inside its value.
    Attribute(&'a Attribute),
    /// Nested blocks.
    Blocks(&'a NestedBlock),
}

impl Found<'_> {
    /// Whether a difference here was made by somebody. Counts, dates and the like, which no configuration can set, move by
    /// themselves.
    pub fn can_drift(&self) -> bool {
        match self {
            Self::Attribute(attribute) => attribute.is_argument(),
            Self::Blocks(_) => true,
        }
    }

    /// Whether a change here makes a new object.
    pub fn replaces(&self) -> bool {
        match self {
            Self::Attribute(attribute) => attribute.replace,
            Self::Blocks(nested) => nested.replace || nested.block.attributes.values().any(|a| a.replace),
        }
    }
}

impl NestedBlock {
    /// Whether both lists, sets or objects of blocks mean the same.
    pub fn means_the_same(&self, a: &Value, b: &Value) -> bool {
        if a.is_empty_or_null() && b.is_empty_or_null() {
            return true;
        }
        if !a.is_known() || !b.is_known() {
            return false;
        }
        match (self.nesting, a.items(), b.items()) {
            (Nesting::Single, ..) => !a.is_null() && !b.is_null() && self.block.means_the_same(a, b),
            (Nesting::List, Some(a), Some(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.block.means_the_same(a, b))
            }
            (Nesting::Set, Some(a), Some(b)) => {
                let mut left: Vec<&Value> = b.iter().collect();
                a.len() == b.len()
                    && a.iter().all(|a| {
                        let at = left.iter().position(|b| self.block.means_the_same(a, b));
                        at.map(|at| left.swap_remove(at)).is_some()
                    })
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use indexmap::IndexMap;

    fn schema() -> Block {
        let mut rule = Block::default();
        rule.attributes.insert("id", Attribute::optional(Type::String));
        let mut block = Block::default();
        block
            .attributes
            .insert("policy", Attribute { same: super::super::same_json, ..Attribute::optional(Type::String) });
        block.attributes.insert("key", Attribute { sensitive: true, ..Attribute::optional(Type::String) });
        for (name, nesting) in [("rule", Nesting::List), ("grant", Nesting::Set)] {
            let nested = NestedBlock {
                nesting,
                min: 0,
                max: None,
                computed: false,
                replace: false,
                key: None,
                block: Block { attributes: rule.attributes.clone(), blocks: IndexMap::new() },
                doc: "",
            };
            block.blocks.insert(name, nested);
        }
        block
    }

    fn rules(ids: &[&str]) -> Vec<Value> {
        ids.iter().map(|id| Value::object_of([("id", (*id).into())])).collect()
    }

    fn object(policy: &str, list: &[&str], set: &[&str]) -> Value {
        let ty = Type::object([("id", Type::String)]);
        Value::object_of([
            ("policy", policy.into()),
            ("key", Value::null(Type::String)),
            ("rule", Value::list(ty.clone(), rules(list))),
            ("grant", Value::set(ty, rules(set))),
        ])
    }

    #[test]
    fn differences_are_found_by_meaning_and_named_by_path() {
        let a = object(r#"{"a": 1}"#, &["x", "y"], &["p", "q"]);
        let b = object(r#"{"a":1}"#, &["x", "z"], &["q", "p"]);
        let found = schema().differences(&a, &b);
        assert_eq!(found.iter().map(|d| d.path.to_string()).collect::<Vec<_>>(), ["rule[1].id"]);
        assert_eq!(schema().spelled_like(&a, &b).attr("policy"), r#"{"a": 1}"#.into());
    }

    #[test]
    fn a_different_number_of_blocks_is_one_difference() {
        let found = schema().differences(&object("", &["x"], &["p"]), &object("", &["x", "y"], &["r"]));
        assert_eq!(found.iter().map(|d| d.path.to_string()).collect::<Vec<_>>(), ["rule", "grant"]);
    }

    #[test]
    fn absent_means_empty_and_secrets_are_marked() {
        let value = object("", &[], &[]).with("key", "s".into());
        assert!(schema().means_the_same(&value.with("policy", Value::null(Type::String)), &value));
        assert!(schema().mark_sensitive(&value).attr("key").is_sensitive());
    }
}
