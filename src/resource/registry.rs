//! The resource types and data sources there are, by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::boxed::{self, AnyData, AnyResource};
use super::{DataSource, EphemeralType, ResourceType};
use crate::address::ProviderSource;
use crate::schema::{Schema, Schemas};

/// The resource types and data sources of one provider configuration.
#[derive(Clone, Default)]
pub struct Registry {
    resources: BTreeMap<&'static str, Arc<dyn AnyResource>>,
    data: BTreeMap<&'static str, Arc<dyn AnyData>>,
    ephemeral: BTreeMap<&'static str, Arc<dyn AnyData>>,
    default_tags: Arc<BTreeMap<String, String>>,
}

impl Registry {
    /// An empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    /// With tags that every taggable object gets; to be set before the types are added.
    #[must_use]
    pub fn default_tags(mut self, tags: BTreeMap<String, String>) -> Self {
        self.default_tags = Arc::new(tags);
        self
    }

    /// With one more resource type.
    #[must_use]
    pub fn with<R: ResourceType>(mut self, resource: R) -> Self {
        self.resources.insert(R::NAME, Arc::new(boxed::Resource::new(resource, self.default_tags.clone())));
        self
    }

    /// With one more data source.
    #[must_use]
    pub fn with_data<D: DataSource>(mut self, data: D) -> Self {
        self.data.insert(D::NAME, Arc::new(boxed::Data::new(data)));
        self
    }

    /// With one more ephemeral resource type.
    #[must_use]
    pub fn with_ephemeral<E: EphemeralType>(mut self, ephemeral: E) -> Self {
        self.ephemeral.insert(E::NAME, Arc::new(boxed::Ephemeral::new(ephemeral)));
        self
    }

    /// With everything another registry has.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.resources.extend(other.resources);
        self.data.extend(other.data);
        self.ephemeral.extend(other.ephemeral);
        self
    }

    /// With each resource type and each data source replaced by another of the same name.
    #[must_use]
    pub fn map(
        self,
        resource: impl Fn(Arc<dyn AnyResource>) -> Arc<dyn AnyResource>,
        data: impl Fn(Arc<dyn AnyData>) -> Arc<dyn AnyData>,
    ) -> Self {
        Self {
            resources: self.resources.into_iter().map(|(name, ty)| (name, resource(ty))).collect(),
            data: self.data.into_iter().map(|(name, ty)| (name, data(ty))).collect(),
            ephemeral: self.ephemeral,
            default_tags: self.default_tags,
        }
    }

    /// The resource type of a name.
    pub fn resource(&self, name: &str) -> Option<&Arc<dyn AnyResource>> {
        self.resources.get(name)
    }

    /// The data source of a name.
    pub fn data(&self, name: &str) -> Option<&Arc<dyn AnyData>> {
        self.data.get(name)
    }

    /// The ephemeral resource type of a name.
    pub fn ephemeral(&self, name: &str) -> Option<&Arc<dyn AnyData>> {
        self.ephemeral.get(name)
    }

    /// All ephemeral resource types, by name.
    pub fn ephemeral_types(&self) -> impl Iterator<Item = &Arc<dyn AnyData>> {
        self.ephemeral.values()
    }

    /// Whether there is any type of a provider.
    pub fn has_types_of(&self, source: &ProviderSource) -> bool {
        let mut types = self.resources.keys().chain(self.data.keys()).chain(self.ephemeral.keys());
        types.any(|ty| source.owns(ty))
    }

    /// All resource types, by name.
    pub fn resources(&self) -> impl Iterator<Item = &Arc<dyn AnyResource>> {
        self.resources.values()
    }

    /// All data sources, by name.
    pub fn data_sources(&self) -> impl Iterator<Item = &Arc<dyn AnyData>> {
        self.data.values()
    }
}

impl Schemas for Registry {
    fn resource_schema(&self, name: &str) -> Option<&Schema> {
        self.resources.get(name).map(|resource| resource.schema())
    }

    fn data_schema(&self, name: &str) -> Option<&Schema> {
        self.data.get(name).map(|data| data.schema())
    }

    fn ephemeral_schema(&self, name: &str) -> Option<&Schema> {
        self.ephemeral.get(name).map(|ephemeral| ephemeral.schema())
    }

    fn ephemeral_names(&self) -> Vec<&'static str> {
        self.ephemeral.keys().copied().collect()
    }

    fn resource_names(&self) -> Vec<&'static str> {
        self.resources.keys().copied().collect()
    }

    fn data_names(&self) -> Vec<&'static str> {
        self.data.keys().copied().collect()
    }
}
