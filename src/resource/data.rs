//! Data sources: things that are read and never changed.

use super::{Grant, Model, OpResult, Run};
use crate::diagnostic::Diagnostics;
use crate::schema::Schema;
use crate::value::Value;

/// One kind of thing recon can read, such as `aws_region`.
pub trait DataSource: Send + Sync + 'static {
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

    /// What IAM must allow for the read. Any part of the arguments may be unknown.
    fn permissions(&self, wanted: &Value) -> Vec<Grant>;

    /// The model completed with what was read. What does not exist is an error of kind `Gone`.
    fn read(&self, wanted: &Self::Model, run: &Run<'_>) -> impl Future<Output = OpResult<Self::Model>> + Send;
}
