//! `for` expressions and splats.

use std::sync::Arc;

use super::{Bound, Env, Evaluator, unknown};
use crate::diagnostic::{Diagnostics, Span};
use crate::language::ast::{Expr, ExprKind, For, Name};
use crate::language::explain::add_bound;
use crate::value::{Data, Entries, Marks, Refinement, Type, Value, convert};

impl Evaluator<'_> {
    pub(super) fn for_expression(&self, inner: &For, env: Bound<'_, '_>, problems: &mut Diagnostics) -> Value {
        let source = self.eval(&inner.source, env, problems);
        let Some(pairs) = elements(&source, inner.source.span, problems) else {
            return unknown().marked(source.marks());
        };
        let mut results = Results { marks: source.marks(), ..Results::default() };
        for (key, value) in pairs {
            let outer =
                Env { outer: env, name: inner.key.as_ref().map(|name| &name.text).or(Some(&NO_NAME)), value: key };
            let bound = Env { outer: Some(&outer), name: Some(&inner.value.text), value };
            let before = problems.len();
            if !self.one_result(inner, &bound, &mut results, problems) {
                results.unknown = true;
            }
            if problems.len() > before {
                let parts = [inner.condition.as_ref(), inner.result_key.as_ref(), Some(&inner.result)];
                add_bound(parts.into_iter().flatten(), &[], Some(&bound), problems, before);
            }
        }
        results.finish(inner)
    }

    /// Evaluates the result for one element; `false` where the whole cannot be known.
    fn one_result(&self, inner: &For, env: &Env<'_>, results: &mut Results, problems: &mut Diagnostics) -> bool {
        if let Some(condition) = &inner.condition {
            let test = self.eval(condition, Some(env), problems);
            results.marks = results.marks.and(test.marks());
            if test.is_null() {
                let detail = "The value of the `if` clause must not be null.";
                problems.error("Condition is null").at(condition.span).detail(detail);
                return false;
            }
            match convert(&test, &Type::Bool).as_ref().map(Value::as_bool) {
                Ok(Some(true)) => {}
                Ok(Some(false)) => return true,
                Ok(None) => return false,
                Err(error) => {
                    let detail = format!("The `if` clause value is not a bool: {error}.");
                    problems.error("Invalid 'for' condition").at(condition.span).detail(detail);
                    return false;
                }
            }
        }
        let Some(key_expr) = &inner.result_key else {
            let value = self.eval(&inner.result, Some(env), problems);
            results.items.push(value);
            return true;
        };
        let key = self.eval(key_expr, Some(env), problems);
        results.marks = results.marks.and(key.marks());
        let value = self.eval(&inner.result, Some(env), problems);
        if key.is_null() {
            let detail = "The key expression in a `for` expression must not produce a null value.";
            problems.error("Invalid object key").at(key_expr.span).detail(detail);
            return false;
        }
        let key = match convert(&key, &Type::String) {
            Ok(key) => key,
            Err(error) => {
                let detail = format!("The key expression produced an invalid result: {error}.");
                problems.error("Invalid object key").at(key_expr.span).detail(detail);
                return false;
            }
        };
        let Data::String(key) = key.data() else {
            return false;
        };
        if inner.group {
            results.groups.entry(key.clone()).or_default().push(value);
        } else if results.entries.insert(key.clone(), value).is_some() {
            let shown =
                if results.marks.has(Marks::SENSITIVE) { "a sensitive key".into() } else { format!("the key {key:?}") };
            let detail = format!(
                "Two different items produced {shown} in this `for` expression. If duplicates are expected, use the \
                 ellipsis (...) after the value expression to enable grouping by key."
            );
            problems.error("Duplicate object key").at(key_expr.span).detail(detail);
            return false;
        }
        true
    }

    pub(super) fn splat(&self, source: &Expr, each: &Expr, env: Bound<'_, '_>, problems: &mut Diagnostics) -> Value {
        let value = self.eval(source, env, problems);
        let marks = value.marks();
        let item = |item: Value, problems: &mut Diagnostics| {
            self.eval(each, Some(&Env { outer: env, name: None, value: item }), problems)
        };
        let result = match value.data() {
            Data::Null(Type::List(_) | Type::Set(_) | Type::Tuple(_)) => {
                let detail = "Splat expressions (with the * symbol) cannot be applied to null sequences.";
                problems.error("Splat of null value").at(source.span).detail(detail);
                return unknown();
            }
            Data::Null(_) => Value::tuple(Vec::new()),
            Data::Unknown(Type::List(element) | Type::Set(element), _) => {
                // The type of the results is that of the result for an element about which nothing else is known.
                let result = item(Value::unknown(Type::clone(element)), problems).ty();
                let (least, most) = value.length_bounds();
                Value::refined(Type::list(result), Refinement::of_length((least > 0).then_some(least), most))
            }
            Data::Unknown(Type::Bool | Type::Number | Type::String | Type::Object(_) | Type::Map(_), _)
                if value.is_never_null() =>
            {
                Value::tuple(vec![item(value.clone().unmarked(), problems)])
            }
            Data::Unknown(..) => unknown(),
            Data::Tuple(items) => Value::tuple(items.iter().map(|v| item(v.clone(), problems)).collect()),
            Data::List(element, items) | Data::Set(element, items) => {
                let results: Vec<Value> = items.iter().map(|v| item(v.clone(), problems)).collect();
                match results.first().map(Value::ty) {
                    None if matches!(each.kind, ExprKind::SplatItem) => Value::list(element.clone(), results),
                    None => Value::list(item(Value::unknown(element.clone()), problems).ty(), results),
                    Some(first) if results.iter().all(|v| v.ty() == first) => Value::list(first, results),
                    Some(_) => Value::tuple(results),
                }
            }
            _ => Value::tuple(vec![item(value.clone().unmarked(), problems)]),
        };
        result.marked(marks)
    }

    /// Binds each element in turn for the body of a template's `for`. `false` where the source is not known.
    pub(super) fn each_bound(
        &self,
        names: (Option<&Name>, &Name),
        source: (&Value, Span),
        env: Bound<'_, '_>,
        problems: &mut Diagnostics,
        body: &mut dyn FnMut(&Env<'_>, &mut Diagnostics),
    ) -> bool {
        let Some(pairs) = elements(source.0, source.1, problems) else {
            return false;
        };
        for (key, value) in pairs {
            let outer = Env { outer: env, name: names.0.map(|name| &name.text).or(Some(&NO_NAME)), value: key };
            body(&Env { outer: Some(&outer), name: Some(&names.1.text), value }, problems);
        }
        true
    }
}

