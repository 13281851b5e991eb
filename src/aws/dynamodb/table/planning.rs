//! What the plan of a table can tell beforehand, and what it has to refuse.

use super::model::{BOTH_IMAGES, GlobalIndex, HASH, PAY_PER_REQUEST, PROVISIONED, RANGE, STRONG};
use crate::diagnostic::Diagnostics;
use crate::resource::{Model, Planning};
use crate::value::{Type, Value};

/// Adjusts what is planned.
pub(super) fn plan(planning: &mut Planning<'_>, problems: &mut Diagnostics) {
    let name = planning.planned().attr("name");
    if name.as_str().is_some() {
        planning.set("id", name);
    }
    capacities(planning, problems);
    witness(planning);
    stream(planning);
    let Some(prior) = planning.prior else {
        return;
    };
    spelling(planning, prior);
    replacements(planning, prior);
    expiry(planning, prior, problems);
    warm(planning, prior, problems);
    consistency(planning, prior, problems);
}

fn items(value: &Value, name: &str) -> Vec<Value> {
    value.get(name).and_then(Value::items).unwrap_or_default().to_vec()
}

fn named<'a>(items: &'a [Value], key: &str, of: &Value) -> Option<&'a Value> {
    items.iter().find(|item| item.attr(key).same(&of.attr(key)))
}

fn first(value: &Value, name: &str) -> Option<Value> {
    items(value, name).into_iter().next()
}

/// Puts indexes in the place of those planned.
fn set_indexes(planning: &mut Planning<'_>, indexes: Vec<Value>) {
    let marks = planning.planned().attr("global_secondary_index").marks();
    planning.set("global_secondary_index", Value::set(GlobalIndex::block().ty(), indexes).marked(marks));
}

/// Capacity that is not declared: none is set aside for an on-demand table, and another needs some.
fn capacities(planning: &mut Planning<'_>, problems: &mut Diagnostics) {
    let mode = planning.planned().attr("billing_mode");
    let config = items(planning.config, "global_secondary_index");
    if mode.as_str() == Some(PAY_PER_REQUEST) {
        let planned = undeclared_capacity_is_none(planning.planned(), planning.config);
        for name in CAPACITIES {
            planning.set(name, planned.attr(name));
        }
        if planning.planned().attr("global_secondary_index").is_known() {
            let indexes = items(planning.planned(), "global_secondary_index");
            let quiet = |index: &Value| match named(&config, "name", index) {
                Some(declared) => undeclared_capacity_is_none(index, declared),
                None => index.clone(),
            };
            set_indexes(planning, indexes.iter().map(quiet).collect());
        }
    }
    if mode.as_str() == Some(PROVISIONED) {
        missing_capacity(planning.planned(), planning.config, None, problems);
        for index in items(planning.planned(), "global_secondary_index") {
            if let Some(declared) = named(&config, "name", &index) {
                missing_capacity(&index, declared, index.attr("name").as_str(), problems);
            }
        }
    }
}

const CAPACITIES: [&str; 2] = ["read_capacity", "write_capacity"];

fn undeclared_capacity_is_none(planned: &Value, config: &Value) -> Value {
    let mut planned = planned.clone();
    for name in CAPACITIES {
        if config.attr(name).is_null() {
            planned = planned.with(name, Value::number(0));
        }
    }
    planned
}

fn missing_capacity(planned: &Value, config: &Value, index: Option<&str>, problems: &mut Diagnostics) {
    for name in CAPACITIES {
        let value = planned.attr(name);
        // Unknown and not declared: there is no table yet that could have some.
        let missing = match value.is_known() {
            true => value.as_i64().is_none_or(|units| units < 1),
            false => config.attr(name).is_null(),
        };
        if missing {
            let of = index.map_or_else(|| "The table".to_owned(), |index| format!("The index `{index}`"));
            problems
                .error("Capacity missing")
                .on(if index.is_some() { "global_secondary_index" } else { name })
                .detail(format!("{of} needs `{name}`, since `billing_mode` is `{PROVISIONED}`."))
                .help(format!("Add `{name}` with at least 1, or set `billing_mode = \"{PAY_PER_REQUEST}\"`."));
        }
    }
}

