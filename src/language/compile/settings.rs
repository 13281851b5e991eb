//! `terraform` and `provider` blocks.

use std::collections::BTreeSet;

use super::{Allowed, Compiler, take, version};
use crate::diagnostic::{Span, did_you_mean};
use crate::language::ast::{Attribute, Block, Expr, ExprKind, Name};
use crate::language::config::{Backend, Provider};
use crate::language::eval::{NoScope, eval};
use crate::value::Type;

/// The version of the language that recon speaks.
const LANGUAGE_VERSION: &str = "1.11.0";
/// Two versions between which all names of the AWS provider that recon knows lie.
const AWS_VERSIONS: [&str; 2] = ["6.0.0", "6.99.0"];

impl Compiler<'_> {
    pub(super) fn terraform(&mut self, block: Block) {
        let [] = self.labels(&block, []).unwrap_or_default();
        let blocks = ["required_providers", "backend", "cloud", "provider_meta"];
        self.only(&block.body, Some(&["required_version", "experiments"]), &blocks, "a terraform block");
        if let Some(attribute) = block.body.attribute("required_version") {
            self.required_version(attribute);
        }
        if let Some(attribute) = block.body.attribute("experiments") {
            let span = attribute.span;
            self.not_yet("Experiments not supported", span, "Experimental language features are not supported.");
        }
        for inner in block.body.blocks {
            match &*inner.ty.text {
                "required_providers" => self.required_providers(&inner),
                "backend" => self.backend(inner),
                "cloud" => self.not_yet(
                    "Cloud block not supported",
                    inner.header,
                    "recon runs plans on this machine and keeps state in a backend; it does not speak to HCP Terraform.",
                ),
                "provider_meta" => self.not_yet(
                    "Provider metadata not supported yet",
                    inner.header,
                    "Blocks of type \"provider_meta\" are not supported yet.",
                ),
                _ => {}
            }
        }
    }

    fn required_version(&mut self, attribute: &Attribute) {
        let Some(constraint) = self.constant(attribute, &Type::String) else { return };
        let constraint = constraint.as_str().unwrap_or_default();
        match version::meets(LANGUAGE_VERSION, constraint) {
            Some(true) => {}
            Some(false) => {
                let detail = format!(
                    "This configuration asks for a language version \"{constraint}\"; recon speaks version {LANGUAGE_VERSION}."
                );
                self.problems.error("Unsupported Terraform Core version").at(attribute.expr.span).detail(detail);
            }
            None => self.invalid_constraint(constraint, attribute.expr.span),
        }
    }

    fn invalid_constraint(&mut self, constraint: &str, span: Span) {
        let detail =
            format!("\"{constraint}\" is no version constraint. One looks like \">= 1.5, < 2.0\" or \"~> 1.8\".");
        self.problems.error("Invalid version constraint").at(span).detail(detail);
    }

    fn required_providers(&mut self, block: &Block) {
        self.only(&block.body, None, &[], "a required_providers block");
        for attribute in &block.body.attributes {
            let name = &attribute.name;
            let (source, constraint) = match &attribute.expr.kind {
                ExprKind::Object(items) => self.requirement(items),
                _ => (None, self.constant(attribute, &Type::String).and_then(|v| v.as_str().map(str::to_owned))),
            };
            let ty =
                source.as_deref().map_or(&*name.text, |source| source.rsplit('/').next().unwrap_or(source)).to_owned();
            if ty != *name.text {
                let detail = format!(
                    "The provider \"{ty}\" must be called \"{ty}\" here; other local names are not supported yet."
                );
                self.problems.error("Provider name not supported yet").at(name.span).detail(detail);
            } else if !self.providers().contains(&ty) {
                self.unknown_provider(name);
            }
            if let Some(constraint) = constraint {
                let versions: Vec<_> = AWS_VERSIONS.iter().map(|v| version::meets(v, &constraint)).collect();
                if versions.contains(&None) {
                    self.invalid_constraint(&constraint, attribute.expr.span);
                } else if ty == "aws" && !versions.contains(&Some(true)) {
                    let detail = format!(
                        "The constraint \"{constraint}\" excludes version 6 of the AWS provider, whose names and defaults recon has."
                    );
                    self.problems.warning("Provider version constraint not met").at(attribute.expr.span).detail(detail);
                }
            }
        }
    }

    fn requirement(&mut self, items: &[(Expr, Expr)]) -> (Option<String>, Option<String>) {
        let (mut source, mut constraint) = (None, None);
        for (key, item) in items {
            let ExprKind::String(name) = &key.kind else { continue };
            match &**name {
                "source" | "version" => {
                    let value = eval(item, &NoScope, self.problems);
                    let text = value.as_str().map(str::to_owned);
                    if text.is_none() && value.is_known() {
                        let detail = format!("The argument \"{name}\" must be a string.");
                        self.problems.error("Invalid required_providers object").at(item.span).detail(detail);
                    }
                    if &**name == "source" { source = text } else { constraint = text }
                }
                "configuration_aliases" => {
                    let detail = "Passing provider configurations into modules is not supported yet.";
                    self.problems.error("Provider aliases of modules not supported yet").at(key.span).detail(detail);
                }
                other => {
                    let detail = format!("An argument named \"{other}\" is not expected here.");
                    let help = did_you_mean(other, ["source", "version", "configuration_aliases"]);
                    self.problems.error("Invalid required_providers object").at(key.span).detail(detail).help(help);
                }
            }
        }
        (source, constraint)
    }

    /// The names of the providers whose resource types or data sources recon has.
    fn providers(&self) -> BTreeSet<String> {
        let names = self.schemas.resource_names().into_iter().chain(self.schemas.data_names());
        let mut known: BTreeSet<String> = names.map(|name| provider_of(name).to_owned()).collect();
        known.extend(["aws".to_owned(), "terraform".to_owned()]);
        known
    }

    fn unknown_provider(&mut self, name: &Name) {
        let known = self.providers();
        let detail = format!("recon has no resource types of the provider \"{}\".", name.text);
        let help = did_you_mean(&name.text, known.iter().map(String::as_str));
        self.problems.error("Provider not supported").at(name.span).detail(detail).help(help);
    }

    fn backend(&mut self, block: Block) {
        let Some([ty]) = self.labels(&block, ["type"]) else { return };
        if !self.declared.module.path.is_empty() {
            let detail = "A backend is set in the root module only; this block has no effect.";
            self.problems.warning("Backend configuration ignored").at(block.header).detail(detail);
            return;
        }
        if &*ty.text != "local" {
            let detail = format!("The backend \"{}\" is not supported yet; \"local\" is.", ty.text);
            self.problems.error("Backend not supported yet").at(ty.span).within(block.header).detail(detail);
            return;
        }
        if self.declared.backend.is_some() {
            let detail = "A module may have only one backend configuration.";
            self.problems.error("Duplicate backend configuration").at(block.header).detail(detail);
            return;
        }
        self.only(&block.body, Some(&["path", "workspace_dir"]), &[], "a local backend");
        for attribute in &block.body.attributes {
            self.constant(attribute, &Type::String);
        }
        self.declared.backend = Some(Backend { ty, body: block.body, header: block.header });
    }

    pub(super) fn provider(&mut self, mut block: Block) {
        let Some([name]) = self.labels(&block, ["name"]) else { return };
        if !self.providers().contains(&*name.text) {
            self.unknown_provider(&name);
            return;
        }
        let alias = take(&mut block.body, "alias").and_then(|attribute| {
            let text = self.constant(&attribute, &Type::String)?;
            let crate::value::Data::String(text) = text.data() else { return None };
            Some(Name { text: text.clone(), span: attribute.expr.span })
        });
        if let Some(attribute) = take(&mut block.body, "version") {
            let detail = "Versions of providers are set in a required_providers block. This argument has no effect.";
            self.problems
                .warning("Version constraints inside provider configuration blocks are deprecated")
                .at(attribute.span)
                .detail(detail);
        }
        let twice = self.declared.module.providers.iter().find(|other| {
            other.name.text == name.text && other.alias.as_ref().map(|a| &a.text) == alias.as_ref().map(|a| &a.text)
        });
        if let Some(first) = twice {
            let first = first.header;
            let detail = "There is such a provider configuration already. Additional ones need an alias of their own.";
            self.problems.error("Duplicate provider configuration").at(block.header).first_at(first).detail(detail);
            return;
        }
        let references = self.body_references(&block.body, Allowed::default());
        let (body, header) = (block.body, block.header);
        self.declared.module.providers.push(Provider { name, alias, body, references, header });
    }
}

/// The provider that a resource type belongs to by its name.
pub(super) fn provider_of(ty: &str) -> &str {
    ty.split('_').next().unwrap_or(ty)
}
