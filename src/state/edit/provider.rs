//! The providers that objects belong to, by the names that state has for them.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::address::{ProviderAddress, ProviderSource, ResourceAddress};
use crate::state::{Instance, Snapshot};

/// What stands for a namespace in states that Terraform 0.12 and its predecessors wrote.
pub const LEGACY: &str = "registry.terraform.io/-/";

/// The source of a provider configuration as state names it, in its long form: `registry.terraform.io/hashicorp/aws`.
pub fn source_of(provider: &str) -> String {
    match (between(provider), provider.parse::<ProviderAddress>()) {
        // Kept apart from the namespace that took its place, since people name the old one to replace it.
        (Some((_, source, _)), _) if source.starts_with(LEGACY) => source.to_owned(),
        (_, Ok(address)) => address.source.to_string(),
        (Some((_, source, _)), Err(_)) => source.to_owned(),
        (None, Err(_)) => provider.to_owned(),
    }
}

/// What stands before, in and behind the brackets.
fn between(provider: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = provider.split_once("provider[\"")?;
    let (source, behind) = rest.split_once("\"]")?;
    Some((before, source, behind))
}

/// Gives every object of a provider to another one, with the module and alias of its configuration as they are. Gives the
/// resources concerned.
pub fn replace_provider(snapshot: &mut Snapshot, from: &str, to: &ProviderSource) -> BTreeSet<ResourceAddress> {
    let mut replaced = BTreeSet::new();
    let mut change = |resource: &ResourceAddress, instance: &mut Instance| {
        if source_of(&instance.provider) != from {
            return;
        }
        replaced.insert(resource.clone());
        let renamed = match (between(&instance.provider), instance.provider.parse::<ProviderAddress>()) {
            (Some((before, _, behind)), _) => format!("{before}provider[\"{to}\"]{behind}"),
            (None, Ok(address)) => ProviderAddress { source: to.clone(), ..address }.to_string(),
            (None, Err(_)) => format!("provider[\"{to}\"]"),
        };
        instance.provider = Arc::from(renamed);
    };
    for (address, instance) in &mut snapshot.instances {
        change(&address.resource, instance);
    }
    for ((address, _), instance) in &mut snapshot.deposed {
        change(&address.resource, instance);
    }
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::format::instance_from_json;

    #[test]
    fn a_provider_is_replaced_under_every_spelling_and_its_configuration_stays() {
        let mut snapshot = Snapshot::of_lineage("l");
        for (address, provider) in [
            ("t.a", r#"provider["registry.terraform.io/hashicorp/aws"]"#),
            ("t.b", r#"module.m.provider["registry.terraform.io/hashicorp/aws"].west"#),
            ("t.c", "provider.aws.west"),
            ("t.d", r#"provider["registry.terraform.io/acme/aws"]"#),
            ("t.e", r#"provider["registry.terraform.io/-/aws"].old"#),
        ] {
            let object = instance_from_json(serde_json::json!({}), Arc::from(provider)).unwrap();
            snapshot.insert(address.parse().unwrap(), object);
        }
        let to: ProviderSource = "registry.example.com/x/aws".parse().unwrap();
        let replaced = replace_provider(&mut snapshot, "registry.terraform.io/hashicorp/aws", &to);
        assert_eq!(replaced.iter().map(ToString::to_string).collect::<Vec<_>>(), ["t.a", "t.b", "t.c"]);
        let replaced = replace_provider(&mut snapshot, "registry.terraform.io/-/aws", &to);
        assert_eq!(replaced.len(), 1);
        let names: Vec<&str> = snapshot.instances.values().map(|instance| &*instance.provider).collect();
        assert_eq!(
            names,
            [
                r#"provider["registry.example.com/x/aws"]"#,
                r#"module.m.provider["registry.example.com/x/aws"].west"#,
                r#"provider["registry.example.com/x/aws"].west"#,
                r#"provider["registry.terraform.io/acme/aws"]"#,
                r#"provider["registry.example.com/x/aws"].old"#,
            ]
        );
        assert!(replace_provider(&mut snapshot, "registry.terraform.io/hashicorp/aws", &to).is_empty());
    }
}
