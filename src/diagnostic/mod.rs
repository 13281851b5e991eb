//! Problems as data: what is wrong, where, why it matters, and what to do. Nothing here prints.

mod source;

pub use source::{Source, SourceId, SourceMap, Span};

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::value::{Path, Type};

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The run goes on.
    Warning,
    /// The run cannot do what was asked.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Warning => "Warning",
            Self::Error => "Error",
        })
    }
}

/// A stretch of a file that is not part of the configuration, such as a GraphQL schema or a TypeScript source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The file, as the user would name it.
    pub path: PathBuf,
    /// The whole text of the file.
    pub text: Arc<str>,
    /// First byte of what is wrong.
    pub start: usize,
    /// One past the last byte of what is wrong.
    pub end: usize,
}

/// A module call on the way to a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleCall {
    /// The step of a module address, such as `module.api` or `module.api["x"]`.
    pub step: String,
    /// The block that calls the module.
    pub at: Span,
}

/// A function and its parameters, each with its name and type.
#[derive(Clone, Debug, PartialEq)]
pub struct Signature {
    /// The name of the function.
    pub name: String,
    /// The parameters it always takes.
    pub params: Vec<(String, Type)>,
    /// The parameter that any number of further arguments are for.
    pub rest: Option<(String, Type)>,
    /// The type of its result; dynamic where that depends on the arguments.
    pub returns: Type,
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.params.iter().map(|(name, _)| name.clone());
        let names: Vec<String> = names.chain(self.rest.iter().map(|(name, _)| format!("{name}..."))).collect();
        write!(f, "{}({})", self.name, names.join(", "))
    }
}

/// One problem for a person to act on.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// Whether the run can go on.
    pub severity: Severity,
    /// A steady phrase without names in it, such as `Unsupported argument`.
    pub summary: String,
    /// Full sentences: what is wrong here.
    pub detail: String,
    /// What to do next, one sentence each.
    pub help: Vec<String>,
    /// The place in the configuration.
    pub span: Option<Span>,
    /// The expression around the place, or the header of its block.
    pub context: Option<Span>,
    /// Where the thing that comes a second time stands first.
    pub earlier: Option<Span>,
    /// The module calls through which the place was reached, the outermost first.
    pub calls: Vec<ModuleCall>,
    /// The function that was being called.
    pub function: Option<Arc<Signature>>,
    /// The place in another file.
    pub excerpt: Option<Arc<Excerpt>>,
    /// The argument concerned, where a resource type reports on a value; the plan turns it into a span.
    pub attribute: Option<Path>,
    /// The resource instance concerned, printed as an address.
    pub address: Option<String>,
    /// References in the expression with their values, such as `var.size` and `is 3`; secrets are already hidden.
    pub values: Vec<(String, String)>,
}

impl Diagnostic {
    /// A problem of the given severity with nothing but a summary.
    pub fn new(severity: Severity, summary: impl Into<String>) -> Self {
        Self {
            severity,
            summary: summary.into(),
            detail: String::new(),
            help: Vec::new(),
            span: None,
            context: None,
            earlier: None,
            calls: Vec::new(),
            function: None,
            excerpt: None,
            attribute: None,
            address: None,
            values: Vec::new(),
        }
    }

    /// An error with nothing but a summary.
    pub fn error(summary: impl Into<String>) -> Self {
        Self::new(Severity::Error, summary)
    }

    /// A warning with nothing but a summary.
    pub fn warning(summary: impl Into<String>) -> Self {
        Self::new(Severity::Warning, summary)
    }

    /// The same problem, changed by the chained setters of `&mut Diagnostic`.
    #[must_use]
    pub fn with(mut self, set: impl FnOnce(&mut Self)) -> Self {
        set(&mut self);
        self
    }

    /// Names the place in the configuration.
    pub fn at(&mut self, span: impl Into<Option<Span>>) -> &mut Self {
        self.span = span.into();
        self
    }

    /// Names the construct around the place.
    pub fn within(&mut self, context: impl Into<Option<Span>>) -> &mut Self {
        self.context = context.into();
        self
    }

