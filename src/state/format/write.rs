//! From a snapshot to the bytes to store. The same snapshot always gives the same bytes.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::Arc;

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter};
use serde_json::{Map, Value as Json};

use super::{CHECKSUM, VERSION, checksum};
use crate::address::{Key, Mode, ResourceAddress};
use crate::state::attributes::path_to_json;
use crate::state::{Instance, Snapshot};
use crate::value::json::{to_json, type_to_json};

/// A snapshot in stored form.
#[derive(Clone)]
pub struct Encoded {
    /// The lineage that it says.
    pub lineage: String,
    /// The serial that it says.
    pub serial: u64,
    /// Its checksum; a snapshot read from these bytes has it too.
    pub checksum: Arc<str>,
    /// The whole file.
    pub bytes: Arc<[u8]>,
    /// Whether it may take the place of a state that it does not follow: of another lineage, or newer.
    pub over_any: bool,
}

impl Encoded {
    /// The same, to be written whatever state is in its place.
    #[must_use]
    pub fn over_any(self) -> Self {
        Self { over_any: true, ..self }
    }
}

impl fmt::Debug for Encoded {
    /// Without the bytes, which hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoded")
            .field("serial", &self.serial)
            .field("checksum", &self.checksum)
            .finish_non_exhaustive()
    }
}

/// The stored form of a snapshot.
pub fn encode(snapshot: &Snapshot) -> Encoded {
    let mut bytes = encode_canonical(snapshot);
    let checksum = checksum(&bytes);
    bytes.truncate(bytes.len() - "\n}\n".len());
    bytes.extend_from_slice(ending(&checksum).as_bytes());
    Encoded {
        lineage: snapshot.lineage.clone(),
        serial: snapshot.serial,
        checksum: checksum.into(),
        bytes: bytes.into(),
        over_any: false,
    }
}

/// The document of a snapshot as Terraform would write it: without a checksum, so that it may be edited.
pub fn canonical(snapshot: &Snapshot) -> Vec<u8> {
    encode_canonical(snapshot)
}

/// The end of a file whose content has the given checksum.
pub(super) fn ending(checksum: &str) -> String {
    format!(",\n  \"{CHECKSUM}\": \"{checksum}\"\n}}\n")
}

/// The document without its checksum: what Terraform would write.
pub(super) fn encode_canonical(snapshot: &Snapshot) -> Vec<u8> {
    let document = Document {
        version: VERSION,
        terraform_version: &snapshot.terraform_version,
        serial: snapshot.serial,
        lineage: &snapshot.lineage,
        outputs: snapshot
            .outputs
            .iter()
            .map(|(name, output)| {
                let ty = type_to_json(&output.value.ty());
                (&**name, Output { value: to_json(&output.value), ty, sensitive: output.sensitive })
            })
            .collect(),
        resources: resources(snapshot),
        check_results: &snapshot.check_results,
        rest: &snapshot.rest,
    };
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, GoFormatter(PrettyFormatter::new()));
    document.serialize(&mut serializer).expect("a document of text keys is written to memory");
    bytes.push(b'\n');
    bytes
}

/// The stored form of one object, as an instance of a state file without its key and provider.
pub fn instance_to_json(instance: &Instance) -> Json {
    serde_json::to_value(StoredInstance::new(instance, &Key::None, None)).expect("an object of text keys is JSON")
}

#[derive(Serialize)]
struct Document<'a> {
    version: u64,
    terraform_version: &'a str,
    serial: u64,
    lineage: &'a str,
    outputs: BTreeMap<&'a str, Output>,
    resources: Vec<Resource<'a>>,
    check_results: &'a Json,
    #[serde(flatten)]
    rest: &'a Map<String, Json>,
}

#[derive(Serialize)]
struct Output {
    value: Json,
    #[serde(rename = "type")]
    ty: Json,
    #[serde(skip_serializing_if = "is_false")]
    sensitive: bool,
}

#[derive(Serialize)]
struct Resource<'a> {
    #[serde(skip_serializing_if = "String::is_empty")]
    module: String,
    mode: &'static str,
    #[serde(rename = "type")]
    ty: &'a str,
    name: &'a str,
    provider: &'a str,
    instances: Vec<StoredInstance<'a>>,
}

