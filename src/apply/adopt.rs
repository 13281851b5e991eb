//! What a plan changes in state before anything is called: new addresses, objects that are taken over, objects that are
//! forgotten. It is saved before the first step begins, since the journal of the steps goes by the new addresses.

use super::perform;
use super::writer::Handle;
use crate::address::Address;
use crate::diagnostic::Diagnostic;
use crate::plan::Wish;
use crate::plan::moves::rewrite;
use crate::plan::step::{Action, Plan};
use crate::state::{Instance, Snapshot};

/// Makes the changes of a plan that are to state alone, and waits until they are durable.
pub(super) async fn adopt(plan: &Plan, wish: &Wish<'_>, writer: &Handle) -> Result<(), Box<Diagnostic>> {
    let forgotten: Vec<(Address, Option<String>)> = (plan.steps.iter())
        .filter(|step| step.action == Action::Forget)
        .map(|step| (step.address.clone(), step.deposed.clone()))
        .collect();
    if plan.moved.is_empty() && plan.imports.is_empty() && forgotten.is_empty() {
        return Ok(());
    }
    let moved = plan.moved.clone();
    let imported = imported(plan, wish);
    let change = move |snapshot: &mut Snapshot| {
        let mut changed = rewrite(&moved, snapshot);
        for (address, instance) in imported {
            changed |= snapshot.insert(address, instance);
        }
        for (address, deposed) in forgotten {
            changed |= match deposed {
                None => snapshot.instances.remove(&address).is_some(),
                Some(key) => snapshot.deposed.remove(&(address, key)).is_some(),
            };
        }
        changed
    };
    stored(writer, change).await
}

/// Changes the state, and waits until that is durable.
pub(super) async fn stored(
    writer: &Handle,
    change: impl FnOnce(&mut Snapshot) -> bool + Send + 'static,
) -> Result<(), Box<Diagnostic>> {
    let failed = |error| Box::new(Diagnostic::from(error));
    writer.edit(change).await.map_err(failed)?;
    writer.save().await.map_err(failed)
}

/// Takes one of the objects that a plan imports over into state, and does nothing else of the plan. Durable when it returns.
pub async fn take_over(
    plan: &Plan,
    address: &Address,
    wish: &Wish<'_>,
    writer: &Handle,
) -> Result<(), Box<Diagnostic>> {
    let found = imported(plan, wish).into_iter().find(|(imported, _)| imported == address);
    match found {
        Some((address, instance)) => stored(writer, move |snapshot| snapshot.insert(address, instance)).await,
        None => Ok(()),
    }
}

fn imported(plan: &Plan, wish: &Wish<'_>) -> Vec<(Address, Instance)> {
    let found = plan.imports.iter().filter_map(|(address, import)| {
        let resource = wish.providers.resource(&address.resource.ty, &import.provider)?;
        let (provider, dependencies) = (import.provider.clone(), import.dependencies.clone());
        Some((address.clone(), perform::instance(resource.schema(), &import.object, provider, dependencies)))
    });
    found.collect()
}
