//! From stored bytes to a snapshot.

use std::collections::HashSet;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};

use super::intact::{check_members, has_nameless_checksum};
use super::locate::{Step, line_column, locate};
use super::write::encode_canonical;
use super::{CHECKSUM, VERSION, checksum, legacy};
use crate::address::{Address, Key, ResourceAddress};
use crate::state::attributes::path_from_json;
use crate::state::{Instance, OutputState, Snapshot, StateError};
use crate::value::Marks;
use crate::value::json::{from_json, type_from_json};

/// What in a JSON document is not as it should be. It names places and kinds, never values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{what}", if path.is_empty() { String::new() } else { format!("`{}`: ", self.place()) })]
pub struct Misfit {
    /// The way to the place, last step first.
    path: Vec<Step>,
    what: String,
}

impl Misfit {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self { path: Vec::new(), what: what.into() }
    }

    pub(super) fn wanted(wanted: &str, found: &Json) -> Self {
        Self::new(format!("{wanted} is required, not {}", kind(found)))
    }

    pub(super) fn inside(mut self, name: &str) -> Self {
        self.path.push(Step::Member(name.into()));
        self
    }

    pub(super) fn element(mut self, index: usize) -> Self {
        self.path.push(Step::Element(index));
        self
    }

    fn place(&self) -> String {
        let mut text = String::new();
        for step in self.path.iter().rev() {
            match step {
                Step::Member(name) if text.is_empty() => text.push_str(name),
                Step::Member(name) => text.extend([".", name]),
                Step::Element(index) => text.push_str(&format!("[{index}]")),
            }
        }
        text
    }
}

pub(super) type Fit<T> = Result<T, Misfit>;

/// The snapshot that stored bytes hold. The place names where they come from.
pub fn decode(place: &str, bytes: &[u8]) -> Result<Snapshot, StateError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(StateError::Empty { place: place.into() });
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        let problem = "the file begins with a byte order mark, which is no part of JSON".to_owned();
        return Err(StateError::Unreadable { place: place.into(), line: 1, column: 1, problem });
    }
    let json = serde_json::from_slice(bytes).map_err(|error| not_json(place, &error))?;
    let misfit = |misfit: &Misfit| {
        let mut path = misfit.path.clone();
        path.reverse();
        let (line, column) = line_column(bytes, locate(bytes, &path));
        StateError::Unreadable { place: place.into(), line, column, problem: misfit.to_string() }
    };
    let Json::Object(mut top) = json else {
        return Err(misfit(&Misfit::wanted("a JSON object", &json)));
    };
    if top.contains_key("encrypted_data") {
        return Err(StateError::Encrypted { place: place.into() });
    }
    match top.shift_remove("version") {
        Some(Json::Number(version)) => match version.as_u64() {
            Some(VERSION) => {}
            Some(older @ 1..=3) => {
                let made = legacy::upgrade(top, older, &made_lineage(bytes));
                top = made.map_err(|found| misfit(&found))?;
            }
            _ => return Err(StateError::Version { place: place.into(), version: version.to_string() }),
        },
        found => return Err(misfit(&missing("a version number", found.as_ref()).inside("version"))),
    }
    let stored = match top.shift_remove(CHECKSUM) {
        None => None,
        Some(Json::String(text)) => Some(text),
        Some(other) => return Err(misfit(&Misfit::wanted("a string", &other).inside(CHECKSUM))),
    };
    let is_untouched = stored.as_ref().is_some_and(|stored| untouched(bytes, stored));
    if !is_untouched {
        check_members(bytes).map_err(|error| not_state(place, &error))?;
    }
    let mut snapshot = snapshot(top).map_err(|found| misfit(&found))?;
    if has_nameless_checksum(&snapshot.rest) {
        return Err(StateError::Checksum { place: place.into() });
    }
    let is_intact = |stored: &String| is_untouched || checksum(&encode_canonical(&snapshot)) == *stored;
    snapshot.checksum = Some(match stored {
        Some(stored) if is_intact(&stored) => stored.into(),
        Some(_) => return Err(StateError::Checksum { place: place.into() }),
        None => checksum(bytes).into(),
    });
    Ok(snapshot)
}

/// A lineage for a state that was written before there were any: always the same one for the same bytes.
fn made_lineage(bytes: &[u8]) -> String {
    let digest = checksum(bytes);
    let digits = &digest[digest.len() - 32..];
    let groups = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    groups.join("-")
}

/// Whether the bytes are those that were written, which is cheaper to find out than whether they mean the same.
fn untouched(bytes: &[u8], stored: &str) -> bool {
    let ending = super::write::ending(stored);
    bytes.strip_suffix(ending.as_bytes()).is_some_and(|content| checksum(&[content, b"\n}\n"].concat()) == stored)
}

fn not_json(place: &str, error: &serde_json::Error) -> StateError {
    let problem = if error.is_eof() {
        "the file ends too early; a write by another program was cut short".to_owned()
    } else {
        format!("this is not JSON: {}", without_place(error))
    };
    unreadable(place, error, problem)
}

