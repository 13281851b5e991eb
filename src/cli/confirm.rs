//! The question before something is changed.

use std::io::{IsTerminal, stdin};

use tokio::sync::watch;

use super::context::Context;
use super::interrupt::unless_stopped;
use crate::apply::run::Stop;
use crate::render::Tone;

/// Asks, and takes nothing but `yes` for consent. Without a terminal there is nobody to ask.
pub(crate) async fn confirm(question: &str, cx: &mut Context, stop: &watch::Receiver<Stop>) -> bool {
    confirm_or("-auto-approve", question, cx, stop).await
}

/// The same, for a command where another option stands for the answer.
pub(crate) async fn confirm_or(option: &str, question: &str, cx: &mut Context, stop: &watch::Receiver<Stop>) -> bool {
    if !stdin().is_terminal() {
        cx.problems
            .error("Confirmation needed")
            .detail("Nobody can be asked, because the input is not a terminal. Nothing was changed.")
            .help(format!("Run it in a terminal, or give `{option}`."));
        return false;
    }
    let look = cx.output.message_look();
    let question = look.paint(Tone::Strong, question);
    cx.output.message(&format!("\n{question}\n  Only 'yes' is taken for consent: "));
    let answer = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        stdin().read_line(&mut line).map(|_| line)
    });
    let answer = unless_stopped(stop, answer).await;
    if let Some(Ok(Ok(line))) = answer
        && line.trim() == "yes"
    {
        cx.output.message("\n");
        return true;
    }
    cx.output.message("\n");
    cx.problems.error("Not confirmed").detail("Nothing was changed.");
    false
}
