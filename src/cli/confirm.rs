//! The question before something is changed.

use std::io::{BufRead, IsTerminal, stdin};

use tokio::sync::watch;

use super::context::Context;
use super::interrupt::unless_stopped;
use crate::apply::run::Stop;
use crate::render::Tone;

/// Asks, and takes nothing but `yes` for consent. The answer may come through a pipe, as in `echo yes | recon apply`.
pub(crate) async fn confirm(question: &str, cx: &mut Context, stop: &watch::Receiver<Stop>) -> bool {
    confirm_or("-auto-approve", question, cx, stop).await
}

/// The same, for a command where another option stands for the answer.
pub(crate) async fn confirm_or(option: &str, question: &str, cx: &mut Context, stop: &watch::Receiver<Stop>) -> bool {
    if !cx.input {
        needed(option, "Nobody is to be asked, as `-input=false` or TF_INPUT says.", cx);
        return false;
    }
    let look = cx.output.message_look();
    let question = look.paint(Tone::Strong, question);
    cx.output.message(&format!("\n{question}\n  Only 'yes' is taken for consent: "));
    let answer = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        stdin().lock().read_line(&mut line).map(|length| (length > 0).then_some(line))
    });
    let answer = unless_stopped(stop, answer).await;
    cx.output.message("\n");
    match answer {
        Some(Ok(Ok(Some(line)))) if line.trim() == "yes" => return true,
        Some(Ok(Ok(None))) if !stdin().is_terminal() => {
            needed(option, "Nobody can be asked, because the input is no terminal and has no answer.", cx);
        }
        _ => {
            cx.problems.error("Not confirmed").detail("Nothing was changed.");
        }
    }
    false
}

fn needed(option: &str, why: &str, cx: &mut Context) {
    cx.problems
        .error("Confirmation needed")
        .detail(format!("{why} Nothing was changed."))
        .help(format!("Run it in a terminal, or give `{option}`."));
}
