//! Follows the graph of a plan: releases what is ready, the longest chain first, and carries on beside what fails.
//! Knows nothing of AWS.

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
    /// Greatest height first, then the earliest added.
    ready: BinaryHeap<(u64, std::cmp::Reverse<Node>)>,
    open: usize,
}

impl Walk {
    /// A walk that has not begun. `weight` says how long a node takes, to compare chains.
    pub(crate) fn new<N>(graph: &Graph<N>, weight: impl Fn(&N) -> u64) -> Result<Self, crate::graph::Cycle> {
        let order = graph.order()?;
        let mut walk = Self {
            waiting: graph.nodes().map(|node| graph.predecessors(node).count()).collect(),
            fates: vec![Fate::Waiting; graph.len()],
            heights: graph.heights(&order, weight),
            ready: BinaryHeap::new(),
            open: graph.len(),
        };
        for node in graph.nodes().filter(|node| walk.waiting[node.index()] == 0).collect::<Vec<_>>() {
            walk.release(node);
        }
        Ok(walk)
    }

    fn release(&mut self, node: Node) {
        self.fates[node.index()] = Fate::Released;
        self.ready.push((self.heights[node.index()], std::cmp::Reverse(node)));
    }

    /// The next node to work on, if one is ready.
    pub(crate) fn next(&mut self) -> Option<Node> {
        self.ready.pop().map(|(_, std::cmp::Reverse(node))| node)
    }

    /// Puts a node back that cannot be worked on yet.
    pub(crate) fn put_back(&mut self, node: Node) {
        self.release(node);
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
        while let Some(node) = walk.next() {
            seen.push(node);
            walk.done(&graph, node);
        }
        assert_eq!(seen, [a, b, d, c]);
        assert!(walk.is_finished());
    }

    #[test]
    fn what_stands_behind_a_failure_is_lost_and_the_rest_is_done() {
        let (graph, [a, b, c, d]) = chain();
        let mut walk = Walk::new(&graph, |weight| *weight).unwrap();
        assert_eq!(walk.next(), Some(a));
        walk.lost(&graph, a);
        assert_eq!(walk.next(), Some(d));
        walk.done(&graph, d);
        assert!(walk.is_finished() && walk.next().is_none());
        assert!(walk.is_done(d) && !walk.is_done(b) && !walk.is_done(c));
    }
}
