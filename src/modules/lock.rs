//! `recon.lock`: what each downloaded module was when it was first taken, so that the same is taken everywhere.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::diagnostic::Diagnostic;

/// The file's name, beside the configuration.
pub const FILE: &str = "recon.lock";

/// The summary of what is said about a lock that cannot be read.
pub(super) const UNREADABLE: &str = "Unreadable lock of modules";

const HEAD: &str = "# Written by `recon get`. Keep this file under version control.\n";

/// Locked modules, by the names of calls with dots between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lock(BTreeMap<String, Locked>);

/// One locked module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Locked {
    /// The names of the calls that lead to it.
    pub(super) key: String,
    /// The address of its package.
    pub(super) source: String,
    /// The version, of a registry module.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<String>,
    /// What `digest::of_folder` gives for its package.
    pub(super) hash: String,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    #[serde(default)]
    module: Vec<Locked>,
}

impl Lock {
    /// Reads the file of a folder; empty where there is none.
    pub(super) fn read(folder: &Path) -> Result<Self, Box<Diagnostic>> {
        let path = folder.join(FILE);
        let unreadable = |why: String| {
            Box::new(Diagnostic::error(UNREADABLE).with(|problem| {
                problem.detail(format!("Cannot read {}: {}.", path.display(), why.trim_end().trim_end_matches('.')));
                problem.help("Restore the file from version control; `recon get` writes it anew if it is deleted.");
            }))
        };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(unreadable(error.to_string())),
        };
        let stored: Stored = toml::from_str(&text).map_err(|error| unreadable(error.message().to_owned()))?;
        Ok(Self(stored.module.into_iter().map(|locked| (locked.key.clone(), locked)).collect()))
    }

    /// What is locked for a call.
    pub(super) fn get(&self, key: &str) -> Option<&Locked> {
        self.0.get(key)
    }

    /// Adds or replaces an entry.
    pub(super) fn insert(&mut self, locked: Locked) {
        self.0.insert(locked.key.clone(), locked);
    }

    /// Keeps the entries of these calls.
    pub(super) fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.0.retain(|key, _| keep(key));
    }

    /// Writes the file, whole or not at all; an empty lock makes no file, and takes the last entry out of one.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        let path = folder.join(FILE);
        if self.0.is_empty() && !path.exists() {
            return Ok(());
        }
        let stored = Stored { module: self.0.values().cloned().collect() };
        let text = toml::to_string(&stored).map_err(io::Error::other)?;
        let text = if self.0.is_empty() { HEAD.to_owned() } else { format!("{HEAD}\n{text}") };
        super::folder::write_whole(&path, text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut lock = Lock::default();
        lock.write(folder.path()).unwrap();
        assert!(!folder.path().join(FILE).exists());
        lock.insert(Locked {
            key: "a".into(),
            source: "registry.terraform.io/x/y/z".into(),
            version: Some("1.0.0".into()),
            hash: "r1:abc".into(),
        });
        lock.insert(Locked {
            key: "a.b".into(),
            source: "git::https://x/y".into(),
            version: None,
            hash: "r1:d".into(),
        });
        lock.write(folder.path()).unwrap();
        insta::assert_snapshot!(std::fs::read_to_string(folder.path().join(FILE)).unwrap(), @r#"
        # Written by `recon get`. Keep this file under version control.

        [[module]]
        key = "a"
        source = "registry.terraform.io/x/y/z"
        version = "1.0.0"
        hash = "r1:abc"

        [[module]]
        key = "a.b"
        source = "git::https://x/y"
        hash = "r1:d"
        "#);
        assert_eq!(Lock::read(folder.path()).unwrap(), lock);
    }

    #[test]
    fn a_broken_file_is_a_diagnostic() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "[[module]]\nkey = 1\n").unwrap();
        assert_eq!(Lock::read(folder.path()).unwrap_err().summary, "Unreadable lock of modules");
    }
}
