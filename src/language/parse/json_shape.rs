//! What may stand in a block, as far as it must be known to tell an argument from a block in JSON, where both look alike.

use super::json_expression::Reading;
use crate::schema::{self, Schemas};

use Reading::{Literal, Native, Requirement, Template};

/// What the body of a block holds.
#[derive(Clone, Copy)]
pub(super) enum Shape<'a> {
    /// Blocks and arguments of the language.
    Language(&'static Known),
    /// A `resource`, `data` or `ephemeral` block: meta-arguments, and what the schema says. Without a schema the rest is
    /// arguments.
    Object(Option<&'a schema::Block>),
    /// A block in such a block.
    Nested(Option<&'a schema::Block>),
    /// A `dynamic` block, whose content the schema describes.
    Dynamic(Option<&'a schema::Block>),
}

/// A table of the blocks and arguments of one kind of body.
pub(super) struct Known {
    /// Names of blocks, the words for their labels, and what is in them.
    blocks: &'static [(&'static str, &'static [&'static str], Inner)],
    /// Arguments whose strings are read in another way than the others.
    special: &'static [(&'static str, Reading)],
    /// How the strings of all other arguments are read.
    others: Reading,
}

#[derive(Clone, Copy)]
enum Inner {
    Known(&'static Known),
    Resource,
    Data,
    Ephemeral,
    Dynamic,
}

/// Blocks of one name.
pub(super) struct Blocks<'a> {
    /// The words for their labels.
    pub(super) labels: &'static [&'static str],
    inside: Inside<'a>,
}

enum Inside<'a> {
    Shape(Shape<'a>),
    /// The content is that of the blocks that the label names.
    Dynamic(Option<&'a schema::Block>),
    /// The label names a resource type.
    Resource,
    /// The label names a data source.
    Data,
    /// The label names an ephemeral resource type.
    Ephemeral,
}

impl<'a> Shape<'a> {
    /// The blocks of a name, if there may be such.
    pub(super) fn blocks(self, name: &str) -> Option<Blocks<'a>> {
        match self {
            Self::Language(known) => known.blocks(name),
            Self::Object(schema) => META.blocks(name).or_else(|| nested(schema, name)),
            Self::Nested(schema) => nested(schema, name),
            Self::Dynamic(schema) => {
                (name == "content").then_some(Blocks { labels: &[], inside: Inside::Shape(Self::Nested(schema)) })
            }
        }
    }

    /// How the strings of an argument are read.
    pub(super) fn reading(self, name: &str) -> Reading {
        match self {
            Self::Language(known) => known.reading(name),
            Self::Object(_) => META.reading(name),
            Self::Nested(_) => Template,
            Self::Dynamic(_) if name == "iterator" => Native,
            Self::Dynamic(_) => Template,
        }
    }
}

fn nested<'a>(schema: Option<&'a schema::Block>, name: &str) -> Option<Blocks<'a>> {
    if name == "dynamic" {
        return Some(Blocks { labels: &["type"], inside: Inside::Dynamic(schema) });
    }
    let block = &schema?.blocks.get(name)?.block;
    Some(Blocks { labels: &[], inside: Inside::Shape(Shape::Nested(Some(block))) })
}

impl Known {
    fn blocks<'a>(&'static self, name: &str) -> Option<Blocks<'a>> {
        let (_, labels, inner) = self.blocks.iter().find(|(known, ..)| *known == name)?;
        let inside = match inner {
            Inner::Known(known) => Inside::Shape(Shape::Language(known)),
            Inner::Resource => Inside::Resource,
            Inner::Data => Inside::Data,
            Inner::Ephemeral => Inside::Ephemeral,
            Inner::Dynamic => Inside::Dynamic(None),
        };
        Some(Blocks { labels, inside })
    }

    fn reading(&self, name: &str) -> Reading {
        self.special.iter().find(|(known, _)| *known == name).map_or(self.others, |(_, reading)| *reading)
    }
}

impl<'a> Blocks<'a> {
    /// What is in a block with the given first label.
    pub(super) fn shape(&self, label: Option<&str>, schemas: &'a dyn Schemas) -> Shape<'a> {
        let label = label.unwrap_or_default();
        match self.inside {
            Inside::Shape(shape) => shape,
            Inside::Dynamic(schema) => {
                Shape::Dynamic(schema.and_then(|schema| schema.blocks.get(label)).map(|nested| &nested.block))
            }
            Inside::Resource => Shape::Object(schemas.resource_schema(label).map(|schema| &schema.block)),
            Inside::Data => Shape::Object(schemas.data_schema(label).map(|schema| &schema.block)),
            Inside::Ephemeral => Shape::Object(schemas.ephemeral_schema(label).map(|schema| &schema.block)),
        }
    }
}

/// The names of the blocks of a file.
pub(super) fn file_blocks() -> impl Iterator<Item = &'static str> {
    FILE.blocks.iter().map(|(name, ..)| *name)
}

