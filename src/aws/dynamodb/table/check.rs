//! Rules of a table that its schema cannot state. Any value may be unknown; then it breaks no rule yet.

use std::collections::BTreeSet;

use super::model::{BOTH_IMAGES, HASH, PAY_PER_REQUEST, PROVISIONED, RANGE, STRONG};
use crate::diagnostic::Diagnostics;
use crate::value::Value;

/// AWS's limit on local indexes, which no quota raises.
const LOCAL_INDEXES: usize = 5;
/// How many attributes of either kind the key of a global index may have.
const KEY_PARTS: usize = 4;

/// Checks what is wanted.
pub(super) fn check(wanted: &Value, problems: &mut Diagnostics) {
    name(wanted, problems);
    keys(wanted, problems);
    attributes(wanted, problems);
    indexes(wanted, problems);
    billing(wanted, problems);
    stream_and_replicas(wanted, problems);
    settings(wanted, problems);
    origin(wanted, problems);
}

/// A text argument: `None` while it is unknown, `Some("")` where it is absent.
fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    match value.get(name) {
        Some(found) if !found.is_known() => None,
        Some(found) => Some(found.as_str().unwrap_or_default()),
        None => Some(""),
    }
}

/// Whether an argument is known to be there.
fn is_given(value: &Value, name: &str) -> bool {
    value.get(name).is_some_and(|found| found.is_known() && !found.is_empty_or_null())
}

/// The blocks of a name: `None` while it is unknown which there are.
fn blocks<'a>(value: &'a Value, name: &str) -> Option<&'a [Value]> {
    match value.get(name) {
        Some(found) if !found.is_known() => None,
        Some(found) => Some(found.items().unwrap_or_default()),
        None => Some(&[]),
    }
}

/// The only block of a name, if there is one and it is known.
fn block<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    blocks(value, name).and_then(<[Value]>::first)
}

fn name(wanted: &Value, problems: &mut Diagnostics) {
    let Some(name) = wanted.get("name").and_then(Value::as_str) else {
        return;
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if !(3..=255).contains(&name.len()) || !name.chars().all(allowed) {
        problems
            .error("Invalid table name")
            .on("name")
            .detail(format!("`{name}` is not a name that DynamoDB takes for a table."))
            .help("Use 3 to 255 letters, digits, underscores, dots and hyphens.");
    }
}

/// Whether the table is made from a backup or another table, as far as it is known.
fn is_restored(wanted: &Value) -> bool {
    ["restore_backup_arn", "restore_source_name", "restore_source_table_arn"]
        .iter()
        .any(|name| wanted.get(name).is_some_and(|found| !found.is_empty_or_null()))
}

fn keys(wanted: &Value, problems: &mut Diagnostics) {
    if text(wanted, "hash_key") == Some("") && !is_restored(wanted) {
        problems
            .error("Table without a key")
            .detail("A table needs a partition key, the attribute that `hash_key` names.")
            .help("Add `hash_key = \"id\"` and an `attribute` block with its type.");
    }
    let local = blocks(wanted, "local_secondary_index").unwrap_or_default();
    if !local.is_empty() && text(wanted, "range_key") == Some("") && !is_restored(wanted) {
        problems
            .error("Local index on a table without a sort key")
            .on("local_secondary_index")
            .detail("A local index is another sort order beside that of the table, so the table needs one itself.")
            .help("Add a `range_key`, or use a `global_secondary_index`.");
    }
    if local.len() > LOCAL_INDEXES {
        problems
            .error("Too many local indexes")
            .on("local_secondary_index")
            .detail(format!(
                "A table has {LOCAL_INDEXES} local indexes at most, and this one asks for {}.",
                local.len()
            ))
            .help("Make some of them global indexes.");
    }
}

/// The attributes that are part of a key, with where they are used; `None` while some are unknown.
fn keys_in_use(wanted: &Value) -> Option<Vec<(String, &'static str)>> {
    let mut used = Vec::new();
    let mut add = |name: &str, at: &'static str| {
        if !name.is_empty() {
            used.push((name.to_owned(), at));
        }
    };
    add(text(wanted, "hash_key")?, "hash_key");
    add(text(wanted, "range_key")?, "range_key");
    for index in blocks(wanted, "local_secondary_index")? {
        add(text(index, "range_key")?, "local_secondary_index");
    }
    for index in blocks(wanted, "global_secondary_index")? {
        let parts = blocks(index, "key_schema")?;
        for part in parts {
            add(text(part, "attribute_name")?, "global_secondary_index");
        }
        if parts.is_empty() {
            add(text(index, "hash_key")?, "global_secondary_index");
            add(text(index, "range_key")?, "global_secondary_index");
        }
    }
    Some(used)
}

