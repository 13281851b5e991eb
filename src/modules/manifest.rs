//! `modules.json`: Terraform's own list of what is installed where. Read and written in its form, so that either program
//! takes what the other installed.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::diagnostic::Diagnostic;

/// The file's name, in the folder of installed modules.
pub(super) const FILE: &str = "modules.json";

/// What is installed, by the names of calls with dots between them.
#[derive(Clone, Debug, Default)]
pub(super) struct Manifest(BTreeMap<String, Entry>);

/// One installed module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    #[serde(rename = "Key")]
    pub(super) key: String,
    #[serde(rename = "Source")]
    pub(super) source: String,
    #[serde(rename = "Version", default, skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<String>,
    #[serde(rename = "Dir")]
    pub(super) folder: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(rename = "Modules")]
    modules: Vec<Entry>,
}

impl Manifest {
    /// Reads the list of a folder of installed modules; empty where there is none.
    pub(super) fn read(modules: &Path) -> Result<Self, Box<Diagnostic>> {
        let path = modules.join(FILE);
        let unreadable = |why: String| {
            Box::new(Diagnostic::error("Unreadable list of modules").with(|problem| {
                problem.detail(format!("Cannot read {}: {why}.", path.display()));
                problem.help("Delete the file and run `recon get`, which writes it anew.");
            }))
        };
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(unreadable(error.to_string())),
        };
        let stored: Stored = serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))?;
        Ok(Self(stored.modules.into_iter().map(|entry| (entry.key.clone(), entry)).collect()))
    }

    /// What is installed for a call.
    pub(super) fn get(&self, key: &str) -> Option<&Entry> {
        self.0.get(key)
    }

    /// Adds or replaces an entry.
    pub(super) fn insert(&mut self, entry: Entry) {
        self.0.insert(entry.key.clone(), entry);
    }

    /// Keeps the entries of these calls, and of what they call.
    pub(super) fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.0.retain(|key, _| keep(key));
    }

    /// Writes the list, whole or not at all.
    pub(super) fn write(&self, modules: &Path) -> io::Result<()> {
        let stored = Stored { modules: self.0.values().cloned().collect() };
        let text = serde_json::to_vec(&stored).map_err(io::Error::other)?;
        super::folder::write_whole(&modules.join(FILE), &text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terraforms_list_is_read_and_written_alike() {
        let folder = tempfile::tempdir().unwrap();
        let text = r#"{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"a","Source":"registry.terraform.io/x/y/z","Version":"1.0.0","Dir":".terraform/modules/a"},{"Key":"m","Source":"./m","Dir":"m"}]}"#;
        std::fs::write(folder.path().join(FILE), text).unwrap();
        let manifest = Manifest::read(folder.path()).unwrap();
        assert_eq!(manifest.get("a").unwrap().version.as_deref(), Some("1.0.0"));
        manifest.write(folder.path()).unwrap();
        assert_eq!(std::fs::read_to_string(folder.path().join(FILE)).unwrap(), text);
    }

    #[test]
    fn a_broken_list_is_a_diagnostic() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "{").unwrap();
        assert_eq!(Manifest::read(folder.path()).unwrap_err().summary, "Unreadable list of modules");
    }
}
