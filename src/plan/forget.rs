//! `removed` blocks: what of the objects they name is destroyed, and what only forgotten.

use super::order::without_keys;
use super::step::{Action, Step};
use super::{block_of, call_of};
use crate::address::{Key, ModulePath, ResourceAddress, Target};
use crate::diagnostic::Diagnostics;
use crate::language::config::{Config, Module, Removed};

/// The `removed` blocks of a configuration, with the modules they stand in.
fn all(config: &Config) -> Vec<(&Module, &Removed)> {
    let mut found = Vec::new();
    let mut modules = vec![&config.root];
    while let Some(module) = modules.pop() {
        found.extend(module.removed.iter().map(|removed| (&**module, removed)));
        modules.extend(module.calls.values().map(|call| &call.module));
    }
    found
}

/// The resources and modules whose objects are forgotten rather than destroyed.
#[derive(Clone, Debug, Default)]
pub(super) struct Forgotten(Vec<Target>);

impl Forgotten {
    pub(super) fn of(config: &Config) -> Self {
        let blocks = all(config).into_iter().filter(|(_, removed)| !removed.destroy);
        Self(blocks.map(|(module, removed)| from_root(module, &removed.from)).collect())
    }

    /// Whether the objects of a resource are forgotten.
    pub(super) fn has(&self, resource: &ResourceAddress) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let address = without_keys(resource).instance(Key::None);
        self.0.iter().any(|target| target.covers(&address))
    }
}

/// The `removed` block that has provisioners for the objects of a resource, with its module.
pub(crate) fn removed_with_provisioners<'a>(
    config: &'a Config,
    resource: &ResourceAddress,
) -> Option<(&'a Module, &'a Removed)> {
    let address = without_keys(resource).instance(Key::None);
    let mut blocks = all(config).into_iter().filter(|(_, removed)| !removed.provisioners.is_empty());
    blocks.find(|(module, removed)| from_root(module, &removed.from).covers(&address))
}

/// An address that starts from a module, as one that starts from the root.
fn from_root(module: &Module, target: &Target) -> Target {
    let root = module.path.iter().fold(ModulePath::root(), |path, name| path.child(name, Key::None));
    let steps = target.module().steps().iter();
    let inside = steps.fold(root, |path, step| path.child(&step.name, step.key.clone()));
    match target {
        Target::Module(_) => Target::Module(inside),
        Target::Resource(address) => {
            let resource = ResourceAddress { module: inside, ..address.resource.clone() };
            Target::Resource(resource.instance(address.key.clone()))
        }
    }
}

/// Warns of the objects that a plan forgets.
pub(super) fn warn(steps: &[Step], problems: &mut Diagnostics) {
    let forgotten = steps.iter().filter(|step| step.action == Action::Forget);
    let lines: String = forgotten.map(|step| format!("\n  - {}", step.address)).collect();
    if !lines.is_empty() {
        problems
            .warning("Some objects will no longer be managed by Terraform")
            .detail(format!("The plan drops these objects from state and leaves them as they are in AWS:{lines}"))
            .help("Nothing looks after them from then on; an `import` block takes them up again.");
    }
}

/// Reports `removed` blocks about what the configuration still has.
pub(super) fn check(config: &Config, problems: &mut Diagnostics) {
    for (module, removed) in all(config) {
        let target = from_root(module, &removed.from);
        let (summary, place) = match &target {
            Target::Resource(address) => {
                ("Removed resource still exists", block_of(config, &address.resource).map(|block| block.header))
            }
            Target::Module(path) => ("Removed module still exists", call_of(config, path).map(|call| call.header)),
        };
        if let Some(place) = place {
            problems
                .error(summary)
                .at(place)
                .detail(format!("A `removed` block says that `{target}` is gone, but the configuration still has it."))
                .help("Take this block out, or the `removed` block.");
        }
    }
}
