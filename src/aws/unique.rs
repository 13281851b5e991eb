//! Names that recon makes where the configuration gives a prefix or nothing.

use crate::resource::Token;

/// How many hexadecimal digits follow a prefix. The AWS provider recognises a made-up name by them.
const DIGITS: usize = 26;

/// What stands before the digits where there is no prefix. It is the provider's word, so that either tool reads the
/// other's state.
const FALLBACK: &str = "terraform-";

/// The name of an object to be made: as given, or a prefix and digits of the creation's token. A creation that is taken
/// up again comes to the same name, so its object is found by it.
pub(super) fn name(given: Option<&str>, prefix: Option<&str>, token: &Token) -> String {
    if let Some(name) = given.filter(|name| !name.is_empty()) {
        return name.to_owned();
    }
    let prefix = prefix.filter(|prefix| !prefix.is_empty()).unwrap_or(FALLBACK);
    let digits: String = token.as_str().chars().filter(char::is_ascii_hexdigit).take(DIGITS).collect();
    format!("{prefix}{digits:0<DIGITS$}")
}

/// The prefix of a name that looks made up, or an empty text.
pub(super) fn prefix_of(name: &str) -> &str {
    let (prefix, digits) = name.len().checked_sub(DIGITS).and_then(|at| name.split_at_checked(at)).unwrap_or_default();
    if digits.chars().all(|c| c.is_ascii_hexdigit()) { prefix } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_token_makes_one_name() {
        let token = Token::from_text("0123456789abcdef0123456789abcdef");
        assert_eq!(name(None, Some("p-"), &token), "p-0123456789abcdef0123456789");
        assert_eq!(name(Some(""), Some(""), &token), "terraform-0123456789abcdef0123456789");
        assert_eq!(name(Some("given"), Some("p-"), &token), "given");
        assert_eq!(name(None, Some("p-"), &Token::from_text("ab")), format!("p-ab{}", "0".repeat(24)));
    }

    #[test]
    fn a_made_up_name_tells_its_prefix_and_a_chosen_one_has_none() {
        assert_eq!(prefix_of("p-0123456789abcdef0123456789"), "p-");
        for name in ["", "posts", "0123456789abcdef0123456789", "posts-of-the-blog-in-production"] {
            assert_eq!(prefix_of(name), "", "{name}");
        }
        // A letter of several bytes may stand where the prefix would end.
        for name in ["é0123456789abcdef012345678", "ü0123456789abcdef01234567890", "aé23456789abcdef0123456789"] {
            assert_ne!(prefix_of(name), "api", "{name}");
        }
    }
}
