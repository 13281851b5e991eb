//! Functions of text.

use unicode_segmentation::UnicodeSegmentation;

use super::{Fault, Function, Given, Param, Want};
use crate::value::{Number, Type, Value};

pub(super) static TABLE: &[Function] = &[
    Function::new("upper", &[TEXT], Want::Text, |_, args| {
        Ok(text(args, 0).chars().map(upper).collect::<String>().into())
    }),
    Function::new("lower", &[TEXT], Want::Text, |_, args| Ok(text(args, 0).to_lowercase().into())),
    Function::new("title", &[TEXT], Want::Text, |_, args| Ok(title(text(args, 0)).into())),
    Function::new("trim", &[TEXT, Param::new("cutset", Want::Text)], Want::Text, |_, args| {
        Ok(text(args, 0).trim_matches(|c| text(args, 1).contains(c)).into())
    }),
    Function::new("trimprefix", &[TEXT, Param::new("prefix", Want::Text)], Want::Text, |_, args| {
        Ok(text(args, 0).strip_prefix(text(args, 1)).unwrap_or(text(args, 0)).into())
    }),
    Function::new("trimsuffix", &[TEXT, Param::new("suffix", Want::Text)], Want::Text, |_, args| {
        Ok(text(args, 0).strip_suffix(text(args, 1)).unwrap_or(text(args, 0)).into())
    }),
    Function::new("trimspace", &[TEXT], Want::Text, |_, args| Ok(text(args, 0).trim().into())),
    Function::new("chomp", &[TEXT], Want::Text, |_, args| Ok(text(args, 0).trim_end_matches(['\r', '\n']).into())),
    Function::new("startswith", &[TEXT.unknown(), Param::new("prefix", Want::Text)], Want::Bool, |_, args| {
        Ok(args[0].starts_with(text(args, 1)).map_or_else(|| Want::Bool.unknown(), Value::bool))
    }),
    Function::new("endswith", &[TEXT, Param::new("suffix", Want::Text)], Want::Bool, |_, args| {
        Ok(text(args, 0).ends_with(text(args, 1)).into())
    }),
    Function::new("strcontains", &[TEXT, Param::new("substr", Want::Text)], Want::Bool, |_, args| {
        Ok(text(args, 0).contains(text(args, 1)).into())
    }),
    Function::new("strrev", &[TEXT], Want::Text, |_, args| {
        Ok(text(args, 0).graphemes(true).rev().collect::<String>().into())
    }),
    Function::new(
        "substr",
        &[TEXT, Param::new("offset", Want::Number), Param::new("length", Want::Number)],
        Want::Text,
        substr,
    ),
    Function::new("indent", &[Param::new("spaces", Want::Number), TEXT], Want::Text, indent),
    Function::new("join", &[Param::new("separator", Want::Text)], Want::Text, join)
        .rest(Param::new("lists", Want::Texts)),
    Function::new("split", &[Param::new("separator", Want::Text), TEXT], Want::Texts, split),
];

const TEXT: Param = Param::new("str", Want::Text);

pub(super) fn text(args: &[Value], position: usize) -> &str {
    args.get(position).and_then(Value::as_str).unwrap_or_default()
}

/// The capital of a letter where that is one letter; "ß" stays as it is.
fn upper(c: char) -> char {
    let mut capital = c.to_uppercase();
    match (capital.next(), capital.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for c in text.chars() {
        out.push(if inside { c } else { upper(c) });
        inside = if c.is_ascii() { c.is_ascii_alphanumeric() || c == '_' } else { !c.is_whitespace() };
    }
    out
}

fn whole(args: &[Value], position: usize) -> Result<i64, Fault> {
    let number = args[position].as_number().and_then(Number::to_i64);
    number.ok_or_else(|| Fault::arg(position, "must be a whole number"))
}

fn substr(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let graphemes: Vec<&str> = text(args, 0).graphemes(true).collect();
    let (offset, length) = (whole(args, 1)?, whole(args, 2)?);
    let count = i64::try_from(graphemes.len()).unwrap_or(i64::MAX);
    let start = if offset < 0 { (count + offset).max(0) } else { offset.min(count) };
    let end = if length < 0 { count } else { start.saturating_add(length).min(count) };
    let at = |i: i64| usize::try_from(i).unwrap_or_default();
    Ok(graphemes[at(start)..at(end)].concat().into())
}

fn indent(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let spaces = usize::try_from(whole(args, 0)?)
        .ok()
        .filter(|n| *n <= 10_000)
        .ok_or_else(|| Fault::arg(0, "must be between 0 and 10000"))?;
    let newline = format!("\n{}", " ".repeat(spaces));
    Ok(text(args, 1).replace('\n', &newline).into())
}

fn join(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let mut parts = Vec::new();
    if args.len() < 2 {
        return Err(Fault::Call("at least one list is required".into()));
    }
    for (i, arg) in args.iter().enumerate().skip(1) {
        for (position, item) in arg.items().unwrap_or_default().iter().enumerate() {
            parts.push(
                item.as_str().ok_or_else(|| {
                    Fault::arg(i, format!("element {position} is null; cannot concatenate null values"))
                })?,
            );
        }
    }
    Ok(parts.join(text(args, 0)).into())
}

fn split(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let (separator, whole) = (text(args, 0), text(args, 1));
    let parts: Vec<Value> = match (separator, whole) {
        ("", whole) => whole.chars().map(|c| Value::string(c.to_string())).collect(),
        (separator, whole) => whole.split(separator).map(Value::from).collect(),
    };
    Ok(Value::list(Type::String, parts))
}
