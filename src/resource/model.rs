//! Models: plain structs that stand for known values of a schema. `#[derive(Model)]` writes the code between the two.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::schema::{Block, NestedBlock, Nesting};
use crate::value::{Entries, Type, Value};

/// Why a value is not of a model's type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {wanted} is required")]
pub struct ModelError {
    path: String,
    wanted: String,
}

impl ModelError {
    /// A value that should have been something else.
    pub fn new(wanted: impl Into<String>) -> Self {
        Self { path: String::new(), wanted: wanted.into() }
    }

    fn inside(mut self, name: &str) -> Self {
        self.path = if self.path.is_empty() { name.to_owned() } else { format!("{name}.{}", self.path) };
        self
    }
}

/// A struct that is a block's schema and holds a block's known values.
pub trait Model: Sized + Clone + Send + Sync + 'static {
    /// The struct's own documentation.
    const DOC: &'static str;
    /// What the block holds.
    fn block() -> Block;
    /// The struct of a value. Null and unknown are `None`, or the zero of a field that is not optional.
    fn from_value(value: &Value) -> Result<Self, ModelError>;
    /// The value of the struct.
    fn to_value(&self) -> Value;
}

/// A type that a field of a model may have.
pub trait Field: Sized {
    /// What the type of a literal default in `#[attr(default = …)]` is.
    type Literal;
    /// The type of the attribute.
    fn ty() -> Type;
    /// The field of a value that is neither null nor unknown.
    fn from_known(value: &Value) -> Result<Self, ModelError>;
    /// The field of null.
    fn absent() -> Self;
    /// The value of the field.
    fn to_value(&self) -> Value;
    /// The value of a literal default.
    fn literal(literal: Self::Literal) -> Value;

    /// The field of a value.
    fn from_value(value: &Value) -> Result<Self, ModelError> {
        if value.is_null() || !value.is_known() { Ok(Self::absent()) } else { Self::from_known(value) }
    }
}

impl Field for String {
    type Literal = &'static str;
    fn ty() -> Type {
        Type::String
    }
    fn from_known(value: &Value) -> Result<Self, ModelError> {
        value.as_str().map(str::to_owned).ok_or_else(|| ModelError::new("a string"))
    }
    fn absent() -> Self {
        Self::new()
    }
    fn to_value(&self) -> Value {
        Value::string(self)
    }
    fn literal(literal: &'static str) -> Value {
        Value::string(literal)
    }
}

impl Field for bool {
    type Literal = Self;
    fn ty() -> Type {
        Type::Bool
    }
    fn from_known(value: &Value) -> Result<Self, ModelError> {
        value.as_bool().ok_or_else(|| ModelError::new("a bool"))
    }
    fn absent() -> Self {
        false
    }
    fn to_value(&self) -> Value {
        Value::bool(*self)
    }
    fn literal(literal: Self) -> Value {
        Value::bool(literal)
    }
}

impl Field for i64 {
    type Literal = Self;
    fn ty() -> Type {
        Type::Number
    }
    fn from_known(value: &Value) -> Result<Self, ModelError> {
        value.as_i64().ok_or_else(|| ModelError::new("a whole number"))
    }
    fn absent() -> Self {
        0
    }
    fn to_value(&self) -> Value {
        Value::number(*self)
    }
    fn literal(literal: Self) -> Value {
        Value::number(literal)
    }
}

/// Any value at all, as an attribute of dynamic type.
impl Field for Value {
    type Literal = Self;
    fn ty() -> Type {
        Type::Dynamic
    }
    fn from_known(value: &Value) -> Result<Self, ModelError> {
        Ok(value.clone())
    }
    fn absent() -> Self {
        Self::null(Type::Dynamic)
    }
    fn to_value(&self) -> Value {
        self.clone()
    }
    fn literal(literal: Self) -> Value {
        literal
    }
}

impl<T: Field> Field for Option<T> {
    type Literal = T::Literal;
    fn ty() -> Type {
        T::ty()
    }
    fn from_known(value: &Value) -> Result<Self, ModelError> {
        T::from_known(value).map(Some)
    }
    fn absent() -> Self {
        None
    }
    fn to_value(&self) -> Value {
        self.as_ref().map_or_else(|| Value::null(T::ty()), T::to_value)
    }
    fn literal(literal: T::Literal) -> Value {
        T::literal(literal)
    }
}

