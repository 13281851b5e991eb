//! One instance while it is planned, and the steps there are so far.

use std::collections::HashMap;
use std::sync::Arc;

use super::Builder;
use crate::address::{Address, Key, ModulePath, ResourceAddress};
use crate::graph::Node;
use crate::language::config::{Module, Resource, ResourceKey};
use crate::plan::checks::{self, Checked};
use crate::plan::step::{Action, Origin, Reason, Step};
use crate::plan::values::Repeat;
use crate::value::{Type, Value};

/// One instance while it is planned.
pub(super) struct Place<'a> {
    pub(super) node: Node,
    pub(super) module: &'a Arc<Module>,
    pub(super) at: &'a ModulePath,
    pub(super) resource: &'a Arc<Resource>,
    pub(super) address: Address,
    pub(super) repeat: Repeat,
    pub(super) dependencies: Arc<[ResourceAddress]>,
}

impl Place<'_> {
    pub(super) fn checked(&self) -> Checked {
        Checked { module: self.module.path.clone(), item: checks::Item::Resource(self.key()) }
    }

    pub(super) fn origin(&self) -> Origin {
        Origin { module: self.module.clone(), key: self.key(), repeat: self.repeat.clone() }
    }

    /// The step that reads a data source during apply.
    pub(super) fn read(&self, reason: Reason) -> Step {
        Step {
            address: self.address.clone(),
            action: Action::Read,
            reason,
            prior: None,
            planned: Value::unknown(Type::Dynamic),
            differences: Vec::new(),
            dependencies: self.dependencies.clone(),
            provider: self.resource.provider.address.clone(),
            create_first: false,
            deposed: None,
            origin: Some(self.origin()),
        }
    }

    pub(super) fn key(&self) -> ResourceKey {
        let ResourceAddress { mode, ty, name, .. } = &self.address.resource;
        ResourceKey { mode: *mode, ty: ty.clone(), name: name.clone() }
    }
}

impl Builder<'_> {
    /// The steps of a resource in a module instance, as far as there are any by now.
    pub(super) fn steps_of(&self, node: Node, at: &ModulePath) -> Option<&StepsOf> {
        self.by_resource.get(&(node, at.clone()))
    }

    pub(super) fn push(&mut self, place: &Place<'_>, step: Step) {
        if self.inputs.options.refresh_only {
            return;
        }
        let steps = self.by_resource.entry((place.node, place.at.clone())).or_default();
        steps.add(self.steps.len(), &step);
        self.steps.push(step);
    }
}

/// The steps of one resource in one module instance, so that instances of another need not look at each of them.
#[derive(Default)]
pub(crate) struct StepsOf {
    /// Their positions, in the order of the instances.
    pub(crate) all: Vec<usize>,
    /// Their positions by instance.
    pub(super) by_key: HashMap<Key, usize>,
    /// Whether one of them is more than a read.
    pub(super) changes: bool,
    /// Whether one of them is an update or a replacement.
    pub(super) touches: bool,
    /// Whether one of them is a replacement.
    pub(super) replaces: bool,
}

impl StepsOf {
    fn add(&mut self, at: usize, step: &Step) {
        self.all.push(at);
        self.by_key.insert(step.address.key.clone(), at);
        self.changes |= step.action != Action::Read;
        self.touches |= matches!(step.action, Action::Update | Action::Replace);
        self.replaces |= step.action == Action::Replace;
    }
}
