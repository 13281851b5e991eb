//! A plan to its report: where secrets are taken out.

use std::collections::HashSet;

use super::items::{Label, created, named, updated};
use super::report::{Change, Outside, Report, Totals, Verb};
use crate::address::{Address, Mode};
use crate::plan::Made;
use crate::plan::observed::{Drift, Observation, Observed};
use crate::plan::providers::Providers;
use crate::plan::step::{Action, Reason, Step};
use crate::schema::Schema;
use crate::value::marks::{mark_at, sensitive_paths};
use crate::value::{Path, Value};

impl Report {
    /// What is told of a plan.
    pub fn of(made: &Made, providers: &Providers) -> Self {
        let plan = &made.plan;
        let dear: HashSet<&Address> = plan.dear.iter().collect();
        let mut changes: Vec<Change> = plan
            .steps
            .iter()
            .filter_map(|step| {
                let dear = dear.contains(&step.address);
                let mut change = change(step, made.observed.instances.get(&step.address), providers, dear)?;
                change.moved_from = plan.moved.get(&step.address).map(ToString::to_string);
                change.import_id = plan.imports.get(&step.address).map(|import| import.id.to_string());
                Some(change)
            })
            .collect();
        changes.extend(taken_over(made, providers));
        changes.sort_by(|a, b| a.address.cmp(&b.address));
        let outputs = plan.outputs.iter();
        let counts = plan.counts();
        Self {
            outside: outside(&made.observed, &plan.drift, providers),
            changes,
            outputs: outputs.map(|o| named(&o.name, o.before.as_ref(), o.after.as_ref())).collect(),
            totals: Totals {
                add: counts.add,
                change: counts.change,
                destroy: counts.destroy,
                import: counts.import,
                forget: counts.forget,
            },
            destroys_all: plan.destroys_all,
            refresh_only: plan.is_refresh_only,
        }
    }
}

/// Objects that move or are imported, and otherwise stay as they are.
fn taken_over<'a>(made: &'a Made, providers: &'a Providers) -> impl Iterator<Item = Change> + 'a {
    let plan = &made.plan;
    let moved = plan.moved.keys().filter(|address| !plan.imports.contains_key(address));
    moved.chain(plan.imports.keys()).filter_map(|address| {
        let value = plan.unchanged.get(address)?;
        let import = plan.imports.get(address);
        let provider = match import {
            Some(import) => &import.provider,
            None => &made.observed.instances.get(address)?.provider,
        };
        Some(Change {
            address: address.to_string(),
            verb: if import.is_some() { Verb::Import } else { Verb::Move },
            id: schema(address, provider, providers).and_then(|schema| id(schema, value)),
            moved_from: plan.moved.get(address).map(ToString::to_string),
            import_id: import.map(|import| import.id.to_string()),
            why: String::new(),
            items: Vec::new(),
            later: Vec::new(),
            dear: false,
            create_first: false,
        })
    })
}

/// What others changed since the last apply, by address; `drifts` are those that `Observed::drift` gives.
pub fn outside(observed: &Observed, drifts: &[Drift], providers: &Providers) -> Vec<Outside> {
    drifts
        .iter()
        .filter_map(|Drift { address, .. }| {
            let observation = observed.instances.get(address)?;
            let schema = schema(address, &observation.provider, providers)?;
            let before = hidden(schema, &observation.prior, &observation.sensitive);
            let id = id(schema, &before);
            let Some(current) = &observation.current else {
                return Some(Outside { address: address.to_string(), id, gone: true, items: Vec::new() });
            };
            let after = hidden(schema, current, &observation.sensitive);
            let (mut items, _) = updated(&schema.block, &before, &after, &|_| true, &[]);
            items.retain(|item| !changes_by_itself(schema, &item.label));
            if items.is_empty() {
                return None;
            }
            Some(Outside { address: address.to_string(), id, gone: false, items })
        })
        .collect()
}

/// Whether AWS changes an attribute without anybody having changed the object.
fn changes_by_itself(schema: &Schema, label: &Label) -> bool {
    let names = ["estimated_number_of_users", "last_modified", "last_modified_date", "last_updated_date"];
    let Label::Attribute(name) = label else {
        return false;
    };
    let computed = schema.block.attributes.get(name.as_str()).is_some_and(|attribute| !attribute.is_argument());
    computed && names.contains(&name.as_str())
}

