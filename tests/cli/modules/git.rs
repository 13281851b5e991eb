//! Repositories, made with the `git` program in a folder of the test.

use std::path::Path;
use std::process::Command;

use super::{Folder, calling, module};

fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=x", "-c", "user.email=x@x", "-c", "init.defaultBranch=main"]);
    let output = command.args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

struct Repository {
    folder: tempfile::TempDir,
}

impl Repository {
    fn new() -> Self {
        let repository = Self { folder: tempfile::tempdir().unwrap() };
        git(repository.folder.path(), &["init", "--quiet"]);
        repository
    }

    /// Commits a module in the folder `m`, and gives the commit.
    fn commit(&self, text: &str) -> String {
        let folder = self.folder.path().join("m");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("main.tf"), module(text)).unwrap();
        git(self.folder.path(), &["add", "."]);
        git(self.folder.path(), &["commit", "--quiet", "-m", text]);
        git(self.folder.path(), &["rev-parse", "HEAD"])
    }

    fn source(&self, rest: &str) -> String {
        format!("git::file://{}{rest}", self.folder.path().display())
    }
}

#[test]
fn a_branch_a_tag_and_a_commit_are_taken() {
    let repository = Repository::new();
    let first = repository.commit("first");
    git(repository.folder.path(), &["tag", "-a", "v1", "-m", "v1"]);
    git(repository.folder.path(), &["branch", "side/one"]);
    repository.commit("second");
    repository.commit("third");
    for (query, text) in [
        ("", "third".to_owned()),
        ("?ref=v1", "first".to_owned()),
        ("?ref=side%2Fone", "first".to_owned()),
        (&format!("?ref={first}"), "first".to_owned()),
        (&format!("?ref={}", &first[..8]), "first".to_owned()),
        ("?ref=main~1", "second".to_owned()),
        ("?ref=v1&depth=1", "first".to_owned()),
    ] {
        let query = query.replace("main~1", "origin/main~1");
        let folder = Folder::with(&calling(&repository.source(&format!("//m{query}")), None));
        folder.says(&["get"], &[]).ends_with(0);
        let plan = folder.plans(&[]);
        assert!(plan.stdout.contains(&format!("= \"{text}\"")), "{query}: {}", plan.stdout);
        assert!(!folder.path().join(".terraform/modules/m/.git").exists());
        assert!(folder.read(".terraform/modules/modules.json").contains("\"Dir\":\".terraform/modules/m/m\""));
    }
}

#[test]
fn a_branch_that_moved_is_refused_until_an_update() {
    let repository = Repository::new();
    repository.commit("first");
    let folder = Folder::with(&calling(&repository.source("//m?ref=main"), None));
    folder.says(&["get"], &[]).ends_with(0);
    repository.commit("second");
    folder.says(&["get"], &[]).ends_with(0);
    std::fs::remove_dir_all(folder.path().join(".terraform")).unwrap();
    let get = folder.says(&["get"], &[]).ends_with(1);
    assert!(get.stderr.contains("Error: Module content differs from the lock"), "{}", get.stderr);
    folder.says(&["get", "-update"], &[]).ends_with(0);
    assert!(folder.plans(&[]).stdout.contains("= \"second\""));
}

#[test]
fn what_git_says_is_shown_and_no_option_reaches_it() {
    let repository = Repository::new();
    repository.commit("first");
    for (source, why) in [
        (repository.source("//m?ref=nope"), "git says: "),
        (repository.source("//m?ref=--upload-pack=x"), "no name of a branch, tag or commit"),
        ("git::file:///nowhere/at/all".to_owned(), "git says: "),
    ] {
        let folder = Folder::with(&calling(&source, None));
        let get = folder.says(&["get"], &[]).ends_with(1);
        assert!(get.stderr.contains("Error: Failed to download module"), "{}", get.stderr);
        assert!(get.stderr.replace('\n', " ").contains(why), "{}", get.stderr);
    }
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_out_of_the_repository_is_refused() {
    let repository = Repository::new();
    std::os::unix::fs::symlink("/etc/hostname", repository.folder.path().join("link")).unwrap();
    repository.commit("first");
    let folder = Folder::with(&calling(&repository.source("//m"), None));
    let get = folder.says(&["get"], &[]).ends_with(1);
    assert!(get.stderr.replace('\n', " ").contains("leads out of the package"), "{}", get.stderr);
}
