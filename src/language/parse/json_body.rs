//! Files in JSON syntax to the same tree that native ones make.

use std::collections::HashMap;
use std::sync::Arc;

use super::json::{self, Json, Kind, Member};
use super::json_expression::{Expressions, Reading};
use super::json_shape::{Blocks, FILE, Shape, file_blocks};
use crate::diagnostic::{Diagnostics, SourceId, Span, did_you_mean};
use crate::language::ast::{Attribute, Block, Body, Expr, Name};
use crate::schema::Schemas;

/// The content of a file in JSON syntax. The schemas tell which members of a resource are blocks.
pub fn parse_json_body(source: SourceId, text: &str, schemas: &dyn Schemas, problems: &mut Diagnostics) -> Body {
    let whole = Span::new(source, 0, text.len());
    let parsed = json::parse(source, text, problems);
    let mut reader = Reader { expressions: Expressions { source, problems }, schemas };
    let mut body = match &parsed {
        Some((json, _)) => reader.root(json),
        None => Body { attributes: Vec::new(), blocks: Vec::new(), span: whole, gaps: vec![whole] },
    };
    if parsed.is_some_and(|(_, lost)| lost) {
        body.gaps.push(whole);
    }
    body
}

/// The members of a file of variable values: names and expressions that refer to nothing.
pub(in crate::language) fn parse_json_values(
    source: SourceId,
    text: &str,
    problems: &mut Diagnostics,
) -> Vec<(Name, Expr)> {
    let Some((json, _)) = json::parse(source, text, problems) else { return Vec::new() };
    let mut expressions = Expressions { source, problems };
    let mut seen: HashMap<Arc<str>, Span> = HashMap::new();
    let mut found = Vec::new();
    let objects = match &json.kind {
        Kind::Array(items) => items.as_slice(),
        _ => std::slice::from_ref(&json),
    };
    for object in objects {
        let Kind::Object(members) = &object.kind else {
            expressions.wrong_root(object);
            continue;
        };
        for member in members.iter().filter(|member| is_kept(member)) {
            let name = expressions.name(&member.key);
            if let Some(first) = seen.insert(name.text.clone(), name.span) {
                expressions.set_twice(&name, first);
                continue;
            }
            let expr = expressions.expr(&member.value, Reading::Literal);
            found.push((name, expr));
        }
    }
    found
}

/// Whether a member is neither a comment nor something that was reported.
fn is_kept(member: &Member<'_>) -> bool {
    member.key.text != "//" && !matches!(member.value.kind, Kind::Broken)
}

impl Expressions<'_> {
    fn wrong_root(&mut self, json: &Json<'_>) {
        if !matches!(json.kind, Kind::Broken) {
            let span = self.span(json.start, json.end);
            let detail = "The root value of a JSON file must be either an object or an array of objects.";
            self.problems.error("Root value must be object").at(span).detail(detail);
        }
    }

    fn set_twice(&mut self, name: &Name, first: Span) {
        let detail = format!("The argument \"{}\" was already set. Each argument may be set once.", name.text);
        self.problems.error("Duplicate attribute definition").at(name.span).first_at(first).detail(detail);
    }
}

struct Reader<'p, 's> {
    expressions: Expressions<'p>,
    schemas: &'s dyn Schemas,
}

/// What leads to a block: its type, the labels so far, and the bracket in front of it if it is one of several.
struct Header {
    ty: Name,
    labels: Vec<Name>,
    open: Option<Span>,
}

