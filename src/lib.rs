//! recon runs Terraform-language configuration for serverless GraphQL backends on AWS by calling AWS directly.
//!
//! The modules stand in the order of their arrows: a module may use those above it, never those below. Nothing but `cli`
//! uses `aws`, and `testing` is used by tests alone.

pub mod address;
pub mod diagnostic;
pub mod value;
pub mod schema;
pub mod language;
pub mod modules;
pub mod state;
pub mod resource;
pub mod aws;
pub mod graph;
pub mod plan;
pub mod apply;
pub mod export;
pub mod render;
pub mod cli;
#[cfg(feature = "testing")]
pub mod testing;
