//! A state for programs, in the form of `terraform show -json`.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::value_json::{known, sensitive};
use crate::address::{Address, Key, Mode, ModulePath};
use crate::plan::providers::Providers;
use crate::schema::Schema;
use crate::state::{Instance, OutputState, Snapshot};
use crate::value::Value;
use crate::value::json::{from_json_untyped, to_json, type_to_json};
use crate::value::marks::mark_at;

/// The whole state. One without objects and outputs has no values.
pub fn state(snapshot: &Snapshot, providers: &Providers) -> Json {
    if snapshot.is_empty() {
        return json!({"format_version": "1.0"});
    }
    let mut out = json!({"format_version": "1.0", "terraform_version": snapshot.terraform_version});
    let current = snapshot.instances.iter().map(|(address, instance)| (address, None, instance));
    let deposed = snapshot.deposed.iter().map(|((address, key), i)| (address, Some(key.as_str()), i));
    let mut modules = Modules::default();
    for (address, deposed, instance) in current.chain(deposed) {
        modules.add(address, object(address, deposed, instance, providers));
    }
    let mut values = Map::new();
    if !snapshot.outputs.is_empty() {
        let outputs = snapshot.outputs.iter().map(|(name, state)| (name.to_string(), output(state)));
        values.insert("outputs".into(), outputs.collect());
    }
    values.insert("root_module".into(), modules.tree());
    out["values"] = values.into();
    if let Some(checks) = stored_checks(&snapshot.check_results) {
        out["checks"] = checks;
    }
    out
}

fn output(state: &OutputState) -> Json {
    json!({
        "sensitive": state.sensitive,
        "value": to_json(&state.value),
        "type": type_to_json(&state.value.ty()),
    })
}

fn object(address: &Address, deposed: Option<&str>, instance: &Instance, providers: &Providers) -> Json {
    let typed = schema(address, &instance.provider, providers).and_then(|schema| {
        let value = instance.value(schema.ty()).ok()?;
        Some(schema.block.mark_sensitive(&value))
    });
    // What recon does not know, or has in another form, is told as it is stored.
    let value = typed.unwrap_or_else(|| mark_at(&from_json_untyped(&instance.stored()), &instance.sensitive));
    let mut out = described(address, &instance.provider);
    out.insert("schema_version".into(), instance.schema_version.into());
    insert_values(&mut out, &value);
    if !instance.dependencies.is_empty() {
        let names = instance.dependencies.iter().map(|dependency| Json::from(dependency.to_string()));
        out.insert("depends_on".into(), names.collect());
    }
    if instance.tainted {
        out.insert("tainted".into(), true.into());
    }
    if let Some(key) = deposed {
        out.insert("deposed_key".into(), key.into());
    }
    out.into()
}

/// The schema of an instance's type, as far as recon has it.
pub(super) fn schema<'a>(address: &Address, provider: &str, providers: &'a Providers) -> Option<&'a Schema> {
    let ty = &address.resource.ty;
    match address.resource.mode {
        Mode::Managed => providers.resource(ty, provider).map(|resource| resource.schema()),
        Mode::Data => providers.data(ty, provider).map(|data| data.schema()),
        Mode::Ephemeral => None,
    }
}

/// The values of an object with the flags of what is sensitive in them.
pub(super) fn insert_values(out: &mut Map<String, Json>, value: &Value) {
    out.insert("values".into(), known(value).unwrap_or_else(|| json!({})));
    out.insert("sensitive_values".into(), sensitive(value));
}

/// What names an instance: address, mode, type, name, index and provider.
pub(super) fn described(address: &Address, provider: &str) -> Map<String, Json> {
    let resource = &address.resource;
    let mut out = Map::new();
    out.insert("address".into(), address.to_string().into());
    out.insert("mode".into(), if resource.mode == Mode::Managed { "managed" } else { "data" }.into());
    out.insert("type".into(), (*resource.ty).into());
    out.insert("name".into(), (*resource.name).into());
    if let Some(index) = index(&address.key) {
        out.insert("index".into(), index);
    }
    out.insert("provider_name".into(), source(provider).into());
    out
}

