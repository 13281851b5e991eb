//! A whole text as a row of lexemes: tokens, comments, and the pieces of strings and heredocs. Only blanks are left out.

use std::borrow::Cow;

use crate::language::parse::{Kind, identifier_end, token_or_comment_at};

/// What a lexeme is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::language) enum Form {
    /// A token or a comment. The `"` of `Kind::Quote` opens a string; a comment to the end of its line has the newline.
    Token(Kind),
    /// The `"` that ends a string.
    CloseQuote,
    /// Text of a string or heredoc.
    Literal,
    /// `<<MARKER` with its newline.
    OpenHeredoc,
    /// The line with the marker, without its newline.
    CloseHeredoc,
    /// `${`, with a strip marker if it has one.
    Interpolation,
    /// `%{`, with a strip marker if it has one.
    Directive,
    /// The `}` of a template sequence, with a strip marker if it has one.
    SequenceEnd,
}

/// A piece of the text that formatting never splits.
#[derive(Clone, Debug)]
pub(in crate::language) struct Lexeme<'a> {
    pub(in crate::language) form: Form,
    pub(in crate::language) text: Cow<'a, str>,
    /// Where it begins; 0 for one that is not in the text.
    pub(in crate::language) at: usize,
}

impl<'a> Lexeme<'a> {
    /// A lexeme that is not in the text.
    pub(super) fn new(form: Form, text: impl Into<Cow<'a, str>>) -> Self {
        Self { form, text: text.into(), at: 0 }
    }

    pub(in crate::language) fn is(&self, kind: Kind) -> bool {
        self.form == Form::Token(kind)
    }

    /// Whether the next lexeme stands on another line.
    pub(in crate::language) fn ends_line(&self) -> bool {
        self.is(Kind::Newline) || self.is(Kind::Comment) && self.text.ends_with('\n')
    }

    /// How many brackets it opens (1) or closes (-1).
    pub(in crate::language) fn nesting(&self) -> i32 {
        match self.form {
            Form::Interpolation
            | Form::Directive
            | Form::Token(Kind::OpenBrace | Kind::OpenBracket | Kind::OpenParen) => 1,
            Form::SequenceEnd | Form::Token(Kind::CloseBrace | Kind::CloseBracket | Kind::CloseParen) => -1,
            _ => 0,
        }
    }
}

/// The lexemes of a text. A mark of the byte order at its beginning is left out. Of a text with syntax errors, they are a
/// guess.
pub(in crate::language) fn lexemes(text: &str) -> Vec<Lexeme<'_>> {
    let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut scan = Scan { text, at, around: Vec::new(), found: Vec::new() };
    while scan.at < text.len() {
        match scan.around.last() {
            None | Some(Around::Sequence(_)) => scan.token(),
            Some(Around::Quote) => scan.literal(None),
            Some(Around::Heredoc(marker)) => scan.literal(Some(marker)),
        }
    }
    scan.found
}

/// What encloses the place.
enum Around<'a> {
    /// `${` or `%{`, and the braces opened inside of it.
    Sequence(usize),
    Quote,
    Heredoc(&'a str),
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
    around: Vec<Around<'a>>,
    found: Vec<Lexeme<'a>>,
}

impl<'a> Scan<'a> {
    fn push(&mut self, form: Form, start: usize, end: usize) {
        self.found.push(Lexeme { form, text: Cow::Borrowed(&self.text[start..end]), at: start });
        self.at = end;
    }

