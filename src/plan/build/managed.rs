//! One instance of a managed resource: what becomes of it, and what stands against that.

use super::imports::Imported;
use super::{Builder, Place};
use crate::diagnostic::Diagnostics;
use crate::language::config::{IgnoreChanges, Resource};
use crate::language::locate;
use crate::language::{schema_of, unknown_type};
use crate::plan::change::{self, Moment};
use crate::plan::desired;
use crate::plan::observed::Observation;
use crate::plan::sites::Item;
use crate::plan::step::{Action, Import, Reason, Step};
use crate::resource::{AnyResource, Ordering, Recovery};
use crate::value::{Path, Type, Value};

impl Builder<'_> {
    pub(super) fn managed(&mut self, place: &Place<'_>) -> Value {
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
        let create_first = action == Action::Replace && creates_first(place.resource, resource.as_ref(), &reason);
        let step = Step {
            address: place.address.clone(),
            action,
            reason,
            prior: observation.and_then(|found| found.current.clone()),
            planned: planned.clone(),
            differences: change.differences,
            dependencies: place.dependencies.clone(),
            provider: provider.clone(),
            create_first,
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
        let change = if self.inputs.options.foretell { foretold(resource, change) } else { change };
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

    /// Refuses or notes what must not happen quietly.
    pub(super) fn guard(&mut self, step: &Step, resource: &dyn AnyResource, block: Option<&Resource>) {
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
    pub(super) fn foreign(&mut self, place: &Place<'_>) -> Value {
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
}

/// The change with the ARN of a new object, where that follows from what is wanted of it.
fn foretold(resource: &dyn AnyResource, change: change::Change) -> change::Change {
    let is_open = resource.schema().block.attributes.contains_key("arn") && !change.planned.attr("arn").is_known();
    match resource.arn_of(&change.planned.unmark_deep().0).filter(|_| is_open) {
        Some(arn) => change::Change { planned: change.planned.with("arn", Value::string(arn)), ..change },
        None => change,
    }
}

/// Whether a replacement is made before the old object is deleted, as far as the instance itself tells.
fn creates_first(block: &Resource, resource: &dyn AnyResource, reason: &Reason) -> bool {
    let rules = resource.ordering();
    // Where no argument makes it another object, it has the old one's name, which must be free first.
    let has_room = resource.recovery() != Recovery::NaturalName || matches!(reason, Reason::CannotUpdate(_));
    let by_type = rules.contains(&Ordering::CreateFirst) && has_room;
    let asked = block.lifecycle.create_before_destroy.unwrap_or(by_type);
    asked && !rules.contains(&Ordering::DeleteFirst)
}

fn list(paths: &[Path]) -> String {
    paths.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ")
}
