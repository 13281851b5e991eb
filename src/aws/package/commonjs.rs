//! ES-module syntax to CommonJS, on the JavaScript that the TypeScript step printed.
//!
//! Bindings stay live, as the standard has them: an imported name becomes a member of its module at each use, and each
//! export is a getter. Exports are defined before the first `require`, so that modules which import each other work.
//! Where a default or a namespace is imported from a module that was never an ES module, `module.exports` is the
//! default, as with TypeScript's `esModuleInterop`.
//!
//! The conversion edits the text at the places that the syntax tree names; everything else stays as it is.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::ops::Range;

use indexmap::IndexMap;
use oxc::allocator::Allocator;
use oxc::ast::ast::{
    AssignmentTargetPropertyIdentifier, BindingIdentifier, BindingPattern, BindingProperty,
    CallExpression, Declaration, ExportAllDeclaration, ExportDeclaration, ExportDefaultDeclaration,
    ExportDefaultDeclarationKind, ExportFromDeclaration, ExportNamedDeclaration, Expression,
    IdentifierReference, ImportDeclaration, ImportDeclarationSpecifier, ImportExpression,
    ModuleExportName, ObjectProperty, Program, Statement, StaticMemberExpression, StringLiteral,
    TaggedTemplateExpression, VariableDeclaration,
};
use oxc::ast_visit::{Visit, walk};
use oxc::parser::{ParseOptions, Parser};
use oxc::semantic::{Scoping, SemanticBuilder, SymbolId};
use oxc::span::{GetSpan, SourceType, Span};

