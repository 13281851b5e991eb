//! `import` blocks.

use std::sync::Arc;

use super::target::{Segment, constant_key};
use super::{Allowed, Compiler};
use crate::address::{Key, Mode, Target};
use crate::diagnostic::Diagnostics;
use crate::language::ast::{Attribute, Block, Expr};
use crate::language::config::{Import, Module, ProviderRef, Repetition, ResourceKey};
use crate::language::references::Subject;

/// What `to` says: the fields of the same names in `Import`.
struct ImportTarget {
    module: Vec<Arc<str>>,
    resource: ResourceKey,
    keys: Vec<Option<Expr>>,
}

impl Compiler<'_> {
    pub(super) fn import(&mut self, block: &Block) {
        if !self.declared.module.path.is_empty() {
            let detail = "An import block stands in the root module. Its \"to\" may name a resource of any module.";
            self.problems.error("Invalid import configuration").at(block.header).detail(detail);
            return;
        }
        let Some([]) = self.labels(block, []) else { return };
        self.only(&block.body, Some(&["to", "id", "for_each", "provider"]), &[], "an import block");
        let provider = block.body.attribute("provider").and_then(|attribute| self.provider_argument(attribute));
        let for_each = block.body.attribute("for_each").map(|attribute| attribute.expr.clone());
        let allowed = Allowed { each: for_each.is_some(), ..Allowed::default() };
        let mut references =
            for_each.iter().flat_map(|expr| self.references(expr, Allowed::default())).collect::<Vec<_>>();
        let id = block.body.attribute("id").map(|attribute| attribute.expr.clone());
        match &id {
            Some(expr) => references.extend(self.references(expr, allowed)),
            None => self.missing_argument("id", block.header),
        }
        let Some(to) = block.body.attribute("to") else {
            self.missing_argument("to", block.header);
            return;
        };
        let (Some(target), Some(id)) = (self.import_target(to, allowed), id) else { return };
        let ImportTarget { module, resource, keys } = target;
        if module.is_empty() && references.iter().any(|found| found.subject == Subject::Resource(resource.clone())) {
            let detail = "The id of an object cannot be taken from the resource that is to import it.";
            self.problems.error("Invalid import id argument").at(id.span).detail(detail);
            return;
        }
        let to = to.expr.span;
        let import = Import { module, resource, keys, id, for_each, provider, references, to, header: block.header };
        self.refuse_second_import(&import);
        self.declared.module.imports.push(import);
    }

    /// The module calls, the resource, and the keys of either.
    fn import_target(&mut self, to: &Attribute, allowed: Allowed) -> Option<ImportTarget> {
        let segments = self.segments(&to.expr)?;
        // The form does not depend on the keys, so any will do to check it.
        let stand_in = |segment: &Segment| match segment.key {
            Some(_) => (segment.name.clone(), Key::Index(0)),
            None => (segment.name.clone(), Key::None),
        };
        let keyed: Vec<_> = segments.iter().map(stand_in).collect();
        let Target::Resource(address) = self.assemble(&segments, &keyed)? else {
            let detail =
                "A resource is required here; the address of a module must be followed by that of a resource in it.";
            self.problems.error("Invalid address").at(to.expr.span).detail(detail);
            return None;
        };
        if address.resource.mode == Mode::Data {
            let detail = "Only managed resources can be imported; a data source is read anyway.";
            self.problems.error("Invalid import address").at(to.expr.span).detail(detail);
            return None;
        }
        let mut keys = Vec::new();
        for segment in &segments {
            if let Some(key) = &segment.key
                && constant_key(key).is_none()
            {
                let found = self.references(key, allowed);
                if !allowed.each || found.iter().any(|reference| !matches!(reference.subject, Subject::Each(_))) {
                    let detail =
                        "A key in the address of an import is a constant, or made of `each.key` and `each.value`.";
                    self.problems.error("Invalid expression").at(key.span).detail(detail);
                    return None;
                }
            }
        }
        let modules = address.resource.module.steps().len();
        keys.extend(segments.iter().skip(1).step_by(2).take(modules).map(|segment| segment.key.clone()));
        keys.push(segments.last().and_then(|segment| segment.key.clone()));
        let module = address.resource.module.call_names();
        let resource = ResourceKey { mode: Mode::Managed, ty: address.resource.ty, name: address.resource.name };
        Some(ImportTarget { module, resource, keys })
    }

    fn refuse_second_import(&mut self, import: &Import) {
        let same = |other: &&Import| {
            other.module == import.module
                && other.resource == import.resource
                && other.keys.iter().zip(&import.keys).all(|pair| match pair {
                    (None, None) => true,
                    (Some(a), Some(b)) => constant_key(a).is_some_and(|key| constant_key(b) == Some(key)),
                    _ => false,
                })
        };
        if !self.declared.module.imports.iter().any(|other| same(&other)) {
            return;
        }
        let names: String = import.module.iter().map(|name| format!("module.{name}.")).collect();
        let key = import.keys.last().and_then(Option::as_ref).and_then(constant_key).unwrap_or_default();
        let address = format!("{names}{}.{}{key}", import.resource.ty, import.resource.name);
        self.problems
            .error(format!("Duplicate import configuration for \"{address}\""))
            .at(import.to)
            .within(import.header)
            .detail("Another import block is about the same resource. One object is imported to one address.");
    }
}

/// Checks that the resource of an import has a key where its block says `count` or `for_each`, and none elsewhere. Whether there
/// is such a resource is for the plan to say.
pub(super) fn check_keys(root: &Module, import: &Import, problems: &mut Diagnostics) {
    let mut module = root;
    for name in &import.module {
        let Some(call) = module.calls.get(name) else { return };
        module = &call.module;
    }
    let Some(resource) = module.resources.get(&import.resource) else { return };
    let named = |written: &ProviderRef| (written.local.clone(), written.alias.clone());
    if let Some(provider) = &import.provider
        && resource.provider.written.as_ref().map(named) != Some(named(provider))
    {
        let detail = "Only an import block whose resource has no block may name a provider. This one imports with the provider \
                      of the resource's own block.";
        problems.error("Invalid import provider argument").at(provider.span).within(import.header).detail(detail);
    }
    let key = import.keys.last().and_then(Option::as_ref);
    let wrong = match (&resource.repetition, key) {
        (Repetition::Count(_), None) => "has `count`, so the address needs a number in brackets",
        (Repetition::ForEach(_), None) => "has `for_each`, so the address needs a key in brackets",
        (Repetition::One, Some(_)) => "has neither `count` nor `for_each`, so the address takes no key",
        (Repetition::Count(_), Some(key)) if matches!(constant_key(key), Some(Key::Name(_))) => {
            "has `count`, so the key is a number"
        }
        (Repetition::ForEach(_), Some(key)) if matches!(constant_key(key), Some(Key::Index(_))) => {
            "has `for_each`, so the key is a text"
        }
        _ => return,
    };
    problems
        .error("Invalid import 'to' expression")
        .at(import.to)
        .within(import.header)
        .detail(format!("The resource that is to import the object {wrong}."));
}
