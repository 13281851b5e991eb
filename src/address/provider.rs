//! Names of providers and of their configurations.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::{Key, ModulePath, segments};

/// The registry that a source without a host belongs to.
const REGISTRY: &str = "registry.terraform.io";
/// OpenTofu's registry, which has the same providers.
const OPENTOFU: &str = "registry.opentofu.org";

/// Where a provider comes from: `registry.terraform.io/hashicorp/aws`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProviderSource {
    host: Arc<str>,
    namespace: Arc<str>,
    ty: Arc<str>,
}

/// Why a text names no provider.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// Too many or too few parts.
    #[error("it is not of the form `[HOST/][NAMESPACE/]NAME`")]
    Form,
    /// A part has characters that it cannot have.
    #[error("`{0}` must contain only letters, digits and dashes, and may not begin or end with a dash")]
    Part(String),
    /// The name of a repository.
    #[error("`{0}` is the name of a repository, not of a provider")]
    Repository(String),
    /// A namespace of Terraform 0.12.
    #[error("the namespace `{0}` is that of old versions of Terraform and of no registry")]
    Legacy(String),
}

impl ProviderSource {
    /// The provider that a local name means where no `required_providers` entry says otherwise.
    pub fn implied(local: &str) -> Self {
        let (host, namespace) = implied(local);
        Self { host: host.into(), namespace: namespace.into(), ty: local.into() }
    }

    /// Whether a type of this name, as recon has it, is one of this provider's.
    pub fn owns(&self, ty: &str) -> bool {
        *self.ty == *prefix(ty) && (&*self.host, &*self.namespace) == implied(&self.ty)
    }

    /// The last part of the name, such as `aws`.
    pub fn name(&self) -> &str {
        &self.ty
    }

    /// The form that people write: without the host of the registry.
    pub fn short(&self) -> String {
        if *self.host == *REGISTRY { format!("{}/{}", self.namespace, self.ty) } else { self.to_string() }
    }
}

/// The host and namespace of the provider that a local name implies.
fn implied(local: &str) -> (&'static str, &'static str) {
    match local {
        "terraform" => ("terraform.io", "builtin"),
        "amplify" => (REGISTRY, "recon"),
        _ => (REGISTRY, "hashicorp"),
    }
}

/// The part of a type's name in front of its first underscore: the local name of its provider, unless a block says
/// otherwise.
pub fn prefix(ty: &str) -> &str {
    ty.split('_').next().unwrap_or(ty)
}

/// Whether a text may be a local name of a provider.
pub fn is_provider_name(text: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    edge(text.chars().next()) && edge(text.chars().last()) && text.chars().all(|c| c.is_alphanumeric() || c == '-')
}

impl fmt::Display for ProviderSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.host, self.namespace, self.ty)
    }
}

impl FromStr for ProviderSource {
    type Err = SourceError;

    /// Parses `NAME`, `NAMESPACE/NAME` or `HOST/NAMESPACE/NAME`.
    fn from_str(text: &str) -> Result<Self, SourceError> {
        let parts: Vec<&str> = text.split('/').collect();
        let (host, namespace, name) = match *parts.as_slice() {
            [name] => (REGISTRY, "hashicorp", name),
            [namespace, name] => (REGISTRY, namespace, name),
            [host, namespace, name] => (host, namespace, name),
            _ => return Err(SourceError::Form),
        };
        let is_host = host.contains(['.', ':']) || host == "localhost";
        if parts.len() == 3 && !is_host {
            return Err(SourceError::Form);
        }
        if namespace == "-" {
            return Err(SourceError::Legacy(namespace.to_owned()));
        }
        if let Some(part) = [namespace, name].into_iter().find(|part| !is_provider_name(part)) {
            return Err(SourceError::Part(part.to_owned()));
        }
        if let Some(rest) = name.strip_prefix("terraform-provider-") {
            return Err(SourceError::Repository(format!("terraform-provider-{rest}")));
        }
        let host = host.to_lowercase();
        if namespace == "terraform-providers" && host == REGISTRY {
            return Err(SourceError::Legacy(namespace.to_owned()));
        }
        let host = if host == OPENTOFU { REGISTRY } else { &host };
        Ok(Self { host: host.into(), namespace: namespace.to_lowercase().into(), ty: name.to_lowercase().into() })
    }
}

/// One configuration of a provider: a `provider` block, or the default where there is none.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProviderAddress {
    /// The module that has the block.
    pub module: ModulePath,
    /// The provider.
    pub source: ProviderSource,
    /// The block's `alias`.
    pub alias: Option<Arc<str>>,
}

