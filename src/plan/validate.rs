//! Evaluates a configuration without values: variables, results of resources and the numbers of instances are unknown. What
//! is wrong whatever they will be comes to light, and nobody is asked anything.

use std::sync::Arc;

use super::build::{evaluate, unknown_data};
use super::calls::tell_calls;
use super::change::check_config;
use super::checks::CheckResults;
use super::conditions::{self, Kind};
use super::desired;
use super::providers::Providers;
use super::sites::{Item, Sites};
use super::values::{ModuleScope, Repeat, Shape, Surroundings, Values};
use super::variables;
use crate::address::{Key, Mode, ModulePath, ResourceAddress};
use crate::diagnostic::{Diagnostics, Severity, Span};
use crate::language::config::{Config, Module, Repetition, Resource, ResourceKey};
use crate::value::{Marks, Type, Value};

/// Reports what cannot be right for any values.
pub fn validate(
    config: &Config,
    providers: &Providers,
    surroundings: &Surroundings,
    sites: &Sites,
    problems: &mut Diagnostics,
) {
    let told: Vec<Span> = problems.iter().filter_map(|problem| problem.span).collect();
    let told_inside = |extent: Span| told.iter().any(|span| extent.holds(*span) || span.holds(extent));
    let mut found = Diagnostics::new();
    let mut validator = Validator {
        config,
        providers,
        surroundings,
        values: Values::new(),
        checks: CheckResults::default(),
        is_broken: &|resource| told_inside(resource.body.span),
        problems: &mut found,
    };
    for node in sites.order() {
        let site = sites.get(*node);
        let instances = validator.values.instances(&site.module.path).to_vec();
        for at in &instances {
            let before = validator.problems.len();
            match &site.item {
                Item::Variable(name) => validator.variable(&site.module, at, name),
                Item::Local(_) | Item::Output(_) | Item::Check(_) => {
                    let mut found = Diagnostics::new();
                    let results = (&mut validator.checks, &mut found);
                    evaluate(&mut validator.values, surroundings, (&site.module, at), &site.item, results);
                    validator.tell_errors(found);
                }
                Item::Validation(name) => {
                    let mut found = Diagnostics::new();
                    let around = (&config.root, surroundings);
                    let (values, checks) = (&validator.values, &mut validator.checks);
                    variables::validate(values, around, (&*site.module, at), name, checks, &mut found);
                    validator.tell_errors(found);
                }
                Item::Call(name) => validator.call(&site.module, at, name),
                Item::Resource(key) => validator.resource(&site.module, at, key),
            }
            // A variable's value is given in the module around.
            if !matches!(site.item, Item::Variable(_) | Item::Validation(_)) {
                tell_calls(validator.problems, before, &config.root, at);
            }
        }
    }
    // What was wrong at a place before anything was evaluated is told once.
    problems.extend(found.into_iter().filter(|problem| !problem.extent().is_some_and(told_inside)));
}

struct Validator<'a> {
    config: &'a Config,
    providers: &'a Providers,
    surroundings: &'a Surroundings,
    values: Values,
    checks: CheckResults,
    /// Whether something in the block of a resource could not be understood.
    is_broken: &'a dyn Fn(&Resource) -> bool,
    problems: &'a mut Diagnostics,
}

