//! What a command answered beside what is recorded.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value as Json, json};

use super::process::Answer;
use super::step::Findings;

static UUID: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").unwrap());

/// A value with `<uuid>` for every random id in it.
fn without_ids(value: &Json) -> Json {
    match value {
        Json::String(text) => UUID.replace_all(text, "<uuid>").into_owned().into(),
        Json::Array(items) => items.iter().map(without_ids).collect(),
        Json::Object(entries) => entries.iter().map(|(name, value)| (name.clone(), without_ids(value))).collect(),
        Json::Null | Json::Bool(_) | Json::Number(_) => value.clone(),
    }
}

/// Numbers are the same in whatever spelling.
fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => a == b || a.as_f64().zip(b.as_f64()).is_some_and(|(a, b)| a == b),
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| same(a, b)))
        }
        (a, b) => a == b,
    }
}

/// Compares entry by entry; what is recorded as absent is an empty object.
fn entries(what: &str, wanted: &Json, got: &Map<String, Json>, found: &mut Vec<String>) {
    let empty = Map::new();
    let wanted = wanted.as_object().unwrap_or(&empty);
    for (name, wanted) in wanted {
        match got.get(name) {
            Some(got) if same(wanted, got) => {}
            Some(got) => found.push(format!("{what} {name} is {got}, recorded is {wanted}")),
            None => found.push(format!("{what} {name} is absent, recorded is {wanted}")),
        }
    }
    for (name, got) in got.iter().filter(|(name, _)| !wanted.contains_key(*name)) {
        found.push(format!("{what} {name} is {got}, recorded is none"));
    }
}

fn list(json: &Json) -> &[Json] {
    json.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Entries of which those that say that nothing is done may be missing.
fn without_no_ops(wanted: &Json, actions: impl Fn(&Json) -> &Json) -> Json {
    let entries = wanted.as_object().into_iter().flatten();
    entries.filter(|(_, entry)| *actions(entry) != json!(["no-op"])).map(|(n, e)| (n.clone(), e.clone())).collect()
}

/// A plan as `show -json` tells it.
pub(super) fn plan(expect: &Json, got: &Json, findings: &mut Findings) {
    let changes: Vec<(&str, &Json)> = list(&got["resource_changes"])
        .iter()
        .filter(|change| change["mode"] == "managed")
        .map(|change| (change["address"].as_str().unwrap_or_default(), change))
        .collect();
    let each = |pick: &dyn Fn(&Json) -> Option<Json>| -> Map<String, Json> {
        changes.iter().filter_map(|(name, change)| Some(((*name).to_owned(), pick(change)?))).collect()
    };
    let is_no_op = |change: &Json| change["change"]["actions"] == json!(["no-op"]);
    let actions = each(&|change| (!is_no_op(change)).then(|| change["change"]["actions"].clone()));
    entries("actions of", &without_no_ops(&expect["actions"], |entry| entry), &actions, &mut findings.core);
    let text = |json: &Json| json.as_str().map(Json::from);
    entries("moved", &expect["moved"], &each(&|change| text(&change["previous_address"])), &mut findings.core);
    let imported = each(&|change| text(&change["change"]["importing"]["id"]));
    entries("imported", &expect["imported"], &imported, &mut findings.core);
    outputs_of_plan(&expect["output_changes"], &got["output_changes"], findings);
    let planned = each(&|change| planned(&change["change"]));
    entries("planned", &expect["planned"], &planned, &mut findings.detail);
    entries("reason of", &expect["reasons"], &each(&|change| text(&change["action_reason"])), &mut findings.detail);
    checks(&expect["checks"], &got["checks"], findings);
}

fn outputs_of_plan(expect: &Json, got: &Json, findings: &mut Findings) {
    let changes = got.as_object().into_iter().flatten().filter(|(_, c)| c["actions"] != json!(["no-op"]));
    let changes = changes.map(|(name, change)| {
        let mut entry = json!({"actions": change["actions"]});
        if any(&change["after_unknown"]) {
            entry["unknown"] = change["after_unknown"].clone();
        } else {
            entry["after"] = without_ids(&change["after"]);
        }
        if any(&change["after_sensitive"]) {
            entry["sensitive"] = change["after_sensitive"].clone();
        }
        (name.clone(), entry)
    });
    let wanted = without_no_ops(expect, |entry| &entry["actions"]);
    entries("change of output", &wanted, &changes.collect(), &mut findings.core);
}

/// The known attributes without the id, and the names of those that are unknown as a whole or in part.
fn planned(change: &Json) -> Option<Json> {
    let actions = &change["actions"];
    if *actions == json!(["no-op"]) || *actions == json!(["delete"]) || *actions == json!(["forget"]) {
        return None;
    }
    let unknown_of = change["after_unknown"].as_object().into_iter().flatten();
    let mut unknown: Vec<&str> = unknown_of.filter(|(_, part)| any(part)).map(|(name, _)| name.as_str()).collect();
    unknown.sort_unstable();
    let after = change["after"].as_object().into_iter().flatten();
    let after: Map<String, Json> = after
        .filter(|(name, _)| *name != "id" && !unknown.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), without_ids(value)))
        .collect();
    Some(json!({"after": after, "unknown": unknown}))
}

