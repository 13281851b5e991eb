//! CloudWatch Logs: log groups.

mod log_group;
mod permissions;

pub(super) use log_group::LogGroup;
