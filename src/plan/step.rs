//! A plan as data: steps, what they do and why, and the graph of their order. Only `apply` acts on it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::checks::CheckResults;
use super::observed::Drift;
use super::values::{Repeat, Values};
use crate::address::{Address, Key, ModulePath, ResourceAddress};
use crate::graph::{Graph, Node};
use crate::language::config::{Module, ResourceKey};
use crate::schema::Difference;
use crate::value::{Path, Value};

/// What a step does with its instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Makes the object.
    Create,
    /// Changes the object in place.
    Update,
    /// Deletes the object and makes a new one.
    Replace,
    /// Deletes the object.
    Delete,
    /// Reads a data source whose arguments are known only during apply.
    Read,
    /// Drops the object from state and leaves it as it is.
    Forget,
}

/// Why a step is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The configuration says so.
    Configured,
    /// The object is gone; it was deleted outside recon.
    Gone,
    /// Its creation was not finished.
    Tainted,
    /// These arguments cannot be changed in place.
    CannotUpdate(Vec<Path>),
    /// Something that `replace_triggered_by` names is changed.
    Triggered,
    /// `-replace` asks for it.
    Requested,
    /// Its block is not in the configuration any more.
    NotConfigured,
    /// It has moved to an address that the configuration does not have.
    NoMoveTarget,
    /// The instance of its module is not in the configuration any more.
    NoModule,
    /// Its key is not of the kind that the block's `count`, `for_each` or absence of both gives.
    WrongRepetition,
    /// Its position is beyond `count`.
    CountIndex,
    /// Its key is not among those of `for_each` any more.
    EachKey,
    /// Everything is to be destroyed.
    Destroy,
    /// It was set aside for a replacement that is made already.
    SetAside,
    /// The arguments of a data source are not known yet.
    ConfigUnknown,
    /// What a data source depends on is still to be changed.
    DependencyPending,
    /// It is the data source of a check, which is verified when everything is done.
    CheckNested,
}

impl Reason {
    /// The name that Terraform's JSON forms have for the reason; nothing where they give none.
    pub fn name(&self) -> Option<&'static str> {
        Some(match self {
            Self::Configured | Self::Gone | Self::Destroy | Self::SetAside => return None,
            Self::Tainted => "replace_because_tainted",
            Self::CannotUpdate(_) => "replace_because_cannot_update",
            Self::Triggered => "replace_by_triggers",
            Self::Requested => "replace_by_request",
            Self::NotConfigured => "delete_because_no_resource_config",
            Self::NoMoveTarget => "delete_because_no_move_target",
            Self::NoModule => "delete_because_no_module",
            Self::WrongRepetition => "delete_because_wrong_repetition",
            Self::CountIndex => "delete_because_count_index",
            Self::EachKey => "delete_because_each_key",
            Self::ConfigUnknown => "read_because_config_unknown",
            Self::DependencyPending => "read_because_dependency_pending",
            Self::CheckNested => "read_because_check_nested",
        })
    }
}

/// An object that is taken over into state.
#[derive(Clone, Debug)]
pub struct Import {
    /// What names it for its resource type.
    pub id: Arc<str>,
    /// The object for state, with marks: as it was found, or in the spelling of the configuration where nothing differs.
    pub object: Value,
    /// The resources that it depends on, for state.
    pub dependencies: Arc<[ResourceAddress]>,
    /// The name of the provider configuration in state.
    pub provider: Arc<str>,
}

/// Where in the configuration an instance comes from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The module.
    pub module: Arc<Module>,
    /// The resource in it.
    pub key: ResourceKey,
    /// Which instance.
    pub repeat: Repeat,
}

/// One thing to do.
#[derive(Clone, Debug)]
pub struct Step {
    /// The instance.
    pub address: Address,
    /// What is done.
    pub action: Action,
    /// Why.
    pub reason: Reason,
    /// What there is, without marks.
    pub prior: Option<Value>,
    /// What will be, with marks; null for a deletion.
    pub planned: Value,
    /// What differs, without marks.
    pub differences: Vec<Difference>,
    /// The resources that this one depends on, for state.
    pub dependencies: Arc<[ResourceAddress]>,
    /// The name of the provider configuration in state.
    pub provider: Arc<str>,
    /// Whether a replacement is made before the old object is deleted.
    pub create_first: bool,
    /// The key in state of an object that was set aside, where it is the one to be deleted.
    pub deposed: Option<String>,
    /// Where it comes from; nothing for a deletion of what is not configured.
    pub origin: Option<Origin>,
}

