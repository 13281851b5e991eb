//! A plan to its report: where secrets are taken out.

use super::items::{Label, created, named, updated};
use super::report::{Change, Outside, Report, Totals, Verb};
use crate::address::{Address, Mode};
use crate::plan::Made;
use crate::plan::observed::{Observation, Observed};
use crate::plan::providers::{Providers, alias_of};
use crate::plan::step::{Action, Reason, Step};
use crate::schema::Schema;
use crate::value::marks::{mark_at, sensitive_paths};
use crate::value::{Path, Value};

impl Report {
    /// What is told of a plan.
    pub fn of(made: &Made, providers: &Providers) -> Self {
        let plan = &made.plan;
        let mut changes: Vec<Change> = plan
            .steps
            .iter()
            .filter_map(|step| {
                let dear = plan.dear.contains(&step.address);
                change(step, made.observed.instances.get(&step.address), providers, dear)
            })
            .collect();
        changes.sort_by(|a, b| a.address.cmp(&b.address));
        let outputs = plan.outputs.iter();
        let counts = plan.counts();
        Self {
            outside: outside(&made.observed, providers),
            changes,
            outputs: outputs.map(|o| named(&o.name, o.before.as_ref(), o.after.as_ref())).collect(),
            totals: Totals { add: counts.add, change: counts.change, destroy: counts.destroy },
            destroys_all: plan.destroys_all,
        }
    }
}

/// What others changed since the last apply, by address.
pub fn outside(observed: &Observed, providers: &Providers) -> Vec<Outside> {
    let addresses = observed.drift(providers).into_iter().map(|drift| drift.address);
    addresses
        .filter_map(|address| {
            let observation = observed.instances.get(&address)?;
            let schema = schema(&address, &observation.provider, providers)?;
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
    let alias = alias_of(provider);
    match address.resource.mode {
        Mode::Managed => providers.resource(&address.resource.ty, alias).map(|resource| resource.schema()),
        Mode::Data => providers.data(&address.resource.ty, alias).map(|data| data.schema()),
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
    Some(Change { address: step.address.to_string(), verb, id, why: why(step, verb), items, later, dear })
}

fn is_of_check(step: &Step) -> bool {
    let block = step.origin.as_ref().and_then(|origin| origin.module.resources.get(&origin.key));
    block.is_some_and(|block| block.check.is_some())
}

fn why(step: &Step, verb: Verb) -> String {
    match &step.reason {
        Reason::Configured if verb == Verb::Read && is_of_check(step) => {
            "its check is verified when all is done".into()
        }
        Reason::Configured if verb == Verb::Change && step.differences.is_empty() => {
            "only what is sensitive in it changes".into()
        }
        Reason::Configured if verb == Verb::Read => "its arguments are known only during apply".into(),
        Reason::Configured | Reason::Destroy => String::new(),
        Reason::Gone => "it is gone: it was deleted outside recon".into(),
        Reason::Tainted => "its creation was not finished".into(),
        Reason::CannotUpdate(paths) => {
            let paths = paths.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ");
            format!("{paths} cannot be changed in place")
        }
        Reason::SetAside => "it was set aside for a replacement, which is made".into(),
        Reason::NotConfigured => "its block is not in the configuration any more".into(),
        Reason::NoModule => "its module is not in the configuration any more".into(),
        Reason::KeyGone => "its key is not among those of `count` or `for_each` any more".into(),
    }
}
