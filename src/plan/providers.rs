//! The registries of a run: one for each provider configuration.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::address::Mode;
use crate::resource::{AnyData, AnyResource, Registry};

/// The registries by alias.
#[derive(Clone, Default)]
pub struct Providers {
    default: Registry,
    aliases: BTreeMap<Arc<str>, Registry>,
}

impl Providers {
    /// One registry for everything.
    pub fn new(default: Registry) -> Self {
        Self { default, aliases: BTreeMap::new() }
    }

    /// With a registry for an alias.
    #[must_use]
    pub fn with(mut self, alias: Arc<str>, registry: Registry) -> Self {
        self.aliases.insert(alias, registry);
        self
    }

    /// The registry without alias, which also has the schemas.
    pub fn default_registry(&self) -> &Registry {
        &self.default
    }

    /// The aliases there are.
    pub fn aliases(&self) -> impl Iterator<Item = &Arc<str>> {
        self.aliases.keys()
    }

    /// The registry of an alias, or the one without.
    pub fn registry(&self, alias: Option<&str>) -> &Registry {
        alias.and_then(|alias| self.aliases.get(alias)).unwrap_or(&self.default)
    }

    /// A resource type as configured by an alias.
    pub fn resource(&self, ty: &str, alias: Option<&str>) -> Option<&Arc<dyn AnyResource>> {
        self.registry(alias).resource(ty)
    }

    /// A data source as configured by an alias.
    pub fn data(&self, ty: &str, alias: Option<&str>) -> Option<&Arc<dyn AnyData>> {
        self.registry(alias).data(ty)
    }

    /// An ephemeral resource type as configured by an alias.
    pub fn ephemeral(&self, ty: &str, alias: Option<&str>) -> Option<&Arc<dyn AnyData>> {
        self.registry(alias).ephemeral(ty)
    }

    /// What is read: a data source or an ephemeral resource type.
    pub fn read(&self, mode: Mode, ty: &str, alias: Option<&str>) -> Option<&Arc<dyn AnyData>> {
        if mode == Mode::Ephemeral { self.ephemeral(ty, alias) } else { self.data(ty, alias) }
    }
}

/// How state names a provider configuration: `provider["registry.terraform.io/hashicorp/aws"].alias`.
pub fn state_name(ty: &str, alias: Option<&str>) -> Arc<str> {
    let source = match ty.split('_').next().unwrap_or(ty) {
        "terraform" => "terraform.io/builtin/terraform".to_owned(),
        "amplify" => "registry.terraform.io/recon/amplify".to_owned(),
        name => format!("registry.terraform.io/hashicorp/{name}"),
    };
    let alias = alias.map_or(String::new(), |alias| format!(".{alias}"));
    format!("provider[\"{source}\"]{alias}").into()
}

/// The alias in the name of a provider configuration in state.
pub fn alias_of(state_name: &str) -> Option<&str> {
    state_name.rsplit_once("\"].").map(|(_, alias)| alias)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_names_the_provider_as_terraform_does() {
        let name = state_name("aws_iam_role", Some("us"));
        assert_eq!(&*name, r#"provider["registry.terraform.io/hashicorp/aws"].us"#);
        assert_eq!(alias_of(&name), Some("us"));
        assert_eq!(alias_of(&state_name("terraform_data", None)), None);
    }
}