fn not_state(place: &str, error: &serde_json::Error) -> StateError {
    unreadable(place, error, without_place(error))
}

fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what).to_owned()
}

fn unreadable(place: &str, error: &serde_json::Error, problem: String) -> StateError {
    StateError::Unreadable { place: place.into(), line: error.line().max(1), column: error.column().max(1), problem }
}

fn snapshot(mut top: Map<String, Json>) -> Fit<Snapshot> {
    let mut snapshot = Snapshot::of_lineage(text(&mut top, "lineage")?);
    snapshot.serial = number(&mut top, "serial")?;
    if let Some(version) = optional_text(&mut top, "terraform_version")? {
        snapshot.terraform_version = version;
    }
    snapshot.outputs = match top.shift_remove("outputs") {
        Some(Json::Object(outputs)) => outputs
            .into_iter()
            .map(|(name, json)| {
                let output = output(json).map_err(|found| found.inside(&name).inside("outputs"))?;
                Ok((Arc::from(name), output))
            })
            .collect::<Fit<IndexMap<_, _>>>()?,
        Some(Json::Null) => IndexMap::new(),
        found => return Err(missing("an object", found.as_ref()).inside("outputs")),
    };
    let mut names = HashSet::new();
    for (index, json) in array(&mut top, "resources")?.into_iter().enumerate() {
        resource(json, &mut snapshot, &mut names).map_err(|found| found.element(index).inside("resources"))?;
    }
    snapshot.check_results = top.shift_remove("check_results").unwrap_or(Json::Null);
    snapshot.rest = top;
    Ok(snapshot)
}

fn output(json: Json) -> Fit<OutputState> {
    let mut object = object(json)?;
    let sensitive = flag(&mut object, "sensitive")?;
    let ty = object.shift_remove("type");
    let known = ty.as_ref().and_then(type_from_json);
    let ty = known.ok_or_else(|| missing("a type", ty.as_ref()).inside("type"))?;
    let json = object.shift_remove("value").unwrap_or(Json::Null);
    let value = from_json(&json, &ty).map_err(|error| Misfit::new(error.what).inside("value"))?;
    let value = if sensitive { value.marked(Marks::SENSITIVE) } else { value };
    Ok(OutputState { value, sensitive })
}

fn resource(json: Json, snapshot: &mut Snapshot, names: &mut HashSet<Arc<str>>) -> Fit<()> {
    let mut object = object(json)?;
    let address = resource_address(&mut object)?;
    let provider = text(&mut object, "provider")?;
    let provider = names.get(&*provider).cloned().unwrap_or_else(|| {
        let provider: Arc<str> = provider.into();
        names.insert(provider.clone());
        provider
    });
    for (index, json) in array(&mut object, "instances")?.into_iter().enumerate() {
        let at = |found: Misfit| found.element(index).inside("instances");
        let (key, deposed, instance) = keyed_instance(named_alike(json, &address), &provider).map_err(at)?;
        let address = address.instance(key);
        let taken = match deposed {
            Some(deposed) => snapshot.deposed.insert((address, deposed), instance),
            None => snapshot.instances.insert(address, instance),
        };
        if taken.is_some() {
            return Err(at(Misfit::new("this instance is in the state twice")));
        }
    }
    Ok(())
}

/// An instance with its dependencies as they are named now: the first releases of 0.12 named them from inside the module, and with
/// them what is no resource.
fn named_alike(mut json: Json, address: &ResourceAddress) -> Json {
    let Some(object) = json.as_object_mut() else {
        return json;
    };
    if let Some(Json::Array(names)) = object.shift_remove("depends_on")
        && !object.contains_key("dependencies")
    {
        let names = names.iter().filter_map(|name| legacy::dependency(name.as_str()?, &address.module));
        let names: std::collections::BTreeSet<String> = names.collect();
        object.insert("dependencies".into(), names.into_iter().map(Json::from).collect());
    }
    json
}

fn resource_address(object: &mut Map<String, Json>) -> Fit<ResourceAddress> {
    let module = optional_text(object, "module")?.map(|module| format!("{module}.")).unwrap_or_default();
    let data = match text(object, "mode")?.as_str() {
        "managed" => "",
        "data" => "data.",
        _ => return Err(Misfit::new("`managed` or `data` is required").inside("mode")),
    };
    let ty = text(object, "type")?;
    let name = text(object, "name")?;
    let wrong = |_| Misfit::new("module, type and name make no address");
    let address: Address = format!("{module}{data}{ty}.{name}").parse().map_err(wrong)?;
    if address.key != Key::None || *address.resource.name != *name || *address.resource.ty != *ty {
        return Err(Misfit::new("module, type and name make no address"));
    }
    Ok(address.resource)
}

