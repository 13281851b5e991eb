//! What every command is given: where texts go, the switches before the command, and the problems found so far.

use crate::diagnostic::{Diagnostics, Severity, SourceMap};
use crate::render::compact_warnings::compact_warnings;
use crate::render::diagnostics::diagnostics;

use super::streams::Streams;

/// What every command is given.
#[derive(Debug)]
pub(crate) struct Context {
    /// Where texts go.
    pub(crate) output: Streams,
    /// Whether the local emulator takes the place of AWS.
    pub(crate) local: bool,
    /// The files read.
    pub(crate) sources: SourceMap,
    /// The problems found and not told yet.
    pub(crate) problems: Diagnostics,
    /// Whether warnings are told by their summaries only.
    pub(crate) compact_warnings: bool,
    failed: bool,
}

impl Context {
    /// Nothing read and nothing found.
    pub(crate) fn new(output: Streams, local: bool) -> Self {
        Self {
            output,
            local,
            sources: SourceMap::new(),
            problems: Diagnostics::new(),
            compact_warnings: false,
            failed: false,
        }
    }

    /// Tells the problems found so far.
    pub(crate) fn tell_problems(&mut self) {
        let mut problems = std::mem::take(&mut self.problems);
        let look = self.output.message_look();
        if self.compact_warnings {
            self.output.message(&compact_warnings(&problems, &self.sources, look));
            problems = problems.into_iter().filter(|problem| problem.severity == Severity::Error).collect();
        }
        if !problems.is_empty() {
            self.output.message(&diagnostics(&problems, &self.sources, look));
        }
        self.failed |= problems.has_errors();
    }

    /// Whether there was an error, told or not.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed || self.problems.has_errors()
    }
}
