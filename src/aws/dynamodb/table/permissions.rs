//! What a table needs leave for: its calls, and what DynamoDB does in the name of its caller.

use crate::aws::permissions::{Here, at, differ, given, is_given, is_written, retag};
use crate::resource::permission::pattern;
use crate::resource::{Grant, Need};
use crate::value::Value;

const READ: [&str; 4] = [
    "dynamodb:DescribeContinuousBackups",
    "dynamodb:DescribeTable",
    "dynamodb:DescribeTimeToLive",
    "dynamodb:ListTagsOfResource",
];

/// What `UpdateTable` changes.
const UPDATED: &[&str] = &[
    "attribute",
    "billing_mode",
    "deletion_protection_enabled",
    "global_secondary_index",
    "global_table_witness",
    "on_demand_throughput",
    "read_capacity",
    "server_side_encryption",
    "stream_enabled",
    "stream_view_type",
    "table_class",
    "warm_throughput",
    "write_capacity",
];

/// DynamoDB fills a restored table and a copy in the name of its caller.
const FILL: [&str; 7] = [
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
];

/// What DynamoDB does with a table's key in the name of its caller.
const KEY: [&str; 8] = [
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
];

/// The ARN of a table of this account.
pub(super) fn arn(here: &Here, name: &str) -> String {
    here.arn("dynamodb", &format!("table/{name}"))
}

/// What a table needs.
pub(super) fn table(here: &Here, need: Need<'_>) -> Vec<Grant> {
    match need {
        Need::Read(it) | Need::List(it) => read(here, it),
        Need::Create(it) => create(here, it),
        Need::Update(prior, wanted) => update(here, prior, wanted),
        Need::Delete(it) => delete(here, it),
        Need::Recover(it) => {
            let mut found = read(here, it);
            if is_written(&it.attr("import_table")) {
                found.extend(imports(here, &name(it), &["dynamodb:ListImports"]));
            }
            found
        }
    }
}

fn name(it: &Value) -> String {
    pattern(&it.attr("name"))
}

fn own(here: &Here, it: &Value) -> String {
    arn(here, &name(it))
}

fn read(here: &Here, it: &Value) -> Vec<Grant> {
    let mut found = Grant::all(&READ, &own(here, it));
    for there in copies(here, it) {
        found.extend(Grant::all(&READ[..2], &there));
    }
    found
}

/// The ARNs of the copies in other regions; one for any region, where not all are known.
fn copies(here: &Here, it: &Value) -> Vec<String> {
    let replicas = it.attr("replica");
    let there = |region: &str| here.arn_in(region, "dynamodb", &format!("table/{}", name(it)));
    match replicas.items() {
        Some(replicas) => replicas.iter().map(|replica| there(&pattern(&replica.attr("region_name")))).collect(),
        None if !replicas.is_known() => vec![there("*")],
        None => Vec::new(),
    }
}

fn create(here: &Here, it: &Value) -> Vec<Grant> {
    let own = own(here, it);
    let mut found = Vec::new();
    let restores = ["restore_backup_arn", "restore_source_name", "restore_source_table_arn"];
    if is_written(&it.attr("import_table")) {
        found.extend(import(here, it));
    } else if restores.iter().any(|name| is_given(&it.attr(name))) {
        found.extend(restore(here, it, &own));
        // Tags cannot be given to a restoration.
        found.push(Grant::new("dynamodb:TagResource", &*own));
    } else {
        // A table is made with a tag of recon's, and looked at until it is ready or where its name is taken.
        let actions =
            ["dynamodb:CreateTable", "dynamodb:TagResource", "dynamodb:DescribeTable", "dynamodb:ListTagsOfResource"];
        found.extend(Grant::all(&actions, &own));
    }
    let mut later = Vec::new();
    if is_written(&it.attr("ttl")) {
        later.push("dynamodb:UpdateTimeToLive");
    }
    if is_written(&it.attr("point_in_time_recovery")) {
        later.push("dynamodb:UpdateContinuousBackups");
    }
    found.extend(Grant::all(&later, &own));
    if is_written(&it.attr("replica")) || is_written(&it.attr("global_table_witness")) {
        found.extend(replicate(here, it, &own));
    }
    if !later.is_empty() || is_written(&it.attr("replica")) {
        found.extend(read(here, it));
    }
    found.extend(here.use_key(&at(it, "server_side_encryption.0.kms_key_arn"), "dynamodb", &KEY));
    found
}

fn restore(here: &Here, it: &Value, own: &str) -> Vec<Grant> {
    let mut found = Grant::all(&FILL, own);
    found.extend(read(here, it));
    let backup = it.attr("restore_backup_arn");
    if is_given(&backup) {
        let backup = given(&backup).unwrap_or_else(|| here.arn("dynamodb", "table/*/backup/*"));
        let action = "dynamodb:RestoreTableFromBackup";
        found.extend([Grant::new(action, backup), Grant::new(action, own)]);
        return found;
    }
    let source = it.attr("restore_source_table_arn");
    let source = match is_given(&source) {
        true => given(&source).unwrap_or_else(|| arn(here, "*")),
        false => arn(here, &pattern(&it.attr("restore_source_name"))),
    };
    let action = "dynamodb:RestoreTableToPointInTime";
    found.extend([Grant::new(action, source), Grant::new(action, own)]);
    found
}

