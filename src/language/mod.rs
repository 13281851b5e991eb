//! The configuration language: text to syntax tree, tree to `Config`, expressions to values. Only `load` opens files.

pub mod ast;
pub mod config;
pub mod references;
