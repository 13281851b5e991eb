//! `format` and `formatlist`.

use unicode_segmentation::UnicodeSegmentation;

use super::encoding::{json, write_json_text};
use super::strings::text;
use super::{Fault, Function, Given, Param, Want};
use crate::value::{Data, Number, Type, Value, convert};

pub(super) static TABLE: &[Function] = &[
    Function::new("format", &[FORMAT], Want::Text, |_, args| Ok(formatted(text(args, 0), &args[1..])?.into()))
        .rest(ARGS),
    Function::new("formatlist", &[FORMAT], Want::Texts, formatlist).rest(ARGS),
];

const FORMAT: Param = Param::new("format", Want::Text);
const ARGS: Param = Param::new("args", Want::Any).nullable();

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
    let text = match spec.verb {
        'v' if spec.sharp => json(value),
        'v' => match value.data() {
            Data::String(text) => truncated(text, spec.precision),
            Data::Number(number) => signed(spec, number, number.to_string().trim_start_matches('-').to_owned()),
            Data::Bool(truth) => truth.to_string(),
            _ => json(value),
        },
        't' => to(&Type::Bool)?.as_bool().unwrap_or_default().to_string(),
        's' => truncated(to(&Type::String)?.as_str().unwrap_or_default(), spec.precision),
        'q' => {
            let text = to(&Type::String)?;
            let mut quoted = String::new();
            write_json_text(text.as_str().unwrap_or_default(), &mut quoted);
            quoted
        }
        'x' | 'X' if matches!(value.data(), Data::String(_)) => {
            let hex: String = value.as_str().unwrap_or_default().bytes().map(|b| format!("{b:02x}")).collect();
            if spec.verb == 'X' { hex.to_uppercase() } else { hex }
        }
        'b' | 'd' | 'o' | 'x' | 'X' => {
            let number = number()?;
            let whole = number.to_bigint().ok_or_else(|| unsuitable("an integer is required"))?;
            let radix = match spec.verb {
                'b' => 2,
                'o' => 8,
                'x' | 'X' => 16,
                _ => 10,
            };
            let digits = whole.magnitude().to_str_radix(radix);
            signed(spec, &number, if spec.verb == 'X' { digits.to_uppercase() } else { digits })
        }
        'f' => {
            let number = number()?;
            let scale = i64::try_from(spec.precision.unwrap_or(6)).unwrap_or(6);
            let rounded = number.decimal().abs().with_scale_round(scale, bigdecimal::RoundingMode::HalfEven);
            signed(spec, &number, rounded.to_plain_string())
        }
        'e' | 'E' | 'g' | 'G' => return Err(unsuitable(&format!("the verb %{} is not supported yet", spec.verb))),
        verb => return Err(Fault::arg(0, format!("unsupported format verb {verb:?} in {written:?}"))),
    };
    Ok(padded(spec, text))
}

fn truncated(text: &str, precision: Option<usize>) -> String {
    match precision {
        Some(most) => text.graphemes(true).take(most).collect(),
        None => text.to_owned(),
    }
}

fn signed(spec: &Spec, number: &Number, digits: String) -> String {
    match (number.is_negative(), spec.plus, spec.space) {
        (true, _, _) => format!("-{digits}"),
        (false, true, _) => format!("+{digits}"),
        (false, false, true) => format!(" {digits}"),
        _ => digits,
    }
}

fn padded(spec: &Spec, text: String) -> String {
    let Some(missing) = spec.width.and_then(|width| width.checked_sub(text.graphemes(true).count())) else {
        return text;
    };
    if spec.minus {
        return text + &" ".repeat(missing);
    }
    if !spec.zero {
        return " ".repeat(missing) + &text;
    }
    match text.strip_prefix(['-', '+']) {
        Some(digits) => format!("{}{}{digits}", &text[..1], "0".repeat(missing)),
        None => "0".repeat(missing) + &text,
    }
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
            _ => Ok(Value::list(Type::String, vec![formatted(format, &args[1..])?.into()])),
        };
    };
    let mut lines = Vec::with_capacity(length);
    for row in 0..length {
        let cells: Vec<Value> =
            args[1..].iter().map(|arg| arg.items().and_then(|items| items.get(row)).unwrap_or(arg).clone()).collect();
        let line = formatted(format, &cells).map_err(|fault| match fault {
            Fault::Call(what) => Fault::Call(format!("error on format iteration {row}: {what}")),
            fault @ Fault::Argument(..) => fault,
        })?;
        lines.push(line.into());
    }
    Ok(Value::list(Type::String, lines))
}
