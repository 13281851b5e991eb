//! The attributes of a pool's users: standard ones that AWS always lists, and custom ones that it lists with a prefix.

use aws_sdk_cognitoidentityprovider::types::{
    AttributeDataType, NumberAttributeConstraintsType, SchemaAttributeType, StringAttributeConstraintsType,
};

use super::schema::{NumberConstraints, StringConstraints, UserAttribute};
use crate::aws::members::text;

/// How many custom attributes one call can add.
pub(super) const MAX_ADDED_PER_CALL: usize = 25;
/// How many custom attributes a pool can have.
pub(super) const MAX_CUSTOM: usize = 50;

const LEAST_LENGTH: &str = "0";
const GREATEST_LENGTH: &str = "2048";

/// The standard attributes that are texts of any length, changeable and not required.
const STANDARD_TEXTS: &[&str] = &[
    "address",
    "email",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "picture",
    "preferred_username",
    "profile",
    "website",
    "zoneinfo",
];

/// A standard attribute as every pool has it where its creation said nothing about it.
fn standard(name: &str) -> Option<UserAttribute> {
    let lengths = |least: &str, greatest: &str| {
        Some(StringConstraints { min_length: Some(least.into()), max_length: Some(greatest.into()) })
    };
    let basic = UserAttribute {
        attribute_data_type: "String".into(),
        name: name.into(),
        mutable: Some(true),
        ..UserAttribute::default()
    };
    let found = match name {
        "sub" => UserAttribute {
            mutable: Some(false),
            required: Some(true),
            string_attribute_constraints: lengths("1", GREATEST_LENGTH),
            ..basic
        },
        "birthdate" => UserAttribute { string_attribute_constraints: lengths("10", "10"), ..basic },
        "email_verified" | "phone_number_verified" => UserAttribute { attribute_data_type: "Boolean".into(), ..basic },
        "updated_at" => UserAttribute {
            attribute_data_type: "Number".into(),
            number_attribute_constraints: Some(NumberConstraints { min_value: Some("0".into()), max_value: None }),
            ..basic
        },
        // Federated identities; AWS lists it without being asked for.
        "identities" => basic,
        name if STANDARD_TEXTS.contains(&name) => {
            UserAttribute { string_attribute_constraints: lengths(LEAST_LENGTH, GREATEST_LENGTH), ..basic }
        }
        _ => return None,
    };
    Some(found)
}

/// Whether an attribute is one that every pool has.
pub(super) fn is_standard(name: &str) -> bool {
    standard(name).is_some()
}

/// A name without the prefixes that AWS puts before custom attributes.
fn bare(name: &str) -> &str {
    let name = name.strip_prefix("dev:").unwrap_or(name);
    name.strip_prefix("custom:").unwrap_or(name)
}

/// Whether two attributes of one name are the same to AWS: an absent limit is the widest one.
pub(super) fn same_meaning(a: &UserAttribute, b: &UserAttribute) -> bool {
    let lengths = |attribute: &UserAttribute| {
        let limits = attribute.string_attribute_constraints.as_ref();
        let least = limits.and_then(|l| l.min_length.clone()).unwrap_or_else(|| LEAST_LENGTH.into());
        let greatest = limits.and_then(|l| l.max_length.clone()).unwrap_or_else(|| GREATEST_LENGTH.into());
        (least, greatest)
    };
    let values = |attribute: &UserAttribute| {
        let limits = attribute.number_attribute_constraints.as_ref();
        limits.map(|l| (l.min_value.clone(), l.max_value.clone())).unwrap_or_default()
    };
    let flags = |attribute: &UserAttribute| {
        [attribute.developer_only_attribute, attribute.mutable, attribute.required].map(Option::unwrap_or_default)
    };
    a.name == b.name
        && a.attribute_data_type == b.attribute_data_type
        && flags(a) == flags(b)
        && match a.attribute_data_type.as_str() {
            "String" => lengths(a) == lengths(b),
            "Number" => values(a) == values(b),
            _ => true,
        }
}

/// The attributes of an answer, in the spelling of those declared, without standard ones that nobody declared.
pub(super) fn read(declared: &[UserAttribute], found: &[SchemaAttributeType]) -> Vec<UserAttribute> {
    let found = found.iter().filter_map(|found| {
        let attribute = from_answer(found);
        match declared.iter().find(|declared| declared.name == attribute.name) {
            Some(declared) if same_meaning(declared, &attribute) => Some(declared.clone()),
            Some(_) => Some(attribute),
            None => {
                let usual = standard(&attribute.name).is_some_and(|usual| same_meaning(&usual, &attribute));
                (!usual).then_some(attribute)
            }
        }
    });
    found.collect()
}

fn from_answer(found: &SchemaAttributeType) -> UserAttribute {
    let name = found.name().unwrap_or_default();
    let strings = found.string_attribute_constraints().map(|limits| StringConstraints {
        max_length: text(limits.max_length()),
        min_length: text(limits.min_length()),
    });
    let numbers = found
        .number_attribute_constraints()
        .map(|limits| NumberConstraints { max_value: text(limits.max_value()), min_value: text(limits.min_value()) });
    UserAttribute {
        attribute_data_type: found.attribute_data_type().map_or("String", AttributeDataType::as_str).into(),
        developer_only_attribute: found.developer_only_attribute(),
        mutable: found.mutable(),
        name: bare(name).into(),
        required: found.required(),
        number_attribute_constraints: numbers.filter(|limits| *limits != NumberConstraints::default()),
        string_attribute_constraints: strings.filter(|limits| *limits != StringConstraints::default()),
    }
}

