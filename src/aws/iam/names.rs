//! Names of IAM objects: those that the configuration gives, and those made from a prefix.

use crate::diagnostic::Diagnostics;
use crate::resource::Token;
use crate::value::Value;

/// How many hexadecimal digits follow a prefix. The AWS provider recognises a generated name by them.
const SUFFIX: usize = 26;

/// What stands before the digits where the configuration gives neither name nor prefix. It is the provider's word, so
/// that either tool reads the other's state.
const FALLBACK: &str = "terraform-";

/// The name of an object to be made: as given, or a prefix and digits of the creation's token, so that a repeated or
/// recovered creation comes to the same name.
pub(super) fn chosen(name: Option<&str>, prefix: Option<&str>, token: &Token) -> String {
    if let Some(name) = name.filter(|name| !name.is_empty()) {
        return name.to_owned();
    }
    let prefix = prefix.filter(|prefix| !prefix.is_empty()).unwrap_or(FALLBACK);
    let digits: String = token.as_str().chars().filter(char::is_ascii_hexdigit).take(SUFFIX).collect();
    format!("{prefix}{digits:0<SUFFIX$}")
}

/// The prefix of a name that looks generated, or an empty text.
pub(super) fn prefix_of(name: &str) -> String {
    let start = name.len().saturating_sub(SUFFIX);
    let generated = start > 0 && name.is_char_boundary(start) && name[start..].chars().all(|c| c.is_ascii_hexdigit());
    if generated { name[..start].to_owned() } else { String::new() }
}

/// Checks that an attribute, if known, has only characters that IAM takes in names.
pub(super) fn check(wanted: &Value, attribute: &str, problems: &mut Diagnostics) {
    let value = wanted.attr(attribute);
    let Some(name) = value.as_str() else {
        return;
    };
    if let Some(wrong) = name.chars().find(|c| !(c.is_ascii_alphanumeric() || "_+=,.@-".contains(*c))) {
        problems
            .error("Invalid IAM name")
            .on(attribute)
            .detail(format!("`{attribute}` contains {wrong:?}."))
            .help("Use letters, digits and any of `_+=,.@-`.");
    }
}

/// Checks that a path, if known, begins and ends with a slash.
pub(super) fn check_path(wanted: &Value, problems: &mut Diagnostics) {
    let value = wanted.attr("path");
    let Some(path) = value.as_str().filter(|path| !path.is_empty()) else {
        return;
    };
    let wrong = path.chars().find(|c| !c.is_ascii_graphic());
    if !path.starts_with('/') || !path.ends_with('/') || wrong.is_some() {
        problems
            .error("Invalid IAM path")
            .on("path")
            .detail(format!("The path {path:?} is not one that IAM takes."))
            .help("Begin and end it with a slash, such as `/service-role/`, and leave out spaces.");
    }
}

/// Checks that an attribute, if known and not empty, is an ARN.
pub(super) fn check_arn(wanted: &Value, attribute: &str, problems: &mut Diagnostics) {
    let value = wanted.attr(attribute);
    for (i, item) in value.items().unwrap_or(std::slice::from_ref(&value)).iter().enumerate() {
        let Some(arn) = item.as_str().filter(|arn| !arn.is_empty()) else {
            continue;
        };
        if !is_arn(arn) {
            let place = if value.items().is_some() { format!("{attribute}.{i}") } else { attribute.to_owned() };
            problems
                .error("Invalid ARN")
                .on(place.as_str())
                .detail(format!("{arn:?} is not an ARN."))
                .help("An ARN looks like `arn:aws:iam::123456789012:policy/name`.");
        }
    }
}

fn is_arn(text: &str) -> bool {
    let mut parts = text.splitn(6, ':');
    parts.next() == Some("arn")
        && parts.next().is_some_and(|partition| !partition.is_empty())
        && parts.next().is_some_and(|service| !service.is_empty())
        && parts.nth(2).is_some_and(|resource| !resource.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_name_is_the_same_for_the_same_token_and_tells_its_prefix() {
        let token = Token::from_text("0123456789abcdef0123456789abcdef");
        let name = chosen(None, Some("api-"), &token);
        assert_eq!(name, "api-0123456789abcdef0123456789");
        assert_eq!(prefix_of(&name), "api-");
        assert_eq!(chosen(None, None, &token), "terraform-0123456789abcdef0123456789");
        assert_eq!(chosen(Some("exact"), Some(""), &token), "exact");
        assert_eq!(chosen(Some(""), Some(""), &Token::from_text("xyz")), format!("terraform-{}", "0".repeat(26)));
    }

    #[test]
    fn a_chosen_name_has_no_prefix() {
        for name in
            ["", "api", "0123456789abcdef0123456789", "ü0123456789abcdef01234567890", "aé23456789abcdef0123456789"]
        {
            assert_ne!(prefix_of(name), "api", "{name}");
        }
        assert_eq!(prefix_of("0123456789abcdef0123456789"), "");
        assert_eq!(prefix_of("my-role"), "");
    }

    #[test]
    fn wrong_names_paths_and_arns_are_told() {
        let wanted = Value::object_of([
            ("name", "a b".into()),
            ("path", "service-role".into()),
            ("arn", "arn:aws:iam::123456789012:policy/p".into()),
            ("arns", Value::tuple(vec!["arn:aws:iam::aws:policy/p".into(), "p".into()])),
        ]);
        let mut problems = Diagnostics::new();
        check(&wanted, "name", &mut problems);
        check_path(&wanted, &mut problems);
        check_arn(&wanted, "arn", &mut problems);
        check_arn(&wanted, "arns", &mut problems);
        let places: Vec<_> = problems.iter().filter_map(|p| p.attribute.as_ref().map(ToString::to_string)).collect();
        assert_eq!(places, ["name", "path", "arns[1]"]);
    }
}
