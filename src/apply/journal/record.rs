//! The lines of a journal: `{"sum":"…","record":{…}}`, the sum being of the bytes of the record.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{Intent, IntentNumber, Operation, Outcome, Record, Told};
use crate::address::{Address, ResourceAddress};
use crate::resource::Token;
use crate::state::format::{checksum, instance_from_json, instance_to_json};
use crate::state::{Instance, StateError, path_from_json, path_to_json};

/// What could be read of a journal.
pub(super) struct Read {
    pub(super) records: Vec<Record>,
    /// The line from which on the last write is incomplete, from 1.
    pub(super) torn: Option<usize>,
    /// How many bytes are complete.
    pub(super) valid: u64,
}

/// Reads lines until the end or until the place where the last write was cut short.
pub(super) fn read_all(place: &str, bytes: &[u8]) -> Result<Read, StateError> {
    let mut read = Read { records: Vec::new(), torn: None, valid: 0 };
    let mut rest = bytes;
    while !rest.is_empty() {
        let line = read.records.len() + 1;
        let Some(end) = rest.iter().position(|byte| *byte == b'\n') else {
            // A record that is complete but for its line end was not cut short: the line end is damaged.
            if rest.split_last().is_some_and(|(_, record)| parse(record).is_ok()) {
                let problem = "the end of this line is damaged".to_owned();
                return Err(StateError::Journal { place: place.into(), line, problem });
            }
            read.torn = Some(line);
            return Ok(read);
        };
        match parse(&rest[..end]) {
            Ok(record) => read.records.push(record),
            // A file system may keep the length of a write but not its bytes, which then are zero to the end.
            Err(_) if is_unwritten(rest) => {
                read.torn = Some(line);
                return Ok(read);
            }
            Err(problem) => return Err(StateError::Journal { place: place.into(), line, problem }),
        }
        read.valid += end as u64 + 1;
        rest = &rest[end + 1..];
    }
    Ok(read)
}

fn is_unwritten(bytes: &[u8]) -> bool {
    bytes.contains(&0) && bytes.split(|byte| *byte == b'\n').all(|line| line.is_empty() || parse(line).is_err())
}

/// Adds the line of a record.
pub(super) fn write(record: &Record, bytes: &mut Vec<u8>) {
    let record = serde_json::to_string(&Line::of(record)).expect("a record of text keys is JSON");
    let sum = sum(record.as_bytes());
    bytes.extend_from_slice(format!("{{\"sum\":\"{sum}\",\"record\":{record}}}\n").as_bytes());
}

/// The first 16 digits of the checksum: against accidents, and short enough to read past.
fn sum(bytes: &[u8]) -> String {
    checksum(bytes)["sha256:".len()..][..16].to_owned()
}

fn parse(line: &[u8]) -> Result<Record, String> {
    let damaged = || "this line is damaged".to_owned();
    let (given, record) = line
        .strip_prefix(b"{\"sum\":\"")
        .and_then(|rest| rest.split_at_checked(16))
        .and_then(|(given, rest)| Some((given, rest.strip_prefix(b"\",\"record\":")?.strip_suffix(b"}")?)))
        .ok_or_else(damaged)?;
    if sum(record).as_bytes() != given {
        return Err(damaged());
    }
    let line: Line = serde_json::from_slice(record).map_err(|_| "a newer recon wrote this record".to_owned())?;
    line.record()
}

