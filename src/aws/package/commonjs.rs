//! ES-module syntax to CommonJS, on the JavaScript that the TypeScript step printed.
//!
//! Bindings stay live, as the standard has them: an imported name becomes a member of its module at each use, and each
//! export is a getter. Exports are defined before the first `require`, so that modules which import each other work.
//! Where a default or a namespace is imported from a module that was never an ES module, `module.exports` is the
//! default, as with TypeScript's `esModuleInterop`.
//!
//! The conversion edits the text at the places that the syntax tree names; everything else stays as it is.

mod exports;
mod frame;
mod names;
mod requires;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use indexmap::IndexMap;
use oxc::allocator::Allocator;
use oxc::ast::ast::{
    AssignmentTargetPropertyIdentifier, BindingIdentifier, BindingPattern, BindingProperty, CallExpression,
    ExportAllDeclaration, ExportDeclaration, ExportDefaultDeclaration, ExportFromDeclaration, ExportNamedDeclaration,
    Expression, IdentifierReference, ImportDeclaration, ImportExpression, ModuleExportName, ObjectProperty,
    StaticMemberExpression, StringLiteral, TaggedTemplateExpression,
};
use oxc::ast_visit::{Visit, walk};
use oxc::parser::{ParseOptions, Parser};
use oxc::semantic::{Scoping, SemanticBuilder, SymbolId};
use oxc::span::{GetSpan, SourceType, Span};

use self::names::{constant_name, quoted};
use super::Exports;
use super::imports::{Kind, Modules, Target};
use super::typescript::{Format, ModuleSyntax, Source};
use crate::aws::literal::range;

/// A module in its final form.
#[derive(Debug)]
pub(super) struct Converted {
    pub(super) code: String,
    pub(super) exports: Exports,
    /// Specifiers that lead nowhere, sorted.
    pub(super) unresolved: BTreeSet<String>,
}

/// Names that a CommonJS module is given or that the conversion writes.
const TAKEN: [&str; 14] = [
    "exports",
    "require",
    "module",
    "__filename",
    "__dirname",
    "Object",
    "__export",
    "__exportStar",
    "__importDefault",
    "__importStar",
    "__decorate",
    "__decorateParam",
    "__decorateMetadata",
    "__usingCtx",
];

/// Converts printed JavaScript; the error is for the person who sees it, though the printer's text should always parse.
pub(super) fn convert(
    code: &str,
    source: &Source<'_>,
    syntax: ModuleSyntax,
    modules: &Modules,
) -> Result<Converted, String> {
    let allocator = Allocator::default();
    let options = ParseOptions { preserve_parens: false, ..ParseOptions::default() };
    let parsed = Parser::new(&allocator, code, SourceType::mjs()).with_options(options).parse();
    if let Some(error) = parsed.diagnostics.errors().next() {
        return Err(format!("The JavaScript made from this file does not parse: {}", error.message));
    }
    let built = SemanticBuilder::new().build(&parsed.program);
    let scoping = built.semantic.into_scoping();
    let mut writer = Writer::new(source, modules, &scoping);
    if source.format == Format::CommonJs {
        writer.read_imports(&parsed.program);
        writer.rename_taken();
    }
    writer.visit_program(&parsed.program);
    writer.finish(code, syntax, &parsed.program)
}

/// What is needed of one required module.
struct Required {
    /// The constant that holds it; none if it is only run.
    name: Option<String>,
    /// The constant that holds it with a `default` member.
    default: Option<String>,
    namespaces: Vec<SymbolId>,
    reexported_namespaces: Vec<String>,
    all_exported: bool,
}

struct Writer<'s> {
    source: &'s Source<'s>,
    modules: &'s Modules,
    scoping: &'s Scoping,
    names: HashSet<String>,
    edits: Vec<(Range<usize>, String)>,
    required: IndexMap<String, Required>,
    /// What an imported name is read from.
    imported: HashMap<SymbolId, String>,
    renamed: HashMap<SymbolId, String>,
    /// From an exported name to the expression that its getter returns.
    getters: IndexMap<String, String>,
    /// `import.meta` members that are used, with their constants.
    meta: IndexMap<String, String>,
    helpers: BTreeSet<String>,
    exports: Exports,
    unresolved: BTreeSet<String>,
}

impl<'s> Writer<'s> {
    fn new(source: &'s Source<'s>, modules: &'s Modules, scoping: &'s Scoping) -> Self {
        let unresolved = scoping.root_unresolved_references().keys().map(ToString::to_string);
        let names = scoping.symbol_names().map(str::to_owned).chain(unresolved).collect();
        Self {
            source,
            modules,
            scoping,
            names,
            edits: Vec::new(),
            required: IndexMap::new(),
            imported: HashMap::new(),
            renamed: HashMap::new(),
            getters: IndexMap::new(),
            meta: IndexMap::new(),
            helpers: BTreeSet::new(),
            exports: Exports::default(),
            unresolved: BTreeSet::new(),
        }
    }

