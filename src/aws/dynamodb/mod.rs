//! DynamoDB: tables.

mod table;

pub use table::Table;
