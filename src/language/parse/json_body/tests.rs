use super::*;
use crate::diagnostic::SourceMap;
use crate::language::ast::ExprKind;
use crate::schema::{self, NestedBlock, Nesting, Schema};
use crate::value::Type;

struct Known(Schema);

impl Schemas for Known {
    fn resource_schema(&self, name: &str) -> Option<&Schema> {
        (name == self.0.name).then_some(&self.0)
    }
    fn data_schema(&self, _: &str) -> Option<&Schema> {
        None
    }
    fn resource_names(&self) -> Vec<&'static str> {
        vec![self.0.name]
    }
    fn data_names(&self) -> Vec<&'static str> {
        Vec::new()
    }
}

/// `a_thing` with the argument `rules`, a map, and blocks `rule` with blocks `part`.
fn known() -> Known {
    let nested = |block| NestedBlock {
        nesting: Nesting::List,
        min: 0,
        max: None,
        computed: false,
        replace: false,
        key: None,
        block,
        doc: "",
    };
    let part = nested(schema::Block::default());
    let rule = nested(schema::Block { blocks: [("part", part)].into_iter().collect(), ..Default::default() });
    let rules = schema::Attribute::optional(Type::map(Type::String));
    let block = schema::Block {
        attributes: [("rules", rules)].into_iter().collect(),
        blocks: [("rule", rule)].into_iter().collect(),
    };
    Known(Schema::new("a_thing", "", block))
}

fn run(text: &str) -> (Vec<String>, Vec<String>) {
    let (mut sources, mut problems) = (SourceMap::new(), Diagnostics::new());
    let id = sources.add("main.tf.json", text);
    let body = parse_json_body(id, text, &known(), &mut problems);
    let told = problems.iter().map(|p| {
        let (line, column) = p.span.and_then(|s| sources.line_column(s)).unwrap_or_default();
        format!("{line}:{column} {}", p.summary)
    });
    let mut shown = Vec::new();
    show(&body, "", &mut shown, text);
    (shown, told.collect())
}

/// One line for each block and argument.
fn show(body: &Body, indent: &str, lines: &mut Vec<String>, text: &str) {
    for attribute in &body.attributes {
        lines.push(format!("{indent}{} = {}", attribute.name.text, in_short(&attribute.expr, text)));
    }
    for block in &body.blocks {
        let labels: Vec<&str> = block.labels.iter().map(|label| &*label.text).collect();
        lines.push(format!("{indent}{} {}", block.ty.text, labels.join(" ")).trim_end().to_owned());
        show(&block.body, &format!("{indent} "), lines, text);
    }
}

fn in_short(expr: &Expr, text: &str) -> String {
    match &expr.kind {
        ExprKind::String(value) => format!("text {value}"),
        ExprKind::Template(_) => "template".into(),
        ExprKind::Interpolation(inner) => format!("${{{}}}", &text[inner.span.range()]),
        ExprKind::Tuple(items) => {
            format!("[{}]", items.iter().map(|item| in_short(item, text)).collect::<Vec<_>>().join(", "))
        }
        ExprKind::Object(items) => {
            let items = items.iter().map(|(k, v)| format!("{}: {}", in_short(k, text), in_short(v, text)));
            format!("{{{}}}", items.collect::<Vec<_>>().join(", "))
        }
        ExprKind::Invalid => "?".into(),
        _ => text[expr.span.range()].to_owned(),
    }
}

#[test]
fn blocks_are_objects_by_label_or_arrays_at_any_level() {
    let (shown, told) = run(r#"[
  {"//": "a comment", "locals": [{"a": 1}, {"b": "${a.b}"}]},
  {"variable": [{"x": {"type": "list(string)", "default": "${not} read"}}, {"y": [{}]}, null],
   "output": {"//": "skipped", "o": {"value": "a-${x}", "depends_on": ["a.b"]}}, "check": null}
]"#);
    assert!(told[0].ends_with("Missing block label") && told.len() == 1, "{told:?}");
    assert_eq!(
        shown,
        [
            "locals",
            " a = 1",
            "locals",
            " b = ${a.b}",
            "variable x",
            " type = list(string)",
            " default = text ${not} read",
            "variable y",
            "output o",
            " value = template",
            " depends_on = [a.b]",
        ]
    );
}

