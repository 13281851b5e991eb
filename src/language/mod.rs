//! The configuration language: text to syntax tree, tree to `Config`, expressions to values. Only `load` opens files.

pub mod ast;
pub mod config;
mod parse;
pub mod references;

pub use parse::{parse_body, parse_expression, parse_template};
