//! What IAM takes for names, paths and ARNs.

use crate::diagnostic::Diagnostics;
use crate::value::Value;

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
