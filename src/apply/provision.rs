//! Provisioners: programs of this machine that run when an object was made, or before it is deleted.

use std::path::{Path, PathBuf};

use tokio::process::Command;
use tokio::sync::{mpsc, watch};

use super::event::Event;
use super::process;
use super::run::Stop;
use crate::address::Address;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity, Span};
use crate::language::config::{Provisioner, When};
use crate::language::references::Subject;
use crate::language::{Scope, decode_body, local_exec};
use crate::value::{Marks, Value};

/// What stands between the failure of a command and what the command said.
const SAID: &str = "\n\nIt said:\n";

/// The only provisioner there is.
const NAME: &str = "local-exec";

/// The provisioners of one instance with all that they refer to but the object itself, which is not there yet.
pub(super) struct Provisioning {
    provisioners: Vec<Provisioner>,
    known: Known,
}

/// What expressions of provisioners see.
#[derive(Clone)]
struct Known {
    subjects: Vec<(Subject, Value)>,
    folder: PathBuf,
    now: Option<jiff::Timestamp>,
    this: Option<Value>,
}

impl Scope for Known {
    fn subject(&self, subject: &Subject, span: Span) -> Result<Value, Box<Diagnostic>> {
        let found = match subject {
            Subject::ThisObject => self.this.clone(),
            _ => self.subjects.iter().find(|(known, _)| known == subject).map(|(_, value)| value.clone()),
        };
        found.ok_or_else(|| {
            Box::new(Diagnostic::error("Invalid reference").with(|d| {
                d.at(span).detail(format!("`{subject}` has no value here."));
            }))
        })
    }

    fn folder(&self) -> &Path {
        &self.folder
    }

    fn now(&self) -> Option<jiff::Timestamp> {
        self.now
    }
}

impl Provisioning {
    /// Those of the provisioners that run at the given time, if there are any.
    pub(super) fn of(provisioners: &[Provisioner], when: When, scope: &dyn Scope) -> Option<Self> {
        let provisioners: Vec<Provisioner> = provisioners.iter().filter(|it| it.when == when).cloned().collect();
        if provisioners.is_empty() {
            return None;
        }
        let mut subjects: Vec<(Subject, Value)> = Vec::new();
        for reference in provisioners.iter().flat_map(|it| &it.references) {
            if reference.subject != Subject::ThisObject
                && !subjects.iter().any(|(known, _)| *known == reference.subject)
                && let Ok(value) = scope.subject(&reference.subject, reference.span)
            {
                subjects.push((reference.subject.clone(), value));
            }
        }
        let known = Known { subjects, folder: scope.folder().to_owned(), now: scope.now(), this: None };
        Some(Self { provisioners, known })
    }

    /// Runs one after the other, until one fails that may not.
    pub(super) async fn run(
        &self,
        address: &Address,
        this: Value,
        events: &mpsc::UnboundedSender<Event>,
        stop: &mut watch::Receiver<Stop>,
    ) -> Result<(), Box<Diagnostic>> {
        let known = Known { this: Some(this), ..self.known.clone() };
        for provisioner in &self.provisioners {
            // Nobody listens any more when the receiver is gone; the work goes on all the same.
            let _ = events.send(Event::Provisioning { address: address.clone(), name: NAME });
            let result = self.one(provisioner, &known, address, events, stop).await;
            let _ = events.send(Event::Provisioned { address: address.clone(), name: NAME, succeeded: result.is_ok() });
            let mut problem = match result {
                Ok(()) => continue,
                Err(problem) => problem,
            };
            problem.of(address);
            if !provisioner.goes_on || *stop.borrow() != Stop::No {
                return Err(problem);
            }
            let what = problem.detail.split(SAID).next().unwrap_or_default();
            let text = format!("{what} The run goes on, as `on_failure` says.");
            let _ = events.send(Event::Note { address: address.clone(), text });
        }
        Ok(())
    }

