//! Functions of Terraform's built-in provider: values as expressions of the language, and back.

use super::strings::text;
use super::{Fault, Function, Given, Param, Want};
use crate::diagnostic::{Diagnostics, SourceMap};
use crate::language::eval::{NoScope, eval};
use crate::language::parse::{is_identifier, parse_body};
use crate::value::{Data, Entries, Value};

const VALUE: Param = Param::new("value", Want::Any);
const SRC: Param = Param::new("src", Want::Text);

pub(super) static TABLE: &[Function] = &[
    Function::new("provider::terraform::encode_expr", &[VALUE], Want::Text, |_, args| {
        let mut out = String::new();
        write(&args[0], &mut out);
        Ok(indented(&out).into())
    }),
    Function::new("provider::terraform::encode_tfvars", &[VALUE], Want::Text, encode_tfvars),
    Function::new("provider::terraform::decode_tfvars", &[SRC], Want::Any, decode_tfvars),
];

fn encode_tfvars(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let entries = args[0].entries().ok_or_else(|| Fault::Call("an object or a map is required".into()))?;
    if let Some(name) = entries.keys().find(|name| !is_identifier(name)) {
        return Err(Fault::Call(format!("{name:?} is not a valid name of a variable")));
    }
    let mut out = String::new();
    write_entries(entries, &mut out);
    Ok(indented(&out).into())
}

fn write(value: &Value, out: &mut String) {
    match value.data() {
        Data::Null(_) | Data::Unknown(..) => out.push_str("null"),
        Data::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Data::Number(number) => out.push_str(&number.to_string()),
        Data::String(text) => write_text(text, out),
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { ", " });
                write(item, out);
            }
            out.push(']');
        }
        Data::Map(_, entries) | Data::Object(entries) if entries.is_empty() => out.push_str("{}"),
        Data::Map(_, entries) | Data::Object(entries) => {
            out.push_str("{\n");
            write_entries(entries, out);
            out.push('}');
        }
    }
}

/// Writes one entry per line; equals signs of neighbours stand below each other, unless a value takes several lines.
fn write_entries(entries: &Entries, out: &mut String) {
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
            write(value, &mut text);
            (key, text)
        })
        .collect();
    for group in written.chunk_by(|a, b| !a.1.contains('\n') && !b.1.contains('\n')) {
        let width = group.iter().map(|(key, _)| key.chars().count()).max().unwrap_or_default();
        for (key, text) in group {
            out.push_str(&format!("{key:<width$} = {text}\n"));
        }
    }
}

/// Indents lines by the brackets that are open. A line that opens several counts once, and one that closes as many as it
/// opens stays where it is, as in the original.
fn indented(text: &str) -> String {
    let mut open: Vec<i32> = Vec::new();
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let change = opened(line);
        let mut closed = -change;
        while closed > 0
            && let Some(last) = open.last_mut()
        {
            if closed < *last {
                *last -= closed;
                break;
            }
            closed -= *last;
            open.pop();
        }
        out.push_str(&"  ".repeat(open.len()));
        out.push_str(line);
        if change > 0 {
            open.push(change);
        }
    }
    out
}

/// How many more brackets a line opens than it closes.
fn opened(line: &str) -> i32 {
    let (mut count, mut quoted, mut chars) = (0, false, line.chars());
    while let Some(c) = chars.next() {
        match c {
            '\\' if quoted => drop(chars.next()),
            '"' => quoted = !quoted,
            '[' | '{' if !quoted => count += 1,
            ']' | '}' if !quoted => count -= 1,
            _ => {}
        }
    }
    count
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
        entries.insert(attribute.name.text.clone(), eval(&attribute.expr, &NoScope, &mut problems));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_stand_below_each_other_and_brackets_indent() {
        let inner = Value::object_of([("a", 1.into())]);
        let value =
            Value::object_of([("list", Value::tuple(vec![inner.clone(), inner])), ("name", "${x}\n\"[".into())]);
        let mut out = String::new();
        write(&value, &mut out);
        let expected = r#"{
  list = [{
    a = 1
    }, {
    a = 1
  }]
  name = "$${x}\n\"["
}"#;
        assert_eq!(indented(&out), expected);
    }
}
