//! Names of things: module paths, resources and their instances. Parse and print are inverses; nothing is looked up.

mod provider;

pub use provider::{ProviderAddress, ProviderAddressError, ProviderSource, SourceError, is_provider_name, prefix};

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What tells the instances of a resource or module call apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// Neither `count` nor `for_each`.
    #[default]
    None,
    /// A position under `count`.
    Index(u64),
    /// A key under `for_each`.
    Name(Arc<str>),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Name(name) => write!(f, "[\"{}\"]", escape(name)),
        }
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (i, c) in text.char_indices() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if text[i + 1..].starts_with('{') => {
                out.push(c);
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// One module call on the way from the root, with the key of its instance.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModuleStep {
    /// The name of the `module` block.
    pub name: Arc<str>,
    /// Which instance of the call.
    pub key: Key,
}

/// A module instance; empty for the root module. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModulePath(Arc<[ModuleStep]>);

impl Default for ModulePath {
    fn default() -> Self {
        Self::root()
    }
}

impl ModulePath {
    /// The root module.
    pub fn root() -> Self {
        Self(Arc::new([]))
    }

    /// An instance of a call made in this module.
    #[must_use]
    pub fn child(&self, name: impl AsRef<str>, key: Key) -> Self {
        let step = ModuleStep { name: Arc::from(name.as_ref()), key };
        Self(self.0.iter().cloned().chain([step]).collect())
    }

    /// The module instance that calls this one; nothing for the root module.
    pub fn parent(&self) -> Option<Self> {
        self.0.split_last().map(|(_, steps)| Self(steps.into()))
    }

    /// The steps from the root.
    pub fn steps(&self) -> &[ModuleStep] {
        &self.0
    }

    /// Whether this is the root module.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The names of the calls without their keys: which piece of configuration this is an instance of.
    pub fn call_names(&self) -> Vec<Arc<str>> {
        self.0.iter().map(|step| step.name.clone()).collect()
    }
}

impl fmt::Display for ModulePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            let dot = if i == 0 { "" } else { "." };
            write!(f, "{dot}module.{}{}", step.name, step.key)?;
        }
        Ok(())
    }
}

/// Whether recon manages the object or only reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mode {
    /// A `resource` block.
    Managed,
    /// A `data` block.
    Data,
    /// An `ephemeral` block: opened for the length of a run, and never stored.
    Ephemeral,
}

impl Mode {
    /// What stands before the type in an address.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Managed => "",
            Self::Data => "data.",
            Self::Ephemeral => "ephemeral.",
        }
    }
}

/// A `resource`, `data` or `ephemeral` block in a module instance.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceAddress {
    /// The module instance.
    pub module: ModulePath,
    /// Managed or data.
    pub mode: Mode,
    /// The type, such as `aws_iam_role`.
    pub ty: Arc<str>,
    /// The block's own name.
    pub name: Arc<str>,
}

impl ResourceAddress {
    /// A managed resource of the root module.
    pub fn managed(ty: &str, name: &str) -> Self {
        Self { module: ModulePath::root(), mode: Mode::Managed, ty: ty.into(), name: name.into() }
    }

    /// The block as the configuration has it: without the keys of the modules around it.
    #[must_use]
    pub fn without_keys(&self) -> Self {
        let steps = self.module.steps().iter();
        let module = steps.fold(ModulePath::root(), |path, step| path.child(&step.name, Key::None));
        Self { module, ..self.clone() }
    }

    /// One of its instances.
    pub fn instance(&self, key: Key) -> Address {
        Address { resource: self.clone(), key }
    }
}

impl fmt::Display for ResourceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_root() {
            write!(f, "{}.", self.module)?;
        }
        write!(f, "{}{}.{}", self.mode.prefix(), self.ty, self.name)
    }
}

/// One instance of a resource: what a step of a plan acts on.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    /// The resource.
    pub resource: ResourceAddress,
    /// Which instance.
    pub key: Key,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.resource, self.key)
    }
}

/// Why a text is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a resource address: {why}")]
pub struct AddressError {
    text: String,
    why: &'static str,
}

impl FromStr for Address {
    type Err = AddressError;

    /// Parses `module.a["k"].data.aws_x.name[0]`.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        let fail = |why| AddressError { text: text.into(), why };
        let segments = segments(text).map_err(fail)?;
        match Target::from_segments(&segments).map_err(|(_, why)| fail(why))? {
            Target::Resource(address) => Ok(address),
            Target::Module(_) => Err(fail("a resource type must follow")),
        }
    }
}

/// A module or a resource, as options and the blocks that move and remove things name it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// A module, with everything in it.
    Module(ModulePath),
    /// A resource, or one of its instances.
    Resource(Address),
}

impl Target {
    /// What names and keys between dots name; an error says at which of them it is none.
    pub fn from_segments<S: AsRef<str>>(segments: &[(S, Key)]) -> Result<Self, (usize, &'static str)> {
        let name = |at: usize| segments.get(at).map(|(name, _)| name.as_ref());
        let key = |at: usize| segments.get(at).map(|(_, key)| key.clone()).unwrap_or_default();
        let mut module = ModulePath::root();
        let mut at = 0;
        while name(at) == Some("module") {
            if key(at) != Key::None {
                return Err((at, "a key cannot follow `module` itself"));
            }
            let Some(call) = name(at + 1) else {
                return Err((at, "a module name must follow `module.`"));
            };
            module = module.child(call, key(at + 1));
            at += 2;
        }
        if at == segments.len() && at > 0 {
            return Ok(Self::Module(module));
        }
        let mut mode = Mode::Managed;
        if matches!(name(at), Some("data" | "resource" | "ephemeral")) && key(at) == Key::None {
            mode = match name(at) {
                Some("data") => Mode::Data,
                Some("ephemeral") => Mode::Ephemeral,
                _ => Mode::Managed,
            };
            at += 1;
        }
        let Some(ty) = name(at) else {
            return Err((at.saturating_sub(1), "a resource type must follow"));
        };
        if key(at) != Key::None {
            return Err((at, "a key must follow the name, not the type"));
        }
        let Some(own) = name(at + 1) else {
            return Err((at, "a resource name must follow the type"));
        };
        if segments.len() > at + 2 {
            return Err((at + 2, "there is more behind the resource name"));
        }
        let resource = ResourceAddress { module, mode, ty: ty.into(), name: own.into() };
        Ok(Self::Resource(resource.instance(key(at + 1))))
    }

