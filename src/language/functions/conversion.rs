//! Conversions, `try` and `can`, and marks.

use super::{Env, Evaluator, Fault, Function, Given, Param, Want};
use crate::diagnostic::{Diagnostics, Span};
use crate::language::ast::Expr;
use crate::value::{Marks, Type, Value, convert};

pub(super) static TABLE: &[Function] = &[
    Function::new("tostring", &[V], Want::Text, |_, args| to(args, &Type::String)),
    Function::new("tonumber", &[V], Want::Number, |_, args| to(args, &Type::Number)),
    Function::new("tobool", &[V], Want::Bool, |_, args| to(args, &Type::Bool)),
    Function::new("tolist", &[V], Want::Any, |_, args| to(args, &Type::list(Type::Dynamic))),
    Function::new("toset", &[V], Want::Any, |_, args| to(args, &Type::set(Type::Dynamic))),
    Function::new("tomap", &[V], Want::Any, |_, args| to(args, &Type::map(Type::Dynamic))),
    Function::new("sensitive", &[ANY], Want::Any, |_, args| Ok(args[0].clone().marked(Marks::SENSITIVE))),
    Function::new("nonsensitive", &[ANY], Want::Any, nonsensitive),
    Function::new("issensitive", &[ANY], Want::Bool, |_, args| {
        Ok(match args[0].marks().has(Marks::SENSITIVE) {
            false if !args[0].is_known() => Value::unknown_not_null(Type::Bool),
            sensitive => Value::bool(sensitive),
        })
    }),
    Function::new("ephemeralasnull", &[ANY], Want::Any, |_, args| Ok(ephemeral_as_null(&args[0]))),
];

const ANY: Param = Param::new("value", Want::Any).nullable().unknown().marked();

const V: Param = ANY.named("v");

fn to(args: &[Value], ty: &Type) -> Result<Value, Fault> {
    convert(&args[0], ty).map_err(|error| Fault::arg(0, format!("cannot convert: {error}")))
}

fn nonsensitive(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let value = args[0].clone();
    let marks = value.marks().without(Marks::SENSITIVE);
    Ok(value.with_marks(marks))
}

fn ephemeral_as_null(value: &Value) -> Value {
    value.map_deep(&mut |v| if v.marks().has(Marks::EPHEMERAL) { Value::null(v.ty()) } else { v })
}

/// `try(a, b, …)`: the first that has a value.
pub(super) fn try_each(
    evaluator: &Evaluator<'_>,
    args: &[Expr],
    span: Span,
    env: Option<&Env<'_>>,
    problems: &mut Diagnostics,
) -> Value {
    if args.is_empty() {
        problems.error("Error in function call").at(span).detail("The function `try` needs at least one argument.");
        return Value::unknown(Type::Dynamic);
    }
    let mut failures = Vec::new();
    for arg in args {
        let mut found = Diagnostics::new();
        let value = evaluator.eval(arg, env, &mut found);
        if !found.has_errors() {
            problems.extend(found);
            // What fails once the unknown is known would make a later argument the result.
            return if value.is_wholly_known() {
                value
            } else {
                Value::unknown(Type::Dynamic).marked(value.marks_deep())
            };
        }
        failures.extend(found);
    }
    let told: Vec<String> = failures.iter().map(|p| format!("{}: {}", p.summary, p.detail)).collect();
    let detail = format!("No argument of `try` has a value. {}", told.join(" "));
    problems.error("Error in function call").at(span).detail(detail);
    Value::unknown(Type::Dynamic)
}

/// `can(a)`: whether it has a value.
pub(super) fn can(
    evaluator: &Evaluator<'_>,
    args: &[Expr],
    span: Span,
    env: Option<&Env<'_>>,
    problems: &mut Diagnostics,
) -> Value {
    let [arg] = args else {
        problems.error("Error in function call").at(span).detail("The function `can` takes one argument.");
        return Value::unknown(Type::Bool);
    };
    let mut found = Diagnostics::new();
    let value = evaluator.eval(arg, env, &mut found);
    if !value.is_wholly_known() && !found.has_errors() {
        return Value::unknown(Type::Bool);
    }
    Value::bool(!found.has_errors())
}
