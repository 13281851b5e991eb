//! From configuration, state and what was observed to a plan. Synchronous: it cannot call AWS. Data sources that must be
//! read first come back as requests.

mod ephemeral;
mod evaluate;
mod imports;
mod leftovers;
mod replacing;
mod requests;
mod rules;

pub(crate) use evaluate::evaluate;
pub(crate) use rules::as_warnings;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use indexmap::IndexMap;

use imports::{Imported, Imports};
pub use requests::{Answers, Ask, Request};

use super::calls::tell_calls;
use super::change::{self, Moment};
use super::checks::{self, CheckResults, Checked};
use super::desired;
use super::forget::{self, Forgotten};
use super::generate::Unwritten;
use super::moves::{self, Moves};
use super::observed::{Observation, Observed};
use super::order;
use super::providers::Providers;
use super::selection::{Options, Selection};
use super::sites::{Item, Sites};
use super::step::{Action, Import, Origin, OutputChange, Plan, Reason, Step, Unsettled};
use super::values::{ModuleScope, Repeat, Shape, Surroundings, Values, whole};
use super::variables;
use crate::address::{Address, Mode, ModulePath, ResourceAddress};
use crate::diagnostic::Diagnostics;
use crate::graph::Node;
use crate::language::config::{Config, IgnoreChanges, Module, Resource, ResourceKey};
use crate::language::{locate, schema_of, unknown_type};
use crate::resource::{AnyResource, Ordering};
use crate::state::Snapshot;
use crate::value::{Path, Type, Value};

/// What a plan is made of.
pub struct Inputs<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The provider configurations.
    pub providers: &'a Providers,
    /// The root module's variables.
    pub variables: &'a IndexMap<Arc<str>, Value>,
    /// What is asked for beyond configuration and state.
    pub options: &'a Options,
    /// State, with everything at its present address.
    pub snapshot: &'a Snapshot,
    /// What moved to get there.
    pub moves: &'a Moves,
    /// The part of configuration and state that the plan is about.
    pub selection: &'a Selection,
    /// What there is.
    pub observed: &'a Observed,
    /// The data sources read so far.
    pub answers: &'a Answers,
    /// What is the same for the whole run.
    pub surroundings: &'a Surroundings,
}

/// What became of an attempt to make a plan.
pub enum Built {
    /// The plan.
    Plan(Box<Plan>),
    /// These must be read first.
    Needs(Vec<Request>),
    /// These are to be imported to where there is no block, which is to be written first.
    Unwritten(Vec<Unwritten>),
    /// The configuration cannot be planned.
    Failed,
}

/// Makes a plan. Problems are complete unless something is still to be read.
pub fn build(inputs: &Inputs<'_>, sites: &Sites, problems: &mut Diagnostics) -> Built {
    let mut builder = Builder::new(inputs, sites);
    builder.walk();
    if !builder.requests.is_empty() {
        return Built::Needs(builder.requests);
    }
    moves::check(inputs.config, inputs.moves, &builder.values, &builder.visited, &mut builder.problems);
    forget::check(inputs.config, &mut builder.problems);
    if inputs.options.refresh_only {
        builder.keep_orphans();
    } else {
        builder.check_imports();
        if !builder.requests.is_empty() {
            return Built::Needs(builder.requests);
        }
        builder.check_shared_imports();
        builder.check_requested();
        builder.check_targets();
        builder.orphans();
        builder.set_aside();
        builder.spread_create_first();
    }
    forget::warn(&builder.steps, &mut builder.problems);
    let failed = builder.problems.has_errors();
    problems.extend(std::mem::take(&mut builder.problems));
    if failed {
        return Built::Failed;
    }
    if !builder.unwritten.is_empty() {
        return Built::Unwritten(builder.unwritten);
    }
    Built::Plan(Box::new(builder.finish()))
}

/// Evaluates some sites, as far as that goes without planning anything: managed resources stay unknown. Gives the data sources
/// that must be read first.
pub(crate) fn evaluate_some(
    inputs: &Inputs<'_>,
    sites: &Sites,
    wanted: &BTreeSet<Node>,
    problems: &mut Diagnostics,
) -> (Values, Vec<Request>) {
    let mut builder = Builder::new(inputs, sites);
    let is_managed = |node| matches!(&sites.get(node).item, Item::Resource(key) if key.mode == Mode::Managed);
    for node in sites.order().iter().filter(|node| wanted.contains(*node) && !is_managed(**node)) {
        builder.visit(*node);
    }
    problems.extend(builder.problems);
    (builder.values, builder.requests)
}

