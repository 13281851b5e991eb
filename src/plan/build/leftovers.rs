//! What the configuration does not name: orphans, objects set aside, and the replacements that go along with others.

use std::collections::HashMap;

use super::Builder;
use crate::address::{Address, ResourceAddress};
use crate::plan::observed::Observation;
use crate::plan::step::{Action, Reason, Step};
use crate::plan::{block_of, order};
use crate::resource::Ordering;
use crate::value::{Type, Value};

impl Builder<'_> {
    /// Plans the deletion of what state knows and the configuration does not.
    pub(super) fn orphans(&mut self) {
        let observed = self.inputs.observed;
        for (address, observation) in &observed.instances {
            if self.visited.contains(address) {
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
            let step = deletion(address, observation, current, reason);
            let configured = block_of(self.inputs.config, &address.resource);
            self.guard(&step, resource.as_ref(), configured.as_deref());
            self.steps.push(step);
        }
    }

    /// Plans the deletion of what was set aside for a replacement.
    pub(super) fn set_aside(&mut self) {
        for ((address, key), observation) in &self.inputs.observed.set_aside {
            if let Some(current) = &observation.current {
                let step = deletion(address, observation, current, Reason::SetAside);
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
        if !self.values.instances(&address.resource.module.call_names()).contains(&address.resource.module) {
            return Reason::NoModule;
        }
        if block_of(self.inputs.config, &address.resource).is_some() { Reason::KeyGone } else { Reason::NotConfigured }
    }
}

/// The deletion of an object, for whatever reason.
pub(super) fn deletion(address: &Address, observation: &Observation, current: &Value, reason: Reason) -> Step {
    Step {
        address: address.clone(),
        action: Action::Delete,
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
