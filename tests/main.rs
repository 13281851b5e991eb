//! The only test binary: everything that goes through a public door.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by ending")]

mod architecture;
mod browser;
mod chaos;
#[cfg(unix)]
mod ci;
mod cli;
mod engine;
mod guide;
mod conformance;
mod projects;
mod readers;
mod readme;
mod reference;
mod takeover;
mod types;
