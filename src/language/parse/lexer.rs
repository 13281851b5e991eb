//! Text to tokens, one at a time. Strings and heredocs are only begun here: their content is a template.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::language) enum Kind {
    Ident,
    Number,
    /// The `"` that begins a string.
    Quote,
    /// The `<<` or `<<-` that begins a heredoc.
    Heredoc,
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    OpenParen,
    CloseParen,
    Dot,
    Comma,
    Ellipsis,
    Colon,
    DoubleColon,
    Question,
    Equal,
    Arrow,
    Or,
    And,
    Not,
    Equals,
    NotEquals,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    /// `~`, which has a meaning at the end of a template sequence only.
    Tilde,
    Newline,
    /// `# …` or `// …` without the newline behind it, or `/* … */`.
    Comment,
    End,
    /// A `/*` without its `*/`.
    OpenComment,
    /// Characters that begin no token.
    Invalid,
}

/// A token and the bytes it takes.
#[derive(Clone, Copy, Debug)]
pub(in crate::language) struct Token {
    pub(in crate::language) kind: Kind,
    pub(in crate::language) start: usize,
    pub(in crate::language) end: usize,
}

/// The token that begins at or behind an offset, past blanks and comments.
pub(super) fn token_at(text: &str, mut at: usize) -> Token {
    loop {
        let token = token_or_comment_at(text, at);
        if token.kind != Kind::Comment {
            return token;
        }
        at = token.end;
    }
}

/// The token that begins at or behind an offset, past blanks.
pub(in crate::language) fn token_or_comment_at(text: &str, mut at: usize) -> Token {
    let bytes = text.as_bytes();
    while matches!(bytes.get(at), Some(b' ' | b'\t' | b'\r')) {
        at += 1;
    }
    let comment = |end| Token { kind: Kind::Comment, start: at, end };
    match (bytes.get(at), bytes.get(at + 1)) {
        (Some(b'#'), _) | (Some(b'/'), Some(b'/')) => return comment(line_end(bytes, at)),
        (Some(b'/'), Some(b'*')) => {
            return match text[at + 2..].find("*/") {
                Some(length) => comment(at + length + 4),
                None => Token { kind: Kind::OpenComment, start: at, end: text.len() },
            };
        }
        _ => {}
    }
    let token = |kind, length| Token { kind, start: at, end: at + length };
    let Some(&first) = bytes.get(at) else {
        return token(Kind::End, 0);
    };
    if first.is_ascii_digit() {
        return Token { kind: Kind::Number, start: at, end: number_end(bytes, at) };
    }
    if let Some(end) = identifier_end(text, at) {
        return Token { kind: Kind::Ident, start: at, end };
    }
    let second = bytes.get(at + 1).copied();
    match (first, second) {
        (b'\n', _) => token(Kind::Newline, 1),
        (b'"', _) => token(Kind::Quote, 1),
        (b'<', Some(b'<')) => token(Kind::Heredoc, 2),
        (b'{', _) => token(Kind::OpenBrace, 1),
        (b'}', _) => token(Kind::CloseBrace, 1),
        (b'[', _) => token(Kind::OpenBracket, 1),
        (b']', _) => token(Kind::CloseBracket, 1),
        (b'(', _) => token(Kind::OpenParen, 1),
        (b')', _) => token(Kind::CloseParen, 1),
        (b'.', Some(b'.')) if bytes.get(at + 2) == Some(&b'.') => token(Kind::Ellipsis, 3),
        (b'.', _) => token(Kind::Dot, 1),
        (b',', _) => token(Kind::Comma, 1),
        (b':', Some(b':')) => token(Kind::DoubleColon, 2),
        (b':', _) => token(Kind::Colon, 1),
        (b'?', _) => token(Kind::Question, 1),
        (b'=', Some(b'=')) => token(Kind::Equals, 2),
        (b'=', Some(b'>')) => token(Kind::Arrow, 2),
        (b'=', _) => token(Kind::Equal, 1),
        (b'|', Some(b'|')) => token(Kind::Or, 2),
        (b'&', Some(b'&')) => token(Kind::And, 2),
        (b'!', Some(b'=')) => token(Kind::NotEquals, 2),
        (b'!', _) => token(Kind::Not, 1),
        (b'<', Some(b'=')) => token(Kind::LessOrEqual, 2),
        (b'<', _) => token(Kind::Less, 1),
        (b'>', Some(b'=')) => token(Kind::GreaterOrEqual, 2),
        (b'>', _) => token(Kind::Greater, 1),
        (b'+', _) => token(Kind::Plus, 1),
        (b'-', _) => token(Kind::Minus, 1),
        (b'*', _) => token(Kind::Star, 1),
        (b'/', _) => token(Kind::Slash, 1),
        (b'%', _) => token(Kind::Percent, 1),
        (b'~', _) => token(Kind::Tilde, 1),
        _ => token(Kind::Invalid, text[at..].chars().next().map_or(1, char::len_utf8)),
    }
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |length| at + length)
}

