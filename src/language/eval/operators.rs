//! Operators and conditionals.

use super::{Bound, Evaluator, problem, unknown};
use crate::diagnostic::{Diagnostics, Span};
use crate::language::ast::{BinaryOp, Expr, UnaryOp};
use crate::value::{Data, Number, Refinement, Type, Value, bare, convert, unify};

impl Evaluator<'_> {
    pub(super) fn unary(&self, op: UnaryOp, inner: &Expr, env: Bound<'_, '_>, problems: &mut Diagnostics) -> Value {
        let wanted = match op {
            UnaryOp::Negate => Type::Number,
            UnaryOp::Not => Type::Bool,
        };
        let value = self.eval(inner, env, problems);
        let Some(value) = operand(&value, &wanted, "", inner.span, problems) else {
            return Value::unknown(wanted);
        };
        let result = match (op, value.data()) {
            (UnaryOp::Negate, Data::Number(number)) => Value::number(number.negate()),
            (UnaryOp::Not, Data::Bool(truth)) => Value::bool(!truth),
            _ => not_null(wanted),
        };
        result.marked(value.marks())
    }

    pub(super) fn binary(
        &self,
        op: BinaryOp,
        left: &Expr,
        right: &Expr,
        span: Span,
        env: Bound<'_, '_>,
        problems: &mut Diagnostics,
    ) -> Value {
        let a = self.eval(left, env, problems);
        let b = self.eval(right, env, problems);
        if let BinaryOp::Equal | BinaryOp::NotEqual = op {
            let marks = a.marks_deep().and(b.marks_deep());
            let result = match equal(&a, &b) {
                Some(same) => Value::bool(same == (op == BinaryOp::Equal)),
                None => not_null(Type::Bool),
            };
            return result.marked(marks);
        }
        let (wanted, gives) = match op {
            BinaryOp::Or | BinaryOp::And => (Type::Bool, Type::Bool),
            BinaryOp::Less | BinaryOp::LessOrEqual | BinaryOp::Greater | BinaryOp::GreaterOrEqual => {
                (Type::Number, Type::Bool)
            }
            _ => (Type::Number, Type::Number),
        };
        let a = operand(&a, &wanted, "left ", left.span, problems);
        let b = operand(&b, &wanted, "right ", right.span, problems);
        let (Some(a), Some(b)) = (a, b) else {
            return Value::unknown(gives);
        };
        let result = match (a.data(), b.data()) {
            (Data::Bool(a), Data::Bool(b)) => Value::bool(if op == BinaryOp::Or { *a || *b } else { *a && *b }),
            (Data::Bool(known), _) | (_, Data::Bool(known)) if *known == (op == BinaryOp::Or) => Value::bool(*known),
            (Data::Number(x), Data::Number(y)) => match arithmetic(op, x, y) {
                Some(value) => value,
                None => {
                    problems.push(*problem("Division by zero", right.span, "The divisor is zero.")).within(span);
                    return Value::unknown(gives);
                }
            },
            _ => not_null(gives),
        };
        result.marked(a.marks().and(b.marks()))
    }

    pub(super) fn conditional(
        &self,
        span: Span,
        condition: &Expr,
        yes: &Expr,
        no: &Expr,
        env: Bound<'_, '_>,
        problems: &mut Diagnostics,
    ) -> Value {
        let test = self.eval(condition, env, problems);
        // Mistakes in the branch not taken do not matter; its type does.
        let (mut yes_problems, mut no_problems) = (Diagnostics::new(), Diagnostics::new());
        let yes_value = self.eval(yes, env, &mut yes_problems);
        let no_value = self.eval(no, env, &mut no_problems);
        let Some(ty) = common_type(&yes_value, &no_value) else {
            let detail = format!(
                "The true and false result expressions must have consistent types. The true result is {}, the false result {}.",
                super::super::explain::type_in_words(&yes_value.ty()),
                super::super::explain::type_in_words(&no_value.ty())
            );
            problems
                .error("Inconsistent conditional result types")
                .at(yes.span.to(no.span))
                .within(span)
                .detail(detail);
            return unknown();
        };
        if test.is_null() {
            let detail = "The condition value is null. Conditions must either be true or false.";
            problems.error("Null condition").at(condition.span).within(span).detail(detail);
            return Value::unknown(ty);
        }
        let test = match convert(&test, &Type::Bool) {
            Ok(test) => test,
            Err(error) => {
                let detail = format!("The condition expression must be of type bool: {error}.");
                problems.error("Incorrect condition type").at(condition.span).within(span).detail(detail);
                return Value::unknown(ty);
            }
        };
        let (chosen, found, place) = match test.data() {
            Data::Bool(true) => (&yes_value, yes_problems, yes.span),
            Data::Bool(false) => (&no_value, no_problems, no.span),
            _ => {
                problems.extend(yes_problems);
                problems.extend(no_problems);
                let never_null = certainly_not_null(&yes_value) && certainly_not_null(&no_value);
                let result = if never_null { not_null(ty) } else { Value::unknown(ty) };
                let marks = test.marks().and(yes_value.marks_deep()).and(no_value.marks_deep());
                return result.marked(marks);
            }
        };
        problems.extend(found);
        let converted = if ty == Type::Dynamic { Ok(chosen.clone()) } else { convert(chosen, &ty) };
        match converted {
            // The marks of the branch not taken count too: what it would have been may show in which was taken.
            Ok(value) => value.marked(test.marks().and(yes_value.marks()).and(no_value.marks())),
            Err(error) => {
                let detail = format!("The result cannot be converted to {}: {error}.", ty.friendly());
                problems.error("Inconsistent conditional result types").at(place).within(span).detail(detail);
                Value::unknown(ty)
            }
        }
    }
}

