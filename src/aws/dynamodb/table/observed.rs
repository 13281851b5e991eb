//! From AWS's answers to a table's model.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{
    ContinuousBackupsDescription, GlobalSecondaryIndexDescription, KeySchemaElement, KeyType,
    LocalSecondaryIndexDescription, MultiRegionConsistency, PointInTimeRecoveryStatus,
    ProvisionedThroughputDescription, ReplicaDescription, ReplicaStatus, SseStatus, TableDescription,
    TimeToLiveDescription, TimeToLiveStatus,
};

use super::model::{
    Encryption, GlobalIndex, HASH, KeyAttribute, KeyPart, LocalIndex, OnDemand, PROVISIONED, RANGE, Recovery, Replica,
    STRONG, TableModel, TimeToLive, Warm, Witness,
};
use super::steps::NO_LIMIT;

/// What AWS says about a table.
#[derive(Debug)]
pub(super) struct Observed {
    pub(super) description: TableDescription,
    pub(super) ttl: Option<TimeToLiveDescription>,
    pub(super) backups: Option<ContinuousBackupsDescription>,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) replicas: Vec<ObservedReplica>,
}

/// What AWS says about a copy: at the table, and in the copy's own region.
#[derive(Debug)]
pub(super) struct ObservedReplica {
    pub(super) description: ReplicaDescription,
    pub(super) table: Option<TableDescription>,
    pub(super) backups: Option<ContinuousBackupsDescription>,
}

/// The model of a table. `prior` tells how things were written that AWS has one form for, and what AWS does not say.
pub(super) fn model(observed: &Observed, prior: &TableModel) -> TableModel {
    let table = &observed.description;
    let (hash_key, range_key) = simple_key(table.key_schema());
    let stream = table.stream_specification().filter(|stream| stream.stream_enabled());
    let view = stream.and_then(|stream| stream.stream_view_type()).map(|view| view.as_str().to_owned());
    let text = |found: Option<&str>| Some(found.unwrap_or_default().to_owned());
    let (read_capacity, write_capacity) = capacities(table, table.provisioned_throughput());
    let name = table.table_name().unwrap_or(&prior.name).to_owned();
    TableModel {
        arn: table.table_arn().map(str::to_owned),
        billing_mode: billing_mode(table),
        deletion_protection_enabled: table.deletion_protection_enabled().unwrap_or_default(),
        hash_key,
        id: Some(name.clone()),
        name,
        range_key,
        read_capacity,
        write_capacity,
        restore_backup_arn: prior.restore_backup_arn.clone(),
        restore_date_time: prior.restore_date_time.clone(),
        restore_source_name: prior.restore_source_name.clone(),
        restore_source_table_arn: prior.restore_source_table_arn.clone(),
        restore_to_latest_time: prior.restore_to_latest_time,
        stream_arn: text(table.latest_stream_arn()),
        stream_enabled: Some(stream.is_some()),
        stream_label: text(table.latest_stream_label()),
        stream_view_type: view.or_else(|| prior.stream_view_type.clone()).or_else(|| text(None)),
        table_class: table
            .table_class_summary()
            .and_then(|summary| summary.table_class())
            .map_or("STANDARD", |class| class.as_str())
            .to_owned(),
        tags: None,
        tags_all: observed.tags.clone(),
        attribute: attributes(table),
        global_secondary_index: global_indexes(table, prior),
        global_table_witness: table
            .global_table_witnesses()
            .first()
            .map(|witness| Witness { region_name: witness.region_name().map(str::to_owned) }),
        import_table: prior.import_table.clone(),
        local_secondary_index: table.local_secondary_indexes().iter().map(local_index).collect(),
        on_demand_throughput: limits(
            table.on_demand_throughput().map(|t| (t.max_read_request_units(), t.max_write_request_units())),
            prior.on_demand_throughput.as_ref(),
        ),
        point_in_time_recovery: backups(observed.backups.as_ref(), prior.point_in_time_recovery.as_ref()),
        replica: replicas(observed, prior),
        server_side_encryption: encryption(table, prior.server_side_encryption.as_ref()),
        ttl: time_to_live(observed.ttl.as_ref(), prior.ttl.as_ref()),
        warm_throughput: warm(
            table.warm_throughput().map(|t| (t.read_units_per_second(), t.write_units_per_second())),
            table.warm_throughput().and_then(|t| t.status()).is_some_and(|status| status.as_str() == "UPDATING"),
            prior.warm_throughput.as_ref(),
        ),
    }
}

