//! A resource instance while its plan is made, as a resource type sees it.

use std::path::Path as FilePath;

use jiff::Timestamp;

use crate::value::{Path, Type, Value};

/// One instance's plan in the making. Values are objects of the type's schema.
pub struct Planning<'a> {
    /// What the configuration says; absent arguments are null, without defaults.
    pub config: &'a Value,
    /// What there is now, if there is an object.
    pub prior: Option<&'a Value>,
    /// The time of the plan.
    pub now: Timestamp,
    /// The folder that relative file names start from.
    pub folder: &'a FilePath,
    planned: Value,
    replace: Vec<Path>,
}

impl<'a> Planning<'a> {
    /// A plan to be adjusted.
    pub fn new(
        config: &'a Value,
        prior: Option<&'a Value>,
        planned: Value,
        now: Timestamp,
        folder: &'a FilePath,
    ) -> Self {
        Self { config, prior, now, folder, planned, replace: Vec::new() }
    }

    /// What the object will be, as far as it is known.
    pub fn planned(&self) -> &Value {
        &self.planned
    }

    /// Whether there is no object yet.
    pub fn is_create(&self) -> bool {
        self.prior.is_none()
    }

    /// Plans a value for an attribute.
    pub fn set(&mut self, name: &str, value: Value) {
        self.planned = self.planned.with(name, value);
    }

    /// Plans that an attribute is known only after apply.
    pub fn set_unknown(&mut self, name: &str, ty: Type) {
        self.set(name, Value::unknown(ty));
    }

    /// Plans a value at any depth; nothing happens where the path leads nowhere.
    pub fn set_at(&mut self, path: &Path, value: &Value) {
        self.planned = path.change(&self.planned, &mut |_| value.clone());
    }

    /// Whether an attribute is planned to differ from what there is; true where there is no object yet.
    pub fn changes(&self, name: &str) -> bool {
        self.prior.is_none_or(|prior| !prior.attr(name).same(&self.planned.attr(name)))
    }

    /// Plans a new object because of the attribute at this path.
    pub fn require_replace(&mut self, path: impl Into<Path>) {
        self.replace.push(path.into());
    }

    /// The planned object and the paths that require a new one.
    pub fn finish(self) -> (Value, Vec<Path>) {
        (self.planned, self.replace)
    }
}
