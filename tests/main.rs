//! The only test binary: everything that goes through a public door.

mod architecture;
mod engine;
mod conformance;
mod types;