/// A witness that is not declared goes with the last strongly consistent replica.
fn witness(planning: &mut Planning<'_>) {
    let planned = planning.planned();
    let strong = |replica: &Value| {
        let mode = replica.attr("consistency_mode");
        !mode.is_known() || mode.as_str() == Some(STRONG)
    };
    let any = !planned.attr("replica").is_known() || items(planned, "replica").iter().any(strong);
    if !any && planning.config.attr("global_table_witness").is_empty_or_null() {
        let ty = super::model::Witness::block().ty();
        planning.set("global_table_witness", Value::list(ty, Vec::new()));
    }
}

/// Replicas that may be behind turn the stream on, where the configuration leaves it open.
fn stream(planning: &mut Planning<'_>) {
    let config = planning.config;
    let open = config.attr("stream_enabled").is_null();
    let replicas = planning.planned().attr("replica");
    let eventual = |replica: &Value| replica.attr("consistency_mode").as_str().is_some_and(|mode| mode != STRONG);
    if open && items(planning.planned(), "replica").iter().any(eventual) {
        planning.set("stream_enabled", Value::bool(true));
        if config.attr("stream_view_type").is_null() {
            planning.set("stream_view_type", Value::string(BOTH_IMAGES));
        }
    }
    let enabled = planning.planned().attr("stream_enabled");
    let on = enabled.as_bool().unwrap_or_default();
    if planning.is_create() && enabled.is_known() && replicas.is_known() && !on {
        for name in ["stream_arn", "stream_label"] {
            planning.set(name, Value::string(""));
        }
        if config.attr("stream_view_type").is_null() {
            planning.set("stream_view_type", Value::string(""));
        }
    }
    // `follows` cannot say this: whether the stream changes shows only after replicas have turned it on.
    let running = |value: &Value| value.attr("stream_enabled").as_bool().unwrap_or_default();
    let changed = planning.prior.is_some_and(|prior| {
        running(prior) != on
            || (on && !prior.attr("stream_view_type").same(&planning.planned().attr("stream_view_type")))
    });
    if changed {
        planning.set_unknown("stream_arn", Type::String);
        planning.set_unknown("stream_label", Type::String);
    }
}

/// The key of an index as pairs of attribute and kind; `None` while part of it is unknown.
fn key(index: &Value) -> Option<Vec<(String, String)>> {
    let parts = items(index, "key_schema");
    if !index.attr("key_schema").is_known() {
        return None;
    }
    let pair = |name: &Value, kind: &Value| Some((name.as_str()?.to_owned(), kind.as_str()?.to_owned()));
    if !parts.is_empty() {
        return parts.iter().map(|part| pair(&part.attr("attribute_name"), &part.attr("key_type"))).collect();
    }
    let simple = [(index.attr("hash_key"), HASH), (index.attr("range_key"), RANGE)];
    let given = simple.iter().filter(|(name, _)| !name.is_empty_or_null());
    given.map(|(name, kind)| pair(name, &Value::string(kind))).collect()
}

/// An index whose key is written in another way than before, but is the same, keeps the way it was.
fn spelling(planning: &mut Planning<'_>, prior: &Value) {
    if !planning.planned().attr("global_secondary_index").is_known() {
        return;
    }
    let config = items(planning.config, "global_secondary_index");
    let before = items(prior, "global_secondary_index");
    let kept = |index: &Value| {
        // What is planned mixes the new spelling with computed parts of the old one.
        let (Some(declared), Some(before)) = (named(&config, "name", index), named(&before, "name", index)) else {
            return index.clone();
        };
        if key(declared).is_none_or(|key_wanted| Some(key_wanted) != key(before)) {
            return drop_other_spelling(index, declared);
        }
        ["hash_key", "range_key", "key_schema"]
            .iter()
            .fold(index.clone(), |index, part| index.with(part, before.attr(part)))
    };
    let indexes = items(planning.planned(), "global_secondary_index");
    if !indexes.is_empty() {
        set_indexes(planning, indexes.iter().map(kept).collect());
    }
}

/// A key of several attributes leaves no computed `hash_key` of an earlier one behind.
fn drop_other_spelling(index: &Value, declared: &Value) -> Value {
    if declared.attr("key_schema").is_empty_or_null() || !declared.attr("hash_key").is_null() {
        return index.clone();
    }
    index.with("hash_key", Value::null(Type::String))
}