use super::Exports;
use super::helpers;
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
    let options = ParseOptions {
        preserve_parens: false,
        ..ParseOptions::default()
    };
    let parsed = Parser::new(&allocator, code, SourceType::mjs())
        .with_options(options)
        .parse();
    if let Some(error) = parsed.diagnostics.errors().next() {
        return Err(format!(
            "The JavaScript made from this file does not parse: {}",
            error.message
        ));
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
        let unresolved = scoping
            .root_unresolved_references()
            .keys()
            .map(ToString::to_string);
        let names = scoping
            .symbol_names()
            .map(str::to_owned)
            .chain(unresolved)
            .collect();
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

    /// Collects imports and re-exports first: a name may be used above the line that imports it.
    fn read_imports(&mut self, program: &Program<'_>) {
        for statement in &program.body {
            if let Some(import) = as_import(statement) {
                self.read_import(import);
            } else if let Some(source) = reexported_source(statement) {
                self.require(source);
            }
        }
    }

    fn read_import(&mut self, import: &ImportDeclaration<'_>) {
        let key = self.require(&import.source);
        for specifier in import.specifiers.iter().flatten() {
            let symbol = specifier.local().symbol_id.get();
            match specifier {
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(_) => {
                    self.module_name(&key);
                    self.helpers.insert("importStar".to_owned());
                    let required = self.required.get_mut(&key);
                    if let (Some(required), Some(symbol)) = (required, symbol) {
                        required.namespaces.push(symbol);
                    }
                }
                ImportDeclarationSpecifier::ImportDefaultSpecifier(_) => {
                    let read = self.member(&key, "default");
                    self.imported.extend(symbol.map(|symbol| (symbol, read)));
                }
                ImportDeclarationSpecifier::ImportSpecifier(specifier) => {
                    let read = self.member(&key, specifier.imported.name().as_str());
                    self.imported.extend(symbol.map(|symbol| (symbol, read)));
                }
            }
        }
    }

    /// Notes that a module is required, and gives its key.
    fn require(&mut self, source: &StringLiteral<'_>) -> String {
        let specifier = self.require_specifier(source.value.as_str());
        self.required
            .entry(specifier.clone())
            .or_insert_with(|| Required {
                name: None,
                default: None,
                namespaces: Vec::new(),
                reexported_namespaces: Vec::new(),
                all_exported: false,
            });
        specifier
    }

    /// The specifier that `require` understands, which mostly is the one that was written.
    fn require_specifier(&mut self, written: &str) -> String {
        match self.resolve(written) {
            Some(Target::File { specifier, .. })
                if !self
                    .modules
                    .require_finds(self.source.name, written, &specifier) =>
            {
                specifier
            }
            _ => written.to_owned(),
        }
    }

    /// Resolves a relative specifier; notes what leads nowhere.
    fn resolve(&mut self, specifier: &str) -> Option<Target> {
        if !specifier.starts_with('.') {
            if !self.modules.has_package(self.source.name, specifier) {
                self.unresolved.insert(specifier.to_owned());
            }
            return None;
        }
        let target = self.modules.relative(self.source.name, specifier);
        if target == Target::Missing {
            self.unresolved.insert(specifier.to_owned());
        }
        Some(target)
    }

    /// The constant that holds a required module.
    fn module_name(&mut self, key: &str) -> String {
        if let Some(name) = self
            .required
            .get(key)
            .and_then(|required| required.name.clone())
        {
            return name;
        }
        let name = self.fresh(&constant_name(key));
        if let Some(required) = self.required.get_mut(key) {
            required.name = Some(name.clone());
        }
        name
    }

    /// The expression that reads an export of a required module.
    fn member(&mut self, key: &str, export: &str) -> String {
        let module = self.module_name(key);
        if export != "default" {
            return member(&module, export);
        }
        if let Some(name) = self
            .required
            .get(key)
            .and_then(|required| required.default.clone())
        {
            return member(&name, "default");
        }
        self.helpers.insert("importDefault".to_owned());
        let name = self.fresh(&format!(
            "{}_default",
            module.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_')
        ));
        if let Some(required) = self.required.get_mut(key) {
            required.default = Some(name.clone());
        }
        member(&name, "default")
    }

    /// Gives other names to the module's own bindings that would hide those of CommonJS.
    fn rename_taken(&mut self) {
        let root = self.scoping.root_scope_id();
        let own: Vec<(SymbolId, String)> = self
            .scoping
            .get_bindings(root)
            .iter()
            .filter(|(name, symbol)| {
                TAKEN.contains(&name.as_str()) && !self.imported.contains_key(*symbol)
            })
            .map(|(name, &symbol)| (symbol, name.to_string()))
            .collect();
        for (symbol, name) in own {
            let name = self.fresh(&name);
            self.renamed.insert(symbol, name);
        }
    }

    fn symbol_of(&self, reference: &IdentifierReference<'_>) -> Option<SymbolId> {
        self.scoping
            .get_reference(reference.reference_id.get()?)
            .symbol_id()
    }

    fn local(&self, symbol: SymbolId) -> String {
        self.renamed
            .get(&symbol)
            .cloned()
            .unwrap_or_else(|| self.scoping.symbol_name(symbol).to_owned())
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

    fn export(&mut self, name: &str, read: String) {
        self.exports.names.push(name.to_owned());
        self.getters.insert(name.to_owned(), read);
    }

    fn export_binding(&mut self, binding: &BindingIdentifier<'_>) {
        let read = binding
            .symbol_id
            .get()
            .map_or_else(|| binding.name.to_string(), |symbol| self.local(symbol));
        self.export(binding.name.as_str(), read);
    }

    fn export_pattern(&mut self, pattern: &BindingPattern<'_>) {
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

    fn export_declaration(&mut self, declaration: &Declaration<'_>) {
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

    fn export_variables(&mut self, variables: &VariableDeclaration<'_>) {
        for declarator in &variables.declarations {
            self.export_pattern(&declarator.id);
        }
    }

    /// Names a default export that has no name, and gives that name.
    fn name_default(
        &mut self,
        declaration: &ExportDefaultDeclarationKind<'_>,
        start: u32,
    ) -> String {
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

    /// Rewrites the specifier of an import that stays an import.
    fn keep_import(&mut self, source: &StringLiteral<'_>) {
        if let Some(Target::File { specifier, .. }) = self.resolve(source.value.as_str())
            && specifier != source.value.as_str()
        {
            self.edit(source.span, quoted(&specifier));
        }
    }

    fn finish(
        mut self,
        code: &str,
        syntax: ModuleSyntax,
        program: &Program<'_>,
    ) -> Result<Converted, String> {
        let mut header = String::new();
        if self.converts() {
            if !self.getters.is_empty() {
                self.helpers.insert("export".to_owned());
            }
            self.write_exports(&mut header, syntax);
        }
        helpers::write(&mut header, &self.helpers)?;
        if self.converts() {
            self.write_meta(&mut header);
            self.write_requires(&mut header);
        }
        let mut footer = String::new();
        if self.converts() {
            self.write_annotation(&mut footer);
        }

        // Directives have to stay first.
        let after_directives = program
            .directives
            .last()
            .map(|directive| directive.span.end);
        let start = after_directives
            .or_else(|| program.hashbang.as_ref().map(|hashbang| hashbang.span.end));
        let start = start.unwrap_or(0) as usize;
        let mut text = String::with_capacity(code.len() + header.len() + footer.len() + 1);
        text.push_str(&code[..start]);
        if start > 0 && !header.is_empty() {
            text.push('\n');
        }
        text.push_str(header.trim_end_matches('\n'));
        if start == 0 && !header.is_empty() {
            text.push('\n');
        }
        self.edits
            .sort_by_key(|(range, _)| (range.start, range.end));
        let mut at = start;
        for (range, replacement) in &self.edits {
            if range.start < at {
                return Err("Two parts of this file overlap when it becomes CommonJS.".to_owned());
            }
            text.push_str(&code[at..range.start]);
            text.push_str(replacement);
            at = range.end;
        }
        text.push_str(&code[at..]);
        text.push_str(&footer);

        self.exports.names.sort();
        self.exports.names.dedup();
        self.exports.open |= syntax == ModuleSyntax::CommonJs;
        Ok(Converted {
            code: text,
            exports: self.exports,
            unresolved: self.unresolved,
        })
    }

    fn write_exports(&self, header: &mut String, syntax: ModuleSyntax) {
        if syntax == ModuleSyntax::Esm {
            header.push_str("Object.defineProperty(exports, \"__esModule\", { value: true });\n");
        }
        if self.getters.is_empty() {
            return;
        }
        header.push_str("__export(exports, {\n");
        for (name, read) in &self.getters {
            let _ = writeln!(header, "\t{}: () => {read},", property(name));
        }
        header.push_str("});\n");
    }

    fn write_meta(&self, header: &mut String) {
        for (member, name) in &self.meta {
            let value = match member.as_str() {
                "dirname" => "__dirname",
                "filename" => "__filename",
                _ => "require(\"node:url\").pathToFileURL(__filename).href",
            };
            let _ = writeln!(header, "const {name} = {value};");
        }
    }

    fn write_requires(&self, header: &mut String) {
        for (specifier, required) in &self.required {
            let specifier = quoted(specifier);
            let Some(module) = &required.name else {
                let _ = writeln!(header, "require({specifier});");
                continue;
            };
            let _ = writeln!(header, "const {module} = require({specifier});");
            if let Some(name) = &required.default {
                let _ = writeln!(header, "const {name} = __importDefault({module});");
            }
            let namespaces = required.namespaces.iter().map(|&symbol| self.local(symbol));
            for name in namespaces.chain(required.reexported_namespaces.iter().cloned()) {
                let _ = writeln!(header, "const {name} = __importStar({module});");
            }
            if required.all_exported {
                let _ = writeln!(header, "__exportStar({module}, exports);");
            }
        }
    }

    /// Tells Node.js, which never runs this, the names that `import` of this file may use.
    fn write_annotation(&self, footer: &mut String) {
        let names = self
            .getters
            .keys()
            .filter(|name| is_plain_name(name))
            .cloned();
        let stars = self
            .required
            .iter()
            .filter(|(_, required)| required.all_exported);
        let stars = stars.map(|(specifier, _)| format!("...require({})", quoted(specifier)));
        let notes: Vec<String> = names.chain(stars).collect();
        if !notes.is_empty() {
            let _ = writeln!(
                footer,
                "0 && (module.exports = {{ {} }});",
                notes.join(", ")
            );
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
        if let Some(name) = it
            .symbol_id
            .get()
            .and_then(|symbol| self.renamed.get(&symbol))
        {
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
                && binding
                    .symbol_id
                    .get()
                    .is_some_and(|symbol| self.renamed.contains_key(&symbol))
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

    fn visit_assignment_target_property_identifier(
        &mut self,
        it: &AssignmentTargetPropertyIdentifier<'a>,
    ) {
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
            Expression::Identifier(object)
                if object.name == "babelHelpers" && self.symbol_of(object).is_none() =>
            {
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
                Some(Target::File {
                    specifier,
                    kind: Kind::CommonJs | Kind::Json,
                }) if self.converts() => {
                    self.helpers.insert("importStar".to_owned());
                    let specifier = quoted(&specifier);
                    let text =
                        format!("Promise.resolve().then(() => __importStar(require({specifier})))");
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
                let read = self
                    .imported
                    .get(&symbol)
                    .cloned()
                    .unwrap_or_else(|| self.local(symbol));
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
            self.exports.names.extend(
                it.specifiers
                    .iter()
                    .map(|specifier| specifier.exported.name().to_string()),
            );
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

fn as_import<'p, 'a>(statement: &'p Statement<'a>) -> Option<&'p ImportDeclaration<'a>> {
    match statement {
        Statement::ImportDeclaration(it) => Some(it),
        _ => None,
    }
}

fn reexported_source<'p, 'a>(statement: &'p Statement<'a>) -> Option<&'p StringLiteral<'a>> {
    match statement {
        Statement::ExportFromDeclaration(it) => Some(&it.source),
        Statement::ExportAllDeclaration(it) => Some(&it.source),
        _ => None,
    }
}

/// A JavaScript string.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A key of an object literal.
fn property(name: &str) -> String {
    match name {
        // Elsewhere this key means the prototype.
        "__proto__" => "[\"__proto__\"]".to_owned(),
        name if is_identifier(name) => name.to_owned(),
        name => quoted(name),
    }
}

/// `object.name`, or `object["name"]` where the name asks for it.
fn member(object: &str, name: &str) -> String {
    if is_identifier(name) {
        format!("{object}.{name}")
    } else {
        format!("{object}[{}]", quoted(name))
    }
}

fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    characters
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_' || c == '$')
        && characters.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$')
}

/// Tells whether a name can stand alone in an object literal.
fn is_plain_name(name: &str) -> bool {
    const RESERVED: [&str; 48] = [
        "arguments",
        "await",
        "break",
        "case",
        "catch",
        "class",
        "const",
        "continue",
        "debugger",
        "default",
        "delete",
        "do",
        "else",
        "enum",
        "eval",
        "export",
        "extends",
        "false",
        "finally",
        "for",
        "function",
        "if",
        "implements",
        "import",
        "in",
        "instanceof",
        "interface",
        "let",
        "new",
        "null",
        "package",
        "private",
        "protected",
        "public",
        "return",
        "static",
        "super",
        "switch",
        "this",
        "throw",
        "true",
        "try",
        "typeof",
        "var",
        "void",
        "while",
        "with",
        "yield",
    ];
    is_identifier(name) && !RESERVED.contains(&name)
}

/// A readable name for the constant of a module: `client_dynamodb` for `@aws-sdk/client-dynamodb`.
fn constant_name(specifier: &str) -> String {
    let last = specifier
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default();
    let stem = last
        .split('.')
        .find(|part| !part.is_empty())
        .unwrap_or("module");
    let mut name: String = stem
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, '_');
    }
    name
}
