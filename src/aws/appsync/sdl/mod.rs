//! GraphQL schemas as AppSync takes them: whether one is valid, what is in it, when two mean the same, and what a change
//! means for those who call the API.

mod changes;
mod prelude;
mod shape;
#[cfg(test)]
mod tests;

pub use changes::{ChangeKind, SchemaChange, changes};
pub use shape::{Kind, Member, Shape, TypeShape};

use std::sync::LazyLock;

use apollo_compiler::Schema;
use apollo_compiler::parser::Parser;
use apollo_compiler::schema::SchemaBuilder;
use apollo_compiler::validation::DiagnosticList;
use regex::Regex;

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
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
    /// The text of that line.
    pub line: Option<String>,
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
            Err(broken) => return Self { shape: None, problems: problems(&broken.errors, &text) },
        };
        let mut builder = SchemaBuilder::new().ignore_builtin_redefinitions();
        Parser::new().parse_into_schema_builder(prelude::missing_from(&document), "appsync.graphql", &mut builder);
        let (schema, mut found) = match builder.add_ast(&document).build() {
            Ok(schema) => (schema, Vec::new()),
            Err(partly) => (partly.partial, problems(&partly.errors, &text)),
        };
        let shape = Shape::of(&schema);
        if let Err(invalid) = Schema::validate(schema) {
            found.extend(problems(&invalid.errors, &text));
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

/// Reports what is wrong with the schema in the argument of the given name.
pub fn check(argument: &str, text: &str, problems: &mut Diagnostics) {
    let sdl = Sdl::parse(text);
    let more = sdl.problems.len().saturating_sub(MOST_PROBLEMS);
    for (number, problem) in sdl.problems.iter().take(MOST_PROBLEMS).enumerate() {
        let summary = match problem.severity {
            Severity::Error => "Invalid GraphQL schema",
            Severity::Warning => "Doubtful GraphQL schema",
        };
        let found = problems.push(Diagnostic::new(problem.severity, summary)).on(argument).detail(problem.describe());
        if more > 0 && number + 1 == MOST_PROBLEMS {
            found.help(format!("The schema has {more} more problems; correct these first."));
        } else if problem.severity == Severity::Warning {
            found.help("AppSync decides whether it takes the schema; nothing is refused here.");
        } else {
            found.help("Correct the schema at this place.");
        }
    }
}

impl Problem {
    /// The place, the problem and the line as sentences.
    pub fn describe(&self) -> String {
        let Some((line, column)) = self.place else {
            return format!("In the schema: {}.", self.message);
        };
        let mut text = format!("Line {line}, column {column} of the schema: {}.", self.message);
        if let Some(source) = &self.line {
            let shown: String = source.chars().take(120).collect();
            text.push_str(&format!("\n  {line} | {shown}"));
        }
        text
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

fn problems(errors: &DiagnosticList, text: &str) -> Vec<Problem> {
    let mut found: Vec<Problem> = errors
        .iter()
        .take(MOST_LOOKED_AT)
        .map(|error| {
            let place = error.line_column_range().map(|range| (range.start.line, range.start.column));
            let line = place
                .and_then(|(line, _)| text.lines().nth(line.checked_sub(1)?))
                .map(|line| line.trim_end().to_owned());
            // What graphql-java, which AppSync is built on, refuses for certain is an error.
            let severity = match error.error.unstable_error_name() {
                Some("UndefinedDirective" | "UnsupportedLocation" | "ReservedName") => Severity::Warning,
                _ => Severity::Error,
            };
            Problem { severity, message: error.error.to_string(), place, line }
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
        line: None,
    })
}
