//! What is known of values that are not known yet.

use std::cmp::Ordering;
use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation;

use super::{Data, Entries, Number, Type, Value};

/// What is known of a value that is not known yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refinement {
    /// It will not be null.
    pub not_null: bool,
    /// A text it will start with.
    pub prefix: Option<Arc<str>>,
    /// The least length of a collection.
    pub min_length: Option<u64>,
    /// The greatest length of a collection.
    pub max_length: Option<u64>,
    /// The least number it may be.
    pub least: Option<Number>,
    /// The greatest number it may be.
    pub greatest: Option<Number>,
}

impl Refinement {
    /// That a value will not be null, and no more.
    pub fn not_null() -> Self {
        Self { not_null: true, ..Self::default() }
    }

    /// That a text will not be null and start with another one, as far as what follows cannot change that: a last character
    /// may become another one through what is put behind it.
    pub fn starting_with(text: &str) -> Self {
        let prefix = settled(text);
        Self { prefix: (!prefix.is_empty()).then(|| Arc::from(prefix)), ..Self::not_null() }
    }

    /// That a collection will not be null and have a length between two bounds.
    pub fn of_length(min: Option<u64>, max: Option<u64>) -> Self {
        Self { min_length: min, max_length: max, ..Self::not_null() }
    }

    /// That a number will not be null and lie between two bounds.
    pub fn between(least: Option<Number>, greatest: Option<Number>) -> Self {
        Self { least, greatest, ..Self::not_null() }
    }
}

/// The part of a text that stays as it is whatever is put behind it.
fn settled(text: &str) -> &str {
    match text.grapheme_indices(true).next_back() {
        Some((_, last)) if DELIMITERS.contains(last) => text,
        Some((at, _)) => &text[..at],
        None => text,
    }
}

/// Characters that nothing behind them combines with, in the original's choice.
const DELIMITERS: &str = ":/-_. ,?!;#@|+*&%$()[]{}'\"\\^~\t";

/// The longest list that is made of unknown elements where only its length is known.
const LONGEST: u64 = 1024;

impl Value {
    /// A value that is not known yet, with what is known of it all the same; a known one, where that leaves no choice.
    pub fn refined(ty: Type, refinement: Refinement) -> Self {
        if refinement == Refinement::default() {
            return Self::unknown(ty);
        }
        let length = match (refinement.min_length, refinement.max_length) {
            (Some(min), Some(max)) if min == max && refinement.not_null => Some(min),
            _ => None,
        };
        match (&ty, length) {
            (Type::List(element), Some(length)) if length <= LONGEST => {
                let items = (0..length).map(|_| Self::unknown(Type::clone(element)));
                return Self::list(Type::clone(element), items.collect());
            }
            (Type::Set(element), Some(length @ 0..=1)) => {
                let items = (0..length).map(|_| Self::unknown(Type::clone(element)));
                return Self::set(Type::clone(element), items.collect());
            }
            (Type::Map(element), Some(0)) => return Self::map(Type::clone(element), Entries::new()),
            _ => {}
        }
        if let (Some(least), Some(greatest)) = (&refinement.least, &refinement.greatest)
            && refinement.not_null
            && least == greatest
        {
            return Self::number(least.clone());
        }
        Data::Unknown(ty, Some(Arc::new(refinement))).into()
    }

    /// An unknown value that will not be null.
    pub fn unknown_not_null(ty: Type) -> Self {
        Self::refined(ty, Refinement::not_null())
    }

    /// What is known of a value, be it known or not.
    fn refinement(&self) -> Option<&Refinement> {
        match &self.data {
            Data::Unknown(_, refinement) => refinement.as_deref(),
            _ => None,
        }
    }

    /// The text that an unknown value is known to start with; empty where nothing is known.
    pub fn known_start(&self) -> &str {
        self.refinement().and_then(|known| known.prefix.as_deref()).unwrap_or_default()
    }

    /// Whether the value is not null, and will not be.
    pub fn is_never_null(&self) -> bool {
        match &self.data {
            Data::Unknown(..) => self.refinement().is_some_and(|known| known.not_null),
            Data::Null(_) => false,
            _ => true,
        }
    }

