//! The resource types of the cloud. They differ only in what their kind says, and are written as those of AWS are: the
//! same queues, retries and waits, the object noted down as soon as it exists, and proof before one is taken for ours.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering as Memory};
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;

use super::Cloud;
use super::kinds::{COUNT, KINDS, Kind, TABLE, Unique};
use super::lookup::Lookup;
use super::world::{Request, Seen, Wish};
use crate::aws::{Aws, wait};
use crate::resource::{
    ErrorKind, Grant, Model, Need, OpError, OpResult, Operation, Ordering, Recovery, Registry, ResourceType, Run,
};
use crate::schema::Schema;

/// How long an object that was just made, changed or deleted may lag behind in answers.
const SETTLES: Duration = Duration::from_secs(10);

/// An object of the cloud.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(super) struct Thing {
    /// The id.
    #[attr(computed)]
    id: Option<String>,
    /// The name.
    #[attr(required)]
    name: String,
    /// The id of the object that it belongs to.
    #[attr(optional, replace)]
    parent: Option<String>,
    /// The ids of objects that it uses.
    #[attr(optional, set)]
    uses: Vec<String>,
    /// The id of the role that it takes on.
    #[attr(optional)]
    role: Option<String>,
    /// What it holds.
    #[attr(optional)]
    body: Option<String>,
    /// What cannot be changed in place.
    #[attr(optional, replace)]
    shape: Option<String>,
    /// What is set by a call of its own.
    #[attr(optional)]
    extra: Option<i64>,
    /// What changes with the object.
    #[attr(computed, follows = ["name", "uses", "role", "body", "extra"])]
    stamp: Option<String>,
    /// A secret, for kinds that have one.
    #[attr(computed)]
    secret: Option<String>,
}

impl Thing {
    fn of(seen: &Seen, kind: &Kind) -> Self {
        let is = seen.is.clone();
        Self {
            stamp: Some(format!("{}.{}", seen.id, seen.version)),
            secret: kind.has_secret.then(|| format!("s3cret-{}", seen.id)),
            id: Some(seen.id.clone()),
            name: is.name,
            parent: is.parent,
            uses: is.uses.into_iter().collect(),
            role: is.role,
            body: is.body,
            shape: is.shape,
            extra: is.extra,
        }
    }

    fn wish(&self) -> Wish {
        Wish {
            name: self.name.clone(),
            parent: self.parent.clone(),
            uses: self.uses.iter().cloned().collect::<BTreeSet<_>>(),
            role: self.role.clone(),
            body: self.body.clone(),
            shape: self.shape.clone(),
            extra: self.extra,
        }
    }

    fn id(&self) -> &str {
        self.id.as_deref().unwrap_or_default()
    }
}

/// A resource type, by the place of its kind among all kinds.
pub(super) struct Fake<const KIND: usize> {
    cloud: Cloud,
    aws: Aws,
}

pub(super) fn registry(cloud: &Cloud, aws: &Aws) -> Registry {
    fn with<const KIND: usize>(registry: Registry, cloud: &Cloud, aws: &Aws) -> Registry {
        registry.with(Fake::<KIND> { cloud: cloud.clone(), aws: aws.clone() })
    }
    let all: [fn(Registry, &Cloud, &Aws) -> Registry; COUNT] = [
        with::<0>, with::<1>, with::<2>, with::<3>, with::<4>, with::<5>, with::<6>, with::<7>, with::<8>, with::<9>,
        with::<10>,
    ];
    let registry = Registry::new().with_data(Lookup { cloud: cloud.clone(), aws: aws.clone() });
    all.iter().fold(registry, |registry, with| with(registry, cloud, aws))
}

