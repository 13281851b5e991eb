//! What happens during apply, as lines that stay, and as a few lines that show what runs now.

use std::time::{Duration, Instant};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::chains::Chains;
use super::running::{Operation, Running};
use super::timings::Timings;
use super::{Look, Tone};
use crate::apply::event::{Doing, Event};
use crate::plan::step::{Action, Plan};

/// So many operations are shown at most, however tall the terminal is.
const SHOWN: usize = 10;

/// Turns events into texts. It is told the time, so that it can be tested.
pub struct Progress {
    look: Look,
    /// Whether there are lines that show what runs now. What they show needs no line of its own.
    live: bool,
    running: Running,
    chains: Chains,
    timings: Timings,
    begun: Instant,
    done: usize,
    failed: usize,
    total: usize,
    stopping: bool,
}

impl Progress {
    /// Nothing has happened yet of a plan.
    pub fn new(look: Look, live: bool, plan: &Plan, now: Instant) -> Self {
        // A replacement is two operations.
        let operations = |action| match action {
            Action::Forget => 0,
            Action::Replace => 2,
            Action::Create | Action::Update | Action::Delete | Action::Read => 1,
        };
        let total = plan.steps.iter().map(|step| operations(step.action)).sum();
        Self::of(look, live, Chains::of(plan), total, now)
    }

    fn of(look: Look, live: bool, chains: Chains, total: usize, now: Instant) -> Self {
        Self {
            look,
            live,
            running: Running::default(),
            chains,
            timings: Timings::default(),
            begun: now,
            done: 0,
            failed: 0,
            total,
            stopping: false,
        }
    }

    /// The line of an event, if it has one.
    pub fn event(&mut self, event: &Event, now: Instant) -> Option<String> {
        self.running.event(event, now);
        self.timings.event(event);
        let name = |address: &dyn std::fmt::Display| self.look.paint(Tone::Strong, format!("{address}:"));
        let line = match event {
            Event::Started { address, doing, id } if !self.live => {
                format!("{} {}...{}", name(address), verb(*doing), with_id(id.as_deref()))
            }
            Event::Note { address, text } if !self.live => format!("{} {}", name(address), one_line(text)),
            Event::Provisioning { address, name: provisioner } if !self.live => {
                format!("{} Provisioning with '{provisioner}'...", name(address))
            }
            Event::Started { .. } | Event::Note { .. } | Event::Provisioning { .. } | Event::Provisioned { .. } => {
                return None;
            }
            Event::Said { address, name: provisioner, line } => {
                // On a terminal, what a program says must not move the cursor.
                let line = if self.live { harmless(line) } else { line.clone() };
                format!("{} {line}", name(&format!("{address} ({provisioner})")))
            }
            Event::Finished { address, doing, took, id } => {
                self.done += 1;
                let after = time(*took);
                format!("{} {} complete after {after}{}", name(address), noun(*doing), with_id(id.as_deref()))
            }
            Event::Failed { address, doing, took, problem } => {
                self.failed += 1;
                let failed = self.look.paint(Tone::Error, format!("{} failed after {}", noun(*doing), time(*took)));
                format!("{} {failed}: {}", name(address), one_line(&problem.summary))
            }
            Event::Stopping { under_way } => {
                self.stopping = true;
                let calls = if *under_way == 1 { "1 call is".into() } else { format!("{under_way} calls are") };
                let text = format!("Stopping: nothing new is begun; {calls} under way. Interrupt again to abort them.");
                self.look.paint(Tone::Change, text)
            }
        };
        Some(line)
    }

    /// Lines about what has been running for long. Where what runs is shown anyway there are none.
    pub fn still(&mut self, now: Instant) -> Vec<String> {
        if self.live {
            return Vec::new();
        }
        let line = |(address, doing, elapsed)| {
            let name = self.look.paint(Tone::Strong, format!("{address}:"));
            format!("{name} {}", still(doing, elapsed))
        };
        self.running.due(now).into_iter().map(line).collect()
    }

