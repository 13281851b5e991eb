//! Objects to blocks: what a file would have to say for what there is.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value as Json;

use super::eval::{NoScope, Scope, eval};
use super::references::Subject;
use super::{formatted, parse_expression};
use crate::diagnostic::{Diagnostic, Diagnostics, SourceMap, Span};
use crate::schema::{Attribute, Block, Nesting, Same, same_exactly};
use crate::value::{Data, Value};

/// The longest list that stands on one line.
const LINE: usize = 80;

/// What a generated block is about.
#[derive(Clone, Copy, Debug)]
pub struct Generated<'a> {
    /// The resource type.
    pub ty: &'a str,
    /// The name of the resource.
    pub name: &'a str,
    /// The provider configuration, as the file names it, where it is not the one that the type implies.
    pub provider: Option<&'a str>,
}

/// A `resource` block in canonical style. It has every argument of `value` that is not null; for a secret it has null, and a
/// comment that says so.
pub fn resource_block(generated: Generated<'_>, block: &Block, value: &Value) -> String {
    let Generated { ty, name, provider } = generated;
    let mut out = format!("resource {} {} {{\n", quoted(ty), quoted(name));
    if let Some(provider) = provider {
        out.push_str(&format!("provider = {provider}\n"));
    }
    body(&mut out, block, value, 1);
    out.push_str("}\n");
    formatted(&out)
}

/// A text in quotes.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if rest.peek() == Some(&'{') => out.extend([c, c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn body(out: &mut String, block: &Block, value: &Value, depth: usize) {
    let arguments: BTreeMap<_, _> = block.attributes.iter().filter(|(_, a)| a.is_argument()).collect();
    for (name, attribute) in arguments {
        let given = value.attr(name);
        if given.is_null() {
            continue;
        }
        let text = if attribute.sensitive { "null # sensitive".to_owned() } else { argument(&given, attribute, depth) };
        out.push_str(&format!("{name} = {text}\n"));
    }
    let blocks: BTreeMap<_, _> = block.blocks.iter().collect();
    for (name, nested) in blocks {
        let given = value.attr(name);
        let single = [given.clone()];
        let items = match nested.nesting {
            Nesting::Single if given.is_null() => &[],
            Nesting::Single => &single[..],
            Nesting::List | Nesting::Set => given.items().unwrap_or_default(),
        };
        for item in items {
            out.push_str(&format!("\n{name} {{\n"));
            body(out, &nested.block, item, depth + 1);
            out.push_str("}\n");
        }
    }
}

fn argument(value: &Value, attribute: &Attribute, depth: usize) -> String {
    match value.as_str() {
        Some(text) => string(text, attribute.same, depth),
        None => expression(value),
    }
}

/// The shortest way to write a text of an argument so that it means the same.
fn string(text: &str, same: Same, depth: usize) -> String {
    let means_it = |expression: &String, same: Same| {
        let (mut sources, mut problems) = (SourceMap::new(), Diagnostics::new());
        let source = sources.add("generated", expression.as_str());
        let parsed = parse_expression(source, expression, &mut problems);
        let value = parsed.map(|parsed| eval(&parsed, &Nothing, &mut problems));
        value.is_some_and(|value| problems.is_empty() && same(&value, &Value::string(text)))
    };
    if let Some(document) = document(text).filter(|document| means_it(document, same)) {
        return document;
    }
    // What editors and version control change on the way is better seen.
    let is_plain = !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t'));
    let lines = (is_plain && text.contains('\n')).then(|| [indented(text, depth), flush(text)]).into_iter().flatten();
    lines.into_iter().find(|lines| means_it(lines, same_exactly)).unwrap_or_else(|| quoted(text))
}

/// A scope in which there is nothing to refer to.
struct Nothing;

impl Scope for Nothing {
    fn subject(&self, subject: &Subject, span: Span) -> Result<Value, Box<Diagnostic>> {
        NoScope.subject(subject, span)
    }

    fn folder(&self) -> &Path {
        NoScope.folder()
    }
}

/// A JSON document as a call of `jsonencode`.
fn document(text: &str) -> Option<String> {
    let json: Json = serde_json::from_str(text).ok().filter(|json: &Json| json.is_object() || json.is_array())?;
    Some(format!("jsonencode({})", json_expression(&json)))
}

fn json_expression(json: &Json) -> String {
    match json {
        Json::Null => "null".into(),
        Json::Bool(value) => value.to_string(),
        Json::Number(number) => number.to_string(),
        Json::String(text) => quoted(text),
        Json::Array(items) => listed(&items.iter().map(json_expression).collect::<Vec<_>>()),
        Json::Object(members) => braced(members.iter().map(|(name, value)| (&**name, json_expression(value)))),
    }
}

/// A text of several lines, as far to the right as what stands around it.
fn indented(text: &str, depth: usize) -> String {
    let indent = "  ".repeat(depth);
    let inner: String = template(text)
        .split_inclusive('\n')
        .map(|line| if line.trim_end_matches('\n').is_empty() { line.to_owned() } else { format!("{indent}  {line}") })
        .collect();
    ended(text, &format!("<<-EOT\n{inner}"), &indent)
}

/// A text of several lines as it is, for one whose own indentation has to stay.
fn flush(text: &str) -> String {
    ended(text, &format!("<<EOT\n{}", template(text)), "")
}

