//! What is evaluated between the steps: variables, locals, outputs, checks, and resources as a whole.

use super::Runner;
use crate::address::{ModulePath, ResourceAddress};
use crate::diagnostic::Severity;
use crate::graph::Node;
use crate::plan::build::evaluate;
use crate::plan::sites::Item;
use crate::plan::values::{Shape, whole};
use crate::plan::{tell_calls, variables};

impl Runner<'_> {
    pub(super) fn evaluate(&mut self, node: Node, of: Node, at: &ModulePath) {
        if !self.plan.destroys_all {
            let sites = self.job.sites;
            let site = sites.get(of);
            let surroundings = &self.surroundings;
            let before = self.problems.len();
            match &site.item {
                Item::Variable(name) => {
                    let (root, given) = (&self.job.wish.config.root, (self.job.wish.variables, surroundings));
                    let (checks, problems) = (&mut self.checks, &mut self.problems);
                    variables::evaluate(&mut self.values, root, given, (&*site.module, at), name, checks, problems);
                }
                Item::Local(_) | Item::Output(_) | Item::Check(_) => {
                    let results = (&mut self.checks, &mut self.problems);
                    evaluate(&mut self.values, surroundings, (&site.module, at), &site.item, results);
                }
                Item::Validation(name) => {
                    let around = (&self.job.wish.config.root, surroundings);
                    let (checks, problems) = (&mut self.checks, &mut self.problems);
                    variables::validate(&self.values, around, (&*site.module, at), name, checks, problems);
                }
                Item::Call(_) => {}
                Item::Resource(key) => {
                    let Some(resource) = site.module.resources.get(key) else {
                        return;
                    };
                    let address = ResourceAddress {
                        module: at.clone(),
                        mode: key.mode,
                        ty: key.ty.clone(),
                        name: key.name.clone(),
                    };
                    let instances = self.instances.get(&address).cloned().unwrap_or_default();
                    self.values.set_resource(at, key, whole(Shape::from(&resource.repetition), instances));
                    self.settle_conditions(of, &address, (&*site.module, &**resource));
                }
            }
            if !matches!(site.item, Item::Variable(_) | Item::Validation(_)) {
                tell_calls(&mut self.problems, before, &self.job.wish.config.root, at);
            }
            let new = self.problems.iter().skip(before);
            if new.into_iter().any(|problem| problem.severity == Severity::Error) {
                self.walk.lost(&self.plan.graph, node);
                return;
            }
        }
        self.walk.done(&self.plan.graph, node);
    }
}
