//! Where state can be stored: one file each.

mod local;

pub use local::{LEASE, LocalBackend};
