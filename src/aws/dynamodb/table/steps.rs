//! What an update of a table consists of, as data: AWS takes most changes one by one, in some orders only, and refuses
//! to be told what it already does.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{GlobalIndex, KeyPart, OnDemand, PROVISIONED, Replica, STRONG, TableModel, TimeToLive, Warm, given};
use crate::aws::tags;

/// One changing call, and the wait that follows it. An absent field is not sent.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TableStep {
    /// Turns deletion protection on or off.
    Protect(bool),
    /// Sets and removes tags.
    Tags(TagChanges),
    /// Removes copies in other regions, and the witness with them.
    DropReplicas(Group),
    /// Deletes an index, with the definitions of the key attributes that are still in use.
    DropIndex { name: String, definitions: Definitions },
    /// Changes how the table is paid for, or the capacity set aside.
    Throughput(Throughput),
    /// Changes the upper limits of on-demand throughput.
    Limits { table: Option<OnDemand>, indexes: Vec<(String, OnDemand)> },
    /// Changes the storage class.
    Class(String),
    /// Encrypts with a KMS key, AWS's own where none is named, or with DynamoDB's own key.
    Encrypt { enabled: bool, key: Option<String> },
    /// Creates an index, with the definitions of all key attributes.
    CreateIndex { index: Box<GlobalIndex>, provisioned: bool, definitions: Definitions },
    /// Raises what can be served at once.
    Warm { table: Option<Warm>, indexes: Vec<(String, Warm)> },
    /// Turns the stream on with a view type, or off.
    Stream(Option<String>),
    /// Adds copies in other regions, and a witness with them.
    CreateReplicas(Group),
    /// Encrypts a copy with another key.
    ReplicaKey { region: String, key: String },
    /// Turns the backups of a copy on or off.
    ReplicaBackups { region: String, enabled: bool },
    /// Turns deletion protection of a copy on or off.
    ReplicaProtect { region: String, enabled: bool },
    /// Sets and removes tags of a copy.
    ReplicaTags { region: String, changes: TagChanges },
    /// Turns expiry by an attribute on or off.
    TimeToLive { attribute: String, enabled: bool },
    /// Turns continuous backups on or off.
    Backups { enabled: bool, days: Option<i64> },
}

/// The types of key attributes by name.
pub(super) type Definitions = BTreeMap<String, String>;

/// Tags to set and to remove.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TagChanges {
    pub(super) set: BTreeMap<String, String>,
    pub(super) removed: Vec<String>,
}

/// Read and write units per second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Capacity {
    pub(super) read: i64,
    pub(super) write: i64,
}

/// A change of billing mode or capacity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Throughput {
    pub(super) billing: Option<String>,
    pub(super) table: Option<Capacity>,
    pub(super) indexes: Vec<(String, Capacity)>,
}

/// Replicas that AWS wants to have added or removed in one call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Group {
    /// Regions, with the KMS keys of new copies.
    pub(super) regions: Vec<(String, Option<String>)>,
    /// The region of the witness, where that changes too.
    pub(super) witness: Option<String>,
    /// Whether reads of the copies are never behind.
    pub(super) strong: bool,
}

/// The steps from what there is to what is wanted; none if AWS would not notice. The table's own key, its local indexes
/// and the types of their attributes are the same on both sides: a change of those makes a new table.
pub(super) fn steps(prior: &TableModel, wanted: &TableModel) -> Vec<TableStep> {
    let mut steps = Vec::new();
    if prior.deletion_protection_enabled != wanted.deletion_protection_enabled {
        steps.push(TableStep::Protect(wanted.deletion_protection_enabled));
    }
    if let Some(changes) = tag_changes(&prior.tags_all, &wanted.tags_all) {
        steps.push(TableStep::Tags(changes));
    }
    steps.extend(dropped_replicas(prior, wanted));
    let indexes = Indexes::of(prior, wanted);
    steps.extend(indexes.drops());
    steps.extend(throughput(&indexes));
    steps.extend(limits(&indexes));
    if prior.table_class != wanted.table_class {
        steps.push(TableStep::Class(wanted.table_class.clone()));
    }
    steps.extend(encryption(prior, wanted));
    steps.extend(indexes.creates());
    steps.extend(warm(&indexes));
    steps.extend(stream(prior, wanted));
    steps.extend(created_replicas(prior, wanted));
    steps.extend(time_to_live(prior.ttl.as_ref(), wanted.ttl.as_ref()));
    steps.extend(backups(prior, wanted));
    for replica in &wanted.replica {
        replica_settings(prior, wanted, replica, &mut steps);
    }
    steps
}

