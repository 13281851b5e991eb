//! Which provider configuration each resource uses: configurations are passed down the tree of modules, or inherited.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::foreign::{schema_of, unknown_type};
use crate::address::{ProviderAddress, ProviderSource};
use crate::diagnostic::{Diagnostics, Span, did_you_mean};
use crate::language::config::{Call, Module, PassedProvider, Provider, ProviderRef, Repetition, Resource};
use crate::schema::Schemas;

/// Works out the provider configuration of every resource of a whole configuration, and reports what cannot be. Gives the
/// configurations that are used.
pub(in crate::language) fn wire(
    root: &mut Arc<Module>,
    schemas: &dyn Schemas,
    problems: &mut Diagnostics,
) -> BTreeSet<Arc<str>> {
    let mut wiring = Wiring { schemas, problems, used: BTreeSet::new() };
    wiring.module(Arc::make_mut(root), Visible::new(), true);
    wiring.used
}

/// The configurations that a module can name, by provider and alias.
type Visible = HashMap<(ProviderSource, Option<Arc<str>>), Arc<str>>;

struct Wiring<'a> {
    schemas: &'a dyn Schemas,
    problems: &'a mut Diagnostics,
    used: BTreeSet<Arc<str>>,
}

impl Wiring<'_> {
    /// `visible` is what callers pass and what is inherited. `once` says that the module has exactly one instance.
    fn module(&mut self, module: &mut Module, mut visible: Visible, once: bool) {
        let mut own = HashSet::new();
        for provider in &module.providers {
            let ProviderAddress { source, alias, .. } = &provider.address;
            if !own.insert((source.clone(), alias.clone())) {
                let detail = format!(
                    "Another block configures \"{}\" in this way already, under another local name.",
                    source.short()
                );
                self.problems.error("Duplicate provider configuration").at(provider.header).detail(detail);
            }
            visible.insert((source.clone(), alias.clone()), provider.address.to_string().into());
        }
        for resource in module.resources.values_mut() {
            let resource = Arc::make_mut(resource);
            if let Some(address) = self.address_of(resource, &visible) {
                self.used.insert(address.clone());
                resource.provider.address = address;
            }
            if once && matches!(resource.repetition, Repetition::One) && schema_of(resource, self.schemas).is_none() {
                self.problems.push(unknown_type(resource, self.schemas));
            }
        }
        let names = Names::of(module);
        for call in module.calls.values_mut() {
            let inside = self.called(call, &names, &visible);
            let once = once && matches!(call.repetition, Repetition::One);
            self.module(Arc::make_mut(&mut call.module), inside, once);
        }
    }

    fn address_of(&mut self, resource: &Resource, visible: &Visible) -> Option<Arc<str>> {
        let written = resource.provider.written.as_ref();
        let alias = written.and_then(|written| written.alias.clone());
        let found = find(&resource.provider.source, alias, visible);
        if let (None, Some(written)) = (&found, written) {
            self.not_present(written, &resource.provider.source, visible);
        }
        found
    }

    fn not_present(&mut self, written: &ProviderRef, source: &ProviderSource, visible: &Visible) {
        let alias = written.alias.as_deref().unwrap_or_default();
        let known = visible.keys().filter(|(of, _)| of == source).filter_map(|(_, alias)| alias.as_deref());
        self.problems
            .error("Provider configuration not present")
            .at(written.span)
            .detail(format!(
                "There is no configuration of the provider \"{}\" with the alias \"{alias}\" in this module, and none is \
                 passed to it.",
                written.local
            ))
            .help(did_you_mean(alias, known));
    }

    /// What the module of a call sees, after the rules of passing are checked.
    fn called(&mut self, call: &mut Call, names: &Names, visible: &Visible) -> Visible {
        let mut inside: Visible =
            visible.iter().filter(|((_, alias), _)| alias.is_none()).map(|(k, v)| (k.clone(), v.clone())).collect();
        let span = no_configuration(call);
        let module = Arc::make_mut(&mut call.module);
        self.check_passed(&call.name.text, &call.providers, module, names);
        self.check_required(call.header, &call.providers, module);
        if let Some(span) = span
            && has_own_configuration(module, &call.providers)
        {
            let detail = format!(
                "The module \"{}\", or one that it calls, has provider blocks of its own. A module that may be called with \
                 count, for_each or depends_on is passed its provider configurations by its caller.",
                call.name.text
            );
            self.problems
                .error("Module is incompatible with count, for_each, and depends_on")
                .at(span)
                .within(call.header)
                .detail(detail);
        }
        let mut empty: Vec<Arc<str>> = Vec::new();
        for provider in module.providers.iter().filter(|provider| is_empty(provider)) {
            if !empty.contains(&provider.name.text) {
                empty.push(provider.name.text.clone());
                self.redundant(provider);
            }
        }
        for passed in &call.providers {
            let alias = passed.here.alias.clone();
            let source = names.source_of(&passed.here.local);
            match find(&source, alias, visible) {
                Some(address) => {
                    let source = module.source_of(&passed.inside.local);
                    inside.insert((source, passed.inside.alias.clone()), address);
                }
                None => self.not_present(&passed.here, &source, visible),
            }
        }
        module.providers.retain(|provider| !(is_empty(provider) && is_passed(provider, &call.providers)));
        inside
    }

    fn redundant(&mut self, provider: &Provider) {
        let (name, source) = (&provider.name.text, &provider.address.source);
        self.problems
            .warning("Redundant empty provider block")
            .at(provider.header)
            .detail(
                "An empty provider block in a module was how it said that it needs a configuration from its caller; that is \
                 deprecated.",
            )
            .help(format!(
                "Instead of the block, write `{name} = {{ source = \"{}\" }}` in required_providers.",
                source.short()
            ));
    }

    /// Whether what is passed can be used inside, and is of the right provider.
    fn check_passed(&mut self, call: &str, passed: &[PassedProvider], module: &Module, names: &Names) {
        for PassedProvider { inside, here } in passed {
            let own = module.providers.iter().find(|provider| is(provider, inside));
            if own.is_some_and(|own| !is_empty(own)) {
                self.problems.error("Cannot override provider configuration").at(inside.span).detail(format!(
                    "The module \"{call}\" has a configuration of its own for `{inside}`, so none can be passed to it."
                ));
                continue;
            }
            let (wanted, given) = (module.source_of(&inside.local), names.source_of(&here.local));
            if wanted != given {
                let better = module.requirements.values().find(|known| known.source == given);
                self.problems
                    .error("Provider type mismatch")
                    .at(here.span)
                    .detail(format!(
                        "`{here}` is a configuration of \"{}\", but in the module \"{call}\" `{inside}` stands for \"{}\".",
                        given.short(),
                        wanted.short()
                    ))
                    .help(better.map_or_else(String::new, |better| {
                        format!("The module's name for \"{}\" is `{}`.", given.short(), better.name.text)
                    }));
            } else if !module.requirements.contains_key(&inside.local) && own.is_none() {
                self.problems
                    .warning("Reference to undefined provider")
                    .at(inside.span)
                    .detail(format!(
                        "The module \"{call}\" declares no provider `{}`, so \"{}\" is assumed.",
                        inside.local,
                        wanted.short()
                    ))
                    .help(format!(
                        "In the module, add `{} = {{ source = \"{}\" }}` to required_providers.",
                        inside.local,
                        wanted.short()
                    ));
            }
        }
    }

    /// Whether everything that the module asks for is passed.
    fn check_required(&mut self, header: Span, passed: &[PassedProvider], module: &Module) {
        for alias in module.requirements.values().flat_map(|known| &known.aliases) {
            let given = passed.iter().any(|p| p.inside.local == alias.local && p.inside.alias == alias.alias);
            let own = module.providers.iter().any(|provider| is(provider, alias) && !is_empty(provider));
            if !given && !own {
                self.problems
                    .error("Missing required provider configuration")
                    .at(header)
                    .detail(format!(
                        "The module asks for a configuration of the provider \"{}\" that it calls `{alias}`.",
                        module.source_of(&alias.local).short()
                    ))
                    .help(format!("Add an entry to the call: `providers = {{ {alias} = … }}`."));
            }
        }
    }
}

