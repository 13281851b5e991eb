//! Objects that become another resource type when they move.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::address::{ProviderAddress, ProviderSource, prefix};
use crate::state::Instance;

/// Whether an object of one type can become one of another.
pub(super) fn is_possible(to: &str, from: &str) -> bool {
    (to, from) == ("terraform_data", "null_resource")
}

/// The object as one of another type, if that can be.
pub(super) fn to_type(to: &str, from: &str, instance: Instance) -> Instance {
    if !is_possible(to, from) {
        return instance;
    }
    let triggers = match instance.attributes.get("triggers") {
        None | Some(Json::Null) => Json::Null,
        // An object, since that is what braces in a configuration make.
        Some(triggers) => {
            let names = triggers.as_object().into_iter().flat_map(|triggers| triggers.keys());
            let types: serde_json::Map<String, Json> = names.map(|name| (name.clone(), "string".into())).collect();
            json!({ "value": triggers, "type": ["object", types] })
        }
    };
    let id = instance.attributes.get("id").cloned().unwrap_or_default();
    let attributes = json!({ "id": id, "input": null, "output": null, "triggers_replace": triggers });
    Instance {
        provider: ProviderAddress::default_of(ProviderSource::implied(prefix(to))).to_string().into(),
        schema_version: 0,
        attributes: Arc::new(attributes),
        sensitive: Arc::new([]),
        private: None,
        ..instance
    }
}
