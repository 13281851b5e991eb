use super::super::model::{
    Encryption, GlobalIndex, ImportSource, KeyAttribute, KeyPart, LocalIndex, OnDemand, Replica, TableModel,
    TimeToLive, Witness,
};
use super::*;
use crate::resource::Model;
use crate::value::Type;

fn table() -> TableModel {
    TableModel {
        name: "posts".into(),
        hash_key: Some("id".into()),
        billing_mode: PAY_PER_REQUEST.into(),
        attribute: vec![KeyAttribute { name: "id".into(), r#type: "S".into() }],
        ..TableModel::default()
    }
}

fn index(name: &str, hash: &str) -> GlobalIndex {
    GlobalIndex {
        name: name.into(),
        hash_key: Some(hash.into()),
        projection_type: "ALL".into(),
        ..GlobalIndex::default()
    }
}

fn found(value: &Value) -> Vec<String> {
    let mut problems = Diagnostics::new();
    check(value, &mut problems);
    problems.iter().map(|problem| problem.summary.clone()).collect()
}

fn after(edit: impl FnOnce(&mut TableModel)) -> Vec<String> {
    let mut table = table();
    edit(&mut table);
    found(&table.to_value())
}

fn replica(region: &str, mode: &str) -> Replica {
    Replica { region_name: region.into(), consistency_mode: mode.into(), ..Replica::default() }
}

#[test]
fn a_sound_table_has_no_problem() {
    assert_eq!(after(|_| ()), [""; 0]);
    let mut full = table();
    full.range_key = Some("at".into());
    full.attribute.push(KeyAttribute { name: "at".into(), r#type: "N".into() });
    full.global_secondary_index = vec![index("by-at", "at")];
    full.replica = vec![replica("eu-west-1", "EVENTUAL")];
    full.ttl = Some(TimeToLive { attribute_name: Some("expires".into()), enabled: true });
    assert_eq!(found(&full.to_value()), [""; 0]);
}

#[test]
fn attribute_blocks_are_exactly_the_keys() {
    let extra = KeyAttribute { name: "title".into(), r#type: "S".into() };
    assert_eq!(after(|t| t.attribute.push(extra)), ["Attribute that no key uses"]);
    assert_eq!(after(|t| t.attribute.clear()), ["Key attribute without a type"]);
    assert_eq!(after(|t| t.range_key = Some("at".into())), ["Key attribute without a type"]);
    assert_eq!(after(|t| t.global_secondary_index = vec![index("by-a", "a")]), ["Key attribute without a type"]);
    let twice = KeyAttribute { name: "id".into(), r#type: "N".into() };
    assert_eq!(after(|t| t.attribute.push(twice)), ["Attribute defined twice"]);
}

#[test]
fn what_is_unknown_breaks_no_rule() {
    let unknown = Value::unknown(Type::String);
    assert_eq!(found(&table().to_value().with("hash_key", unknown)), [""; 0]);
    let blocks = Value::unknown(Type::set(KeyAttribute::block().ty()));
    assert_eq!(found(&table().to_value().with("attribute", blocks)), [""; 0]);
    let everything = TableModel::block().ty();
    let Type::Object(object) = everything else { panic!("a block is an object") };
    let all = object.attributes.iter().map(|(name, ty)| (&**name, Value::unknown(ty.clone())));
    assert_eq!(found(&Value::object_of(all)), [""; 0]);
}

#[test]
fn a_restored_table_needs_a_moment_and_no_key() {
    let restored = |edit: fn(&mut TableModel)| {
        after(|t| {
            t.hash_key = None;
            t.attribute.clear();
            t.restore_source_name = Some("posts-old".into());
            edit(t);
        })
    };
    assert_eq!(restored(|_| ()), ["Restore without a moment"]);
    assert_eq!(restored(|t| t.restore_to_latest_time = Some(true)), [""; 0]);
    assert_eq!(restored(|t| t.restore_date_time = Some("2026-08-01T12:00:00Z".into())), [""; 0]);
    assert_eq!(restored(|t| t.restore_date_time = Some("yesterday".into())), ["Invalid time"]);
}

#[test]
fn each_rule_has_its_message() {
    let key = |kinds: &[&str]| GlobalIndex {
        hash_key: None,
        key_schema: kinds
            .iter()
            .map(|kind| KeyPart { attribute_name: "id".into(), key_type: (*kind).into() })
            .collect(),
        ..index("by-id", "id")
    };
    type Edit = Box<dyn Fn(&mut TableModel)>;
    let cases: Vec<(&str, Edit)> = vec![
        ("Invalid table name", Box::new(|t| t.name = "a b".into())),
        (
            "Table without a key",
            Box::new(|t| {
                t.hash_key = None;
                t.attribute.clear();
            }),
        ),
        (
            "Two indexes of one name",
            Box::new(|t| {
                t.global_secondary_index =
                    vec![index("one", "id"), GlobalIndex { range_key: Some("id".into()), ..index("one", "id") }];
            }),
        ),
        (
            "Index without a key",
            Box::new(|t| {
                t.global_secondary_index = vec![GlobalIndex { hash_key: None, ..index("one", "id") }];
            }),
        ),
        ("Key of the wrong length", Box::new(move |t| t.global_secondary_index = vec![key(&[RANGE])])),
        ("Key in the wrong order", Box::new(move |t| t.global_secondary_index = vec![key(&[HASH, RANGE, HASH])])),
        (
            "Projection without attributes",
            Box::new(|t| {
                t.global_secondary_index =
                    vec![GlobalIndex { projection_type: "INCLUDE".into(), ..index("one", "id") }];
            }),
        ),
        (
            "List of attributes without its projection",
            Box::new(|t| {
                t.global_secondary_index =
                    vec![GlobalIndex { non_key_attributes: vec!["x".into()], ..index("one", "id") }];
            }),
        ),
        (
            "Local index on a table without a sort key",
            Box::new(|t| {
                t.local_secondary_index = vec![LocalIndex {
                    name: "one".into(),
                    range_key: "id".into(),
                    projection_type: "ALL".into(),
                    ..LocalIndex::default()
                }];
            }),
        ),
        ("Capacity set aside for an on-demand table", Box::new(|t| t.read_capacity = Some(5))),
        (
            "Capacity set aside for an on-demand table",
            Box::new(|t| {
                t.global_secondary_index = vec![GlobalIndex { write_capacity: Some(5), ..index("one", "id") }];
            }),
        ),
        (
            "On-demand limits for capacity set aside",
            Box::new(|t| {
                t.billing_mode = PROVISIONED.into();
                t.on_demand_throughput = Some(OnDemand::default());
            }),
        ),
        ("Stream without a view type", Box::new(|t| t.stream_enabled = Some(true))),
        (
            "Replicas without the stream they need",
            Box::new(|t| {
                t.replica = vec![replica("eu-west-1", "EVENTUAL")];
                t.stream_enabled = Some(false);
            }),
        ),
        (
            "Two copies of a table in one region",
            Box::new(|t| {
                t.replica = ["a", "b"]
                    .map(|key| Replica { kms_key_arn: Some(key.into()), ..replica("eu-west-1", "EVENTUAL") })
                    .into()
            }),
        ),
        (
            "Replicas of two kinds of consistency",
            Box::new(|t| {
                t.replica = vec![replica("eu-west-1", "EVENTUAL"), replica("us-west-2", "STRONG")];
            }),
        ),
        (
            "Wrong number of regions for strong consistency",
            Box::new(|t| t.replica = vec![replica("us-west-2", "STRONG")]),
        ),
        (
            "Wrong number of regions for strong consistency",
            Box::new(|t| {
                t.global_table_witness = Some(Witness { region_name: Some("us-west-2".into()) });
            }),
        ),
        ("Expiry without an attribute", Box::new(|t| t.ttl = Some(TimeToLive { attribute_name: None, enabled: true }))),
        (
            "Key for encryption that is off",
            Box::new(|t| {
                t.server_side_encryption = Some(Encryption { enabled: false, kms_key_arn: Some("k".into()) });
            }),
        ),
        (
            "Table with two origins",
            Box::new(|t| {
                t.restore_backup_arn = Some("b".into());
                t.import_table = Some(ImportSource { input_format: "ION".into(), ..ImportSource::default() });
            }),
        ),
    ];
    for (expected, edit) in cases {
        assert_eq!(after(edit), [expected]);
    }
}

#[test]
fn a_replica_stands_in_another_region_than_the_table() {
    let table = TableModel { replica: vec![replica("eu-west-1", "EVENTUAL")], ..table() };
    let value = table.to_value().with("region", "eu-west-1".into());
    assert_eq!(found(&value), ["Two copies of a table in one region"]);
}
