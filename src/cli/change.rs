//! What `apply` and `destroy` do under the lock: plan, show, ask, carry out, tell.

use std::io::{IsTerminal, stdin};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::MissedTickBehavior;

use super::apply::{Consent, quoted};
use super::args::Planning;
use super::confirm::confirm;
use super::context::Context;
use super::interrupt::{self, unless_stopped};
use super::setup::{Setup, snapshot};
use super::streams::Streams;
use crate::apply::event::Event;
use crate::apply::run::{self, Job, Stop, Summary};
use crate::apply::session::Session;
use crate::diagnostic::Diagnostics;
use crate::plan::saved::{Belongings, SavedPlan};
use crate::plan::selection::Options;
use crate::plan::values::Surroundings;
use crate::plan::{self, Made, Wish};
use crate::render::items::shown;
use crate::render::progress::Progress;
use crate::render::report::Report;
use crate::render::running::Running;
use crate::render::{Look, Tone, events, tree};
use crate::value::Value;

/// What is wanted, and what was agreed to beforehand.
pub(crate) struct How<'a> {
    /// A plan from a file.
    pub(crate) saved: Option<SavedPlan>,
    /// Whether everything is to go.
    pub(crate) destroy: bool,
    /// How to plan.
    pub(crate) planning: &'a Planning,
    /// What is asked for beyond configuration and state.
    pub(crate) options: Options,
    /// What was agreed to.
    pub(crate) consent: &'a Consent,
}

/// Outputs of the root module, in the order of the configuration.
pub(crate) type OutputValues = Vec<(Arc<str>, Value)>;

/// Does it under the lock, as the command of that name, which waits so long for the lock. Gives the outputs; nothing, with the
/// reason among the problems, if not all was done.
pub(crate) async fn under_lock(
    setup: &Setup,
    (command, wait): (&str, Duration),
    how: &How<'_>,
    cx: &mut Context,
) -> Option<OutputValues> {
    let stop = interrupt::listen();
    let session = setup.lock(cx, command, wait, &stop).await?;
    let stop = interrupt::or_lost(stop, session.lost());
    let done = run(setup, &session, how, &stop, cx).await;
    session.close(&mut cx.problems).await;
    done
}

/// Plans and carries out. Gives the outputs; nothing, with the reason among the problems, if not all was done.
async fn run(
    setup: &Setup,
    session: &Session,
    how: &How<'_>,
    stop: &watch::Receiver<Stop>,
    cx: &mut Context,
) -> Option<OutputValues> {
    let snapshot = snapshot(session, &mut cx.problems).await?;
    let wish = setup.wish(how.planning, how.options.clone(), how.destroy);
    let planned = async {
        match &how.saved {
            Some(saved) => {
                let belongings = Belongings { sources: &cx.sources, local: cx.local };
                saved.restore(&wish, &snapshot, belongings, &mut cx.problems).await
            }
            None => plan::make(&wish, &snapshot, &mut cx.problems).await,
        }
    };
    let Some(made) = unless_stopped(stop, planned).await else {
        if !session.is_lost() {
            cx.problems.error("Interrupted").detail("The run was interrupted while it planned. Nothing was changed.");
        }
        return None;
    };
    let made = made?;
    let report = Report::of(&made, &setup.providers);
    cx.tell_plan(&made, &report);
    cx.tell_problems();
    if !report.is_empty() && !agreed(&report, how, stop, cx).await {
        return None;
    }
    let surroundings = Surroundings { clock: Some(jiff::Timestamp::now()), ..setup.surroundings.clone() };
    let wish = Wish { surroundings: &surroundings, ..wish };
    let summary = carry_out(&made, &wish, session, stop, cx).await;
    if made.plan.is_partial {
        cx.problems
            .warning("Applied changes may be incomplete")
            .detail("The plan was made with `-target` or `-exclude`, so some of what the configuration asks for may not be done.")
            .help("Run `recon plan` to see what is left.");
    }
    tell(&report, &summary, (how.destroy, session.is_lost()), cx)
}

