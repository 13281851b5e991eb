//! Arguments and attributes of `aws_dynamodb_table`.

use std::collections::BTreeMap;

use crate::resource::Model;
use crate::value::Value;

/// A DynamoDB table with its indexes, capacity, stream, expiry, backups, encryption and replicas.
///
/// Changes are made in the order AWS accepts them, and index changes one at a time. A change of the table's own key or
/// of a local index makes a new table, which loses the items of the old one.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct TableModel {
    /// The ARN of the table.
    #[attr(computed)]
    pub(crate) arn: Option<String>,
    /// How reads and writes are paid for: by capacity set aside, or by request.
    #[attr(optional, default = "PROVISIONED", allowed = ["PROVISIONED", "PAY_PER_REQUEST"])]
    pub(crate) billing_mode: String,
    /// Whether AWS refuses to delete the table.
    #[attr(optional, default = false)]
    pub(crate) deletion_protection_enabled: bool,
    /// The attribute that is the partition key. Required unless the table is restored from another.
    #[attr(optional, computed, replace, min = 1, max = 255)]
    pub(crate) hash_key: Option<String>,
    /// The name of the table.
    #[attr(optional, computed)]
    pub(crate) id: Option<String>,
    /// The name of the table, unique in its account and region.
    #[attr(required, replace)]
    pub(crate) name: String,
    /// The attribute that is the sort key.
    #[attr(optional, replace, max = 255)]
    pub(crate) range_key: Option<String>,
    /// Read units per second that are set aside; required where `billing_mode` is `PROVISIONED`.
    #[attr(optional, computed)]
    pub(crate) read_capacity: Option<i64>,
    /// The backup to restore the table from. Another one makes a new table; removing the argument changes nothing. The
    /// same holds for the other `restore_…` arguments.
    #[attr(optional, conflicts = ["restore_source_name", "restore_source_table_arn"])]
    pub(crate) restore_backup_arn: Option<String>,
    /// The moment to restore to, as an RFC 3339 time.
    #[attr(optional, conflicts = ["restore_to_latest_time"])]
    pub(crate) restore_date_time: Option<String>,
    /// The table in this account and region to restore from, by name.
    #[attr(optional, conflicts = ["restore_source_table_arn"])]
    pub(crate) restore_source_name: Option<String>,
    /// The table to restore from, by ARN; it may be in another region.
    #[attr(optional)]
    pub(crate) restore_source_table_arn: Option<String>,
    /// Whether to restore to the latest moment there is.
    #[attr(optional)]
    pub(crate) restore_to_latest_time: Option<bool>,
    /// The ARN of the table's latest stream; empty if it never had one.
    #[attr(computed)]
    pub(crate) stream_arn: Option<String>,
    /// Whether changes of items are put on a stream. Replicas need one, and turn it on where this is absent.
    #[attr(optional)]
    pub(crate) stream_enabled: Option<bool>,
    /// The time that tells the latest stream from earlier ones.
    #[attr(computed)]
    pub(crate) stream_label: Option<String>,
    /// What a record on the stream holds.
    #[attr(optional, computed, allowed = ["NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY", ""])]
    pub(crate) stream_view_type: Option<String>,
    /// The storage class.
    #[attr(optional, default = "STANDARD", allowed = ["STANDARD", "STANDARD_INFREQUENT_ACCESS"])]
    pub(crate) table_class: String,
    /// Tags of the table.
    #[attr(optional)]
    pub(crate) tags: Option<BTreeMap<String, String>>,
    /// Tags of the table with the provider's default tags.
    #[attr(optional, computed)]
    pub(crate) tags_all: BTreeMap<String, String>,
    /// Write units per second that are set aside; required where `billing_mode` is `PROVISIONED`.
    #[attr(optional, computed)]
    pub(crate) write_capacity: Option<i64>,
    /// The type of each attribute that is part of a key of the table or of an index. Other attributes of items are not
    /// declared.
    #[block(set, computed, key = "name")]
    pub(crate) attribute: Vec<KeyAttribute>,
    /// Indexes with keys of their own. A change of keys or projection deletes the index and creates it again.
    #[block(set, key = "name")]
    pub(crate) global_secondary_index: Vec<GlobalIndex>,
    /// A third region that takes part in strongly consistent replication without holding the table.
    #[block(computed)]
    pub(crate) global_table_witness: Option<Witness>,
    /// A bucket from which the new table takes its items. Another source makes a new table; removing the block changes
    /// nothing.
    #[block]
    pub(crate) import_table: Option<ImportSource>,
    /// Indexes that share the table's partition key. They can only be made together with the table.
    #[block(set, key = "name", replace)]
    pub(crate) local_secondary_index: Vec<LocalIndex>,
    /// Upper limits of an on-demand table.
    #[block]
    pub(crate) on_demand_throughput: Option<OnDemand>,
    /// Continuous backups.
    #[block(computed)]
    pub(crate) point_in_time_recovery: Option<Recovery>,
    /// Copies of the table in other regions.
    #[block(set, key = "region_name")]
    pub(crate) replica: Vec<Replica>,
    /// Encryption with a KMS key instead of a key that DynamoDB owns.
    #[block(computed)]
    pub(crate) server_side_encryption: Option<Encryption>,
    /// Expiry of items.
    #[block(computed)]
    pub(crate) ttl: Option<TimeToLive>,
    /// What the table must be able to serve at once. AWS raises it by itself and never lowers it.
    #[block(computed)]
    pub(crate) warm_throughput: Option<Warm>,
}

