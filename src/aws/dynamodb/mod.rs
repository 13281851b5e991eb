//! DynamoDB: tables.

mod table;

pub(crate) use table::Table;
