//! Documents in the form that the AWS provider reads, merges and writes them.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::ser::PrettyFormatter;
use serde_json::{Map, Value as Json};

/// A document in the making.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Document {
    pub(super) version: String,
    pub(super) id: String,
    pub(super) statements: Vec<Statement>,
}

/// A statement: its members besides `Sid`, in the order in which they are written.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Statement {
    pub(super) sid: String,
    pub(super) members: Map<String, Json>,
}

/// The members of a statement besides `Sid`, in the order in which they are written.
const MEMBERS: [&str; 8] =
    ["Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition"];

impl Document {
    /// The document of a JSON text, or why it is none.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let json: Json = serde_json::from_str(text).map_err(|error| format!("The document is not JSON: {error}."))?;
        let object = json.as_object().ok_or("The document is not a JSON object.")?;
        let statements = match member(object, "Statement") {
            None => &[],
            Some(Json::Array(items)) => items.as_slice(),
            Some(one) => std::slice::from_ref(one),
        };
        Ok(Self {
            version: text_of(object, "Version")?,
            id: text_of(object, "Id")?,
            statements: statements.iter().map(Statement::parse).collect::<Result<_, _>>()?,
        })
    }

    /// Whether there is a statement of this `Sid`.
    pub(super) fn has(&self, sid: &str) -> bool {
        self.statements.iter().any(|statement| statement.sid == sid)
    }

    /// Whether several statements have this `Sid`.
    pub(super) fn repeats(&self, sid: &str) -> bool {
        !sid.is_empty() && self.statements.iter().filter(|statement| statement.sid == sid).count() > 1
    }

    /// Takes over id, newer version and statements of another document. A statement takes the place of the first of the
    /// same `Sid`.
    pub(super) fn merge(&mut self, other: Self) {
        if !other.id.is_empty() {
            self.id = other.id;
        }
        if other.version > self.version {
            self.version = other.version;
        }
        for statement in other.statements {
            let place = self.statements.iter().position(|there| !there.sid.is_empty() && there.sid == statement.sid);
            match place {
                Some(place) => self.statements[place] = statement,
                None => self.statements.push(statement),
            }
        }
    }

    /// The document as text, indented by two spaces.
    pub(super) fn indented(&self) -> String {
        let mut bytes = Vec::new();
        let mut writer = serde_json::Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(b"  "));
        // Writing plain JSON to memory has no way to fail.
        let written = self.to_json().serialize(&mut writer);
        debug_assert!(written.is_ok());
        as_go_writes(&String::from_utf8_lossy(&bytes))
    }

    /// The document as text without white space.
    pub(super) fn minified(&self) -> String {
        as_go_writes(&self.to_json().to_string())
    }

    fn to_json(&self) -> Json {
        let mut object = Map::new();
        if !self.version.is_empty() {
            object.insert("Version".into(), self.version.as_str().into());
        }
        if !self.id.is_empty() {
            object.insert("Id".into(), self.id.as_str().into());
        }
        if !self.statements.is_empty() {
            let statements = self.statements.iter().map(Statement::to_json);
            object.insert("Statement".into(), Json::Array(statements.collect()));
        }
        Json::Object(object)
    }
}

impl Statement {
    fn parse(json: &Json) -> Result<Self, String> {
        let object = json.as_object().ok_or("A statement is not a JSON object.")?;
        let mut members = Map::new();
        for name in MEMBERS {
            let Some(value) = member(object, name).filter(|value| !value.is_null()) else {
                continue;
            };
            let value = match name {
                "Effect" => Json::String(text_of(object, name)?),
                "Principal" | "NotPrincipal" => parse_principals(name, value)?,
                "Condition" => parse_conditions(value)?,
                _ => value.clone(),
            };
            let empty = value.as_str() == Some("") || value.as_object().is_some_and(Map::is_empty);
            if !empty {
                members.insert(name.to_owned(), value);
            }
        }
        Ok(Self { sid: text_of(object, "Sid")?, members })
    }

    fn to_json(&self) -> Json {
        let mut object = Map::new();
        if !self.sid.is_empty() {
            object.insert("Sid".into(), self.sid.as_str().into());
        }
        object.extend(self.members.clone());
        Json::Object(object)
    }
}

/// A member by its name, or by one that differs in case only.
fn member<'a>(object: &'a Map<String, Json>, name: &str) -> Option<&'a Json> {
    object.get(name).or_else(|| object.iter().find(|(there, _)| there.eq_ignore_ascii_case(name)).map(|(_, v)| v))
}

