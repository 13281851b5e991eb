//! Everything of a configuration that is evaluated, and what must be evaluated before it.
//!
//! A site is a variable, local, output, module call or resource as written: one for all instances of its module.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::address::{Mode, ResourceAddress};
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::graph::{Cycle, Graph, Node};
use crate::language::ast::Expr;
use crate::language::config::{Config, Module, ResourceKey};
use crate::language::references::{self, Access, Reference, Subject};
use crate::plan::variables::validates_apart;
use crate::resource::{Ordering, Registry};

/// What a site is within its module.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Item {
    /// A variable.
    Variable(Arc<str>),
    /// A local.
    Local(Arc<str>),
    /// An output.
    Output(Arc<str>),
    /// A module call: how many instances it has.
    Call(Arc<str>),
    /// A resource or data source.
    Resource(ResourceKey),
    /// The rules of a variable, where they refer to more than the variable.
    Validation(Arc<str>),
    /// The assertions of a check.
    Check(Arc<str>),
}

/// A thing that is evaluated.
#[derive(Clone, Debug)]
pub struct Site {
    /// The module it is written in.
    pub module: Arc<Module>,
    /// What it is there.
    pub item: Item,
}

type ModuleNames = Vec<Arc<str>>;

/// All sites of a configuration in their order.
#[derive(Debug)]
pub struct Sites {
    graph: Graph<Site>,
    order: Vec<Node>,
    index: HashMap<ModuleNames, HashMap<Item, Node>>,
}

impl Sites {
    /// The sites of a configuration; a cycle among them is a problem.
    pub fn new(config: &Config, registry: &Registry, problems: &mut Diagnostics) -> Option<Self> {
        let mut sites = Self { graph: Graph::new(), order: Vec::new(), index: HashMap::new() };
        sites.add_module(&config.root);
        sites.connect_module(&config.root, None);
        sites.connect_imports(&config.root);
        sites.connect_siblings(registry);
        match sites.graph.order() {
            Ok(order) => {
                sites.order = order;
                Some(sites)
            }
            Err(cycle) => {
                problems.push(sites.describe(&cycle));
                None
            }
        }
    }

    /// All sites, each behind those it refers to.
    pub fn order(&self) -> &[Node] {
        &self.order
    }

    /// A site.
    pub fn get(&self, node: Node) -> &Site {
        self.graph.get(node)
    }

