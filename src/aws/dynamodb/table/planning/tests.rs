use std::path::Path;

use jiff::Timestamp;

use super::super::model::{KeyAttribute, KeyPart, OnDemand, Recovery, Replica, TableModel, TimeToLive, Warm};
use super::*;

fn table() -> TableModel {
    TableModel {
        name: "posts".into(),
        hash_key: Some("id".into()),
        billing_mode: PAY_PER_REQUEST.into(),
        attribute: vec![KeyAttribute { name: "id".into(), r#type: "S".into() }],
        ..TableModel::default()
    }
}

fn index(name: &str) -> GlobalIndex {
    GlobalIndex {
        name: name.into(),
        hash_key: Some("id".into()),
        projection_type: "ALL".into(),
        ..GlobalIndex::default()
    }
}

struct Planned {
    value: Value,
    replace: Vec<String>,
    problems: Vec<String>,
}

/// Plans with the configuration as the proposal, as it is where everything is declared.
fn planned(config: &TableModel, prior: Option<&TableModel>) -> Planned {
    let (config, prior) = (config.to_value(), prior.map(Model::to_value));
    let mut problems = Diagnostics::new();
    let mut planning = Planning::new(&config, prior.as_ref(), config.clone(), Timestamp::UNIX_EPOCH, Path::new("."));
    plan(&mut planning, &mut problems);
    let (value, replace) = planning.finish();
    Planned {
        value,
        replace: replace.iter().map(ToString::to_string).collect(),
        problems: problems.iter().map(|problem| problem.summary.clone()).collect(),
    }
}

fn model(planned: &Planned) -> TableModel {
    TableModel::from_value(&planned.value).unwrap()
}

#[test]
fn an_on_demand_table_sets_nothing_aside() {
    let mut wanted = table();
    wanted.global_secondary_index = vec![index("one")];
    let mut prior = wanted.clone();
    (prior.read_capacity, prior.write_capacity) = (Some(5), Some(5));
    let found = model(&planned(&wanted, Some(&prior)));
    assert_eq!((found.read_capacity, found.write_capacity), (Some(0), Some(0)));
    assert_eq!(found.global_secondary_index[0].read_capacity, Some(0));
    assert_eq!(found.id.as_deref(), Some("posts"));
}

#[test]
fn a_provisioned_table_needs_capacity_for_itself_and_each_index() {
    let mut wanted = table();
    wanted.billing_mode = PROVISIONED.into();
    wanted.global_secondary_index = vec![GlobalIndex { read_capacity: Some(1), ..index("one") }];
    (wanted.read_capacity, wanted.write_capacity) = (Some(1), Some(0));
    assert_eq!(planned(&wanted, None).problems, ["Capacity missing", "Capacity missing"]);
    wanted.write_capacity = Some(1);
    wanted.global_secondary_index[0].write_capacity = Some(1);
    assert_eq!(planned(&wanted, None).problems, [""; 0]);
}

#[test]
fn replicas_turn_the_stream_on() {
    let mut wanted = table();
    assert_eq!(model(&planned(&wanted, None)).stream_arn.as_deref(), Some(""));
    wanted.replica =
        vec![Replica { region_name: "eu-west-1".into(), consistency_mode: "EVENTUAL".into(), ..Replica::default() }];
    for before in [Some(false), None] {
        let prior = TableModel { stream_enabled: before, stream_arn: Some(String::new()), ..table() };
        let found = planned(&wanted, Some(&prior));
        assert!(!found.value.attr("stream_arn").is_known());
        let found = model(&found);
        assert_eq!((found.stream_enabled, found.stream_view_type.as_deref()), (Some(true), Some(BOTH_IMAGES)));
    }
}

#[test]
fn a_key_in_another_spelling_is_kept_as_it_was() {
    let part = KeyPart { attribute_name: "id".into(), key_type: "HASH".into() };
    let spelled = GlobalIndex { hash_key: None, key_schema: vec![part], ..index("one") };
    let (mut prior, mut wanted) = (table(), table());
    prior.global_secondary_index = vec![index("one")];
    wanted.global_secondary_index = vec![spelled];
    let found = model(&planned(&wanted, Some(&prior)));
    assert_eq!(found.global_secondary_index[0].hash_key.as_deref(), Some("id"));
    assert!(found.global_secondary_index[0].key_schema.is_empty());
    let found = model(&planned(&prior, Some(&wanted)));
    assert_eq!(found.global_secondary_index[0].key_schema.len(), 1);
}

#[test]
fn another_type_of_the_tables_own_key_makes_a_new_table() {
    let mut wanted = table();
    wanted.attribute[0].r#type = "N".into();
    assert_eq!(planned(&wanted, Some(&table())).replace, ["attribute"]);
    assert_eq!(planned(&wanted, None).replace, [""; 0]);
}

#[test]
fn another_origin_makes_a_new_table_and_a_forgotten_one_does_not() {
    let from = |name: Option<&str>| TableModel { restore_source_name: name.map(Into::into), ..table() };
    assert_eq!(planned(&from(Some("a")), Some(&from(Some("b")))).replace, ["restore_source_name"]);
    assert_eq!(planned(&from(None), Some(&from(Some("b")))).replace, [""; 0]);
    assert_eq!(planned(&from(Some("b")), Some(&from(Some("b")))).replace, [""; 0]);
}

#[test]
fn expiry_by_another_attribute_is_refused_with_the_way_to_go() {
    let by = |name: &str, enabled| TableModel {
        ttl: Some(TimeToLive { attribute_name: Some(name.into()), enabled }),
        ..table()
    };
    let refused = ["Expiry cannot change its attribute in one step"];
    assert_eq!(planned(&by("b", true), Some(&by("a", true))).problems, refused);
    for (wanted, prior) in
        [(by("b", true), by("a", false)), (by("a", true), by("a", true)), (by("b", false), by("a", true))]
    {
        assert_eq!(planned(&wanted, Some(&prior)).problems, [""; 0]);
    }
}

#[test]
fn warm_throughput_is_not_lowered() {
    let warm = |n| Some(Warm { read_units_per_second: Some(n), write_units_per_second: Some(5_000) });
    let with = |n| TableModel { warm_throughput: warm(n), ..table() };
    assert_eq!(planned(&with(13_000), Some(&with(15_000))).problems, ["Warm throughput cannot be lowered"]);
    assert_eq!(planned(&with(16_000), Some(&with(15_000))).problems, [""; 0]);
    let of_index = |n| TableModel {
        global_secondary_index: vec![GlobalIndex { warm_throughput: warm(n), ..index("one") }],
        ..table()
    };
    assert_eq!(planned(&of_index(1), Some(&of_index(2))).problems, ["Warm throughput cannot be lowered"]);
}

#[test]
fn a_replica_keeps_its_consistency() {
    let with = |mode: &str| TableModel {
        replica: vec![Replica { region_name: "r".into(), consistency_mode: mode.into(), ..Replica::default() }],
        ..table()
    };
    assert_eq!(planned(&with("STRONG"), Some(&with("EVENTUAL"))).problems, ["Consistency of a replica cannot change"]);
}

#[test]
fn a_plan_of_unknowns_is_no_problem() {
    let ty = TableModel::block().ty();
    let Type::Object(object) = ty else { panic!("a block is an object") };
    let unknown = Value::object_of(object.attributes.iter().map(|(name, ty)| (&**name, Value::unknown(ty.clone()))));
    let prior = TableModel {
        on_demand_throughput: Some(OnDemand::default()),
        point_in_time_recovery: Some(Recovery::default()),
        ..table()
    };
    let prior = prior.to_value();
    let mut problems = Diagnostics::new();
    let mut planning = Planning::new(&unknown, Some(&prior), unknown.clone(), Timestamp::UNIX_EPOCH, Path::new("."));
    plan(&mut planning, &mut problems);
    assert!(problems.is_empty());
}
