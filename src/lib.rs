//! recon runs Terraform-language configuration for serverless GraphQL backends on AWS by calling AWS directly.
//!
//! The modules stand in the order of their arrows: a module may use those above it, never those below.

pub mod address;
pub mod apply;
pub mod aws;
pub mod cli;
pub mod diagnostic;
pub mod language;
pub mod plan;
pub mod resource;
pub mod schema;
pub mod state;
#[cfg(feature = "testing")]
pub mod testing;
pub mod value;
