//! JSON text to a tree that knows where everything stands. Every mistake is reported, and what is whole behind one is kept.

use std::borrow::Cow;

use super::{MAX_NESTING, Parsed, Reported};
use crate::diagnostic::{Diagnostics, SourceId, Span};

/// A value and the bytes it takes.
#[derive(Debug)]
pub(super) struct Json<'a> {
    pub(super) kind: Kind<'a>,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What a value is.
#[derive(Debug)]
pub(super) enum Kind<'a> {
    Null,
    Bool(bool),
    /// The digits as written.
    Number(&'a str),
    String(Text<'a>),
    Array(Vec<Json<'a>>),
    Object(Vec<Member<'a>>),
    /// Something that was reported and skipped.
    Broken,
}

/// `"key": value`.
#[derive(Debug)]
pub(super) struct Member<'a> {
    pub(super) key: Text<'a>,
    pub(super) value: Json<'a>,
}

/// The content of a string.
#[derive(Debug)]
pub(super) struct Text<'a> {
    pub(super) text: Cow<'a, str>,
    /// First byte, the opening quote.
    pub(super) start: usize,
    /// One past the closing quote.
    pub(super) end: usize,
    /// Offsets in the content and where they stand in the file; between two of them both grow alike.
    pub(super) places: Vec<(usize, usize)>,
}

/// The value that a whole text is, and whether members may be missing of which nothing is left. `None` if there is not even the
/// beginning of a value.
pub(super) fn parse<'a>(source: SourceId, text: &'a str, problems: &mut Diagnostics) -> Option<(Json<'a>, bool)> {
    let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut reader = Reader { source, text, at, nesting: 0, arrays: 0, ended: false, lost: false, problems };
    reader.blanks();
    if reader.at == text.len() {
        reader.error("Missing value", reader.at, reader.at, "The JSON data ends before it has begun.");
        return None;
    }
    let value = reader.value().ok()?;
    reader.blanks();
    if reader.at < text.len() && !matches!(value.kind, Kind::Broken) && !reader.lost {
        let end = reader.char_end(reader.at);
        reader.error("Extraneous data after value", reader.at, end, "Extra characters appear after the JSON value.");
    }
    Some((value, reader.lost))
}

struct Reader<'a, 'p> {
    source: SourceId,
    text: &'a str,
    at: usize,
    nesting: usize,
    /// Arrays around the place.
    arrays: usize,
    /// The text ends too early, which was reported: what it leaves open is no mistake of its own.
    ended: bool,
    /// Something was skipped without a trace.
    lost: bool,
    problems: &'p mut Diagnostics,
}