impl<const KIND: usize> Fake<KIND> {
    fn kind(&self) -> &'static Kind {
        &KINDS[KIND]
    }

    /// The turn to change what belongs to a parent.
    async fn turn(&self, thing: &Thing) -> Option<OwnedMutexGuard<()>> {
        match &thing.parent {
            Some(parent) => Some(self.aws.queues().enter(parent).await),
            None => None,
        }
    }

    async fn repeat(&self, request: Request, run: &Run<'_>) -> OpResult<Vec<Seen>> {
        self.aws.repeat(run, || self.cloud.call(self.kind(), request.clone())).await
    }

    async fn look(&self, id: &str, run: &Run<'_>) -> OpResult<Option<Seen>> {
        match self.repeat(Request::Read(id.to_owned()), run).await {
            Ok(found) => Ok(found.into_iter().next().filter(|seen| !seen.is_going)),
            Err(error) if error.kind == ErrorKind::Gone => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What belongs beside a wished-for object.
    async fn list(&self, wanted: &Thing, run: &Run<'_>) -> OpResult<Vec<Seen>> {
        match self.repeat(Request::List(wanted.parent.clone()), run).await {
            Ok(found) => Ok(found.into_iter().filter(|seen| !seen.is_going).collect()),
            Err(error) if error.kind == ErrorKind::Gone => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Waits until an object can be used, and sets what is set by a call of its own.
    async fn complete(&self, thing: Thing, wanted: &Thing, operation: Operation, run: &Run<'_>) -> OpResult<Thing> {
        let kind = self.kind();
        if kind.ready > 0 {
            let timeout = run.timeout(operation, Duration::from_secs(600));
            let ready = || async { Ok(self.look(thing.id(), run).await?.filter(|seen| seen.is_ready)) };
            wait::until(run, timeout, "it to become ready", ready).await?;
        }
        if !kind.has_extra || thing.extra == wanted.extra {
            return Ok(thing);
        }
        let answer = self.repeat(Request::Extra(thing.id().to_owned(), wanted.extra), run).await?;
        Ok(answer.first().map_or(thing, |seen| Thing::of(seen, kind)))
    }

    /// Whether an object is the one that a creation with this wish and token made.
    fn is_ours(&self, seen: &Seen, wanted: &Thing, run: &Run<'_>) -> bool {
        let kind = self.kind();
        let as_wished = || {
            let wish = wanted.wish();
            seen.is == Wish { extra: if kind.has_extra { seen.is.extra } else { wish.extra }, ..wish }
        };
        match kind.recovery {
            Recovery::NaturalName if kind.unique == Unique::InParent => {
                seen.is.name == wanted.name && seen.is.parent == wanted.parent && as_wished()
            }
            Recovery::ComparedListing => as_wished(),
            _ => seen.token == run.token().as_str(),
        }
    }
}

impl<const KIND: usize> ResourceType for Fake<KIND> {
    const NAME: &'static str = TABLE[KIND].name;
    const RECOVERY: Recovery = TABLE[KIND].recovery;
    type Model = Thing;

    fn schema() -> Schema {
        let mut block = Thing::block();
        if let Some(name) = block.attributes.get_mut("name") {
            name.replace = TABLE[KIND].unique != Unique::Nowhere;
        }
        if let Some(secret) = block.attributes.get_mut("secret") {
            secret.sensitive = TABLE[KIND].has_secret;
        }
        Schema::new(Self::NAME, Thing::DOC, block).import_id("ID").timeouts(&["create", "update", "delete"])
    }

    fn ordering() -> &'static [Ordering] {
        TABLE[KIND].ordering
    }

    fn permissions(&self, _need: Need<'_>) -> Vec<Grant> {
        Vec::new()
    }

    async fn read(&self, prior: &Thing, run: &Run<'_>) -> OpResult<Option<Thing>> {
        Ok(self.look(prior.id(), run).await?.map(|seen| Thing::of(&seen, self.kind())))
    }

    async fn create(&self, wanted: &Thing, run: &Run<'_>) -> OpResult<Thing> {
        let kind = self.kind();
        let _turn = self.turn(wanted).await;
        let request = Request::Create(wanted.wish(), run.token().as_str().to_owned());
        let is_lost = AtomicBool::new(false);
        let call = || async {
            let answer = self.cloud.call(kind, request.clone()).await;
            if answer.as_ref().is_err_and(OpError::may_have_happened) {
                is_lost.store(true, Memory::Relaxed);
            }
            answer
        };
        // A name that can be there once, or a token, makes it safe to ask twice.
        let asks_again = kind.recovery == Recovery::IdempotencyToken || kind.unique == Unique::InParent;
        let answer = if asks_again { self.aws.repeat(run, call).await } else { self.aws.once(run, call).await };
        let made = match answer {
            Err(error) if error.is("ResourceInUse") && is_lost.load(Memory::Relaxed) => {
                self.recover(wanted, run).await?.ok_or(error)?
            }
            answer => {
                let nothing = || OpError::new(ErrorKind::Service, Self::NAME, "an answer without an object");
                Thing::of(answer?.first().ok_or_else(nothing)?, kind)
            }
        };
        run.made(&made).await?;
        self.complete(made, wanted, Operation::Create, run).await
    }

    async fn update(&self, prior: &Thing, wanted: &Thing, run: &Run<'_>) -> OpResult<Thing> {
        let kind = self.kind();
        let _turn = self.turn(prior).await;
        let but_extra = |thing: &Thing| Wish { extra: if kind.has_extra { None } else { thing.extra }, ..thing.wish() };
        let mut now = prior.clone();
        if but_extra(prior) != but_extra(wanted) {
            let answer = self.repeat(Request::Update(prior.id().to_owned(), wanted.wish()), run).await?;
            now = answer.first().map_or(now, |seen| Thing::of(seen, kind));
        }
        self.complete(now, wanted, Operation::Update, run).await
    }

    async fn delete(&self, prior: &Thing, run: &Run<'_>) -> OpResult<()> {
        let _turn = self.turn(prior).await;
        match self.repeat(Request::Delete(prior.id().to_owned()), run).await {
            Err(error) if error.kind != ErrorKind::Gone => return Err(error),
            _ => {}
        }
        if self.kind().going == 0 {
            return Ok(());
        }
        let timeout = run.timeout(Operation::Delete, Duration::from_secs(600));
        wait::until(run, timeout, "it to be gone", || async {
            match self.repeat(Request::Read(prior.id().to_owned()), run).await {
                Ok(_) => Ok(None),
                Err(error) if error.kind == ErrorKind::Gone => Ok(Some(())),
                Err(error) => Err(error),
            }
        })
        .await
    }

    async fn recover(&self, wanted: &Thing, run: &Run<'_>) -> OpResult<Option<Thing>> {
        let others = run.others().await?;
        let found = wait::until(run, SETTLES, "a listing to be complete", || async {
            let found = self.list(wanted, run).await?.into_iter();
            let ours: Vec<Seen> =
                found.filter(|seen| !others.contains(&seen.id) && self.is_ours(seen, wanted, run)).collect();
            Ok((!ours.is_empty()).then_some(ours))
        });
        let mut found = match found.await {
            Err(error) if error.kind == ErrorKind::Timeout => return Ok(None),
            found => found?,
        };
        if found.len() > 1 {
            let message = format!("{} objects could each be the one that was made", found.len());
            return Err(OpError::new(ErrorKind::Conflict, Self::NAME, message));
        }
        let Some(thing) = found.pop().map(|seen| Thing::of(&seen, self.kind())) else {
            return Ok(None);
        };
        let as_it_is = thing.clone();
        self.complete(thing, &as_it_is, Operation::Create, run).await.map(Some)
    }

    fn import(&self, id: &str) -> OpResult<Thing> {
        Ok(Thing { id: Some(id.to_owned()), ..Thing::default() })
    }
}