impl<T: Field> Field for Vec<T> {
    type Literal = Self;
    fn ty() -> Type {
        Type::list(T::ty())
    }
    fn from_known(value: &Value) -> Result<Self, ModelError> {
        let items = value.items().ok_or_else(|| ModelError::new("a list"))?;
        items.iter().enumerate().map(|(i, item)| T::from_value(item).map_err(|e| e.inside(&i.to_string()))).collect()
    }
    fn absent() -> Self {
        Self::new()
    }
    fn to_value(&self) -> Value {
        Value::list(T::ty(), self.iter().map(T::to_value).collect())
    }
    fn literal(literal: Self) -> Value {
        literal.to_value()
    }
}

impl<T: Field> Field for BTreeMap<String, T> {
    type Literal = Self;
    fn ty() -> Type {
        Type::map(T::ty())
    }
    fn from_known(value: &Value) -> Result<Self, ModelError> {
        let entries = value.entries().ok_or_else(|| ModelError::new("a map"))?;
        entries.iter().map(|(k, v)| Ok((k.to_string(), T::from_value(v).map_err(|e| e.inside(k))?))).collect()
    }
    fn absent() -> Self {
        Self::new()
    }
    fn to_value(&self) -> Value {
        let entries: Entries = self.iter().map(|(k, v)| (Arc::from(k.as_str()), v.to_value())).collect();
        Value::map(T::ty(), entries)
    }
    fn literal(literal: Self) -> Value {
        literal.to_value()
    }
}

/// How `#[attr]` fields become values.
pub struct AsAttribute<T>(PhantomData<T>);

impl<T: Field> AsAttribute<T> {
    /// The type of the attribute.
    pub fn ty() -> Type {
        T::ty()
    }
    /// The field of an object's entry.
    pub fn read(value: Option<&Value>, name: &str) -> Result<T, ModelError> {
        value.map_or_else(|| Ok(T::absent()), T::from_value).map_err(|error| error.inside(name))
    }
    /// The entry of the field.
    pub fn write(field: &T) -> Value {
        field.to_value()
    }
}

/// How `#[attr(set)]` fields, `Vec<T>` or `Option<Vec<T>>`, become values.
pub struct AsSet<T>(PhantomData<T>);

impl<T: Field> AsSet<T> {
    /// The type of the attribute.
    pub fn ty() -> Type {
        match T::ty() {
            Type::List(element) => Type::Set(element),
            other => other,
        }
    }
    /// The field of an object's entry.
    pub fn read(value: Option<&Value>, name: &str) -> Result<T, ModelError> {
        AsAttribute::<T>::read(value, name)
    }
    /// The entry of the field.
    pub fn write(field: &T) -> Value {
        let value = field.to_value();
        match (value.items(), T::ty()) {
            (Some(items), Type::List(element)) => Value::set(Type::clone(&element), items.to_vec()),
            _ => Value::null(Self::ty()),
        }
    }
}

/// A field type that holds blocks: `Option<T>` or `Vec<T>`.
pub trait Blocks: Sized {
    /// The block.
    type Block: Model;
    /// How many there may be.
    const MAX: Option<usize>;
    /// The field of the blocks found.
    fn from_blocks(blocks: Vec<Self::Block>) -> Self;
    /// The blocks of the field.
    fn blocks(&self) -> Vec<&Self::Block>;
}

impl<T: Model> Blocks for Option<T> {
    type Block = T;
    const MAX: Option<usize> = Some(1);
    fn from_blocks(blocks: Vec<T>) -> Self {
        blocks.into_iter().next()
    }
    fn blocks(&self) -> Vec<&T> {
        self.iter().collect()
    }
}

impl<T: Model> Blocks for Vec<T> {
    type Block = T;
    const MAX: Option<usize> = None;
    fn from_blocks(blocks: Self) -> Self {
        blocks
    }
    fn blocks(&self) -> Vec<&T> {
        self.iter().collect()
    }
}

fn nested<T: Blocks>(nesting: Nesting, doc: &'static str) -> NestedBlock {
    let block = T::Block::block();
    NestedBlock { nesting, min: 0, max: T::MAX, computed: false, replace: false, key: None, block, doc }
}