impl Step {
    /// Whether the object is deleted, be it to make way for a new one.
    pub fn destroys(&self) -> bool {
        matches!(self.action, Action::Delete | Action::Replace)
    }

    /// Whether an object is made or changed, or a data source read.
    pub fn applies(&self) -> bool {
        !matches!(self.action, Action::Delete | Action::Forget)
    }
}

/// A node of the graph of a plan.
#[derive(Clone, Debug)]
pub enum PlanNode {
    /// A site of the configuration is evaluated in a module instance.
    Evaluate(Node, ModulePath),
    /// A step makes, changes or reads its object.
    Apply(usize),
    /// A step deletes its object.
    Destroy(usize),
    /// Nothing: what comes after waits for all that comes before.
    Gate,
}

/// A change of an output of the root module.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputChange {
    /// The output.
    pub name: Arc<str>,
    /// What state holds.
    pub before: Option<Value>,
    /// What it will be; nothing if it goes.
    pub after: Option<Value>,
}

/// Instances by their site and module instance.
pub type Unsettled = HashMap<(Node, ModulePath), Vec<(Key, Repeat)>>;

/// How many of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Objects to make, replacements included.
    pub add: usize,
    /// Objects to change in place.
    pub change: usize,
    /// Objects to delete, replacements included.
    pub destroy: usize,
    /// Objects to take over into state, whatever else is done with them.
    pub import: usize,
    /// Objects to drop from state.
    pub forget: usize,
}

/// Everything that is to be done, and in which order.
#[derive(Debug)]
pub struct Plan {
    /// What is done.
    pub steps: Vec<Step>,
    /// In which order.
    pub graph: Graph<PlanNode>,
    /// Instances that stay as they are, with what there is. One that only moves or is imported is among them.
    pub unchanged: HashMap<Address, Value>,
    /// Where objects were before this plan: the previous address in state by the one they have now.
    pub moved: BTreeMap<Address, Address>,
    /// Objects that are taken over into state, by address. A step says what else is done with such an object, if anything.
    pub imports: BTreeMap<Address, Import>,
    /// Data sources that were read while planning, with what they gave.
    pub data: HashMap<Address, Value>,
    /// Instances that options leave out although their resource is part of the plan, with what is known of them.
    pub left_out: HashMap<Address, Value>,
    /// Changes of outputs.
    pub outputs: Vec<OutputChange>,
    /// Every output of the root module, as far as it is known.
    pub output_values: Vec<(Arc<str>, Value)>,
    /// Changes made outside recon.
    pub drift: Vec<Drift>,
    /// Steps that lose what users stored (P13).
    pub dear: Vec<Address>,
    /// How many instances everything has.
    pub expansions: Values,
    /// What conditions found; what they could not tell yet is found by apply.
    pub checks: CheckResults,
    /// Instances that stay as they are, but have conditions that only apply can tell.
    pub unsettled: Unsettled,
    /// Whether everything is to be destroyed.
    pub destroys_all: bool,
    /// Whether `-target` or `-exclude` leaves something out.
    pub is_partial: bool,
    /// Whether nothing is changed but state, which takes over what others changed.
    pub is_refresh_only: bool,
}

impl Plan {
    /// How many objects are made, changed and deleted.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts { import: self.imports.len(), ..Counts::default() };
        for step in &self.steps {
            match step.action {
                Action::Create => counts.add += 1,
                Action::Update => counts.change += 1,
                Action::Replace => {
                    counts.add += 1;
                    counts.destroy += 1;
                }
                Action::Delete => counts.destroy += 1,
                Action::Forget => counts.forget += 1,
                Action::Read => {}
            }
        }
        counts
    }

    /// Whether applying would do nothing: no step changes anything, nothing moves or is imported, and no output changes. A
    /// plan for state alone takes over what others changed.
    pub fn is_empty(&self) -> bool {
        let takes_over = self.is_refresh_only && !self.drift.is_empty();
        let changes = self.steps.iter().any(|step| step.action != Action::Read);
        !takes_over && !changes && self.moved.is_empty() && self.imports.is_empty() && self.outputs.is_empty()
    }
}