/// How a table is paid for; AWS leaves the summary out where it was never on demand.
fn billing_mode(table: &TableDescription) -> String {
    table
        .billing_mode_summary()
        .and_then(|summary| summary.billing_mode())
        .map_or(PROVISIONED, |mode| mode.as_str())
        .to_owned()
}

fn attributes(table: &TableDescription) -> Vec<KeyAttribute> {
    let definitions = table.attribute_definitions().iter();
    definitions
        .map(|a| KeyAttribute { name: a.attribute_name().into(), r#type: a.attribute_type().as_str().into() })
        .collect()
}

fn simple_key(schema: &[KeySchemaElement]) -> (Option<String>, Option<String>) {
    let part =
        |kind: &KeyType| schema.iter().find(|part| part.key_type() == kind).map(|p| p.attribute_name().to_owned());
    (part(&KeyType::Hash), part(&KeyType::Range))
}

fn global_indexes(table: &TableDescription, prior: &TableModel) -> Vec<GlobalIndex> {
    let there = table.global_secondary_indexes().iter();
    let there = there.filter(|index| index.index_status().is_none_or(|status| status.as_str() != "DELETING"));
    there.map(|index| global_index(table, index, prior.index(index.index_name().unwrap_or_default()))).collect()
}

/// The capacity set aside for a table or index. What is left over in an on-demand table has no meaning.
fn capacities(
    table: &TableDescription,
    found: Option<&ProvisionedThroughputDescription>,
) -> (Option<i64>, Option<i64>) {
    let found = found.filter(|_| billing_mode(table) == PROVISIONED);
    let (read, write) = (found.and_then(|t| t.read_capacity_units()), found.and_then(|t| t.write_capacity_units()));
    (Some(read.unwrap_or_default()), Some(write.unwrap_or_default()))
}

fn global_index(
    table: &TableDescription,
    index: &GlobalSecondaryIndexDescription,
    prior: Option<&GlobalIndex>,
) -> GlobalIndex {
    let parts: Vec<KeyPart> = index
        .key_schema()
        .iter()
        .map(|p| KeyPart { attribute_name: p.attribute_name().into(), key_type: p.key_type().as_str().into() })
        .collect();
    let count = |kind: &str| parts.iter().filter(|part| part.key_type == kind).count();
    let composite = count(HASH) > 1 || count(RANGE) > 1;
    // A simple key has two spellings; state of Terraform holds both, and there the shorter one counts.
    let spelled_out =
        prior.is_some_and(|prior| !prior.key_schema.is_empty() && prior.hash_key.as_ref().is_none_or(String::is_empty));
    let (hash_key, range_key) = if composite || spelled_out { (None, None) } else { simple_key(index.key_schema()) };
    let projection = index.projection();
    let (read_capacity, write_capacity) = capacities(table, index.provisioned_throughput());
    GlobalIndex {
        hash_key,
        name: index.index_name().unwrap_or_default().to_owned(),
        non_key_attributes: projection.map(|p| p.non_key_attributes().to_vec()).unwrap_or_default(),
        projection_type: projection_type(projection.and_then(|p| p.projection_type())),
        range_key,
        read_capacity,
        write_capacity,
        key_schema: if composite || spelled_out { parts } else { Vec::new() },
        on_demand_throughput: limits(
            index.on_demand_throughput().map(|t| (t.max_read_request_units(), t.max_write_request_units())),
            prior.and_then(|prior| prior.on_demand_throughput.as_ref()),
        ),
        // Every index reports one; it is of interest where it is declared.
        warm_throughput: prior.and_then(|prior| prior.warm_throughput.as_ref()).and_then(|prior| {
            let found = index.warm_throughput();
            let updating = found.and_then(|t| t.status()).is_some_and(|status| status.as_str() == "UPDATING");
            warm(found.map(|t| (t.read_units_per_second(), t.write_units_per_second())), updating, Some(prior))
        }),
    }
}

fn projection_type(found: Option<&aws_sdk_dynamodb::types::ProjectionType>) -> String {
    found.map_or_else(String::new, |found| found.as_str().to_owned())
}

fn local_index(index: &LocalSecondaryIndexDescription) -> LocalIndex {
    let projection = index.projection();
    LocalIndex {
        name: index.index_name().unwrap_or_default().to_owned(),
        non_key_attributes: projection.map(|p| p.non_key_attributes().to_vec()).unwrap_or_default(),
        projection_type: projection_type(projection.and_then(|p| p.projection_type())),
        range_key: simple_key(index.key_schema()).1.unwrap_or_default(),
    }
}

/// Upper limits: a block without any is the same as none.
fn limits(found: Option<(Option<i64>, Option<i64>)>, prior: Option<&OnDemand>) -> Option<OnDemand> {
    let (read, write) = found.unwrap_or_default();
    let (read, write) = (read.unwrap_or(NO_LIMIT), write.unwrap_or(NO_LIMIT));
    let unlimited = |limit: Option<i64>| limit.is_none_or(|limit| limit == NO_LIMIT);
    let declared_none =
        prior.is_some_and(|p| unlimited(p.max_read_request_units) && unlimited(p.max_write_request_units));
    (read != NO_LIMIT || write != NO_LIMIT || declared_none)
        .then_some(OnDemand { max_read_request_units: Some(read), max_write_request_units: Some(write) })
}

/// Warm throughput. AWS raises it by itself, which is no change to what was declared, and while it follows a declared
/// raise it still reports the old one.
fn warm(found: Option<(Option<i64>, Option<i64>)>, updating: bool, prior: Option<&Warm>) -> Option<Warm> {
    let level = |found: Option<i64>, declared: Option<i64>| match (found.filter(|n| *n > 0), declared) {
        (Some(found), Some(declared)) if found < declared && !updating => Some(found),
        // The least that AWS reports is 1, so that an answer without a number says nothing.
        (_, Some(declared)) => Some(declared),
        (found, None) => found,
    };
    let (read, write) = found.unwrap_or_default();
    let read = level(read, prior.and_then(|prior| prior.read_units_per_second));
    let write = level(write, prior.and_then(|prior| prior.write_units_per_second));
    (read.is_some() || write.is_some()).then_some(Warm { read_units_per_second: read, write_units_per_second: write })
}

fn is_on(backups: Option<&ContinuousBackupsDescription>) -> bool {
    backups
        .and_then(|backups| backups.point_in_time_recovery_description())
        .is_some_and(|found| found.point_in_time_recovery_status() == Some(&PointInTimeRecoveryStatus::Enabled))
}

fn backups(found: Option<&ContinuousBackupsDescription>, prior: Option<&Recovery>) -> Option<Recovery> {
    let enabled = is_on(found);
    let days = found
        .and_then(|backups| backups.point_in_time_recovery_description())
        .and_then(|found| found.recovery_period_in_days())
        .map(i64::from)
        .filter(|_| enabled)
        // AWS reports the days of backups that are on; where they are off there is nothing to report.
        .or_else(|| prior.and_then(|prior| prior.recovery_period_in_days));
    Some(Recovery { enabled, recovery_period_in_days: days })
}

fn encryption(table: &TableDescription, prior: Option<&Encryption>) -> Option<Encryption> {
    let found = table
        .sse_description()
        .filter(|sse| matches!(sse.status(), Some(SseStatus::Enabled | SseStatus::Enabling | SseStatus::Updating)));
    match found {
        Some(sse) => Some(Encryption { enabled: true, kms_key_arn: sse.kms_master_key_arn().map(str::to_owned) }),
        // AWS has no words for its own key: a block that asks for it is kept as it is.
        None => prior.filter(|prior| !prior.enabled).cloned(),
    }
}

fn time_to_live(found: Option<&TimeToLiveDescription>, prior: Option<&TimeToLive>) -> Option<TimeToLive> {
    let running = found.filter(|ttl| {
        matches!(ttl.time_to_live_status(), Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling))
    });
    Some(match running {
        Some(ttl) => TimeToLive { attribute_name: ttl.attribute_name().map(str::to_owned), enabled: true },
        // AWS forgets the attribute of an expiry that is off.
        None => TimeToLive {
            attribute_name: prior.and_then(|prior| prior.attribute_name.clone()).or_else(|| Some(String::new())),
            enabled: false,
        },
    })
}

fn replicas(observed: &Observed, prior: &TableModel) -> Vec<Replica> {
    let strong = observed.description.multi_region_consistency() == Some(&MultiRegionConsistency::Strong);
    let there = observed.replicas.iter();
    let there = there.filter(|replica| replica.description.replica_status() != Some(&ReplicaStatus::Deleting));
    there.map(|replica| one_replica(observed, replica, strong, prior)).collect()
}

fn one_replica(observed: &Observed, replica: &ObservedReplica, strong: bool, prior: &TableModel) -> Replica {
    let region = replica.description.region_name().unwrap_or_default();
    let before = prior.replica.iter().find(|before| before.region_name == region);
    let table = replica.table.as_ref();
    let own_arn = observed.description.table_arn().unwrap_or_default();
    let arn = table.and_then(TableDescription::table_arn).or(replica.description.replica_arn());
    Replica {
        arn: Some(arn.map_or_else(|| in_region(own_arn, region), str::to_owned)),
        consistency_mode: if strong { STRONG } else { "EVENTUAL" }.to_owned(),
        deletion_protection_enabled: Some(
            table.and_then(TableDescription::deletion_protection_enabled).unwrap_or_default(),
        ),
        kms_key_arn: replica.description.kms_master_key_id().map(str::to_owned),
        point_in_time_recovery: is_on(replica.backups.as_ref()),
        propagate_tags: before.is_some_and(|before| before.propagate_tags),
        region_name: region.to_owned(),
        stream_arn: Some(table.and_then(TableDescription::latest_stream_arn).unwrap_or_default().to_owned()),
        stream_label: Some(table.and_then(TableDescription::latest_stream_label).unwrap_or_default().to_owned()),
    }
}

/// The ARN of the same table in another region.
fn in_region(arn: &str, region: &str) -> String {
    let parts = arn.split(':').enumerate().map(|(i, part)| if i == 3 { region } else { part });
    parts.collect::<Vec<_>>().join(":")
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_dynamodb::types::{
        BillingMode, BillingModeSummary, OnDemandThroughput, Projection, ProjectionType, TableWarmThroughputDescription,
    };

    fn observed(description: TableDescription) -> Observed {
        Observed { description, ttl: None, backups: None, tags: BTreeMap::new(), replicas: Vec::new() }
    }

    fn part(name: &str, kind: KeyType) -> KeySchemaElement {
        KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap()
    }

    #[test]
    fn an_answer_without_members_gives_the_defaults() {
        let found = model(&observed(TableDescription::builder().table_name("posts").build()), &TableModel::default());
        assert_eq!((found.billing_mode.as_str(), found.table_class.as_str()), ("PROVISIONED", "STANDARD"));
        assert_eq!((found.stream_enabled, found.stream_arn.as_deref()), (Some(false), Some("")));
        assert_eq!(found.ttl, Some(TimeToLive { attribute_name: Some(String::new()), enabled: false }));
        assert_eq!(found.point_in_time_recovery, Some(Recovery { enabled: false, recovery_period_in_days: None }));
        assert_eq!(
            (found.on_demand_throughput, found.server_side_encryption, found.warm_throughput),
            (None, None, None)
        );
    }

    #[test]
    fn capacity_left_over_in_an_on_demand_table_is_none() {
        let left = ProvisionedThroughputDescription::builder().read_capacity_units(7).write_capacity_units(7).build();
        let table = |mode: BillingMode| {
            let summary = BillingModeSummary::builder().billing_mode(mode).build();
            TableDescription::builder().billing_mode_summary(summary).build()
        };
        assert_eq!(capacities(&table(BillingMode::PayPerRequest), Some(&left)), (Some(0), Some(0)));
        assert_eq!(capacities(&table(BillingMode::Provisioned), Some(&left)), (Some(7), Some(7)));
    }

    #[test]
    fn an_index_keeps_the_spelling_of_its_key() {
        let index = |parts: Vec<KeySchemaElement>| {
            let projection = Projection::builder().projection_type(ProjectionType::All).build();
            GlobalSecondaryIndexDescription::builder()
                .index_name("by-a")
                .set_key_schema(Some(parts))
                .projection(projection)
                .build()
        };
        let table = TableDescription::builder().build();
        let simple = index(vec![part("a", KeyType::Hash), part("b", KeyType::Range)]);
        let short = global_index(&table, &simple, None);
        assert_eq!((short.hash_key.as_deref(), short.range_key.as_deref()), (Some("a"), Some("b")));
        assert!(short.key_schema.is_empty());
        let prior = GlobalIndex { key_schema: short.key(), ..GlobalIndex::default() };
        let long = global_index(&table, &simple, Some(&prior));
        assert_eq!((long.hash_key.clone(), long.key()), (None, short.key()));
        let both = GlobalIndex { hash_key: Some("a".into()), ..prior };
        assert_eq!(global_index(&table, &simple, Some(&both)), short);
        let composite = index(vec![part("a", KeyType::Hash), part("b", KeyType::Hash)]);
        assert_eq!(global_index(&table, &composite, None).key_schema.len(), 2);
    }

    #[test]
    fn warm_throughput_that_aws_raised_is_no_change() {
        let prior = Warm { read_units_per_second: Some(15_000), write_units_per_second: Some(5_000) };
        let read = |units, updating| {
            let live =
                TableWarmThroughputDescription::builder().read_units_per_second(units).write_units_per_second(5_000);
            let live = live.build();
            let found = Some((live.read_units_per_second(), live.write_units_per_second()));
            warm(found, updating, Some(&prior)).and_then(|warm| warm.read_units_per_second)
        };
        assert_eq!(read(20_000, false), Some(15_000));
        assert_eq!(read(12_000, false), Some(12_000));
        assert_eq!(read(12_000, true), Some(15_000));
        assert_eq!(read(0, false), Some(15_000));
        assert_eq!(warm(Some((Some(12_000), Some(4_000))), false, None).unwrap().read_units_per_second, Some(12_000));
        assert_eq!(warm(Some((Some(0), Some(0))), false, None), None);
    }

    #[test]
    fn limits_of_minus_one_are_none() {
        let live = OnDemandThroughput::builder().max_read_request_units(-1).max_write_request_units(-1).build();
        let found = || Some((live.max_read_request_units(), live.max_write_request_units()));
        let block = |n| OnDemand { max_read_request_units: Some(n), max_write_request_units: Some(n) };
        assert_eq!(limits(found(), None), None);
        assert_eq!(limits(found(), Some(&block(-1))), Some(block(-1)));
        assert_eq!(limits(found(), Some(&block(10))), None);
        assert_eq!(limits(Some((Some(10), None)), None).unwrap().max_write_request_units, Some(-1));
    }

    #[test]
    fn what_aws_forgets_is_kept_and_what_it_says_counts() {
        let off = TimeToLive { attribute_name: Some("expires".into()), enabled: false };
        assert_eq!(time_to_live(None, Some(&off)), Some(off.clone()));
        let on = TimeToLiveDescription::builder()
            .attribute_name("until")
            .time_to_live_status(TimeToLiveStatus::Enabling)
            .build();
        let running = TimeToLive { attribute_name: Some("until".into()), enabled: true };
        assert_eq!(time_to_live(Some(&on), Some(&off)), Some(running));
        let own_key = Encryption { enabled: false, kms_key_arn: None };
        let table = TableDescription::builder().build();
        assert_eq!(encryption(&table, Some(&own_key)), Some(own_key));
        assert_eq!(encryption(&table, Some(&Encryption { enabled: true, kms_key_arn: None })), None);
    }

    #[test]
    fn a_copy_has_the_arn_of_the_table_in_its_region() {
        let arn = "arn:aws:dynamodb:us-east-1:123456789012:table/posts";
        assert_eq!(in_region(arn, "eu-west-1"), "arn:aws:dynamodb:eu-west-1:123456789012:table/posts");
    }
}
