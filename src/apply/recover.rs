//! Settles the intents of an interrupted run by asking AWS (P4). Every command that takes the lock does this first.

use super::journal::{OpenIntent, Operation, Outcome, partial};
use super::writer::Handle;
use crate::address::Address;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::plan::providers::{Providers, not_present};
use crate::resource::{AnyResource, OpError, Run};
use crate::state::Instance;
use crate::value::Value;
use crate::value::json::{self, JsonError};
use crate::value::marks::{mark_at, sensitive_paths};

/// What becomes of an object whose provisioners nobody saw end: it cannot be asked how far they came.
const UNPROVISIONED: &str = "was made, but its provisioners may not have ended; it is to be replaced";

/// Something an interrupted run left, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The instance.
    pub address: Address,
    /// What was found out, as the end of a sentence that begins with the address.
    pub what: &'static str,
}

/// Settles every open intent. What cannot be asked about stays open and is a problem.
pub async fn recover(
    open: Vec<OpenIntent>,
    providers: &Providers,
    writer: &Handle,
    problems: &mut Diagnostics,
) -> Vec<Settled> {
    let mut settled = Vec::new();
    for intent in open {
        let ty = &intent.intent.address.resource.ty;
        let provider = &intent.intent.provider;
        let Some(resource) = providers.resource(ty, provider) else {
            if !providers.has(provider) && providers.default_registry().resource(ty).is_some() {
                problems.push(not_present(&intent.intent.address, provider));
                continue;
            }
            problems.error("Unknown resource type in the journal").of(&intent.intent.address).detail(format!(
                "An interrupted run was changing `{}`, and recon has no resource type `{ty}`.",
                intent.intent.address
            ));
            continue;
        };
        match settle(&intent, resource.as_ref(), writer).await {
            Ok(what) => settled.push(Settled { address: intent.intent.address.clone(), what }),
            Err(problem) => {
                problems
                    .push(*problem)
                    .of(&intent.intent.address)
                    .help("Until this is settled, nothing can be changed here: recon would not know what is there.");
            }
        }
    }
    settled
}

async fn settle(
    intent: &OpenIntent,
    resource: &dyn AnyResource,
    writer: &Handle,
) -> Result<&'static str, Box<Diagnostic>> {
    let failed = |error: OpError| Box::new(Diagnostic::from(error));
    let not_saved = |error: crate::state::StateError| Box::new(Diagnostic::from(error));
    let wished = value(&intent.intent.wished, resource)?;
    let run = Run::new(intent.intent.token.clone(), &crate::resource::Unrecorded, wished.attr("timeouts"));
    let bare = wished.unmark_deep().0;
    let (outcome, what) = match intent.intent.operation {
        Operation::Create if let Some(made) = &intent.made => match begun(made, resource, &run).await? {
            Some(now) if intent.intent.provisions => (Outcome::Instance(partial(now)), UNPROVISIONED),
            Some(now) => (Outcome::Instance(now), "was made, but maybe not finished; what it lacks is planned"),
            None => (Outcome::Gone, "was made and is gone"),
        },
        Operation::Create => {
            match unknown_to_state(resource.recover(&bare, &run).await.map_err(failed)?, &intent.intent.address, writer)
                .await
            {
                Some(found) => {
                    let found = with_marks(&found, resource, &wished);
                    let (provider, dependencies) = (intent.intent.provider.clone(), intent.intent.dependencies.clone());
                    let made = super::perform::instance(resource.schema(), &found, provider, dependencies);
                    if intent.intent.provisions {
                        (Outcome::Instance(partial(made)), UNPROVISIONED)
                    } else {
                        (Outcome::Instance(made), "was made; it is in state now")
                    }
                }
                None => (Outcome::Failed { message: "not made".into(), nothing_happened: true }, "was not made"),
            }
        }
        Operation::Update => (interrupted(), "may have been changed; the refresh will tell"),
        Operation::Delete => match resource.read(&bare, &run).await.map_err(failed)? {
            Some(_) => (interrupted(), "was not deleted"),
            None => (Outcome::Gone, "was deleted"),
        },
    };
    writer.outcome(intent.number, outcome).await.map_err(not_saved)?;
    Ok(what)
}

/// What recovery found, unless state knows it as another object: a comparison of listings cannot tell the two apart.
pub(super) async fn unknown_to_state(found: Option<Value>, address: &Address, writer: &Handle) -> Option<Value> {
    let found = found?;
    let id = found.attr("id");
    let snapshot = writer.snapshot().await.ok()?;
    let known = snapshot.instances.iter().any(|(other, instance)| {
        other.resource.ty == address.resource.ty && other != address && instance.id() == id.as_str()
    });
    (!known).then_some(found)
}

/// What a refresh finds out: the object is in state, as far as it is known.
fn interrupted() -> Outcome {
    Outcome::Failed { message: "interrupted".into(), nothing_happened: false }
}

fn value(wished: &serde_json::Value, resource: &dyn AnyResource) -> Result<Value, Box<Diagnostic>> {
    json::from_json(wished, resource.schema().ty()).map_err(|error| unreadable(&error))
}

fn unreadable(error: &JsonError) -> Box<Diagnostic> {
    Box::new(Diagnostic::error("Unreadable object in the journal").with(|d| {
        d.detail(format!("What the journal holds is not of the type's form: {error}."));
    }))
}

/// The object of a creation that was cut off behind its first call, as it is now. Nothing failed, so what it lacks can be
/// added in place: to replace it instead would lose its id and, for a table or a pool, need leave to lose what is in it.
async fn begun(
    made: &Instance,
    resource: &dyn AnyResource,
    run: &Run<'_>,
) -> Result<Option<Instance>, Box<Diagnostic>> {
    let schema = resource.schema();
    let known = made.value(schema.ty()).map_err(|error| unreadable(&error))?;
    let bare = known.unmark_deep().0;
    let found = resource.read(&bare, run).await.map_err(|error| Box::new(Diagnostic::from(error)))?;
    Ok(found.map(|found| {
        let found = with_marks(&schema.block.spelled_like(&bare, &found), resource, &known);
        super::perform::instance(schema, &found, made.provider.clone(), made.dependencies.clone())
    }))
}

fn with_marks(found: &Value, resource: &dyn AnyResource, wished: &Value) -> Value {
    mark_at(&resource.schema().block.mark_sensitive(found), &sensitive_paths(wished))
}