fn schema<'a>(address: &Address, provider: &str, providers: &'a Providers) -> Option<&'a Schema> {
    match address.resource.mode {
        Mode::Managed => providers.resource(&address.resource.ty, provider).map(|resource| resource.schema()),
        Mode::Data => providers.data(&address.resource.ty, provider).map(|data| data.schema()),
        Mode::Ephemeral => None,
    }
}

fn hidden(schema: &Schema, value: &Value, sensitive: &[Path]) -> Value {
    mark_at(&schema.block.mark_sensitive(value), sensitive)
}

fn id(schema: &Schema, value: &Value) -> Option<String> {
    let id = value.attr("id");
    let public = schema.block.attributes.get("id").is_some_and(|id| !id.sensitive) && !id.is_sensitive();
    id.as_str().filter(|id| public && !id.is_empty()).map(str::to_owned)
}

fn change(step: &Step, observed: Option<&Observation>, providers: &Providers, dear: bool) -> Option<Change> {
    let schema = schema(&step.address, &step.provider, providers)?;
    let body =
        step.origin.as_ref().and_then(|origin| origin.module.resources.get(&origin.key)).map(|block| &block.body);
    let written = |name: &str| body.is_some_and(|body| body.attribute(name).is_some());
    let prior = step.prior.as_ref().map(|prior| {
        // What is a secret now was one before.
        let known = observed.map(|observation| &*observation.sensitive).unwrap_or_default();
        hidden(schema, &hidden(schema, prior, known), &sensitive_paths(&step.planned))
    });
    let replacing: &[Path] = match &step.reason {
        Reason::CannotUpdate(paths) => paths,
        _ => &[],
    };
    let (verb, (items, later)) = match (step.action, &prior) {
        (Action::Delete, _) => (Verb::Destroy, (Vec::new(), Vec::new())),
        (Action::Forget, _) => (Verb::Forget, (Vec::new(), Vec::new())),
        (Action::Update, Some(prior)) => {
            (Verb::Change, updated(&schema.block, prior, &step.planned, &written, replacing))
        }
        (Action::Replace, Some(prior)) => {
            (Verb::Replace, updated(&schema.block, prior, &step.planned, &written, replacing))
        }
        (Action::Read, _) => (Verb::Read, created(&schema.block, &step.planned, &written)),
        (Action::Create | Action::Update | Action::Replace, _) => {
            (Verb::Create, created(&schema.block, &step.planned, &written))
        }
    };
    let id = prior.as_ref().filter(|_| verb != Verb::Create).and_then(|prior| id(schema, prior));
    let why = match verb == Verb::Change && items.is_empty() && later.is_empty() {
        true => "only which of its arguments are sensitive changes".into(),
        false => why(step),
    };
    let (moved_from, import_id) = (None, None);
    let address = step.address.to_string();
    let create_first = verb == Verb::Replace && step.create_first;
    Some(Change { address, verb, id, moved_from, import_id, why, items, later, dear, create_first })
}

fn why(step: &Step) -> String {
    match &step.reason {
        Reason::ConfigUnknown => "its arguments are known only during apply".into(),
        Reason::DependencyPending => "what it depends on is changed first".into(),
        Reason::CheckNested => "its check is verified when all is done".into(),
        Reason::Configured if step.action == Action::Update && step.differences.is_empty() => {
            "only what is sensitive in it changes".into()
        }
        Reason::Configured | Reason::Destroy => String::new(),
        Reason::Gone => "it is gone: it was deleted outside recon".into(),
        Reason::Tainted => "it is tainted: its creation was not finished, or it was marked".into(),
        Reason::CannotUpdate(paths) => {
            let paths = paths.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ");
            format!("{paths} cannot be changed in place")
        }
        Reason::SetAside => "it was set aside for a replacement, which is made".into(),
        Reason::NotConfigured => "its block is not in the configuration any more".into(),
        Reason::Triggered => "something that its `replace_triggered_by` names is changed".into(),
        Reason::Requested => "`-replace` asks for it".into(),
        Reason::NoMoveTarget => "it has moved to an address that the configuration does not have".into(),
        Reason::NoModule => "the instance of its module is not in the configuration any more".into(),
        Reason::WrongRepetition => {
            "its key does not go with the `count` or `for_each` of its block, or their absence".into()
        }
        Reason::CountIndex => "its position is beyond the `count` of its block".into(),
        Reason::EachKey => "its key is not among those of `for_each` any more".into(),
    }
}
