//! TypeScript to JavaScript, in process.
//!
//! The target is ES2022, which every supported Node.js runtime has; `using` and newer are rewritten. Imports and exports
//! become CommonJS ([`commonjs`](super::commonjs)), because that is how Lambda loads a `.js` file. They stay as they are
//! in an `.mts` file, and below a `package.json` with `"type": "module"`.

use std::path::Path;
use std::sync::Arc;

use oxc::allocator::Allocator;
use oxc::ast::ast::{
    ArrowFunctionExpression, AwaitExpression, Decorator, ExportAllDeclaration, ExportFromDeclaration, Expression,
    ForOfStatement, Function, ImportDeclaration, ImportExpression, ImportMeta, Program, PropertyDefinition, Statement,
    StaticBlock, StaticMemberExpression, StringLiteral,
};
use oxc::ast_visit::{Visit, walk};
use oxc::codegen::{Codegen, CodegenOptions};
use oxc::diagnostics::OxcDiagnostic;
use oxc::parser::{ParseOptions, Parser};
use oxc::semantic::SemanticBuilder;
use oxc::span::{SourceType, Span};
use oxc::syntax::scope::ScopeFlags;
use oxc::transformer::{HelperLoaderMode, JsxRuntime, Module, TransformOptions, Transformer};

use super::commonjs;
use super::imports::Modules;
use super::tsconfig::TsConfig;
use super::{Exports, SyntaxError, Warning};
use crate::aws::literal;
use crate::diagnostic::{self, Excerpt};

/// What the stack of a compiling thread has room for, with much to spare.
const DEEPEST: usize = 1000;

/// What a file's imports and exports become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// `require` and `exports`.
    CommonJs,
    /// As written.
    Esm,
}

/// A TypeScript file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a> {
    /// The path in the folder.
    pub(super) name: &'a str,
    /// The path for messages.
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
    pub(super) format: Format,
}

/// JavaScript made from a [`Source`].
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) code: String,
    pub(super) exports: Exports,
    pub(super) warnings: Vec<Warning>,
}

/// Compiles one file, or gives all of its errors.
pub(super) fn compile(source: &Source<'_>, config: &TsConfig, modules: &Modules) -> Result<Compiled, Vec<SyntaxError>> {
    let text = source.text.trim_start_matches('\u{feff}');
    let errors = Errors::new(source.path, text);
    if let Some(at) = literal::nested_deeper_than(DEEPEST, text) {
        let at = u32::try_from(at).unwrap_or(0);
        return Err(vec![errors.at(
            Span::new(at, at + 1),
            "This file is nested too deeply to compile.".to_owned(),
            None,
        )]);
    }
    let allocator = Allocator::default();
    let language = if source.name.ends_with(".tsx") { SourceType::tsx() } else { SourceType::ts() };
    let options = ParseOptions { parse_regular_expression: true, ..ParseOptions::default() };
    let parsed = Parser::new(&allocator, text, language.with_module(true)).with_options(options).parse();
    errors.check(parsed.diagnostics.errors())?;
    let mut program = parsed.program;

    let built = SemanticBuilder::new()
        .with_check_syntax_error(true)
        .with_enum_eval(true)
        .with_excess_capacity(2.0)
        .build(&program);
    errors.check(built.diagnostics.errors())?;
    let scoping = built.semantic.into_scoping();

    let mut survey = Survey::new(source.format, config);
    survey.visit_program(&program);
    errors.check(survey.problems.iter())?;
    let places = survey.specifiers;
    let module = ModuleSyntax::of(&program);

    let transformed = Transformer::new(&allocator, Path::new(source.name), &transform_options(source.format, config))
        .build_with_scoping(scoping, &mut program);
    errors.check(transformed.diagnostics.errors())?;

    let options = CodegenOptions::default();
    let code = Codegen::new().with_options(options).build(&program).code;
    let converted = commonjs::convert(&code, source, module, modules)
        .map_err(|message| vec![errors.at(Span::new(0, 0), message, None)])?;

    let warnings = converted
        .unresolved
        .into_iter()
        .map(|specifier| {
            let span = places.iter().find(|(name, _)| *name == specifier).map(|(_, span)| *span);
            unresolved(&errors.source, &specifier, span)
        })
        .collect();
    Ok(Compiled { code: converted.code, exports: converted.exports, warnings })
}

