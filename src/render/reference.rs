//! The reference page of a resource type, data source or ephemeral resource type, in Markdown.

use super::tree::one_line;
use crate::address::Mode;
use crate::render::items::shown;
use crate::resource::{AnyResource, Ordering, Recovery, Registry};
use crate::schema::{Attribute, Block, NestedBlock, Nesting, Schema};

/// The pages of all types: file name and text.
pub fn pages(registry: &Registry) -> Vec<(String, String)> {
    let mut pages = Vec::new();
    for resource in registry.resources() {
        let schema = resource.schema();
        pages.push((file_name(Mode::Managed, schema.name), resource_page(resource.as_ref())));
    }
    for data in registry.data_sources() {
        let schema = data.schema();
        pages.push((file_name(Mode::Data, schema.name), page(schema, Mode::Data)));
    }
    for ephemeral in registry.ephemeral_types() {
        let schema = ephemeral.schema();
        pages.push((file_name(Mode::Ephemeral, schema.name), page(schema, Mode::Ephemeral)));
    }
    pages.push(("README.md".into(), contents(registry)));
    pages
}

fn file_name(mode: Mode, name: &str) -> String {
    format!("{}{name}.md", mode.prefix())
}

fn contents(registry: &Registry) -> String {
    let mut out = "# Reference\n\nThese pages are written by `recon providers docs docs/reference` from the schemas.\n"
        .to_owned();
    let entry = |mode, schema: &Schema| {
        let name = schema.name;
        format!("- [`{name}`]({}): {}\n", file_name(mode, name), first_sentence(schema.doc))
    };
    out.push_str("\n## Resource types\n\n");
    registry.resources().for_each(|resource| out.push_str(&entry(Mode::Managed, resource.schema())));
    out.push_str("\n## Data sources\n\n");
    registry.data_sources().for_each(|data| out.push_str(&entry(Mode::Data, data.schema())));
    out.push_str("\n## Ephemeral resource types\n\n");
    registry.ephemeral_types().for_each(|it| out.push_str(&entry(Mode::Ephemeral, it.schema())));
    out
}

fn first_sentence(doc: &str) -> &str {
    doc.find(". ").map_or(doc, |at| &doc[..=at])
}

fn resource_page(resource: &dyn AnyResource) -> String {
    let schema = resource.schema();
    let mut out = page(schema, Mode::Managed);
    out.push_str("\n## What recon does with it\n\n");
    if !schema.import_id.is_empty() {
        out.push_str(&format!("- Its import id is `{}`.\n", schema.import_id));
    }
    out.push_str(&format!("- After a lost answer or a crash it is found again {}.\n", recovery(resource.recovery())));
    for ordering in resource.ordering() {
        out.push_str(&format!("- {}\n", order(*ordering)));
    }
    out
}

fn recovery(recovery: Recovery) -> &'static str {
    match recovery {
        Recovery::IdempotencyToken => "by the idempotency token of its creation",
        Recovery::NaturalName => "by its name",
        Recovery::OwnershipTag => "by a tag that recon puts on it",
        Recovery::ComparedListing => "by comparing a listing with what was wished",
        Recovery::Local => "in state, since nothing of it is outside recon",
    }
}

fn order(ordering: Ordering) -> String {
    match ordering {
        Ordering::AfterSiblings { mine, ty, theirs } => {
            format!("It waits for every `{ty}` whose `{theirs}` names the same as its own `{mine}`.")
        }
        Ordering::UpdateAfterDeleting(ty) => {
            format!("An update waits for the deletion of each `{ty}` that depended on it.")
        }
        Ordering::ReplacedWith { mine } => {
            format!("It is replaced together with the resource that its `{mine}` refers to.")
        }
        Ordering::CreateFirst => {
            "A replacement makes the new object first, and deletes the old one when nothing uses it any more.".into()
        }
        Ordering::DeleteFirst => "A replacement deletes the old object before it makes the new one.".into(),
        Ordering::Dear => {
            "Its deletion loses what users stored in it: a plan that deletes or replaces it is applied only with \
            `-allow-data-loss=ADDRESS`, or by `destroy` after confirmation."
                .into()
        }
    }
}

fn page(schema: &Schema, mode: Mode) -> String {
    let kind = match mode {
        Mode::Managed => "Resource type",
        Mode::Data => "Data source",
        Mode::Ephemeral => "Ephemeral resource type",
    };
    let mut out = format!("# {kind} `{}`\n", schema.name);
    if !schema.doc.is_empty() {
        out.push_str(&format!("\n{}\n", schema.doc));
    }
    section(&mut out, &schema.block, "");
    out
}

