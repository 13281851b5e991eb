//! One instance of a data source: answered, asked for, or left for apply.

use super::{Ask, Builder, Place, Request};
use crate::diagnostic::Diagnostics;
use crate::graph::Node;
use crate::plan::desired;
use crate::plan::step::{Reason, Step};
use crate::value::Value;

impl Builder<'_> {
    pub(super) fn data_source(&mut self, place: &Place<'_>) -> Value {
        let provider = &place.resource.provider.address;
        let Some(source) = self.inputs.providers.data(&place.resource.ty.text, provider).cloned() else {
            return self.foreign(place);
        };
        self.visited.insert(place.address.clone());
        let schema = source.schema();
        self.check_before(place);
        let mut problems = Diagnostics::new();
        let scope = self.scope(place.module, place.at, &place.repeat);
        let marked = desired::configured(place.resource, schema, &place.address, &scope, &mut problems);
        let mut found = Diagnostics::new();
        let (config, _) = marked.unmark_deep();
        source.check(&config, &mut found);
        desired::place(&mut found, place.resource, &place.address, &scope);
        problems.extend(found);
        let failed = problems.has_errors();
        self.tell(place, problems);
        if failed {
            return Value::unknown(schema.ty().clone());
        }
        let waits = self.waits_for_steps(place);
        let reason = if config.is_wholly_known() { Reason::DependencyPending } else { Reason::ConfigUnknown };
        if config.is_wholly_known() && !waits {
            if let Some((asked, answer)) = self.inputs.answers.data.get(&place.address)
                && asked.same(&config)
            {
                let value = data_value(&schema.block, &marked, answer);
                self.check_after(place, &value, true);
                if place.resource.check.is_some() {
                    let planned = unknown_data(&schema.block, &marked);
                    self.push(place, Step { planned, ..place.read(Reason::CheckNested) });
                } else {
                    self.data.insert(place.address.clone(), value.clone());
                }
                return value;
            }
            if let Some(problem) = self.inputs.answers.failure(&place.address, &config) {
                self.tell(place, problem.clone().into());
                let planned = unknown_data(&schema.block, &marked);
                self.push(place, Step { planned: planned.clone(), ..place.read(Reason::CheckNested) });
                return planned;
            }
            let provider = provider.clone();
            self.requests.push(Request { address: place.address.clone(), provider, ask: Ask::Data(config) });
            return Value::unknown(schema.ty().clone());
        }
        let planned = unknown_data(&schema.block, &marked);
        self.check_after(place, &planned, false);
        self.push(place, Step { planned: planned.clone(), ..place.read(reason) });
        planned
    }

    /// Whether something that `depends_on` names is still to be changed.
    pub(super) fn waits_for_steps(&self, place: &Place<'_>) -> bool {
        let waits = |node: Node| {
            let instances = self.values.instances(&self.sites.get(node).module.path);
            instances.iter().any(|at| self.steps_of(node, at).is_some_and(|steps| steps.changes))
        };
        let depends_on = place.resource.depends_on.iter();
        depends_on.flat_map(|reference| self.sites.targets(place.module, reference)).any(waits)
    }
}

/// What a data source gave, with the marks of its arguments and of its schema.
pub(crate) fn data_value(block: &crate::schema::Block, marked: &Value, answer: &Value) -> Value {
    let paths = crate::value::marks::sensitive_paths(marked);
    crate::value::marks::mark_at(&block.mark_sensitive(answer), &paths)
}

/// An object before anything is known of it but its arguments.
pub(crate) fn unknown_data(block: &crate::schema::Block, config: &Value) -> Value {
    let computed = block.attributes.iter().filter(|(_, attribute)| attribute.computed);
    let value = computed.fold(config.clone(), |value, (name, attribute)| {
        if config.attr(name).is_null() { value.with(name, Value::unknown(attribute.ty.clone())) } else { value }
    });
    block.mark_sensitive(&value)
}
