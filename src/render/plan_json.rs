//! A plan for programs, in the form of `terraform show -json`.
//!
//! The form has sensitive values in it, and beside them the flags that say so. It is made for programs that decide on a
//! plan; what people read is made by `from_plan`, which has no secrets.

use serde_json::{Map, Value as Json, json};

use super::config_json::configuration;
use super::state_json::{Modules, described, insert_values, order, schema, stored_checks};
use super::value_json::{known, sensitive, unknown};
use crate::address::{Address, Mode};
use crate::plan::observed::Observation;
use crate::plan::providers::Providers;
use crate::plan::step::{Action, Plan, Reason, Step};
use crate::plan::{Made, Wish, block_of};
use crate::state::{Snapshot, TERRAFORM_VERSION};
use crate::value::json::{to_json, type_to_json};
use crate::value::marks::mark_at;
use crate::value::{Path, PathStep, Value};

/// The whole plan.
pub fn plan(made: &Made, wish: &Wish<'_>, snapshot: &Snapshot) -> Json {
    let view = View { made, wish, snapshot };
    let mut out = Map::new();
    out.insert("format_version".into(), "1.2".into());
    out.insert("terraform_version".into(), TERRAFORM_VERSION.into());
    let variables = view.variables();
    if !variables.is_empty() {
        out.insert("variables".into(), variables.into());
    }
    out.insert("planned_values".into(), view.planned_values());
    let drift = view.drift();
    if !drift.is_empty() {
        out.insert("resource_drift".into(), drift.into());
    }
    let changes = view.changes();
    if !changes.is_empty() {
        out.insert("resource_changes".into(), changes.into());
    }
    let outputs = view.output_changes();
    if !outputs.is_empty() {
        out.insert("output_changes".into(), outputs.into());
    }
    if let Some(prior) = view.prior_state() {
        out.insert("prior_state".into(), prior);
    }
    if let Some(checks) = stored_checks(&made.plan.checks.to_state()) {
        out.insert("checks".into(), checks);
    }
    out.insert("configuration".into(), configuration(wish.config, wish.providers));
    let seconds = wish.surroundings.now.strftime("%Y-%m-%dT%H:%M:%SZ");
    out.insert("timestamp".into(), seconds.to_string().into());
    out.insert("applyable".into(), (!made.plan.is_empty()).into());
    out.insert("complete".into(), (!made.plan.is_partial).into());
    out.insert("errored".into(), false.into());
    out.into()
}

/// The steps but for ephemeral resources, which are in no file.
fn stored_steps(plan: &Plan) -> impl Iterator<Item = &Step> {
    plan.steps.iter().filter(|step| step.address.resource.mode != Mode::Ephemeral)
}

struct View<'a> {
    made: &'a Made,
    wish: &'a Wish<'a>,
    snapshot: &'a Snapshot,
}

/// What is done with an object, from what there is to what will be.
struct Change<'a> {
    actions: &'a [&'a str],
    before: Option<&'a Value>,
    after: Option<&'a Value>,
}

impl Change<'_> {
    fn told(&self) -> Map<String, Json> {
        let mut out = Map::new();
        out.insert("actions".into(), json!(self.actions));
        out.insert("before".into(), self.before.map_or(Json::Null, to_json));
        match self.after {
            None => {
                out.insert("after".into(), Json::Null);
                out.insert("after_unknown".into(), json!({}));
            }
            Some(after) => {
                if let Some(known) = known(after) {
                    out.insert("after".into(), known);
                }
                let unknown = if after.is_wholly_known() { json!({}) } else { unknown(after) };
                out.insert("after_unknown".into(), unknown);
            }
        }
        out.insert("before_sensitive".into(), self.before.map_or(Json::Bool(false), sensitive));
        out.insert("after_sensitive".into(), self.after.map_or(Json::Bool(false), sensitive));
        out
    }
}