fn text_of(object: &Map<String, Json>, name: &str) -> Result<String, String> {
    match member(object, name) {
        None | Some(Json::Null) => Ok(String::new()),
        Some(Json::String(text)) => Ok(text.clone()),
        Some(_) => Err(format!("`{name}` is not a text.")),
    }
}

fn parse_principals(name: &str, value: &Json) -> Result<Json, String> {
    let kinds = match value {
        Json::String(text) if text == "*" => return Ok(value.clone()),
        Json::Object(kinds) => kinds,
        _ => return Err(format!("`{name}` is neither \"*\" nor an object.")),
    };
    let mut found: BTreeMap<&str, Vec<Json>> = BTreeMap::new();
    for (kind, identifiers) in kinds {
        let identifiers = match identifiers {
            Json::String(_) => identifiers.clone(),
            Json::Array(items) => {
                let texts = items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>();
                let mut texts = texts.ok_or_else(|| format!("A principal of type {kind:?} is not a text."))?;
                texts.sort_unstable_by(|a, b| b.cmp(a));
                texts.into()
            }
            _ => return Err(format!("The principals of type {kind:?} are neither a text nor a list.")),
        };
        found.entry(kind).or_default().push(identifiers);
    }
    if found.is_empty() { Ok(Json::Object(Map::new())) } else { Ok(principals(found)) }
}

/// Principals by type, each a text or a list: one text stays one, everything else becomes a list.
pub(super) fn principals(kinds: BTreeMap<&str, Vec<Json>>) -> Json {
    // IAM takes `{"AWS": "*"}` in trust policies where it refuses `"*"`, so only the type `*` is written short.
    if kinds.len() == 1
        && let Some(everyone) = kinds.get("*")
        && let [one] = everyone.as_slice()
        && (one.as_str() == Some("*") || one.as_array().is_some_and(|list| list.len() == 1 && list[0] == "*"))
    {
        return "*".into();
    }
    let joined = kinds.into_iter().map(|(kind, mut listed)| {
        if listed.len() == 1 {
            return (kind.to_owned(), listed.remove(0));
        }
        let all = listed.into_iter().flat_map(|one| match one {
            Json::Array(items) => items,
            text => vec![text],
        });
        (kind.to_owned(), Json::Array(all.collect()))
    });
    Json::Object(joined.collect())
}

fn parse_conditions(value: &Json) -> Result<Json, String> {
    let operators = value.as_object().ok_or("`Condition` is not an object.")?;
    let mut tests: BTreeMap<&str, BTreeMap<&str, Vec<String>>> = BTreeMap::new();
    for (test, variables) in operators {
        let variables = variables.as_object().ok_or_else(|| format!("The condition {test:?} is not an object."))?;
        for (variable, values) in variables {
            let items = if let Json::Array(items) = values { items.as_slice() } else { std::slice::from_ref(values) };
            let texts = items.iter().map(|item| match item {
                Json::String(text) => Some(text.clone()),
                Json::Bool(value) => Some(value.to_string()),
                Json::Number(number) => Some(number.to_string()),
                Json::Null | Json::Array(_) | Json::Object(_) => None,
            });
            let texts = texts.collect::<Option<Vec<_>>>();
            let texts =
                texts.ok_or_else(|| format!("A value of the condition {test:?} on {variable:?} is no text."))?;
            tests.entry(test).or_default().entry(variable).or_default().extend(texts);
        }
    }
    Ok(conditions(tests))
}

/// Conditions by operator and key; the order of values is the author's.
pub(super) fn conditions(tests: BTreeMap<&str, BTreeMap<&str, Vec<String>>>) -> Json {
    let operators = tests.into_iter().map(|(test, variables)| {
        let keys = variables.into_iter().map(|(variable, mut values)| {
            let values = if values.len() == 1 { Json::String(values.remove(0)) } else { Json::from(values) };
            (variable.to_owned(), values)
        });
        (test.to_owned(), Json::Object(keys.collect()))
    });
    Json::Object(operators.collect())
}

/// JSON text with the characters escaped that Go's encoder escapes. They stand inside strings only.
fn as_go_writes(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => text.push_str(&format!("\\u{:04x}", u32::from(c))),
            other => text.push(other),
        }
    }
    text
}