    /// The least and the greatest length that a list, set, map, tuple or object has or may have. Elements of a set that are
    /// not known may turn out to be equal.
    pub fn length_bounds(&self) -> (u64, Option<u64>) {
        let exactly = |length: usize| (length as u64, Some(length as u64));
        match &self.data {
            Data::List(_, items) | Data::Tuple(items) => exactly(items.len()),
            Data::Set(_, items) => {
                let known = items.iter().filter(|item| item.is_wholly_known()).count();
                let least = if known < items.len() { known.max(1) } else { known };
                (least as u64, Some(items.len() as u64))
            }
            Data::Map(_, entries) | Data::Object(entries) => exactly(entries.len()),
            Data::Unknown(Type::Tuple(types), _) => exactly(types.len()),
            Data::Unknown(Type::Object(object), _) => exactly(object.attributes.len()),
            Data::Unknown(_, Some(known)) => (known.min_length.unwrap_or(0), known.max_length),
            _ => (0, None),
        }
    }

    /// The least and the greatest number that a number is or may be.
    pub fn number_bounds(&self) -> (Option<&Number>, Option<&Number>) {
        match &self.data {
            Data::Number(number) => (Some(number), Some(number)),
            Data::Unknown(_, Some(known)) => (known.least.as_ref(), known.greatest.as_ref()),
            _ => (None, None),
        }
    }

    /// Whether a text starts with another one; nothing where that depends on what is not known yet.
    pub fn starts_with(&self, start: &str) -> Option<bool> {
        let Data::String(text) = &self.data else {
            let prefix = self.refinement().and_then(|known| known.prefix.as_deref()).unwrap_or_default();
            return match prefix.starts_with(start) {
                true => Some(true),
                false => (!start.starts_with(prefix)).then_some(false),
            };
        };
        Some(text.starts_with(start))
    }

    /// Whether an unknown value of the same type may turn out to be a known one, by what is known of it.
    pub(crate) fn may_become(&self, other: &Self) -> bool {
        let Some(known) = self.refinement() else {
            return true;
        };
        if other.is_null() {
            return !known.not_null;
        }
        match &other.data {
            Data::String(text) => known.prefix.as_deref().is_none_or(|prefix| text.starts_with(prefix)),
            Data::Number(number) => {
                known.least.as_ref().is_none_or(|least| number.order(least) != Ordering::Less)
                    && known.greatest.as_ref().is_none_or(|greatest| number.order(greatest) != Ordering::Greater)
            }
            Data::List(..) | Data::Set(..) | Data::Map(..) => {
                let (min, max) = other.length_bounds();
                known.max_length.is_none_or(|most| min <= most)
                    && max.is_none_or(|max| known.min_length.is_none_or(|least| max >= least))
            }
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_where_nothing_can_combine_with_it() {
        for (text, prefix) in
            [("a-", "a-"), ("arn:", "arn:"), ("ab", "a"), ("e", ""), ("x=", "x"), ("日本", "日"), ("", "")]
        {
            assert_eq!(settled(text), prefix, "{text}");
        }
        assert_eq!(Refinement::starting_with("a").prefix, None);
    }

    #[test]
    fn what_leaves_no_choice_is_known() {
        let one = || Some(Number::from(1_i64));
        assert_eq!(Value::refined(Type::Number, Refinement::between(one(), one())), 1.into());
        let list = Value::refined(Type::list(Type::Bool), Refinement::of_length(Some(2), Some(2)));
        assert_eq!(list.items().map(<[Value]>::len), Some(2));
        let map = Value::refined(Type::map(Type::Bool), Refinement::of_length(Some(1), Some(1)));
        assert!(!map.is_known());
    }

    #[test]
    fn bounds_rule_values_out() {
        let list = |n: usize| Value::list(Type::Bool, vec![true.into(); n]);
        let long = Value::refined(Type::list(Type::Bool), Refinement::of_length(Some(2), None));
        assert!(!long.may_become(&list(1)) && long.may_become(&list(2)));
        let arn = Value::refined(Type::String, Refinement::starting_with("arn:"));
        assert!(!arn.may_become(&"x".into()) && arn.may_become(&"arn:x".into()));
        assert!(!arn.may_become(&Value::null(Type::String)));
        let starts = ["arn", "arn:", "arn:aws", "x", ""].map(|start| arn.starts_with(start));
        assert_eq!(starts, [Some(true), Some(true), None, Some(false), Some(true)]);
    }
}
