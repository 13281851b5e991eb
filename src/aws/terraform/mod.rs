//! Terraform's own resource types, which live in state alone.

mod data;

pub(crate) use data::Data;