    /// The module, or the one that the resource is in.
    pub fn module(&self) -> &ModulePath {
        match self {
            Self::Module(module) => module,
            Self::Resource(address) => &address.resource.module,
        }
    }

    /// Whether an instance is meant. A module or resource without a key means all its instances; the modules on the way to it
    /// are those that are named.
    pub fn covers(&self, address: &Address) -> bool {
        let steps = address.resource.module.steps();
        match self {
            Self::Module(module) => {
                let Some((last, parents)) = module.steps().split_last() else {
                    return true;
                };
                let inside = steps.strip_prefix(parents).and_then(<[ModuleStep]>::first);
                inside.is_some_and(|step| step.name == last.name && (last.key == Key::None || last.key == step.key))
            }
            Self::Resource(target) => {
                target.resource == address.resource && (target.key == Key::None || target.key == address.key)
            }
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Module(module) => module.fmt(f),
            Self::Resource(address) => address.fmt(f),
        }
    }
}

impl FromStr for Target {
    type Err = AddressError;

    /// Parses the address of a module, a resource or an instance.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        let fail = |why| AddressError { text: text.into(), why };
        Self::from_segments(&segments(text).map_err(fail)?).map_err(|(_, why)| fail(why))
    }
}

/// Addresses are stored as they are written.
macro_rules! stored_as_text {
    ($($ty:ty),*) => {$(
        impl Serialize for $ty {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $ty {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

stored_as_text!(Address, Target);

/// Splits at dots outside brackets; a key in brackets belongs to the segment before it.
fn segments(text: &str) -> Result<Vec<(String, Key)>, &'static str> {
    let mut out = Vec::new();
    let mut rest = text;
    loop {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let name = &rest[..end];
        let plain = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        if name.is_empty() || !name.chars().all(plain) {
            return Err("a name is missing or has characters that names do not have");
        }
        rest = &rest[end..];
        let mut key = Key::None;
        if let Some(inner) = rest.strip_prefix('[') {
            (key, rest) = parse_key(inner)?;
        }
        out.push((name.to_owned(), key));
        match rest.strip_prefix('.') {
            Some(after) => rest = after,
            None if rest.is_empty() => return Ok(out),
            None => return Err("a dot or the end must follow a key"),
        }
    }
}

fn parse_key(text: &str) -> Result<(Key, &str), &'static str> {
    if let Some(quoted) = text.strip_prefix('"') {
        let mut key = String::new();
        let mut chars = quoted.char_indices();
        while let Some((i, c)) = chars.next() {
            match c {
                '"' => {
                    let rest = quoted[i + 1..].strip_prefix(']').ok_or("a key must end with `\"]`")?;
                    return Ok((Key::Name(key.into()), rest));
                }
                '\\' => key.push(match chars.next().ok_or("a key must end with `\"]`")?.1 {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    other => other,
                }),
                '$' | '%' if quoted[i + 1..].starts_with(&format!("{c}{{")) => {
                    chars.next();
                    key.push(c);
                }
                c => key.push(c),
            }
        }
        return Err("a key must end with `\"]`");
    }
    let end = text.find(']').ok_or("a key must end with `]`")?;
    let index = text[..end].parse().map_err(|_| "a key is a whole number or a text in quotes")?;
    Ok((Key::Index(index), &text[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_print_as_they_parse() {
        for text in [
            "aws_iam_role.lambda",
            "data.aws_region.here",
            "ephemeral.aws_lambda_invocation.token[0]",
            "module.a.module.b[\"x.y\"].aws_iam_role.r[3]",
            "aws_iam_role.r[\"a\\\"b\\\\c$${d}\"]",
        ] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_target_covers_what_its_missing_keys_leave_open() {
        let covers = |target: &str, address: &str| {
            target.parse::<Target>().unwrap().covers(&address.parse::<Address>().unwrap())
        };
        assert!(covers("module.a", "module.a[1].module.b.x.y"));
        assert!(covers("module.a[1].x.y", "module.a[1].x.y[\"k\"]"));
        assert!(!covers("module.a.x.y", "module.a[1].x.y"));
        assert!(!covers("module.a[1]", "module.a[2].x.y"));
        assert!(!covers("x.y", "module.a.x.y"));
        assert!(!covers("x.y[0]", "x.y"));
        assert!(!covers("x.y", "data.x.y"));
        assert_eq!("module.a.module.b[0]".parse::<Target>().unwrap().to_string(), "module.a.module.b[0]");
        assert_eq!("resource.x.y".parse::<Target>().unwrap().to_string(), "x.y");
    }

    #[test]
    fn what_is_no_address_is_refused_with_a_reason() {
        for text in ["", "aws_iam_role", "a..b", "a.b[", "a.b[\"x]", "a.b.c", "module.a", "a[0].b", "a.b[0]c"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
