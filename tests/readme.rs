//! What README tells a newcomer to type, typed: each block of the first API, in an empty folder.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The `sh` blocks below a heading of README.
fn blocks(heading: &str) -> Vec<String> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (_, section) = text.split_once(&format!("\n## {heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    section.split("```sh\n").skip(1).map(|rest| rest.split("\n```").next().unwrap().to_owned()).collect()
}

/// A folder whose emulator ends with it, whatever happens.
struct Newcomer {
    folder: tempfile::TempDir,
    path: std::ffi::OsString,
}

impl Newcomer {
    fn new() -> Self {
        let recon = PathBuf::from(env!("CARGO_BIN_EXE_recon")).parent().unwrap().to_owned();
        let venv = Path::new(env!("CARGO_MANIFEST_DIR")).join(".venv/bin");
        let known = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths([recon, venv].into_iter().chain(std::env::split_paths(&known))).unwrap();
        Self { folder: tempfile::tempdir().unwrap(), path }
    }

    fn types(&self, folder: &Path, block: &str) -> Output {
        let mut shell = Command::new("bash");
        shell.args(["-euo", "pipefail", "-c", block]).current_dir(folder).stdin(Stdio::null()).env("PATH", &self.path);
        for name in ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "TF_WORKSPACE"] {
            shell.env_remove(name);
        }
        shell.output().unwrap()
    }
}

impl Drop for Newcomer {
    fn drop(&mut self) {
        let folder = self.folder.path().join("first-api");
        if folder.is_dir() {
            self.types(&folder, "recon local down");
        }
    }
}

#[test]
fn the_first_api_of_the_readme_answers() {
    let newcomer = Newcomer::new();
    let [files, deploy, call, destroy] = <[String; 4]>::try_from(blocks("Your first API")).unwrap();
    let done = |folder: &Path, block: &str| {
        let output = newcomer.types(folder, block);
        assert!(output.status.success(), "{block}\n{output:#?}");
        String::from_utf8(output.stdout).unwrap()
    };
    done(newcomer.folder.path(), &files);
    let folder = newcomer.folder.path().join("first-api");
    assert!(done(&folder, "recon fmt -check -recursive").is_empty());
    assert!(done(&folder, &deploy).contains("Apply complete: 8 added, 0 changed, 0 destroyed."));
    assert!(done(&folder, &call).contains("Hello, world!"));
    let code = std::fs::read_to_string(folder.join("hello/index.ts")).unwrap();
    std::fs::write(folder.join("hello/index.ts"), code.replace("Hello", "Good morning")).unwrap();
    assert!(done(&folder, &deploy).contains("Apply complete: 0 added, 1 changed, 0 destroyed."));
    assert!(done(&folder, &call).contains("Good morning, world!"));
    assert!(done(&folder, &destroy).contains("Destroy complete: 0 added, 0 changed, 8 destroyed."));
}