/// Refuses a run that tells events and would have to ask.
pub(crate) fn must_not_ask(consent: &Consent, is_saved: bool, cx: &mut Context) -> Option<()> {
    if !cx.as_events || consent.auto_approve || is_saved {
        return Some(());
    }
    cx.problems
        .error("Plan file or auto-approve required")
        .detail("With `-json`, nobody can be asked. Nothing was changed.")
        .help("Give `-auto-approve`, or a plan saved with `recon plan -out=FILE`.");
    None
}

/// Whether everything that the plan does may be done.
async fn agreed(report: &Report, how: &How<'_>, stop: &watch::Receiver<Stop>, cx: &mut Context) -> bool {
    let allowed = &how.consent.allow_data_loss;
    let dear: Vec<&str> = report.dear().into_iter().filter(|a| !allowed.iter().any(|allowed| allowed == a)).collect();
    let asks = !how.consent.auto_approve && how.saved.is_none();
    // To say yes to `destroy` is to mean its objects by name: the question lists them.
    let named_in_question = how.destroy && asks && stdin().is_terminal();
    if !dear.is_empty() && !named_in_question {
        refuse(&dear, &mut cx.problems);
        return false;
    }
    if !asks {
        return true;
    }
    let question = match (how.destroy, dear.as_slice()) {
        (true, []) => "Destroy everything that the plan shows?".to_owned(),
        (true, dear) => {
            let list = dear.iter().map(|address| format!("\n    {address}")).collect::<String>();
            format!("Destroy everything that the plan shows? What users stored is lost for good in:{list}\n ")
        }
        (false, _) => "Apply this plan?".to_owned(),
    };
    confirm(&question, cx, stop).await
}

fn refuse(dear: &[&str], problems: &mut Diagnostics) {
    let flags = dear.iter().map(|address| format!("-allow-data-loss={}", quoted(address))).collect::<Vec<_>>();
    let names = dear.iter().map(|address| format!("`{address}`")).collect::<Vec<_>>().join(", ");
    problems
        .error("Stored data would be lost")
        .detail(format!("The plan deletes {names}, and what users stored there goes with it. Nothing was changed."))
        .help(format!("If that is meant, add {}.", flags.join(" ")));
}

async fn carry_out(
    made: &Made,
    wish: &Wish<'_>,
    session: &Session,
    stop: &watch::Receiver<Stop>,
    cx: &mut Context,
) -> Summary {
    let (sender, events) = mpsc::unbounded_channel();
    let (ended, end) = oneshot::channel();
    let events = Events { events, end };
    let output = cx.output.clone();
    let teller = match cx.as_events {
        true => tokio::spawn(pass_on(events, output)),
        false => {
            let progress = Progress::new(output.message_look(), output.is_live(), &made.plan, Instant::now());
            tokio::spawn(show(events, progress, output))
        }
    };
    let job = Job {
        wish,
        sites: &made.sites,
        observed: &made.observed,
        writer: session.writer(),
        events: sender,
        stop: stop.clone(),
    };
    let summary = run::run(&made.plan, job, &mut cx.problems).await;
    // The teller ends with what there is. Its failure would only cost lines.
    let _ = ended.send(());
    let _ = teller.await;
    summary
}

/// The events of a run. What a provisioner left running may send for ever, so the run says when it is over.
struct Events {
    events: mpsc::UnboundedReceiver<Event>,
    end: oneshot::Receiver<()>,
}

impl Events {
    /// The next one; nothing if the run is over and there are no more.
    async fn next(&mut self) -> Option<Event> {
        if self.end.is_terminated() {
            return self.events.try_recv().ok();
        }
        tokio::select! {
            biased;
            event = self.events.recv() => event,
            _ = &mut self.end => self.events.try_recv().ok(),
        }
    }
}

/// Tells events to programs until there are no more.
async fn pass_on(mut events: Events, output: Streams) {
    let tell = |told: &events::Told| output.result(&events::line(told, jiff::Timestamp::now()));
    let mut running = Running::default();
    let mut tick = tokio::time::interval(SECOND);
    loop {
        tokio::select! {
            event = events.next() => match event {
                Some(event) => {
                    running.event(&event, Instant::now());
                    tell(&events::progress(&event));
                }
                None => break,
            },
            _ = tick.tick() => {
                for (address, doing, elapsed) in running.due(Instant::now()) {
                    tell(&events::still(&address, doing, elapsed));
                }
            }
        }
    }
}

