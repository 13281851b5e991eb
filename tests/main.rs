//! The only test binary: everything that goes through a public door.

mod architecture;
mod cli;
mod engine;
mod guide;
mod conformance;
mod reference;
mod types;
