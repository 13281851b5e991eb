//! `yamldecode`: YAML to values.

use std::collections::HashMap;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use super::strings::text;
use super::yaml_write::yamlencode;
use super::{Fault, Function, Given, Param, Want};
use crate::value::{Entries, Number, Type, Value, convert};

const SRC: Param = Param::new("src", Want::Text);
const VALUE: Param = Param::new("value", Want::Any).nullable();

pub(super) static TABLE: &[Function] = &[
    Function::new("yamldecode", &[SRC], Want::Any, yamldecode),
    Function::new("yamlencode", &[VALUE], Want::Text, |_, args| Ok(yamlencode(&args[0]).into())),
];

/// How deep sequences and mappings may nest, so that no text exhausts the stack.
const MAX_DEPTH: usize = 200;
/// How many values a document may stand for, aliases counted each time, so that a short text cannot fill the memory.
const MAX_VALUES: usize = 1_000_000;

fn yamldecode(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let mut reader = Reader { events: Parser::new_from_str(text(args, 0)), anchors: HashMap::new(), values: 0 };
    reader.document().map_err(Fault::Call)
}

struct Reader<'t, I: saphyr_parser::Input> {
    events: Parser<'t, I>,
    /// The values of anchors, each with the number of values in it; `None` while the value is being read.
    anchors: HashMap<usize, Option<(Value, usize)>>,
    values: usize,
}

impl<'t, I: saphyr_parser::Input> Reader<'t, I> {
    fn next(&mut self) -> Result<Event<'t>, String> {
        match self.events.next() {
            Some(Ok((event, _))) => Ok(event),
            Some(Err(error)) => {
                Err(format!("on line {}, column {}: {}", error.marker().line(), error.marker().col() + 1, error.info()))
            }
            None => Ok(Event::StreamEnd),
        }
    }

    fn document(&mut self) -> Result<Value, String> {
        let mut event = self.next()?;
        while matches!(event, Event::StreamStart | Event::DocumentStart(_) | Event::Nothing) {
            event = self.next()?;
        }
        if event == Event::StreamEnd {
            return Err("missing start of document".into());
        }
        let value = self.node(event, 0)?;
        loop {
            match self.next()? {
                Event::DocumentEnd | Event::Nothing => {}
                Event::StreamEnd => return Ok(value),
                _ => return Err("unexpected extra content after value; only one document is allowed".into()),
            }
        }
    }

    fn node(&mut self, event: Event<'t>, depth: usize) -> Result<Value, String> {
        if depth > MAX_DEPTH {
            return Err(format!("sequences and mappings may be nested at most {MAX_DEPTH} deep"));
        }
        let before = self.values;
        self.count(1)?;
        let (value, anchor) = match event {
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(Some((value, size))) => {
                    let (value, size) = (value.clone(), *size);
                    self.count(size)?;
                    return Ok(value);
                }
                Some(None) => return Err("an alias stands inside the value that it refers to".into()),
                None => return Err("an alias refers to no anchor".into()),
            },
            Event::Scalar(text, style, anchor, tag) => (scalar(&text, style, tag.as_deref())?, anchor),
            Event::SequenceStart(anchor, tag) => {
                only(tag.as_deref(), "seq")?;
                self.anchors.insert(anchor, None);
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        Event::SequenceEnd => break,
                        event => items.push(self.node(event, depth + 1)?),
                    }
                }
                (Value::tuple(items), anchor)
            }
            Event::MappingStart(anchor, tag) => {
                only(tag.as_deref(), "map")?;
                self.anchors.insert(anchor, None);
                (self.mapping(depth)?, anchor)
            }
            _ => return Err("the text ends within a value".into()),
        };
        // Nought stands for no anchor.
        if anchor != 0 {
            self.anchors.insert(anchor, Some((value.clone(), self.values - before)));
        }
        Ok(value)
    }

    fn mapping(&mut self, depth: usize) -> Result<Value, String> {
        let mut entries = Entries::new();
        let mut merged = Vec::new();
        loop {
            let event = self.next()?;
            if event == Event::MappingEnd {
                break;
            }
            let is_merge = matches!(&event, Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<");
            let key = self.node(event, depth + 1)?;
            let event = self.next()?;
            let value = self.node(event, depth + 1)?;
            if is_merge {
                merged.push(value);
                continue;
            }
            let text = match convert(&key, &Type::String) {
                Ok(text) if !text.is_null() => text,
                Ok(_) => return Err("a mapping key must not be null".into()),
                Err(_) => return Err("only strings, numbers and bools can be keys of a mapping".into()),
            };
            entries.insert(Arc::from(text.as_str().unwrap_or_default()), value);
        }
        for source in merged {
            let sources = source.items().map_or_else(|| vec![source.clone()], <[Value]>::to_vec);
            for source in sources {
                let more = source.entries().ok_or("only a mapping can be merged into a mapping with `<<`")?;
                for (key, value) in more {
                    entries.entry(key.clone()).or_insert_with(|| value.clone());
                }
            }
        }
        Ok(Value::object(entries))
    }

    fn count(&mut self, more: usize) -> Result<(), String> {
        self.values = self.values.saturating_add(more);
        if self.values > MAX_VALUES {
            return Err(format!("the document stands for more than {MAX_VALUES} values"));
        }
        Ok(())
    }
}