fn unresolved(source: &diagnostic::Source, specifier: &str, span: Option<Span>) -> Warning {
    let (message, help) = if specifier.starts_with('.') {
        (
            format!("`{specifier}` is not in the function's folder."),
            "Only what is in the folder is part of the function.",
        )
    } else {
        (
            format!("The package `{specifier}` is not in the function's folder."),
            "Install it there as a dependency, not for development only; ignore this if a layer has it.",
        )
    };
    let excerpt = span.map(literal::range).map(|range| Excerpt {
        path: source.path.clone(),
        text: Arc::clone(&source.text),
        start: range.start,
        end: range.end,
    });
    Warning { path: source.path.clone(), excerpt, message, help: Some(help.to_owned()) }
}

fn transform_options(format: Format, config: &TsConfig) -> TransformOptions {
    let mut options = TransformOptions::from_target("es2022").unwrap_or_default();
    options.env.module = match format {
        Format::CommonJs => Module::CommonJS,
        Format::Esm => Module::Esm,
    };
    // The helpers are then members of `babelHelpers`, which `commonjs` defines.
    options.helper_loader.mode = HelperLoaderMode::External;
    options.decorator.legacy = config.legacy_decorators;
    options.decorator.emit_decorator_metadata = config.decorator_metadata;
    if !config.define_fields {
        options.assumptions.set_public_class_fields = true;
        options.typescript.remove_class_fields_without_initializer = true;
        options.env.es2022.class_properties = Some(oxc::transformer::ClassPropertiesOptions::default());
    }
    if config.classic_jsx {
        options.jsx.runtime = JsxRuntime::Classic;
    }
    options.jsx.import_source.clone_from(&config.jsx_import_source);
    options
}

/// Which module system the file was written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ModuleSyntax {
    /// It has imports or exports of its own.
    Esm,
    /// It has `export =`, or neither imports nor exports: `module.exports` is its own affair.
    CommonJs,
}

impl ModuleSyntax {
    fn of(program: &Program<'_>) -> Self {
        let assigns = |it: &Statement<'_>| matches!(it, Statement::TSExportAssignment(_));
        if !program.body.iter().any(assigns) && program.body.iter().any(Statement::is_module_declaration) {
            Self::Esm
        } else {
            Self::CommonJs
        }
    }
}

/// Turns what oxc finds into errors with a place.
struct Errors {
    source: diagnostic::Source,
}

impl Errors {
    fn new(path: &Path, text: &str) -> Self {
        Self { source: diagnostic::Source { path: path.to_path_buf(), text: Arc::from(text) } }
    }

    fn check<'d>(&self, diagnostics: impl Iterator<Item = &'d OxcDiagnostic>) -> Result<(), Vec<SyntaxError>> {
        let mut errors: Vec<SyntaxError> = diagnostics
            .map(|diagnostic| {
                let span = diagnostic.labels.first().map_or(Span::new(0, 0), |label| label.span());
                self.at(span, diagnostic.message.to_string(), diagnostic.help.as_deref().map(str::to_owned))
            })
            .collect();
        errors.sort_by_key(|error| error.range.start);
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    fn at(&self, span: Span, message: String, help: Option<String>) -> SyntaxError {
        SyntaxError::new(&self.source, literal::range(span), message, help)
    }
}

/// Finds what cannot be built, in the text as it was written, and where modules are named.
struct Survey<'c> {
    format: Format,
    config: &'c TsConfig,
    /// How many functions and class members are around the place.
    depth: usize,
    decorated: bool,
    problems: Vec<OxcDiagnostic>,
    specifiers: Vec<(String, Span)>,
}

