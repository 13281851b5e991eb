//! The configuration language: text to syntax tree, tree to `Config`, expressions to values. Only `load` opens files.

pub mod ast;
pub mod config;
pub mod eval;
mod explain;
mod functions;
mod parse;
pub mod references;

pub use eval::{NoScope, Scope, eval};
pub use explain::in_words;
pub use parse::{parse_body, parse_expression, parse_template};
