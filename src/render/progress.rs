//! What happens during apply, as lines that stay, and as one line that shows what runs now.

use std::time::{Duration, Instant};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{Look, Tone};
use crate::apply::event::{Doing, Event};

/// How often a long operation is mentioned again.
const AGAIN: Duration = Duration::from_secs(10);

struct Running {
    address: String,
    doing: Doing,
    since: Instant,
    told: Instant,
}

/// Turns events into texts. It is told the time, so that it can be tested.
pub struct Progress {
    look: Look,
    running: Vec<Running>,
    done: usize,
    total: usize,
}

impl Progress {
    /// Nothing has happened yet of so many steps.
    pub fn new(look: Look, total: usize) -> Self {
        Self { look, running: Vec::new(), done: 0, total }
    }

    /// The line of an event.
    pub fn event(&mut self, event: &Event, now: Instant) -> String {
        let name = |address: &dyn std::fmt::Display| self.look.paint(Tone::Strong, format!("{address}:"));
        match event {
            Event::Started { address, doing, id } => {
                let line = format!("{} {}...{}", name(address), verb(*doing), with_id(id.as_deref()));
                self.running.push(Running { address: address.to_string(), doing: *doing, since: now, told: now });
                line
            }
            Event::Note { address, text } => format!("{} {}", name(address), one_line(text)),
            Event::Provisioning { address, name: provisioner } => {
                format!("{} Provisioning with '{provisioner}'...", name(address))
            }
            Event::Said { address, name: provisioner, line } => {
                format!("{} {line}", name(&format!("{address} ({provisioner})")))
            }
            Event::Finished { address, doing, took, id } => {
                let line = format!(
                    "{} {} complete after {}{}",
                    name(address),
                    noun(*doing),
                    time(*took),
                    with_id(id.as_deref())
                );
                self.ended(&address.to_string(), *doing);
                line
            }
            Event::Failed { address, doing, took, problem } => {
                let failed = self.look.paint(Tone::Error, format!("{} failed after {}", noun(*doing), time(*took)));
                let line = format!("{} {failed}: {}", name(address), one_line(&problem.summary));
                self.ended(&address.to_string(), *doing);
                line
            }
            Event::Stopping { under_way } => {
                let calls = if *under_way == 1 { "1 call is".into() } else { format!("{under_way} calls are") };
                let text = format!("Stopping: nothing new is begun; {calls} under way. Interrupt again to abort them.");
                self.look.paint(Tone::Change, text)
            }
        }
    }

    fn ended(&mut self, address: &str, doing: Doing) {
        self.running.retain(|running| !(running.address == address && running.doing == doing));
        self.done += 1;
    }

    /// Lines about what has been running for long.
    pub fn still(&mut self, now: Instant) -> Vec<String> {
        let mut lines = Vec::new();
        for running in self.running.iter_mut().filter(|running| now.duration_since(running.told) >= AGAIN) {
            running.told = now;
            let name = self.look.paint(Tone::Strong, format!("{}:", running.address));
            let elapsed = time(now.duration_since(running.since));
            lines.push(format!("{name} Still {}... [{elapsed} elapsed]", verb(running.doing).to_lowercase()));
        }
        lines
    }

    /// What runs now, on one line of the terminal.
    pub fn status(&self, now: Instant) -> Option<String> {
        let oldest = self.running.iter().min_by_key(|running| running.since)?;
        let elapsed = time(now.duration_since(oldest.since));
        let more = match self.running.len() {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        let doing = verb(oldest.doing).to_lowercase();
        let text = format!("{}/{} done, {doing} {} for {elapsed}{more}", self.done, self.total, oldest.address);
        Some(self.look.paint(Tone::Faint, cut(&text, self.look.width.saturating_sub(1))))
    }
}

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
    out.push('\u{2026}');
    out
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn with_id(id: Option<&str>) -> String {
    id.map_or_else(String::new, |id| format!(" [id={id}]"))
}

fn time(duration: Duration) -> String {
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
mod tests {
    use super::*;
    use crate::address::{Address, Key, ResourceAddress};
    use crate::diagnostic::Diagnostic;

    fn address() -> Address {
        ResourceAddress::managed("aws_iam_role", "api").instance(Key::None)
    }

    #[test]
    fn events_are_lines_and_long_work_is_mentioned_again() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut progress = Progress::new(Look::PLAIN, 2);
        let started = Event::Started { address: address(), doing: Doing::Creating, id: None };
        assert_eq!(progress.event(&started, at(0)), "aws_iam_role.api: Creating...");
        assert!(progress.still(at(9)).is_empty());
        assert_eq!(progress.still(at(10)), ["aws_iam_role.api: Still creating... [10s elapsed]"]);
        assert!(progress.still(at(19)).is_empty());
        assert_eq!(progress.status(at(70)).unwrap(), "0/2 done, creating aws_iam_role.api for 1m10s");
        let took = Duration::from_secs(71);
        let finished = Event::Finished { address: address(), doing: Doing::Creating, took, id: Some("api".into()) };
        assert_eq!(progress.event(&finished, at(71)), "aws_iam_role.api: Creation complete after 1m11s [id=api]");
        assert_eq!(progress.status(at(72)), None);
    }

    #[test]
    fn a_failure_is_a_line_with_its_summary() {
        let mut progress = Progress::new(Look::PLAIN, 1);
        let problem = Box::new(Diagnostic::error("Access denied"));
        let failed = Event::Failed { address: address(), doing: Doing::Destroying, took: Duration::ZERO, problem };
        let line = progress.event(&failed, Instant::now());
        assert_eq!(line, "aws_iam_role.api: Destruction failed after 0s: Access denied");
    }
}
