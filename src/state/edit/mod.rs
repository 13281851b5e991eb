//! Changes to a snapshot that people ask for by address. Nothing is written here, and a mistake changes nothing.

mod find;
mod moving;
mod provider;
mod rename;

pub use find::{covered, listed, remove};
pub use moving::{MoveError, moves};
pub use provider::{LEGACY, replace_provider, source_of};
pub use rename::rename;