fn read_blocks<T: Blocks>(value: Option<&Value>, name: &str) -> Result<T, ModelError> {
    let Some(value) = value.filter(|value| !value.is_null() && value.is_known()) else {
        return Ok(T::from_blocks(Vec::new()));
    };
    let items = value.items().ok_or_else(|| ModelError::new("a list of blocks").inside(name))?;
    let blocks = items.iter().map(|item| T::Block::from_value(item).map_err(|error| error.inside(name)));
    Ok(T::from_blocks(blocks.collect::<Result<_, _>>()?))
}

fn written<T: Blocks>(field: &T) -> Vec<Value> {
    field.blocks().into_iter().map(Model::to_value).collect()
}

/// How `#[block]` fields become values.
pub struct AsBlocks<T>(PhantomData<T>);

impl<T: Blocks> AsBlocks<T> {
    /// The schema of the blocks.
    pub fn nested(doc: &'static str) -> NestedBlock {
        nested::<T>(Nesting::List, doc)
    }
    /// The field of an object's entry.
    pub fn read(value: Option<&Value>, name: &str) -> Result<T, ModelError> {
        read_blocks(value, name)
    }
    /// The entry of the field.
    pub fn write(field: &T) -> Value {
        Value::list(T::Block::block().ty(), written(field))
    }
}

/// How `#[block(set)]` fields become values.
pub struct AsBlockSet<T>(PhantomData<T>);

impl<T: Blocks> AsBlockSet<T> {
    /// The schema of the blocks.
    pub fn nested(doc: &'static str) -> NestedBlock {
        nested::<T>(Nesting::Set, doc)
    }
    /// The field of an object's entry.
    pub fn read(value: Option<&Value>, name: &str) -> Result<T, ModelError> {
        read_blocks(value, name)
    }
    /// The entry of the field.
    pub fn write(field: &T) -> Value {
        Value::set(T::Block::block().ty(), written(field))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A thing.
    #[derive(Clone, Debug, PartialEq, recon_derive::Model)]
    struct Thing {
        /// The name.
        #[attr(required, replace)]
        name: String,
        /// The size.
        #[attr(optional, default = 3, min = 1, max = 900)]
        size: i64,
        /// The parts.
        #[attr(optional, set)]
        parts: Vec<String>,
        /// The network.
        #[block]
        network: Option<Network>,
        /// The rules.
        #[block(set, key = "id", min = 1)]
        rule: Vec<Network>,
        /// The kind.
        #[attr(computed, follows = ["size"])]
        r#type: Option<String>,
    }

    /// A network.
    #[derive(Clone, Debug, PartialEq, recon_derive::Model)]
    struct Network {
        /// The id.
        #[attr(required)]
        id: String,
    }

    #[test]
    fn a_struct_is_its_own_schema() {
        let block = Thing::block();
        assert_eq!(Thing::DOC, "A thing.");
        assert!(block.attributes["name"].required && block.attributes["name"].replace);
        assert_eq!(block.attributes["size"].default, Some(Value::number(3)));
        assert_eq!(block.attributes["parts"].ty, Type::set(Type::String));
        assert!(block.attributes["type"].computed && !block.attributes["type"].is_argument());
        assert_eq!((block.blocks["network"].nesting, block.blocks["network"].max), (Nesting::List, Some(1)));
        assert_eq!((block.blocks["rule"].nesting, block.blocks["rule"].min), (Nesting::Set, 1));
    }

    #[test]
    fn a_struct_survives_the_way_through_a_value() {
        let thing = Thing {
            name: "a".into(),
            size: 5,
            parts: vec!["x".into(), "y".into()],
            network: Some(Network { id: "n".into() }),
            rule: vec![],
            r#type: None,
        };
        let value = thing.to_value();
        assert_eq!(value.ty(), Thing::block().ty());
        assert_eq!(Thing::from_value(&value), Ok(thing));
    }

    #[test]
    fn a_value_of_the_wrong_type_names_its_place() {
        let value = Value::object_of([("rule", Value::tuple(vec![Value::object_of([("id", true.into())])]))]);
        assert_eq!(Thing::from_value(&value).unwrap_err().to_string(), "rule.id: a string is required");
    }
}