struct Builder<'a> {
    inputs: &'a Inputs<'a>,
    sites: &'a Sites,
    site_dependencies: Vec<Arc<BTreeSet<Node>>>,
    values: Values,
    steps: Vec<Step>,
    /// The steps of each resource in each module instance.
    by_resource: HashMap<(Node, ModulePath), Vec<usize>>,
    unchanged: HashMap<Address, Value>,
    data: HashMap<Address, Value>,
    left_out: HashMap<Address, Value>,
    visited: HashSet<Address>,
    requests: Vec<Request>,
    imports: Imports,
    imported: BTreeMap<Address, Import>,
    unwritten: Vec<Unwritten>,
    forgotten: Forgotten,
    dear: Vec<Address>,
    checks: CheckResults,
    unsettled: Unsettled,
    problems: Diagnostics,
}

impl<'a> Builder<'a> {
    fn new(inputs: &'a Inputs<'a>, sites: &'a Sites) -> Self {
        Self {
            inputs,
            sites,
            site_dependencies: sites.dependencies(),
            values: Values::new(),
            steps: Vec::new(),
            by_resource: HashMap::new(),
            unchanged: HashMap::new(),
            data: HashMap::new(),
            left_out: HashMap::new(),
            visited: HashSet::new(),
            requests: Vec::new(),
            imports: Imports::new(&inputs.config.root.imports),
            imported: BTreeMap::new(),
            unwritten: Vec::new(),
            forgotten: Forgotten::of(inputs.config),
            dear: Vec::new(),
            checks: CheckResults::default(),
            unsettled: Unsettled::new(),
            problems: Diagnostics::new(),
        }
    }

    fn walk(&mut self) {
        let sites = self.sites;
        for node in sites.order().iter().filter(|node| self.inputs.selection.has_site(**node)) {
            self.visit(*node);
        }
    }

    fn visit(&mut self, node: Node) {
        let site = self.sites.get(node);
        self.declare(site);
        let instances = self.values.instances(&site.module.path).to_vec();
        for at in &instances {
            let before = self.problems.len();
            match &site.item {
                Item::Variable(name) => self.variable(&site.module, at, name),
                Item::Local(_) | Item::Output(_) | Item::Check(_) => {
                    let surroundings = self.inputs.surroundings;
                    let results = (&mut self.checks, &mut self.problems);
                    evaluate(&mut self.values, surroundings, (&site.module, at), &site.item, results);
                }
                Item::Validation(name) => {
                    let around = (&self.inputs.config.root, self.inputs.surroundings);
                    let (checks, problems) = (&mut self.checks, &mut self.problems);
                    variables::validate(&self.values, around, (&*site.module, at), name, checks, problems);
                }
                Item::Call(name) => self.call(&site.module, at, name),
                Item::Resource(key) => self.resource(node, &site.module, at, key),
            }
            // A variable's value is given in the module around.
            if !matches!(site.item, Item::Variable(_) | Item::Validation(_)) {
                tell_calls(&mut self.problems, before, &self.inputs.config.root, at);
            }
        }
    }

    fn scope<'s>(&'s self, module: &'s Module, at: &'s ModulePath, repeat: &'s Repeat) -> ModuleScope<'s> {
        ModuleScope { values: &self.values, surroundings: self.inputs.surroundings, module, at, repeat, this: None }
    }

    fn variable(&mut self, module: &Arc<Module>, at: &ModulePath, name: &Arc<str>) {
        let root = &self.inputs.config.root;
        let inputs = (self.inputs.variables, self.inputs.surroundings);
        let (checks, problems) = (&mut self.checks, &mut self.problems);
        variables::evaluate(&mut self.values, root, inputs, (&**module, at), name, checks, problems);
    }

    fn call(&mut self, module: &Arc<Module>, at: &ModulePath, name: &Arc<str>) {
        let Some(call) = module.calls.get(name) else {
            return;
        };
        let mut problems = Diagnostics::new();
        let what = format!("module `{name}`");
        let instances = desired::expand(&call.repetition, &self.scope(module, at, &Repeat::One), &what, &mut problems);
        self.problems.extend(problems);
        let keys = instances.unwrap_or_default().into_iter().map(|(key, _)| key).collect();
        self.values.set_call(at, name, Shape::from(&call.repetition), keys);
    }

