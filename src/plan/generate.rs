//! Configuration for objects that are to be imported to where there is none.

use std::cmp::Reverse;
use std::sync::Arc;

use super::change::{self, Moment};
use super::providers::Providers;
use crate::address::{Address, Key};
use crate::diagnostic::{Diagnostics, Severity};
use crate::language::config::{IgnoreChanges, Import};
use crate::language::{Generated, quoted, resource_block};
use crate::resource::AnyResource;
use crate::schema::{Block, Nesting};
use crate::value::{Path, PathStep, Value};

const HEADER: &str = "# __generated__ by recon
# Please review these resources and move them into your main configuration files.
";

/// What follows from other arguments. Written down, it would stand against the next change of those.
const FOLLOWS: [&str; 5] = ["id", "tags_all", "timeouts", "code_sha256", "source_code_hash"];

/// An object that is to be imported to where there is no block.
#[derive(Clone, Debug)]
pub struct Unwritten {
    /// Where to.
    pub address: Address,
    /// What names it for its resource type.
    pub id: Arc<str>,
    /// What there is of it.
    pub found: Value,
    /// Its provider configuration, as state names it.
    pub provider: Arc<str>,
    /// Its provider configuration, as the import block names it.
    pub written: Option<String>,
}

/// Why no block can be written for an import, as a sentence.
pub(super) fn refusal(address: &Address, import: &Import) -> Option<&'static str> {
    if !address.resource.module.is_root() {
        return Some("Only blocks of the root module are written by `-generate-config-out`.");
    }
    let is_one = import.for_each.is_none() && address.key == Key::None;
    (!is_one).then_some(
        "`-generate-config-out` writes no blocks with `count` or `for_each`, nor for an import with `for_each`.",
    )
}

/// A file with a block for each object.
pub fn file(unwritten: &[Unwritten], providers: &Providers, moment: Moment<'_>) -> String {
    let mut out = HEADER.to_owned();
    for Unwritten { address, id, found, provider, written } in unwritten {
        let Some(resource) = providers.resource(&address.resource.ty, provider) else {
            continue;
        };
        let block = &resource.schema().block;
        let is_secret = block.attributes.get("id").is_some_and(|id| id.sensitive);
        let from = if is_secret { String::new() } else { format!(" from {}", quoted(id)) };
        let about = Generated { ty: &address.resource.ty, name: &address.resource.name, provider: written.as_deref() };
        let text = resource_block(about, block, &configuration(resource.as_ref(), found, moment));
        out.push_str(&format!("\n# __generated__ by recon{from}\n{text}"));
    }
    out
}

/// The configuration of an object as it is: its arguments but for those that the type refuses beside the others, and those that
/// say nothing.
fn configuration(resource: &dyn AnyResource, found: &Value, moment: Moment<'_>) -> Value {
    let block = &resource.schema().block;
    let plan = |config: &Value| {
        let mut problems = Diagnostics::new();
        let change = change::plan(resource, config, Some(found), &IgnoreChanges::None, moment, &mut problems);
        (change.action, problems)
    };
    let mut config = arguments(block, found);
    for name in FOLLOWS {
        config = without(block, &config, name);
    }
    let (mut action, mut problems) = plan(&config);
    while let Some(refused) = refused(block, &config, &problems) {
        config = without(block, &config, refused);
        (action, problems) = plan(&config);
    }
    let shorten = |shorter: Value| {
        let (same, found) = plan(&shorter);
        let is_as_good = same == action && found.len() <= problems.len();
        is_as_good.then_some(shorter)
    };
    config = shorten(without_empty_inside(block, &config)).unwrap_or(config);
    for name in block.writable_names() {
        if says_nothing(block, &config, name) {
            config = shorten(without(block, &config, name)).unwrap_or(config);
        }
    }
    config
}

/// Whether an argument that may be absent is empty, or blocks that may be are.
fn says_nothing(block: &Block, config: &Value, name: &str) -> bool {
    let given = config.attr(name);
    match block.attributes.get(name) {
        Some(attribute) => !attribute.required && !given.is_null() && given.is_empty_or_null(),
        None => {
            let inner = block.blocks.get(name).map(|nested| &nested.block);
            let is_empty = |item: &Value| inner.is_some_and(|inner| !says_something(inner, item));
            given.items().is_some_and(|items| !items.is_empty() && items.iter().all(is_empty))
        }
    }
}

