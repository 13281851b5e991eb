//! The plan, when everything has been visited.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Builder;
use crate::address::ModulePath;
use crate::plan::order;
use crate::plan::step::{OutputChange, Plan};

impl Builder<'_> {
    pub(super) fn finish(self) -> Plan {
        let graph = order::graph(self.sites, &self.values, &self.steps, &self.by_resource, self.inputs);
        let root = ModulePath::root();
        let after = self.values.outputs(&root).cloned().unwrap_or_default();
        let before = &self.inputs.snapshot.outputs;
        let mut outputs = Vec::new();
        let names: BTreeSet<&Arc<str>> = before.keys().chain(after.keys()).collect();
        for name in names {
            // What a target leaves out stays as it is.
            if !self.inputs.selection.is_everything() && !after.contains_key(name) {
                continue;
            }
            let old = before.get(name).map(|output| output.value.clone());
            let new = after.get(name).cloned();
            let same = match (&old, &new) {
                (Some(old), Some(new)) => {
                    new.is_wholly_known() && old.same(new) && old.is_sensitive() == new.is_sensitive()
                }
                // A null output is not stored.
                (None, Some(new)) => new.is_null(),
                _ => false,
            };
            if !same {
                outputs.push(OutputChange { name: name.clone(), before: old, after: new });
            }
        }
        let order = self.inputs.config.root.outputs.keys();
        let output_values = order.filter_map(|name| after.get(name).map(|value| (name.clone(), value.clone())));
        Plan {
            graph,
            output_values: output_values.collect(),
            outputs,
            drift: self.inputs.observed.drift(self.inputs.providers),
            dear: self.dear,
            steps: self.steps,
            unchanged: self.unchanged,
            moved: self.inputs.moves.changes.clone(),
            imports: self.imported,
            left_out: self.left_out,
            is_partial: !self.inputs.selection.is_everything(),
            is_refresh_only: self.inputs.options.refresh_only,
            data: self.data,
            expansions: self.values.expansions_only(),
            checks: self.checks,
            unsettled: self.unsettled,
            destroys_all: false,
        }
    }
}
