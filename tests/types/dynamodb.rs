//! DynamoDB tables on ministack and moto, and on a service that is as slow and strict as AWS.

#![expect(clippy::unwrap_used, reason = "a failure here fails the test")]

mod slow;

use recon::resource::{ErrorKind, Registry, Run};
use recon::testing::emulator::{Emulator, Kind};
use recon::testing::suite::{Subject, plan};
use recon::value::Value;
use serde_json::{Value as Json, json};

const TABLE: &str = "aws_dynamodb_table";

/// The JSON object with some members put in place.
fn with(base: &Json, changes: Json) -> Json {
    let mut result = base.clone();
    let (Some(members), Json::Object(changes)) = (result.as_object_mut(), changes) else {
        panic!("a configuration is an object");
    };
    members.extend(changes);
    result
}

fn attributes(names: &[&str]) -> Json {
    names.iter().map(|name| json!({"name": name, "type": "S"})).collect()
}

fn on_demand(name: &str) -> Json {
    json!({"name": name, "billing_mode": "PAY_PER_REQUEST", "hash_key": "id", "attribute": attributes(&["id"])})
}

fn index(name: &str, hash: &str) -> Json {
    json!({"name": name, "hash_key": hash, "projection_type": "ALL"})
}

fn known(subject: &Subject, name: &str) -> String {
    subject.state.attr(name).as_str().unwrap_or_default().to_owned()
}

async fn settings(registry: &Registry, name: &str, has_classes: bool) {
    let plain = on_demand(name);
    let mut table = Subject::create(registry, TABLE, &plain).await;
    assert_eq!(known(&table, "id"), name);
    assert!(known(&table, "arn").ends_with(&format!(":table/{name}")));
    let mut steps = vec![
        json!({"tags": {"team": "web", "stage": "dev"}}),
        json!({"tags": {"team": "api"}}),
        json!({"ttl": [{"attribute_name": "expires", "enabled": true}]}),
        json!({"ttl": [{"enabled": false}]}),
        json!({"point_in_time_recovery": [{"enabled": true, "recovery_period_in_days": 7}]}),
        json!({"point_in_time_recovery": [{"enabled": false}]}),
        json!({"stream_enabled": true, "stream_view_type": "NEW_IMAGE"}),
        json!({"deletion_protection_enabled": true}),
        json!({"deletion_protection_enabled": false}),
    ];
    if has_classes {
        steps.extend([
            json!({"stream_enabled": true, "stream_view_type": "KEYS_ONLY"}),
            json!({"stream_enabled": false, "stream_view_type": null}),
            json!({"server_side_encryption": [{"enabled": true}]}),
            json!({"server_side_encryption": [{"enabled": false}]}),
            json!({"table_class": "STANDARD_INFREQUENT_ACCESS"}),
            json!({"on_demand_throughput": [{"max_read_request_units": 10, "max_write_request_units": 5}]}),
            json!({"on_demand_throughput": []}),
        ]);
    }
    let mut wanted = plain;
    for step in steps {
        wanted = with(&wanted, step);
        table.update(&wanted).await;
    }
    table.delete().await;
}

async fn indexes(registry: &Registry, name: &str) {
    let base = on_demand(name);
    let mut table = Subject::create(
        registry,
        TABLE,
        &with(
            &base,
            json!({"attribute": attributes(&["id", "a", "b"]), "global_secondary_index": [index("by-a", "a"), index("by-b", "b")]}),
        ),
    )
    .await;
    // One index goes, one stays, two come.
    let three = json!([index("by-b", "b"), index("by-c", "c"),
        {"name": "by-d", "hash_key": "d", "range_key": "id", "projection_type": "INCLUDE", "non_key_attributes": ["y", "x"]}]);
    let wanted = with(&base, json!({"attribute": attributes(&["id", "b", "c", "d"]), "global_secondary_index": three}));
    table.update(&wanted).await;
    // The same index with another projection.
    let projected = json!([{"name": "by-b", "hash_key": "b", "projection_type": "KEYS_ONLY"}]);
    table
        .update(&with(&base, json!({"attribute": attributes(&["id", "b"]), "global_secondary_index": projected})))
        .await;
    // The last one.
    table.update(&base).await;
    assert_eq!(table.state.attr("global_secondary_index").items().map(<[Value]>::len), Some(0));
    let spelled = json!([{"name": "by-a", "projection_type": "ALL", "key_schema": [{"attribute_name": "a", "key_type": "HASH"}]}]);
    table.update(&with(&base, json!({"attribute": attributes(&["id", "a"]), "global_secondary_index": spelled}))).await;
    table.delete().await;
}

