//! AppSync GraphQL APIs, their keys, data sources, functions and resolvers.

pub mod cross_check;
pub mod sdl;
