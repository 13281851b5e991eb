//! The protocol of module registries: where the service of a host is, which versions there are, and where a version is.

use std::collections::HashMap;

use serde::Deserialize;

use super::cli_config::CliConfig;
use super::http::{Http, HttpError, resolve, resolve_address};
use crate::language::Version;
use crate::language::module_source::RegistrySource;

/// What went wrong with a registry.
#[derive(Debug, thiserror::Error)]
pub(super) enum RegistryError {
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error("the host {host} cannot be asked where its registry is: {source}")]
    Discovery { host: String, source: HttpError },
    #[error("the host {host} has no registry of modules")]
    NoService { host: String },
    #[error("the registry's answer {url} is not what the protocol says: {why}")]
    Malformed { url: String, why: String },
    #[error("there is no such module in the registry at {host}")]
    NotFound { host: String },
}

/// The registries of a run; each is asked once for what does not change.
pub(super) struct Registries<'a> {
    http: &'a Http,
    config: &'a CliConfig,
    services: HashMap<String, String>,
    versions: HashMap<String, Vec<Version>>,
}

#[derive(Deserialize)]
struct Versions {
    modules: Vec<ModuleVersions>,
}

#[derive(Deserialize)]
struct ModuleVersions {
    #[serde(default)]
    versions: Vec<OneVersion>,
}

#[derive(Deserialize)]
struct OneVersion {
    version: String,
}

#[derive(Deserialize)]
struct Download {
    location: String,
}

/// Where a registry says that a package is.
pub(super) struct Location {
    /// The registry's URL that said so.
    pub(super) from: String,
    /// The package's address.
    pub(super) to: String,
}

impl<'a> Registries<'a> {
    pub(super) fn new(http: &'a Http, config: &'a CliConfig) -> Self {
        Self { http, config, services: HashMap::new(), versions: HashMap::new() }
    }

    /// The versions of a module. What is no version by our rules is left out, as Terraform does.
    pub(super) fn versions(&mut self, source: &RegistrySource) -> Result<Vec<Version>, RegistryError> {
        let path = format!("{}/{}/{}/versions", source.namespace, source.name, source.system);
        let url = format!("{}{path}", self.service(&source.host)?);
        if let Some(known) = self.versions.get(&url) {
            return Ok(known.clone());
        }
        let answer = self.http.get(&url, self.config.token(&source.host));
        let text = answer.map_err(|error| not_found(error, &source.host))?.text()?;
        let document: Versions = serde_json::from_str(&text)
            .map_err(|error| RegistryError::Malformed { url: url.clone(), why: error.to_string() })?;
        let all = document.modules.iter().flat_map(|module| &module.versions);
        let found: Vec<Version> = all.filter_map(|version| Version::parse(&version.version)).collect();
        self.versions.insert(url, found.clone());
        Ok(found)
    }

    /// The address of a version's package.
    pub(super) fn location(&mut self, source: &RegistrySource, version: &str) -> Result<Location, RegistryError> {
        let path = format!("{}/{}/{}/{version}/download", source.namespace, source.name, source.system);
        let url = format!("{}{path}", self.service(&source.host)?);
        let answer = self.http.get(&url, self.config.token(&source.host));
        let answer = answer.map_err(|error| not_found(error, &source.host))?;
        let from = answer.url.clone();
        let location = match answer.header("X-Terraform-Get") {
            Some(location) => location.to_owned(),
            None if answer.is_empty() => {
                let why = "it has no X-Terraform-Get header".to_owned();
                return Err(RegistryError::Malformed { url, why });
            }
            None => {
                let document: Result<Download, _> = serde_json::from_str(&answer.text()?);
                document.map_err(|error| RegistryError::Malformed { url, why: error.to_string() })?.location
            }
        };
        Ok(Location { to: resolve_address(&from, &location), from })
    }

    /// The URL that the paths of a host's registry begin with.
    fn service(&mut self, host: &str) -> Result<String, RegistryError> {
        if let Some(known) = self.services.get(host) {
            return Ok(known.clone());
        }
        let found = match self.config.modules_service(host) {
            Some(url) => url.to_owned(),
            None => self.discover(host)?,
        };
        let found = if found.ends_with('/') { found } else { format!("{found}/") };
        self.services.insert(host.to_owned(), found.clone());
        Ok(found)
    }

    fn discover(&self, host: &str) -> Result<String, RegistryError> {
        let failed = |source| RegistryError::Discovery { host: host.to_owned(), source };
        let url = format!("https://{host}/.well-known/terraform.json");
        let answer = self.http.get(&url, self.config.token(host)).map_err(failed)?;
        let from = answer.url.clone();
        let document: serde_json::Value = serde_json::from_str(&answer.text().map_err(failed)?)
            .map_err(|error| RegistryError::Malformed { url, why: error.to_string() })?;
        let path = document["modules.v1"].as_str();
        let found = resolve(&from, path.ok_or_else(|| RegistryError::NoService { host: host.to_owned() })?);
        // A token would go there, and what comes back is run.
        if !found.starts_with("https://") {
            return Err(failed(HttpError::Downgrade { from, to: found }));
        }
        Ok(found)
    }
}

fn not_found(error: HttpError, host: &str) -> RegistryError {
    match error {
        HttpError::Status { status: 404, .. } => RegistryError::NotFound { host: host.to_owned() },
        error => error.into(),
    }
}
