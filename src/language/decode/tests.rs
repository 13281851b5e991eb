use super::*;
use crate::diagnostic::SourceMap;
use crate::language::{NoScope, parse_body};
use crate::schema;
use indexmap::IndexMap;

fn schema() -> schema::Block {
    let rule = schema::Block {
        attributes: [("name", schema::Attribute { required: true, ..schema::Attribute::optional(Type::String) })]
            .into_iter()
            .collect(),
        blocks: IndexMap::new(),
    };
    let nested = NestedBlock {
        nesting: Nesting::List,
        min: 0,
        max: Some(2),
        computed: false,
        replace: false,
        key: None,
        block: rule,
        doc: "",
    };
    schema::Block {
        attributes: [
            ("size", schema::Attribute { min: Some(1), max: Some(9), ..schema::Attribute::optional(Type::Number) }),
            ("mode", schema::Attribute { allowed: &["FAST", "SLOW"], ..schema::Attribute::optional(Type::String) }),
            ("other", schema::Attribute { conflicts: &["mode"], ..schema::Attribute::optional(Type::String) }),
        ]
        .into_iter()
        .collect(),
        blocks: [("rule", nested)].into_iter().collect(),
    }
}

fn decode(text: &str) -> (Value, Vec<String>) {
    let mut problems = Diagnostics::new();
    let id = SourceMap::new().add("main.tf", text);
    let body = parse_body(id, text, &mut problems);
    let value = decode_body(&body, &schema(), &NoScope, &mut problems);
    (value, problems.iter().map(|p| format!("{}: {}", p.summary, p.detail)).collect())
}

#[test]
fn a_body_becomes_an_object_of_exactly_the_schemas_type() {
    let (value, problems) = decode("size = \"3\"\nrule {\n name = \"a\"\n}\n");
    assert_eq!(problems, [""; 0]);
    assert_eq!(value.ty(), schema().ty());
    assert_eq!(value.attr("size"), 3.into());
    assert!(value.attr("mode").is_null());
    assert_eq!(decode("").0.attr("rule").items().unwrap().len(), 0);
}

#[test]
fn dynamic_blocks_are_expanded() {
    let (value, problems) = decode(
        "dynamic \"rule\" {\n for_each = { a = 1, b = 2 }\n iterator = it\n content {\n name = \"${it.key}${it.value}\"\n }\n}\n",
    );
    assert_eq!(problems, [""; 0]);
    let names: Vec<_> = value.attr("rule").items().unwrap().iter().map(|rule| rule.attr("name")).collect();
    assert_eq!(names, ["a1".into(), "b2".into()]);
    let (_, problems) = decode("dynamic \"rule\" {\n for_each = [1, 2, 3]\n content {\n name = \"x\"\n }\n}\n");
    assert_eq!(problems, ["Too many rule blocks: No more than 2 \"rule\" blocks are allowed; there are 3."]);
}

#[test]
fn values_that_the_schema_does_not_allow_are_reported() {
    let (_, problems) = decode("size = 10\nmode = \"FASR\"\nother = \"x\"\n");
    assert_eq!(
        problems,
        [
            "Invalid value: The argument \"size\" is 10; it must be between 1 and 9.",
            "Invalid value: The argument \"mode\" cannot be \"FASR\"; it is one of \"FAST\", \"SLOW\".",
            "Conflicting arguments: The argument \"other\" cannot be set together with \"mode\".",
        ]
    );
    assert_eq!(
        decode("size = []\n").1,
        [
            "Incorrect attribute value type: Inappropriate value for attribute \"size\": a number is required, not a tuple."
        ]
    );
}

#[test]
fn a_path_leads_back_to_the_text() {
    let text = "rule {\n  name = \"a\"\n}\nrule {\n  name = \"b\"\n}\n";
    let mut problems = Diagnostics::new();
    let id = SourceMap::new().add("main.tf", text);
    let body = parse_body(id, text, &mut problems);
    let span = locate(&body, &Path::from("rule.1.name")).unwrap();
    assert_eq!(&text[span.range()], "\"b\"");
    assert_eq!(locate(&body, &Path::from("nope")), None);
}
