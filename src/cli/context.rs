//! What every command is given: where texts go, the switches before the command, and the problems found so far.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::diagnostic::{Diagnostics, Severity, SourceMap};
use crate::plan::Made;
use crate::plan::watch::{Read, Watcher};
use crate::render::compact_warnings::compact_warnings;
use crate::render::diagnostics::{diagnostics, sorted};
use crate::render::report::Report;
use crate::render::{events, progress, terminal};

use super::args::Planning;
use super::prompt;
use super::streams::Streams;

/// How long a count of what was read stays as it is.
const STATUS: Duration = Duration::from_millis(100);

/// What every command is given.
#[derive(Debug)]
pub(crate) struct Context {
    /// Where texts go.
    pub(crate) output: Streams,
    /// Whether the local emulator takes the place of AWS.
    pub(crate) local: bool,
    /// Folders that stand in for modules, as `-module-source` was given.
    pub(crate) module_sources: Vec<String>,
    /// A file of generated configuration that is read beside those of the folder.
    pub(crate) generated: Option<PathBuf>,
    /// Whether somebody can be asked for variables without a value.
    pub(crate) may_ask: bool,
    /// Whether a question may be asked at all, on a terminal or through a pipe.
    pub(crate) input: bool,
    /// Whether a program runs recon, so that nobody needs to be told what to type next.
    pub(crate) in_automation: bool,
    /// Whether everything is told as events in JSON, one a line, on stdout.
    pub(crate) as_events: bool,
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
    pub(crate) fn new(output: Streams, local: bool, module_sources: Vec<String>) -> Self {
        Self {
            output,
            local,
            module_sources,
            generated: None,
            may_ask: false,
            input: prompt::wanted(true),
            in_automation: std::env::var_os("TF_IN_AUTOMATION").is_some_and(|value| !value.is_empty()),
            as_events: false,
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
        if self.compact_warnings && !self.as_events {
            self.output.message(&compact_warnings(&problems, &self.sources, look));
            problems = problems.into_iter().filter(|problem| problem.severity == Severity::Error).collect();
        }
        if self.as_events {
            for problem in sorted(&problems, &self.sources) {
                self.event(&events::diagnostic(problem, &self.sources));
            }
        } else if !problems.is_empty() {
            self.output.message(&diagnostics(&problems, &self.sources, look));
        }
        self.failed |= problems.has_errors();
    }

    /// Prepares for a command that plans: whether all is told as events, and whether somebody can be asked.
    pub(crate) fn begin(&mut self, planning: &Planning) {
        self.compact_warnings = planning.compact_warnings;
        self.input = prompt::wanted(planning.input);
        self.may_ask = !planning.json && prompt::possible(planning.input);
        self.as_events = planning.json;
        if self.as_events {
            self.event(&events::version());
        }
    }

    /// Tells an event.
    pub(crate) fn event(&self, event: &events::Told) {
        self.output.result(&events::line(event, jiff::Timestamp::now()));
    }

    /// Whom reading is told: programs get events, and a terminal a count while it lasts.
    pub(crate) fn watcher(&self) -> Option<Watcher> {
        let output = self.output.clone();
        if self.as_events {
            return Some(Arc::new(move |read: &Read<'_>| {
                if let Some(event) = events::read(read) {
                    output.result(&events::line(&event, jiff::Timestamp::now()));
                }
            }));
        }
        if !output.is_live() {
            return None;
        }
        let count = Mutex::new((0, 0, None::<Instant>));
        Some(Arc::new(move |read: &Read<'_>| {
            let mut count = count.lock().unwrap_or_else(PoisonError::into_inner);
            let (done, asked, shown) = &mut *count;
            match read {
                Read::Asked(more) => *asked += more,
                Read::Begun { .. } => {}
                Read::Ended { .. } => *done += 1,
            }
            if done == asked {
                output.show(Vec::new());
                *shown = None;
            } else if shown.is_none_or(|shown| shown.elapsed() >= STATUS) {
                *shown = Some(Instant::now());
                output.show(vec![progress::reading(*done, *asked, output.size().0)]);
            }
        }))
    }

    /// Tells a plan.
    pub(crate) fn tell_plan(&self, made: &Made, report: &Report) {
        if self.as_events {
            events::plan(&made.plan).iter().for_each(|event| self.event(event));
        } else {
            self.output.result(&terminal::plan(report, self.output.look()));
        }
    }

    /// Whether there was an error, told or not.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed || self.problems.has_errors()
    }
}
