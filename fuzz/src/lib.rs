//! The configuration language by itself, without AWS: the modules of `recon` up to `language`, which use none below.

pub mod check;

#[path = "../../src/address/mod.rs"]
pub mod address;
#[path = "../../src/diagnostic/mod.rs"]
pub mod diagnostic;
#[path = "../../src/language/mod.rs"]
pub mod language;
#[path = "../../src/schema/mod.rs"]
pub mod schema;
#[path = "../../src/value/mod.rs"]
pub mod value;

#[cfg(test)]
mod seeds;
