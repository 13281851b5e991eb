//! The configuration evaluated over objects as they are, with nothing planned: what a console shows.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use indexmap::IndexMap;

use super::build::evaluate;
use super::checks::CheckResults;
use super::desired;
use super::sites::{Item, Sites};
use super::step::Plan;
use super::values::{ModuleScope, Repeat, Shape, Surroundings, Values, whole};
use super::variables;
use crate::address::{Address, Key, Mode, ModulePath, ResourceAddress};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::language::config::{Config, Module, ResourceKey};
use crate::resource::Registry;
use crate::state::Snapshot;
use crate::value::{Type, Value};

/// Objects by address.
pub type Objects = BTreeMap<Address, Value>;

/// The objects that state holds, of resources and of data sources. What cannot be read is a problem and left out.
pub fn of_state(snapshot: &Snapshot, registry: &Registry, problems: &mut Diagnostics) -> Objects {
    let mut objects = Objects::new();
    for (address, instance) in &snapshot.instances {
        let ty = &address.resource.ty;
        let schema = match address.resource.mode {
            Mode::Managed => registry.resource(ty).map(|resource| resource.schema()),
            Mode::Data => registry.data(ty).map(|source| source.schema()),
            Mode::Ephemeral => None,
        };
        // A type that recon does not know cannot be referred to either.
        let Some(schema) = schema else { continue };
        match instance.value(schema.ty()) {
            Ok(value) => {
                objects.insert(address.clone(), schema.block.mark_sensitive(&value));
            }
            Err(error) => {
                let detail = format!("What state holds of `{address}` is not of the type's form: {error}.");
                problems.push(Diagnostic::error("Unreadable object in state").with(|d| {
                    d.of(address).detail(detail);
                }));
            }
        }
    }
    objects
}

/// The objects as they will be after a plan.
pub fn of_plan(plan: &Plan) -> Objects {
    let stay = plan
        .unchanged
        .iter()
        .chain(&plan.data)
        .chain(&plan.left_out)
        .map(|(address, value)| (address.clone(), value.clone()));
    let steps = plan.steps.iter().filter(|step| step.deposed.is_none() && step.origin.is_some());
    stay.chain(steps.map(|step| (step.address.clone(), step.planned.clone()))).collect()
}

/// What everything is evaluated from.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The root module's variables. One that is required and not given is unknown.
    pub variables: &'a IndexMap<Arc<str>, Value>,
    /// What is the same everywhere.
    pub surroundings: &'a Surroundings,
    /// The objects that there are.
    pub objects: &'a Objects,
}

/// Evaluates the whole configuration. A resource without objects is unknown, unless it is to have none.
pub fn stand(ground: Ground<'_>, sites: &Sites, problems: &mut Diagnostics) -> Values {
    let mut objects: HashMap<&ResourceAddress, Vec<(Key, Value)>> = HashMap::new();
    for (address, value) in ground.objects {
        objects.entry(&address.resource).or_default().push((address.key.clone(), value.clone()));
    }
    let mut given = ground.variables.clone();
    for (name, variable) in &ground.config.root.variables {
        if variable.default.is_none() && !given.contains_key(name) {
            given.insert(name.clone(), Value::unknown(variable.ty.clone()));
        }
    }
    let mut values = Values::new();
    let mut checks = CheckResults::default();
    for node in sites.order() {
        let site = sites.get(*node);
        let module = &site.module;
        for at in values.instances(&module.path).to_vec() {
            match &site.item {
                Item::Variable(name) => {
                    let root = &ground.config.root;
                    let inputs = (&given, ground.surroundings);
                    variables::evaluate(&mut values, root, inputs, (module, &at), name, &mut checks, problems);
                }
                Item::Local(_) | Item::Output(_) => {
                    let told = (&mut checks, &mut *problems);
                    evaluate(&mut values, ground.surroundings, (module, &at), &site.item, told);
                }
                // What is only checked has no value to show.
                Item::Validation(_) | Item::Check(_) => {}
                Item::Call(name) => call(&mut values, ground.surroundings, module, &at, name),
                Item::Resource(key) => {
                    let address = ResourceAddress {
                        module: at.clone(),
                        mode: key.mode,
                        ty: key.ty.clone(),
                        name: key.name.clone(),
                    };
                    let found = objects.remove(&address).unwrap_or_default();
                    let value = resource(&values, ground.surroundings, (module, &at), key, found);
                    values.set_resource(&at, key, value);
                }
            }
        }
    }
    values
}

/// The instances that `count` or `for_each` asks for, where that is known without what is not there yet.
fn expand(
    values: &Values,
    surroundings: &Surroundings,
    (module, at): (&Module, &ModulePath),
    repetition: &crate::language::config::Repetition,
) -> Option<Vec<Key>> {
    let scope = ModuleScope { values, surroundings, module, at, repeat: &Repeat::One, this: None };
    let instances = desired::expand(repetition, &scope, "", &mut Diagnostics::new())?;
    Some(instances.into_iter().map(|(key, _)| key).collect())
}

fn call(values: &mut Values, surroundings: &Surroundings, module: &Module, at: &ModulePath, name: &Arc<str>) {
    if let Some(call) = module.calls.get(name)
        && let Some(keys) = expand(values, surroundings, (module, at), &call.repetition)
    {
        values.set_call(at, name, Shape::from(&call.repetition), keys);
    }
}

fn resource(
    values: &Values,
    surroundings: &Surroundings,
    place: (&Module, &ModulePath),
    key: &ResourceKey,
    found: Vec<(Key, Value)>,
) -> Value {
    let Some(resource) = place.0.resources.get(key) else {
        return Value::unknown(Type::Dynamic);
    };
    let none = || expand(values, surroundings, place, &resource.repetition).is_some_and(|keys| keys.is_empty());
    if found.is_empty() && !none() {
        return Value::unknown(Type::Dynamic);
    }
    whole(Shape::from(&resource.repetition), found)
}