/// The local names of a calling module.
struct Names(HashMap<Arc<str>, ProviderSource>);

impl Names {
    fn of(module: &Module) -> Self {
        Self(module.requirements.iter().map(|(name, known)| (name.clone(), known.source.clone())).collect())
    }

    fn source_of(&self, local: &str) -> ProviderSource {
        self.0.get(local).cloned().unwrap_or_else(|| ProviderSource::implied(local))
    }
}

/// A configuration that is visible, or the default one, which needs no block.
fn find(source: &ProviderSource, alias: Option<Arc<str>>, visible: &Visible) -> Option<Arc<str>> {
    let is_default = alias.is_none();
    let found = visible.get(&(source.clone(), alias)).cloned();
    found.or_else(|| is_default.then(|| ProviderAddress::default_of(source.clone()).to_string().into()))
}

/// Where a call says something that a module with provider blocks of its own does not allow.
fn no_configuration(call: &Call) -> Option<Span> {
    call.repetition.expr().map(|expr| expr.span).or_else(|| call.depends_on.first().map(|reference| reference.span))
}

/// Whether a module, or one that it calls, configures providers itself.
fn has_own_configuration(module: &Module, passed: &[PassedProvider]) -> bool {
    let own = |provider: &Provider| !is_empty(provider) && !is_passed(provider, passed);
    module.providers.iter().any(own)
        || module.calls.values().any(|call| has_own_configuration(&call.module, &call.providers))
}

fn is_empty(provider: &Provider) -> bool {
    provider.body.attributes.is_empty() && provider.body.blocks.is_empty()
}

fn is(provider: &Provider, name: &ProviderRef) -> bool {
    provider.name.text == name.local && provider.address.alias == name.alias
}

fn is_passed(provider: &Provider, passed: &[PassedProvider]) -> bool {
    passed.iter().any(|passed| is(provider, &passed.inside))
}
