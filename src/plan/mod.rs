//! Reads and decides; never changes anything.

pub mod change;
