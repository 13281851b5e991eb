//! What becomes of one instance: configuration and what there is, merged into what is planned.

use std::path::Path as FilePath;

use jiff::Timestamp;

use crate::diagnostic::Diagnostics;
use crate::language::config::IgnoreChanges;
use crate::plan::observed::Observation;
use crate::resource::{AnyResource, Planning};
use crate::schema::{Attribute, Block, Difference, NestedBlock, Nesting};
use crate::value::marks::{mark_at, sensitive_paths};
use crate::value::{Data, Entries, Path, Refinement, Type, Value};

/// What is done with an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    NoOp,
    /// Make it.
    Create,
    /// Change it in place.
    Update,
    /// Make a new one in place of it.
    Replace,
}

/// What is planned for an instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What is done.
    pub action: Action,
    /// What the object will be; unknown where only apply can tell.
    pub planned: Value,
    /// What differs from what there is. Empty for a creation.
    pub differences: Vec<Difference>,
    /// The paths that require a new object.
    pub replace_paths: Vec<Path>,
}

/// What a change depends on besides the instance itself.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// The time of the plan.
    pub now: Timestamp,
    /// The folder that relative file names start from.
    pub folder: &'a FilePath,
}

/// Plans one instance. `config` is an object of the schema's type with null where nothing is written; `prior` is what there
/// is, in the spelling of the last configuration. Marks of the configuration stay on the planned value.
pub fn plan(
    resource: &dyn AnyResource,
    config: &Value,
    prior: Option<&Value>,
    ignore: &IgnoreChanges,
    moment: Moment<'_>,
    problems: &mut Diagnostics,
) -> Change {
    let block = &resource.schema().block;
    let kept = prior.map_or_else(|| config.clone(), |prior| ignoring(ignore, config, prior, block));
    check_config(resource, &kept, problems);
    let (planned, mut replace_paths) = propose(resource, &kept, prior, moment, problems);
    let Some(prior) = prior else {
        return Change { action: Action::Create, planned, differences: Vec::new(), replace_paths: Vec::new() };
    };
    let differences = block.differences(prior, &planned);
    for difference in &differences {
        if block.find(&difference.path).is_some_and(|found| found.replaces())
            && !replace_paths.contains(&difference.path)
        {
            replace_paths.push(difference.path.clone());
        }
    }
    if replace_paths.is_empty() {
        let action = if differences.is_empty() { Action::NoOp } else { Action::Update };
        // Nothing differs, so the spelling of what there is stays, with the marks of the configuration.
        return Change { action, planned, differences, replace_paths };
    }
    // A new object has no changes to ignore.
    let (planned, _) = propose(resource, config, None, moment, problems);
    let differences = block.differences(prior, &planned);
    Change { action: Action::Replace, planned, differences, replace_paths }
}

/// Whether an argument of an object that stays as it is becomes a secret, or is none any more. State has to know.
pub fn marks_differ(block: &Block, observation: &Observation, planned: &Value) -> bool {
    let before = mark_at(&block.mark_sensitive(&observation.prior), &observation.sensitive);
    let arguments = block.attributes.iter().filter(|(_, attribute)| attribute.is_argument()).map(|(name, _)| *name);
    let mut names = arguments.chain(block.blocks.keys().copied());
    names.any(|name| sensitive_paths(&before.attr(name)) != sensitive_paths(&planned.attr(name)))
}

/// Checks what the configuration says by the rules of its type. Any part may be unknown.
pub fn check_config(resource: &dyn AnyResource, config: &Value, problems: &mut Diagnostics) {
    resource.check(&with_defaults(&resource.schema().block, config).unmark_deep().0, problems);
}

fn propose(
    resource: &dyn AnyResource,
    config: &Value,
    prior: Option<&Value>,
    moment: Moment<'_>,
    problems: &mut Diagnostics,
) -> (Value, Vec<Path>) {
    let block = &resource.schema().block;
    let mut planned = merge(block, config, prior);
    if block.attributes.contains_key("tags_all") && config.attr("tags_all").is_null() {
        planned = planned.with("tags_all", all_tags(resource, &config.attr("tags"), prior));
    }
    if let Some(prior) = prior {
        for (name, attribute) in &block.attributes {
            let moved = |other: &&str| match block.attributes.get(*other) {
                Some(attribute) => !attribute.means_the_same(&prior.attr(other), &planned.attr(other)),
                None => block
                    .blocks
                    .get(*other)
                    .is_some_and(|b| !b.means_the_same(&prior.attr(other), &planned.attr(other))),
            };
            if config.attr(name).is_null() && attribute.follows.iter().any(moved) {
                planned = planned.with(name, Value::unknown(attribute.ty.clone()));
            }
        }
    }
    let mut planning = Planning::new(config, prior, planned, moment.now, moment.folder);
    resource.plan(&mut planning, problems);
    planning.finish()
}

