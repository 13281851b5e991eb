//! Problems for people: summary, place with the lines of the file, why, and what to do.

use std::path::Path;

use super::source_lines::lines;
use super::{Look, Tone};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity, SourceMap};

/// All problems in the order of their places, warnings first, so that errors stand where the reader looks.
pub fn diagnostics(problems: &Diagnostics, sources: &SourceMap, look: Look) -> String {
    let mut out = String::new();
    let sorted = sorted(problems, sources);
    for problem in &sorted {
        out.push_str(&diagnostic(problem, sources, look));
        out.push('\n');
    }
    let count = |severity| sorted.iter().filter(|problem| problem.severity == severity).count();
    if sorted.len() > 1 {
        out.push_str(&look.paint(Tone::Strong, counted(count(Severity::Error), count(Severity::Warning))));
        out.push('\n');
    }
    out
}

/// The problems without repetitions, in the order in which they are shown.
pub fn sorted<'a>(problems: &'a Diagnostics, sources: &SourceMap) -> Vec<&'a Diagnostic> {
    let mut sorted: Vec<&Diagnostic> = Vec::new();
    for problem in problems {
        if !sorted.contains(&problem) {
            sorted.push(problem);
        }
    }
    sorted.sort_by_key(|problem| {
        let place = place(problem, sources).map(|place| (place.path.to_path_buf(), place.start));
        (problem.severity, place.is_none(), place)
    });
    sorted
}

fn counted(errors: usize, warnings: usize) -> String {
    let some = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    match (errors, warnings) {
        (0, warnings) => format!("Found {}.", some(warnings, "warning")),
        (errors, 0) => format!("Found {}.", some(errors, "error")),
        (errors, warnings) => format!("Found {} and {}.", some(errors, "error"), some(warnings, "warning")),
    }
}

struct Place<'a> {
    path: &'a Path,
    text: &'a str,
    start: usize,
    end: usize,
}

fn place<'a>(problem: &'a Diagnostic, sources: &'a SourceMap) -> Option<Place<'a>> {
    let span = problem.span?;
    let source = sources.get(span.source)?;
    Some(Place { path: &source.path, text: &source.text, start: span.start as usize, end: span.end as usize })
}

/// One problem.
pub fn diagnostic(problem: &Diagnostic, sources: &SourceMap, look: Look) -> String {
    let tone = if problem.severity == Severity::Error { Tone::Error } else { Tone::Change };
    let head = format!("{}:", problem.severity);
    let mut out = format!("{} {}\n", look.paint(tone, head), look.paint(Tone::Strong, one_line(&problem.summary)));
    let mut places = String::new();
    if let Some(address) = &problem.address {
        places.push_str(&format!("  with {address}"));
        places.push_str(if problem.span.is_some() || problem.excerpt.is_some() { ",\n" } else { "\n" });
    }
    if let Some(at) = place(problem, sources) {
        let context = problem.context.map(|span| sources.text(span)).filter(|text| !text.is_empty()).map(one_line);
        places.push_str(&shown(&at, context.as_deref(), tone, look));
    }
    if let Some(excerpt) = &problem.excerpt {
        let at = Place { path: &excerpt.path, text: &excerpt.text, start: excerpt.start, end: excerpt.end };
        places.push_str(&shown(&at, None, tone, look));
    }
    for (i, (name, value)) in problem.values.iter().enumerate() {
        let lead = if i == 0 { "where" } else { "  and" };
        places.push_str(&look.paint(Tone::Faint, format!("    {lead} {name} {}", one_line(value))));
        places.push('\n');
    }
    if !places.is_empty() {
        out.push('\n');
        out.push_str(&places);
    }
    if !problem.detail.is_empty() {
        out.push('\n');
        out.push_str(&look.wrap(&problem.detail));
        out.push('\n');
    }
    if !problem.help.is_empty() {
        out.push('\n');
    }
    for help in &problem.help {
        let text = look.wrap_hanging(&format!("Help: {help}"), "      ");
        out.push_str(&text.replacen("Help:", &look.paint(Tone::Read, "Help:"), 1));
        out.push('\n');
    }
    out
}

