//! The end of a run: what was not done, the outputs, and what checks found.

use std::collections::HashSet;

use indexmap::IndexMap;

use super::{Runner, Summary};
use crate::address::{Address, Mode, ModulePath};
use crate::diagnostic::Diagnostics;
use crate::plan::step::{Action, PlanNode};
use crate::plan::tell_calls_of_instances;
use crate::state::{OutputState, Snapshot};

impl Runner<'_> {
    pub(super) async fn finish(mut self, problems: &mut Diagnostics) -> Summary {
        let mut told: HashSet<&Address> = self.summary.failed.iter().collect();
        let mut skipped = Vec::new();
        for node in self.plan.graph.nodes().filter(|node| !self.walk.is_done(*node)) {
            if let PlanNode::Apply(step) | PlanNode::Destroy(step) = self.plan.graph.get(node) {
                let address = &self.plan.steps[*step].address;
                if told.insert(address) {
                    skipped.push(address.clone());
                }
            }
        }
        self.summary.skipped = skipped;
        let root = ModulePath::root();
        let mut outputs = IndexMap::new();
        for name in self.job.wish.config.root.outputs.keys() {
            let value = self.values.outputs(&root).and_then(|outputs| outputs.get(name));
            if let Some(value) = value.filter(|value| value.is_wholly_known() && !value.is_null()) {
                self.summary.outputs.push((name.clone(), value.clone()));
                let stored = OutputState { value: value.clone(), sensitive: value.is_sensitive() };
                outputs.insert(name.clone(), stored);
            }
        }
        let whole = !self.plan.is_partial && !self.plan.is_refresh_only;
        let complete = self.summary.failed.is_empty() && self.summary.skipped.is_empty() && whole;
        let result = if complete {
            // Data sources that the configuration does not have any more go with the outputs.
            let read = self.plan.steps.iter().filter(|step| step.action == Action::Read).map(|step| &step.address);
            let data: HashSet<Address> = self.plan.data.keys().chain(read).cloned().collect();
            let replace = move |snapshot: &mut Snapshot| {
                let before = snapshot.instances.len();
                snapshot
                    .instances
                    .retain(|address, _| address.resource.mode == Mode::Managed || data.contains(address));
                let gone = snapshot.instances.len() != before;
                snapshot.set_outputs(outputs) | gone
            };
            self.job.writer.edit(replace).await
        } else {
            // What could not be evaluated keeps what state has.
            let keep = move |snapshot: &mut Snapshot| {
                let mut all = snapshot.outputs.clone();
                all.extend(outputs);
                snapshot.set_outputs(all)
            };
            self.job.writer.edit(keep).await
        };
        let results = if self.plan.destroys_all { serde_json::Value::Null } else { self.checks.to_state() };
        let result = match result {
            Ok(()) => self.job.writer.set_check_results(results).await,
            failed => failed,
        };
        if let Err(error) = result {
            self.problems.push(error.into());
        }
        tell_calls_of_instances(&mut self.problems, &self.job.wish.config.root);
        problems.extend(self.problems);
        self.summary.checks = self.checks;
        self.summary
    }
}
