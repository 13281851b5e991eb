//! The only test binary: everything that goes through a public door.

mod architecture;
mod conformance;
mod types;
