//! From models to the members of AWS's requests.

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, CreateGlobalSecondaryIndexAction, GlobalSecondaryIndex, KeySchemaElement, KeyType,
    LocalSecondaryIndex, OnDemandThroughput, Projection, ProjectionType, ProvisionedThroughput, ScalarAttributeType,
    SseSpecification, SseType, StreamSpecification, StreamViewType, Tag, WarmThroughput,
};

use super::model::{GlobalIndex, KeyPart, LocalIndex, OnDemand, TableModel, Warm};
use super::steps::{Capacity, Definitions, capacity};
use crate::resource::{ErrorKind, OpError, OpResult};

/// A member of a request that lacks something AWS requires.
#[expect(clippy::needless_pass_by_value, reason = "it is used with `map_err`")]
pub(super) fn incomplete(error: BuildError) -> OpError {
    OpError::new(ErrorKind::Local, "dynamodb", error.to_string())
}

pub(super) fn definitions(definitions: &Definitions) -> OpResult<Vec<AttributeDefinition>> {
    let one = |(name, ty): (&String, &String)| {
        AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(ScalarAttributeType::from(ty.as_str()))
            .build()
            .map_err(incomplete)
    };
    definitions.iter().map(one).collect()
}

pub(super) fn key_schema(key: &[KeyPart]) -> OpResult<Vec<KeySchemaElement>> {
    let one = |part: &KeyPart| {
        KeySchemaElement::builder()
            .attribute_name(&part.attribute_name)
            .key_type(KeyType::from(part.key_type.as_str()))
            .build()
            .map_err(incomplete)
    };
    key.iter().map(one).collect()
}

fn projection(projection: &str, names: &[String]) -> Projection {
    let names = (!names.is_empty()).then(|| names.to_vec());
    Projection::builder().projection_type(ProjectionType::from(projection)).set_non_key_attributes(names).build()
}

pub(super) fn throughput(capacity: Capacity) -> OpResult<ProvisionedThroughput> {
    ProvisionedThroughput::builder()
        .read_capacity_units(capacity.read)
        .write_capacity_units(capacity.write)
        .build()
        .map_err(incomplete)
}

pub(super) fn limits(limits: &OnDemand) -> OnDemandThroughput {
    OnDemandThroughput::builder()
        .set_max_read_request_units(limits.max_read_request_units)
        .set_max_write_request_units(limits.max_write_request_units)
        .build()
}

pub(super) fn warm(warm: &Warm) -> WarmThroughput {
    WarmThroughput::builder()
        .set_read_units_per_second(warm.read_units_per_second)
        .set_write_units_per_second(warm.write_units_per_second)
        .build()
}

pub(super) fn encryption(enabled: bool, key: Option<&str>) -> SseSpecification {
    let mut sse = SseSpecification::builder().enabled(enabled);
    if enabled {
        sse = sse.sse_type(SseType::Kms);
    }
    sse.set_kms_master_key_id(key.map(str::to_owned)).build()
}

pub(super) fn stream(view: Option<&str>) -> OpResult<StreamSpecification> {
    let view_type = view.map(StreamViewType::from);
    StreamSpecification::builder()
        .stream_enabled(view.is_some())
        .set_stream_view_type(view_type)
        .build()
        .map_err(incomplete)
}

pub(super) fn tag(name: &str, value: &str) -> OpResult<Tag> {
    Tag::builder().key(name).value(value).build().map_err(incomplete)
}

/// The capacity to set aside, where any is: AWS refuses it for on-demand tables.
pub(super) fn table_throughput(table: &TableModel) -> OpResult<Option<ProvisionedThroughput>> {
    let capacity = capacity(table.read_capacity, table.write_capacity).filter(|_| !table.on_demand());
    capacity.map(throughput).transpose()
}

fn index_throughput(index: &GlobalIndex, provisioned: bool) -> OpResult<Option<ProvisionedThroughput>> {
    let capacity = capacity(index.read_capacity, index.write_capacity).filter(|_| provisioned);
    capacity.map(throughput).transpose()
}

pub(super) fn global_indexes(table: &TableModel) -> OpResult<Vec<GlobalSecondaryIndex>> {
    let one = |index: &GlobalIndex| {
        GlobalSecondaryIndex::builder()
            .index_name(&index.name)
            .set_key_schema(Some(key_schema(&index.key())?))
            .projection(projection(&index.projection_type, &index.non_key_attributes))
            .set_provisioned_throughput(index_throughput(index, !table.on_demand())?)
            .set_on_demand_throughput(index.on_demand_throughput.as_ref().map(limits))
            .set_warm_throughput(index.warm_throughput.as_ref().map(warm))
            .build()
            .map_err(incomplete)
    };
    table.global_secondary_index.iter().map(one).collect()
}

pub(super) fn new_index(index: &GlobalIndex, provisioned: bool) -> OpResult<CreateGlobalSecondaryIndexAction> {
    CreateGlobalSecondaryIndexAction::builder()
        .index_name(&index.name)
        .set_key_schema(Some(key_schema(&index.key())?))
        .projection(projection(&index.projection_type, &index.non_key_attributes))
        .set_provisioned_throughput(index_throughput(index, provisioned)?)
        .set_on_demand_throughput(index.on_demand_throughput.as_ref().map(limits))
        .set_warm_throughput(index.warm_throughput.as_ref().map(warm))
        .build()
        .map_err(incomplete)
}

pub(super) fn local_indexes(table: &TableModel) -> OpResult<Vec<LocalSecondaryIndex>> {
    let one = |index: &LocalIndex| {
        LocalSecondaryIndex::builder()
            .index_name(&index.name)
            .set_key_schema(Some(key_schema(&table.local_key(index))?))
            .projection(projection(&index.projection_type, &index.non_key_attributes))
            .build()
            .map_err(incomplete)
    };
    table.local_secondary_index.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_on_demand_table_and_its_indexes_carry_no_capacity() {
        let index = GlobalIndex {
            name: "by-a".into(),
            hash_key: Some("a".into()),
            projection_type: "INCLUDE".into(),
            non_key_attributes: vec!["x".into()],
            read_capacity: Some(2),
            write_capacity: Some(3),
            ..GlobalIndex::default()
        };
        let mut table = TableModel {
            billing_mode: "PAY_PER_REQUEST".into(),
            read_capacity: Some(5),
            write_capacity: Some(5),
            global_secondary_index: vec![index],
            ..TableModel::default()
        };
        assert_eq!(table_throughput(&table).unwrap(), None);
        assert_eq!(global_indexes(&table).unwrap()[0].provisioned_throughput(), None);
        table.billing_mode = "PROVISIONED".into();
        assert_eq!(table_throughput(&table).unwrap().map(|t| t.read_capacity_units()), Some(5));
        let made = global_indexes(&table).unwrap();
        assert_eq!(made[0].provisioned_throughput().map(|t| t.write_capacity_units()), Some(3));
        assert_eq!(made[0].projection().map(Projection::non_key_attributes), Some(&["x".to_owned()][..]));
    }

    #[test]
    fn encryption_names_a_key_only_where_it_is_on() {
        assert_eq!(encryption(false, None).sse_type(), None);
        let on = encryption(true, Some("k"));
        assert_eq!((on.sse_type(), on.kms_master_key_id()), (Some(&SseType::Kms), Some("k")));
    }
}