#[test]
fn the_schema_tells_blocks_from_arguments() {
    let (shown, told) = run(r#"{"resource": {"a_thing": {"x": {
  "rules": {"a": "b", "${k}": ["${v}"]},
  "rule": [{"part": {}}, {"part": [{}, {}]}],
  "dynamic": {"rule": {"for_each": "${var.x}", "iterator": "it", "content": {"part": {}, "dynamic": [{"part": {"content": {"x": 1}}}]}}},
  "lifecycle": {"ignore_changes": ["rules[\"a\"]"], "precondition": [{"condition": "${true}"}]},
  "provisioner": [{"local-exec": {"when": "destroy", "command": "echo ${self.id}"}}],
  "provider": "aws.east",
  "connection": {"host": "h"}
}}, "b_thing": {"y": {"rule": [{"part": {}}], "count": 0}}}}"#);
    assert_eq!(told, [""; 0]);
    assert_eq!(
        shown,
        [
            "resource a_thing x",
            " rules = {text a: text b, ${k}: [${v}]}",
            " provider = aws.east",
            " rule",
            "  part",
            " rule",
            "  part",
            "  part",
            " dynamic rule",
            "  for_each = ${var.x}",
            "  iterator = it",
            "  content",
            "   part",
            "   dynamic part",
            "    content",
            "     x = 1",
            " lifecycle",
            "  ignore_changes = [rules[\\\"a\\\"]]",
            "  precondition",
            "   condition = ${true}",
            " provisioner local-exec",
            "  when = destroy",
            "  command = template",
            " connection",
            "  host = text h",
            "resource b_thing y",
            " rule = [{text part: {}}]",
            " count = 0",
        ]
    );
}

#[test]
fn places_inside_strings_are_those_of_the_file() {
    for (text, wanted) in [
        (r#"{"locals": {"a": "x ${1 +}"}}"#, "1:26 Invalid expression"),
        (r#"{"locals": {"a": "\u00e9\n\"${1 +}"}}"#, "1:34 Invalid expression"),
        (r#"{"locals": {"a": "${\"b\" +}"}}"#, "1:28 Invalid expression"),
        (r#"{"variable": {"a": {"type": "list(string"}}}"#, "1:30 Unterminated function call"),
        ("{\"locals\":\n {\"a\": \"b ${'}\"}}", "2:13 Invalid character"),
        (r#"{"output": {"a": {"depends_on": ["${a.b}"]}}}"#, "1:34 Invalid expression"),
    ] {
        assert_eq!(run(text).1, [wanted], "{text}");
    }
}

#[test]
fn every_mistake_of_a_file_is_reported_and_the_rest_is_kept() {
    let (shown, told) = run(r#"{
  "locals": {"a": tru, "b": 01, "c": "\q", "d": 1,},
  "output": {"o": 5, "p": {"value": [1 2]}, "p": {"value": .5}, "q": "x"},
  locals: {},
  "variable" {"x": {}},
  "moved"= {"from": "a.b", "from": "c.d", "to": "e f"},
  "widget": {},
  "resource": [[]]
}
more"#);
    assert_eq!(
        told,
        [
            "2:19 Invalid JSON keyword",
            "2:29 Invalid JSON number",
            "2:39 Invalid JSON string",
            "2:50 Trailing comma in object",
            "3:40 Missing attribute separator comma",
            "3:60 Invalid JSON number",
            "4:3 Invalid object property name",
            "5:14 Missing property value colon",
            "6:10 Missing property value colon",
            "10:1 Extraneous data after value",
            "3:19 Incorrect JSON value type",
            "3:70 Incorrect JSON value type",
            "6:28 Duplicate attribute definition",
            "6:52 Extra characters after expression",
            "8:16 Incorrect JSON value type",
            "7:3 Extraneous JSON object property",
        ]
    );
    assert_eq!(
        shown,
        ["locals", " d = 1", "output p", " value = [1, 2]", "output p", "moved", " from = a.b", " to = ?"]
    );
}

#[test]
fn a_text_that_ends_early_is_one_mistake() {
    for (text, wanted) in [
        ("", "1:1 Missing value"),
        ("{", "1:1 Unclosed object"),
        ("{\"a\"", "1:5 Missing property value colon"),
        ("{\"locals\": [", "1:12 Unclosed array"),
        ("{\"locals\":", "1:11 Missing value"),
        ("{\"locals\": {\"a\": \"x", "1:18 Invalid JSON string"),
        ("3", "1:1 Root value must be object"),
        ("{\"locals\": {\"a\": [}}", "1:19 Mismatched brackets"),
    ] {
        assert_eq!(run(text).1, [wanted], "{text}");
    }
}

#[test]
fn deep_nesting_and_huge_numbers_end_in_a_diagnostic() {
    let deep = |open: &str| run(&format!("{{\"locals\": {{\"a\": {}", open.repeat(100_000))).1;
    assert_eq!(deep("["), ["1:216 Nesting too deep"]);
    assert_eq!(deep("{\"a\":").len(), 1);
    let digits = "1".repeat(100_000);
    assert_eq!(run(&format!("{{\"locals\": {{\"a\": {digits}}}}}")).1, ["1:18 Invalid number literal"]);
    assert_eq!(run(&format!("{{\"locals\": {{\"a\": \"${{{digits}}}\"}}}}")).1, ["1:21 Invalid number literal"]);
}

#[test]
fn escapes_and_pairs_of_them_become_their_characters() {
    let (shown, told) = run(r#"{"variable": {"a": {"default": "\ud83d\ude00 \ud83d \/ e\u0301 $${x} \b"}}}"#);
    assert_eq!(told, [""; 0]);
    assert_eq!(shown[1], " default = text 😀 \u{fffd} / é $${x} \u{8}");
}