/// The stored form of a record. What a newer recon has added to one may be what matters, so it is not passed over.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    Begin { lineage: String, serial: u64, checksum: Option<Arc<str>>, command: String },
    Intent(Box<IntentLine>),
    Made { n: u64, object: Option<Json>, provider: Option<Arc<str>>, saved: Option<u64> },
    Outcome(OutcomeLine),
    Save { checksum: Arc<str>, through: u64 },
    End {},
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct IntentLine {
    n: u64,
    address: String,
    operation: OperationLine,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    replace: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    depose: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deposed: Option<String>,
    token: String,
    wished: Json,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    sensitive: Vec<Json>,
    provider: Arc<str>,
    schema_version: u64,
    dependencies: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    create_before_destroy: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    provisions: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OperationLine {
    Create,
    Update,
    Delete,
}

/// Exactly one of object, gone, failed and saved is set.
#[derive(Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct OutcomeLine {
    n: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    object: Option<Json>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    provider: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    gone: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failed: Option<FailedLine>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    saved: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FailedLine {
    message: String,
    nothing_happened: bool,
}

impl Line {
    fn of(record: &Record) -> Self {
        let split = |instance: &Instance| (Some(instance_to_json(instance)), Some(instance.provider.clone()));
        match record {
            Record::Begin { lineage, serial, checksum, command } => Self::Begin {
                lineage: lineage.clone(),
                serial: *serial,
                checksum: checksum.clone(),
                command: command.clone(),
            },
            Record::Intent(n, intent) => Self::Intent(Box::new(IntentLine::of(*n, intent))),
            Record::Made(n, Told::Saved(serial)) => {
                Self::Made { n: n.0, object: None, provider: None, saved: Some(*serial) }
            }
            Record::Made(n, Told::Here(instance)) => {
                let (object, provider) = split(instance);
                Self::Made { n: n.0, object, provider, saved: None }
            }
            Record::Outcome(n, told) => {
                let mut line = OutcomeLine { n: n.0, ..OutcomeLine::default() };
                match told {
                    Told::Saved(serial) => line.saved = Some(*serial),
                    Told::Here(Outcome::Gone) => line.gone = true,
                    Told::Here(Outcome::Instance(instance)) => (line.object, line.provider) = split(instance),
                    Told::Here(Outcome::Failed { message, nothing_happened }) => {
                        let failed = FailedLine { message: message.clone(), nothing_happened: *nothing_happened };
                        line.failed = Some(failed);
                    }
                }
                Self::Outcome(line)
            }
            Record::Save { checksum, through } => Self::Save { checksum: checksum.clone(), through: *through },
            Record::End => Self::End {},
        }
    }

    fn record(self) -> Result<Record, String> {
        let join = |object: Json, provider: Option<Arc<str>>| {
            let provider = provider.ok_or_else(|| "the provider of the object is missing".to_owned())?;
            instance_from_json(object, provider).map_err(|misfit| misfit.to_string())
        };
        let incomplete = || "this record says nothing".to_owned();
        Ok(match self {
            Self::Begin { lineage, serial, checksum, command } => Record::Begin { lineage, serial, checksum, command },
            Self::Intent(line) => Record::Intent(IntentNumber(line.n), line.intent()?),
            Self::Made { n, saved: Some(serial), .. } => Record::Made(IntentNumber(n), Told::Saved(serial)),
            Self::Made { n, object, provider, .. } => {
                Record::Made(IntentNumber(n), Told::Here(join(object.ok_or_else(incomplete)?, provider)?))
            }
            Self::Outcome(line) => {
                let told = match line {
                    OutcomeLine { saved: Some(serial), .. } => Told::Saved(serial),
                    OutcomeLine { gone: true, .. } => Told::Here(Outcome::Gone),
                    OutcomeLine { failed: Some(failed), .. } => {
                        let FailedLine { message, nothing_happened } = failed;
                        Told::Here(Outcome::Failed { message, nothing_happened })
                    }
                    OutcomeLine { object: Some(object), provider, .. } => {
                        Told::Here(Outcome::Instance(join(object, provider)?))
                    }
                    OutcomeLine { .. } => return Err(incomplete()),
                };
                Record::Outcome(IntentNumber(line.n), told)
            }
            Self::Save { checksum, through } => Record::Save { checksum, through },
            Self::End {} => Record::End,
        })
    }
}

impl IntentLine {
    fn of(n: IntentNumber, intent: &Intent) -> Self {
        Self {
            n: n.0,
            address: intent.address.to_string(),
            operation: match intent.operation {
                Operation::Create => OperationLine::Create,
                Operation::Update => OperationLine::Update,
                Operation::Delete => OperationLine::Delete,
            },
            replace: intent.replace,
            depose: intent.depose.clone(),
            deposed: intent.deposed.clone(),
            token: intent.token.as_str().into(),
            wished: intent.wished.clone(),
            sensitive: intent.sensitive.iter().map(path_to_json).collect(),
            provider: intent.provider.clone(),
            schema_version: intent.schema_version,
            dependencies: intent.dependencies.iter().map(ToString::to_string).collect(),
            create_before_destroy: intent.create_before_destroy,
            provisions: intent.provisions,
        }
    }

    fn intent(self) -> Result<Intent, String> {
        let address = |text: &str| text.parse::<Address>().map_err(|error| error.to_string());
        let resource = |text: &String| Ok(address(text)?.resource);
        let path = |json: &Json| path_from_json(json).ok_or_else(|| "a sensitive place is no path".to_owned());
        Ok(Intent {
            address: address(&self.address)?,
            operation: match self.operation {
                OperationLine::Create => Operation::Create,
                OperationLine::Update => Operation::Update,
                OperationLine::Delete => Operation::Delete,
            },
            replace: self.replace,
            depose: self.depose,
            deposed: self.deposed,
            token: Token::from_text(self.token),
            sensitive: self.sensitive.iter().map(path).collect::<Result<Vec<_>, String>>()?.into(),
            wished: self.wished,
            provider: self.provider,
            schema_version: self.schema_version,
            dependencies: self
                .dependencies
                .iter()
                .map(resource)
                .collect::<Result<Vec<ResourceAddress>, String>>()?
                .into(),
            create_before_destroy: self.create_before_destroy,
            provisions: self.provisions,
        })
    }
}
