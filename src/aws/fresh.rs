//! What this run has made: nobody else has put anything into it yet, so it need not be asked what it holds.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// The names of objects that this run has made, with the parts that it has put into them.
#[derive(Default)]
pub struct Fresh {
    // Held only to look a name up.
    known: Mutex<HashSet<(String, Option<String>)>>,
}

impl Fresh {
    /// Takes note that an object was made and is empty.
    pub fn made(&self, object: impl Into<String>) {
        self.known().insert((object.into(), None));
    }

    /// Forgets an object, which is deleted.
    pub fn deleted(&self, object: &str) {
        self.known().retain(|(known, _)| known != object);
    }

    /// Whether an object has surely no part of a name, which it is about to get: this run has made it, and has not asked
    /// this before.
    pub fn takes(&self, object: &str, part: &str) -> bool {
        let mut known = self.known();
        known.contains(&(object.to_owned(), None)) && known.insert((object.to_owned(), Some(part.to_owned())))
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashSet<(String, Option<String>)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_new_once_and_only_in_what_this_run_has_made() {
        let fresh = Fresh::default();
        assert!(!fresh.takes("iam:role:old", "a"));
        fresh.made("iam:role:new");
        assert!(fresh.takes("iam:role:new", "a"));
        assert!(!fresh.takes("iam:role:new", "a"), "two resources of one name are a conflict");
        assert!(fresh.takes("iam:role:new", "b"));
        fresh.deleted("iam:role:new");
        assert!(!fresh.takes("iam:role:new", "c"));
        fresh.made("iam:role:new");
        assert!(fresh.takes("iam:role:new", "a"));
    }
}