/// A heredoc always ends with a line break, which `chomp` takes off where the text has none.
fn ended(text: &str, heredoc: &str, indent: &str) -> String {
    match text.ends_with('\n') {
        true => format!("{heredoc}{indent}EOT"),
        false => format!("chomp({heredoc}\n{indent}EOT\n{indent})"),
    }
}

fn template(text: &str) -> String {
    text.replace("${", "$${").replace("%{", "%%{")
}

fn expression(value: &Value) -> String {
    match value.data() {
        Data::Unknown(..) | Data::Null(_) => "null".into(),
        Data::Bool(value) => value.to_string(),
        Data::Number(number) => number.to_string(),
        Data::String(text) => quoted(text),
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
            listed(&items.iter().map(expression).collect::<Vec<_>>())
        }
        Data::Map(_, entries) | Data::Object(entries) => {
            braced(entries.iter().map(|(name, value)| (&**name, expression(value))))
        }
    }
}

/// A list on one line if it is short.
fn listed(items: &[String]) -> String {
    let line = format!("[{}]", items.join(", "));
    if line.len() <= LINE && !line.contains('\n') {
        return line;
    }
    format!("[\n{},\n]", items.join(",\n"))
}

fn braced<'a>(members: impl Iterator<Item = (&'a str, String)>) -> String {
    let members: String = members.map(|(name, value)| format!("{} = {value}\n", key(name))).collect();
    if members.is_empty() { "{}".into() } else { format!("{{\n{members}}}") }
}

/// A key without quotes where it reads as a name.
fn key(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let is_word = ["null", "true", "false", "for", "in", "if"].contains(&name);
    if starts && name.chars().all(plain) && !is_word { name.to_owned() } else { quoted(name) }
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;

    use super::*;
    use crate::schema::same_json;
    use crate::value::Type;

    fn block(attributes: Vec<(&'static str, Attribute)>) -> Block {
        Block { attributes: attributes.into_iter().collect(), blocks: IndexMap::new() }
    }

    fn generated(attributes: Vec<(&'static str, Attribute)>, value: &Value) -> String {
        let about = Generated { ty: "aws_thing", name: "it", provider: None };
        resource_block(about, &block(attributes), value)
    }

    fn text(value: &str) -> String {
        let attributes = vec![("text", Attribute::optional(Type::String))];
        let block = generated(attributes, &Value::object_of([("text", Value::string(value))]));
        block.trim_start_matches("resource \"aws_thing\" \"it\" {\n").trim_end_matches("}\n").to_owned()
    }

    #[test]
    fn arguments_are_sorted_and_aligned_and_secrets_and_nulls_left_out() {
        let arguments = vec![
            ("size", Attribute::optional(Type::Number)),
            ("arn", Attribute { optional: false, computed: true, ..Attribute::optional(Type::String) }),
            ("tags", Attribute::optional(Type::map(Type::String))),
            ("names", Attribute::optional(Type::list(Type::String))),
            ("password", Attribute { sensitive: true, ..Attribute::optional(Type::String) }),
            ("absent", Attribute::optional(Type::Bool)),
        ];
        let value = Value::object_of([
            ("size", Value::number(3_u64)),
            ("arn", "arn:x".into()),
            (
                "tags",
                Value::map(
                    Type::String,
                    [("a-b".into(), Value::string("1")), ("a:b".into(), Value::string("${x}"))].into_iter().collect(),
                ),
            ),
            ("names", Value::list(Type::String, vec!["a".into(), "b".into()])),
            ("password", "hunter2".into()),
            ("absent", Value::null(Type::Bool)),
        ]);
        let expected = r#"resource "aws_thing" "it" {
  names    = ["a", "b"]
  password = null # sensitive
  size     = 3
  tags = {
    a-b   = "1"
    "a:b" = "$${x}"
  }
}
"#;
        assert_eq!(generated(arguments, &value), expected);
    }

    #[test]
    fn texts_of_several_lines_are_heredocs_that_mean_the_same() {
        assert_eq!(text("one"), "  text = \"one\"\n");
        assert_eq!(text("a\nb\n"), "  text = <<-EOT\n    a\n    b\n  EOT\n");
        assert_eq!(text("a\n\n  ${b}"), "  text = chomp(<<-EOT\n    a\n\n      $${b}\n  EOT\n  )\n");
        assert_eq!(text("  a\n b\n"), "  text = <<EOT\n  a\n b\nEOT\n", "its own indentation stays");
        assert_eq!(text("a\nEOT\nb\n"), "  text = \"a\\nEOT\\nb\\n\"\n", "no end within the text");
        assert_eq!(text("a\r\nb\n"), "  text = \"a\\r\\nb\\n\"\n");
    }

    #[test]
    fn a_document_is_written_out_where_white_space_means_nothing() {
        let document = r#"{"Version": "2012-10-17", "Statement": [{"Action": "s3:*"}]}"#;
        let value = Value::object_of([("policy", document.into())]);
        let same = Attribute { same: same_json, ..Attribute::optional(Type::String) };
        let written = generated(vec![("policy", same)], &value);
        let expected = r#"resource "aws_thing" "it" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Action = "s3:*"
      },
    ]
  })
}
"#;
        assert_eq!(written, expected);
        let exact = generated(vec![("policy", Attribute::optional(Type::String))], &value);
        assert!(exact.contains("policy = \"{\\\"Version"), "{exact}");
    }
}
