//! Expressions.

use super::lexer::{Kind, Token};
use super::{Parsed, Parser, normalized, number};
use crate::language::ast::{BinaryOp, Expr, ExprKind, For, Name, UnaryOp};

/// How a binary operator binds; higher binds tighter.
fn operator(kind: Kind) -> Option<(BinaryOp, u8)> {
    Some(match kind {
        Kind::Or => (BinaryOp::Or, 1),
        Kind::And => (BinaryOp::And, 2),
        Kind::Equals => (BinaryOp::Equal, 3),
        Kind::NotEquals => (BinaryOp::NotEqual, 3),
        Kind::Less => (BinaryOp::Less, 4),
        Kind::LessOrEqual => (BinaryOp::LessOrEqual, 4),
        Kind::Greater => (BinaryOp::Greater, 4),
        Kind::GreaterOrEqual => (BinaryOp::GreaterOrEqual, 4),
        Kind::Plus => (BinaryOp::Add, 5),
        Kind::Minus => (BinaryOp::Subtract, 5),
        Kind::Star => (BinaryOp::Multiply, 6),
        Kind::Slash => (BinaryOp::Divide, 6),
        Kind::Percent => (BinaryOp::Modulo, 6),
        _ => return None,
    })
}

impl Parser<'_> {
    pub(super) fn whole_expression(&mut self) -> Parsed<Expr> {
        let expr = self.expression()?;
        if self.peek().kind != Kind::End {
            return Err(self.unexpected(
                "Extra characters after expression",
                "An expression was successfully parsed, but extra characters were found after it.",
            ));
        }
        Ok(expr)
    }

    pub(super) fn expression(&mut self) -> Parsed<Expr> {
        self.nested(Self::conditional)
    }

    fn conditional(&mut self) -> Parsed<Expr> {
        let condition = self.binary(1)?;
        if self.peek().kind != Kind::Question {
            return Ok(condition);
        }
        self.next();
        let mut height = self.height;
        let yes = self.expression()?;
        height = height.max(self.height);
        if self.peek().kind != Kind::Colon {
            return Err(self.unexpected(
                "Missing false expression in conditional",
                "The conditional operator (`condition ? yes : no`) requires a false expression, delimited by a colon.",
            ));
        }
        self.next();
        let no = self.expression()?;
        let span = condition.span.to(no.span);
        self.grow(height.max(self.height), span)?;
        Ok(Expr { kind: ExprKind::Conditional(Box::new(condition), Box::new(yes), Box::new(no)), span })
    }

    fn binary(&mut self, least: u8) -> Parsed<Expr> {
        let mut left = self.unary()?;
        let mut height = self.height;
        loop {
            let token = self.peek();
            let Some((op, binding)) = operator(token.kind).filter(|(_, binding)| *binding >= least) else {
                self.height = height;
                return Ok(left);
            };
            self.next();
            let right = self.binary(binding + 1)?;
            let span = left.span.to(right.span);
            self.grow(height.max(self.height), span)?;
            height = self.height;
            left = Expr { kind: ExprKind::Binary(op, Box::new(left), Box::new(right)), span };
        }
    }

    fn unary(&mut self) -> Parsed<Expr> {
        let token = self.peek();
        let op = match token.kind {
            Kind::Minus => UnaryOp::Negate,
            Kind::Not => UnaryOp::Not,
            _ => return self.postfix(),
        };
        self.next();
        let inner = self.nested(Self::unary)?;
        let span = self.span_of(token).to(inner.span);
        self.grow(self.height, span)?;
        Ok(Expr { kind: ExprKind::Unary(op, Box::new(inner)), span })
    }

    fn postfix(&mut self) -> Parsed<Expr> {
        let term = self.term()?;
        self.accesses(term)
    }

    /// What may stand behind a term: attributes, indices and splats.
    fn accesses(&mut self, mut expr: Expr) -> Parsed<Expr> {
        loop {
            let token = self.peek();
            expr = match token.kind {
                Kind::Dot => {
                    self.next();
                    self.access_by_dot(expr)?
                }
                Kind::OpenBracket => self.access_by_bracket(expr)?,
                _ => return Ok(expr),
            };
        }
    }

    fn access_by_dot(&mut self, source: Expr) -> Parsed<Expr> {
        let token = self.peek();
        match token.kind {
            Kind::Ident => {
                self.next();
                self.attribute_of(source, token.start, token.end)
            }
            Kind::Number => {
                self.next();
                self.legacy_index(source, token)
            }
            Kind::Star => {
                self.next();
                self.attribute_splat(source, token)
            }
            _ => Err(self.unexpected("Invalid attribute name", "An attribute name is required after a dot.")),
        }
    }

    fn attribute_of(&mut self, source: Expr, start: usize, end: usize) -> Parsed<Expr> {
        let name = Name { text: normalized(&self.text[start..end]), span: self.span(start, end) };
        let span = source.span.to(name.span);
        self.grow(self.height, span)?;
        Ok(Expr { kind: ExprKind::GetAttr(Box::new(source), name), span })
    }

    /// `a.0`. The numbers of `a.0.1` are one to the lexer, as in the original, which refuses them too.
    fn legacy_index(&mut self, source: Expr, token: Token) -> Parsed<Expr> {
        if self.slice(token).contains(['e', 'E', '.']) {
            let span = self.span_of(token);
            let detail = "An index behind a dot is a whole number in plain digits. Use brackets for anything else.";
            return Err(self.error("Invalid legacy index syntax", span, detail));
        }
        self.attribute_of(source, token.start, token.end)
    }

    /// `a.*.b.c`: only attribute names belong to the splat; what follows applies to its result.
    fn attribute_splat(&mut self, source: Expr, star: Token) -> Parsed<Expr> {
        let height = self.height;
        let span = self.span_of(star);
        let mut each = Expr { kind: ExprKind::SplatItem, span };
        self.height = 0;
        while self.peek().kind == Kind::Dot {
            self.next();
            let token = self.peek();
            match token.kind {
                Kind::Ident => {
                    self.next();
                    each = self.attribute_of(each, token.start, token.end)?;
                }
                Kind::Number => {
                    self.next();
                    each = self.legacy_index(each, token)?;
                }
                Kind::Star => {
                    return Err(self.unexpected(
                        "Nested splat expression not allowed",
                        "A splat expression (*) cannot be used inside another attribute-only splat expression.",
                    ));
                }
                _ => {
                    return Err(self.unexpected("Invalid attribute name", "An attribute name is required after a dot."));
                }
            }
        }
        let span = source.span.to(each.span);
        self.grow(height.max(self.height), span)?;
        Ok(Expr { kind: ExprKind::Splat { source: Box::new(source), each: Box::new(each) }, span })
    }

    fn access_by_bracket(&mut self, source: Expr) -> Parsed<Expr> {
        self.next();
        let height = self.height;
        if let Some(star) = self.with_flat(true, |parser| Ok(parser.eat(Kind::Star)))? {
            let close = self.with_flat(true, |parser| Ok(parser.peek()))?;
            if close.kind != Kind::CloseBracket {
                return Err(self.unexpected(
                    "Missing close bracket on splat index",
                    "The star for a full splat operator must be immediately followed by a closing bracket (`]`).",
                ));
            }
            self.with_flat(true, |parser| Ok(parser.next()))?;
            let span = self.span(star.start, close.end);
            self.height = 0;
            let each = self.nested(|parser| parser.accesses(Expr { kind: ExprKind::SplatItem, span }))?;
            let span = source.span.to(each.span);
            self.grow(height.max(self.height), span)?;
            return Ok(Expr { kind: ExprKind::Splat { source: Box::new(source), each: Box::new(each) }, span });
        }
        let (key, close) = self.with_flat(true, |parser| {
            let key = parser.expression()?;
            if parser.peek().kind != Kind::CloseBracket {
                return Err(parser.unexpected(
                    "Missing close bracket on index",
                    "The index operator must end with a closing bracket (`]`).",
                ));
            }
            Ok((key, parser.next()))
        })?;
        let span = source.span.to(self.span_of(close));
        self.grow(height.max(self.height), span)?;
        Ok(Expr { kind: ExprKind::Index(Box::new(source), Box::new(key)), span })
    }

    fn term(&mut self) -> Parsed<Expr> {
        let token = self.peek();
        self.height = 0;
        match token.kind {
            Kind::Number => {
                self.next();
                let text = self.slice(token);
                let span = self.span_of(token);
                match number(text) {
                    Ok(number) => Ok(Expr { kind: ExprKind::Number(number), span }),
                    Err(detail) => Err(self.error("Invalid number literal", span, detail)),
                }
            }
            Kind::Ident => {
                self.next();
                self.name_or_call(token)
            }
            Kind::Quote => self.quoted(),
            Kind::Heredoc => self.heredoc(),
            Kind::OpenParen => self.parenthesized(),
            Kind::OpenBracket => self.tuple(),
            Kind::OpenBrace => self.object(),
            Kind::Newline | Kind::End => Err(self.unexpected(
                "Missing expression",
                "An expression is required here: a value, a reference, or an operation.",
            )),
            Kind::Equal => Err(self.unexpected(
                "Invalid expression",
                "An expression cannot begin with an equals sign. To compare two values, write `==`.",
            )),
            _ => {
                let what = self.slice(token);
                Err(self.unexpected(
                    "Invalid expression",
                    format!("An expression is required here: a value, a reference, or an operation. It cannot begin with `{what}`."),
                ))
            }
        }
    }

    fn name_or_call(&mut self, first: Token) -> Parsed<Expr> {
        let mut end = first.end;
        let mut text = self.slice(first).to_owned();
        let mut namespaced = false;
        while self.peek().kind == Kind::DoubleColon {
            self.next();
            namespaced = true;
            let token = self.peek();
            if token.kind != Kind::Ident {
                return Err(self.unexpected("Missing function name", "A function name is required behind `::`."));
            }
            self.next();
            text.push_str("::");
            text.push_str(self.slice(token));
            end = token.end;
        }
        let name = Name { text: normalized(&text), span: self.span(first.start, end) };
        let token = self.peek();
        if token.kind == Kind::OpenParen {
            return self.call(name);
        }
        if namespaced {
            return Err(self.unexpected(
                "Missing open parenthesis",
                "A name with `::` names a function and must be followed by its arguments in parentheses.",
            ));
        }
        let span = name.span;
        let kind = match &*name.text {
            "null" => ExprKind::Null,
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            _ => ExprKind::Variable(name.text),
        };
        Ok(Expr { kind, span })
    }

    fn call(&mut self, name: Name) -> Parsed<Expr> {
        self.next();
        self.with_flat(true, |parser| {
            let mut args = Vec::new();
            let mut expand = false;
            let mut height = 0;
            loop {
                if parser.peek().kind == Kind::CloseParen {
                    break;
                }
                args.push(parser.expression()?);
                height = height.max(parser.height);
                match parser.peek().kind {
                    Kind::Comma => {
                        parser.next();
                    }
                    Kind::Ellipsis => {
                        parser.next();
                        expand = true;
                        if parser.peek().kind != Kind::CloseParen {
                            return Err(parser.unexpected(
                                "Missing closing parenthesis",
                                "An expanded function argument (`...`) must be the last one.",
                            ));
                        }
                        break;
                    }
                    Kind::CloseParen => break,
                    Kind::End => {
                        let detail =
                            "There is no closing parenthesis for this function call before the end of the file.";
                        return Err(parser.error("Unterminated function call", name.span, detail));
                    }
                    _ => {
                        return Err(parser.unexpected(
                            "Missing argument separator",
                            "A comma is required to separate each function argument from the next.",
                        ));
                    }
                }
            }
            let close = parser.next();
            let span = name.span.to(parser.span_of(close));
            parser.grow(height, span)?;
            Ok(Expr { kind: ExprKind::Call { name, args, expand }, span })
        })
    }

    fn parenthesized(&mut self) -> Parsed<Expr> {
        let open = self.next();
        self.with_flat(true, |parser| {
            let inner = parser.expression()?;
            let close = parser.peek();
            if close.kind != Kind::CloseParen {
                return Err(parser.unexpected(
                    "Unbalanced parentheses",
                    "A closing parenthesis is required to end the expression in parentheses.",
                ));
            }
            parser.next();
            let span = parser.span(open.start, close.end);
            parser.grow(parser.height, span)?;
            Ok(Expr { kind: ExprKind::Paren(Box::new(inner)), span })
        })
    }

    fn tuple(&mut self) -> Parsed<Expr> {
        let open = self.next();
        self.with_flat(true, |parser| {
            if parser.is_word("for") {
                return parser.for_expression(open, Kind::CloseBracket);
            }
            let mut items = Vec::new();
            let mut height = 0;
            loop {
                if parser.peek().kind == Kind::CloseBracket {
                    break;
                }
                items.push(parser.expression()?);
                height = height.max(parser.height);
                match parser.peek().kind {
                    Kind::Comma => {
                        parser.next();
                    }
                    Kind::CloseBracket => break,
                    Kind::End => {
                        let span = parser.span_of(open);
                        let detail = "There is no closing bracket for this tuple before the end of the file.";
                        return Err(parser.error("Unterminated tuple constructor expression", span, detail));
                    }
                    _ => {
                        return Err(parser.unexpected(
                            "Missing item separator",
                            "A comma is required to mark the end of each item. If the items stand on lines of their \
                             own, each line but the last ends with a comma.",
                        ));
                    }
                }
            }
            let close = parser.next();
            let span = parser.span(open.start, close.end);
            parser.grow(height, span)?;
            Ok(Expr { kind: ExprKind::Tuple(items), span })
        })
    }

    fn object(&mut self) -> Parsed<Expr> {
        let open = self.next();
        let before = self.at;
        let is_for = self.with_flat(true, |parser| Ok(parser.is_word("for")))?;
        if is_for {
            return self.with_flat(true, |parser| parser.for_expression(open, Kind::CloseBrace));
        }
        self.at = before;
        self.with_flat(false, |parser| {
            let mut items = Vec::new();
            let mut height = 0;
            loop {
                while parser.eat(Kind::Newline).is_some() {}
                let token = parser.peek();
                if token.kind == Kind::CloseBrace {
                    break;
                }
                if token.kind == Kind::End {
                    return Err(parser.unterminated_object(open));
                }
                let key = parser.object_key()?;
                height = height.max(parser.height);
                if !matches!(parser.peek().kind, Kind::Equal | Kind::Colon) {
                    return Err(parser.unexpected(
                        "Missing key/value separator",
                        "An equals sign (`=`) is required between a key and its value.",
                    ));
                }
                parser.next();
                if matches!(parser.peek().kind, Kind::Newline | Kind::CloseBrace | Kind::Comma) {
                    return Err(parser.unexpected(
                        "Missing attribute value",
                        "A value is required, written immediately after the equals sign.",
                    ));
                }
                let value = parser.expression()?;
                height = height.max(parser.height);
                items.push((key, value));
                match parser.peek().kind {
                    Kind::Comma | Kind::Newline => {
                        parser.next();
                    }
                    Kind::CloseBrace => break,
                    Kind::End => return Err(parser.unterminated_object(open)),
                    _ => {
                        return Err(parser.unexpected(
                            "Missing attribute separator",
                            "A newline or a comma is required to mark the beginning of the next attribute.",
                        ));
                    }
                }
            }
            let close = parser.next();
            let span = parser.span(open.start, close.end);
            parser.grow(height, span)?;
            Ok(Expr { kind: ExprKind::Object(items), span })
        })
    }

    fn unterminated_object(&mut self, open: Token) -> super::Reported {
        let span = self.span_of(open);
        let detail = "There is no closing brace for this object before the end of the file.";
        self.error("Unterminated object constructor expression", span, detail)
    }

    fn object_key(&mut self) -> Parsed<Expr> {
        let token = self.peek();
        if token.kind == Kind::Ident {
            let before = self.at;
            self.next();
            if matches!(self.peek().kind, Kind::Equal | Kind::Colon) {
                self.height = 0;
                let text = normalized(self.slice(token));
                return Ok(Expr { kind: ExprKind::String(text), span: self.span_of(token) });
            }
            self.at = before;
        }
        self.expression()
    }

    fn for_expression(&mut self, open: Token, close: Kind) -> Parsed<Expr> {
        self.next();
        let (key, value) = self.for_names("Invalid 'for' expression")?;
        let source = self.expression()?;
        let mut height = self.height;
        if self.peek().kind != Kind::Colon {
            return Err(self.unexpected(
                "Invalid 'for' expression",
                "A `for` expression requires a colon after the collection expression.",
            ));
        }
        self.next();
        let mut result = self.expression()?;
        height = height.max(self.height);
        let mut result_key = None;
        if self.eat(Kind::Arrow).is_some() {
            result_key = Some(result);
            result = self.expression()?;
            height = height.max(self.height);
        }
        if close == Kind::CloseBracket && result_key.is_some() {
            let span = result_key.as_ref().map_or(result.span, |key| key.span);
            let detail = "A key expression is not valid when building a tuple. Use braces to build an object.";
            return Err(self.error("Invalid 'for' expression", span, detail));
        }
        if close == Kind::CloseBrace && result_key.is_none() {
            let span = result.span;
            let detail = "A key expression (`key => value`) is required when building an object.";
            return Err(self.error("Invalid 'for' expression", span, detail));
        }
        let group = self.eat(Kind::Ellipsis);
        if let (Some(token), None) = (group, &result_key) {
            let span = self.span_of(token);
            let detail = "Grouping (`...`) cannot be used when building a tuple.";
            return Err(self.error("Invalid 'for' expression", span, detail));
        }
        let mut condition = None;
        if self.is_word("if") {
            self.next();
            condition = Some(self.expression()?);
            height = height.max(self.height);
        }
        let end = self.peek();
        if end.kind != close {
            return Err(
                self.unexpected("Invalid 'for' expression", "Extra characters after the end of the `for` expression.")
            );
        }
        self.next();
        let span = self.span(open.start, end.end);
        self.grow(height, span)?;
        let group = group.is_some();
        let inner = For { key, value, source, result_key, result, group, condition };
        Ok(Expr { kind: ExprKind::For(Box::new(inner)), span })
    }

    /// `k, v in` or `v in`.
    pub(super) fn for_names(&mut self, summary: &str) -> Parsed<(Option<Name>, Name)> {
        let first = self.for_name(summary)?;
        let mut names = (None, first);
        if self.eat(Kind::Comma).is_some() {
            let second = self.for_name(summary)?;
            names = (Some(names.1), second);
        }
        if !self.is_word("in") {
            return Err(self.unexpected(summary, "A `for` requires the word `in` after its name declarations."));
        }
        self.next();
        Ok(names)
    }

    fn for_name(&mut self, summary: &str) -> Parsed<Name> {
        let token = self.peek();
        if token.kind != Kind::Ident {
            return Err(self.unexpected(summary, "A `for` requires a variable name after the word `for`."));
        }
        self.next();
        Ok(Name { text: normalized(self.slice(token)), span: self.span_of(token) })
    }
}
