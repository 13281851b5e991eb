//! Text to syntax tree. Every mistake in a text is reported: behind one, parsing goes on with the next argument or block.

mod body;
mod expression;
mod json;
mod json_body;
mod json_expression;
mod json_shape;
mod lexer;
mod template;

pub use json_body::parse_json_body;
pub(in crate::language) use json_body::parse_json_values;
pub(in crate::language) use lexer::{Kind, Token, identifier_end, is_identifier, token_or_comment_at};

use std::collections::HashMap;
use std::sync::Arc;

use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::ast::{Body, Expr};
use crate::diagnostic::{Diagnostic, Diagnostics, SourceId, Span};
use crate::value::Number;
use lexer::token_at;

/// How deep blocks and brackets may nest, so that no text exhausts the stack.
const MAX_NESTING: usize = 200;
/// How high the tree of one expression may become, long chains of operators and attributes included.
const MAX_HEIGHT: usize = 500;
/// How long a number may be written, since the time to read it grows with the square.
const MAX_DIGITS: usize = 1000;

/// The content of a native-syntax file. What could not be understood is missing from it and reported.
pub fn parse_body(source: SourceId, text: &str, problems: &mut Diagnostics) -> Body {
    Parser::new(source, text, problems).file()
}

/// A stand-alone expression, which takes the whole text and may span lines. `None` if it could not be understood.
pub fn parse_expression(source: SourceId, text: &str, problems: &mut Diagnostics) -> Option<Expr> {
    let mut parser = Parser::new(source, text, problems);
    parser.flat = true;
    parser.whole_expression().ok()
}

/// A whole text as a template, as files of `templatefile` are. `None` if it could not be understood.
pub fn parse_template(source: SourceId, text: &str, problems: &mut Diagnostics) -> Option<Expr> {
    Parser::new(source, text, problems).whole_template().ok()
}

/// A mistake was found and reported.
#[derive(Clone, Copy, Debug)]
struct Reported;

type Parsed<T> = Result<T, Reported>;

struct Parser<'a> {
    source: SourceId,
    text: &'a str,
    /// First byte that is not consumed.
    at: usize,
    /// Newlines are blanks here, as they are inside brackets.
    flat: bool,
    /// The last token looked at, with the state it was looked at in.
    peeked: Option<(usize, bool, Token)>,
    /// Blocks and brackets around the place.
    nesting: usize,
    /// Height of the tree of the expression parsed last.
    height: usize,
    /// Brackets opened and not closed since the current argument or block began: how far recovery has to skip.
    open: usize,
    /// The names set in the long body being read, by where it begins.
    long: Option<(u32, HashMap<Arc<str>, Span>)>,
    /// The text ends inside of something that was reported: what else it leaves open is no mistake of its own.
    cut: bool,
    /// Recovery has met a line that must be outside of all blocks.
    unwinding: bool,
    /// Where the text stands in its file, if it is part of one: offsets of both, between which they grow alike.
    places: &'a [(usize, usize)],
    problems: &'a mut Diagnostics,
}

