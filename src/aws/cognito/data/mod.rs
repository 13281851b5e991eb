//! User pools as data sources.

mod record;
mod user_pool;
mod user_pool_schema;
mod user_pools;

pub(in crate::aws) use user_pool::UserPoolData;
pub(in crate::aws) use user_pools::UserPoolsData;
