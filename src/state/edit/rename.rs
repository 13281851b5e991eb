//! New addresses for objects, and new names for what others depend on.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::{Address, ResourceAddress};
use crate::state::{Instance, Snapshot};

/// Gives objects new addresses, by new and previous one, and what depends on them the new names. An object whose type changes
/// with its address is what `convert` makes of it. Says whether that changes anything.
pub fn rename(
    changes: &BTreeMap<Address, Address>,
    snapshot: &mut Snapshot,
    convert: &dyn Fn(&Address, &Address, Instance) -> Instance,
) -> bool {
    let mut instances = Vec::new();
    let mut deposed = Vec::new();
    // Everything is taken out before anything is put back, since one object may take the place of another.
    for (now, before) in changes {
        if let Some(instance) = snapshot.instances.remove(before) {
            instances.push((now.clone(), convert(now, before, instance)));
        }
        let slots = snapshot.deposed.range((before.clone(), String::new())..);
        let slots: Vec<_> = slots.map(|(slot, _)| slot.clone()).take_while(|(address, _)| address == before).collect();
        for slot in slots {
            if let Some(instance) = snapshot.deposed.remove(&slot) {
                deposed.push(((now.clone(), slot.1), convert(now, before, instance)));
            }
        }
    }
    let changed = !instances.is_empty() || !deposed.is_empty();
    snapshot.instances.extend(instances);
    snapshot.deposed.extend(deposed);
    rename_dependencies(changes, snapshot);
    changed
}

fn rename_dependencies(changes: &BTreeMap<Address, Address>, snapshot: &mut Snapshot) {
    let mut renamed: BTreeMap<ResourceAddress, BTreeSet<ResourceAddress>> = BTreeMap::new();
    for (now, before) in changes {
        let (now, before) = (now.resource.without_keys(), before.resource.without_keys());
        if now != before {
            renamed.entry(before).or_default().insert(now);
        }
    }
    if renamed.is_empty() {
        return;
    }
    for address in snapshot.instances.keys() {
        let stays = address.resource.without_keys();
        if let Some(names) = renamed.get_mut(&stays) {
            names.insert(stays);
        }
    }
    for instance in snapshot.instances.values_mut().chain(snapshot.deposed.values_mut()) {
        if !instance.dependencies.iter().any(|name| renamed.contains_key(name)) {
            continue;
        }
        let mut names = BTreeSet::new();
        for name in instance.dependencies.iter() {
            match renamed.get(name) {
                Some(others) => names.extend(others.iter().cloned()),
                None => {
                    names.insert(name.clone());
                }
            }
        }
        instance.dependencies = names.into_iter().collect();
    }
}
