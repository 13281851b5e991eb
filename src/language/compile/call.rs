//! `module` blocks.

use std::sync::Arc;

use indexmap::IndexMap;

use super::{Allowed, Compiler, take};
use crate::diagnostic::Span;
use crate::language::ast::{Block, Expr, Name};
use crate::language::config::{Call, Module, PassedProvider, Repetition};
use crate::language::references::Reference;
use crate::value::Type;

/// A `module` block whose module is still to be loaded.
pub(in crate::language) struct PendingCall {
    pub(in crate::language) name: Name,
    /// What `source` says, and where.
    pub(in crate::language) source: (String, Span),
    repetition: Repetition,
    inputs: IndexMap<Arc<str>, (Name, Expr)>,
    depends_on: Vec<Reference>,
    providers: Vec<PassedProvider>,
    references: Vec<Reference>,
    header: Span,
}

impl PendingCall {
    /// The call of a module. Also gives the names and references of its inputs, to be checked.
    pub(in crate::language) fn complete(self, module: Arc<Module>) -> Call {
        let inputs = self.inputs.into_iter().map(|(key, (_, expr))| (key, expr)).collect();
        Call {
            name: self.name,
            repetition: self.repetition,
            inputs,
            depends_on: self.depends_on,
            providers: self.providers,
            references: self.references,
            module,
            header: self.header,
        }
    }

    /// Names of the inputs, with their places.
    pub(in crate::language) fn input_names(&self) -> impl Iterator<Item = &Name> {
        self.inputs.values().map(|(name, _)| name)
    }

    /// The block's header.
    pub(in crate::language) fn header(&self) -> Span {
        self.header
    }
}

impl Compiler<'_> {
    pub(super) fn call(&mut self, mut block: Block) {
        let Some([name]) = self.labels(&block, ["name"]) else { return };
        if !self.valid_name(&name, "module") || !self.once("module call", &name) {
            return;
        }
        self.only(&block.body, None, &[], "a module block");
        let repetition = self.repetition(&mut block.body);
        let depends_on = self.depends_on(&block.body);
        take(&mut block.body, "depends_on");
        if let Some(attribute) = take(&mut block.body, "version") {
            let detail = "Versions belong to modules of a registry, which are not supported yet.";
            self.not_yet("Module version not supported yet", attribute.span, detail);
        }
        let providers = take(&mut block.body, "providers").map(|attribute| self.passed_providers(&attribute));
        let providers = providers.unwrap_or_default();
        let allowed = Allowed {
            each: matches!(repetition, Repetition::ForEach(_)),
            count: matches!(repetition, Repetition::Count(_)),
            this: false,
        };
        let references = repetition.expr().map(|expr| self.references(expr, Allowed::default())).unwrap_or_default();
        let source = match take(&mut block.body, "source") {
            Some(attribute) => {
                let text = self.constant(&attribute, &Type::String);
                text.and_then(|text| Some((text.as_str()?.to_owned(), attribute.expr.span)))
            }
            None => {
                self.missing_argument("source", block.header);
                None
            }
        };
        let mut inputs = IndexMap::new();
        for attribute in block.body.attributes {
            self.references(&attribute.expr, allowed);
            inputs.insert(attribute.name.text.clone(), (attribute.name, attribute.expr));
        }
        // Without a source the call still counts as declared, so that references to it are not mistakes of their own.
        let source = source.unwrap_or_else(|| (String::new(), block.header));
        let header = block.header;
        self.declared.calls.push(PendingCall {
            name,
            source,
            repetition,
            inputs,
            depends_on,
            providers,
            references,
            header,
        });
    }
}
