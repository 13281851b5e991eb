//! `recon drift -accept`: live values go into state, and what the configuration must say from then on is shown.

use std::collections::BTreeSet;

use super::{DriftArgs, look};
use crate::address::{Address, Target};
use crate::apply;
use crate::apply::session::Session;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::interrupt::{self, unless_stopped};
use crate::cli::setup::{Setup, snapshot};
use crate::diagnostic::{Diagnostics, did_you_mean};
use crate::language::ast::{Expr, ExprKind};
use crate::language::locate;
use crate::plan::block_of;
use crate::render::drift::{Difference, Finding, Findings};
use crate::render::items::Shown;
use crate::render::tree::one_line;
use crate::value::PathStep;

/// Takes over what differs of the chosen objects.
pub(super) async fn run(args: &DriftArgs, targets: &[Target], setup: &Setup, cx: &mut Context) -> Option<Exit> {
    let stop = interrupt::listen();
    let session = setup.lock(cx, "drift", args.locking.lock_timeout, &stop).await?;
    let stop = interrupt::or_lost(stop, session.lost());
    let done = match unless_stopped(&stop, found(args, targets, setup, &session, cx)).await {
        Some(found) => take(found, setup, &session, cx).await,
        None => {
            cx.problems.error("Interrupted").detail("The run was interrupted while it read. Nothing was changed.");
            None
        }
    };
    session.close(&mut cx.problems).await;
    done
}

type Found = (crate::plan::observed::Observed, Findings, BTreeSet<Address>);

/// What differs, and which of it is to be taken over.
async fn found(
    args: &DriftArgs,
    targets: &[Target],
    setup: &Setup,
    session: &Session,
    cx: &mut Context,
) -> Option<Found> {
    let snapshot = snapshot(session, &mut cx.problems).await?;
    let (observed, findings) = look(args, targets, setup, &snapshot, cx).await?;
    if findings.problems.has_errors() {
        cx.problems.extend(findings.problems);
        return None;
    }
    let chosen = chosen(&args.accept, &findings, &mut cx.problems)?;
    Some((observed, findings, chosen))
}

fn chosen(given: &[String], findings: &Findings, problems: &mut Diagnostics) -> Option<BTreeSet<Address>> {
    let differ: Vec<&str> = findings.objects.iter().map(|object| object.outside.address.as_str()).collect();
    let before = problems.len();
    let mut chosen = BTreeSet::new();
    for text in given {
        let wanted: Vec<&str> = match text.as_str() {
            "" => differ.clone(),
            text => differ.iter().copied().filter(|address| *address == text).collect(),
        };
        if wanted.is_empty() && !text.is_empty() {
            problems
                .error("Object does not differ")
                .detail(format!("State and AWS agree on `{text}`, or state has no such object. Nothing was changed."))
                .help(did_you_mean(text, differ.iter().copied()));
        }
        chosen.extend(wanted.into_iter().filter_map(|address| address.parse::<Address>().ok()));
    }
    (problems.len() == before).then_some(chosen)
}

async fn take(found: Option<Found>, setup: &Setup, session: &Session, cx: &mut Context) -> Option<Exit> {
    let (observed, findings, chosen) = found?;
    if chosen.is_empty() {
        cx.output.result(&format!("No drift. AWS and state agree on {} objects.\n", findings.asked.len()));
        return Some(Exit::Success);
    }
    if let Err(problem) = apply::accept(&chosen, &observed, &setup.providers, &session.writer()).await {
        cx.problems.push(*problem);
        return None;
    }
    let accepted = findings
        .objects
        .iter()
        .filter(|object| chosen.iter().any(|address| address.to_string() == object.outside.address));
    let mut out = String::new();
    for object in accepted {
        out.push_str(&advice(object, setup, cx));
    }
    out.push_str(&format!("Accepted {} of {} objects that differ.\n", chosen.len(), findings.objects.len()));
    cx.output.result(&out);
    Some(Exit::Success)
}

/// What state holds now, and what to write where.
fn advice(object: &Finding, setup: &Setup, cx: &Context) -> String {
    let address = &object.outside.address;
    let Ok(parsed) = address.parse::<Address>() else {
        return String::new();
    };
    let block = block_of(&setup.config, &parsed.resource);
    if object.outside.gone {
        let cure = match block {
            Some(_) => "the next apply makes it anew, unless its block is taken out of the configuration",
            None => "nothing is left to do",
        };
        return format!("{address}: dropped from state; {cure}.\n\n");
    }
    let mut out = format!("{address}: state has the live values now.\n");
    let Some(block) = block else {
        return format!("{out}  The configuration has no block for it.\n\n");
    };
    for difference in &object.differences {
        let (path, live) = (&difference.path, written(&difference.live));
        let Some(span) = locate(&block.body, path) else {
            out.push_str(&format!("  {path} is not written; add it: {}\n", addition(difference)));
            continue;
        };
        let file = cx.sources.path(span).map(|file| file.display().to_string()).unwrap_or_default();
        let line = cx.sources.line_column(span).map_or(0, |(line, _)| line);
        let text = cx.sources.text(span);
        let what = block.body.attribute(path.first().unwrap_or_default()).map(|attribute| kind(&attribute.expr));
        // What is sensitive in AWS is so in the file.
        let secret = difference.state.has_secrets() || difference.live.has_secrets();
        let what_is_there = if secret { "written there".to_owned() } else { format!("written as `{}`", one(text)) };
        out.push_str(&format!("  {file} line {line}: {path} is {what_is_there}\n"));
        out.push_str(&match what {
            Some(Kind::Reference) => format!("    make what it refers to {live}\n"),
            _ => format!("    write {live}\n"),
        });
    }
    out.push('\n');
    out
}

/// A value as a configuration says it.
fn written(value: &Shown) -> String {
    match value {
        Shown::Null => "nothing: take it out".to_owned(),
        Shown::Sensitive => "the live value, which is not shown here".to_owned(),
        value => format!("`{}`", one_line(value)),
    }
}

/// The argument to add, in the blocks that it belongs to.
fn addition(difference: &Difference) -> String {
    let names = difference.path.steps().iter().filter_map(|step| match step {
        PathStep::Attribute(name) | PathStep::Key(name) => Some(name.to_string()),
        PathStep::Index(_) => None,
    });
    let names: Vec<String> = names.collect();
    match names.split_last() {
        Some((last, [])) => format!("`{last} = {}`", one_line(&difference.live)),
        Some((last, around)) => format!("`{last} = {}` in `{}`", one_line(&difference.live), around.join(".")),
        None => String::new(),
    }
}

enum Kind {
    /// What it says stands elsewhere.
    Reference,
    /// It says it itself.
    Literal,
}

fn kind(expr: &Expr) -> Kind {
    match &expr.kind {
        ExprKind::Variable(_) | ExprKind::GetAttr(..) | ExprKind::Index(..) => Kind::Reference,
        _ => Kind::Literal,
    }
}

fn one(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() > 80 { format!("{}\u{2026}", line.chars().take(79).collect::<String>()) } else { line }
}