impl<'c> Survey<'c> {
    const fn new(format: Format, config: &'c TsConfig) -> Self {
        Self { format, config, depth: 0, decorated: false, problems: Vec::new(), specifiers: Vec::new() }
    }

    fn inside(&mut self, walk: impl FnOnce(&mut Self)) {
        self.depth += 1;
        walk(self);
        self.depth -= 1;
    }

    fn specifier(&mut self, literal: &StringLiteral<'_>) {
        self.specifiers.push((literal.value.to_string(), literal.span));
    }

    fn top_level_await(&mut self, span: Span) {
        if self.depth == 0 && self.format == Format::CommonJs {
            let problem = OxcDiagnostic::error("Await at the top level needs an ES module.")
                .with_label(span)
                .with_help("Await inside of the handler, or name the file .mts.");
            self.problems.push(problem);
        }
    }
}

impl<'a> Visit<'a> for Survey<'_> {
    fn visit_function(&mut self, it: &Function<'a>, flags: ScopeFlags) {
        self.inside(|inner| walk::walk_function(inner, it, flags));
    }

    fn visit_arrow_function_expression(&mut self, it: &ArrowFunctionExpression<'a>) {
        self.inside(|inner| walk::walk_arrow_function_expression(inner, it));
    }

    fn visit_property_definition(&mut self, it: &PropertyDefinition<'a>) {
        self.inside(|inner| walk::walk_property_definition(inner, it));
    }

    fn visit_static_block(&mut self, it: &StaticBlock<'a>) {
        self.inside(|inner| walk::walk_static_block(inner, it));
    }

    fn visit_await_expression(&mut self, it: &AwaitExpression<'a>) {
        self.top_level_await(it.span);
        walk::walk_await_expression(self, it);
    }

    fn visit_for_of_statement(&mut self, it: &ForOfStatement<'a>) {
        if it.r#await {
            self.top_level_await(Span::new(it.span.start, it.span.start + 3));
        }
        walk::walk_for_of_statement(self, it);
    }

    fn visit_decorator(&mut self, it: &Decorator<'a>) {
        if !self.config.legacy_decorators && !self.decorated {
            self.decorated = true;
            let problem =
                OxcDiagnostic::error("Decorators of the standard cannot be built yet.").with_label(it.span).with_help(
                    "Set \"experimentalDecorators\": true in tsconfig.json if these are TypeScript's older ones.",
                );
            self.problems.push(problem);
        }
        walk::walk_decorator(self, it);
    }

    fn visit_static_member_expression(&mut self, it: &StaticMemberExpression<'a>) {
        let known = matches!(it.property.name.as_str(), "url" | "dirname" | "filename");
        if known && matches!(it.object, Expression::ImportMeta(_)) {
            return;
        }
        walk::walk_static_member_expression(self, it);
    }

    fn visit_import_meta(&mut self, it: &ImportMeta) {
        if self.format == Format::CommonJs {
            let problem = OxcDiagnostic::error("This use of import.meta needs an ES module.")
                .with_label(it.span)
                .with_help("Use import.meta.url, .dirname or .filename, or name the file .mts.");
            self.problems.push(problem);
        }
    }

    fn visit_import_declaration(&mut self, it: &ImportDeclaration<'a>) {
        self.specifier(&it.source);
    }

    fn visit_export_from_declaration(&mut self, it: &ExportFromDeclaration<'a>) {
        self.specifier(&it.source);
    }

    fn visit_export_all_declaration(&mut self, it: &ExportAllDeclaration<'a>) {
        self.specifier(&it.source);
    }

    fn visit_import_expression(&mut self, it: &ImportExpression<'a>) {
        if let Expression::StringLiteral(literal) = &it.source {
            self.specifier(literal);
        }
        walk::walk_import_expression(self, it);
    }
}
