//! Resource types and data sources behind one object-safe interface, in terms of values.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::{
    DataSource, EphemeralType, ErrorKind, Grant, Listing, Model, ModelError, Need, OpError, OpResult, Ordering,
    Planning, Recovery, ResourceType, Run,
};
use crate::diagnostic::Diagnostics;
use crate::schema::Schema;
use crate::value::{Type, Value};

/// A resource type in terms of values; see `ResourceType` for what each operation promises.
pub trait AnyResource: Send + Sync {
    /// The schema.
    fn schema(&self) -> &Schema;
    /// What must happen before what.
    fn ordering(&self) -> &'static [Ordering];
    /// How an object is found again after a lost answer.
    fn recovery(&self) -> Recovery;
    /// Checks what is wanted.
    fn check(&self, wanted: &Value, problems: &mut Diagnostics);
    /// The attributes that lead to what `check_beside` compares with.
    fn beside(&self) -> &'static [&'static str];
    /// Checks what is wanted beside another resource, given by type and planned value.
    fn check_beside(&self, wanted: &Value, other: (&str, &Value), problems: &mut Diagnostics);
    /// Reasons against deleting the object as it is.
    fn check_delete(&self, prior: &Value, problems: &mut Diagnostics);
    /// Adjusts what is planned.
    fn plan(&self, planning: &mut Planning<'_>, problems: &mut Diagnostics);
    /// What IAM must allow for an operation.
    fn permissions(&self, need: Need<'_>) -> Vec<Grant>;
    /// The ARN that an object will have, where it follows from what is wanted.
    fn arn_of(&self, wanted: &Value) -> Option<String>;
    /// The tags that a taggable object gets besides its own.
    fn default_tags(&self) -> &BTreeMap<String, String>;
    /// What state holds, completed with what earlier versions did not store.
    fn stored(&self, value: Value) -> Value {
        value
    }
    /// What the object is like now.
    fn read<'a>(&'a self, prior: &'a Value, run: &'a Run<'a>) -> BoxFuture<'a, OpResult<Option<Value>>>;
    /// The listing that tells the object, if there is one.
    fn listing(&self, prior: &Value) -> Option<Listing>;
    /// What the objects of one listing are like now; `None` for those that it did not show.
    fn read_listed<'a>(
        &'a self,
        priors: &'a [&'a Value],
        run: &'a Run<'a>,
    ) -> BoxFuture<'a, OpResult<Vec<Option<Value>>>>;
    /// Makes the object.
    fn create<'a>(&'a self, wanted: &'a Value, run: &'a Run<'a>) -> BoxFuture<'a, OpResult<Value>>;
    /// Changes the object.
    fn update<'a>(&'a self, prior: &'a Value, wanted: &'a Value, run: &'a Run<'a>) -> BoxFuture<'a, OpResult<Value>>;
    /// Deletes the object.
    fn delete<'a>(&'a self, prior: &'a Value, run: &'a Run<'a>) -> BoxFuture<'a, OpResult<()>>;
    /// Finds an object whose creation's answer was lost.
    fn recover<'a>(&'a self, wanted: &'a Value, run: &'a Run<'a>) -> BoxFuture<'a, OpResult<Option<Value>>>;
    /// What is known from an import id alone.
    fn import(&self, id: &str) -> OpResult<Value>;
}

/// A data source, or an ephemeral resource type, in terms of values.
pub trait AnyData: Send + Sync {
    /// The schema.
    fn schema(&self) -> &Schema;
    /// Checks what is wanted.
    fn check(&self, wanted: &Value, problems: &mut Diagnostics);
    /// What IAM must allow for the read.
    fn permissions(&self, wanted: &Value) -> Vec<Grant>;
    /// Completes what is wanted with what was read.
    fn read<'a>(&'a self, wanted: &'a Value, run: &'a Run<'a>) -> BoxFuture<'a, OpResult<Value>>;
}

pub(super) struct Resource<R> {
    inner: R,
    schema: Schema,
    default_tags: Arc<BTreeMap<String, String>>,
}

impl<R: ResourceType> Resource<R> {
    pub(super) fn new(inner: R, default_tags: Arc<BTreeMap<String, String>>) -> Self {
        Self { inner, schema: R::schema(), default_tags }
    }

    fn model(value: &Value) -> OpResult<R::Model> {
        R::Model::from_value(value).map_err(|error| model_error(R::NAME, &error))
    }

    /// The model as a value, with what no model holds: `tags` beside `tags_all`, and `timeouts`.
    fn value(&self, model: &R::Model, from: &Value) -> Value {
        let mut value = model.to_value();
        if self.schema.block.attributes.contains_key("tags_all") {
            value = value.with("tags", self.own_tags(&value.attr("tags_all"), &from.attr("tags")));
        }
        if self.schema.block.blocks.contains_key("timeouts") {
            value = value.with("timeouts", from.attr("timeouts"));
        }
        value
    }

    /// The tags of an object without those that the provider's default tags explain.
    fn own_tags(&self, all: &Value, before: &Value) -> Value {
        let Some(all) = all.entries() else {
            return before.clone();
        };
        let explained = |name: &str, value: &Value| {
            before.get(name).is_none()
                && self.default_tags.get(name).is_some_and(|default| value.as_str() == Some(default))
        };
        let own: crate::value::Entries =
            all.iter().filter(|(name, value)| !explained(name, value)).map(|(n, v)| (n.clone(), v.clone())).collect();
        if own.is_empty() && before.is_null() {
            Value::null(Type::map(Type::String))
        } else {
            Value::map(Type::String, own)
        }
    }
}

