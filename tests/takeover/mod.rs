//! A folder that Terraform manages is taken over with an empty plan, and given back with all that Terraform needs.
//!
//! `terraform.tfstate` is what Terraform 1.11.4 wrote with version 5.100 of its AWS provider, on the emulator, for `main.tf`: one
//! object of every resource type. An empty SMS configuration, which only the emulator gives, was taken out. Since an emulator gives new ids each time, recon applies the project first, and then
//! the state gets the recorded form: what recon and the provider both tell keeps the value of recon, and everything
//! else is as recorded, down to whether nothing is null or empty.

use std::collections::{BTreeMap, BTreeSet};

use recon::testing::emulator::{Emulator, Kind};
use serde_json::{Map, Value as Json, json};

use crate::cli::{Answer, Folder};

const RECORDED: &str = include_str!("terraform.tfstate");
const LOSS: [&str; 2] = ["-allow-data-loss=aws_dynamodb_table.posts", "-allow-data-loss=aws_cognito_user_pool.p"];

/// Which version of the provider a state is to look like.
#[derive(Clone, Copy, PartialEq)]
enum Provider {
    /// As recorded.
    Five,
    /// With `region` on everything that has one, and with identities.
    Six,
}

struct Project {
    server: Emulator,
    folder: Folder,
}

impl Project {
    /// The project, applied.
    fn applied() -> Self {
        let folder = Folder::with(include_str!("main.tf"));
        std::fs::write(folder.path().join("f.zip"), include_bytes!("f.zip")).unwrap();
        let project = Self { server: Emulator::start(Kind::Ministack), folder };
        project.run(&["apply", "-auto-approve"]).ends_with(0);
        project
    }

    fn run(&self, arguments: &[&str]) -> Answer {
        let mut command = self.folder.command(arguments);
        command.env("AWS_ENDPOINT_URL", self.server.endpoint()).env("AWS_EC2_METADATA_DISABLED", "true");
        Answer::from(command.output().unwrap())
    }

    /// Puts the state where Terraform keeps it, in the form that its provider gives it.
    fn hand_over(&self, provider: Provider) -> Json {
        let ours: Json = serde_json::from_str(&self.run(&["state", "pull"]).ends_with(0).stdout).unwrap();
        let state = in_recorded_form(ours, provider);
        std::fs::remove_dir_all(self.folder.path().join("state")).unwrap();
        self.folder.write("terraform.tfstate", &format!("{state:#}"));
        state
    }

    fn state(&self) -> Json {
        serde_json::from_str(&self.folder.read("terraform.tfstate")).unwrap()
    }

    #[track_caller]
    fn assert_settled(&self, arguments: &[&str]) {
        let plan = self.run(&[&["plan", "-detailed-exitcode"], arguments].concat());
        assert_eq!(plan.code, Some(0), "{}{}", plan.stdout, plan.stderr);
    }
}

/// The first instance of each resource, by its address.
fn resources(state: &Json) -> BTreeMap<String, &Json> {
    let name =
        |resource: &Json| format!("{}.{}", resource["type"].as_str().unwrap(), resource["name"].as_str().unwrap());
    state["resources"].as_array().unwrap().iter().map(|resource| (name(resource), &resource["instances"][0])).collect()
}

fn in_recorded_form(mut state: Json, provider: Provider) -> Json {
    let recorded: Json = serde_json::from_str(RECORDED).unwrap();
    let recorded = resources(&recorded);
    state["terraform_version"] = "1.11.4".into();
    for resource in state["resources"].as_array_mut().unwrap() {
        let name = format!("{}.{}", resource["type"].as_str().unwrap(), resource["name"].as_str().unwrap());
        let like = recorded[&name];
        let region = resource["instances"][0]["attributes"].get("region").cloned();
        let mut instance = like.clone();
        instance["attributes"] = in_form(&resource["instances"][0]["attributes"], &like["attributes"]);
        if provider == Provider::Six {
            instance["identity_schema_version"] = 0.into();
            instance["identity"] = json!({"account_id": "123456789012", "region": region});
            if let Some(region) = region {
                instance["attributes"]["region"] = region;
            }
        }
        resource["instances"][0] = instance;
    }
    state
}

/// What recon has, in the form of what was recorded.
fn in_form(ours: &Json, recorded: &Json) -> Json {
    match (ours, recorded) {
        (Json::Object(ours), Json::Object(recorded)) => {
            let entry = |(name, like): (&String, &Json)| {
                let value = ours.get(name).map_or_else(|| like.clone(), |value| in_form(value, like));
                (name.clone(), value)
            };
            // The names in a map are data, so all of them stay; those of a type are the provider's.
            let own = ours.iter().filter(|(name, _)| !recorded.contains_key(*name) && recorded.is_empty());
            let own = own.map(|(name, value)| (name.clone(), value.clone()));
            Json::Object(recorded.iter().map(entry).chain(own).collect::<Map<_, _>>())
        }
        (Json::Array(ours), Json::Array(recorded)) if ours.len() == recorded.len() => {
            ours.iter().zip(recorded).map(|(value, like)| in_form(value, like)).collect()
        }
        (ours, recorded) if is_nothing(ours) => recorded.clone(),
        // What recon made may have more than what Terraform made; the provider would have read that.
        _ => ours.clone(),
    }
}

fn is_nothing(json: &Json) -> bool {
    match json {
        Json::Null | Json::Bool(false) => true,
        Json::Bool(true) => false,
        Json::Number(number) => number.as_f64() == Some(0.0),
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(entries) => entries.is_empty(),
    }
}

