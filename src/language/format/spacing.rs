//! Whether a blank stands between two lexemes of a line.

use super::lexemes::{Form, Lexeme};
use crate::language::parse::Kind;

/// Whether a blank stands between `left` and `right`; `before` is what stands in front of `left` in the same cell.
pub(super) fn space_between(before: Option<&Lexeme<'_>>, left: &Lexeme<'_>, right: &Lexeme<'_>) -> bool {
    use Form::{CloseHeredoc, CloseQuote, Directive, Interpolation, Literal, OpenHeredoc, SequenceEnd, Token};
    use Kind::{CloseBrace, Comma, Dot, DoubleColon, Ellipsis, Ident, Newline, Not, Number, OpenBrace};
    use Kind::{Minus, OpenBracket, OpenParen, Quote};
    match (left.form, right.form) {
        (_, Token(Newline)) => false,
        // A call, a name with a namespace, an attribute.
        (Token(Ident), Token(OpenParen | DoubleColon)) | (Token(DoubleColon), Token(Ident)) => false,
        (Token(Dot), _) | (_, Token(Dot)) => false,
        (_, Token(Comma | Ellipsis)) => false,
        (Token(Comma), _) => true,
        // Blanks inside of a template would be part of it.
        (Literal | OpenHeredoc | Token(Quote), _) | (_, Literal | CloseQuote | CloseHeredoc) => false,
        // `for x in [a]` is no index.
        (Token(Ident), _) if left.text == "in" && before.is_some_and(|before| before.is(Ident)) => true,
        (Token(Ident | Number), Token(OpenBracket)) => false,
        (_, Token(OpenBracket)) if left.nesting() < 0 => false,
        (Token(Not), _) => false,
        (Token(Minus), _) => !is_sign(before),
        (Token(OpenBrace), Token(CloseBrace)) => false,
        (Token(OpenBrace), _) | (_, Token(CloseBrace)) => true,
        (Interpolation | Directive, Token(OpenBrace)) | (Token(CloseBrace), SequenceEnd) => true,
        (SequenceEnd, Interpolation | Directive) => false,
        _ => left.nesting() <= 0 && right.nesting() >= 0,
    }
}

/// Whether a minus behind this lexeme is a sign. Behind anything that could end an operand it is a subtraction.
fn is_sign(before: Option<&Lexeme<'_>>) -> bool {
    use Kind::{And, Equals, Greater, GreaterOrEqual, Less, LessOrEqual, Not, NotEquals, Or};
    use Kind::{Colon, Comma, Equal, Minus, OpenBrace, OpenBracket, OpenParen, Percent, Plus, Question, Slash, Star};
    let Some(before) = before else {
        return true;
    };
    matches!(
        before.form,
        Form::Token(
            OpenParen | OpenBrace | OpenBracket | Equal | Colon | Comma | Question // openers and separators
            | Plus | Star | Slash | Percent | Minus
            | Equals | NotEquals | Greater | GreaterOrEqual | Less | LessOrEqual
            | And | Or | Not
        )
    )
}
