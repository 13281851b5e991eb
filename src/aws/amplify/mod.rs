//! What Amplify wrote, read as a data source.

pub mod reader;