fn says_something(block: &Block, value: &Value) -> bool {
    block.writable_names().any(|name| !value.attr(name).is_empty_or_null())
}

/// Without the empty arguments of nested blocks.
fn without_empty_inside(block: &Block, config: &Value) -> Value {
    map_blocks(block, config, &|inner, item| {
        let empty = inner.attributes.keys().filter(|name| says_nothing(inner, item, name));
        without_empty_inside(inner, &empty.fold(item.clone(), |item, name| without(inner, &item, name)))
    })
}

/// An argument that a problem is about and that can be left out.
fn refused(block: &Block, config: &Value, problems: &Diagnostics) -> Option<&'static str> {
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error);
    let named = errors.filter_map(|problem| match problem.attribute.as_ref().map(Path::steps)?.first()? {
        PathStep::Attribute(name) => block.attributes.get_key_value(&**name),
        PathStep::Key(_) | PathStep::Index(_) => None,
    });
    named.filter(|(name, attribute)| !attribute.required && !config.attr(name).is_null()).map(|(name, _)| *name).next()
}

/// What of an object a configuration can say, with null for everything else.
fn arguments(block: &Block, found: &Value) -> Value {
    let mut value = found.clone();
    for (name, attribute) in &block.attributes {
        let given = found.attr(name);
        let too_short = given.as_str().is_some_and(|text| {
            attribute.min.is_some_and(|min| i64::try_from(text.chars().count()).is_ok_and(|length| length < min))
        });
        if !attribute.required && (!attribute.optional || attribute.deprecated.is_some() || too_short) {
            value = without(block, &value, name);
        }
    }
    for name in conflicting(block, &value) {
        value = without(block, &value, name);
    }
    map_blocks(block, &value, &arguments)
}

fn map_blocks(block: &Block, value: &Value, change: &dyn Fn(&Block, &Value) -> Value) -> Value {
    block.blocks.iter().fold(value.clone(), |value, (name, nested)| {
        let inner = value.attr(name);
        let items = || inner.items().unwrap_or_default().iter().map(|item| change(&nested.block, item)).collect();
        let blocks = match nested.nesting {
            Nesting::Single if inner.is_null() => inner.clone(),
            Nesting::Single => change(&nested.block, &inner),
            Nesting::List => Value::list(nested.block.ty(), items()),
            Nesting::Set => Value::set(nested.block.ty(), items()),
        };
        value.with(name, blocks)
    })
}

/// The arguments that cannot stand beside others that say more.
fn conflicting(block: &Block, value: &Value) -> Vec<&'static str> {
    let mut given: Vec<_> = block.attributes.iter().filter(|(name, _)| !value.attr(name).is_null()).collect();
    given.sort_by_key(|(name, attribute)| {
        Reverse((attribute.required, !value.attr(name).is_empty_or_null(), !attribute.computed))
    });
    let mut kept: Vec<&'static str> = Vec::new();
    let mut dropped = Vec::new();
    for (name, attribute) in given {
        let clash = |other: &&'static str| {
            attribute.conflicts.contains(other) || block.attributes[*other].conflicts.contains(name)
        };
        if kept.iter().any(clash) { dropped.push(*name) } else { kept.push(*name) }
    }
    dropped
}

fn without(block: &Block, value: &Value, name: &str) -> Value {
    match block.attributes.get(name) {
        Some(attribute) => value.with(name, Value::null(attribute.ty.clone())),
        None => match block.blocks.get(name).map(|nested| (nested.nesting, nested.block.ty())) {
            Some((Nesting::Single, ty)) => value.with(name, Value::null(ty)),
            Some((Nesting::List, ty)) => value.with(name, Value::list(ty, Vec::new())),
            Some((Nesting::Set, ty)) => value.with(name, Value::set(ty, Vec::new())),
            None => value.clone(),
        },
    }
}