    fn resource(&mut self, node: Node, module: &Arc<Module>, at: &ModulePath, key: &ResourceKey) {
        let Some(resource) = module.resources.get(key).cloned() else {
            return;
        };
        let address =
            ResourceAddress { module: at.clone(), mode: key.mode, ty: key.ty.clone(), name: key.name.clone() };
        let mut problems = Diagnostics::new();
        let what = format!("`{address}`");
        let instances =
            desired::expand(&resource.repetition, &self.scope(module, at, &Repeat::One), &what, &mut problems);
        self.problems.extend(problems);
        let Some(instances) = instances else {
            self.values.set_resource(at, key, Value::unknown(Type::Dynamic));
            return;
        };
        if let Some(names) = self.sites.static_address(node)
            && !self.inputs.options.refresh_only
        {
            self.expect_imports(&names);
        }
        let dependencies: Arc<[ResourceAddress]> =
            self.site_dependencies[node.index()].iter().filter_map(|node| self.sites.static_address(*node)).collect();
        let mut values = Vec::with_capacity(instances.len());
        for (key, repeat) in instances {
            let place = Place {
                node,
                module,
                at,
                resource: &resource,
                address: address.instance(key.clone()),
                repeat,
                dependencies: dependencies.clone(),
            };
            if !self.inputs.selection.has(&place.address) {
                values.push((key, self.left_out(&place)));
                continue;
            }
            let value = match resource.mode {
                Mode::Managed => self.managed(&place),
                Mode::Data => self.data_source(&place),
                Mode::Ephemeral => self.ephemeral(&place),
            };
            values.push((key, value));
        }
        self.values.set_resource(at, key, whole(Shape::from(&resource.repetition), values));
    }

    fn managed(&mut self, place: &Place<'_>) -> Value {
        let provider = &place.resource.provider.address;
        let Some(resource) = self.inputs.providers.resource(&place.resource.ty.text, provider).cloned() else {
            return self.foreign(place);
        };
        self.visited.insert(place.address.clone());
        if self.inputs.options.refresh_only {
            return self.as_it_is(&place.address, resource.as_ref());
        }
        let imported = self.imported(place);
        if matches!(imported, Some(Imported::Asked)) {
            return Value::unknown(resource.schema().ty().clone());
        }
        let observation = match &imported {
            Some(Imported::Found(_, observation)) => Some(observation),
            _ => self.inputs.observed.instances.get(&place.address),
        };
        let (change, why) = self.change(place, resource.as_ref(), observation);
        let planned = resource.schema().block.mark_sensitive(&change.planned);
        let remarked = observation.is_some_and(|found| change::marks_differ(&resource.schema().block, found, &planned));
        self.check_after(place, &planned, change.action == change::Action::NoOp && !remarked);
        if let Some(Imported::Found(id, observation)) = &imported {
            let found = if change.action == change::Action::NoOp { &planned } else { &observation.prior };
            let import = Import {
                id: id.clone(),
                object: resource.schema().block.mark_sensitive(found),
                dependencies: place.dependencies.clone(),
                provider: observation.provider.clone(),
            };
            self.imported.insert(place.address.clone(), import);
        }
        let (action, reason) = match (change.action, observation) {
            (change::Action::NoOp, _) if remarked => (Action::Update, Reason::Configured),
            (change::Action::NoOp, _) => {
                self.unchanged.insert(place.address.clone(), planned.clone());
                return planned;
            }
            (change::Action::Create, Some(found)) if found.current.is_none() => (Action::Create, Reason::Gone),
            (change::Action::Create, _) => (Action::Create, Reason::Configured),
            (change::Action::Update, _) => (Action::Update, Reason::Configured),
            (change::Action::Replace, Some(found)) if found.tainted => (Action::Replace, Reason::Tainted),
            (change::Action::Replace, _) => {
                (Action::Replace, why.unwrap_or(Reason::CannotUpdate(change.replace_paths)))
            }
        };
        let step = Step {
            address: place.address.clone(),
            action,
            reason,
            prior: observation.and_then(|found| found.current.clone()),
            planned: planned.clone(),
            differences: change.differences,
            dependencies: place.dependencies.clone(),
            provider: provider.clone(),
            create_first: action == Action::Replace && creates_first(place.resource, resource.as_ref()),
            deposed: None,
            origin: Some(place.origin()),
        };
        self.guard(&step, resource.as_ref(), Some(place.resource));
        self.push(place, step);
        planned
    }

