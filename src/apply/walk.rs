//! Follows the graph of a plan: releases what is ready, the longest chain first, and carries on beside what fails.
//! Knows nothing of AWS.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::graph::{Graph, Node};

/// What becomes of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Waiting,
    Released,
    Done,
    /// It failed, or something before it did.
    Lost,
}

/// The state of a walk over a graph.
#[derive(Debug)]
pub(crate) struct Walk {
    waiting: Vec<usize>,
    fates: Vec<Fate>,
    heights: Vec<u64>,
    /// Whether a node takes any time.
    takes_time: Vec<bool>,
    /// What takes time: greatest height first, then the earliest added.
    ready: BinaryHeap<(u64, Reverse<Node>)>,
    /// What takes none, the earliest added first.
    free: BinaryHeap<Reverse<Node>>,
    open: usize,
}

impl Walk {
    /// A walk that has not begun. `weight` says how long a node takes, to compare chains.
    pub(crate) fn new<N>(graph: &Graph<N>, weight: impl Fn(&N) -> u64) -> Result<Self, crate::graph::Cycle> {
        let order = graph.order()?;
        let mut walk = Self {
            waiting: graph.nodes().map(|node| graph.predecessors(node).count()).collect(),
            fates: vec![Fate::Waiting; graph.len()],
            takes_time: graph.nodes().map(|node| weight(graph.get(node)) > 0).collect(),
            heights: graph.heights(&order, &weight),
            ready: BinaryHeap::new(),
            free: BinaryHeap::new(),
            open: graph.len(),
        };
        for node in graph.nodes().filter(|node| walk.waiting[node.index()] == 0).collect::<Vec<_>>() {
            walk.release(node);
        }
        Ok(walk)
    }

    fn release(&mut self, node: Node) {
        self.fates[node.index()] = Fate::Released;
        if self.takes_time[node.index()] {
            self.ready.push((self.heights[node.index()], Reverse(node)));
        } else {
            self.free.push(Reverse(node));
        }
    }

    /// The next node to work on, if one is ready: one that takes no time, or else, where `there_is_room`, one that does.
    pub(crate) fn next(&mut self, there_is_room: bool) -> Option<Node> {
        if let Some(Reverse(node)) = self.free.pop() {
            return Some(node);
        }
        if !there_is_room {
            return None;
        }
        self.ready.pop().map(|(_, Reverse(node))| node)
    }

    /// Whether every node is done or lost.
    pub(crate) fn is_finished(&self) -> bool {
        self.open == 0
    }

    /// Whether a node was done.
    pub(crate) fn is_done(&self, node: Node) -> bool {
        self.fates[node.index()] == Fate::Done
    }

    /// Says that a node is done, and releases what waited for it last.
    pub(crate) fn done<N>(&mut self, graph: &Graph<N>, node: Node) {
        self.fates[node.index()] = Fate::Done;
        self.open -= 1;
        for next in graph.successors(node).collect::<Vec<_>>() {
            self.waiting[next.index()] -= 1;
            if self.waiting[next.index()] == 0 && self.fates[next.index()] == Fate::Waiting {
                self.release(next);
            }
        }
    }

    /// Says that a node failed. Everything behind it is lost with it.
    pub(crate) fn lost<N>(&mut self, graph: &Graph<N>, node: Node) {
        let mut stack = vec![node];
        while let Some(node) = stack.pop() {
            if self.fates[node.index()] == Fate::Lost {
                continue;
            }
            self.fates[node.index()] = Fate::Lost;
            self.open -= 1;
            stack.extend(graph.successors(node).filter(|next| self.fates[next.index()] == Fate::Waiting));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// a → b → c, d alone.
    fn chain() -> (Graph<u64>, [Node; 4]) {
        let mut graph = Graph::new();
        let [d, a, b, c] = [1, 1, 1, 1].map(|weight| graph.add(weight));
        graph.before(a, b);
        graph.before(b, c);
        (graph, [a, b, c, d])
    }

    #[test]
    fn the_longest_chain_goes_first() {
        let (graph, [a, b, c, d]) = chain();
        let mut walk = Walk::new(&graph, |weight| *weight).unwrap();
        let mut seen = Vec::new();
        while let Some(node) = walk.next(true) {
            seen.push(node);
            walk.done(&graph, node);
        }
        assert_eq!(seen, [a, b, d, c]);
        assert!(walk.is_finished());
    }

    #[test]
    fn what_takes_no_time_needs_no_room() {
        let mut graph = Graph::new();
        let [work, gate, after] = [5, 0, 5].map(|weight| graph.add(weight));
        graph.before(gate, after);
        let mut walk = Walk::new(&graph, |weight| *weight).unwrap();
        assert_eq!(walk.next(false), Some(gate));
        walk.done(&graph, gate);
        assert_eq!(walk.next(false), None, "the rest waits for room");
        assert_eq!([walk.next(true), walk.next(true)], [Some(work), Some(after)]);
    }

    #[test]
    fn what_stands_behind_a_failure_is_lost_and_the_rest_is_done() {
        let (graph, [a, b, c, d]) = chain();
        let mut walk = Walk::new(&graph, |weight| *weight).unwrap();
        assert_eq!(walk.next(true), Some(a));
        walk.lost(&graph, a);
        assert_eq!(walk.next(true), Some(d));
        walk.done(&graph, d);
        assert!(walk.is_finished() && walk.next(true).is_none());
        assert!(walk.is_done(d) && !walk.is_done(b) && !walk.is_done(c));
    }
}
