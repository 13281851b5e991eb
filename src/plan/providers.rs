//! The registries of a run: one for each provider configuration.

use std::collections::HashMap;
use std::sync::Arc;

use super::watch::{Read, Watcher};
use crate::address::{Mode, ProviderAddress, ProviderSource, prefix};
use crate::diagnostic::Diagnostic;
use crate::resource::{AnyData, AnyResource, Registry};

/// The registries by the names that state has for provider configurations.
#[derive(Clone, Default)]
pub struct Providers {
    default: Registry,
    configured: HashMap<Arc<str>, (ProviderSource, Registry)>,
    watcher: Option<Watcher>,
}

impl Providers {
    /// One registry for everything that needs no `provider` block.
    pub fn new(default: Registry) -> Self {
        let types = default.resources().map(|resource| resource.schema().name);
        let types = types.chain(default.data_sources().map(|data| data.schema().name));
        let types = types.chain(default.ephemeral_types().map(|it| it.schema().name));
        let mut configured = HashMap::new();
        for ty in types {
            let source = ProviderSource::implied(prefix(ty));
            let address = ProviderAddress::default_of(source.clone()).to_string().into();
            configured.entry(address).or_insert_with(|| (source, default.clone()));
        }
        Self { default, configured, watcher: None }
    }

    /// With a registry for a configuration.
    #[must_use]
    pub fn with(mut self, address: &ProviderAddress, registry: Registry) -> Self {
        self.configured.insert(address.to_string().into(), (address.source.clone(), registry));
        self
    }

    /// Without the registry of a configuration.
    #[must_use]
    pub fn without(mut self, address: &ProviderAddress) -> Self {
        self.configured.remove(address.to_string().as_str());
        self
    }

    /// With somebody who is told of every object that is read for a plan.
    #[must_use]
    pub fn watched(self, watcher: Watcher) -> Self {
        Self { watcher: Some(watcher), ..self }
    }

    /// Tells of reading.
    pub(super) fn tell(&self, read: &Read<'_>) {
        if let Some(watcher) = &self.watcher {
            watcher(read);
        }
    }

    /// The registry that has the schemas of all types.
    pub fn default_registry(&self) -> &Registry {
        &self.default
    }

    /// Whether there is a configuration of this name.
    pub fn has(&self, provider: &str) -> bool {
        self.entry(provider).is_some()
    }

    /// A resource type as configured by a provider configuration, if that has it.
    pub fn resource(&self, ty: &str, provider: &str) -> Option<&Arc<dyn AnyResource>> {
        let (source, registry) = self.entry(provider)?;
        registry.resource(ty).filter(|_| source.owns(ty))
    }

    /// A data source as configured by a provider configuration, if that has it.
    pub fn data(&self, ty: &str, provider: &str) -> Option<&Arc<dyn AnyData>> {
        let (source, registry) = self.entry(provider)?;
        registry.data(ty).filter(|_| source.owns(ty))
    }

    fn entry(&self, provider: &str) -> Option<&(ProviderSource, Registry)> {
        // Other tools, and older versions of Terraform, spell the same name otherwise.
        self.configured.get(provider).or_else(|| {
            let address: ProviderAddress = provider.parse().ok()?;
            self.configured.get(address.to_string().as_str())
        })
    }

    /// An ephemeral resource type as configured by a provider configuration, if that has it.
    pub fn ephemeral(&self, ty: &str, provider: &str) -> Option<&Arc<dyn AnyData>> {
        let (source, registry) = self.entry(provider)?;
        registry.ephemeral(ty).filter(|_| source.owns(ty))
    }

    /// What is read: a data source or an ephemeral resource type.
    pub fn read(&self, mode: Mode, ty: &str, provider: &str) -> Option<&Arc<dyn AnyData>> {
        if mode == Mode::Ephemeral { self.ephemeral(ty, provider) } else { self.data(ty, provider) }
    }
}

/// A problem with an object whose provider configuration is not there any more.
pub(crate) fn not_present(object: &dyn std::fmt::Display, provider: &str) -> Diagnostic {
    Diagnostic::error("Provider configuration not present").with(|d| {
        d.of(object);
        d.detail(format!(
            "State holds `{object}`, which belongs to the provider configuration `{provider}`, and there is none of that name."
        ));
        d.help("Put the provider block back until the object is deleted or has moved to another configuration.");
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::{self, Aws, Settings};

    #[test]
    fn a_type_is_found_under_every_spelling_of_its_provider_and_under_no_other() {
        let registry = || aws::registry(&Aws::new(Settings::default()));
        let west: ProviderAddress = r#"provider["registry.terraform.io/hashicorp/aws"].west"#.parse().unwrap();
        let providers = Providers::new(registry()).with(&west, registry());
        for known in [
            r#"provider["registry.terraform.io/hashicorp/aws"]"#,
            r#"provider["registry.opentofu.org/hashicorp/aws"]"#,
            r#"provider["registry.terraform.io/hashicorp/aws"].west"#,
            "provider.aws",
        ] {
            assert!(providers.resource("aws_iam_role", known).is_some(), "{known}");
        }
        for other in [
            r#"provider["registry.terraform.io/acme/aws"]"#,
            r#"provider["registry.terraform.io/hashicorp/aws"].east"#,
            r#"module.m.provider["registry.terraform.io/hashicorp/aws"]"#,
            r#"provider["terraform.io/builtin/terraform"]"#,
        ] {
            assert!(providers.resource("aws_iam_role", other).is_none(), "{other}");
        }
    }
}
