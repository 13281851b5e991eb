//! The only folder that spawns tasks or changes AWS.

mod accept;
mod adopt;
pub mod event;
pub mod journal;
mod perform;
mod process;
mod provision;
pub mod push;
pub mod recover;
pub mod run;
pub mod session;
mod walk;
pub mod writer;

pub use accept::accept;
pub use adopt::take_over;
