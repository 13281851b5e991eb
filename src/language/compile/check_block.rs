//! `check` blocks: assertions, and a data source of their own.

use std::sync::Arc;

use super::{Allowed, Compiler};
use crate::address::Mode;
use crate::language::ast::Block;
use crate::language::config::{Check, ResourceKey};

impl Compiler<'_> {
    pub(super) fn check(&mut self, block: Block) {
        let Some([name]) = self.labels(&block, ["name"]) else { return };
        if !self.valid_name(&name, "check") {
            return;
        }
        if let Some(first) = self.declared.module.checks.get(&name.text) {
            let first = first.header;
            let detail =
                format!("Another check \"{}\" stands in this module already. Names must be unique.", name.text);
            let summary = format!("Duplicate check \"{}\" configuration", name.text);
            self.problems.error(summary).at(block.header).first_at(first).detail(detail);
            return;
        }
        self.only(&block.body, Some(&[]), &["data", "assert"], "a check block");
        if block.body.blocks_of("assert").next().is_none() {
            let detail = "A check has at least one assert block.";
            self.problems.error("Zero assert blocks").at(block.header).detail(detail);
        }
        let assertions = self.conditions(&block.body, "assert", block.header);
        let references = self.condition_references(&assertions, Allowed::default());
        let header = block.header;
        let mut data = None;
        for inner in block.body.blocks.into_iter().filter(|inner| &*inner.ty.text == "data") {
            if data.is_some() {
                let detail = "A check has at most one data block.";
                self.problems.error("Multiple data resource blocks").at(inner.header).within(header).detail(detail);
                continue;
            }
            data = self.scoped_data(inner, &name.text);
        }
        let key = name.text.clone();
        self.declared.module.checks.insert(key, Check { name, data, assertions, references, header });
    }

    fn scoped_data(&mut self, block: Block, check: &Arc<str>) -> Option<ResourceKey> {
        for name in ["count", "for_each"] {
            if let Some(attribute) = block.body.attribute(name) {
                let detail = "The data source of a check has one instance, without \"count\" and \"for_each\".";
                self.problems
                    .error(format!("Invalid \"{name}\" attribute"))
                    .at(attribute.name.span)
                    .within(block.header)
                    .detail(detail);
                return None;
            }
        }
        self.resource_of(block, Mode::Data, Some(check.clone()))
    }
}
