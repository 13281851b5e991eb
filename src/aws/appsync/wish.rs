//! Whether an object that was found is what was wished for: the proof that a lost creation made it.

use crate::resource::{ErrorKind, Model, OpError, OpResult};
use crate::schema::Block;
use crate::value::Value;

/// Whether the object has everything that is wished for, and nothing set that is not. Computed attributes may be anything
/// where the wish is silent.
pub(super) fn fulfils<M: Model>(found: &M, wanted: &M) -> bool {
    matches(&M::block(), &found.to_value(), &wanted.to_value())
}

/// The only candidate. Two candidates cannot be told apart, and taking the wrong one would let two resources share an object.
pub(super) fn one_of<M>(mut candidates: Vec<M>, operation: &str, what: &str) -> OpResult<Option<M>> {
    if candidates.len() > 1 {
        let message = format!("{} objects could each be the {what} whose creation got no answer", candidates.len());
        return Err(OpError::new(ErrorKind::Conflict, operation, message).help(format!(
            "Delete the {what} that nothing uses, or give the one that recon did not make another description. Then \
                 run again: the one that is left is taken."
        )));
    }
    Ok(candidates.pop())
}

fn matches(block: &Block, found: &Value, wanted: &Value) -> bool {
    let attributes =
        block.attributes.iter().filter(|(_, attribute)| attribute.is_argument()).all(|(name, attribute)| {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_candidates_for_a_lost_creation_are_a_conflict() {
        assert_eq!(one_of(vec![1], "x", "API key").unwrap(), Some(1));
        assert_eq!(one_of(Vec::<i32>::new(), "x", "API key").unwrap(), None);
        assert_eq!(one_of(vec![1, 2], "x", "API key").unwrap_err().kind, ErrorKind::Conflict);
    }
}
