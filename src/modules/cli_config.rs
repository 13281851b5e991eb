//! What Terraform's own configuration file says about registries: where their services are, and the tokens for them.

use std::collections::HashMap;
use std::path::Path;

use crate::diagnostic::{Diagnostics, Severity, SourceMap};
use crate::language::ast::Body;
use crate::language::{NoScope, eval, parse_body};
use crate::value::{Data, Value};

/// Addresses and tokens of registries.
#[derive(Clone, Default)]
pub struct CliConfig {
    services: HashMap<String, String>,
    tokens: HashMap<String, String>,
}

impl std::fmt::Debug for CliConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let hosts: Vec<&String> = self.tokens.keys().collect();
        f.debug_struct("CliConfig").field("services", &self.services).field("tokens", &hosts).finish()
    }
}

impl CliConfig {
    /// Reads a file in the form of `.terraformrc`. What cannot be understood is a warning: most of the file is for Terraform.
    pub fn read(&mut self, path: &Path, sources: &mut SourceMap, problems: &mut Diagnostics) {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                let detail = format!("Cannot read {}: {error}.", path.display());
                problems.warning("Terraform's configuration file not read").detail(detail);
                return;
            }
        };
        let source = sources.add(path, text.as_str());
        let mut found = Diagnostics::new();
        let body = parse_body(source, &text, &mut found);
        self.blocks(&body, &mut found);
        problems.extend(found.into_iter().map(|problem| problem.with(|problem| problem.severity = Severity::Warning)));
    }

    /// Takes a file in the form of `credentials.tfrc.json`, which `terraform login` writes.
    pub fn read_credentials(&mut self, path: &Path, problems: &mut Diagnostics) {
        let Ok(text) = std::fs::read_to_string(path) else { return };
        let Ok(json) = serde_json::from_str::<serde_json::Value>(&text) else {
            let detail = format!("{} is not in the form that `terraform login` writes.", path.display());
            problems.warning("Credentials of Terraform not read").detail(detail);
            return;
        };
        for (host, entry) in json["credentials"].as_object().into_iter().flatten() {
            if let Some(token) = entry["token"].as_str() {
                self.tokens.entry(host.to_lowercase()).or_insert_with(|| token.to_owned());
            }
        }
    }

    /// Takes the tokens of variables such as `TF_TOKEN_app_terraform_io`; they win over those of files.
    pub fn take_environment(&mut self, environment: impl IntoIterator<Item = (String, String)>) {
        for (name, token) in environment {
            if let Some(host) = name.strip_prefix("TF_TOKEN_") {
                let host = host.replace("__", "-").replace('_', ".").to_lowercase();
                self.tokens.insert(host, token);
            }
        }
    }

    /// Where the registry of a host is, if the file says so.
    pub(super) fn modules_service(&self, host: &str) -> Option<&str> {
        self.services.get(host).map(String::as_str)
    }

    /// The token for a host.
    pub(super) fn token(&self, host: &str) -> Option<&str> {
        self.tokens.get(host).map(String::as_str)
    }

    fn blocks(&mut self, body: &Body, problems: &mut Diagnostics) {
        for block in &body.blocks {
            let Some(host) = block.labels.first().map(|label| label.text.to_lowercase()) else { continue };
            let mut argument = |name: &str| block.body.attribute(name).map(|a| eval(&a.expr, &NoScope, problems));
            match &*block.ty.text {
                "host" => {
                    if let Some(url) = argument("services").as_ref().and_then(|services| member(services, "modules.v1"))
                    {
                        self.services.insert(host, url);
                    }
                }
                "credentials" => {
                    if let Some(token) = argument("token").as_ref().and_then(Value::as_str) {
                        self.tokens.insert(host, token.to_owned());
                    }
                }
                _ => {}
            }
        }
    }
}

fn member(value: &Value, name: &str) -> Option<String> {
    match value.data() {
        Data::Object(members) | Data::Map(_, members) => members.get(name)?.as_str().map(str::to_owned),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_tokens_are_read_and_the_rest_is_not_ours() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("terraformrc");
        let text = "plugin_cache_dir = \"x\"\nhost \"Example.com\" {\n  services = {\n    \"modules.v1\" = \
            \"http://127.0.0.1:1/\"\n  }\n}\ncredentials \"example.com\" {\n  token = \"one\"\n}\n";
        std::fs::write(&path, text).unwrap();
        let (mut sources, mut problems) = (SourceMap::new(), Diagnostics::new());
        let mut config = CliConfig::default();
        config.read(&path, &mut sources, &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(config.modules_service("example.com"), Some("http://127.0.0.1:1/"));
        assert_eq!(config.token("example.com"), Some("one"));
        config.take_environment([("TF_TOKEN_my__host_example_com".to_owned(), "two".to_owned())]);
        assert_eq!(config.token("my-host.example.com"), Some("two"));
        assert!(!format!("{config:?}").contains("two"));
    }

    #[test]
    fn a_file_that_cannot_be_understood_is_a_warning() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("terraformrc");
        std::fs::write(&path, "host \"x\" {").unwrap();
        let mut problems = Diagnostics::new();
        CliConfig::default().read(&path, &mut SourceMap::new(), &mut problems);
        assert!(!problems.is_empty() && !problems.has_errors(), "{problems:?}");
    }
}