/// The name of a tag that YAML defines, such as `str`; `None` where there is no tag.
fn core_tag(tag: Option<&Tag>) -> Result<Option<&str>, String> {
    match tag {
        None => Ok(None),
        Some(tag) if tag.is_yaml_core_schema() => Ok(Some(&tag.suffix)),
        Some(tag) if tag.suffix.is_empty() => Ok(Some("str")),
        Some(tag) => Err(format!("unsupported tag {tag}")),
    }
}

fn only(tag: Option<&Tag>, wanted: &str) -> Result<(), String> {
    match core_tag(tag)? {
        Some(found) if found != wanted => Err(format!("the tag !!{found} does not fit a value of this kind")),
        _ => Ok(()),
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, String> {
    let tag = core_tag(tag)?;
    if style != ScalarStyle::Plain {
        return Ok(Value::string(text));
    }
    let mismatch = |tag: &str| Err(format!("cannot parse {text:?} as !!{tag}"));
    match tag {
        None => implicit(text),
        Some("str" | "binary") => Ok(Value::string(text)),
        Some(tag @ ("int" | "float")) => match implicit(text)? {
            value if value.as_number().is_some_and(|n| tag == "float" || n.is_whole()) => Ok(value),
            _ => mismatch(tag),
        },
        Some("bool") => match implicit(text)? {
            value if value.as_bool().is_some() => Ok(value),
            _ => mismatch("bool"),
        },
        Some("null") => match implicit(text)? {
            value if value.is_null() => Ok(value),
            _ => mismatch("null"),
        },
        Some("timestamp") => timestamp(text).map_or_else(|| mismatch("timestamp"), |time| Ok(Value::string(time))),
        Some(tag) => Err(format!("unsupported tag !!{tag}")),
    }
}

/// The value of a plain text without a tag.
fn implicit(text: &str) -> Result<Value, String> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::null(Type::Dynamic),
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Value::bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Value::bool(false),
        ".nan" | ".NaN" | ".NAN" => return Err("floating point NaN is not supported".into()),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf" | "-.INF" => {
            return Err("infinite numbers are not supported".into());
        }
        text => match (number(text), timestamp(text)) {
            (_, Some(time)) => Value::string(time),
            (Some(number), None) => Value::number(number),
            (None, None) => Value::string(text),
        },
    })
}

