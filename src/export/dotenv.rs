//! Exports as `NAME=value` lines, for tools that read `.env` files.

use super::{Outputs, as_text, keyed};
use crate::diagnostic::Diagnostic;

/// The lines, each name with the prefix and in upper case: `graphqlEndpoint` becomes `VITE_GRAPHQL_ENDPOINT`.
pub(super) fn text(outputs: &Outputs, prefix: &str) -> Result<String, Box<Diagnostic>> {
    let mut out =
        "# Written by recon from the outputs of its configuration; edits are lost with the next apply.\n".to_owned();
    for (name, (output, value)) in keyed(outputs, "the dotenv file", |name| format!("{prefix}{}", variable(name)))? {
        let value = quoted(&as_text(value)).ok_or_else(|| {
            Box::new(Diagnostic::error("Output cannot be written as dotenv").with(|d| {
                d.detail(format!(
                    "The value of `{output}` contains all three kinds of quotes, and dotenv files have no escape for them."
                ));
                d.help("Export it in another format, or encode it with `base64encode(…)`.");
            }))
        })?;
        out.push_str(&format!("{name}={value}\n"));
    }
    Ok(out)
}

fn variable(name: &str) -> String {
    let mut out = String::new();
    let mut lower = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && lower {
            out.push('_');
        }
        lower = c.is_ascii_lowercase() || c.is_ascii_digit();
        out.push(if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' });
    }
    out
}

/// Readers differ in what they unescape, so a value stands in quotes that it does not contain.
fn quoted(value: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+,=~".contains(c);
    if value.chars().all(plain) {
        return Some(value.to_owned());
    }
    // Inside double quotes a backslash may begin an escape and a dollar sign a variable.
    let quote = ['\'', '"', '`']
        .into_iter()
        .find(|quote| !value.contains(*quote) && (*quote != '"' || !value.contains(['\\', '$'])))?;
    Some(format!("{quote}{value}{quote}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_only_where_they_must_be() {
        assert_eq!(quoted("https://a.b/c").unwrap(), "https://a.b/c");
        assert_eq!(quoted("a b").unwrap(), "'a b'");
        assert_eq!(quoted("it's").unwrap(), "\"it's\"");
        assert_eq!(quoted("it's $5").unwrap(), "`it's $5`");
        assert_eq!(quoted("'\"`"), None);
        let problem = text(&[("x".into(), "'\"`".into())], "").unwrap_err();
        assert_eq!(problem.summary, "Output cannot be written as dotenv");
    }

    #[test]
    fn names_are_split_at_capitals() {
        assert_eq!(variable("aws_appsync_graphqlEndpoint"), "AWS_APPSYNC_GRAPHQL_ENDPOINT");
        assert_eq!(variable("api-URL2Go"), "API_URL2_GO");
    }
}
