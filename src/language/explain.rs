//! What values look like in a sentence, and which values a mistaken expression refers to.

use super::ast::Expr;
use super::eval::Scope;
use super::references::{Access, of_expr};
use crate::diagnostic::Diagnostics;
use crate::value::{Data, Marks, Type, Value};

/// The longest text that is shown whole.
const MAX_TEXT: usize = 80;

/// Adds to each problem from `first` on the references in its place and what they are at the moment.
pub(super) fn add_values(expr: &Expr, scope: &dyn Scope, problems: &mut Diagnostics, first: usize) {
    let mut shown: Vec<_> = of_expr(expr, &mut Diagnostics::new()).into_iter().map(|r| (r, None)).collect();
    for problem in problems.iter_mut().skip(first) {
        let Some(place) = problem.context.or(problem.span) else {
            continue;
        };
        for (reference, text) in &mut shown {
            let inside = reference.span.source == place.source
                && reference.span.start >= place.start
                && reference.span.end <= place.end;
            let name = name_of(reference);
            if !inside || problem.values.iter().any(|(told, _)| *told == name) {
                continue;
            }
            let text = text.get_or_insert_with(|| {
                scope
                    .subject(&reference.subject, reference.span)
                    .ok()
                    .and_then(|v| follow(v, &reference.rest))
                    .map(|v| in_words(&v))
            });
            if let Some(text) = text {
                problem.values.push((name, text.clone()));
            }
        }
    }
}

/// The references of an expression and what they are at the moment.
pub fn values_in(expr: &Expr, scope: &dyn Scope) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for reference in of_expr(expr, &mut Diagnostics::new()) {
        let name = name_of(&reference);
        let value = scope.subject(&reference.subject, reference.span).ok();
        if let Some(value) = value.and_then(|value| follow(value, &reference.rest))
            && !found.iter().any(|(told, _)| *told == name)
        {
            found.push((name, in_words(&value)));
        }
    }
    found
}

fn name_of(reference: &super::references::Reference) -> String {
    let mut name = reference.subject.to_string();
    for access in &reference.rest {
        match access {
            Access::Attribute(attribute) => {
                name.push('.');
                name.push_str(attribute);
            }
            Access::Key(key) => name.push_str(&format!("[{key:?}]")),
            Access::Index(index) => name.push_str(&format!("[{index}]")),
            Access::Any => break,
        }
    }
    name
}

fn follow(value: Value, rest: &[Access]) -> Option<Value> {
    let mut named = rest.iter().take_while(|access| !matches!(access, Access::Any));
    named.try_fold(value, |value, access| {
        let found = match access {
            Access::Attribute(name) | Access::Key(name) => value.get(name),
            Access::Index(i) => value.items().and_then(|items| items.get(usize::try_from(*i).ok()?)),
            Access::Any => None,
        };
        found.cloned().map(|found| found.marked(value.marks()))
    })
}

/// A value as the end of a sentence: `is "a"`, `is list of string with 3 elements`, `has a sensitive value`.
pub fn in_words(value: &Value) -> String {
    if value.is_sensitive() {
        return "has a sensitive value".into();
    }
    if value.marks_deep().has(Marks::EPHEMERAL) {
        return "has an ephemeral value".into();
    }
    let counted = |what: String, count: usize, one: &str| match count {
        0 => format!("is {what} with no {one}s"),
        1 => format!("is {what} with 1 {one}"),
        count => format!("is {what} with {count} {one}s"),
    };
    match value.data() {
        Data::Unknown(Type::Dynamic, _) => "will be known only after apply".into(),
        Data::Unknown(ty, _) => format!("is {}, known only after apply", type_in_words(ty)),
        Data::Null(_) => "is null".into(),
        Data::Bool(truth) => format!("is {truth}"),
        Data::Number(number) => format!("is {number}"),
        Data::String(text) if text.chars().count() <= MAX_TEXT => format!("is {text:?}"),
        Data::String(text) => format!("is {:?}…", text.chars().take(MAX_TEXT).collect::<String>()),
        Data::List(ty, items) => counted(format!("list of {}", ty.friendly()), items.len(), "element"),
        Data::Set(ty, items) => counted(format!("set of {}", ty.friendly()), items.len(), "element"),
        Data::Map(ty, entries) => counted(format!("map of {}", ty.friendly()), entries.len(), "element"),
        Data::Tuple(items) => counted("tuple".into(), items.len(), "element"),
        Data::Object(entries) => counted("object".into(), entries.len(), "attribute"),
    }
}

/// A type with its article.
pub(super) fn type_in_words(ty: &Type) -> String {
    match ty {
        Type::Object(_) => "an object".into(),
        ty => format!("a {}", ty.friendly()),
    }
}
