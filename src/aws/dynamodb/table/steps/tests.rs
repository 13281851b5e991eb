use super::super::model::{Encryption, KeyAttribute, LocalIndex, PAY_PER_REQUEST, Recovery, Witness};
use super::*;

fn attribute(name: &str, ty: &str) -> KeyAttribute {
    KeyAttribute { name: name.into(), r#type: ty.into() }
}

fn index(name: &str, hash: &str) -> GlobalIndex {
    GlobalIndex {
        name: name.into(),
        hash_key: Some(hash.into()),
        projection_type: "ALL".into(),
        read_capacity: Some(0),
        write_capacity: Some(0),
        ..GlobalIndex::default()
    }
}

fn provisioned_index(name: &str, hash: &str, units: i64) -> GlobalIndex {
    GlobalIndex { read_capacity: Some(units), write_capacity: Some(units), ..index(name, hash) }
}

/// An on-demand table with the key `id` and an attribute definition for each key in use.
fn table(indexes: &[GlobalIndex]) -> TableModel {
    let mut names: Vec<String> = indexes.iter().flat_map(GlobalIndex::key).map(|part| part.attribute_name).collect();
    names.push("id".into());
    names.sort();
    names.dedup();
    TableModel {
        name: "posts".into(),
        hash_key: Some("id".into()),
        billing_mode: PAY_PER_REQUEST.into(),
        table_class: "STANDARD".into(),
        attribute: names.iter().map(|name| attribute(name, "S")).collect(),
        global_secondary_index: indexes.to_vec(),
        ..TableModel::default()
    }
}

fn provisioned(units: i64, indexes: &[GlobalIndex]) -> TableModel {
    TableModel {
        billing_mode: PROVISIONED.into(),
        read_capacity: Some(units),
        write_capacity: Some(units),
        ..table(indexes)
    }
}

fn eventual(region: &str) -> Replica {
    Replica { region_name: region.into(), consistency_mode: "EVENTUAL".into(), ..Replica::default() }
}

fn strong(region: &str) -> Replica {
    Replica { consistency_mode: STRONG.into(), ..eventual(region) }
}

fn strings(names: &[&str]) -> Definitions {
    names.iter().map(|name| ((*name).into(), "S".into())).collect()
}

fn drop_index(name: &str, left: &[&str]) -> TableStep {
    TableStep::DropIndex { name: name.into(), definitions: strings(left) }
}

fn create_index(index: GlobalIndex, all: &[&str]) -> TableStep {
    let provisioned = index.read_capacity.is_some_and(|n| n > 0);
    TableStep::CreateIndex { index: Box::new(index), provisioned, definitions: strings(all) }
}

fn units(n: i64) -> Capacity {
    Capacity { read: n, write: n }
}

fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

fn ttl(name: &str, enabled: bool) -> Option<TimeToLive> {
    Some(TimeToLive { attribute_name: Some(name.into()), enabled })
}

fn change(prior: &TableModel, edit: impl FnOnce(&mut TableModel)) -> Vec<TableStep> {
    let mut wanted = prior.clone();
    edit(&mut wanted);
    steps(prior, &wanted)
}

#[test]
fn nothing_changed_needs_no_step() {
    let mut full = provisioned(5, &[provisioned_index("by-a", "a", 2)]);
    full.replica = vec![eventual("eu-west-1")];
    full.ttl = ttl("expires", true);
    full.point_in_time_recovery = Some(Recovery { enabled: true, recovery_period_in_days: Some(35) });
    full.server_side_encryption = Some(Encryption { enabled: true, kms_key_arn: Some("k".into()) });
    full.warm_throughput = Some(Warm { read_units_per_second: Some(12_000), write_units_per_second: Some(4_000) });
    assert_eq!(change(&full, |_| ()), []);
}

#[test]
fn indexes_are_deleted_and_then_created_one_at_a_time() {
    let prior = table(&[index("by-a", "a"), index("by-b", "b"), index("by-c", "c")]);
    let wanted = table(&[index("by-c", "c"), index("by-d", "d"), index("by-e", "e")]);
    let expected = [
        drop_index("by-a", &["b", "c", "id"]),
        drop_index("by-b", &["c", "id"]),
        create_index(index("by-d", "d"), &["c", "d", "id"]),
        create_index(index("by-e", "e"), &["c", "d", "e", "id"]),
    ];
    assert_eq!(steps(&prior, &wanted), expected);
}

#[test]
fn the_last_index_goes_with_its_attribute() {
    assert_eq!(steps(&table(&[index("by-a", "a")]), &table(&[])), [drop_index("by-a", &["id"])]);
}

#[test]
fn the_order_of_indexes_and_of_their_attributes_means_nothing() {
    let include = |names: &[&str]| GlobalIndex {
        projection_type: "INCLUDE".into(),
        non_key_attributes: names.iter().map(ToString::to_string).collect(),
        ..index("by-a", "a")
    };
    let prior = table(&[include(&["x", "y"]), index("by-b", "b")]);
    let wanted = table(&[index("by-b", "b"), include(&["y", "x"])]);
    assert_eq!(steps(&prior, &wanted), []);
    let more = table(&[index("by-b", "b"), include(&["x", "y", "z"])]);
    let expected = [drop_index("by-a", &["b", "id"]), create_index(include(&["x", "y", "z"]), &["a", "b", "id"])];
    assert_eq!(steps(&prior, &more), expected);
}

#[test]
fn a_key_in_its_other_spelling_is_the_same_index() {
    let part = |name: &str, kind: &str| KeyPart { attribute_name: name.into(), key_type: kind.into() };
    let parts = GlobalIndex { hash_key: None, key_schema: vec![part("a", "HASH")], ..index("by-a", "a") };
    assert_eq!(steps(&table(&[index("by-a", "a")]), &table(&[parts])), []);
}

#[test]
fn an_index_whose_key_or_projection_changes_is_made_anew() {
    let prior = table(&[index("by-a", "a"), index("by-b", "b")]);
    let sorted_by = GlobalIndex { range_key: Some("id".into()), ..index("by-a", "a") };
    assert_eq!(
        steps(&prior, &table(&[sorted_by.clone(), index("by-b", "b")])),
        [drop_index("by-a", &["b", "id"]), create_index(sorted_by, &["a", "b", "id"])]
    );
    let keys = GlobalIndex { projection_type: "KEYS_ONLY".into(), ..index("by-a", "a") };
    assert_eq!(steps(&prior, &table(&[keys, index("by-b", "b")])).len(), 2);
}

#[test]
fn every_index_with_a_key_of_another_type_is_deleted_before_one_is_created() {
    let prior = table(&[index("by-a", "a"), GlobalIndex { range_key: Some("a".into()), ..index("by-b", "b") }]);
    let mut wanted = prior.clone();
    wanted.attribute = vec![attribute("id", "S"), attribute("a", "N"), attribute("b", "S")];
    let found = steps(&prior, &wanted);
    assert!(matches!(&found[0], TableStep::DropIndex { name, definitions }
        if name == "by-a" && definitions["a"] == "S"));
    assert_eq!(found[1], drop_index("by-b", &["id"]));
    assert!(matches!(&found[2], TableStep::CreateIndex { definitions, .. } if definitions["a"] == "N"));
    assert_eq!(found.len(), 4);
}

#[test]
fn attributes_of_local_indexes_stay_defined() {
    let mut prior = table(&[index("by-a", "a")]);
    prior.local_secondary_index.push(LocalIndex { range_key: "at".into(), ..LocalIndex::default() });
    prior.attribute.push(attribute("at", "S"));
    assert_eq!(change(&prior, |t| t.global_secondary_index.clear()), [drop_index("by-a", &["at", "id"])]);
}

#[test]
fn only_changed_capacities_are_sent_and_in_one_call() {
    let prior = provisioned(5, &[provisioned_index("by-a", "a", 1), provisioned_index("by-b", "b", 1)]);
    let wanted = provisioned(6, &[provisioned_index("by-a", "a", 1), provisioned_index("by-b", "b", 2)]);
    let expected = Throughput { billing: None, table: Some(units(6)), indexes: vec![("by-b".into(), units(2))] };
    assert_eq!(steps(&prior, &wanted), [TableStep::Throughput(expected)]);
}

#[test]
fn to_provisioned_carries_capacities_for_the_table_and_every_index_that_is_there() {
    let prior = table(&[index("by-a", "a"), index("gone", "g")]);
    let wanted = provisioned(5, &[provisioned_index("by-a", "a", 2), provisioned_index("new", "n", 3)]);
    let flip = Throughput {
        billing: Some(PROVISIONED.into()),
        table: Some(units(5)),
        indexes: vec![("by-a".into(), units(2))],
    };
    let expected = [
        drop_index("gone", &["a", "id"]),
        TableStep::Throughput(flip),
        create_index(provisioned_index("new", "n", 3), &["a", "id", "n"]),
    ];
    assert_eq!(steps(&prior, &wanted), expected);
}

#[test]
fn to_on_demand_carries_no_capacity() {
    let prior = provisioned(5, &[provisioned_index("by-a", "a", 2)]);
    let wanted = table(&[index("by-a", "a")]);
    let expected = Throughput { billing: Some(PAY_PER_REQUEST.into()), ..Throughput::default() };
    assert_eq!(steps(&prior, &wanted), [TableStep::Throughput(expected)]);
}

#[test]
fn capacities_left_in_an_on_demand_table_mean_nothing() {
    let prior = table(&[index("by-a", "a")]);
    assert_eq!(change(&prior, |t| t.read_capacity = Some(5)), []);
}

#[test]
fn limits_that_vanish_are_lifted() {
    let limits = |n| Some(OnDemand { max_read_request_units: Some(n), max_write_request_units: None });
    let both = |read, write| OnDemand { max_read_request_units: Some(read), max_write_request_units: Some(write) };
    let mut prior = table(&[index("by-a", "a")]);
    prior.on_demand_throughput = limits(10);
    assert_eq!(
        change(&prior, |t| t.on_demand_throughput = None),
        [TableStep::Limits { table: Some(both(-1, -1)), indexes: vec![] }]
    );
    assert_eq!(
        change(&prior, |t| t.global_secondary_index[0].on_demand_throughput = limits(7)),
        [TableStep::Limits { table: None, indexes: vec![("by-a".into(), both(7, -1))] }]
    );
    let unlimited = Some(both(-1, -1));
    assert_eq!(steps(&table(&[]), &TableModel { on_demand_throughput: unlimited, ..table(&[]) }), []);
}

#[test]
fn class_protection_and_encryption_are_calls_of_their_own() {
    let prior = table(&[]);
    let found = change(&prior, |t| {
        t.deletion_protection_enabled = true;
        t.table_class = "STANDARD_INFREQUENT_ACCESS".into();
        t.server_side_encryption = Some(Encryption { enabled: true, kms_key_arn: None });
    });
    let expected = [
        TableStep::Protect(true),
        TableStep::Class("STANDARD_INFREQUENT_ACCESS".into()),
        TableStep::Encrypt { enabled: true, key: None },
    ];
    assert_eq!(found, expected);
}

#[test]
fn encryption_is_asserted_only_where_it_changes() {
    let with = |enabled, key: Option<&str>| TableModel {
        server_side_encryption: Some(Encryption { enabled, kms_key_arn: key.map(Into::into) }),
        ..table(&[])
    };
    let encrypt = |enabled, key: Option<&str>| TableStep::Encrypt { enabled, key: key.map(Into::into) };
    assert_eq!(steps(&table(&[]), &with(false, None)), []);
    assert_eq!(steps(&with(true, Some("a")), &table(&[])), []);
    assert_eq!(steps(&with(true, Some("a")), &with(true, Some("b"))), [encrypt(true, Some("b"))]);
    assert_eq!(steps(&with(true, Some("a")), &with(false, Some("a"))), [encrypt(false, None)]);
}

#[test]
fn a_stream_changes_its_view_by_stopping_and_starting() {
    let with =
        |enabled, view: &str| TableModel { stream_enabled: enabled, stream_view_type: Some(view.into()), ..table(&[]) };
    let on = |view: &str| TableStep::Stream(Some(view.into()));
    assert_eq!(steps(&table(&[]), &with(Some(true), "NEW_IMAGE")), [on("NEW_IMAGE")]);
    assert_eq!(steps(&with(Some(true), "NEW_IMAGE"), &with(Some(true), "NEW_IMAGE")), []);
    assert_eq!(
        steps(&with(Some(true), "NEW_IMAGE"), &with(Some(true), "OLD_IMAGE")),
        [TableStep::Stream(None), on("OLD_IMAGE")]
    );
    assert_eq!(steps(&with(Some(true), "NEW_IMAGE"), &with(None, "NEW_IMAGE")), [TableStep::Stream(None)]);
    assert_eq!(steps(&with(None, ""), &with(Some(false), "")), []);
}

#[test]
fn warm_throughput_is_sent_where_it_is_declared_and_differs() {
    let warm = |n| Some(Warm { read_units_per_second: Some(n), write_units_per_second: Some(n) });
    let mut prior = table(&[index("by-a", "a")]);
    prior.warm_throughput = warm(12_000);
    assert_eq!(change(&prior, |t| t.warm_throughput = None), []);
    assert_eq!(change(&prior, |t| t.warm_throughput = Some(Warm::default())), []);
    assert_eq!(
        change(&prior, |t| t.global_secondary_index[0].warm_throughput = warm(15_000)),
        [TableStep::Warm { table: None, indexes: vec![("by-a".into(), warm(15_000).unwrap())] }]
    );
}

#[test]
fn expiry_is_turned_off_by_the_attribute_that_is_on() {
    let with = |ttl: &Option<TimeToLive>| TableModel { ttl: ttl.clone(), ..table(&[]) };
    let step = |attribute: &str, enabled| TableStep::TimeToLive { attribute: attribute.into(), enabled };
    let cases = [
        (None, ttl("a", true), vec![step("a", true)]),
        (ttl("a", true), ttl("a", true), vec![]),
        (ttl("a", true), ttl("", false), vec![step("a", false)]),
        (ttl("a", true), ttl("b", false), vec![step("a", false)]),
        (ttl("a", false), ttl("b", true), vec![step("b", true)]),
        (ttl("", false), ttl("b", false), vec![]),
        (ttl("a", true), None, vec![]),
    ];
    for (before, after, expected) in cases {
        assert_eq!(steps(&with(&before), &with(&after)), expected, "{before:?} to {after:?}");
    }
}

#[test]
fn backups_follow_their_switch_and_their_days() {
    let with = |enabled, days| TableModel {
        point_in_time_recovery: Some(Recovery { enabled, recovery_period_in_days: days }),
        ..table(&[])
    };
    let step = |enabled, days| TableStep::Backups { enabled, days };
    let cases = [
        (table(&[]), with(true, None), vec![step(true, None)]),
        (with(false, None), with(true, Some(7)), vec![step(true, Some(7))]),
        (with(true, Some(35)), with(true, Some(7)), vec![step(true, Some(7))]),
        (with(true, Some(35)), with(true, Some(35)), vec![]),
        (with(true, Some(35)), with(false, Some(35)), vec![step(false, None)]),
        (with(false, None), with(false, None), vec![]),
        (with(true, Some(35)), table(&[]), vec![]),
    ];
    for (before, after, expected) in cases {
        assert_eq!(steps(&before, &after), expected, "{:?}", after.point_in_time_recovery);
    }
}

#[test]
fn replicas_come_and_go_one_region_at_a_time_and_after_the_stream() {
    let group = |region: &str, key: Option<&str>| Group {
        regions: vec![(region.into(), key.map(Into::into))],
        ..Group::default()
    };
    let mut prior = table(&[]);
    let added = change(&prior, |t| {
        t.replica = vec![eventual("us-west-2"), Replica { kms_key_arn: Some("k".into()), ..eventual("eu-west-1") }];
    });
    let expected = [
        TableStep::Stream(Some("NEW_AND_OLD_IMAGES".into())),
        TableStep::CreateReplicas(group("eu-west-1", Some("k"))),
        TableStep::CreateReplicas(group("us-west-2", None)),
    ];
    assert_eq!(added, expected);
    prior.replica = vec![eventual("us-west-2"), eventual("eu-west-1")];
    assert_eq!(change(&prior, |t| t.replica.truncate(1)), [TableStep::DropReplicas(group("eu-west-1", None))]);
    assert_eq!(
        change(&prior, |t| t.replica.clear()),
        [
            TableStep::DropReplicas(group("eu-west-1", None)),
            TableStep::DropReplicas(group("us-west-2", None)),
            TableStep::Stream(None)
        ]
    );
}

#[test]
fn strong_replicas_come_and_go_together_with_their_witness() {
    let prior = table(&[]);
    let mut wanted = prior.clone();
    wanted.replica = vec![strong("us-west-2")];
    wanted.global_table_witness = Some(Witness { region_name: Some("us-east-2".into()) });
    let group = Group { regions: vec![("us-west-2".into(), None)], witness: Some("us-east-2".into()), strong: true };
    assert_eq!(steps(&prior, &wanted), [TableStep::CreateReplicas(group.clone())]);
    assert_eq!(steps(&wanted, &prior), [TableStep::DropReplicas(group)]);
}

#[test]
fn settings_of_a_replica_go_to_the_replica() {
    let region = || "eu-west-1".to_owned();
    let mut prior = table(&[]);
    prior.tags_all = tags(&[("team", "a"), ("old", "x")]);
    prior.replica = vec![Replica { propagate_tags: true, kms_key_arn: Some("k".into()), ..eventual("eu-west-1") }];
    let found = change(&prior, |t| {
        t.tags_all = tags(&[("team", "b")]);
        t.replica[0].point_in_time_recovery = true;
        t.replica[0].deletion_protection_enabled = Some(true);
        t.replica[0].kms_key_arn = Some("l".into());
    });
    let changes = TagChanges { set: tags(&[("team", "b")]), removed: vec!["old".into()] };
    let expected = [
        TableStep::Tags(changes.clone()),
        TableStep::ReplicaKey { region: region(), key: "l".into() },
        TableStep::ReplicaBackups { region: region(), enabled: true },
        TableStep::ReplicaProtect { region: region(), enabled: true },
        TableStep::ReplicaTags { region: region(), changes },
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_new_replica_gets_all_tags() {
    let mut prior = table(&[]);
    prior.tags_all = tags(&[("team", "a")]);
    let found = change(&prior, |t| t.replica = vec![Replica { propagate_tags: true, ..eventual("eu-west-1") }]);
    let changes = TagChanges { set: tags(&[("team", "a")]), removed: vec![] };
    assert_eq!(found.last(), Some(&TableStep::ReplicaTags { region: "eu-west-1".into(), changes }));
}

#[test]
fn protection_is_lifted_first_and_indexes_are_made_before_replicas() {
    let mut prior = provisioned(5, &[provisioned_index("by-a", "a", 1)]);
    prior.deletion_protection_enabled = true;
    let mut wanted = table(&[index("by-b", "b")]);
    wanted.tags_all = tags(&[("team", "a")]);
    wanted.replica = vec![eventual("eu-west-1")];
    wanted.ttl = ttl("expires", true);
    wanted.point_in_time_recovery = Some(Recovery { enabled: true, recovery_period_in_days: None });
    let names: Vec<String> = steps(&prior, &wanted)
        .iter()
        .map(|step| format!("{step:?}").split([' ', '(']).next().unwrap_or_default().to_owned())
        .collect();
    let expected = [
        "Protect",
        "Tags",
        "DropIndex",
        "Throughput",
        "CreateIndex",
        "Stream",
        "CreateReplicas",
        "TimeToLive",
        "Backups",
    ];
    assert_eq!(names, expected);
}
