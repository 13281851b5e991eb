//! What is wrong with a call that cannot be understood, in words of our own.

use std::error::Error;

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::help::one_dash;
use crate::diagnostic::{Diagnostic, did_you_mean};

/// Options of Terraform that something else stands in for.
const INSTEAD: [(&str, &str); 2] = [
    ("-install-autocomplete", "`recon completion bash` prints the script for a shell; its help says where to put it."),
    ("-uninstall-autocomplete", "What `recon completion` printed is in a file of your own: delete that."),
];

/// Describes a mistake in a call of the command that the words name.
pub(super) fn mistake(error: &clap::Error, words: &[String], definition: &Command) -> Diagnostic {
    let level = words.iter().try_fold(definition, |level, word| level.find_subcommand(word)).unwrap_or(definition);
    let called = [&["recon".to_owned()], words].concat().join(" ");
    let said = |kind| said(error, kind);
    let option = said(ContextKind::InvalidArg);
    let value = said(ContextKind::InvalidValue);
    let see = format!("`{called} -help` shows what it takes.");
    let (summary, detail, help) = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let name = said(ContextKind::InvalidSubcommand);
            let near = did_you_mean(&name, level.get_subcommands().map(Command::get_name));
            let all = format!("`{called} -help` lists the commands.");
            ("Unknown command", format!("`{called}` has no command `{name}`."), or(near, all))
        }
        ErrorKind::UnknownArgument if option.starts_with('-') => {
            let name = option.split('=').next().unwrap_or_default();
            let known: Vec<String> =
                level.get_arguments().filter_map(|known| Some(format!("-{}", known.get_long()?))).collect();
            let near = did_you_mean(name, known.iter().map(String::as_str));
            let instead = INSTEAD.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
            let help = instead.unwrap_or_else(|| or(near, see));
            ("Unknown option", format!("`{called}` has no option `{name}`."), help)
        }
        ErrorKind::UnknownArgument => ("Too many arguments", format!("`{called}` has no use for `{option}`."), see),
        ErrorKind::InvalidValue if value.is_empty() => {
            ("Value missing", format!("`{option}` needs a value.{}", valid(error)), see)
        }
        ErrorKind::InvalidValue => {
            ("Invalid value", format!("`{value}` is no value of `{option}`.{}", valid(error)), see)
        }
        ErrorKind::ValueValidation => {
            let why = error.source().map(|why| format!(": {why}")).unwrap_or_default();
            ("Invalid value", format!("`{value}` is no value of `{option}`{why}."), see)
        }
        ErrorKind::NoEquals => {
            ("Invalid value", format!("`{option}` takes its value behind an equals sign, without a space."), see)
        }
        ErrorKind::MissingRequiredArgument => {
            // What may be repeated ends with dots already.
            let end = if option.ends_with('.') { "" } else { "." };
            ("Argument missing", format!("`{called}` needs {option}{end}"), see)
        }
        ErrorKind::ArgumentConflict => {
            let other = said(ContextKind::PriorArg);
            ("Invalid combination of arguments", format!("`{option}` cannot be used with `{other}`."), see)
        }
        ErrorKind::InvalidUtf8 => ("Invalid argument", "An argument is no valid UTF-8 text.".to_owned(), see),
        other => {
            let why = other.as_str().unwrap_or("the arguments do not fit together");
            ("Invalid arguments", format!("`{called}` cannot be understood: {why}."), see)
        }
    };
    Diagnostic::error(summary).with(|problem| {
        problem.detail(detail).help(help);
    })
}

fn or(first: String, second: String) -> String {
    if first.is_empty() { second } else { first }
}

fn said(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => one_dash(text),
        Some(ContextValue::Strings(all)) => one_dash(&all.join(", ")),
        _ => String::new(),
    }
}

fn valid(error: &clap::Error) -> String {
    let all = said(error, ContextKind::ValidValue);
    if all.is_empty() { all } else { format!(" It is one of {all}.") }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::super::Cli;
    use super::*;

    fn told(arguments: &[&str], words: &[&str]) -> String {
        let mut definition = Cli::command();
        definition.build();
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let error = definition.clone().try_get_matches_from(arguments).unwrap_err();
        let problem = mistake(&error, &words, &definition);
        format!("{}: {} {}", problem.summary, problem.detail, problem.help.join(" "))
    }

    #[test]
    fn what_is_near_is_named() {
        assert_eq!(
            told(&["recon", "plna"], &[]),
            "Unknown command: `recon` has no command `plna`. Did you mean \"plan\"?"
        );
        assert_eq!(
            told(&["recon", "plan", "--refrsh=false"], &["plan"]),
            "Unknown option: `recon plan` has no option `-refrsh`. Did you mean \"-refresh\"?"
        );
        assert_eq!(
            told(&["recon", "state", "mv", "--zzzzzzzz"], &["state", "mv"]),
            "Unknown option: `recon state mv` has no option `-zzzzzzzz`. `recon state mv -help` shows what it takes."
        );
    }

    #[test]
    fn what_is_missing_or_no_value_is_named() {
        assert_eq!(
            told(&["recon", "state", "mv", "a"], &["state", "mv"]),
            "Argument missing: `recon state mv` needs <DESTINATION>. `recon state mv -help` shows what it takes."
        );
        assert_eq!(
            told(&["recon", "plan", "--out"], &["plan"]),
            "Value missing: `-out <FILE>` needs a value. `recon plan -help` shows what it takes."
        );
        assert_eq!(
            told(&["recon", "version", "x"], &["version"]),
            "Too many arguments: `recon version` has no use for `x`. `recon version -help` shows what it takes."
        );
    }
}
