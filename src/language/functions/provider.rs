//! Functions of Terraform's built-in provider: values as expressions of the language, and back.

use super::strings::text;
use super::{Fault, Function, Given, Param, Want};
use crate::diagnostic::{Diagnostics, SourceMap};
use crate::language::ast::{Expr, ExprKind};
use crate::language::eval::{NoScope, eval};
use crate::language::parse::{is_identifier, parse_body};
use crate::value::{Data, Entries, Value};

const VALUE: Param = Param::new("value", Want::Any).nullable();
const VARIABLES: Param = Param::new("value", Want::Any);
const SRC: Param = Param::new("src", Want::Text);

pub(super) static TABLE: &[Function] = &[
    Function::new("provider::terraform::encode_expr", &[VALUE], Want::Text, |_, args| {
        let mut out = String::new();
        write(&args[0], 0, &mut out);
        Ok(out.into())
    }),
    Function::new("provider::terraform::encode_tfvars", &[VARIABLES], Want::Text, encode_tfvars),
    Function::new("provider::terraform::decode_tfvars", &[SRC], Want::Any, decode_tfvars),
];

fn encode_tfvars(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let entries = args[0].entries().ok_or_else(|| Fault::Call("an object or a map is required".into()))?;
    if let Some(name) = entries.keys().find(|name| !is_identifier(name)) {
        return Err(Fault::Call(format!("{name:?} is not a valid name of a variable")));
    }
    let mut out = String::new();
    write_entries(entries, 0, &mut out);
    Ok(out.into())
}

fn write(value: &Value, indent: usize, out: &mut String) {
    match value.data() {
        Data::Null(_) | Data::Unknown(..) => out.push_str("null"),
        Data::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Data::Number(number) => out.push_str(&number.to_string()),
        Data::String(text) => write_text(text, out),
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { ", " });
                write(item, indent, out);
            }
            out.push(']');
        }
        Data::Map(_, entries) | Data::Object(entries) if entries.is_empty() => out.push_str("{}"),
        Data::Map(_, entries) | Data::Object(entries) => {
            out.push_str("{\n");
            write_entries(entries, indent + 1, out);
            out.push_str(&"  ".repeat(indent));
            out.push('}');
        }
    }
}

/// Writes one entry per line; equals signs of neighbours stand below each other, unless a value takes several lines.
fn write_entries(entries: &Entries, indent: usize, out: &mut String) {
    let written: Vec<(String, String)> = entries
        .iter()
        .map(|(name, value)| {
            let mut key = String::new();
            if is_identifier(name) {
                key.push_str(name)
            } else {
                write_text(name, &mut key)
            }
            let mut text = String::new();
            write(value, indent, &mut text);
            (key, text)
        })
        .collect();
    for group in written.chunk_by(|a, b| !a.1.contains('\n') && !b.1.contains('\n')) {
        let width = group.iter().map(|(key, _)| key.chars().count()).max().unwrap_or_default();
        for (key, text) in group {
            out.push_str(&format!("{}{key:<width$} = {text}\n", "  ".repeat(indent)));
        }
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '$' | '%' if chars.peek() == Some(&'{') => {
                out.push(c);
                out.push(c);
            }
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

fn decode_tfvars(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let source = text(args, 0);
    let mut sources = SourceMap::new();
    let id = sources.add("the text", source);
    let mut problems = Diagnostics::new();
    let body = parse_body(id, source, &mut problems);
    for block in &body.blocks {
        problems.error("Unexpected block").at(block.header).detail("Blocks are not allowed here.");
    }
    let mut entries = Entries::new();
    for attribute in &body.attributes {
        if is_constant(&attribute.expr) {
            entries.insert(attribute.name.text.clone(), eval(&attribute.expr, &NoScope, &mut problems));
        } else {
            problems.error("Not a constant").at(attribute.expr.span).detail("Functions may not be called here.");
        }
    }
    if problems.has_errors() {
        let told = problems.iter().map(|p| {
            let (line, column) = p.span.and_then(|span| sources.line_column(span)).unwrap_or((1, 1));
            format!("line {line}, column {column}: {}; {}", p.summary, p.detail)
        });
        return Err(Fault::Call(told.collect::<Vec<_>>().join(" ")));
    }
    Ok(Value::object(entries))
}

/// Whether an expression is made of literals and operators alone.
fn is_constant(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String(_) => true,
        // Evaluation reports these as what may not be used here.
        ExprKind::Variable(_) => true,
        ExprKind::Paren(inner) | ExprKind::Interpolation(inner) | ExprKind::Unary(_, inner) => is_constant(inner),
        ExprKind::Binary(_, left, right) => is_constant(left) && is_constant(right),
        ExprKind::Conditional(a, b, c) => is_constant(a) && is_constant(b) && is_constant(c),
        ExprKind::Tuple(items) => items.iter().all(is_constant),
        ExprKind::Object(items) => items.iter().all(|(key, item)| is_constant(key) && is_constant(item)),
        _ => false,
    }
}
