//! The behaviour that every resource type shows on every backend: what is created reads back, a second plan is empty, an
//! update updates, a lost creation is found again, and what is deleted is gone.

pub mod recovery;

use std::path::Path as FilePath;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value as Json;

use crate::diagnostic::Diagnostics;
use crate::language::config::IgnoreChanges;
use crate::plan::change::{self, Action, Change, Moment};
use crate::resource::{AnyResource, Recovery, Registry, Run};
use crate::schema::{Block, Nesting};
use crate::value::{Type, Value, json};

/// One object under test.
pub struct Subject {
    resource: Arc<dyn AnyResource>,
    /// What state would hold of it.
    pub state: Value,
}

/// The configuration value of a JSON object: absent arguments are null, absent blocks empty.
pub fn config(block: &Block, given: &Json) -> Value {
    let value = json::from_json(given, &block.ty()).expect("the test's configuration is of the schema's type");
    for name in given.as_object().expect("an object").keys() {
        let known = block.attributes.contains_key(name.as_str()) || block.blocks.contains_key(name.as_str());
        assert!(known, "the schema has no `{name}`");
    }
    with_blocks(block, &value)
}

fn with_blocks(block: &Block, value: &Value) -> Value {
    let mut result = value.clone();
    for (name, nested) in &block.blocks {
        let inner = value.attr(name);
        let items = inner.items().unwrap_or_default().iter().map(|item| with_blocks(&nested.block, item)).collect();
        let blocks = match nested.nesting {
            Nesting::Single => inner.clone(),
            Nesting::List => Value::list(nested.block.ty(), items),
            Nesting::Set => Value::set(nested.block.ty(), items),
        };
        result = result.with(name, blocks);
    }
    result
}

/// Plans a configuration against what there is, as the engine does.
pub fn plan(resource: &dyn AnyResource, wanted: &Json, prior: Option<&Value>) -> Change {
    let config = config(&resource.schema().block, wanted);
    let moment = Moment { now: Timestamp::now(), folder: FilePath::new(env!("CARGO_MANIFEST_DIR")) };
    let mut problems = Diagnostics::new();
    let change = change::plan(resource, &config, prior, &IgnoreChanges::None, moment, &mut problems);
    assert!(!problems.has_errors(), "{}: {problems:#?}", resource.schema().name);
    change
}

impl Subject {
    /// Creates an object and checks that the plan was kept and that a second plan is empty.
    pub async fn create(registry: &Registry, ty: &str, wanted: &Json) -> Self {
        let resource = registry.resource(ty).unwrap_or_else(|| panic!("{ty} is registered")).clone();
        let change = plan(resource.as_ref(), wanted, None);
        assert_eq!(change.action, Action::Create);
        let run = Run::unrecorded();
        let planned = change.planned.unmark_deep().0;
        let made = resource.create(&planned, &run).await.unwrap_or_else(|error| panic!("{ty}: {error}"));
        let mut subject = Self { resource, state: Value::null(Type::Dynamic) };
        subject.keep_promise(&planned, &made);
        if subject.resource.recovery() != Recovery::Local {
            let found = subject.resource.recover(&planned, &run).await.unwrap_or_else(|error| panic!("{ty}: {error}"));
            let found = found.unwrap_or_else(|| panic!("{ty}: a creation whose answer was lost is found again"));
            assert_eq!(found.attr("id"), subject.state.attr("id"), "{ty}: recovery finds the object that was made");
        }
        subject.assert_listed().await;
        subject.assert_settled(wanted).await;
        subject
    }

    /// Updates the object in place and checks as after a creation.
    pub async fn update(&mut self, wanted: &Json) {
        let name = self.resource.schema().name;
        let change = plan(self.resource.as_ref(), wanted, Some(&self.state));
        assert_eq!(change.action, Action::Update, "{name}: {:?} {:?}", change.differences, change.replace_paths);
        let planned = change.planned.unmark_deep().0;
        let run = Run::unrecorded();
        let got = self.resource.update(&self.state, &planned, &run).await;
        let got = got.unwrap_or_else(|error| panic!("{name}: {error}"));
        self.keep_promise(&planned, &got);
        self.assert_settled(wanted).await;
    }

    /// Checks that a configuration would replace the object because of the given paths.
    pub fn assert_replaces(&self, wanted: &Json, paths: &[&str]) {
        let change = plan(self.resource.as_ref(), wanted, Some(&self.state));
        let found: Vec<String> = change.replace_paths.iter().map(ToString::to_string).collect();
        assert_eq!((change.action, found), (Action::Replace, paths.iter().map(ToString::to_string).collect()));
    }

    /// Reads the object into `state` and gives the paths that differ from before: what `drift` would name.
    pub async fn refresh(&mut self) -> Vec<String> {
        let read = self.read().await.unwrap_or_else(|| panic!("{}: the object is there", self.resource.schema().name));
        let block = &self.resource.schema().block;
        let observed = block.spelled_like(&self.state, &read);
        let drift = block.differences(&self.state, &observed);
        self.state = observed;
        drift.iter().map(|difference| difference.path.to_string()).collect()
    }

    /// Deletes the object, twice, and checks that it is gone.
    pub async fn delete(self) {
        let name = self.resource.schema().name;
        let run = Run::unrecorded();
        for time in ["once", "again"] {
            let result = self.resource.delete(&self.state, &run).await;
            result.unwrap_or_else(|error| panic!("{name} deleted {time}: {error}"));
        }
        assert!(self.read().await.is_none(), "{name}: what is deleted is gone");
    }

    /// Checks that a listing, where there is one, tells what a read does.
    async fn assert_listed(&self) {
        if self.resource.listing(&self.state).is_none() {
            return;
        }
        let name = self.resource.schema().name;
        let listed = self.resource.read_listed(&[&self.state, &self.state], &Run::unrecorded()).await;
        let listed = listed.unwrap_or_else(|error| panic!("{name}: {error}"));
        let read = self.read().await;
        assert_eq!(listed, [read.clone(), read], "{name}: a listing tells what a read does");
    }

    async fn read(&self) -> Option<Value> {
        let run = Run::unrecorded();
        let read = self.resource.read(&self.state, &run).await;
        read.unwrap_or_else(|error| panic!("{}: {error}", self.resource.schema().name))
    }

    fn keep_promise(&mut self, planned: &Value, got: &Value) {
        let schema = self.resource.schema();
        let (settled, broken) = change::settle(&schema.block, planned, got);
        assert!(broken.is_empty(), "{}: planned and made differ: {broken:#?}", schema.name);
        assert!(settled.is_wholly_known(), "{}: everything is known after apply: {settled:?}", schema.name);
        assert_eq!(&settled.ty(), schema.ty(), "{}: the model is the schema", schema.name);
        self.state = settled;
    }

    async fn assert_settled(&mut self, wanted: &Json) {
        let name = self.resource.schema().name;
        assert_eq!(self.refresh().await, Vec::<String>::new(), "{name}: what was made reads back unchanged");
        let change = plan(self.resource.as_ref(), wanted, Some(&self.state));
        assert!(change.action == Action::NoOp, "{name}: a second plan is empty: {:#?}", change.differences);
    }
}
