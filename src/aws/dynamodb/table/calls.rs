//! One table as a target of calls: what AWS says about it, and waiting for it.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    ContinuousBackupsDescription, IndexStatus, ReplicaDescription, ReplicaStatus, SseStatus, TableDescription,
    TableStatus, TimeToLiveDescription, WitnessStatus,
};
use futures_util::future::{join, try_join_all, try_join3};

use super::model::TableModel;
use super::observed::{Observed, ObservedReplica, model};
use crate::aws::members::given;
use crate::aws::{Aws, error, tags, wait};
use crate::resource::{ErrorKind, OpError, OpResult, Run};

/// A table in a region, during one operation.
pub(super) struct Calls<'a> {
    pub(super) aws: &'a Aws,
    pub(super) client: Client,
    pub(super) region: String,
    pub(super) name: String,
    pub(super) run: &'a Run<'a>,
}

impl<'a> Calls<'a> {
    /// Calls for the table of a model.
    pub(super) async fn new(aws: &'a Aws, table: &TableModel, run: &'a Run<'a>) -> OpResult<Self> {
        let region = aws.region(None).await?;
        let client = aws.dynamodb(Some(&region)).await?;
        Ok(Self { aws, client, region, name: table.name.clone(), run })
    }

    /// The same table in another region: a replica.
    pub(super) async fn in_region(&self, region: &str) -> OpResult<Self> {
        let client = self.aws.dynamodb(Some(region)).await?;
        Ok(Self { aws: self.aws, client, region: region.to_owned(), name: self.name.clone(), run: self.run })
    }

    /// The name of the queue in which changes of the table follow one another.
    pub(super) fn queue(&self) -> String {
        format!("dynamodb:{}:{}", self.region, self.name)
    }

    /// What the table is like; `None` if it is gone.
    pub(super) async fn describe(&self) -> OpResult<Option<TableDescription>> {
        let call = || async {
            let answer = self.client.describe_table().table_name(&self.name).send().await;
            answer.map_err(error::from("dynamodb:DescribeTable"))
        };
        let found = error::gone_is_none(self.aws.repeat(self.run, call).await)?;
        Ok(found.and_then(|answer| answer.table))
    }

    /// The model of the table with all its settings; `None` if it is gone or on its way.
    pub(super) async fn read(&self, prior: &TableModel) -> OpResult<Option<TableModel>> {
        // With the ARN that state knows, nothing has to wait for the description.
        let known = given(&prior.arn);
        let tags = async {
            match &known {
                Some(arn) => self.tags(arn).await.map(Some),
                None => Ok(None),
            }
        };
        let settings = try_join3(self.ttl(), self.backups(), tags);
        let (description, settings) = join(self.describe(), settings).await;
        let is_there = |table: &TableDescription| table.table_status() != Some(&TableStatus::Deleting);
        let Some(description) = description?.filter(is_there) else {
            return Ok(None);
        };
        let (ttl, backups, tags) = settings?;
        let tags = match tags.filter(|_| known.as_deref() == description.table_arn()) {
            Some(tags) => tags,
            None => self.tags(description.table_arn().unwrap_or_default()).await?,
        };
        let replicas = self.replicas(&description).await?;
        let tags = tags::readable(tags.unwrap_or_default());
        let observed = Observed { description, ttl, backups, tags, replicas };
        Ok(Some(model(&observed, prior)))
    }

    async fn ttl(&self) -> OpResult<Option<TimeToLiveDescription>> {
        let call = || async {
            let answer = self.client.describe_time_to_live().table_name(&self.name).send().await;
            answer.map_err(error::from("dynamodb:DescribeTimeToLive"))
        };
        let found = absent_is_none(self.aws.repeat(self.run, call).await)?;
        Ok(found.and_then(|answer| answer.time_to_live_description))
    }

    async fn backups(&self) -> OpResult<Option<ContinuousBackupsDescription>> {
        let call = || async {
            let answer = self.client.describe_continuous_backups().table_name(&self.name).send().await;
            answer.map_err(error::from("dynamodb:DescribeContinuousBackups"))
        };
        let found = absent_is_none(self.aws.repeat(self.run, call).await)?;
        Ok(found.and_then(|answer| answer.continuous_backups_description))
    }

