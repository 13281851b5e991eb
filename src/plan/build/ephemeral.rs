//! Ephemeral resources while a plan is made: opened where their arguments are known, and always once more by apply.

use super::{Ask, Builder, Place, Reason, Request, Step};
use crate::diagnostic::Diagnostics;
use crate::plan::desired;
use crate::value::{Marks, Type, Value};

impl Builder<'_> {
    pub(super) fn ephemeral(&mut self, place: &Place<'_>) -> Value {
        let hide = |value: Value| value.marked(Marks::EPHEMERAL);
        let provider = &place.resource.provider.address;
        let Some(source) = self.inputs.providers.ephemeral(&place.resource.ty.text, provider).cloned() else {
            return hide(self.foreign(place));
        };
        self.check_before(place);
        let schema = source.schema();
        let mut problems = Diagnostics::new();
        let scope = self.scope(place.module, place.at, &place.repeat);
        let config = desired::configured(place.resource, schema, &place.address, &scope, &mut problems).unmark_deep().0;
        source.check(&config, &mut problems);
        desired::place(&mut problems, place.resource, &place.address, &scope);
        let failed = problems.has_errors();
        self.problems.extend(problems);
        let unknown = || hide(Value::unknown(schema.ty().clone()));
        if failed {
            return unknown();
        }
        let open = Step { planned: Value::unknown(Type::Dynamic), ..place.read(Reason::Configured) };
        if !config.is_wholly_known() || self.waits_for_steps(place) {
            self.check_after(place, &unknown(), false);
            self.push(place, open);
            return unknown();
        }
        if let Some((asked, answer)) = self.inputs.answers.data.get(&place.address)
            && asked.same(&config)
        {
            let value = hide(schema.block.mark_sensitive(answer));
            self.check_after(place, &value, false);
            self.push(place, open);
            return value;
        }
        self.requests.push(Request {
            address: place.address.clone(),
            provider: provider.clone(),
            ask: Ask::Data(config),
        });
        unknown()
    }
}
