//! What must be true: the cloud, the state and the configuration agree, nothing was made twice or left behind, and nothing
//! was deleted that no plan named. Worked out from the data that the configuration is written from, not by recon.

use std::collections::{BTreeMap, BTreeSet};

use recon::testing::cloud::world::{Request, Seen, Wish};
use recon::testing::cloud::{Entry, Fate};
use serde_json::Value as Json;

use super::graph::{Body, Graph, Target, Use, index};
use super::process::{Command, Ended, Lab};
use recon::testing::cloud::stage::Weather;

/// Something that is not as it must be.
pub(crate) type Fault = String;

/// The objects of state: attributes by address.
pub(crate) fn stored(lab: &Lab) -> Result<BTreeMap<String, Json>, Fault> {
    let Some(bytes) = lab.disk.state() else {
        return Ok(BTreeMap::new());
    };
    let state: Json = serde_json::from_slice(&bytes).map_err(|error| format!("the state is no JSON: {error}"))?;
    let mut found = BTreeMap::new();
    for resource in state["resources"].as_array().into_iter().flatten() {
        if resource["mode"] != "managed" {
            continue;
        }
        for instance in resource["instances"].as_array().into_iter().flatten() {
            let key = match &instance["index_key"] {
                Json::Null => String::new(),
                key => format!("[{key}]"),
            };
            let address = format!("{}.{}{key}", text(&resource["type"]), text(&resource["name"]));
            if instance["deposed"] != Json::Null {
                return Err(format!("{address} still has an object set aside"));
            }
            if instance["status"] != Json::Null {
                return Err(format!("{address} is {}", instance["status"]));
            }
            if found.insert(address.clone(), instance["attributes"].clone()).is_some() {
                return Err(format!("{address} is in state twice"));
            }
        }
    }
    Ok(found)
}

fn text(json: &Json) -> &str {
    json.as_str().unwrap_or_default()
}

/// After a run that came to its end: the cloud is as state says, and both are as the configuration says.
pub(crate) fn settled(lab: &Lab, graph: &Graph) -> Result<(), Fault> {
    let stored = stored(lab)?;
    let ours: BTreeMap<String, Seen> =
        lab.cloud.objects().into_iter().filter(|seen| !seen.token.is_empty()).map(|o| (o.id.clone(), o)).collect();
    let ids: BTreeMap<&String, &str> = stored.iter().map(|(address, json)| (address, text(&json["id"]))).collect();
    let known: BTreeSet<&str> = ids.values().copied().collect();
    if known.len() != ids.len() {
        return Err(format!("two addresses have one object: {ids:?}"));
    }
    let left: Vec<&String> = ours.keys().filter(|id| !known.contains(id.as_str())).collect();
    if !left.is_empty() {
        return Err(format!("objects that state does not know: {left:?}"));
    }
    for (address, json) in &stored {
        let seen = ours.get(text(&json["id"])).ok_or_else(|| format!("{address} is not in the cloud: {json}"))?;
        same(address, json, seen)?;
    }
    let found = Found { ids: &ids, ours: &ours };
    let mut expected = BTreeSet::new();
    for block in &graph.blocks {
        for key in block.keys() {
            let own = Target { label: block.label.clone(), key };
            let seen = found.object(graph, &own)?;
            let wanted = found.wish(graph, &own, seen)?;
            if seen.is != wanted {
                return Err(format!("{own:?} is {:?} but should be {wanted:?}", seen.is));
            }
            expected.insert(address(graph, &own));
        }
    }
    let more: Vec<&String> = stored.keys().filter(|address| !expected.contains(*address)).collect();
    if !more.is_empty() {
        return Err(format!("state has what the configuration does not: {more:?}"));
    }
    if !lab.disk.journal().is_empty() {
        return Err("the journal is still there".to_owned());
    }
    Ok(())
}

/// A plan of what is settled does nothing.
pub(crate) fn plans_nothing(lab: &Lab, seed: u64) -> Result<(), Fault> {
    let ended = lab.run(Command::Plan, Weather::calm(seed));
    match ended.planned {
        Some(planned) if planned.is_empty => Ok(()),
        planned => Err(format!("a second plan is not empty: {:?} {:?}", planned.map(|p| p.steps), ended.problems)),
    }
}

fn same(address: &str, json: &Json, seen: &Seen) -> Result<(), Fault> {
    let optional = |name: &str| json[name].as_str().map(str::to_owned);
    let state = Wish {
        name: text(&json["name"]).to_owned(),
        parent: optional("parent"),
        uses: json["uses"].as_array().into_iter().flatten().map(|id| text(id).to_owned()).collect(),
        role: optional("role"),
        body: optional("body"),
        shape: optional("shape"),
        extra: json["extra"].as_i64(),
    };
    if state != seen.is || json["stamp"] != stamp(seen) {
        return Err(format!("{address}: state has {json}, the cloud {seen:?}"));
    }
    Ok(())
}