fn attributes(wanted: &Value, problems: &mut Diagnostics) {
    let Some(defined) = blocks(wanted, "attribute") else {
        return;
    };
    let Some(names) = defined.iter().map(|block| text(block, "name")).collect::<Option<Vec<_>>>() else {
        return;
    };
    let unique: BTreeSet<&str> = names.iter().copied().collect();
    if unique.len() < names.len() {
        problems
            .error("Attribute defined twice")
            .on("attribute")
            .detail("Two `attribute` blocks give types to one attribute.")
            .help("Keep one of them.");
    }
    let Some(used) = keys_in_use(wanted) else {
        return;
    };
    // A restored table takes its definitions from its source where there are none.
    if defined.is_empty() && is_restored(wanted) {
        return;
    }
    let mut told = BTreeSet::new();
    for (name, at) in &used {
        if !unique.contains(name.as_str()) && told.insert(name) {
            problems
                .error("Key attribute without a type")
                .on(*at)
                .detail(format!("`{name}` is part of a key, but no `attribute` block gives its type."))
                .help(format!(
                    "Add `attribute {{ name = \"{name}\" type = \"S\" }}`, with `N` or `B` where it is no text."
                ));
        }
    }
    for name in unique.iter().filter(|name| !used.iter().any(|(key, _)| key == *name)) {
        problems
            .error("Attribute that no key uses")
            .on("attribute")
            .detail(format!(
                "`{name}` is part of no key of the table or its indexes. DynamoDB takes the types of key attributes only, \
                 and refuses others."
            ))
            .help("Remove the block; items may have any attribute without it.");
    }
}

fn indexes(wanted: &Value, problems: &mut Diagnostics) {
    let mut names = BTreeSet::new();
    for kind in ["global_secondary_index", "local_secondary_index"] {
        for index in blocks(wanted, kind).unwrap_or_default() {
            if let Some(name) = text(index, "name")
                && !name.is_empty()
                && !names.insert(name)
            {
                problems
                    .error("Two indexes of one name")
                    .on(kind)
                    .detail(format!("The name `{name}` is used by another index of the table."))
                    .help("Give each index a name of its own.");
            }
            projection(index, kind, problems);
        }
    }
    for index in blocks(wanted, "global_secondary_index").unwrap_or_default() {
        index_key(index, problems);
    }
}

fn projection(index: &Value, kind: &'static str, problems: &mut Diagnostics) {
    let name = text(index, "name").unwrap_or_default();
    let Some(projection) = text(index, "projection_type") else {
        return;
    };
    let listed = index.get("non_key_attributes");
    let empty = listed.is_none_or(Value::is_empty_or_null);
    if projection == "INCLUDE" && empty {
        problems
            .error("Projection without attributes")
            .on(kind)
            .detail(format!("The index `{name}` is to hold the attributes of a list, but there is no list."))
            .help("Add `non_key_attributes`, or set `projection_type` to `ALL` or `KEYS_ONLY`.");
    }
    if projection != "INCLUDE" && !empty && listed.is_some_and(Value::is_known) {
        problems
            .error("List of attributes without its projection")
            .on(kind)
            .detail(format!("The index `{name}` lists attributes, which only the projection `INCLUDE` takes."))
            .help("Remove `non_key_attributes`, or set `projection_type = \"INCLUDE\"`.");
    }
}