fn shown(place: &Place<'_>, context: Option<&str>, tone: Tone, look: Look) -> String {
    let (found, more) = lines(place.text, place.start, place.end);
    let number = found.first().map_or(1, |line| line.number);
    let path = place.path.display();
    let mut out = match context {
        Some(context) => format!("  on {path} line {number}, in {context}:\n"),
        None => format!("  on {path} line {number}:\n"),
    };
    let gutter = found.last().map_or(1, |line| line.number.to_string().len());
    for line in &found {
        let bar = look.paint(Tone::Faint, format!("{:>gutter$} |", line.number));
        out.push_str(format!("  {bar} {}", line.text).trim_end());
        out.push('\n');
        let bar = look.paint(Tone::Faint, format!("{:>gutter$} |", ""));
        let marks = look.paint(tone, "^".repeat(line.to - line.from));
        out.push_str(&format!("  {bar} {}{marks}\n", " ".repeat(line.from)));
    }
    if more > 0 {
        out.push_str(&look.paint(Tone::Faint, format!("  {:>gutter$} | (and {more} more lines)\n", "")));
    }
    out
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Excerpt, Span};
    use std::sync::Arc;

    #[test]
    fn a_problem_says_what_where_why_and_what_to_do() {
        let mut sources = SourceMap::new();
        let text = "resource \"aws_iam_role\" \"api\" {\n\tnmae = var.name\n}\n";
        let id = sources.add("main.tf", text);
        let mut problems = Diagnostics::new();
        problems
            .error("Unsupported argument")
            .at(Span::new(id, 33, 37))
            .within(Span::new(id, 0, 29))
            .detail("The type `aws_iam_role` has no argument `nmae`.")
            .help("Did you mean \"name\"?")
            .values
            .push(("var.name".into(), "is \"api\"".into()));
        insta::assert_snapshot!(diagnostics(&problems, &sources, Look::PLAIN), @r#"
        Error: Unsupported argument

          on main.tf line 2, in resource "aws_iam_role" "api":
          2 |     nmae = var.name
            |     ^^^^
            where var.name is "api"

        The type `aws_iam_role` has no argument `nmae`.

        Help: Did you mean "name"?
        "#);
    }

    #[test]
    fn problems_stand_in_the_order_of_the_file_and_are_counted() {
        let mut sources = SourceMap::new();
        let id = sources.add("main.tf", "a = 1\nb = 2\n");
        let mut problems = Diagnostics::new();
        problems.error("No credentials").of("aws_iam_role.api");
        problems.error("Second").at(Span::new(id, 6, 7));
        problems.error("First").at(Span::new(id, 0, 1));
        problems.error("First").at(Span::new(id, 0, 1));
        problems.warning("Deprecated");
        insta::assert_snapshot!(diagnostics(&problems, &sources, Look::PLAIN), @r"
        Warning: Deprecated

        Error: First

          on main.tf line 1:
          1 | a = 1
            | ^

        Error: Second

          on main.tf line 2:
          2 | b = 2
            | ^

        Error: No credentials

          with aws_iam_role.api

        Found 3 errors and 1 warning.
        ");
    }

    #[test]
    fn a_place_in_another_file_is_shown_beside_that_in_the_configuration() {
        let mut sources = SourceMap::new();
        let id = sources.add("main.tf", "schema = file(\"s.graphql\")\n");
        let mut problems = Diagnostics::new();
        let text: Arc<str> = "type Post {\n  id: ID!!\n}\n".into();
        problems
            .error("Invalid GraphQL schema")
            .of("aws_appsync_graphql_api.blog")
            .at(Span::new(id, 9, 26))
            .in_file(Excerpt { path: "s.graphql".into(), text, start: 21, end: 22 });
        insta::assert_snapshot!(diagnostics(&problems, &sources, Look::PLAIN), @r#"
        Error: Invalid GraphQL schema

          with aws_appsync_graphql_api.blog,
          on main.tf line 1:
          1 | schema = file("s.graphql")
            |          ^^^^^^^^^^^^^^^^^
          on s.graphql line 2:
          2 |   id: ID!!
            |          ^
        "#);
    }
}
