//! The only test binary: everything that goes through a public door.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by ending")]

mod architecture;
mod chaos;
mod cli;
mod engine;
mod guide;
mod conformance;
mod projects;
mod readme;
mod reference;
mod takeover;
mod types;
