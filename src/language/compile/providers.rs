//! Names of providers: `required_providers` entries, `provider` blocks, and references to configurations.

use std::sync::Arc;

use super::{Allowed, Compiler, take, version};
use crate::address::{Key, ModulePath, ProviderAddress, ProviderSource, SourceError, is_provider_name};
use crate::diagnostic::{Span, did_you_mean};
use crate::language::ast::{Attribute, Block, Body, Expr, ExprKind, Name};
use crate::language::config::{PassedProvider, Provider, ProviderRef, Requirement};
use crate::language::eval::{NoScope, eval};
use crate::language::parse::is_identifier;
use crate::value::{Data, Type};

/// Two versions between which all names of the AWS provider that recon knows lie.
const AWS_VERSIONS: [&str; 2] = ["6.0.0", "6.99.0"];
/// Arguments that no provider may have.
const RESERVED_ARGUMENTS: [&str; 4] = ["count", "depends_on", "for_each", "source"];
/// Block types that no provider may have.
const RESERVED_BLOCKS: [&str; 2] = ["lifecycle", "locals"];

impl Compiler<'_> {
    /// Reads the `required_providers` blocks of all files, since everything else needs the names that they give.
    pub(super) fn requirements(&mut self, bodies: &[Body]) {
        let terraform = bodies.iter().flat_map(|body| body.blocks_of("terraform"));
        let mut blocks = terraform.flat_map(|block| block.body.blocks_of("required_providers"));
        let Some(first) = blocks.next() else { return };
        self.required_providers(first);
        for second in blocks {
            let detail = "A module has one required_providers block, which lists all of its providers.";
            self.problems
                .error("Duplicate required providers configuration")
                .at(second.header)
                .within(first.header)
                .detail(detail);
        }
    }

    fn required_providers(&mut self, block: &Block) {
        let [] = self.labels(block, []).unwrap_or_default();
        self.only(&block.body, None, &[], "a required_providers block");
        for attribute in &block.body.attributes {
            let name = &attribute.name;
            if !self.valid_provider_name(name) {
                continue;
            }
            let (source, constraint, aliases) = match &attribute.expr.kind {
                ExprKind::Object(items) => self.requirement(name, items),
                _ => {
                    let constraint = self.constant(attribute, &Type::String);
                    let constraint = constraint.and_then(|value| value.as_str().map(str::to_owned));
                    (None, constraint.map(|text| (text, attribute.expr.span)), Vec::new())
                }
            };
            let source = source.unwrap_or_else(|| ProviderSource::implied(&name.text));
            if let Some((constraint, span)) = constraint {
                self.provider_version(&source, &constraint, span);
            }
            let requirement = Requirement { name: name.clone(), source, aliases };
            self.declared.module.requirements.insert(name.text.clone(), requirement);
        }
    }

    fn valid_provider_name(&mut self, name: &Name) -> bool {
        let text = &*name.text;
        if is_provider_name(text) && text.to_lowercase() == text {
            return true;
        }
        let detail = "The local name of a provider has only lower-case letters, digits and dashes, and a dash is neither \
                      its first nor its last character.";
        self.problems.error("Invalid provider local name").at(name.span).detail(detail);
        false
    }

    fn provider_version(&mut self, source: &ProviderSource, constraint: &str, span: Span) {
        let versions: Vec<_> = AWS_VERSIONS.iter().map(|v| version::meets(v, constraint)).collect();
        if versions.contains(&None) {
            self.invalid_constraint(constraint, span);
        } else if *source == ProviderSource::implied("aws") && !versions.contains(&Some(true)) {
            let detail = format!(
                "The constraint \"{constraint}\" excludes version 6 of the AWS provider, whose names and defaults recon has."
            );
            self.problems.warning("Provider version constraint not met").at(span).detail(detail);
        }
    }

    /// Source, version constraint and `configuration_aliases` of an entry.
    fn requirement(
        &mut self,
        name: &Name,
        items: &[(Expr, Expr)],
    ) -> (Option<ProviderSource>, Option<(String, Span)>, Vec<ProviderRef>) {
        let (mut source, mut constraint, mut aliases) = (None, None, Vec::new());
        for (key, item) in items {
            match &key.kind {
                ExprKind::String(key) if &**key == "source" => {
                    source = self.requirement_text(item, "Invalid source").and_then(|text| self.source(&text, item));
                }
                ExprKind::String(key) if &**key == "version" => {
                    let text = self.requirement_text(item, "Invalid version constraint");
                    constraint = text.map(|text| (text, item.span));
                }
                ExprKind::String(key) if &**key == "configuration_aliases" => {
                    aliases = self.configuration_aliases(name, item);
                }
                _ => {
                    let detail =
                        "An entry of required_providers has \"source\", \"version\" and \"configuration_aliases\".";
                    let known = ["source", "version", "configuration_aliases"];
                    let help = match &key.kind {
                        ExprKind::String(key) => did_you_mean(key, known),
                        _ => String::new(),
                    };
                    self.problems.error("Invalid required_providers object").at(key.span).detail(detail).help(help);
                }
            }
        }
        (source, constraint, aliases)
    }

    fn requirement_text(&mut self, expr: &Expr, summary: &str) -> Option<String> {
        let before = self.problems.len();
        let value = eval(expr, &NoScope, self.problems);
        let text = value.as_str().map(str::to_owned);
        if text.is_none() && self.problems.len() == before {
            self.problems.error(summary).at(expr.span).detail("A text in quotes is required here.");
        }
        text
    }

    fn source(&mut self, text: &str, expr: &Expr) -> Option<ProviderSource> {
        let error = match text.parse::<ProviderSource>() {
            Ok(source) => return Some(source),
            Err(error) => error,
        };
        let help = match &error {
            SourceError::Repository(name) => {
                format!("Did you mean \"{}\"?", text.replace(name, name.trim_start_matches("terraform-provider-")))
            }
            SourceError::Form => "Such as \"hashicorp/aws\".".to_owned(),
            SourceError::Part(_) | SourceError::Legacy(_) => String::new(),
        };
        let detail = format!("\"{text}\" names no provider: {error}.");
        self.problems.error("Invalid provider source string").at(expr.span).detail(detail).help(help);
        None
    }

    fn configuration_aliases(&mut self, name: &Name, list: &Expr) -> Vec<ProviderRef> {
        let ExprKind::Tuple(items) = &list.kind else {
            let detail = format!("A list of references is required, such as `[{}.west]`.", name.text);
            self.problems.error("Invalid configuration_aliases value").at(list.span).detail(detail);
            return Vec::new();
        };
        let mut aliases = Vec::new();
        for item in items {
            let detail = match provider_ref(item) {
                Some(alias) if *alias.local == *name.text => {
                    aliases.push(alias);
                    continue;
                }
                Some(alias) => {
                    format!("The alias begins with the entry's own name: `{}`, not `{}`.", name.text, alias.local)
                }
                None => format!("References to configurations look like `{}.west`.", name.text),
            };
            self.problems.error("Invalid configuration_aliases value").at(item.span).detail(detail);
        }
        aliases
    }

    pub(super) fn provider(&mut self, mut block: Block) {
        let Some([name]) = self.labels(&block, ["name"]) else { return };
        if !self.valid_provider_name(&name) {
            return;
        }
        let alias = take(&mut block.body, "alias").and_then(|attribute| self.provider_alias(&attribute));
        if let Some(attribute) = take(&mut block.body, "version") {
            let detail = "Versions of providers are set in a required_providers block. This argument has no effect.";
            self.problems
                .warning("Version constraints inside provider configuration blocks are deprecated")
                .at(attribute.span)
                .detail(detail);
        }
        self.reserved(&mut block.body, &name);
        let twice = self.declared.module.providers.iter().find(|other| {
            other.name.text == name.text && other.alias.as_ref().map(|a| &a.text) == alias.as_ref().map(|a| &a.text)
        });
        if let Some(first) = twice {
            let first = first.header;
            let detail = match &alias {
                Some(alias) => format!("Another configuration of \"{}\" has the alias \"{}\".", name.text, alias.text),
                None => format!("There is a configuration of \"{}\" without alias already.", name.text),
            };
            self.problems
                .error("Duplicate provider configuration")
                .at(block.header)
                .first_at(first)
                .detail(detail)
                .help("Give each configuration of a provider an alias of its own.");
            return;
        }
        let source = self.declared.module.source_of(&name.text);
        self.misspelled_provider(&name, &source);
        let references = self.body_references(&block.body, Allowed::default());
        let path = self.declared.module.path.iter();
        let module = path.fold(ModulePath::root(), |path, name| path.child(name, Key::None));
        let address = ProviderAddress { module, source, alias: alias.as_ref().map(|alias| alias.text.clone()) };
        let (body, header) = (block.body, block.header);
        self.declared.module.providers.push(Provider { name, alias, address, body, references, header });
    }

    fn provider_alias(&mut self, attribute: &Attribute) -> Option<Name> {
        let value = self.constant(attribute, &Type::String)?;
        let Data::String(text) = value.data() else { return None };
        if !is_identifier(text) {
            let detail = "An alias must start with a letter or underscore and may contain only letters, digits, underscores, \
                          and dashes.";
            self.problems.error("Invalid provider configuration alias").at(attribute.expr.span).detail(detail);
        }
        Some(Name { text: text.clone(), span: attribute.expr.span })
    }

    fn reserved(&mut self, body: &mut Body, provider: &Name) {
        for name in RESERVED_ARGUMENTS {
            if let Some(attribute) = take(body, name) {
                let detail = format!("No argument of a provider can be called \"{name}\".");
                let help = match name {
                    "for_each" | "count" => {
                        format!("Write one block of `provider \"{}\"` with an alias for each.", provider.text)
                    }
                    _ => String::new(),
                };
                self.problems
                    .error("Reserved argument name in provider block")
                    .at(attribute.name.span)
                    .detail(detail)
                    .help(help);
            }
        }
        body.blocks.retain(|block| {
            let reserved = RESERVED_BLOCKS.contains(&&*block.ty.text);
            if reserved {
                let detail = format!("No block of a provider can be of type \"{}\".", block.ty.text);
                self.problems.error("Reserved block type name in provider block").at(block.header).detail(detail);
            }
            !reserved
        });
    }

    /// A provider that nothing declares and that recon has no types of is most likely another one with a slip in its name.
    fn misspelled_provider(&mut self, name: &Name, source: &ProviderSource) {
        let schemas = self.schemas;
        let names: Vec<&str> = schemas.resource_names().into_iter().chain(schemas.data_names()).collect();
        if self.declared.module.requirements.contains_key(&name.text) || names.iter().any(|ty| source.owns(ty)) {
            return;
        }
        let help = did_you_mean(&name.text, names.iter().map(|ty| crate::address::prefix(ty)));
        if !help.is_empty() {
            let detail =
                format!("recon has no types of the provider \"{}\", so this block has no effect.", source.short());
            self.problems.warning("Unknown provider").at(name.span).detail(detail).help(help);
        }
    }

    /// The configuration that the `provider` argument of a resource names.
    pub(super) fn provider_argument(&mut self, attribute: &Attribute) -> Option<ProviderRef> {
        let found = provider_ref(&attribute.expr);
        if found.is_none() {
            self.bad_provider_reference(&attribute.expr);
        }
        found
    }

    fn bad_provider_reference(&mut self, expr: &Expr) {
        let detail = "A provider configuration is named by the provider's local name, with a dot and an alias behind it unless \
                      the default configuration is meant: `aws.west`.";
        self.problems.error("Invalid provider configuration reference").at(expr.span).detail(detail);
    }

    /// The `providers` argument of a module call.
    pub(super) fn passed_providers(&mut self, attribute: &Attribute) -> Vec<PassedProvider> {
        let ExprKind::Object(items) = &attribute.expr.kind else {
            let detail = "The providers of a module call are written as `{ NAME_IN_MODULE = NAME_HERE }`.";
            self.problems.error("Invalid expression").at(attribute.expr.span).detail(detail);
            return Vec::new();
        };
        let mut passed: Vec<PassedProvider> = Vec::new();
        for (key, value) in items {
            let [inside, here] = [key, value].map(|expr| {
                let found = provider_ref(expr);
                if found.is_none() {
                    self.bad_provider_reference(expr);
                }
                found
            });
            let (Some(inside), Some(here)) = (inside, here) else { continue };
            if let Some(first) =
                passed.iter().find(|first| first.inside.local == inside.local && first.inside.alias == inside.alias)
            {
                let first = first.inside.span;
                let detail = format!("A configuration is passed for `{inside}` already.");
                self.problems.error("Duplicate provider address").at(inside.span).within(first).detail(detail);
                continue;
            }
            passed.push(PassedProvider { inside, here });
        }
        passed
    }
}

/// A reference to a provider configuration: `aws` or `aws.alias`, also in quotes, as old files and JSON have it.
fn provider_ref(expr: &Expr) -> Option<ProviderRef> {
    let (local, alias): (Arc<str>, Option<Arc<str>>) = match &expr.kind {
        ExprKind::Variable(name) => (name.clone(), None),
        ExprKind::GetAttr(source, alias) => match &source.kind {
            ExprKind::Variable(name) => (name.clone(), Some(alias.text.clone())),
            _ => return None,
        },
        ExprKind::String(text) => match text.split_once('.') {
            Some((local, alias)) => (local.into(), Some(alias.into())),
            None => (text.clone(), None),
        },
        _ => return None,
    };
    let valid = is_provider_name(&local) && alias.as_ref().is_none_or(|alias| is_identifier(alias));
    valid.then_some(ProviderRef { local, alias, span: expr.span })
}
