use super::*;
use crate::diagnostic::SourceMap;
use crate::language::ast::{ExprKind, TemplatePart};

fn body(text: &str) -> (Body, Vec<String>) {
    let mut sources = SourceMap::new();
    let mut problems = Diagnostics::new();
    let id = sources.add("main.tf", text);
    let body = parse_body(id, text, &mut problems);
    let told = problems.iter().map(|p| {
        let (line, column) = p.span.and_then(|s| sources.line_column(s)).unwrap_or_default();
        format!("{line}:{column} {}", p.summary)
    });
    (body, told.collect())
}

fn expr(text: &str) -> Result<Expr, String> {
    let mut problems = Diagnostics::new();
    let id = SourceMap::new().add("x", text);
    let parsed = parse_expression(id, text, &mut problems);
    parsed.ok_or_else(|| problems.iter().next().map(|p| p.summary.clone()).unwrap_or_default())
}

#[test]
fn every_mistake_of_a_file_is_reported_and_the_rest_is_kept() {
    let (body, problems) = body(
        "resource \"a\" \"b\" {\n  x = [1, 2\n  y = 3\n}\n\nlocals {\n  a = 1 +\n  b = 2\n  c = 'x'\n  d = \"q\n}\nvariable \"v\" {\n",
    );
    assert_eq!(
        problems,
        [
            "3:3 Missing item separator",
            "7:10 Missing expression",
            "9:7 Invalid character",
            "10:9 Invalid multi-line string",
            "12:1 Unclosed configuration block",
        ]
    );
    assert_eq!(body.blocks.len(), 3);
    assert!(body.blocks[1].body.attribute("b").is_some());
}

#[test]
fn brackets_that_nobody_closes_do_not_swallow_the_next_block() {
    let (body, problems) = body("locals {\n  a = { b = [1, 2\n\nresource \"x\" \"y\" {\n  ok = true\n}\n");
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(body.blocks.len(), 2);
    assert!(body.blocks[1].body.attribute("ok").is_some());
}

#[test]
fn spans_lead_back_to_the_text() {
    let text = "a \"b\" {\n  c = foo.bar[0].baz\n}\n";
    let (body, problems) = body(text);
    assert!(problems.is_empty());
    let block = &body.blocks[0];
    assert_eq!(&text[block.header.range()], "a \"b\"");
    assert_eq!(&text[block.span.range()], text.trim_end());
    let attribute = &block.body.attributes[0];
    assert_eq!(&text[attribute.span.range()], "c = foo.bar[0].baz");
    assert_eq!(&text[attribute.expr.span.range()], "foo.bar[0].baz");
}

#[test]
fn operators_bind_as_they_should() {
    let ExprKind::Binary(crate::language::ast::BinaryOp::Or, _, right) =
        expr("a || b && c == d + e * -f").unwrap().kind
    else {
        panic!("or is the outermost");
    };
    assert!(matches!(right.kind, ExprKind::Binary(crate::language::ast::BinaryOp::And, ..)));
}

#[test]
fn an_indented_heredoc_loses_what_all_lines_share() {
    let parsed = expr("<<-EOT\n    a\n\n      b ${1}\n    EOT\n").unwrap();
    let ExprKind::Template(parts) = parsed.kind else { panic!("a template") };
    let TemplatePart::Text(text, _) = &parts[0] else { panic!("a text") };
    assert_eq!(&**text, "a\n\n  b ");
}

#[test]
fn a_bom_and_carriage_returns_do_not_matter() {
    let (body, problems) = body("\u{feff}a = 1\r\nb = \"x\"\r\n");
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(body.attributes.len(), 2);
}

#[test]
fn deep_nesting_and_long_chains_end_in_a_diagnostic() {
    assert_eq!(expr(&"(".repeat(100_000)).unwrap_err(), "Nesting too deep");
    assert_eq!(expr(&format!("a{}", ".b".repeat(100_000))).unwrap_err(), "Expression too complex");
    assert_eq!(expr(&format!("1{}", "+1".repeat(100_000))).unwrap_err(), "Expression too complex");
    assert_eq!(expr(&format!("{}1", "!".repeat(100_000))).unwrap_err(), "Nesting too deep");
    let (_, problems) = body(&"a {\n".repeat(1000));
    assert!(problems[0].ends_with("Nesting too deep"), "{}", problems[0]);
}

#[test]
fn escapes_and_decomposed_letters_become_their_characters() {
    let ExprKind::String(text) = expr("\"\\u00e9\\n$${x} e\u{301}\"").unwrap().kind else { panic!("a string") };
    assert_eq!(&*text, "é\n${x} é");
    assert_eq!(expr("\"\\x\"").unwrap_err(), "Invalid escape sequence");
}

/// Nothing to refer to, but functions may be called.
struct FunctionsOnly;

impl crate::language::Scope for FunctionsOnly {
    fn subject(
        &self,
        subject: &crate::language::references::Subject,
        span: Span,
    ) -> Result<crate::value::Value, Box<Diagnostic>> {
        crate::language::NoScope.subject(subject, span)
    }

    fn folder(&self) -> &std::path::Path {
        crate::language::NoScope.folder()
    }
}

/// The cases of `spec.txt`: family, expression, and what is wanted of it.
fn spec() -> Vec<(&'static str, String, &'static str)> {
    let mut cases = Vec::new();
    let (mut family, mut expr) = ("", String::new());
    for line in include_str!("tests/spec.txt").lines() {
        if let Some(name) = line.strip_prefix("## ") {
            family = name;
        } else if line.starts_with("=> ") || line.starts_with("!! ") {
            let heredoc = expr.starts_with("<<");
            let text = std::mem::take(&mut expr);
            cases.push((family, if heredoc { text } else { text.trim_end_matches('\n').to_owned() }, line));
        } else if !(family.is_empty() || line.starts_with("# ") && expr.is_empty()) {
            expr.push_str(line);
            expr.push('\n');
        }
    }
    cases
}

