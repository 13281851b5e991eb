//! Problems for people: summary, place with the lines of the file, why, and what to do.

use std::path::Path;

use super::source_lines::lines;
use super::{Look, Tone};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity, SourceMap, Span};
use crate::language::block_around;

/// All problems in the order of their places, warnings first, so that errors stand where the reader looks. A problem that
/// many instances have is told once.
pub fn diagnostics(problems: &Diagnostics, sources: &SourceMap, look: Look) -> String {
    let mut out = String::new();
    let sorted = sorted(problems, sources);
    for group in grouped(&sorted) {
        out.push_str(&shown_group(&group, sources, look));
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
    let mut sorted: Vec<&Diagnostic> = problems.iter().collect();
    sorted.sort_by_cached_key(|problem| {
        let place = place(problem, sources).map(|place| (place.path.to_path_buf(), place.start));
        (problem.severity, place.is_none(), place)
    });
    // Equal ones stand side by side but for others at the same place.
    let mut told: Vec<&Diagnostic> = Vec::with_capacity(sorted.len());
    for problem in sorted {
        let same_place = told.iter().rev().take_while(|other| other.span == problem.span).take(MOST_COMPARED);
        if !same_place.into_iter().any(|other| *other == problem) {
            told.push(problem);
        }
    }
    told
}

/// How many problems of one place are compared with each other.
const MOST_COMPARED: usize = 200;
/// How many problems of one place that differ in their details only are shown.
const MOST_ALIKE: usize = 3;
/// How many addresses of one problem are shown.
const MOST_ADDRESSES: usize = 4;

/// One problem, with all whom it concerns.
struct Group<'a> {
    problem: &'a Diagnostic,
    addresses: Vec<&'a str>,
    modules: Vec<String>,
    /// Problems at the same place that differ in their details.
    alike: usize,
}

/// Problems that say the same of one place become one; of those that say nearly the same, some.
fn grouped<'a>(sorted: &[&'a Diagnostic]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for problem in sorted {
        let is_near = |other: &Diagnostic| {
            other.severity == problem.severity && other.summary == problem.summary && other.excerpt == problem.excerpt
        };
        // Those of one place stand side by side.
        let first = groups.iter().rposition(|group| group.problem.span != problem.span).map_or(0, |at| at + 1);
        let near: Vec<usize> = (first..groups.len()).filter(|i| is_near(groups[*i].problem)).collect();
        let same = near
            .iter()
            .copied()
            .find(|i| groups[*i].problem.detail == problem.detail && groups[*i].problem.help == problem.help);
        let is_placed = problem.span.is_some() || problem.excerpt.is_some();
        match (same, near.first()) {
            (Some(same), _) if is_placed || problem.address.is_some() => groups[same].add(problem),
            (_, Some(first)) if is_placed && near.len() >= MOST_ALIKE => groups[*first].alike += 1,
            _ => groups.push(Group::of(problem)),
        }
    }
    groups
}

impl<'a> Group<'a> {
    fn of(problem: &'a Diagnostic) -> Self {
        let mut group = Self { problem, addresses: Vec::new(), modules: Vec::new(), alike: 0 };
        group.concerns(problem);
        group
    }

    fn add(&mut self, problem: &'a Diagnostic) {
        if !self.concerns(problem) {
            self.alike += 1;
        }
    }

    /// Notes whom a problem concerns; `false` where that is nobody new.
    fn concerns(&mut self, problem: &'a Diagnostic) -> bool {
        let before = self.addresses.len() + self.modules.len();
        if let Some(address) = problem.address.as_deref()
            && !self.addresses.contains(&address)
        {
            self.addresses.push(address);
        }
        let steps: Vec<&str> = problem.calls.iter().map(|call| &*call.step).collect();
        let module = steps.join(".");
        if !module.is_empty() && !self.modules.contains(&module) {
            self.modules.push(module);
        }
        self.addresses.len() + self.modules.len() > before
    }
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
    shown_group(&Group::of(problem), sources, look)
}

