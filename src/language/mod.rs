//! The configuration language: text to syntax tree, tree to `Config`, expressions to values. Only `load` opens files.

pub mod ast;
mod compile;
pub mod config;
mod decode;
mod eval;
mod explain;
mod format;
mod functions;
mod load;
mod parse;
pub mod references;

pub use compile::check_expression;
pub use decode::{decode_body, decode_typed, locate};
pub use eval::{NoScope, Scope, eval};
pub use explain::in_words;
pub use format::formatted;
pub use load::{VariableEntry, load, parse_variable_file, read_source};
pub use parse::{parse_body, parse_expression, parse_template};
