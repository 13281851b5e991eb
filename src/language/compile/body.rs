//! A resource's body against its schema, as far as that goes without evaluating references.

use crate::diagnostic::{Diagnostics, Span, did_you_mean};
use crate::language::ast::{Attribute, Block, Body, Expr, ExprKind, TemplatePart};
use crate::language::decode::typed_argument;
use crate::language::eval::{NoScope, eval};
use crate::schema::{self, NestedBlock};

/// Checks arguments and blocks of a body. `header` is shown where something is missing.
pub(super) fn check_body(body: &Body, schema: &schema::Block, header: Span, problems: &mut Diagnostics) {
    for attribute in &body.attributes {
        check_argument(attribute, schema, problems);
    }
    for (name, attribute) in &schema.attributes {
        if attribute.required && body.attribute(name).is_none() {
            let detail = format!("The argument \"{name}\" is required, but no definition was found.");
            problems.error("Missing required argument").at(header).detail(detail);
        }
    }
    for block in &body.blocks {
        if &*block.ty.text == "dynamic" {
            check_dynamic(block, schema, problems);
        } else if let Some(nested) = nested_block(block, &block.ty.text, block.ty.span, schema, problems) {
            if let Some(label) = block.labels.first() {
                let detail = format!("No labels are expected for {} blocks.", block.ty.text);
                problems.error(format!("Extraneous label for {}", block.ty.text)).at(label.span).detail(detail);
            }
            check_body(&block.body, &nested.block, block.header, problems);
        }
    }
    for (name, nested) in &schema.blocks {
        check_number(body, name, nested, header, problems);
    }
}

fn check_argument(attribute: &Attribute, schema: &schema::Block, problems: &mut Diagnostics) {
    let name = &*attribute.name.text;
    let Some(known) = schema.attributes.get(name) else {
        let detail = format!("An argument named \"{name}\" is not expected here.");
        let help = if schema.blocks.contains_key(name) {
            format!("Did you mean to define a block of type \"{name}\"? Then leave out the equals sign.")
        } else {
            did_you_mean(name, schema.writable_names())
        };
        problems.error("Unsupported argument").at(attribute.name.span).detail(detail).help(help);
        return;
    };
    if !known.is_argument() {
        let detail = format!("Can't configure a value for \"{name}\": it is decided automatically.");
        problems.error("Value for unconfigurable attribute").at(attribute.span).detail(detail);
        return;
    }
    if let Some(instead) = known.deprecated {
        let detail = format!("The argument \"{name}\" is deprecated.");
        problems.warning("Argument is deprecated").at(attribute.name.span).detail(detail).help(instead);
    }
    if is_constant(&attribute.expr) {
        let value = eval(&attribute.expr, &NoScope, problems);
        typed_argument(attribute, known, &value, problems);
    }
}

fn nested_block<'s>(
    block: &Block,
    name: &str,
    span: Span,
    schema: &'s schema::Block,
    problems: &mut Diagnostics,
) -> Option<&'s NestedBlock> {
    let found = schema.blocks.get(name);
    if found.is_none() {
        let detail = format!("Blocks of type \"{name}\" are not expected here.");
        let help = if schema.attributes.get(name).is_some_and(schema::Attribute::is_argument) {
            format!("Did you mean to define argument \"{name}\"? If so, use the equals sign to assign it a value.")
        } else {
            did_you_mean(name, schema.writable_names())
        };
        problems.error("Unsupported block type").at(span).within(block.header).detail(detail).help(help);
    }
    found
}

fn check_dynamic(block: &Block, schema: &schema::Block, problems: &mut Diagnostics) {
    let [label] = block.labels.as_slice() else {
        let detail = "A dynamic block has one label: the type of the blocks that it makes.";
        problems.error("Invalid dynamic block").at(block.header).detail(detail);
        return;
    };
    for attribute in &block.body.attributes {
        match &*attribute.name.text {
            "for_each" => {}
            "iterator" if matches!(attribute.expr.kind, ExprKind::Variable(_)) => {}
            "iterator" => {
                let detail = "The iterator is a single name without quotes.";
                problems.error("Invalid dynamic iterator name").at(attribute.expr.span).detail(detail);
            }
            "labels" => {
                let detail = format!("Blocks of type \"{}\" take no labels.", label.text);
                problems.error("Extraneous dynamic block labels").at(attribute.span).detail(detail);
            }
            name => {
                let detail = format!("An argument named \"{name}\" is not expected in a dynamic block.");
                let help = did_you_mean(name, ["for_each", "iterator", "labels"]);
                problems.error("Unsupported argument").at(attribute.name.span).detail(detail).help(help);
            }
        }
    }
    if block.body.attribute("for_each").is_none() {
        let detail = "The argument \"for_each\" is required, but no definition was found.";
        problems.error("Missing required argument").at(block.header).detail(detail);
    }
    let nested = nested_block(block, &label.text, label.span, schema, problems);
    let mut contents = 0;
    for inner in &block.body.blocks {
        if &*inner.ty.text != "content" {
            let detail = format!("Blocks of type \"{}\" are not expected in a dynamic block.", inner.ty.text);
            let help = did_you_mean(&inner.ty.text, ["content"]);
            problems.error("Unsupported block type").at(inner.ty.span).detail(detail).help(help);
            continue;
        }
        contents += 1;
        if let Some(nested) = nested {
            check_body(&inner.body, &nested.block, inner.header, problems);
        }
    }
    if contents != 1 {
        let detail = "A dynamic block has exactly one content block, the pattern of the blocks that it makes.";
        problems.error("Invalid dynamic block").at(block.header).detail(detail);
    }
}

fn check_number(body: &Body, name: &str, nested: &NestedBlock, header: Span, problems: &mut Diagnostics) {
    let count = body.blocks_of(name).count();
    let dynamic = body.blocks_of("dynamic").any(|b| b.labels.first().is_some_and(|label| &*label.text == name));
    if count < nested.min && !dynamic {
        let detail = match nested.min {
            1 => format!("At least one \"{name}\" block is required."),
            min => format!("At least {min} \"{name}\" blocks are required."),
        };
        problems.error(format!("Insufficient {name} blocks")).at(header).detail(detail);
    }
    if let Some(max) = nested.max
        && let Some(extra) = body.blocks_of(name).nth(max)
    {
        let detail = format!("No more than {max} \"{name}\" block{} are allowed.", if max == 1 { "" } else { "s" });
        problems.error(format!("Too many {name} blocks")).at(extra.header).within(header).detail(detail);
    }
}

/// Whether an expression has the same value everywhere.
fn is_constant(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String(_) => true,
        ExprKind::Template(parts) => parts.iter().all(|part| match part {
            TemplatePart::Text(..) => true,
            TemplatePart::Interpolation(expr) => is_constant(expr),
            TemplatePart::If { .. } | TemplatePart::For { .. } => false,
        }),
        ExprKind::Paren(inner) | ExprKind::Interpolation(inner) | ExprKind::Unary(_, inner) => is_constant(inner),
        ExprKind::Binary(_, a, b) => is_constant(a) && is_constant(b),
        ExprKind::Tuple(items) => items.iter().all(is_constant),
        ExprKind::Object(items) => items.iter().all(|(key, value)| is_constant(key) && is_constant(value)),
        _ => false,
    }
}