/// Arguments and attributes of a block, then its nested blocks, each under a heading with its path.
fn section(out: &mut String, block: &Block, path: &str) {
    let (arguments, attributes): (Vec<_>, Vec<_>) = block.attributes.iter().partition(|(_, a)| a.is_argument());
    let (title, attribute_title) = match path {
        "" => ("## Arguments".to_owned(), "## Attributes".to_owned()),
        path => (format!("## Block `{path}`"), String::new()),
    };
    let blocks: Vec<_> = block.blocks.iter().collect();
    if !path.is_empty() || !arguments.is_empty() || !blocks.is_empty() {
        out.push_str(&format!("\n{title}\n\n"));
    }
    for (name, argument) in arguments {
        out.push_str(&format!("- `{name}` ({}){}\n", traits(argument), sentences(argument)));
    }
    for (name, nested) in &blocks {
        let inner = join(path, name);
        out.push_str(&format!("- `{name}` ({}){}\n", block_traits(nested), dotted(&nested_doc(nested, &inner))));
    }
    if !attributes.is_empty() && path.is_empty() {
        out.push_str(&format!("\n{attribute_title}\n\n"));
    }
    for (name, attribute) in attributes {
        let lead = if path.is_empty() { "" } else { ", given by AWS" };
        out.push_str(&format!("- `{name}` ({}{lead}){}\n", traits(attribute), sentences(attribute)));
    }
    for (name, nested) in &blocks {
        section(out, &nested.block, &join(path, name));
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn nested_doc(nested: &NestedBlock, path: &str) -> String {
    let doc = nested.doc.trim();
    if doc.is_empty() { format!("See block `{path}` below.") } else { doc.to_owned() }
}

fn dotted(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

fn traits(attribute: &Attribute) -> String {
    let mut traits = vec![attribute.ty.friendly()];
    let mut add = |set: bool, text: &str| {
        if set {
            traits.push(text.to_owned());
        }
    };
    add(attribute.required, "required");
    add(attribute.optional && !attribute.required, "optional");
    add(attribute.computed && attribute.is_argument(), "given by AWS where absent");
    add(attribute.replace && attribute.is_argument(), "a change makes a new object");
    add(attribute.sensitive, "sensitive");
    add(attribute.own, "recon only");
    add(attribute.deprecated.is_some(), "deprecated");
    traits.join(", ")
}

fn block_traits(nested: &NestedBlock) -> String {
    let mut traits = vec![match (nested.min, nested.max) {
        (0, Some(1)) => "block, at most one".to_owned(),
        (1, Some(1)) => "block, exactly one".to_owned(),
        (0, None) => "blocks, any number".to_owned(),
        (min, None) => format!("blocks, at least {min}"),
        (0, Some(max)) => format!("blocks, at most {max}"),
        (min, Some(max)) => format!("blocks, {min} to {max}"),
    }];
    if nested.nesting == Nesting::Set {
        traits.push("in any order".into());
    }
    if nested.computed {
        traits.push("given by AWS where absent".into());
    }
    if nested.replace {
        traits.push("a change makes a new object".into());
    }
    traits.join(", ")
}

fn sentences(attribute: &Attribute) -> String {
    let mut parts: Vec<String> = Vec::new();
    if !attribute.doc.is_empty() {
        parts.push(attribute.doc.to_owned());
    }
    if let Some(default) = &attribute.default {
        parts.push(format!("Defaults to `{}`.", one_line(&shown(default))));
    }
    if !attribute.allowed.is_empty() {
        let values: Vec<String> = attribute.allowed.iter().map(|value| format!("`{value}`")).collect();
        parts.push(format!("One of {}.", values.join(", ")));
    }
    let of = if attribute.ty == crate::value::Type::String { " characters" } else { "" };
    match (attribute.min, attribute.max) {
        (Some(min), Some(max)) => parts.push(format!("From {min} to {max}{of}.")),
        (Some(min), None) => parts.push(format!("At least {min}{of}.")),
        (None, Some(max)) => parts.push(format!("At most {max}{of}.")),
        (None, None) => {}
    }
    if !attribute.conflicts.is_empty() {
        let names: Vec<String> = attribute.conflicts.iter().map(|name| format!("`{name}`")).collect();
        parts.push(format!("Not beside {}.", names.join(", ")));
    }
    if let Some(instead) = attribute.deprecated {
        parts.push(format!("Deprecated: {instead}"));
    }
    dotted(&parts.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Type, Value};
    use indexmap::IndexMap;

    #[test]
    fn a_page_says_what_may_be_written_and_what_can_be_read() {
        let name = Attribute {
            required: true,
            optional: false,
            replace: true,
            min: Some(3),
            max: Some(255),
            doc: "The name.",
            ..Attribute::optional(Type::String)
        };
        let mode =
            Attribute { default: Some(Value::string("A")), allowed: &["A", "B"], ..Attribute::optional(Type::String) };
        let arn = Attribute { optional: false, computed: true, doc: "The ARN.", ..Attribute::optional(Type::String) };
        let attributes = IndexMap::from([("name", name), ("mode", mode), ("arn", arn)]);
        let schema =
            Schema::new("aws_x", "A thing.", Block { attributes, blocks: IndexMap::new() }).timeouts(&["create"]);
        insta::assert_snapshot!(page(&schema, Mode::Managed), @"
        # Resource type `aws_x`

        A thing.

        ## Arguments

        - `name` (string, required, a change makes a new object): The name. From 3 to 255 characters.
        - `mode` (string, optional): Defaults to `\"A\"`. One of `A`, `B`.
        - `timeouts` (block, at most one): How long each operation may take, such as `30m`.

        ## Attributes

        - `arn` (string): The ARN.

        ## Block `timeouts`

        - `create` (string, optional)
        ");
    }
}
