//! Replacements that no argument of the object itself asks for.

use super::{Builder, Place};
use crate::address::{Address, Key};
use crate::graph::Node;
use crate::language::references::{Access, Reference};
use crate::plan::step::{Action, Reason, Step};
use crate::plan::values::Repeat;
use crate::resource::{AnyResource, Ordering};
use crate::value::Path;

impl Builder<'_> {
    /// Why the instance is replaced although its arguments do not ask for it: an attribute refers to an object that is
    /// replaced, `lifecycle.replace_triggered_by` says so, or `-replace`.
    pub(super) fn replaced_for(&self, place: &Place<'_>, resource: &dyn AnyResource) -> Option<Reason> {
        if self.inputs.options.replace.contains(&place.address) {
            return Some(Reason::Requested);
        }
        let key = place.key();
        let replaced = |node: &Node| self.steps_of(*node, place.at).is_some_and(|steps| steps.replaces);
        let by_rule = resource.ordering().iter().find_map(|rule| match *rule {
            Ordering::ReplacedWith { mine } => {
                self.sites.referred(place.module, &key, mine).iter().any(replaced).then(|| Path::from(mine))
            }
            _ => None,
        });
        if let Some(path) = by_rule {
            return Some(Reason::CannotUpdate(vec![path]));
        }
        let triggers = &place.resource.lifecycle.replace_triggered_by;
        triggers.iter().any(|reference| self.is_triggered(place, reference)).then_some(Reason::Triggered)
    }

    /// Warns of `-replace` that names nothing.
    pub(super) fn check_requested(&mut self) {
        for address in &self.inputs.options.replace {
            if self.visited.contains(address) {
                continue;
            }
            let mut instances: Vec<&Address> =
                self.visited.iter().filter(|visited| visited.resource == address.resource).collect();
            instances.sort();
            let detail = match instances.as_slice() {
                [] => format!("`-replace` names `{address}`, which this plan does not have."),
                _ => format!(
                    "`-replace` names `{address}`, of which there are the instances {}.",
                    instances.iter().map(|found| format!("`{found}`")).collect::<Vec<_>>().join(", ")
                ),
            };
            let problem = self.problems.warning("Incompletely-matched force-replace resource instance").detail(detail);
            if let Some(first) = instances.first() {
                problem.help(format!("Name each that is to be replaced, as in -replace='{first}'."));
            }
        }
    }

    /// Whether what a reference names is updated or replaced.
    fn is_triggered(&self, place: &Place<'_>, reference: &Reference) -> bool {
        let mut rest = reference.rest.iter().peekable();
        let key = match rest.peek() {
            Some(Access::Key(name)) => Some(Key::Name(name.clone())),
            Some(Access::Index(index)) => Some(Key::Index(*index)),
            Some(Access::Any) => match &place.repeat {
                Repeat::Index(index) => Some(Key::Index(*index)),
                Repeat::Each(name, _) => Some(Key::Name(name.clone())),
                Repeat::One | Repeat::AnyIndex | Repeat::AnyKey => None,
            },
            _ => None,
        };
        let attribute = rest.find_map(|access| match access {
            Access::Attribute(name) => Some(name),
            _ => None,
        });
        let touches = |step: &Step| {
            matches!(step.action, Action::Update | Action::Replace)
                && attribute.is_none_or(|name| step.differences.iter().any(|found| found.path.first() == Some(name)))
        };
        let nodes = self.sites.targets(place.module, reference);
        nodes.into_iter().filter_map(|node| self.steps_of(node, place.at)).any(|steps| match &key {
            Some(key) => steps.by_key.get(key).is_some_and(|step| touches(&self.steps[*step])),
            None if attribute.is_none() => steps.touches,
            None => steps.touches && steps.all.iter().any(|step| touches(&self.steps[*step])),
        })
    }
}