fn shown_group(group: &Group<'_>, sources: &SourceMap, look: Look) -> String {
    let problem = group.problem;
    let tone = if problem.severity == Severity::Error { Tone::Error } else { Tone::Change };
    let head = format!("{}:", problem.severity);
    let mut out = format!("{} {}\n", look.paint(tone, head), look.paint(Tone::Strong, one_line(&problem.summary)));
    let mut places = String::new();
    if !group.addresses.is_empty() {
        places.push_str(&indented(&format!("with {}", some_of(&group.addresses)), look));
        places.push_str(if problem.span.is_some() || problem.excerpt.is_some() { ",\n" } else { "\n" });
    }
    if let Some(at) = place(problem, sources) {
        places.push_str(&shown(&at, surrounding_block(problem, sources).as_deref(), tone, look));
    }
    if let Some(excerpt) = &problem.excerpt {
        let at = Place { path: &excerpt.path, text: &excerpt.text, start: excerpt.start, end: excerpt.end };
        places.push_str(&shown(&at, None, tone, look));
    }
    if let Some((path, line)) = problem.earlier.and_then(|earlier| line_of(earlier, sources)) {
        places.push_str(&format!("  first on {path} line {line}\n"));
    }
    let told = problem.function.iter().map(|function| format!("while calling {function}"));
    let values = problem.values.iter().map(|(name, value)| format!("{name} {}", one_line(value)));
    let values = values.enumerate().map(|(i, value)| format!("{} {value}", if i == 0 { "where" } else { "  and" }));
    for line in told.chain(values) {
        places.push_str(&look.paint(Tone::Faint, format!("    {line}")));
        places.push('\n');
    }
    if !group.modules.is_empty() {
        places.push_str(&in_modules(group, sources, look));
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
    if group.alike > 0 {
        out.push_str(&match group.alike {
            1 => "\nThere is one more problem of this kind at this place.\n".to_owned(),
            more => format!("\nThere are {more} more problems of this kind at this place.\n"),
        });
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

/// The calls that lead to the module of a problem, on one line.
fn in_modules(group: &Group<'_>, sources: &SourceMap, look: Look) -> String {
    let modules: Vec<&str> = group.modules.iter().map(String::as_str).collect();
    let calls = group.problem.calls.iter().filter_map(|call| line_of(call.at, sources));
    let calls: Vec<String> = calls.map(|(path, line)| format!("{path} line {line}")).collect();
    let called = if calls.is_empty() { String::new() } else { format!(", called at {}", calls.join(" and ")) };
    format!("{}\n", indented(&format!("in {}{called}", some_of(&modules)), look))
}

/// A line of the places, broken where it is too long.
fn indented(text: &str, look: Look) -> String {
    let narrower = Look { width: look.width.saturating_sub(2), ..look };
    format!("  {}", narrower.wrap_hanging(text, "    "))
}

/// Names in a row; the first few, if there are many.
fn some_of(names: &[&str]) -> String {
    if names.len() <= MOST_ADDRESSES + 1 {
        return names.join(", ");
    }
    format!("{} and {} more", names[..MOST_ADDRESSES].join(", "), names.len() - MOST_ADDRESSES)
}

/// The file of a span as it was named, and the line where it begins.
pub(super) fn line_of(span: Span, sources: &SourceMap) -> Option<(String, usize)> {
    let (line, _) = sources.line_column(span)?;
    Some((sources.path(span)?.display().to_string(), line))
}

/// The block that a problem is in: as the text has it, or as whoever found the problem says.
pub(super) fn surrounding_block(problem: &Diagnostic, sources: &SourceMap) -> Option<String> {
    let span = problem.span?;
    let source = sources.get(span.source)?;
    let is_json = source.path.extension().is_some_and(|extension| extension == "json");
    let of_text = if is_json { None } else { block_around(&source.text, span.start as usize) };
    let told = || {
        let context = problem.context.filter(|context| !context.holds(span))?;
        Some(one_line(sources.text(context))).filter(|text| !text.is_empty())
    };
    of_text.or_else(told)
}

fn shown(place: &Place<'_>, context: Option<&str>, tone: Tone, look: Look) -> String {
    let (found, more) = lines(place.text, place.start, place.end, look.width);
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
    use crate::diagnostic::Excerpt;
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
