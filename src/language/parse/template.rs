//! Templates: quoted strings, heredocs, and files that are one template.
//!
//! A template is read as a flat row of pieces first, because strip markers and heredoc indentation work on neighbours;
//! then directives are nested.

use std::sync::Arc;

use super::lexer::{Kind, Token, identifier_end};
use super::{Parsed, Parser, normalized};
use crate::diagnostic::Span;
use crate::language::ast::{Expr, ExprKind, Name, TemplatePart};

/// What ends a template.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End<'m> {
    Quote,
    Heredoc(&'m str),
    File,
}

enum Piece {
    Text(String, Span),
    Interpolation(Expr),
    If(Expr, Span),
    Else(Span),
    EndIf(Span),
    For(Option<Name>, Name, Expr, Span),
    EndFor(Span),
}

impl Parser<'_> {
    /// A quoted string.
    pub(super) fn quoted(&mut self) -> Parsed<Expr> {
        let quote = self.next();
        let pieces = self.nested(|parser| parser.pieces(End::Quote, quote.start))?;
        let span = self.span(quote.start, self.at);
        self.template(pieces, span)
    }

    /// `<<MARKER` or `<<-MARKER`, the lines, and the marker on a line of its own. The newline behind it stays unread.
    pub(super) fn heredoc(&mut self) -> Parsed<Expr> {
        let open = self.next();
        let indented = self.text[self.at..].starts_with('-');
        let name = open.end + usize::from(indented);
        let end = identifier_end(self.text, name);
        let rest = end.map_or("", |end| &self.text[end..]);
        let (Some(end), Some(newline)) = (end, rest.find('\n')) else {
            return Err(self.bad_heredoc(open));
        };
        if !rest[..newline].trim_end_matches('\r').is_empty() {
            return Err(self.bad_heredoc(open));
        }
        let marker = &self.text[name..end];
        self.at = end + newline + 1;
        let mut pieces = self.nested(|parser| parser.pieces(End::Heredoc(marker), open.start))?;
        if indented {
            strip_indentation(&mut pieces);
        }
        let span = self.span(open.start, self.at);
        self.template(pieces, span)
    }

    fn bad_heredoc(&mut self, open: Token) -> super::Reported {
        let span = self.span_of(open);
        let detail = "A heredoc begins with `<<` or `<<-` and a marker word, such as `<<EOT`, at the end of the line.";
        self.error("Invalid expression", span, detail)
    }

    /// The whole text.
    pub(super) fn whole_template(mut self) -> Parsed<Expr> {
        let start = self.at;
        let pieces = self.pieces(End::File, start)?;
        let span = self.span(start, self.text.len());
        self.template(pieces, span)
    }

    fn template(&mut self, pieces: Vec<Piece>, span: Span) -> Parsed<Expr> {
        let height = self.height;
        let mut pieces = meld(pieces).into_iter().peekable();
        let mut parts = Vec::new();
        while pieces.peek().is_some() {
            let part = self.part(&mut pieces, &mut Vec::new())?;
            parts.push(part);
        }
        self.grow(height, span)?;
        let kind = match parts.len() {
            0 => ExprKind::String(Arc::from("")),
            1 => match parts.remove(0) {
                TemplatePart::Text(text, _) => ExprKind::String(text),
                TemplatePart::Interpolation(expr) => ExprKind::Interpolation(Box::new(expr)),
                part => ExprKind::Template(vec![part]),
            },
            _ => ExprKind::Template(parts),
        };
        Ok(Expr { kind, span })
    }

    /// The pieces up to the end, which is consumed (the marker of a heredoc, but not the newline behind it).
    fn pieces(&mut self, end: End<'_>, opened: usize) -> Parsed<Vec<Piece>> {
        let mut pieces = Vec::new();
        let mut height = 0;
        let mut trim_next = false;
        let mut line_start = true;
        loop {
            if let End::Heredoc(marker) = end
                && line_start
                && let Some(past) = self.marker_line(marker)
            {
                self.at = past;
                break;
            }
            let rest = &self.text[self.at..];
            if rest.is_empty() {
                if end == End::File {
                    break;
                }
                let span = self.span(opened, self.text.len().min(opened + 1));
                self.cut = true;
                let detail = match end {
                    End::Heredoc(marker) => format!("There is no line with the closing marker `{marker}`."),
                    _ => "There is no closing quote for this string.".to_owned(),
                };
                return Err(self.error("Unterminated template string", span, detail));
            }
            if end == End::Quote && rest.starts_with('"') {
                self.at += 1;
                break;
            }
            if rest.starts_with("${") || rest.starts_with("%{") {
                if rest[2..].starts_with('~')
                    && let Some(Piece::Text(text, _)) = pieces.last_mut()
                {
                    text.truncate(text.trim_end().len());
                }
                self.height = 0;
                let (piece, trim) = self.sequence()?;
                height = height.max(self.height);
                pieces.push(piece);
                trim_next = trim;
                line_start = false;
                continue;
            }
            let start = self.at;
            let mut text = self.literal(end)?;
            line_start = text.ends_with('\n') && end != End::Quote;
            if std::mem::take(&mut trim_next) {
                let trimmed = text.trim_start().len();
                text.drain(..text.len() - trimmed);
            }
            pieces.push(Piece::Text(text, self.span(start, self.at)));
        }
        self.height = height;
        Ok(pieces)
    }

    /// Whether the line that begins here is the marker alone; gives the offset behind the marker.
    fn marker_line(&self, marker: &str) -> Option<usize> {
        let rest = &self.text[self.at..];
        let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
        (line.trim() == marker).then(|| self.at + line.trim_end().len())
    }

    /// Text up to the next sequence, the end, or (outside quotes) behind the end of the line.
    fn literal(&mut self, end: End<'_>) -> Parsed<String> {
        let bytes = self.text.as_bytes();
        let mut text = String::new();
        let mut run = self.at;
        while let Some(byte) = bytes.get(self.at).copied() {
            match byte {
                b'$' | b'%' if bytes.get(self.at + 1) == Some(&byte) && bytes.get(self.at + 2) == Some(&b'{') => {
                    text.push_str(&self.text[run..self.at]);
                    text.push(char::from(byte));
                    text.push('{');
                    self.at += 3;
                    run = self.at;
                }
                b'$' | b'%' if bytes.get(self.at + 1) == Some(&b'{') => break,
                b'"' if end == End::Quote => break,
                b'\n' if end == End::Quote => {
                    let span = self.span(self.at, self.at);
                    let detail = "Quoted strings may not be split over multiple lines. To produce a text of several \
                                  lines, use the escape `\\n`, or the heredoc syntax (<<EOT).";
                    return Err(self.error("Invalid multi-line string", span, detail));
                }
                b'\n' => {
                    self.at += 1;
                    break;
                }
                b'\\' if end == End::Quote => {
                    text.push_str(&self.text[run..self.at]);
                    text.push(self.escape()?);
                    run = self.at;
                }
                _ => self.at += 1,
            }
        }
        text.push_str(&self.text[run..self.at]);
        Ok(text)
    }

    /// An escape sequence of a quoted string.
    fn escape(&mut self) -> Parsed<char> {
        let start = self.at;
        let mut chars = self.text[start + 1..].chars();
        let letter = chars.next();
        let digits = match letter {
            Some('u') => 4,
            Some('U') => 8,
            _ => {
                let c = match letter {
                    Some('n') => '\n',
                    Some('r') => '\r',
                    Some('t') => '\t',
                    Some('"') => '"',
                    Some('\\') => '\\',
                    _ => {
                        let end = start + 1 + letter.map_or(0, char::len_utf8);
                        let span = self.span(start, end);
                        let what = &self.text[start..end];
                        let detail = format!(
                            "`{what}` is not a valid escape. The escapes are \\n, \\r, \\t, \\\", \\\\, \\uNNNN and \
                             \\UNNNNNNNN; a backslash itself is written \\\\."
                        );
                        return Err(self.error("Invalid escape sequence", span, detail));
                    }
                };
                self.at = start + 2;
                return Ok(c);
            }
        };
        let hex: String = chars.take(digits).take_while(char::is_ascii_hexdigit).collect();
        let end = start + 2 + hex.len();
        self.at = end;
        let code = u32::from_str_radix(&hex, 16).ok().filter(|_| hex.len() == digits);
        match code.and_then(char::from_u32) {
            Some(c) => Ok(c),
            None => {
                let span = self.span(start, end);
                let detail =
                    format!("This escape must be followed by {digits} hexadecimal digits that number a character.");
                Err(self.error("Invalid escape sequence", span, detail))
            }
        }
    }

    /// `${…}` or `%{…}`, and whether what follows is to be trimmed.
    fn sequence(&mut self) -> Parsed<(Piece, bool)> {
        let start = self.at;
        let directive = self.text.as_bytes().get(start) == Some(&b'%');
        self.at += 2;
        self.open += 1;
        if self.text[self.at..].starts_with('~') {
            self.at += 1;
        }
        self.with_flat(true, |parser| {
            let piece = if directive { parser.directive(start)? } else { Piece::Interpolation(parser.expression()?) };
            let trim = parser.eat(Kind::Tilde).is_some();
            let token = parser.peek();
            if token.kind != Kind::CloseBrace {
                return Err(if token.kind == Kind::End {
                    let span = parser.span(start, start + 2);
                    parser.error(
                        "Unclosed template interpolation sequence",
                        span,
                        "There is no closing brace for this sequence before the end of the file.",
                    )
                } else {
                    parser.unexpected(
                        "Extra characters after interpolation expression",
                        "A closing brace is required to end the sequence. This can happen when quotes inside it are \
                         escaped; inside `${…}` they are not.",
                    )
                });
            }
            parser.next();
            let end = parser.at;
            let whole = parser.span(start, end);
            Ok((piece.with_span(whole), trim))
        })
    }

    fn directive(&mut self, start: usize) -> Parsed<Piece> {
        let token = self.peek();
        let span = self.span(start, token.end);
        if token.kind != Kind::Ident {
            return Err(self.unexpected(
                "Invalid template directive",
                "A template directive keyword (`if`, `for` and so on) is required here.",
            ));
        }
        self.next();
        match self.slice(token) {
            "if" => Ok(Piece::If(self.expression()?, span)),
            "else" => Ok(Piece::Else(span)),
            "endif" => Ok(Piece::EndIf(span)),
            "for" => {
                let (key, value) = self.for_names("Invalid 'for' directive")?;
                Ok(Piece::For(key, value, self.expression()?, span))
            }
            "endfor" => Ok(Piece::EndFor(span)),
            other => {
                let detail = format!(
                    "`{other}` is not a valid template directive; they are `if`, `else`, `endif`, `for` and `endfor`."
                );
                Err(self.error("Invalid template directive", span, detail))
            }
        }
    }

    /// The next part, with all that belongs to it if it is a directive. `inside` names the directives around it.
    fn part(
        &mut self,
        pieces: &mut std::iter::Peekable<std::vec::IntoIter<Piece>>,
        inside: &mut Vec<&'static str>,
    ) -> Parsed<TemplatePart> {
        let stray = |parser: &mut Self, span, what: &str| {
            let detail = format!("There is no directive open that this `{what}` would belong to.");
            Err(parser.error(&format!("Unexpected {what} directive"), span, detail))
        };
        match pieces.next() {
            Some(Piece::Text(text, span)) => Ok(TemplatePart::Text(normalized(&text), span)),
            Some(Piece::Interpolation(expr)) => Ok(TemplatePart::Interpolation(expr)),
            Some(Piece::If(condition, open)) => self.nested(|parser| {
                let (mut yes, mut no) = (Vec::new(), Vec::new());
                let mut in_else = false;
                inside.push("if");
                let close = loop {
                    match pieces.peek() {
                        None => return Err(parser.unclosed("endif", open)),
                        Some(Piece::EndIf(span)) => {
                            let span = *span;
                            pieces.next();
                            break span;
                        }
                        Some(Piece::Else(span)) => {
                            let span = *span;
                            if in_else {
                                return stray(parser, span, "else");
                            }
                            in_else = true;
                            pieces.next();
                        }
                        Some(_) => {
                            let part = parser.part(pieces, inside)?;
                            if in_else { no.push(part) } else { yes.push(part) }
                        }
                    }
                };
                inside.pop();
                Ok(TemplatePart::If { condition, yes, no, span: open.to(close) })
            }),
            Some(Piece::For(key, value, source, open)) => self.nested(|parser| {
                let mut body = Vec::new();
                inside.push("for");
                let close = loop {
                    match pieces.peek() {
                        None => return Err(parser.unclosed("endfor", open)),
                        Some(Piece::EndFor(span)) => {
                            let span = *span;
                            pieces.next();
                            break span;
                        }
                        Some(_) => body.push(parser.part(pieces, inside)?),
                    }
                };
                inside.pop();
                Ok(TemplatePart::For { key, value, source, body, span: open.to(close) })
            }),
            Some(Piece::Else(span)) => stray(self, span, "else"),
            Some(Piece::EndIf(span)) => stray(self, span, "endif"),
            Some(Piece::EndFor(span)) => stray(self, span, "endfor"),
            None => {
                let span = self.span(self.at, self.at);
                Err(self.error("Unexpected end of template", span, "The template ends too early."))
            }
        }
    }

    fn unclosed(&mut self, closing: &str, open: Span) -> super::Reported {
        let detail = format!("The directive that begins here has no `%{{ {closing} }}`.");
        self.error("Unexpected end of template", open, detail)
    }
}

