//! What is written anew: labels get quotes, `"${x}"` as a whole value becomes `x`, and old type constraints become new ones.

use std::borrow::Cow;
use std::iter::Peekable;
use std::vec::IntoIter;

use super::lexemes::{Form, Lexeme};
use crate::language::parse::Kind;

/// The lexemes of a file, with labels, values and types as they are written today.
pub(super) fn modernized(lexemes: Vec<Lexeme<'_>>) -> Vec<Lexeme<'_>> {
    let mut rewrite = Rewrite { done: Vec::with_capacity(lexemes.len()), rest: lexemes.into_iter().peekable() };
    while rewrite.rest.peek().is_some() {
        rewrite.body(&mut Vec::new());
        // Only a brace too many ends the body of a file, and that is no file that parses.
        rewrite.done.extend(rewrite.rest.next());
    }
    rewrite.done
}

struct Rewrite<'a> {
    done: Vec<Lexeme<'a>>,
    rest: Peekable<IntoIter<Lexeme<'a>>>,
}

impl<'a> Rewrite<'a> {
    /// Arguments and blocks up to a closing brace, which is left. `around` are the types of the blocks around.
    fn body(&mut self, around: &mut Vec<Cow<'a, str>>) {
        while let Some(lexeme) = self.rest.next_if(|lexeme| !lexeme.is(Kind::CloseBrace)) {
            let name = lexeme.is(Kind::Ident).then(|| lexeme.text.clone());
            self.done.push(lexeme);
            let Some(name) = name else {
                continue;
            };
            self.comments();
            if let Some(equals) = self.rest.next_if(|lexeme| lexeme.is(Kind::Equal)) {
                self.done.push(equals);
                self.comments();
                self.value(name == "type" && matches!(around.as_slice(), [block] if block == "variable"));
            } else {
                self.labels();
                around.push(name);
                self.body(around);
                around.pop();
                self.done.extend(self.rest.next());
            }
        }
    }

    fn comments(&mut self) {
        while let Some(comment) = self.rest.next_if(|lexeme| lexeme.is(Kind::Comment)) {
            self.done.push(comment);
        }
    }

    /// The labels of a block and the brace behind them.
    fn labels(&mut self) {
        while let Some(lexeme) = self.rest.next_if(|lexeme| !lexeme.is(Kind::OpenBrace)) {
            match lexeme.form {
                Form::Token(Kind::Ident) => self.done.extend(quoted(lexeme.text)),
                _ => self.done.push(lexeme),
            }
        }
        self.done.extend(self.rest.next());
    }

    /// What stands behind an equals sign, up to the end of the line or the brace that ends a block of one line.
    fn value(&mut self, is_type: bool) {
        let mut value = Vec::new();
        let mut depth = 0;
        let within = |lexeme: &Lexeme<'_>, depth: i32| {
            depth > 0 || !(lexeme.ends_line() || lexeme.is(Kind::CloseBrace) || lexeme.is(Kind::End))
        };
        while let Some(lexeme) = self.rest.next_if(|lexeme| within(lexeme, depth)) {
            depth += lexeme.nesting();
            value.push(lexeme);
        }
        let length = value.iter().rposition(|lexeme| !lexeme.is(Kind::Comment)).map_or(0, |last| last + 1);
        let comments = value.split_off(length);
        self.done.extend(if is_type { type_constraint(value) } else { unwrapped(value) });
        self.done.extend(comments);
    }
}

fn quoted(text: Cow<'_, str>) -> [Lexeme<'_>; 3] {
    [Lexeme::new(Form::Token(Kind::Quote), "\""), Lexeme::new(Form::Literal, text), Lexeme::new(Form::CloseQuote, "\"")]
}

/// The expression inside of a string that is one interpolation and nothing else; any other value as it is.
fn unwrapped(mut value: Vec<Lexeme<'_>>) -> Vec<Lexeme<'_>> {
    let forms: Vec<Form> = value.iter().map(|lexeme| lexeme.form).collect();
    let [Form::Token(Kind::Quote), Form::Interpolation, inside @ .., Form::SequenceEnd, Form::CloseQuote] = &*forms
    else {
        return value;
    };
    if inside.is_empty() || !is_one_expression(inside) {
        return value;
    }
    value.truncate(value.len() - 2);
    value.drain(..2);
    let last = value.iter().rposition(|lexeme| !lexeme.is(Kind::Newline)).map_or(0, |last| last + 1);
    value.truncate(last);
    let first = value.iter().position(|lexeme| !lexeme.is(Kind::Newline)).unwrap_or(0);
    value.drain(..first);
    if needs_parentheses(&value) {
        value.insert(0, Lexeme::new(Form::Token(Kind::OpenParen), "("));
        value.push(Lexeme::new(Form::Token(Kind::CloseParen), ")"));
    }
    value
}

/// Whether no text and no other sequence stands in the outermost string. Strings inside of the expression may have them.
fn is_one_expression(inside: &[Form]) -> bool {
    let mut quotes = 0;
    inside.iter().all(|form| {
        match form {
            Form::Token(Kind::Quote) => quotes += 1,
            Form::CloseQuote => quotes -= 1,
            Form::Interpolation | Form::SequenceEnd => return quotes > 0,
            _ => {}
        }
        true
    })
}

/// Inside of `${…}` a newline is a blank; outside it ends the argument unless brackets are around it.
fn needs_parentheses(value: &[Lexeme<'_>]) -> bool {
    let mut depth = 0;
    let last = value.iter().rposition(|lexeme| !lexeme.is(Kind::Comment)).unwrap_or(0);
    let breaks = value.iter().enumerate().any(|(i, lexeme)| {
        depth += lexeme.nesting();
        lexeme.is(Kind::Newline) || depth == 0 && i < last && lexeme.ends_line()
    });
    let has_them = value.first().is_some_and(|lexeme| lexeme.is(Kind::OpenParen))
        && value.last().is_some_and(|lexeme| lexeme.is(Kind::CloseParen));
    breaks && !has_them
}

/// A type as it is written today: without quotes, and a collection with the type of its elements.
fn type_constraint(value: Vec<Lexeme<'_>>) -> Vec<Lexeme<'_>> {
    let (name, element) = match &*value {
        [name] if name.is(Kind::Ident) => match &*name.text {
            "list" | "map" | "set" => (name.text.clone(), Some("any")),
            _ => return value,
        },
        // Before there were types of elements, they were strings.
        [quote, name, _] if quote.is(Kind::Quote) && name.form == Form::Literal => match &*name.text {
            "string" => (name.text.clone(), None),
            "list" | "map" => (name.text.clone(), Some("string")),
            _ => return value,
        },
        _ => return value,
    };
    let mut written = vec![Lexeme::new(Form::Token(Kind::Ident), name)];
    if let Some(element) = element {
        written.push(Lexeme::new(Form::Token(Kind::OpenParen), "("));
        written.push(Lexeme::new(Form::Token(Kind::Ident), element));
        written.push(Lexeme::new(Form::Token(Kind::CloseParen), ")"));
    }
    written
}