async fn capacity(registry: &Registry, name: &str) {
    let provisioned = |table: i64, index: i64| {
        json!({"name": name, "billing_mode": "PROVISIONED", "read_capacity": table, "write_capacity": table,
            "hash_key": "id", "range_key": "at", "attribute": attributes(&["id", "at", "a", "l"]),
            "global_secondary_index": [{"name": "by-a", "hash_key": "a", "projection_type": "ALL",
                "read_capacity": index, "write_capacity": index}],
            "local_secondary_index": [{"name": "by-l", "range_key": "l", "projection_type": "INCLUDE",
                "non_key_attributes": ["y", "x"]}]})
    };
    let mut table = Subject::create(registry, TABLE, &provisioned(5, 2)).await;
    table.update(&provisioned(6, 2)).await;
    table.update(&provisioned(6, 3)).await;
    table.update(&provisioned(7, 4)).await;
    let mut flipped = with(
        &provisioned(1, 1),
        json!({"billing_mode": "PAY_PER_REQUEST", "read_capacity": null, "write_capacity": null}),
    );
    flipped["global_secondary_index"] = json!([index("by-a", "a")]);
    table.update(&flipped).await;
    assert_eq!(table.state.attr("read_capacity").as_i64(), Some(0));
    table.update(&provisioned(4, 4)).await;
    // Neither the order of what a local index holds nor that of blocks means anything.
    let mut reordered = provisioned(4, 4);
    reordered["local_secondary_index"][0]["non_key_attributes"] = json!(["x", "y"]);
    let change = plan(registry.resource(TABLE).unwrap().as_ref(), &reordered, Some(&table.state));
    assert!(change.differences.is_empty(), "{:#?}", change.differences);
    let mut swapped = with(&reordered, json!({"hash_key": "a"}));
    swapped["global_secondary_index"][0]["hash_key"] = json!("id");
    table.assert_replaces(&swapped, &["hash_key"]);
    let mut local = provisioned(4, 4);
    local["local_secondary_index"][0]["projection_type"] = json!("ALL");
    local["local_secondary_index"][0]["non_key_attributes"] = json!([]);
    let change = plan(registry.resource(TABLE).unwrap().as_ref(), &local, Some(&table.state));
    assert!(change.replace_paths.iter().all(|path| path.first() == Some("local_secondary_index")));
    assert!(!change.replace_paths.is_empty());
    table.delete().await;
}

/// A table with all settings at once, as its creation and the calls after it make them.
async fn everything_at_creation(registry: &Registry, name: &str) {
    let wanted = with(
        &on_demand(name),
        json!({
            "attribute": attributes(&["id", "a"]),
            "global_secondary_index": [index("by-a", "a")],
            "stream_enabled": true, "stream_view_type": "NEW_AND_OLD_IMAGES",
            "server_side_encryption": [{"enabled": true}],
            "ttl": [{"attribute_name": "expires", "enabled": true}],
            "point_in_time_recovery": [{"enabled": true}],
            "warm_throughput": [{"read_units_per_second": 13000, "write_units_per_second": 5000}],
            "tags": {"team": "web"},
        }),
    );
    let mut table = Subject::create(registry, TABLE, &wanted).await;
    assert!(known(&table, "stream_arn").contains("/stream/"));
    table.update(&with(&wanted, json!({"ttl": [{"attribute_name": "expires", "enabled": false}], "tags": {}}))).await;
    table.delete().await;
}

#[tokio::test]
async fn tables_on_ministack() {
    let emulator = Emulator::start(Kind::Ministack);
    let registry = emulator.registry();
    settings(&registry, "settings", true).await;
    indexes(&registry, "indexes").await;
    capacity(&registry, "capacity").await;
    everything_at_creation(&registry, "everything").await;
    replicas(&registry).await;
    refusals(&registry).await;
    drift(&registry, &emulator).await;
}

#[tokio::test]
async fn tables_on_moto() {
    let emulator = Emulator::start(Kind::Moto);
    let registry = emulator.registry();
    settings(&registry, "settings", false).await;
    indexes(&registry, "indexes").await;
    capacity(&registry, "capacity").await;
    everything_at_creation(&registry, "everything").await;
    restored(&registry).await;
}

/// Replicas come with the stream they need, and a table goes with its replicas.
async fn replicas(registry: &Registry) {
    let base = on_demand("replicated");
    let mut table = Subject::create(registry, TABLE, &base).await;
    table.update(&with(&base, json!({"replica": [{"region_name": "eu-west-1"}]}))).await;
    assert_eq!(table.state.attr("stream_enabled"), Value::bool(true));
    assert_eq!(known(&table, "stream_view_type"), "NEW_AND_OLD_IMAGES");
    let both = json!({"replica": [{"region_name": "eu-west-1"}, {"region_name": "us-west-2"}]});
    table.update(&with(&base, both)).await;
    table.update(&with(&base, json!({"replica": [{"region_name": "us-west-2"}]}))).await;
    table.delete().await;
}