/// The type of a key attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Model)]
pub(crate) struct KeyAttribute {
    /// The name of the attribute.
    #[attr(required, min = 1, max = 255)]
    pub(crate) name: String,
    /// String, number or binary.
    #[attr(required, allowed = ["S", "N", "B"])]
    pub(crate) r#type: String,
}

/// An index with keys of its own.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct GlobalIndex {
    /// The attribute that is the index's partition key.
    #[attr(optional, computed, conflicts = ["key_schema"])]
    pub(crate) hash_key: Option<String>,
    /// The name of the index.
    #[attr(required, min = 3, max = 255)]
    pub(crate) name: String,
    /// The attributes that the index holds besides keys; for the projection `INCLUDE`.
    #[attr(optional, set)]
    pub(crate) non_key_attributes: Vec<String>,
    /// What the index holds of each item.
    #[attr(required, allowed = ["ALL", "KEYS_ONLY", "INCLUDE"])]
    pub(crate) projection_type: String,
    /// The attribute that is the index's sort key.
    #[attr(optional, conflicts = ["key_schema"])]
    pub(crate) range_key: Option<String>,
    /// Read units per second that are set aside; required where `billing_mode` is `PROVISIONED`.
    #[attr(optional, computed)]
    pub(crate) read_capacity: Option<i64>,
    /// Write units per second that are set aside; required where `billing_mode` is `PROVISIONED`.
    #[attr(optional, computed)]
    pub(crate) write_capacity: Option<i64>,
    /// The index's key, attribute by attribute: up to four of the partition, then up to four to sort by. Takes the
    /// place of `hash_key` and `range_key`.
    #[block]
    pub(crate) key_schema: Vec<KeyPart>,
    /// Upper limits of an index of an on-demand table.
    #[block]
    pub(crate) on_demand_throughput: Option<OnDemand>,
    /// What the index must be able to serve at once. AWS raises it by itself and never lowers it.
    #[block]
    pub(crate) warm_throughput: Option<Warm>,
}

/// One attribute of an index's key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Model)]
pub(crate) struct KeyPart {
    /// The name of the attribute.
    #[attr(required, min = 1, max = 255)]
    pub(crate) attribute_name: String,
    /// Whether the attribute belongs to the partition key or to the sort key.
    #[attr(required, allowed = ["HASH", "RANGE"])]
    pub(crate) key_type: String,
}

/// An index that shares the table's partition key.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LocalIndex {
    /// The name of the index.
    #[attr(required, min = 3, max = 255)]
    pub(crate) name: String,
    /// The attributes that the index holds besides keys; for the projection `INCLUDE`. Their order has no meaning.
    #[attr(optional, same = same_members)]
    pub(crate) non_key_attributes: Vec<String>,
    /// What the index holds of each item.
    #[attr(required, allowed = ["ALL", "KEYS_ONLY", "INCLUDE"])]
    pub(crate) projection_type: String,
    /// The attribute that is the index's sort key.
    #[attr(required, min = 1, max = 255)]
    pub(crate) range_key: String,
}

/// A region that takes part in replication without holding the table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Model)]
pub(crate) struct Witness {
    /// The region.
    #[attr(optional, computed)]
    pub(crate) region_name: Option<String>,
}

/// Where a new table takes its items from.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct ImportSource {
    /// How the files are compressed.
    #[attr(optional, allowed = ["GZIP", "ZSTD", "NONE"])]
    pub(crate) input_compression_type: Option<String>,
    /// The format of the files.
    #[attr(required, allowed = ["DYNAMODB_JSON", "ION", "CSV"])]
    pub(crate) input_format: String,
    /// How to read the format.
    #[block]
    pub(crate) input_format_options: Option<ImportOptions>,
    /// Where the files are.
    #[block(min = 1)]
    pub(crate) s3_bucket_source: Option<ImportBucket>,
}

