//! Expressions to values.
//!
//! A mistake is reported once and gives an unknown value of unknown type, with which evaluation goes on silently.

mod access;
mod iterate;
mod operators;
mod template;

pub(super) use iterate::elements;
pub(super) use operators::equal;

use std::path::Path;
use std::sync::Arc;

use access::{attribute, index};

use super::ast::{Expr, ExprKind};
use super::functions;
use super::references::{Root, Subject, ambiguous_key, root_of};
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::value::{Entries, Type, Value, convert};

/// What an expression may refer to.
pub trait Scope {
    /// The whole thing: of a resource the object, or with `count` a tuple of objects, or with `for_each` an object of
    /// objects; of a module the object of its outputs. A cheap clone of what is there.
    fn subject(&self, subject: &Subject, span: Span) -> Result<Value, Box<Diagnostic>>;

    /// What to say of a single name that nothing has bound, where that is another thing than usual.
    fn unbound(&self, _name: &str, _span: Span) -> Option<Box<Diagnostic>> {
        None
    }

    /// The folder that relative paths in file functions start from.
    fn folder(&self) -> &Path;

    /// Whether functions may be called.
    fn functions(&self) -> bool {
        true
    }

    /// The time, where it may be asked: during apply. `None` makes functions of time or chance give unknown values.
    fn now(&self) -> Option<jiff::Timestamp> {
        None
    }

    /// The time of the plan, which an apply of it sees too. `None` where nothing is planned.
    fn planned(&self) -> Option<jiff::Timestamp> {
        None
    }
}

/// A scope in which there is nothing to refer to and nothing to call, as for the default of a variable.
#[derive(Clone, Copy, Debug)]
pub struct NoScope;

impl Scope for NoScope {
    fn subject(&self, _: &Subject, span: Span) -> Result<Value, Box<Diagnostic>> {
        let problem = Diagnostic::error("Variables not allowed");
        Err(Box::new(problem.with(|p| {
            p.at(span).detail("Variables may not be used here.");
        })))
    }

    fn folder(&self) -> &Path {
        Path::new(".")
    }

    fn functions(&self) -> bool {
        false
    }
}

/// The value of an expression.
pub fn eval(expr: &Expr, scope: &dyn Scope, problems: &mut Diagnostics) -> Value {
    eval_with(expr, scope, None, problems)
}

/// The value of an expression with names bound around it.
pub(super) fn eval_with(expr: &Expr, scope: &dyn Scope, env: Option<&Env<'_>>, problems: &mut Diagnostics) -> Value {
    let before = problems.len();
    let value = Evaluator { scope, depth: 0 }.eval(expr, env, problems);
    if problems.len() > before {
        super::explain::add_values(expr, scope, env, problems, before);
    }
    value
}

/// A name bound by an enclosing `for`, `dynamic` block or template call; or the element of a splat.
pub(super) struct Env<'a> {
    pub(super) outer: Option<&'a Self>,
    pub(super) name: Option<&'a Arc<str>>,
    pub(super) value: Value,
}

impl Env<'_> {
    pub(super) fn find<'e>(env: Option<&'e Self>, name: &str) -> Option<&'e Value> {
        let mut at = env;
        while let Some(env) = at {
            if env.name.is_some_and(|bound| &**bound == name) {
                return Some(&env.value);
            }
            at = env.outer;
        }
        None
    }

    fn splat_item(env: Option<&Self>) -> Option<&Value> {
        let mut at = env;
        while let Some(env) = at {
            if env.name.is_none() {
                return Some(&env.value);
            }
            at = env.outer;
        }
        None
    }
}

/// Evaluation within one scope.
#[derive(Clone, Copy)]
pub(super) struct Evaluator<'s> {
    pub(super) scope: &'s dyn Scope,
    /// How many template files called each other to come here.
    pub(super) depth: usize,
}

type Bound<'e, 'v> = Option<&'e Env<'v>>;

