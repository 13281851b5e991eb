//! What holds for all commands: codes, streams, help, wrong options, closed pipes, colours. A command without a row fails.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;
use std::sync::OnceLock;

use super::{Answer, Folder};

const MAIN: &str = "variable \"v\" {\n  default = 1\n}\n\nresource \"terraform_data\" \"a\" {\n  input = var.v\n}\n\n\
                    output \"v\" {\n  value = terraform_data.a.output\n}\n";

/// A command, a call of it that works in a folder where `MAIN` was applied, and one that fails where nothing can be read.
struct Row {
    words: &'static str,
    works: &'static [&'static str],
    /// What stdout has then; nothing at all where this is empty.
    prints: &'static str,
    fails: Fails,
}

enum Fails {
    With(&'static [&'static str]),
    /// With another code than 1.
    Code(i32),
    /// It needs nothing that could be missing; why.
    Never(&'static str),
}

use Fails::{Code, Never, With};

const fn row(words: &'static str, works: &'static [&'static str], prints: &'static str, fails: Fails) -> Row {
    Row { words, works, prints, fails }
}

/// In the order of the manual's pages.
const ROWS: &[Row] = &[
    row("apply", &["-auto-approve"], "No changes", With(&["-auto-approve"])),
    row("completion", &["bash"], "complete -F", With(&["csh"])),
    row("console", &[], "\n", With(&[])),
    row("destroy", &["-auto-approve"], "Destroy (1)", With(&["-auto-approve"])),
    row("drift", &[], "No drift", With(&[])),
    row("fmt", &[], "", Code(2)),
    row("force-unlock", &["-help"], "Example:", With(&["-force", "x"])),
    row("get", &[], "", With(&[])),
    row("graph", &[], "digraph", With(&[])),
    row("import", &["-help"], "Example:", With(&["terraform_data.b", "x"])),
    row("init", &[], "Ready", With(&[])),
    row("local down", &[], "does not run", Never("what does not run need not be stopped")),
    row("local status", &[], "does not run", With(&["-url"])),
    row("local up", &["-help"], "Example:", With(&["x"])),
    row("man", &[], ".TH recon 1", With(&["nowhere"])),
    row("output", &["-raw", "v"], "1", With(&[])),
    row("plan", &[], "No changes", With(&[])),
    row("providers", &[], "provider[terraform.io/builtin/terraform]", With(&[])),
    row("providers docs", &["."], "", With(&["nowhere"])),
    row("providers lock", &["-platform=linux_amd64"], "nothing to lock", Never("nothing is read")),
    row("providers mirror", &["folder"], "nothing to mirror", Never("nothing is read")),
    row("providers schema", &["-json"], "provider_schemas", With(&[])),
    row("refresh", &[], "No changes", With(&[])),
    row("show", &[], "terraform_data.a\n", With(&[])),
    row("state list", &[], "terraform_data.a\n", With(&[])),
    row("state mv", &["terraform_data.a", "terraform_data.b"], "Successfully moved", With(&["a.b", "a.c"])),
    row("state pull", &[], "\"version\": 4", With(&[])),
    row("state push", &["state/default.tfstate"], "", With(&["main.tf"])),
    row("state replace-provider", &["hashicorp/aws", "hashicorp/null"], "No matching", With(&["hashicorp/aws", "a/b"])),
    row("state rm", &["terraform_data.a"], "Successfully removed", With(&["a.b"])),
    row("state show", &["terraform_data.a"], "resource \"terraform_data\"", With(&["a.b"])),
    row("taint", &["terraform_data.a"], "is marked", With(&["a.b"])),
    row("untaint", &["-help"], "Example:", With(&["terraform_data.a"])),
    row("validate", &[], "is valid", With(&[])),
    row("version", &[], "recon 0.", With(&["x"])),
    row("workspace delete", &["-help"], "Example:", With(&["nowhere"])),
    row("workspace list", &[], "* default", With(&["x"])),
    row("workspace new", &["n"], "Created", With(&["/"])),
    row("workspace select", &["default"], "", With(&["nowhere"])),
    row("workspace show", &[], "default", With(&["x"])),
];

/// Commands that only have others below them.
const GROUPS: [&str; 3] = ["local", "state", "workspace"];

impl Row {
    fn call(&self, arguments: &[&'static str]) -> Vec<&'static str> {
        self.words.split(' ').chain(arguments.iter().copied()).collect()
    }
}

/// A folder of its own in which the configuration was applied.
fn applied() -> Folder {
    static STATE: OnceLock<String> = OnceLock::new();
    let state = STATE.get_or_init(|| {
        let folder = Folder::with(MAIN);
        folder.run(&["apply", "-auto-approve"]).ends_with(0);
        folder.read("state/default.tfstate")
    });
    let folder = Folder::with(MAIN);
    std::fs::create_dir(folder.path().join("state")).unwrap();
    folder.write("state/default.tfstate", state);
    folder
}

/// A folder in which neither the configuration nor the state can be read.
fn broken() -> Folder {
    let folder = Folder::with("resource {\n");
    folder.write("terraform.tfstate", "not JSON");
    folder
}

#[test]
fn every_command_has_a_row() {
    let folder = Folder::with("");
    folder.run(&["man", "."]).ends_with(0);
    let pages: BTreeSet<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .filter_map(|entry| {
            Path::new(&entry.unwrap().file_name()).file_stem()?.to_str()?.strip_prefix("recon-").map(str::to_owned)
        })
        .filter(|page| page != "help")
        .collect();
    let rows = ROWS.iter().map(|row| row.words).chain(GROUPS).map(|words| words.replace(' ', "-")).collect();
    assert_eq!(pages, rows, "each page of the manual is a row here, and each row a page");
}

#[test]
fn what_works_ends_with_0_and_its_result_alone_is_on_stdout() {
    for row in ROWS {
        let answer = applied().run(&row.call(row.works)).ends_with(0);
        assert!(answer.stdout.contains(row.prints), "{}: {answer:#?}", row.words);
        assert_eq!(answer.stdout.is_empty(), row.prints.is_empty(), "{}: {answer:#?}", row.words);
        assert!(!answer.stderr.contains("Error:"), "{}: {answer:#?}", row.words);
    }
}

#[test]
fn what_fails_says_why_on_stderr_and_has_no_result() {
    for row in ROWS {
        let (arguments, code): (&[&str], i32) = match row.fails {
            With(arguments) => (arguments, 1),
            Code(code) => (&[], code),
            Never(why) => {
                assert!(!why.is_empty());
                continue;
            }
        };
        let answer = broken().run(&row.call(arguments)).ends_with(code);
        assert_eq!(answer.stdout, "", "{}", row.words);
        assert!(answer.stderr.contains("Error: "), "{}: {answer:#?}", row.words);
    }
}

#[test]
fn a_wrong_option_is_named_and_is_never_taken_for_changes() {
    for words in ROWS.iter().map(|row| row.words).chain(GROUPS) {
        let call: Vec<&str> = words.split(' ').chain(["-nonsense"]).collect();
        let answer = Folder::with("").run(&call).ends_with(1);
        assert_eq!(answer.stdout, "", "{words}");
        let named = format!("`recon {words}` has no option `-nonsense`.");
        assert!(answer.stderr.contains(&named), "{}", answer.stderr);
    }
}

#[test]
fn help_is_a_result_with_an_example_and_one_dash() {
    for words in ROWS.iter().map(|row| row.words).chain(GROUPS) {
        for help in ["-help", "--help", "-h"] {
            let call: Vec<&str> = words.split(' ').chain([help]).collect();
            let answer = Folder::with("").run(&call).ends_with(0);
            assert_eq!(answer.stderr, "", "{words}");
            let (_, example) = answer.stdout.split_once("Example:\n").unwrap();
            assert!(example.contains(&format!("  recon {words}")), "{}", answer.stdout);
            assert!(answer.stdout.contains("      -chdir <DIR>"), "{}", answer.stdout);
            assert!(!answer.stdout.contains(" --"), "{}", answer.stdout);
        }
        let call: Vec<&str> = ["help"].into_iter().chain(words.split(' ')).collect();
        assert!(Folder::with("").run(&call).ends_with(0).stdout.contains("Example:\n  recon "), "{words}");
    }
}

#[test]
fn a_reader_that_has_gone_is_no_failure_of_any_command() {
    for row in ROWS {
        let folder = applied();
        let mut command = folder.command(&row.call(row.works));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let answer = Answer::from(child.wait_with_output().unwrap()).ends_with(0);
        assert!(!answer.stderr.contains("Error") && !answer.stderr.contains("panic"), "{}: {answer:#?}", row.words);
    }
}

#[test]
fn no_colours_are_written_where_none_are_wanted() {
    for row in ROWS {
        let failing: &[&str] = if let With(arguments) = row.fails { arguments } else { &[] };
        for (folder, arguments) in [(applied(), row.works), (broken(), failing)] {
            let call: Vec<&str> = row.words.split(' ').chain(["-no-color"]).chain(arguments.iter().copied()).collect();
            let answer = Answer::from(folder.command(&call).env("CLICOLOR_FORCE", "1").output().unwrap());
            assert!(!answer.stdout.contains('\u{1b}') && !answer.stderr.contains('\u{1b}'), "{call:?}: {answer:#?}");
        }
    }
}

#[test]
fn the_first_help_has_the_main_commands_first() {
    for call in [&["-help"][..], &["-h"], &["help"], &["--help"]] {
        let help = Folder::with("").run(call).ends_with(0).stdout;
        let places =
            ["Main commands:", "  init ", "  plan ", "  apply ", "What there is:", "Options of every command:"];
        let found: Vec<usize> =
            places.iter().map(|text| help.find(text).unwrap_or_else(|| panic!("{text}: {help}"))).collect();
        assert!(found.is_sorted(), "{help}");
        assert!(!help.contains("Other commands"), "{help}");
    }
    let wrong = Folder::with("").run(&["plna"]).ends_with(1);
    assert!(wrong.stderr.contains("Did you mean \"plan\"?"), "{}", wrong.stderr);
    let wrong = Folder::with("").run(&["-install-autocomplete"]).ends_with(1);
    assert!(wrong.stderr.contains("recon completion bash"), "{}", wrong.stderr);
}
