//! The plugs: every resource type and data source of the AWS slice, a folder for each service.
//!
//! Adding one is a file, its `mod` line in the service's folder, and its `.with(…)` line below.

pub mod clients;
mod dynamodb;
pub mod error;
pub mod queue;
pub mod retry;
pub mod tags;
mod terraform;
pub mod wait;

pub use clients::{Aws, Settings};

use crate::resource::Registry;

/// Every resource type and data source, calling AWS with the given settings.
pub fn registry(aws: &Aws) -> Registry {
    Registry::new()
        .default_tags(aws.settings().default_tags.clone())
        .with(dynamodb::Table::new(aws))
        .with(terraform::Data)
}