/// An attribute as a request takes it.
pub(super) fn request(wanted: &UserAttribute) -> SchemaAttributeType {
    let strings = wanted.string_attribute_constraints.as_ref().map(|limits| {
        StringAttributeConstraintsType::builder()
            .set_min_length(limits.min_length.clone())
            .set_max_length(limits.max_length.clone())
            .build()
    });
    let numbers = wanted.number_attribute_constraints.as_ref().map(|limits| {
        NumberAttributeConstraintsType::builder()
            .set_min_value(limits.min_value.clone())
            .set_max_value(limits.max_value.clone())
            .build()
    });
    SchemaAttributeType::builder()
        .name(&wanted.name)
        .attribute_data_type(AttributeDataType::from(wanted.attribute_data_type.as_str()))
        .developer_only_attribute(wanted.developer_only_attribute.unwrap_or_default())
        .mutable(wanted.mutable.unwrap_or_default())
        .required(wanted.required.unwrap_or_default())
        .set_string_attribute_constraints(strings)
        .set_number_attribute_constraints(numbers)
        .build()
}

/// What becomes of a pool's attributes.
#[derive(Debug, PartialEq)]
pub(super) struct Changes<'a> {
    /// Custom attributes that can be added.
    pub(super) added: Vec<&'a UserAttribute>,
    /// What AWS can never do to a pool, as sentences.
    pub(super) refused: Vec<String>,
}

/// Compares the attributes that there are with those wanted.
pub(super) fn changes<'a>(prior: &[UserAttribute], wanted: &'a [UserAttribute]) -> Changes<'a> {
    let mut changes = Changes { added: Vec::new(), refused: Vec::new() };
    for attribute in wanted {
        let name = &attribute.name;
        match prior.iter().find(|prior| prior.name == *name) {
            Some(prior) if same_meaning(prior, attribute) => {}
            Some(_) => changes.refused.push(format!("The attribute `{name}` would change.")),
            None => match standard(name) {
                Some(usual) if same_meaning(&usual, attribute) => {}
                Some(_) => changes.refused.push(format!("The standard attribute `{name}` would change.")),
                None => changes.added.push(attribute),
            },
        }
    }
    for attribute in prior {
        let usual = standard(&attribute.name).is_some_and(|usual| same_meaning(&usual, attribute));
        if !usual && !wanted.iter().any(|wanted| wanted.name == attribute.name) {
            changes.refused.push(format!("The attribute `{}` would be removed.", attribute.name));
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn custom(name: &str) -> UserAttribute {
        UserAttribute { attribute_data_type: "String".into(), name: name.into(), ..UserAttribute::default() }
    }

    fn answer(name: &str, required: bool) -> SchemaAttributeType {
        SchemaAttributeType::builder()
            .name(name)
            .attribute_data_type(AttributeDataType::String)
            .developer_only_attribute(false)
            .mutable(true)
            .required(required)
            .string_attribute_constraints(
                StringAttributeConstraintsType::builder().min_length("0").max_length("2048").build(),
            )
            .build()
    }

    #[test]
    fn standard_attributes_are_shown_only_where_they_differ_or_are_declared() {
        let found = [answer("nickname", false), answer("email", true), answer("custom:team", false)];
        let names = |read: Vec<UserAttribute>| read.into_iter().map(|a| a.name).collect::<Vec<_>>();
        assert_eq!(names(read(&[], &found)), ["email", "team"]);
        let declared = [UserAttribute { mutable: Some(true), ..custom("nickname") }];
        assert_eq!(read(&declared, &found[..1]), declared);
        assert_eq!(bare("dev:custom:x"), "x");
    }

    #[test]
    fn absent_limits_are_the_widest() {
        let wide = StringConstraints { min_length: Some("0".into()), max_length: Some("2048".into()) };
        let spelled = UserAttribute { string_attribute_constraints: Some(wide), ..custom("a") };
        assert!(same_meaning(&custom("a"), &spelled));
        let narrow = StringConstraints { min_length: Some("1".into()), max_length: None };
        assert!(!same_meaning(
            &custom("a"),
            &UserAttribute { string_attribute_constraints: Some(narrow), ..custom("a") }
        ));
    }

    #[test]
    fn custom_attributes_are_added_and_nothing_else() {
        let (prior, wanted) = ([custom("a"), custom("b")], [custom("a"), custom("c")]);
        let found = changes(&prior, &wanted);
        assert_eq!(found.added, [&wanted[1]]);
        assert_eq!(found.refused, ["The attribute `b` would be removed."]);
        let edited = [UserAttribute { mutable: Some(true), ..custom("a") }, custom("b")];
        assert_eq!(changes(&prior, &edited).refused, ["The attribute `a` would change."]);
        let required = [custom("a"), custom("b"), UserAttribute { required: Some(true), ..custom("email") }];
        assert_eq!(changes(&prior, &required).refused, ["The standard attribute `email` would change."]);
    }

    #[test]
    fn a_request_says_every_flag() {
        let sent = request(&custom("team"));
        assert_eq!(
            (sent.mutable(), sent.required(), sent.developer_only_attribute()),
            (Some(false), Some(false), Some(false))
        );
        assert!(sent.string_attribute_constraints().is_none());
    }
}
