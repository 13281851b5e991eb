//! What a schema says, without how it is written.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::ast::{self, Value as Literal};
use apollo_compiler::schema::{Component, ExtendedType};
use apollo_compiler::{Node, Schema};

use super::prelude;

/// What kind of type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `scalar`
    Scalar,
    /// `type`
    Object,
    /// `interface`
    Interface,
    /// `union`
    Union,
    /// `enum`
    Enum,
    /// `input`
    Input,
}

impl Kind {
    /// The word that defines such a type.
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Object => "type",
            Self::Interface => "interface",
            Self::Union => "union",
            Self::Enum => "enum",
            Self::Input => "input",
        }
    }
}

/// A schema: its root operations and types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The types of the root operations, by `query`, `mutation` and `subscription`.
    pub roots: BTreeMap<&'static str, String>,
    /// Directives of the schema as a whole, sorted.
    pub directives: Vec<String>,
    /// The types, without those of GraphQL and AppSync.
    pub types: BTreeMap<String, TypeShape>,
}

/// A type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeShape {
    /// What kind.
    pub kind: Kind,
    /// Its description.
    pub description: Option<String>,
    /// Its directives, sorted.
    pub directives: Vec<String>,
    /// The interfaces it implements.
    pub implements: BTreeSet<String>,
    /// Fields, values of an enum, or types of a union.
    pub members: BTreeMap<String, Member>,
}

/// A field, an argument, a value of an enum, or a type of a union.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    /// Its type; empty for a value of an enum and a type of a union.
    pub ty: String,
    /// Its description.
    pub description: Option<String>,
    /// Its directives, sorted.
    pub directives: Vec<String>,
    /// The arguments of a field.
    pub arguments: BTreeMap<String, Self>,
    /// The default of an argument or of an input's field.
    pub default: Option<String>,
}

impl Shape {
    pub(super) fn of(schema: &Schema) -> Self {
        let definition = &schema.schema_definition;
        let roots = [
            ("query", &definition.query),
            ("mutation", &definition.mutation),
            ("subscription", &definition.subscription),
        ];
        let types =
            schema.types.iter().filter(|(name, ty)| !ty.is_built_in() && !prelude::SCALARS.contains(&name.as_str()));
        Self {
            roots: roots.into_iter().filter_map(|(op, name)| Some((op, name.as_ref()?.name.to_string()))).collect(),
            directives: of_components(&definition.directives.0),
            types: types.map(|(name, ty)| (name.to_string(), TypeShape::of(ty))).collect(),
        }
    }

    /// The fields that a resolver may be for, as type and field.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        let holders = self.types.iter().filter(|(_, ty)| matches!(ty.kind, Kind::Object | Kind::Interface));
        holders.flat_map(|(name, ty)| ty.members.keys().map(move |field| (name.as_str(), field.as_str())))
    }
}

impl TypeShape {
    fn of(ty: &ExtendedType) -> Self {
        let none = BTreeSet::new;
        let (kind, implements, members) = match ty {
            ExtendedType::Scalar(_) => (Kind::Scalar, none(), BTreeMap::new()),
            ExtendedType::Object(it) => {
                let implements = it.implements_interfaces.iter().map(|name| name.name.to_string()).collect();
                (
                    Kind::Object,
                    implements,
                    it.fields.iter().map(|(name, field)| (name.to_string(), of_field(field))).collect(),
                )
            }
            ExtendedType::Interface(it) => {
                let implements = it.implements_interfaces.iter().map(|name| name.name.to_string()).collect();
                let fields = it.fields.iter().map(|(name, field)| (name.to_string(), of_field(field)));
                (Kind::Interface, implements, fields.collect())
            }
            ExtendedType::Union(it) => (
                Kind::Union,
                none(),
                it.members.iter().map(|name| (name.name.to_string(), Member::default())).collect(),
            ),
            ExtendedType::Enum(it) => {
                let values = it.values.iter().map(|(name, value)| {
                    let member = Member {
                        description: description(value.description.as_ref()),
                        directives: of_nodes(&value.directives.0),
                        ..Member::default()
                    };
                    (name.to_string(), member)
                });
                (Kind::Enum, none(), values.collect())
            }
            ExtendedType::InputObject(it) => (
                Kind::Input,
                none(),
                it.fields.iter().map(|(name, field)| (name.to_string(), of_input(field))).collect(),
            ),
        };
        Self {
            kind,
            description: description(ty.description()),
            directives: of_components(&ty.directives().0),
            implements,
            members,
        }
    }
}

fn of_field(field: &ast::FieldDefinition) -> Member {
    Member {
        ty: field.ty.to_string(),
        description: description(field.description.as_ref()),
        directives: of_nodes(&field.directives.0),
        arguments: field.arguments.iter().map(|argument| (argument.name.to_string(), of_input(argument))).collect(),
        default: None,
    }
}

fn of_input(input: &ast::InputValueDefinition) -> Member {
    Member {
        ty: input.ty.to_string(),
        description: description(input.description.as_ref()),
        directives: of_nodes(&input.directives.0),
        arguments: BTreeMap::new(),
        default: input.default_value.as_ref().map(|value| literal(value)),
    }
}

/// A description without what printing may change: the white space around its lines.
fn description(text: Option<&Node<str>>) -> Option<String> {
    let lines: Vec<&str> = text?.as_str().trim().lines().map(str::trim).collect();
    Some(lines.join("\n")).filter(|text| !text.is_empty())
}

fn of_components(directives: &[Component<ast::Directive>]) -> Vec<String> {
    sorted(directives.iter().map(|directive| of_directive(directive)))
}

fn of_nodes(directives: &[Node<ast::Directive>]) -> Vec<String> {
    sorted(directives.iter().map(|directive| of_directive(directive)))
}

fn sorted(directives: impl Iterator<Item = String>) -> Vec<String> {
    let mut directives: Vec<String> = directives.collect();
    directives.sort();
    directives
}

fn of_directive(directive: &ast::Directive) -> String {
    let access = prelude::is_access(&directive.name);
    let mut arguments: Vec<String> = directive
        .arguments
        .iter()
        .map(|argument| {
            // A list of groups has no order, and one group needs no brackets.
            let value = match &*argument.value {
                Literal::List(items) if access => {
                    let items = sorted(items.iter().map(|item| literal(item)));
                    format!("[{}]", items.join(", "))
                }
                Literal::String(_) if access => format!("[{}]", literal(&argument.value)),
                other => literal(other),
            };
            format!("{}: {value}", argument.name)
        })
        .collect();
    arguments.sort();
    if arguments.is_empty() {
        format!("@{}", directive.name)
    } else {
        format!("@{}({})", directive.name, arguments.join(", "))
    }
}

fn literal(value: &Literal) -> String {
    value.serialize().no_indent().to_string()
}