    fn change(
        &mut self,
        place: &Place<'_>,
        resource: &dyn AnyResource,
        observation: Option<&Observation>,
    ) -> (change::Change, Option<Reason>) {
        self.check_before(place);
        let mut problems = Diagnostics::new();
        let scope = self.scope(place.module, place.at, &place.repeat);
        let config = desired::configured(place.resource, resource.schema(), &place.address, &scope, &mut problems);
        let surroundings = self.inputs.surroundings;
        let moment = Moment { now: surroundings.now, folder: &surroundings.folder };
        let current = observation.and_then(|found| found.current.as_ref());
        let tainted = observation.is_some_and(|found| found.tainted);
        let mut found = Diagnostics::new();
        let ignore = &place.resource.lifecycle.ignore_changes;
        let change = match current {
            Some(current) if tainted => {
                let fresh = change::plan(resource, &config, None, &IgnoreChanges::None, moment, &mut found);
                let differences = resource.schema().block.differences(current, &fresh.planned);
                change::Change { action: change::Action::Replace, differences, ..fresh }
            }
            current => change::plan(resource, &config, current, ignore, moment, &mut found),
        };
        let (change, why) = match (current, self.replaced_for(place, resource)) {
            (Some(current), Some(reason)) if change.action != change::Action::Replace => {
                let fresh =
                    change::plan(resource, &config, None, &IgnoreChanges::None, moment, &mut Diagnostics::new());
                let differences = resource.schema().block.differences(current, &fresh.planned);
                (change::Change { action: change::Action::Replace, differences, ..fresh }, Some(reason))
            }
            _ => (change, None),
        };
        self.check_beside(place, resource, &change.planned, &mut found);
        desired::place(&mut found, place.resource, &place.address, &scope);
        problems.extend(found);
        self.problems.extend(problems);
        (change, why)
    }

    /// Checks an instance beside the resources it refers to, where there is only one of each.
    fn check_beside(&self, place: &Place<'_>, resource: &dyn AnyResource, planned: &Value, found: &mut Diagnostics) {
        for mine in resource.beside() {
            for node in self.sites.referred(place.module, &place.key(), mine) {
                if let Item::Resource(key) = &self.sites.get(node).item
                    && let Some(other) = self.values.resource(place.at, key)
                    && matches!(other.data(), crate::value::Data::Object(_))
                {
                    resource.check_beside(planned, (&key.ty, other), found);
                }
            }
        }
    }

    fn steps_of(&self, node: Node, at: &ModulePath) -> impl Iterator<Item = &Step> {
        let steps = self.by_resource.get(&(node, at.clone())).into_iter().flatten();
        steps.map(|step| &self.steps[*step])
    }

    fn push(&mut self, place: &Place<'_>, step: Step) {
        if self.inputs.options.refresh_only {
            return;
        }
        self.by_resource.entry((place.node, place.at.clone())).or_default().push(self.steps.len());
        self.steps.push(step);
    }

    /// Refuses or notes what must not happen quietly.
    fn guard(&mut self, step: &Step, resource: &dyn AnyResource, block: Option<&Resource>) {
        if !step.destroys() {
            return;
        }
        if let Some(block) = block.filter(|block| block.lifecycle.prevent_destroy) {
            self.problems
                .error("Instance cannot be destroyed")
                .at(block.header)
                .of(&step.address)
                .detail(format!(
                    "`{}` has `lifecycle.prevent_destroy`, and the plan would destroy it{}.",
                    step.address,
                    match &step.reason {
                        Reason::CannotUpdate(paths) => format!(" to replace it, because of {}", list(paths)),
                        _ => String::new(),
                    }
                ))
                .help("Take the argument out, or change the configuration so that the object stays.");
        }
        if let Some(prior) = &step.prior {
            let mut found = Diagnostics::new();
            resource.check_delete(prior, &mut found);
            for problem in found.iter_mut() {
                let argument =
                    problem.attribute.clone().zip(block).and_then(|(path, block)| locate(&block.body, &path));
                problem.of(&step.address).at(argument.or(block.map(|block| block.header)));
            }
            self.problems.extend(found);
        }
        if resource.ordering().contains(&Ordering::Dear) {
            self.dear.push(step.address.clone());
        }
    }

