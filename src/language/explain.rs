//! What values look like in a sentence, and which values a mistaken expression refers to.

use super::ast::{Expr, ExprKind, TemplatePart};
use super::eval::{Env, Scope};
use super::references::{Access, Reference, of_expr};
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::value::{Data, Marks, Type, Value};

/// The longest text that is shown whole.
const MAX_TEXT: usize = 80;

/// What a problem comes of, beside the values themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cause {
    /// Nothing else: values that are not known or not to be shown are no part of the explanation.
    #[default]
    Values,
    /// That something is not known yet.
    Unknown,
    /// That something is sensitive.
    Sensitive,
}

/// Adds to a problem the references of an expression and what they are at the moment.
pub fn explain(problem: &mut Diagnostic, expr: &Expr, scope: &dyn Scope, cause: Cause) {
    for reference in of_expr(expr, &mut Diagnostics::new()) {
        tell(problem, &reference, scope, cause);
    }
}

/// Adds to each problem from `first` on the references in its place and what they are at the moment.
pub(super) fn add_values(
    expr: &Expr,
    scope: &dyn Scope,
    env: Option<&Env<'_>>,
    problems: &mut Diagnostics,
    first: usize,
) {
    let references = of_expr(expr, &mut Diagnostics::new());
    for problem in problems.iter_mut().skip(first) {
        let Some(place) = problem.extent() else {
            continue;
        };
        for reference in references.iter().filter(|reference| place.holds(reference.span)) {
            tell(problem, reference, scope, Cause::Values);
        }
    }
    add_bound([expr], &[], env, problems, first);
}

/// Adds to each problem from `first` on the names in its place that are bound around expressions and parts of templates.
pub(super) fn add_bound<'a>(
    exprs: impl IntoIterator<Item = &'a Expr>,
    parts: &[TemplatePart],
    env: Option<&Env<'_>>,
    problems: &mut Diagnostics,
    first: usize,
) {
    if env.is_none() || problems.len() == first {
        return;
    }
    let mut found = Vec::new();
    exprs.into_iter().for_each(|expr| chains(expr, &mut found));
    parts.iter().for_each(|part| part_chains(part, &mut found));
    for problem in problems.iter_mut().skip(first) {
        let Some(place) = problem.extent() else {
            continue;
        };
        for (name, rest, _) in found.iter().filter(|(.., span)| place.holds(*span)) {
            if let Some(value) = Env::find(env, name) {
                add(problem, name.to_string(), value, rest, Cause::Values);
            }
        }
    }
}

fn tell(problem: &mut Diagnostic, reference: &Reference, scope: &dyn Scope, cause: Cause) {
    if let Ok(value) = scope.subject(&reference.subject, reference.span) {
        add(problem, reference.subject.to_string(), &value, &reference.rest, cause);
    }
}

/// Adds the value at the end of the accesses, or as far as they lead to one.
fn add(problem: &mut Diagnostic, mut name: String, value: &Value, rest: &[Access], cause: Cause) {
    let mut value = value.clone();
    for access in rest {
        let Some(next) = step(&value, access) else {
            break;
        };
        match access {
            Access::Attribute(attribute) => {
                name.push('.');
                name.push_str(attribute);
            }
            Access::Key(key) => name.push_str(&format!("[{key:?}]")),
            Access::Index(index) => name.push_str(&format!("[{index}]")),
            Access::Any => break,
        }
        value = next;
    }
    if problem.values.iter().any(|(told, _)| *told == name) {
        return;
    }
    if let Some(words) = in_words(&value, cause) {
        problem.values.push((name, words));
    }
}

fn step(value: &Value, access: &Access) -> Option<Value> {
    let found = match access {
        Access::Attribute(name) | Access::Key(name) => value.get(name),
        // Elements of a set have no index.
        Access::Index(i) => match value.data() {
            Data::List(_, items) | Data::Tuple(items) => usize::try_from(*i).ok().and_then(|i| items.get(i)),
            _ => None,
        },
        Access::Any => None,
    };
    found.cloned().map(|found| found.marked(value.marks()))
}

type Chain<'a> = (&'a str, Vec<Access>, Span);