    /// What runs now, for so many columns and rows: the operations, the longest first, and one line about all.
    pub fn frame(&self, now: Instant, (width, height): (usize, usize)) -> Vec<String> {
        let running = self.running.all();
        if running.is_empty() && self.done + self.failed >= self.total {
            return Vec::new();
        }
        // Half of the terminal is for what was said.
        let room = (height / 2).saturating_sub(2).clamp(1, SHOWN);
        let shown = if running.len() > room { room.saturating_sub(1).max(1) } else { running.len() };
        let mut lines: Vec<String> = running[..shown].iter().map(|it| self.operation(it, now, width)).collect();
        if running.len() > shown {
            lines.push(cut(&format!("  and {} more", running.len() - shown), width));
        }
        let waiting = self.total.saturating_sub(self.done + self.failed + running.len());
        let mut parts = vec![format!("{} of {} done", self.done, self.total)];
        let counted = [(self.failed, "failed"), (running.len(), "running"), (waiting, "waiting")];
        parts.extend(counted.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")));
        parts.push(time(now.duration_since(self.begun)));
        if self.stopping {
            parts.insert(0, "stopping".into());
        }
        lines.push(self.look.paint(Tone::Strong, cut(&parts.join(", "), width)));
        lines
    }

    fn operation(&self, operation: &Operation, now: Instant, width: usize) -> String {
        let elapsed = time(now.duration_since(operation.since));
        let mut text = format!("  {} {} {elapsed}", verb(operation.doing), operation.address);
        match self.chains.behind(&operation.address, operation.doing) {
            0 => {}
            1 => text.push_str(", 1 waits for it"),
            count => text.push_str(&format!(", {count} wait for it")),
        }
        if text.width() > width {
            // The name gives way, at its front: what tells names apart is at their end.
            let rest = format!(" {elapsed}");
            let verb = verb(operation.doing);
            let room = width.saturating_sub(verb.width() + rest.width() + 3);
            return cut(&format!("  {verb} {}{rest}", end_of(&operation.address.to_string(), room)), width);
        }
        if let Some(note) = &operation.note {
            let note = cut(&format!(": {}", one_line(&harmless(note))), width.saturating_sub(text.width()));
            text.push_str(&self.look.paint(Tone::Faint, note));
        }
        text
    }

    /// What took how long, if all took long enough for somebody to ask.
    pub fn timings(&self, now: Instant) -> Option<String> {
        self.timings.table(now.duration_since(self.begun), &self.chains, self.look)
    }
}

/// A status while objects are read.
pub fn reading(done: usize, asked: usize, width: usize) -> String {
    cut(&format!("Reading objects: {} of {}", grouped(done), grouped(asked)), width)
}

fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The beginning of a text, as far as there are columns for it.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut column = 1;
    for c in text.chars() {
        column += c.width().unwrap_or(0);
        if column > width {
            break;
        }
        out.push(c);
    }
    if width > 0 {
        out.push('\u{2026}');
    }
    out
}

/// The end of a text, as far as there are columns for it.
fn end_of(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let turned: String = text.chars().rev().collect();
    cut(&turned, width).chars().rev().collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text without what moves a cursor.
fn harmless(text: &str) -> String {
    let text = anstream::adapter::strip_str(text).to_string().replace('\t', "    ").replace('\n', " ");
    text.chars().filter(|c| !c.is_control()).collect()
}

fn with_id(id: Option<&str>) -> String {
    id.map_or_else(String::new, |id| format!(" [id={id}]"))
}

/// That something goes on.
pub(super) fn still(doing: Doing, elapsed: Duration) -> String {
    format!("Still {}... [{} elapsed]", verb(doing).to_lowercase(), time(elapsed))
}

pub(super) fn time(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 0..60 => format!("{seconds}s"),
        seconds => format!("{}m{:02}s", seconds / 60, seconds % 60),
    }
}

fn verb(doing: Doing) -> &'static str {
    match doing {
        Doing::Creating => "Creating",
        Doing::Updating => "Updating",
        Doing::Destroying => "Destroying",
        Doing::Reading => "Reading",
    }
}

fn noun(doing: Doing) -> &'static str {
    match doing {
        Doing::Creating => "Creation",
        Doing::Updating => "Update",
        Doing::Destroying => "Destruction",
        Doing::Reading => "Read",
    }
}

#[cfg(test)]
mod tests;