/// An unknown value that will not be null.
pub(super) fn not_null(ty: Type) -> Value {
    Value::refined(ty, Refinement { not_null: true, ..Refinement::default() })
}

fn certainly_not_null(value: &Value) -> bool {
    match value.data() {
        Data::Unknown(_, refinement) => refinement.as_ref().is_some_and(|known| known.not_null),
        Data::Null(_) => false,
        _ => true,
    }
}

/// The type of a conditional. An untyped null takes the type of the other branch.
fn common_type(yes: &Value, no: &Value) -> Option<Type> {
    match (yes.data(), no.data()) {
        (Data::Null(Type::Dynamic), _) => Some(no.ty()),
        (_, Data::Null(Type::Dynamic)) => Some(yes.ty()),
        _ => unify(&[yes.ty(), no.ty()]).map(|ty| bare(&ty)),
    }
}

fn operand(value: &Value, wanted: &Type, side: &str, span: Span, problems: &mut Diagnostics) -> Option<Value> {
    if value.is_null() {
        let detail = format!("The {side}operand is null, which this operator does not take.");
        problems.error("Operation failed").at(span).detail(detail);
        return None;
    }
    match convert(value, wanted) {
        Ok(value) => Some(value),
        Err(error) => {
            let detail = format!("Unsuitable value for the {side}operand: {error}.");
            problems.error("Invalid operand").at(span).detail(detail);
            None
        }
    }
}

fn arithmetic(op: BinaryOp, a: &Number, b: &Number) -> Option<Value> {
    Some(match op {
        BinaryOp::Add => Value::number(a.add(b)),
        BinaryOp::Subtract => Value::number(a.subtract(b)),
        BinaryOp::Multiply => Value::number(a.multiply(b)),
        BinaryOp::Divide => Value::number(a.divide(b)?),
        BinaryOp::Modulo => Value::number(a.remainder(b)?),
        BinaryOp::Less => Value::bool(a < b),
        BinaryOp::LessOrEqual => Value::bool(a <= b),
        BinaryOp::Greater => Value::bool(a > b),
        BinaryOp::GreaterOrEqual => Value::bool(a >= b),
        BinaryOp::Or | BinaryOp::And | BinaryOp::Equal | BinaryOp::NotEqual => return None,
    })
}

/// Whether two values are equal; `None` where that depends on what is unknown.
pub(in crate::language) fn equal(a: &Value, b: &Value) -> Option<bool> {
    if a.is_null() && b.is_null() {
        return Some(true);
    }
    equal_inside(a, b)
}

fn equal_inside(a: &Value, b: &Value) -> Option<bool> {
    match (a.data(), b.data()) {
        (Data::Unknown(x, _), Data::Unknown(y, _)) => {
            if x != y && !x.has_dynamic() && !y.has_dynamic() {
                Some(false)
            } else {
                None
            }
        }
        (Data::Unknown(ty, refinement), known) | (known, Data::Unknown(ty, refinement)) => match known {
            Data::Null(_) => refinement.as_ref().is_some_and(|r| r.not_null).then_some(false),
            _ => {
                let other = if a.is_known() { a.ty() } else { b.ty() };
                if let (Some(prefix), Data::String(text)) = (refinement.as_ref().and_then(|r| r.prefix.as_ref()), known)
                    && !text.starts_with(&**prefix)
                {
                    return Some(false);
                }
                (*ty != other && !ty.has_dynamic() && !other.has_dynamic()).then_some(false)
            }
        },
        (Data::Null(x), Data::Null(y)) => Some(x == y),
        (Data::Bool(x), Data::Bool(y)) => Some(x == y),
        (Data::Number(x), Data::Number(y)) => Some(x == y),
        (Data::String(x), Data::String(y)) => Some(x == y),
        (Data::List(s, x), Data::List(t, y)) => {
            if s == t {
                all_equal(x.iter().zip(y.iter()), x.len() == y.len())
            } else {
                Some(false)
            }
        }
        (Data::Tuple(x), Data::Tuple(y)) => all_equal(x.iter().zip(y.iter()), x.len() == y.len()),
        (Data::Set(s, x), Data::Set(t, y)) => {
            if s != t {
                Some(false)
            } else if a.is_wholly_known() && b.is_wholly_known() {
                all_equal(x.iter().zip(y.iter()), x.len() == y.len())
            } else {
                None
            }
        }
        (Data::Map(s, x), Data::Map(t, y)) if s == t => {
            all_equal(x.values().zip(y.values()), x.len() == y.len() && x.keys().eq(y.keys()))
        }
        (Data::Object(x), Data::Object(y)) => {
            all_equal(x.values().zip(y.values()), x.len() == y.len() && x.keys().eq(y.keys()))
        }
        _ => Some(false),
    }
}

fn all_equal<'a>(mut pairs: impl Iterator<Item = (&'a Value, &'a Value)>, same_shape: bool) -> Option<bool> {
    if !same_shape {
        return Some(false);
    }
    let mut result = Some(true);
    // The first difference decides, whatever is unknown beside it.
    if pairs.any(|(a, b)| {
        let same = equal_inside(a, b);
        if same.is_none() {
            result = None;
        }
        same == Some(false)
    }) {
        return Some(false);
    }
    result
}