fn replacements(planning: &mut Planning<'_>, prior: &Value) {
    let planned = planning.planned().clone();
    let (before, after) = (items(prior, "attribute"), items(&planned, "attribute"));
    let own = [planned.attr("hash_key"), planned.attr("range_key")];
    let local = items(&planned, "local_secondary_index").into_iter().map(|index| index.attr("range_key"));
    for name in own.into_iter().chain(local).filter(|name| name.as_str().is_some()) {
        let ty =
            |items: &[Value]| items.iter().find(|item| item.attr("name").same(&name)).map(|item| item.attr("type"));
        if let (Some(before), Some(after)) = (ty(&before), ty(&after))
            && after.is_known()
            && !before.same(&after)
        {
            planning.require_replace("attribute");
        }
    }
    // What a table was made from is history: to forget it changes nothing, to ask for another source does.
    for name in ORIGINS {
        let after = planned.attr(name);
        if !after.is_empty_or_null() && !after.same(&prior.attr(name)) {
            planning.require_replace(name);
        }
    }
}

const ORIGINS: [&str; 6] = [
    "restore_backup_arn",
    "restore_date_time",
    "restore_source_name",
    "restore_source_table_arn",
    "restore_to_latest_time",
    "import_table",
];

fn expiry(planning: &Planning<'_>, prior: &Value, problems: &mut Diagnostics) {
    let running = |value: &Value| {
        let ttl = first(value, "ttl")?;
        let name = ttl.attr("attribute_name");
        (ttl.attr("enabled").as_bool() == Some(true)).then(|| name.as_str().map(str::to_owned)).flatten()
    };
    let (Some(before), Some(after)) = (running(prior), running(planning.planned())) else {
        return;
    };
    if before != after && !before.is_empty() && !after.is_empty() {
        problems
            .error("Expiry cannot change its attribute in one step")
            .on("ttl.0.attribute_name")
            .detail(format!(
                "Items expire by `{before}` now. DynamoDB takes one change of expiry an hour, and the attribute changes only \
                 while expiry is off."
            ))
            .help(format!(
                "Set `enabled = false` and apply; wait an hour; then set `attribute_name = \"{after}\"` and \
                 `enabled = true` and apply again."
            ));
    }
}

fn warm(planning: &Planning<'_>, prior: &Value, problems: &mut Diagnostics) {
    let mut compare = |before: &Value, after: &Value, config: &Value, path: &str| {
        let (Some(before), Some(after)) = (first(before, "warm_throughput"), first(after, "warm_throughput")) else {
            return;
        };
        let declared = first(config, "warm_throughput");
        for name in ["read_units_per_second", "write_units_per_second"] {
            let (Some(from), Some(to)) = (before.attr(name).as_i64(), after.attr(name).as_i64()) else {
                continue;
            };
            if to < from && declared.as_ref().is_some_and(|block| !block.attr(name).is_null()) {
                problems
                    .error("Warm throughput cannot be lowered")
                    .on(path)
                    .detail(format!("`{name}` is {from} now, and DynamoDB refuses to go down to {to}."))
                    .help(format!("Set it to {from} or more, or remove it from the configuration."));
            }
        }
    };
    compare(prior, planning.planned(), planning.config, "warm_throughput");
    let (before, config) = (items(prior, "global_secondary_index"), items(planning.config, "global_secondary_index"));
    for index in items(planning.planned(), "global_secondary_index") {
        if let (Some(before), Some(config)) = (named(&before, "name", &index), named(&config, "name", &index)) {
            compare(before, &index, config, "global_secondary_index");
        }
    }
}

fn consistency(planning: &Planning<'_>, prior: &Value, problems: &mut Diagnostics) {
    let before = items(prior, "replica");
    for replica in items(planning.planned(), "replica") {
        let Some(before) = named(&before, "region_name", &replica) else {
            continue;
        };
        let (from, to) = (before.attr("consistency_mode"), replica.attr("consistency_mode"));
        if let (Some(from), Some(to), Some(region)) = (from.as_str(), to.as_str(), replica.attr("region_name").as_str())
            && !from.is_empty()
            && from != to
        {
            problems
                .error("Consistency of a replica cannot change")
                .on("replica")
                .detail(format!("The replica in `{region}` is {from}, and DynamoDB sets that when a replica is added."))
                .help(format!("Remove the replicas and apply; then add them with `consistency_mode = \"{to}\"`."));
        }
    }
}

#[cfg(test)]
mod tests;
