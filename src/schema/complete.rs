//! What a stored object lacks because it was written by a program whose type has fewer blocks.

use super::{Block, NestedBlock, Nesting};
use crate::value::Value;

impl Block {
    /// The value with no blocks where nothing is said of them, so that a type which asks whether they change is not misled.
    #[must_use]
    pub fn with_absent_blocks(&self, value: &Value) -> Value {
        let mut result = value.clone();
        for (name, nested) in &self.blocks {
            if let Some(inner) = value.get(name) {
                result = result.with(name, nested.with_absent_blocks(inner));
            }
        }
        result
    }
}

impl NestedBlock {
    fn with_absent_blocks(&self, value: &Value) -> Value {
        let inside = |items: &[Value]| items.iter().map(|item| self.block.with_absent_blocks(item)).collect();
        match (self.nesting, value.items()) {
            (Nesting::List, Some(items)) => Value::list(self.block.ty(), inside(items)),
            (Nesting::Set, Some(items)) => Value::set(self.block.ty(), inside(items)),
            (Nesting::List, None) if value.is_null() => Value::list(self.block.ty(), Vec::new()),
            (Nesting::Set, None) if value.is_null() => Value::set(self.block.ty(), Vec::new()),
            (Nesting::Single, _) if !value.is_null() => self.block.with_absent_blocks(value),
            _ => value.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;

    use super::*;
    use crate::schema::Attribute;
    use crate::value::Type;

    fn nested(nesting: Nesting, block: Block) -> NestedBlock {
        NestedBlock { nesting, min: 0, max: None, computed: false, replace: false, key: None, block, doc: "" }
    }

    #[test]
    fn blocks_that_are_not_told_of_are_none_at_every_depth() {
        let inner = Block {
            attributes: IndexMap::from([("name", Attribute::optional(Type::String))]),
            blocks: IndexMap::from([("deep", nested(Nesting::Set, Block::default()))]),
        };
        let block = Block {
            attributes: IndexMap::from([("id", Attribute::optional(Type::String))]),
            blocks: IndexMap::from([
                ("list", nested(Nesting::List, inner.clone())),
                ("set", nested(Nesting::Set, inner.clone())),
                ("timeouts", nested(Nesting::Single, Block::default())),
                ("there", nested(Nesting::List, inner)),
            ]),
        };
        let json = serde_json::json!({"id": null, "there": [{"name": "x"}]});
        let stored = crate::value::json::from_json(&json, &block.ty()).unwrap();
        let complete = block.with_absent_blocks(&stored);
        assert_eq!(
            crate::value::json::to_json(&complete),
            serde_json::json!({
                "id": null, "list": [], "set": [], "there": [{"deep": [], "name": "x"}], "timeouts": null,
            })
        );
        assert_eq!(block.with_absent_blocks(&complete), complete);
        assert_eq!(complete.ty(), block.ty());
    }
}
