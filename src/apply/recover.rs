//! Settles the intents of an interrupted run by asking AWS (P4). Every command that takes the lock does this first.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::journal::{OpenIntent, Operation, Outcome, partial};
use super::writer::Handle;
use crate::address::Address;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::plan::providers::{Providers, not_present};
use crate::resource::{AnyResource, ErrorKind, OpError, OpResult, Recorder, Recovery, Run};
use crate::state::Instance;
use crate::value::json::{self, JsonError};
use crate::value::marks::{mark_at, sensitive_paths};
use crate::value::{Path, Value};

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
    let mut unseen = Vec::new();
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
        match settle(&intent, resource.as_ref(), writer, Sight::First).await {
            Ok(Some(what)) => settled.push(Settled { address: intent.intent.address.clone(), what }),
            Ok(None) => unseen.push((intent.clone(), resource.clone())),
            Err(problem) => unsettled(problem, &intent, problems),
        }
    }
    if !unseen.is_empty() {
        tokio::time::sleep(APPEARS).await;
    }
    for (intent, resource) in unseen {
        match settle(&intent, resource.as_ref(), writer, Sight::Last).await {
            Ok(what) => settled.extend(what.map(|what| Settled { address: intent.intent.address.clone(), what })),
            Err(problem) => unsettled(problem, &intent, problems),
        }
    }
    settled
}

fn unsettled(problem: Box<Diagnostic>, intent: &OpenIntent, problems: &mut Diagnostics) {
    problems
        .push(*problem)
        .of(&intent.intent.address)
        .help("Until this is settled, nothing can be changed here: recon would not know what is there.");
}

/// How long an object that a run made just before it was cut off may take to show.
const APPEARS: Duration = Duration::from_secs(3);

/// Whether an object that does not show is looked for once more.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sight {
    First,
    Last,
}

/// Settles an intent, and says how; nothing where an object does not show at first sight.
async fn settle(
    intent: &OpenIntent,
    resource: &dyn AnyResource,
    writer: &Handle,
    sight: Sight,
) -> Result<Option<&'static str>, Box<Diagnostic>> {
    let failed = |error: OpError| Box::new(Diagnostic::from(error));
    let not_saved = |error: crate::state::StateError| Box::new(Diagnostic::from(error));
    let wished = value(&intent.intent.wished, resource)?;
    let beside = Beside { address: &intent.intent.address, writer };
    let run = Run::new(intent.intent.token.clone(), &beside, wished.attr("timeouts"));
    let bare = wished.unmark_deep().0;
    let (outcome, what) = match intent.intent.operation {
        Operation::Create if let Some(made) = &intent.made => match begun(made, resource, &run).await? {
            Some(now) if intent.intent.provisions => (Outcome::Instance(partial(now)), UNPROVISIONED),
            Some(now) => (Outcome::Instance(now), "was made, but maybe not finished; what it lacks is planned"),
            None if sight == Sight::First => return Ok(None),
            None => (Outcome::Gone, "was made and is gone"),
        },
        Operation::Create => {
            let found = resource.recover(&bare, &run).await.map_err(failed)?;
            match unknown_to_state(found, resource, &intent.intent.address, writer).await.map_err(failed)? {
                Some(found) => {
                    let found = with_marks(&found, resource, &intent.intent.sensitive);
                    let (provider, dependencies) = (intent.intent.provider.clone(), intent.intent.dependencies.clone());
                    let made = super::perform::instance(resource.schema(), &found, provider, dependencies);
                    if intent.intent.provisions {
                        (Outcome::Instance(partial(made)), UNPROVISIONED)
                    } else {
                        (Outcome::Instance(made), "was made; it is in state now")
                    }
                }
                None if sight == Sight::First => return Ok(None),
                None => (Outcome::Failed { message: "not made".into(), nothing_happened: true }, "was not made"),
            }
        }
        Operation::Update => (interrupted(), "may have been changed; the refresh will tell"),
        Operation::Delete => {
            let found = match held(intent, resource, writer).await? {
                Some(held) => resource.read(&held, &run).await.map_err(failed)?,
                None => None,
            };
            match found {
                Some(_) => (interrupted(), "was not deleted"),
                None => (Outcome::Gone, "was deleted"),
            }
        }
    };
    writer.outcome(intent.number, outcome).await.map_err(not_saved)?;
    Ok(Some(what))
}

/// What recovery found, unless state knows it as another object: a comparison of listings cannot tell the two apart. What
/// has another proof is what it is, even where another object has the same id in another region or under another parent.
pub(super) async fn unknown_to_state(
    found: Option<Value>,
    resource: &dyn AnyResource,
    address: &Address,
    writer: &Handle,
) -> OpResult<Option<Value>> {
    if resource.recovery() != Recovery::ComparedListing {
        return Ok(found);
    }
    let others = known_elsewhere(address, writer).await?;
    Ok(found.filter(|found| found.attr("id").as_str().is_none_or(|id| !others.contains(id))))
}

/// The ids of a type's objects that state knows under another address, or as set aside.
pub(super) async fn known_elsewhere(address: &Address, writer: &Handle) -> OpResult<HashSet<String>> {
    let snapshot = writer.snapshot().await;
    let snapshot = snapshot.map_err(|error| OpError::new(ErrorKind::Local, "state", error.to_string()))?;
    let current = snapshot.instances.iter().filter(|(other, _)| *other != address);
    let set_aside = snapshot.deposed.iter().map(|((other, _), instance)| (other, instance));
    let of_type = current.chain(set_aside).filter(|(other, _)| other.resource.ty == address.resource.ty);
    Ok(of_type.filter_map(|(_, instance)| instance.id().map(str::to_owned)).collect())
}

/// What a recovery is told of the state. It makes nothing, so there is nothing to take note of.
struct Beside<'a> {
    address: &'a Address,
    writer: &'a Handle,
}

impl Recorder for Beside<'_> {
    fn made(&self, _partial: Value) -> BoxFuture<'_, OpResult<()>> {
        Box::pin(async { Ok(()) })
    }

    fn note(&self, _text: &str) {}

    fn others(&self) -> BoxFuture<'_, OpResult<HashSet<String>>> {
        Box::pin(known_elsewhere(self.address, self.writer))
    }
}

/// What state holds of an object that was to be deleted. The journal lacks its secrets, and its id may be one.
async fn held(
    intent: &OpenIntent,
    resource: &dyn AnyResource,
    writer: &Handle,
) -> Result<Option<Value>, Box<Diagnostic>> {
    let snapshot = writer.snapshot().await.map_err(|error| Box::new(Diagnostic::from(error)))?;
    let address = &intent.intent.address;
    let instance = match &intent.intent.deposed {
        Some(key) => snapshot.deposed.get(&(address.clone(), key.clone())),
        None => snapshot.instances.get(address),
    };
    let value = instance.map(|instance| instance.value(resource.schema().ty())).transpose();
    let value = value.map_err(|error| unreadable(&error))?;
    Ok(value.map(|value| resource.stored(value.unmark_deep().0)))
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
        let found = with_marks(&schema.block.spelled_like(&bare, &found), resource, &sensitive_paths(&known));
        super::perform::instance(schema, &found, made.provider.clone(), made.dependencies.clone())
    }))
}

fn with_marks(found: &Value, resource: &dyn AnyResource, sensitive: &[Path]) -> Value {
    mark_at(&resource.schema().block.mark_sensitive(found), sensitive)
}
