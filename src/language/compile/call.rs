//! `module` blocks.

use std::sync::Arc;

use indexmap::IndexMap;

use super::version::Constraints;
use super::{Allowed, Compiler, take};
use crate::diagnostic::{Diagnostic, Span};
use crate::language::ast::{Attribute, Block, Expr, Name};
use crate::language::config::{Call, Module, PassedProvider, Repetition};
use crate::language::module_source::{ModuleSource, RegistrySource, SourceMistake, without_password};
use crate::language::references::Reference;
use crate::value::Type;

/// Where a `module` block says that its module is.
#[derive(Clone, Debug)]
pub struct Whence {
    /// The address.
    pub source: ModuleSource,
    /// Where the address stands.
    pub span: Span,
    /// The versions that will do, and where they stand.
    pub version: Option<(Constraints, Span)>,
    /// The block's header.
    pub header: Span,
}

/// A `module` block whose module is still to be loaded.
pub(in crate::language) struct PendingCall {
    pub(in crate::language) name: Name,
    /// Where the module is, unless there is a mistake in it.
    pub(in crate::language) whence: Option<Whence>,
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
        // A call is completed with the module that its address leads to.
        let source = self.whence.as_ref().map(|whence| without_password(&whence.source.to_string()));
        let version =
            self.whence.and_then(|whence| whence.version).map(|(constraints, _)| constraints.to_string().into());
        Call {
            name: self.name,
            repetition: self.repetition,
            inputs,
            depends_on: self.depends_on,
            providers: self.providers,
            references: self.references,
            source: source.unwrap_or_default().into(),
            version,
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
        let providers = take(&mut block.body, "providers").map(|attribute| self.passed_providers(&attribute));
        let providers = providers.unwrap_or_default();
        let allowed = Allowed {
            each: matches!(repetition, Repetition::ForEach(_)),
            count: matches!(repetition, Repetition::Count(_)),
            this: false,
        };
        let references = repetition.expr().map(|expr| self.references(expr, Allowed::default())).unwrap_or_default();
        let whence = self.whence(&mut block);
        let mut inputs = IndexMap::new();
        for attribute in block.body.attributes {
            self.references(&attribute.expr, allowed);
            inputs.insert(attribute.name.text.clone(), (attribute.name, attribute.expr));
        }
        // Without a source the call still counts as declared, so that references to it are not mistakes of their own.
        let header = block.header;
        self.declared.calls.push(PendingCall {
            name,
            whence,
            repetition,
            inputs,
            depends_on,
            providers,
            references,
            header,
        });
    }

    /// Takes `source` and `version`, and reports what is wrong with either.
    fn whence(&mut self, block: &mut Block) -> Option<Whence> {
        let version = take(&mut block.body, "version");
        let constraints = version.as_ref().map(|attribute| self.constraints(attribute, block.header));
        let Some(attribute) = take(&mut block.body, "source") else {
            self.missing_argument("source", block.header);
            return None;
        };
        let text = self.constant(&attribute, &Type::String)?;
        let text = text.as_str()?;
        let (span, header) = (attribute.expr.span, block.header);
        let parsed = match &version {
            Some(_) => RegistrySource::parse(text).map(ModuleSource::Registry),
            None => ModuleSource::parse(text),
        };
        let source = match parsed {
            Ok(source) => source,
            Err(mistake) => {
                self.source_mistake(text, mistake, version.is_some()).at(span).within(header);
                return None;
            }
        };
        match (version, constraints) {
            (Some(attribute), Some(constraints)) => {
                Some(Whence { source, span, version: Some((constraints?, attribute.expr.span)), header })
            }
            _ => Some(Whence { source, span, version: None, header }),
        }
    }

    fn constraints(&mut self, attribute: &Attribute, header: Span) -> Option<Constraints> {
        let text = self.constant(attribute, &Type::String)?;
        let constraints = Constraints::parse(text.as_str()?);
        if constraints.is_none() {
            self.invalid_constraint(text.as_str()?, attribute.expr.span).within(header);
        }
        constraints
    }

    fn source_mistake(&mut self, text: &str, mistake: SourceMistake, has_version: bool) -> &mut Diagnostic {
        let (summary, what) = match has_version {
            true => ("Invalid registry module source address", "registry module"),
            false => ("Invalid module source address", "module"),
        };
        let shown = without_password(text);
        let problem = self.problems.error(summary);
        match mistake {
            SourceMistake::NoMethod => {
                problem.detail(format!("There is no way to tell how the module \"{shown}\" is fetched."));
                problem.help(format!(
                    "If it is a folder, seen from the folder of this file, write \"./{shown}\": a local path begins with `./` or `../`."
                ));
            }
            SourceMistake::Malformed(why) => {
                problem.detail(format!("\"{shown}\" is no address of a {what}: {why}."));
            }
        }
        if has_version {
            problem
                .help("The argument `version` is for modules of a registry only; leave it out for any other source.");
        }
        problem
    }
}