fn index_key(index: &Value, problems: &mut Diagnostics) {
    let Some(parts) = blocks(index, "key_schema") else {
        return;
    };
    let name = text(index, "name").unwrap_or_default();
    if parts.is_empty() {
        if text(index, "hash_key") == Some("") {
            problems
                .error("Index without a key")
                .on("global_secondary_index")
                .detail(format!("The index `{name}` has neither a `hash_key` nor `key_schema` blocks."))
                .help("Add `hash_key`, the attribute that the index is asked by.");
        }
        return;
    }
    let Some(kinds) = parts.iter().map(|part| text(part, "key_type")).collect::<Option<Vec<_>>>() else {
        return;
    };
    let count = |kind: &str| kinds.iter().filter(|found| **found == kind).count();
    if !(1..=KEY_PARTS).contains(&count(HASH)) || count(RANGE) > KEY_PARTS {
        problems
            .error("Key of the wrong length")
            .on("global_secondary_index")
            .detail(format!(
                "The key of the index `{name}` has {} HASH and {} RANGE attributes.",
                count(HASH),
                count(RANGE)
            ))
            .help(format!("Use one to {KEY_PARTS} HASH attributes, and {KEY_PARTS} RANGE attributes at most."));
    }
    if kinds.windows(2).any(|pair| pair == [RANGE, HASH]) {
        problems
            .error("Key in the wrong order")
            .on("global_secondary_index")
            .detail(format!("In the key of the index `{name}` a HASH attribute follows a RANGE attribute."))
            .help("Put the `key_schema` blocks of the partition key first.");
    }
}

fn billing(wanted: &Value, problems: &mut Diagnostics) {
    let mode = text(wanted, "billing_mode");
    let indexes = blocks(wanted, "global_secondary_index").unwrap_or_default();
    let places = std::iter::once((wanted, None)).chain(indexes.iter().map(|index| (index, text(index, "name"))));
    for (place, index) in places {
        let of = index.map_or_else(String::new, |name| format!(" of the index `{name}`"));
        for capacity in ["read_capacity", "write_capacity"] {
            if mode == Some(PAY_PER_REQUEST) && is_given(place, capacity) {
                problems
                    .error("Capacity set aside for an on-demand table")
                    .on(if index.is_some() { "global_secondary_index" } else { capacity })
                    .detail(format!("`{capacity}`{of} has no place where `billing_mode` is `{PAY_PER_REQUEST}`."))
                    .help(format!("Remove it, or set `billing_mode = \"{PROVISIONED}\"`."));
            }
        }
        if mode == Some(PROVISIONED) && block(place, "on_demand_throughput").is_some() {
            problems
                .error("On-demand limits for capacity set aside")
                .on(if index.is_some() { "global_secondary_index" } else { "on_demand_throughput" })
                .detail(format!("`on_demand_throughput`{of} has no place where `billing_mode` is `{PROVISIONED}`."))
                .help(format!("Remove the block, or set `billing_mode = \"{PAY_PER_REQUEST}\"`."));
        }
    }
}

fn stream_and_replicas(wanted: &Value, problems: &mut Diagnostics) {
    let enabled = wanted.get("stream_enabled").filter(|value| value.is_known()).map(Value::as_bool);
    let view = text(wanted, "stream_view_type");
    if enabled == Some(Some(true)) && view == Some("") {
        problems
            .error("Stream without a view type")
            .on("stream_enabled")
            .detail("A stream has to be told what its records hold.")
            .help("Add `stream_view_type`, such as `NEW_AND_OLD_IMAGES`.");
    }
    let Some(replicas) = blocks(wanted, "replica") else {
        return;
    };
    let Some(modes) = replicas.iter().map(|replica| text(replica, "consistency_mode")).collect::<Option<Vec<_>>>()
    else {
        return;
    };
    let strong = modes.iter().filter(|mode| **mode == STRONG).count();
    let eventual = modes.len() - strong;
    if eventual > 0
        && (enabled == Some(Some(false)) || view.is_some_and(|view| !view.is_empty() && view != BOTH_IMAGES))
    {
        problems
            .error("Replicas without the stream they need")
            .on("replica")
            .detail("Replicas are fed by the table's stream, which has to hold both images of each item.")
            .help(format!(
                "Remove `stream_enabled` and `stream_view_type`, or set them to `true` and `{BOTH_IMAGES}`."
            ));
    }
    let mut regions = BTreeSet::new();
    let own = wanted.get("region").and_then(Value::as_str);
    for region in replicas.iter().filter_map(|replica| text(replica, "region_name")) {
        if Some(region) == own || !regions.insert(region) {
            problems
                .error("Two copies of a table in one region")
                .on("replica")
                .detail(format!("`{region}` holds the table or another of its replicas already."))
                .help("Give each replica a region of its own.");
        }
    }
    let witnesses = blocks(wanted, "global_table_witness").unwrap_or_default().len();
    if strong > 0 && eventual > 0 {
        problems
            .error("Replicas of two kinds of consistency")
            .on("replica")
            .detail("The replicas of one table are all strongly consistent, or none of them is.")
            .help("Give all of them the same `consistency_mode`.");
    } else if (strong > 0 && strong + witnesses != 2) || (strong == 0 && witnesses > 0) {
        problems
            .error("Wrong number of regions for strong consistency")
            .on(if witnesses > 0 { "global_table_witness" } else { "replica" })
            .detail(format!(
                "Strong consistency takes three regions: the table's own, and two replicas or one and a witness. There are \
                 {strong} strongly consistent replicas and {witnesses} witnesses."
            ))
            .help("Add the one that is missing, or set `consistency_mode = \"EVENTUAL\"` and remove the witness.");
    }
}

