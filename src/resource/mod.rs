//! The socket that resource types plug into. No plug may live here.

mod boxed;
mod data;
mod ephemeral;
mod error;
mod model;
pub mod permission;
mod planning;
mod registry;
mod run;

pub use boxed::{AnyData, AnyResource};
pub use data::DataSource;
pub use ephemeral::EphemeralType;
pub use error::{ErrorKind, OpError, OpResult};
pub use model::{AsAttribute, AsBlockSet, AsBlocks, AsSet, Field, Model, ModelError};
pub use permission::{Grant, Need};
pub use planning::Planning;
pub use recon_derive::Model;
pub use registry::Registry;
pub use run::{Operation, Recorder, Run, Token, Unrecorded, parse_duration};

use crate::diagnostic::Diagnostics;
use crate::schema::Schema;
use crate::value::Value;

/// What must happen before what, although no expression says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordering {
    /// This resource waits for every resource of the given type whose attribute `theirs` refers to the same
    /// resource as this one's attribute `mine`. A function waits for the policies of its role this way.
    AfterSiblings {
        /// The attribute of this resource that refers to the shared one, such as `role`.
        mine: &'static str,
        /// The other resource type.
        ty: &'static str,
        /// The attribute of the other resource that refers to the shared one.
        theirs: &'static str,
    },
    /// An update of this resource waits for the deletion of the given type's instances that depended on it. A schema
    /// waits for the deletion of resolvers of vanishing fields this way.
    UpdateAfterDeleting(&'static str),
    /// A replacement of the resource that attribute `mine` refers to replaces this one as well, although its arguments
    /// stay the same: it went with the old object. A function takes its permissions along this way.
    ReplacedWith {
        /// The attribute of this resource that refers to the other.
        mine: &'static str,
    },
    /// A replacement of this resource makes the new object, points what uses it there, and deletes the old one last,
    /// since the old one cannot go while it is used. A type with a natural name does so only where an argument makes it
    /// another object; otherwise the old one still has the name.
    CreateFirst,
    /// A replacement of this resource deletes before it creates, whatever the configuration asks for, since two
    /// objects cannot stand beside each other.
    DeleteFirst,
    /// A deletion or replacement loses what users stored; it needs consent beyond `-auto-approve` (P13).
    Dear,
}

/// How an object is found again when the answer to its creation was lost (P4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// AWS takes an idempotency token.
    IdempotencyToken,
    /// The configuration gives a name that only one object can have.
    NaturalName,
    /// A tag that recon puts on what it makes.
    OwnershipTag,
    /// The only object in a listing that is as it was wished and that state does not know.
    ComparedListing,
    /// There is nothing outside recon to lose.
    Local,
}

/// A listing that tells objects as completely as a read of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Objects that one listing tells have the same name here.
    pub name: String,
    /// From how many objects on the listing costs fewer calls than reading each.
    pub worth: usize,
}

impl Listing {
    /// A listing of pages, which may show many other objects as well.
    pub fn in_pages(name: impl Into<String>) -> Self {
        Self { name: name.into(), worth: 4 }
    }

    /// A listing that even the read of a single object makes.
    pub fn made_anyway(name: impl Into<String>) -> Self {
        Self { name: name.into(), worth: 2 }
    }

    /// How many pages of a listing are worth reading for a number of objects; what they do not show is read by itself.
    pub fn pages_worth(objects: usize) -> usize {
        objects.div_ceil(4)
    }
}

