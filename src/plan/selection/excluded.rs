//! What `-exclude` leaves out: what its addresses name, and what depends on that.

use std::collections::{BTreeMap, BTreeSet};

use super::{is_in_reach, names_site};
use crate::address::{Address, Key, ResourceAddress, Target};
use crate::graph::Node;
use crate::plan::order::without_keys;
use crate::plan::sites::Sites;
use crate::state::Snapshot;

/// What a plan is not about, although it is about everything else.
#[derive(Clone, Debug, Default)]
pub(super) struct Excluded {
    targets: Vec<Target>,
    /// Sites of which nothing is planned.
    sites: BTreeSet<Node>,
    /// Their resources, as dependencies in state name them.
    resources: BTreeSet<ResourceAddress>,
    /// What must not be destroyed, since something that stays depends on it.
    needed: BTreeSet<Address>,
}

impl Excluded {
    /// What is left out of a configuration. What the configuration does not have any more stays if something that is left out
    /// needs it.
    pub(super) fn of_sites(sites: &Sites, snapshot: &Snapshot, targets: &[Target]) -> Self {
        let mut excluded = Self { targets: targets.to_vec(), ..Self::default() };
        if excluded.is_empty() {
            return excluded;
        }
        let mut open = Vec::new();
        for node in sites.order() {
            let named: Vec<&Target> = targets.iter().filter(|target| names_site(target, sites, *node)).collect();
            if named.iter().any(|target| is_whole(target)) {
                open.push(*node);
            } else if !named.is_empty() {
                open.extend(sites.after(*node));
            }
        }
        while let Some(node) = open.pop() {
            if excluded.sites.insert(node) {
                open.extend(sites.after(node));
            }
        }
        excluded.resources = excluded.sites.iter().filter_map(|node| sites.static_address(*node)).collect();
        let configured: BTreeSet<ResourceAddress> =
            sites.order().iter().filter_map(|node| sites.static_address(*node)).collect();
        excluded.add_needed(snapshot);
        excluded.needed.retain(|address| !configured.contains(&without_keys(&address.resource)));
        excluded
    }

    /// What is left out of a state that is to be destroyed, with what it depends on.
    pub(super) fn of_state(snapshot: &Snapshot, targets: &[Target]) -> Self {
        let mut excluded = Self { targets: targets.to_vec(), ..Self::default() };
        excluded.add_needed(snapshot);
        excluded
    }

    fn add_needed(&mut self, snapshot: &Snapshot) {
        if self.is_empty() {
            return;
        }
        let mut instances: BTreeMap<ResourceAddress, Vec<&Address>> = BTreeMap::new();
        for address in snapshot.instances.keys() {
            instances.entry(without_keys(&address.resource)).or_default().push(address);
        }
        let mut open: Vec<&Address> = snapshot.instances.keys().filter(|address| self.has(address)).collect();
        while let Some(address) = open.pop() {
            let dependencies = snapshot.instances.get(address).map(|found| found.dependencies.clone());
            for dependency in dependencies.iter().flat_map(|found| found.iter()) {
                for other in instances.get(dependency).into_iter().flatten() {
                    if is_in_reach(other, address) && !self.has(other) {
                        self.needed.insert(Address::clone(other));
                        open.push(other);
                    }
                }
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    pub(super) fn targets(&self) -> &[Target] {
        &self.targets
    }

    pub(super) fn has_site(&self, node: Node) -> bool {
        self.sites.contains(&node)
    }

    /// Whether an instance is left out.
    pub(super) fn has(&self, address: &Address) -> bool {
        !self.is_empty()
            && (self.targets.iter().any(|target| target.covers(address))
                || self.resources.contains(&without_keys(&address.resource))
                || self.needed.contains(address))
    }
}

/// Whether a target names all instances of a resource or module, whatever instances the modules around it have.
fn is_whole(target: &Target) -> bool {
    let has_keys = target.module().steps().iter().any(|step| step.key != Key::None);
    !has_keys && !matches!(target, Target::Resource(address) if address.key != Key::None)
}
