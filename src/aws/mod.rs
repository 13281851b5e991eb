//! The plugs: every resource type and data source of the AWS slice, a folder for each service.
//!
//! Adding one is a file, its `mod` line in the service's folder, and its `.with(…)` line below.

mod literal;

pub mod amplify;
mod appsync;
pub mod clients;
mod cognito;
mod dynamodb;
pub mod error;
pub mod fresh;
mod iam;
mod lambda;
mod logs;
mod members;
pub mod pace;
pub mod package;
mod permissions;
pub mod queue;
mod regions;
pub mod retry;
mod sts;
pub mod tags;
mod trace;
mod terraform;
mod unique;
pub mod wait;

pub use appsync::sdl;
pub use clients::{Aws, Settings};

use crate::resource::Registry;

/// Every resource type and data source, calling AWS with the given settings.
pub fn registry(aws: &Aws) -> Registry {
    regions::regional(aws, regional).and(global(aws))
}

/// The types of services that have regions, in the region of the clients. Each gets the argument `region`.
fn regional(aws: &Aws) -> Registry {
    Registry::new()
        .default_tags(aws.settings().default_tags.clone())
        .with(appsync::ApiKey::new(aws))
        .with(appsync::Datasource::new(aws))
        .with(appsync::Function::new(aws))
        .with(appsync::GraphqlApi::new(aws))
        .with(appsync::Resolver::new(aws))
        .with(cognito::UserPool::new(aws))
        .with(cognito::UserPoolClient::new(aws))
        .with(dynamodb::Table::new(aws))
        .with(lambda::Function::new(aws))
        .with(lambda::Permission::new(aws))
        .with(logs::LogGroup::new(aws))
        .with_data(cognito::UserPoolData::new(aws))
        .with_data(cognito::UserPoolsData::new(aws))
}

/// The types that belong to no region.
fn global(aws: &Aws) -> Registry {
    Registry::new()
        .default_tags(aws.settings().default_tags.clone())
        .with(iam::Policy::new(aws))
        .with(iam::Role::new(aws))
        .with(iam::RolePolicy::new(aws))
        .with(iam::RolePolicyAttachment::new(aws))
        .with(terraform::Data)
        .with_data(amplify::Exports::new())
        .with_data(iam::PolicyDocument::new())
        .with_data(sts::CallerIdentity::new(aws))
        .with_data(sts::PartitionData::new(aws))
        .with_data(sts::RegionData::new(aws))
        .with_data(terraform::RemoteState)
        .with_ephemeral(lambda::Invocation::new(aws))
}
