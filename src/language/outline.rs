//! Which block of a file a place is in, told from the text alone, so that it can be told of a file with syntax errors, too.

use super::compile::BLOCKS;
use super::format::lexemes::{Form, Lexeme, lexemes};
use super::parse::Kind;

/// The type and labels of the outermost block around an offset, such as `resource "aws_iam_role" "api"`. The header of a
/// block belongs to it.
pub fn block_around(text: &str, offset: usize) -> Option<String> {
    let mut block = Outline::default();
    let mut depth = 0;
    for lexeme in lexemes(text) {
        if depth > 0 && begins_anew(text, &lexeme) {
            // The block before it was never closed.
            if block.open && offset < lexeme.at {
                break;
            }
            depth = 0;
            block = Outline::default();
        }
        if depth == 0 {
            if block.header.is_empty() && lexeme.at > offset {
                return None;
            }
            block.read(&lexeme);
        }
        depth = (depth + lexeme.nesting()).max(0);
        if depth == 0 && block.open {
            if offset <= lexeme.at {
                break;
            }
            block = Outline::default();
        }
    }
    (block.open && block.start <= offset).then(|| block.header.join(" "))
}

/// What is known of the item that begins at the outermost level.
#[derive(Default)]
struct Outline {
    header: Vec<String>,
    start: usize,
    is_argument: bool,
    open: bool,
}

impl Outline {
    fn read(&mut self, lexeme: &Lexeme<'_>) {
        match lexeme.form {
            _ if lexeme.ends_line() => *self = Self::default(),
            Form::Token(Kind::Equal) => self.is_argument = true,
            Form::Token(Kind::Ident) if self.header.is_empty() => {
                self.start = lexeme.at;
                self.header.push(lexeme.text.to_string());
            }
            Form::Token(Kind::Ident) | Form::Literal => self.header.push(format!("\"{}\"", lexeme.text)),
            Form::Token(Kind::OpenBrace) => self.open = !self.is_argument && !self.header.is_empty(),
            _ => {}
        }
    }
}

/// Whether a word at the very beginning of a line is one that begins blocks of a module only.
fn begins_anew(text: &str, lexeme: &Lexeme<'_>) -> bool {
    let rest = text.get(lexeme.at + lexeme.text.len()..).unwrap_or_default().trim_start_matches(' ');
    lexeme.is(Kind::Ident)
        && text[..lexeme.at].ends_with('\n')
        && BLOCKS.contains(&&*lexeme.text)
        && rest.starts_with(['"', '{'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_in_the_outermost_block_around_it() {
        let text = "a = { b = 1 }\nresource \"x\" y {\n  z {\n    w = 1\n  }\n}\n\nlocals {\n";
        let around = |what: &str| block_around(text, text.find(what).unwrap());
        assert_eq!(around("b = "), None);
        assert_eq!(around("resource").as_deref(), Some("resource \"x\" \"y\""));
        assert_eq!(around("w = 1").as_deref(), Some("resource \"x\" \"y\""));
        assert_eq!(around("\n\nlocals"), None);
        assert_eq!(block_around(text, text.len()).as_deref(), Some("locals"));
    }

    #[test]
    fn a_block_that_is_not_closed_ends_where_the_next_one_begins() {
        let text = "output \"a\" {\n  value = [1\n\noutput \"b\" {\n  value = 2\n}\n";
        assert_eq!(block_around(text, 20).as_deref(), Some("output \"a\""));
        assert_eq!(block_around(text, text.rfind("value").unwrap()).as_deref(), Some("output \"b\""));
    }

    #[test]
    fn no_text_is_too_broken() {
        for text in ["\"\\é", "a \"${", "<<", "<<E\n", "a { \"\\", "/* {", "}{", "é"] {
            for offset in 0..=text.len() {
                block_around(text, offset);
            }
        }
    }
}
