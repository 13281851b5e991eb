//! Functions that encode and decode.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::strings::text;
use super::{Fault, Function, Given, Param, Want};
use crate::value::json::from_json_untyped;
use crate::value::{Data, Entries, Type, Value};

pub(super) static TABLE: &[Function] = &[
    Function::new("jsonencode", &[Param::new("val", Want::Any).nullable()], Want::Text, |_, args| {
        Ok(json(&args[0]).into())
    }),
    Function::new("jsondecode", &[TEXT], Want::Any, jsondecode),
    Function::new("base64encode", &[TEXT], Want::Text, |_, args| Ok(STANDARD.encode(text(args, 0)).into())),
    Function::new("base64decode", &[TEXT], Want::Text, base64decode),
    Function::new("urlencode", &[TEXT], Want::Text, |_, args| Ok(urlencode(text(args, 0)).into())),
    Function::new("csvdecode", &[TEXT], Want::Any, csvdecode),
];

const TEXT: Param = Param::new("str", Want::Text);

/// The JSON text of a value, as the original writes it: no blanks, keys sorted, and what HTML gives a meaning escaped.
pub(super) fn json(value: &Value) -> String {
    let mut out = String::new();
    write_json(value, &mut out);
    out
}

fn write_json(value: &Value, out: &mut String) {
    match value.data() {
        Data::Null(_) | Data::Unknown(..) => out.push_str("null"),
        Data::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Data::Number(number) => out.push_str(&number.to_string()),
        Data::String(text) => write_json_text(text, out),
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_json(item, out);
            }
            out.push(']');
        }
        Data::Map(_, entries) | Data::Object(entries) => {
            out.push('{');
            for (i, (key, item)) in entries.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_json_text(key, out);
                out.push(':');
                write_json(item, out);
            }
            out.push('}');
        }
    }
}

pub(super) fn write_json_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c if u32::from(c) < 0x20 => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

fn jsondecode(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let json: serde_json::Value =
        serde_json::from_str(text(args, 0)).map_err(|error| Fault::arg(0, format!("invalid JSON: {error}")))?;
    Ok(from_json_untyped(&json))
}

fn base64decode(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    // Line breaks inside are ignored, as the original does.
    let clean: String = text(args, 0).chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    let bytes =
        STANDARD.decode(clean).map_err(|error| Fault::Call(format!("failed to decode base64 data: {error}")))?;
    String::from_utf8(bytes)
        .map(Value::from)
        .map_err(|_| Fault::Call("the result of decoding the provided string is not valid UTF-8".into()))
}

fn urlencode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn csvdecode(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let mut reader = csv::Reader::from_reader(text(args, 0).as_bytes());
    let names: Vec<String> = match reader.headers() {
        Ok(names) if !names.is_empty() => names.iter().map(str::to_owned).collect(),
        Ok(_) => return Err(Fault::Call("missing header line".into())),
        Err(error) => return Err(Fault::Call(error.to_string())),
    };
    for (i, name) in names.iter().enumerate() {
        if names[..i].contains(name) {
            return Err(Fault::Call(format!("duplicate column name {name:?}")));
        }
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| Fault::Call(error.to_string()))?;
        let cells = names.iter().zip(record.iter()).map(|(name, cell)| (name.as_str().into(), cell.into()));
        rows.push(Value::object(cells.collect::<Entries>()));
    }
    Ok(Value::list(Type::object(names.iter().map(|name| (name.as_str(), Type::String))), rows))
}
