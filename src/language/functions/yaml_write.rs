//! `yamlencode`: values to YAML, in the very form that the original writes.

use crate::value::{Data, Value};

/// The spaces of one level.
const STEP: usize = 2;
/// The column behind which a quoted text goes on in the next line.
const WIDTH: usize = 80;

/// The YAML text of a value.
pub(super) fn yamlencode(value: &Value) -> String {
    let mut writer = Writer { out: String::new(), column: 0, fresh: true };
    writer.node(value, None, false);
    if writer.column > 0 {
        writer.line();
    }
    if matches!(value.data(), Data::Null(_) | Data::Unknown(..) | Data::Bool(_) | Data::Number(_)) {
        // Only a mark tells that a plain text at the top has ended.
        writer.out.push_str("...\n");
    }
    writer.out
}

struct Writer {
    out: String,
    column: usize,
    /// Nothing but blanks and dashes stands in the line so far.
    fresh: bool,
}

impl Writer {
    fn put(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
        self.fresh = false;
    }

    fn line(&mut self) {
        self.out.push('\n');
        self.column = 0;
        self.fresh = true;
    }

    fn indent(&mut self, indent: usize) {
        if !self.fresh || self.column > indent {
            self.line();
        }
        let missing = indent.saturating_sub(self.column);
        self.out.push_str(&" ".repeat(missing));
        self.column += missing;
    }

    /// Writes a value inside one that is indented by `outer`; behind a key, the dashes of a sequence stand below the key.
    fn node(&mut self, value: &Value, outer: Option<usize>, behind_key: bool) {
        let inner = outer.map_or(0, |outer| outer + STEP);
        match value.data() {
            Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) if !items.is_empty() => {
                let indent = outer.filter(|_| behind_key).unwrap_or(inner);
                for item in items.iter() {
                    self.indent(indent);
                    self.put("-");
                    let leads_on = is_filled(item);
                    self.put(" ");
                    self.fresh = leads_on;
                    self.node(item, Some(indent), false);
                }
            }
            Data::Map(_, entries) | Data::Object(entries) if !entries.is_empty() => {
                for (key, item) in entries.iter() {
                    self.indent(inner);
                    self.quoted(key, None);
                    self.put(":");
                    if !is_filled(item) {
                        self.put(" ");
                    }
                    self.node(item, Some(inner), true);
                }
            }
            Data::List(..) | Data::Set(..) | Data::Tuple(_) => self.put("[]"),
            Data::Map(..) | Data::Object(_) => self.put("{}"),
            Data::Null(_) | Data::Unknown(..) => self.put("null"),
            Data::Bool(truth) => self.put(if *truth { "true" } else { "false" }),
            Data::Number(number) => self.put(&number.to_string()),
            Data::String(text) => {
                let indent = outer.map_or(STEP, |outer| outer + STEP);
                if may_be_block(text) { self.block(text, indent) } else { self.quoted(text, Some(indent)) }
            }
        }
    }

    /// Writes a text of several lines behind a bar.
    fn block(&mut self, text: &str, indent: usize) {
        let hint = if text.starts_with([' ', '\n']) { "2" } else { "" };
        let end = match (text.ends_with('\n'), text.len() == 1 || text.ends_with("\n\n")) {
            (false, _) => "-",
            (true, true) => "+",
            (true, false) => "",
        };
        self.put(&format!("|{hint}{end}"));
        self.line();
        for line in text.split_inclusive('\n') {
            let content = line.trim_end_matches('\n');
            if !content.is_empty() {
                self.indent(indent);
                self.put(content);
            }
            if line.ends_with('\n') {
                self.line();
            }
        }
    }

    /// Writes a text in quotes; a long one is folded to the given indentation, if there is one.
    fn quoted(&mut self, text: &str, fold: Option<usize>) {
        self.put("\"");
        let mut after_space = false;
        let mut chars = text.chars().enumerate().peekable();
        while let Some((i, c)) = chars.next() {
            if c == ' ' {
                match (fold, chars.peek()) {
                    (Some(indent), Some((_, next))) if !after_space && i > 0 && self.column > WIDTH => {
                        let next_is_space = *next == ' ';
                        self.indent(indent);
                        if next_is_space {
                            self.put("\\");
                        }
                    }
                    _ => self.put(" "),
                }
                after_space = true;
                continue;
            }
            after_space = false;
            match escaped(c) {
                Some(escape) => self.put(&escape),
                None => self.put(c.encode_utf8(&mut [0; 4])),
            }
        }
        self.put("\"");
    }
}

fn is_filled(value: &Value) -> bool {
    value.items().is_some_and(|items| !items.is_empty()) || value.entries().is_some_and(|entries| !entries.is_empty())
}

/// Whether a text may stand as a block, where nothing is escaped.
fn may_be_block(text: &str) -> bool {
    text.contains('\n')
        && !text.ends_with(' ')
        && !text.contains(" \n")
        && text.chars().all(|c| c == '\n' || matches!(c, '"' | '\\') || escaped(c).is_none())
}

fn escaped(c: char) -> Option<String> {
    Some(match c {
        '\0' => "\\0".into(),
        '\u{7}' => "\\a".into(),
        '\u{8}' => "\\b".into(),
        '\t' => "\\t".into(),
        '\n' => "\\n".into(),
        '\u{b}' => "\\v".into(),
        '\u{c}' => "\\f".into(),
        '\r' => "\\r".into(),
        '\u{1b}' => "\\e".into(),
        '"' => "\\\"".into(),
        '\\' => "\\\\".into(),
        '\u{85}' => "\\N".into(),
        '\u{2028}' => "\\L".into(),
        '\u{2029}' => "\\P".into(),
        ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' => return None,
        c if u32::from(c) <= 0xff => format!("\\x{:02X}", u32::from(c)),
        c if u32::from(c) <= 0xffff => format!("\\u{:04X}", u32::from(c)),
        c => format!("\\U{:08X}", u32::from(c)),
    })
}
