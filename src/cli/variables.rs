//! Values for the root module's variables, from everywhere they can be given, in the order in which later ones win:
//! TF_VAR_NAME, `terraform.tfvars`, `terraform.tfvars.json`, `*.auto.tfvars` and `*.auto.tfvars.json` by name, then `-var`
//! and `-var-file` as they stand on the command line.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;

use super::args::{Given, Variables};
use super::context::Context;
use crate::diagnostic::{Diagnostics, SourceMap, Span, did_you_mean};
use crate::language::config::{Module, Variable};
use crate::language::{NoScope, eval, parse_expression, parse_variable_file};
use crate::value::Value;

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
    let mut collector = Collector { root, sources, problems, values: Values::new(), undeclared: 0 };
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
        collector.file(&path);
    }
    for given in &given.0 {
        match given {
            Given::File(path) => collector.file(path),
            Given::Value(text) => collector.argument(text),
        }
    }
    collector.tell_other_undeclared();
    collector.values
}

/// Takes what somebody answered for a variable.
pub(crate) fn answered(variable: &Variable, text: &str, values: &mut Values, cx: &mut Context) {
    let name = &variable.name.text;
    let place = format!("<value for var.{name}>");
    if let Some(value) = read_text(variable, text, &place, &mut cx.sources, &mut cx.problems) {
        values.insert(name.clone(), value);
    }
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
    /// How many values in files are for variables that are not declared.
    undeclared: usize,
}

/// As many values for undeclared variables are told one by one. A file may be shared by many configurations.
const UNDECLARED_TOLD: usize = 2;

impl Collector<'_> {
    fn file(&mut self, path: &Path) {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                let detail = format!("Cannot read the variable file {}: {error}.", path.display());
                self.problems.error("Failed to read variables file").detail(detail);
                return;
            }
        };
        for (name, entry) in parse_variable_file(path, &text, self.sources, self.problems) {
            if self.root.variables.contains_key(&name) {
                self.values.insert(name, entry.value);
            } else {
                self.undeclared_in_file(&name, entry.span);
            }
        }
    }

    fn tell_other_undeclared(&mut self) {
        let others = self.undeclared.saturating_sub(UNDECLARED_TOLD);
        if others > 0 {
            let what = if others == 1 { "one other value".to_owned() } else { format!("{others} other values") };
            self.problems
                .warning("Values for undeclared variables")
                .detail(format!("Variable files have {what} for variables that the root module does not declare."));
        }
    }

    fn undeclared_in_file(&mut self, name: &str, span: Span) {
        self.undeclared += 1;
        if self.undeclared > UNDECLARED_TOLD {
            return;
        }
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
        if name != name.trim() {
            self.problems
                .error("Invalid variable name")
                .detail(format!("`-var` names the variable `{name}`, with a space beside it."))
                .help(format!(
                    "Write it without spaces around the equals sign: `-var '{}={}'`.",
                    name.trim(),
                    value.trim()
                ));
            return;
        }
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

    fn text(&mut self, name: &str, text: &str, place: &str) {
        let Some(variable) = self.root.variables.get(name) else {
            return;
        };
        if let Some(value) = read_text(variable, text, place, self.sources, self.problems) {
            self.values.insert(Arc::from(name), value);
        }
    }
}

/// A text is itself for a variable that holds a text, number or truth value, and an expression for any other.
fn read_text(
    variable: &Variable,
    text: &str,
    place: &str,
    sources: &mut SourceMap,
    problems: &mut Diagnostics,
) -> Option<Value> {
    if variable.literal {
        return Some(Value::string(text));
    }
    // What is secret must not be quoted when it cannot be read.
    let shown = if variable.sensitive { "" } else { text };
    let source = sources.add(place, shown);
    let mut found = Diagnostics::new();
    let value = parse_expression(source, text, &mut found).map(|expr| eval(&expr, &NoScope, &mut found));
    let failed = found.has_errors();
    if variable.sensitive && failed {
        let name = &variable.name.text;
        problems
            .error("Invalid value for input variable")
            .at(variable.header)
            .detail(format!("The value given for the sensitive variable `{name}` is no expression."));
    } else {
        problems.extend(found);
    }
    value.filter(|_| !failed)
}