fn number_end(bytes: &[u8], start: usize) -> usize {
    let digits = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let exponent = |at: usize| {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        bytes.get(at + 1 + sign).is_some_and(u8::is_ascii_digit).then(|| digits(at + 1 + sign))
    };
    let mut at = digits(start);
    if bytes.get(at) == Some(&b'.') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) {
        at = digits(at + 1);
    } else if bytes.get(at) == Some(&b'.')
        && matches!(bytes.get(at + 1), Some(b'e' | b'E'))
        && exponent(at + 1).is_some()
        && !(start > 0 && bytes[start - 1] == b'.')
    {
        // Digits may be missing behind the point, but not where the number is an index and a name may follow it.
        at += 1;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at = exponent(at).unwrap_or(at);
    }
    at
}

/// Where the identifier that begins at an offset ends; `None` where none begins.
pub(in crate::language) fn identifier_end(text: &str, at: usize) -> Option<usize> {
    let mut chars = text[at..].char_indices();
    let (_, first) = chars.next()?;
    if !(first.is_alphabetic() || first == '_') {
        return None;
    }
    let rest = chars.find(|(_, c)| !is_continue(*c));
    Some(rest.map_or(text.len(), |(length, _)| at + length))
}

fn is_continue(c: char) -> bool {
    // Combining marks continue an identifier; a decomposed "é" must stay one name.
    c.is_alphanumeric() || c == '_' || c == '-' || unicode_normalization::char::is_combining_mark(c)
}

/// Whether a text is one identifier.
pub(in crate::language) fn is_identifier(text: &str) -> bool {
    identifier_end(text, 0) == Some(text.len()) && !text.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Kind> {
        let mut at = 0;
        let mut found = Vec::new();
        loop {
            let token = token_at(text, at);
            if token.kind == Kind::End {
                return found;
            }
            found.push(token.kind);
            at = token.end;
        }
    }

    #[test]
    fn comments_and_blanks_are_skipped_but_newlines_are_not() {
        use Kind::{Equal, Ident, Newline, Number};
        assert_eq!(kinds("a = 1 # x\nb-c /* y\n */ = 2 // z"), [Ident, Equal, Number, Newline, Ident, Equal, Number]);
    }

    #[test]
    fn a_dot_behind_a_number_belongs_to_it_only_before_a_digit() {
        assert_eq!(kinds("1.5e-3"), [Kind::Number]);
        assert_eq!(kinds("1.e5"), [Kind::Number]);
        assert_eq!(kinds("a.1.e5"), [Kind::Ident, Kind::Dot, Kind::Number, Kind::Dot, Kind::Ident]);
        assert_eq!(kinds("1.a"), [Kind::Number, Kind::Dot, Kind::Ident]);
        assert_eq!(kinds("a...=>"), [Kind::Ident, Kind::Ellipsis, Kind::Arrow]);
    }
}
