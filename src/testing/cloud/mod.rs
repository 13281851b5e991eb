//! A cloud of its own for tests of the engine: objects that outlive a process, with real semantics of uniqueness and
//! dependency, and calls of which answers get lost, are refused or come late.
//!
//! It repeats none of AWS's interfaces, so nothing that passes here says that a resource type of AWS is right; emulators do
//! that. What it can show is that the engine keeps its promises whatever happens between two calls. Its resource types
//! make their calls through the same queues, retries and waits as those of AWS.

mod call;
pub mod kinds;
mod lookup;
pub mod stage;
mod types;
pub mod world;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use call::{Entry, Fate};
use stage::Stage;
use world::{Seen, Wish, World};

use crate::aws::{Aws, Settings};
use crate::resource::Registry;

#[derive(Default)]
struct Inner {
    world: World,
    log: Vec<Entry>,
}

/// The cloud. Cheap to clone; all clones are the same one.
#[derive(Clone, Default)]
pub struct Cloud {
    stage: Arc<Stage>,
    // Held only while a call is carried out, never across a wait.
    inner: Arc<Mutex<Inner>>,
}

impl Cloud {
    /// A cloud with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Time, points and troubles.
    pub fn stage(&self) -> &Arc<Stage> {
        &self.stage
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every resource type and data source, as a process that begins has them.
    pub fn registry(&self) -> Registry {
        types::registry(self, &Aws::new(Settings::default()))
    }

    /// Everything there is.
    pub fn objects(&self) -> Vec<Seen> {
        self.inner().world.all(self.stage.now())
    }

    /// Every call so far that was to change something.
    pub fn log(&self) -> Vec<Entry> {
        self.inner().log.clone()
    }

    /// Makes an object that is none of recon's business. Gives its id.
    pub fn add_foreign(&self, kind: &str, is: Wish) -> String {
        self.inner().world.add_foreign(kind, is)
    }

    /// Changes an object as somebody else would. Says whether that was possible.
    pub fn edit(&self, id: &str, change: impl FnOnce(&mut Wish)) -> bool {
        self.inner().world.edit(id, self.stage.now(), change)
    }

    /// Deletes an object as somebody else would. Says whether that was possible.
    pub fn remove(&self, id: &str) -> bool {
        self.inner().world.remove(id, self.stage.now())
    }
}
