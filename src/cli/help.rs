//! Help as people read it: commands in groups, options with the one dash that people type.

use clap::Command;

use crate::render::Look;

/// The commands in the order of their use. A test sees to it that none is missing.
const GROUPS: [(&str, &[&str]); 4] = [
    ("Main commands", &["init", "validate", "plan", "apply", "destroy"]),
    ("What there is", &["output", "show", "drift", "graph", "console"]),
    ("State", &["state", "import", "refresh", "taint", "untaint", "workspace", "force-unlock"]),
    ("Files and this machine", &["fmt", "get", "providers", "local", "completion", "man", "version", "help"]),
];
/// For commands that no group names.
const OTHERS: &str = "Other commands";
/// How wide names of commands are, with the space behind them.
const NAMES: usize = 14;

/// A definition, already built, whose help has our words.
pub(super) fn with_our_words(command: Command, look: Look) -> Command {
    let command = plain(command);
    let template = format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n{}\n{}:\n{{options}}{{after-help}}",
        listing(&command, look),
        super::GLOBAL
    );
    command.help_template(template)
}

fn plain(command: Command) -> Command {
    let about = "Show the help of a command";
    let command = if command.get_name() == "help" { command.about(about).long_about(about) } else { command };
    let short = |arg: clap::Arg| match arg.get_id().as_str() {
        "help" => arg.help("Show this help").long_help("Show this help; -h is shorter"),
        _ => arg,
    };
    command.mut_args(short).mut_subcommands(plain)
}

/// The commands in groups, each with its line.
fn listing(command: &Command, look: Look) -> String {
    let look = Look { width: look.width.min(100), ..look };
    let mut text = String::new();
    let mut group = |title: &str, commands: &[&Command]| {
        if commands.is_empty() {
            return;
        }
        text.push_str(&format!("\n{title}:\n"));
        for command in commands {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            let line = format!("{:NAMES$}{about}", command.get_name());
            // The wrapping leaves lines alone that begin with a space, so the margin comes after it.
            let narrower = Look { width: look.width.saturating_sub(2), ..look };
            let line = narrower.wrap_hanging(&line, &" ".repeat(NAMES + 2));
            text.push_str(&format!("  {}\n", line.trim_end()));
        }
    };
    for (title, names) in GROUPS {
        let known: Vec<&Command> = names.iter().filter_map(|name| command.find_subcommand(name)).collect();
        group(title, &known);
    }
    let others: Vec<&Command> = command.get_subcommands().filter(|command| !is_grouped(command)).collect();
    group(OTHERS, &others);
    text
}

fn is_grouped(command: &Command) -> bool {
    command.is_hide_set() || GROUPS.iter().any(|(_, names)| names.contains(&command.get_name()))
}

/// A text in which long options have one dash, with columns where they were.
pub(super) fn one_dash(text: &str) -> String {
    text.split('\n').map(one_dash_in_line).collect::<Vec<_>>().join("\n")
}

fn one_dash_in_line(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut before = ' ';
    for (i, c) in line.char_indices() {
        let rest = &line[i..];
        let is_first_of_two =
            rest.strip_prefix("--").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()))
                && !before.is_alphanumeric()
                && before != '-';
        if !is_first_of_two {
            out.push(c);
        }
        before = c;
    }
    let margin = out.len() - out.trim_start().len();
    let gap =
        out[margin..].find("  ").filter(|_| margin > 0 && out[margin..].starts_with('-') && out.len() < line.len());
    if let Some(gap) = gap {
        out.insert(margin + gap, ' ');
    }
    out
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::super::Cli;
    use super::*;

    #[test]
    fn every_command_is_in_a_group() {
        let mut command = Cli::command();
        command.build();
        let missing: Vec<&str> =
            command.get_subcommands().filter(|command| !is_grouped(command)).map(Command::get_name).collect();
        assert_eq!(missing, Vec::<&str>::new());
        for name in GROUPS.iter().flat_map(|(_, names)| *names) {
            assert!(command.find_subcommand(name).is_some(), "there is no command {name}");
        }
    }

    #[test]
    fn options_have_one_dash_and_columns_stay() {
        let text = "      --chdir <DIR>  Work there, as --local does\n  -h, --help         Help\n  -O <FILE>  a -- b --c- x--y";
        assert_eq!(
            one_dash(text),
            "      -chdir <DIR>   Work there, as -local does\n  -h, -help          Help\n  -O <FILE>   a -- b -c- x--y"
        );
    }
}
