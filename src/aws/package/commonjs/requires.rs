//! The modules that a module requires, and what it reads from them.

use oxc::ast::ast::{ImportDeclaration, ImportDeclarationSpecifier, Program, Statement, StringLiteral};

use super::names::{constant_name, member};
use super::{Required, Writer};
use crate::aws::package::imports::Target;

impl Writer<'_> {
    /// Collects imports and re-exports first: a name may be used above the line that imports it.
    pub(super) fn read_imports(&mut self, program: &Program<'_>) {
        for statement in &program.body {
            if let Some(import) = as_import(statement) {
                self.read_import(import);
            } else if let Some(source) = reexported_source(statement) {
                self.require(source);
            }
        }
    }

    pub(super) fn read_import(&mut self, import: &ImportDeclaration<'_>) {
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
    pub(super) fn require(&mut self, source: &StringLiteral<'_>) -> String {
        let specifier = self.require_specifier(source.value.as_str());
        self.required.entry(specifier.clone()).or_insert_with(|| Required {
            name: None,
            default: None,
            namespaces: Vec::new(),
            reexported_namespaces: Vec::new(),
            all_exported: false,
        });
        specifier
    }

    /// The specifier that `require` understands, which mostly is the one that was written.
    pub(super) fn require_specifier(&mut self, written: &str) -> String {
        match self.resolve(written) {
            Some(Target::File { specifier, .. })
                if !self.modules.require_finds(self.source.name, written, &specifier) =>
            {
                specifier
            }
            _ => written.to_owned(),
        }
    }

    /// Resolves a relative specifier; notes what leads nowhere.
    pub(super) fn resolve(&mut self, specifier: &str) -> Option<Target> {
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
    pub(super) fn module_name(&mut self, key: &str) -> String {
        if let Some(name) = self.required.get(key).and_then(|required| required.name.clone()) {
            return name;
        }
        let name = self.fresh(&constant_name(key));
        if let Some(required) = self.required.get_mut(key) {
            required.name = Some(name.clone());
        }
        name
    }

    /// The expression that reads an export of a required module.
    pub(super) fn member(&mut self, key: &str, export: &str) -> String {
        let module = self.module_name(key);
        if export != "default" {
            return member(&module, export);
        }
        if let Some(name) = self.required.get(key).and_then(|required| required.default.clone()) {
            return member(&name, "default");
        }
        self.helpers.insert("importDefault".to_owned());
        let name =
            self.fresh(&format!("{}_default", module.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_')));
        if let Some(required) = self.required.get_mut(key) {
            required.default = Some(name.clone());
        }
        member(&name, "default")
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
