//! Templates.

use super::{Bound, Evaluator};
use crate::diagnostic::{Diagnostics, Span};
use crate::language::ast::TemplatePart;
use crate::language::explain::add_bound;
use crate::value::{Data, Marks, Refinement, Type, Value, convert};

/// The text so far, as far as it is known.
struct Text {
    known: String,
    /// Whether something unknown came; what follows it does not count.
    unknown: bool,
    marks: Marks,
}

impl Evaluator<'_> {
    pub(super) fn template(&self, parts: &[TemplatePart], env: Bound<'_, '_>, problems: &mut Diagnostics) -> Value {
        let mut text = Text { known: String::new(), unknown: false, marks: Marks::NONE };
        self.parts(parts, &mut text, env, problems);
        let value = if text.unknown {
            Value::refined(Type::String, Refinement::starting_with(&text.known))
        } else if text.known.is_ascii() {
            Value::from(text.known)
        } else {
            use unicode_normalization::UnicodeNormalization;
            // Two normal texts side by side need not be one normal text.
            Value::from(text.known.nfc().collect::<String>())
        };
        value.marked(text.marks)
    }

    fn parts(&self, parts: &[TemplatePart], text: &mut Text, env: Bound<'_, '_>, problems: &mut Diagnostics) {
        for part in parts {
            match part {
                TemplatePart::Text(literal, _) => text.push(literal),
                TemplatePart::Interpolation(expr) => {
                    let value = self.eval(expr, env, problems);
                    text.append(&value, expr.span, problems);
                }
                TemplatePart::If { condition, yes, no, .. } => {
                    let test = self.eval(condition, env, problems);
                    text.marks = text.marks.and(test.marks());
                    if test.is_null() {
                        let detail = "The condition value is null. Conditions must either be true or false.";
                        problems.error("Null condition").at(condition.span).detail(detail);
                        text.unknown = true;
                        continue;
                    }
                    match convert(&test, &Type::Bool).as_ref().map(Value::as_bool) {
                        Ok(Some(true)) => self.parts(yes, text, env, problems),
                        Ok(Some(false)) => self.parts(no, text, env, problems),
                        Ok(None) => text.unknown = true,
                        Err(error) => {
                            let detail = format!("The condition expression must be of type bool: {error}.");
                            problems.error("Incorrect condition type").at(condition.span).detail(detail);
                            text.unknown = true;
                        }
                    }
                }
                TemplatePart::For { key, value, source, body, .. } => {
                    let collection = self.eval(source, env, problems);
                    text.marks = text.marks.and(collection.marks());
                    let names = (key.as_ref(), value);
                    let known =
                        self.each_bound(names, (&collection, source.span), env, problems, &mut |env, problems| {
                            let before = problems.len();
                            self.parts(body, text, Some(env), problems);
                            add_bound([], body, Some(env), problems, before);
                        });
                    text.unknown |= !known;
                }
            }
        }
    }
}

impl Text {
    fn push(&mut self, text: &str) {
        if !self.unknown {
            self.known.push_str(text);
        }
    }

    fn append(&mut self, value: &Value, span: Span, problems: &mut Diagnostics) {
        if value.is_null() {
            let detail = "The expression result is null. Cannot include a null value in a string template.";
            problems.error("Invalid template interpolation value").at(span).detail(detail);
            self.unknown = true;
            return;
        }
        self.marks = self.marks.and(value.marks());
        match convert(value, &Type::String) {
            Ok(text) => match text.data() {
                Data::String(text) => self.push(text),
                Data::Unknown(_, refinement) => {
                    if let Some(prefix) = refinement.as_ref().and_then(|known| known.prefix.as_ref()) {
                        self.push(prefix);
                    }
                    self.unknown = true;
                }
                _ => self.unknown = true,
            },
            Err(error) => {
                let detail = format!("Cannot include the given value in a string template: {error}.");
                problems.error("Invalid template interpolation value").at(span).detail(detail);
                self.unknown = true;
            }
        }
    }
}