fn all_tags(resource: &dyn AnyResource, tags: &Value, prior: Option<&Value>) -> Value {
    if !tags.is_known() {
        return Value::unknown(Type::map(Type::String));
    }
    let defaults = resource.default_tags().iter();
    let mut all: Entries = defaults.map(|(name, value)| (name.as_str().into(), Value::string(value))).collect();
    if let Some(own) = tags.entries() {
        all.extend(own.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    let all = Value::map(Type::String, all).marked(tags.marks());
    match prior.map(|prior| prior.attr("tags_all")) {
        Some(prior) if prior.is_empty_or_null() && all.is_empty_or_null() => prior,
        _ => all,
    }
}

/// The configuration with the paths of `ignore_changes` set to what there is.
fn ignoring(ignore: &IgnoreChanges, config: &Value, prior: &Value, block: &Block) -> Value {
    match ignore {
        IgnoreChanges::None => config.clone(),
        IgnoreChanges::All => {
            let mut kept = config.clone();
            let arguments =
                block.attributes.iter().filter(|(_, attribute)| attribute.is_argument()).map(|(name, _)| *name);
            for name in arguments.chain(block.blocks.keys().copied()) {
                kept = kept.with(name, prior.attr(name));
            }
            kept
        }
        IgnoreChanges::Paths(paths) => paths.iter().fold(config.clone(), |config, path| keep_at(path, &config, prior)),
    }
}

fn keep_at(path: &Path, config: &Value, prior: &Value) -> Value {
    if let Some(before) = path.find(prior) {
        let before = before.clone();
        if path.find(config).is_some() {
            return path.change(config, &mut |_| before.clone());
        }
    }
    // A map element that only one side has.
    let (Some((last, parents)), mut parent) = (path.steps().split_last(), Path::root()) else {
        return config.clone();
    };
    for step in parents {
        parent = parent.then(step.clone());
    }
    let (crate::value::PathStep::Key(name) | crate::value::PathStep::Attribute(name)) = last else {
        return config.clone();
    };
    let before = path.find(prior).cloned();
    parent.change(config, &mut |map| match (map.data(), &before) {
        (Data::Map(ty, entries), before) => {
            let mut entries = Entries::clone(entries);
            match before {
                Some(before) => entries.insert(name.clone(), before.clone()),
                None => entries.remove(name),
            };
            Value::map(ty.clone(), entries).marked(map.marks())
        }
        _ => map,
    })
}

/// The configuration with defaults in place of what is absent.
fn with_defaults(block: &Block, config: &Value) -> Value {
    let mut result = config.clone();
    for (name, attribute) in &block.attributes {
        if let Some(default) = &attribute.default
            && config.attr(name).is_null()
        {
            result = result.with(name, default.clone());
        }
    }
    for (name, nested) in &block.blocks {
        let inner = config.attr(name);
        if let Some(items) = inner.items() {
            let items = items.iter().map(|item| with_defaults(&nested.block, item)).collect();
            result = result.with(name, rebuilt(nested, items).marked(inner.marks()));
        }
    }
    result
}

fn rebuilt(nested: &NestedBlock, items: Vec<Value>) -> Value {
    match nested.nesting {
        Nesting::Set => Value::set(nested.block.ty(), items),
        Nesting::List | Nesting::Single => Value::list(nested.block.ty(), items),
    }
}

/// What a block will be: the configuration, completed by defaults, by what there is, and by unknowns.
fn merge(block: &Block, config: &Value, prior: Option<&Value>) -> Value {
    let mut entries = Entries::new();
    for (name, attribute) in &block.attributes {
        entries
            .insert((*name).into(), merge_attribute(attribute, config.attr(name), prior.map(|prior| prior.attr(name))));
    }
    for (name, nested) in &block.blocks {
        entries.insert((*name).into(), merge_blocks(nested, &config.attr(name), prior.map(|prior| prior.attr(name))));
    }
    Value::object(entries).marked(config.marks())
}

fn merge_attribute(attribute: &Attribute, config: Value, prior: Option<Value>) -> Value {
    let given = match &attribute.default {
        Some(default) if config.is_null() => default.clone(),
        _ => config,
    };
    match (given.is_null(), attribute.computed, prior) {
        (true, true, Some(prior)) => prior,
        (true, true, None) => Value::refined(attribute.ty.clone(), Refinement::default()),
        (true, false, Some(prior)) if prior.is_empty_or_null() => prior,
        (true, false, _) => Value::null(attribute.ty.clone()),
        (false, _, Some(prior)) if attribute.means_the_same(&prior, &given) => {
            mark_at(&prior, &sensitive_paths(&given)).marked(given.marks())
        }
        (false, ..) => given,
    }
}

fn merge_blocks(nested: &NestedBlock, config: &Value, prior: Option<Value>) -> Value {
    if !config.is_known() {
        return config.clone();
    }
    if nested.nesting == Nesting::Single {
        return config.clone();
    }
    let items = config.items().unwrap_or_default();
    if items.is_empty() && nested.computed {
        let ty = nested.block.ty();
        let unknown = match nested.nesting {
            Nesting::Set => Type::set(ty),
            Nesting::List | Nesting::Single => Type::list(ty),
        };
        return prior.unwrap_or_else(|| Value::unknown(unknown));
    }
    let before = prior.as_ref().and_then(Value::items).unwrap_or_default();
    let mut left: Vec<&Value> = before.iter().collect();
    let merged = items.iter().enumerate().map(|(i, item)| {
        let partner = match nested.nesting {
            Nesting::Set => take_partner(nested, item, &mut left),
            Nesting::List | Nesting::Single => before.get(i),
        };
        merge(&nested.block, item, partner)
    });
    rebuilt(nested, merged.collect()).marked(config.marks())
}

/// The element of a set that an element of the configuration continues: the one with its key, or one that agrees in
/// everything the configuration says.
fn take_partner<'a>(nested: &NestedBlock, item: &Value, left: &mut Vec<&'a Value>) -> Option<&'a Value> {
    let agrees = |before: &&&Value| match nested.key {
        Some(key) => before.attr(key).same(&item.attr(key)),
        None => {
            let merged = merge(&nested.block, item, Some(before));
            nested.block.means_the_same(before, &merged)
        }
    };
    let at = left.iter().position(|before| agrees(&before))?;
    Some(left.swap_remove(at))
}

