//! Arguments from the environment: TF_CLI_ARGS for every command, TF_CLI_ARGS_plan for one. They stand right behind the command,
//! so that what is typed wins over them.

use std::ffi::{OsStr, OsString};

use clap::Command;

/// The variable whose text is no list of arguments, and why.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// The variable.
    pub(crate) name: String,
    /// What is wrong with it.
    pub(crate) why: String,
}

/// The arguments with those that the environment adds. `command` says which words are commands and which options take a value.
pub(crate) fn with_environment(
    arguments: Vec<OsString>,
    command: &Command,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Vec<OsString>, Mistake> {
    let Some((at, words)) = place(&arguments, command) else {
        return Ok(arguments);
    };
    let own = format!("TF_CLI_ARGS_{}", words.join("_").replace('-', "_"));
    let mut added = Vec::new();
    // What is for one command stands in front of what is for all, as Terraform has it.
    for name in [own.as_str(), "TF_CLI_ARGS"] {
        let Some(text) = variable(name) else {
            continue;
        };
        let split = shell_words::split(&text);
        let split = split.map_err(|error| Mistake { name: name.to_owned(), why: error.to_string() })?;
        added.extend(split.into_iter().map(OsString::from));
    }
    let (head, rest) = arguments.split_at(at);
    Ok(head.iter().cloned().chain(added).chain(rest.iter().cloned()).collect())
}

/// Where the words of the command end, and what they are; nothing where there is no command.
fn place(arguments: &[OsString], command: &Command) -> Option<(usize, Vec<String>)> {
    let mut words = Vec::new();
    let mut at = None;
    let mut level = command;
    let mut rest = arguments.iter().enumerate().skip(1);
    while let Some((i, argument)) = rest.next() {
        let text = argument.to_str()?;
        if text == "--" {
            break;
        }
        if text.starts_with('-') {
            if !words.is_empty() {
                break;
            }
            if takes_next(text, command) {
                rest.next();
            }
            continue;
        }
        let Some(inner) = level.get_subcommands().find(|inner| has_name(inner, text)) else {
            break;
        };
        words.push(inner.get_name().to_owned());
        at = Some(i + 1);
        level = inner;
    }
    Some((at?, words))
}

fn has_name(command: &Command, text: &str) -> bool {
    command.get_name() == text || command.get_all_aliases().any(|alias| alias == text)
}

/// Whether an option has its value in the next argument.
fn takes_next(text: &str, command: &Command) -> bool {
    let name = text.trim_start_matches('-');
    let option = command.get_arguments().find(|argument| argument.get_long() == Some(name));
    option.is_some_and(|option| option.get_action().takes_values())
}

/// Switches as Go's flags take them: `-json=true` is `-json`, and `-json=false` is nothing. For options that take a truth value
/// after an equals sign, `1`, `T` and their like become one that clap knows.
pub(crate) fn truth_values(arguments: Vec<OsString>, command: &Command) -> Vec<OsString> {
    let mut done = false;
    let plain = |argument: OsString| {
        done |= argument == OsStr::new("--");
        let written = argument.to_str().and_then(|text| text.strip_prefix("--")?.split_once('='));
        let Some((name, value)) = written.filter(|_| !done) else {
            return Some(argument);
        };
        let (Some(kind), Some(value)) = (kind(name, command), truth(value)) else {
            return Some(argument);
        };
        match (kind, value) {
            (Kind::Switch, true) => Some(format!("--{name}").into()),
            (Kind::Switch, false) => None,
            (Kind::Valued, value) => Some(format!("--{name}={value}").into()),
        }
    };
    arguments.into_iter().filter_map(plain).collect()
}

#[derive(Clone, Copy)]
enum Kind {
    /// It is there or not.
    Switch,
    /// It has a value that is true or false.
    Valued,
}

fn kind(name: &str, command: &Command) -> Option<Kind> {
    let own =
        command.get_arguments().find(|argument| argument.get_long() == Some(name)).and_then(|argument| match argument
            .get_action()
        {
            clap::ArgAction::SetTrue => Some(Kind::Switch),
            clap::ArgAction::Set if argument.get_value_names().is_some_and(|names| names == ["BOOL"]) => {
                Some(Kind::Valued)
            }
            _ => None,
        });
    own.or_else(|| command.get_subcommands().find_map(|inner| kind(name, inner)))
}

fn truth(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Arg, ArgAction};

    fn command() -> Command {
        let switch = Arg::new("json").long("json").action(ArgAction::SetTrue);
        let input = Arg::new("input").long("input").value_name("BOOL").action(ArgAction::Set);
        Command::new("recon")
            .arg(Arg::new("chdir").long("chdir").action(ArgAction::Set))
            .subcommand(Command::new("plan").arg(switch).arg(input))
            .subcommand(Command::new("state").subcommand(Command::new("replace-provider")))
    }

    fn with(arguments: &[&str], variables: &[(&str, &str)]) -> Result<Vec<String>, Mistake> {
        let find = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
        let arguments = arguments.iter().map(OsString::from).collect();
        let all = with_environment(arguments, &command(), find)?;
        Ok(all.into_iter().map(|argument| argument.to_string_lossy().into_owned()).collect())
    }

    #[test]
    fn what_the_environment_adds_stands_right_behind_the_command() {
        let variables =
            [("TF_CLI_ARGS", "-no-color"), ("TF_CLI_ARGS_plan", "-var 'a=b c'"), ("TF_CLI_ARGS_apply", "-x")];
        assert_eq!(
            with(&["recon", "--chdir", "plan", "plan", "--out=f"], &variables).unwrap(),
            ["recon", "--chdir", "plan", "plan", "-var", "a=b c", "-no-color", "--out=f"]
        );
        let state = [("TF_CLI_ARGS_state_replace_provider", "-x")];
        assert_eq!(
            with(&["recon", "state", "replace-provider", "a"], &state).unwrap(),
            ["recon", "state", "replace-provider", "-x", "a"]
        );
    }

    #[test]
    fn without_a_command_nothing_is_added() {
        assert_eq!(with(&["recon", "--version"], &[("TF_CLI_ARGS", "-x")]).unwrap(), ["recon", "--version"]);
    }

    #[test]
    fn a_quotation_that_does_not_end_is_told() {
        let mistake = with(&["recon", "plan"], &[("TF_CLI_ARGS", "-var 'a")]).unwrap_err();
        assert_eq!(mistake.name, "TF_CLI_ARGS");
    }

    #[test]
    fn switches_take_gos_truth_values() {
        let given = ["recon", "plan", "--json=1", "--input=F", "--json=false", "--out=true", "--", "--json=false"];
        let given = truth_values(given.iter().map(OsString::from).collect(), &command());
        assert_eq!(given, ["recon", "plan", "--json", "--input=false", "--out=true", "--", "--json=false"]);
    }
}
