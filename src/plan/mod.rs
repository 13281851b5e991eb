//! Reads and decides; never changes anything.
//!
//! `make` refreshes, reads data sources and builds; `build` alone decides, and is synchronous.

pub mod build;
mod calls;
pub mod change;
pub mod checks;
pub mod conditions;
pub mod configure;
pub mod desired;
mod early;
mod ephemeral;
mod forget;
pub mod generate;
pub mod moves;
pub mod observed;
mod order;
pub mod permissions;
pub mod providers;
mod refresh;
pub mod saved;
pub mod selection;
pub mod sites;
pub mod standing;
pub mod step;
pub mod validate;
pub mod values;
pub mod variables;
pub mod watch;

use std::sync::Arc;

use futures_util::StreamExt;
use indexmap::IndexMap;

use crate::address::{Address, ModulePath};
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::language::config::{Call, Config, Module, ResourceKey};
use crate::resource::Run;
use crate::state::Snapshot;
use crate::value::Value;
use watch::Read;

pub use calls::{tell_calls, tell_calls_of_instances};

use build::{Answers, Ask, Built, Inputs, Request};
pub(crate) use forget::removed_with_provisioners;
use generate::Unwritten;
use moves::Moves;
use observed::Observed;
use providers::Providers;
use selection::{Options, Selection};
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
    /// What is asked for beyond configuration and state.
    pub options: Options,
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
    /// What was read.
    pub answers: Answers,
}

/// What a plan is decided on besides the wish: the state with everything at its present address, and what was found out.
pub struct Basis<'a> {
    /// State.
    pub snapshot: &'a Snapshot,
    /// What moved in it.
    pub moves: &'a Moves,
    /// The part of configuration and state that the plan is about.
    pub selection: &'a Selection,
    /// The sites of the configuration.
    pub sites: &'a Sites,
    /// What there is.
    pub observed: &'a Observed,
}

/// What came of an attempt to plan.
pub enum Attempt {
    /// A plan.
    Made(Box<Made>),
    /// Objects that are to be imported to where there is no block, where `Options::generate` asks for them.
    Unwritten(Vec<Unwritten>),
}

/// Refreshes, reads what is to be imported and data sources, and plans. Nothing where there are problems.
pub async fn make(wish: &Wish<'_>, snapshot: &Snapshot, problems: &mut Diagnostics) -> Option<Made> {
    match attempt(wish, snapshot, problems).await? {
        Attempt::Made(made) => Some(*made),
        // Nobody asked for them.
        Attempt::Unwritten(_) => None,
    }
}

/// Like `make`, with what is to be written before there can be a plan.
pub async fn attempt(wish: &Wish<'_>, snapshot: &Snapshot, problems: &mut Diagnostics) -> Option<Attempt> {
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
    let moves = Moves::of(wish.config, snapshot, problems);
    let snapshot = moves.applied(snapshot);
    let selection = select(wish, &sites, &snapshot, &moves, problems);
    let mut observed = Observed::from_state(&snapshot, wish.config, wish.providers, problems);
    if problems.has_errors() {
        return None;
    }
    let mut answers = Answers::default();
    if wish.refresh {
        let is_asked = |address: &Address| selection.has(address);
        let refresh = observed.refresh(wish.providers, wish.parallelism, &is_asked, problems);
        let early = async {
            match snapshot.is_empty() {
                true => Default::default(),
                false => early::answers(wish, (&sites, &selection), (&snapshot, &moves)).await,
            }
        };
        let ((), (found, failures)) = futures_util::future::join(refresh, early).await;
        answers = found;
        problems.extend(failures);
        if problems.has_errors() {
            return None;
        }
    }
    loop {
        let basis =
            Basis { snapshot: &snapshot, moves: &moves, selection: &selection, sites: &sites, observed: &observed };
        match decide(wish, &basis, &answers, problems) {
            Built::Plan(plan) => {
                return Some(Attempt::Made(Box::new(Made { plan: *plan, sites, observed, answers })));
            }
            Built::Unwritten(found) => return Some(Attempt::Unwritten(found)),
            Built::Failed => return None,
            Built::Needs(requests) => {
                read((wish.config, wish.providers, wish.parallelism), requests, &mut answers, problems).await;
                if problems.has_errors() {
                    return None;
                }
            }
        }
    }
}

/// The part of configuration and state that the wish is about.
fn select(wish: &Wish<'_>, sites: &Sites, snapshot: &Snapshot, moves: &Moves, problems: &mut Diagnostics) -> Selection {
    let selection = match wish.destroy {
        true => Selection::of_state(snapshot, &wish.options),
        false => Selection::of_sites(sites, snapshot, &wish.options),
    };
    selection.check(moves, problems);
    selection
}

