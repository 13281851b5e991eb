//! What an expression refers to, found without evaluating it.

use std::fmt;
use std::sync::Arc;

use super::config::ResourceKey;
use crate::address::Mode;
use crate::diagnostic::Span;

/// The thing that a reference starts at.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// `var.name`
    Variable(Arc<str>),
    /// `local.name`
    Local(Arc<str>),
    /// `module.name`
    Module(Arc<str>),
    /// `type.name` or `data.type.name`
    Resource(ResourceKey),
    /// `each.key` or `each.value`
    Each(Arc<str>),
    /// `count.index`
    CountIndex,
    /// `path.module`, `path.root` or `path.cwd`
    Path(Arc<str>),
    /// `terraform.workspace` and its like
    Terraform(Arc<str>),
    /// `self`
    ThisObject,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "var.{name}"),
            Self::Local(name) => write!(f, "local.{name}"),
            Self::Module(name) => write!(f, "module.{name}"),
            Self::Resource(key) if key.mode == Mode::Data => write!(f, "data.{}.{}", key.ty, key.name),
            Self::Resource(key) => write!(f, "{}.{}", key.ty, key.name),
            Self::Each(name) => write!(f, "each.{name}"),
            Self::CountIndex => f.write_str("count.index"),
            Self::Path(name) => write!(f, "path.{name}"),
            Self::Terraform(name) => write!(f, "terraform.{name}"),
            Self::ThisObject => f.write_str("self"),
        }
    }
}

/// One reference in an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// What it starts at.
    pub subject: Subject,
    /// The attribute names and literal keys behind the subject, as far as they stand in the text.
    pub rest: Vec<Access>,
    /// The whole reference.
    pub span: Span,
}

/// A step behind a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// `.name`
    Attribute(Arc<str>),
    /// `["key"]`
    Key(Arc<str>),
    /// `[0]`
    Index(u64),
    /// `[expression]`, or a splat: any.
    Any,
}