impl Piece {
    /// The piece with the span of its whole sequence, where it keeps one.
    fn with_span(self, whole: Span) -> Self {
        match self {
            Self::If(condition, _) => Self::If(condition, whole),
            Self::Else(_) => Self::Else(whole),
            Self::EndIf(_) => Self::EndIf(whole),
            Self::For(key, value, source, _) => Self::For(key, value, source, whole),
            Self::EndFor(_) => Self::EndFor(whole),
            piece @ (Self::Text(..) | Self::Interpolation(_)) => piece,
        }
    }
}

/// Takes the indentation that all lines share from each of them. Blank lines do not count.
fn strip_indentation(pieces: &mut [Piece]) {
    let mut least = usize::MAX;
    let mut line_start = true;
    let mut first_texts = Vec::new();
    for (position, piece) in pieces.iter().enumerate() {
        let Piece::Text(text, _) = piece else {
            if std::mem::take(&mut line_start) {
                least = 0;
            }
            continue;
        };
        if std::mem::take(&mut line_start) {
            let spaces = text.chars().take_while(|c| c.is_whitespace()).count();
            let blank = text.trim().is_empty() && text.ends_with('\n');
            if !blank {
                least = least.min(spaces);
                first_texts.push(position);
            }
        }
        line_start = text.ends_with('\n');
    }
    for position in first_texts {
        if let Some(Piece::Text(text, _)) = pieces.get_mut(position) {
            let cut = text.char_indices().nth(least).map_or(text.len(), |(at, _)| at);
            text.drain(..cut);
        }
    }
}

/// Joins neighbouring texts. An empty one beside an interpolation stays: it makes the template a string.
fn meld(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut melded: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match (melded.last_mut(), piece) {
            (Some(Piece::Text(before, span)), Piece::Text(text, more)) => {
                before.push_str(&text);
                *span = span.to(more);
            }
            (_, piece) => melded.push(piece),
        }
    }
    melded
}
