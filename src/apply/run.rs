//! Applies a plan. One task, this one, owns the walk and the values; tasks that call AWS own nothing and report back.

mod begin;
mod conditions;
mod evaluate;
mod finish;
mod prepare;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::adopt::adopt;
use super::event::{Doing, Event};
use super::perform;
use super::walk::Walk;
use super::writer::Handle;
use crate::address::{Address, Key, ResourceAddress};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::graph::Node;
use crate::plan::Wish;
use crate::plan::checks::CheckResults;
use crate::plan::observed::Observed;
use crate::plan::sites::Sites;
use crate::plan::step::{Plan, PlanNode};
use crate::plan::values::{Surroundings, Values};
use crate::value::Value;

/// Whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// Go on.
    No,
    /// Begin nothing new; finish what is under way (P8).
    Drain,
    /// Abort what is under way; the journal knows of it.
    Abort,
}

/// What apply needs besides the plan.
pub struct Job<'a> {
    /// What was planned.
    pub wish: &'a Wish<'a>,
    /// The sites of the configuration.
    pub sites: &'a Sites,
    /// What there was when the plan was made.
    pub observed: &'a Observed,
    /// The one writer.
    pub writer: Handle,
    /// Where events go.
    pub events: mpsc::UnboundedSender<Event>,
    /// Whether to go on.
    pub stop: watch::Receiver<Stop>,
}

/// What was done.
#[derive(Debug, Default)]
pub struct Summary {
    /// Objects made, changed, deleted.
    pub counts: crate::plan::step::Counts,
    /// What failed.
    pub failed: Vec<Address>,
    /// What was not tried, because something before it failed or the run was stopped.
    pub skipped: Vec<Address>,
    /// Whether the run was stopped before its end.
    pub stopped: bool,
    /// What conditions found.
    pub checks: CheckResults,
    /// Every output of the root module that could be evaluated.
    pub outputs: Vec<(Arc<str>, Value)>,
}

/// Applies a plan. Everything that succeeded is in state, whatever else failed.
pub async fn run(plan: &Plan, job: Job<'_>, problems: &mut Diagnostics) -> Summary {
    let weight = |node: &PlanNode| u64::from(matches!(node, PlanNode::Apply(_) | PlanNode::Destroy(_)));
    let walk = match Walk::new(&plan.graph, weight) {
        Ok(walk) => walk,
        Err(cycle) => {
            problems.push(describe(plan, &cycle.0));
            return nothing_done(plan);
        }
    };
    if let Err(problem) = adopt(plan, job.wish, &job.writer).await {
        problems.push(*problem);
        return nothing_done(plan);
    }
    let mut runner = Runner::new(plan, job, walk);
    runner.summary.counts.import = plan.imports.len();
    runner.summary.counts.forget = plan.counts().forget;
    runner.keep_refreshed().await;
    runner.drive().await;
    runner.finish(problems).await
}

fn nothing_done(plan: &Plan) -> Summary {
    Summary { skipped: plan.steps.iter().map(|step| step.address.clone()).collect(), ..Summary::default() }
}

fn describe(plan: &Plan, nodes: &[Node]) -> Diagnostic {
    let names = nodes.iter().filter_map(|node| match plan.graph.get(*node) {
        PlanNode::Apply(step) => Some(plan.steps[*step].address.to_string()),
        PlanNode::Destroy(step) => Some(format!("{} (destroy)", plan.steps[*step].address)),
        PlanNode::Evaluate(..) | PlanNode::Gate => None,
    });
    let names: Vec<String> = names.collect();
    Diagnostic::error("Cycle").with(|d| {
        d.detail(format!("These steps wait for each other: {}.", names.join(", ")));
        d.help("Apply the deletions first, from a configuration without the new references.");
    })
}

struct Runner<'a> {
    plan: &'a Plan,
    job: Job<'a>,
    walk: Walk,
    values: Values,
    /// The instances of each resource, as far as they are what they will be.
    instances: HashMap<ResourceAddress, BTreeMap<Key, Value>>,
    tasks: JoinSet<perform::Report>,
    problems: Diagnostics,
    summary: Summary,
    checks: CheckResults,
    surroundings: Surroundings,
    /// The keys under which old objects are set aside while their replacements are made.
    set_aside: HashMap<Address, String>,
}

