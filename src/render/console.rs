//! Values and types as a console shows them: in the form of `terraform console`, which reads like the language itself.

use std::fmt::Write as _;

use crate::value::{Data, Entries, Marks, Type, Value};

/// A value over as many lines as it needs, without a line end.
pub fn value(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, &mut out);
    out
}

fn write(value: &Value, indent: usize, out: &mut String) {
    if value.marks().has(Marks::SENSITIVE) {
        return out.push_str("(sensitive value)");
    }
    if value.marks().has(Marks::EPHEMERAL) {
        return out.push_str("(ephemeral value)");
    }
    match value.data() {
        Data::Unknown(..) => out.push_str("(known after apply)"),
        Data::Null(ty) => out.push_str(&null(ty)),
        Data::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Data::Number(number) => out.push_str(&number.to_string()),
        Data::String(text) => write_text(text, indent, out),
        Data::Tuple(items) => sequence(items, indent, out),
        Data::List(_, items) => within("tolist", out, |out| sequence(items, indent, out)),
        Data::Set(_, items) => within("toset", out, |out| sequence(items, indent, out)),
        Data::Object(entries) => mapping(entries, indent, out),
        Data::Map(_, entries) => within("tomap", out, |out| mapping(entries, indent, out)),
    }
}

fn within(function: &str, out: &mut String, inner: impl FnOnce(&mut String)) {
    out.push_str(function);
    out.push('(');
    inner(out);
    out.push(')');
}

fn null(ty: &Type) -> String {
    let of = |element: &Type| format!("(null) /* of {} */", element.friendly());
    match ty {
        Type::Dynamic => "null".into(),
        Type::Bool => "tobool(null)".into(),
        Type::Number => "tonumber(null)".into(),
        Type::String => "tostring(null)".into(),
        Type::List(element) => format!("tolist{}", of(element)),
        Type::Set(element) => format!("toset{}", of(element)),
        Type::Map(element) => format!("tomap{}", of(element)),
        Type::Tuple(_) | Type::Object(_) => format!("null /* {} */", ty.friendly()),
    }
}

fn line(indent: usize, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
}

fn sequence(items: &[Value], indent: usize, out: &mut String) {
    out.push('[');
    for item in items {
        line(indent + 2, out);
        write(item, indent + 2, out);
        out.push(',');
    }
    if !items.is_empty() {
        line(indent, out);
    }
    out.push(']');
}

fn mapping(entries: &Entries, indent: usize, out: &mut String) {
    out.push('{');
    for (key, item) in entries {
        line(indent + 2, out);
        write_text(key, indent + 2, out);
        out.push_str(" = ");
        write(item, indent + 2, out);
    }
    if !entries.is_empty() {
        line(indent, out);
    }
    out.push('}');
}

/// A text in quotes, or as a heredoc where it has several lines.
fn write_text(text: &str, indent: usize, out: &mut String) {
    if !text.contains('\n') {
        return quote(text, out);
    }
    let mut end = "EOT".to_owned();
    while text.lines().any(|line| line.trim() == end) {
        end.push('_');
    }
    out.push_str(if indent > 0 { "<<-" } else { "<<" });
    out.push_str(&end);
    for part in text.split('\n') {
        line(indent, out);
        out.push_str(part);
    }
    line(indent, out);
    out.push_str(&end);
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            c if is_printable(c) => out.push(c),
            // Writing to a text does not fail.
            c if c.is_ascii() => drop(write!(out, "\\x{:02x}", u32::from(c))),
            c if u32::from(c) < 0x1_0000 => drop(write!(out, "\\u{:04x}", u32::from(c))),
            c => drop(write!(out, "\\U{:08x}", u32::from(c))),
        }
    }
    out.push('"');
}

fn is_printable(c: char) -> bool {
    c == '\'' || c.escape_debug().len() == 1 || unicode_normalization::char::is_combining_mark(c)
}

/// A type as `type(…)` shows it.
pub fn ty(ty: &Type) -> String {
    let list = |name: &str, inner: &str, close: &str| match inner.contains('\n') {
        true => format!("{name}(\n{},\n{close}", indented(inner)),
        false => format!("{name}({inner}{close}"),
    };
    match ty {
        Type::Dynamic | Type::Bool | Type::Number | Type::String => ty.friendly(),
        Type::List(element) => list("list", &self::ty(element), ")"),
        Type::Set(element) => list("set", &self::ty(element), ")"),
        Type::Map(element) => list("map", &self::ty(element), ")"),
        Type::Tuple(items) if items.is_empty() => "tuple([])".into(),
        Type::Tuple(items) => {
            let items: String = items.iter().map(|item| format!("{},\n", indented(&self::ty(item)))).collect();
            format!("tuple([\n{items}])")
        }
        Type::Object(object) if object.attributes.is_empty() => "object({})".into(),
        Type::Object(object) => {
            let attribute = |(name, ty): (&std::sync::Arc<str>, &Type)| {
                format!("{},\n", indented(&format!("{name}: {}", self::ty(ty))))
            };
            let attributes: String = object.attributes.iter().map(attribute).collect();
            format!("object({{\n{attributes}}})")
        }
    }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_like_the_language() {
        let list = Value::list(Type::String, vec!["a".into(), Value::string("s").marked(Marks::SENSITIVE)]);
        let object = Value::object_of([("b c", list), ("n", Value::null(Type::Number))]);
        let expected = "{\n  \"b c\" = tolist([\n    \"a\",\n    (sensitive value),\n  ])\n  \"n\" = tonumber(null)\n}";
        assert_eq!(value(&object), expected);
        assert_eq!(value(&Value::tuple(vec![])), "[]");
        assert_eq!(value(&Value::null(Type::list(Type::Dynamic))), "tolist(null) /* of dynamic */");
        assert_eq!(value(&Value::unknown(Type::String)), "(known after apply)");
    }

    #[test]
    fn texts_of_several_lines_are_heredocs() {
        assert_eq!(value(&"a\nEOT\n".into()), "<<EOT_\na\nEOT\n\nEOT_");
        assert_eq!(value(&Value::tuple(vec!["a\nb".into()])), "[\n  <<-EOT\n  a\n  b\n  EOT,\n]");
        assert_eq!(value(&"\u{1}\u{200b}é\u{300}'\"\t".into()), "\"\\x01\\u200bé\u{300}'\\\"\\t\"");
    }

    #[test]
    fn types_open_up_where_they_hold_tuples_or_objects() {
        assert_eq!(ty(&Type::list(Type::set(Type::Bool))), "list(set(bool))");
        let object = Type::object([("b c", Type::Dynamic), ("a", Type::map(Type::Tuple([Type::Number].into())))]);
        let expected =
            "object({\n    a: map(\n        tuple([\n            number,\n        ]),\n    ),\n    b c: dynamic,\n})";
        assert_eq!(ty(&object), expected);
    }
}
