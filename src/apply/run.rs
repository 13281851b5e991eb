//! Applies a plan. One task, this one, owns the walk and the values; tasks that call AWS own nothing and report back.

mod conditions;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::adopt::adopt;
use super::event::{Doing, Event};
use super::perform::{self, Task};
use super::provision::Provisioning;
use super::walk::Walk;
use super::writer::Handle;
use crate::address::{Address, Key, Mode, ModulePath, ResourceAddress};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::graph::Node;
use crate::language::config::{IgnoreChanges, Repetition, Resource, ResourceKey, When};
use crate::language::eval;
use crate::plan::build::evaluate;
use crate::plan::change::{self, Moment};
use crate::plan::checks::CheckResults;
use crate::plan::observed::Observed;
use crate::plan::sites::{Item, Sites};
use crate::plan::step::{Action, Origin, Plan, PlanNode, Step};
use crate::plan::values::{ModuleScope, Repeat, Shape, Surroundings, Values, whole};
use crate::plan::{Wish, desired, module_of, removed_with_provisioners, variables};
use crate::plan::{tell_calls, tell_calls_of_instances};
use crate::resource::Token;
use crate::state::OutputState;
use crate::value::marks::mark_at;
use crate::value::{Type, Value};

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
            let mut changed = false;
            for (address, instance) in found {
                changed |= match instance {
                    Some(instance) => {
                        let instance = perform::beside_what_is_kept(instance, snapshot.instances.get(&address));
                        snapshot.insert(address, instance)
                    }
                    None => snapshot.instances.remove(&address).is_some(),
                };
            }
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

    fn evaluate(&mut self, node: Node, of: Node, at: &ModulePath) {
        if !self.plan.destroys_all {
            let sites = self.job.sites;
            let site = sites.get(of);
            let surroundings = &self.surroundings;
            let before = self.problems.len();
            match &site.item {
                Item::Variable(name) => {
                    let (root, given) = (&self.job.wish.config.root, (self.job.wish.variables, surroundings));
                    let (checks, problems) = (&mut self.checks, &mut self.problems);
                    variables::evaluate(&mut self.values, root, given, (&*site.module, at), name, checks, problems);
                }
                Item::Local(_) | Item::Output(_) | Item::Check(_) => {
                    let results = (&mut self.checks, &mut self.problems);
                    evaluate(&mut self.values, surroundings, (&site.module, at), &site.item, results);
                }
                Item::Validation(name) => {
                    let around = (&self.job.wish.config.root, surroundings);
                    let (checks, problems) = (&mut self.checks, &mut self.problems);
                    variables::validate(&self.values, around, (&*site.module, at), name, checks, problems);
                }
                Item::Call(_) => {}
                Item::Resource(key) => {
                    let Some(resource) = site.module.resources.get(key) else {
                        return;
                    };
                    let address = ResourceAddress {
                        module: at.clone(),
                        mode: key.mode,
                        ty: key.ty.clone(),
                        name: key.name.clone(),
                    };
                    let instances = self.instances.get(&address).cloned().unwrap_or_default();
                    self.values.set_resource(at, key, whole(Shape::from(&resource.repetition), instances));
                    self.settle_conditions(of, &address, (&*site.module, &**resource));
                }
            }
            if !matches!(site.item, Item::Variable(_) | Item::Validation(_)) {
                tell_calls(&mut self.problems, before, &self.job.wish.config.root, at);
            }
            let new = self.problems.iter().skip(before);
            if new.into_iter().any(|problem| problem.severity == crate::diagnostic::Severity::Error) {
                self.walk.lost(&self.plan.graph, node);
                return;
            }
        }
        self.walk.done(&self.plan.graph, node);
    }

    fn begin_apply(&mut self, node: Node, step: &Step) {
        match self.prepare(step) {
            Ok(Some(task)) if step.create_first => {
                let key = Token::fresh().as_str()[..8].to_owned();
                self.set_aside.insert(step.address.clone(), key.clone());
                self.begin(node, task.with_set_aside(key));
            }
            Ok(Some(task)) => self.begin(node, task),
            Ok(None) => self.walk.done(&self.plan.graph, node),
            Err(problem) => self.fail_or_warn(node, step.address.clone(), *problem),
        }
    }

    fn begin_destroy(&mut self, node: Node, step: &Step) {
        let resource = self.job.wish.providers.resource(&step.address.resource.ty, &step.provider);
        let (Some(resource), Some(prior)) = (resource, &step.prior) else {
            self.walk.done(&self.plan.graph, node);
            return;
        };
        let prior = resource.schema().block.mark_sensitive(prior);
        let known = self.job.observed.instances.get(&step.address);
        let prior = mark_at(&prior, known.map(|known| &*known.sensitive).unwrap_or_default());
        let task = Task::destroy(step, resource.clone(), prior).with_provisioning(self.before_destruction(step));
        let task = match self.set_aside.get(&step.address) {
            Some(key) if step.create_first => task.with_set_aside(key.clone()),
            _ => task,
        };
        self.begin(node, task);
    }

    /// What runs before the object of a step is deleted. As in Terraform, that is nothing for an object that was not made
    /// completely, or that was set aside for its replacement.
    fn before_destruction(&self, step: &Step) -> Option<Provisioning> {
        let tainted = self.job.observed.instances.get(&step.address).is_some_and(|known| known.tainted);
        if tainted || step.deposed.is_some() || step.create_first {
            return None;
        }
        let ResourceAddress { module: at, mode, ty, name } = &step.address.resource;
        let config = self.job.wish.config;
        let key = ResourceKey { mode: *mode, ty: ty.clone(), name: name.clone() };
        let configured = module_of(config, at)
            .and_then(|module| Some((&**module, &*module.resources.get(&key)?.provisioners)))
            .or_else(|| {
                let (module, removed) = removed_with_provisioners(config, &step.address.resource)?;
                Some((module, &*removed.provisioners))
            });
        let (module, provisioners) = configured?;
        let repeat = match &step.address.key {
            Key::None => Repeat::One,
            Key::Index(index) => Repeat::Index(*index),
            Key::Name(name) => Repeat::Each(name.clone(), Value::unknown(Type::Dynamic)),
        };
        let (values, surroundings) = (&self.values, &self.surroundings);
        let scope = ModuleScope { values, surroundings, module, at, repeat: &repeat, this: None };
        Provisioning::of(provisioners, When::Destroy, &scope)
    }

    fn begin(&mut self, node: Node, task: Task) {
        let id = task.shown_id();
        self.tell(Event::Started { address: task.address.clone(), doing: task.doing, id });
        let ties = perform::Ties {
            writer: self.job.writer.clone(),
            events: self.job.events.clone(),
            stop: self.job.stop.clone(),
        };
        self.tasks.spawn(perform::perform(task, node, ties, Instant::now()));
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

    /// Evaluates a step's configuration once more, now fully known, and holds it against the plan (P2).
    fn prepare(&mut self, step: &Step) -> Result<Option<Task>, Box<Diagnostic>> {
        let lost = || {
            Box::new(Diagnostic::error("Step without a block").with(|d| {
                d.of(&step.address);
            }))
        };
        let origin = self.origin(step).ok_or_else(lost)?;
        let origin = &origin;
        let block = origin.module.resources.get(&origin.key).ok_or_else(lost)?.clone();
        if step.action == Action::Read {
            return self.prepare_read(step, origin, &block).map(Some);
        }
        let resource = self.job.wish.providers.resource(&step.address.resource.ty, &step.provider);
        let resource = resource.ok_or_else(lost)?.clone();
        let mut problems = Diagnostics::new();
        self.preconditions(step, origin, &block, &mut problems);
        let config = self.config(step, origin, &block, resource.schema(), &mut problems);
        let surroundings = &self.surroundings;
        let moment = Moment { now: surroundings.now, folder: &surroundings.folder };
        let prior = step.prior.as_ref().filter(|_| step.action == Action::Update);
        let ignore = match step.action {
            Action::Update => &block.lifecycle.ignore_changes,
            _ => &IgnoreChanges::None,
        };
        let mut found = Diagnostics::new();
        let change = change::plan(resource.as_ref(), &config, prior, ignore, moment, &mut found);
        desired::place(&mut found, &block, &step.address, &self.scope(step, origin));
        problems.extend(found);
        self.first_error(problems)?;
        if !config.is_wholly_known() {
            return Err(Box::new(still_unknown(step, &block)));
        }
        let planned = resource.schema().block.mark_sensitive(&change.planned);
        let broken = change::broken_promises(&resource.schema().block, &step.planned, &planned);
        if change.action == change::Action::Replace || !broken.is_empty() {
            return Err(Box::new(promise_broken(step, &block, &broken)));
        }
        // A step without differences is there because what is sensitive changes, which state has to know.
        if change.action == change::Action::NoOp && !step.differences.is_empty() {
            // What was unknown turned out to be what there is.
            self.postconditions(step, origin, &block, &planned)?;
            self.remember(&step.address, planned);
            return Ok(None);
        }
        let provisioning = match step.action {
            Action::Create | Action::Replace => {
                Provisioning::of(&block.provisioners, When::Create, &self.scope(step, origin))
            }
            Action::Update | Action::Delete | Action::Forget | Action::Read => None,
        };
        Ok(Some(Task::apply(step, resource, planned, block).with_provisioning(provisioning)))
    }

    fn prepare_read(&mut self, step: &Step, origin: &Origin, block: &Arc<Resource>) -> Result<Task, Box<Diagnostic>> {
        let mode = step.address.resource.mode;
        let source = self.job.wish.providers.read(mode, &step.address.resource.ty, &step.provider).cloned();
        let source = source.ok_or_else(|| Box::new(Diagnostic::error("Unknown data source")))?;
        let mut problems = Diagnostics::new();
        self.preconditions(step, origin, block, &mut problems);
        let config = self.config(step, origin, block, source.schema(), &mut problems);
        self.first_error(problems)?;
        if !config.is_wholly_known() {
            return Err(Box::new(still_unknown(step, block)));
        }
        Ok(Task::read(step, source, config, block.clone()))
    }

    /// Where a step comes from, with what is known of `each.value` by now.
    fn origin(&self, step: &Step) -> Option<Origin> {
        let mut origin = step.origin.clone()?;
        let Repeat::Each(key, value) = &origin.repeat else {
            return Some(origin);
        };
        if !value.is_wholly_known()
            && let Some(Repetition::ForEach(each)) = origin.module.resources.get(&origin.key).map(|r| &r.repetition)
        {
            let scope = ModuleScope { repeat: &Repeat::One, ..self.scope(step, &origin) };
            // Evaluated without complaint when the plan was made.
            let all = eval(each, &scope, &mut Diagnostics::new());
            let own = all.get(key).cloned().unwrap_or_else(|| value.clone());
            origin.repeat = Repeat::Each(key.clone(), own);
        }
        Some(origin)
    }

    fn scope<'s>(&'s self, step: &'s Step, origin: &'s Origin) -> ModuleScope<'s> {
        ModuleScope {
            values: &self.values,
            surroundings: &self.surroundings,
            module: &origin.module,
            at: &step.address.resource.module,
            repeat: &origin.repeat,
            this: None,
        }
    }

    fn config(
        &self,
        step: &Step,
        origin: &Origin,
        block: &Resource,
        schema: &crate::schema::Schema,
        problems: &mut Diagnostics,
    ) -> Value {
        desired::configured(block, schema, &step.address, &self.scope(step, origin), problems)
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

    async fn finish(mut self, problems: &mut Diagnostics) -> Summary {
        let mut told: HashSet<&Address> = self.summary.failed.iter().collect();
        let mut skipped = Vec::new();
        for node in self.plan.graph.nodes().filter(|node| !self.walk.is_done(*node)) {
            if let PlanNode::Apply(step) | PlanNode::Destroy(step) = self.plan.graph.get(node) {
                let address = &self.plan.steps[*step].address;
                if told.insert(address) {
                    skipped.push(address.clone());
                }
            }
        }
        self.summary.skipped = skipped;
        let root = ModulePath::root();
        let mut outputs = indexmap::IndexMap::new();
        for name in self.job.wish.config.root.outputs.keys() {
            let value = self.values.outputs(&root).and_then(|outputs| outputs.get(name));
            if let Some(value) = value.filter(|value| value.is_wholly_known() && !value.is_null()) {
                self.summary.outputs.push((name.clone(), value.clone()));
                let stored = OutputState { value: value.clone(), sensitive: value.is_sensitive() };
                outputs.insert(name.clone(), stored);
            }
        }
        let whole = !self.plan.is_partial && !self.plan.is_refresh_only;
        let complete = self.summary.failed.is_empty() && self.summary.skipped.is_empty() && whole;
        let result = if complete {
            // Data sources that the configuration does not have any more go with the outputs.
            let read = self.plan.steps.iter().filter(|step| step.action == Action::Read).map(|step| &step.address);
            let data: HashSet<Address> = self.plan.data.keys().chain(read).cloned().collect();
            let replace = move |snapshot: &mut crate::state::Snapshot| {
                let before = snapshot.instances.len();
                snapshot
                    .instances
                    .retain(|address, _| address.resource.mode == Mode::Managed || data.contains(address));
                let gone = snapshot.instances.len() != before;
                snapshot.set_outputs(outputs) | gone
            };
            self.job.writer.edit(replace).await
        } else {
            // What could not be evaluated keeps what state has.
            let keep = move |snapshot: &mut crate::state::Snapshot| {
                let mut all = snapshot.outputs.clone();
                all.extend(outputs);
                snapshot.set_outputs(all)
            };
            self.job.writer.edit(keep).await
        };
        let results = if self.plan.destroys_all { serde_json::Value::Null } else { self.checks.to_state() };
        let result = match result {
            Ok(()) => self.job.writer.set_check_results(results).await,
            failed => failed,
        };
        if let Err(error) = result {
            self.problems.push(error.into());
        }
        tell_calls_of_instances(&mut self.problems, &self.job.wish.config.root);
        problems.extend(self.problems);
        self.summary.checks = self.checks;
        self.summary
    }
}

fn still_unknown(step: &Step, block: &Resource) -> Diagnostic {
    Diagnostic::error("Arguments still unknown").with(|d| {
        d.of(&step.address).at(block.header).detail("Some of its arguments are not known even now.");
    })
}

fn promise_broken(step: &Step, block: &Resource, broken: &[crate::schema::Difference]) -> Diagnostic {
    let names: Vec<String> = broken.iter().map(|difference| format!("`{}`", difference.path)).collect();
    Diagnostic::error("The plan cannot be kept").with(|d| {
        d.of(&step.address).at(block.header);
        d.detail(format!(
            "With what is known now, `{}` would become something else than the plan showed{}. Nothing was done to it.",
            step.address,
            if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) }
        ));
        d.help("Plan and apply again.");
    })
}
