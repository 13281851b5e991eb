//! What state holds and what there is: the answers of a refresh.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::block_of;
use super::providers::{Providers, not_present};
use crate::address::{Address, Mode, ResourceAddress};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::language::config::Config;
use crate::schema::Difference;
use crate::state::{Instance, Snapshot};
use crate::value::marks::{mark_at, sensitive_paths};
use crate::value::{Path, Value};

/// One object that state knows.
#[derive(Clone, Debug)]
pub struct Observation {
    /// What state holds, without marks.
    pub prior: Value,
    /// What there is now, in the spelling of `prior`; `None` if the object is gone.
    pub current: Option<Value>,
    /// Paths that state calls sensitive.
    pub sensitive: Vec<Path>,
    /// Whether a creation of it was not finished.
    pub tainted: bool,
    /// The resources it depended on when it was last applied.
    pub dependencies: Arc<[ResourceAddress]>,
    /// The provider configuration it belongs to, as state names it.
    pub provider: Arc<str>,
}

/// The objects that state knows, by address.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// Managed objects only.
    pub instances: BTreeMap<Address, Observation>,
    /// Objects that were set aside for a replacement and not deleted yet, by their key in state.
    pub set_aside: BTreeMap<(Address, String), Observation>,
}

/// A difference between state and AWS.
#[derive(Clone, Debug, PartialEq)]
pub struct Drift {
    /// Which object.
    pub address: Address,
    /// What differs; empty if the object is gone.
    pub differences: Vec<Difference>,
    /// Whether the object is gone.
    pub gone: bool,
}

impl Observed {
    /// What state holds, as if nothing had changed.
    ///
    /// Objects of a resource that the configuration has belong to the provider configuration that it names now.
    pub fn from_state(snapshot: &Snapshot, config: &Config, providers: &Providers, problems: &mut Diagnostics) -> Self {
        let observation = |address: &Address, instance: &Instance| {
            let block = block_of(config, &address.resource);
            let provider = block.map_or_else(|| instance.provider.clone(), |block| block.provider.address.clone());
            observation(address, instance, provider, providers)
        };
        let mut observed = Self::default();
        for (address, instance) in &snapshot.instances {
            if address.resource.mode != Mode::Managed {
                continue;
            }
            match observation(address, instance) {
                Ok(observation) => {
                    observed.instances.insert(address.clone(), observation);
                }
                Err(problem) => {
                    problems.push(*problem);
                }
            }
        }
        for (slot, instance) in &snapshot.deposed {
            match observation(&slot.0, instance) {
                Ok(observation) => {
                    observed.set_aside.insert(slot.clone(), observation);
                }
                Err(problem) => {
                    problems.push(*problem);
                }
            }
        }
        observed
    }

    /// What differs between state and AWS.
    pub fn drift(&self, providers: &Providers) -> Vec<Drift> {
        let found = self.instances.iter().filter_map(|(address, observation)| {
            let Some(current) = &observation.current else {
                return Some(Drift { address: address.clone(), differences: Vec::new(), gone: true });
            };
            let resource = providers.resource(&address.resource.ty, &observation.provider)?;
            let block = &resource.schema().block;
            let hide = |value: &Value| {
                let marked = block.mark_sensitive(value);
                mark_at(&marked, &observation.sensitive)
            };
            let mut differences = block.differences(&observation.prior, current);
            differences.retain(|difference| block.find(&difference.path).is_some_and(|found| found.can_drift()));
            let (before, after) = (hide(&observation.prior), hide(current));
            for difference in &mut differences {
                difference.before = difference.path.find(&before).cloned().unwrap_or_else(|| difference.before.clone());
                difference.after = difference.path.find(&after).cloned().unwrap_or_else(|| difference.after.clone());
            }
            (!differences.is_empty()).then(|| Drift { address: address.clone(), differences, gone: false })
        });
        found.collect()
    }
}

fn observation(
    address: &Address,
    instance: &Instance,
    provider: Arc<str>,
    providers: &Providers,
) -> Result<Observation, Box<Diagnostic>> {
    let ty = &address.resource.ty;
    let Some(resource) = providers.resource(ty, &provider) else {
        if !providers.has(&provider) && providers.default_registry().resource(ty).is_some() {
            return Err(Box::new(not_present(address, &provider)));
        }
        return Err(Box::new(Diagnostic::error("Unknown resource type in state").with(|d| {
            d.of(address).detail(format!("State holds `{address}`, and recon has no resource type `{ty}`."));
            d.help(format!("`recon state rm '{address}'` drops it from this state and leaves the object as it is."));
        })));
    };
    let value = instance.value(resource.schema().ty()).map_err(|error| {
        Box::new(Diagnostic::error("Unreadable object in state").with(|d| {
            d.of(address).detail(format!("What state holds of `{address}` is not of the type's form: {error}."));
            let (stored, known) = (instance.schema_version, resource.schema().version);
            if stored != known {
                d.help(format!(
                    "It was stored with version {stored} of the schema of `{ty}`, and recon has version {known}: another version of the \
                     provider wrote it. Run `terraform apply -refresh-only` with version 5 or 6 of the AWS provider once."
                ));
            }
        }))
    })?;
    let sensitive = sensitive_paths(&value);
    let prior = resource.schema().block.with_absent_blocks(&value.unmark_deep().0);
    let prior = resource.stored(prior);
    Ok(Observation {
        current: Some(prior.clone()),
        prior,
        sensitive,
        tainted: instance.tainted,
        dependencies: instance.dependencies.clone(),
        provider,
    })
}
