//! A body to the value of its schema's type.

use std::sync::Arc;

use super::ast::{Attribute, Block, Body, ExprKind};
use super::eval::{Env, Scope, elements, eval_with};
use crate::diagnostic::{Diagnostics, Span, did_you_mean};
use crate::schema::{self, NestedBlock, Nesting};
use crate::value::{Data, Entries, Marks, Path, PathStep, Type, Value, bare, convert};

/// The object that a body describes: of exactly the type of the block's schema, what is absent being null or an empty
/// collection. Arguments of a sensitive attribute are not marked here.
pub fn decode_body(body: &Body, schema: &schema::Block, scope: &dyn Scope, problems: &mut Diagnostics) -> Value {
    Decoder { scope, problems }.body(body, schema, &schema.ty(), None)
}

/// `decode_body` for one whose type is at hand already.
pub fn decode_typed(
    body: &Body,
    schema: &schema::Block,
    ty: &Type,
    scope: &dyn Scope,
    problems: &mut Diagnostics,
) -> Value {
    Decoder { scope, problems }.body(body, schema, ty, None)
}

struct Decoder<'a> {
    scope: &'a dyn Scope,
    problems: &'a mut Diagnostics,
}

/// Blocks of one name, as far as they are known.
struct Found {
    values: Vec<Value>,
    unknown: bool,
    marks: Marks,
    span: Option<Span>,
}

