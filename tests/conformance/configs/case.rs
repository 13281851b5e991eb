//! A case of the corpus: steps that run in one folder.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

/// A case of the corpus.
pub(super) struct Case {
    pub(super) id: String,
    pub(super) family: String,
    pub(super) steps: Vec<Step>,
}

/// One command on one version of the configuration.
pub(super) struct Step {
    /// The version of the configuration.
    pub(super) configuration: PathBuf,
    pub(super) command: String,
    /// Options that set variables; they are repeated where a plan file needs its secrets again.
    pub(super) variables: Vec<String>,
    /// The other options, for the plan alone.
    pub(super) options: Vec<String>,
    pub(super) environment: Vec<(String, String)>,
    pub(super) expect: Json,
}

impl Case {
    /// All cases in a folder, by id.
    pub(super) fn all(folder: &Path) -> Vec<Self> {
        let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut folders: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        folders.sort();
        folders.iter().filter(|folder| folder.is_dir()).map(|folder| Self::read(folder)).collect()
    }

    fn read(folder: &Path) -> Self {
        let text = fs::read_to_string(folder.join("case.json")).unwrap();
        let json: Json = serde_json::from_str(&text).unwrap();
        let text = |name: &str| json[name].as_str().unwrap().to_owned();
        let steps = json["steps"].as_array().unwrap().iter().map(|step| Step::read(folder, step)).collect();
        Self { id: text("id"), family: text("family"), steps }
    }
}

impl Step {
    fn read(folder: &Path, json: &Json) -> Self {
        let pairs = |name: &str| -> Vec<(String, String)> {
            let entries = json[name].as_object().into_iter().flatten();
            entries.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
        };
        let mut variables: Vec<String> =
            pairs("vars").iter().flat_map(|(name, value)| ["-var".to_owned(), format!("{name}={value}")]).collect();
        let mut options = Vec::new();
        let mut arguments = json["args"].as_array().into_iter().flatten().map(|a| a.as_str().unwrap().to_owned());
        while let Some(argument) = arguments.next() {
            if argument == "-var" {
                variables.push(argument);
                variables.extend(arguments.next());
            } else if argument.starts_with("-var") {
                variables.push(argument);
            } else {
                options.push(argument);
            }
        }
        Self {
            configuration: folder.join(json["dir"].as_str().unwrap()),
            command: json["command"].as_str().unwrap().to_owned(),
            variables,
            options,
            environment: pairs("env"),
            expect: json["expect"].clone(),
        }
    }

    /// Puts the configuration into a folder in place of the one before; state stays.
    pub(super) fn set_up(&self, folder: &Path) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().is_some_and(|name| name == "state") {
                continue;
            }
            if path.is_dir() { fs::remove_dir_all(&path).unwrap() } else { fs::remove_file(&path).unwrap() }
        }
        copy(&self.configuration, folder);
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}