/// A name in use is not taken over, and a protected table is not deleted.
async fn refusals(registry: &Registry) {
    let wanted = with(&on_demand("taken"), json!({"deletion_protection_enabled": true}));
    let mut table = Subject::create(registry, TABLE, &wanted).await;
    let resource = registry.resource(TABLE).unwrap();
    let planned = plan(resource.as_ref(), &wanted, None).planned;
    let run = Run::unrecorded();
    let error = resource.create(&planned, &run).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Conflict);
    assert!(error.help.unwrap_or_default().contains("Import it with the id `taken`"));
    assert!(resource.recover(&planned, &run).await.unwrap().is_none(), "another creation's table is not ours");
    let error = resource.delete(&table.state, &run).await.unwrap_err();
    assert!(error.help.unwrap_or_default().contains("deletion_protection_enabled = false"));
    let imported = resource.read(&resource.import("taken").unwrap(), &run).await.unwrap();
    let imported = imported.expect("an imported table is read by its name");
    let change = plan(resource.as_ref(), &wanted, Some(&imported));
    assert!(change.differences.is_empty(), "an imported table fits its configuration: {:#?}", change.differences);
    let other = with(&wanted, json!({"attribute": [{"name": "id", "type": "N"}]}));
    table.assert_replaces(&other, &["attribute"]);
    table.update(&on_demand("taken")).await;
    table.delete().await;
    let gone = resource.read(&resource.import("taken").unwrap(), &run).await.unwrap();
    assert!(gone.is_none());
}

/// What somebody else changes shows, attribute by attribute.
async fn drift(registry: &Registry, emulator: &Emulator) {
    let wanted = with(&on_demand("drifting"), json!({"ttl": [{"attribute_name": "expires", "enabled": true}]}));
    let mut table = Subject::create(registry, TABLE, &wanted).await;
    let client = emulator.aws().dynamodb(None).await.unwrap();
    client.update_table().table_name("drifting").deletion_protection_enabled(true).send().await.unwrap();
    assert_eq!(table.refresh().await, ["deletion_protection_enabled"]);
    table.update(&wanted).await;
    table.delete().await;
}

fn provisioned(units: i64, indexes: &Json) -> Json {
    json!({"name": "posts", "billing_mode": "PROVISIONED", "hash_key": "id", "read_capacity": units, "write_capacity": units,
        "attribute": attributes(&["id", "b", "c", "d"]), "global_secondary_index": indexes})
}

#[tokio::test(start_paused = true)]
async fn each_change_waits_until_the_table_and_its_indexes_rest() {
    let cloud = slow::Cloud::default();
    cloud.lose("CreateTable");
    let indexes = json!([index("by-a", "a"), index("by-b", "b")]);
    let first = with(
        &on_demand("posts"),
        json!({"attribute": attributes(&["id", "a", "b"]), "global_secondary_index": indexes,
            "ttl": [{"attribute_name": "expires", "enabled": true}], "point_in_time_recovery": [{"enabled": true}]}),
    );
    let mut table = Subject::create(&cloud.registry(), TABLE, &first).await;
    let refused = cloud.take_refusals();
    let expected = ["ResourceInUseException", "ContinuousBackupsUnavailableException"];
    assert!(expected.iter().all(|code| refused.iter().any(|found| found == code)), "{refused:?}");
    assert_eq!(cloud.take_calls().iter().filter(|call| call.starts_with("CreateTable")).count(), 2);

    let sized = |name: &str, hash: &str| with(&index(name, hash), json!({"read_capacity": 2, "write_capacity": 2}));
    let wanted = provisioned(5, &json!([sized("by-b", "b"), sized("by-c", "c"), sized("by-d", "d")]));
    cloud.lose("UpdateTable");
    table.update(&wanted).await;
    let calls = cloud.take_calls();
    // The first answer is lost: the same is asked again, refused since it is done, and no failure.
    let expected = [
        "UpdateTable AttributeDefinitions delete:by-a",
        "UpdateTable BillingMode ProvisionedThroughput update:by-b",
        "UpdateTable AttributeDefinitions create:by-c",
        "UpdateTable AttributeDefinitions create:by-d",
    ];
    assert!(calls.iter().filter(|call| *call == expected[0]).count() > 1, "{calls:?}");
    let mut different = calls.clone();
    different.dedup();
    assert_eq!(different, expected);
    table.delete().await;
}

