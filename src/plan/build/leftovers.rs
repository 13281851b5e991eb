//! What the configuration does not name: orphans, objects set aside, and the replacements that go along with others.

use std::collections::HashMap;

use super::{Builder, Place};
use crate::address::{Address, Key, Mode, ResourceAddress};
use crate::language::config::Repetition;
use crate::plan::observed::Observation;
use crate::plan::step::{Action, Reason, Step};
use crate::plan::{block_of, order};
use crate::resource::{AnyResource, Ordering};
use crate::value::marks::mark_at;
use crate::value::{Marks, Type, Value};

impl Builder<'_> {
    /// Plans the deletion of what state knows and the configuration does not.
    pub(super) fn orphans(&mut self) {
        let observed = self.inputs.observed;
        for (address, observation) in &observed.instances {
            if self.visited.contains(address) || !self.inputs.selection.has(address) {
                continue;
            }
            let Some(current) = &observation.current else {
                continue;
            };
            let reason = self.orphan_reason(address);
            let Some(resource) = self.inputs.providers.resource(&address.resource.ty, &observation.provider).cloned()
            else {
                continue;
            };
            let step = self.removal(address, observation, current, reason);
            let configured = block_of(self.inputs.config, &address.resource);
            self.guard(&step, resource.as_ref(), configured.as_deref());
            self.steps.push(step);
        }
    }

    /// Keeps an instance as it is, and gives its value; nothing is known of one that state does not have.
    pub(super) fn as_it_is(&mut self, address: &Address, resource: &dyn AnyResource) -> Value {
        match self.known_value(address, resource) {
            Some(value) => {
                self.unchanged.insert(address.clone(), value.clone());
                value
            }
            None => Value::unknown(resource.schema().ty().clone()),
        }
    }

    /// The value of an instance that the plan is not about, for others that refer to its resource.
    pub(super) fn left_out(&mut self, place: &Place<'_>) -> Value {
        self.visited.insert(place.address.clone());
        let provider = &place.resource.provider.address;
        let resource = match place.resource.mode {
            Mode::Managed => self.inputs.providers.resource(&place.resource.ty.text, provider),
            Mode::Data | Mode::Ephemeral => None,
        };
        let value = resource.and_then(|resource| self.known_value(&place.address, resource.as_ref()));
        let marks = if place.resource.mode == Mode::Ephemeral { Marks::EPHEMERAL } else { Marks::NONE };
        let value = value.unwrap_or_else(|| Value::unknown(Type::Dynamic)).marked(marks);
        self.left_out.insert(place.address.clone(), value.clone());
        value
    }

    fn known_value(&self, address: &Address, resource: &dyn AnyResource) -> Option<Value> {
        let observation = self.inputs.observed.instances.get(address)?;
        let current = observation.current.as_ref()?;
        Some(mark_at(&resource.schema().block.mark_sensitive(current), &observation.sensitive))
    }

    /// Warns of targets that name nothing.
    pub(super) fn check_targets(&mut self) {
        if !self.inputs.selection.is_everything() {
            let set_aside = self.inputs.observed.set_aside.keys().map(|(address, _)| address);
            let instances = self.inputs.observed.instances.keys().chain(set_aside).chain(&self.visited).collect();
            self.inputs.selection.check_targets(&instances, &mut self.problems);
        }
    }

    /// Keeps what state knows and the configuration does not as it is.
    pub(super) fn keep_orphans(&mut self) {
        let inputs = self.inputs;
        for (address, observation) in &inputs.observed.instances {
            if !self.visited.contains(address)
                && inputs.selection.has(address)
                && let Some(resource) = inputs.providers.resource(&address.resource.ty, &observation.provider)
            {
                self.as_it_is(address, resource.as_ref());
            }
        }
    }

    /// Plans the deletion of what was set aside for a replacement.
    pub(super) fn set_aside(&mut self) {
        for ((address, key), observation) in &self.inputs.observed.set_aside {
            if let Some(current) = &observation.current
                && self.inputs.selection.has(address)
            {
                let step = self.removal(address, observation, current, Reason::SetAside);
                self.steps.push(Step { deposed: Some(key.clone()), ..step });
            }
        }
    }

    /// An object that is replaced after its replacement is made needs the same of what it depends on: the old ones go
    /// together, last. A type that cannot have two objects beside each other stands against it.
    pub(super) fn spread_create_first(&mut self) {
        let mut by_resource: HashMap<ResourceAddress, Vec<usize>> = HashMap::new();
        for (i, step) in self.steps.iter().enumerate().filter(|(_, step)| step.action == Action::Replace) {
            by_resource.entry(order::without_keys(&step.address.resource)).or_default().push(i);
        }
        let mut open: Vec<usize> = (0..self.steps.len()).filter(|i| self.steps[*i].create_first).collect();
        while let Some(i) = open.pop() {
            let dependencies = self.steps[i].dependencies.clone();
            for other in dependencies.iter().filter_map(|dependency| by_resource.get(dependency)).flatten() {
                if self.steps[*other].create_first {
                    continue;
                }
                let Step { address, provider, .. } = &self.steps[*other];
                let rules = self
                    .inputs
                    .providers
                    .resource(&address.resource.ty, provider)
                    .map(|r| r.ordering())
                    .unwrap_or_default();
                if rules.contains(&Ordering::DeleteFirst) {
                    let (first, second) = (&self.steps[i].address, &self.steps[*other].address);
                    self.problems
                        .error("Replacement in no possible order")
                        .at(self.steps[*other].origin.as_ref().and_then(|o| o.module.resources.get(&o.key)).map(|r| r.header))
                        .of(second)
                        .detail(format!(
                            "`{first}` is replaced before its old object is deleted, so what it depends on must be too. \
                             But `{second}` can only be deleted first."
                        ))
                        .help("Take `create_before_destroy` out of the one, or change the two in two steps.");
                    continue;
                }
                self.steps[*other].create_first = true;
                open.push(*other);
            }
        }
    }

    fn orphan_reason(&self, address: &Address) -> Reason {
        let Some(block) = block_of(self.inputs.config, &address.resource) else {
            let moved = self.inputs.moves.changes.contains_key(address);
            return if moved { Reason::NoMoveTarget } else { Reason::NotConfigured };
        };
        if !self.values.instances(&address.resource.module.call_names()).contains(&address.resource.module) {
            return Reason::NoModule;
        }
        match (&address.key, &block.repetition) {
            (Key::Index(_), Repetition::Count(_)) => Reason::CountIndex,
            (Key::Name(_), Repetition::ForEach(_)) => Reason::EachKey,
            _ => Reason::WrongRepetition,
        }
    }

    /// The end of an object, for whatever reason: it is deleted, unless a `removed` block says that it is only forgotten.
    pub(super) fn removal(
        &self,
        address: &Address,
        observation: &Observation,
        current: &Value,
        reason: Reason,
    ) -> Step {
        let action = if self.forgotten.has(&address.resource) { Action::Forget } else { Action::Delete };
        Step {
            address: address.clone(),
            action,
            reason,
            prior: Some(current.clone()),
            planned: Value::null(Type::Dynamic),
            differences: Vec::new(),
            dependencies: observation.dependencies.clone(),
            provider: observation.provider.clone(),
            create_first: false,
            deposed: None,
            origin: None,
        }
    }
}
