//! Versions, and constraints on them: `>= 1.5, != 1.6.0, ~> 1.8`.

use std::cmp::Ordering;
use std::fmt;

/// Whether a version meets a constraint; `None` if the constraint cannot be understood.
pub(super) fn meets(version: &str, constraint: &str) -> Option<bool> {
    Some(Constraints::parse(constraint)?.met_by(&Version::parse(version)?))
}

/// A version: numbers, and the name of a pre-release.
#[derive(Clone, Debug)]
pub struct Version {
    /// At least three.
    numbers: Vec<u64>,
    /// How many of them were written.
    written: usize,
    /// Empty for a release.
    pre: String,
    text: String,
}

impl Version {
    /// Reads a version; a `v` before it is fine.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let bare = text.strip_prefix('v').unwrap_or(text);
        let (bare, build) = bare.split_once('+').unwrap_or((bare, ""));
        let (numbers, pre) = bare.split_once('-').map_or((bare, None), |(numbers, pre)| (numbers, Some(pre)));
        let part =
            |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '~');
        if pre.is_some_and(|pre| !pre.split('.').all(part)) || !build.is_empty() && !build.split('.').all(part) {
            return None;
        }
        let number = |part: &str| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok())?;
        let mut numbers: Vec<u64> = numbers.split('.').map(number).collect::<Option<_>>()?;
        let written = numbers.len();
        numbers.resize(written.max(3), 0);
        Some(Self { numbers, written, pre: pre.unwrap_or_default().to_owned(), text: text.to_owned() })
    }

    /// Whether it comes before the release of its numbers.
    pub fn is_prerelease(&self) -> bool {
        !self.pre.is_empty()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text.strip_prefix('v').unwrap_or(&self.text))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let length = self.numbers.len().max(other.numbers.len());
        let number = |version: &Self, i: usize| version.numbers.get(i).copied().unwrap_or(0);
        (0..length)
            .map(|i| number(self, i).cmp(&number(other, i)))
            .find(|order| order.is_ne())
            .unwrap_or_else(|| compare_prereleases(&self.pre, &other.pre))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

/// A release is newer than its pre-releases; of these, parts that are numbers come before names.
fn compare_prereleases(a: &str, b: &str) -> Ordering {
    match (a.is_empty(), b.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let (mut left, mut right) = (a.split('.'), b.split('.'));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(x), Some(y)) => match (x.parse::<u64>(), y.parse::<u64>()) {
                (Ok(x), Ok(y)) => x.cmp(&y),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => x.cmp(y),
            },
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// What a version must be like; all parts must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraints {
    parts: Vec<(Operator, Version)>,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Pessimistic,
}

impl Constraints {
    /// Reads constraints, with commas between them.
    pub fn parse(text: &str) -> Option<Self> {
        let parts = text.split(',').map(|part| {
            let part = part.trim();
            let number = part.trim_start_matches(['=', '!', '>', '<', '~']);
            let operator = match &part[..part.len() - number.len()] {
                "" | "=" => Operator::Equal,
                "!=" => Operator::NotEqual,
                ">" => Operator::Greater,
                ">=" => Operator::GreaterOrEqual,
                "<" => Operator::Less,
                "<=" => Operator::LessOrEqual,
                "~>" => Operator::Pessimistic,
                _ => return None,
            };
            Some((operator, Version::parse(number)?))
        });
        Some(Self { parts: parts.collect::<Option<_>>()?, text: text.to_owned() })
    }

    /// Whether a version meets all parts. A pre-release does so only where a part names exactly it.
    pub fn met_by(&self, version: &Version) -> bool {
        let named = || self.parts.iter().any(|(operator, bound)| *operator == Operator::Equal && bound == version);
        self.parts.iter().all(|(operator, bound)| operator.holds(version, bound))
            && (!version.is_prerelease() || named())
    }
}

impl fmt::Display for Constraints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Operator {
    fn holds(self, version: &Version, bound: &Version) -> bool {
        match self {
            Self::Equal => version == bound,
            Self::NotEqual => version != bound,
            Self::Greater => version > bound,
            Self::GreaterOrEqual => version >= bound,
            Self::Less => version < bound,
            Self::LessOrEqual => version <= bound,
            // All numbers but the last that is written are fixed.
            Self::Pessimistic => {
                let fixed = bound.written - 1;
                version >= bound && version.numbers.get(..fixed) == bound.numbers.get(..fixed)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_hold_as_written() {
        for (constraint, met) in [
            (">= 1.5", true),
            ("~> 1.8", true),
            ("~> 1", true),
            ("~> 0", true),
            ("~> 1.11.0", true),
            ("~> 1.10.0", false),
            ("~> 2.0", false),
            (">= 1.5, < 1.11.0", false),
            (">=1.0 , <2", true),
            ("!= 1.11.0", false),
            ("1.11.0", true),
            ("v1.11.0", true),
            ("= 1.11", true),
            ("= 1.11.0.0", true),
            ("<= 1.10.9", false),
        ] {
            assert_eq!(meets("1.11.0", constraint), Some(met), "{constraint}");
        }
        for constraint in ["latest", "", ",", "1.x", "=> 1.0", "==1.11.4", "~>1.0,", ">=1.0 <2", "1..2", "1.0-", "+1.0"]
        {
            assert_eq!(meets("1.11.0", constraint), None, "{constraint}");
        }
    }

    #[test]
    fn versions_are_ordered_with_prereleases_before_their_release() {
        let ordered =
            ["1.0.0-1", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0", "1.0.0.1", "1.1"];
        let versions: Vec<Version> = ordered.iter().map(|text| Version::parse(text).unwrap()).collect();
        assert!(versions.is_sorted(), "{versions:?}");
        assert_eq!(Version::parse("1.0+build"), Version::parse("v1.0.0"));
    }

    #[test]
    fn a_prerelease_must_be_named() {
        let met = |version: &str, constraint: &str| meets(version, constraint).unwrap();
        assert!(!met("2.0.0-beta1", ">= 1.0"));
        assert!(!met("2.0.0-beta1", "!= 1.0"));
        assert!(!met("2.0.0-beta1", ">= 2.0.0-beta1"));
        assert!(met("2.0.0-beta1", "2.0.0-beta1"));
        assert!(!met("2.0.0-beta1", "2.0.0-beta1, > 3.0"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_version_or_none(text in "v?[0-9.a-z+~-]{0,20}") {
            if let Some(version) = Version::parse(&text) {
                proptest::prop_assert_eq!(Version::parse(&version.to_string()), Some(version));
            }
        }
    }
}