/// Whether something in a map of flags is set.
fn any(flags: &Json) -> bool {
    match flags {
        Json::Bool(flag) => *flag,
        Json::Array(items) => items.iter().any(any),
        Json::Object(entries) => entries.values().any(any),
        Json::Null | Json::Number(_) | Json::String(_) => false,
    }
}

/// The status of each check, by the addresses of its instances.
pub(super) fn checks(expect: &Json, got: &Json, findings: &mut Findings) {
    let instances = list(got).iter().flat_map(|check| list(&check["instances"]));
    let statuses = instances.map(|instance| {
        let name = instance["address"]["to_display"].as_str().unwrap_or_default();
        (name.to_owned(), instance["status"].clone())
    });
    entries("check", expect, &statuses.collect(), &mut findings.detail);
}

/// The summaries of warnings, in any order.
pub(super) fn warnings(expect: &Json, got: &[Json], findings: &mut Findings) {
    let sorted = |mut texts: Vec<String>| {
        texts.sort();
        texts
    };
    let text = |json: &Json| json.as_str().unwrap_or_default().to_owned();
    let wanted = sorted(list(expect).iter().map(text).collect());
    let got = sorted(got.iter().map(|problem| text(&problem["summary"])).collect());
    if wanted != got {
        findings.detail.push(format!("warnings are {got:?}, recorded are {wanted:?}"));
    }
}

/// Outputs with their types, as `output -json` tells them.
pub(super) fn outputs(expect: &Json, got: &Json, findings: &mut Findings) {
    let outputs = got.as_object().into_iter().flatten().map(|(name, output)| {
        let mut entry = json!({"value": without_ids(&output["value"]), "type": constraint(&output["type"])});
        if output["sensitive"] == true {
            entry["sensitive"] = true.into();
        }
        (name.clone(), entry)
    });
    entries("output", expect, &outputs.collect(), &mut findings.core);
}

/// The JSON form of a type as a type constraint without spaces, attributes sorted.
fn constraint(ty: &Json) -> String {
    let Some([name, inner]) = ty.as_array().map(Vec::as_slice) else {
        return ty.as_str().unwrap_or("?").to_owned();
    };
    let name = name.as_str().unwrap_or("?");
    match inner {
        Json::Object(attributes) => {
            let sorted: BTreeMap<&String, &Json> = attributes.iter().collect();
            let plain = |name: &str| {
                name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
                    && name.starts_with(|c: char| c.is_alphabetic() || c == '_')
            };
            let attribute = |(name, ty): (&String, &Json)| match plain(name) {
                true => format!("{name}={}", constraint(ty)),
                false => format!("{}={}", Json::from(name.as_str()), constraint(ty)),
            };
            format!("object({{{}}})", sorted.into_iter().map(attribute).collect::<Vec<_>>().join(","))
        }
        Json::Array(items) if name == "tuple" => {
            format!("tuple([{}])", items.iter().map(constraint).collect::<Vec<_>>().join(","))
        }
        inner => format!("{name}({})", constraint(inner)),
    }
}

/// Managed objects with their attributes, as `show -json` tells a state.
pub(super) fn resources(expect: &Json, got: &Json, findings: &mut Findings) {
    let mut resources = Map::new();
    collect(&got["values"]["root_module"], expect, &mut resources);
    entries("resource", expect, &resources, &mut findings.core);
}

fn collect(module: &Json, expect: &Json, found: &mut Map<String, Json>) {
    for resource in list(&module["resources"]).iter().filter(|resource| resource["mode"] == "managed") {
        let address = resource["address"].as_str().unwrap_or_default();
        let values = resource["values"].as_object().into_iter().flatten();
        // A random id is not recorded.
        let values = values.filter(|(name, _)| *name != "id" || expect[address].get("id").is_some());
        let values = values.map(|(name, value)| match name.as_str() {
            "id" => (name.clone(), value.clone()),
            _ => (name.clone(), without_ids(value)),
        });
        found.insert(address.to_owned(), values.collect());
    }
    for child in list(&module["child_modules"]) {
        collect(child, expect, found);
    }
}

/// Diagnostics must point at the recorded places.
pub(super) fn errors(expect: &Json, answer: &Answer, findings: &mut Findings) {
    let problems = answer.diagnostics();
    let errors: Vec<&Json> = problems.iter().filter(|problem| problem["severity"] == "error").collect();
    for wanted in std::iter::once(expect).chain(list(&expect["more"])) {
        let there = errors.iter().any(|problem| {
            let name = problem["range"]["filename"].as_str().map(|name| name.trim_start_matches("./"));
            // Where no place is recorded, one is no worse.
            wanted["file"].is_null()
                || (name == wanted["file"].as_str() && problem["range"]["start"]["line"] == wanted["line"])
        });
        if !there {
            let (file, line) = (wanted["file"].as_str().unwrap_or("no file"), &wanted["line"]);
            let summary = wanted["summary"].as_str().unwrap_or_default();
            findings.detail.push(format!("no error at {file} {line} ({summary}): {}", answer.said()));
        }
    }
}
