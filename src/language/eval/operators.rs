//! Operators and conditionals.

use super::{Bound, Evaluator, unknown};
use crate::diagnostic::{Diagnostics, Span};
use crate::language::ast::{BinaryOp, Expr, UnaryOp};
use crate::value::{Data, Marks, Number, Refinement, Type, Value, bare, convert, unify};

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
            _ => Value::unknown_not_null(wanted),
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
                None => Value::unknown_not_null(Type::Bool),
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
                Ok(value) => value,
                Err(impossible) => {
                    let detail = format!("Error during operation: {impossible}.");
                    problems.error("Operation failed").at(right.span).within(span).detail(detail);
                    return Value::unknown(gives);
                }
            },
            _ => compared_by_bounds(op, &a, &b).unwrap_or_else(|| Value::unknown_not_null(gives)),
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
                return either(&yes_value, &no_value, ty).marked(test.marks());
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

/// What stands for one of two values where it is not known which: what both have in common is known.
fn either(yes: &Value, no: &Value, ty: Type) -> Value {
    let marks: Marks = yes.marks_deep().and(no.marks_deep());
    if yes.is_null() && no.is_null() {
        return Value::null(ty).marked(marks);
    }
    if !yes.is_never_null() || !no.is_never_null() {
        return Value::unknown(ty).marked(marks);
    }
    let known = match &ty {
        Type::Number => {
            let ((a, b), (c, d)) = (yes.number_bounds(), no.number_bounds());
            let outer = |x: Option<&Number>, y: Option<&Number>, first: fn(&Number, &Number) -> bool| {
                let (x, y) = (x?, y?);
                Some(if first(x, y) { x } else { y }.clone())
            };
            Refinement::between(outer(a, c, |x, y| x.order(y).is_le()), outer(b, d, |x, y| x.order(y).is_ge()))
        }
        Type::List(_) | Type::Set(_) | Type::Map(_) => {
            let ((a, b), (c, d)) = (yes.length_bounds(), no.length_bounds());
            Refinement::of_length(Some(a.min(c)), b.zip(d).map(|(b, d)| b.max(d)))
        }
        _ => Refinement::not_null(),
    };
    Value::refined(ty, known).marked(marks)
}

/// The result of a comparison that follows from what is known of numbers that are not.
fn compared_by_bounds(op: BinaryOp, a: &Value, b: &Value) -> Option<Value> {
    let below = |x: &Value, y: &Value| Some(x.number_bounds().1?.order(y.number_bounds().0?).is_lt());
    let at_most = |x: &Value, y: &Value| Some(x.number_bounds().1?.order(y.number_bounds().0?).is_le());
    let (yes, no) = match op {
        BinaryOp::Less => (below(a, b), at_most(b, a)),
        BinaryOp::LessOrEqual => (at_most(a, b), below(b, a)),
        BinaryOp::Greater => (below(b, a), at_most(a, b)),
        BinaryOp::GreaterOrEqual => (at_most(b, a), below(a, b)),
        _ => return None,
    };
    match (yes, no) {
        (Some(true), _) => Some(Value::bool(true)),
        (_, Some(true)) => Some(Value::bool(false)),
        _ => None,
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

/// The result of an operator on two numbers, or why there is none.
fn arithmetic(op: BinaryOp, a: &Number, b: &Number) -> Result<Value, &'static str> {
    let number = match op {
        BinaryOp::Less => return Ok(a.order(b).is_lt().into()),
        BinaryOp::LessOrEqual => return Ok(a.order(b).is_le().into()),
        BinaryOp::Greater => return Ok(a.order(b).is_gt().into()),
        BinaryOp::GreaterOrEqual => return Ok(a.order(b).is_ge().into()),
        BinaryOp::Equal => return Ok((a == b).into()),
        BinaryOp::NotEqual => return Ok((a != b).into()),
        BinaryOp::Add => a.add(b).ok_or("can't compute sum of opposing infinities"),
        BinaryOp::Subtract => a.subtract(b).ok_or("can't subtract infinity from itself"),
        BinaryOp::Multiply => a.multiply(b).ok_or("can't multiply zero by infinity"),
        BinaryOp::Divide => a.divide(b).ok_or("can't divide zero by zero or infinity by infinity"),
        BinaryOp::Modulo => a.remainder(b).ok_or("can't use modulo with zero and infinity"),
        BinaryOp::Or | BinaryOp::And => Err("an operator of bools does not take numbers"),
    };
    number.map(Value::number)
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
        (Data::Unknown(ty, _), _) | (_, Data::Unknown(ty, _)) => {
            let (unknown, known) = if a.is_known() { (b, a) } else { (a, b) };
            if !unknown.may_become(known) {
                return Some(false);
            }
            let other = known.ty();
            (!known.is_null() && *ty != other && !ty.has_dynamic()).then_some(false)
        }
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
                let ((least_a, most_a), (least_b, most_b)) = (a.length_bounds(), b.length_bounds());
                (most_a < Some(least_b) || most_b < Some(least_a)).then_some(false)
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