/// What is kept of an object after a creation or update: what AWS gave, in the spelling of the plan, with the
/// differences that break the promise of the plan (P2).
pub fn settle(block: &Block, planned: &Value, got: &Value) -> (Value, Vec<Difference>) {
    (block.spelled_like(planned, got), broken_promises(block, planned, got))
}

/// What a later plan of the same instance breaks of what an earlier one promised (P2).
pub fn broken_promises(block: &Block, planned: &Value, later: &Value) -> Vec<Difference> {
    let later = block.spelled_like(planned, later);
    let differences = block.differences(planned, &later).into_iter();
    differences.filter(|difference| promised(&difference.before, &difference.after)).collect()
}

/// Whether a planned value promised something that the final one breaks: known parts only.
fn promised(planned: &Value, got: &Value) -> bool {
    match planned.data() {
        Data::Unknown(..) => false,
        Data::List(_, a) | Data::Tuple(a) => match got.items() {
            Some(b) if a.len() == b.len() => a.iter().zip(b).any(|(a, b)| promised(a, b)),
            _ => true,
        },
        Data::Set(_, a) => planned.is_wholly_known() || got.items().is_none_or(|b| b.len() > a.len()),
        Data::Map(_, a) | Data::Object(a) => match got.entries() {
            Some(b) => a.iter().any(|(name, a)| b.get(name).map_or(!a.is_empty_or_null(), |b| promised(a, b))),
            None => true,
        },
        Data::Null(_) | Data::Bool(_) | Data::Number(_) | Data::String(_) => {
            let both_empty = planned.is_empty_or_null() && got.is_empty_or_null();
            !both_empty && !planned.same(got)
        }
    }
}

#[cfg(test)]
#[path = "change/tests.rs"]
mod tests;
