//! The resources of a configuration and what each waits for, as a picture that any writer can draw.

pub mod dot;
mod layout;
pub mod mermaid;
pub mod svg;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::report::{Report, Verb};
use crate::address::{Address, Mode, ResourceAddress};
use crate::plan::sites::{Item, Sites};

pub use layout::{Layout, layout};

/// A resource as written: one for all its instances.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its address without keys.
    pub address: String,
    /// The module it is in, without keys; empty for the root module.
    pub module: String,
    /// Its address within the module.
    pub name: String,
    /// Whether it is a data source.
    pub is_data: bool,
    /// What a plan does with its instances, what weighs most first; empty where nothing is done.
    pub verbs: BTreeSet<Verb>,
    /// The positions of its instances among the changes of the report.
    pub changes: Vec<usize>,
}

/// The resources and what each waits for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picture {
    /// In the order of module and address.
    pub nodes: Vec<Node>,
    /// Positions of nodes: the first waits for the second. What follows from others is left out.
    pub edges: Vec<(usize, usize)>,
}

/// As many nodes at most have their edges thinned out: it takes memory that grows with their square.
const THINNED: usize = 12_000;

impl Picture {
    /// The picture of a configuration.
    pub fn of(sites: &Sites) -> Self {
        let mut addresses: BTreeMap<(String, String), (usize, ResourceAddress)> = BTreeMap::new();
        for node in sites.order() {
            if let (Item::Resource(_), Some(address)) = (&sites.get(*node).item, sites.static_address(*node))
                && address.mode != Mode::Ephemeral
            {
                let (module, name) = parts(&address);
                addresses.insert((module, name), (node.index(), address));
            }
        }
        let position: HashMap<usize, usize> =
            addresses.values().enumerate().map(|(at, (site, _))| (*site, at)).collect();
        let nodes = addresses.iter().map(|((module, name), (_, address))| node(module, name, address)).collect();
        // What each site waits for, through values that are no resources.
        let mut nearest: Vec<Arc<BTreeSet<usize>>> = vec![Arc::default(); sites.len()];
        let mut edges = Vec::new();
        for site in sites.order() {
            let mut found = BTreeSet::new();
            let mut only: Option<Arc<BTreeSet<usize>>> = None;
            for before in sites.before(*site) {
                match position.get(&before.index()) {
                    Some(at) => {
                        found.insert(*at);
                    }
                    None if found.is_empty() && only.is_none() => only = Some(nearest[before.index()].clone()),
                    None => found.extend(nearest[before.index()].iter()),
                }
            }
            let found = match only {
                // A chain of locals shares one set.
                Some(shared) if found.is_empty() => shared,
                Some(shared) => Arc::new(shared.iter().copied().chain(found).collect()),
                None => Arc::new(found),
            };
            if let Some(at) = position.get(&site.index()) {
                edges.extend(found.iter().filter(|to| *to != at).map(|to| (*at, *to)));
            }
            nearest[site.index()] = found;
        }
        let mut picture = Self { nodes, edges };
        picture.thin_out();
        picture
    }

    /// The picture with what a plan does with each resource. What the configuration does not have any more is added.
    #[must_use]
    pub fn with_plan(mut self, report: &Report) -> Self {
        let mut index: HashMap<String, usize> =
            self.nodes.iter().enumerate().map(|(at, node)| (node.address.clone(), at)).collect();
        for (at, change) in report.changes.iter().enumerate() {
            let Ok(address) = change.address.parse::<Address>() else {
                continue;
            };
            let (module, name) = parts(&address.resource);
            let own = node(&module, &name, &address.resource);
            let place = *index.entry(own.address.clone()).or_insert_with(|| {
                self.nodes.push(own);
                self.nodes.len() - 1
            });
            self.nodes[place].verbs.insert(change.verb);
            self.nodes[place].changes.push(at);
        }
        self
    }