impl ProviderAddress {
    /// The configuration of the root module that has no alias.
    pub fn default_of(source: ProviderSource) -> Self {
        Self { module: ModulePath::root(), source, alias: None }
    }

    /// Whether this is a configuration that needs no block.
    pub fn is_default(&self) -> bool {
        self.module.is_root() && self.alias.is_none()
    }
}

impl fmt::Display for ProviderAddress {
    /// As state files have it: `module.m.provider["registry.terraform.io/hashicorp/aws"].alias`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_root() {
            write!(f, "{}.", self.module)?;
        }
        write!(f, "provider[\"{}\"]", self.source)?;
        self.alias.as_ref().map_or(Ok(()), |alias| write!(f, ".{alias}"))
    }
}

/// Why a text names no provider configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` does not name a provider configuration")]
pub struct ProviderAddressError(String);

impl FromStr for ProviderAddress {
    type Err = ProviderAddressError;

    /// Parses what `Display` writes, and `provider.aws.alias` of Terraform 0.12.
    fn from_str(text: &str) -> Result<Self, ProviderAddressError> {
        let fail = || ProviderAddressError(text.into());
        let mut parts = segments(text).map_err(|_| fail())?.into_iter().peekable();
        let mut module = ModulePath::root();
        while parts.next_if(|(name, key)| name == "module" && *key == Key::None).is_some() {
            let (name, key) = parts.next().ok_or_else(fail)?;
            module = module.child(name, key);
        }
        let source = match parts.next() {
            Some((word, Key::Name(source))) if word == "provider" => match source.parse() {
                Ok(source) => source,
                // What Terraform 0.13 made of a state in which providers had no namespace.
                Err(SourceError::Legacy(namespace)) if namespace == "-" => {
                    ProviderSource::implied(source.rsplit('/').next().ok_or_else(fail)?)
                }
                Err(_) => return Err(fail()),
            },
            Some((word, Key::None)) if word == "provider" => {
                ProviderSource::implied(&parts.next().filter(|(_, key)| *key == Key::None).ok_or_else(fail)?.0)
            }
            _ => return Err(fail()),
        };
        let alias = match parts.next() {
            Some((alias, Key::None)) => Some(alias.into()),
            Some(_) => return Err(fail()),
            None => None,
        };
        if parts.next().is_some() {
            return Err(fail());
        }
        Ok(Self { module, source, alias })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_completed_and_compared_without_case() {
        let long = |text: &str| text.parse::<ProviderSource>().unwrap().to_string();
        assert_eq!(long("aws"), "registry.terraform.io/hashicorp/aws");
        assert_eq!(long("HashiCorp/AWS"), "registry.terraform.io/hashicorp/aws");
        assert_eq!(long("registry.opentofu.org/hashicorp/aws"), "registry.terraform.io/hashicorp/aws");
        assert_eq!(long("localhost:5000/acme/thing"), "localhost:5000/acme/thing");
        assert!("hashicorp/aws".parse::<ProviderSource>().unwrap().owns("aws_iam_role"));
        assert!(!"hashicorp/aws".parse::<ProviderSource>().unwrap().owns("terraform_data"));
        assert!(!"acme/aws".parse::<ProviderSource>().unwrap().owns("aws_iam_role"));
        assert!(!"hashicorp/terraform".parse::<ProviderSource>().unwrap().owns("terraform_data"));
    }

    #[test]
    fn what_is_no_source_is_refused() {
        for text in
            ["", "a/b/c/d", "no-host/a/b", "a_b/c", "-a/c", "-/c", "x/terraform-provider-aws", "terraform-providers/x"]
        {
            assert!(text.parse::<ProviderSource>().is_err(), "{text}");
        }
    }

    #[test]
    fn configurations_print_as_they_parse() {
        for text in [
            r#"provider["registry.terraform.io/hashicorp/aws"]"#,
            r#"provider["terraform.io/builtin/terraform"].west"#,
            r#"module.a.module.b.provider["registry.terraform.io/hashicorp/aws"].x"#,
        ] {
            assert_eq!(text.parse::<ProviderAddress>().unwrap().to_string(), text);
        }
        let old: ProviderAddress = "module.m.provider.aws.us".parse().unwrap();
        assert_eq!(old.to_string(), r#"module.m.provider["registry.terraform.io/hashicorp/aws"].us"#);
        let older: ProviderAddress = r#"provider["registry.terraform.io/-/aws"].us"#.parse().unwrap();
        assert_eq!(older.to_string(), r#"provider["registry.terraform.io/hashicorp/aws"].us"#);
        for text in ["", "provider", "provider[0]", "provider.aws.us.more", "module.a", "aws_iam_role.x"] {
            assert!(text.parse::<ProviderAddress>().is_err(), "{text}");
        }
    }
}
