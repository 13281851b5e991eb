//! `format` and `formatlist`.

use num_bigint::BigInt;
use unicode_segmentation::UnicodeSegmentation;

use super::digits;
use super::encoding::{json, write_json_text};
use super::strings::text;
use super::{Fault, Function, Given, Param, Want};
use crate::value::{Data, Number, Refinement, Type, Value, convert};

pub(super) static TABLE: &[Function] = &[
    Function::new("format", &[FORMAT], Want::Text, |_, args| one_line(text(args, 0), &args[1..])).rest(ARGS.unknown()),
    Function::new("formatlist", &[FORMAT], Want::Texts, formatlist).rest(ARGS.partly_unknown()),
];

const FORMAT: Param = Param::new("format", Want::Text);
const ARGS: Param = Param::new("args", Want::Any).nullable();

/// A formatted text. Where something in it is not known yet, what stands before the first argument is.
fn one_line(format: &str, args: &[Value]) -> Result<Value, Fault> {
    if args.iter().all(Value::is_wholly_known) {
        return Ok(formatted(format, args)?.into());
    }
    let before = format.split('%').next().unwrap_or_default();
    Ok(Value::refined(Type::String, Refinement::starting_with(before)))
}

/// The widest field, so that a short text cannot ask for all memory there is.
const MAX_WIDTH: usize = 100_000;

/// `%[flags][width][.precision][[n]]verb`
#[derive(Default)]
struct Spec {
    plus: bool,
    minus: bool,
    zero: bool,
    space: bool,
    sharp: bool,
    width: Option<usize>,
    precision: Option<usize>,
    argument: Option<usize>,
    verb: char,
}

fn formatted(format: &str, args: &[Value]) -> Result<String, Fault> {
    let mut out = String::new();
    let mut rest = format;
    let mut next = 0;
    let mut highest = 0;
    let mut explicit = false;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let (spec, length) = spec(&rest[at..])?;
        let written = &rest[at..at + length];
        rest = &rest[at + length..];
        if spec.verb == '%' {
            out.push('%');
            continue;
        }
        let position = match spec.argument {
            Some(0) => {
                return Err(Fault::arg(
                    0,
                    format!("format string has invalid argument index in {written:?}; they count from 1"),
                ));
            }
            Some(number) => {
                explicit = true;
                number - 1
            }
            None => next,
        };
        next = position + 1;
        highest = highest.max(next);
        let Some(value) = args.get(position) else {
            return Err(Fault::Call(format!(
                "not enough arguments for {written:?}: need index {position} but have {} total",
                args.len()
            )));
        };
        out.push_str(&one(&spec, value, written, position)?);
    }
    out.push_str(rest);
    if !explicit && highest < args.len() {
        return Err(Fault::Call(format!("too many arguments; only {highest} used by format string")));
    }
    Ok(out)
}

/// The directive at the start of a text, and its length.
fn spec(text: &str) -> Result<(Spec, usize), Fault> {
    let mut spec = Spec::default();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((_, flag)) = chars.peek() {
        match flag {
            '+' => spec.plus = true,
            '-' => spec.minus = true,
            '0' => spec.zero = true,
            ' ' => spec.space = true,
            '#' => spec.sharp = true,
            _ => break,
        }
        chars.next();
    }
    let number = |chars: &mut std::iter::Peekable<_>| -> Result<Option<usize>, Fault> {
        let mut digits = String::new();
        let chars: &mut std::iter::Peekable<std::iter::Skip<std::str::CharIndices<'_>>> = chars;
        while let Some((_, digit)) = chars.next_if(|(_, c)| c.is_ascii_digit()) {
            digits.push(digit);
        }
        match digits.is_empty() {
            true => Ok(None),
            false => digits
                .parse()
                .ok()
                .filter(|n| *n <= MAX_WIDTH)
                .map(Some)
                .ok_or_else(|| Fault::arg(0, format!("the number {digits} in the format string is too large"))),
        }
    };
    spec.width = number(&mut chars)?;
    if chars.next_if(|(_, c)| *c == '.').is_some() {
        spec.precision = Some(number(&mut chars)?.unwrap_or(0));
    }
    if chars.next_if(|(_, c)| *c == '[').is_some() {
        spec.argument = Some(
            number(&mut chars)?.ok_or_else(|| Fault::arg(0, "an argument index in the format string is a number"))?,
        );
        if chars.next_if(|(_, c)| *c == ']').is_none() {
            return Err(Fault::arg(0, "an argument index in the format string has no closing bracket"));
        }
    }
    match chars.next() {
        Some((at, verb)) => {
            spec.verb = verb;
            Ok((spec, at + verb.len_utf8()))
        }
        None => Err(Fault::arg(0, "the format string ends in the middle of a format verb")),
    }
}

