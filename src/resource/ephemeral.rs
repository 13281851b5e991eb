//! Ephemeral resources: things that are opened for one run, and of which nothing is stored.

use super::{Grant, Model, OpResult, Run};
use crate::diagnostic::Diagnostics;
use crate::schema::Schema;
use crate::value::Value;

/// One kind of thing recon can open, such as `aws_lambda_invocation`.
pub trait EphemeralType: Send + Sync + 'static {
    /// The name in configuration.
    const NAME: &'static str;
    /// Arguments and results as a plain struct.
    type Model: Model;

    /// The arguments and attributes.
    fn schema() -> Schema {
        Schema::new(Self::NAME, Self::Model::DOC, Self::Model::block())
    }

    /// Rules a schema cannot state. Any part may be unknown.
    fn check(&self, _wanted: &Value, _problems: &mut Diagnostics) {}

    /// What IAM must allow for the opening. Any part of the arguments may be unknown.
    fn permissions(&self, wanted: &Value) -> Vec<Grant>;

    /// The model completed with what was opened. It is opened by a plan whose arguments are known, and once more by apply.
    fn open(&self, wanted: &Self::Model, run: &Run<'_>) -> impl Future<Output = OpResult<Self::Model>> + Send;
}