#[derive(Serialize)]
struct StoredInstance<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    index_key: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deposed: Option<&'a str>,
    schema_version: u64,
    #[serde(skip_serializing_if = "Json::is_null")]
    attributes: &'a Json,
    #[serde(skip_serializing_if = "Option::is_none")]
    attributes_flat: Option<&'a Json>,
    sensitive_attributes: Vec<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity_schema_version: Option<&'a Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<&'a Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    private: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dependencies: Vec<String>,
    #[serde(skip_serializing_if = "is_false")]
    create_before_destroy: bool,
    #[serde(flatten)]
    rest: IndexMap<&'a str, &'a Json>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

impl<'a> StoredInstance<'a> {
    fn new(instance: &'a Instance, key: &Key, deposed: Option<&'a str>) -> Self {
        const PLACED: [&str; 3] = ["attributes_flat", "identity_schema_version", "identity"];
        let mut dependencies: Vec<_> = instance.dependencies.iter().map(ToString::to_string).collect();
        dependencies.sort_unstable();
        dependencies.dedup();
        Self {
            index_key: match key {
                Key::None => None,
                Key::Index(index) => Some((*index).into()),
                Key::Name(name) => Some((**name).into()),
            },
            status: instance.tainted.then_some("tainted"),
            deposed,
            schema_version: instance.schema_version,
            attributes: &instance.attributes,
            attributes_flat: instance.rest.get(PLACED[0]),
            sensitive_attributes: instance.sensitive.iter().map(path_to_json).collect(),
            identity_schema_version: instance.rest.get(PLACED[1]),
            identity: instance.rest.get(PLACED[2]),
            private: instance.private.as_deref(),
            dependencies,
            create_before_destroy: instance.create_before_destroy,
            rest: instance
                .rest
                .iter()
                .map(|(name, json)| (name.as_str(), json))
                .filter(|(name, _)| !PLACED.contains(name))
                .collect(),
        }
    }
}

/// The objects by resource and provider: resources in the order of the texts of module, mode, type and name, as
/// Terraform has them, and in each the keys in order, the current object before those set aside.
fn resources(snapshot: &Snapshot) -> Vec<Resource<'_>> {
    type Objects<'a> = BTreeMap<(&'a Key, Option<&'a str>), &'a Instance>;
    let mut grouped: BTreeMap<(&ResourceAddress, &str), Objects<'_>> = BTreeMap::new();
    let current = snapshot.instances.iter().map(|(address, instance)| (address, None, instance));
    let deposed = snapshot.deposed.iter().map(|((address, key), instance)| (address, Some(key.as_str()), instance));
    for (address, deposed, instance) in current.chain(deposed) {
        let objects = grouped.entry((&address.resource, &instance.provider)).or_default();
        objects.insert((&address.key, deposed), instance);
    }
    let mut resources: Vec<_> = grouped
        .into_iter()
        .map(|((address, provider), objects)| Resource {
            module: address.module.to_string(),
            mode: match address.mode {
                Mode::Managed => "managed",
                Mode::Data => "data",
                Mode::Ephemeral => "ephemeral",
            },
            ty: &address.ty,
            name: &address.name,
            provider,
            instances: objects
                .into_iter()
                .map(|((key, deposed), instance)| StoredInstance::new(instance, key, deposed))
                .collect(),
        })
        .collect();
    resources.sort_by(|a, b| {
        (&a.module, a.mode, a.ty, a.name, a.provider).cmp(&(&b.module, b.mode, b.ty, b.name, b.provider))
    });
    resources
}

/// Indents and escapes as Go's `encoding/json` does: `<`, `>`, `&` and the line separators of Unicode are escaped too.
struct GoFormatter(PrettyFormatter<'static>);

impl Formatter for GoFormatter {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(['<', '>', '&', '\u{2028}', '\u{2029}']) {
            writer.write_all(&rest.as_bytes()[..at])?;
            let mut tail = rest[at..].chars();
            let special = tail.next().map_or(0, u32::from);
            write!(writer, "\\u{special:04x}")?;
            rest = tail.as_str();
        }
        writer.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}
