//! Data sources that can be read while AWS is asked what became of the objects of state: those that depend on no resource.

use std::collections::BTreeSet;

use super::build::{Answers, Inputs, evaluate_some};
use super::moves::Moves;
use super::observed::Observed;
use super::selection::Selection;
use super::sites::{Item, Sites};
use super::{Wish, read};
use crate::address::Mode;
use crate::diagnostic::Diagnostics;
use crate::graph::Node;
use crate::state::Snapshot;

/// Reads them. What cannot be read is a problem, as it is when the plan reads it; whatever else is wrong is for the plan to
/// say.
pub(super) async fn answers(
    wish: &Wish<'_>,
    (sites, selection): (&Sites, &Selection),
    (snapshot, moves): (&Snapshot, &Moves),
) -> (Answers, Diagnostics) {
    let (mut answers, mut problems) = (Answers::default(), Diagnostics::new());
    let wanted = independent(sites, selection);
    if wish.destroy || wanted.is_empty() {
        return (answers, problems);
    }
    let observed = Observed::default();
    loop {
        let inputs = Inputs {
            config: wish.config,
            providers: wish.providers,
            variables: wish.variables,
            options: &wish.options,
            snapshot,
            moves,
            selection,
            observed: &observed,
            answers: &answers,
            surroundings: wish.surroundings,
        };
        let mut found = Diagnostics::new();
        let (_, requests) = evaluate_some(&inputs, sites, &wanted, &mut found);
        if requests.is_empty() || found.has_errors() {
            return (answers, problems);
        }
        read((wish.config, wish.providers, wish.parallelism), requests, &mut answers, &mut problems).await;
        if problems.has_errors() {
            return (answers, problems);
        }
    }
}

/// The data sources that depend on no resource, with everything that they need.
fn independent(sites: &Sites, selection: &Selection) -> BTreeSet<Node> {
    let mode = |node: Node| match &sites.get(node).item {
        Item::Resource(key) => Some(key.mode),
        _ => None,
    };
    let mut dependent = BTreeSet::new();
    for node in sites.order() {
        let waits = sites.before(*node).any(|before| dependent.contains(&before));
        if waits || mode(*node).is_some_and(|mode| mode != Mode::Data) {
            dependent.insert(*node);
        }
    }
    let is_asked =
        |node: &&Node| mode(**node) == Some(Mode::Data) && !dependent.contains(*node) && selection.has_site(**node);
    let mut open: Vec<Node> = sites.order().iter().filter(is_asked).copied().collect();
    let mut wanted = BTreeSet::new();
    while let Some(node) = open.pop() {
        if wanted.insert(node) {
            open.extend(sites.before(node));
        }
    }
    wanted
}