    /// Names the place of the first of two things of which there may be one.
    pub fn first_at(&mut self, earlier: impl Into<Option<Span>>) -> &mut Self {
        self.earlier = earlier.into();
        self
    }

    /// Names the function that was being called.
    pub fn calling(&mut self, function: Signature) -> &mut Self {
        self.function = Some(Arc::new(function));
        self
    }

    /// The stretch of text that the problem is about: the construct around the place, or the place itself.
    pub fn extent(&self) -> Option<Span> {
        let span = self.span?;
        Some(self.context.filter(|context| context.holds(span)).unwrap_or(span))
    }

    /// Names a place in a file that is not configuration.
    pub fn in_file(&mut self, excerpt: Excerpt) -> &mut Self {
        self.excerpt = Some(Arc::new(excerpt));
        self
    }

    /// Says in full sentences what is wrong.
    pub fn detail(&mut self, detail: impl Into<String>) -> &mut Self {
        self.detail = detail.into();
        self
    }

    /// Adds a sentence on what to do next. An empty one is left out, so a guess that found nothing needs no branch.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Self {
        let help = help.into();
        if !help.is_empty() {
            self.help.push(help);
        }
        self
    }

    /// Names the argument concerned; the span follows from the configuration later.
    pub fn on(&mut self, attribute: impl Into<Path>) -> &mut Self {
        self.attribute = Some(attribute.into());
        self
    }

    /// Names the resource instance concerned.
    pub fn of(&mut self, address: impl fmt::Display) -> &mut Self {
        self.address = Some(address.to_string());
        self
    }
}

/// The problems of a run so far, in the order found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// No problems yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an error and gives it back for its details.
    pub fn error(&mut self, summary: impl Into<String>) -> &mut Diagnostic {
        self.push(Diagnostic::error(summary))
    }

    /// Adds a warning and gives it back for its details.
    pub fn warning(&mut self, summary: impl Into<String>) -> &mut Diagnostic {
        self.push(Diagnostic::warning(summary))
    }

    /// Adds a problem and gives it back.
    pub fn push(&mut self, diagnostic: Diagnostic) -> &mut Diagnostic {
        self.0.push(diagnostic);
        let last = self.0.len() - 1;
        &mut self.0[last]
    }

    /// Takes over the problems of another collection.
    pub fn extend(&mut self, others: impl IntoIterator<Item = Diagnostic>) {
        self.0.extend(others);
    }

    /// Whether one of the problems is an error.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|d| d.severity == Severity::Error)
    }

    /// Whether there is nothing to report.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many problems there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The problems, in the order found.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// The problems, to be completed in place.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, Diagnostic> {
        self.0.iter_mut()
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(iter: I) -> Self {
        Self(iter.into_iter().collect())
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

/// `Did you mean "…"?` for the nearest of the known names, or nothing when none is near.
pub fn did_you_mean<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let limit = given.chars().count().max(3) / 3 + 1;
    known
        .into_iter()
        .map(|name| (distance(given, name), name))
        .filter(|(d, _)| *d <= limit)
        .min()
        .map_or_else(String::new, |(_, name)| format!("Did you mean \"{name}\"?"))
}

/// How many characters are wrong, missing, too many, or in the place of their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let mut least = (last[j] + usize::from(a[i] != b[j])).min(row[j] + 1).min(last[j + 1] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                least = least.min(before_last[j - 1] + 1);
            }
            row.push(least);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_suggested_and_a_far_one_is_not() {
        assert_eq!(did_you_mean("nmae", ["name", "arn"]), "Did you mean \"name\"?");
        assert_eq!(did_you_mean("zebra", ["name", "arn"]), "");
        assert_eq!(did_you_mean("paln", ["man", "plan"]), "Did you mean \"plan\"?", "neighbours change places");
    }

    #[test]
    fn a_collection_with_only_warnings_has_no_errors() {
        let mut problems = Diagnostics::new();
        problems.warning("Deprecated argument").detail("Use another.");
        assert!(!problems.has_errors());
        problems.error("Unsupported argument");
        assert!(problems.has_errors());
        assert_eq!(problems.len(), 2);
    }
}
