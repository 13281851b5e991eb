//! Files of variable values: `terraform.tfvars` and its like.

use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::diagnostic::{Diagnostics, SourceMap, Span};
use crate::language::eval::{NoScope, eval};
use crate::language::parse::{parse_body, parse_json_values};
use crate::value::Value;

/// A value for a variable, from a file of such.
#[derive(Clone, Debug)]
pub struct VariableEntry {
    /// The value, before conversion to the variable's type.
    pub value: Value,
    /// Where its name stands.
    pub span: Span,
}

/// The values in the text of a variable file (`terraform.tfvars` and its like; JSON where the name ends in `.json`).
pub fn parse_variable_file(
    path: &Path,
    text: &str,
    sources: &mut SourceMap,
    problems: &mut Diagnostics,
) -> IndexMap<Arc<str>, VariableEntry> {
    let source = sources.add(path, text);
    let mut entries = IndexMap::new();
    if path.extension().is_some_and(|extension| extension == "json") {
        for (name, expr) in parse_json_values(source, text, problems) {
            let value = eval(&expr, &NoScope, problems);
            entries.insert(name.text, VariableEntry { value, span: name.span });
        }
        return entries;
    }
    let body = parse_body(source, text, problems);
    for block in &body.blocks {
        let detail = "A variable file holds only values (`name = value`), not blocks.";
        problems.error("Unexpected block in variable file").at(block.header).detail(detail);
    }
    for attribute in body.attributes {
        let value = eval(&attribute.expr, &NoScope, problems);
        entries.insert(attribute.name.text, VariableEntry { value, span: attribute.name.span });
    }
    entries
}
