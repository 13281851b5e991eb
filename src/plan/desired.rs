//! What the configuration asks for: the one evaluator of resource instances, for plan and for apply.

use std::path::PathBuf;
use std::sync::Arc;

use crate::address::{Address, Key, Mode};
use crate::diagnostic::{Diagnostic, Diagnostics, Excerpt, Span};
use crate::language::ast::{Expr, ExprKind};
use crate::language::config::{Repetition, Resource};
use crate::language::{Cause, Scope, decode_body, eval, explain, locate};
use crate::schema::Schema;
use crate::value::{Marks, Path, Type, Value};

use super::ephemeral;
use super::values::Repeat;

/// The instances that `count` or `for_each` asks for, in order; nothing where that is a problem or not yet known.
pub fn expand(
    repetition: &Repetition,
    scope: &dyn Scope,
    what: &str,
    problems: &mut Diagnostics,
) -> Option<Vec<(Key, Repeat)>> {
    match repetition {
        Repetition::One => Some(vec![(Key::None, Repeat::One)]),
        Repetition::Count(expr) => count(expr, scope, what, problems),
        Repetition::ForEach(expr) => for_each(expr, scope, what, problems),
    }
}

/// Reports what is wrong with `count` or `for_each`, as far as that is known.
pub fn check_repetition(repetition: &Repetition, scope: &dyn Scope, what: &str, problems: &mut Diagnostics) {
    let Some(expr) = repetition.expr() else {
        return;
    };
    let mut found = Diagnostics::new();
    let value = eval(expr, scope, &mut found);
    let open = value.items().is_some_and(|items| items.iter().any(|item| !item.is_known()));
    if found.has_errors() || ((!value.is_known() || open) && !value.marks().has(Marks::SENSITIVE)) {
        problems.extend(found);
        return;
    }
    expand(repetition, scope, what, problems);
}

fn refuse(problems: &mut Diagnostics, argument: &str, span: Span, detail: &str) -> Option<Vec<(Key, Repeat)>> {
    problems.error(format!("Invalid {argument} argument")).at(span).detail(detail);
    None
}

const NOT_YET_KNOWN: &str = "The value depends on resource attributes that are known only after apply, so the number of instances cannot be told.";

fn evaluated(expr: &Expr, scope: &dyn Scope, argument: &str, what: &str, problems: &mut Diagnostics) -> Option<Value> {
    let before = problems.len();
    let value = eval(expr, scope, problems);
    let failed = problems.iter().skip(before).any(|d| d.severity == crate::diagnostic::Severity::Error);
    if failed {
        return None;
    }
    if value.marks().has(Marks::SENSITIVE) {
        let detail =
            format!("A sensitive value cannot tell the instances of {what}, since their addresses would show it.");
        refuse(problems, argument, expr.span, &detail);
        explain_last(problems, expr, scope, Cause::Sensitive);
        return None;
    }
    if value.marks().has(Marks::EPHEMERAL) {
        let detail =
            format!("An ephemeral value cannot tell the instances of {what}: it is not the same at plan and apply.");
        refuse(problems, argument, expr.span, &detail);
        explain_last(problems, expr, scope, Cause::Sensitive);
        return None;
    }
    Some(value)
}

fn explain_last(problems: &mut Diagnostics, expr: &Expr, scope: &dyn Scope, cause: Cause) {
    if let Some(problem) = problems.iter_mut().last() {
        explain(problem, expr, scope, cause);
    }
}

fn count(expr: &Expr, scope: &dyn Scope, what: &str, problems: &mut Diagnostics) -> Option<Vec<(Key, Repeat)>> {
    let value = evaluated(expr, scope, "count", what, problems)?;
    let value = crate::value::convert(&value, &Type::Number).unwrap_or(value);
    if !value.is_known() {
        problems
            .error("Invalid count argument")
            .at(expr.span)
            .detail(NOT_YET_KNOWN)
            .help("Make the number depend on variables, locals or data only.");
        explain_last(problems, expr, scope, Cause::Unknown);
        return None;
    }
    let Some(count) = value.as_number().and_then(crate::value::Number::to_usize) else {
        refuse(problems, "count", expr.span, "`count` is a whole number that is not negative.");
        explain_last(problems, expr, scope, Cause::Values);
        return None;
    };
    Some((0..count as u64).map(|index| (Key::Index(index), Repeat::Index(index))).collect())
}

