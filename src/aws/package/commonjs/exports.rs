//! What a module exports, and the expression behind each name.

use oxc::ast::ast::{
    BindingIdentifier, BindingPattern, Declaration, ExportDefaultDeclarationKind, VariableDeclaration,
};
use oxc::span::{GetSpan, Span};

use super::Writer;

impl Writer<'_> {
    pub(super) fn export(&mut self, name: &str, read: String) {
        self.exports.names.push(name.to_owned());
        self.getters.insert(name.to_owned(), read);
    }

    pub(super) fn export_binding(&mut self, binding: &BindingIdentifier<'_>) {
        let read = binding.symbol_id.get().map_or_else(|| binding.name.to_string(), |symbol| self.local(symbol));
        self.export(binding.name.as_str(), read);
    }

    pub(super) fn export_pattern(&mut self, pattern: &BindingPattern<'_>) {
        match pattern {
            BindingPattern::BindingIdentifier(it) => self.export_binding(it),
            BindingPattern::AssignmentPattern(it) => self.export_pattern(&it.left),
            BindingPattern::ObjectPattern(it) => {
                for property in &it.properties {
                    self.export_pattern(&property.value);
                }
                if let Some(rest) = &it.rest {
                    self.export_pattern(&rest.argument);
                }
            }
            BindingPattern::ArrayPattern(it) => {
                for element in it.elements.iter().flatten() {
                    self.export_pattern(element);
                }
                if let Some(rest) = &it.rest {
                    self.export_pattern(&rest.argument);
                }
            }
        }
    }

    pub(super) fn export_declaration(&mut self, declaration: &Declaration<'_>) {
        let id = match declaration {
            Declaration::VariableDeclaration(it) => return self.export_variables(it),
            Declaration::FunctionDeclaration(it) => it.id.as_ref(),
            Declaration::ClassDeclaration(it) => it.id.as_ref(),
            _ => None,
        };
        if let Some(id) = id {
            self.export_binding(id);
        }
    }

    pub(super) fn export_variables(&mut self, variables: &VariableDeclaration<'_>) {
        for declarator in &variables.declarations {
            self.export_pattern(&declarator.id);
        }
    }

    /// Names a default export that has no name, and gives that name.
    pub(super) fn name_default(&mut self, declaration: &ExportDefaultDeclarationKind<'_>, start: u32) -> String {
        let prefix = Span::new(start, declaration.span().start);
        let name = |id: Option<&BindingIdentifier<'_>>, writer: &Self| {
            let symbol = id.and_then(|id| id.symbol_id.get())?;
            Some(writer.local(symbol))
        };
        match declaration {
            ExportDefaultDeclarationKind::FunctionDeclaration(it) => {
                self.edit(prefix, "");
                name(it.id.as_ref(), self).unwrap_or_else(|| {
                    let fresh = self.fresh("default");
                    let space = if it.generator { "" } else { " " };
                    self.insert(it.params.span.start, format!("{space}{fresh}"));
                    fresh
                })
            }
            ExportDefaultDeclarationKind::ClassDeclaration(it) => {
                self.edit(prefix, "");
                name(it.id.as_ref(), self).unwrap_or_else(|| {
                    let fresh = self.fresh("default");
                    let keyword_end = it.span.start + "class".len() as u32;
                    self.insert(keyword_end, format!(" {fresh}"));
                    fresh
                })
            }
            _ => {
                let fresh = self.fresh("default");
                self.edit(prefix, format!("const {fresh} = "));
                fresh
            }
        }
    }
}
