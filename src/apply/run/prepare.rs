//! A step before it begins: its configuration, now fully known, held against what the plan showed (P2).

use std::sync::Arc;

use super::Runner;
use crate::apply::perform::Task;
use crate::apply::provision::Provisioning;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::language::config::{IgnoreChanges, Repetition, Resource, When};
use crate::language::eval;
use crate::plan::change::{self, Moment};
use crate::plan::desired;
use crate::plan::step::{Action, Origin, Step};
use crate::plan::values::{ModuleScope, Repeat};
use crate::schema::{Difference, Schema};
use crate::value::Value;

impl Runner<'_> {
    /// Evaluates a step's configuration once more, now fully known, and holds it against the plan (P2).
    pub(super) fn prepare(&mut self, step: &Step) -> Result<Option<Task>, Box<Diagnostic>> {
        let lost = || {
            Box::new(Diagnostic::error("Step without a block").with(|d| {
                d.of(&step.address);
            }))
        };
        let origin = self.origin(step).ok_or_else(lost)?;
        let origin = &origin;
        let block = origin.module.resources.get(&origin.key).ok_or_else(lost)?.clone();
        if step.action == Action::Read {
            return self.prepare_read(step, origin, &block).map(Some);
        }
        let resource = self.job.wish.providers.resource(&step.address.resource.ty, &step.provider);
        let resource = resource.ok_or_else(lost)?.clone();
        let mut problems = Diagnostics::new();
        self.preconditions(step, origin, &block, &mut problems);
        let config = self.config(step, origin, &block, resource.schema(), &mut problems);
        let surroundings = &self.surroundings;
        let moment = Moment { now: surroundings.now, folder: &surroundings.folder };
        let prior = step.prior.as_ref().filter(|_| step.action == Action::Update);
        let ignore = match step.action {
            Action::Update => &block.lifecycle.ignore_changes,
            _ => &IgnoreChanges::None,
        };
        let mut found = Diagnostics::new();
        let change = change::plan(resource.as_ref(), &config, prior, ignore, moment, &mut found);
        desired::place(&mut found, &block, &step.address, &self.scope(step, origin));
        problems.extend(found);
        self.first_error(problems)?;
        if !config.is_wholly_known() {
            return Err(Box::new(still_unknown(step, &block)));
        }
        let planned = resource.schema().block.mark_sensitive(&change.planned);
        let broken = change::broken_promises(&resource.schema().block, &step.planned, &planned);
        if change.action == change::Action::Replace || !broken.is_empty() {
            return Err(Box::new(promise_broken(step, &block, &broken)));
        }
        // A step without differences is there because what is sensitive changes, which state has to know.
        if change.action == change::Action::NoOp && !step.differences.is_empty() {
            // What was unknown turned out to be what there is.
            self.postconditions(step, origin, &block, &planned)?;
            self.remember(&step.address, planned);
            return Ok(None);
        }
        let provisioning = match step.action {
            Action::Create | Action::Replace => {
                Provisioning::of(&block.provisioners, When::Create, &self.scope(step, origin))
            }
            Action::Update | Action::Delete | Action::Forget | Action::Read => None,
        };
        Ok(Some(Task::apply(step, resource, planned, block).with_provisioning(provisioning)))
    }

    fn prepare_read(&mut self, step: &Step, origin: &Origin, block: &Arc<Resource>) -> Result<Task, Box<Diagnostic>> {
        let mode = step.address.resource.mode;
        let source = self.job.wish.providers.read(mode, &step.address.resource.ty, &step.provider).cloned();
        let source = source.ok_or_else(|| Box::new(Diagnostic::error("Unknown data source")))?;
        let mut problems = Diagnostics::new();
        self.preconditions(step, origin, block, &mut problems);
        let config = self.config(step, origin, block, source.schema(), &mut problems);
        self.first_error(problems)?;
        if !config.is_wholly_known() {
            return Err(Box::new(still_unknown(step, block)));
        }
        Ok(Task::read(step, source, config, block.clone()))
    }

    /// Where a step comes from, with what is known of `each.value` by now.
    pub(super) fn origin(&self, step: &Step) -> Option<Origin> {
        let mut origin = step.origin.clone()?;
        let Repeat::Each(key, value) = &origin.repeat else {
            return Some(origin);
        };
        if !value.is_wholly_known()
            && let Some(Repetition::ForEach(each)) = origin.module.resources.get(&origin.key).map(|r| &r.repetition)
        {
            let scope = ModuleScope { repeat: &Repeat::One, ..self.scope(step, &origin) };
            // Evaluated without complaint when the plan was made.
            let all = eval(each, &scope, &mut Diagnostics::new());
            let own = all.get(key).cloned().unwrap_or_else(|| value.clone());
            origin.repeat = Repeat::Each(key.clone(), own);
        }
        Some(origin)
    }

    pub(super) fn scope<'s>(&'s self, step: &'s Step, origin: &'s Origin) -> ModuleScope<'s> {
        ModuleScope {
            values: &self.values,
            surroundings: &self.surroundings,
            module: &origin.module,
            at: &step.address.resource.module,
            repeat: &origin.repeat,
            this: None,
        }
    }

    fn config(
        &self,
        step: &Step,
        origin: &Origin,
        block: &Resource,
        schema: &Schema,
        problems: &mut Diagnostics,
    ) -> Value {
        desired::configured(block, schema, &step.address, &self.scope(step, origin), problems)
    }
}

fn still_unknown(step: &Step, block: &Resource) -> Diagnostic {
    Diagnostic::error("Arguments still unknown").with(|d| {
        d.of(&step.address).at(block.header).detail("Some of its arguments are not known even now.");
    })
}

fn promise_broken(step: &Step, block: &Resource, broken: &[Difference]) -> Diagnostic {
    let names: Vec<String> = broken.iter().map(|difference| format!("`{}`", difference.path)).collect();
    Diagnostic::error("The plan cannot be kept").with(|d| {
        d.of(&step.address).at(block.header);
        d.detail(format!(
            "With what is known now, `{}` would become something else than the plan showed{}. Nothing was done to it.",
            step.address,
            if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) }
        ));
        d.help("Plan and apply again.");
    })
}
