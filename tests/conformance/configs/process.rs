//! The binary in the folder of a case.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value as Json;

use super::case::Step;

/// The folder of a case with what every command of a step is given.
pub(super) struct Workplace<'a> {
    pub(super) folder: &'a Path,
    pub(super) step: &'a Step,
}

/// What a command answered.
pub(super) struct Answer {
    pub(super) succeeded: bool,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Workplace<'_> {
    pub(super) fn run(&self, command: &str, arguments: &[&str]) -> Answer {
        let mut process = Command::new(env!("CARGO_BIN_EXE_recon"));
        process.arg(command).args(arguments).current_dir(self.folder).stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("TF_") || name.starts_with("AWS_")) {
                process.env_remove(name);
            }
        }
        process.envs(self.step.environment.iter().map(|(name, value)| (name, value)));
        let output = process.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Answer { succeeded: output.status.success(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// The options that set variables, with others in front of them.
    pub(super) fn with_variables<'s>(&'s self, first: &[&'s str]) -> Vec<&'s str> {
        first.iter().copied().chain(self.step.variables.iter().map(String::as_str)).collect()
    }
}

impl Answer {
    /// The whole answer as one JSON document.
    pub(super) fn json(&self) -> Result<Json, String> {
        if !self.succeeded {
            return Err(format!("failed: {}", self.said()));
        }
        serde_json::from_str(&self.stdout).map_err(|error| format!("is no JSON ({error}): {}", self.said()))
    }

    /// The diagnostics among the lines of events, or in the one object of `validate -json`.
    pub(super) fn diagnostics(&self) -> Vec<Json> {
        if let Ok(json) = serde_json::from_str::<Json>(&self.stdout)
            && let Some(diagnostics) = json["diagnostics"].as_array()
        {
            return diagnostics.clone();
        }
        let events = self.stdout.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok());
        events.filter(|event| event["type"] == "diagnostic").map(|event| event["diagnostic"].clone()).collect()
    }

    /// What was said, shortened: the errors if there are any.
    pub(super) fn said(&self) -> String {
        let errors = self.diagnostics().into_iter().filter(|problem| problem["severity"] == "error").map(|problem| {
            let place = &problem["range"];
            let (summary, detail) = (problem["summary"].as_str(), problem["detail"].as_str());
            format!(
                "{}: {} [{} {}]",
                summary.unwrap_or_default(),
                detail.unwrap_or_default(),
                place["filename"].as_str().unwrap_or("no file"),
                place["start"]["line"]
            )
        });
        let errors: Vec<String> = errors.collect();
        let said = if errors.is_empty() { format!("{}{}", self.stderr, self.stdout) } else { errors.join("; ") };
        said.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(400).collect()
    }
}