    /// Reports an instance of a type that recon does not have.
    fn foreign(&mut self, place: &Place<'_>) -> Value {
        let schemas = self.inputs.providers.default_registry();
        let mut problem = match schema_of(place.resource, schemas) {
            None => unknown_type(place.resource, schemas),
            // The configuration of the provider failed, which was reported at its block.
            Some(_) => return Value::unknown(Type::Dynamic),
        };
        // One block is one mistake, however many instances it has.
        if !self.problems.iter().any(|told| told.span == problem.span && told.summary == problem.summary) {
            problem.of(&place.address.resource);
            self.problems.push(problem);
        }
        Value::unknown(Type::Dynamic)
    }

    fn data_source(&mut self, place: &Place<'_>) -> Value {
        let provider = &place.resource.provider.address;
        let Some(source) = self.inputs.providers.data(&place.resource.ty.text, provider).cloned() else {
            return self.foreign(place);
        };
        self.visited.insert(place.address.clone());
        let schema = source.schema();
        self.check_before(place);
        let mut problems = Diagnostics::new();
        let scope = self.scope(place.module, place.at, &place.repeat);
        let marked = desired::configured(place.resource, schema, &place.address, &scope, &mut problems);
        let mut found = Diagnostics::new();
        let (config, _) = marked.unmark_deep();
        source.check(&config, &mut found);
        desired::place(&mut found, place.resource, &place.address, &scope);
        problems.extend(found);
        let failed = problems.has_errors();
        self.tell(place, problems);
        if failed {
            return Value::unknown(schema.ty().clone());
        }
        let waits = self.waits_for_steps(place);
        let reason = if config.is_wholly_known() { Reason::DependencyPending } else { Reason::ConfigUnknown };
        if config.is_wholly_known() && !waits {
            if let Some((asked, answer)) = self.inputs.answers.data.get(&place.address)
                && asked.same(&config)
            {
                let value = data_value(&schema.block, &marked, answer);
                self.check_after(place, &value, true);
                if place.resource.check.is_some() {
                    let planned = unknown_data(&schema.block, &marked);
                    self.push(place, Step { planned, ..place.read(Reason::CheckNested) });
                } else {
                    self.data.insert(place.address.clone(), value.clone());
                }
                return value;
            }
            if let Some(problem) = self.inputs.answers.failure(&place.address, &config) {
                self.tell(place, problem.clone().into());
                let planned = unknown_data(&schema.block, &marked);
                self.push(place, Step { planned: planned.clone(), ..place.read(Reason::CheckNested) });
                return planned;
            }
            let provider = provider.clone();
            self.requests.push(Request { address: place.address.clone(), provider, ask: Ask::Data(config) });
            return Value::unknown(schema.ty().clone());
        }
        let planned = unknown_data(&schema.block, &marked);
        self.check_after(place, &planned, false);
        self.push(place, Step { planned: planned.clone(), ..place.read(reason) });
        planned
    }

    /// Whether something that `depends_on` names is still to be changed.
    fn waits_for_steps(&self, place: &Place<'_>) -> bool {
        let waits = |node: Node| {
            let path = &self.sites.get(node).module.path;
            let mut instances = self.values.instances(path).iter();
            instances.any(|at| {
                let steps = self.by_resource.get(&(node, at.clone())).into_iter().flatten();
                steps.into_iter().any(|step| self.steps[*step].action != Action::Read)
            })
        };
        let depends_on = place.resource.depends_on.iter();
        depends_on.flat_map(|reference| self.sites.targets(place.module, reference)).any(waits)
    }

    fn finish(self) -> Plan {
        let graph = order::graph(self.sites, &self.values, &self.steps, &self.by_resource, self.inputs);
        let root = ModulePath::root();
        let after = self.values.outputs(&root).cloned().unwrap_or_default();
        let before = &self.inputs.snapshot.outputs;
        let mut outputs = Vec::new();
        let names: BTreeSet<&Arc<str>> = before.keys().chain(after.keys()).collect();
        for name in names {
            // What a target leaves out stays as it is.
            if !self.inputs.selection.is_everything() && !after.contains_key(name) {
                continue;
            }
            let old = before.get(name).map(|output| output.value.clone());
            let new = after.get(name).cloned();
            let same = match (&old, &new) {
                (Some(old), Some(new)) => {
                    new.is_wholly_known() && old.same(new) && old.is_sensitive() == new.is_sensitive()
                }
                // A null output is not stored.
                (None, Some(new)) => new.is_null(),
                _ => false,
            };
            if !same {
                outputs.push(OutputChange { name: name.clone(), before: old, after: new });
            }
        }
        let order = self.inputs.config.root.outputs.keys();
        let output_values = order.filter_map(|name| after.get(name).map(|value| (name.clone(), value.clone())));
        Plan {
            graph,
            output_values: output_values.collect(),
            outputs,
            drift: self.inputs.observed.drift(self.inputs.providers),
            dear: self.dear,
            steps: self.steps,
            unchanged: self.unchanged,
            moved: self.inputs.moves.changes.clone(),
            imports: self.imported,
            left_out: self.left_out,
            is_partial: !self.inputs.selection.is_everything(),
            is_refresh_only: self.inputs.options.refresh_only,
            data: self.data,
            expansions: self.values.expansions_only(),
            checks: self.checks,
            unsettled: self.unsettled,
            destroys_all: false,
        }
    }
}