/// Plans from what is known, without asking anyone.
pub fn decide(wish: &Wish<'_>, basis: &Basis<'_>, answers: &Answers, problems: &mut Diagnostics) -> Built {
    let inputs = Inputs {
        config: wish.config,
        providers: wish.providers,
        variables: wish.variables,
        options: &wish.options,
        snapshot: basis.snapshot,
        moves: basis.moves,
        selection: basis.selection,
        observed: basis.observed,
        answers,
        surroundings: wish.surroundings,
    };
    if wish.destroy {
        return match build::build_destroy(&inputs, basis.sites, problems) {
            Some(plan) => Built::Plan(Box::new(plan)),
            None => Built::Failed,
        };
    }
    build::build(&inputs, basis.sites, problems)
}

async fn read(
    (config, providers, parallelism): (&Config, &Providers, usize),
    requests: Vec<Request>,
    answers: &mut Answers,
    problems: &mut Diagnostics,
) {
    let reads = requests.into_iter().map(|request| async move {
        let found = answer(config, providers, &request).await;
        (request, found)
    });
    let results: Vec<_> = futures_util::stream::iter(reads).buffered(parallelism.max(1)).collect().await;
    for (request, found) in results {
        let of_check = block_of(config, &request.address.resource).is_some_and(|block| block.check.is_some());
        match found {
            Ok(found) => answers.insert(request, found),
            Err(problem) if of_check => answers.fail(request, *problem),
            Err(problem) => {
                problems.push(*problem);
            }
        }
    }
}

/// What is read for a request.
async fn answer(config: &Config, providers: &Providers, request: &Request) -> Result<Value, Box<Diagnostic>> {
    let (ty, provider) = (&request.address.resource.ty, &request.provider);
    let no_type = || {
        Box::new(Diagnostic::error("Unknown resource type").with(|d| {
            d.of(&request.address);
        }))
    };
    let run = Run::unrecorded();
    match &request.ask {
        Ask::Data(wanted) => {
            let mode = request.address.resource.mode;
            let source = providers.read(mode, ty, provider).ok_or_else(no_type)?;
            source.read(wanted, &run).await.map_err(|error| {
                let block = block_of(config, &request.address.resource);
                Box::new(desired::operation_failed(error, block.as_deref(), &request.address))
            })
        }
        Ask::Import { id, at } => {
            let resource = providers.resource(ty, provider).ok_or_else(no_type)?;
            let failed = |error: crate::resource::OpError| {
                let mut problem = Diagnostic::from(error);
                problem.of(&request.address).at(*at);
                Box::new(problem)
            };
            let named = resource.import(id).map_err(failed)?;
            let (address, shown) = (&request.address, Some(&**id));
            providers.tell(&Read::Asked(1));
            providers.tell(&Read::Begun { address, id: shown });
            let found = resource.read(&named, &run).await;
            providers.tell(&Read::Ended { address, id: shown });
            found.map_err(failed)?.ok_or_else(|| Box::new(nothing_to_import(&request.address, id, *at)))
        }
    }
}

fn nothing_to_import(address: &Address, id: &str, at: Span) -> Diagnostic {
    Diagnostic::error("Cannot import non-existent remote object").with(|d| {
        d.at(at).of(address).detail(format!("There is no object with the id `{id}` that `{address}` could take over."));
        d.help("Check the id, the region and the account, or take the `import` block out to make a new object.");
    })
}

/// The block of a resource, if the configuration has it.
pub fn block_of(
    config: &Config,
    address: &crate::address::ResourceAddress,
) -> Option<Arc<crate::language::config::Resource>> {
    let key = ResourceKey { mode: address.mode, ty: address.ty.clone(), name: address.name.clone() };
    module_of(config, &address.module)?.resources.get(&key).cloned()
}

/// The module of a module instance, if the configuration has it.
pub fn module_of<'a>(config: &'a Config, at: &ModulePath) -> Option<&'a Arc<Module>> {
    at.steps().iter().try_fold(&config.root, |module, step| Some(&module.calls.get(&step.name)?.module))
}

/// The call of a module, if the configuration has it.
pub(crate) fn call_of<'a>(config: &'a Config, module: &ModulePath) -> Option<&'a Call> {
    let (last, parents) = module.steps().split_last()?;
    let mut parents = parents.iter();
    let around = parents.try_fold(&config.root, |module, step| Some(&module.calls.get(&step.name)?.module))?;
    around.calls.get(&last.name)
}