/// The key of an instance, if it has one.
pub(super) fn index(key: &Key) -> Option<Json> {
    match key {
        Key::None => None,
        Key::Index(index) => Some((*index).into()),
        Key::Name(name) => Some((**name).into()),
    }
}

/// The source address in the name of a provider configuration in state.
pub(super) fn source(provider: &str) -> &str {
    let inner = provider.rsplit_once("provider[\"").map_or(provider, |(_, inner)| inner);
    inner.split_once("\"]").map_or(inner, |(source, _)| source)
}

/// Terraform's order: data sources before the resources of a module, modules behind their parent.
pub(super) fn order(address: &Address) -> (ModulePath, bool, &str, &str, &Key) {
    let resource = &address.resource;
    (resource.module.clone(), resource.mode == Mode::Managed, &resource.ty, &resource.name, &address.key)
}

/// Objects by module, to be told as a tree.
#[derive(Default)]
pub(super) struct Modules<'a> {
    objects: BTreeMap<ModulePath, Vec<(&'a Address, Json)>>,
}

impl<'a> Modules<'a> {
    pub(super) fn add(&mut self, address: &'a Address, object: Json) {
        self.objects.entry(address.resource.module.clone()).or_default().push((address, object));
    }

    /// The root module with everything in it.
    pub(super) fn tree(mut self) -> Json {
        // A module without objects of its own stands above those it calls.
        let paths: Vec<ModulePath> = self.objects.keys().cloned().collect();
        for path in &paths {
            let mut parent = path.clone();
            while let Some(above) = parent.parent() {
                self.objects.entry(above.clone()).or_default();
                parent = above;
            }
        }
        let mut children: BTreeMap<ModulePath, Vec<Json>> = BTreeMap::new();
        let mut root = json!({});
        // Children come behind their parents, so that from the end each module finds its own complete.
        while let Some((path, mut objects)) = self.objects.pop_last() {
            objects.sort_by(|(a, _), (b, _)| order(a).cmp(&order(b)));
            let mut module = Map::new();
            if !objects.is_empty() {
                module.insert("resources".into(), objects.into_iter().map(|(_, object)| object).collect());
            }
            if !path.is_root() {
                module.insert("address".into(), path.to_string().into());
            }
            if let Some(mut inner) = children.remove(&path) {
                inner.reverse();
                module.insert("child_modules".into(), inner.into());
            }
            match path.parent() {
                Some(parent) => children.entry(parent).or_default().push(module.into()),
                None => root = module.into(),
            }
        }
        root
    }
}

/// The checks of a state file in the form of `show -json`; nothing where there are none.
pub(super) fn stored_checks(stored: &Json) -> Option<Json> {
    let checks = stored.as_array().filter(|checks| !checks.is_empty())?;
    let text = |json: &Json, name: &str| json[name].as_str().unwrap_or_default().to_owned();
    let checks = checks.iter().map(|check| {
        let instances = check["objects"].as_array().into_iter().flatten().map(|object| {
            let mut instance = json!({
                "address": check_instance(&text(object, "object_addr")),
                "status": object["status"],
            });
            if let Some(messages) = object["failure_messages"].as_array().filter(|messages| !messages.is_empty()) {
                let problems: Vec<Json> = messages.iter().map(|message| json!({"message": message})).collect();
                instance["problems"] = problems.into();
            }
            instance
        });
        let instances: Vec<Json> = instances.collect();
        let mut out = json!({
            "address": check_object(&text(check, "object_kind"), &text(check, "config_addr")),
            "status": check["status"],
        });
        if !instances.is_empty() {
            out["instances"] = instances.into();
        }
        out
    });
    Some(checks.collect())
}

