//! Functions that encode and decode.

use std::borrow::Cow;
use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::strings::text;
use super::{Fault, Function, Given, Param, Want};
use crate::value::json::from_json_untyped;
use crate::value::{Data, Refinement, Type, Value};

pub(super) static TABLE: &[Function] = &[
    Function::new("jsonencode", &[Param::new("val", Want::Any).nullable().unknown()], Want::Text, jsonencode),
    Function::new("jsondecode", &[TEXT], Want::Any, jsondecode),
    Function::new("base64encode", &[TEXT], Want::Text, |_, args| Ok(STANDARD.encode(text(args, 0)).into())),
    Function::new("base64decode", &[TEXT], Want::Text, base64decode),
    Function::new("base64gzip", &[TEXT], Want::Text, base64gzip),
    Function::new("textencodebase64", &[TEXT.named("string"), ENCODING], Want::Text, text_encode),
    Function::new("textdecodebase64", &[TEXT.named("source"), ENCODING], Want::Text, text_decode),
    Function::new("urlencode", &[TEXT], Want::Text, |_, args| Ok(urlencode(text(args, 0)).into())),
];

const TEXT: Param = Param::new("str", Want::Text);
const ENCODING: Param = Param::new("encoding", Want::Text);

fn jsonencode(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let value = &args[0];
    if value.holds_infinity() {
        return Err(Fault::Call("cannot serialize infinity as JSON".into()));
    }
    if value.is_wholly_known() {
        return Ok(json(value).into());
    }
    // The first character follows from the type, unless the whole may be null.
    let start = match value.ty() {
        Type::String => "\"",
        Type::List(_) | Type::Set(_) | Type::Tuple(_) => "[",
        Type::Map(_) | Type::Object(_) => "{",
        Type::Bool | Type::Number | Type::Dynamic => "",
    };
    let start = if value.is_never_null() { start } else { "" };
    Ok(Value::refined(Type::String, Refinement::starting_with(start)))
}

/// The JSON text of a value, as the original writes it: no blanks, keys sorted, and what HTML gives a meaning escaped.
pub(super) fn json(value: &Value) -> String {
    let mut out = String::new();
    write_json(value, &mut out);
    out
}

fn write_json(value: &Value, out: &mut String) {
    match value.data() {
        Data::Null(_) | Data::Unknown(..) => out.push_str("null"),
        Data::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Data::Number(number) => out.push_str(&number.to_string()),
        Data::String(text) => write_json_text(text, out),
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_json(item, out);
            }
            out.push(']');
        }
        Data::Map(_, entries) | Data::Object(entries) => {
            out.push('{');
            for (i, (key, item)) in entries.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_json_text(key, out);
                out.push(':');
                write_json(item, out);
            }
            out.push('}');
        }
    }
}

pub(super) fn write_json_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c if u32::from(c) < 0x20 => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

fn jsondecode(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let json: serde_json::Value = serde_json::from_str(&without_lone_surrogates(text(args, 0)))
        .map_err(|error| Fault::arg(0, format!("invalid JSON: {error}")))?;
    Ok(from_json_untyped(&json))
}

/// JSON text in which halves of characters, which no text can hold, have become the replacement character.
fn without_lone_surrogates(json: &str) -> Cow<'_, str> {
    let code = |at: usize| {
        let digits = json.get(at..at + 6)?.strip_prefix("\\u")?;
        u32::from_str_radix(digits, 16).ok()
    };
    let mut out = String::new();
    let (mut copied, mut at) = (0, 0);
    while let Some(step) = json[at..].find('\\') {
        at += step;
        match code(at) {
            Some(0xd800..=0xdbff) if matches!(code(at + 6), Some(0xdc00..=0xdfff)) => at += 12,
            Some(0xd800..=0xdfff) => {
                out.push_str(&json[copied..at]);
                out.push('\u{fffd}');
                at += 6;
                copied = at;
            }
            _ => at += 1 + json[at + 1..].chars().next().map_or(0, char::len_utf8),
        }
    }
    if copied == 0 { Cow::Borrowed(json) } else { Cow::Owned(out + &json[copied..]) }
}

