//! `resource`, `data` and `ephemeral` blocks.

use std::sync::Arc;

use super::body::check_body;
use super::{Allowed, Compiler, take};
use crate::address::{Mode, ProviderAddress, prefix};
use crate::diagnostic::{Span, did_you_mean};
use crate::language::ast::{Attribute, Block, Body, Expr, ExprKind, Name};
use crate::language::config::{IgnoreChanges, Lifecycle, ProviderUse, Repetition, Resource, ResourceKey};
use crate::language::references::{Reference, Subject};
use crate::schema::Schema;
use crate::value::{Path, PathStep};

impl Compiler<'_> {
    pub(super) fn resource(&mut self, block: Block, mode: Mode) {
        self.resource_of(block, mode, None);
    }

    /// Declares a resource, or the data source of a check.
    pub(super) fn resource_of(&mut self, mut block: Block, mode: Mode, check: Option<Arc<str>>) -> Option<ResourceKey> {
        let [ty, name] = self.labels(&block, ["type", "name"])?;
        if !self.valid_name(&name, "resource") {
            return None;
        }
        let key = ResourceKey { mode, ty: ty.text.clone(), name: name.text.clone() };
        if let Some(first) = self.declared.module.resources.get(&key) {
            let first = first.header;
            let detail = format!(
                "A {} {} named \"{}\" was already declared. Names must be unique per type in each module.",
                ty.text,
                what(mode),
                name.text
            );
            let summary = format!("Duplicate {} \"{}\" configuration", what(mode), ty.text);
            self.problems.error(summary).at(block.header).first_at(first).detail(detail);
            return None;
        }
        let provider = self.provider_of(&mut block.body, &ty);
        let schemas = self.schemas;
        let schema = match mode {
            _ if !provider.source.owns(&ty.text) => None,
            Mode::Managed => schemas.resource_schema(&ty.text),
            Mode::Data => schemas.data_schema(&ty.text),
            Mode::Ephemeral => schemas.ephemeral_schema(&ty.text),
        };
        let repetition = self.repetition(&mut block.body);
        let allowed = Allowed {
            each: matches!(repetition, Repetition::ForEach(_)),
            count: matches!(repetition, Repetition::Count(_)),
            this: false,
        };
        let depends_on = self.depends_on(&block.body);
        take(&mut block.body, "depends_on");
        let lifecycle = self.lifecycle(&mut block.body, mode, schema, block.header);
        let (provisioners, provisioning) = match mode {
            Mode::Managed => self.provisioners(&mut block.body, allowed),
            Mode::Data | Mode::Ephemeral => Default::default(),
        };
        let mut references = self.body_references(&block.body, allowed);
        references.extend(provisioning);
        if let Some(expr) = repetition.expr() {
            references.extend(self.references(expr, Allowed::default()));
        }
        references.extend(self.condition_references(&lifecycle.preconditions, allowed));
        references.extend(self.condition_references(&lifecycle.postconditions, Allowed { this: true, ..allowed }));
        if let Some(schema) = schema {
            check_body(&block.body, &schema.block, block.header, self.problems);
        }
        let (body, header) = (block.body, block.header);
        let resource = Resource {
            mode,
            ty,
            name,
            repetition,
            body,
            depends_on,
            provider,
            lifecycle,
            provisioners,
            check,
            references,
            header,
        };
        self.declared.module.resources.insert(key.clone(), Arc::new(resource));
        Some(key)
    }

    /// Takes `provider` out of a body. Which configuration it names is known when all modules are loaded.
    fn provider_of(&mut self, body: &mut Body, ty: &Name) -> ProviderUse {
        let written = take(body, "provider").and_then(|attribute| self.provider_argument(&attribute));
        let local = written.as_ref().map_or_else(|| prefix(&ty.text), |written| &written.local);
        let source = self.declared.module.source_of(local);
        let address = ProviderAddress::default_of(source.clone()).to_string().into();
        ProviderUse { source, written, address }
    }

    /// Takes `count` or `for_each` out of a body.
    pub(super) fn repetition(&mut self, body: &mut Body) -> Repetition {
        match (take(body, "count"), take(body, "for_each")) {
            (None, None) => Repetition::One,
            (Some(count), None) => Repetition::Count(count.expr),
            (None, Some(for_each)) => Repetition::ForEach(for_each.expr),
            (Some(count), Some(for_each)) => {
                let detail = "The \"count\" and \"for_each\" arguments are mutually exclusive: both say how many instances \
                              there are.";
                self.problems
                    .error("Invalid combination of \"count\" and \"for_each\"")
                    .at(for_each.name.span)
                    .detail(detail);
                Repetition::Count(count.expr)
            }
        }
    }

    fn lifecycle(&mut self, body: &mut Body, mode: Mode, schema: Option<&Schema>, around: Span) -> Lifecycle {
        let (blocks, rest) =
            std::mem::take(&mut body.blocks).into_iter().partition(|block| &*block.ty.text == "lifecycle");
        body.blocks = rest;
        let blocks: Vec<Block> = blocks;
        let mut lifecycle = Lifecycle::default();
        if let Some(second) = blocks.get(1) {
            let detail = "A resource has at most one lifecycle block.";
            self.problems.error("Duplicate lifecycle block").at(second.header).detail(detail);
        }
        let Some(block) = blocks.first() else {
            return lifecycle;
        };
        let [] = self.labels(block, []).unwrap_or_default();
        let known: &[&str] = match mode {
            Mode::Managed => &["create_before_destroy", "prevent_destroy", "ignore_changes", "replace_triggered_by"],
            Mode::Data | Mode::Ephemeral => &[],
        };
        self.only(
            &block.body,
            Some(known),
            &["precondition", "postcondition"],
            &format!("the lifecycle block of a {}", what(mode)),
        );
        lifecycle.create_before_destroy = self.flag(&block.body, "create_before_destroy");
        lifecycle.prevent_destroy = self.flag(&block.body, "prevent_destroy") == Some(true);
        if let Some(attribute) = block.body.attribute("ignore_changes") {
            lifecycle.ignore_changes = self.ignore_changes(attribute, schema);
        }
        if let Some(attribute) = block.body.attribute("replace_triggered_by") {
            lifecycle.replace_triggered_by = self.triggers(attribute);
        }
        lifecycle.preconditions = self.conditions(&block.body, "precondition", around);
        lifecycle.postconditions = self.conditions(&block.body, "postcondition", around);
        lifecycle
    }

    fn triggers(&mut self, attribute: &Attribute) -> Vec<Reference> {
        let mut references = self.reference_list(attribute);
        references.retain(|reference| {
            let fits = matches!(reference.subject, Subject::Resource(_));
            if !fits {
                let detail = format!("`{}` is no resource, so it cannot trigger a replacement.", reference.subject);
                self.problems
                    .error("Invalid reference in replace_triggered_by expression")
                    .at(reference.span)
                    .detail(detail)
                    .help("Let a `terraform_data` resource have the value as its input, and refer to that.");
            }
            fits
        });
        references
    }

    fn ignore_changes(&mut self, attribute: &Attribute, schema: Option<&Schema>) -> IgnoreChanges {
        match &attribute.expr.kind {
            ExprKind::Variable(word) if &**word == "all" => IgnoreChanges::All,
            ExprKind::Tuple(items) => {
                let mut paths = Vec::new();
                for item in items {
                    let mut steps = Vec::new();
                    if !path_of(item, &mut steps) {
                        let detail = "The name of an argument of this resource is required here, without quotes and without the \
                                      resource's own name.";
                        self.problems.error("Invalid expression").at(item.span).detail(detail);
                        continue;
                    }
                    let path = Path::from(steps);
                    if let (Some(schema), Some(first)) = (schema, path.first())
                        && !schema.block.attributes.contains_key(first)
                        && !schema.block.blocks.contains_key(first)
                    {
                        self.no_argument_to_ignore(first, schema, item.span);
                    }
                    paths.push(path);
                }
                IgnoreChanges::Paths(paths)
            }
            _ => {
                let detail =
                    "The argument \"ignore_changes\" is a list of argument names in brackets, or the word `all`.";
                self.problems.error("Invalid expression").at(attribute.expr.span).detail(detail);
                IgnoreChanges::None
            }
        }
    }

    fn no_argument_to_ignore(&mut self, name: &str, schema: &Schema, span: Span) {
        let detail = format!("A {} has no argument or block \"{name}\".", schema.name);
        let known = schema.block.attributes.keys().chain(schema.block.blocks.keys()).copied();
        self.problems.error("Unsupported attribute").at(span).detail(detail).help(did_you_mean(name, known));
    }
}

/// The path that a reference without a subject writes, such as `tags["Name"]`.
fn path_of(expr: &Expr, steps: &mut Vec<PathStep>) -> bool {
    match &expr.kind {
        ExprKind::Variable(name) => steps.push(PathStep::Attribute(name.clone())),
        ExprKind::GetAttr(source, name) => {
            if !path_of(source, steps) {
                return false;
            }
            steps.push(name.text.parse().map_or_else(|_| PathStep::Attribute(name.text.clone()), PathStep::Index));
        }
        ExprKind::Index(source, key) => {
            if !path_of(source, steps) {
                return false;
            }
            match &key.kind {
                ExprKind::String(text) => steps.push(PathStep::Key(text.clone())),
                ExprKind::Number(number) => match number.to_usize() {
                    Some(index) => steps.push(PathStep::Index(index)),
                    None => return false,
                },
                _ => return false,
            }
        }
        _ => return false,
    }
    true
}

fn what(mode: Mode) -> &'static str {
    match mode {
        Mode::Managed => "resource",
        Mode::Data => "data source",
        Mode::Ephemeral => "ephemeral resource",
    }
}
