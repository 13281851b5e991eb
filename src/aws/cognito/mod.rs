//! Cognito user pools and their clients.

mod answer;
mod data;
mod listing;
mod permissions;
mod user_pool;
mod user_pool_client;

pub(super) use data::{UserPoolData, UserPoolsData};
pub(super) use user_pool::UserPool;
pub(super) use user_pool_client::UserPoolClient;
