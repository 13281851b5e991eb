//! States of Terraform before 0.12 (versions 1 to 3) in the form of version 4. What their attributes mean only a schema
//! tells, so these stay flat until they are made a value.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json, json};

use super::read::{Fit, Misfit, array, missing, object, optional_array, optional_text};
use crate::address::{Address, Key, ModulePath, ProviderAddress, ProviderSource, is_provider_name, prefix};

/// The top of a document of version 4.
pub(super) fn upgrade(mut top: Map<String, Json>, version: u64, lineage: &str) -> Fit<Map<String, Json>> {
    let mut out = Map::new();
    let serial = top.shift_remove("serial");
    let serial = match &serial {
        None | Some(Json::Null) => 0,
        Some(json) => json.as_u64().ok_or_else(|| Misfit::wanted("a whole number", json).inside("serial"))?,
    };
    out.insert("serial".into(), serial.into());
    let own = optional_text(&mut top, "lineage")?.filter(|lineage| !lineage.is_empty());
    out.insert("lineage".into(), own.unwrap_or_else(|| lineage.to_owned()).into());
    if let Some(version) = optional_text(&mut top, "terraform_version")? {
        out.insert("terraform_version".into(), version.into());
    }
    let mut outputs = Map::new();
    let mut resources = Vec::new();
    for (index, json) in array(&mut top, "modules")?.into_iter().enumerate() {
        module(json, version, &mut outputs, &mut resources).map_err(|found| found.element(index).inside("modules"))?;
    }
    out.insert("outputs".into(), outputs.into());
    out.insert("resources".into(), resources.into());
    Ok(out)
}

fn module(json: Json, version: u64, outputs: &mut Map<String, Json>, resources: &mut Vec<Json>) -> Fit<()> {
    let mut module = object(json)?;
    let mut path = ModulePath::root();
    for (index, step) in array(&mut module, "path")?.iter().enumerate() {
        let at = |found: Misfit| found.element(index).inside("path");
        let name = step.as_str().ok_or_else(|| at(Misfit::wanted("a string", step)))?;
        if index > 0 {
            path = path.child(name, Key::None);
        }
    }
    for (name, json) in members(&mut module, "outputs")? {
        if path.is_root() {
            let output = output(json).map_err(|found| found.inside(&name).inside("outputs"))?;
            outputs.insert(name, output);
        }
    }
    for (name, json) in members(&mut module, "resources")? {
        let resource = resource(&name, json, &path, version);
        resources.push(resource.map_err(|found| found.inside(&name).inside("resources"))?);
    }
    Ok(())
}

/// In version 1 an output is a text; later an object that says what it is.
fn output(json: Json) -> Fit<Json> {
    let mut output = match json {
        Json::String(text) => return Ok(json!({"value": text, "type": "string"})),
        json => object(json)?,
    };
    let value = output.shift_remove("value").unwrap_or(Json::Null);
    let ty = type_of(&value);
    let mut out = json!({"value": value, "type": ty});
    if output.get("sensitive") == Some(&Json::Bool(true)) {
        out["sensitive"] = true.into();
    }
    Ok(out)
}

/// The type of an output's value: lists and maps, where their elements are of one type.
fn type_of(value: &Json) -> Json {
    let of_elements = |name: &str, types: BTreeSet<String>| match types.len() {
        0 => Some(json!([name, "string"])),
        1 => {
            let inner = types.first().and_then(|text| serde_json::from_str::<Json>(text).ok())?;
            Some(json!([name, inner]))
        }
        _ => None,
    };
    match value {
        Json::Null | Json::String(_) => "string".into(),
        Json::Bool(_) => "bool".into(),
        Json::Number(_) => "number".into(),
        Json::Array(items) => of_elements("list", items.iter().map(|item| type_of(item).to_string()).collect())
            .unwrap_or_else(|| json!(["tuple", items.iter().map(type_of).collect::<Vec<_>>()])),
        Json::Object(entries) => of_elements("map", entries.values().map(|item| type_of(item).to_string()).collect())
            .unwrap_or_else(|| {
                let types: Map<String, Json> =
                    entries.iter().map(|(name, item)| (name.clone(), type_of(item))).collect();
                json!(["object", types])
            }),
    }
}

