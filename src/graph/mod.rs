//! Dependency graphs: petgraph, wrapped once. No I/O.

use std::collections::{HashSet, VecDeque};

use petgraph::Direction;
use petgraph::acyclic::Acyclic;
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

/// A directed graph whose edges point from what comes first to what follows.
#[derive(Clone, Debug)]
pub struct Graph<N> {
    inner: DiGraph<N, ()>,
}

/// A node of a `Graph`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Node(NodeIndex);

impl Node {
    /// The position of the node, in the order of addition.
    pub fn index(self) -> usize {
        self.0.index()
    }
}

/// Nodes that wait for each other, in the order of the waiting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle(pub Vec<Node>);

impl<N> Default for Graph<N> {
    fn default() -> Self {
        Self { inner: DiGraph::new() }
    }
}

impl<N> Graph<N> {
    /// An empty graph.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a node.
    pub fn add(&mut self, node: N) -> Node {
        Node(self.inner.add_node(node))
    }

    /// Says that one node comes before another.
    pub fn before(&mut self, first: Node, then: Node) {
        if first != then {
            self.inner.add_edge(first.0, then.0, ());
        }
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.inner.node_count()
    }

    /// Whether there are no nodes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The content of a node.
    pub fn get(&self, node: Node) -> &N {
        &self.inner[node.0]
    }

    /// All nodes in the order of addition.
    pub fn nodes(&self) -> impl Iterator<Item = Node> + '_ {
        self.inner.node_indices().map(Node)
    }

    /// The nodes that come directly before a node.
    pub fn predecessors(&self, node: Node) -> impl Iterator<Item = Node> + '_ {
        self.inner.neighbors_directed(node.0, Direction::Incoming).map(Node)
    }

    /// The nodes that come directly after a node.
    pub fn successors(&self, node: Node) -> impl Iterator<Item = Node> + '_ {
        self.inner.neighbors_directed(node.0, Direction::Outgoing).map(Node)
    }

    /// Says that one node comes before another, for each of these edges that closes no circle with those before it. An
    /// order is kept up along the way, so that few edges cost a search. Nothing is added to a graph that has a cycle.
    pub fn before_without_circle(&mut self, edges: impl IntoIterator<Item = (Node, Node)>) {
        if self.order().is_err() {
            return;
        }
        let Ok(mut acyclic) = Acyclic::try_from_graph(std::mem::take(&mut self.inner)) else {
            unreachable!("the graph has an order");
        };
        for (first, then) in edges {
            // What would close a circle is left out; that is what this is for.
            let _ = acyclic.try_add_edge(first.0, then.0, ());
        }
        self.inner = acyclic.into_inner();
    }

    /// An order in which every node follows those before it; among free nodes, the first added comes first.
    pub fn order(&self) -> Result<Vec<Node>, Cycle> {
        let mut waiting: Vec<usize> = self.nodes().map(|node| self.predecessors(node).count()).collect();
        let mut ready: VecDeque<Node> = self.nodes().filter(|node| waiting[node.index()] == 0).collect();
        let mut order = Vec::with_capacity(self.len());
        while let Some(node) = ready.pop_front() {
            order.push(node);
            let mut released: Vec<Node> = Vec::new();
            for next in self.successors(node) {
                waiting[next.index()] -= 1;
                if waiting[next.index()] == 0 {
                    released.push(next);
                }
            }
            released.sort();
            ready.extend(released);
        }
        if order.len() == self.len() { Ok(order) } else { Err(self.cycle()) }
    }

    /// For each node, by position, the greatest sum of weights on a way from it to an end, itself included.
    pub fn heights(&self, order: &[Node], weight: impl Fn(&N) -> u64) -> Vec<u64> {
        let mut heights = vec![0; self.len()];
        for node in order.iter().rev() {
            let after = self.successors(*node).map(|next| heights[next.index()]).max().unwrap_or(0);
            heights[node.index()] = after + weight(self.get(*node));
        }
        heights
    }

    fn cycle(&self) -> Cycle {
        let component = tarjan_scc(&self.inner).into_iter().find(|nodes| nodes.len() > 1).unwrap_or_default();
        let Some(start) = component.first().copied() else {
            return Cycle(Vec::new());
        };
        // The shortest way back to the start, inside the component.
        let mut came_from = vec![None; self.len()];
        let inside: HashSet<NodeIndex> = component.iter().copied().collect();
        let mut queue = VecDeque::from([start]);
        while let Some(node) = queue.pop_front() {
            for next in self.inner.neighbors(node).filter(|next| inside.contains(next)) {
                if next == start {
                    let mut way = vec![Node(node)];
                    let mut at = node;
                    while let Some(before) = came_from[at.index()] {
                        way.push(Node(before));
                        at = before;
                    }
                    way.reverse();
                    return Cycle(way);
                }
                if came_from[next.index()].is_none() {
                    came_from[next.index()] = Some(node);
                    queue.push_back(next);
                }
            }
        }
        Cycle(component.into_iter().map(Node).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_follows_the_edges_and_otherwise_the_order_of_addition() {
        let mut graph = Graph::new();
        let [a, b, c, d] = ["a", "b", "c", "d"].map(|name| graph.add(name));
        graph.before(d, a);
        graph.before(a, b);
        assert_eq!(graph.order(), Ok(vec![c, d, a, b]));
        assert_eq!(graph.heights(&[c, d, a, b], |_| 1), vec![2, 1, 1, 3]);
    }

    #[test]
    fn edges_that_would_close_a_circle_are_left_out() {
        let mut graph = Graph::new();
        let [a, b, c] = ["a", "b", "c"].map(|name| graph.add(name));
        graph.before(c, a);
        graph.before_without_circle([(a, b), (b, c), (b, b), (c, b)]);
        assert_eq!(graph.order(), Ok(vec![c, a, b]));
        assert_eq!(graph.successors(b).count(), 0);
        graph.before(b, c);
        graph.before_without_circle([(a, c)]);
        assert_eq!(graph.successors(a).collect::<Vec<_>>(), [b], "a graph with a cycle stays as it is");
    }

    #[test]
    fn a_cycle_is_named_by_its_nodes() {
        let mut graph = Graph::new();
        let [a, b, c, d] = ["a", "b", "c", "d"].map(|name| graph.add(name));
        for (first, then) in [(a, b), (b, c), (c, b), (c, d)] {
            graph.before(first, then);
        }
        let Err(Cycle(nodes)) = graph.order() else { panic!("there is a cycle") };
        let mut nodes: Vec<&str> = nodes.into_iter().map(|node| *graph.get(node)).collect();
        nodes.sort_unstable();
        assert_eq!(nodes, ["b", "c"]);
    }
}
