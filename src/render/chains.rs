//! Which operations of a plan wait for which, to say what holds up the rest.

use std::collections::HashMap;
use std::time::Duration;

use crate::address::Address;
use crate::apply::event::Doing;
use crate::plan::step::{Action, Plan, PlanNode};

/// The operations of a plan in their order.
#[derive(Clone, Debug, Default)]
pub struct Chains {
    nodes: HashMap<(Address, bool), usize>,
    /// The operation of each node; nothing for what takes no time.
    operations: Vec<Option<(Address, bool)>>,
    after: Vec<Vec<usize>>,
    order: Vec<usize>,
}

impl Chains {
    /// Those of a plan.
    pub fn of(plan: &Plan) -> Self {
        let operation = |node: &PlanNode| match node {
            PlanNode::Apply(step) if plan.steps[*step].action != Action::Forget => {
                Some((plan.steps[*step].address.clone(), false))
            }
            PlanNode::Destroy(step) => Some((plan.steps[*step].address.clone(), true)),
            PlanNode::Apply(_) | PlanNode::Evaluate(..) | PlanNode::Gate => None,
        };
        let graph = &plan.graph;
        let operations: Vec<_> = graph.nodes().map(|node| operation(graph.get(node))).collect();
        let nodes = operations.iter().enumerate().filter_map(|(at, it)| Some((it.clone()?, at))).collect();
        let after = graph.nodes().map(|node| graph.successors(node).map(|next| next.index()).collect()).collect();
        // A plan with a circle is refused before anything runs.
        let order = graph.order().map_or_else(|_| Vec::new(), |order| order.iter().map(|it| it.index()).collect());
        Self { nodes, operations, after, order }
    }

    /// How many operations cannot begin before this one has ended.
    pub fn behind(&self, address: &Address, doing: Doing) -> usize {
        let Some(&start) = self.nodes.get(&(address.clone(), doing == Doing::Destroying)) else {
            return 0;
        };
        let mut seen = vec![false; self.after.len()];
        seen[start] = true;
        let mut stack = vec![start];
        let mut count = 0;
        while let Some(at) = stack.pop() {
            for &next in &self.after[at] {
                if !std::mem::replace(&mut seen[next], true) {
                    count += usize::from(self.operations[next].is_some());
                    stack.push(next);
                }
            }
        }
        count
    }

    /// The chain of operations that took longest, one waiting for the other, and how long it took.
    pub fn longest(&self, took: impl Fn(&Address, bool) -> Duration) -> (Vec<&Address>, Duration) {
        let mut before: Vec<Option<usize>> = vec![None; self.after.len()];
        let mut begins = vec![Duration::ZERO; self.after.len()];
        let mut last: Option<(usize, Duration)> = None;
        for &at in &self.order {
            let own = self.operations[at].as_ref().map_or(Duration::ZERO, |(address, gone)| took(address, *gone));
            let end = begins[at] + own;
            if last.is_none_or(|(_, longest)| end > longest) {
                last = Some((at, end));
            }
            for &next in &self.after[at] {
                if end > begins[next] {
                    (begins[next], before[next]) = (end, Some(at));
                }
            }
        }
        let Some((mut at, total)) = last else {
            return (Vec::new(), Duration::ZERO);
        };
        let mut chain = Vec::new();
        loop {
            chain.extend(self.operations[at].as_ref().map(|(address, _)| address));
            match before[at] {
                Some(earlier) => at = earlier,
                None => break,
            }
        }
        chain.reverse();
        (chain, total)
    }
}
