//! Problems for programs, in the form of `terraform validate -json`.

use std::ops::Range;

use serde_json::{Map, Value as Json, json};

use super::diagnostics::{sorted, surrounding_block};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity, Signature, Source, SourceMap};
use crate::value::Type;
use crate::value::json::type_to_json;

/// The answer of `validate -json`.
pub fn validation(problems: &Diagnostics, sources: &SourceMap) -> Json {
    let sorted = sorted(problems, sources);
    let count = |severity| sorted.iter().filter(|problem| problem.severity == severity).count();
    json!({
        "format_version": "1.0",
        "valid": !problems.has_errors(),
        "error_count": count(Severity::Error),
        "warning_count": count(Severity::Warning),
        "diagnostics": sorted.iter().map(|problem| diagnostic(problem, sources)).collect::<Vec<_>>(),
    })
}

/// One problem.
pub fn diagnostic(problem: &Diagnostic, sources: &SourceMap) -> Json {
    let severity = if problem.severity == Severity::Error { "error" } else { "warning" };
    let mut out = Map::new();
    out.insert("severity".into(), severity.into());
    out.insert("summary".into(), problem.summary.as_str().into());
    out.insert("detail".into(), detail(problem, sources).into());
    if let Some(address) = &problem.address {
        out.insert("address".into(), address.as_str().into());
    }
    let place = match (problem.span.and_then(|span| Some((span, sources.get(span.source)?))), &problem.excerpt) {
        (Some((span, source)), _) => Some((source.clone(), span.range(), problem.extent().unwrap_or(span).range())),
        (None, Some(excerpt)) => {
            let source = Source { path: excerpt.path.clone(), text: excerpt.text.clone() };
            Some((source, excerpt.start..excerpt.end, excerpt.start..excerpt.end))
        }
        (None, None) => None,
    };
    if let Some((source, place, extent)) = place {
        let place = not_empty(&source, &place);
        out.insert("range".into(), range(&source, &place));
        let mut snippet = Map::new();
        snippet.insert("context".into(), surrounding_block(problem, sources).into());
        add_code(&source, &place, &extent, &mut snippet);
        snippet.insert("values".into(), values(problem));
        if let Some(function) = &problem.function {
            snippet.insert("function_call".into(), call(function));
        }
        out.insert("snippet".into(), Json::Object(snippet));
    }
    Json::Object(out)
}

/// What there is to say in one text, as the form has no place for help.
fn detail(problem: &Diagnostic, sources: &SourceMap) -> String {
    let mut parts = Vec::new();
    if !problem.detail.is_empty() {
        parts.push(problem.detail.clone());
    }
    let first = problem.earlier.and_then(|earlier| Some((sources.path(earlier)?, sources.line_column(earlier)?)));
    if let Some((path, (line, column))) = first {
        parts.push(format!("The first one is at {}:{line},{column}.", path.display()));
    }
    parts.extend(problem.help.iter().cloned());
    parts.join("\n\n")
}

/// An empty range cannot be shown, so it becomes one character; offsets outside the text are moved into it.
fn not_empty(source: &Source, range: &Range<usize>) -> Range<usize> {
    let text = &source.text;
    let inside = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let start = inside(range.start);
    let end = inside(range.end).max(start);
    if start < end { start..end } else { start..start + 1 }
}

fn range(source: &Source, place: &Range<usize>) -> Json {
    let (line, column) = source.line_column(place.start);
    let start = json!({"line": line, "column": column, "byte": place.start});
    let (end_line, end_column) = match source.text.get(place.clone()) {
        Some(text) if text != "\n" => source.line_column(place.end),
        // The end of a line or of the file, shown as the character that is not there.
        _ => (line, column + 1),
    };
    let end = json!({"line": end_line, "column": end_column, "byte": place.end});
    json!({"filename": source.path.display().to_string(), "start": start, "end": end})
}

/// The lines of a place and of the construct around it, and where the place is in them.
fn add_code(source: &Source, place: &Range<usize>, extent: &Range<usize>, out: &mut Map<String, Json>) {
    let text = &source.text;
    let extent = not_empty(source, &(extent.start.min(place.start)..extent.end.max(place.end)));
    let first = text[..extent.start].rfind('\n').map_or(0, |at| at + 1);
    let end = extent.end.min(text.len());
    // A range that ends with its line says nothing of the next one.
    let last_inside = end - usize::from(end > extent.start && text[..end].ends_with('\n'));
    let last = text[last_inside..].find('\n').map_or(text.len(), |at| last_inside + at);
    let code = text[first..last].trim_end_matches('\r');
    let (line, _) = source.line_column(extent.start);
    let within = |at: usize| (at - first).min(code.len());
    out.insert("code".into(), code.into());
    out.insert("start_line".into(), line.into());
    out.insert("highlight_start_offset".into(), within(place.start).into());
    out.insert("highlight_end_offset".into(), within(place.end).into());
}

fn values(problem: &Diagnostic) -> Json {
    let mut values: Vec<&(String, String)> = problem.values.iter().collect();
    values.sort();
    values.into_iter().map(|(name, value)| json!({"traversal": name, "statement": value})).collect()
}

fn call(function: &Signature) -> Json {
    let param = |(name, ty): &(String, Type)| json!({"name": name, "type": type_to_json(ty)});
    let mut signature = Map::new();
    signature.insert("name".into(), function.name.as_str().into());
    signature.insert("params".into(), function.params.iter().map(param).collect());
    if let Some(rest) = &function.rest {
        signature.insert("variadic_param".into(), param(rest));
    }
    signature.insert("return_type".into(), type_to_json(&function.returns));
    json!({"called_as": function.name, "signature": signature})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Span;

    #[test]
    fn programs_get_line_column_byte_and_the_code() {
        let mut sources = SourceMap::new();
        let id = sources.add("main.tf", "a = 1\nnmae = 2\n");
        let mut problems = Diagnostics::new();
        problems.error("Unsupported argument").at(Span::new(id, 6, 10)).help("Did you mean \"name\"?");
        let json = validation(&problems, &sources);
        assert_eq!(json["valid"], false);
        assert_eq!(json["error_count"], 1);
        let found = &json["diagnostics"][0];
        assert_eq!(found["range"]["start"], json!({"line": 2, "column": 1, "byte": 6}));
        assert_eq!(found["snippet"]["code"], "nmae = 2");
        assert_eq!(found["snippet"]["highlight_end_offset"], 4);
        assert_eq!(found["detail"], "Did you mean \"name\"?");
    }
}