fn number(text: &str) -> Option<Number> {
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return None;
    }
    let plain = text.replace('_', "");
    let (negative, digits) = match plain.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, plain.strip_prefix('+').unwrap_or(&plain)),
    };
    let radix = |prefix: &str, radix: u32| {
        let digits = digits.strip_prefix(prefix).filter(|digits| digits.starts_with(|c: char| c.is_digit(radix)))?;
        num_bigint::BigInt::parse_bytes(digits.as_bytes(), radix).map(Number::from)
    };
    let decimal = || match digits.strip_prefix('.') {
        Some(fraction) if fraction.starts_with(|c: char| c.is_ascii_digit()) => format!("0.{fraction}").parse().ok(),
        _ => digits.parse().ok(),
    };
    let number: Number = radix("0x", 16).or_else(|| radix("0o", 8)).or_else(decimal)?;
    Some(if negative { number.negate() } else { number })
}

/// A date or time in the form of RFC 3339; YAML allows parts of it to be short or absent.
fn timestamp(text: &str) -> Option<String> {
    let take = |text: &mut &str, most: usize| -> Option<u32> {
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (digits, rest) = text.split_at(end);
        *text = rest;
        (1..=most).contains(&digits.len()).then(|| digits.parse().ok()).flatten()
    };
    let skip = |text: &mut &str, c: &[char]| -> Option<()> {
        *text = text.strip_prefix(c)?;
        Some(())
    };
    if text.len() < 8 || text.as_bytes().get(4) != Some(&b'-') {
        return None;
    }
    let mut rest = text;
    let year = take(&mut rest, 4)?;
    skip(&mut rest, &['-'])?;
    let month = take(&mut rest, 2)?;
    skip(&mut rest, &['-'])?;
    let day = take(&mut rest, 2)?;
    let date = format!("{year:04}-{month:02}-{day:02}");
    if rest.is_empty() {
        return super::dates::normal(&format!("{date}T00:00:00Z"));
    }
    let blank = rest.starts_with(' ');
    skip(&mut rest, &['T', 't', ' '])?;
    let hour = take(&mut rest, 2)?;
    skip(&mut rest, &[':'])?;
    let minute = take(&mut rest, 2)?;
    skip(&mut rest, &[':'])?;
    let second = take(&mut rest, 2)?;
    // Behind a fraction comes the zone, without which it is UTC and the date is set apart by a blank.
    let zone = rest.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let fraction = &rest[..rest.len() - zone.len()];
    let zone = if zone.is_empty() && blank { "Z" } else { zone };
    super::dates::normal(&format!("{date}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str) -> Result<Value, String> {
        Reader { events: Parser::new_from_str(text), anchors: HashMap::new(), values: 0 }.document()
    }

    #[test]
    fn plain_texts_are_what_they_look_like() {
        assert_eq!(decoded("0x1F"), Ok(31.into()));
        assert_eq!(decoded("-0o17"), Ok((-15).into()));
        assert_eq!(decoded("1_000"), Ok(1000.into()));
        assert_eq!(decoded("2020-1-2 03:04:05"), Ok("2020-01-02T03:04:05Z".into()));
        assert_eq!(decoded("2020-13-01"), Ok("2020-13-01".into()));
        assert_eq!(decoded("-"), Ok(Value::tuple(vec![Value::null(Type::Dynamic)])));
    }

    #[test]
    fn aliases_are_followed_but_not_without_end() {
        let merged = decoded("a: &x {k: 1, l: 2}\nb:\n  <<: *x\n  l: 3").unwrap();
        assert_eq!(merged.attr("b"), Value::object_of([("k", 1.into()), ("l", 3.into())]));
        assert!(decoded("a: &x [*x]").is_err());
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for i in 1..9 {
            let aliases = vec![format!("*a{}", i - 1); 10].join(", ");
            bomb.push_str(&format!("a{i}: &a{i} [{aliases}]\n"));
        }
        assert!(decoded(&bomb).unwrap_err().contains("more than"));
        assert!(decoded(&"[".repeat(100_000)).is_err());
    }
}
