//! What a plan is asked for beyond configuration and state, and which part of the two it is about.

mod excluded;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

use excluded::Excluded;

use super::moves::Moves;
use super::order::without_keys;
use super::sites::{Item, Sites};
use crate::address::{Address, Key, ModulePath, ResourceAddress, Target};
use crate::diagnostic::Diagnostics;
use crate::graph::Node;
use crate::language::config::ResourceKey;
use crate::state::Snapshot;

/// What a plan is asked for beyond configuration and state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// `-target`: plan only these and what they need; everything where there are none.
    pub targets: Vec<Target>,
    /// `-exclude`: plan neither these nor what depends on them.
    pub exclude: Vec<Target>,
    /// `-replace`: make new objects of these.
    pub replace: Vec<Address>,
    /// `-refresh-only`: change nothing but state, which takes over what there is.
    pub refresh_only: bool,
    /// `-generate-config-out`: say which objects are imported to where there is no block, so that it can be written.
    #[serde(skip)]
    pub generate: bool,
    /// Take ARNs that follow from names as known. Such a plan is not for applying: it tells what permissions are needed.
    #[serde(skip)]
    pub foretell: bool,
}

/// How much of a site is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// The instances that a target names.
    Targeted,
    /// All instances, since something that is targeted needs them.
    Whole,
}

/// The part of configuration and state that a plan is about.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    targets: Vec<Target>,
    /// The sites that are planned, if not all are.
    sites: BTreeMap<Node, Reach>,
    /// Their resources, as dependencies in state name them.
    resources: BTreeMap<ResourceAddress, Reach>,
    /// What is destroyed beside the targets, since it depends on them.
    dependents: BTreeSet<Address>,
    excluded: Excluded,
}

impl Selection {
    /// What options select of a configuration, with everything that it needs.
    pub fn of_sites(sites: &Sites, snapshot: &Snapshot, options: &Options) -> Self {
        let targets = &options.targets;
        let excluded = Excluded::of_sites(sites, snapshot, &options.exclude);
        let mut selection = Self { targets: targets.clone(), excluded, ..Self::default() };
        if targets.is_empty() {
            return selection;
        }
        let mut needed = Vec::new();
        for node in sites.order() {
            if targets.iter().any(|target| names_site(target, sites, *node)) {
                selection.sites.insert(*node, Reach::Targeted);
                needed.extend(sites.before(*node));
            }
        }
        selection.add_needed(sites, needed);
        selection.add_outputs(sites);
        let resources = selection.sites.iter();
        selection.resources =
            resources.filter_map(|(node, reach)| Some((sites.static_address(*node)?, *reach))).collect();
        selection
    }

    /// What options select of a state that is to be destroyed, with everything that depends on it.
    pub fn of_state(snapshot: &Snapshot, options: &Options) -> Self {
        let excluded = Excluded::of_state(snapshot, &options.exclude);
        let mut selection = Self { targets: options.targets.clone(), excluded, ..Self::default() };
        if selection.targets.is_empty() {
            return selection;
        }
        let mut dependents: BTreeMap<&ResourceAddress, Vec<&Address>> = BTreeMap::new();
        for (address, instance) in &snapshot.instances {
            for dependency in instance.dependencies.iter() {
                dependents.entry(dependency).or_default().push(address);
            }
        }
        let mut open: Vec<&Address> =
            snapshot.instances.keys().filter(|address| selection.is_target(address)).collect();
        while let Some(address) = open.pop() {
            for other in dependents.get(&without_keys(&address.resource)).into_iter().flatten() {
                let is_new = is_in_reach(address, other) && !selection.is_target(other);
                if is_new && selection.dependents.insert(Address::clone(other)) {
                    open.push(other);
                }
            }
        }
        selection
    }

    /// Whether there is nothing that the plan is not about.
    pub fn is_everything(&self) -> bool {
        self.targets.is_empty() && self.excluded.is_empty()
    }

    /// Whether a site is planned, all of it or some of its instances.
    pub(super) fn has_site(&self, node: Node) -> bool {
        (self.targets.is_empty() || self.sites.contains_key(&node)) && !self.excluded.has_site(node)
    }

    /// Whether an instance is planned, or destroyed if the configuration does not have it.
    pub fn has(&self, address: &Address) -> bool {
        if self.excluded.has(address) {
            return false;
        }
        self.is_target(address)
            || self.dependents.contains(address)
            || self.resources.get(&without_keys(&address.resource)) == Some(&Reach::Whole)
    }

    fn is_target(&self, address: &Address) -> bool {
        self.targets.is_empty() || self.targets.iter().any(|target| target.covers(address))
    }

    fn add_needed(&mut self, sites: &Sites, mut open: Vec<Node>) {
        while let Some(node) = open.pop() {
            if let std::collections::btree_map::Entry::Vacant(vacant) = self.sites.entry(node) {
                vacant.insert(Reach::Whole);
                open.extend(sites.before(node));
            }
        }
    }

