//! Functions of numbers.

use super::{Fault, Function, Given, Param, Want, doubles};
use crate::value::{Number, Type, Value, convert};

pub(super) static TABLE: &[Function] = &[
    Function::new("abs", &[NUMBER], Want::Number, |_, args| each(args, Number::abs)),
    Function::new("ceil", &[NUMBER], Want::Number, |_, args| each(args, Number::ceil)),
    Function::new("floor", &[NUMBER], Want::Number, |_, args| each(args, Number::floor)),
    Function::new("signum", &[NUMBER], Want::Number, signum),
    Function::new("max", &[], Want::Number, |_, args| extreme(args, |a, b| a.order(b).is_gt()))
        .rest(Param::new("numbers", Want::Number)),
    Function::new("min", &[], Want::Number, |_, args| extreme(args, |a, b| a.order(b).is_lt()))
        .rest(Param::new("numbers", Want::Number)),
    Function::new("sum", &[Param::new("list", Want::Any)], Want::Number, sum),
    Function::new(
        "pow",
        &[Param::new("num", Want::Number), Param::new("power", Want::Number)],
        Want::Number,
        |_, args| float(args, doubles::pow),
    ),
    Function::new(
        "log",
        &[Param::new("num", Want::Number), Param::new("base", Want::Number)],
        Want::Number,
        |_, args| float(args, |n, base| doubles::ln(n) / doubles::ln(base)),
    ),
    Function::new(
        "parseint",
        &[Param::new("number", Want::Any), Param::new("base", Want::Number)],
        Want::Number,
        parseint,
    ),
];

const NUMBER: Param = Param::new("num", Want::Number);

fn number(value: &Value) -> Number {
    value.as_number().cloned().unwrap_or_else(Number::zero)
}

fn each(args: &[Value], change: fn(&Number) -> Number) -> Result<Value, Fault> {
    Ok(Value::number(change(&number(&args[0]))))
}

fn signum(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let number = number(&args[0]);
    if number.to_i64().is_none() {
        return Err(Fault::Call(
            "value must be a whole number, between -9223372036854775808 and 9223372036854775807".into(),
        ));
    }
    Ok(Value::number(if number.is_zero() {
        0_i64
    } else if number.is_negative() {
        -1
    } else {
        1
    }))
}

fn extreme(args: &[Value], better: fn(&Number, &Number) -> bool) -> Result<Value, Fault> {
    let mut best: Option<Number> = None;
    for arg in args {
        let number = number(arg);
        if best.as_ref().is_none_or(|best| better(&number, best)) {
            best = Some(number);
        }
    }
    best.map(Value::number).ok_or_else(|| Fault::Call("must pass at least one number".into()))
}

fn sum(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let items = args[0].items().ok_or_else(|| Fault::arg(0, "argument must be list, set, or tuple"))?;
    if items.is_empty() {
        return Err(Fault::arg(0, "cannot sum an empty list"));
    }
    let mut total = Number::zero();
    for item in items {
        let item = convert(item, &Type::Number)
            .map_err(|_| Fault::arg(0, "argument must be list, set, or tuple of number values"))?;
        let item =
            item.as_number().ok_or_else(|| Fault::arg(0, "argument must be list, set, or tuple of number values"))?;
        total = total.add(item).ok_or_else(|| Fault::arg(0, "can't compute sum of opposing infinities"))?;
    }
    Ok(Value::number(total))
}

fn float(args: &[Value], run: fn(f64, f64) -> f64) -> Result<Value, Fault> {
    let result = run(number(&args[0]).to_f64(), number(&args[1]).to_f64());
    Number::from_f64(result).map(Value::number).ok_or_else(|| Fault::Call("the result is not a number".into()))
}

fn parseint(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let text = args[0]
        .as_str()
        .ok_or_else(|| Fault::arg(0, format!("first argument must be a string, not {}", args[0].ty().friendly())))?;
    let base =
        args[1].as_number().filter(|n| n.is_whole()).and_then(Number::to_usize).filter(|base| (2..=62).contains(base));
    let base = base.ok_or_else(|| Fault::arg(1, "base must be a whole number between 2 and 62 inclusive"))?;
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let wrong = || Fault::arg(0, format!("cannot parse {text:?} as a base {base} integer"));
    if digits.is_empty() {
        return Err(wrong());
    }
    let mut total = num_bigint::BigInt::from(0);
    for c in digits.chars() {
        let digit = match c {
            '0'..='9' => c as usize - '0' as usize,
            'a'..='z' => c as usize - 'a' as usize + 10,
            // Up to base 36 the case of a letter does not matter.
            'A'..='Z' if base <= 36 => c as usize - 'A' as usize + 10,
            'A'..='Z' => c as usize - 'A' as usize + 36,
            _ => return Err(wrong()),
        };
        if digit >= base {
            return Err(wrong());
        }
        total = total * base + digit;
    }
    Ok(Value::number(if negative { -total } else { total }))
}