fn settings(wanted: &Value, problems: &mut Diagnostics) {
    if let Some(ttl) = block(wanted, "ttl")
        && ttl.get("enabled").and_then(Value::as_bool) == Some(true)
        && text(ttl, "attribute_name") == Some("")
    {
        problems
            .error("Expiry without an attribute")
            .on("ttl")
            .detail("Items expire by the time that one of their attributes holds, and the block names none.")
            .help("Add `attribute_name`.");
    }
    if let Some(encryption) = block(wanted, "server_side_encryption")
        && encryption.get("enabled").and_then(Value::as_bool) == Some(false)
        && is_given(encryption, "kms_key_arn")
    {
        problems
            .error("Key for encryption that is off")
            .on("server_side_encryption.0.kms_key_arn")
            .detail("With `enabled = false` the table is encrypted with DynamoDB's own key.")
            .help("Set `enabled = true`, or remove `kms_key_arn`.");
    }
    let period = block(wanted, "point_in_time_recovery").and_then(|block| block.get("recovery_period_in_days"));
    if period.and_then(Value::as_i64).is_some_and(|days| days < 1) {
        problems
            .error("Recovery period of no days")
            .on("point_in_time_recovery.0.recovery_period_in_days")
            .detail("Backups reach at least one day back.")
            .help("Use 1 to 35 days, or set `enabled = false`.");
    }
}

fn origin(wanted: &Value, problems: &mut Diagnostics) {
    let by_time = is_given(wanted, "restore_source_name") || is_given(wanted, "restore_source_table_arn");
    let latest = wanted.get("restore_to_latest_time");
    let absent = |value: Option<&Value>| value.is_none_or(Value::is_empty_or_null);
    if by_time && absent(wanted.get("restore_date_time")) && absent(latest) {
        problems
            .error("Restore without a moment")
            .on(if is_given(wanted, "restore_source_name") {
                "restore_source_name"
            } else {
                "restore_source_table_arn"
            })
            .detail("A table is restored to the state that another had at some moment.")
            .help("Add `restore_to_latest_time = true`, or `restore_date_time`.");
    }
    if let Some(time) = wanted.get("restore_date_time").and_then(Value::as_str)
        && !time.is_empty()
        && time.parse::<jiff::Timestamp>().is_err()
    {
        problems
            .error("Invalid time")
            .on("restore_date_time")
            .detail(format!("`{time}` is not an RFC 3339 time."))
            .help("Write it as in `2026-08-01T12:00:00Z`.");
    }
    let Some(import) = block(wanted, "import_table") else {
        return;
    };
    if is_restored(wanted) {
        problems
            .error("Table with two origins")
            .on("import_table")
            .detail("A table is either restored or imported.")
            .help("Remove `import_table` or the `restore_…` arguments.");
    }
    if !blocks(wanted, "local_secondary_index").unwrap_or_default().is_empty() {
        problems
            .error("Imported table with a local index")
            .on("local_secondary_index")
            .detail("An import makes tables without local indexes, and they cannot be added afterwards.")
            .help("Use a `global_secondary_index`.");
    }
    let csv = block(import, "input_format_options").and_then(|options| block(options, "csv"));
    if csv.is_some() && text(import, "input_format").is_some_and(|format| format != "CSV") {
        problems
            .error("CSV options for another format")
            .on("import_table.0.input_format_options")
            .detail("The options are for files whose `input_format` is `CSV`.")
            .help("Remove the `csv` block.");
    }
}

#[cfg(test)]
mod tests;
