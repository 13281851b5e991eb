//! Ephemeral resources while a plan is made: opened where their arguments are known, and always once more by apply.

use super::{Ask, Builder, Place, Reason, Request, Step};
use crate::diagnostic::{Diagnostics, did_you_mean};
use crate::plan::desired;
use crate::value::{Marks, Type, Value};

impl Builder<'_> {
    pub(super) fn ephemeral(&mut self, place: &Place<'_>) -> Value {
        let hide = |value: Value| value.marked(Marks::EPHEMERAL);
        let alias = place.resource.provider_alias.as_ref().map(|name| name.text.clone());
        let ty = &place.resource.ty;
        let Some(source) = self.inputs.providers.ephemeral(&ty.text, alias.as_deref()).cloned() else {
            self.no_ephemeral_type(place);
            return hide(Value::unknown(Type::Dynamic));
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
        let open = Step { planned: Value::unknown(Type::Dynamic), ..place.read(alias.as_deref(), Reason::Configured) };
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
        self.requests.push(Request { address: place.address.clone(), alias, ask: Ask::Data(config) });
        unknown()
    }

    fn no_ephemeral_type(&mut self, place: &Place<'_>) {
        let ty = &place.resource.ty;
        let known = self.inputs.providers.default_registry().ephemeral_types().map(|it| it.schema().name);
        self.problems
            .error("Invalid ephemeral resource")
            .at(ty.span)
            .within(place.resource.header)
            .of(&place.address)
            .detail(format!("recon has no ephemeral resource type \"{}\".", ty.text))
            .help(did_you_mean(&ty.text, known));
    }
}
