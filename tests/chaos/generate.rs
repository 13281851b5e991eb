//! Random configurations, and random edits of them. What is wished for is always possible: a name is there once, what
//! cannot be deleted while it is used is replaced the other way round, and what can only be found again by comparison is
//! not twice the same.

use std::collections::BTreeSet;

use fastrand::Rng;
use recon::resource::Ordering;

use super::graph::{Block, Body, Graph, Key, Repeat, Target, Use};

/// Kinds, as often as they are made.
const MIX: &[&str] = &[
    "cloud_api",
    "cloud_api",
    "cloud_source",
    "cloud_source",
    "cloud_field",
    "cloud_field",
    "cloud_field",
    "cloud_function",
    "cloud_function",
    "cloud_role",
    "cloud_policy",
    "cloud_policy",
    "cloud_worker",
    "cloud_worker",
    "cloud_permission",
    "cloud_table",
    "cloud_ticket",
    "cloud_ticket",
    "cloud_ticket",
    "cloud_key",
];

/// A configuration of up to `size` objects.
pub(crate) fn graph(rng: &mut Rng, size: usize) -> Graph {
    let mut graph = Graph::default();
    while graph.size() < size {
        let kind = MIX[rng.usize(0..MIX.len())];
        add(&mut graph, kind, rng);
    }
    while graph.size() > size {
        graph.blocks.pop();
    }
    graph
}

fn targets<'a>(graph: &'a Graph, before: usize, is: impl Fn(&Block) -> bool + 'a) -> Vec<Target> {
    let blocks = graph.blocks[..before].iter().filter(move |block| is(block));
    blocks.flat_map(|block| block.keys().into_iter().map(|key| Target { label: block.label.clone(), key })).collect()
}

fn one_of<T: Clone>(rng: &mut Rng, all: &[T]) -> Option<T> {
    if all.is_empty() { None } else { Some(all[rng.usize(0..all.len())].clone()) }
}

/// Adds a block, unless there is nothing that it could belong to.
pub(crate) fn add(graph: &mut Graph, kind: &'static str, rng: &mut Rng) {
    let serial = graph.next;
    graph.next += 1;
    let mut block = Block {
        kind,
        label: format!("b{serial}"),
        serial,
        repeat: repeat(rng),
        name: 0,
        parent: None,
        uses: Vec::new(),
        role: None,
        body: Body::None,
        shape: None,
        extra: None,
        creates_first: matches!(kind, "cloud_table" | "cloud_role" | "cloud_worker") && rng.u8(0..3) == 0,
        ignores_body: rng.u8(0..8) == 0 && kind != "cloud_function",
        depends_on: Vec::new(),
    };
    let here = graph.blocks.len();
    if let Some(parent) = block.of().parent() {
        let Some(parent) = one_of(rng, &targets(graph, here, |other| other.kind == parent)) else {
            return;
        };
        block.parent = Some(parent);
    }
    if kind == "cloud_worker" {
        block.role = one_of(rng, &targets(graph, here, |other| other.kind == "cloud_role"));
    }
    block.uses = uses(graph, here, &block, rng);
    block.body = body(graph, here, &block, rng);
    block.shape = shape(&block, rng);
    block.extra = extra(graph, &block, rng);
    if rng.u8(0..6) == 0
        && !is_plain(kind)
        && let Some(other) = one_of(rng, &targets(graph, here, |other| other.kind != "cloud_field"))
    {
        block.depends_on = vec![other.label];
    }
    graph.blocks.push(block);
}

/// Roles and their policies refer to nothing else, so that what waits for policies waits for nothing that waits for it.
fn is_plain(kind: &str) -> bool {
    matches!(kind, "cloud_role" | "cloud_policy")
}

fn repeat(rng: &mut Rng) -> Repeat {
    match rng.u8(0..8) {
        0 => Repeat::Count(rng.usize(1..4)),
        1 | 2 => Repeat::Each(names(rng)),
        _ => Repeat::One,
    }
}

fn names(rng: &mut Rng) -> BTreeSet<String> {
    let all = ["a", "b", "c", "d e"];
    let some: BTreeSet<String> = all.iter().filter(|_| rng.bool()).map(|name| (*name).to_owned()).collect();
    if some.is_empty() { BTreeSet::from(["z".to_owned()]) } else { some }
}

/// Whether an object of the block can be replaced while it is used.
fn is_usable(block: &Block) -> bool {
    block.creates_first || block.of().ordering.contains(&Ordering::CreateFirst)
}

