//! `recon fmt`: the canonical style, byte for byte, and what happens to files.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::{Answer, Folder};

/// The inputs in `tests/fmt`; the text that each must become has `.expected` behind its name.
fn inputs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fmt");
    let mut found: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.extension().is_none_or(|extension| extension != "expected"));
    found.sort();
    found
}

fn fmt_stdin(folder: &Folder, arguments: &[&str], text: &str) -> Answer {
    let mut command = folder.command(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    Answer::from(child.wait_with_output().unwrap())
}

#[test]
fn every_file_becomes_what_is_expected_and_stays_it() {
    let folder = Folder::with("");
    let mut names = Vec::new();
    for input in inputs() {
        let name = input.file_name().unwrap().to_str().unwrap().to_owned();
        fs::copy(&input, folder.path().join(&name)).unwrap();
        names.push(name);
    }
    assert!(names.len() >= 10, "{names:?}");
    let answer = folder.run(&["fmt"]).ends_with(0);
    assert_eq!(answer.stdout.lines().collect::<Vec<_>>(), names);
    for (input, name) in inputs().iter().zip(&names) {
        let expected = fs::read_to_string(format!("{}.expected", input.display())).unwrap();
        assert_eq!(folder.read(name), expected, "{name}");
    }
    assert_eq!(folder.run(&["fmt"]).ends_with(0).stdout, "");
    folder.run(&["fmt", "-check"]).ends_with(0);
}

#[test]
fn a_check_writes_nothing_and_ends_with_3() {
    let folder = Folder::with("a=1\n");
    folder.write("good.tf", "a = 1\n");
    let answer = folder.run(&["fmt", "-check"]).ends_with(3);
    assert_eq!((answer.stdout.as_str(), answer.stderr.as_str()), ("main.tf\n", ""));
    assert_eq!(folder.run(&["fmt", "-check", "-list=false"]).ends_with(3).stdout, "");
    assert_eq!(folder.read("main.tf"), "a=1\n");
    folder.run(&["fmt", "-check", "good.tf"]).ends_with(0);
}

#[test]
fn differences_are_shown_on_request() {
    let folder = Folder::with("a=1\n");
    let diff = "--- old/main.tf\n+++ new/main.tf\n@@ -1 +1 @@\n-a=1\n+a = 1\n";
    assert_eq!(folder.run(&["fmt", "-diff", "-check"]).ends_with(3).stdout, format!("main.tf\n{diff}"));
    assert_eq!(folder.run(&["fmt", "-diff", "-list=false", "-write=false"]).ends_with(0).stdout, diff);
    assert_eq!(folder.run(&["fmt", "-list=false", "-write=false"]).ends_with(0).stdout, "a = 1\n");
    assert_eq!(folder.read("main.tf"), "a=1\n");
}

#[test]
fn a_file_with_syntax_errors_is_left_as_it_is_and_the_others_are_not() {
    let folder = Folder::with("a=1 2\n");
    folder.write("other.tf", "a=1\n");
    let answer = folder.run(&["fmt"]).ends_with(2);
    assert_eq!(answer.stdout, "other.tf\n");
    assert!(answer.stderr.contains("on main.tf line 1"), "{}", answer.stderr);
    assert_eq!((folder.read("main.tf"), folder.read("other.tf")), ("a=1 2\n".into(), "a = 1\n".into()));
}

#[test]
fn standard_input_goes_to_standard_output() {
    let folder = Folder::with("b=1\n");
    let answer = fmt_stdin(&folder, &["fmt", "-"], "a=1");
    assert_eq!((answer.code, answer.stdout.as_str()), (Some(0), "a = 1\n"));
    let answer = fmt_stdin(&folder, &["fmt", "-check", "-"], "a=1\n");
    assert_eq!((answer.code, answer.stdout.as_str()), (Some(3), ""));
    let answer = fmt_stdin(&folder, &["fmt", "-"], "a = (\n");
    assert_eq!((answer.code, answer.stdout.as_str()), (Some(2), ""));
    assert!(answer.stderr.contains("on <stdin> line"), "{}", answer.stderr);
    assert_eq!(folder.read("main.tf"), "b=1\n");
}

#[test]
fn folders_are_entered_only_when_asked_and_other_files_are_left_alone() {
    let folder = Folder::with("a = 1\n");
    for inner in ["inner/deep", ".hidden"] {
        fs::create_dir_all(folder.path().join(inner)).unwrap();
    }
    for name in ["inner/deep/x.tf", ".hidden/x.tf", "x.tf~", "x.tf.json", "x.hcl", ".x.tf"] {
        folder.write(name, "a=1\n");
    }
    assert_eq!(folder.run(&["fmt"]).ends_with(0).stdout, "");
    assert_eq!(folder.run(&["fmt", "-recursive"]).ends_with(0).stdout, "inner/deep/x.tf\n");
    assert_eq!(folder.read(".hidden/x.tf"), "a=1\n");
    for (name, says) in [("x.tf.json", "File not formatted"), ("missing.tf", "No such file or folder")] {
        let answer = folder.run(&["fmt", name, "main.tf"]).ends_with(2);
        assert!(answer.stderr.contains(says) && answer.stderr.contains(name), "{}", answer.stderr);
    }
    assert_eq!(folder.read("x.tf.json"), "a=1\n");
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_a_file_keeps_its_mode() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let folder = Folder::with("a=1\n");
    fs::create_dir(folder.path().join("real")).unwrap();
    folder.write("real/x.tf", "a=1\n");
    fs::set_permissions(folder.path().join("real/x.tf"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real/x.tf", folder.path().join("link.tf")).unwrap();
    symlink("real", folder.path().join("folder")).unwrap();
    assert_eq!(folder.run(&["fmt", "-recursive"]).ends_with(0).stdout, "link.tf\nmain.tf\n");
    assert!(folder.path().join("link.tf").is_symlink());
    assert_eq!(folder.read("real/x.tf"), "a = 1\n");
    let mode = fs::metadata(folder.path().join("real/x.tf")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert_eq!(fs::read_dir(folder.path().join("real")).unwrap().count(), 1);
}