/// What a check belongs to, from its address in the configuration.
pub(super) fn check_object(kind: &str, address: &str) -> Json {
    let (module, own) = split_module(address);
    let mut out = json!({"kind": kind, "to_display": address});
    if !module.is_empty() {
        out["module"] = module.into();
    }
    let parts: Vec<&str> = own.split('.').collect();
    match (kind, parts.as_slice()) {
        ("resource", ["data", ty, name]) => {
            out["mode"] = "data".into();
            out["type"] = (*ty).into();
            out["name"] = (*name).into();
        }
        ("resource", [ty, name]) => {
            out["mode"] = "managed".into();
            out["type"] = (*ty).into();
            out["name"] = (*name).into();
        }
        (_, parts) => out["name"] = parts.last().copied().unwrap_or_default().into(),
    }
    out
}

/// One instance of what a check belongs to.
pub(super) fn check_instance(address: &str) -> Json {
    let mut out = json!({"to_display": address});
    if let Ok(parsed) = address.parse::<Address>() {
        if let Some(key) = index(&parsed.key) {
            out["instance_key"] = key;
        }
        if !parsed.resource.module.is_root() {
            out["module"] = parsed.resource.module.to_string().into();
        }
    } else {
        let (module, _) = split_module(address);
        if !module.is_empty() {
            out["module"] = module.into();
        }
    }
    out
}

/// The module of an address, and what is left of it. The last dot that is not in quotes or brackets separates them, twice:
/// the own part of a check's address has two or three names.
fn split_module(address: &str) -> (&str, &str) {
    let mut end = 0;
    let (mut depth, mut quoted, mut escaped) = (0_u32, false, false);
    let mut dots = Vec::new();
    for (i, c) in address.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            '.' if !quoted && depth == 0 => dots.push(i),
            _ => {}
        }
    }
    // `module.a` is two names.
    let mut starts = 0;
    while address[starts..].starts_with("module.") {
        let Some(next) = dots.iter().copied().filter(|dot| *dot > starts + "module".len()).min() else {
            break;
        };
        end = next;
        starts = next + 1;
    }
    if end == 0 { ("", address) } else { (&address[..end], &address[end + 1..]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_of_an_address_may_have_dots_in_its_keys() {
        assert_eq!(split_module("check.a"), ("", "check.a"));
        assert_eq!(
            split_module(r#"module.m["a.b"].module.n[0].output.x"#),
            (r#"module.m["a.b"].module.n[0]"#, "output.x")
        );
    }

    #[test]
    fn modules_are_nested_and_empty_ones_in_between_are_there() {
        let address = |text: &str| text.parse::<Address>().unwrap();
        let (a, b, c) = (address("t.a"), address("module.m[1].module.n.t.b"), address("module.m[0].t.c"));
        let mut modules = Modules::default();
        for address in [&b, &c, &a] {
            modules.add(address, json!(address.to_string()));
        }
        assert_eq!(
            modules.tree(),
            json!({"resources": ["t.a"], "child_modules": [
                {"resources": ["module.m[0].t.c"], "address": "module.m[0]"},
                {"address": "module.m[1]", "child_modules": [
                    {"resources": ["module.m[1].module.n.t.b"], "address": "module.m[1].module.n"}]}]})
        );
        assert_eq!(Modules::default().tree(), json!({}));
    }

    #[test]
    fn checks_of_a_state_file_are_told_by_what_they_belong_to() {
        let stored = json!([{"object_kind": "resource", "config_addr": "module.m.t.a", "status": "fail", "objects": [
            {"object_addr": "module.m[\"x\"].t.a[1]", "status": "fail", "failure_messages": ["No."]}]}]);
        assert_eq!(
            stored_checks(&stored),
            Some(json!([{
                "address": {"kind": "resource", "to_display": "module.m.t.a", "module": "module.m", "mode": "managed",
                    "type": "t", "name": "a"},
                "status": "fail",
                "instances": [{
                    "address": {"to_display": "module.m[\"x\"].t.a[1]", "instance_key": 1, "module": "module.m[\"x\"]"},
                    "status": "fail",
                    "problems": [{"message": "No."}],
                }],
            }]))
        );
        assert_eq!(stored_checks(&Json::Null), None);
    }
}
