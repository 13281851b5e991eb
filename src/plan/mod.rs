//! Reads and decides; never changes anything.
//!
//! `make` refreshes, reads data sources and builds; `build` alone decides, and is synchronous.

pub mod build;
pub mod change;
pub mod desired;
pub mod observed;
mod order;
pub mod providers;
pub mod saved;
pub mod sites;
pub mod step;
pub mod values;
pub mod variables;

use std::sync::Arc;

use futures_util::StreamExt;
use indexmap::IndexMap;

use crate::diagnostic::Diagnostics;
use crate::language::config::{Config, ResourceKey};
use crate::resource::Run;
use crate::state::Snapshot;
use crate::value::Value;

use build::{Answers, Built, Inputs, Request};
use observed::Observed;
use providers::Providers;
use sites::Sites;
use step::Plan;
use values::Surroundings;

/// What to plan.
pub struct Wish<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The provider configurations.
    pub providers: &'a Providers,
    /// The root module's variables.
    pub variables: &'a IndexMap<Arc<str>, Value>,
    /// What is the same for the whole run.
    pub surroundings: &'a Surroundings,
    /// Whether to plan the deletion of everything.
    pub destroy: bool,
    /// Whether to ask AWS what there is.
    pub refresh: bool,
    /// How many calls may be under way at once.
    pub parallelism: usize,
}

/// A plan with what it was made of.
pub struct Made {
    /// The plan.
    pub plan: Plan,
    /// The sites of the configuration.
    pub sites: Sites,
    /// What there was.
    pub observed: Observed,
    /// The data sources that were read.
    pub answers: Answers,
}

/// Refreshes, reads data sources, and plans. Nothing where there are problems.
pub async fn make(wish: &Wish<'_>, snapshot: &Snapshot, problems: &mut Diagnostics) -> Option<Made> {
    if wish.config.empty && !wish.destroy {
        problems
            .error("No configuration files")
            .detail("A plan without any configuration would delete everything, which is hardly what is meant.")
            .help(
                "To delete everything, use `recon destroy`. Otherwise, write a configuration file (`main.tf`) first.",
            );
        return None;
    }
    let sites = Sites::new(wish.config, wish.providers.default_registry(), problems)?;
    let mut observed = Observed::from_state(snapshot, wish.providers, problems);
    if problems.has_errors() {
        return None;
    }
    if wish.refresh {
        observed.refresh(wish.providers, wish.parallelism, problems).await;
        if problems.has_errors() {
            return None;
        }
    }
    let mut answers = Answers::new();
    loop {
        match decide(wish, snapshot, &observed, &answers, &sites, problems) {
            Built::Plan(plan) => return Some(Made { plan: *plan, sites, observed, answers }),
            Built::Failed => return None,
            Built::Needs(requests) => {
                read(wish, requests, &mut answers, problems).await;
                if problems.has_errors() {
                    return None;
                }
            }
        }
    }
}

/// Plans from what is known, without asking anyone.
pub fn decide(
    wish: &Wish<'_>,
    snapshot: &Snapshot,
    observed: &Observed,
    answers: &Answers,
    sites: &Sites,
    problems: &mut Diagnostics,
) -> Built {
    let inputs = Inputs {
        config: wish.config,
        providers: wish.providers,
        variables: wish.variables,
        snapshot,
        observed,
        answers,
        surroundings: wish.surroundings,
    };
    if wish.destroy {
        return match build::build_destroy(&inputs, sites, problems) {
            Some(plan) => Built::Plan(Box::new(plan)),
            None => Built::Failed,
        };
    }
    build::build(&inputs, sites, problems)
}

async fn read(wish: &Wish<'_>, requests: Vec<Request>, answers: &mut Answers, problems: &mut Diagnostics) {
    let reads = requests.into_iter().map(|request| async move {
        let source = wish.providers.data(&request.address.resource.ty, request.alias.as_deref())?;
        let run = Run::unrecorded();
        let result = source.read(&request.config, &run).await;
        Some((request, result))
    });
    let results: Vec<_> = futures_util::stream::iter(reads).buffered(wish.parallelism.max(1)).collect().await;
    for (request, result) in results.into_iter().flatten() {
        match result {
            Ok(answer) => {
                answers.insert(request.address, (request.config, answer));
            }
            Err(error) => {
                let block = block_of(wish.config, &request.address.resource);
                problems.push(desired::operation_failed(error, block.as_deref(), &request.address));
            }
        }
    }
}

/// The block of a resource, if the configuration has it.
pub fn block_of(
    config: &Config,
    address: &crate::address::ResourceAddress,
) -> Option<Arc<crate::language::config::Resource>> {
    let mut module = &config.root;
    for step in address.module.steps() {
        module = &module.calls.get(&step.name)?.module;
    }
    let key = ResourceKey { mode: address.mode, ty: address.ty.clone(), name: address.name.clone() };
    module.resources.get(&key).cloned()
}