fn one(spec: &Spec, value: &Value, written: &str, position: usize) -> Result<String, Fault> {
    let unsuitable = |what: &str| Fault::Call(format!("unsupported value for {written:?} at {position}: {what}"));
    if value.is_null() && spec.verb != 'v' {
        return Err(unsuitable("null value cannot be formatted"));
    }
    let to = |ty: &Type| convert(value, ty).map_err(|error| unsuitable(&error.to_string()));
    let number = || Ok(to(&Type::Number)?.as_number().cloned().unwrap_or_else(Number::zero));
    Ok(match spec.verb {
        'v' => padded(
            spec,
            match value.data() {
                Data::String(text) if !spec.sharp => text.to_string(),
                Data::Number(number) if !spec.sharp => digits::general(number, None),
                _ => json(value),
            },
        ),
        // The original leaves the width out of account here.
        't' => to(&Type::Bool)?.as_bool().unwrap_or_default().to_string(),
        's' | 'q' => {
            let text = to(&Type::String)?;
            let text = truncated(text.as_str().unwrap_or_default(), spec.precision);
            if spec.verb == 's' {
                padded(spec, text)
            } else {
                let mut quoted = String::new();
                write_json_text(&text, &mut quoted);
                padded(spec, quoted)
            }
        }
        'b' | 'd' | 'o' | 'x' | 'X' => {
            let whole = number()?.to_bigint().ok_or_else(|| unsuitable("an integer is required"))?;
            integer(spec, &whole)
        }
        'e' | 'E' | 'f' | 'g' | 'G' => {
            let number = number()?;
            let text = match spec.verb {
                'f' => digits::fixed(&number, spec.precision.unwrap_or(6)),
                'e' | 'E' => digits::exponential(&number, spec.precision.unwrap_or(6)),
                _ => digits::general(&number, spec.precision),
            };
            let text = if spec.verb.is_uppercase() { text.to_uppercase() } else { text };
            let (sign, rest) = signed(spec, &text);
            zero_padded(spec, spec.zero && number.is_finite(), sign, rest)
        }
        verb => return Err(Fault::arg(0, format!("unsupported format verb {verb:?} in {written:?}"))),
    })
}

fn integer(spec: &Spec, whole: &BigInt) -> String {
    let (radix, prefix) = match spec.verb {
        'b' => (2, "0b"),
        'o' => (8, "0"),
        'x' => (16, "0x"),
        'X' => (16, "0X"),
        _ => (10, ""),
    };
    let digits = whole.to_str_radix(radix);
    let digits = if spec.verb == 'X' { digits.to_uppercase() } else { digits };
    let (sign, digits) = signed(spec, &digits);
    if spec.precision == Some(0) && digits == "0" {
        return String::new();
    }
    let zeros = "0".repeat(spec.precision.unwrap_or(0).saturating_sub(digits.len()));
    let sign = format!("{sign}{}", if spec.sharp { prefix } else { "" });
    zero_padded(spec, spec.zero && spec.precision.is_none(), &sign, &format!("{zeros}{digits}"))
}

fn truncated(text: &str, precision: Option<usize>) -> String {
    match precision {
        // A precision of nought counts as none, as in the original.
        None | Some(0) => text.to_owned(),
        Some(most) => text.graphemes(true).take(most).collect(),
    }
}

/// The sign that a number is to have, and the number without one.
fn signed<'t>(spec: &Spec, text: &'t str) -> (&'static str, &'t str) {
    match (text.strip_prefix('-'), spec.plus, spec.space) {
        (Some(rest), _, _) => ("-", rest),
        (None, true, _) => ("+", text),
        (None, false, true) => (" ", text),
        _ => ("", text),
    }
}

/// A number in its field; noughts come behind the sign, blanks before it.
fn zero_padded(spec: &Spec, zero: bool, sign: &str, digits: &str) -> String {
    let missing = spec.width.unwrap_or(0).saturating_sub(sign.len() + digits.len());
    match (spec.minus, zero) {
        (true, _) => format!("{sign}{digits}{}", " ".repeat(missing)),
        (false, true) => format!("{sign}{}{digits}", "0".repeat(missing)),
        (false, false) => format!("{}{sign}{digits}", " ".repeat(missing)),
    }
}

fn padded(spec: &Spec, text: String) -> String {
    let Some(missing) = spec.width.and_then(|width| width.checked_sub(text.graphemes(true).count())) else {
        return text;
    };
    let padding = if spec.zero { "0" } else { " " }.repeat(missing);
    if spec.minus { text + &padding } else { padding + &text }
}

fn formatlist(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let format = text(args, 0);
    let mut length: Option<(usize, usize)> = None;
    for (i, arg) in args.iter().enumerate().skip(1) {
        let Some(items) = arg.items() else { continue };
        match length {
            Some((first, known)) if known != items.len() => {
                return Err(Fault::arg(
                    i,
                    format!(
                        "argument {i} has length {}, which is inconsistent with argument {first} of length {known}",
                        items.len()
                    ),
                ));
            }
            _ => length = Some((i, items.len())),
        }
    }
    let Some((_, length)) = length else {
        return match args.len() {
            1 => Ok(Value::list(Type::String, vec![formatted(format, &[])?.into()])),
            _ => Ok(Value::list(Type::String, vec![one_line(format, &args[1..])?])),
        };
    };
    let mut lines = Vec::with_capacity(length);
    for row in 0..length {
        let cells: Vec<Value> =
            args[1..].iter().map(|arg| arg.items().and_then(|items| items.get(row)).unwrap_or(arg).clone()).collect();
        let line = if cells.iter().all(Value::is_wholly_known) {
            formatted(format, &cells).map(Value::from)
        } else {
            Ok(Value::unknown_not_null(Type::String))
        };
        let line = line.map_err(|fault| match fault {
            Fault::Call(what) => Fault::Call(format!("error on format iteration {row}: {what}")),
            fault @ Fault::Argument(..) => fault,
        })?;
        lines.push(line);
    }
    Ok(Value::list(Type::String, lines))
}