impl Decoder<'_> {
    fn body(&mut self, body: &Body, schema: &schema::Block, ty: &Type, env: Option<&Env<'_>>) -> Value {
        let types = match ty {
            Type::Object(object) => Some(object),
            _ => None,
        };
        let type_of = |name: &str| types.and_then(|object| object.attributes.get_key_value(name));
        let mut entries = Entries::new();
        for (name, attribute) in &schema.attributes {
            let key = type_of(name).map_or_else(|| Arc::from(*name), |(key, _)| key.clone());
            let value = match body.attribute(name) {
                Some(written) => self.argument(written, attribute, env),
                None => Value::null(bare(&attribute.ty)),
            };
            entries.insert(key, value);
        }
        for (name, nested) in &schema.blocks {
            let (key, ty) = match type_of(name) {
                Some((key, ty)) => (key.clone(), ty.clone()),
                None => (Arc::from(*name), Type::Dynamic),
            };
            let value = self.blocks(body, name, nested, &ty, env);
            entries.insert(key, value);
        }
        self.conflicts(body, schema, &entries);
        Value::object(entries)
    }

    fn argument(&mut self, written: &Attribute, attribute: &schema::Attribute, env: Option<&Env<'_>>) -> Value {
        let before = self.problems.len();
        let value = eval_with(&written.expr, self.scope, env, self.problems);
        if self.problems.len() > before {
            return Value::unknown(bare(&attribute.ty));
        }
        if value.is_null() && attribute.required {
            let name = &written.name.text;
            let detail = format!("The argument \"{name}\" is required, but the given value is null.");
            self.problems.error("Missing required argument").at(written.expr.span).detail(detail);
        }
        typed_argument(written, attribute, &value, self.problems)
    }

    fn blocks(&mut self, body: &Body, name: &str, nested: &NestedBlock, ty: &Type, env: Option<&Env<'_>>) -> Value {
        let element = match nested.nesting {
            Nesting::Single => ty.clone(),
            Nesting::List | Nesting::Set => ty.element().cloned().unwrap_or(Type::Dynamic),
        };
        let mut found = Found { values: Vec::new(), unknown: false, marks: Marks::NONE, span: None };
        for block in &body.blocks {
            if &*block.ty.text == name {
                found.span = Some(block.header);
                found.values.push(self.body(&block.body, &nested.block, &element, env));
            } else if is_dynamic_of(block, name) {
                found.span = Some(block.header);
                self.dynamic(block, nested, &element, env, &mut found);
            }
        }
        if found.unknown {
            return Value::unknown(ty.clone()).marked(found.marks);
        }
        self.check_number(name, nested, &found, body);
        let value = match nested.nesting {
            Nesting::Single => found.values.into_iter().next().unwrap_or_else(|| Value::null(element)),
            Nesting::List => Value::list(element, found.values),
            Nesting::Set => Value::set(element, found.values),
        };
        value.marked(found.marks)
    }

    fn dynamic(
        &mut self,
        block: &Block,
        nested: &NestedBlock,
        element: &Type,
        env: Option<&Env<'_>>,
        found: &mut Found,
    ) {
        let (Some(source), Some(content)) = (block.body.attribute("for_each"), block.body.blocks_of("content").next())
        else {
            return;
        };
        let collection = eval_with(&source.expr, self.scope, env, self.problems);
        found.marks = found.marks.and(collection.marks());
        if collection.is_null() {
            let detail = "Cannot use a null value in for_each.";
            self.problems.error("Invalid dynamic for_each value").at(source.expr.span).detail(detail);
            found.unknown = true;
            return;
        }
        let Some(pairs) = elements(&collection, source.expr.span, self.problems) else {
            found.unknown = true;
            return;
        };
        let iterator = match block.body.attribute("iterator").map(|attribute| &attribute.expr.kind) {
            Some(ExprKind::Variable(name)) => name,
            _ => &block.labels[0].text,
        };
        for (key, value) in pairs {
            let each = Value::object_of([("key", key), ("value", value)]);
            let env = Env { outer: env, name: Some(iterator), value: each };
            let value = self.body(&content.body, &nested.block, element, Some(&env));
            found.values.push(value);
        }
    }

    /// Numbers of static blocks were checked when the body was compiled; those of dynamic ones are known here only.
    fn check_number(&mut self, name: &str, nested: &NestedBlock, found: &Found, body: &Body) {
        if !body.blocks.iter().any(|block| is_dynamic_of(block, name)) {
            return;
        }
        let count = found.values.len();
        if count < nested.min {
            let detail =
                format!("At least {} \"{name}\" blocks are required; the dynamic block made {count}.", nested.min);
            self.problems.error(format!("Insufficient {name} blocks")).at(found.span).detail(detail);
        } else if let Some(max) = nested.max.filter(|max| count > *max) {
            let detail = format!("No more than {max} \"{name}\" blocks are allowed; there are {count}.");
            self.problems.error(format!("Too many {name} blocks")).at(found.span).detail(detail);
        }
    }

    fn conflicts(&mut self, body: &Body, schema: &schema::Block, entries: &Entries) {
        let given = |name: &str| {
            entries.get(name).is_some_and(|value| match value.data() {
                Data::Null(_) | Data::Unknown(..) => false,
                Data::List(_, items) | Data::Set(_, items) => schema.attributes.contains_key(name) || !items.is_empty(),
                _ => true,
            })
        };
        let mut told: Vec<(&str, &str)> = Vec::new();
        for (name, attribute) in &schema.attributes {
            if attribute.conflicts.is_empty() || !given(name) {
                continue;
            }
            for other in attribute.conflicts {
                if given(other) && !told.contains(&(*other, *name)) {
                    told.push((name, other));
                    let span = body.attribute(name).map(|attribute| attribute.span);
                    let detail = format!("The argument \"{name}\" cannot be set together with \"{other}\".");
                    self.problems.error("Conflicting arguments").at(span).detail(detail);
                }
            }
        }
    }
}

fn is_dynamic_of(block: &Block, name: &str) -> bool {
    &*block.ty.text == "dynamic" && block.labels.first().is_some_and(|label| &*label.text == name)
}

/// The value of an argument as one of its attribute's type, checked against what the schema allows.
pub(super) fn typed_argument(
    written: &Attribute,
    attribute: &schema::Attribute,
    value: &Value,
    problems: &mut Diagnostics,
) -> Value {
    match convert(value, &attribute.ty) {
        Ok(value) => {
            check_value(&written.name.text, attribute, &value, written.expr.span, problems);
            value
        }
        Err(error) => {
            let detail = format!("Inappropriate value for attribute \"{}\": {error}.", written.name.text);
            problems.error("Incorrect attribute value type").at(written.expr.span).detail(detail);
            Value::unknown(bare(&attribute.ty))
        }
    }
}