fn model_error(name: &str, error: &ModelError) -> OpError {
    OpError::new(ErrorKind::Local, name, format!("a value is not of the schema's type: {error}"))
}

impl<R: ResourceType> AnyResource for Resource<R> {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn ordering(&self) -> &'static [Ordering] {
        R::ordering()
    }

    fn recovery(&self) -> Recovery {
        R::RECOVERY
    }

    fn check(&self, wanted: &Value, problems: &mut Diagnostics) {
        self.inner.check(wanted, problems);
    }

    fn beside(&self) -> &'static [&'static str] {
        R::beside()
    }

    fn check_beside(&self, wanted: &Value, other: (&str, &Value), problems: &mut Diagnostics) {
        self.inner.check_beside(wanted, other, problems);
    }

    fn check_delete(&self, prior: &Value, problems: &mut Diagnostics) {
        self.inner.check_delete(prior, problems);
    }

    fn plan(&self, planning: &mut Planning<'_>, problems: &mut Diagnostics) {
        self.inner.plan(planning, problems);
    }

    fn permissions(&self, need: Need<'_>) -> Vec<Grant> {
        self.inner.permissions(need)
    }

    fn arn_of(&self, wanted: &Value) -> Option<String> {
        self.inner.arn_of(wanted)
    }

    fn default_tags(&self) -> &BTreeMap<String, String> {
        &self.default_tags
    }

    fn read<'a>(&'a self, prior: &'a Value, run: &'a Run<'a>) -> BoxFuture<'a, OpResult<Option<Value>>> {
        Box::pin(async move {
            let found = self.inner.read(&Self::model(prior)?, run).await?;
            Ok(found.map(|model| self.value(&model, prior)))
        })
    }

    fn listing(&self, prior: &Value) -> Option<Listing> {
        R::listing(&Self::model(prior).ok()?)
    }

    fn read_listed<'a>(
        &'a self,
        priors: &'a [&'a Value],
        run: &'a Run<'a>,
    ) -> BoxFuture<'a, OpResult<Vec<Option<Value>>>> {
        Box::pin(async move {
            let models = priors.iter().map(|prior| Self::model(prior)).collect::<OpResult<Vec<_>>>()?;
            let mut found = self.inner.read_listed(&models, run).await?.into_iter();
            // What an answer lacks at its end was not shown either.
            let told = priors.iter().map(|prior| found.next().flatten().map(|model| self.value(&model, prior)));
            Ok(told.collect())
        })
    }

    fn create<'a>(&'a self, wanted: &'a Value, run: &'a Run<'a>) -> BoxFuture<'a, OpResult<Value>> {
        Box::pin(async move {
            let made = self.inner.create(&Self::model(wanted)?, run).await?;
            Ok(self.value(&made, wanted))
        })
    }

    fn update<'a>(&'a self, prior: &'a Value, wanted: &'a Value, run: &'a Run<'a>) -> BoxFuture<'a, OpResult<Value>> {
        Box::pin(async move {
            let changed = self.inner.update(&Self::model(prior)?, &Self::model(wanted)?, run).await?;
            Ok(self.value(&changed, wanted))
        })
    }

    fn delete<'a>(&'a self, prior: &'a Value, run: &'a Run<'a>) -> BoxFuture<'a, OpResult<()>> {
        Box::pin(async move { self.inner.delete(&Self::model(prior)?, run).await })
    }

    fn recover<'a>(&'a self, wanted: &'a Value, run: &'a Run<'a>) -> BoxFuture<'a, OpResult<Option<Value>>> {
        Box::pin(async move {
            let found = self.inner.recover(&Self::model(wanted)?, run).await?;
            Ok(found.map(|model| self.value(&model, wanted)))
        })
    }

    fn import(&self, id: &str) -> OpResult<Value> {
        let model = self.inner.import(id)?;
        Ok(self.value(&model, &Value::null(Type::Dynamic)))
    }
}

pub(super) struct Data<D> {
    inner: D,
    schema: Schema,
}

impl<D: DataSource> Data<D> {
    pub(super) fn new(inner: D) -> Self {
        Self { inner, schema: D::schema() }
    }
}

impl<D: DataSource> AnyData for Data<D> {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn check(&self, wanted: &Value, problems: &mut Diagnostics) {
        self.inner.check(wanted, problems);
    }

    fn permissions(&self, wanted: &Value) -> Vec<Grant> {
        self.inner.permissions(wanted)
    }

    fn read<'a>(&'a self, wanted: &'a Value, run: &'a Run<'a>) -> BoxFuture<'a, OpResult<Value>> {
        Box::pin(async move {
            let model = D::Model::from_value(wanted).map_err(|error| model_error(D::NAME, &error))?;
            Ok(self.inner.read(&model, run).await?.to_value())
        })
    }
}

pub(super) struct Ephemeral<E> {
    inner: E,
    schema: Schema,
}

impl<E: EphemeralType> Ephemeral<E> {
    pub(super) fn new(inner: E) -> Self {
        Self { inner, schema: E::schema() }
    }
}

impl<E: EphemeralType> AnyData for Ephemeral<E> {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn check(&self, wanted: &Value, problems: &mut Diagnostics) {
        self.inner.check(wanted, problems);
    }

    fn permissions(&self, wanted: &Value) -> Vec<Grant> {
        self.inner.permissions(wanted)
    }

    fn read<'a>(&'a self, wanted: &'a Value, run: &'a Run<'a>) -> BoxFuture<'a, OpResult<Value>> {
        Box::pin(async move {
            let model = E::Model::from_value(wanted).map_err(|error| model_error(E::NAME, &error))?;
            Ok(self.inner.open(&model, run).await?.to_value())
        })
    }
}