impl<'s> Reader<'_, 's> {
    fn root(&mut self, json: &Json<'_>) -> Body {
        let mut body = self.empty(json);
        let objects = match &json.kind {
            Kind::Array(items) => items.as_slice(),
            _ => std::slice::from_ref(json),
        };
        for object in objects {
            match &object.kind {
                Kind::Object(members) => self.members(members, Shape::Language(&FILE), &mut body),
                _ => self.expressions.wrong_root(object),
            }
        }
        for attribute in std::mem::take(&mut body.attributes) {
            let name = &attribute.name.text;
            let detail = format!("There is no type of block named \"{name}\".");
            let problems = &mut self.expressions.problems;
            let help = did_you_mean(name, file_blocks());
            problems.error("Extraneous JSON object property").at(attribute.name.span).detail(detail).help(help);
        }
        body
    }

    fn empty(&self, json: &Json<'_>) -> Body {
        let span = self.expressions.span(json.start, json.end);
        Body { attributes: Vec::new(), blocks: Vec::new(), span, gaps: Vec::new() }
    }

    fn members(&mut self, members: &[Member<'_>], shape: Shape<'s>, body: &mut Body) {
        let mut seen: HashMap<Arc<str>, Span> = HashMap::new();
        for member in members {
            if matches!(member.value.kind, Kind::Broken) {
                body.gaps.push(self.expressions.span(member.key.start, member.value.end));
            }
            if !is_kept(member) {
                continue;
            }
            let name = self.expressions.name(&member.key);
            if let Some(blocks) = shape.blocks(&name.text) {
                let header = Header { ty: name, labels: Vec::new(), open: None };
                self.blocks(&member.value, &blocks, &header, body);
                continue;
            }
            if let Some(first) = seen.insert(name.text.clone(), name.span) {
                self.expressions.set_twice(&name, first);
                continue;
            }
            let expr = self.expressions.expr(&member.value, shape.reading(&name.text));
            let span = name.span.to(expr.span);
            body.attributes.push(Attribute { name, expr, span });
        }
    }

    /// The blocks below a name: one object level for each label that is still missing, then an object for a block or an
    /// array of such. An array may stand at each level.
    fn blocks(&mut self, json: &Json<'_>, blocks: &Blocks<'s>, header: &Header, body: &mut Body) {
        let missing = blocks.labels.get(header.labels.len());
        match (&json.kind, missing) {
            (Kind::Array(items), _) => {
                for item in items {
                    let open = self.expressions.span(item.start, item.start + 1);
                    let header = Header { ty: header.ty.clone(), labels: header.labels.clone(), open: Some(open) };
                    match item.kind {
                        Kind::Null => {}
                        Kind::Array(_) => self.wrong_kind(item, &header.ty, missing.is_some()),
                        _ => self.blocks(item, blocks, &header, body),
                    }
                }
            }
            (Kind::Object(members), Some(label)) => {
                let mut labelled = false;
                for member in members {
                    labelled |= member.key.text != "//";
                    if matches!(member.value.kind, Kind::Broken) {
                        body.gaps.push(self.expressions.span(member.key.start, member.value.end));
                    }
                    if is_kept(member) {
                        let mut labels = header.labels.clone();
                        labels.push(self.expressions.name(&member.key));
                        self.blocks(&member.value, blocks, &Header { ty: header.ty.clone(), labels, open: None }, body);
                    }
                }
                if !labelled {
                    self.missing_label(json, label, &header.ty);
                }
            }
            (Kind::Object(members), None) => {
                let shape = blocks.shape(header.labels.first().map(|label| &*label.text), self.schemas);
                let mut inner = self.empty(json);
                self.members(members, shape, &mut inner);
                body.blocks.push(header.block(inner));
            }
            (Kind::Null, Some(label)) if header.labels.is_empty() => self.missing_label(json, label, &header.ty),
            // A block that is null is not there.
            (Kind::Null, _) => {}
            (Kind::Broken, _) => body.gaps.push(self.expressions.span(json.start, json.end)),
            _ => self.wrong_kind(json, &header.ty, missing.is_some()),
        }
    }

    fn wrong_kind(&mut self, json: &Json<'_>, ty: &Name, labels: bool) {
        let detail = if labels {
            format!(
                "An object or an array of objects is required here, whose property names are labels of {} blocks.",
                ty.text
            )
        } else {
            format!("An object or an array of objects is required here, the content of one or more {} blocks.", ty.text)
        };
        let span = self.expressions.span(json.start, json.end);
        self.expressions.problems.error("Incorrect JSON value type").at(span).within(ty.span).detail(detail);
    }

    fn missing_label(&mut self, json: &Json<'_>, label: &str, ty: &Name) {
        let span = self.expressions.span(json.start, json.end);
        let detail =
            format!("At least one property is required here, whose name is the {label} of a {} block.", ty.text);
        self.expressions.problems.error("Missing block label").at(span).within(ty.span).detail(detail);
    }
}

impl Header {
    fn block(&self, body: Body) -> Block {
        let first = self.ty.span.to(body.span);
        let header = self.open.or_else(|| self.labels.last().map(|label| label.span)).unwrap_or(self.ty.span);
        Block { ty: self.ty.clone(), labels: self.labels.clone(), body, header, span: first }
    }
}

#[cfg(test)]
mod tests;
