//! Values for the root module's variables, from everywhere they can be given, in the order in which later ones win:
//! TF_VAR_NAME, `terraform.tfvars`, `terraform.tfvars.json`, `*.auto.tfvars` and `*.auto.tfvars.json` by name, then `-var`
//! and `-var-file` as they stand on the command line.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;

use super::args::{Given, Variables};
use crate::diagnostic::{Diagnostics, SourceMap, Span, did_you_mean};
use crate::language::config::Module;
use crate::language::{NoScope, eval, parse_expression, parse_variable_file};
use crate::value::{Type, Value};

/// Values by variable.
pub(crate) type Values = IndexMap<Arc<str>, Value>;

/// Collects the values for a root module in a folder. The environment is passed in.
pub(crate) fn collect(
    root: &Module,
    folder: &Path,
    environment: impl IntoIterator<Item = (String, String)>,
    given: &Variables,
    sources: &mut SourceMap,
    problems: &mut Diagnostics,
) -> Values {
    let mut collector = Collector { root, sources, problems, values: Values::new() };
    let mut environment: Vec<_> = environment.into_iter().collect();
    environment.sort();
    for (name, text) in environment {
        if let Some(name) = name.strip_prefix("TF_VAR_")
            && root.variables.contains_key(name)
        {
            collector.text(name, &text, &format!("<environment variable TF_VAR_{name}>"));
        }
    }
    for path in automatic(folder) {
        collector.file(&path, false);
    }
    for given in &given.0 {
        match given {
            Given::File(path) => collector.file(path, true),
            Given::Value(text) => collector.argument(text),
        }
    }
    collector.values
}

/// The variable files that are read without being named.
fn automatic(folder: &Path) -> Vec<PathBuf> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json"))
        .collect();
    names.sort();
    let first = ["terraform.tfvars", "terraform.tfvars.json"].map(str::to_owned);
    let all = first.into_iter().filter(|name| folder.join(name).is_file()).chain(names);
    // Shown without the dot of the working folder.
    all.map(|name| folder.strip_prefix(".").unwrap_or(folder).join(name)).collect()
}

struct Collector<'a> {
    root: &'a Module,
    sources: &'a mut SourceMap,
    problems: &'a mut Diagnostics,
    values: Values,
}

impl Collector<'_> {
    fn file(&mut self, path: &Path, named: bool) {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                let detail = format!("Cannot read the variable file {}: {error}.", path.display());
                self.problems.error("Variable file not readable").detail(detail);
                return;
            }
        };
        for (name, entry) in parse_variable_file(path, &text, self.sources, self.problems) {
            if self.root.variables.contains_key(&name) {
                self.values.insert(name, entry.value);
            } else if named || !path.to_string_lossy().ends_with(".json") {
                self.undeclared_in_file(&name, entry.span);
            }
        }
    }

    fn undeclared_in_file(&mut self, name: &str, span: Span) {
        let help = did_you_mean(name, self.root.variables.keys().map(|name| &**name));
        self.problems
            .warning("Value for undeclared variable")
            .at(span)
            .detail(format!("The root module has no variable `{name}`, so this value is not used."))
            .help(help);
    }

    fn argument(&mut self, text: &str) {
        let Some((name, value)) = text.split_once('=') else {
            self.problems
                .error("Invalid -var option")
                .detail(format!("`-var` wants a name and a value with an equals sign between them, not `{text}`."))
                .help("Write it as `-var 'name=value'`.");
            return;
        };
        let name = name.trim();
        if self.root.variables.contains_key(name) {
            self.text(name, value, &format!("<value for var.{name}>"));
            return;
        }
        let help = did_you_mean(name, self.root.variables.keys().map(|name| &**name));
        let help = if help.is_empty() { format!("Declare it: `variable \"{name}\" {{}}`.") } else { help };
        self.problems
            .error("Value for undeclared variable")
            .detail(format!("`-var` gives a value to `{name}`, and the root module has no such variable."))
            .help(help);
    }

    /// A text is itself for a variable that holds one, and an expression for any other.
    fn text(&mut self, name: &str, text: &str, place: &str) {
        let Some(variable) = self.root.variables.get(name) else {
            return;
        };
        let literal = matches!(variable.ty, Type::String | Type::Number | Type::Bool | Type::Dynamic);
        let value = if literal {
            Value::string(text)
        } else {
            // What is secret must not be quoted when it cannot be read.
            let shown = if variable.sensitive { "" } else { text };
            let source = self.sources.add(place, shown);
            let before = self.problems.len();
            let mut found = Diagnostics::new();
            let value = parse_expression(source, text, &mut found).map(|expr| eval(&expr, &NoScope, &mut found));
            if variable.sensitive && found.has_errors() {
                self.problems
                    .error("Invalid value for input variable")
                    .detail(format!("The value given for the sensitive variable `{name}` is no expression."));
            } else {
                self.problems.extend(found);
            }
            match value {
                Some(value) if self.problems.len() == before => value,
                _ => return,
            }
        };
        self.values.insert(Arc::from(name), value);
    }
}