    async fn one(
        &self,
        provisioner: &Provisioner,
        known: &Known,
        address: &Address,
        events: &mpsc::UnboundedSender<Event>,
        stop: &mut watch::Receiver<Stop>,
    ) -> Result<(), Box<Diagnostic>> {
        let failed = |detail: String| {
            Box::new(Diagnostic::error("local-exec provisioner error").with(|d| {
                d.at(provisioner.header).detail(detail);
            }))
        };
        if *stop.borrow() != Stop::No {
            return Err(failed("It was not begun, because the run was stopped.".into()));
        }
        let program = Program::of(provisioner, known)?;
        let (sender, told) = (events.clone(), address.clone());
        let say = move |line: String| {
            // Nobody listens any more when the receiver is gone.
            let _ = sender.send(Event::Said { address: told.clone(), name: NAME, line });
        };
        let hidden = program.hidden;
        match hidden {
            Some(why) => say(format!("(output suppressed due to {why} value in config)")),
            None if program.quiet => say("Executing: suppressed by quiet = true".into()),
            None => say(format!("Executing: {}", listed(&program.words))),
        }
        let heard = move |line| {
            if hidden.is_none() {
                say(line);
            }
        };
        let name = &program.words[0];
        let ended = match process::run(program.command(), heard, stop).await {
            Ok(ended) => ended,
            Err(error) => {
                let program = if hidden.is_some() { "program".to_owned() } else { format!("program `{name}`") };
                return Err(failed(format!("The {program} could not be run: {error}.")));
            }
        };
        if ended.status.success() && !ended.stopped {
            return Ok(());
        }
        let mut detail = match hidden {
            Some(_) => format!("The command failed: {}.", ended.status),
            None => format!("The command `{}` failed: {}.", program.words.last().unwrap_or(name), ended.status),
        };
        if ended.stopped {
            detail = format!("The command was told to end, because the run was stopped: {}.", ended.status);
        } else if hidden.is_none() && !ended.output.trim().is_empty() {
            detail.push_str(SAID);
            detail.push_str(ended.output.trim_end());
        }
        Err(failed(detail))
    }
}

/// What is run.
struct Program {
    /// The interpreter with its arguments, and the command as the last of them: no shell of ours takes it apart.
    words: Vec<String>,
    environment: Vec<(String, String)>,
    folder: PathBuf,
    quiet: bool,
    /// Why neither the program nor what it says may be shown.
    hidden: Option<&'static str>,
}

impl Program {
    fn of(provisioner: &Provisioner, known: &Known) -> Result<Self, Box<Diagnostic>> {
        let mut problems = Diagnostics::new();
        let body = decode_body(&provisioner.body, local_exec(), known, &mut problems);
        if let Some(error) = problems.into_iter().find(|problem| problem.severity == Severity::Error) {
            return Err(Box::new(error));
        }
        let (body, marks) = body.unmark_deep();
        let refuse = |argument: &str, detail: &str| {
            let place = provisioner.body.attribute(argument).map_or(provisioner.header, |it| it.expr.span);
            Box::new(Diagnostic::error(format!("Invalid {argument}")).with(|d| {
                d.at(place).within(provisioner.header).detail(detail);
            }))
        };
        if !body.is_wholly_known() {
            return Err(refuse("command", "Some of the arguments are not known even now."));
        }
        let texts = |name: &str| -> Vec<String> {
            let list = body.attr(name);
            list.items().into_iter().flatten().filter_map(|it| it.as_str().map(str::to_owned)).collect()
        };
        let command = body.attr("command").as_str().unwrap_or_default().to_owned();
        if command.is_empty() {
            return Err(refuse("command", "The command is empty; there would be nothing to run."));
        }
        let mut words = texts("interpreter");
        if words.is_empty() {
            let shell = if cfg!(windows) { ["cmd", "/C"] } else { ["/bin/sh", "-c"] };
            words = shell.map(str::to_owned).to_vec();
        }
        words.push(command);
        let environment = body.attr("environment");
        let environment = environment.entries().into_iter().flatten();
        let environment =
            environment.filter_map(|(name, value)| Some((name.to_string(), value.as_str()?.to_owned()))).collect();
        let working_dir = body.attr("working_dir");
        Ok(Self {
            words,
            environment,
            folder: known.folder.join(working_dir.as_str().unwrap_or_default()),
            quiet: body.attr("quiet").as_bool().unwrap_or(false),
            hidden: if marks.has(Marks::SENSITIVE) {
                Some("sensitive")
            } else {
                marks.has(Marks::EPHEMERAL).then_some("ephemeral")
            },
        })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]).current_dir(&self.folder);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}

fn listed(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
    format!("[{}]", quoted.join(" "))
}
