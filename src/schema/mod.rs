//! What a resource type looks like: its arguments, attributes and blocks, and the rules a table can state.

mod compare;
mod complete;
mod equality;
mod explain;

pub use compare::{Difference, Found};
pub use equality::{Same, same_case_insensitive, same_exactly, same_json};
pub use explain::{Explain, Meaning};

use std::sync::Arc;

use indexmap::IndexMap;

use crate::value::{ObjectType, Type, Value};

/// One argument or attribute.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Its type.
    pub ty: Type,
    /// The configuration must give it.
    pub required: bool,
    /// The configuration may give it.
    pub optional: bool,
    /// AWS or recon gives it where the configuration does not.
    pub computed: bool,
    /// What an absent argument means.
    pub default: Option<Value>,
    /// A change makes a new object.
    pub replace: bool,
    /// Never shown to people.
    pub sensitive: bool,
    /// The values it may have; empty for any. For a collection, those of its elements.
    pub allowed: &'static [&'static str],
    /// The least number it may be, or the least length of a text.
    pub min: Option<i64>,
    /// The greatest number it may be, or the greatest length of a text.
    pub max: Option<i64>,
    /// When two values mean the same.
    pub same: Same,
    /// What a change of it means, where its text alone does not show it.
    pub explain: Option<Explain>,
    /// A computed attribute becomes unknown when one of these attributes changes.
    pub follows: &'static [&'static str],
    /// Arguments that cannot stand beside it.
    pub conflicts: &'static [&'static str],
    /// What to use instead, where it is deprecated.
    pub deprecated: Option<&'static str>,
    /// An addition of recon that Terraform does not know.
    pub own: bool,
    /// One or more sentences for the reference page.
    pub doc: &'static str,
}

impl Attribute {
    /// An optional argument of a type.
    pub fn optional(ty: Type) -> Self {
        Self {
            ty,
            required: false,
            optional: true,
            computed: false,
            default: None,
            replace: false,
            sensitive: false,
            allowed: &[],
            min: None,
            max: None,
            same: same_exactly,
            explain: None,
            follows: &[],
            conflicts: &[],
            deprecated: None,
            own: false,
            doc: "",
        }
    }

    /// Whether the configuration may set it.
    pub fn is_argument(&self) -> bool {
        self.required || self.optional
    }
}

/// How the blocks of one name make a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// At most one block; the value is an object or null.
    Single,
    /// Blocks in order; the value is a list of objects.
    List,
    /// Blocks without order; the value is a set of objects.
    Set,
}

/// Blocks of one name inside a block.
#[derive(Clone, Debug)]
pub struct NestedBlock {
    /// How they make a value.
    pub nesting: Nesting,
    /// How many there must be.
    pub min: usize,
    /// How many there may be; `None` for any number.
    pub max: Option<usize>,
    /// AWS gives the blocks where the configuration does not.
    pub computed: bool,
    /// A change of the blocks makes a new object.
    pub replace: bool,
    /// The attribute that tells the blocks of a set apart, so that an edit of one is shown as that.
    pub key: Option<&'static str>,
    /// What each block holds.
    pub block: Block,
    /// One or more sentences for the reference page.
    pub doc: &'static str,
}

/// What a block holds. Attributes and blocks keep the order in which they were declared.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// Arguments and attributes by name.
    pub attributes: IndexMap<&'static str, Attribute>,
    /// Nested blocks by name.
    pub blocks: IndexMap<&'static str, NestedBlock>,
}

impl Block {
    /// The object type of the block's value.
    pub fn ty(&self) -> Type {
        let attributes = self.attributes.iter().map(|(name, a)| (Arc::from(*name), a.ty.clone()));
        let blocks = self.blocks.iter().map(|(name, nested)| {
            let inner = nested.block.ty();
            let ty = match nested.nesting {
                Nesting::Single => inner,
                Nesting::List => Type::list(inner),
                Nesting::Set => Type::set(inner),
            };
            (Arc::from(*name), ty)
        });
        Type::Object(Arc::new(ObjectType::new(attributes.chain(blocks))))
    }

    /// The names of everything a configuration may write in the block.
    pub fn writable_names(&self) -> impl Iterator<Item = &'static str> {
        let attributes = self.attributes.iter().filter(|(_, a)| a.is_argument()).map(|(name, _)| *name);
        attributes.chain(self.blocks.keys().copied())
    }
}

/// Where schemas are looked up by the name of a resource type or data source.
pub trait Schemas {
    /// The schema of a resource type.
    fn resource_schema(&self, name: &str) -> Option<&Schema>;
    /// The schema of a data source.
    fn data_schema(&self, name: &str) -> Option<&Schema>;
    /// The schema of an ephemeral resource type.
    fn ephemeral_schema(&self, _name: &str) -> Option<&Schema> {
        None
    }
    /// The names of all ephemeral resource types.
    fn ephemeral_names(&self) -> Vec<&'static str> {
        Vec::new()
    }
    /// The names of all resource types.
    fn resource_names(&self) -> Vec<&'static str>;
    /// The names of all data sources.
    fn data_names(&self) -> Vec<&'static str>;
}

/// A resource type or data source as a table: what the configuration may say and what there is to read.
#[derive(Clone, Debug)]
pub struct Schema {
    /// The type's name, such as `aws_iam_role`.
    pub name: &'static str,
    /// What it is, for the reference page.
    pub doc: &'static str,
    /// Its arguments, attributes and blocks.
    pub block: Block,
    /// The form of the id that an import takes, such as `API_ID-NAME`; empty for a data source.
    pub import_id: &'static str,
    /// The version under which state holds instances; Terraform's number for the same type.
    pub version: u64,
    ty: Type,
}

impl Schema {
    /// A schema of a block.
    pub fn new(name: &'static str, doc: &'static str, block: Block) -> Self {
        let ty = block.ty();
        Self { name, doc, block, import_id: "", version: 0, ty }
    }

    /// With a `timeouts` block that takes the given operations, such as `create`.
    #[must_use]
    pub fn timeouts(mut self, operations: &[&'static str]) -> Self {
        let attributes = operations.iter().map(|operation| (*operation, Attribute::optional(Type::String))).collect();
        let timeouts = NestedBlock {
            nesting: Nesting::Single,
            min: 0,
            max: Some(1),
            computed: false,
            replace: false,
            key: None,
            block: Block { attributes, blocks: IndexMap::new() },
            doc: "How long each operation may take, such as `30m`.",
        };
        self.block.blocks.insert("timeouts", timeouts);
        self.ty = self.block.ty();
        self
    }

    /// With one more argument or attribute.
    #[must_use]
    pub fn attribute(mut self, name: &'static str, attribute: Attribute) -> Self {
        self.block.attributes.insert(name, attribute);
        self.ty = self.block.ty();
        self
    }

    /// With the form of the id that an import takes.
    #[must_use]
    pub fn import_id(mut self, form: &'static str) -> Self {
        self.import_id = form;
        self
    }

    /// With the version under which state holds instances.
    #[must_use]
    pub fn version(mut self, version: u64) -> Self {
        self.version = version;
        self
    }

    /// The object type of an instance.
    pub fn ty(&self) -> &Type {
        &self.ty
    }
}
