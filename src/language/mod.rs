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
pub mod module_source;
mod outline;
mod parse;
pub mod references;

pub use compile::{Constraints, Version, Whence, check_expression, local_exec, schema_of, unknown_type};
pub use decode::{decode_body, decode_typed, locate};
pub use eval::{NoScope, Scope, eval};
pub use explain::{Cause, explain};
pub use format::formatted;
pub use load::{
    LocalOnly, ModuleFolder, ModuleFolders, OutlineCall, VariableEntry, backend, load, load_what_can_be, local_module,
    outline, parse_variable_file, read_source,
};
pub use outline::block_around;
pub use parse::{parse_body, parse_expression, parse_json_body, parse_template};
