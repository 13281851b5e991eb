//! Schemas for programs, in the form of `terraform providers schema -json`.

use serde_json::{Map, Value as Json, json};

use crate::address::{ProviderSource, prefix};
use crate::resource::Registry;
use crate::schema::{Attribute, Block, NestedBlock, Nesting, Schema};
use crate::value::json::type_to_json;

/// The schemas of all resource types, data sources and ephemeral resource types, by provider.
pub fn providers(registry: &Registry) -> Json {
    let mut providers: Map<String, Json> = Map::new();
    let mut add = |schema: &Schema, kind: &str| {
        let provider = providers.entry(ProviderSource::implied(prefix(schema.name)).to_string()).or_insert_with(|| {
            json!({"provider": {"version": 0, "block": {"description_kind": "plain"}},
                "resource_schemas": {}, "data_source_schemas": {}})
        });
        provider[kind][schema.name] = json!({"version": schema.version, "block": block(&schema.block, schema.doc)});
    };
    registry.resources().for_each(|resource| add(resource.schema(), "resource_schemas"));
    registry.data_sources().for_each(|data| add(data.schema(), "data_source_schemas"));
    registry.ephemeral_types().for_each(|it| add(it.schema(), "ephemeral_resource_schemas"));
    json!({"format_version": "1.0", "provider_schemas": providers})
}

fn block(block: &Block, doc: &str) -> Json {
    let mut out = Map::new();
    let mut attributes: Vec<_> = block.attributes.iter().collect();
    attributes.sort_by_key(|(name, _)| **name);
    if !attributes.is_empty() {
        let attributes = attributes.into_iter().map(|(name, a)| ((*name).to_owned(), attribute(a)));
        out.insert("attributes".into(), Json::Object(attributes.collect()));
    }
    let mut blocks: Vec<_> = block.blocks.iter().collect();
    blocks.sort_by_key(|(name, _)| **name);
    if !blocks.is_empty() {
        let blocks = blocks.into_iter().map(|(name, nested)| ((*name).to_owned(), nested_block(nested)));
        out.insert("block_types".into(), Json::Object(blocks.collect()));
    }
    if !doc.is_empty() {
        out.insert("description".into(), doc.into());
    }
    out.insert("description_kind".into(), "plain".into());
    Json::Object(out)
}

fn attribute(attribute: &Attribute) -> Json {
    let mut out = Map::new();
    out.insert("type".into(), type_to_json(&attribute.ty));
    if !attribute.doc.is_empty() {
        out.insert("description".into(), attribute.doc.into());
    }
    out.insert("description_kind".into(), "plain".into());
    let flags = [
        ("deprecated", attribute.deprecated.is_some()),
        ("required", attribute.required),
        ("optional", attribute.optional && !attribute.required),
        ("computed", attribute.computed),
        ("sensitive", attribute.sensitive),
    ];
    for (name, _) in flags.iter().filter(|(_, set)| *set) {
        out.insert((*name).into(), true.into());
    }
    Json::Object(out)
}

fn nested_block(nested: &NestedBlock) -> Json {
    let mode = match nested.nesting {
        Nesting::Single => "single",
        Nesting::List => "list",
        Nesting::Set => "set",
    };
    let mut out = Map::new();
    out.insert("nesting_mode".into(), mode.into());
    out.insert("block".into(), block(&nested.block, nested.doc));
    if nested.nesting != Nesting::Single {
        if nested.min > 0 {
            out.insert("min_items".into(), nested.min.into());
        }
        if let Some(max) = nested.max {
            out.insert("max_items".into(), max.into());
        }
    }
    Json::Object(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Type;
    use indexmap::IndexMap;

    #[test]
    fn a_schema_has_terraforms_form() {
        let name = Attribute { required: true, optional: false, doc: "Its name.", ..Attribute::optional(Type::String) };
        let key = Attribute { sensitive: true, computed: true, ..Attribute::optional(Type::String) };
        let attributes =
            IndexMap::from([("name", name), ("key", key), ("ids", Attribute::optional(Type::set(Type::Number)))]);
        let schema =
            Schema::new("aws_x", "A thing.", Block { attributes, blocks: IndexMap::new() }).timeouts(&["create"]);
        let shown = serde_json::to_string(&block(&schema.block, schema.doc)).unwrap();
        insta::assert_snapshot!(shown, @r#"{"attributes":{"ids":{"type":["set","number"],"description_kind":"plain","optional":true},"key":{"type":"string","description_kind":"plain","optional":true,"computed":true,"sensitive":true},"name":{"type":"string","description":"Its name.","description_kind":"plain","required":true}},"block_types":{"timeouts":{"nesting_mode":"single","block":{"attributes":{"create":{"type":"string","description_kind":"plain","optional":true}},"description":"How long each operation may take, such as `30m`.","description_kind":"plain"}}},"description":"A thing.","description_kind":"plain"}"#);
    }
}