fn tag_changes(from: &BTreeMap<String, String>, to: &BTreeMap<String, String>) -> Option<TagChanges> {
    let (set, removed) = tags::changes(from, to);
    (!set.is_empty() || !removed.is_empty()).then_some(TagChanges { set, removed })
}

/// Global indexes by what becomes of them.
struct Indexes<'a> {
    prior: &'a TableModel,
    wanted: &'a TableModel,
    dropped: Vec<&'a GlobalIndex>,
    kept: Vec<(&'a GlobalIndex, &'a GlobalIndex)>,
    created: Vec<&'a GlobalIndex>,
}

impl<'a> Indexes<'a> {
    fn of(prior: &'a TableModel, wanted: &'a TableModel) -> Self {
        let mut found = Self { prior, wanted, dropped: Vec::new(), kept: Vec::new(), created: Vec::new() };
        for before in sorted(&prior.global_secondary_index) {
            match wanted.index(&before.name) {
                Some(after) if identity(prior, before) == identity(wanted, after) => found.kept.push((before, after)),
                _ => found.dropped.push(before),
            }
        }
        let is_kept = |index: &GlobalIndex| found.kept.iter().any(|(before, _)| before.name == index.name);
        found.created = sorted(&wanted.global_secondary_index).into_iter().filter(|index| !is_kept(index)).collect();
        found
    }

    fn drops(&self) -> Vec<TableStep> {
        let mut left: Vec<&GlobalIndex> = self.dropped.clone();
        let kept = self.kept.iter().map(|(before, _)| *before);
        let drop = |index: &&GlobalIndex| {
            left.retain(|other| other.name != index.name);
            let definitions = definitions(self.prior, left.iter().copied().chain(kept.clone()));
            TableStep::DropIndex { name: index.name.clone(), definitions }
        };
        self.dropped.iter().map(drop).collect()
    }

    fn creates(&self) -> Vec<TableStep> {
        let mut there: Vec<&GlobalIndex> = self.kept.iter().map(|(_, after)| *after).collect();
        let create = |index: &&'a GlobalIndex| {
            there.push(index);
            TableStep::CreateIndex {
                index: Box::new((*index).clone()),
                provisioned: !self.wanted.on_demand(),
                definitions: definitions(self.wanted, there.iter().copied()),
            }
        };
        self.created.iter().map(create).collect()
    }
}

fn sorted(indexes: &[GlobalIndex]) -> Vec<&GlobalIndex> {
    let mut indexes: Vec<_> = indexes.iter().collect();
    indexes.sort_by(|a, b| a.name.cmp(&b.name));
    indexes
}

/// What makes an index another one: AWS can change none of it in place.
#[derive(PartialEq, Eq)]
struct Identity<'a> {
    key: Vec<(KeyPart, Option<&'a str>)>,
    projection: &'a str,
    held: BTreeSet<&'a str>,
}

fn identity<'a>(table: &'a TableModel, index: &'a GlobalIndex) -> Identity<'a> {
    let typed = |part: KeyPart| {
        let ty = table.type_of(&part.attribute_name);
        (part, ty)
    };
    Identity {
        key: index.key().into_iter().map(typed).collect(),
        projection: &index.projection_type,
        held: index.non_key_attributes.iter().map(String::as_str).collect(),
    }
}

/// The definitions of the attributes that are keys of the table, its local indexes or the given global ones: exactly
/// these, since AWS refuses more and fewer.
pub(super) fn definitions<'a>(table: &TableModel, indexes: impl Iterator<Item = &'a GlobalIndex>) -> Definitions {
    let own = table.key();
    let local = table.local_secondary_index.iter().flat_map(|index| table.local_key(index));
    let global = indexes.flat_map(GlobalIndex::key);
    own.into_iter()
        .chain(local)
        .chain(global)
        .filter_map(|part| Some((part.attribute_name.clone(), table.type_of(&part.attribute_name)?.to_owned())))
        .collect()
}

fn throughput(indexes: &Indexes<'_>) -> Option<TableStep> {
    let (prior, wanted) = (indexes.prior, indexes.wanted);
    if wanted.on_demand() {
        let flips = !prior.on_demand();
        return flips.then(|| {
            TableStep::Throughput(Throughput { billing: Some(wanted.billing_mode.clone()), ..Throughput::default() })
        });
    }
    let flips = prior.on_demand();
    let changed = |before: Option<Capacity>, after: Option<Capacity>| after.filter(|_| flips || before != after);
    let table = changed(
        capacity(prior.read_capacity, prior.write_capacity),
        capacity(wanted.read_capacity, wanted.write_capacity),
    );
    let of_index = |(before, after): &(&GlobalIndex, &GlobalIndex)| {
        let capacity = changed(
            capacity(before.read_capacity, before.write_capacity),
            capacity(after.read_capacity, after.write_capacity),
        );
        capacity.map(|capacity| (after.name.clone(), capacity))
    };
    let indexes: Vec<_> = indexes.kept.iter().filter_map(of_index).collect();
    let billing = flips.then(|| PROVISIONED.to_owned());
    (flips || table.is_some() || !indexes.is_empty()).then_some(TableStep::Throughput(Throughput {
        billing,
        table,
        indexes,
    }))
}

