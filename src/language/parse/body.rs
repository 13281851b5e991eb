//! Arguments and blocks, and finding the way back to them behind a mistake.

use std::collections::hash_map::Entry;

use super::lexer::{Kind, Token, token_at};
use super::{Parsed, Parser, normalized};
use crate::diagnostic::Span;
use crate::language::ast::{Attribute, Block, Body, Expr, ExprKind, Name};

impl Parser<'_> {
    pub(super) fn file(mut self) -> Body {
        let start = self.at;
        let mut body = Body {
            attributes: Vec::new(),
            blocks: Vec::new(),
            span: self.span(start, self.text.len()),
            gaps: Vec::new(),
        };
        loop {
            self.items(&mut body, Kind::End);
            let token = self.peek();
            if token.kind == Kind::End {
                return body;
            }
            // Only a stray closing brace ends the items of a file early.
            let span = self.span_of(token);
            if self.problems.iter().last().is_none_or(|told| told.span != Some(span)) {
                self.error("Unexpected closing brace", span, "There is no open block that this brace would close.");
            }
            self.next();
        }
    }

    /// Items up to the token that ends the body, which stays unread.
    fn items(&mut self, body: &mut Body, end: Kind) {
        loop {
            let token = self.peek();
            match token.kind {
                Kind::Newline => {
                    self.next();
                }
                Kind::End | Kind::CloseBrace => return,
                _ => {
                    self.open = 0;
                    if self.item(body).is_err() {
                        self.recover(token.start);
                        body.gaps.push(self.span(token.start, self.at));
                    }
                    if self.unwinding {
                        if end != Kind::End {
                            return;
                        }
                        self.unwinding = false;
                    }
                }
            }
        }
    }

    fn item(&mut self, body: &mut Body) -> Parsed<()> {
        let token = self.peek();
        if token.kind == Kind::Quote {
            let span = self.span_of(token);
            return Err(self.error("Invalid argument name", span, "Argument names must not be quoted."));
        }
        if token.kind != Kind::Ident {
            if let Some(line) = self.conflict_marker(token.start) {
                let detail = "This line marks a conflict that a merge has left. Keep one of the two versions and delete the lines \
                              with the markers.";
                let reported = self.error("Merge conflict", line, detail);
                self.at = token.start + (line.end - line.start) as usize;
                return Err(reported);
            }
            return Err(self.unexpected(
                "Argument or block definition required",
                "An argument (`name = value`) or a block (`type \"label\" { … }`) is required here.",
            ));
        }
        self.next();
        let name = Name { text: normalized(self.slice(token)), span: self.span_of(token) };
        match self.peek().kind {
            Kind::Equal => {
                if self.attribute(body, name) {
                    self.end_of_item(
                        "Missing newline after argument",
                        "An argument definition must end with a newline.",
                    )?;
                }
                Ok(())
            }
            Kind::Quote | Kind::Ident | Kind::OpenBrace => self.block(body, name),
            Kind::Colon => Err(self.unexpected(
                "Invalid argument definition",
                "An argument is set with an equals sign (`=`), not with a colon.",
            )),
            _ => Err(self.unexpected(
                "Invalid argument or block definition",
                format!(
                    "The name `{}` must be followed by an equals sign (`=`) for an argument, or by labels and a brace \
                     (`{{`) for a block.",
                    name.text
                ),
            )),
        }
    }

    /// An argument from its equals sign. Tells whether it was understood; if not, what is left of it is skipped.
    fn attribute(&mut self, body: &mut Body, name: Name) -> bool {
        self.next();
        let start = self.peek().start;
        let parsed = self.expression();
        let understood = parsed.is_ok();
        let expr = parsed.unwrap_or_else(|_| {
            // The argument is there, whatever it is set to.
            self.recover(name.span.start as usize);
            Expr { kind: ExprKind::Invalid, span: self.span(start.min(self.at), self.at) }
        });
        let span = name.span.to(expr.span);
        if let Some(first) = self.set_before(body, &name) {
            self.error(
                "Attribute redefined",
                name.span,
                format!("The argument `{}` was already set in this block. Each argument may be set once.", name.text),
            );
            if let Some(problem) = self.problems.iter_mut().last() {
                problem.first_at(first);
            }
        } else {
            body.attributes.push(Attribute { name, expr, span });
        }
        understood
    }

    /// Where the name of an argument was set in the same body before.
    fn set_before(&mut self, body: &Body, name: &Name) -> Option<Span> {
        const FEW: usize = 16;
        if body.attributes.len() < FEW {
            return body.attribute(&name.text).map(|first| first.name.span);
        }
        // Bodies of thousands of arguments, such as variable files, are not searched for each of them.
        if self.long.as_ref().is_none_or(|(start, _)| *start != body.span.start) {
            let names = body.attributes.iter().map(|a| (a.name.text.clone(), a.name.span)).collect();
            self.long = Some((body.span.start, names));
        }
        let (_, names) = self.long.as_mut()?;
        match names.entry(name.text.clone()) {
            Entry::Occupied(first) => Some(*first.get()),
            Entry::Vacant(free) => {
                free.insert(name.span);
                None
            }
        }
    }

    fn end_of_item(&mut self, summary: &str, detail: &str) -> Parsed<()> {
        match self.peek().kind {
            Kind::Newline | Kind::End => Ok(()),
            _ => Err(self.unexpected(summary, detail)),
        }
    }

    fn block(&mut self, body: &mut Body, ty: Name) -> Parsed<()> {
        let mut labels = Vec::new();
        let brace = loop {
            let token = self.peek();
            match token.kind {
                Kind::OpenBrace => break self.next(),
                Kind::Ident => {
                    self.next();
                    labels.push(Name { text: normalized(self.slice(token)), span: self.span_of(token) });
                }
                Kind::Quote => labels.push(self.label()?),
                Kind::Newline if token_at(self.text, token.end).kind == Kind::OpenBrace => {
                    let span = self.span_of(token);
                    let detail = "The opening brace of a block must be on the line of its type and labels.";
                    self.error("Invalid block definition", span, detail);
                    self.next();
                }
                _ => {
                    return Err(self.unexpected(
                        "Invalid block definition",
                        format!(
                            "A block definition must have its content between braces, beginning on the line of `{}`.",
                            ty.text
                        ),
                    ));
                }
            }
        };
        let header = labels.last().map_or(ty.span, |label| ty.span.to(label.span));
        let outer_open = self.open;
        let inner = self.nested(|parser| Ok(parser.block_body(brace, header)));
        self.open = outer_open.saturating_sub(1);
        let inner = inner??;
        let span = self.span(header.start as usize, self.at);
        body.blocks.push(Block { ty, labels, body: inner, header, span });
        if self.unwinding {
            return Ok(());
        }
        self.end_of_item("Missing newline after block definition", "A block definition must end with a newline.")
    }

    fn block_body(&mut self, brace: Token, header: Span) -> Parsed<Body> {
        let mut body = Body {
            attributes: Vec::new(),
            blocks: Vec::new(),
            span: self.span(brace.end, brace.end),
            gaps: Vec::new(),
        };
        self.single_line(&mut body);
        self.items(&mut body, Kind::CloseBrace);
        let close = self.peek();
        body.span = self.span(brace.end, close.start);
        if self.unwinding {
            return Ok(body);
        }
        if close.kind != Kind::CloseBrace && self.cut {
            return Ok(body);
        }
        if close.kind != Kind::CloseBrace {
            self.error(
                "Unclosed configuration block",
                header,
                "There is no closing brace for this block before the end of the file. This may be caused by incorrect \
                 nesting of braces elsewhere in the file.",
            );
            return Ok(body);
        }
        self.next();
        Ok(body)
    }

    /// What stands on the line of the opening brace: nothing, or one argument and the closing brace.
    fn single_line(&mut self, body: &mut Body) {
        const SUMMARY: &str = "Invalid single-argument block definition";
        let token = self.peek();
        if token.kind != Kind::Ident {
            return;
        }
        let before = self.at;
        self.next();
        let name = Name { text: normalized(self.slice(token)), span: self.span_of(token) };
        if self.peek().kind != Kind::Equal {
            if matches!(self.peek().kind, Kind::Quote | Kind::Ident | Kind::OpenBrace) {
                let detail = "A block on a single line can hold a single argument only. A nested block stands on a line of its \
                              own.";
                self.error(SUMMARY, name.span, detail);
            }
            self.at = before;
            return;
        }
        self.open = 0;
        if !self.attribute(body, name) || self.peek().kind == Kind::CloseBrace {
            return;
        }
        let end = self.peek();
        let detail = "A block on a single line must end with a closing brace right behind its single argument. Otherwise, each \
                      argument stands on a line of its own.";
        self.unexpected(SUMMARY, detail);
        if end.kind != Kind::Newline {
            self.recover(token.start);
            body.gaps.push(self.span(end.start, self.at));
        }
    }

    fn label(&mut self) -> Parsed<Name> {
        let expr = self.quoted()?;
        match expr.kind {
            ExprKind::String(text) => Ok(Name { text, span: expr.span }),
            _ => Err(self.error(
                "Invalid string literal",
                expr.span,
                "A block label is a plain text: template sequences are not allowed in it.",
            )),
        }
    }

    /// The line that begins here, if it is one that version control leaves where it could not merge.
    fn conflict_marker(&self, at: usize) -> Option<Span> {
        let rest = &self.text[at..];
        let marks = ["<<<<<<<", "=======", ">>>>>>>"];
        if self.column(at) != 0 || !marks.iter().any(|mark| rest.starts_with(mark)) {
            return None;
        }
        Some(self.span(at, at + rest.find('\n').unwrap_or(rest.len())))
    }

    /// Skips what is left of an item behind a mistake in it.
    fn recover(&mut self, item: usize) {
        self.flat = false;
        let indent = self.column(item);
        let mut depth = self.open;
        self.open = 0;
        loop {
            let token = token_at(self.text, self.at);
            match token.kind {
                Kind::End => {
                    self.cut |= depth > 0;
                    return;
                }
                Kind::OpenComment => {
                    self.cut = true;
                    self.at = self.text.len();
                    return;
                }
                Kind::Newline => {
                    if depth == 0 {
                        return;
                    }
                    let next = token_at(self.text, token.end);
                    let column = self.column(next.start);
                    // Brackets that nobody closed: what stands further left than the item cannot be part of it.
                    if next.kind == Kind::CloseBrace && column < indent {
                        self.at = token.end;
                        return;
                    }
                    if column == 0 && self.begins_block(next) {
                        self.at = token.end;
                        self.unwinding = true;
                        return;
                    }
                }
                Kind::OpenBrace | Kind::OpenBracket | Kind::OpenParen => depth += 1,
                Kind::CloseBrace if depth == 0 => return,
                Kind::CloseBrace | Kind::CloseBracket | Kind::CloseParen => depth = depth.saturating_sub(1),
                Kind::Quote => {
                    self.at = self.past_string(token.end);
                    continue;
                }
                Kind::Heredoc => {
                    self.at = self.past_heredoc(token.end);
                    continue;
                }
                _ => {}
            }
            self.at = token.end;
        }
    }

    fn column(&self, at: usize) -> usize {
        at - self.text[..at].rfind('\n').map_or(0, |newline| newline + 1)
    }

    fn begins_block(&self, token: Token) -> bool {
        const WORDS: [&str; 13] = [
            "terraform",
            "provider",
            "variable",
            "locals",
            "output",
            "resource",
            "data",
            "module",
            "moved",
            "import",
            "removed",
            "check",
            "ephemeral",
        ];
        let next = token_at(self.text, token.end).kind;
        token.kind == Kind::Ident
            && WORDS.contains(&self.slice(token))
            && matches!(next, Kind::Quote | Kind::OpenBrace | Kind::Ident)
    }

    /// Roughly where a string ends: at its closing quote, or at the end of the line.
    fn past_string(&self, start: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = start;
        let mut inside = 0_usize;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'\n' => return at,
                b'\\' => at += 1,
                b'$' | b'%' if bytes.get(at + 1) == Some(&b'{') => {
                    inside += 1;
                    at += 1;
                }
                b'}' => inside = inside.saturating_sub(1),
                b'"' if inside == 0 => return at + 1,
                _ => {}
            }
            at += 1;
        }
        // A backslash may have been the last byte, or stood before a character of several.
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at += 1;
        }
        at
    }

    fn past_heredoc(&self, start: usize) -> usize {
        let rest = &self.text[start..];
        let mut lines = rest.split_inclusive('\n');
        let Some(first) = lines.next() else {
            return self.text.len();
        };
        let marker = first.trim().trim_start_matches('-');
        let mut at = start + first.len();
        if super::is_identifier(marker) {
            for line in lines {
                if line.trim() == marker {
                    return at;
                }
                at += line.len();
            }
            return self.text.len();
        }
        // The end of the line is read as such; at the end of the text there may be none.
        start + first.trim_end_matches('\n').len()
    }
}