fn resource(name: &str, json: Json, module: &ModulePath, version: u64) -> Fit<Json> {
    let mut resource = object(json)?;
    let (data, ty, own, index) = legacy_address(name).ok_or_else(|| Misfit::new("this is no address of a resource"))?;
    let provider = provider(optional_text(&mut resource, "provider")?.as_deref(), ty, module)
        .map_err(|found| found.inside("provider"))?;
    let names = optional_array(&mut resource, "depends_on")?;
    let depends: BTreeSet<String> = names.iter().filter_map(|name| dependency(name.as_str()?, module)).collect();
    let mut instances = Vec::new();
    let mut add = |json: Json, deposed: Option<usize>| {
        let mut stored = instance(json, version)?;
        if let Some(index) = index {
            stored.insert("index_key".into(), index.into());
        }
        if let Some(number) = deposed {
            stored.insert("deposed".into(), format!("{:08x}", number + 1).into());
        }
        stored.insert("dependencies".into(), depends.iter().map(String::as_str).collect());
        instances.push(Json::Object(stored));
        Ok(())
    };
    match resource.shift_remove("primary") {
        None | Some(Json::Null) => {}
        Some(primary) => add(primary, None).map_err(|found: Misfit| found.inside("primary"))?,
    }
    // In version 1, what was set aside to be deleted was called tainted.
    let aside = if version == 1 { ["tainted", "deposed"] } else { ["deposed", "deposed"] };
    let mut number = 0;
    for member in aside {
        for (position, json) in optional_array(&mut resource, member)?.into_iter().enumerate() {
            if !json.is_null() {
                add(json, Some(number)).map_err(|found: Misfit| found.element(position).inside(member))?;
                number += 1;
            }
        }
    }
    let mut out = json!({
        "mode": if data { "data" } else { "managed" },
        "type": ty,
        "name": own,
        "provider": provider,
        "instances": instances,
    });
    if !module.is_root() {
        out["module"] = module.to_string().into();
    }
    Ok(out)
}

/// `data.aws_x.name.0`: mode, type, name and position.
fn legacy_address(text: &str) -> Option<(bool, &str, &str, Option<u64>)> {
    let (data, rest) = text.strip_prefix("data.").map_or((false, text), |rest| (true, rest));
    let mut parts = rest.split('.');
    let (ty, name) = (parts.next()?, parts.next()?);
    let index = match parts.next() {
        None => None,
        Some(index) => Some(index.parse::<u64>().ok()?),
    };
    (parts.next().is_none() && !ty.is_empty() && !name.is_empty()).then_some((data, ty, name, index))
}

/// The resource that a reference of the old language names, in the form of today; nothing for modules and locals.
pub(super) fn dependency(text: &str, module: &ModulePath) -> Option<String> {
    let text = text.strip_suffix(".*").unwrap_or(text);
    let (data, ty, name, _) = legacy_address(text)?;
    if !data && matches!(ty, "module" | "local" | "var" | "path" | "count" | "terraform") {
        return None;
    }
    let prefix = if module.is_root() { String::new() } else { format!("{module}.") };
    let address: Address = format!("{prefix}{}{ty}.{name}", if data { "data." } else { "" }).parse().ok()?;
    Some(address.resource.without_keys().to_string())
}

/// The name of a provider configuration: `provider.aws.alias` with the module before it, or `aws.alias` of the same module.
fn provider(text: Option<&str>, ty: &str, module: &ModulePath) -> Fit<String> {
    let text = text.unwrap_or_default();
    if text.is_empty() {
        return Ok(ProviderAddress::default_of(ProviderSource::implied(prefix(ty))).to_string());
    }
    let wrong = || Misfit::new("this is no name of a provider configuration");
    if text.contains("provider.") {
        return Ok(text.parse::<ProviderAddress>().map_err(|_| wrong())?.to_string());
    }
    let (name, alias) = text.split_once('.').map_or((text, None), |(name, alias)| (name, Some(alias)));
    if !is_provider_name(name) {
        return Err(wrong());
    }
    let address = ProviderAddress {
        module: module.clone(),
        source: ProviderSource::implied(name),
        alias: alias.map(std::sync::Arc::from),
    };
    Ok(address.to_string())
}