/// One kind of object recon can manage, such as `aws_dynamodb_table`.
///
/// A model's `tags` is left to the caller: implementers read and write `tags_all` alone, without tags that start with
/// `aws:` or `recon:`. Likewise `timeouts` is no part of a model; `Run::timeout` has it.
pub trait ResourceType: Send + Sync + 'static {
    /// The type's name in configuration.
    const NAME: &'static str;
    /// How an object is found again after a lost answer.
    const RECOVERY: Recovery;
    /// The object as a plain struct, made only from fully known values.
    type Model: Model;

    /// The attributes; each says required, optional or computed, and whether a change replaces the object.
    fn schema() -> Schema {
        Schema::new(Self::NAME, Self::Model::DOC, Self::Model::block())
    }

    /// What must happen before what, although no expression says so.
    fn ordering() -> &'static [Ordering] {
        &[]
    }

    /// Rules a schema cannot state. Runs at plan time on the configuration with defaults filled in, so any part may be
    /// unknown. Problems name their place with `Diagnostic::on`.
    fn check(&self, _wanted: &Value, _problems: &mut Diagnostics) {}

    /// The attributes through which this resource refers to another that `check_beside` compares it with.
    fn beside() -> &'static [&'static str] {
        &[]
    }

    /// Rules about this resource and another it refers to, such as a resolver's field and the schema of its API. `other` is
    /// the other resource's planned value; its type is named with it.
    fn check_beside(&self, _wanted: &Value, _other: (&str, &Value), _problems: &mut Diagnostics) {}

    /// Reasons against deleting the object as it is, such as its own deletion protection. Runs at plan time, so that nothing
    /// else is touched before.
    fn check_delete(&self, _prior: &Value, _problems: &mut Diagnostics) {}

    /// Adjusts what is planned: computed values that can be told beforehand, or that a change makes unknown.
    fn plan(&self, _planning: &mut Planning<'_>, _problems: &mut Diagnostics) {}

    /// What IAM must allow for an operation: an action for each call that it may make, and those that AWS wants beside them,
    /// such as `iam:PassRole`. An object whose name is known has an exact ARN even before it is made.
    fn permissions(&self, need: Need<'_>) -> Vec<Grant>;

    /// The ARN that an object will have, where it follows from what is wanted.
    fn arn_of(&self, _wanted: &Value) -> Option<String> {
        None
    }

    /// What the object is like now. `prior` is what state holds of it. Returns `None` if the object is gone.
    fn read(&self, prior: &Self::Model, run: &Run<'_>) -> impl Future<Output = OpResult<Option<Self::Model>>> + Send;

    /// The listing that tells the object as completely as `read` does, if there is one.
    fn listing(_prior: &Self::Model) -> Option<Listing> {
        None
    }

    /// What objects of one listing are like now, in their order. `None` only says that the listing did not show the object;
    /// whether it is gone is for `read` to say.
    fn read_listed(
        &self,
        priors: &[Self::Model],
        run: &Run<'_>,
    ) -> impl Future<Output = OpResult<Vec<Option<Self::Model>>>> + Send {
        async move {
            let mut found = Vec::with_capacity(priors.len());
            for prior in priors {
                found.push(self.read(prior, run).await?);
            }
            Ok(found)
        }
    }

    /// Makes the object, and tells `Run::made` as soon as its id is known, before any wait or further call.
    fn create(&self, wanted: &Self::Model, run: &Run<'_>) -> impl Future<Output = OpResult<Self::Model>> + Send;

    /// Changes the object from what it is to what is wanted, in place.
    fn update(
        &self,
        prior: &Self::Model,
        wanted: &Self::Model,
        run: &Run<'_>,
    ) -> impl Future<Output = OpResult<Self::Model>> + Send;

    /// Deletes the object. Deleting what is already gone succeeds.
    fn delete(&self, prior: &Self::Model, run: &Run<'_>) -> impl Future<Output = OpResult<()>> + Send;

    /// Finds the object that a creation with this wish and `Run::token` made although its answer was lost. It is none of
    /// those that `Run::others` tells of.
    fn recover(
        &self,
        wanted: &Self::Model,
        run: &Run<'_>,
    ) -> impl Future<Output = OpResult<Option<Self::Model>>> + Send;

    /// What is known of the object from an import id alone, enough for `read`.
    fn import(&self, id: &str) -> OpResult<Self::Model>;
}