    /// An output of the root module is planned if all the resources that it needs are.
    fn add_outputs(&mut self, sites: &Sites) {
        for node in sites.order() {
            let site = sites.get(*node);
            if !matches!(site.item, Item::Output(_)) || !site.module.path.is_empty() {
                continue;
            }
            let mut seen = HashSet::new();
            let mut open: Vec<Node> = sites.before(*node).collect();
            while let Some(before) = open.pop() {
                if seen.insert(before) {
                    open.extend(sites.before(before));
                }
            }
            let mut resources =
                seen.iter().filter(|node| matches!(sites.get(**node).item, Item::Resource(_))).peekable();
            if resources.peek().is_some() && resources.all(|node| self.sites.contains_key(node)) {
                self.add_needed(sites, vec![*node]);
            }
        }
    }

    /// Warns of targets that name none of the instances that there are.
    pub(super) fn check_targets(&self, instances: &HashSet<&Address>, problems: &mut Diagnostics) {
        let all = self.targets.iter().map(|target| ("-target", target));
        let all = all.chain(self.excluded.targets().iter().map(|target| ("-exclude", target)));
        for (option, target) in all.filter(|(_, target)| !instances.iter().any(|address| target.covers(address))) {
            let mut instances: Vec<&&Address> =
                instances.iter().filter(|address| without_keys_covers(target, address)).collect();
            instances.sort();
            let detail = format!("`{option}` names `{target}`, which neither configuration nor state has.");
            let problem = problems.warning("Target names nothing").detail(detail);
            if let Some(first) = instances.first() {
                problem.help(format!("There is, for example, `{first}`."));
            }
        }
    }

    /// Warns that a plan is not about everything, and refuses one that would have to leave out what moves.
    pub(super) fn check(&self, moves: &Moves, problems: &mut Diagnostics) {
        if self.is_everything() {
            return;
        }
        problems
            .warning("Resource targeting is in effect")
            .detail(
                "`-target` and `-exclude` leave things out, so the plan may not show everything that the configuration asks for.",
            )
            .help("Use them to get out of a difficulty, not as a habit, and plan without them afterwards.");
        let ends: BTreeSet<&Address> = moves.changes.iter().flat_map(|(now, before)| [before, now]).collect();
        if ends.iter().any(|address| self.excluded.has(address)) {
            problems
                .error("Moved resource instances excluded by targeting")
                .detail("Objects in state have moved, and a plan must see both addresses of each, which `-exclude` leaves out.")
                .help("Plan and apply without it first.");
        }
        let missing: BTreeSet<&Address> = ends.into_iter().filter(|address| !self.is_target(address)).collect();
        if !missing.is_empty() {
            let list: String = missing.iter().map(|address| format!("\n  -target={}", quoted(address))).collect();
            problems.error("Moved resource instances excluded by targeting").detail(format!(
                "Objects in state have moved, and a plan must see both addresses of each, which `-target` leaves out. \
                     Plan without `-target`, or add:{list}"
            ));
        }
    }
}

/// Whether an instance would be meant if all keys were left away.
fn without_keys_covers(target: &Target, address: &Address) -> bool {
    let bare = |address: &Address| without_keys(&address.resource).instance(Key::None);
    let target = match target {
        Target::Module(module) => {
            let steps = module.steps().iter();
            Target::Module(steps.fold(ModulePath::root(), |path, step| path.child(&step.name, Key::None)))
        }
        Target::Resource(address) => Target::Resource(bare(address)),
    };
    target.covers(&bare(address))
}

/// Whether one object can depend on another: nothing refers from one instance of a module into another one.
fn is_in_reach(address: &Address, dependent: &Address) -> bool {
    let steps = address.resource.module.steps().iter().zip(dependent.resource.module.steps());
    steps.take_while(|(a, b)| a.name == b.name).all(|(a, b)| a.key == b.key)
}

/// An address as an argument for a shell.
fn quoted(address: &Address) -> String {
    let text = address.to_string();
    if text.contains(['"', '[', '$', '\\']) { format!("'{text}'") } else { text }
}

/// Whether a target names a resource of the configuration, or an instance of one, whatever its keys.
fn names_site(target: &Target, sites: &Sites, node: Node) -> bool {
    let site = sites.get(node);
    let Item::Resource(ResourceKey { mode, ty, name }) = &site.item else {
        return false;
    };
    let names = target.module().call_names();
    match target {
        Target::Module(_) => site.module.path.starts_with(&names),
        Target::Resource(address) => {
            let resource = &address.resource;
            site.module.path == names && (resource.mode, &resource.ty, &resource.name) == (*mode, ty, name)
        }
    }
}
