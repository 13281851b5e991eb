//! What Amplify wrote, read as a data source.

mod exports;
pub mod reader;

pub use exports::Exports;
