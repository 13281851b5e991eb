//! What conditions found, by the object that they belong to: what state keeps as `check_results`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::address::{Key, ModulePath};
use crate::language::config::ResourceKey;

/// What a condition came to. Of several, the greatest is that of their object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// It holds.
    #[default]
    Pass,
    /// Apply will tell.
    Unknown,
    /// It does not hold.
    Fail,
    /// It could not be evaluated.
    Error,
}

impl Status {
    /// The word in state and plan files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Unknown => "unknown",
            Self::Fail => "fail",
            Self::Error => "error",
        }
    }
}

/// What has conditions, within its module.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// A resource or data source: preconditions and postconditions.
    Resource(ResourceKey),
    /// An output: preconditions.
    Output(Arc<str>),
    /// A `check` block: assertions.
    Check(Arc<str>),
    /// A variable: validations.
    Variable(Arc<str>),
}

impl Item {
    /// The kind as state files name it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Resource(_) => "resource",
            Self::Output(_) => "output",
            Self::Check(_) => "check",
            Self::Variable(_) => "var",
        }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resource(key) => write!(f, "{}{}.{}", key.mode.prefix(), key.ty, key.name),
            Self::Output(name) => write!(f, "output.{name}"),
            Self::Check(name) => write!(f, "check.{name}"),
            Self::Variable(name) => write!(f, "var.{name}"),
        }
    }
}

/// Something with conditions as written: for all instances of its module.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Checked {
    /// The names of the calls from the root.
    pub module: Vec<Arc<str>>,
    /// What it is there.
    pub item: Item,
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.module.iter().try_for_each(|name| write!(f, "module.{name}."))?;
        write!(f, "{}", self.item)
    }
}

/// Which instance of it.
pub type At = (ModulePath, Key);

/// What the conditions of one instance found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The greatest status of its conditions.
    pub status: Status,
    /// The messages of those that failed, without those that must not be shown.
    pub failures: Vec<String>,
}

impl Found {
    /// Takes another condition in.
    pub fn add(&mut self, status: Status, failure: Option<String>) {
        self.status = self.status.max(status);
        self.failures.extend(failure);
    }

    /// Takes the conditions of a later moment in.
    pub fn join(&mut self, later: Self) {
        self.status = self.status.max(later.status);
        self.failures.extend(later.failures);
    }
}

/// What all conditions of a configuration found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckResults {
    objects: BTreeMap<Checked, BTreeMap<At, Found>>,
    /// Why the data sources of checks could not be read, until their checks are evaluated.
    lost_data: BTreeMap<(Checked, At), String>,
}

impl CheckResults {
    /// Makes something with conditions known, before it has instances.
    pub fn declare(&mut self, checked: Checked) {
        self.objects.entry(checked).or_default();
    }

    /// Sets what an instance's conditions found; gives what they had found before.
    pub fn set(&mut self, checked: Checked, at: At, found: Found) -> Option<Found> {
        self.objects.entry(checked).or_default().insert(at, found)
    }

    /// Adds what later conditions of an instance found.
    pub fn add(&mut self, checked: Checked, at: At, found: Found) {
        self.objects.entry(checked).or_default().entry(at).or_default().join(found);
    }

    /// What an instance's conditions found.
    pub fn get(&self, checked: &Checked, at: &At) -> Option<&Found> {
        self.objects.get(checked)?.get(at)
    }

    /// Notes that the data source of a check could not be read.
    pub fn lose_data(&mut self, checked: Checked, at: At, why: String) {
        self.lost_data.insert((checked, at), why);
    }

    /// Takes why the data source of a check could not be read, if that is so.
    pub fn take_lost_data(&mut self, checked: &Checked, at: &At) -> Option<String> {
        self.lost_data.remove(&(checked.clone(), at.clone()))
    }

    /// Everything with conditions, in the order of kind and name, with its instances.
    pub fn iter(&self) -> impl Iterator<Item = (&Checked, &BTreeMap<At, Found>)> {
        self.objects.iter()
    }

    /// The status of something as a whole.
    pub fn status(instances: &BTreeMap<At, Found>) -> Status {
        instances.values().map(|found| found.status).max().unwrap_or_default()
    }

    /// The address of an instance.
    pub fn address(checked: &Checked, (module, key): &At) -> String {
        let dot = if module.is_root() { "" } else { "." };
        format!("{module}{dot}{}{key}", checked.item)
    }

    /// The form of state files.
    pub fn to_state(&self) -> Json {
        if self.objects.is_empty() {
            return Json::Null;
        }
        let all = self.objects.iter().map(|(checked, instances)| {
            let objects: Vec<Json> = instances
                .iter()
                .map(|(at, found)| {
                    let mut object = json!({"object_addr": Self::address(checked, at), "status": found.status.word()});
                    if !found.failures.is_empty() {
                        object["failure_messages"] = json!(found.failures);
                    }
                    object
                })
                .collect();
            json!({
                "object_kind": checked.item.kind(),
                "config_addr": checked.to_string(),
                "status": Self::status(instances).word(),
                "objects": if objects.is_empty() { Json::Null } else { Json::Array(objects) },
            })
        });
        all.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str) -> Checked {
        Checked { module: vec!["m".into()], item: Item::Check(name.into()) }
    }

    #[test]
    fn results_have_the_form_of_state_files() {
        let mut results = CheckResults::default();
        assert_eq!(results.to_state(), Json::Null);
        let at = |key: &str| (ModulePath::root().child("m", Key::Name(key.into())), Key::None);
        results.set(check("c"), at("a"), Found { status: Status::Fail, failures: vec!["Too small.".into()] });
        results.set(check("c"), at("b"), Found::default());
        results.declare(check("none"));
        let expected = json!([
            {"object_kind": "check", "config_addr": "module.m.check.c", "status": "fail", "objects": [
                {"object_addr": "module.m[\"a\"].check.c", "status": "fail", "failure_messages": ["Too small."]},
                {"object_addr": "module.m[\"b\"].check.c", "status": "pass"},
            ]},
            {"object_kind": "check", "config_addr": "module.m.check.none", "status": "pass", "objects": null},
        ]);
        assert_eq!(results.to_state(), expected);
    }

    #[test]
    fn the_greatest_status_is_that_of_the_object() {
        let mut found = Found::default();
        found.add(Status::Unknown, None);
        found.add(Status::Pass, None);
        assert_eq!(found.status, Status::Unknown);
        found.join(Found { status: Status::Fail, failures: vec!["no".into()] });
        assert_eq!((found.status, found.failures.len()), (Status::Fail, 1));
    }
}
