//! What every command is given: where texts go, the switches before the command, and the problems found so far.

use crate::diagnostic::{Diagnostics, Severity, SourceMap};
use crate::render::diagnostics::diagnostics;

use super::output::Output;

/// What every command is given.
#[derive(Debug)]
pub struct Context {
    /// Where texts go.
    pub output: Output,
    /// Whether the local emulator takes the place of AWS.
    pub local: bool,
    /// The files read.
    pub sources: SourceMap,
    /// The problems found and not told yet.
    pub problems: Diagnostics,
    failed: bool,
}

impl Context {
    /// Nothing read and nothing found.
    pub fn new(output: Output, local: bool) -> Self {
        Self { output, local, sources: SourceMap::new(), problems: Diagnostics::new(), failed: false }
    }

    /// Tells the problems found so far.
    pub fn tell_problems(&mut self) {
        let problems = std::mem::take(&mut self.problems);
        if !problems.is_empty() {
            self.output.message(&diagnostics(&problems, &self.sources, self.output.message_look()));
        }
        self.failed |= problems.iter().any(|problem| problem.severity == Severity::Error);
    }

    /// Whether there was an error, told or not.
    pub fn has_failed(&self) -> bool {
        self.failed || self.problems.has_errors()
    }
}