impl<'a> Parser<'a> {
    fn new(source: SourceId, text: &'a str, problems: &'a mut Diagnostics) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self {
            source,
            text,
            at,
            flat: false,
            peeked: None,
            nesting: 0,
            height: 0,
            open: 0,
            unwinding: false,
            long: None,
            cut: false,
            places: &[],
            problems,
        }
    }

    /// For the content of a JSON string, which is all flat.
    fn inside(source: SourceId, text: &'a json::Text<'_>, problems: &'a mut Diagnostics) -> Self {
        let parser = Self::new(source, &text.text, problems);
        Self { at: 0, flat: true, places: &text.places, ..parser }
    }

    fn peek(&mut self) -> Token {
        if let Some((at, flat, token)) = self.peeked
            && at == self.at
            && flat == self.flat
        {
            return token;
        }
        let mut token = token_at(self.text, self.at);
        while self.flat && token.kind == Kind::Newline {
            token = token_at(self.text, token.end);
        }
        self.peeked = Some((self.at, self.flat, token));
        token
    }

    fn next(&mut self) -> Token {
        let token = self.peek();
        self.at = token.end;
        match token.kind {
            Kind::OpenBrace | Kind::OpenBracket | Kind::OpenParen => self.open += 1,
            Kind::CloseBrace | Kind::CloseBracket | Kind::CloseParen => self.open = self.open.saturating_sub(1),
            _ => {}
        }
        token
    }

    fn eat(&mut self, kind: Kind) -> Option<Token> {
        (self.peek().kind == kind).then(|| self.next())
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.source, self.place(start), self.place(end))
    }

    /// The offset in the file of one in the text.
    fn place(&self, at: usize) -> usize {
        let next = self.places.partition_point(|(inside, _)| *inside <= at);
        match next.checked_sub(1).and_then(|last| self.places.get(last)) {
            Some((inside, outside)) => outside + (at - inside),
            None => at,
        }
    }

    fn span_of(&self, token: Token) -> Span {
        // A newline or the end is shown as the place itself.
        let end = if matches!(token.kind, Kind::Newline | Kind::End) { token.start } else { token.end };
        self.span(token.start, end)
    }

    fn slice(&self, token: Token) -> &'a str {
        &self.text[token.start..token.end]
    }

    fn is_word(&mut self, word: &str) -> bool {
        let token = self.peek();
        token.kind == Kind::Ident && self.slice(token) == word
    }

    fn error(&mut self, summary: &str, span: Span, detail: impl Into<String>) -> Reported {
        self.problems.push(Diagnostic::error(summary)).at(span).detail(detail);
        Reported
    }

    /// Reports the next token as not fitting.
    fn unexpected(&mut self, summary: &str, detail: impl Into<String>) -> Reported {
        let token = self.peek();
        let span = self.span_of(token);
        match token.kind {
            Kind::OpenComment => {
                self.error("Unterminated comment", span, "This comment has no closing `*/` before the end of the file.")
            }
            Kind::Invalid => {
                let what = self.slice(token);
                if let "&" | "|" | "^" = what {
                    let detail = match what {
                        "^" => "There is no operator `^`. Powers are calculated by the function `pow`.".to_owned(),
                        what => format!("Bitwise operators do not exist. Did you mean `{what}{what}`?"),
                    };
                    return self.error("Unsupported operator", span, detail);
                }
                let detail = match what {
                    "'" => "Single quotes are not valid. Use double quotes (\") to enclose strings.".to_owned(),
                    "`" => "Back quotes are not valid. Use a heredoc (<<EOT) for a text of several lines.".to_owned(),
                    ";" => "A semicolon is not valid. Use newlines to separate arguments and blocks, and commas to \
                            separate items in collections."
                        .to_owned(),
                    "“" | "”" | "„" | "‘" | "’" => {
                        "Curly quotes are not valid. They can come from pasting out of a word processor.".to_owned()
                    }
                    what => format!("The character {what:?} has no meaning here."),
                };
                self.error("Invalid character", span, detail)
            }
            _ => self.error(summary, span, detail),
        }
    }

    /// Runs a part that may contain itself, refusing to go too deep.
    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.nesting >= MAX_NESTING {
            let token = self.peek();
            let span = self.span_of(token);
            return Err(self.error(
                "Nesting too deep",
                span,
                format!("Blocks and brackets may be nested at most {MAX_NESTING} deep."),
            ));
        }
        self.nesting += 1;
        let result = parse(self);
        self.nesting -= 1;
        result
    }

    /// Notes that a node was put above trees of the given height.
    fn grow(&mut self, below: usize, span: Span) -> Parsed<()> {
        self.height = below + 1;
        if self.height > MAX_HEIGHT {
            let detail = format!("An expression may be at most {MAX_HEIGHT} operations deep.");
            return Err(self.error("Expression too complex", span, detail));
        }
        Ok(())
    }

    /// Runs a part with newlines as blanks or not, and puts the earlier state back.
    fn with_flat<T>(&mut self, flat: bool, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        let before = std::mem::replace(&mut self.flat, flat);
        let result = parse(self);
        self.flat = before;
        result
    }
}

/// A text in the normal form that values have.
fn normalized(text: &str) -> Arc<str> {
    if text.is_ascii() || is_nfc(text) { Arc::from(text) } else { Arc::from(text.nfc().collect::<String>()) }
}

/// The number that digits stand for, or why they stand for none.
fn number(text: &str) -> Result<Number, String> {
    if text.len() > MAX_DIGITS {
        return Err(format!("A number may have at most {MAX_DIGITS} digits."));
    }
    text.parse().map_err(|_| format!("`{text}` is not a number that can be represented."))
}

#[cfg(test)]
mod tests;
