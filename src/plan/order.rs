//! The order of a plan's steps: by reference, by what state remembers, and by meaning (P11).

use std::collections::{BTreeMap, HashMap};

use super::build::{Inputs, StepsOf};
use super::selection::Selection;
use super::sites::Sites;
use super::step::{Action, PlanNode, Step};
use super::values::Values;
use crate::address::{ModulePath, ResourceAddress};
use crate::graph::{Graph, Node};
use crate::resource::Ordering;

type ByResource = HashMap<(Node, ModulePath), StepsOf>;

/// The graph of the steps and of everything that is evaluated between them.
pub(crate) fn graph(
    sites: &Sites,
    values: &Values,
    steps: &[Step],
    by_resource: &ByResource,
    inputs: &Inputs<'_>,
) -> Graph<PlanNode> {
    let mut order =
        Order { graph: Graph::new(), applies: vec![None; steps.len()], destroys: vec![None; steps.len()], steps };
    order.evaluations(sites, values, by_resource, inputs.selection);
    order.destructions();
    order.meanings(inputs);
    order.graph
}

struct Order<'a> {
    graph: Graph<PlanNode>,
    applies: Vec<Option<Node>>,
    destroys: Vec<Option<Node>>,
    steps: &'a [Step],
}

/// The steps of one resource, whatever the module instance, as dependencies in state name it.
#[derive(Default)]
struct Group {
    /// Opens when everything that depended on the resource is deleted: for objects that make way.
    deletes: Option<Node>,
    /// As `deletes`, and when everything that is made or changed has let go of it: for objects that go for good.
    pure_deletes: Option<Node>,
    destroyed: Vec<usize>,
}