fn uses(graph: &Graph, before: usize, block: &Block, rng: &mut Rng) -> Vec<Use> {
    let own_api = block.parent.clone();
    let candidates: Vec<Target> = match block.kind {
        "cloud_field" | "cloud_function" => targets(graph, before, |other| {
            let inside =
                other.kind == "cloud_source" || (block.kind == "cloud_field" && other.kind == "cloud_function");
            (inside && other.parent == own_api) || other.kind == "cloud_ticket"
        }),
        "cloud_source" | "cloud_ticket" | "cloud_worker" => {
            targets(graph, before, |other| other.parent.is_none() && is_usable(other))
        }
        _ => Vec::new(),
    };
    let mut found = Vec::new();
    for _ in 0..rng.usize(0..3) {
        if let Some(target) = one_of(rng, &candidates) {
            let many = target.key != Key::One && rng.bool();
            let used = if many { Use::All(target.label) } else { Use::One(target) };
            if !found.contains(&used) {
                found.push(used);
            }
        }
    }
    found
}

fn body(graph: &Graph, before: usize, block: &Block, rng: &mut Rng) -> Body {
    if is_plain(block.kind) || block.kind == "cloud_function" {
        return Body::Plain(rng.u32(0..100));
    }
    // A field can only be deleted before it is made, so nothing that is made first may depend on one.
    let target = one_of(rng, &targets(graph, before, |other| other.kind != "cloud_field"));
    match (rng.u8(0..8), target) {
        (0, _) => Body::None,
        (1 | 2, Some(target)) => Body::Stamp(target),
        (3, Some(target)) if target.key != Key::One => Body::Stamps(target.label),
        (4, Some(target)) => Body::Lookup(target),
        _ => Body::Plain(rng.u32(0..100)),
    }
}

fn shape(block: &Block, rng: &mut Rng) -> Option<u32> {
    (block.kind != "cloud_function" && rng.bool()).then(|| rng.u32(1..5))
}

fn extra(graph: &Graph, block: &Block, rng: &mut Rng) -> Option<i64> {
    match block.kind {
        "cloud_field" => {
            let api = block.parent.as_ref().and_then(|parent| graph.block(&parent.label))?;
            api.extra.filter(|_| rng.bool()).map(|most| rng.i64(1..=most))
        }
        _ => rng.bool().then(|| rng.i64(1..6)),
    }
}

/// Changes something, and then whatever cannot stay as it is. A configuration is never left empty. What has moved says so
/// until that is applied.
pub(crate) fn edit(graph: &mut Graph, rng: &mut Rng) {
    let before = graph.clone();
    for _ in 0..rng.usize(1..5) {
        edit_once(graph, &before, rng);
    }
    repair(graph, rng);
    if graph.blocks.is_empty() {
        *graph = Graph { moved: Vec::new(), ..before };
    }
}

fn edit_once(graph: &mut Graph, before: &Graph, rng: &mut Rng) {
    let what = rng.u8(0..12);
    if what == 0 || graph.blocks.is_empty() {
        let kind = MIX[rng.usize(0..MIX.len())];
        return add(graph, kind, rng);
    }
    let at = rng.usize(0..graph.blocks.len());
    if what == 1 {
        graph.blocks.remove(at);
        return;
    }
    if what == 2 {
        return rename(graph, at, before);
    }
    let mut block = graph.blocks[at].clone();
    match what {
        3 => block.name += 1,
        4 => block.shape = shape(&block, rng),
        5 => block.uses = uses(graph, at, &block, rng),
        6 | 7 => block.body = body(graph, at, &block, rng),
        8 => {
            block.repeat = match &block.repeat {
                Repeat::One => Repeat::One,
                Repeat::Count(_) => Repeat::Count(rng.usize(0..4)),
                Repeat::Each(_) => Repeat::Each(names(rng)),
            };
        }
        9 => lower_or_raise(graph, &mut block, rng),
        10 => {
            if block.kind == "cloud_function" && block.repeat != Repeat::One {
                // Who lets go of one instance waits for all of them, and they for him.
                return;
            }
            if let Some(parent) = &block.parent {
                let kind = graph.block(&parent.label).map(|parent| parent.kind);
                block.parent = one_of(rng, &targets(graph, at, |other| Some(other.kind) == kind));
            } else if block.role.is_some() {
                block.role = one_of(rng, &targets(graph, at, |other| other.kind == "cloud_role"));
            }
        }
        _ => {
            // What is used is replaced in one way for as long as it is there.
            let is_used = |other: &Block| other.uses.iter().any(|used| label_of(used) == block.label);
            if !before.blocks.iter().chain(&graph.blocks).any(is_used) && block.kind != "cloud_field" {
                block.creates_first = !block.creates_first && block.kind != "cloud_function";
            }
        }
    }
    if let Some(place) = graph.blocks.iter_mut().find(|other| other.serial == block.serial) {
        *place = block;
    }
}

