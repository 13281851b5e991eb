//! What a plan needs leave for: to make it, to apply it, and to make the next one.

use std::collections::{BTreeMap, BTreeSet};

use super::build::{self, Answers, Ask, Built};
use super::moves::Moves;
use super::observed::Observation;
use super::selection::Options;
use super::step::{Action, Plan, Step};
use super::{Basis, Made, Wish, block_of, decide, select};
use crate::address::{Address, Mode};
use crate::diagnostic::Diagnostics;
use crate::resource::permission::settled;
use crate::resource::{AnyResource, Grant, Need};
use crate::state::Snapshot;
use crate::value::{Type, Value};

/// From how many objects of a type on they may be read by a listing.
const LISTED: usize = 4;
/// How often more can become known by what the round before made known; each round goes one data source further.
const ROUNDS: usize = 32;

/// Everything that IAM must allow for a plan to be made and applied, and for the plan after it, in order. What is made may
/// have ARNs that nobody knows yet; those that follow from names are told by them.
pub fn permissions(wish: &Wish<'_>, made: &Made, snapshot: &Snapshot) -> Vec<Grant> {
    let known = foretell(wish, made, snapshot);
    let plan = known.as_ref().unwrap_or(&made.plan);
    let mut needs = Needs { wish, made, grants: Vec::new(), arns: BTreeSet::new(), objects: BTreeMap::new() };
    let set_aside = made.observed.set_aside.iter().map(|((address, _), observation)| (address, observation));
    for (address, observation) in made.observed.instances.iter().chain(set_aside) {
        needs.observed(address, observation);
    }
    for (address, import) in &made.plan.imports {
        needs.object(address, &import.provider, &import.object);
    }
    plan.steps.iter().for_each(|step| needs.step(step));
    for address in made.plan.data.keys() {
        let asked = made.answers.data.get(address).map(|(asked, _)| asked);
        needs.data(address, asked.unwrap_or(&Value::unknown(Type::Dynamic)));
    }
    needs.listings();
    settled(needs.grants, &needs.arns)
}

/// The same plan as if the ARNs of new objects were known, as far as they follow from names: a role that is handed to a
/// service is told by its ARN then. Nothing is called; what data sources would give then stays unknown.
fn foretell(wish: &Wish<'_>, made: &Made, snapshot: &Snapshot) -> Option<Plan> {
    if wish.destroy || wish.options.refresh_only {
        return None;
    }
    let options = Options { foretell: true, ..wish.options.clone() };
    let wish = Wish { options, ..*wish };
    // What there is to say was said when the plan was made.
    let mut problems = Diagnostics::new();
    let moves = Moves::of(wish.config, snapshot, &mut problems);
    let snapshot = moves.applied(snapshot);
    let selection = select(&wish, &made.sites, &snapshot, &moves, &mut problems);
    let (sites, observed) = (&made.sites, &made.observed);
    let basis = Basis { snapshot: &snapshot, moves: &moves, selection: &selection, sites, observed };
    let mut answers: Answers = made.answers.clone();
    for _ in 0..ROUNDS {
        let requests = match decide(&wish, &basis, &answers, &mut Diagnostics::new()) {
            Built::Plan(plan) => return Some(*plan),
            Built::Needs(requests) => requests,
            Built::Unwritten(_) | Built::Failed => return None,
        };
        for request in requests {
            let Ask::Data(config) = &request.ask else {
                return None;
            };
            let (mode, ty) = (request.address.resource.mode, &request.address.resource.ty);
            let source = wish.providers.read(mode, ty, &request.provider)?;
            let found = build::unknown_data(&source.schema().block, config).unmark_deep().0;
            answers.insert(request, found);
        }
    }
    None
}

/// What was found to be needed so far.
struct Needs<'a> {
    wish: &'a Wish<'a>,
    made: &'a Made,
    grants: Vec<Grant>,
    /// The ARNs of objects that are there or will be.
    arns: BTreeSet<String>,
    /// Objects by type and provider: they may be read by a listing.
    objects: BTreeMap<(String, String), BTreeMap<Address, Value>>,
}

impl Needs<'_> {
    fn observed(&mut self, address: &Address, observation: &Observation) {
        self.object(address, &observation.provider, &observation.prior);
    }

    /// An object that is there and is read.
    fn object(&mut self, address: &Address, provider: &str, value: &Value) {
        let Some(resource) = self.wish.providers.resource(&address.resource.ty, provider).cloned() else {
            return;
        };
        self.read(address, provider, resource.as_ref(), &value.unmark_deep().0);
    }

    fn read(&mut self, address: &Address, provider: &str, resource: &dyn AnyResource, value: &Value) {
        let arn = value.attr("arn").as_str().map(str::to_owned).or_else(|| resource.arn_of(value));
        self.arns.extend(arn);
        self.grants.extend(resource.permissions(Need::Read(value)));
        let key = (address.resource.ty.to_string(), provider.to_owned());
        self.objects.entry(key).or_default().insert(address.clone(), value.clone());
    }

    fn step(&mut self, step: &Step) {
        let planned = step.planned.unmark_deep().0;
        if step.action == Action::Read {
            // An ephemeral resource has no plan of its own; what it was opened with is known all the same.
            let asked = self.made.answers.data.get(&step.address).map(|(asked, _)| asked.clone());
            let is_ephemeral = step.address.resource.mode == Mode::Ephemeral;
            let asked = if is_ephemeral { asked } else { None };
            self.data(&step.address, &asked.unwrap_or(planned));
            return;
        }
        let Some(resource) = self.wish.providers.resource(&step.address.resource.ty, &step.provider).cloned() else {
            return;
        };
        let resource = resource.as_ref();
        let prior = step.prior.as_ref().map(|prior| prior.unmark_deep().0);
        if let Some(prior) = &prior {
            if step.destroys() {
                self.grants.extend(resource.permissions(Need::Delete(prior)));
                self.read(&step.address, &step.provider, resource, prior);
            }
            if step.action == Action::Update {
                self.grants.extend(resource.permissions(Need::Update(prior, &planned)));
                self.read(&step.address, &step.provider, resource, &planned);
            }
        }
        if matches!(step.action, Action::Create | Action::Replace) {
            for need in [Need::Create(&planned), Need::Recover(&planned)] {
                self.grants.extend(resource.permissions(need));
            }
            self.read(&step.address, &step.provider, resource, &planned);
        }
    }

    fn data(&mut self, address: &Address, asked: &Value) {
        let provider = block_of(self.wish.config, &address.resource).map(|block| block.provider.address.clone());
        let (mode, ty) = (address.resource.mode, &address.resource.ty);
        if let Some(source) = provider.and_then(|provider| self.wish.providers.read(mode, ty, &provider).cloned()) {
            self.grants.extend(source.permissions(&asked.unmark_deep().0));
        }
    }

    /// Many objects of a type may be read by a listing. Which of them share one is not known before they are made.
    fn listings(&mut self) {
        for ((ty, provider), objects) in &self.objects {
            if let Some(resource) = self.wish.providers.resource(ty, provider).filter(|_| objects.len() >= LISTED) {
                self.grants.extend(objects.values().flat_map(|object| resource.permissions(Need::List(object))));
            }
        }
    }
}
