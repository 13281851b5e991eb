//! Lists of objects as attributes: what a data source shows and nobody writes.

use crate::resource::{Field, Model, ModelError};
use crate::value::{Type, Value};

/// An object that is an attribute's value, or an element of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Record<T>(pub(super) T);

impl<T: Model> Field for Record<T>
where
    T: Default,
{
    type Literal = Value;

    fn ty() -> Type {
        T::block().ty()
    }

    fn from_known(value: &Value) -> Result<Self, ModelError> {
        T::from_value(value).map(Self)
    }

    fn absent() -> Self {
        Self(T::default())
    }

    fn to_value(&self) -> Value {
        self.0.to_value()
    }

    fn literal(literal: Value) -> Value {
        literal
    }
}

/// A list of the one object there is, or of none.
pub(super) fn one<T>(object: Option<T>) -> Vec<Record<T>> {
    object.map(Record).into_iter().collect()
}
