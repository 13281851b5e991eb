//! JSON values as expressions. What a string means depends on where it stands.

use std::collections::HashMap;

use super::json::{Json, Kind, Text};
use super::{Parser, normalized, number};
use crate::diagnostic::{Diagnostics, SourceId, Span};
use crate::language::ast::{Expr, ExprKind, Name};

/// What the strings in a JSON value are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Templates, as everywhere that references are allowed.
    Template,
    /// Texts as they are, where nothing may be referred to.
    Literal,
    /// Expressions in native syntax: types, references, keywords.
    Native,
    /// Those of an element of `required_providers`: texts, but for the configurations it asks for.
    Requirement,
}

/// Makes expressions of the values of one file.
pub(super) struct Expressions<'p> {
    pub(super) source: SourceId,
    pub(super) problems: &'p mut Diagnostics,
}

impl Expressions<'_> {
    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.source, start, end)
    }

    pub(super) fn name(&self, text: &Text<'_>) -> Name {
        Name { text: normalized(&text.text), span: self.span(text.start, text.end) }
    }

    /// The expression that a value is.
    pub(super) fn expr(&mut self, json: &Json<'_>, reading: Reading) -> Expr {
        let span = self.span(json.start, json.end);
        let kind = match &json.kind {
            Kind::Null => ExprKind::Null,
            Kind::Bool(value) => ExprKind::Bool(*value),
            Kind::Number(text) => match number(text) {
                Ok(number) => ExprKind::Number(number),
                Err(detail) => {
                    self.problems.error("Invalid number literal").at(span).detail(detail);
                    ExprKind::Invalid
                }
            },
            Kind::String(text) => return self.string(text, reading),
            Kind::Array(items) => ExprKind::Tuple(items.iter().map(|item| self.expr(item, reading)).collect()),
            Kind::Object(members) => {
                let mut seen: HashMap<&str, Span> = HashMap::new();
                let mut items = Vec::with_capacity(members.len());
                for member in members {
                    if matches!(member.value.kind, Kind::Broken) {
                        continue;
                    }
                    let key = self.span(member.key.start, member.key.end);
                    if let Some(first) = seen.insert(&member.key.text, key) {
                        let detail = format!("A property named \"{}\" stands in this object already.", member.key.text);
                        self.problems.error("Duplicate object attribute").at(key).first_at(first).detail(detail);
                        continue;
                    }
                    let inner = match reading {
                        Reading::Requirement if member.key.text == "configuration_aliases" => Reading::Native,
                        reading => reading,
                    };
                    let key = match reading {
                        Reading::Requirement => self.string(&member.key, Reading::Literal),
                        reading => self.string(&member.key, reading),
                    };
                    items.push((bare_key(key, reading), self.expr(&member.value, inner)));
                }
                ExprKind::Object(items)
            }
            Kind::Broken => ExprKind::Invalid,
        };
        Expr { kind, span }
    }

    fn string(&mut self, text: &Text<'_>, reading: Reading) -> Expr {
        let span = self.span(text.start, text.end);
        let parsed = match reading {
            Reading::Literal | Reading::Requirement => {
                return Expr { kind: ExprKind::String(normalized(&text.text)), span };
            }
            Reading::Template => Parser::inside(self.source, text, self.problems).whole_template(),
            Reading::Native if text.text.trim_start().starts_with("${") => {
                let detail = "What this argument is set to is written in the string as it would be in native syntax, \
                              without `${…}` around it.";
                self.problems.error("Invalid expression").at(span).detail(detail);
                return Expr { kind: ExprKind::Invalid, span };
            }
            Reading::Native => Parser::inside(self.source, text, self.problems).whole_expression(),
        };
        let kind = match parsed {
            // The whole string is the place of a template, with its quotes.
            Ok(expr) if reading == Reading::Template => expr.kind,
            Ok(expr) => return expr,
            Err(_) => ExprKind::Invalid,
        };
        Expr { kind, span }
    }
}

/// A name as a key is a text, as it is in native syntax.
fn bare_key(key: Expr, reading: Reading) -> Expr {
    match key.kind {
        ExprKind::Variable(name) if reading == Reading::Native => Expr { kind: ExprKind::String(name), span: key.span },
        _ => key,
    }
}
