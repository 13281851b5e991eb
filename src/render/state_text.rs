//! A state for people: each object with its attributes, and the outputs. Secrets are taken out.

use super::items::{Item, Label, Symbol, shown};
use super::state_json::{order, schema};
use super::tree::{items, one_line};
use super::{Look, Tone};
use crate::address::Address;
use crate::plan::providers::Providers;
use crate::state::{Instance, Snapshot};
use crate::value::json::from_json_untyped;
use crate::value::marks::mark_at;
use crate::value::{Marks, Value};

/// The text of a state.
pub fn state(snapshot: &Snapshot, providers: &Providers, look: Look) -> String {
    if snapshot.is_empty() {
        return "The state is empty: nothing was applied yet, or all of it was destroyed.\n".into();
    }
    let current = snapshot.instances.iter().map(|(address, instance)| (address, None, instance));
    let deposed = snapshot.deposed.iter().map(|((address, key), i)| (address, Some(key.as_str()), i));
    let mut objects: Vec<_> = current.chain(deposed).collect();
    objects.sort_by(|(a, ..), (b, ..)| order(a).cmp(&order(b)));
    let mut out = String::new();
    for (address, deposed, instance) in objects {
        out.push_str(&object(address, deposed, instance, providers, look));
        out.push('\n');
    }
    if !snapshot.outputs.is_empty() {
        let outputs = snapshot.outputs.iter().map(|(name, output)| {
            let marks = if output.sensitive { Marks::SENSITIVE } else { Marks::NONE };
            (&**name, output.value.clone().marked(marks))
        });
        out.push_str(&format!("{}\n\n", look.paint(Tone::Strong, "Outputs:")));
        let outputs: Vec<_> = outputs.collect();
        let width = outputs.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, value) in outputs {
            out.push_str(&format!("{name:width$} = {}\n", one_line(&shown(&value))));
        }
    }
    out
}

fn object(address: &Address, deposed: Option<&str>, instance: &Instance, providers: &Providers, look: Look) -> String {
    let typed = schema(address, &instance.provider, providers).and_then(|schema| {
        let value = instance.value(schema.ty()).ok()?;
        Some(schema.block.mark_sensitive(&value))
    });
    let value = typed.unwrap_or_else(|| mark_at(&from_json_untyped(&instance.stored()), &instance.sensitive));
    let mut out = look.paint(Tone::Strong, address.to_string());
    if let Some(key) = deposed {
        out.push_str(&look.paint(Tone::Remove, format!(" (set aside as {key}, to be deleted)")));
    }
    if instance.tainted {
        out.push_str(&look.paint(Tone::Remove, " (tainted; to be replaced)"));
    }
    out.push('\n');
    let entries = value.entries().into_iter().flatten().filter(|(_, value)| !is_absent(value));
    let parts: Vec<Item> =
        entries.map(|(name, value)| Item::whole(Symbol::Keep, Label::Attribute(name.to_string()), value)).collect();
    out.push_str(&items(&parts, 2, look));
    out
}

/// Whether there is nothing to say of an attribute.
fn is_absent(value: &Value) -> bool {
    value.is_null() || value.items().is_some_and(<[_]>::is_empty)
}