const fn arguments(others: Reading) -> Known {
    Known { blocks: &[], special: &[], others }
}

static OPEN: Known = arguments(Template);
static LITERAL: Known = arguments(Literal);
static NATIVE: Known = arguments(Native);
static REQUIREMENTS: Known = arguments(Requirement);

static LIFECYCLE: Known = Known {
    blocks: &[("precondition", &[], Inner::Known(&OPEN)), ("postcondition", &[], Inner::Known(&OPEN))],
    special: &[
        ("ignore_changes", Native),
        ("replace_triggered_by", Native),
        ("create_before_destroy", Literal),
        ("prevent_destroy", Literal),
        ("destroy", Literal),
    ],
    others: Template,
};

static PROVISIONER: Known = Known {
    blocks: &[("connection", &[], Inner::Known(&OPEN))],
    special: &[("when", Native), ("on_failure", Native)],
    others: Template,
};

static META: Known = Known {
    blocks: &[
        ("lifecycle", &[], Inner::Known(&LIFECYCLE)),
        ("connection", &[], Inner::Known(&OPEN)),
        ("provisioner", &["type"], Inner::Known(&PROVISIONER)),
    ],
    special: &[("provider", Native), ("depends_on", Native)],
    others: Template,
};

static TERRAFORM: Known = Known {
    blocks: &[
        ("required_providers", &[], Inner::Known(&REQUIREMENTS)),
        ("backend", &["type"], Inner::Known(&LITERAL)),
        (
            "cloud",
            &[],
            Inner::Known(&Known {
                blocks: &[("workspaces", &[], Inner::Known(&LITERAL))],
                special: &[],
                others: Literal,
            }),
        ),
        ("provider_meta", &["provider"], Inner::Known(&OPEN)),
    ],
    special: &[("experiments", Native)],
    others: Literal,
};

static PROVIDER: Known = Known {
    blocks: &[
        ("assume_role", &[], Inner::Known(&OPEN)),
        ("assume_role_with_web_identity", &[], Inner::Known(&OPEN)),
        ("default_tags", &[], Inner::Known(&OPEN)),
        ("endpoints", &[], Inner::Known(&OPEN)),
        ("ignore_tags", &[], Inner::Known(&OPEN)),
        ("dynamic", &["type"], Inner::Dynamic),
    ],
    special: &[("alias", Literal), ("version", Literal)],
    others: Template,
};

/// What a file holds.
pub(super) static FILE: Known = Known {
    blocks: &[
        ("terraform", &[], Inner::Known(&TERRAFORM)),
        ("provider", &["name"], Inner::Known(&PROVIDER)),
        (
            "variable",
            &["name"],
            Inner::Known(&Known {
                blocks: &[("validation", &[], Inner::Known(&OPEN))],
                special: &[("type", Native)],
                others: Literal,
            }),
        ),
        ("locals", &[], Inner::Known(&OPEN)),
        (
            "output",
            &["name"],
            Inner::Known(&Known {
                blocks: &[("precondition", &[], Inner::Known(&OPEN))],
                special: &[
                    ("description", Literal),
                    ("sensitive", Literal),
                    ("ephemeral", Literal),
                    ("depends_on", Native),
                ],
                others: Template,
            }),
        ),
        ("resource", &["type", "name"], Inner::Resource),
        ("data", &["type", "name"], Inner::Data),
        ("ephemeral", &["type", "name"], Inner::Ephemeral),
        (
            "module",
            &["name"],
            Inner::Known(&Known {
                blocks: &[],
                special: &[("source", Literal), ("version", Literal), ("providers", Native), ("depends_on", Native)],
                others: Template,
            }),
        ),
        ("moved", &[], Inner::Known(&NATIVE)),
        (
            "removed",
            &[],
            Inner::Known(&Known {
                blocks: &[
                    ("lifecycle", &[], Inner::Known(&LIFECYCLE)),
                    ("connection", &[], Inner::Known(&OPEN)),
                    ("provisioner", &["type"], Inner::Known(&PROVISIONER)),
                ],
                special: &[],
                others: Native,
            }),
        ),
        (
            "import",
            &[],
            Inner::Known(&Known { blocks: &[], special: &[("to", Native), ("provider", Native)], others: Template }),
        ),
        (
            "check",
            &["name"],
            Inner::Known(&Known {
                blocks: &[("data", &["type", "name"], Inner::Data), ("assert", &[], Inner::Known(&OPEN))],
                special: &[],
                others: Template,
            }),
        ),
    ],
    special: &[],
    others: Template,
};
