//! The console on a terminal: lines that can be edited, with those before them at hand.

use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Editor, Helper};

use super::lines::{HELP, shown};
use super::open::is_open;
use super::session::Session;
use super::{Context, Exit, typed};

/// Lets a line go on where brackets are open.
struct Brackets;

impl Helper for Brackets {}
impl Highlighter for Brackets {}
impl Hinter for Brackets {
    type Hint = String;
}
impl Completer for Brackets {
    type Candidate = String;
}
impl Validator for Brackets {
    fn validate(&self, ctx: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let open = is_open(&format!("{}\n", ctx.input()));
        Ok(if open { ValidationResult::Incomplete } else { ValidationResult::Valid(None) })
    }
}

type Lines = Editor<Brackets, DefaultHistory>;

/// Asks until there is no more to ask. A mistake ends an expression, not the console.
pub(super) async fn run(session: Session, cx: &mut Context) -> Option<Exit> {
    let mut lines = match Lines::new() {
        Ok(lines) => lines,
        Err(error) => return failed(&error, cx),
    };
    lines.set_helper(Some(Brackets));
    loop {
        // Waiting for a person must not hold up what else the process does.
        let asked = tokio::task::spawn_blocking(move || {
            let line = lines.readline("> ");
            (lines, line)
        });
        let (back, line) = match asked.await {
            Ok(answer) => answer,
            Err(error) => return failed(&ReadlineError::Io(error.into()), cx),
        };
        lines = back;
        let text = match line {
            Ok(text) => text,
            Err(ReadlineError::Eof | ReadlineError::Interrupted) => return Some(Exit::Success),
            Err(error) => return failed(&error, cx),
        };
        match text.trim() {
            "" => continue,
            "exit" => return Some(Exit::Success),
            "help" => cx.output.result(&format!("{HELP}\n")),
            _ => answer(&session, &text, cx),
        }
        // Without history the console still works.
        let _ = lines.add_history_entry(text);
    }
}

fn answer(session: &Session, text: &str, cx: &mut Context) {
    let source = cx.sources.add(typed(), text);
    let mut problems = crate::diagnostic::Diagnostics::new();
    if let Some(answer) = session.answer(text, source, &mut problems) {
        cx.output.result(&format!("{}\n", shown(&answer)));
    }
    if !problems.is_empty() {
        let text = crate::render::diagnostics::diagnostics(&problems, &cx.sources, cx.output.message_look());
        cx.output.message(&text);
    }
}

fn failed(error: &ReadlineError, cx: &mut Context) -> Option<Exit> {
    cx.problems.error("Terminal not usable").detail(format!("Cannot read from the terminal: {error}."));
    None
}