#[tokio::test(start_paused = true)]
async fn becoming_on_demand_twice_a_day_says_when_it_is_possible() {
    let cloud = slow::Cloud::default();
    let registry = cloud.registry();
    let dear =
        with(&on_demand("posts"), json!({"billing_mode": "PROVISIONED", "read_capacity": 1, "write_capacity": 1}));
    let mut table = Subject::create(&registry, TABLE, &dear).await;
    table.update(&on_demand("posts")).await;
    table.update(&with(&dear, json!({"read_capacity": 2}))).await;
    cloud.refuse_flips();
    let resource = registry.resource(TABLE).unwrap();
    let planned = plan(resource.as_ref(), &on_demand("posts"), Some(&table.state)).planned;
    let error = resource.update(&table.state, &planned, &Run::unrecorded()).await.unwrap_err();
    assert_eq!(error.code.as_deref(), Some("LimitExceededException"));
    let help = error.help.unwrap_or_default();
    assert!(help.contains("once in 24 hours"), "{help}");
}

#[tokio::test(start_paused = true)]
async fn an_imported_table_gets_what_an_import_cannot_give() {
    let cloud = slow::Cloud::default();
    let wanted = with(
        &on_demand("posts"),
        json!({"import_table": [{"input_format": "CSV", "s3_bucket_source": [{"bucket": "files"}],
                "input_format_options": [{"csv": [{"delimiter": ";"}]}]}],
            "table_class": "STANDARD_INFREQUENT_ACCESS", "stream_enabled": true, "stream_view_type": "NEW_IMAGE",
            "tags": {"team": "web"}}),
    );
    cloud.lose("ImportTable");
    let table = Subject::create(&cloud.registry(), TABLE, &wanted).await;
    let calls = cloud.take_calls();
    assert_eq!(calls.iter().filter(|call| call.starts_with("ImportTable")).count(), 2);
    assert_eq!(
        calls[2..],
        ["TagResource Tags", "UpdateTable TableClass", "UpdateTable StreamSpecification"],
        "settings follow one by one"
    );
    table.assert_replaces(
        &with(
            &wanted,
            json!({"import_table": [{"input_format": "ION",
        "s3_bucket_source": [{"bucket": "files"}]}]}),
        ),
        &["import_table"],
    );
    table.delete().await;
}

#[tokio::test(start_paused = true)]
async fn a_restored_table_takes_its_key_from_its_origin() {
    let cloud = slow::Cloud::default();
    let wanted = json!({"name": "posts", "billing_mode": "PAY_PER_REQUEST", "restore_backup_arn": "arn:backup",
        "ttl": [{"attribute_name": "expires", "enabled": true}]});
    cloud.lose("RestoreTableFromBackup");
    let mut table = Subject::create(&cloud.registry(), TABLE, &wanted).await;
    assert_eq!(known(&table, "hash_key"), "id");
    assert_eq!(table.state.attr("attribute").items().map(<[Value]>::len), Some(1));
    let forgotten = with(&on_demand("posts"), json!({"ttl": [{"attribute_name": "expires", "enabled": true}]}));
    table.update(&forgotten).await;
    table.delete().await;
}

/// A restore on an emulator with items and all.
async fn restored(registry: &Registry) {
    let source = with(&on_demand("source"), json!({"point_in_time_recovery": [{"enabled": true}]}));
    let source = Subject::create(registry, TABLE, &source).await;
    let wanted = with(
        &on_demand("copy"),
        json!({"restore_source_name": "source", "restore_to_latest_time": true, "tags": {"team": "web"}}),
    );
    let copy = Subject::create(registry, TABLE, &wanted).await;
    copy.assert_replaces(&with(&wanted, json!({"restore_source_name": "other"})), &["restore_source_name"]);
    copy.delete().await;
    source.delete().await;
}

#[tokio::test(start_paused = true)]
async fn settings_of_replicas_go_to_their_regions_and_replicas_go_before_the_table() {
    let cloud = slow::Cloud::default();
    let plain = with(&on_demand("posts"), json!({"tags": {"team": "web"}}));
    let mut table = Subject::create(&cloud.registry(), TABLE, &plain).await;
    cloud.take_calls();
    let replica = |region: &str| json!({"region_name": region, "point_in_time_recovery": true, "propagate_tags": true});
    table.update(&with(&plain, json!({"replica": [replica("eu-west-1"), {"region_name": "us-west-2"}]}))).await;
    let mut calls = cloud.take_calls();
    calls.dedup();
    let expected = [
        "UpdateTable StreamSpecification",
        "UpdateTable ReplicaUpdates",
        "eu-west-1: UpdateContinuousBackups PointInTimeRecoverySpecification",
        "eu-west-1: TagResource Tags",
    ];
    assert_eq!(calls, expected);
    table.delete().await;
    let mut calls = cloud.take_calls();
    calls.dedup();
    assert_eq!(calls, ["UpdateTable ReplicaUpdates", "DeleteTable"]);
}
