//! docs/commands.md is true: every option on it is taken or refused as it says, and no option is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::Folder;

/// Options of every command, which the page names once.
const GLOBAL: [&str; 6] = ["chdir", "local", "no-color", "module-source", "help", "version"];

struct Row {
    /// The option as it is typed.
    option: String,
    /// What the page says of it.
    here: String,
}

/// The rows of each command.
fn page() -> BTreeMap<String, Vec<Row>> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/commands.md")).unwrap();
    let mut commands = BTreeMap::new();
    for section in text.split("\n## recon ").skip(1) {
        let (words, rest) = section.split_once('\n').unwrap();
        let rows = rest.lines().filter_map(|line| {
            let (option, after) = line.strip_prefix("| `")?.split_once("` | ")?;
            Some(Row { option: option.to_owned(), here: after.split(" |").next()?.to_owned() })
        });
        commands.insert(words.to_owned(), rows.collect());
    }
    commands
}

fn name(option: &str) -> &str {
    option.trim_start_matches('-').split('=').next().unwrap()
}

/// The options that the help of a command shows.
fn shown(help: &str) -> BTreeSet<String> {
    let option = |line: &str| {
        let line = line.trim_start();
        let line = line.split_once(", -").map_or(line, |(short, _)| line.get(short.len() + 2..).unwrap_or_default());
        let name: String =
            line.strip_prefix('-')?.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect();
        (name.len() > 1 && !GLOBAL.contains(&name.as_str())).then_some(name)
    };
    help.lines().filter(|line| line.starts_with(' ')).filter_map(option).collect()
}

#[test]
fn every_option_is_taken_or_refused_as_the_page_says() {
    let folder = Folder::with("");
    let mut tried = 0;
    for (words, rows) in page() {
        for row in rows {
            let call: Vec<&str> = words.split(' ').chain([row.option.as_str()]).collect();
            match row.here.as_str() {
                // The help ends the command, once everything before it was understood.
                "same" | "own" | "no effect" => {
                    folder.run(&[call.as_slice(), &["-help"]].concat()).ends_with(0);
                }
                "refused" => {
                    let answer = folder.run(&[call.as_slice(), &["a", "b"][..values(&words)]].concat()).ends_with(1);
                    assert!(answer.stderr.contains(name(&row.option)), "{words} {}: {answer:#?}", row.option);
                    assert_eq!(answer.stdout, "", "{words} {}", row.option);
                }
                other => panic!("{words} {}: what is \"{other}\"?", row.option),
            }
            tried += 1;
        }
    }
    assert!(tried > 150, "{tried}");
}

/// How many arguments a command cannot do without.
fn values(words: &str) -> usize {
    match words {
        "import" | "state mv" | "state replace-provider" => 2,
        "taint" | "untaint" | "state rm" => 1,
        _ => 0,
    }
}

#[test]
fn no_option_is_missing_on_the_page() {
    let folder = Folder::with("");
    for (words, rows) in page() {
        let call: Vec<&str> = words.split(' ').chain(["-help"]).collect();
        let shown = shown(&folder.run(&call).ends_with(0).stdout);
        let told: BTreeSet<String> = rows.iter().map(|row| name(&row.option).to_owned()).collect();
        let missing: Vec<&String> = shown.difference(&told).collect();
        assert!(missing.is_empty(), "{words}: {missing:?}");
    }
}

#[test]
fn what_is_asked_of_state_files_and_cannot_be_had_is_refused_with_a_cure() {
    let folder = Folder::with("");
    let answer = folder.run(&["apply", "-auto-approve", "-backup=elsewhere"]).ends_with(1);
    assert!(answer.stderr.contains("kept beside it"), "{}", answer.stderr);
    let answer = folder.run(&["state", "rm", "-state-out=x", "a.b"]).ends_with(1);
    assert!(answer.stderr.contains("-state=FILE"), "{}", answer.stderr);
}
