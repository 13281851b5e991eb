//! Whether an object that was found is what was wished for: the proof that a lost creation made it.

use crate::resource::Model;
use crate::schema::Block;
use crate::value::Value;

/// Whether the object has everything that is wished for, and nothing set that is not. Computed attributes may be anything
/// where the wish is silent.
pub(super) fn fulfils<M: Model>(found: &M, wanted: &M) -> bool {
    matches(&M::block(), &found.to_value(), &wanted.to_value())
}

fn matches(block: &Block, found: &Value, wanted: &Value) -> bool {
    let attributes = block.attributes.iter().filter(|(_, attribute)| attribute.is_argument()).all(|(name, attribute)| {
        let (found, wanted) = (found.attr(name), wanted.attr(name));
        if wanted.is_empty_or_null() {
            attribute.computed || found.is_empty_or_null()
        } else {
            (attribute.same)(&found, &wanted)
        }
    });
    attributes
        && block.blocks.iter().all(|(name, nested)| {
            let (found, wanted) = (found.attr(name), wanted.attr(name));
            let (found, wanted) = (found.items().unwrap_or_default(), wanted.items().unwrap_or_default());
            found.len() == wanted.len() && found.iter().zip(wanted).all(|(f, w)| matches(&nested.block, f, w))
        })
}
