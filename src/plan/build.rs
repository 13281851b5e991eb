//! From configuration, state and what was observed to a plan. Synchronous: it cannot call AWS. Data sources that must be
//! read first come back as requests.

mod data;
mod ephemeral;
mod evaluate;
mod finish;
mod imports;
mod leftovers;
mod managed;
mod place;
mod replacing;
mod requests;
mod rules;

pub(crate) use data::{data_value, unknown_data};
pub(crate) use evaluate::evaluate;
pub(crate) use place::StepsOf;
pub(crate) use rules::as_warnings;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use indexmap::IndexMap;

use imports::Imports;
use place::Place;
pub use requests::{Answers, Ask, Request};

use super::calls::tell_calls;
use super::checks::CheckResults;
use super::desired;
use super::forget::{self, Forgotten};
use super::generate::Unwritten;
use super::moves::{self, Moves};
use super::observed::Observed;
use super::providers::Providers;
use super::selection::{Options, Selection};
use super::sites::{Item, Sites};
use super::step::{Import, Plan, Reason, Step, Unsettled};
use super::values::{ModuleScope, Repeat, Shape, Surroundings, Values, whole};
use super::variables;
use crate::address::{Address, Mode, ModulePath, ResourceAddress};
use crate::diagnostic::Diagnostics;
use crate::graph::Node;
use crate::language::config::{Config, Module, ResourceKey};
use crate::state::Snapshot;
use crate::value::{Type, Value};

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
    by_resource: HashMap<(Node, ModulePath), StepsOf>,
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
