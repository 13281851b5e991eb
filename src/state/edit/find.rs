//! The objects of a snapshot by address.

use std::collections::BTreeSet;

use crate::address::{Address, Mode, Target};
use crate::state::Snapshot;

/// The addresses of everything that a snapshot holds, each once, in Terraform's order: the root module, then those that it
/// calls, then theirs; in each the data sources first.
pub fn listed(snapshot: &Snapshot) -> Vec<&Address> {
    let deposed = snapshot.deposed.keys().map(|(address, _)| address);
    let all: BTreeSet<&Address> = snapshot.instances.keys().chain(deposed).collect();
    let mut listed: Vec<&Address> = all.into_iter().collect();
    listed.sort_by_key(|address| {
        let resource = &address.resource;
        let depth = resource.module.steps().len();
        (depth, &resource.module, resource.mode == Mode::Managed, &resource.ty, &resource.name, &address.key)
    });
    listed
}

/// The addresses of what a target means. A module or resource without a key means all its instances.
pub fn covered(snapshot: &Snapshot, target: &Target) -> Vec<Address> {
    listed(snapshot).into_iter().filter(|address| target.covers(address)).cloned().collect()
}

/// Forgets objects, those that were set aside among them.
pub fn remove(snapshot: &mut Snapshot, addresses: &BTreeSet<Address>) {
    snapshot.instances.retain(|address, _| !addresses.contains(address));
    snapshot.deposed.retain(|(address, _), _| !addresses.contains(address));
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::state::format::instance_from_json;

    fn snapshot(addresses: &[&str], deposed: &[&str]) -> Snapshot {
        let mut snapshot = Snapshot::of_lineage("l");
        let object = instance_from_json(serde_json::json!({}), Arc::from("p")).unwrap();
        for address in addresses {
            snapshot.insert(address.parse().unwrap(), object.clone());
        }
        for address in deposed {
            snapshot.deposed.insert((address.parse().unwrap(), "0a1b2c3d".into()), object.clone());
        }
        snapshot
    }

    fn texts(addresses: &[&Address]) -> Vec<String> {
        addresses.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn objects_are_listed_by_depth_and_those_set_aside_are_there() {
        let state = snapshot(
            &["module.a.module.b.t.x", "t.y[10]", "t.y[9]", "module.b.t.x", "data.t.z", "module.a[1].t.x"],
            &["t.old", "t.y[9]"],
        );
        assert_eq!(
            texts(&listed(&state)),
            ["data.t.z", "t.old", "t.y[9]", "t.y[10]", "module.a[1].t.x", "module.b.t.x", "module.a.module.b.t.x"]
        );
    }

    #[test]
    fn what_is_removed_takes_what_was_set_aside_along_and_nothing_else() {
        let mut state = snapshot(&["t.x[0]", "t.x[1]", "module.m[\"k\"].t.x"], &["t.x[1]", "t.y"]);
        let found = covered(&state, &"t.x".parse().unwrap());
        assert_eq!(texts(&found.iter().collect::<Vec<_>>()), ["t.x[0]", "t.x[1]"]);
        remove(&mut state, &found.into_iter().collect());
        assert_eq!(texts(&listed(&state)), ["t.y", "module.m[\"k\"].t.x"]);
        assert!(covered(&state, &"module.n".parse().unwrap()).is_empty());
    }
}
