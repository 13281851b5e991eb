//! Packages in repositories, through the `git` program. No shell is involved, and nothing that an address says can become an
//! option.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::language::module_source::{RemoteSource, without_password};

/// What went wrong with a repository.
#[derive(Debug, thiserror::Error)]
pub(super) enum GitError {
    #[error("the program `git`, which fetches repositories, cannot be run: {0}")]
    NotRun(io::Error),
    #[error("git says: {0}")]
    Failed(String),
    #[error("\"{0}\" is no name of a branch, tag or commit")]
    Ref(String),
    #[error("\"{0}\" is no depth: that is a number greater than 0")]
    Depth(String),
    #[error("the parameter `sshkey` is not supported: keys belong to the SSH agent or to SSH's own configuration")]
    SshKey,
}

/// Variables with which git would work on another repository than the one we name.
const OF_ANOTHER_REPOSITORY: [&str; 8] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
];

/// Fetches what a `git::` address names into a folder, which must not exist.
pub(super) fn fetch(source: &RemoteSource, folder: &Path) -> Result<(), GitError> {
    if source.parameter("sshkey").is_some() {
        return Err(GitError::SshKey);
    }
    let wanted = source.parameter("ref").filter(|name| !name.is_empty());
    if let Some(name) = wanted.as_deref().filter(|name| !is_revision(name)) {
        return Err(GitError::Ref(name.to_owned()));
    }
    let depth = source.parameter("depth").filter(|depth| !depth.is_empty());
    if let Some(depth) = depth.as_deref().filter(|depth| !depth.parse::<u32>().is_ok_and(|depth| depth > 0)) {
        return Err(GitError::Depth(depth.to_owned()));
    }
    let url = source.url_without(&["ref", "depth", "sshkey"]);
    std::fs::create_dir_all(folder).map_err(GitError::NotRun)?;
    let git = Git { folder, url: &url };
    git.run(&["init", "--quiet"])?;
    git.run(&["remote", "add", "--", "origin", &url])?;
    let only = ["fetch", "--quiet", "--depth", depth.as_deref().unwrap_or("1"), "--", "origin"];
    let only: Vec<&str> = only.into_iter().chain([wanted.as_deref().unwrap_or("HEAD")]).collect();
    match (git.run(&only), &wanted) {
        (Ok(()), _) => git.run(&["checkout", "--quiet", "--detach", "FETCH_HEAD"])?,
        // A commit may be named in short, and not every server gives out a commit by its id.
        (Err(error), Some(name)) if depth.is_none() => git.everything(name).map_err(|_| error)?,
        (Err(error), _) => return Err(error),
    }
    if folder.join(".gitmodules").exists() {
        git.run(&["submodule", "--quiet", "update", "--init", "--recursive"])?;
    }
    Ok(())
}

/// A branch, tag or commit, and nothing that git would take for an option or for more than one.
fn is_revision(name: &str) -> bool {
    !name.starts_with(['-', '+', '^']) && !name.contains(|c: char| c == ':' || c.is_whitespace() || c.is_control())
}

struct Git<'a> {
    folder: &'a Path,
    url: &'a str,
}

impl Git<'_> {
    /// Fetches the whole repository, and takes what a name means there.
    fn everything(&self, name: &str) -> Result<(), GitError> {
        self.run(&["fetch", "--quiet", "--tags", "--", "origin", "+refs/heads/*:refs/remotes/origin/*"])?;
        self.run(&["checkout", "--quiet", "--detach", name, "--"])
    }

    fn run(&self, arguments: &[&str]) -> Result<(), GitError> {
        let mut command = Command::new("git");
        // Content must not depend on the machine; a server that says nothing for a minute has gone away.
        for setting in ["core.autocrlf=false", "http.lowSpeedLimit=1", "http.lowSpeedTime=60"] {
            command.args(["-c", setting]);
        }
        command.args(arguments).current_dir(self.folder).stdin(Stdio::null()).env("GIT_TERMINAL_PROMPT", "0");
        for name in OF_ANOTHER_REPOSITORY {
            command.env_remove(name);
        }
        let output = command.output().map_err(GitError::NotRun)?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).replace(self.url, &without_password(self.url));
        let said: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        Err(GitError::Failed(match said.as_slice() {
            [] => format!("nothing, and ends with {}", output.status),
            lines => lines.join(" ").trim_end_matches('.').to_owned(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(address: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let source = RemoteSource::parse(address).unwrap();
        fetch(&source, &folder.path().join("x")).unwrap_err().to_string()
    }

    #[test]
    fn what_could_become_an_option_is_refused_before_git_is_run() {
        for reference in ["--upload-pack=touch%20x", "-b", "+x", "a:b", "a%20b", "%5Ex"] {
            let why = refused(&format!("git::file:///nowhere?ref={reference}"));
            assert!(why.contains("no name of a branch"), "{why}");
        }
        assert!(refused("git::file:///nowhere?depth=-1").contains("no depth"));
        assert!(refused("git::file:///nowhere?depth=0").contains("no depth"));
        assert!(refused("git::file:///nowhere?sshkey=x").contains("sshkey"));
    }
}
