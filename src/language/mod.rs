//! The configuration language: text to syntax tree, tree to `Config`, expressions to values. Only `load` opens files.

pub mod ast;
mod compile;
pub mod config;
mod decode;
mod eval;
mod explain;
mod functions;
mod load;
mod parse;
pub mod references;

pub use compile::{check_expression, schema_of, unknown_type};
pub use decode::{decode_body, decode_typed, locate};
pub use eval::{NoScope, Scope, eval};
pub use explain::in_words;
pub use load::{VariableEntry, load, parse_variable_file};
pub use parse::{parse_body, parse_expression, parse_json_body, parse_template};
