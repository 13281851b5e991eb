//! What a converted module starts and ends with.

use std::fmt::Write as _;

use oxc::ast::ast::Program;

use super::names::{is_plain_name, property, quoted};
use super::{Converted, Writer};
use crate::aws::package::helpers;
use crate::aws::package::typescript::ModuleSyntax;

impl Writer<'_> {
    /// Applies the edits and adds what the module needs around them.
    pub(super) fn finish(
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
        let after_directives = program.directives.last().map(|directive| directive.span.end);
        let start = after_directives.or_else(|| program.hashbang.as_ref().map(|hashbang| hashbang.span.end));
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
        self.edits.sort_by_key(|(range, _)| (range.start, range.end));
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
        Ok(Converted { code: text, exports: self.exports, unresolved: self.unresolved })
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
        let names = self.getters.keys().filter(|name| is_plain_name(name)).cloned();
        let stars = self.required.iter().filter(|(_, required)| required.all_exported);
        let stars = stars.map(|(specifier, _)| format!("...require({})", quoted(specifier)));
        let notes: Vec<String> = names.chain(stars).collect();
        if !notes.is_empty() {
            let _ = writeln!(footer, "0 && (module.exports = {{ {} }});", notes.join(", "));
        }
    }
}
