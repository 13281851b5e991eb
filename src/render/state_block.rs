//! One object of a state for people, as the block that would ask for it. Secrets are taken out.

use super::items::{Shown, shown};
use super::state_json::schema;
use super::tree::quoted;
use super::{Look, Tone};
use crate::address::{Address, Mode};
use crate::plan::providers::Providers;
use crate::schema::{Block, Nesting};
use crate::state::{Instance, Snapshot};
use crate::value::json::from_json_untyped;
use crate::value::marks::mark_at;
use crate::value::{Entries, Value};

/// How far a line is indented below the one around it.
const STEP: usize = 4;

/// The current object of an instance, and those that were set aside for it.
pub fn object(snapshot: &Snapshot, address: &Address, providers: &Providers, look: Look) -> String {
    let current = snapshot.instances.get(address).map(|instance| (None, instance));
    let deposed = snapshot.deposed.iter().filter(|((of, _), _)| of == address);
    let deposed = deposed.map(|((_, key), instance)| (Some(key.as_str()), instance));
    let texts = current.into_iter().chain(deposed).map(|(key, instance)| one(address, key, instance, providers, look));
    texts.collect::<Vec<_>>().join("\n")
}

fn one(address: &Address, deposed: Option<&str>, instance: &Instance, providers: &Providers, look: Look) -> String {
    let schema = schema(address, &instance.provider, providers);
    let typed = schema.and_then(|schema| Some(schema.block.mark_sensitive(&instance.value(schema.ty()).ok()?)));
    let block = typed.as_ref().and(schema).map(|schema| &schema.block);
    let value = typed.unwrap_or_else(|| mark_at(&from_json_untyped(&instance.stored()), &instance.sensitive));
    let note = match (deposed, instance.tainted) {
        (Some(key), _) => format!(" (set aside as {key}, to be deleted)"),
        (None, true) => " (tainted)".to_owned(),
        (None, false) => String::new(),
    };
    let resource = &address.resource;
    let word = if resource.mode == Mode::Data { "data" } else { "resource" };
    let mut out = format!("{}\n", look.paint(Tone::Faint, format!("# {address}:{note}")));
    out.push_str(&format!("{word} \"{}\" \"{}\" {{\n", resource.ty, resource.name));
    if let Some(entries) = value.entries() {
        body(entries, block, STEP, &mut out);
    }
    out.push_str("}\n");
    out
}

/// What is in a block: its attributes in line, then the blocks in it.
fn body(entries: &Entries, block: Option<&Block>, indent: usize, out: &mut String) {
    let nested = |name: &str| block.and_then(|block| block.blocks.get(name));
    let present = || entries.iter().filter(|(_, value)| !value.is_null());
    let attributes: Vec<_> = present().filter(|(name, value)| nested(name).is_none() || is_hidden(value)).collect();
    let width = attributes.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let pad = " ".repeat(indent);
    for (name, value) in &attributes {
        let gap = " ".repeat(width - name.chars().count());
        out.push_str(&format!("{pad}{name}{gap} = {}\n", expression(&shown(value), indent)));
    }
    for (name, value) in present().filter(|(_, value)| !is_hidden(value)) {
        let Some(inner) = nested(name) else { continue };
        let blocks: Vec<&Value> = match inner.nesting {
            Nesting::Single => vec![value],
            Nesting::List | Nesting::Set => value.items().unwrap_or_default().iter().collect(),
        };
        for value in blocks {
            out.push_str(&format!("\n{pad}{name} {{\n"));
            match value.entries() {
                Some(entries) if !is_hidden(value) => body(entries, Some(&inner.block), indent + STEP, out),
                _ => out.push_str(&format!("{pad}    # (sensitive value)\n")),
            }
            out.push_str(&format!("{pad}}}\n"));
        }
    }
}

/// Whether a value as a whole must not be shown.
fn is_hidden(value: &Value) -> bool {
    !value.marks().is_none()
}

/// A value as the language writes it, over as many lines as it takes.
fn expression(value: &Shown, indent: usize) -> String {
    let (pad, inner) = (" ".repeat(indent), " ".repeat(indent + STEP));
    match value {
        Shown::Sensitive => "(sensitive value)".into(),
        Shown::Unknown => "(known after apply)".into(),
        Shown::Null => "null".into(),
        Shown::Bool(value) => value.to_string(),
        Shown::Number(number) => number.clone(),
        Shown::Text(text) => match text.strip_suffix('\n') {
            Some(lines) if text.lines().count() > 1 && is_plain(text) => heredoc(lines, &pad, &inner),
            _ => quoted(text),
        },
        Shown::Document(document) => {
            format!("jsonencode(\n{inner}{}\n{pad})", expression(document, indent + STEP))
        }
        Shown::List(items) if items.is_empty() => "[]".into(),
        Shown::List(items) => {
            let lines = items.iter().map(|item| format!("{inner}{},\n", expression(item, indent + STEP)));
            format!("[\n{}{pad}]", lines.collect::<String>())
        }
        Shown::Object(entries) => braces(entries, indent, str::to_owned),
        Shown::Map(entries) => braces(entries, indent, quoted),
    }
}

fn braces(entries: &[(String, Shown)], indent: usize, name: impl Fn(&str) -> String) -> String {
    if entries.is_empty() {
        return "{}".into();
    }
    let (pad, inner) = (" ".repeat(indent), " ".repeat(indent + STEP));
    let names: Vec<String> = entries.iter().map(|(key, _)| name(key)).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let lines = names.iter().zip(entries).map(|(name, (_, value))| {
        let gap = " ".repeat(width - name.chars().count());
        format!("{inner}{name}{gap} = {}\n", expression(value, indent + STEP))
    });
    format!("{{\n{}{pad}}}", lines.collect::<String>())
}

/// Whether a text has nothing in it that could move the cursor.
fn is_plain(text: &str) -> bool {
    text.chars().all(|c| c == '\n' || c == '\t' || !c.is_control())
}

fn heredoc(lines: &str, pad: &str, inner: &str) -> String {
    let escaped = lines.replace("${", "$${").replace("%{", "%%{");
    let lines = escaped.split('\n').map(|line| match line.is_empty() {
        true => "\n".to_owned(),
        false => format!("{inner}{line}\n"),
    });
    let marker = if lines.clone().any(|line| line.trim() == "EOT") { "END_OF_TEXT" } else { "EOT" };
    format!("<<-{marker}\n{}{pad}{marker}", lines.collect::<String>())
}