impl View<'_> {
    fn providers(&self) -> &Providers {
        self.wish.providers
    }

    /// The values that variables of the root module were given, or their defaults. Ephemeral ones are in no file.
    fn variables(&self) -> Map<String, Json> {
        let mut all: Vec<_> = self.wish.config.root.variables.iter().filter(|(_, v)| !v.ephemeral).collect();
        all.sort_by_key(|(name, _)| (*name).clone());
        let value = |name: &str, default: Option<&Value>| {
            let value = self.wish.variables.get(name).or(default)?;
            Some(json!({"value": to_json(value)}))
        };
        all.into_iter().filter_map(|(n, v)| Some((n.to_string(), value(n, v.default.as_ref())?))).collect()
    }

    /// Every object that will be, with what is known of it.
    fn planned_values(&self) -> Json {
        let plan = &self.made.plan;
        let steps = stored_steps(plan).filter(|step| step.applies());
        let changed = steps.map(|step| (&step.address, &*step.provider, &step.planned));
        let unchanged = plan.unchanged.iter().map(|(address, value)| {
            let found = self.made.observed.instances.get(address).map(|found| &*found.provider);
            let provider = found.or_else(|| plan.imports.get(address).map(|import| &*import.provider));
            (address, provider.unwrap_or_default(), value)
        });
        let mut modules = Modules::default();
        for (address, provider, value) in changed.chain(unchanged) {
            modules.add(address, self.object(address, provider, value));
        }
        let mut out = Map::new();
        let outputs = self.outputs();
        if !outputs.is_empty() {
            out.insert("outputs".into(), outputs.into());
        }
        out.insert("root_module".into(), modules.tree());
        out.into()
    }

    fn outputs(&self) -> Map<String, Json> {
        let mut all: Vec<_> = self.made.plan.output_values.iter().collect();
        all.sort_by_key(|(name, _)| name.clone());
        let told = all.into_iter().map(|(name, value)| {
            let mut out = json!({"sensitive": value.is_sensitive()});
            if value.is_wholly_known() {
                out["type"] = type_to_json(&value.ty());
                out["value"] = to_json(value);
            }
            (name.to_string(), out)
        });
        told.collect()
    }

    fn object(&self, address: &Address, provider: &str, value: &Value) -> Json {
        let mut out = described(address, provider);
        let schema = schema(address, provider, self.providers());
        out.insert("schema_version".into(), schema.map_or(0, |schema| schema.version).into());
        insert_values(&mut out, value);
        out.into()
    }

    /// What there is of an object, marked where it is sensitive.
    fn marked(&self, address: &Address, observation: &Observation, value: &Value) -> Value {
        let schema = schema(address, &observation.provider, self.providers());
        let value = schema.map_or_else(|| value.clone(), |schema| schema.block.mark_sensitive(value));
        mark_at(&value, &observation.sensitive)
    }

    /// What others changed, and what is gone.
    fn drift(&self) -> Vec<Json> {
        let observed = &self.made.observed;
        let found = self.made.plan.drift.iter().filter_map(|drift| {
            let observation = observed.instances.get(&drift.address)?;
            let before = self.marked(&drift.address, observation, &observation.prior);
            let after = observation.current.as_ref().map(|now| self.marked(&drift.address, observation, now));
            let actions: &[&str] = if after.is_some() { &["update"] } else { &["delete"] };
            let change = Change { actions, before: Some(&before), after: after.as_ref() };
            Some((&drift.address, self.entry(&drift.address, &observation.provider, None, change.told(), None)))
        });
        in_order(found)
    }

    /// Every object with what is done with it, those that stay as they are included.
    fn changes(&self) -> Vec<Json> {
        let plan = &self.made.plan;
        let steps = stored_steps(plan).map(|step| (&step.address, self.step(step)));
        let unchanged = plan.unchanged.iter().filter_map(|(address, value)| {
            let (before, provider) = match (self.made.observed.instances.get(address), plan.imports.get(address)) {
                (Some(found), _) => {
                    (found.current.as_ref().map(|now| self.marked(address, found, now)), &found.provider)
                }
                (None, Some(import)) => (Some(import.object.clone()), &import.provider),
                (None, None) => return None,
            };
            let change = Change { actions: &["no-op"], before: before.as_ref(), after: Some(value) };
            Some((address, self.entry(address, provider, None, change.told(), None)))
        });
        in_order(steps.chain(unchanged))
    }

    fn step(&self, step: &Step) -> Json {
        let observed = &self.made.observed;
        let observation = match &step.deposed {
            Some(key) => observed.set_aside.get(&(step.address.clone(), key.clone())),
            None => observed.instances.get(&step.address),
        };
        let prior = match (&step.prior, observation) {
            (Some(prior), Some(observation)) => Some(self.marked(&step.address, observation, prior)),
            (prior, _) => prior.clone(),
        };
        let after = step.applies().then_some(&step.planned);
        let mut change = Change { actions: actions(step), before: prior.as_ref(), after }.told();
        if let Reason::CannotUpdate(paths) = &step.reason {
            change.insert("replace_paths".into(), paths.iter().map(path_to_json).collect());
        }
        let reason = step.reason.name();
        self.entry(&step.address, &step.provider, step.deposed.as_deref(), change, reason)
    }

    fn entry(
        &self,
        address: &Address,
        provider: &str,
        deposed: Option<&str>,
        mut change: Map<String, Json>,
        reason: Option<&str>,
    ) -> Json {
        let plan = &self.made.plan;
        let mut out = Map::new();
        for (name, value) in described(address, provider) {
            let first = name == "address";
            out.insert(name, value);
            if first && let Some(before) = plan.moved.get(address).filter(|_| deposed.is_none()) {
                out.insert("previous_address".into(), before.to_string().into());
            }
            if first && !address.resource.module.is_root() {
                out.insert("module_address".into(), address.resource.module.to_string().into());
            }
        }
        if let Some(import) = plan.imports.get(address).filter(|_| deposed.is_none()) {
            change.insert("importing".into(), json!({"id": &*import.id}));
        }
        if let Some(key) = deposed {
            out.insert("deposed".into(), key.into());
        }
        out.insert("change".into(), change.into());
        if let Some(reason) = reason {
            out.insert("action_reason".into(), reason.into());
        }
        out.into()
    }

    fn output_changes(&self) -> Map<String, Json> {
        let plan = &self.made.plan;
        let mut all: Map<String, Json> = Map::new();
        for change in &plan.outputs {
            let flag = [&change.after, &change.before].into_iter().flatten().next().is_some_and(Value::is_sensitive);
            let actions: &[&str] = match (&change.before, &change.after) {
                (None, _) => &["create"],
                (_, None) => &["delete"],
                _ => &["update"],
            };
            all.insert(
                change.name.to_string(),
                output_change(actions, change.before.as_ref(), change.after.as_ref(), flag),
            );
        }
        for (name, value) in &plan.output_values {
            if !all.contains_key(&**name) {
                let before = self.snapshot.outputs.get(name).map(|output| &output.value);
                let told = output_change(&["no-op"], before, Some(value), value.is_sensitive());
                all.insert(name.to_string(), told);
            }
        }
        all.sort_keys();
        all
    }

    /// What there was before the plan: the objects as they were found, and the data that was read.
    fn prior_state(&self) -> Option<Json> {
        let mut modules = Modules::default();
        let mut objects = 0;
        for (address, observation) in &self.made.observed.instances {
            if let Some(current) = &observation.current {
                let mut object = described(address, &observation.provider);
                let schema = schema(address, &observation.provider, self.providers());
                object.insert("schema_version".into(), schema.map_or(0, |schema| schema.version).into());
                insert_values(&mut object, &self.marked(address, observation, current));
                if !observation.dependencies.is_empty() {
                    let names = observation.dependencies.iter().map(|name| Json::from(name.to_string()));
                    object.insert("depends_on".into(), names.collect());
                }
                if observation.tainted {
                    object.insert("tainted".into(), true.into());
                }
                modules.add(address, object.into());
                objects += 1;
            }
        }
        for (address, import) in &self.made.plan.imports {
            modules.add(address, self.object(address, &import.provider, &import.object));
            objects += 1;
        }
        for (address, value) in &self.made.plan.data {
            let block = block_of(self.wish.config, &address.resource);
            if let Some(block) = block {
                modules.add(address, self.object(address, &block.provider.address, value));
                objects += 1;
            }
        }
        let outputs: Map<String, Json> = self
            .snapshot
            .outputs
            .iter()
            .map(|(name, output)| {
                let (value, ty) = (to_json(&output.value), type_to_json(&output.value.ty()));
                (name.to_string(), json!({"sensitive": output.sensitive, "value": value, "type": ty}))
            })
            .collect();
        if objects == 0 && outputs.is_empty() {
            return None;
        }
        let mut values = Map::new();
        if !outputs.is_empty() {
            values.insert("outputs".into(), outputs.into());
        }
        values.insert("root_module".into(), modules.tree());
        Some(json!({"format_version": "1.0", "terraform_version": self.snapshot.terraform_version, "values": values}))
    }
}