/// A capacity that AWS would accept.
pub(super) fn capacity(read: Option<i64>, write: Option<i64>) -> Option<Capacity> {
    let (read, write) = (read.filter(|n| *n > 0)?, write.filter(|n| *n > 0)?);
    Some(Capacity { read, write })
}

fn limits(indexes: &Indexes<'_>) -> Option<TableStep> {
    if !indexes.wanted.on_demand() {
        return None;
    }
    let table = limit_change(indexes.prior.on_demand_throughput.as_ref(), indexes.wanted.on_demand_throughput.as_ref());
    let of_index = |(before, after): &(&GlobalIndex, &GlobalIndex)| {
        let change = limit_change(before.on_demand_throughput.as_ref(), after.on_demand_throughput.as_ref());
        change.map(|change| (after.name.clone(), change))
    };
    let indexes: Vec<_> = indexes.kept.iter().filter_map(of_index).collect();
    (table.is_some() || !indexes.is_empty()).then_some(TableStep::Limits { table, indexes })
}

fn limit_change(before: Option<&OnDemand>, after: Option<&OnDemand>) -> Option<OnDemand> {
    let limit = |block: Option<&OnDemand>, of: fn(&OnDemand) -> Option<i64>| block.and_then(of).unwrap_or(NO_LIMIT);
    let both = |block| (limit(block, |b| b.max_read_request_units), limit(block, |b| b.max_write_request_units));
    let ((old_read, old_write), (read, write)) = (both(before), both(after));
    (old_read != read || old_write != write)
        .then_some(OnDemand { max_read_request_units: Some(read), max_write_request_units: Some(write) })
}

/// What AWS takes for no upper limit.
pub(super) const NO_LIMIT: i64 = -1;

fn encryption(prior: &TableModel, wanted: &TableModel) -> Option<TableStep> {
    let after = wanted.server_side_encryption.as_ref()?;
    let before = prior.server_side_encryption.as_ref();
    let was_enabled = before.is_some_and(|block| block.enabled);
    let old_key = before.and_then(|block| given(block.kms_key_arn.as_ref()));
    let key = given(after.kms_key_arn.as_ref());
    let changes = after.enabled != was_enabled || (after.enabled && key.is_some() && key != old_key);
    let key = key.filter(|_| after.enabled).map(str::to_owned);
    changes.then_some(TableStep::Encrypt { enabled: after.enabled, key })
}

fn warm(indexes: &Indexes<'_>) -> Option<TableStep> {
    let changed = |before: Option<&Warm>, after: Option<&Warm>| {
        after.filter(|after| before != Some(*after) && !is_empty(after)).cloned()
    };
    let table = changed(indexes.prior.warm_throughput.as_ref(), indexes.wanted.warm_throughput.as_ref());
    let of_index = |(before, after): &(&GlobalIndex, &GlobalIndex)| {
        let change = changed(before.warm_throughput.as_ref(), after.warm_throughput.as_ref());
        change.map(|change| (after.name.clone(), change))
    };
    let indexes: Vec<_> = indexes.kept.iter().filter_map(of_index).collect();
    (table.is_some() || !indexes.is_empty()).then_some(TableStep::Warm { table, indexes })
}

fn is_empty(warm: &Warm) -> bool {
    warm.read_units_per_second.is_none() && warm.write_units_per_second.is_none()
}

fn stream(prior: &TableModel, wanted: &TableModel) -> Vec<TableStep> {
    match (prior.stream(), wanted.stream()) {
        (before, after) if before == after => Vec::new(),
        // The view type of a running stream cannot be changed.
        (Some(_), Some(view)) => vec![TableStep::Stream(None), TableStep::Stream(Some(view.to_owned()))],
        (_, after) => vec![TableStep::Stream(after.map(str::to_owned))],
    }
}