/// One instance while it is planned.
struct Place<'a> {
    node: Node,
    module: &'a Arc<Module>,
    at: &'a ModulePath,
    resource: &'a Arc<Resource>,
    address: Address,
    repeat: Repeat,
    dependencies: Arc<[ResourceAddress]>,
}

impl Place<'_> {
    fn checked(&self) -> Checked {
        Checked { module: self.module.path.clone(), item: checks::Item::Resource(self.key()) }
    }

    fn origin(&self) -> Origin {
        Origin { module: self.module.clone(), key: self.key(), repeat: self.repeat.clone() }
    }

    /// The step that reads a data source during apply.
    fn read(&self, reason: Reason) -> Step {
        Step {
            address: self.address.clone(),
            action: Action::Read,
            reason,
            prior: None,
            planned: Value::unknown(Type::Dynamic),
            differences: Vec::new(),
            dependencies: self.dependencies.clone(),
            provider: self.resource.provider.address.clone(),
            create_first: false,
            deposed: None,
            origin: Some(self.origin()),
        }
    }

    fn key(&self) -> ResourceKey {
        let ResourceAddress { mode, ty, name, .. } = &self.address.resource;
        ResourceKey { mode: *mode, ty: ty.clone(), name: name.clone() }
    }
}

/// What a data source gave, with the marks of its arguments and of its schema.
pub(crate) fn data_value(block: &crate::schema::Block, marked: &Value, answer: &Value) -> Value {
    let paths = crate::value::marks::sensitive_paths(marked);
    crate::value::marks::mark_at(&block.mark_sensitive(answer), &paths)
}

/// An object before anything is known of it but its arguments.
pub(super) fn unknown_data(block: &crate::schema::Block, config: &Value) -> Value {
    let computed = block.attributes.iter().filter(|(_, attribute)| attribute.computed);
    let value = computed.fold(config.clone(), |value, (name, attribute)| {
        if config.attr(name).is_null() { value.with(name, Value::unknown(attribute.ty.clone())) } else { value }
    });
    block.mark_sensitive(&value)
}

/// Whether a replacement is made before the old object is deleted, as far as the instance itself tells.
fn creates_first(block: &Resource, resource: &dyn AnyResource) -> bool {
    let rules = resource.ordering();
    let asked = block.lifecycle.create_before_destroy.unwrap_or(rules.contains(&Ordering::CreateFirst));
    asked && !rules.contains(&Ordering::DeleteFirst)
}

/// Plans the deletion of everything that state knows.
pub fn build_destroy(inputs: &Inputs<'_>, sites: &Sites, problems: &mut Diagnostics) -> Option<Plan> {
    let mut builder = Builder::new(inputs, sites);
    for (address, observation) in &inputs.observed.instances {
        let Some(current) = &observation.current else {
            continue;
        };
        if !inputs.selection.has(address) {
            continue;
        }
        let Some(resource) = inputs.providers.resource(&address.resource.ty, &observation.provider) else {
            continue;
        };
        let step = builder.removal(address, observation, current, Reason::Destroy);
        let configured = super::block_of(inputs.config, &address.resource);
        builder.guard(&step, resource.as_ref(), configured.as_deref());
        builder.steps.push(step);
    }
    builder.set_aside();
    builder.check_targets();
    forget::warn(&builder.steps, &mut builder.problems);
    let failed = builder.problems.has_errors();
    problems.extend(std::mem::take(&mut builder.problems));
    if failed {
        return None;
    }
    let mut plan = builder.finish();
    plan.destroys_all = true;
    if plan.is_partial {
        plan.outputs.clear();
    }
    Some(plan)
}

fn list(paths: &[Path]) -> String {
    paths.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ")
}