    /// The sites that a site refers to or waits for.
    pub fn before(&self, node: Node) -> impl Iterator<Item = Node> + '_ {
        self.graph.predecessors(node)
    }

    /// The sites that refer to a site or wait for it.
    pub fn after(&self, node: Node) -> impl Iterator<Item = Node> + '_ {
        self.graph.successors(node)
    }

    /// How many sites there are.
    pub fn len(&self) -> usize {
        self.graph.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.graph.is_empty()
    }

    /// For each site, by position, the managed resources it depends on directly or through values that are no resources.
    pub fn dependencies(&self) -> Vec<Arc<BTreeSet<Node>>> {
        let mut found: Vec<Arc<BTreeSet<Node>>> = vec![Arc::default(); self.len()];
        for node in &self.order {
            let mut set = BTreeSet::new();
            let mut only: Option<&Arc<BTreeSet<Node>>> = None;
            for before in self.before(*node) {
                if self.is_managed(before) {
                    set.insert(before);
                } else if set.is_empty() && only.is_none() {
                    only = Some(&found[before.index()]);
                } else {
                    set.extend(found[before.index()].iter());
                }
            }
            found[node.index()] = match only {
                // A chain of locals shares one set instead of copying it along.
                Some(shared) if set.is_empty() => shared.clone(),
                Some(shared) => Arc::new(shared.iter().copied().chain(set).collect()),
                None => Arc::new(set),
            };
        }
        found
    }

    fn is_check(&self, node: Node) -> bool {
        matches!(self.get(node).item, Item::Check(_))
    }

    /// Whether a site is the data source of a check.
    pub fn is_of_check(&self, node: Node) -> bool {
        let site = self.get(node);
        matches!(&site.item, Item::Resource(key) if site.module.resources.get(key).is_some_and(|it| it.check.is_some()))
    }

    fn is_managed(&self, node: Node) -> bool {
        matches!(&self.get(node).item, Item::Resource(key) if key.mode == Mode::Managed)
    }

    fn add_module(&mut self, module: &Arc<Module>) {
        let items = module.variables.keys().cloned().map(Item::Variable);
        let items = items.chain(module.locals.keys().cloned().map(Item::Local));
        let items = items.chain(module.calls.keys().cloned().map(Item::Call));
        let items = items.chain(module.resources.keys().cloned().map(Item::Resource));
        let items = items.chain(module.outputs.keys().cloned().map(Item::Output));
        let apart = module.variables.iter().filter(|(_, variable)| validates_apart(variable));
        let items = items.chain(apart.map(|(name, _)| Item::Validation(name.clone())));
        let items = items.chain(module.checks.keys().cloned().map(Item::Check));
        let mut index = HashMap::new();
        for item in items {
            let node = self.graph.add(Site { module: module.clone(), item: item.clone() });
            index.insert(item, node);
        }
        self.index.insert(module.path.clone(), index);
        for call in module.calls.values() {
            self.add_module(&call.module);
        }
    }

    fn node(&self, module: &Module, item: &Item) -> Option<Node> {
        self.index.get(&module.path)?.get(item).copied()
    }

    fn connect_module(&mut self, module: &Arc<Module>, parent: Option<(&Arc<Module>, &Arc<str>)>) {
        for (item, node) in self.index.get(&module.path).cloned().unwrap_or_default() {
            let references = match &item {
                Item::Variable(name) => {
                    if let Some((parent, call)) = parent
                        && let Some(expr) = parent.calls.get(call).and_then(|call| call.inputs.get(name))
                    {
                        let references = of_expr(expr);
                        self.connect(parent, node, &references);
                    }
                    Vec::new()
                }
                Item::Validation(name) => {
                    let rules = module.variables.get(name).into_iter().flat_map(|variable| &variable.validations);
                    let all =
                        rules.flat_map(|rule| of_expr(&rule.condition).into_iter().chain(of_expr(&rule.error_message)));
                    all.collect()
                }
                Item::Check(name) => module.checks.get(name).map(|check| check.references.clone()).unwrap_or_default(),
                Item::Local(name) => module.locals.get(name).map(|local| local.references.clone()).unwrap_or_default(),
                Item::Output(name) => module.outputs.get(name).map_or_else(Vec::new, |output| {
                    output.references.iter().chain(&output.depends_on).cloned().collect()
                }),
                Item::Call(name) => module
                    .calls
                    .get(name)
                    .map_or_else(Vec::new, |call| call.references.iter().chain(&call.depends_on).cloned().collect()),
                Item::Resource(key) => module.resources.get(key).map_or_else(Vec::new, |resource| {
                    let triggers = &resource.lifecycle.replace_triggered_by;
                    resource.references.iter().chain(&resource.depends_on).chain(triggers).cloned().collect()
                }),
            };
            self.connect(module, node, &references);
            // Everything in a module waits for the call, which says how many instances of it there are.
            if let Some((parent, call)) = parent
                && let Some(expansion) = self.node(parent, &Item::Call(call.clone()))
            {
                self.graph.before(expansion, node);
            }
        }
        for (name, call) in &module.calls {
            self.connect_module(&call.module, Some((module, name)));
        }
    }

    /// A resource waits for what says which object it takes over.
    fn connect_imports(&mut self, root: &Arc<Module>) {
        for import in &root.imports {
            let index = self.index.get(&import.module);
            if let Some(node) = index.and_then(|index| index.get(&Item::Resource(import.resource.clone()))).copied() {
                self.connect(root, node, &import.references);
            }
        }
    }

    fn connect(&mut self, module: &Arc<Module>, node: Node, references: &[Reference]) {
        let mut seen = HashSet::new();
        for reference in references {
            for before in self.targets(module, reference) {
                if seen.insert(before) {
                    self.graph.before(before, node);
                }
            }
        }
    }

    /// The sites that a reference needs.
    pub fn targets(&self, module: &Module, reference: &Reference) -> Vec<Node> {
        let item = match &reference.subject {
            Subject::Variable(name) => Item::Variable(name.clone()),
            Subject::Local(name) => Item::Local(name.clone()),
            Subject::Resource(key) => Item::Resource(key.clone()),
            Subject::Module(name) => return self.module_targets(module, name, &reference.rest),
            Subject::Each(_) | Subject::CountIndex | Subject::Path(_) | Subject::Terraform(_) | Subject::ThisObject => {
                return Vec::new();
            }
        };
        self.node(module, &item).into_iter().collect()
    }

    /// The resources that an attribute of a resource refers to.
    pub fn referred(&self, module: &Module, key: &ResourceKey, attribute: &str) -> Vec<Node> {
        let keys = referred(module, key, attribute).into_iter();
        keys.filter_map(|key| self.node(module, &Item::Resource(key))).collect()
    }

    fn module_targets(&self, module: &Module, name: &Arc<str>, rest: &[Access]) -> Vec<Node> {
        let Some(call) = module.calls.get(name) else {
            return Vec::new();
        };
        let expansion = self.node(module, &Item::Call(name.clone())).into_iter();
        let output = rest.iter().find_map(|access| match access {
            Access::Attribute(name) => Some(name),
            _ => None,
        });
        if let Some(output) = output {
            return expansion.chain(self.node(&call.module, &Item::Output(output.clone()))).collect();
        }
        // The module as a whole, as in `depends_on`: everything in it but its checks, which come behind everything.
        let mut all: Vec<Node> = expansion.collect();
        let mut modules = vec![&call.module];
        while let Some(inner) = modules.pop() {
            let sites = self.index.get(&inner.path).into_iter().flat_map(|index| index.values());
            all.extend(sites.filter(|node| !self.is_check(**node) && !self.is_of_check(**node)));
            modules.extend(inner.calls.values().map(|call| &call.module));
        }
        all
    }

    /// Order by meaning (P11): resources that refer to one thing through certain attributes follow one another.
    fn connect_siblings(&mut self, registry: &Registry) {
        let resources: Vec<(Node, Arc<Module>, ResourceKey)> = (self.graph.nodes())
            .filter_map(|node| match &self.get(node).item {
                Item::Resource(key) if key.mode == Mode::Managed => {
                    Some((node, self.get(node).module.clone(), key.clone()))
                }
                _ => None,
            })
            .collect();
        let mut by_shared: HashMap<(ModuleNames, Arc<str>, &'static str, ResourceKey), Vec<Node>> = HashMap::new();
        let mut wanted = Vec::new();
        for (node, module, key) in &resources {
            let Some(resource) = registry.resource(&key.ty) else {
                continue;
            };
            for ordering in resource.ordering() {
                if let Ordering::AfterSiblings { mine, ty, theirs } = *ordering {
                    wanted.push((*node, module.clone(), key.clone(), mine, ty, theirs));
                }
            }
        }
        let attributes: BTreeSet<(&str, &'static str)> =
            wanted.iter().map(|(_, _, _, _, ty, theirs)| (*ty, *theirs)).collect();
        for (ty, theirs) in attributes {
            for (node, module, key) in resources.iter().filter(|(_, _, key)| &*key.ty == ty) {
                for shared in referred(module, key, theirs) {
                    by_shared.entry((module.path.clone(), key.ty.clone(), theirs, shared)).or_default().push(*node);
                }
            }
        }
        let mut edges = Vec::new();
        for (node, module, key, mine, ty, theirs) in wanted {
            for shared in referred(&module, &key, mine) {
                let siblings = by_shared.get(&(module.path.clone(), Arc::from(ty), theirs, shared));
                edges.extend(siblings.into_iter().flatten().map(|sibling| (*sibling, node)));
            }
        }
        // A policy that names the function's ARN comes after it all the same.
        self.graph.before_without_circle(edges);
    }

    fn describe(&self, cycle: &Cycle) -> Diagnostic {
        let names: Vec<String> = cycle.0.iter().map(|node| self.name(*node)).collect();
        let way = names.iter().chain(names.first()).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" → ");
        let span = cycle.0.first().and_then(|node| self.span(*node));
        Diagnostic::error("Cycle").with(|d| {
            d.at(span).detail(format!("These wait for each other, each for the one before it: {way}."));
            d.help("Take one of the references out, or move what both need into a third place.");
        })
    }

    /// The name of a site, as an address.
    pub fn name(&self, node: Node) -> String {
        let site = self.get(node);
        let prefix: String = site.module.path.iter().map(|name| format!("module.{name}.")).collect();
        let own = match &site.item {
            Item::Variable(name) => format!("var.{name}"),
            Item::Local(name) => format!("local.{name}"),
            Item::Output(name) => format!("output.{name}"),
            Item::Call(name) => format!("module.{name}"),
            Item::Validation(name) => format!("validation of var.{name}"),
            Item::Check(name) => format!("check.{name}"),
            Item::Resource(key) => Subject::Resource(key.clone()).to_string(),
        };
        format!("{prefix}{own}")
    }

    fn span(&self, node: Node) -> Option<Span> {
        let site = self.get(node);
        match &site.item {
            Item::Variable(name) => site.module.variables.get(name).map(|v| v.header),
            Item::Local(name) => site.module.locals.get(name).map(|l| l.name.span),
            Item::Output(name) => site.module.outputs.get(name).map(|o| o.header),
            Item::Call(name) => site.module.calls.get(name).map(|c| c.header),
            Item::Validation(name) => site.module.variables.get(name).map(|v| v.header),
            Item::Check(name) => site.module.checks.get(name).map(|c| c.header),
            Item::Resource(key) => site.module.resources.get(key).map(|r| r.header),
        }
    }

    /// The address of a resource site without the keys of module instances: the form of dependencies in state.
    pub fn static_address(&self, node: Node) -> Option<ResourceAddress> {
        let site = self.get(node);
        let Item::Resource(key) = &site.item else {
            return None;
        };
        let root = crate::address::ModulePath::root();
        let module = site.module.path.iter().fold(root, |path, name| path.child(name, crate::address::Key::None));
        Some(ResourceAddress { module, mode: key.mode, ty: key.ty.clone(), name: key.name.clone() })
    }
}

/// What an expression refers to; what is wrong with its references was reported when it was compiled.
fn of_expr(expr: &Expr) -> Vec<Reference> {
    references::of_expr(expr, &mut Diagnostics::new())
}

/// The resources that an attribute of a resource refers to.
fn referred(module: &Module, key: &ResourceKey, attribute: &str) -> Vec<ResourceKey> {
    let expr = module.resources.get(key).and_then(|resource| resource.body.attribute(attribute));
    let references = expr.map(|attribute| of_expr(&attribute.expr)).unwrap_or_default();
    let keys = references.into_iter().filter_map(|reference| match reference.subject {
        Subject::Resource(key) if key.mode == Mode::Managed => Some(key),
        _ => None,
    });
    keys.collect()
}
