use super::*;
use crate::diagnostic::{Diagnostic, SourceMap};
use crate::language::references::Subject;
use crate::language::{eval, parse_expression};

/// A function as `name(param: type, …)`, with a question mark behind a type that may be null.
fn signature(function: &Function) -> String {
    let param = |param: &Param, before: &str| {
        format!("{before}{}: {}{}", param.name, param.want.ty(), if param.null { "?" } else { "" })
    };
    let params: Vec<String> =
        function.params.iter().map(|p| param(p, "")).chain(function.rest.iter().map(|p| param(p, "..."))).collect();
    format!("{}({})", function.name, params.join(", "))
}

#[test]
fn every_function_of_the_language_is_there_with_its_parameters() {
    let mut ours: Vec<String> = FAMILIES
        .iter()
        .flat_map(|family| family.iter())
        .filter(|function| !function.name.contains("::"))
        .map(signature)
        .chain(["can(expression: dynamic)".to_owned(), "try(...expressions: dynamic)".to_owned()])
        .collect();
    ours.sort();
    let wanted: Vec<&str> = include_str!("signatures.txt").lines().collect();
    assert_eq!(ours, wanted);
}

/// A folder with the files that the sample calls read, and a clock.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = include_str!("../../../tests/conformance/corpus/fixtures/files/rsa_test.pem");
        for (name, text) in [("f.txt", "x"), ("t.tpl", "hi ${a}"), ("key.pem", key)] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        Self(folder)
    }
}

impl Scope for Files {
    fn subject(&self, subject: &Subject, _: Span) -> Result<Value, Box<Diagnostic>> {
        Ok(match subject.to_string().as_str() {
            "local.template" => "hi ${a}".into(),
            "local.hidden" => Value::string("hi ${a}").marked(Marks::SENSITIVE),
            "local.later" => Value::unknown(Type::String),
            "local.never_null" => Value::unknown_not_null(Type::String),
            "local.fleeting" => Value::string("a").marked(Marks::EPHEMERAL),
            other => panic!("the samples do not know {other}"),
        })
    }

    fn folder(&self) -> &Path {
        self.0.path()
    }

    fn now(&self) -> Option<jiff::Timestamp> {
        Some(jiff::Timestamp::UNIX_EPOCH)
    }

    fn planned(&self) -> Option<jiff::Timestamp> {
        self.now()
    }
}

fn value(text: &str, files: &Files) -> Result<Value, String> {
    let mut problems = Diagnostics::new();
    let source = SourceMap::new().add("sample", text);
    let expr = parse_expression(source, text, &mut problems).expect("the sample is well-formed");
    let value = eval(&expr, files, &mut problems);
    match problems.iter().next() {
        None => Ok(value),
        Some(problem) => Err(format!("{text}: {}: {}", problem.summary, problem.detail)),
    }
}

fn known(text: &str, files: &Files) -> Value {
    value(text, files).unwrap_or_else(|told| panic!("{told}"))
}

/// A call of each function: its name and arguments.
fn samples() -> Vec<(&'static str, Vec<&'static str>)> {
    let lines = include_str!("samples.txt").lines();
    lines
        .map(|line| line.split_once(' ').map_or((line, Vec::new()), |(name, args)| (name, args.split(" | ").collect())))
        .collect()
}

fn call_of(name: &str, args: &[String]) -> String {
    format!("{name}({})", args.join(", "))
}

#[test]
fn every_function_has_a_sample_call_that_works() {
    let files = Files::new();
    let samples = samples();
    for name in names().filter(|name| !name.contains("::")) {
        assert!(samples.iter().any(|(sample, _)| *sample == name), "{name} has no sample");
    }
    for (name, args) in samples {
        let args: Vec<String> = args.into_iter().map(str::to_owned).collect();
        known(&call_of(name, &args), &files);
    }
}

/// Calls whose result is not sensitive though this argument, counted from 0, is.
const OPEN: &[(&str, usize)] = &[("can", 0), ("issensitive", 0), ("nonsensitive", 0), ("try", 1), ("lookup", 2)];

