//! Values of the configuration language: what an expression gives, what a resource's attributes hold.
//!
//! A value may be unknown until apply and may carry marks (sensitive, ephemeral). Both live in the value, at any depth.

mod convert;
pub mod json;
pub mod marks;
mod number;
mod path;
mod refinement;
mod types;
mod unify;

pub use convert::{ConvertError, TypeDefaults, bare, can_convert, convert};
pub use number::{Digits, NotANumber, Number};
pub use path::{Path, PathStep};
pub use refinement::Refinement;
pub use types::{ObjectType, Type};
pub use unify::unify;

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// What must not be shown, or must not be stored.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Marks(u8);

impl Marks {
    /// No mark.
    pub const NONE: Self = Self(0);
    /// Not to be shown to people.
    pub const SENSITIVE: Self = Self(1);
    /// Not to be stored in state or plan.
    pub const EPHEMERAL: Self = Self(2);

    /// Both sets of marks.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These marks without the given ones.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether all the given marks are set.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether there is no mark.
    pub fn is_none(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Debug for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.has(Self::SENSITIVE), self.has(Self::EPHEMERAL)) {
            (false, false) => f.write_str("none"),
            (true, false) => f.write_str("sensitive"),
            (false, true) => f.write_str("ephemeral"),
            (true, true) => f.write_str("sensitive, ephemeral"),
        }
    }
}

/// An ordered map from names to values.
pub type Entries = BTreeMap<Arc<str>, Value>;

/// The content of a value, without its marks.
#[derive(Clone, PartialEq)]
pub enum Data {
    /// Not known until apply. The type may be `Type::Dynamic`.
    Unknown(Type, Option<Arc<Refinement>>),
    /// Absent. The type may be `Type::Dynamic`.
    Null(Type),
    /// `true` or `false`.
    Bool(bool),
    /// An arbitrary-precision number.
    Number(Number),
    /// Unicode text in NFC.
    String(Arc<str>),
    /// Elements of one type in order.
    List(Type, Arc<Vec<Value>>),
    /// Elements of one type, sorted by `Value::order` and without duplicates.
    Set(Type, Arc<Vec<Value>>),
    /// Elements of one type by key.
    Map(Type, Arc<Entries>),
    /// Elements of any types in order.
    Tuple(Arc<Vec<Value>>),
    /// Elements of any types by name.
    Object(Arc<Entries>),
}

/// A value: content and marks. Cheap to clone.
#[derive(Clone, PartialEq)]
pub struct Value {
    data: Data,
    marks: Marks,
}

impl From<Data> for Value {
    fn from(data: Data) -> Self {
        Self { data, marks: Marks::NONE }
    }
}

impl Value {
    /// A text.
    pub fn string(text: impl AsRef<str>) -> Self {
        Data::String(Arc::from(text.as_ref())).into()
    }

    /// A number.
    pub fn number(number: impl Into<Number>) -> Self {
        Data::Number(number.into()).into()
    }

    /// A truth value.
    pub fn bool(value: bool) -> Self {
        Data::Bool(value).into()
    }

    /// An absent value of a type.
    pub fn null(ty: Type) -> Self {
        Data::Null(ty).into()
    }

    /// A value of a type that is not known yet.
    pub fn unknown(ty: Type) -> Self {
        Data::Unknown(ty, None).into()
    }

    /// A list; the elements are of the given type.
    pub fn list(element: Type, items: Vec<Self>) -> Self {
        Data::List(element, Arc::new(items)).into()
    }

    /// A set; the elements are of the given type, in any order and with repetitions.
    /// Marks of elements move to the set, since an element has no place of its own in it.
    pub fn set(element: Type, mut items: Vec<Self>) -> Self {
        let mut marks = Marks::NONE;
        for item in &mut items {
            let (bare, found) = item.unmark_deep();
            if !found.is_none() {
                marks = marks.and(found);
                *item = bare;
            }
        }
        items.sort_by(Self::order);
        items.dedup_by(|a, b| a == b && a.is_wholly_known());
        Self { data: Data::Set(element, Arc::new(items)), marks }
    }

    /// A map; the elements are of the given type.
    pub fn map(element: Type, entries: Entries) -> Self {
        Data::Map(element, Arc::new(entries)).into()
    }

    /// A tuple.
    pub fn tuple(items: Vec<Self>) -> Self {
        Data::Tuple(Arc::new(items)).into()
    }

    /// An object.
    pub fn object(entries: Entries) -> Self {
        Data::Object(Arc::new(entries)).into()
    }

