//! Problems for programs, in the form of `terraform validate -json`.

use serde_json::{Map, Value as Json, json};

use super::diagnostics::sorted;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity, Source, SourceMap};

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
    let mut detail = problem.detail.clone();
    for help in &problem.help {
        detail = if detail.is_empty() { help.clone() } else { format!("{detail}\n\n{help}") };
    }
    let mut out = Map::new();
    out.insert("severity".into(), severity.into());
    out.insert("summary".into(), problem.summary.as_str().into());
    out.insert("detail".into(), detail.into());
    if let Some(address) = &problem.address {
        out.insert("address".into(), address.as_str().into());
    }
    if let Some(span) = problem.span
        && let Some(source) = sources.get(span.source)
    {
        let (start, end) = (span.start as usize, span.end as usize);
        out.insert("range".into(), range(source, start, end));
        let context = problem.context.map(|context| sources.text(context)).filter(|text| !text.is_empty());
        out.insert("snippet".into(), snippet(source, start, end, context, &problem.values));
    } else if let Some(excerpt) = &problem.excerpt {
        let source = Source { path: excerpt.path.clone(), text: excerpt.text.clone() };
        out.insert("range".into(), range(&source, excerpt.start, excerpt.end));
        out.insert("snippet".into(), snippet(&source, excerpt.start, excerpt.end, None, &problem.values));
    }
    Json::Object(out)
}

fn range(source: &Source, start: usize, end: usize) -> Json {
    let position = |byte: usize| {
        let (line, column) = source.line_column(byte);
        json!({"line": line, "column": column, "byte": byte})
    };
    json!({"filename": source.path.display().to_string(), "start": position(start), "end": position(end)})
}

fn snippet(source: &Source, start: usize, end: usize, context: Option<&str>, values: &[(String, String)]) -> Json {
    let text = &source.text;
    let (line, _) = source.line_column(start);
    let mut first = start.min(text.len());
    while !text.is_char_boundary(first) {
        first -= 1;
    }
    let first = text[..first].rfind('\n').map_or(0, |at| at + 1);
    let mut last = end.clamp(first, text.len());
    while !text.is_char_boundary(last) {
        last += 1;
    }
    let last = text[last..].find('\n').map_or(text.len(), |at| last + at);
    let values: Vec<Json> = values.iter().map(|(name, value)| json!({"traversal": name, "statement": value})).collect();
    json!({
        "context": context,
        "code": &text[first..last],
        "start_line": line,
        "highlight_start_offset": start.saturating_sub(first),
        "highlight_end_offset": end.saturating_sub(first),
        "values": values,
    })
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