#[test]
fn a_sensitive_argument_makes_a_sensitive_result() {
    let files = Files::new();
    for (name, args) in samples() {
        for hidden in 0..args.len() {
            let args: Vec<String> = args
                .iter()
                .enumerate()
                .map(|(i, arg)| match (i == hidden, *arg) {
                    (true, "local.template") => "local.hidden".to_owned(),
                    (true, arg) => format!("sensitive({arg})"),
                    (false, arg) => arg.to_owned(),
                })
                .collect();
            let call = call_of(name, &args);
            let open = OPEN.contains(&(name, hidden));
            // The default of `lookup` is the result where the key is not found.
            let open = open && !call.contains("\"b\", sensitive(2)");
            assert_eq!(known(&call, &files).is_sensitive(), !open, "{call}");
        }
    }
}

#[test]
fn an_ephemeral_argument_makes_an_ephemeral_result_but_where_it_is_left_out() {
    let files = Files::new();
    let marks = |text: &str| known(text, &files).marks_deep();
    for text in
        ["upper(local.fleeting)", "[local.fleeting]", "\"${local.fleeting}\"", "jsonencode({ a = local.fleeting })"]
    {
        assert_eq!(marks(text), Marks::EPHEMERAL, "{text}");
    }
    assert_eq!(marks("sensitive(local.fleeting)"), Marks::EPHEMERAL.and(Marks::SENSITIVE));
    assert_eq!(
        known("ephemeralasnull([local.fleeting, 1])", &files),
        Value::tuple(vec![Value::null(Type::String), 1.into()])
    );
}

#[test]
fn results_that_are_not_known_yet_tell_what_is_known_of_them() {
    let files = Files::new();
    let shown = |text: &str| format!("{:?}", known(text, &files));
    for (text, expected) in [
        ("startswith(\"a-${local.later}\", \"a-\")", "true"),
        ("startswith(\"a-${local.later}\", \"b\")", "false"),
        ("startswith(\"a-${local.later}\", \"a-b\")", "unknown(bool)"),
        ("startswith(format(\"x-%s\", local.later), \"x-\")", "true"),
        ("startswith(jsonencode({ a = local.later }), \"{\")", "true"),
        ("startswith(jsonencode(local.later), \"\\\"\")", "unknown(bool)"),
        ("startswith(jsonencode(local.never_null), \"\\\"\")", "true"),
        ("startswith(templatestring(local.template, { a = local.later }), \"hi \")", "true"),
        ("length(\"abc-${local.later}\") > 3", "true"),
        ("length(\"abc${local.later}\") > 2", "unknown(bool)"),
        ("length(toset([local.later, \"x\"])) > 0", "true"),
        ("length(toset([local.later, \"x\"])) == 3", "false"),
        ("length([local.later])", "1"),
        ("sort([local.later, \"x\"])", "[unknown(string), unknown(string)]"),
        ("setunion([local.later], [\"x\"]) == null", "false"),
        ("formatlist(\"%s\", [local.later, \"y\"])", "[unknown(string), \"y\"]"),
        ("tolist(toset([local.later, \"x\"]))", "unknown(list(string))"),
        ("coalesce(local.later, \"x\") == null", "false"),
        ("coalesce(\"x\", local.later)", "\"x\""),
        ("issensitive(local.later)", "unknown(bool)"),
        ("issensitive(sensitive(local.later))", "true"),
        ("try([local.later], [])", "unknown(dynamic)"),
        ("try({ a = local.later, b = 1 }.b, 2)", "1"),
        ("try({ a = local.later }.b, \"x\")", "\"x\""),
        ("can(local.later)", "unknown(bool)"),
        ("can({ a = local.later }.b)", "false"),
        ("regexall(\"(a)(b)\", local.later)", "unknown(list(tuple([string,string])))"),
        ("distinct([local.later]) == null", "false"),
        ("merge({ a = local.later }, { b = 1 }).b", "1"),
        ("upper(local.later) == null", "false"),
        ("local.later == null", "unknown(bool)"),
        ("lookup({ a = local.later }, \"b\", 2)", "2"),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn the_namespace_of_the_language_may_be_written() {
    let files = Files::new();
    assert_eq!(known("core::upper(\"a\")", &files), "A".into());
    assert_eq!(known("core::try(core::nonsensitive(sensitive(1)), 2)", &files), 1.into());
    assert!(value("core::nope(1)", &files).is_err());
    assert!(value("provider::aws::nope(1)", &files).is_err());
}