impl Order<'_> {
    /// What is evaluated and applied, each behind what it refers to. Instances of a resource start together and join in the
    /// node that evaluates the resource as a whole, so that edges stay few.
    fn evaluations(&mut self, sites: &Sites, values: &Values, by_resource: &ByResource, selection: &Selection) {
        let mut joins: HashMap<(Node, ModulePath), Node> = HashMap::new();
        // What checks read is read when everything is done, so that they see what there is then.
        let all_done = self.graph.add(PlanNode::Gate);
        for site in sites.order().iter().filter(|site| selection.has_site(**site)) {
            let path = &sites.get(*site).module.path;
            for at in values.instances(path) {
                let before: Vec<Node> =
                    sites.before(*site).flat_map(|b| visible(sites, values, b, at, &joins)).collect();
                let join = self.graph.add(PlanNode::Evaluate(*site, at.clone()));
                joins.insert((*site, at.clone()), join);
                let steps = by_resource.get(&(*site, at.clone())).map(|steps| steps.all.as_slice()).unwrap_or_default();
                if steps.is_empty() {
                    before.iter().for_each(|node| self.graph.before(*node, join));
                    continue;
                }
                let start = if steps.len() == 1 { None } else { Some(self.graph.add(PlanNode::Gate)) };
                if let Some(start) = start {
                    before.iter().for_each(|node| self.graph.before(*node, start));
                }
                for step in steps {
                    let apply = self.graph.add(PlanNode::Apply(*step));
                    self.applies[*step] = Some(apply);
                    if sites.is_of_check(*site) {
                        self.graph.before(all_done, apply);
                    } else {
                        self.graph.before(apply, all_done);
                    }
                    match start {
                        Some(start) => self.graph.before(start, apply),
                        None => before.iter().for_each(|node| self.graph.before(*node, apply)),
                    }
                    self.graph.before(apply, join);
                }
            }
        }
    }

    /// What is deleted: first what depends on it, by what state remembers.
    fn destructions(&mut self) {
        let steps = self.steps;
        for (i, step) in steps.iter().enumerate().filter(|(_, step)| step.destroys()) {
            let destroy = self.graph.add(PlanNode::Destroy(i));
            self.destroys[i] = Some(destroy);
            match self.applies[i] {
                Some(apply) if step.create_first => self.graph.before(apply, destroy),
                Some(apply) => self.graph.before(destroy, apply),
                None => {}
            }
        }
        let mut groups = self.groups();
        for group in groups.values_mut().filter(|group| !group.destroyed.is_empty()) {
            let (deletes, pure) = (self.graph.add(PlanNode::Gate), self.graph.add(PlanNode::Gate));
            (group.deletes, group.pure_deletes) = (Some(deletes), Some(pure));
            for step in &group.destroyed {
                let last = self.steps[*step].action == Action::Delete || self.steps[*step].create_first;
                let gate = if last { pure } else { deletes };
                if let Some(destroy) = self.destroys[*step] {
                    self.graph.before(gate, destroy);
                }
            }
        }
        let mut updates = Vec::new();
        for (i, step) in self.steps.iter().enumerate() {
            for dependency in step.dependencies.iter() {
                let Some(group) = groups.get(dependency) else {
                    continue;
                };
                let (Some(deletes), Some(pure)) = (group.deletes, group.pure_deletes) else {
                    continue;
                };
                if let Some(destroy) = self.destroys[i] {
                    self.graph.before(destroy, deletes);
                    self.graph.before(destroy, pure);
                }
                if let Some(apply) = self.applies[i] {
                    updates.push((apply, pure));
                }
            }
        }
        self.graph.before_without_circle(updates);
    }

    fn groups(&self) -> BTreeMap<ResourceAddress, Group> {
        let mut groups: BTreeMap<ResourceAddress, Group> = BTreeMap::new();
        for (i, step) in self.steps.iter().enumerate() {
            let group = groups.entry(without_keys(&step.address.resource)).or_default();
            if step.destroys() {
                group.destroyed.push(i);
            }
        }
        groups
    }

    /// What state's dependencies and the types' own rules ask for beyond references.
    fn meanings(&mut self, inputs: &Inputs<'_>) {
        let mut edges = Vec::new();
        // An old object holds on to what it depended on until it goes. That comes before what is only meant to be in order.
        let mut holds = Vec::new();
        // An update waits for what is deleted in its name, and a deletion for the updates that let go of it.
        let remembered = |step: &Step| {
            let observation = inputs.observed.instances.get(&step.address);
            observation.map(|found| found.dependencies.clone()).unwrap_or_default()
        };
        let mut deleted_children: HashMap<ResourceAddress, Vec<usize>> = HashMap::new();
        let mut deleted_parents: HashMap<ResourceAddress, Vec<usize>> = HashMap::new();
        for (i, step) in self.steps.iter().enumerate().filter(|(_, step)| step.destroys()) {
            // What makes way for a new object depended on what state remembers, not on what the new one will need.
            let before = if step.action == Action::Delete { step.dependencies.clone() } else { remembered(step) };
            for dependency in before.iter().filter(|_| !step.create_first) {
                deleted_children.entry(dependency.clone()).or_default().push(i);
            }
            deleted_parents.entry(without_keys(&step.address.resource)).or_default().push(i);
        }
        for (i, step) in self.steps.iter().enumerate() {
            let Some(apply) = self.applies[i] else {
                continue;
            };
            let rules = inputs
                .providers
                .resource(&step.address.resource.ty, &step.provider)
                .map(|r| r.ordering())
                .unwrap_or_default();
            for rule in rules {
                if let Ordering::UpdateAfterDeleting(ty) = *rule {
                    let children = deleted_children.get(&without_keys(&step.address.resource)).into_iter().flatten();
                    let children = children.filter(|child| &*self.steps[**child].address.resource.ty == ty);
                    edges.extend(children.filter_map(|child| self.destroys[*child]).map(|destroy| (destroy, apply)));
                }
            }
            for dependency in remembered(step).iter() {
                let lets_go = !step.dependencies.contains(dependency);
                let parents = deleted_parents.get(dependency).into_iter().flatten();
                let parents = parents.filter(|parent| lets_go || self.steps[**parent].action == Action::Delete);
                for destroy in parents.filter_map(|parent| self.destroys[*parent]) {
                    edges.push((apply, destroy));
                    holds.extend(self.destroys[i].map(|old| (old, destroy)));
                }
            }
        }
        self.graph.before_without_circle(holds.into_iter().chain(edges));
    }
}

/// The nodes that stand for a site as seen from a module instance: that of its own or an enclosing module, or of all the
/// instances of another module that are called from one of these.
fn visible(
    sites: &Sites,
    values: &Values,
    site: Node,
    from: &ModulePath,
    joins: &HashMap<(Node, ModulePath), Node>,
) -> Vec<Node> {
    let path = &sites.get(site).module.path;
    // The input of a module is seen from where the module is called, which may look into another module.
    let shared = path.iter().zip(from.steps()).take_while(|(name, step)| **name == step.name).count();
    let around = &from.steps()[..shared];
    if shared == path.len() {
        let at = around.iter().fold(ModulePath::root(), |at, step| at.child(&step.name, step.key.clone()));
        return joins.get(&(site, at)).copied().into_iter().collect();
    }
    let inside = values.instances(path).iter().filter(|at| at.steps().starts_with(around));
    inside.filter_map(|at| joins.get(&(site, at.clone())).copied()).collect()
}

/// The form in which state names dependencies: module instances without their keys.
pub(crate) fn without_keys(address: &ResourceAddress) -> ResourceAddress {
    address.without_keys()
}
