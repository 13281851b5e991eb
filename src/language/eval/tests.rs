use super::*;
use crate::diagnostic::SourceMap;
use crate::language::parse_expression;
use crate::value::{Marks, Type};

struct Fixture;

impl Scope for Fixture {
    fn subject(&self, subject: &Subject, span: Span) -> Result<Value, Box<Diagnostic>> {
        Ok(match subject.to_string().as_str() {
            "var.size" => 3.into(),
            "var.secret" => Value::string("hush").marked(Marks::SENSITIVE),
            "local.later" => Value::unknown(Type::String),
            "local.list" => Value::list(Type::Number, vec![1.into(), 2.into()]),
            "local.void" => Value::null(Type::Dynamic),
            "aws_x.y" => Value::object_of([("arn", Value::unknown(Type::String)), ("name", "n".into())]),
            other => return Err(problem("Reference to undeclared", span, other)),
        })
    }

    fn folder(&self) -> &Path {
        Path::new(".")
    }
}

fn run(text: &str) -> (Value, Vec<String>) {
    let mut problems = Diagnostics::new();
    let id = SourceMap::new().add("x", text);
    let expr = parse_expression(id, text, &mut problems).expect("the test's expression is well-formed");
    let value = eval(&expr, &Fixture, &mut problems);
    (value, problems.iter().map(|p| p.summary.clone()).collect())
}

fn value(text: &str) -> Value {
    let (value, problems) = run(text);
    assert_eq!(problems, [""; 0], "{text}");
    value
}

#[test]
fn operators_templates_and_collections_have_their_values() {
    assert_eq!(value("1 + 2 * var.size"), 7.into());
    assert_eq!(value("\"a${var.size}b\""), "a3b".into());
    assert_eq!(value("[for x in local.list : x * 2 if x > 1]"), Value::tuple(vec![4.into()]));
    assert_eq!(
        value("{ for i, x in local.list : \"k${i}\" => x }"),
        Value::object_of([("k0", 1.into()), ("k1", 2.into())])
    );
    assert_eq!(value("var.size > 2 ? \"big\" : 0"), "big".into());
    assert_eq!(value("[{ a = 1 }, { a = 2 }][*].a"), Value::tuple(vec![1.into(), 2.into()]));
    assert_eq!(value("local.void[*]"), Value::tuple(vec![]));
}

#[test]
fn what_is_unknown_stays_unknown_and_keeps_what_is_known_of_it() {
    let unknown = value("\"arn:${aws_x.y.arn}\"");
    let crate::value::Data::Unknown(ty, Some(known)) = unknown.data() else { panic!("{unknown:?}") };
    assert_eq!((ty, known.prefix.as_deref()), (&Type::String, Some("arn:")));
    assert_eq!(value("local.later == null ? 1 : 2").ty(), Type::Number);
    assert_eq!(value("false && local.later == \"x\""), false.into());
    assert_eq!(value("[local.later, 1][1]"), 1.into());
}

#[test]
fn sensitive_marks_survive_every_operation() {
    for text in ["\"x${var.secret}\"", "var.secret == \"a\"", "[var.secret][0]", "var.secret == \"a\" ? 1 : 2"] {
        assert!(value(text).is_sensitive(), "{text}");
    }
    assert!(value("[for x in [var.secret] : x]").is_sensitive());
}

#[test]
fn each_mistake_is_reported_once() {
    assert_eq!(run("aws_x.y.nmae.deeper + 1").1, ["Unsupported attribute"]);
    assert_eq!(run("local.void[0]").1, ["Attempt to index null value"]);
    assert_eq!(run("local.void.x").1, ["Attempt to get attribute from null value"]);
    assert_eq!(run("local.list[7]").1, ["Invalid index"]);
    assert_eq!(run("1 + \"x\"").1, ["Invalid operand"]);
    assert_eq!(run("0 / 0").1, ["Operation failed"]);
    assert_eq!(run("true ? [] : {}").1, ["Inconsistent conditional result types"]);
    assert_eq!(run("false ? local.void.x : 1").1, [""; 0]);
    assert_eq!(run("\"x${[]}\"").1, ["Invalid template interpolation value"]);
    assert_eq!(run("nope(1)").1, ["Call to unknown function"]);
    assert_eq!(run("rsadecrypt(1, 2)").1, ["Invalid function argument"]);
}