    /// An object of the given names and values.
    pub fn object_of<'a>(entries: impl IntoIterator<Item = (&'a str, Self)>) -> Self {
        Self::object(entries.into_iter().map(|(name, value)| (Arc::from(name), value)).collect())
    }

    /// The content, whatever the marks.
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// The marks of this value itself, not of what it holds.
    pub fn marks(&self) -> Marks {
        self.marks
    }

    /// The same value with more marks.
    #[must_use]
    pub fn marked(mut self, marks: Marks) -> Self {
        self.marks = self.marks.and(marks);
        self
    }

    /// The same value without its own marks; what it holds keeps its own.
    #[must_use]
    pub fn unmarked(mut self) -> Self {
        self.marks = Marks::NONE;
        self
    }

    /// The same value with other marks of its own.
    #[must_use]
    pub fn with_marks(mut self, marks: Marks) -> Self {
        self.marks = marks;
        self
    }

    /// The value with no mark at any depth, and all the marks found.
    pub fn unmark_deep(&self) -> (Self, Marks) {
        let marks = self.marks_deep();
        if marks.is_none() { (self.clone(), marks) } else { (self.map_deep(&mut |v| v.unmarked()), marks) }
    }

    /// All marks at any depth.
    pub fn marks_deep(&self) -> Marks {
        let mut marks = self.marks;
        self.each_child(&mut |child| marks = marks.and(child.marks_deep()));
        marks
    }

    /// Whether this value or anything in it must not be shown.
    pub fn is_sensitive(&self) -> bool {
        self.marks_deep().has(Marks::SENSITIVE)
    }

    /// The value rebuilt from the inside out.
    #[must_use]
    pub fn map_deep(&self, change: &mut impl FnMut(Self) -> Self) -> Self {
        let data = match &self.data {
            Data::List(ty, items) => {
                Data::List(ty.clone(), Arc::new(items.iter().map(|v| v.map_deep(change)).collect()))
            }
            Data::Set(ty, items) => {
                let set = Self::set(ty.clone(), items.iter().map(|v| v.map_deep(change)).collect());
                return change(set.marked(self.marks));
            }
            Data::Tuple(items) => Data::Tuple(Arc::new(items.iter().map(|v| v.map_deep(change)).collect())),
            Data::Map(ty, entries) => {
                Data::Map(ty.clone(), Arc::new(entries.iter().map(|(k, v)| (k.clone(), v.map_deep(change))).collect()))
            }
            Data::Object(entries) => {
                Data::Object(Arc::new(entries.iter().map(|(k, v)| (k.clone(), v.map_deep(change))).collect()))
            }
            other => other.clone(),
        };
        change(Self { data, marks: self.marks })
    }

    fn each_child(&self, visit: &mut impl FnMut(&Self)) {
        match &self.data {
            Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => items.iter().for_each(visit),
            Data::Map(_, entries) | Data::Object(entries) => entries.values().for_each(visit),
            Data::Unknown(..) | Data::Null(_) | Data::Bool(_) | Data::Number(_) | Data::String(_) => {}
        }
    }

    /// The type. That of a collection is known even if it is empty.
    pub fn ty(&self) -> Type {
        match &self.data {
            Data::Unknown(ty, _) | Data::Null(ty) => ty.clone(),
            Data::Bool(_) => Type::Bool,
            Data::Number(_) => Type::Number,
            Data::String(_) => Type::String,
            Data::List(ty, _) => Type::list(ty.clone()),
            Data::Set(ty, _) => Type::set(ty.clone()),
            Data::Map(ty, _) => Type::map(ty.clone()),
            Data::Tuple(items) => Type::Tuple(items.iter().map(Self::ty).collect()),
            Data::Object(entries) => {
                Type::Object(Arc::new(ObjectType::new(entries.iter().map(|(k, v)| (k.clone(), v.ty())))))
            }
        }
    }

    /// Whether the value is absent.
    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Null(_))
    }

    /// Whether the value itself is known; what it holds may be unknown.
    pub fn is_known(&self) -> bool {
        !matches!(self.data, Data::Unknown(..))
    }

    /// Whether the value and everything in it is known.
    pub fn is_wholly_known(&self) -> bool {
        if !self.is_known() {
            return false;
        }
        let mut known = true;
        self.each_child(&mut |child| known = known && child.is_wholly_known());
        known
    }

    /// Whether this value or anything in it is an infinite number, which no file can hold.
    pub fn holds_infinity(&self) -> bool {
        if let Data::Number(number) = &self.data {
            return !number.is_finite();
        }
        let mut found = false;
        self.each_child(&mut |child| found = found || child.holds_infinity());
        found
    }

    /// The text of a known string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.data {
            Data::String(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value of a known bool.
    pub fn as_bool(&self) -> Option<bool> {
        match self.data {
            Data::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The number of a known number.
    pub fn as_number(&self) -> Option<&Number> {
        match &self.data {
            Data::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The number as an integer, if it is a whole one that fits.
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number().and_then(Number::to_i64)
    }

    /// The elements of a known list, set or tuple.
    pub fn items(&self) -> Option<&[Self]> {
        match &self.data {
            Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a known map or object.
    pub fn entries(&self) -> Option<&Entries> {
        match &self.data {
            Data::Map(_, entries) | Data::Object(entries) => Some(entries),
            _ => None,
        }
    }

    /// An entry of a known map or object.
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.entries().and_then(|entries| entries.get(name))
    }

    /// The entry of a known map or object, or an untyped null.
    pub fn attr(&self, name: &str) -> Self {
        self.get(name).cloned().unwrap_or_else(|| Self::null(Type::Dynamic))
    }

    /// The same map or object with one entry put in place. Any other value stays as it is.
    #[must_use]
    pub fn with(&self, name: &str, value: Self) -> Self {
        let put = |entries: &Arc<Entries>| {
            let mut entries = Entries::clone(entries);
            entries.insert(Arc::from(name), value);
            Arc::new(entries)
        };
        let data = match &self.data {
            Data::Map(ty, entries) => Data::Map(ty.clone(), put(entries)),
            Data::Object(entries) => Data::Object(put(entries)),
            other => other.clone(),
        };
        Self { data, marks: self.marks }
    }

    /// Whether the value is null, or the zero of its type: an empty text or collection, `false`, `0`.
    /// The AWS provider does not tell these apart in optional arguments.
    pub fn is_empty_or_null(&self) -> bool {
        match &self.data {
            Data::Null(_) => true,
            Data::Bool(value) => !value,
            Data::Number(number) => number.is_zero(),
            Data::String(text) => text.is_empty(),
            Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => items.is_empty(),
            Data::Map(_, entries) | Data::Object(entries) => entries.is_empty(),
            Data::Unknown(..) => false,
        }
    }

    /// Whether both have the same content, whatever the marks.
    pub fn same(&self, other: &Self) -> bool {
        self.order(other) == Ordering::Equal
    }

    /// A total order over values, whatever the marks: it sorts sets and makes output stable.
    pub fn order(&self, other: &Self) -> Ordering {
        fn rank(data: &Data) -> u8 {
            match data {
                Data::Null(_) => 0,
                Data::Bool(_) => 1,
                Data::Number(_) => 2,
                Data::String(_) => 3,
                Data::List(..) => 4,
                Data::Set(..) => 5,
                Data::Tuple(_) => 6,
                Data::Map(..) => 7,
                Data::Object(_) => 8,
                Data::Unknown(..) => 9,
            }
        }
        fn items(a: &[Value], b: &[Value]) -> Ordering {
            a.iter().zip(b).map(|(x, y)| x.order(y)).find(|o| o.is_ne()).unwrap_or_else(|| a.len().cmp(&b.len()))
        }
        fn entries(a: &Entries, b: &Entries) -> Ordering {
            a.iter()
                .zip(b)
                .map(|((ka, va), (kb, vb))| ka.cmp(kb).then_with(|| va.order(vb)))
                .find(|o| o.is_ne())
                .unwrap_or_else(|| a.len().cmp(&b.len()))
        }
        match (&self.data, &other.data) {
            (Data::Bool(a), Data::Bool(b)) => a.cmp(b),
            (Data::Number(a), Data::Number(b)) => a.cmp(b),
            (Data::String(a), Data::String(b)) => a.cmp(b),
            (Data::List(_, a), Data::List(_, b))
            | (Data::Set(_, a), Data::Set(_, b))
            | (Data::Tuple(a), Data::Tuple(b)) => {
                if Arc::ptr_eq(a, b) {
                    Ordering::Equal
                } else {
                    items(a, b)
                }
            }
            (Data::Map(_, a), Data::Map(_, b)) | (Data::Object(a), Data::Object(b)) => {
                if Arc::ptr_eq(a, b) {
                    Ordering::Equal
                } else {
                    entries(a, b)
                }
            }
            (a, b) => rank(a).cmp(&rank(b)),
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.marks.has(Marks::SENSITIVE) {
            return f.write_str("(sensitive)");
        }
        match &self.data {
            Data::Unknown(ty, _) => write!(f, "unknown({ty})"),
            Data::Null(_) => f.write_str("null"),
            Data::Bool(value) => write!(f, "{value}"),
            Data::Number(number) => write!(f, "{number}"),
            Data::String(text) => write!(f, "{text:?}"),
            Data::List(_, items) | Data::Tuple(items) => f.debug_list().entries(items.iter()).finish(),
            Data::Set(_, items) => f.debug_set().entries(items.iter()).finish(),
            Data::Map(_, entries) | Data::Object(entries) => f.debug_map().entries(entries.iter()).finish(),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::string(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Data::String(Arc::from(text)).into()
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::number(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_sorted_has_no_duplicates_and_takes_over_marks() {
        let secret = Value::string("b").marked(Marks::SENSITIVE);
        let set = Value::set(Type::String, vec!["c".into(), secret, "a".into(), "c".into()]);
        assert_eq!(set.items().map(<[Value]>::len), Some(3));
        assert!(set.marks().has(Marks::SENSITIVE));
        assert_eq!(set.items().and_then(|i| i[0].as_str()), Some("a"));
    }

    #[test]
    fn debug_output_hides_what_is_sensitive() {
        let value = Value::object_of([("key", Value::string("da2-x").marked(Marks::SENSITIVE)), ("n", 1.into())]);
        assert_eq!(format!("{value:?}"), r#"{"key": (sensitive), "n": 1}"#);
        assert!(value.is_sensitive());
    }

    #[test]
    fn unknown_inside_means_known_but_not_wholly() {
        let value = Value::object_of([("arn", Value::unknown(Type::String))]);
        assert!(value.is_known());
        assert!(!value.is_wholly_known());
    }
}