fn time_to_live(prior: Option<&TimeToLive>, wanted: Option<&TimeToLive>) -> Option<TableStep> {
    let wanted = wanted?;
    let running = prior.filter(|ttl| ttl.enabled).and_then(|ttl| given(ttl.attribute_name.as_ref()));
    let step = |attribute: &str, enabled| TableStep::TimeToLive { attribute: attribute.to_owned(), enabled };
    match (running, wanted.enabled) {
        (Some(attribute), false) => Some(step(attribute, false)),
        (None, true) => given(wanted.attribute_name.as_ref()).map(|attribute| step(attribute, true)),
        // Another attribute cannot follow at once: the plan has refused that.
        (Some(_), true) | (None, false) => None,
    }
}

fn backups(prior: &TableModel, wanted: &TableModel) -> Option<TableStep> {
    let after = wanted.point_in_time_recovery.as_ref()?;
    let before = prior.point_in_time_recovery.as_ref();
    let was_enabled = before.is_some_and(|block| block.enabled);
    let days = after.recovery_period_in_days.filter(|days| *days > 0 && after.enabled);
    let other_days = days.is_some() && before.and_then(|block| block.recovery_period_in_days) != days;
    let changes = was_enabled != after.enabled || (after.enabled && other_days);
    changes.then_some(TableStep::Backups { enabled: after.enabled, days })
}

fn replica<'a>(table: &'a TableModel, region: &str) -> Option<&'a Replica> {
    table.replica.iter().find(|replica| replica.region_name == region)
}

fn witness(table: &TableModel) -> Option<&str> {
    table.global_table_witness.as_ref().and_then(|witness| given(witness.region_name.as_ref()))
}

/// Replicas of `table` that `other` lacks.
fn missing<'a>(table: &'a TableModel, other: &TableModel) -> Vec<&'a Replica> {
    let mut found: Vec<_> = table.replica.iter().filter(|mine| replica(other, &mine.region_name).is_none()).collect();
    found.sort_by(|a, b| a.region_name.cmp(&b.region_name));
    found
}

fn dropped_replicas(prior: &TableModel, wanted: &TableModel) -> Vec<TableStep> {
    let gone = missing(prior, wanted);
    let witness = witness(prior).filter(|before| witness(wanted) != Some(before));
    groups(&gone, witness).into_iter().map(TableStep::DropReplicas).collect()
}

fn created_replicas(prior: &TableModel, wanted: &TableModel) -> Vec<TableStep> {
    let new = missing(wanted, prior);
    let witness = witness(wanted).filter(|after| witness(prior) != Some(after));
    groups(&new, witness).into_iter().map(TableStep::CreateReplicas).collect()
}

/// Strongly consistent copies come and go together with their witness, others one by one.
fn groups(replicas: &[&Replica], witness: Option<&str>) -> Vec<Group> {
    let region =
        |replica: &&Replica| (replica.region_name.clone(), given(replica.kms_key_arn.as_ref()).map(str::to_owned));
    let (strong, eventual): (Vec<&Replica>, Vec<&Replica>) =
        replicas.iter().copied().partition(|replica| replica.consistency_mode == STRONG);
    let one = |replica| Group { regions: vec![region(replica)], ..Group::default() };
    let mut groups: Vec<Group> = eventual.iter().map(one).collect();
    if !strong.is_empty() || witness.is_some() {
        let regions = strong.iter().map(region).collect();
        groups.push(Group { regions, witness: witness.map(str::to_owned), strong: true });
    }
    groups
}

fn replica_settings(prior: &TableModel, wanted: &TableModel, after: &Replica, steps: &mut Vec<TableStep>) {
    let before = replica(prior, &after.region_name);
    let region = after.region_name.clone();
    let key = given(after.kms_key_arn.as_ref());
    if let (Some(before), Some(key)) = (before, key)
        && given(before.kms_key_arn.as_ref()) != Some(key)
    {
        steps.push(TableStep::ReplicaKey { region: region.clone(), key: key.to_owned() });
    }
    if after.point_in_time_recovery != before.is_some_and(|before| before.point_in_time_recovery) {
        steps.push(TableStep::ReplicaBackups { region: region.clone(), enabled: after.point_in_time_recovery });
    }
    let protected = before.and_then(|before| before.deletion_protection_enabled).unwrap_or_default();
    if let Some(enabled) = after.deletion_protection_enabled.filter(|enabled| *enabled != protected) {
        steps.push(TableStep::ReplicaProtect { region: region.clone(), enabled });
    }
    if after.propagate_tags {
        let none = BTreeMap::new();
        let from = if before.is_some_and(|before| before.propagate_tags) { &prior.tags_all } else { &none };
        if let Some(changes) = tag_changes(from, &wanted.tags_all) {
            steps.push(TableStep::ReplicaTags { region, changes });
        }
    }
}

#[cfg(test)]
mod tests;
