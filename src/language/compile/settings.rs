//! `terraform` blocks.

use super::{Allowed, Compiler, version};
use crate::diagnostic::{Diagnostic, Span};
use crate::language::ast::{Attribute, Block, Name};
use crate::language::config::Backend;
use crate::value::Type;

/// The version of the language that recon speaks.
const LANGUAGE_VERSION: &str = "1.11.4";

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
        let mut metas = Vec::new();
        for inner in block.body.blocks {
            match &*inner.ty.text {
                "backend" => self.backend(inner),
                "cloud" => self.not_yet(
                    "Cloud block not supported",
                    inner.header,
                    "recon runs plans on this machine and keeps state in a backend; it does not speak to HCP Terraform.",
                ),
                "provider_meta" => self.provider_meta(&inner, &mut metas),
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
            None => {
                self.invalid_constraint(constraint, attribute.expr.span);
            }
        }
    }

    pub(super) fn invalid_constraint(&mut self, constraint: &str, span: Span) -> &mut Diagnostic {
        let detail =
            format!("\"{constraint}\" is no version constraint. One looks like \">= 1.5, < 2.0\" or \"~> 1.8\".");
        self.problems.error("Invalid version constraint").at(span).detail(detail)
    }

    /// What a module tells a provider about itself. That of AWS takes a name to send along with its calls, and recon sends its
    /// own, so there is nothing to do.
    fn provider_meta(&mut self, block: &Block, seen: &mut Vec<Name>) {
        let Some([provider]) = self.labels(block, ["provider"]) else { return };
        match seen.iter().find(|first| first.text == provider.text) {
            Some(first) => {
                let detail =
                    format!("There is a provider_meta block for \"{}\" in this module already.", provider.text);
                self.problems.error("Duplicate provider_meta block").at(block.header).within(first.span).detail(detail);
            }
            None => seen.push(provider),
        }
        self.body_references(&block.body, Allowed::default());
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
}
