//! Names that recon makes where the configuration gives a prefix or nothing.

use crate::resource::Token;

/// A prefix and 26 hexadecimal digits of the creation's token. A creation that is taken up again makes the same name, so
/// its object is found by it, and Terraform takes the same number of digits for its own.
pub(super) fn name(prefix: &str, token: &Token) -> String {
    let digits = token.as_str();
    format!("{prefix}{}", digits.get(..26).unwrap_or(digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_token_makes_one_name() {
        let token = Token::from_text("0123456789abcdef0123456789abcdef");
        assert_eq!(name("p-", &token), "p-0123456789abcdef0123456789");
        assert_eq!(name("", &Token::from_text("ab")), "ab");
    }
}
