//! Carrying out a plan.

pub mod journal;
pub mod writer;