#[test]
fn the_recorded_state_has_every_resource_type() {
    let schemas = Folder::with("").run(&["providers", "schema", "-json"]).ends_with(0).stdout;
    let schemas: Json = serde_json::from_str(&schemas).unwrap();
    let providers = schemas["provider_schemas"].as_object().unwrap();
    let types = providers.values().filter_map(|provider| provider["resource_schemas"].as_object());
    let types: BTreeSet<String> = types.flat_map(|types| types.keys().cloned()).collect();
    let recorded: Json = serde_json::from_str(RECORDED).unwrap();
    let recorded: BTreeSet<String> =
        recorded["resources"].as_array().unwrap().iter().map(|r| r["type"].as_str().unwrap().to_owned()).collect();
    assert_eq!(types, recorded);
}

#[test]
fn a_state_of_either_provider_version_is_taken_over_and_kept_whole() {
    for provider in [Provider::Five, Provider::Six] {
        let project = Project::applied();
        let before = project.hand_over(provider);
        project.assert_settled(&[]);
        let drift = project.run(&["drift"]);
        assert_eq!(drift.code, Some(0), "{}{}", drift.stdout, drift.stderr);
        assert_eq!(project.state(), before, "a plan changes nothing");

        let apply = project.run(&["apply", "-auto-approve", "-var=memory=256"]).ends_with(0);
        assert!(apply.stdout.contains("0 added, 2 changed, 0 destroyed"), "{}", apply.stdout);
        let after = project.state();
        assert_eq!(after["lineage"], before["lineage"]);
        assert_eq!(after["serial"].as_u64().unwrap(), before["serial"].as_u64().unwrap() + 1);
        assert!(!project.folder.path().join("state").exists());
        let (old, new) = (resources(&before), resources(&after));
        assert_eq!(old.keys().collect::<Vec<_>>(), new.keys().collect::<Vec<_>>());
        for (name, old) in &old {
            let new = new[name];
            for member in ["schema_version", "private", "identity", "identity_schema_version"] {
                assert_eq!(new.get(member), old.get(member), "{name}: {member}");
            }
            for attribute in old["attributes"].as_object().unwrap().keys() {
                assert!(new["attributes"].get(attribute).is_some(), "{name} has lost `{attribute}`");
            }
        }
        project.assert_settled(&["-var=memory=256"]);
        let destroy = [&["destroy", "-auto-approve"], &LOSS[..]].concat();
        let destroyed = project.run(&destroy).ends_with(0);
        assert!(destroyed.stdout.contains("18 destroyed"), "{}", destroyed.stdout);
        assert!(resources(&project.state()).is_empty());
    }
}

/// A state as Terraform 0.11 wrote it, with flat attributes. There was no `terraform_data` then.
fn in_version_3(state: &Json) -> Json {
    let mut resources_then = Map::new();
    for (name, instance) in resources(state).into_iter().filter(|(name, _)| !name.starts_with("terraform_data.")) {
        let mut flat = Map::new();
        for (attribute, json) in instance["attributes"].as_object().unwrap() {
            flatten(attribute, json, &mut flat);
        }
        let ty = name.split('.').next().unwrap().to_owned();
        let meta = json!({"schema_version": instance["schema_version"].to_string()});
        let primary = json!({"id": instance["attributes"]["id"], "attributes": flat, "meta": meta, "tainted": false});
        let resource =
            json!({"type": ty, "depends_on": [], "primary": primary, "deposed": [], "provider": "provider.aws"});
        resources_then.insert(name, resource);
    }
    json!({
        "version": 3, "terraform_version": "0.11.14", "serial": 5, "lineage": state["lineage"],
        "modules": [{"path": ["root"], "outputs": {}, "resources": resources_then, "depends_on": []}],
    })
}

fn flatten(name: &str, json: &Json, flat: &mut Map<String, Json>) {
    match json {
        Json::Null => {}
        Json::Array(items) => {
            flat.insert(format!("{name}.#"), items.len().to_string().into());
            for (i, item) in items.iter().enumerate() {
                match item {
                    Json::Object(members) => {
                        members.iter().for_each(|(member, json)| flatten(&format!("{name}.{i}.{member}"), json, flat));
                    }
                    item => flatten(&format!("{name}.{i}"), item, flat),
                }
            }
        }
        Json::Object(entries) => {
            flat.insert(format!("{name}.%"), entries.len().to_string().into());
            entries.iter().for_each(|(key, json)| flatten(&format!("{name}.{key}"), json, flat));
        }
        Json::String(text) => drop(flat.insert(name.to_owned(), text.as_str().into())),
        Json::Bool(_) | Json::Number(_) => drop(flat.insert(name.to_owned(), json.to_string().into())),
    }
}

#[test]
fn a_state_with_flat_attributes_is_taken_over() {
    let project = Project::applied();
    let old = in_version_3(&project.hand_over(Provider::Five)).to_string();
    project.folder.write("terraform.tfstate", &old);
    let plan = project.run(&["plan"]).ends_with(0);
    let counts = "Plan: 1 to add, 0 to change, 0 to destroy.";
    assert!(
        plan.stdout.contains(counts) && plan.stdout.contains("+ terraform_data.d will be created\n"),
        "{}",
        plan.stdout
    );
    project.run(&["apply", "-auto-approve"]).ends_with(0);
    let new = project.state();
    assert_eq!(new["version"], 4);
    assert_eq!(project.folder.read("terraform.tfstate.backup"), old);
    assert!(!project.folder.read("terraform.tfstate").contains("attributes_flat"));
    project.assert_settled(&[]);
}