    /// Leaves out the edges that follow from others.
    fn thin_out(&mut self) {
        let count = self.nodes.len();
        let mut before: Vec<Vec<usize>> = vec![Vec::new(); count];
        for (from, to) in &self.edges {
            before[*from].push(*to);
        }
        let Some(order) = in_order(&before).filter(|_| count <= THINNED) else {
            self.edges.sort_unstable();
            return;
        };
        let mut rank = vec![0; count];
        order.iter().enumerate().for_each(|(at, node)| rank[*node] = at);
        let words = count.div_ceil(64);
        let mut reach = vec![vec![0_u64; words]; count];
        self.edges.clear();
        for node in order {
            let mut own = vec![0_u64; words];
            // The last in order first: what it reaches needs no edge of its own.
            before[node].sort_unstable_by_key(|to| std::cmp::Reverse(rank[*to]));
            for to in &before[node] {
                if own[to / 64] & (1 << (to % 64)) != 0 {
                    continue;
                }
                self.edges.push((node, *to));
                own.iter_mut().zip(&reach[*to]).for_each(|(own, theirs)| *own |= theirs);
                own[to / 64] |= 1 << (to % 64);
            }
            reach[node] = own;
        }
        self.edges.sort_unstable();
    }
}

/// An order in which each node follows those it waits for; nothing where there is a circle.
fn in_order(before: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut waiting: Vec<usize> = before.iter().map(Vec::len).collect();
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); before.len()];
    for (node, befores) in before.iter().enumerate() {
        befores.iter().for_each(|to| after[*to].push(node));
    }
    let mut order: Vec<usize> = (0..before.len()).filter(|node| waiting[*node] == 0).collect();
    let mut at = 0;
    while let Some(node) = order.get(at).copied() {
        at += 1;
        for next in &after[node] {
            waiting[*next] -= 1;
            if waiting[*next] == 0 {
                order.push(*next);
            }
        }
    }
    (order.len() == before.len()).then_some(order)
}

/// A text that is no markup: a symbol of an action such as `<=` must not look like some.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The module of a resource without keys, and its address within it.
fn parts(address: &ResourceAddress) -> (String, String) {
    let steps = address.module.steps().iter();
    let module = steps.map(|step| format!("module.{}", step.name)).collect::<Vec<_>>().join(".");
    let mode = if address.mode == Mode::Data { "data." } else { "" };
    (module, format!("{mode}{}.{}", address.ty, address.name))
}

fn node(module: &str, name: &str, address: &ResourceAddress) -> Node {
    let full = if module.is_empty() { name.to_owned() } else { format!("{module}.{name}") };
    Node {
        address: full,
        module: module.to_owned(),
        name: name.to_owned(),
        is_data: address.mode == Mode::Data,
        verbs: BTreeSet::new(),
        changes: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn picture(names: &[&str], edges: &[(usize, usize)]) -> Picture {
        let nodes = names.iter().map(|name| {
            let address: Address = name.parse().unwrap();
            let (module, name) = parts(&address.resource);
            node(&module, &name, &address.resource)
        });
        let mut picture = Picture { nodes: nodes.collect(), edges: edges.to_vec() };
        picture.thin_out();
        picture
    }

    #[test]
    fn an_edge_that_follows_from_others_is_left_out() {
        let found = picture(&["t.a", "t.b", "t.c", "t.d"], &[(1, 0), (2, 1), (2, 0), (3, 0)]);
        assert_eq!(found.edges, [(1, 0), (2, 1), (3, 0)]);
    }

    #[test]
    fn a_circle_leaves_every_edge() {
        let found = picture(&["t.a", "t.b"], &[(1, 0), (0, 1)]);
        assert_eq!(found.edges, [(0, 1), (1, 0)]);
    }

    #[test]
    fn what_is_gone_from_the_configuration_is_in_the_picture_of_a_plan() {
        let change = |address: &str, verb| super::super::report::Change {
            address: address.into(),
            verb,
            id: None,
            moved_from: None,
            import_id: None,
            why: String::new(),
            items: Vec::new(),
            later: Vec::new(),
            dear: false,
            create_first: false,
        };
        let report = Report {
            changes: vec![
                change("t.a[0]", Verb::Create),
                change("t.a[1]", Verb::Destroy),
                change("module.m[0].t.gone", Verb::Destroy),
            ],
            ..Report::default()
        };
        let found = picture(&["t.a"], &[]).with_plan(&report);
        assert_eq!(found.nodes[0].verbs.first(), Some(&Verb::Destroy));
        assert_eq!(found.nodes[0].changes, [0, 1]);
        assert_eq!(found.nodes[1].address, "module.m.t.gone");
    }
}