/// An import reads a bucket and writes a log in the name of its caller.
fn import(here: &Here, it: &Value) -> Vec<Grant> {
    let own = own(here, it);
    let mut found = Grant::all(&["dynamodb:ImportTable", "dynamodb:TagResource"], &own);
    found.extend(read(here, it));
    found.extend(imports(here, &name(it), &[]));
    let bucket = pattern(&at(it, "import_table.0.s3_bucket_source.0.bucket"));
    let prefix = at(it, "import_table.0.s3_bucket_source.0.key_prefix");
    let prefix = if is_given(&prefix) { pattern(&prefix) } else { String::new() };
    found.push(Grant::new("s3:GetObject", here.s3(&format!("{bucket}/{prefix}*"))));
    found.push(Grant::new("s3:ListBucket", here.s3(&bucket)));
    let logs = here.arn("logs", "log-group:/aws-dynamodb/*");
    let writes = [
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:DescribeLogStreams",
        "logs:PutLogEvents",
        "logs:PutRetentionPolicy",
    ];
    found.extend(Grant::all(&writes, &logs));
    found.push(Grant::new("logs:DescribeLogGroups", "*"));
    found
}

/// What looks at the imports of a table.
fn imports(here: &Here, name: &str, more: &[&'static str]) -> Vec<Grant> {
    let mut found = vec![Grant::new("dynamodb:DescribeImport", arn(here, &format!("{name}/import/*")))];
    found.extend(Grant::all(more, &arn(here, name)));
    found
}

/// What adds copies and witnesses.
fn replicate(here: &Here, it: &Value, own: &str) -> Vec<Grant> {
    let mut places = copies(here, it);
    places.push(own.to_owned());
    let mut actions = FILL.to_vec();
    actions.extend(["dynamodb:CreateTable", "dynamodb:CreateTableReplica", "dynamodb:DescribeTable"]);
    actions.extend(["dynamodb:TagResource", "dynamodb:UpdateContinuousBackups", "dynamodb:UpdateTable"]);
    if is_written(&it.attr("global_table_witness")) {
        actions.push("dynamodb:CreateGlobalTableWitness");
    }
    let mut found: Vec<Grant> = places.iter().flat_map(|place| Grant::all(&actions, place)).collect();
    found.push(here.service_role("replication.dynamodb.amazonaws.com"));
    found
}

/// What removes copies and witnesses.
fn unreplicate(here: &Here, it: &Value, own: &str) -> Vec<Grant> {
    let mut places = copies(here, it);
    places.push(own.to_owned());
    let mut actions = vec!["dynamodb:DeleteTable", "dynamodb:DeleteTableReplica", "dynamodb:UpdateTable"];
    if is_written(&it.attr("global_table_witness")) {
        actions.push("dynamodb:DeleteGlobalTableWitness");
    }
    places.iter().flat_map(|place| Grant::all(&actions, place)).collect()
}

fn update(here: &Here, prior: &Value, wanted: &Value) -> Vec<Grant> {
    let own = own(here, prior);
    let mut found = read(here, wanted);
    let mut actions = Vec::new();
    if differ(prior, wanted, UPDATED) {
        actions.push("dynamodb:UpdateTable");
        found.extend(here.use_key(&at(wanted, "server_side_encryption.0.kms_key_arn"), "dynamodb", &KEY));
    }
    if differ(prior, wanted, &["ttl"]) {
        actions.push("dynamodb:UpdateTimeToLive");
    }
    if differ(prior, wanted, &["point_in_time_recovery"]) {
        actions.push("dynamodb:UpdateContinuousBackups");
    }
    found.extend(Grant::all(&actions, &own));
    if differ(prior, wanted, &["replica", "global_table_witness"]) {
        found.extend(unreplicate(here, prior, &own));
        found.extend(replicate(here, wanted, &own));
        found.extend(read(here, prior));
    }
    let tags = ("dynamodb:TagResource", "dynamodb:UntagResource");
    for place in copies(here, wanted).into_iter().chain([own]) {
        found.extend(retag((prior, wanted), tags, &place));
    }
    found
}

fn delete(here: &Here, it: &Value) -> Vec<Grant> {
    let own = own(here, it);
    let mut found = Grant::all(&["dynamodb:DeleteTable", "dynamodb:DescribeTable"], &own);
    // AWS does not delete a table that has copies.
    if is_written(&it.attr("replica")) || is_written(&it.attr("global_table_witness")) {
        found.extend(unreplicate(here, it, &own));
        found.extend(read(here, it));
    }
    found
}