fn stamp(seen: &Seen) -> String {
    format!("{}.{}", seen.id, seen.version)
}

fn address(graph: &Graph, target: &Target) -> String {
    let kind = graph.block(&target.label).map_or("", |block| block.kind);
    format!("{kind}.{}{}", target.label, index(&target.key))
}

struct Found<'a> {
    ids: &'a BTreeMap<&'a String, &'a str>,
    ours: &'a BTreeMap<String, Seen>,
}

impl Found<'_> {
    fn id(&self, graph: &Graph, target: &Target) -> Result<String, Fault> {
        let address = address(graph, target);
        let id = self.ids.get(&address).map(|id| (*id).to_owned());
        id.ok_or_else(|| format!("{address} is configured and not in state"))
    }

    fn object(&self, graph: &Graph, target: &Target) -> Result<&Seen, Fault> {
        let id = self.id(graph, target)?;
        self.ours.get(&id).ok_or_else(|| format!("{id} of {target:?} is not in the cloud"))
    }

    fn wish(&self, graph: &Graph, own: &Target, seen: &Seen) -> Result<Wish, Fault> {
        let block = graph.block(&own.label).ok_or("no block")?;
        let key = match index(&own.key).trim_matches(['[', ']', '"']) {
            "" => String::new(),
            key => format!("-{key}"),
        };
        let mut uses = BTreeSet::new();
        for used in &block.uses {
            match used {
                Use::One(target) => {
                    uses.insert(self.id(graph, target)?);
                }
                Use::All(label) => {
                    for target in all(graph, label) {
                        uses.insert(self.id(graph, &target)?);
                    }
                }
            }
        }
        let stamp_of = |target: &Target| self.object(graph, target).map(stamp);
        let body = match &block.body {
            Body::None => None,
            Body::Plain(text) => Some(format!("t{text}-{}{key}", block.serial)),
            Body::Stamp(target) | Body::Lookup(target) => Some(stamp_of(target)?),
            Body::Stamps(label) => {
                let mut stamps = all(graph, label).iter().map(stamp_of).collect::<Result<Vec<_>, Fault>>()?;
                stamps.sort();
                // An empty text and none are the same to a plan.
                Some(stamps.join(",")).filter(|text| !text.is_empty() || seen.is.body.is_some())
            }
        };
        Ok(Wish {
            name: block.name_of(&key),
            parent: block.parent.as_ref().map(|parent| self.id(graph, parent)).transpose()?,
            role: block.role.as_ref().map(|role| self.id(graph, role)).transpose()?,
            uses,
            body: if block.ignores_body { seen.is.body.clone() } else { body },
            shape: block.shape.map(|shape| format!("s{shape}")),
            extra: block.extra,
        })
    }
}

fn all(graph: &Graph, label: &str) -> Vec<Target> {
    let keys = graph.block(label).map(|block| block.keys()).unwrap_or_default();
    keys.into_iter().map(|key| Target { label: label.to_owned(), key }).collect()
}

/// Nothing was made that was not planned, nothing deleted, and whatever belongs to somebody else is as it was.
pub(crate) fn kept_to_plan(log: &[Entry], ended: &Ended) -> Result<(), Fault> {
    let carried_out = || log.iter().filter(|entry| matches!(entry.fate, Fate::Done | Fate::Answered));
    let none = super::process::Planned::default();
    let planned = ended.planned.as_ref().unwrap_or(&none);
    let made: BTreeSet<&String> =
        carried_out().filter(|e| matches!(e.request, Request::Create(..))).filter_map(|e| e.id.as_ref()).collect();
    if made.len() > planned.creations {
        return Err(format!("{} creations were planned, and there were {made:?}", planned.creations));
    }
    for entry in carried_out().filter(|entry| matches!(entry.request, Request::Delete(_))) {
        for id in entry.id.iter().chain(&entry.swept_along) {
            if !planned.deletions.contains(id) {
                return Err(format!("{id} was deleted and no plan says so: {:?}", planned.deletions));
            }
        }
    }
    Ok(())
}

/// A worker is made when the policies of its role are (P11).
pub(crate) fn kept_order(log: &[Entry]) -> Result<(), Fault> {
    let made = |kind: &'static str| {
        log.iter().filter(move |entry| entry.kind == kind && entry.fate == Fate::Answered).filter_map(|entry| {
            match &entry.request {
                Request::Create(wish, _) => Some((entry, wish)),
                _ => None,
            }
        })
    };
    for (worker, wish) in made("cloud_worker") {
        for (policy, _) in made("cloud_policy").filter(|(_, policy)| policy.parent == wish.role) {
            if policy.ended > worker.sent {
                return Err(format!("{:?} was made before {:?} of its role", worker.id, policy.id));
            }
        }
    }
    Ok(())
}