fn keyed_instance(json: Json, provider: &Arc<str>) -> Fit<(Key, Option<String>, Instance)> {
    let mut object = object(json)?;
    let key = match object.shift_remove("index_key") {
        None | Some(Json::Null) => Key::None,
        Some(Json::String(name)) => Key::Name(name.into()),
        Some(Json::Number(index)) if index.as_u64().is_some() => Key::Index(index.as_u64().unwrap_or_default()),
        Some(other) => return Err(Misfit::wanted("a string or a whole number", &other).inside("index_key")),
    };
    let deposed = optional_text(&mut object, "deposed")?.filter(|key| !key.is_empty());
    Ok((key, deposed, instance(object, provider.clone())?))
}

/// The object of the form that `instance_to_json` gives.
pub fn instance_from_json(json: Json, provider: Arc<str>) -> Result<Instance, Misfit> {
    instance(object(json)?, provider)
}

fn instance(mut object: Map<String, Json>, provider: Arc<str>) -> Fit<Instance> {
    let tainted = match optional_text(&mut object, "status")?.as_deref() {
        None | Some("") => false,
        Some("tainted") => true,
        Some(_) => return Err(Misfit::new("a status other than `tainted` is not known").inside("status")),
    };
    let attributes = match object.shift_remove("attributes") {
        None => Json::Null,
        Some(json @ (Json::Null | Json::Object(_))) => json,
        Some(other) => return Err(Misfit::wanted("an object", &other).inside("attributes")),
    };
    let sensitive = optional_array(&mut object, "sensitive_attributes")?
        .iter()
        .enumerate()
        .map(|(i, json)| {
            let wrong = || Misfit::new("a path of steps is required").element(i).inside("sensitive_attributes");
            path_from_json(json).ok_or_else(wrong)
        })
        .collect::<Fit<Vec<_>>>()?;
    let dependencies = optional_array(&mut object, "dependencies")?
        .iter()
        .enumerate()
        .map(|(i, json)| {
            let address = json.as_str().and_then(|text| text.parse::<Address>().ok());
            let wrong = || Misfit::new("the address of a resource is required").element(i).inside("dependencies");
            address.map(|address| address.resource).ok_or_else(wrong)
        })
        .collect::<Fit<Vec<_>>>()?;
    Ok(Instance {
        provider,
        schema_version: match object.shift_remove("schema_version") {
            None | Some(Json::Null) => 0,
            Some(json) => {
                json.as_u64().ok_or_else(|| Misfit::wanted("a whole number", &json).inside("schema_version"))?
            }
        },
        attributes: Arc::new(attributes),
        sensitive: sensitive.into(),
        tainted,
        dependencies: dependencies.into(),
        create_before_destroy: flag(&mut object, "create_before_destroy")?,
        private: optional_text(&mut object, "private")?.map(Arc::from),
        rest: Arc::new(object),
    })
}

pub(super) fn object(json: Json) -> Fit<Map<String, Json>> {
    match json {
        Json::Object(object) => Ok(object),
        other => Err(Misfit::wanted("an object", &other)),
    }
}

pub(super) fn text(object: &mut Map<String, Json>, name: &str) -> Fit<String> {
    optional_text(object, name)?.ok_or_else(|| missing("a string", None).inside(name))
}

pub(super) fn optional_text(object: &mut Map<String, Json>, name: &str) -> Fit<Option<String>> {
    match object.shift_remove(name) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) => Ok(Some(text)),
        Some(other) => Err(Misfit::wanted("a string", &other).inside(name)),
    }
}

fn number(object: &mut Map<String, Json>, name: &str) -> Fit<u64> {
    let json = object.shift_remove(name);
    let number = json.as_ref().and_then(Json::as_u64);
    number.ok_or_else(|| missing("a whole number", json.as_ref()).inside(name))
}

fn flag(object: &mut Map<String, Json>, name: &str) -> Fit<bool> {
    match object.shift_remove(name) {
        None | Some(Json::Null) => Ok(false),
        Some(Json::Bool(flag)) => Ok(flag),
        Some(other) => Err(Misfit::wanted("a bool", &other).inside(name)),
    }
}

pub(super) fn array(object: &mut Map<String, Json>, name: &str) -> Fit<Vec<Json>> {
    match object.shift_remove(name) {
        Some(Json::Array(items)) => Ok(items),
        Some(Json::Null) => Ok(Vec::new()),
        found => Err(missing("an array", found.as_ref()).inside(name)),
    }
}

pub(super) fn optional_array(object: &mut Map<String, Json>, name: &str) -> Fit<Vec<Json>> {
    if object.contains_key(name) { array(object, name) } else { Ok(Vec::new()) }
}

pub(super) fn missing(wanted: &str, found: Option<&Json>) -> Misfit {
    found.map_or_else(|| Misfit::new(format!("{wanted} is required, but missing")), |json| Misfit::wanted(wanted, json))
}

fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a bool",
        Json::Number(_) => "this number",
        Json::String(_) => "this string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}