#[test]
fn a_mistake_tells_the_values_around_it_but_no_secret() {
    let mut problems = Diagnostics::new();
    let text = "local.list[var.size] + tonumber(var.secret)";
    let id = SourceMap::new().add("x", text);
    let expr = parse_expression(id, text, &mut problems).unwrap();
    eval(&expr, &Fixture, &mut problems);
    let told: Vec<_> = problems.iter().flat_map(|p| p.values.clone()).collect();
    assert!(told.contains(&("var.size".into(), "is 3".into())), "{told:?}");
    assert!(!told.iter().any(|(name, _)| name == "var.secret"), "{told:?}");
}

#[test]
fn what_the_parser_accepts_does_not_exhaust_the_stack() {
    let deep = |open: &str, close: &str, count: usize| format!("{}1{}", open.repeat(count), close.repeat(count));
    value(&deep("(", ")", 190));
    value(&deep("tostring(", ")", 190));
    value(&deep("[for x in [", "] : x]", 90));
    value(&deep("true ? ", " : 1", 190));
    value(&deep("\"a${", "}\"", 90));
    value(&format!("1{}", "+1".repeat(490)));
    value(&deep("try(", ")", 190));
}

#[test]
fn functions_know_as_much_as_their_arguments_let_them() {
    assert_eq!(value("length([local.later, 1])"), 2.into());
    assert_eq!(value("keys(merge({ a = local.later }, { b = 1 }))[1]"), "b".into());
    assert_eq!(value("lookup({ a = local.later, b = 1 }, \"b\", 2)"), 1.into());
    assert_eq!(value("concat([local.later], [1])[1]"), 1.into());
    assert_eq!(value("zipmap([\"a\", \"b\"], [local.later, 1]).b"), 1.into());
    for text in ["timestamp()", "plantimestamp()", "uuid()", "upper(local.later)", "yamlencode([local.later])"] {
        assert!(!value(text).is_known(), "{text}");
        assert_eq!(value(text).ty(), Type::String, "{text}");
    }
}

#[test]
fn functions_hand_secrets_on() {
    for text in [
        "upper(var.secret)",
        "yamlencode({ a = var.secret })",
        "format(\"%s\", var.secret)",
        "regex(\"h\", var.secret)",
    ] {
        assert!(value(text).is_sensitive(), "{text}");
    }
}

#[test]
fn numbers_that_are_not_known_yet_keep_their_bounds() {
    for (text, expected) in [
        ("(local.later == \"x\" ? 1 : 5) > 0", "true"),
        ("(local.later == \"x\" ? 1 : 5) < 6", "true"),
        ("(local.later == \"x\" ? 1 : 5) > 6", "false"),
        ("(local.later == \"x\" ? 1 : 5) > 1", "unknown(bool)"),
        ("(local.later == \"x\" ? 1 : 5) == 7", "false"),
        ("local.later == \"x\" ? 1 : 1", "1"),
        ("local.later == \"x\" ? null : null", "null"),
        ("(local.later == \"x\" ? \"a\" : \"b\") == null", "false"),
        ("(local.later == \"x\" ? null : \"b\") == null", "unknown(bool)"),
        ("length(local.later == \"x\" ? tolist([1]) : tolist([2, 3])) > 0", "true"),
        ("local.later == \"x\" ? tolist([1]) : tolist([2])", "[unknown(number)]"),
        ("split(\",\", local.later) == tolist([])", "false"),
        ("\"x${local.later}\"[*]", "[unknown(string)]"),
        ("split(\",\", local.later)[*] == null", "false"),
    ] {
        assert_eq!(format!("{:?}", value(text)), expected, "{text}");
    }
}

#[test]
fn arithmetic_is_that_of_binary_floating_point_numbers() {
    for (text, expected) in [
        ("1 / 3 * 3 == 1", "true"),
        ("1 / 0", "+Inf"),
        ("0 * -1", "-0"),
        ("7 % 0", "7"),
        ("length([1, 2]) / length([1, 2, 3])", "0.6666666666666666667"),
        ("pow(10, -1) == 0.1", "true"),
        ("0.1 + 0.2 == 0.3", "true"),
    ] {
        assert_eq!(format!("{:?}", value(text)), expected, "{text}");
    }
    for text in ["0 / 0", "1 / 0 - 1 / 0", "0 * (1 / 0)"] {
        assert_eq!(run(text).1, ["Operation failed"], "{text}");
    }
}