    fn token(&mut self) {
        let token = token_or_comment_at(self.text, self.at);
        let (mut start, mut end) = (token.start, token.end);
        let mut form = Form::Token(token.kind);
        match (token.kind, self.around.last_mut()) {
            // Blanks at the very end stand on no line and stay.
            (Kind::End, _) => {
                self.found.push(Lexeme::new(form, " ".repeat(start - self.at)));
                self.at = start;
                return;
            }
            // The lexer takes a carriage return for a blank; here it is kept with its newline.
            (Kind::Newline, _) if start > self.at && self.text[..start].ends_with('\r') => start -= 1,
            (Kind::Comment, _) if !self.text[start..].starts_with("/*") => {
                end += usize::from(end < self.text.len());
            }
            (Kind::Quote, _) => self.around.push(Around::Quote),
            (Kind::Heredoc, _) => {
                let name = end + usize::from(self.text[end..].starts_with('-'));
                let marker_end = identifier_end(self.text, name).unwrap_or(name);
                end = self.text[marker_end..].find('\n').map_or(self.text.len(), |length| marker_end + length + 1);
                form = Form::OpenHeredoc;
                self.around.push(Around::Heredoc(&self.text[name..marker_end]));
            }
            (Kind::OpenBrace, Some(Around::Sequence(open))) => *open += 1,
            (Kind::CloseBrace, Some(Around::Sequence(open))) if *open > 0 => *open -= 1,
            (Kind::CloseBrace, Some(_)) => {
                form = Form::SequenceEnd;
                self.around.pop();
            }
            (Kind::Tilde, Some(Around::Sequence(0))) if self.text[end..].starts_with('}') => {
                end += 1;
                form = Form::SequenceEnd;
                self.around.pop();
            }
            _ => {}
        }
        self.push(form, start, end);
    }

    /// Literal text up to the next sequence or the end of the template, and what follows it.
    fn literal(&mut self, marker: Option<&'a str>) {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let mut at = start;
        let mut line_start = matches!(self.found.last(), Some(last) if last.form == Form::OpenHeredoc);
        loop {
            if let Some(marker) = marker
                && line_start
            {
                let line = &self.text[at..];
                let line = &line[..line.find('\n').unwrap_or(line.len())];
                if line.trim() == marker {
                    self.literal_to(start, at);
                    self.around.pop();
                    return self.push(Form::CloseHeredoc, at, at + line.trim_end().len());
                }
            }
            line_start = false;
            let next = (bytes.get(at).copied(), bytes.get(at + 1).copied());
            match next {
                (None, _) => {
                    self.literal_to(start, at);
                    return;
                }
                (Some(b'"'), _) if marker.is_none() => {
                    self.literal_to(start, at);
                    self.around.pop();
                    return self.push(Form::CloseQuote, at, at + 1);
                }
                (Some(b'\\'), Some(_)) if marker.is_none() => {
                    at += 1 + self.text[at + 1..].chars().next().map_or(0, char::len_utf8);
                }
                (Some(first @ (b'$' | b'%')), Some(second)) if first == second && bytes.get(at + 2) == Some(&b'{') => {
                    at += 3;
                }
                (Some(first @ (b'$' | b'%')), Some(b'{')) => {
                    self.literal_to(start, at);
                    let form = if first == b'$' { Form::Interpolation } else { Form::Directive };
                    self.around.push(Around::Sequence(0));
                    let end = at + 2 + usize::from(bytes.get(at + 2) == Some(&b'~'));
                    return self.push(form, at, end);
                }
                (Some(byte), _) => {
                    line_start = byte == b'\n';
                    at += 1;
                }
            }
        }
    }

    fn literal_to(&mut self, start: usize, end: usize) {
        if start < end {
            self.push(Form::Literal, start, end);
        }
        self.at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        lexemes(text).iter().map(|lexeme| lexeme.text.to_string()).collect()
    }

    #[test]
    fn everything_but_blanks_is_kept() {
        let text = "a = \"x ${~ f( {b=1} ) ~}$${c}\\\"\" # d\r\n\r\n/* e */ f = <<-EOT\n  x %{ if y }\n  EOT  \n";
        assert_eq!(
            shown(text),
            [
                "a",
                "=",
                "\"",
                "x ",
                "${~",
                "f",
                "(",
                "{",
                "b",
                "=",
                "1",
                "}",
                ")",
                "~}",
                "$${c}\\\"",
                "\"",
                "# d\r\n",
                "\r\n",
                "/* e */",
                "f",
                "=",
                "<<-EOT\n",
                "  x ",
                "%{",
                "if",
                "y",
                "}",
                "\n",
                "  EOT",
                "\n"
            ]
        );
    }
}