fn base64decode(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    // Line breaks inside are ignored, as the original does.
    let clean: String = text(args, 0).chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    let bytes =
        STANDARD.decode(clean).map_err(|error| Fault::Call(format!("failed to decode base64 data: {error}")))?;
    String::from_utf8(bytes)
        .map(Value::from)
        .map_err(|_| Fault::Call("the result of decoding the provided string is not valid UTF-8".into()))
}

fn base64gzip(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let packed = gzip.write_all(text(args, 0).as_bytes()).and_then(|()| gzip.finish());
    let packed = packed.map_err(|error| Fault::Call(format!("failed to compress: {error}")))?;
    Ok(STANDARD.encode(packed).into())
}

/// A named encoding of text.
enum Charset {
    Ascii,
    Latin1,
    Utf16 { big: bool, marked: bool },
    Other(&'static encoding_rs::Encoding),
}

fn charset(args: &[Value]) -> Result<Charset, Fault> {
    let name = text(args, 1);
    Ok(match name.to_ascii_lowercase().as_str() {
        // On the web these names mean Windows' extension of them, which is another encoding here.
        "us-ascii" | "ascii" => Charset::Ascii,
        "iso-8859-1" | "latin1" => Charset::Latin1,
        "utf-16" => Charset::Utf16 { big: true, marked: true },
        "utf-16be" => Charset::Utf16 { big: true, marked: false },
        "utf-16le" => Charset::Utf16 { big: false, marked: false },
        label => encoding_rs::Encoding::for_label(label.as_bytes())
            .filter(|found| *found != encoding_rs::REPLACEMENT)
            .map(Charset::Other)
            .ok_or_else(|| Fault::arg(1, format!("{name:?} is not a supported IANA encoding name or alias")))?,
    })
}

fn text_encode(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let text = text(args, 0);
    let below =
        |limit: u32| text.chars().map(|c| u8::try_from(u32::from(c)).ok().filter(|b| u32::from(*b) < limit)).collect();
    let bytes: Option<Vec<u8>> = match charset(args)? {
        Charset::Ascii => below(0x80),
        Charset::Latin1 => below(0x100),
        Charset::Utf16 { big, marked } => {
            let mark = marked.then_some(0xfeff);
            let units = mark.into_iter().chain(text.encode_utf16());
            Some(units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect())
        }
        Charset::Other(encoding) => {
            let (bytes, _, lossy) = encoding.encode(text);
            (!lossy).then(|| bytes.into_owned())
        }
    };
    let bytes = bytes
        .ok_or_else(|| Fault::arg(0, "the given string contains characters that the encoding cannot represent"))?;
    Ok(STANDARD.encode(bytes).into())
}

fn text_decode(_: &Given<'_>, args: &[Value]) -> Result<Value, Fault> {
    let bytes = STANDARD
        .decode(text(args, 0))
        .map_err(|error| Fault::arg(0, format!("failed to decode base64 data: {error}")))?;
    let decoded = match charset(args)? {
        Charset::Ascii => bytes.is_ascii().then(|| bytes.iter().copied().map(char::from).collect()),
        Charset::Latin1 => Some(bytes.iter().copied().map(char::from).collect()),
        Charset::Utf16 { big, marked } => {
            let little = marked && bytes.starts_with(&[0xff, 0xfe]);
            let encoding = if big && !little { encoding_rs::UTF_16BE } else { encoding_rs::UTF_16LE };
            let decoded = if marked {
                encoding.decode_with_bom_removal(&bytes).0
            } else {
                encoding.decode_without_bom_handling(&bytes).0
            };
            Some(decoded.into_owned())
        }
        Charset::Other(encoding) => {
            let (decoded, malformed) = encoding.decode_without_bom_handling(&bytes);
            (!malformed).then(|| decoded.into_owned())
        }
    };
    let decoded =
        decoded.ok_or_else(|| Fault::arg(0, "the given string contains symbols that the encoding does not define"))?;
    Ok(Value::string(decoded))
}

fn urlencode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