fn check_value(name: &str, attribute: &schema::Attribute, value: &Value, span: Span, problems: &mut Diagnostics) {
    if attribute.allowed.is_empty() && attribute.min.is_none() && attribute.max.is_none() {
        return;
    }
    match value.data() {
        Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
            items
                .iter()
                .for_each(|item| check_value(name, attribute, &item.clone().marked(value.marks()), span, problems));
        }
        Data::String(text) => {
            if !attribute.allowed.is_empty() && !attribute.allowed.contains(&&**text) {
                let shown = if value.is_sensitive() { "(sensitive)".to_owned() } else { format!("\"{text}\"") };
                let detail =
                    format!("The argument \"{name}\" cannot be {shown}; it is one of {}.", listed(attribute.allowed));
                let help = did_you_mean(text, attribute.allowed.iter().copied());
                problems.error("Invalid value").at(span).detail(detail).help(help);
            }
            let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
            let bounds = bounds(attribute, "character");
            if attribute.min.is_some_and(|min| length < min) || attribute.max.is_some_and(|max| length > max) {
                let detail = format!("The argument \"{name}\" has {length} characters; it must have {bounds}.");
                problems.error("Invalid value").at(span).detail(detail);
            }
        }
        Data::Number(number) => {
            let low = attribute.min.is_some_and(|min| *number < min.into());
            let high = attribute.max.is_some_and(|max| *number > max.into());
            if low || high {
                let shown = if value.is_sensitive() { "(sensitive)".to_owned() } else { number.to_string() };
                let detail = format!("The argument \"{name}\" is {shown}; it must be {}.", bounds(attribute, ""));
                problems.error("Invalid value").at(span).detail(detail);
            }
        }
        _ => {}
    }
}

fn bounds(attribute: &schema::Attribute, unit: &str) -> String {
    let unit = if unit.is_empty() { String::new() } else { format!(" {unit}s") };
    match (attribute.min, attribute.max) {
        (Some(min), Some(max)) => format!("between {min} and {max}{unit}"),
        (Some(min), None) => format!("at least {min}{unit}"),
        (None, Some(max)) => format!("at most {max}{unit}"),
        (None, None) => String::new(),
    }
}

fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    quoted.join(", ")
}

/// The place in a body of what gave the value at a path; the nearest place around it if it has none of its own.
pub fn locate(body: &Body, path: &Path) -> Option<Span> {
    locate_steps(body, path.steps())
}

fn locate_steps(body: &Body, steps: &[PathStep]) -> Option<Span> {
    let Some((PathStep::Attribute(name), rest)) = steps.split_first() else {
        return None;
    };
    if let Some(attribute) = body.attribute(name) {
        return Some(inside(&attribute.expr, rest).unwrap_or(attribute.expr.span));
    }
    let (index, rest) = match rest.split_first() {
        Some((PathStep::Index(index), rest)) => (*index, rest),
        _ => (0, rest),
    };
    let mut blocks = body.blocks.iter().filter(|block| *block.ty.text == **name || is_dynamic_of(block, name));
    let block = blocks.clone().nth(index).or_else(|| blocks.next_back())?;
    let inner = match &*block.ty.text {
        "dynamic" => block.body.blocks_of("content").next().map_or(&block.body, |content| &content.body),
        _ => &block.body,
    };
    Some(locate_steps(inner, rest).unwrap_or(block.header))
}

fn inside(expr: &super::ast::Expr, steps: &[PathStep]) -> Option<Span> {
    let (step, rest) = steps.split_first()?;
    let found = match (&expr.kind, step) {
        (ExprKind::Paren(inner), _) => return inside(inner, steps),
        (ExprKind::Object(items), PathStep::Attribute(name) | PathStep::Key(name)) => {
            &items.iter().find(|(key, _)| matches!(&key.kind, ExprKind::String(text) if text == name))?.1
        }
        (ExprKind::Tuple(items), PathStep::Index(index)) => items.get(*index)?,
        _ => return None,
    };
    Some(inside(found, rest).unwrap_or(found.span))
}

#[cfg(test)]
mod tests;
