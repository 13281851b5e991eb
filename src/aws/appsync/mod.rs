//! AppSync GraphQL APIs, their keys, data sources, functions and resolvers.

mod answers;
mod api_key;
mod children;
mod cross_check;
mod datasource;
mod function;
mod graphql_api;
mod listing;
mod permissions;
mod resolver;
mod runtime;
pub mod sdl;
mod sync;
mod wish;

pub(crate) use api_key::ApiKey;
pub(crate) use datasource::Datasource;
pub(crate) use function::Function;
pub(crate) use graphql_api::GraphqlApi;
pub(crate) use resolver::Resolver;