impl<'a> Runner<'a> {
    fn new(plan: &'a Plan, job: Job<'a>, walk: Walk) -> Self {
        let mut instances: HashMap<ResourceAddress, BTreeMap<Key, Value>> = HashMap::new();
        for (address, value) in plan.unchanged.iter().chain(&plan.data).chain(&plan.left_out) {
            instances.entry(address.resource.clone()).or_default().insert(address.key.clone(), value.clone());
        }
        let surroundings = Surroundings { clock: Some(jiff::Timestamp::now()), ..job.wish.surroundings.clone() };
        Self {
            surroundings,
            set_aside: HashMap::new(),
            plan,
            job,
            walk,
            values: plan.expansions.expansions_only(),
            instances,
            tasks: JoinSet::new(),
            problems: Diagnostics::new(),
            summary: Summary::default(),
            checks: plan.checks.clone(),
        }
    }

    /// Writes what the refresh found about everything that no step touches.
    async fn keep_refreshed(&mut self) {
        let found = perform::refreshed(self.plan, self.job.wish, self.job.observed);
        let gone = self.job.observed.set_aside.iter().filter(|(_, observation)| observation.current.is_none());
        let gone: Vec<(Address, String)> = gone.map(|(slot, _)| slot.clone()).collect();
        let write = move |snapshot: &mut crate::state::Snapshot| {
            let mut changed = perform::keep_found(found, snapshot);
            for slot in gone {
                changed |= snapshot.deposed.remove(&slot).is_some();
            }
            changed
        };
        if let Err(error) = self.job.writer.edit(write).await {
            self.problems.push(error.into());
        }
    }

    async fn drive(&mut self) {
        let mut stop = self.job.stop.clone();
        let mut told = false;
        while !self.walk.is_finished() {
            self.release(*stop.borrow());
            if self.tasks.is_empty() {
                break;
            }
            let stopping = *stop.borrow();
            if stopping == Stop::Abort {
                break;
            }
            if stopping == Stop::Drain && !told {
                told = true;
                self.tell(Event::Stopping { under_way: self.tasks.len() });
            }
            tokio::select! {
                biased;
                changed = stop.changed() => {
                    if changed.is_err() {
                        // Nobody can stop the run any more.
                        if let Some(report) = self.tasks.join_next().await {
                            self.take(report);
                        }
                    }
                }
                report = self.tasks.join_next() => {
                    if let Some(report) = report {
                        self.take(report);
                    }
                }
            }
        }
        self.summary.stopped = *stop.borrow() != Stop::No && !self.walk.is_finished();
        self.tasks.abort_all();
        while self.tasks.join_next().await.is_some() {}
    }

    /// Works on everything that is ready, as far as calls may be under way at once.
    fn release(&mut self, stop: Stop) {
        loop {
            let there_is_room = stop == Stop::No && self.tasks.len() < self.job.wish.parallelism;
            let Some(node) = self.walk.next(there_is_room) else {
                return;
            };
            match self.plan.graph.get(node) {
                PlanNode::Gate => self.walk.done(&self.plan.graph, node),
                PlanNode::Evaluate(site, at) => self.evaluate(node, *site, at),
                PlanNode::Apply(step) => self.begin_apply(node, &self.plan.steps[*step]),
                PlanNode::Destroy(step) => self.begin_destroy(node, &self.plan.steps[*step]),
            }
        }
    }

    fn tell(&self, event: Event) {
        // Nobody listens any more when the receiver is gone; the work goes on all the same.
        let _ = self.job.events.send(event);
    }

    fn fail(&mut self, node: Node, address: Address, problem: Diagnostic) {
        self.problems.push(problem);
        self.summary.failed.push(address);
        self.walk.lost(&self.plan.graph, node);
    }

    fn take(&mut self, report: Result<perform::Report, tokio::task::JoinError>) {
        let report = match report {
            Ok(report) => report,
            Err(error) => {
                // A task that panics has its intent in the journal; the next run settles it.
                let detail = format!("A task ended without an answer: {error}.");
                self.problems.error("Internal error").detail(detail);
                return;
            }
        };
        let perform::Report { node, address, doing, result } = report;
        match result {
            Ok(value) => {
                let counts = &mut self.summary.counts;
                match doing {
                    Doing::Creating => counts.add += 1,
                    Doing::Updating => counts.change += 1,
                    Doing::Destroying => counts.destroy += 1,
                    Doing::Reading => {}
                }
                let mut kept = Ok(());
                if let Some(value) = value {
                    if let PlanNode::Apply(step) = self.plan.graph.get(node) {
                        kept = self.made(&self.plan.steps[*step], &value);
                    }
                    self.remember(&address, value);
                }
                match kept {
                    Ok(()) => self.walk.done(&self.plan.graph, node),
                    Err(problem) => self.fail(node, address, *problem),
                }
            }
            Err(problem) => self.fail_or_warn(node, address, *problem),
        }
    }

    fn remember(&mut self, address: &Address, value: Value) {
        self.instances.entry(address.resource.clone()).or_default().insert(address.key.clone(), value);
    }
}