    /// All tags, recon's own among them; `None` if there is no such table.
    pub(super) async fn tags(&self, arn: &str) -> OpResult<Option<BTreeMap<String, String>>> {
        let mut all = BTreeMap::new();
        let mut next: Option<String> = None;
        loop {
            let call = || async {
                let request = self.client.list_tags_of_resource().resource_arn(arn).set_next_token(next.clone());
                request.send().await.map_err(error::from("dynamodb:ListTagsOfResource"))
            };
            let Some(page) = absent_is_none(self.aws.repeat(self.run, call).await)? else {
                return Ok(None);
            };
            all.extend(page.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)));
            next = page.next_token.filter(|token| !token.is_empty());
            if next.is_none() {
                return Ok(Some(all));
            }
        }
    }

    async fn replicas(&self, table: &TableDescription) -> OpResult<Vec<ObservedReplica>> {
        let elsewhere = table.replicas().iter().filter(|replica| replica.region_name() != Some(self.region.as_str()));
        try_join_all(elsewhere.map(|replica| self.replica(replica))).await
    }

    async fn replica(&self, replica: &ReplicaDescription) -> OpResult<ObservedReplica> {
        let there = self.in_region(replica.region_name().unwrap_or_default()).await?;
        let table = there.describe().await?;
        let backups = if table.is_some() { there.backups().await? } else { None };
        Ok(ObservedReplica { description: replica.clone(), table, backups })
    }

    /// Waits until AWS would take the next change: the table and all its indexes, replicas and keys are at rest. A table
    /// that is not there is waited for if this run has just made it.
    pub(super) async fn wait_until_ready(&self, timeout: Duration, just_made: bool) -> OpResult<TableDescription> {
        let what = format!("table {} to become active", self.name);
        wait::until(self.run, timeout, &what, || async {
            match self.describe().await? {
                Some(table) => Ok(at_rest(&table)?.then_some(table)),
                None if just_made => Ok(None),
                None => Err(OpError::new(ErrorKind::Gone, "dynamodb:DescribeTable", "the table was deleted meanwhile")),
            }
        })
        .await
    }

    /// Waits until the table is gone.
    pub(super) async fn wait_until_gone(&self, timeout: Duration) -> OpResult<()> {
        let what = format!("table {} to be deleted", self.name);
        wait::until(self.run, timeout, &what, || async { Ok(self.describe().await?.is_none().then_some(())) }).await
    }
}

/// `None` where there is no such table, and where an emulator does not know the operation.
fn absent_is_none<T>(result: OpResult<T>) -> OpResult<Option<T>> {
    match error::gone_is_none(result) {
        Err(error) if error.is("UnknownOperationException") || error.is("TableNotFoundException") => Ok(None),
        other => other,
    }
}

/// Whether nothing is under way; an error where nothing will ever be.
pub(super) fn at_rest(table: &TableDescription) -> OpResult<bool> {
    let stuck = |what: String| Err(OpError::new(ErrorKind::Invalid, "dynamodb:DescribeTable", what));
    match table.table_status() {
        Some(TableStatus::Active) | None => {}
        Some(TableStatus::Creating | TableStatus::Updating | TableStatus::Deleting | TableStatus::Archiving) => {
            return Ok(false);
        }
        Some(other) => return stuck(format!("the table is in the state {}", other.as_str())),
    }
    for replica in table.replicas() {
        match replica.replica_status() {
            Some(ReplicaStatus::CreationFailed) => {
                let region = replica.region_name().unwrap_or_default();
                let reason = replica.replica_status_description().unwrap_or("AWS gives no reason");
                return stuck(format!("the replica in {region} could not be made: {reason}"));
            }
            Some(ReplicaStatus::Creating | ReplicaStatus::Updating | ReplicaStatus::Deleting) => return Ok(false),
            _ => {}
        }
    }
    let indexes = table.global_secondary_indexes().iter();
    let indexes_rest = indexes.filter_map(|index| index.index_status()).all(|status| *status == IndexStatus::Active);
    let witnesses = table.global_table_witnesses().iter();
    let witnesses_rest =
        witnesses.filter_map(|witness| witness.witness_status()).all(|status| *status == WitnessStatus::Active);
    let key = table.sse_description().and_then(|sse| sse.status());
    let key_rests = !matches!(key, Some(SseStatus::Enabling | SseStatus::Disabling | SseStatus::Updating));
    Ok(indexes_rest && witnesses_rest && key_rests)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_dynamodb::types::{GlobalSecondaryIndexDescription, SseDescription};

    #[test]
    fn a_table_is_at_rest_when_all_its_parts_are() {
        let active = || TableDescription::builder().table_status(TableStatus::Active);
        let index = |status| GlobalSecondaryIndexDescription::builder().index_status(status).build();
        let replica = |status| ReplicaDescription::builder().region_name("eu-west-1").replica_status(status).build();
        assert!(at_rest(&active().build()).unwrap());
        assert!(at_rest(&active().global_secondary_indexes(index(IndexStatus::Active)).build()).unwrap());
        let waiting = [
            TableDescription::builder().table_status(TableStatus::Updating).build(),
            active().global_secondary_indexes(index(IndexStatus::Creating)).build(),
            active().global_secondary_indexes(index(IndexStatus::Deleting)).build(),
            active().replicas(replica(ReplicaStatus::Creating)).build(),
            active().sse_description(SseDescription::builder().status(SseStatus::Updating).build()).build(),
        ];
        for table in waiting {
            assert!(!at_rest(&table).unwrap(), "{table:?}");
        }
        let failed = active().replicas(replica(ReplicaStatus::CreationFailed)).build();
        assert!(at_rest(&failed).unwrap_err().message.contains("eu-west-1"));
        let lost = TableDescription::builder().table_status(TableStatus::InaccessibleEncryptionCredentials).build();
        assert!(at_rest(&lost).is_err());
    }
}