fn for_each(expr: &Expr, scope: &dyn Scope, what: &str, problems: &mut Diagnostics) -> Option<Vec<(Key, Repeat)>> {
    let value = evaluated(expr, scope, "for_each", what, problems)?;
    if value.is_null() {
        let detail = "The value is null; `for_each` is a map, an object, or a set of strings.";
        refuse(problems, "for_each", expr.span, detail);
        explain_last(problems, expr, scope, Cause::Values);
        return None;
    }
    if !value.is_known() {
        problems
            .error("Invalid for_each argument")
            .at(expr.span)
            .detail(NOT_YET_KNOWN)
            .help("Use a map whose keys are known now; its values may be known after apply.");
        explain_last(problems, expr, scope, Cause::Unknown);
        return None;
    }
    let each = |key: &Arc<str>, value: &Value| (Key::Name(key.clone()), Repeat::Each(key.clone(), value.clone()));
    if let Some(entries) = value.entries() {
        return Some(entries.iter().map(|(key, value)| each(key, value)).collect());
    }
    let is_set = matches!(value.ty(), Type::Set(_));
    match value.items().filter(|_| is_set) {
        Some(items) if items.iter().any(|item| !item.is_known()) => {
            refuse(problems, "for_each", expr.span, NOT_YET_KNOWN);
            explain_last(problems, expr, scope, Cause::Unknown);
            None
        }
        Some(items) if items.iter().all(|item| item.as_str().is_some()) => {
            let names = items.iter().filter_map(|item| item.as_str().map(Arc::<str>::from));
            Some(names.map(|name| each(&name, &Value::string(&name))).collect())
        }
        _ => {
            let found = value.ty().friendly();
            let detail = format!("`for_each` is a map, an object, or a set of strings; this is a {found}.");
            problems
                .error("Invalid for_each argument")
                .at(expr.span)
                .detail(detail)
                .help("A list can be made a set: `toset([…])`.");
            explain_last(problems, expr, scope, Cause::Values);
            None
        }
    }
}

/// What the configuration says of one instance: an object of the schema's type. Problems carry the address.
pub fn configured(
    resource: &Resource,
    schema: &Schema,
    address: &Address,
    scope: &dyn Scope,
    problems: &mut Diagnostics,
) -> Value {
    let mut found = Diagnostics::new();
    let value = decode_body(&resource.body, &schema.block, scope, &mut found);
    // Nothing of an ephemeral resource is stored, so what is ephemeral may go there.
    let value = if resource.mode == Mode::Ephemeral { value } else { ephemeral::refuse(value, &mut found) };
    if resource.mode != Mode::Ephemeral && value.holds_infinity() {
        let name = value.entries().into_iter().flatten().find(|(_, inner)| inner.holds_infinity());
        infinite(&mut found).on(name.map_or_else(Path::root, |(name, _)| Path::root().attribute(name)));
    }
    place(&mut found, resource, address, scope);
    problems.extend(found);
    value
}

/// Reports a number that cannot be stored.
pub(crate) fn infinite(problems: &mut Diagnostics) -> &mut Diagnostic {
    problems
        .error("Infinite number")
        .detail("A number in this value is infinite, as that of `1/0` is, and neither state nor AWS can hold it.")
        .help("Look for a division by zero.")
}

/// Gives problems of an instance its address, and a place in its block to those that name an argument.
pub fn place(problems: &mut Diagnostics, resource: &Resource, address: &Address, scope: &dyn Scope) {
    for problem in problems.iter_mut() {
        problem.of(address);
        name_file(problem, resource, scope);
        if problem.span.is_none() {
            let at = problem.attribute.clone().and_then(|path| locate(&resource.body, &path));
            problem.at(at.unwrap_or(resource.header)).within(resource.header);
        }
    }
}

/// Names the file of an excerpt that a resource type took from an argument's text: that of `file("…")`, or else the
/// argument itself.
fn name_file(problem: &mut Diagnostic, resource: &Resource, scope: &dyn Scope) {
    let unnamed = problem.excerpt.as_ref().filter(|excerpt| excerpt.path.as_os_str().is_empty());
    let (Some(excerpt), Some(name)) = (unnamed, problem.attribute.as_ref().and_then(Path::first)) else {
        return;
    };
    let read = resource.body.attribute(name).and_then(|attribute| match &attribute.expr.kind {
        ExprKind::Call { name, args, .. } if &*name.text == "file" => args.first(),
        _ => None,
    });
    let file = read.and_then(|argument| eval(argument, scope, &mut Diagnostics::new()).as_str().map(PathBuf::from));
    let path = file.unwrap_or_else(|| PathBuf::from(name));
    let path = path.strip_prefix(".").map(PathBuf::from).unwrap_or(path);
    problem.excerpt = Some(Arc::new(Excerpt { path, ..Excerpt::clone(excerpt) }));
}

/// An error that an operation on an instance met, with the place of the block.
pub fn operation_failed(error: crate::resource::OpError, resource: Option<&Resource>, address: &Address) -> Diagnostic {
    let mut problem = Diagnostic::from(error);
    problem.of(address);
    if let Some(resource) = resource
        && problem.span.is_none()
    {
        let at = problem.attribute.clone().and_then(|path| locate(&resource.body, &path));
        problem.at(at.unwrap_or(resource.header)).within(resource.header);
    }
    problem
}
