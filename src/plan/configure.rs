//! The configurations of providers, evaluated before anything is planned. They may refer to variables, locals, data sources
//! and outputs of modules, but to nothing that only apply will tell.

use std::collections::BTreeSet;
use std::sync::Arc;

use indexmap::IndexMap;

use super::build::{Answers, Inputs, evaluate_some};
use super::moves::Moves;
use super::observed::Observed;
use super::providers::Providers;
use super::read;
use super::selection::{Options, Selection};
use super::sites::{Item, Sites};
use super::values::{ModuleScope, Repeat, Surroundings, Values};
use crate::address::Mode;
use crate::diagnostic::{Diagnostics, Span};
use crate::graph::Node;
use crate::language::Scope;
use crate::language::config::{Config, Module, Provider};
use crate::resource::Registry;
use crate::state::Snapshot;
use crate::value::Value;

/// What configurations of providers are evaluated from.
pub struct Given<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The root module's variables.
    pub variables: &'a IndexMap<Arc<str>, Value>,
    /// What is the same for the whole run.
    pub surroundings: &'a Surroundings,
    /// How many calls may be under way at once.
    pub parallelism: usize,
}

/// Makes the registry of one `provider` block, whose expressions are evaluated in the scope.
pub type Make<'a> = dyn Fn(&Provider, &dyn Scope, &mut Diagnostics) -> Option<Registry> + 'a;

/// The registries of a run. `default` is that of providers without a block. A block that no resource uses and that cannot be
/// evaluated is no problem until state needs it.
pub async fn configure(
    given: &Given<'_>,
    default: Registry,
    make: &Make<'_>,
    problems: &mut Diagnostics,
) -> Option<Providers> {
    let mut blocks = Vec::new();
    blocks_of(&given.config.root, &mut blocks);
    // What others' providers are told concerns nobody here.
    blocks.retain(|(_, provider)| default.has_types_of(&provider.address.source));
    let mut providers = Providers::new(default);
    let mut waiting = Vec::new();
    let sites = match blocks.iter().any(|(_, provider)| !provider.references.is_empty()) {
        true => Some(Sites::new(given.config, providers.default_registry(), problems)?),
        false => None,
    };
    for (module, provider) in blocks {
        let needs = sites.as_ref().map(|sites| closure(sites, module, provider)).unwrap_or_default();
        waiting.push(Waiting { module, provider, needs });
    }
    let mut answers = Answers::default();
    while !waiting.is_empty() {
        let open: BTreeSet<String> = waiting.iter().map(|block| block.provider.address.to_string()).collect();
        let (ready, rest): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|block| block.sources(sites.as_ref()).is_disjoint(&open));
        if ready.is_empty() {
            waits_for_itself(&rest, problems);
            return None;
        }
        for block in ready {
            let used = given.config.used_providers.contains(&*block.provider.address.to_string());
            let mut found = Diagnostics::new();
            let registry = block.registry(given, &providers, sites.as_ref(), (make, &mut answers), &mut found).await;
            providers = match registry {
                Some(registry) => providers.with(&block.provider.address, registry),
                None => providers.without(&block.provider.address),
            };
            if used {
                problems.extend(found);
            }
        }
        waiting = rest;
    }
    Some(providers)
}

/// A block that is not evaluated yet.
struct Waiting<'a> {
    module: &'a Arc<Module>,
    provider: &'a Provider,
    /// The sites it needs.
    needs: BTreeSet<Node>,
}

impl Waiting<'_> {
    /// The provider configurations of the data sources that it needs.
    fn sources(&self, sites: Option<&Sites>) -> BTreeSet<String> {
        let needs = sites.into_iter().flat_map(|sites| self.needs.iter().map(|node| sites.get(*node)));
        let data = needs.filter_map(|site| match &site.item {
            Item::Resource(key) if key.mode == Mode::Data => site.module.resources.get(key),
            _ => None,
        });
        data.map(|resource| resource.provider.address.to_string()).collect()
    }

    async fn registry(
        &self,
        given: &Given<'_>,
        providers: &Providers,
        sites: Option<&Sites>,
        (make, answers): (&Make<'_>, &mut Answers),
        problems: &mut Diagnostics,
    ) -> Option<Registry> {
        let values = match sites.filter(|_| !self.needs.is_empty()) {
            Some(sites) => self.values(given, providers, sites, answers, problems).await?,
            None => Values::new(),
        };
        let at = &self.provider.address.module;
        let (module, surroundings) = (self.module, given.surroundings);
        let scope = ModuleScope { values: &values, surroundings, module, at, repeat: &Repeat::One, this: None };
        make(self.provider, &scope, problems)
    }

    /// Evaluates what the block refers to, data sources included.
    async fn values(
        &self,
        given: &Given<'_>,
        providers: &Providers,
        sites: &Sites,
        answers: &mut Answers,
        problems: &mut Diagnostics,
    ) -> Option<Values> {
        let (snapshot, observed, moves) = (Snapshot::fresh(), Observed::default(), Moves::default());
        let (options, selection) = (Options::default(), Selection::default());
        loop {
            let inputs = Inputs {
                config: given.config,
                providers,
                variables: given.variables,
                options: &options,
                snapshot: &snapshot,
                moves: &moves,
                selection: &selection,
                observed: &observed,
                answers,
                surroundings: given.surroundings,
            };
            let mut found = Diagnostics::new();
            let (values, requests) = evaluate_some(&inputs, sites, &self.needs, &mut found);
            if requests.is_empty() {
                let failed = found.has_errors();
                problems.extend(found);
                return (!failed).then_some(values);
            }
            read((given.config, providers, given.parallelism), requests, answers, problems).await;
            if problems.has_errors() {
                return None;
            }
        }
    }
}

/// The blocks of a module and of those it calls.
fn blocks_of<'a>(module: &'a Arc<Module>, found: &mut Vec<(&'a Arc<Module>, &'a Provider)>) {
    found.extend(module.providers.iter().map(|provider| (module, provider)));
    module.calls.values().for_each(|call| blocks_of(&call.module, found));
}

/// Every site that a block refers to, directly or through others.
fn closure(sites: &Sites, module: &Module, provider: &Provider) -> BTreeSet<Node> {
    let mut open: Vec<Node> = provider.references.iter().flat_map(|r| sites.targets(module, r)).collect();
    let mut found = BTreeSet::new();
    while let Some(node) = open.pop() {
        if found.insert(node) {
            open.extend(sites.before(node));
        }
    }
    found
}

fn waits_for_itself(blocks: &[Waiting<'_>], problems: &mut Diagnostics) {
    for block in blocks {
        let at: Option<Span> = block.provider.references.first().map(|reference| reference.span);
        problems
            .error("Cycle")
            .at(at.unwrap_or(block.provider.header))
            .within(block.provider.header)
            .detail(format!(
                "The configuration `{}` refers to a data source that is read with this configuration, or with one that waits \
                 for it.",
                block.provider.address
            ))
            .help("Read the data source with another configuration of the provider: `provider = NAME.ALIAS`.");
    }
}