impl Validator<'_> {
    fn scope<'s>(&'s self, module: &'s Module, at: &'s ModulePath, repeat: &'s Repeat) -> ModuleScope<'s> {
        ModuleScope { values: &self.values, surroundings: self.surroundings, module, at, repeat, this: None }
    }

    /// What is known only later is no news here, where nothing is known.
    fn tell_errors(&mut self, found: Diagnostics) {
        self.problems.extend(found.into_iter().filter(|problem| problem.severity == Severity::Error));
    }

    fn variable(&mut self, module: &Arc<Module>, at: &ModulePath, name: &Arc<str>) {
        let Some(variable) = module.variables.get(name) else {
            return;
        };
        if let Some((step, parents)) = at.steps().split_last() {
            let caller = parents
                .iter()
                .try_fold(&self.config.root, |module, step| module.calls.get(&step.name).map(|call| &call.module));
            let call = caller.and_then(|caller| caller.calls.get(&step.name));
            // That a call lacks a required argument was told when it was compiled.
            if variable.default.is_some() || call.is_some_and(|call| call.inputs.contains_key(name)) {
                let given = (&indexmap::IndexMap::new(), self.surroundings);
                let (checks, problems) = (&mut self.checks, &mut *self.problems);
                let place = (&**module, at);
                variables::evaluate(&mut self.values, &self.config.root, given, place, name, checks, problems);
                return;
            }
        }
        let marks = [(variable.sensitive, Marks::SENSITIVE), (variable.ephemeral, Marks::EPHEMERAL)];
        let marks = marks.iter().filter(|(set, _)| *set).fold(Marks::NONE, |all, (_, mark)| all.and(*mark));
        self.values.set_variable(at, name, Value::unknown(variable.ty.clone()).marked(marks));
    }

    fn call(&mut self, module: &Arc<Module>, at: &ModulePath, name: &Arc<str>) {
        let Some(call) = module.calls.get(name) else {
            return;
        };
        self.repetition(module, at, &call.repetition, &format!("module `{name}`"));
        match call.repetition {
            Repetition::One => self.values.set_call(at, name, Shape::One, vec![Key::None]),
            Repetition::Count(_) | Repetition::ForEach(_) => self.values.set_call_of_any(at, name),
        }
    }

    fn repetition(&mut self, module: &Module, at: &ModulePath, repetition: &Repetition, what: &str) {
        let mut found = Diagnostics::new();
        desired::check_repetition(repetition, &self.scope(module, at, &Repeat::One), what, &mut found);
        self.problems.extend(found);
    }

    fn resource(&mut self, module: &Arc<Module>, at: &ModulePath, key: &ResourceKey) {
        let Some(resource) = module.resources.get(key).cloned() else {
            return;
        };
        let address =
            ResourceAddress { module: at.clone(), mode: key.mode, ty: key.ty.clone(), name: key.name.clone() };
        self.repetition(module, at, &resource.repetition, &format!("`{address}`"));
        let repeat = Repeat::any(&resource.repetition);
        let address = address.instance(Key::None);
        let mut problems = Diagnostics::new();
        let mut found = Diagnostics::new();
        let scope = self.scope(module, at, &repeat);
        let rules = &resource.lifecycle.preconditions;
        conditions::evaluate(rules, Kind::Precondition, &scope, &mut problems);
        problems.iter_mut().for_each(|problem| {
            problem.of(&address);
        });
        let value = match key.mode {
            Mode::Managed => self.providers.resource(&key.ty, &resource.provider.address).map(|ty| {
                let config = desired::configured(&resource, ty.schema(), &address, &scope, &mut problems);
                check_config(ty.as_ref(), &config, &mut found);
                unknown_data(&ty.schema().block, &config)
            }),
            Mode::Data => self.providers.data(&key.ty, &resource.provider.address).map(|source| {
                let config = desired::configured(&resource, source.schema(), &address, &scope, &mut problems);
                source.check(&config.unmark_deep().0, &mut found);
                unknown_data(&source.schema().block, &config)
            }),
            Mode::Ephemeral => self.providers.ephemeral(&key.ty, &resource.provider.address).map(|source| {
                let config = desired::configured(&resource, source.schema(), &address, &scope, &mut problems);
                source.check(&config.unmark_deep().0, &mut found);
                Value::unknown(source.schema().ty().clone())
            }),
        };
        // What is missing because of a mistake would only be missed once more.
        if problems.is_empty() && !(self.is_broken)(&resource) {
            desired::place(&mut found, &resource, &address, &scope);
            problems.extend(found);
        }
        self.problems.extend(problems);
        let single = matches!(resource.repetition, Repetition::One);
        let marks = if key.mode == Mode::Ephemeral { Marks::EPHEMERAL } else { Marks::NONE };
        let value = value.filter(|_| single).unwrap_or_else(|| Value::unknown(Type::Dynamic)).marked(marks);
        self.values.set_resource(at, key, value);
    }
}