#[test]
fn expressions_are_what_the_specification_says() {
    let mut wrong = Vec::new();
    let cases = spec();
    for (family, text, wanted) in &cases {
        let (mut sources, mut problems) = (SourceMap::new(), Diagnostics::new());
        let id = sources.add("x", text.as_str());
        let value = parse_expression(id, text, &mut problems).map(|expr| {
            crate::language::references::of_expr(&expr, &mut problems);
            problems.is_empty().then(|| crate::language::eval(&expr, &FunctionsOnly, &mut problems))
        });
        let got = if problems.is_empty() {
            let value = crate::value::json::to_json(&value.flatten().unwrap());
            let json = wanted.strip_prefix("=> ").and_then(|json| serde_json::from_str(json).ok());
            if json == Some(value.clone()) { (*wanted).to_owned() } else { format!("=> {value}") }
        } else {
            let told = problems.iter().map(|p| {
                let (line, column) = p.span.and_then(|s| sources.line_column(s)).unwrap_or_default();
                format!("{line}:{column} {}", p.summary)
            });
            let mut told: Vec<_> = told.collect();
            told.dedup();
            format!("!! {}", told.join("; "))
        };
        if got != *wanted {
            wrong.push(format!("{family}: {text}\n   {wanted}\n   {got}"));
        }
    }
    assert!(cases.len() > 240, "{}", cases.len());
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn each_mistake_is_told_once_at_its_place() {
    let mut text = String::new();
    let mut wrong = Vec::new();
    for line in include_str!("tests/mistakes.txt").lines().skip(2) {
        let Some(wanted) = line.strip_prefix("!! ") else {
            text.push_str(line);
            text.push('\n');
            continue;
        };
        // Renderers show problems in the order of their places.
        let (_, mut told) = body(&std::mem::take(&mut text));
        told.sort();
        if told.join("; ") != wanted {
            wrong.push(format!("{wanted}\n{}", told.join("; ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_heredoc_that_ends_with_the_text_in_a_letter_of_several_bytes_is_a_problem() {
    let (_, told) = body("locals {\n  a = <<EO x = [1日");
    assert_eq!(told, ["2:7 Invalid expression"]);
}

/// Parses, searches and evaluates on a stack of the size that threads have by default.
fn survives(text: String) -> bool {
    let run = move || {
        let mut problems = Diagnostics::new();
        let id = SourceMap::new().add("x", "");
        let expr = parse_expression(id, &text, &mut problems);
        if let Some(expr) = &expr {
            crate::language::references::of_expr(expr, &mut problems);
            crate::language::eval(expr, &crate::language::NoScope, &mut problems);
        }
        let body = parse_body(id, &format!("a {{\n  b = {text}\n}}\n"), &mut problems);
        crate::language::references::of_body(&body, &mut problems);
        expr.is_some()
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap()
}

#[test]
fn what_is_as_deep_as_allowed_can_be_worked_with_and_what_is_deeper_is_refused() {
    for (open, core, close, allowed) in [
        ("(", "1", ")", 190),
        ("[", "1", "]", 190),
        ("{a=", "1", "}", 190),
        ("!", "true", "", 190),
        ("-", "1", "", 190),
        ("1+", "1", "", 400),
        ("1+(", "1", ")", 90),
        ("true?", "1", ":2", 90),
        ("true?1:", "2", "", 90),
        ("[for x in [1]:", "1", "]", 60),
        ("{for k,v in {a=1}:k=>", "1", "}", 60),
        ("\"${", "1", "}\"", 60),
        ("\"%{if true}", "1", "%{endif}\"", 1),
        ("max(", "1", ")", 190),
        ("try(", "1", ")", 60),
        ("<<E\n${", "1", "}\nE\n", 1),
        ("[1][", "0", "]", 90),
        ("templatestring(", "1", ")", 60),
    ] {
        let nested = |depth: usize| format!("{}{core}{}", open.repeat(depth), close.repeat(depth));
        assert!(survives(nested(allowed)), "{open} {allowed}");
        assert!(!survives(nested(100_000)), "{open}");
    }
    for (link, allowed) in [("+1", 400), (".a", 400), ("[0]", 400), ("[*]", 90), ("&&true", 400), ("==1", 400)] {
        assert!(survives(format!("[]{}", link.repeat(allowed))), "{link}");
        assert!(!survives(format!("[]{}", link.repeat(100_000))), "{link}");
    }
}

#[test]
fn what_is_long_but_flat_is_allowed() {
    let many = |item: &str| item.repeat(100_000);
    for text in [
        format!("[{}]", many("1,")),
        format!("{{{}}}", many("a=1,")),
        format!("max({})", many("1,")),
        format!("\"{}\"", many("x")),
        format!("\"{}\"", many("${1}")),
        format!("\"{}\"", many("\\n")),
        format!("\"{}\"", many("%{if true}a%{endif}")),
        format!("<<E\n{}E\n", many("line ${1}\n")),
        format!("<<-E\n{}E\n", many("  line\n")),
        format!("/*{}*/ 1", many("*")),
        format!("{}1", many("# x\n")),
        format!("{} 1", many(" ")),
        format!("[{}1]", many("\n")),
    ] {
        assert!(survives(text.clone()), "{}", &text[..20]);
    }
    for text in [many("a"), format!("{}.a", many("é")), "1e999999999".into()] {
        survives(text);
    }
    for text in [many("1"), format!("1e{}", many("9")), format!("1.{}", many("9"))] {
        assert!(!survives(text));
    }
}
