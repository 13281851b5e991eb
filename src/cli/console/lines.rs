//! The console on a pipe: lines of expressions, or lines of JSON.

use std::io::{BufRead, stdin};

use serde_json::{Value as Json, json};

use super::open::is_open;
use super::session::{Answer, Session};
use super::{Context, Exit, typed};
use crate::cli::streams::Streams;
use crate::diagnostic::{Diagnostics, SourceMap};
use crate::render::console;
use crate::value::json::to_json;
use crate::value::{Data, Path, Value};

/// Reads expressions up to the first that fails, and prints the result of the last one, as the original does.
pub(super) fn plain(session: &Session, cx: &mut Context) -> Option<Exit> {
    let mut last = None;
    let mut pending = String::new();
    let mut lines = stdin().lock().lines();
    loop {
        let line = lines.next().transpose();
        let line = line.map_err(|error| unreadable(&error, cx)).ok()?;
        let ended = line.is_none();
        let line = line.unwrap_or_default();
        if pending.is_empty() {
            match line.trim() {
                _ if ended => break,
                "exit" => return Some(Exit::Success),
                "help" => {
                    last = Some(HELP.to_owned());
                    continue;
                }
                "" => {
                    last = None;
                    continue;
                }
                _ => {}
            }
        }
        pending.push_str(&line);
        pending.push('\n');
        if !ended && is_open(&pending) {
            continue;
        }
        let text = std::mem::take(&mut pending);
        let source = cx.sources.add(typed(), text.as_str());
        last = Some(shown(&session.answer(&text, source, &mut cx.problems)?));
    }
    cx.output.result(&format!("{}\n", last.unwrap_or_default()));
    Some(Exit::Success)
}

/// The text of an answer.
pub(super) fn shown(answer: &Answer) -> String {
    match answer {
        Answer::Value(value) => console::value(value),
        Answer::Type(ty) => console::ty(ty),
    }
}

/// What `help` prints.
pub(super) const HELP: &str = "\
Type an expression, and its value is shown. Variables, locals and module outputs of the configuration
can be used, and resources as state holds them: `aws_dynamodb_table.posts.arn` is the ARN of that table
once it has been applied. `type(…)` shows the type of a value. Brackets may stay open over several lines.

`exit`, Control-C or Control-D leaves the console.";

/// Reads one JSON object a line, and answers each with one, at once.
pub(super) fn json(session: &Session, output: &Streams) -> Option<Exit> {
    let mut lines = stdin().lock();
    let mut line = Vec::new();
    loop {
        line.clear();
        match lines.read_until(b'\n', &mut line) {
            Ok(0) => return Some(Exit::Success),
            Ok(_) => {}
            Err(error) => {
                output.result(&format!("{}\n", failure("Input not readable", &error.to_string())));
                return Some(Exit::Failure);
            }
        }
        if !line.trim_ascii().is_empty() {
            output.result(&format!("{}\n", reply(session, &line)));
        }
    }
}

fn reply(session: &Session, line: &[u8]) -> Json {
    let request: Json = match serde_json::from_slice(line) {
        Ok(request) => request,
        Err(error) => return failure("Invalid request", &format!("The line is no JSON: {error}.")),
    };
    let Some(text) = request.get("expr").and_then(Json::as_str) else {
        return failure("Invalid request", "A request is a JSON object whose member `expr` is a string.");
    };
    let mut problems = Diagnostics::new();
    // What is typed is not quoted in the answer, so its text need not be kept.
    let source = SourceMap::new().add(typed(), "");
    let answer = session.answer(text, source, &mut problems);
    match answer {
        Some(Answer::Value(value)) => success(&value),
        Some(Answer::Type(ty)) => json!({"value": console::ty(&ty), "type": "string"}),
        None => {
            let first = problems.iter().find(|problem| problem.severity == crate::diagnostic::Severity::Error);
            first.map_or_else(
                || failure("Invalid expression", "The expression has no value."),
                |problem| failure(&problem.summary, &problem.detail),
            )
        }
    }
}

/// The form of a value. What is not known yet is null, and `unknown` has its places; a value that is not known at all has
/// no `value`, and `unknown` is true.
fn success(value: &Value) -> Json {
    if value.holds_infinity() {
        return failure("Value not representable", "The value holds an infinite number, for which JSON has no form.");
    }
    let known = value.is_known();
    let mut reply = if known { json!({"value": to_json(value)}) } else { json!({}) };
    reply["type"] = json!(value.ty().to_string());
    let mut places = Vec::new();
    unknown_places(value, &Path::root(), &mut places);
    if !places.is_empty() {
        reply["unknown"] = if known { json!(places) } else { json!(true) };
    }
    if value.is_sensitive() {
        reply["sensitive"] = json!(true);
    }
    reply
}

fn unknown_places(value: &Value, at: &Path, places: &mut Vec<String>) {
    match value.data() {
        Data::Unknown(..) => places.push(at.to_string()),
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
            items.iter().enumerate().for_each(|(i, item)| unknown_places(item, &at.index(i), places));
        }
        Data::Map(_, entries) => entries.iter().for_each(|(k, item)| unknown_places(item, &at.key(k), places)),
        Data::Object(entries) => entries.iter().for_each(|(k, item)| unknown_places(item, &at.attribute(k), places)),
        Data::Null(_) | Data::Bool(_) | Data::Number(_) | Data::String(_) => {}
    }
}

fn failure(summary: &str, detail: &str) -> Json {
    json!({"error": {"summary": summary, "detail": detail}})
}

/// Reports that the input cannot be read.
pub(super) fn unreadable(error: &std::io::Error, cx: &mut Context) {
    cx.problems.error("Input not readable").detail(format!("Cannot read what to evaluate: {error}."));
}