fn label_of(used: &Use) -> &str {
    match used {
        Use::One(target) => &target.label,
        Use::All(label) => label,
    }
}

/// Lowering an API's `extra` takes the fields along that need more, or makes others of them.
fn lower_or_raise(graph: &mut Graph, block: &mut Block, rng: &mut Rng) {
    if block.kind == "cloud_field" {
        return;
    }
    block.extra = rng.bool().then(|| rng.i64(1..6));
    if block.kind == "cloud_api" {
        let most = block.extra;
        let needs_more = |other: &Block| {
            other.kind == "cloud_field"
                && other.parent.as_ref().is_some_and(|parent| parent.label == block.label)
                && other.extra > most
        };
        if rng.bool() {
            graph.blocks.retain(|other| !needs_more(other));
        }
        for other in graph.blocks.iter_mut().filter(|other| needs_more(other)) {
            other.extra = most;
            other.name += 1;
        }
    }
}

/// Gives a block another label, with a `moved` block that says so.
fn rename(graph: &mut Graph, at: usize, before: &Graph) {
    let old = graph.blocks[at].label.clone();
    // One move says where an object comes from; a chain of them would say the same.
    if graph.moved.iter().any(|(_, _, to)| *to == old) || before.block(&old).is_none() {
        return;
    }
    let new = format!("r{}", graph.next);
    graph.next += 1;
    graph.moved.push((graph.blocks[at].kind.to_owned(), old.clone(), new.clone()));
    graph.blocks[at].label = new.clone();
    let change = |label: &mut String| {
        if *label == old {
            label.clone_from(&new);
        }
    };
    for block in &mut graph.blocks {
        block.parent.iter_mut().chain(&mut block.role).for_each(|target| change(&mut target.label));
        block.depends_on.iter_mut().for_each(change);
        for used in &mut block.uses {
            match used {
                Use::One(target) => change(&mut target.label),
                Use::All(label) => change(label),
            }
        }
        match &mut block.body {
            Body::Stamp(target) | Body::Lookup(target) => change(&mut target.label),
            Body::Stamps(label) => change(label),
            Body::None | Body::Plain(_) => {}
        }
    }
}

/// Takes out or turns round what refers to something that is not there any more, or that must not be referred to.
fn repair(graph: &mut Graph, rng: &mut Rng) {
    let mut done = Graph { blocks: Vec::new(), ..graph.clone() };
    for mut block in std::mem::take(&mut graph.blocks) {
        let here = done.blocks.len();
        if let Some(kind) = block.of().parent()
            && !block.parent.as_ref().is_some_and(|parent| done.has(parent))
        {
            let Some(parent) = one_of(rng, &targets(&done, here, |other| other.kind == kind)) else {
                continue;
            };
            block.parent = Some(parent);
        }
        block.role = block.role.filter(|role| done.has(role));
        let parent = block.parent.clone();
        block.uses.retain(|used| {
            let Some(other) = done.block(label_of(used)) else {
                return false;
            };
            let is_there = match used {
                Use::One(target) => done.has(target),
                Use::All(_) => other.repeat != Repeat::One,
            };
            is_there && (other.parent.is_none() || other.parent == parent)
        });
        let is_there = match &block.body {
            Body::Stamp(target) | Body::Lookup(target) => done.has(target),
            Body::Stamps(label) => done.block(label).is_some_and(|other| other.repeat != Repeat::One),
            Body::None | Body::Plain(_) => true,
        };
        if !is_there {
            block.body = Body::Plain(rng.u32(0..100));
        }
        block.depends_on.retain(|label| done.block(label).is_some());
        if block.kind == "cloud_field" {
            let most = parent.and_then(|parent| done.block(&parent.label)).and_then(|api| api.extra);
            if block.extra > most {
                continue;
            }
        }
        done.blocks.push(block);
    }
    let labels: BTreeSet<&String> = done.blocks.iter().map(|block| &block.label).collect();
    done.moved.retain(|(_, _, to)| labels.contains(to));
    *graph = done;
}