impl Evaluator<'_> {
    pub(super) fn eval(&self, expr: &Expr, env: Bound<'_, '_>, problems: &mut Diagnostics) -> Value {
        match &expr.kind {
            ExprKind::Null => Value::null(Type::Dynamic),
            ExprKind::Invalid => unknown(),
            ExprKind::Bool(value) => Value::bool(*value),
            ExprKind::Number(number) => Value::number(number.clone()),
            ExprKind::String(text) => crate::value::Data::String(text.clone()).into(),
            ExprKind::Paren(inner) | ExprKind::Interpolation(inner) => self.eval(inner, env, problems),
            ExprKind::Template(parts) => self.template(parts, env, problems),
            ExprKind::Variable(_) => self.reference(expr, env, problems),
            ExprKind::GetAttr(source, name) => match root_of(expr, &|name| Env::find(env, name).is_some()) {
                Root::None => {
                    let source_value = self.eval(source, env, problems);
                    checked(
                        attribute(&source_value, &name.text, behind(source, name.span)),
                        source.span.to(name.span),
                        problems,
                    )
                }
                root => self.referred(root, expr, problems),
            },
            ExprKind::Index(source, key) => {
                let source_value = self.eval(source, env, problems);
                let key_value = self.eval(key, env, problems);
                checked(index(&source_value, &key_value, behind(source, expr.span)), expr.span, problems)
            }
            ExprKind::Splat { source, each } => self.splat(source, each, env, problems),
            ExprKind::SplatItem => Env::splat_item(env).cloned().unwrap_or_else(unknown),
            ExprKind::Call { name, .. } if !self.scope.functions() => {
                let detail = format!("Functions may not be called here, and `{}` is one.", name.text);
                problems.error("Function calls not allowed").at(expr.span).detail(detail);
                unknown()
            }
            ExprKind::Call { name, args, expand } => {
                functions::call(self, name, args, *expand, expr.span, env, problems)
            }
            ExprKind::Conditional(condition, yes, no) => self.conditional(expr.span, condition, yes, no, env, problems),
            ExprKind::Unary(op, inner) => self.unary(*op, inner, env, problems),
            ExprKind::Binary(op, left, right) => self.binary(*op, left, right, expr.span, env, problems),
            ExprKind::Tuple(items) => Value::tuple(items.iter().map(|item| self.eval(item, env, problems)).collect()),
            ExprKind::Object(items) => self.object(items, env, problems),
            ExprKind::For(inner) => self.for_expression(inner, env, problems),
        }
    }

    fn reference(&self, expr: &Expr, env: Bound<'_, '_>, problems: &mut Diagnostics) -> Value {
        if let ExprKind::Variable(name) = &expr.kind
            && let Some(value) = Env::find(env, name)
        {
            return value.clone();
        }
        self.referred(root_of(expr, &|_| false), expr, problems)
    }

    fn referred(&self, root: Root, expr: &Expr, problems: &mut Diagnostics) -> Value {
        match root {
            Root::Subject(subject) => self.scope.subject(&subject, expr.span).unwrap_or_else(|problem| {
                problems.push(*problem);
                unknown()
            }),
            Root::Invalid(detail) => {
                let unbound = match &expr.kind {
                    ExprKind::Variable(name) => self.scope.unbound(name, expr.span),
                    _ => None,
                };
                match unbound {
                    Some(problem) => problems.push(*problem),
                    None => problems.error("Invalid reference").at(expr.span).detail(detail),
                };
                unknown()
            }
            Root::None => unknown(),
        }
    }

    fn object(&self, items: &[(Expr, Expr)], env: Bound<'_, '_>, problems: &mut Diagnostics) -> Value {
        let mut entries = Entries::new();
        let mut marks = crate::value::Marks::NONE;
        let mut known = true;
        for (key, item) in items {
            let value = self.eval(item, env, problems);
            if let ExprKind::String(text) = &key.kind {
                entries.insert(text.clone(), value);
                continue;
            }
            if let Some(problem) = ambiguous_key(key) {
                problems.push(problem);
                known = false;
                continue;
            }
            let key_value = self.eval(key, env, problems);
            marks = marks.and(key_value.marks());
            if key_value.is_null() {
                problems.error("Null value as key").at(key.span).detail("A key must not be null.");
                known = false;
                continue;
            }
            match convert(&key_value, &Type::String) {
                Ok(text) => match text.data() {
                    crate::value::Data::String(text) => {
                        entries.insert(text.clone(), value);
                    }
                    _ => known = false,
                },
                Err(error) => {
                    let detail = format!("This value cannot be a key: {error}.");
                    problems.error("Incorrect key type").at(key.span).detail(detail);
                    known = false;
                }
            }
        }
        let value = if known { Value::object(entries) } else { unknown() };
        value.marked(marks)
    }
}

/// What stands for a value that could not be worked out.
pub(super) fn unknown() -> Value {
    Value::unknown(Type::Dynamic)
}

/// What stands behind the source of an access, with its dot or brackets.
fn behind(source: &Expr, end: Span) -> Span {
    Span { start: source.span.end.min(end.end), ..end }
}

/// Reports the mistake of an operation, if it made one.
fn checked(result: Result<Value, Box<Diagnostic>>, whole: Span, problems: &mut Diagnostics) -> Value {
    result.unwrap_or_else(|problem| {
        problems.push(*problem).within(whole);
        unknown()
    })
}

/// A problem with its place.
pub(super) fn problem(summary: &str, span: Span, detail: impl Into<String>) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(summary).with(|p| {
        p.at(span).detail(detail);
    }))
}

#[cfg(test)]
mod tests;
