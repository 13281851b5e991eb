//! Mistakes in `moved` blocks, which show only when the instances of everything are known.

use std::collections::{BTreeMap, HashSet};

use super::statement::{Kind, Statement};
use super::{Moves, explicit};
use crate::address::{Address, ModulePath, ResourceAddress, Target};
use crate::diagnostic::Diagnostics;
use crate::language::config::Config;
use crate::plan::values::Values;
use crate::plan::{block_of, call_of};

/// Reports what is wrong with the `moved` blocks of a configuration, and moves that could not be made.
pub(in crate::plan) fn check(
    config: &Config,
    moves: &Moves,
    values: &Values,
    instances: &HashSet<Address>,
    problems: &mut Diagnostics,
) {
    let mut statements = Vec::new();
    explicit(&config.root, &mut statements);
    let mut checker =
        Checker { config, values, instances, problems, sources: BTreeMap::new(), destinations: BTreeMap::new() };
    let before = checker.problems.len();
    for statement in &statements {
        for base in values.instances(&statement.base) {
            checker.statement(statement, base);
        }
    }
    let failed = problems.len() > before;
    if !failed && !moves.cycle.is_empty() {
        let lines: String = moves.cycle.iter().map(|line| format!("\n  - {line}")).collect();
        problems
            .error("Cyclic dependency in move statements")
            .detail(format!("These moves wait for each other, so that none can be made first:{lines}"))
            .help("Take one of the `moved` blocks out, or let each lead to where the object is now.");
    }
    if !moves.blocked.is_empty() {
        let lines: String =
            moves.blocked.iter().map(|(from, to)| format!("\n  - {from} could not move to {to}")).collect();
        problems
            .warning("Unresolved resource instance address changes")
            .detail(format!(
                "State has something at the new address already, so these objects stay where they were, and what the \
                 configuration says of their old address is planned:{lines}"
            ))
            .help("If that is not meant, remove or rename one of the two objects in state, and plan again.");
    }
}

struct Checker<'a> {
    config: &'a Config,
    values: &'a Values,
    instances: &'a HashSet<Address>,
    problems: &'a mut Diagnostics,
    sources: BTreeMap<Target, Target>,
    destinations: BTreeMap<Target, Target>,
}

impl Checker<'_> {
    fn statement(&mut self, statement: &Statement, base: &ModulePath) {
        let from = Statement::seen_from(&statement.from, base);
        let to = Statement::seen_from(&statement.to, base);
        let (noun, short) = match statement.kind {
            Kind::Call => ("module", "module"),
            Kind::Module => ("module instance", "instance"),
            Kind::Resource => ("resource", "resource"),
            Kind::Instance => ("resource instance", "instance"),
        };
        if from == to {
            self.problems
                .error("Redundant move statement")
                .at(statement.at)
                .detail(format!("The {noun} `{from}` moves to where it is, which says nothing."))
                .help("Take the block out, or correct one of the two addresses.");
            return;
        }
        if self.is_declared(statement.kind, &from) {
            self.problems
                .error("Moved object still exists")
                .at(statement.at)
                .detail(format!("The {noun} `{from}` is said to have moved, but the configuration still has it."))
                .help(format!("Rename it, so that this {short} is `{to}`, or take the `moved` block out."));
        }
        if let Some(other) = self.sources.get(&from)
            && *other != to
        {
            self.problems
                .error("Ambiguous move statements")
                .at(statement.at)
                .detail(format!("The {noun} `{from}` moves to `{other}` by one block, and to `{to}` by this one."))
                .help(format!("One {short} moves to one place only; take one of the two blocks out."));
        } else {
            self.sources.insert(from.clone(), to.clone());
        }
        if let Some(other) = self.destinations.get(&to)
            && *other != from
        {
            self.problems
                .error("Ambiguous move statements")
                .at(statement.at)
                .detail(format!("`{other}` moves to `{to}` by one block, and `{from}` moves there by this one."))
                .help(format!("Only one {short} can move to one place; take one of the two blocks out."));
        } else {
            self.destinations.insert(to, from);
        }
    }

    fn is_declared(&self, kind: Kind, target: &Target) -> bool {
        match target {
            Target::Module(module) => match kind {
                Kind::Call => call_of(self.config, module).is_some() && self.is_module(&parent(module)),
                Kind::Module | Kind::Resource | Kind::Instance => self.is_module(module),
            },
            Target::Resource(address) => match kind {
                Kind::Instance => self.instances.contains(address),
                Kind::Call | Kind::Module | Kind::Resource => self.is_resource(&address.resource),
            },
        }
    }

    fn is_resource(&self, resource: &ResourceAddress) -> bool {
        block_of(self.config, resource).is_some() && self.is_module(&resource.module)
    }

    fn is_module(&self, module: &ModulePath) -> bool {
        self.values.instances(&module.call_names()).contains(module)
    }
}

/// The module instance around another one.
fn parent(module: &ModulePath) -> ModulePath {
    let steps = module.steps();
    let parents = &steps[..steps.len().saturating_sub(1)];
    parents.iter().fold(ModulePath::root(), |path, step| path.child(&step.name, step.key.clone()))
}
