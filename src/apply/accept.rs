//! What others changed, taken over into state for the objects that somebody names.

use std::collections::BTreeSet;

use super::adopt::stored;
use super::perform;
use super::writer::Handle;
use crate::address::Address;
use crate::diagnostic::Diagnostic;
use crate::plan::observed::Observed;
use crate::plan::providers::Providers;
use crate::state::Instance;
use crate::value::marks::mark_at;

/// Makes state hold what there is of these objects, and forget those that are gone. Durable when it returns.
pub async fn accept(
    chosen: &BTreeSet<Address>,
    observed: &Observed,
    providers: &Providers,
    writer: &Handle,
) -> Result<(), Box<Diagnostic>> {
    let mut found: Vec<(Address, Option<Instance>)> = Vec::new();
    for address in chosen {
        let Some(observation) = observed.instances.get(address) else {
            continue;
        };
        let Some(resource) = providers.resource(&address.resource.ty, &observation.provider) else {
            continue;
        };
        let schema = resource.schema();
        let instance = observation.current.as_ref().map(|current| {
            let value = mark_at(&schema.block.mark_sensitive(current), &observation.sensitive);
            perform::instance(schema, &value, observation.provider.clone(), observation.dependencies.clone())
        });
        found.push((address.clone(), instance));
    }
    stored(writer, move |snapshot| perform::keep_found(found, snapshot)).await
}
