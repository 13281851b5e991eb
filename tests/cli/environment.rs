//! What the environment adds: arguments, answers, a log. And what the shell gets: completion, manual pages.

use std::io::Write;
use std::process::Stdio;

use super::{Answer, Folder};

const MAIN: &str = "variable \"v\" {\n  default = 1\n}\n\nresource \"terraform_data\" \"a\" {\n  input = var.v\n}\n\noutput \"v\" {\n  value = var.v\n}\n";

fn with(folder: &Folder, arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Answer {
    let mut command = folder.command(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).envs(variables.iter().copied());
    let mut child = command.spawn().unwrap();
    // Whoever is not asked reads nothing.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    Answer::from(child.wait_with_output().unwrap())
}

#[test]
fn arguments_from_the_environment_stand_behind_the_command_and_what_is_typed_wins() {
    let folder = Folder::with(MAIN);
    let given = [("TF_CLI_ARGS_plan", "-var 'v=from the environment'"), ("TF_CLI_ARGS", "-no-color")];
    let plan = with(&folder, &["plan"], &given, "").ends_with(0);
    assert!(plan.stdout.contains("from the environment"), "{}", plan.stdout);
    let plan = with(&folder, &["plan", "-var=v=typed"], &given, "").ends_with(0);
    assert!(plan.stdout.contains("typed") && !plan.stdout.contains("from the"), "{}", plan.stdout);
    with(&folder, &["version"], &[("TF_CLI_ARGS_plan", "-nonsense")], "").ends_with(0);
    let wrong = with(&folder, &["plan"], &[("TF_CLI_ARGS", "'")], "").ends_with(1);
    assert!(wrong.stderr.contains("TF_CLI_ARGS is no list of arguments"), "{}", wrong.stderr);
}

#[test]
fn a_program_is_not_told_what_to_type_next() {
    let folder = Folder::with(MAIN);
    let person = folder.run(&["plan", "-out=p"]).ends_with(0);
    assert!(person.stderr.contains("recon apply p"), "{}", person.stderr);
    let program = with(&folder, &["plan", "-out=p"], &[("TF_IN_AUTOMATION", "1")], "").ends_with(0);
    assert_eq!(program.stderr, "Saved to p.\n");
}

#[test]
fn switches_take_truth_values_as_gos_do() {
    let folder = Folder::with(MAIN);
    folder.run(&["plan", "-input=0", "-detailed-exitcode=true", "-no-color=true"]).ends_with(2);
    folder.run(&["plan", "-detailed-exitcode=false"]).ends_with(0);
}

#[test]
fn the_lock_is_always_taken() {
    let folder = Folder::with(MAIN);
    folder.run(&["plan", "-lock=false", "-lock-timeout=5s"]).ends_with(0);
    folder.run(&["apply", "-auto-approve", "-lock=true"]).ends_with(0);
    let refused = folder.run(&["apply", "-auto-approve", "-lock=false"]).ends_with(1);
    assert!(refused.stderr.contains("never written without its lock"), "{}", refused.stderr);
}

#[test]
fn a_piped_yes_is_an_answer_and_nothing_is_none() {
    let folder = Folder::with(MAIN);
    let silent = with(&folder, &["apply"], &[], "").ends_with(1);
    assert!(silent.stderr.contains("Confirmation needed"), "{}", silent.stderr);
    let no = with(&folder, &["apply"], &[], "no\n").ends_with(1);
    assert!(no.stderr.contains("Not confirmed"), "{}", no.stderr);
    let forbidden = with(&folder, &["apply", "-input=false"], &[], "yes\n").ends_with(1);
    assert!(forbidden.stderr.contains("Confirmation needed"), "{}", forbidden.stderr);
    let forbidden = with(&folder, &["apply"], &[("TF_INPUT", "0")], "yes\n").ends_with(1);
    assert!(forbidden.stderr.contains("Confirmation needed"), "{}", forbidden.stderr);
    with(&folder, &["apply"], &[], "yes\n").ends_with(0);
    with(&folder, &["destroy"], &[], "yes\n").ends_with(0);
    assert_eq!(folder.run(&["state", "list"]).stdout, "");
}

#[test]
#[cfg(target_os = "linux")]
fn a_result_that_cannot_be_written_is_a_failure() {
    let folder = Folder::with(MAIN);
    for arguments in [vec!["plan"], vec!["graph"], vec!["version"], vec!["providers", "schema", "-json"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let answer = Answer::from(folder.command(&arguments).stdout(full).stderr(Stdio::piped()).output().unwrap());
        let answer = answer.ends_with(1);
        assert!(answer.stderr.contains("Output not written"), "{arguments:?}: {}", answer.stderr);
    }
}

#[test]
fn a_log_goes_where_it_is_asked_for() {
    let folder = Folder::with(MAIN);
    let quiet = folder.run(&["apply", "-auto-approve"]).ends_with(0);
    assert!(!quiet.stderr.contains("recon begins"), "{}", quiet.stderr);
    let told = with(&folder, &["plan"], &[("RECON_LOG", "info")], "").ends_with(0);
    assert!(told.stderr.contains("recon begins"), "{}", told.stderr);
    assert!(!told.stdout.contains("recon begins"), "{}", told.stdout);
    let path = folder.path().join("log");
    let place = [("RECON_LOG", "trace"), ("RECON_LOG_PATH", path.to_str().unwrap())];
    assert!(!with(&folder, &["plan"], &place, "").ends_with(0).stderr.contains("recon begins"));
    assert!(folder.read("log").contains("recon begins"));
    let json = with(&folder, &["version"], &[("RECON_LOG", "json")], "").ends_with(0);
    let line: serde_json::Value = serde_json::from_str(json.stderr.lines().next().unwrap()).unwrap();
    assert_eq!(line["fields"]["message"], "recon begins");
    let wrong = with(&folder, &["plan"], &[("TF_LOG", "loud")], "").ends_with(0);
    assert!(wrong.stderr.contains("Unknown log level"), "{}", wrong.stderr);
}

#[test]
fn shells_can_load_what_completes_commands() {
    let folder = Folder::with("");
    let script = folder.run(&["completion", "bash"]).ends_with(0).stdout;
    folder.write("recon.bash", &script);
    // Completes `recon work` as a shell would, and lists the options of a subcommand.
    let ask = "source ./recon.bash; COMP_WORDS=(recon work); COMP_CWORD=1; _recon recon work recon; echo ${COMPREPLY[@]};\
               COMP_WORDS=(recon state mv --dry); COMP_CWORD=3; _recon recon --dry mv; echo ${COMPREPLY[@]}";
    let bash = std::process::Command::new("bash").args(["-c", ask]).current_dir(folder.path()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&bash.stdout), "workspace\n--dry-run\n", "{bash:?}");
    for (shell, one) in
        [("zsh", "'-dry-run["), ("fish", " -o dry-run"), ("powershell", "'-dry-run'"), ("elvish", "cand -dry-run")]
    {
        let script = folder.run(&["completion", shell]).ends_with(0).stdout;
        assert!(script.contains("force-unlock") && script.contains(one), "{shell}: {script}");
    }
}

#[test]
fn bash_completes_options_with_one_dash_and_what_state_holds() {
    let folder = Folder::with(MAIN);
    folder.run(&["apply", "-auto-approve"]).ends_with(0);
    folder.run(&["workspace", "new", "staging"]).ends_with(0);
    folder.run(&["workspace", "select", "default"]).ends_with(0);
    folder.write("recon.bash", &folder.run(&["completion", "bash"]).ends_with(0).stdout);
    let bin = std::path::Path::new(env!("CARGO_BIN_EXE_recon")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let complete = |words: &str, before: &str, word: &str| {
        let ask = format!(
            "source ./recon.bash; COMP_WORDS=({words} '{word}'); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _recon_names recon '{word}' '{before}'; echo \"${{COMPREPLY[*]}}\""
        );
        let mut bash = std::process::Command::new("bash");
        let bash = bash.args(["--norc", "-c", &ask]).env("PATH", &path).current_dir(folder.path()).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&bash.stderr), "", "{words} {word}");
        String::from_utf8_lossy(&bash.stdout).trim_end().to_owned()
    };
    assert_eq!(complete("recon state mv", "mv", "-dry"), "-dry-run");
    assert_eq!(complete("recon state mv", "mv", "--dry"), "--dry-run");
    assert_eq!(complete("recon", "recon", "work"), "workspace");
    assert_eq!(complete("recon state show", "show", "terr"), "terraform_data.a");
    assert_eq!(complete("recon taint", "taint", ""), "terraform_data.a");
    assert_eq!(complete("recon plan -target", "-target", "t"), "terraform_data.a");
    assert_eq!(complete("recon plan -target =", "=", "t"), "terraform_data.a");
    assert_eq!(complete("recon workspace select", "select", "st"), "staging");
}

#[test]
fn manual_pages_are_written_for_every_command() {
    let folder = Folder::with("");
    std::fs::create_dir(folder.path().join("man1")).unwrap();
    folder.run(&["man", "man1"]).ends_with(0);
    for (page, says) in
        [("recon.1", "force\\-unlock"), ("recon-apply.1", "auto\\-approve"), ("recon-state-mv.1", "dry\\-run")]
    {
        let text = folder.read(&format!("man1/{page}"));
        assert!(text.starts_with(".ie") && text.contains(says), "{page}: {text}");
    }
    assert!(folder.run(&["man"]).ends_with(0).stdout.contains(".TH recon 1"));
    assert!(folder.run(&["man", "nowhere"]).ends_with(1).stderr.contains("Manual not written"));
}