    fn converts(&self) -> bool {
        self.source.format == Format::CommonJs
    }

    /// Makes a name that the module does not have.
    fn fresh(&mut self, base: &str) -> String {
        let mut number = 1;
        loop {
            let name = format!("{base}_{number}");
            if self.names.insert(name.clone()) {
                return name;
            }
            number += 1;
        }
    }

    fn edit(&mut self, span: Span, text: impl Into<String>) {
        self.edits.push((range(span), text.into()));
    }

    fn insert(&mut self, at: u32, text: impl Into<String>) {
        self.edit(Span::new(at, at), text);
    }

    /// Gives other names to the module's own bindings that would hide those of CommonJS.
    fn rename_taken(&mut self) {
        let root = self.scoping.root_scope_id();
        let own: Vec<(SymbolId, String)> = self
            .scoping
            .get_bindings(root)
            .iter()
            .filter(|(name, symbol)| TAKEN.contains(&name.as_str()) && !self.imported.contains_key(*symbol))
            .map(|(name, &symbol)| (symbol, name.to_string()))
            .collect();
        for (symbol, name) in own {
            let name = self.fresh(&name);
            self.renamed.insert(symbol, name);
        }
    }

    fn symbol_of(&self, reference: &IdentifierReference<'_>) -> Option<SymbolId> {
        self.scoping.get_reference(reference.reference_id.get()?).symbol_id()
    }

    fn local(&self, symbol: SymbolId) -> String {
        self.renamed.get(&symbol).cloned().unwrap_or_else(|| self.scoping.symbol_name(symbol).to_owned())
    }

    /// What stands for a reference, and whether it is now a member of a module.
    fn replacement(&self, reference: &IdentifierReference<'_>) -> Option<(&str, bool)> {
        let symbol = self.symbol_of(reference)?;
        if let Some(read) = self.imported.get(&symbol) {
            return Some((read, true));
        }
        self.renamed.get(&symbol).map(|name| (name.as_str(), false))
    }

    /// Replaces a function that is called, which must not get its module as `this`.
    fn replace_callee(&mut self, callee: &Expression<'_>) -> bool {
        let Expression::Identifier(identifier) = callee else {
            return false;
        };
        let Some((read, true)) = self.replacement(identifier) else {
            return false;
        };
        let text = format!("(0, {read})");
        self.edit(identifier.span, text);
        true
    }

    /// Rewrites the specifier of an import that stays an import.
    fn keep_import(&mut self, source: &StringLiteral<'_>) {
        if let Some(Target::File { specifier, .. }) = self.resolve(source.value.as_str())
            && specifier != source.value.as_str()
        {
            self.edit(source.span, quoted(&specifier));
        }
    }
}

