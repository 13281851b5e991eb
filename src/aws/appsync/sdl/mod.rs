//! GraphQL schemas as AppSync takes them: whether one is valid, what is in it, when two mean the same, and what a change
//! means for those who call the API.

mod changes;
mod prelude;
mod shape;
#[cfg(test)]
mod tests;

pub use changes::{ChangeKind, SchemaChange, changes};
pub use shape::{Kind, Member, Shape, TypeShape};

use std::path::PathBuf;
use std::sync::LazyLock;

use apollo_compiler::Schema;
use apollo_compiler::parser::Parser;
use apollo_compiler::schema::SchemaBuilder;
use apollo_compiler::validation::DiagnosticList;
use regex::Regex;

use crate::diagnostic::{Diagnostic, Diagnostics, Excerpt, Severity};
use crate::schema::Meaning;
use crate::value::Value;

/// The most problems of one schema that are worth reading at once.
const MOST_PROBLEMS: usize = 10;
/// The most problems that are looked at: a text that is no schema at all has one at every word.
const MOST_LOOKED_AT: usize = 100;

/// Something wrong with a schema, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Whether AppSync would refuse the schema.
    pub severity: Severity,
    /// What is wrong, without a full stop.
    pub message: String,
    /// Line and column, both counted from 1, where the problem has a place.
    pub place: Option<(usize, usize)>,
}

/// A schema that was read.
#[derive(Clone, Debug)]
pub struct Sdl {
    shape: Option<Shape>,
    problems: Vec<Problem>,
}

impl Sdl {
    /// Reads and checks a schema.
    pub fn parse(text: &str) -> Self {
        let text = modern(text);
        let document = match Parser::new().parse_ast(text.as_str(), "schema.graphql") {
            Ok(document) => document,
            Err(broken) => return Self { shape: None, problems: problems(&broken.errors) },
        };
        let mut builder = SchemaBuilder::new().ignore_builtin_redefinitions();
        Parser::new().parse_into_schema_builder(prelude::missing_from(&document), "appsync.graphql", &mut builder);
        let (schema, mut found) = match builder.add_ast(&document).build() {
            Ok(schema) => (schema, Vec::new()),
            Err(partly) => (partly.partial, problems(&partly.errors)),
        };
        let shape = Shape::of(&schema);
        if let Err(invalid) = Schema::validate(schema) {
            found.extend(problems(&invalid.errors));
        }
        found.extend(foreign_scalars(&shape));
        Self { shape: Some(shape), problems: found }
    }

    /// What is wrong, in the order of the text.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Whether AppSync would take the schema, as far as can be told here.
    pub fn is_valid(&self) -> bool {
        self.problems.iter().all(|problem| problem.severity == Severity::Warning)
    }

    /// What is in the schema; `None` where the text could not be read as GraphQL.
    pub fn shape(&self) -> Option<&Shape> {
        self.shape.as_ref()
    }
}

/// Reports what is wrong with the schema in the argument of the given name. Behind a syntax error nothing can be told for
/// sure, so that only the first is reported.
pub fn check(argument: &str, text: &str, problems: &mut Diagnostics) {
    let sdl = Sdl::parse(text);
    let most = if sdl.shape.is_some() { MOST_PROBLEMS } else { 1 };
    let more = sdl.problems.len().saturating_sub(most);
    for (number, problem) in sdl.problems.iter().take(most).enumerate() {
        let summary = match problem.severity {
            Severity::Error => "Invalid GraphQL schema",
            Severity::Warning => "Doubtful GraphQL schema",
        };
        let found = problems.push(Diagnostic::new(problem.severity, summary)).on(argument).detail(problem.describe());
        if let Some(excerpt) = problem.excerpt(text) {
            found.in_file(excerpt);
        }
        if problem.severity == Severity::Warning {
            found.help("AppSync decides whether it takes the schema; nothing is refused here.");
        } else {
            found.help("Correct the schema at this place.");
        }
        if most > 1 && more > 0 && number + 1 == most {
            found.help(format!("The schema has {more} more problems; correct these first."));
        }
    }
}

impl Problem {
    /// The place and the problem as a sentence.
    pub fn describe(&self) -> String {
        match self.place {
            Some((line, column)) => format!("Line {line}, column {column} of the schema: {}.", self.message),
            None => format!("In the schema: {}.", self.message),
        }
    }

    /// The word at the place. The path is left out: only the configuration knows where the text came from.
    fn excerpt(&self, text: &str) -> Option<Excerpt> {
        let (line, column) = self.place?;
        let before: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
        let rest = text.get(before..)?;
        let start = before + rest.char_indices().nth(column - 1).map_or(rest.len(), |(at, _)| at);
        let word = text.get(start..)?.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(0).max(1);
        let end = (start + word).min(text.len());
        text.is_char_boundary(end).then(|| Excerpt { path: PathBuf::new(), text: text.into(), start, end })
    }
}

/// Whether two texts are the same schema: comments, white space, the order of types, fields and directives, and the
/// definitions of directives and of AppSync's own scalars do not count. AppSync runs no directive but its own, so that a
/// definition changes nothing; it also prints definitions that nobody wrote.
pub fn same_sdl(a: &Value, b: &Value) -> bool {
    let (Some(left), Some(right)) = (a.as_str(), b.as_str()) else {
        return a.same(b);
    };
    if left.trim() == right.trim() {
        return true;
    }
    match (Sdl::parse(left).shape, Sdl::parse(right).shape) {
        (Some(left), Some(right)) => left == right,
        _ => false,
    }
}

/// What a change from one schema to another means for those who call the API, what breaks them first.
pub fn explain(before: &Value, after: &Value) -> Vec<Meaning> {
    let shape = |value: &Value| Sdl::parse(value.as_str()?).shape;
    let (Some(before), Some(after)) = (shape(before), shape(after)) else {
        return Vec::new();
    };
    let mut found: Vec<Meaning> = changes(&before, &after).iter().map(SchemaChange::meaning).collect();
    found.sort_by_key(|meaning| !meaning.breaking);
    found
}

/// The text with `implements A, B` written as `implements A & B`: AppSync takes and prints the older form. Nothing moves,
/// so places in the text stay what they are.
fn modern(text: &str) -> String {
    static OLDER: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\bimplements\s+\w+(?:\s*,\s*\w+)+\s*[@{]").ok());
    let Some(older) = OLDER.as_ref() else {
        return text.to_owned();
    };
    older.replace_all(text, |found: &regex::Captures<'_>| found[0].replace(',', "&")).into_owned()
}

fn problems(errors: &DiagnosticList) -> Vec<Problem> {
    let mut found: Vec<Problem> = errors
        .iter()
        .take(MOST_LOOKED_AT)
        .map(|error| {
            let place = error.line_column_range().map(|range| (range.start.line, range.start.column));
            // What graphql-java, which AppSync is built on, refuses for certain is an error.
            let severity = match error.error.unstable_error_name() {
                Some("UndefinedDirective" | "UnsupportedLocation" | "ReservedName") => Severity::Warning,
                _ => Severity::Error,
            };
            Problem { severity, message: error.error.to_string(), place }
        })
        .collect();
    found.sort_by_key(|problem| problem.place);
    found
}

fn foreign_scalars(shape: &Shape) -> impl Iterator<Item = Problem> {
    let scalars = shape.types.iter().filter(|(_, ty)| ty.kind == Kind::Scalar);
    scalars.map(|(name, _)| Problem {
        severity: Severity::Warning,
        message: format!("the scalar `{name}` is none of AppSync's, which knows no others"),
        place: None,
    })
}
