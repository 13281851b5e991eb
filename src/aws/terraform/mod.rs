//! Terraform's own resource types and data sources, which live in state alone.

mod data;
mod remote_state;

pub(crate) use data::Data;
pub(crate) use remote_state::RemoteState;
