//! What every command is given: where texts go, the switches before the command, and the problems found so far.

use crate::diagnostic::{Diagnostics, Severity, SourceMap};
use crate::render::diagnostics::diagnostics;

use super::streams::Streams;

/// What every command is given.
#[derive(Debug)]
pub(crate) struct Context {
    /// Where texts go.
    pub(crate) output: Streams,
    /// Whether the local emulator takes the place of AWS.
    pub(crate) local: bool,
    /// Folders that stand in for modules, as `-module-source` was given.
    pub(crate) module_sources: Vec<String>,
    /// The files read.
    pub(crate) sources: SourceMap,
    /// The problems found and not told yet.
    pub(crate) problems: Diagnostics,
    failed: bool,
}

impl Context {
    /// Nothing read and nothing found.
    pub(crate) fn new(output: Streams, local: bool, module_sources: Vec<String>) -> Self {
        let (sources, problems) = (SourceMap::new(), Diagnostics::new());
        Self { output, local, module_sources, sources, problems, failed: false }
    }

    /// Tells the problems found so far.
    pub(crate) fn tell_problems(&mut self) {
        let problems = std::mem::take(&mut self.problems);
        if !problems.is_empty() {
            self.output.message(&diagnostics(&problems, &self.sources, self.output.message_look()));
        }
        self.failed |= problems.iter().any(|problem| problem.severity == Severity::Error);
    }

    /// Whether there was an error, told or not.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed || self.problems.has_errors()
    }
}
