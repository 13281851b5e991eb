//! One writer for each parent object: changes to one AppSync API, function, table, pool or
//! role follow one another, while parents run side by side.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::OwnedMutexGuard;

/// The queues of a provider configuration, by parent.
#[derive(Default)]
pub struct Queues {
    // Held only to look a queue up, never across a wait.
    parents: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

impl Queues {
    /// Waits for the turn to change a parent, such as `appsync:API_ID`. The turn ends when the guard is dropped.
    pub async fn enter(&self, parent: &str) -> OwnedMutexGuard<()> {
        let queue = {
            let mut parents = self.parents.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            parents.entry(parent.to_owned()).or_default().clone()
        };
        queue.lock_owned().await
    }
}
