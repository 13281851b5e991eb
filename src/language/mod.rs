//! The configuration language: text to syntax tree, tree to `Config`, expressions to values. Only `load` opens files.

pub mod ast;
mod compile;
pub mod config;
mod decode;
mod eval;
mod explain;
mod format;
mod functions;
mod generate;
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
pub use generate::{Generated, quoted, resource_block};
pub use load::{
    LocalOnly, ModuleFolder, ModuleFolders, OutlineCall, VariableEntry, backend, is_configuration, load,
    load_what_can_be, load_with, local_module, outline, parse_variable_file, read_source,
};
pub use outline::block_around;
pub use parse::{parse_body, parse_expression, parse_json_body, parse_template};