impl<'a> Visit<'a> for Writer<'_> {
    fn visit_identifier_reference(&mut self, it: &IdentifierReference<'a>) {
        if let Some((read, _)) = self.replacement(it) {
            let read = read.to_owned();
            self.edit(it.span, read);
        }
    }

    fn visit_binding_identifier(&mut self, it: &BindingIdentifier<'a>) {
        if let Some(name) = it.symbol_id.get().and_then(|symbol| self.renamed.get(&symbol)) {
            let name = name.clone();
            self.edit(it.span, name);
        }
    }

    fn visit_binding_property(&mut self, it: &BindingProperty<'a>) {
        if it.shorthand {
            let binding = match &it.value {
                BindingPattern::AssignmentPattern(pattern) => &pattern.left,
                other => other,
            };
            if let BindingPattern::BindingIdentifier(binding) = binding
                && binding.symbol_id.get().is_some_and(|symbol| self.renamed.contains_key(&symbol))
            {
                self.insert(binding.span.start, format!("{}: ", binding.name));
            }
            // The key is the same text as the value.
            self.visit_binding_pattern(&it.value);
            return;
        }
        walk::walk_binding_property(self, it);
    }

    fn visit_object_property(&mut self, it: &ObjectProperty<'a>) {
        if it.shorthand
            && let Expression::Identifier(identifier) = &it.value
        {
            if let Some((read, _)) = self.replacement(identifier) {
                let text = format!("{}: {read}", identifier.name);
                self.edit(it.span, text);
            }
            return;
        }
        walk::walk_object_property(self, it);
    }

    fn visit_assignment_target_property_identifier(&mut self, it: &AssignmentTargetPropertyIdentifier<'a>) {
        if let Some((read, _)) = self.replacement(&it.binding) {
            let text = format!("{}: {read}", it.binding.name);
            self.edit(it.binding.span, text);
        }
        if let Some(init) = &it.init {
            self.visit_expression(init);
        }
    }

    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        if self.replace_callee(&it.callee) {
            for argument in &it.arguments {
                self.visit_argument(argument);
            }
            return;
        }
        walk::walk_call_expression(self, it);
    }

    fn visit_tagged_template_expression(&mut self, it: &TaggedTemplateExpression<'a>) {
        if self.replace_callee(&it.tag) {
            self.visit_template_literal(&it.quasi);
            return;
        }
        walk::walk_tagged_template_expression(self, it);
    }

    fn visit_static_member_expression(&mut self, it: &StaticMemberExpression<'a>) {
        let member = it.property.name.as_str();
        match &it.object {
            Expression::ImportMeta(_) if self.converts() => {
                let name = match self.meta.get(member) {
                    Some(name) => name.clone(),
                    None => {
                        let name = self.fresh(&format!("import_meta_{member}"));
                        self.meta.insert(member.to_owned(), name.clone());
                        name
                    }
                };
                self.edit(it.span, name);
            }
            Expression::Identifier(object) if object.name == "babelHelpers" && self.symbol_of(object).is_none() => {
                self.helpers.insert(member.to_owned());
                self.edit(it.span, format!("__{member}"));
            }
            _ => walk::walk_static_member_expression(self, it),
        }
    }

    fn visit_import_expression(&mut self, it: &ImportExpression<'a>) {
        if let Expression::StringLiteral(literal) = &it.source {
            match self.resolve(literal.value.as_str()) {
                // `import()` of CommonJS has its exports below `default`, unlike what was written.
                Some(Target::File { specifier, kind: Kind::CommonJs | Kind::Json }) if self.converts() => {
                    self.helpers.insert("importStar".to_owned());
                    let specifier = quoted(&specifier);
                    let text = format!("Promise.resolve().then(() => __importStar(require({specifier})))");
                    self.edit(it.span, text);
                    return;
                }
                Some(Target::File { specifier, .. }) if specifier != literal.value.as_str() => {
                    self.edit(literal.span, quoted(&specifier));
                }
                _ => {}
            }
        }
        walk::walk_import_expression(self, it);
    }

    fn visit_import_declaration(&mut self, it: &ImportDeclaration<'a>) {
        if self.converts() {
            self.edit(it.span, "");
        } else {
            self.keep_import(&it.source);
        }
    }

    fn visit_export_declaration(&mut self, it: &ExportDeclaration<'a>) {
        self.export_declaration(&it.declaration);
        if self.converts() {
            self.edit(Span::new(it.span.start, it.declaration.span().start), "");
        }
        walk::walk_export_declaration(self, it);
    }

    fn visit_export_default_declaration(&mut self, it: &ExportDefaultDeclaration<'a>) {
        if self.converts() {
            let name = self.name_default(&it.declaration, it.span.start);
            self.export("default", name);
        } else {
            self.exports.names.push("default".to_owned());
        }
        walk::walk_export_default_declaration(self, it);
    }

    fn visit_export_named_declaration(&mut self, it: &ExportNamedDeclaration<'a>) {
        for specifier in &it.specifiers {
            let exported = specifier.exported.name().to_string();
            if let ModuleExportName::IdentifierReference(reference) = &specifier.local
                && let Some(symbol) = self.symbol_of(reference)
            {
                let read = self.imported.get(&symbol).cloned().unwrap_or_else(|| self.local(symbol));
                self.export(&exported, read);
            } else {
                self.exports.names.push(exported);
            }
        }
        if self.converts() {
            self.edit(it.span, "");
        }
    }

    fn visit_export_from_declaration(&mut self, it: &ExportFromDeclaration<'a>) {
        if !self.converts() {
            self.keep_import(&it.source);
            self.exports.names.extend(it.specifiers.iter().map(|specifier| specifier.exported.name().to_string()));
            return;
        }
        let key = self.require(&it.source);
        for specifier in &it.specifiers {
            let read = self.member(&key, specifier.local.name().as_str());
            self.export(specifier.exported.name().as_str(), read);
        }
        self.edit(it.span, "");
    }

    fn visit_export_all_declaration(&mut self, it: &ExportAllDeclaration<'a>) {
        let exported = it.exported.as_ref().map(|name| name.name().to_string());
        self.exports.open |= exported.is_none();
        if !self.converts() {
            self.keep_import(&it.source);
            self.exports.names.extend(exported);
            return;
        }
        let key = self.require(&it.source);
        self.module_name(&key);
        match exported {
            Some(exported) => {
                self.helpers.insert("importStar".to_owned());
                let name = self.fresh(&format!("{}_all", constant_name(&key)));
                if let Some(required) = self.required.get_mut(&key) {
                    required.reexported_namespaces.push(name.clone());
                }
                self.export(&exported, name);
            }
            None => {
                self.helpers.insert("exportStar".to_owned());
                if let Some(required) = self.required.get_mut(&key) {
                    required.all_exported = true;
                }
            }
        }
        self.edit(it.span, "");
    }
}