/// The change of an output. Its sensitivity is one flag for the whole.
fn output_change(actions: &[&str], before: Option<&Value>, after: Option<&Value>, sensitive: bool) -> Json {
    let mut out = Map::new();
    out.insert("actions".into(), json!(actions));
    out.insert("before".into(), before.map_or(Json::Null, to_json));
    match after {
        None => {
            out.insert("after".into(), Json::Null);
            out.insert("after_unknown".into(), false.into());
        }
        Some(after) => {
            if let Some(known) = known(after) {
                out.insert("after".into(), known);
            }
            let flags = if after.is_wholly_known() { Json::Bool(false) } else { unknown(after) };
            out.insert("after_unknown".into(), flags);
        }
    }
    out.insert("before_sensitive".into(), sensitive.into());
    out.insert("after_sensitive".into(), sensitive.into());
    out.into()
}

fn in_order<'a>(entries: impl Iterator<Item = (&'a Address, Json)>) -> Vec<Json> {
    let mut entries: Vec<_> = entries.collect();
    entries.sort_by(|(a, _), (b, _)| order(a).cmp(&order(b)));
    entries.into_iter().map(|(_, entry)| entry).collect()
}

fn actions(step: &Step) -> &'static [&'static str] {
    match step.action {
        Action::Create => &["create"],
        Action::Update => &["update"],
        Action::Delete => &["delete"],
        Action::Read => &["read"],
        Action::Forget => &["forget"],
        Action::Replace if step.create_first => &["create", "delete"],
        Action::Replace => &["delete", "create"],
    }
}