/// How to read the files of an import.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct ImportOptions {
    /// How to read CSV files.
    #[block]
    pub(crate) csv: Option<CsvOptions>,
}

/// How to read CSV files.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct CsvOptions {
    /// The character between two fields.
    #[attr(optional, min = 1, max = 1)]
    pub(crate) delimiter: Option<String>,
    /// The names of the columns, where the files do not start with them.
    #[attr(optional, set)]
    pub(crate) header_list: Vec<String>,
}

/// A bucket with the files of an import.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct ImportBucket {
    /// The name of the bucket.
    #[attr(required, max = 255)]
    pub(crate) bucket: String,
    /// The account that owns the bucket.
    #[attr(optional)]
    pub(crate) bucket_owner: Option<String>,
    /// What the names of the files start with.
    #[attr(optional, max = 1024)]
    pub(crate) key_prefix: Option<String>,
}

/// Upper limits of on-demand throughput; -1 stands for none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Model)]
pub(crate) struct OnDemand {
    /// The most read request units per second.
    #[attr(optional, computed, min = -1)]
    pub(crate) max_read_request_units: Option<i64>,
    /// The most write request units per second.
    #[attr(optional, computed, min = -1)]
    pub(crate) max_write_request_units: Option<i64>,
}

/// Continuous backups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Model)]
pub(crate) struct Recovery {
    /// Whether the table can be restored to any moment of the recovery period.
    #[attr(required)]
    pub(crate) enabled: bool,
    /// How many days back a restore can go.
    #[attr(optional, computed, max = 35)]
    pub(crate) recovery_period_in_days: Option<i64>,
}

/// A copy of the table in another region.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Replica {
    /// The ARN of the copy.
    #[attr(computed)]
    pub(crate) arn: Option<String>,
    /// Whether reads of the copy may be behind. `STRONG` needs two replicas, or one and a witness.
    #[attr(optional, default = "EVENTUAL", allowed = ["EVENTUAL", "STRONG"])]
    pub(crate) consistency_mode: String,
    /// Whether AWS refuses to delete the copy.
    #[attr(optional, computed)]
    pub(crate) deletion_protection_enabled: Option<bool>,
    /// The KMS key of the copy.
    #[attr(optional, computed)]
    pub(crate) kms_key_arn: Option<String>,
    /// Whether the copy has continuous backups.
    #[attr(optional, default = false)]
    pub(crate) point_in_time_recovery: bool,
    /// Whether the copy gets the tags of the table.
    #[attr(optional, default = false)]
    pub(crate) propagate_tags: bool,
    /// The region of the copy.
    #[attr(required)]
    pub(crate) region_name: String,
    /// The ARN of the copy's stream.
    #[attr(computed)]
    pub(crate) stream_arn: Option<String>,
    /// The time that tells the copy's latest stream from earlier ones.
    #[attr(computed)]
    pub(crate) stream_label: Option<String>,
}

/// Encryption with a KMS key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Model)]
pub(crate) struct Encryption {
    /// Whether a KMS key is used; DynamoDB's own key where not.
    #[attr(required)]
    pub(crate) enabled: bool,
    /// The KMS key; AWS's own key for DynamoDB in this account where absent.
    #[attr(optional, computed)]
    pub(crate) kms_key_arn: Option<String>,
}

/// Expiry of items.
#[derive(Clone, Debug, Default, PartialEq, Eq, Model)]
pub(crate) struct TimeToLive {
    /// The attribute that holds the second at which an item expires.
    #[attr(optional, max = 255)]
    pub(crate) attribute_name: Option<String>,
    /// Whether items expire.
    #[attr(optional, default = false)]
    pub(crate) enabled: bool,
}

/// What must be served at once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Model)]
pub(crate) struct Warm {
    /// Read units per second.
    #[attr(optional, computed, min = 1)]
    pub(crate) read_units_per_second: Option<i64>,
    /// Write units per second.
    #[attr(optional, computed, min = 1)]
    pub(crate) write_units_per_second: Option<i64>,
}

/// Whether two lists have the same members in any order.
fn same_members(a: &Value, b: &Value) -> bool {
    let sorted = |value: &Value| {
        let mut items = value.items().unwrap_or_default().to_vec();
        items.sort_by(Value::order);
        items
    };
    let (a, b) = (sorted(a), sorted(b));
    a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a.same(b))
}

/// Whether an optional text is there.
pub(super) fn given(text: Option<&String>) -> Option<&str> {
    text.map(String::as_str).filter(|text| !text.is_empty())
}