fn instance(json: Json, version: u64) -> Fit<Map<String, Json>> {
    let mut old = object(json)?;
    let mut out = Map::new();
    let mut flat = Map::new();
    for (name, json) in members(&mut old, "attributes")? {
        if !json.is_string() {
            return Err(Misfit::wanted("a string", &json).inside(&name).inside("attributes"));
        }
        flat.insert(name, json);
    }
    if version < 3 {
        count_maps_as_maps(&mut flat);
    }
    if let Some(id) = optional_text(&mut old, "id")?.filter(|id| !id.is_empty()) {
        flat.insert("id".into(), id.into());
    }
    out.insert("attributes_flat".into(), flat.into());
    let mut meta: Map<String, Json> = members(&mut old, "meta")?.into_iter().collect();
    if let Some(json) = meta.shift_remove("schema_version") {
        let number = json.as_u64().or_else(|| json.as_str().and_then(|text| text.parse().ok()));
        let wrong = || Misfit::wanted("a whole number", &json).inside("schema_version").inside("meta");
        out.insert("schema_version".into(), number.ok_or_else(wrong)?.into());
    }
    if !meta.is_empty() {
        out.insert("private".into(), STANDARD.encode(Json::Object(meta).to_string()).into());
    }
    if old.get("tainted") == Some(&Json::Bool(true)) {
        out.insert("status".into(), "tainted".into());
    }
    Ok(out)
}

/// Before version 3, maps were counted with `#` like lists.
fn count_maps_as_maps(flat: &mut Map<String, Json>) {
    let counted: Vec<String> = flat.keys().filter_map(|key| key.strip_suffix(".#").map(str::to_owned)).collect();
    for name in counted {
        let inside = format!("{name}.");
        let is_map = flat
            .keys()
            .filter_map(|key| key.strip_prefix(&inside)?.split('.').next())
            .any(|next| next != "#" && next.parse::<u64>().is_err());
        if is_map && let Some(count) = flat.shift_remove(&format!("{name}.#")) {
            flat.insert(format!("{name}.%"), count);
        }
    }
}

fn members(object: &mut Map<String, Json>, name: &str) -> Fit<Vec<(String, Json)>> {
    match object.shift_remove(name) {
        None | Some(Json::Null) => Ok(Vec::new()),
        Some(Json::Object(members)) => Ok(members.into_iter().collect()),
        found => Err(missing("an object", found.as_ref()).inside(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configurations_of_providers_are_found_under_their_old_names() {
        let module = ModulePath::root().child("m", Key::None);
        let named = |text: Option<&str>| provider(text, "aws_iam_role", &module).map_err(|error| error.to_string());
        let aws = |before: &str, behind: &str| {
            Ok(format!("{before}provider[\"registry.terraform.io/hashicorp/aws\"]{behind}"))
        };
        assert_eq!(named(None), aws("", ""));
        assert_eq!(named(Some("")), aws("", ""));
        assert_eq!(named(Some("provider.aws")), aws("", ""));
        assert_eq!(named(Some("module.q.provider.aws.west")), aws("module.q.", ".west"));
        assert_eq!(named(Some("aws")), aws("module.m.", ""));
        assert_eq!(named(Some("aws.west")), aws("module.m.", ".west"));
        for text in ["provider.aws.${var.x}", "a b", "provider."] {
            assert!(named(Some(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn only_references_to_resources_are_dependencies() {
        let module = ModulePath::root().child("m", Key::None);
        let name = |text: &str| dependency(text, &module);
        assert_eq!(name("aws_iam_role.r").as_deref(), Some("module.m.aws_iam_role.r"));
        assert_eq!(name("aws_iam_role.r.*").as_deref(), Some("module.m.aws_iam_role.r"));
        assert_eq!(name("aws_iam_role.r.3").as_deref(), Some("module.m.aws_iam_role.r"));
        assert_eq!(name("data.aws_region.here").as_deref(), Some("module.m.data.aws_region.here"));
        for text in ["module.x", "local.y", "var.z", "aws_iam_role", "aws_iam_role.r.name", ""] {
            assert_eq!(name(text), None, "{text}");
        }
    }

    #[test]
    fn outputs_have_the_type_that_their_values_show() {
        let ty = |value: Json| type_of(&value);
        assert_eq!(ty(json!(["a", "b"])), json!(["list", "string"]));
        assert_eq!(ty(json!([])), json!(["list", "string"]));
        assert_eq!(ty(json!({"a": ["x"], "b": []})), json!(["map", ["list", "string"]]));
        assert_eq!(ty(json!(["a", 1])), json!(["tuple", ["string", "number"]]));
        assert_eq!(ty(json!({"a": "x", "b": true})), json!(["object", {"a": "string", "b": "bool"}]));
    }
}
