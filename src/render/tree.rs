//! Parts that differ, as indented lines with a symbol in front of each that comes, goes or changes.

use std::fmt;

use unicode_width::UnicodeWidthStr;

use super::items::{Around, Content, Item, Label, Shown, Symbol, TextLine};
use super::{Look, Tone};
use crate::schema::Meaning;

/// The most lines of a text that is made; the file has the rest.
const MOST_TEXT_LINES: usize = 12;
/// The most meanings of one change that are told one by one.
const MOST_MEANINGS: usize = 40;
const STEP: usize = 4;

/// The lines of parts, each with its symbol at the given column.
pub fn items(parts: &[Item], indent: usize, look: Look) -> String {
    let mut writer = Writer { look, out: String::new() };
    writer.items(parts, indent);
    writer.out
}

/// A value on one line, as the language writes it.
pub fn one_line(value: &Shown) -> String {
    match value {
        Shown::Sensitive => "(sensitive value)".into(),
        Shown::Unknown => "(known after apply)".into(),
        Shown::Null => "null".into(),
        Shown::Bool(value) => value.to_string(),
        Shown::Number(number) => number.clone(),
        Shown::Text(text) => quoted(text),
        Shown::Document(inner) => format!("jsonencode({})", one_line(inner)),
        Shown::List(items) => format!("[{}]", items.iter().map(one_line).collect::<Vec<_>>().join(", ")),
        Shown::Object(entries) if entries.is_empty() => "{}".into(),
        Shown::Map(entries) if entries.is_empty() => "{}".into(),
        Shown::Object(entries) => braces(entries, |name| name.to_owned()),
        Shown::Map(entries) => braces(entries, quoted),
    }
}

fn braces(entries: &[(String, Shown)], name: impl Fn(&str) -> String) -> String {
    let entries: Vec<String> = entries.iter().map(|(n, v)| format!("{} = {}", name(n), one_line(v))).collect();
    format!("{{ {} }}", entries.join(", "))
}

pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // A control character could move the cursor.
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn label(label: &Label) -> String {
    match label {
        Label::Attribute(name) | Label::Block(name) => name.clone(),
        Label::Key(name) => quoted(name),
        Label::Element => String::new(),
    }
}

/// What ends a part: a comma behind it, and a note behind its first line.
#[derive(Clone, Copy)]
struct End<'a> {
    comma: &'a str,
    note: &'a str,
}

impl fmt::Display for End<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.comma, self.note)
    }
}

struct Writer {
    look: Look,
    out: String,
}

impl Writer {
    fn items(&mut self, parts: &[Item], indent: usize) {
        let one_liner = |item: &&Item| !matches!(item.content, Content::Group(Around::Block, ..));
        let width = parts.iter().filter(one_liner).map(|item| label(&item.label).width()).max().unwrap_or(0);
        for item in parts {
            self.item(item, indent, width);
        }
    }

    fn symbol(&self, symbol: Symbol) -> String {
        match symbol {
            Symbol::Add => self.look.paint(Tone::Add, "+"),
            Symbol::Remove => self.look.paint(Tone::Remove, "-"),
            Symbol::Change => self.look.paint(Tone::Change, "~"),
            Symbol::Keep => " ".into(),
        }
    }