fn path_to_json(path: &Path) -> Json {
    let step = |step: &PathStep| match step {
        PathStep::Attribute(name) | PathStep::Key(name) => Json::from(&**name),
        PathStep::Index(index) => (*index).into(),
    };
    path.steps().iter().map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Marks, Type};

    #[test]
    fn a_change_has_both_sides_and_their_flags() {
        let secret = Value::string("hush").marked(Marks::SENSITIVE);
        let before = Value::object_of([("id", "1".into()), ("s", secret.clone())]);
        let after = Value::object_of([("id", Value::unknown(Type::String)), ("s", secret)]);
        let change = Change { actions: &["delete", "create"], before: Some(&before), after: Some(&after) };
        assert_eq!(
            Json::from(change.told()),
            json!({
                "actions": ["delete", "create"],
                "before": {"id": "1", "s": "hush"},
                "after": {"s": "hush"},
                "after_unknown": {"id": true},
                "before_sensitive": {"s": true},
                "after_sensitive": {"s": true},
            })
        );
        let gone = Change { actions: &["delete"], before: Some(&before), after: None };
        assert_eq!(gone.told()["after_unknown"], json!({}));
        assert_eq!(gone.told()["after_sensitive"], json!(false));
    }

    #[test]
    fn an_output_is_unknown_as_far_as_its_parts_are() {
        let after = Value::tuple(vec![1.into(), Value::unknown(Type::String)]);
        let told = output_change(&["create"], None, Some(&after), false);
        assert_eq!((&told["after"], &told["after_unknown"]), (&json!([1, null]), &json!([false, true])));
        let told = output_change(&["create"], None, Some(&Value::unknown(Type::String)), true);
        assert_eq!((told.get("after"), &told["after_sensitive"]), (None, &json!(true)));
    }
}
