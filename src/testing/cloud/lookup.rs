//! `data "cloud_lookup"`: an object that the configuration refers to by id.

use std::time::Duration;

use super::Cloud;
use super::kinds::KINDS;
use super::world::Request;
use crate::aws::{Aws, wait};
use crate::resource::{DataSource, ErrorKind, Grant, Model, OpResult, Run};
use crate::value::Value;

/// An object, looked up by its id.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(super) struct Found {
    /// The object's id.
    #[attr(required)]
    id: String,
    /// The object's name.
    #[attr(computed)]
    name: Option<String>,
    /// What changes with the object.
    #[attr(computed)]
    stamp: Option<String>,
}

/// The data source `cloud_lookup`.
pub(super) struct Lookup {
    pub(super) cloud: Cloud,
    pub(super) aws: Aws,
}

impl DataSource for Lookup {
    const NAME: &'static str = "cloud_lookup";
    type Model = Found;

    fn permissions(&self, _wanted: &Value) -> Vec<Grant> {
        Vec::new()
    }

    async fn read(&self, wanted: &Found, run: &Run<'_>) -> OpResult<Found> {
        // An object made seconds ago may not be seen yet.
        let found = wait::until(run, Duration::from_secs(30), "an object to appear", || async {
            let read = || self.cloud.call(&KINDS[0], Request::Read(wanted.id.clone()));
            match self.aws.repeat(run, read).await {
                Ok(found) => Ok(Some(found)),
                Err(error) if error.kind == ErrorKind::Gone => Ok(None),
                Err(error) => Err(error),
            }
        });
        let seen = found.await?.into_iter().next();
        let (name, stamp) = seen.map(|seen| (seen.is.name, format!("{}.{}", seen.id, seen.version))).unzip();
        Ok(Found { id: wanted.id.clone(), name, stamp })
    }
}