/// The names in an expression that could be bound around it, with the attributes and literal keys behind them.
fn chains<'a>(expr: &'a Expr, found: &mut Vec<Chain<'a>>) {
    if let Some(chain) = chain(expr) {
        found.push(chain);
    }
    let all = |exprs: &mut dyn Iterator<Item = &'a Expr>, found: &mut Vec<Chain<'a>>| {
        exprs.for_each(|expr| chains(expr, found));
    };
    match &expr.kind {
        ExprKind::Null
        | ExprKind::Invalid
        | ExprKind::Bool(_)
        | ExprKind::Number(_)
        | ExprKind::String(_)
        | ExprKind::Variable(_)
        | ExprKind::SplatItem => {}
        // A name with attributes is one chain; what stands in front of them is not another.
        ExprKind::GetAttr(source, _) => {
            if chain(expr).is_none() {
                chains(source, found);
            }
        }
        ExprKind::Index(source, key) => {
            if chain(expr).is_none() {
                chains(source, found);
            }
            chains(key, found);
        }
        ExprKind::Splat { source, each } => all(&mut [&**source, each].into_iter(), found),
        ExprKind::Interpolation(inner) | ExprKind::Paren(inner) | ExprKind::Unary(_, inner) => chains(inner, found),
        ExprKind::Binary(_, a, b) => all(&mut [&**a, b].into_iter(), found),
        ExprKind::Conditional(a, b, c) => all(&mut [&**a, b, c].into_iter(), found),
        ExprKind::Call { args: items, .. } | ExprKind::Tuple(items) => all(&mut items.iter(), found),
        ExprKind::Object(items) => all(&mut items.iter().flat_map(|(key, value)| [key, value]), found),
        ExprKind::For(inner) => {
            let parts = [Some(&inner.source), inner.result_key.as_ref(), Some(&inner.result), inner.condition.as_ref()];
            all(&mut parts.into_iter().flatten(), found);
        }
        ExprKind::Template(parts) => parts.iter().for_each(|part| part_chains(part, found)),
    }
}

fn part_chains<'a>(part: &'a TemplatePart, found: &mut Vec<Chain<'a>>) {
    match part {
        TemplatePart::Text(..) => {}
        TemplatePart::Interpolation(expr) => chains(expr, found),
        TemplatePart::If { condition, yes, no, .. } => {
            chains(condition, found);
            yes.iter().chain(no).for_each(|part| part_chains(part, found));
        }
        TemplatePart::For { source, body, .. } => {
            chains(source, found);
            body.iter().for_each(|part| part_chains(part, found));
        }
    }
}

fn chain(expr: &Expr) -> Option<Chain<'_>> {
    match &expr.kind {
        ExprKind::Variable(name) => Some((name, Vec::new(), expr.span)),
        ExprKind::GetAttr(source, name) => {
            let (root, mut rest, _) = chain(source)?;
            rest.push(Access::Attribute(name.text.clone()));
            Some((root, rest, expr.span))
        }
        ExprKind::Index(source, key) => {
            let (root, mut rest, _) = chain(source)?;
            rest.push(match &key.kind {
                ExprKind::String(text) => Access::Key(text.clone()),
                ExprKind::Number(number) => number.to_usize().map_or(Access::Any, |index| Access::Index(index as u64)),
                _ => Access::Any,
            });
            Some((root, rest, expr.span))
        }
        _ => None,
    }
}

/// A value as the end of a sentence: `is "a"`, `is list of string with 3 elements`, `has a sensitive value`. `None` for
/// what explains nothing.
pub(super) fn in_words(value: &Value, cause: Cause) -> Option<String> {
    if value.is_sensitive() {
        return (cause == Cause::Sensitive).then(|| "has a sensitive value".into());
    }
    if value.marks_deep().has(Marks::EPHEMERAL) {
        return (cause == Cause::Sensitive).then(|| "has an ephemeral value".into());
    }
    let counted = |what: String, count: usize| match count {
        0 => format!("is empty {what}"),
        1 => format!("is {what} with 1 element"),
        count => format!("is {what} with {count} elements"),
    };
    Some(match value.data() {
        Data::Unknown(Type::Dynamic, _) if cause == Cause::Unknown => "will be known only after apply".into(),
        Data::Unknown(Type::Dynamic, _) => return None,
        Data::Unknown(ty, _) if cause == Cause::Unknown => format!("is {}, known only after apply", type_in_words(ty)),
        Data::Unknown(ty, _) => format!("is {}", type_in_words(ty)),
        Data::Null(_) => "is null".into(),
        Data::Bool(truth) => format!("is {truth}"),
        Data::Number(number) => format!("is {number}"),
        Data::String(text) if text.chars().count() <= MAX_TEXT => format!("is {text:?}"),
        Data::String(text) => format!("is {:?}…", text.chars().take(MAX_TEXT).collect::<String>()),
        Data::List(ty, items) => counted(format!("list of {}", ty.friendly()), items.len()),
        Data::Set(ty, items) => counted(format!("set of {}", ty.friendly()), items.len()),
        Data::Map(ty, entries) => counted(format!("map of {}", ty.friendly()), entries.len()),
        Data::Tuple(items) => counted("tuple".into(), items.len()),
        Data::Object(entries) => match (entries.len(), entries.keys().next()) {
            (1, Some(name)) => format!("is object with 1 attribute {name:?}"),
            (0, _) => "is object with no attributes".into(),
            (count, _) => format!("is object with {count} attributes"),
        },
    })
}

/// A type with its article.
pub(super) fn type_in_words(ty: &Type) -> String {
    match ty {
        Type::Object(_) => "an object".into(),
        ty => format!("a {}", ty.friendly()),
    }
}
