//! The beginning of a step: its task, with the provisioners that belong to it.

use std::time::Instant;

use super::Runner;
use crate::address::{Key, ResourceAddress};
use crate::apply::event::Event;
use crate::apply::perform::{self, Task};
use crate::apply::provision::Provisioning;
use crate::graph::Node;
use crate::language::config::{ResourceKey, When};
use crate::plan::step::Step;
use crate::plan::values::{ModuleScope, Repeat};
use crate::plan::{module_of, removed_with_provisioners};
use crate::resource::Token;
use crate::value::marks::mark_at;
use crate::value::{Type, Value};

impl Runner<'_> {
    pub(super) fn begin_apply(&mut self, node: Node, step: &Step) {
        match self.prepare(step) {
            Ok(Some(task)) if step.create_first => {
                let key = Token::fresh().as_str()[..8].to_owned();
                self.set_aside.insert(step.address.clone(), key.clone());
                self.begin(node, task.with_set_aside(key));
            }
            Ok(Some(task)) => self.begin(node, task),
            Ok(None) => self.walk.done(&self.plan.graph, node),
            Err(problem) => self.fail_or_warn(node, step.address.clone(), *problem),
        }
    }

    pub(super) fn begin_destroy(&mut self, node: Node, step: &Step) {
        let resource = self.job.wish.providers.resource(&step.address.resource.ty, &step.provider);
        let (Some(resource), Some(prior)) = (resource, &step.prior) else {
            self.walk.done(&self.plan.graph, node);
            return;
        };
        let prior = resource.schema().block.mark_sensitive(prior);
        let known = self.job.observed.instances.get(&step.address);
        let prior = mark_at(&prior, known.map(|known| &*known.sensitive).unwrap_or_default());
        let task = Task::destroy(step, resource.clone(), prior).with_provisioning(self.before_destruction(step));
        let task = match self.set_aside.get(&step.address) {
            Some(key) if step.create_first => task.with_set_aside(key.clone()),
            _ => task,
        };
        self.begin(node, task);
    }

    /// What runs before the object of a step is deleted. As in Terraform, that is nothing for an object that was not made
    /// completely, or that was set aside for its replacement.
    fn before_destruction(&self, step: &Step) -> Option<Provisioning> {
        let tainted = self.job.observed.instances.get(&step.address).is_some_and(|known| known.tainted);
        if tainted || step.deposed.is_some() || step.create_first {
            return None;
        }
        let ResourceAddress { module: at, mode, ty, name } = &step.address.resource;
        let config = self.job.wish.config;
        let key = ResourceKey { mode: *mode, ty: ty.clone(), name: name.clone() };
        let configured = module_of(config, at)
            .and_then(|module| Some((&**module, &*module.resources.get(&key)?.provisioners)))
            .or_else(|| {
                let (module, removed) = removed_with_provisioners(config, &step.address.resource)?;
                Some((module, &*removed.provisioners))
            });
        let (module, provisioners) = configured?;
        let repeat = match &step.address.key {
            Key::None => Repeat::One,
            Key::Index(index) => Repeat::Index(*index),
            Key::Name(name) => Repeat::Each(name.clone(), Value::unknown(Type::Dynamic)),
        };
        let (values, surroundings) = (&self.values, &self.surroundings);
        let scope = ModuleScope { values, surroundings, module, at, repeat: &repeat, this: None };
        Provisioning::of(provisioners, When::Destroy, &scope)
    }

    fn begin(&mut self, node: Node, task: Task) {
        let id = task.shown_id();
        self.tell(Event::Started { address: task.address.clone(), doing: task.doing, id });
        let ties = perform::Ties {
            writer: self.job.writer.clone(),
            events: self.job.events.clone(),
            stop: self.job.stop.clone(),
        };
        self.tasks.spawn(perform::perform(task, node, ties, Instant::now()));
    }
}