/// Stands where a `for` has no name for its keys; no identifier is empty.
static NO_NAME: std::sync::LazyLock<Arc<str>> = std::sync::LazyLock::new(|| Arc::from(""));

#[derive(Default)]
struct Results {
    items: Vec<Value>,
    entries: Entries,
    groups: std::collections::BTreeMap<Arc<str>, Vec<Value>>,
    marks: Marks,
    unknown: bool,
}

/// The keys and values of what can be iterated; `None` where it is unknown, or cannot be, which is reported.
pub(in crate::language) fn elements(
    value: &Value,
    span: Span,
    problems: &mut Diagnostics,
) -> Option<Vec<(Value, Value)>> {
    match value.data() {
        Data::List(_, items) | Data::Tuple(items) => {
            Some(items.iter().enumerate().map(|(i, v)| (Value::number(i), v.clone())).collect())
        }
        Data::Set(_, items) => Some(items.iter().map(|v| (v.clone(), v.clone())).collect()),
        Data::Map(_, entries) | Data::Object(entries) => {
            Some(entries.iter().map(|(k, v)| (Data::String(k.clone()).into(), v.clone())).collect())
        }
        Data::Unknown(Type::Bool | Type::Number | Type::String, _)
        | Data::Bool(_)
        | Data::Number(_)
        | Data::String(_) => {
            let detail = format!(
                "A value of type {} cannot be used as the collection in a `for` expression.",
                value.ty().friendly()
            );
            problems.error("Iteration over non-iterable value").at(span).detail(detail);
            None
        }
        Data::Unknown(..) => None,
        Data::Null(_) => {
            let detail = "A null value cannot be used as the collection in a `for` expression.";
            problems.error("Iteration over null value").at(span).detail(detail);
            None
        }
    }
}

impl Results {
    fn finish(self, inner: &For) -> Value {
        let value = if self.unknown {
            unknown()
        } else if inner.result_key.is_none() {
            Value::tuple(self.items)
        } else if inner.group {
            Value::object(self.groups.into_iter().map(|(key, items)| (key, Value::tuple(items))).collect())
        } else {
            Value::object(self.entries)
        };
        value.marked(self.marks)
    }
}