impl<'a> Reader<'a, '_> {
    fn error(&mut self, summary: &str, start: usize, end: usize, detail: impl Into<String>) -> Reported {
        self.problems.error(summary).at(Span::new(self.source, start, end)).detail(detail);
        Reported
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn char_end(&self, at: usize) -> usize {
        at + self.text[at..].chars().next().map_or(0, char::len_utf8)
    }

    /// The value that begins here. A mistake in it leaves the place behind it.
    fn value(&mut self) -> Parsed<Json<'a>> {
        let start = self.at;
        let kind = match self.byte() {
            Some(b'{') => self.nested(Self::object)?,
            Some(b'[') => self.nested(Self::array)?,
            Some(b'"') => Kind::String(self.string()?),
            Some(b'-' | b'+' | b'.' | b'0'..=b'9') => self.number()?,
            Some(_) => self.word()?,
            None => {
                self.ended = true;
                return Err(self.error("Missing value", start, start, "The JSON data ends where a value is required."));
            }
        };
        Ok(Json { kind, start, end: self.at })
    }

    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.nesting >= MAX_NESTING {
            let detail = format!("Objects and arrays may be nested at most {MAX_NESTING} deep.");
            let reported = self.error("Nesting too deep", self.at, self.at + 1, detail);
            // What closes is past counting.
            self.at = self.text.len();
            self.ended = true;
            return Err(reported);
        }
        self.nesting += 1;
        let result = read(self);
        self.nesting -= 1;
        result
    }

    fn object(&mut self) -> Parsed<Kind<'a>> {
        let open = self.at;
        self.at += 1;
        let mut members = Vec::new();
        loop {
            self.blanks();
            match self.byte() {
                Some(b'}') => {
                    self.at += 1;
                    break;
                }
                Some(b']') => {
                    let detail = "A JSON object must be closed with a brace, not with a bracket.";
                    self.error("Mismatched braces", self.at, self.at + 1, detail);
                    self.lost = true;
                    if self.arrays == 0 {
                        self.at += 1;
                    }
                    break;
                }
                None => {
                    self.unclosed(open, "Unclosed object", "No closing brace was found for this JSON object.");
                    break;
                }
                Some(_) => match self.member() {
                    Ok(member) => members.push(member),
                    Err(Reported) => {
                        // The gap is kept, so that nobody misses what stands in it.
                        let broken = Json { kind: Kind::Broken, start: self.at, end: self.at };
                        let key = Text { text: Cow::Borrowed(""), start: self.at, end: self.at, places: Vec::new() };
                        members.push(Member { key, value: broken });
                        self.skip();
                    }
                },
            }
            self.separator(b'}', "property");
        }
        Ok(Kind::Object(members))
    }

    fn array(&mut self) -> Parsed<Kind<'a>> {
        let open = self.at;
        self.at += 1;
        let mut items = Vec::new();
        self.arrays += 1;
        loop {
            self.blanks();
            match self.byte() {
                Some(b']') => {
                    self.at += 1;
                    break;
                }
                Some(b'}') => {
                    // It may well close the object around.
                    let detail = "A JSON array must be closed with a bracket, not with a brace.";
                    self.error("Mismatched brackets", self.at, self.at + 1, detail);
                    self.lost = true;
                    break;
                }
                None => {
                    self.unclosed(open, "Unclosed array", "No closing bracket was found for this JSON array.");
                    break;
                }
                Some(_) => match self.value() {
                    Ok(item) => items.push(item),
                    Err(Reported) => {
                        items.push(Json { kind: Kind::Broken, start: self.at, end: self.at });
                        self.skip();
                    }
                },
            }
            self.separator(b']', "value");
        }
        self.arrays -= 1;
        Ok(Kind::Array(items))
    }

    fn unclosed(&mut self, open: usize, summary: &str, detail: &str) {
        self.lost = true;
        if !std::mem::replace(&mut self.ended, true) {
            self.error(summary, open, open + 1, detail);
        }
    }

    /// What stands between two members or items: a comma, or nothing before the end.
    fn separator(&mut self, close: u8, what: &str) {
        self.blanks();
        let (noun, article) = if close == b'}' { ("object", "an object") } else { ("array", "an array") };
        match self.byte() {
            Some(b',') => {
                let comma = self.at;
                self.at += 1;
                self.blanks();
                if self.byte() == Some(close) {
                    let detail = format!("JSON does not permit a trailing comma after the final {what} in {article}.");
                    self.error(&format!("Trailing comma in {noun}"), comma, comma + 1, detail);
                }
            }
            Some(b'}' | b']') | None => {}
            Some(_) => {
                let end = self.char_end(self.at);
                let detail = format!("A comma must appear between each {what} and the next in {article}.");
                self.error("Missing attribute separator comma", self.at, end, detail);
                // What stands here may be the next one, or anything.
                let begins = match self.byte() {
                    Some(b'"') => true,
                    Some(b'{' | b'[' | b'-' | b'0'..=b'9' | b'a'..=b'z') => close == b']',
                    _ => false,
                };
                if !begins {
                    self.lost = true;
                    self.skip();
                    if self.byte() == Some(b',') {
                        self.at += 1;
                    }
                }
            }
        }
    }

    fn member(&mut self) -> Parsed<Member<'a>> {
        if self.byte() != Some(b'"') {
            let mut end = self.char_end(self.at);
            while self.text.as_bytes().get(end).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_') {
                end += 1;
            }
            let detail = match self.byte() {
                Some(b'\'') => "A JSON object property name must be a string in double quotes, not in single quotes.",
                Some(b'/' | b'#') => {
                    "JSON has no comments. A property named \"//\" is ignored and can hold one instead."
                }
                Some(b',') => "Only one comma may stand between two properties.",
                _ => "A JSON object property name must be a string in double quotes.",
            };
            return Err(self.error("Invalid object property name", self.at, end, detail));
        }
        let key = self.string()?;
        self.blanks();
        match self.byte() {
            Some(b':') => self.at += 1,
            Some(b'=') => {
                let detail = "JSON uses a colon between a property's name and its value, not an equals sign.";
                self.error("Missing property value colon", self.at, self.at + 1, detail);
                self.at += 1;
            }
            next => {
                self.ended |= next.is_none();
                let end = self.char_end(self.at);
                let detail = "A colon must appear between a property's name and its value.";
                return Err(self.error("Missing property value colon", self.at, end, detail));
            }
        }
        self.blanks();
        let before = self.at;
        let value = match self.value() {
            Ok(value) => value,
            Err(Reported) => {
                self.skip();
                Json { kind: Kind::Broken, start: before, end: self.at.min(self.text.len()) }
            }
        };
        Ok(Member { key, value })
    }

    /// Goes to the comma or bracket that ends the member or item in which a mistake was found.
    fn skip(&mut self) {
        let mut depth = 0_usize;
        while let Some(byte) = self.byte() {
            match byte {
                b',' if depth == 0 => return,
                b'}' | b']' if depth == 0 => return,
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                b'"' => {
                    self.skip_string();
                    continue;
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    /// Goes behind a string, or to the end of the line if it has no end.
    fn skip_string(&mut self) {
        self.at += 1;
        while let Some(byte) = self.byte() {
            match byte {
                b'\n' => return,
                b'"' => {
                    self.at += 1;
                    return;
                }
                b'\\' => self.at += 1,
                _ => {}
            }
            self.at = self.text.len().min(self.at + 1);
        }
    }

    fn string(&mut self) -> Parsed<Text<'a>> {
        let start = self.at;
        self.at += 1;
        let mut content: Option<String> = None;
        let mut run = self.at;
        let mut places = vec![(0, run)];
        let mut broken = false;
        loop {
            match self.byte() {
                Some(b'"') => break,
                Some(b'\\') => {
                    let escape = self.at;
                    let decoded = self.escape();
                    let content = content.get_or_insert_default();
                    content.push_str(&self.text[run..escape]);
                    places.push((content.len(), escape));
                    match decoded {
                        Ok(c) => content.push(c),
                        Err(Reported) => broken = true,
                    }
                    places.push((content.len(), self.at));
                    run = self.at;
                }
                next @ (Some(b'\n') | None) => {
                    self.ended |= next.is_none();
                    let detail = "There is no closing quote for this string on its line. A line break inside a string is \
                                  written `\\n`.";
                    return Err(self.error("Invalid JSON string", start, start + 1, detail));
                }
                Some(control @ ..0x20) => {
                    let detail = format!("A control character must be escaped: `\\u{control:04x}`.");
                    self.error("Invalid JSON string", self.at, self.at + 1, detail);
                    broken = true;
                    self.at += 1;
                }
                Some(_) => self.at += 1,
            }
        }
        let rest = &self.text[run..self.at];
        let text = match content {
            Some(content) => Cow::Owned(content + rest),
            None => Cow::Borrowed(rest),
        };
        self.at += 1;
        if broken { Err(Reported) } else { Ok(Text { text, start, end: self.at, places }) }
    }

    fn escape(&mut self) -> Parsed<char> {
        let start = self.at;
        let letter = self.text[start + 1..].chars().next();
        self.at = start + 1 + letter.map_or(0, char::len_utf8);
        Ok(match letter {
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some(c @ ('"' | '\\' | '/')) => c,
            Some('u') => {
                let unit = self.hex(start)?;
                match unit {
                    0xd800..=0xdbff if self.text[self.at..].starts_with("\\u") => {
                        let low = self.at;
                        self.at += 2;
                        let second = self.hex(low)?;
                        if (0xdc00..=0xdfff).contains(&second) {
                            let code = 0x10000 + ((unit - 0xd800) << 10) + (second - 0xdc00);
                            char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
                        } else {
                            self.at = low;
                            char::REPLACEMENT_CHARACTER
                        }
                    }
                    // Half of a pair stands for no character.
                    unit => char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER),
                }
            }
            _ => {
                let what = &self.text[start..self.at];
                let detail = format!(
                    "`{what}` is not a valid escape. The escapes are \\n, \\r, \\t, \\b, \\f, \\\", \\\\, \\/ and \\uNNNN; \
                     a backslash itself is written \\\\."
                );
                return Err(self.error("Invalid JSON string", start, self.at, detail));
            }
        })
    }

    /// The four digits of `\uNNNN`.
    fn hex(&mut self, escape: usize) -> Parsed<u32> {
        let digits: usize =
            self.text.as_bytes()[self.at..].iter().take(4).take_while(|b| b.is_ascii_hexdigit()).count();
        let text = &self.text[self.at..self.at + digits];
        self.at += digits;
        match u32::from_str_radix(text, 16) {
            Ok(unit) if digits == 4 => Ok(unit),
            _ => {
                let detail = "The escape `\\u` must be followed by four hexadecimal digits.";
                Err(self.error("Invalid JSON string", escape, self.at, detail))
            }
        }
    }

    fn number(&mut self) -> Parsed<Kind<'a>> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        while matches!(self.byte(), Some(b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')) {
            self.at += 1;
        }
        let text = &self.text[start..self.at];
        let detail = if text.starts_with('+') {
            "A JSON number has no plus sign in front of it."
        } else if text.trim_start_matches('-').starts_with('.') {
            "A JSON number must have a digit before the decimal point."
        } else if text.trim_start_matches('-').len() > 1
            && text.trim_start_matches('-').starts_with('0')
            && text.trim_start_matches('-').as_bytes()[1].is_ascii_digit()
        {
            "A JSON number has no noughts in front of it."
        } else if is_number(&bytes[start..self.at]) {
            return Ok(Kind::Number(text));
        } else {
            "There is a syntax error in the given JSON number."
        };
        Err(self.error("Invalid JSON number", start, self.at, detail))
    }

    fn word(&mut self) -> Parsed<Kind<'a>> {
        let start = self.at;
        while self.byte().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_') {
            self.at += 1;
        }
        let word = &self.text[start..self.at];
        match word {
            "null" => return Ok(Kind::Null),
            "true" => return Ok(Kind::Bool(true)),
            "false" => return Ok(Kind::Bool(false)),
            _ => {}
        }
        if word.is_empty() {
            let end = self.char_end(start);
            let detail = match self.byte() {
                Some(b'\'') => "JSON strings stand in double quotes, not in single quotes.",
                _ => "A JSON value must start with a brace, a bracket, a number, a string, or a keyword.",
            };
            return Err(self.error("Invalid start of value", start, end, detail));
        }
        let detail = format!("\"{word}\" is not a valid JSON keyword. Strings stand in double quotes.");
        let help = crate::diagnostic::did_you_mean(word, ["null", "true", "false"]);
        let span = Span::new(self.source, start, self.at);
        self.problems.error("Invalid JSON keyword").at(span).detail(detail).help(help);
        Err(Reported)
    }
}

/// Whether bytes are a number by JSON's grammar, but for noughts in front.
fn is_number(bytes: &[u8]) -> bool {
    let mut rest = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let digits = |rest: &mut &[u8]| {
        let count = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        *rest = &rest[count..];
        count > 0
    };
    if !digits(&mut rest) {
        return false;
    }
    if let Some(fraction) = rest.strip_prefix(b".") {
        rest = fraction;
        if !digits(&mut rest) {
            return false;
        }
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        rest = exponent.strip_prefix(b"+").or_else(|| exponent.strip_prefix(b"-")).unwrap_or(exponent);
        if !digits(&mut rest) {
            return false;
        }
    }
    rest.is_empty()
}