/// Shows events until there are no more, and then what took how long.
async fn show(mut events: Events, mut progress: Progress, output: Streams) {
    let live = output.is_live();
    let mut tick = tokio::time::interval(if live { FRAME } else { SECOND });
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut drawn: Option<Instant> = None;
    loop {
        let lines: Vec<String> = tokio::select! {
            event = events.next() => match event {
                Some(event) => progress.event(&event, Instant::now()).into_iter().collect(),
                None => break,
            },
            _ = tick.tick() => progress.still(Instant::now()),
        };
        for line in lines {
            output.message(&format!("{line}\n"));
        }
        let now = Instant::now();
        if live && drawn.is_none_or(|drawn| now.duration_since(drawn) >= FRAME) {
            drawn = Some(now);
            output.show(progress.frame(now, output.size()));
        }
    }
    output.show(Vec::new());
    if let Some(table) = progress.timings(Instant::now()) {
        output.message(&table);
    }
}

/// How long lines about what runs stay as they are.
const FRAME: Duration = Duration::from_millis(100);
const SECOND: Duration = Duration::from_secs(1);

fn tell(
    report: &Report,
    summary: &Summary,
    (destroy, is_lost): (bool, bool),
    cx: &mut Context,
) -> Option<OutputValues> {
    let look = cx.output.look();
    let counts = summary.counts;
    let import = if counts.import > 0 { format!("{} imported, ", counts.import) } else { String::new() };
    let forget = if counts.forget > 0 { format!(", {} forgotten", counts.forget) } else { String::new() };
    let done =
        format!("{import}{} added, {} changed, {} destroyed{forget}.", counts.add, counts.change, counts.destroy);
    if summary.stopped && !is_lost && !cx.problems.has_errors() {
        cx.problems
            .error("Stopped before the end")
            .detail("What was done is in state. Calls that were cut short are in the journal, and may have been carried out.")
            .help("Run the same command again: it first asks what became of those calls, and then goes on.");
    }
    let left: Vec<String> = summary.skipped.iter().map(ToString::to_string).collect();
    if !left.is_empty() && !cx.as_events {
        cx.output.message(&not_done(&left));
    }
    if is_lost || cx.problems.has_errors() {
        let what = if destroy { "Destroy" } else { "Apply" };
        if !cx.as_events {
            cx.output.message(&format!("{what} incomplete: {done} The rest is not done.\n"));
        }
        return None;
    }
    if cx.as_events {
        // As Terraform does: warnings come before the end is told.
        cx.tell_problems();
        cx.event(&events::summary(counts, if destroy { "destroy" } else { "apply" }));
        if !destroy {
            cx.event(&events::outputs(&summary.outputs));
        }
        return Some(summary.outputs.clone());
    }
    let changed = !report.is_empty();
    if changed {
        let what = if destroy { "Destroy complete:" } else { "Apply complete:" };
        cx.output.result(&format!("\n{} {done}\n", look.paint(Tone::Add, what)));
    }
    if !destroy && !summary.outputs.is_empty() {
        cx.output.result(&format!("\n{}", outputs(&summary.outputs, look)));
    }
    Some(summary.outputs.clone())
}

/// The most addresses of what was not done that are told one by one.
const MOST_LEFT: usize = 20;

/// What was not done, an address a line.
fn not_done(left: &[String]) -> String {
    let mut text = format!("\nNot done ({}):\n", left.len());
    left.iter().take(MOST_LEFT).for_each(|address| text.push_str(&format!("  {address}\n")));
    if left.len() > MOST_LEFT {
        text.push_str(&format!("  and {} more\n", left.len() - MOST_LEFT));
    }
    text.push('\n');
    text
}

/// Outputs for people.
pub(crate) fn outputs(values: &OutputValues, look: Look) -> String {
    let width = values.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut out = format!("{}\n\n", look.paint(Tone::Strong, "Outputs:"));
    for (name, value) in values {
        out.push_str(&format!("{name:width$} = {}\n", tree::one_line(&shown(value))));
    }
    out
}
