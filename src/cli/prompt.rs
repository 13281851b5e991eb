//! Asks for the variables that have no value, as long as somebody is there to answer.

use std::io::{self, IsTerminal, stdin};

use super::context::Context;
use crate::language::config::Variable;
use crate::render::Tone;

/// Whether somebody can be asked: the input is a terminal, and neither `-input=false` nor TF_INPUT says otherwise.
pub(crate) fn possible(input: bool) -> bool {
    wanted(input) && stdin().is_terminal()
}

/// Whether neither `-input=false` nor TF_INPUT forbids questions.
pub(crate) fn wanted(input: bool) -> bool {
    let off = |value: &str| value == "0" || value.eq_ignore_ascii_case("false");
    input && !std::env::var("TF_INPUT").is_ok_and(|value| off(&value))
}

/// Asks for the value of a variable. What is sensitive is read without being shown.
pub(crate) fn ask(variable: &Variable, cx: &Context) -> io::Result<String> {
    let look = cx.output.message_look();
    let mut text = format!("{}\n", look.paint(Tone::Strong, format!("var.{}", variable.name.text)));
    if let Some(description) = variable.description.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        for line in description.lines() {
            text.push_str(&format!("  {line}\n"));
        }
    }
    cx.output.message(&format!("{text}\n  {} ", look.paint(Tone::Strong, "Enter a value:")));
    let mut line = String::new();
    if variable.sensitive {
        line = rpassword::read_password()?;
    } else if stdin().read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    cx.output.message("\n");
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
