//! The few settings of `tsconfig.json` that change what the JavaScript does.

use std::path::Path;
use std::sync::Arc;

use super::{PackageError, SyntaxError};
use crate::aws::literal::{self, Data, Literal};
use crate::diagnostic::Source;

/// What the folder's `tsconfig.json` says, with TypeScript's defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TsConfig {
    /// `experimentalDecorators`: without it, `@` means the decorators of the standard, which Node.js lacks.
    pub(super) legacy_decorators: bool,
    /// `emitDecoratorMetadata`.
    pub(super) decorator_metadata: bool,
    /// `useDefineForClassFields`.
    pub(super) define_fields: bool,
    /// `jsx` is `react`: calls of `React.createElement`.
    pub(super) classic_jsx: bool,
    /// `jsxImportSource`.
    pub(super) jsx_import_source: Option<String>,
}

impl Default for TsConfig {
    fn default() -> Self {
        Self {
            legacy_decorators: false,
            decorator_metadata: false,
            define_fields: true,
            classic_jsx: false,
            jsx_import_source: None,
        }
    }
}

impl TsConfig {
    /// Reads the folder's `tsconfig.json`, if there is one, and the relative files that it extends.
    pub(super) fn read(folder: &Path) -> Result<Self, PackageError> {
        let mut config = Self::default();
        let mut layers = Vec::new();
        let mut path = folder.join("tsconfig.json");
        // A cycle of `extends` ends here too.
        while layers.len() < 8 {
            let text = match std::fs::read(&path) {
                Ok(text) => text,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => break,
                Err(error) => return Err(PackageError::reading(&path, error)),
            };
            let layer = parse(&path, &text)?;
            let extends = layer.get("extends").and_then(Literal::as_str).map(str::to_owned);
            layers.push(layer);
            match extends {
                Some(base) if base.starts_with('.') => {
                    let base = path.with_file_name(base);
                    path = if base.extension().is_some_and(|extension| extension == "json") {
                        base
                    } else {
                        base.with_added_extension("json")
                    };
                }
                _ => break,
            }
        }
        for layer in layers.iter().rev() {
            if let Some(options) = layer.get("compilerOptions") {
                config.apply(options);
            }
        }
        Ok(config)
    }

    fn apply(&mut self, options: &Literal) {
        let flag = |name: &str| match options.get(name)?.data {
            Data::Bool(flag) => Some(flag),
            Data::Null | Data::Number(_) | Data::String(_) | Data::Array(_) | Data::Object(_) => None,
        };
        let text = |name: &str| options.get(name).and_then(Literal::as_str);
        if let Some(target) = text("target") {
            self.define_fields = has_class_fields(target);
        }
        if let Some(define) = flag("useDefineForClassFields") {
            self.define_fields = define;
        }
        if let Some(legacy) = flag("experimentalDecorators") {
            self.legacy_decorators = legacy;
        }
        if let Some(metadata) = flag("emitDecoratorMetadata") {
            self.decorator_metadata = metadata;
        }
        if let Some(jsx) = text("jsx") {
            self.classic_jsx = jsx.eq_ignore_ascii_case("react");
        }
        if let Some(source) = text("jsxImportSource") {
            self.jsx_import_source = Some(source.to_owned());
        }
    }
}

/// Tells whether TypeScript leaves class fields to the runtime for this `target`.
fn has_class_fields(target: &str) -> bool {
    let target = target.to_ascii_lowercase();
    match target.strip_prefix("es").map(str::parse::<u32>) {
        Some(Ok(year)) => year >= 2022,
        _ => target == "esnext",
    }
}

fn parse(path: &Path, text: &[u8]) -> Result<Literal, PackageError> {
    let text = std::str::from_utf8(text)
        .map_err(|error| PackageError::NotUtf8 { path: path.to_path_buf(), offset: error.valid_up_to() })?;
    let text = text.trim_start_matches('\u{feff}');
    literal::json(text).map_err(|error| {
        let source = Source { path: path.to_path_buf(), text: Arc::from(text) };
        PackageError::Syntax { errors: vec![SyntaxError::new(&source, error.range, error.message, None)] }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_with_typescripts_defaults() {
        let apply = |text: &str| {
            let mut config = TsConfig::default();
            config.apply(&literal::json(text).unwrap());
            config
        };
        assert_eq!(apply("{}"), TsConfig::default());
        assert!(!apply("{ target: 'ES2020' }").define_fields);
        assert!(apply("{ target: 'ESNext' }").define_fields);
        assert!(apply("{ target: 'es5', useDefineForClassFields: true, }").define_fields);
        assert!(apply("{ experimentalDecorators: true }").legacy_decorators);
    }
}