    fn line(&mut self, symbol: Symbol, indent: usize, text: &str) {
        let symbol = self.symbol(symbol);
        let line = format!("{}{symbol} {text}", " ".repeat(indent));
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    fn item(&mut self, item: &Item, indent: usize, width: usize) {
        let name = label(&item.label);
        let head = match item.label {
            Label::Element => String::new(),
            Label::Block(_) => format!("{name} "),
            Label::Attribute(_) | Label::Key(_) => format!("{name}{} = ", " ".repeat(width - name.width())),
        };
        let tail = if item.replaces {
            self.look.paint(Tone::Remove, "  # this change needs a new object")
        } else {
            String::new()
        };
        let comma = if item.label == Label::Element { "," } else { "" };
        self.content(item, &item.content, indent, &head, End { comma, note: &tail });
    }

    fn content(&mut self, item: &Item, content: &Content, indent: usize, head: &str, end: End<'_>) {
        match content {
            Content::Value(value) => self.value(item.symbol, value, indent, head, end),
            Content::Change(before, after) => self.change(before, after, indent, head, end),
            Content::Text(lines) => {
                self.line(item.symbol, indent, &format!("{head}<<-EOT{}", end.note));
                for line in lines {
                    match line {
                        TextLine::Line(symbol, text) => self.text_line(*symbol, indent + STEP, text),
                        TextLine::Hidden(count) => self.aside(indent + STEP, &stays(*count, "line")),
                    }
                }
                self.line(Symbol::Keep, indent, "EOT");
            }
            Content::Group(around, parts, hidden) => {
                let (open, close) = if *around == Around::Brackets { ("[", "]") } else { ("{", "}") };
                self.line(item.symbol, indent, &format!("{head}{open}{}", end.note));
                self.group(indent, &format!("{close}{}", end.comma), parts, *hidden, *around);
            }
            Content::Explained(meanings, inner) => {
                self.content(item, inner, indent, head, end);
                self.meanings(meanings, indent + STEP);
            }
            Content::Document(inner) => match &**inner {
                Content::Group(around, parts, hidden) => {
                    let (open, close) = if *around == Around::Brackets { ("[", "]") } else { ("{", "}") };
                    self.line(item.symbol, indent, &format!("{head}jsonencode({open}{}", end.note));
                    self.group(indent, &format!("{close}){}", end.comma), parts, *hidden, *around);
                }
                other => self.content(item, other, indent, head, end),
            },
        }
    }

    fn group(&mut self, indent: usize, close: &str, parts: &[Item], hidden: usize, around: Around) {
        self.items(parts, indent + STEP);
        // What a block leaves out is in the configuration; of a collection one wants to know that there is more.
        if hidden > 0 && around != Around::Block {
            let what = if around == Around::Brackets { "element" } else { "member" };
            self.aside(indent + STEP, &stays(hidden, what));
        }
        self.line(Symbol::Keep, indent, close);
    }

    /// What a change means, what breaks first.
    fn meanings(&mut self, meanings: &[Meaning], indent: usize) {
        for meaning in meanings.iter().take(MOST_MEANINGS) {
            let (tone, word) = if meaning.breaking { (Tone::Remove, "breaking: ") } else { (Tone::Faint, "") };
            let text = self.look.paint(tone, format!("# {word}{}", meaning.text));
            self.line(Symbol::Keep, indent, &text);
        }
        let more = meanings.len().saturating_sub(MOST_MEANINGS);
        if more > 0 {
            let breaking = meanings[MOST_MEANINGS..].iter().filter(|meaning| meaning.breaking).count();
            self.aside(indent, &format!("({more} more changes, {breaking} of them breaking)"));
        }
    }

    fn aside(&mut self, indent: usize, text: &str) {
        let text = self.look.paint(Tone::Faint, format!("# {text}"));
        self.line(Symbol::Keep, indent, &text);
    }

    fn text_line(&mut self, symbol: Symbol, indent: usize, text: &str) {
        let text: String = text.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect();
        let text = match symbol {
            Symbol::Add => self.look.paint(Tone::Add, text),
            Symbol::Remove => self.look.paint(Tone::Remove, text),
            Symbol::Change | Symbol::Keep => text,
        };
        self.line(symbol, indent, &text);
    }

    fn change(&mut self, before: &Shown, after: &Shown, indent: usize, head: &str, end: End<'_>) {
        let (old, new) = match (before, after) {
            (before, Shown::Unknown) => (summary(before), one_line(after)),
            _ => (one_line(before), one_line(after)),
        };
        let note = if *before == Shown::Sensitive && *after == Shown::Sensitive { " (another one)" } else { "" };
        let arrow = self.look.paint(Tone::Change, "->");
        if indent + 2 + head.width() + old.width() + new.width() + 4 <= self.look.width.max(60)
            || tree(before).is_none()
        {
            self.line(Symbol::Change, indent, &format!("{head}{old} {arrow} {new}{note}{end}"));
            return;
        }
        self.value(Symbol::Remove, before, indent, head, end);
        self.value(Symbol::Add, after, indent, head, End { comma: end.comma, note: "" });
    }

    /// A value that comes, goes or stays: on one line if it fits.
    fn value(&mut self, symbol: Symbol, value: &Shown, indent: usize, head: &str, end: End<'_>) {
        if let Shown::Text(text) = value
            && text.trim_end().contains('\n')
        {
            self.text(symbol, text, indent, &format!("{head}<<-EOT{}", end.note));
            return;
        }
        let flat = one_line(value);
        let fits = indent + 2 + head.width() + flat.width() <= self.look.width.max(60);
        match tree(value) {
            Some((open, close, parts)) if !fits || matches!(value, Shown::Document(_)) => {
                self.line(symbol, indent, &format!("{head}{open}{}", end.note));
                let width = parts.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
                for (name, part) in &parts {
                    let element = name.is_empty();
                    let head = if element { String::new() } else { format!("{name:width$} = ") };
                    let comma = if element { "," } else { "" };
                    self.value(symbol, part, indent + STEP, &head, End { comma, note: "" });
                }
                self.line(Symbol::Keep, indent, &format!("{close}{}", end.comma));
            }
            _ => self.line(symbol, indent, &format!("{head}{flat}{end}")),
        }
    }

    fn text(&mut self, symbol: Symbol, text: &str, indent: usize, open: &str) {
        self.line(symbol, indent, open);
        let lines: Vec<&str> = text.lines().collect();
        // One line more takes no more room than the note about it.
        let shown = if lines.len() > MOST_TEXT_LINES + 1 { MOST_TEXT_LINES } else { lines.len() };
        for line in &lines[..shown] {
            self.text_line(symbol, indent + STEP, line);
        }
        if shown < lines.len() {
            self.aside(indent + STEP, &format!("({} more lines)", lines.len() - shown));
        }
        self.line(Symbol::Keep, indent, "EOT");
    }
}

/// A value that gives way to one that nobody knows yet: what is long is only named.
fn summary(value: &Shown) -> String {
    let line = one_line(value);
    if line.width() <= 40 {
        return line;
    }
    match value {
        Shown::Document(_) => "(a JSON document)".into(),
        Shown::Text(text) if text.contains('\n') => format!("(a text of {} lines)", text.lines().count()),
        Shown::List(items) => format!("({} elements)", items.len()),
        Shown::Object(entries) | Shown::Map(entries) => format!("({} members)", entries.len()),
        _ => line,
    }
}

fn stays(count: usize, what: &str) -> String {
    format!("({count} unchanged {what}{})", if count == 1 { "" } else { "s" })
}

type Tree<'a> = (&'static str, &'static str, Vec<(String, &'a Shown)>);

/// What a value that does not fit on a line is opened and closed with, and its parts.
fn tree(value: &Shown) -> Option<Tree<'_>> {
    fn named(entries: &[(String, Shown)], name: impl Fn(&str) -> String) -> Vec<(String, &Shown)> {
        entries.iter().map(|(n, value)| (name(n), value)).collect()
    }
    match value {
        Shown::List(items) if !items.is_empty() => {
            Some(("[", "]", items.iter().map(|item| (String::new(), item)).collect()))
        }
        Shown::Object(entries) if !entries.is_empty() => Some(("{", "}", named(entries, str::to_owned))),
        Shown::Map(entries) if !entries.is_empty() => Some(("{", "}", named(entries, quoted))),
        Shown::Document(inner) => tree(inner).map(|(open, _, parts)| match open {
            "[" => ("jsonencode([", "])", parts),
            _ => ("jsonencode({", "})", parts),
        }),
        _ => None,
    }
}

#[cfg(test)]
#[path = "tree/tests.rs"]
mod tests;
