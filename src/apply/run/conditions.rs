//! Conditions while a plan is applied: those that the plan could not tell, and all of what is made or changed.

use super::Runner;
use crate::address::{Address, Key, ResourceAddress};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::graph::Node;
use crate::language::config::{Module, Resource, ResourceKey};
use crate::plan::build::as_warnings;
use crate::plan::checks::{self, At, Checked};
use crate::plan::conditions::{self, Kind};
use crate::plan::desired;
use crate::plan::step::{Origin, PlanNode, Step};
use crate::plan::values::ModuleScope;
use crate::value::{Type, Value};

impl Runner<'_> {
    pub(super) fn preconditions(&mut self, step: &Step, origin: &Origin, block: &Resource, problems: &mut Diagnostics) {
        if !block.lifecycle.has_conditions() {
            return;
        }
        let scope = self.scope(step, origin);
        let mut new = Diagnostics::new();
        let found = conditions::evaluate(&block.lifecycle.preconditions, Kind::Precondition, &scope, &mut new);
        desired::place(&mut new, block, &step.address, &scope);
        problems.extend(new);
        let (checked, at) = checked(&origin.module, &step.address);
        self.checks.set(checked, at, found);
    }

    /// Checks the postconditions of what a step has made.
    pub(super) fn postconditions(
        &mut self,
        step: &Step,
        origin: &Origin,
        block: &Resource,
        value: &Value,
    ) -> Result<(), Box<Diagnostic>> {
        if block.lifecycle.postconditions.is_empty() {
            return Ok(());
        }
        let scope = ModuleScope { this: Some(value), ..self.scope(step, origin) };
        let mut problems = Diagnostics::new();
        let found = conditions::evaluate(&block.lifecycle.postconditions, Kind::Postcondition, &scope, &mut problems);
        desired::place(&mut problems, block, &step.address, &scope);
        let (checked, at) = checked(&origin.module, &step.address);
        self.checks.add(checked, at, found);
        self.first_error(problems)
    }

    /// Checks the conditions of instances that stay as they are where the plan could not tell.
    pub(super) fn settle_conditions(
        &mut self,
        site: Node,
        address: &ResourceAddress,
        (module, block): (&Module, &Resource),
    ) {
        let plan = self.plan;
        let open = plan.unsettled.get(&(site, address.module.clone())).into_iter().flatten();
        for (key, repeat) in open {
            let address = address.instance(key.clone());
            let value = self.instances.get(&address.resource).and_then(|all| all.get(key));
            let scope = ModuleScope {
                values: &self.values,
                surroundings: &self.surroundings,
                module,
                at: &address.resource.module,
                repeat,
                this: None,
            };
            let mut problems = Diagnostics::new();
            let rules = &block.lifecycle;
            let mut found = conditions::evaluate(&rules.preconditions, Kind::Precondition, &scope, &mut problems);
            let scope = ModuleScope { this: value, ..scope };
            found.join(conditions::evaluate(&rules.postconditions, Kind::Postcondition, &scope, &mut problems));
            desired::place(&mut problems, block, &address, &scope);
            self.problems.extend(problems);
            let (checked, at) = checked(module, &address);
            self.checks.set(checked, at, found);
        }
    }

    /// The first error among problems; its fellows and all warnings are told right away.
    pub(super) fn first_error(&mut self, problems: Diagnostics) -> Result<(), Box<Diagnostic>> {
        let mut first = None;
        for problem in problems {
            if first.is_none() && problem.severity == Severity::Error {
                first = Some(Box::new(problem));
            } else {
                self.problems.push(problem);
            }
        }
        first.map_or(Ok(()), Err)
    }

    /// Checks the postconditions of what a step has made.
    pub(super) fn made(&mut self, step: &Step, value: &Value) -> Result<(), Box<Diagnostic>> {
        let origin = self.origin(step);
        let block = origin.as_ref().and_then(|origin| origin.module.resources.get(&origin.key));
        match (&origin, block) {
            (Some(origin), Some(block)) => self.postconditions(step, origin, block, value),
            _ => Ok(()),
        }
    }

    /// A failure; a warning where it is that of a check's data source, behind which everything goes on.
    pub(super) fn fail_or_warn(&mut self, node: Node, address: Address, problem: Diagnostic) {
        let PlanNode::Apply(step) = self.plan.graph.get(node) else {
            return self.fail(node, address, problem);
        };
        let origin = self.plan.steps[*step].origin.as_ref();
        let block = origin.and_then(|origin| origin.module.resources.get(&origin.key));
        let (Some(origin), Some(check)) = (origin, block.and_then(|block| block.check.clone())) else {
            return self.fail(node, address, problem);
        };
        let checked = Checked { module: origin.module.path.clone(), item: checks::Item::Check(check) };
        let at = (address.resource.module.clone(), Key::None);
        let told = as_warnings(problem.into(), checked, at, &mut self.checks);
        self.problems.extend(told);
        self.remember(&address, Value::unknown(Type::Dynamic));
        self.walk.done(&self.plan.graph, node);
    }
}

/// What the conditions of an instance are recorded under.
fn checked(module: &Module, address: &Address) -> (Checked, At) {
    let ResourceAddress { module: at, mode, ty, name } = &address.resource;
    let key = ResourceKey { mode: *mode, ty: ty.clone(), name: name.clone() };
    (Checked { module: module.path.clone(), item: checks::Item::Resource(key) }, (at.clone(), address.key.clone()))
}
