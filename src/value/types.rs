//! Types of values.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// The attributes of an object type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectType {
    /// The type of each attribute.
    pub attributes: BTreeMap<Arc<str>, Type>,
    /// The attributes that a value to be converted may leave out. Only type constraints have them.
    pub optional: BTreeSet<Arc<str>>,
}

impl ObjectType {
    /// An object type without optional attributes.
    pub fn new(attributes: impl IntoIterator<Item = (Arc<str>, Type)>) -> Self {
        Self { attributes: attributes.into_iter().collect(), optional: BTreeSet::new() }
    }
}

/// The type of a value, or a constraint on one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    /// Not known, or any.
    Dynamic,
    /// `true` or `false`.
    Bool,
    /// An arbitrary-precision number.
    Number,
    /// Unicode text.
    String,
    /// Elements of one type in order.
    List(Arc<Self>),
    /// Elements of one type without order or repetition.
    Set(Arc<Self>),
    /// Elements of one type by key.
    Map(Arc<Self>),
    /// Elements of any types in order.
    Tuple(Arc<[Self]>),
    /// Elements of any types by name.
    Object(Arc<ObjectType>),
}

impl Type {
    /// A list of elements.
    pub fn list(element: Self) -> Self {
        Self::List(Arc::new(element))
    }

    /// A set of elements.
    pub fn set(element: Self) -> Self {
        Self::Set(Arc::new(element))
    }

    /// A map of elements.
    pub fn map(element: Self) -> Self {
        Self::Map(Arc::new(element))
    }

    /// An object of the given attributes.
    pub fn object<'a>(attributes: impl IntoIterator<Item = (&'a str, Self)>) -> Self {
        Self::Object(Arc::new(ObjectType::new(attributes.into_iter().map(|(n, t)| (Arc::from(n), t)))))
    }

    /// The type of the elements of a list, set or map.
    pub fn element(&self) -> Option<&Self> {
        match self {
            Self::List(element) | Self::Set(element) | Self::Map(element) => Some(element),
            _ => None,
        }
    }

    /// Whether the type is a list, set, map, tuple or object.
    pub fn is_structural(&self) -> bool {
        matches!(self, Self::List(_) | Self::Set(_) | Self::Map(_) | Self::Tuple(_) | Self::Object(_))
    }

    /// Whether any part of the type is not known.
    pub fn has_dynamic(&self) -> bool {
        match self {
            Self::Dynamic => true,
            Self::Bool | Self::Number | Self::String => false,
            Self::List(e) | Self::Set(e) | Self::Map(e) => e.has_dynamic(),
            Self::Tuple(items) => items.iter().any(Self::has_dynamic),
            Self::Object(object) => object.attributes.values().any(Self::has_dynamic),
        }
    }

    /// The name in a sentence: `string`, `list of number`, `object`.
    pub fn friendly(&self) -> String {
        match self {
            Self::Dynamic => "dynamic".into(),
            Self::Bool => "bool".into(),
            Self::Number => "number".into(),
            Self::String => "string".into(),
            Self::List(e) => format!("list of {}", e.friendly()),
            Self::Set(e) => format!("set of {}", e.friendly()),
            Self::Map(e) => format!("map of {}", e.friendly()),
            Self::Tuple(_) => "tuple".into(),
            Self::Object(_) => "object".into(),
        }
    }
}

impl fmt::Display for Type {
    /// As a type constraint without spaces: `object({a=number,"b c"=string})`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dynamic => f.write_str("dynamic"),
            Self::Bool => f.write_str("bool"),
            Self::Number => f.write_str("number"),
            Self::String => f.write_str("string"),
            Self::List(e) => write!(f, "list({e})"),
            Self::Set(e) => write!(f, "set({e})"),
            Self::Map(e) => write!(f, "map({e})"),
            Self::Tuple(items) => {
                f.write_str("tuple([")?;
                for (i, item) in items.iter().enumerate() {
                    let comma = if i == 0 { "" } else { "," };
                    write!(f, "{comma}{item}")?;
                }
                f.write_str("])")
            }
            Self::Object(object) => {
                f.write_str("object({")?;
                for (i, (name, ty)) in object.attributes.iter().enumerate() {
                    let comma = if i == 0 { "" } else { "," };
                    let plain = is_identifier(name);
                    match (plain, object.optional.contains(name)) {
                        (true, false) => write!(f, "{comma}{name}={ty}")?,
                        (true, true) => write!(f, "{comma}{name}=optional({ty})")?,
                        (false, false) => write!(f, "{comma}{name:?}={ty}")?,
                        (false, true) => write!(f, "{comma}{name:?}=optional({ty})")?,
                    }
                }
                f.write_str("})")
            }
        }
    }
}

fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_print_as_constraints() {
        let ty = Type::object([("b c", Type::String), ("a", Type::list(Type::Number))]);
        assert_eq!(ty.to_string(), r#"object({a=list(number),"b c"=string})"#);
        assert_eq!(Type::Tuple(Arc::new([Type::Bool, Type::Dynamic])).to_string(), "tuple([bool,dynamic])");
    }
}
