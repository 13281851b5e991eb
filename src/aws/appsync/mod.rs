//! AppSync GraphQL APIs, their keys, data sources, functions and resolvers.

mod answers;
mod api_key;
mod children;
mod cross_check;
mod datasource;
mod function;
mod graphql_api;
mod resolver;
mod runtime;
pub mod sdl;
mod sync;
mod wish;

pub use api_key::ApiKey;
pub use cross_check::cross_check;
pub use datasource::Datasource;
pub use function::Function;
pub use graphql_api::GraphqlApi;
pub use resolver::Resolver;