impl TableModel {
    /// Whether requests are paid for one by one.
    pub(super) fn on_demand(&self) -> bool {
        self.billing_mode == PAY_PER_REQUEST
    }

    /// Whether the table is made from a backup or from another table.
    pub(super) fn is_restored(&self) -> bool {
        let sources = [&self.restore_backup_arn, &self.restore_source_name, &self.restore_source_table_arn];
        sources.iter().any(|source| given(source.as_ref()).is_some())
    }

    /// What the table's stream holds, if it has one. Replicas that may be behind are fed by one.
    pub(super) fn stream(&self) -> Option<&str> {
        let fed = self.replica.iter().any(|replica| replica.consistency_mode != STRONG);
        let view = given(self.stream_view_type.as_ref());
        match self.stream_enabled {
            Some(true) => Some(view.unwrap_or(BOTH_IMAGES)),
            None if fed => Some(BOTH_IMAGES),
            _ => None,
        }
    }

    /// The table's own key.
    pub(super) fn key(&self) -> Vec<KeyPart> {
        simple_key(self.hash_key.as_ref(), self.range_key.as_ref())
    }

    /// The key of a local index.
    pub(super) fn local_key(&self, index: &LocalIndex) -> Vec<KeyPart> {
        simple_key(self.hash_key.as_ref(), Some(&index.range_key))
    }

    /// The global index of a name.
    pub(super) fn index(&self, name: &str) -> Option<&GlobalIndex> {
        self.global_secondary_index.iter().find(|index| index.name == name)
    }

    /// The type of a key attribute.
    pub(super) fn type_of(&self, attribute: &str) -> Option<&str> {
        self.attribute.iter().find(|a| a.name == attribute).map(|a| a.r#type.as_str())
    }
}

impl GlobalIndex {
    /// The key, whichever way it is written: `key_schema` where there is one.
    pub(super) fn key(&self) -> Vec<KeyPart> {
        if self.key_schema.is_empty() {
            simple_key(self.hash_key.as_ref(), self.range_key.as_ref())
        } else {
            self.key_schema.clone()
        }
    }
}

/// The key of a partition attribute and an optional sort attribute.
fn simple_key(hash: Option<&String>, range: Option<&String>) -> Vec<KeyPart> {
    let part = |name: Option<&String>, kind: &str| {
        given(name).map(|name| KeyPart { attribute_name: name.to_owned(), key_type: kind.to_owned() })
    };
    part(hash, HASH).into_iter().chain(part(range, RANGE)).collect()
}

/// The billing mode in which requests are paid for one by one.
pub(super) const PAY_PER_REQUEST: &str = "PAY_PER_REQUEST";
/// The billing mode in which capacity is set aside.
pub(super) const PROVISIONED: &str = "PROVISIONED";
/// The partition part of a key.
pub(super) const HASH: &str = "HASH";
/// The sort part of a key.
pub(super) const RANGE: &str = "RANGE";
/// The consistency of replicas that are never behind.
pub(super) const STRONG: &str = "STRONG";
/// The view type that replicas need.
pub(super) const BOTH_IMAGES: &str = "NEW_AND_OLD_IMAGES";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Type;

    #[test]
    fn the_order_of_projected_attributes_has_no_meaning() {
        let list = |names: &[&str]| Value::list(Type::String, names.iter().map(Value::string).collect());
        assert!(same_members(&list(&["a", "b"]), &list(&["b", "a"])));
        assert!(!same_members(&list(&["a", "b"]), &list(&["a"])));
        assert!(!same_members(&list(&["a", "b"]), &list(&["a", "c"])));
    }

    #[test]
    fn replicas_turn_the_stream_on_unless_they_are_strong() {
        let mut table = TableModel::default();
        assert_eq!(table.stream(), None);
        table.replica.push(Replica { consistency_mode: "EVENTUAL".into(), ..Replica::default() });
        assert_eq!(table.stream(), Some(BOTH_IMAGES));
        table.replica[0].consistency_mode = STRONG.into();
        assert_eq!(table.stream(), None);
        table.stream_enabled = Some(true);
        table.stream_view_type = Some("KEYS_ONLY".into());
        assert_eq!(table.stream(), Some("KEYS_ONLY"));
    }

    #[test]
    fn a_key_is_the_same_in_both_spellings() {
        let simple = GlobalIndex { hash_key: Some("a".into()), range_key: Some("b".into()), ..GlobalIndex::default() };
        let part = |name: &str, kind: &str| KeyPart { attribute_name: name.into(), key_type: kind.into() };
        let parts = GlobalIndex { key_schema: vec![part("a", HASH), part("b", RANGE)], ..GlobalIndex::default() };
        assert_eq!(simple.key(), parts.key());
    }
}
