//! Carrying out the steps of an update.

use std::mem::discriminant;
use std::time::Duration;

use aws_sdk_dynamodb::operation::update_table::builders::UpdateTableFluentBuilder;
use aws_sdk_dynamodb::types::{
    BillingMode, CreateGlobalTableWitnessGroupMemberAction, CreateReplicationGroupMemberAction,
    DeleteGlobalSecondaryIndexAction, DeleteGlobalTableWitnessGroupMemberAction, DeleteReplicationGroupMemberAction,
    GlobalSecondaryIndexUpdate, GlobalTableWitnessGroupUpdate, MultiRegionConsistency,
    PointInTimeRecoverySpecification, ReplicationGroupUpdate, TableClass, TimeToLiveSpecification,
    UpdateGlobalSecondaryIndexAction, UpdateReplicationGroupMemberAction,
};
use jiff::{SignedDuration, Timestamp};

use super::calls::Calls;
use super::model::TableModel;
use super::requests;
use super::steps::{Group, TableStep, TagChanges, Throughput, steps};
use crate::aws::{error, wait};
use crate::resource::{ErrorKind, OpError, OpResult};

/// How long an own write may take to be seen by reads.
const SETTLE: Duration = Duration::from_secs(3);

impl Calls<'_> {
    /// Carries out steps one after another, each with its wait. `prior` and `wanted` are what the steps lead from and to.
    pub(super) async fn perform(
        &self,
        steps: &[TableStep],
        prior: &TableModel,
        wanted: &TableModel,
        timeout: Duration,
    ) -> OpResult<()> {
        for (i, step) in steps.iter().enumerate() {
            if steps.len() > 1 {
                self.run.note(format!("{} ({} of {})", step.label(), i + 1, steps.len()));
            }
            if let Err(error) = self.perform_one(step, wanted, timeout).await {
                self.forgive(step, error, prior, wanted).await?;
            }
        }
        Ok(())
    }

    /// A change whose answer was lost is refused when it is sent again. It is no failure if nothing is left to do.
    async fn forgive(&self, step: &TableStep, error: OpError, prior: &TableModel, wanted: &TableModel) -> OpResult<()> {
        let refused = matches!(error.kind, ErrorKind::Conflict | ErrorKind::Invalid | ErrorKind::Gone);
        if refused
            && let Some(now) = self.read(prior).await?
            && !steps(&now, wanted).iter().any(|left| left.is_about(step))
        {
            return Ok(());
        }
        Err(self.explained(error).await)
    }

    async fn perform_one(&self, step: &TableStep, wanted: &TableModel, timeout: Duration) -> OpResult<()> {
        match step {
            TableStep::Tags(changes) => return self.tag(&arn(wanted)?, changes).await,
            TableStep::TimeToLive { attribute, enabled } => return self.set_ttl(attribute, *enabled).await,
            TableStep::Backups { enabled, days } => return self.set_backups(*enabled, *days).await,
            TableStep::ReplicaBackups { region, enabled } => {
                return self.in_region(region).await?.set_backups(*enabled, None).await;
            }
            TableStep::ReplicaProtect { region, enabled } => {
                let there = self.in_region(region).await?;
                there.update(|request| Ok(request.deletion_protection_enabled(*enabled))).await?;
                return there.wait_until_ready(timeout, false).await.map(drop);
            }
            TableStep::ReplicaTags { region, changes } => {
                let there = self.in_region(region).await?;
                let table = there.describe().await?;
                let arn = table.as_ref().and_then(|table| table.table_arn()).ok_or_else(|| {
                    OpError::new(ErrorKind::Gone, "dynamodb:DescribeTable", format!("there is no replica in {region}"))
                })?;
                return there.tag(arn, changes).await;
            }
            _ => self.update(|request| with_step(request, step)).await?,
        }
        self.wait_until_ready(timeout, false).await.map(drop)
    }

    async fn update(
        &self,
        fill: impl Fn(UpdateTableFluentBuilder) -> OpResult<UpdateTableFluentBuilder>,
    ) -> OpResult<()> {
        let call = || async {
            let request = fill(self.client.update_table().table_name(&self.name))?;
            request.send().await.map_err(error::from("dynamodb:UpdateTable"))
        };
        self.aws.repeat(self.run, call).await.map(drop)
    }

    async fn tag(&self, arn: &str, changes: &TagChanges) -> OpResult<()> {
        // AWS takes five such calls a second in the whole account.
        let _turn = self.aws.queues().enter("dynamodb:tags").await;
        if !changes.set.is_empty() {
            let tags = changes.set.iter().map(|(name, value)| requests::tag(name, value));
            let tags = tags.collect::<OpResult<Vec<_>>>()?;
            let call = || async {
                let request = self.client.tag_resource().resource_arn(arn).set_tags(Some(tags.clone()));
                request.send().await.map_err(error::from("dynamodb:TagResource"))
            };
            self.aws.repeat(self.run, call).await?;
        }
        if !changes.removed.is_empty() {
            let call = || async {
                let names = Some(changes.removed.clone());
                let request = self.client.untag_resource().resource_arn(arn).set_tag_keys(names);
                request.send().await.map_err(error::from("dynamodb:UntagResource"))
            };
            self.aws.repeat(self.run, call).await?;
        }
        Ok(())
    }

    async fn set_ttl(&self, attribute: &str, enabled: bool) -> OpResult<()> {
        let wish = TimeToLiveSpecification::builder().attribute_name(attribute).enabled(enabled);
        let wish = wish.build().map_err(requests::incomplete)?;
        let call = || async {
            let request = self.client.update_time_to_live().table_name(&self.name);
            let request = request.time_to_live_specification(wish.clone());
            request.send().await.map_err(error::from("dynamodb:UpdateTimeToLive"))
        };
        self.aws.repeat(self.run, call).await.map(drop)
    }

    async fn set_backups(&self, enabled: bool, days: Option<i64>) -> OpResult<()> {
        let wish = PointInTimeRecoverySpecification::builder()
            .point_in_time_recovery_enabled(enabled)
            .set_recovery_period_in_days(days.and_then(|days| i32::try_from(days).ok()));
        let wish = wish.build().map_err(requests::incomplete)?;
        let call = || async {
            let request = self.client.update_continuous_backups().table_name(&self.name);
            let request = request.point_in_time_recovery_specification(wish.clone());
            request.send().await.map_err(error::from("dynamodb:UpdateContinuousBackups"))
        };
        self.aws.repeat(self.run, call).await.map(drop)
    }

    /// The table as it is after own writes. Reads may lag behind those for some seconds; tags may do so for longer, and
    /// there the write counts.
    pub(super) async fn read_settled(&self, wanted: &TableModel) -> OpResult<TableModel> {
        let seen = wait::until(self.run, SETTLE, "the changes to show", || async {
            let now = self.read(wanted).await?;
            Ok(now.filter(|now| steps(now, wanted).is_empty()))
        })
        .await;
        match seen {
            Err(error) if error.kind == ErrorKind::Timeout => {}
            other => return other,
        }
        let now = self.read(wanted).await?;
        let now = now.ok_or_else(|| OpError::new(ErrorKind::Gone, "dynamodb:DescribeTable", "the table is gone"))?;
        Ok(TableModel { tags_all: wanted.tags_all.clone(), ..now })
    }

    /// A refusal with what to do about it, where that is known.
    async fn explained(&self, error: OpError) -> OpError {
        if is_on_demand_limit(&error) {
            let next = self
                .next_flip()
                .await
                .map_or_else(String::new, |next| format!(" It will be possible again after {next}."));
            return error.help(format!(
                "DynamoDB lets a table become on-demand once in 24 hours.{next} Until then keep `billing_mode = \
                 \"PROVISIONED\"`."
            ));
        }
        match advice(&error) {
            Some(help) => error.help(help),
            None => error,
        }
    }

    /// When the table may become on-demand again.
    async fn next_flip(&self) -> Option<Timestamp> {
        let table = self.describe().await.ok()??;
        let last = table.billing_mode_summary()?.last_update_to_pay_per_request_date_time()?;
        Timestamp::from_second(last.secs()).ok()?.checked_add(SignedDuration::from_hours(24)).ok()
    }
}

fn arn(table: &TableModel) -> OpResult<String> {
    table
        .arn
        .clone()
        .filter(|arn| !arn.is_empty())
        .ok_or_else(|| OpError::new(ErrorKind::Local, "dynamodb:TagResource", "the ARN of the table is not known"))
}

fn is_on_demand_limit(error: &OpError) -> bool {
    error.is("LimitExceededException") && error.message.contains("PayPerRequest")
}

fn advice(error: &OpError) -> Option<&'static str> {
    let message = error.message.to_lowercase();
    if error.is("LimitExceededException") && message.contains("decrease") {
        return Some(
            "DynamoDB takes four decreases of capacity in the first hour of a day (UTC) and 27 in all. Raise the value \
             to what it was, or apply again later.",
        );
    }
    if error.operation == "dynamodb:UpdateTimeToLive" && message.contains("multiple times") {
        return Some("DynamoDB takes one change of expiry an hour and table. Apply again in an hour.");
    }
    if message.contains("deletion protection") || message.contains("protected against deletion") {
        return Some("Set `deletion_protection_enabled = false`, apply, and delete then.");
    }
    None
}

/// A request of one step. Steps that are other calls leave it as it is.
fn with_step(request: UpdateTableFluentBuilder, step: &TableStep) -> OpResult<UpdateTableFluentBuilder> {
    Ok(match step {
        TableStep::Protect(enabled) => request.deletion_protection_enabled(*enabled),
        TableStep::DropIndex { name, definitions } => {
            let drop = DeleteGlobalSecondaryIndexAction::builder().index_name(name).build();
            let drop = drop.map_err(requests::incomplete)?;
            request
                .set_attribute_definitions(Some(requests::definitions(definitions)?))
                .global_secondary_index_updates(GlobalSecondaryIndexUpdate::builder().delete(drop).build())
        }
        TableStep::CreateIndex { index, provisioned, definitions } => {
            let create = requests::new_index(index, *provisioned)?;
            request
                .set_attribute_definitions(Some(requests::definitions(definitions)?))
                .global_secondary_index_updates(GlobalSecondaryIndexUpdate::builder().create(create).build())
        }
        TableStep::Throughput(change) => with_throughput(request, change)?,
        TableStep::Limits { table, indexes } => {
            let request = request.set_on_demand_throughput(table.as_ref().map(requests::limits));
            indexes.iter().try_fold(request, |request, (name, limits)| {
                let limits = requests::limits(limits);
                let change = UpdateGlobalSecondaryIndexAction::builder().index_name(name).on_demand_throughput(limits);
                index_change(request, change.build())
            })?
        }
        TableStep::Warm { table, indexes } => {
            let request = request.set_warm_throughput(table.as_ref().map(requests::warm));
            indexes.iter().try_fold(request, |request, (name, warm)| {
                let warm = requests::warm(warm);
                let change = UpdateGlobalSecondaryIndexAction::builder().index_name(name).warm_throughput(warm);
                index_change(request, change.build())
            })?
        }
        TableStep::Class(class) => request.table_class(TableClass::from(class.as_str())),
        TableStep::Encrypt { enabled, key } => {
            request.sse_specification(requests::encryption(*enabled, key.as_deref()))
        }
        TableStep::Stream(view) => request.stream_specification(requests::stream(view.as_deref())?),
        TableStep::CreateReplicas(group) => with_new_replicas(request, group)?,
        TableStep::DropReplicas(group) => without_replicas(request, group)?,
        TableStep::ReplicaKey { region, key } => {
            let change = UpdateReplicationGroupMemberAction::builder().region_name(region).kms_master_key_id(key);
            let change = change.build().map_err(requests::incomplete)?;
            request.replica_updates(ReplicationGroupUpdate::builder().update(change).build())
        }
        TableStep::Tags(_)
        | TableStep::TimeToLive { .. }
        | TableStep::Backups { .. }
        | TableStep::ReplicaBackups { .. }
        | TableStep::ReplicaProtect { .. }
        | TableStep::ReplicaTags { .. } => request,
    })
}

fn index_change(
    request: UpdateTableFluentBuilder,
    change: Result<UpdateGlobalSecondaryIndexAction, aws_sdk_dynamodb::error::BuildError>,
) -> OpResult<UpdateTableFluentBuilder> {
    let change = change.map_err(requests::incomplete)?;
    Ok(request.global_secondary_index_updates(GlobalSecondaryIndexUpdate::builder().update(change).build()))
}

fn with_throughput(request: UpdateTableFluentBuilder, change: &Throughput) -> OpResult<UpdateTableFluentBuilder> {
    let request = request
        .set_billing_mode(change.billing.as_deref().map(BillingMode::from))
        .set_provisioned_throughput(change.table.map(requests::throughput).transpose()?);
    change.indexes.iter().try_fold(request, |request, (name, capacity)| {
        let throughput = requests::throughput(*capacity)?;
        let change = UpdateGlobalSecondaryIndexAction::builder().index_name(name).provisioned_throughput(throughput);
        index_change(request, change.build())
    })
}

fn with_new_replicas(request: UpdateTableFluentBuilder, group: &Group) -> OpResult<UpdateTableFluentBuilder> {
    let mut request = request;
    for (region, key) in &group.regions {
        let create = CreateReplicationGroupMemberAction::builder().region_name(region);
        let create = create.set_kms_master_key_id(key.clone()).build().map_err(requests::incomplete)?;
        request = request.replica_updates(ReplicationGroupUpdate::builder().create(create).build());
    }
    if let Some(region) = &group.witness {
        let create = CreateGlobalTableWitnessGroupMemberAction::builder().region_name(region).build();
        let create = create.map_err(requests::incomplete)?;
        let update = GlobalTableWitnessGroupUpdate::builder().create(create).build();
        request = request.global_table_witness_updates(update);
    }
    Ok(if group.strong { request.multi_region_consistency(MultiRegionConsistency::Strong) } else { request })
}

fn without_replicas(request: UpdateTableFluentBuilder, group: &Group) -> OpResult<UpdateTableFluentBuilder> {
    let mut request = request;
    for (region, _) in &group.regions {
        let delete = DeleteReplicationGroupMemberAction::builder().region_name(region).build();
        let delete = delete.map_err(requests::incomplete)?;
        request = request.replica_updates(ReplicationGroupUpdate::builder().delete(delete).build());
    }
    if let Some(region) = &group.witness {
        let delete = DeleteGlobalTableWitnessGroupMemberAction::builder().region_name(region).build();
        let delete = delete.map_err(requests::incomplete)?;
        let update = GlobalTableWitnessGroupUpdate::builder().delete(delete).build();
        request = request.global_table_witness_updates(update);
    }
    Ok(request)
}

impl TableStep {
    /// What is being done, for progress lines.
    fn label(&self) -> String {
        match self {
            Self::Protect(enabled) => format!("turning deletion protection {}", on_off(*enabled)),
            Self::Tags(_) => "changing tags".into(),
            Self::DropReplicas(group) => format!("removing {}", group.label()),
            Self::DropIndex { name, .. } => format!("deleting index {name}"),
            Self::Throughput(_) => "changing capacity".into(),
            Self::Limits { .. } => "changing on-demand limits".into(),
            Self::Class(class) => format!("changing the table class to {class}"),
            Self::Encrypt { .. } => "changing encryption".into(),
            Self::CreateIndex { index, .. } => format!("creating index {}", index.name),
            Self::Warm { .. } => "raising warm throughput".into(),
            Self::Stream(view) => format!("turning the stream {}", on_off(view.is_some())),
            Self::CreateReplicas(group) => format!("adding {}", group.label()),
            Self::ReplicaKey { region, .. }
            | Self::ReplicaBackups { region, .. }
            | Self::ReplicaProtect { region, .. }
            | Self::ReplicaTags { region, .. } => format!("changing the replica in {region}"),
            Self::TimeToLive { enabled, .. } => format!("turning expiry {}", on_off(*enabled)),
            Self::Backups { enabled, .. } => format!("turning continuous backups {}", on_off(*enabled)),
        }
    }

    /// Whether both steps change the same thing of the same part of a table.
    fn is_about(&self, other: &Self) -> bool {
        discriminant(self) == discriminant(other)
            && match (self, other) {
                (Self::DropIndex { name: a, .. }, Self::DropIndex { name: b, .. }) => a == b,
                (Self::CreateIndex { index: a, .. }, Self::CreateIndex { index: b, .. }) => a.name == b.name,
                (Self::CreateReplicas(a), Self::CreateReplicas(b)) | (Self::DropReplicas(a), Self::DropReplicas(b)) => {
                    a.regions.iter().any(|(region, _)| b.regions.iter().any(|(other, _)| region == other))
                }
                (Self::ReplicaKey { region: a, .. }, Self::ReplicaKey { region: b, .. })
                | (Self::ReplicaBackups { region: a, .. }, Self::ReplicaBackups { region: b, .. })
                | (Self::ReplicaProtect { region: a, .. }, Self::ReplicaProtect { region: b, .. })
                | (Self::ReplicaTags { region: a, .. }, Self::ReplicaTags { region: b, .. }) => a == b,
                _ => true,
            }
    }
}

impl Group {
    fn label(&self) -> String {
        let regions: Vec<&str> =
            self.regions.iter().map(|(region, _)| region.as_str()).chain(self.witness.as_deref()).collect();
        format!("replicas in {}", regions.join(", "))
    }
}

fn on_off(enabled: bool) -> &'static str {
    if enabled { "on" } else { "off" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(operation: &str, code: &str, message: &str) -> OpError {
        let mut error = OpError::new(ErrorKind::Invalid, operation, message);
        error.code = Some(code.into());
        error
    }

    #[test]
    fn limits_in_time_say_how_long() {
        let flip = refusal(
            "dynamodb:UpdateTable",
            "LimitExceededException",
            "Subscriber limit exceeded: Update to PayPerRequest mode are limited to once in 1 day(s).",
        );
        assert!(is_on_demand_limit(&flip));
        assert_eq!(crate::aws::retry::class(&flip), crate::aws::retry::Class::Final);
        let decrease =
            refusal("dynamodb:UpdateTable", "LimitExceededException", "Provisioned throughput decreases are limited");
        assert!(!is_on_demand_limit(&decrease) && advice(&decrease).is_some());
        let expiry = refusal(
            "dynamodb:UpdateTimeToLive",
            "ValidationException",
            "Time to live has been modified multiple times within a fixed interval",
        );
        assert!(advice(&expiry).is_some());
        let busy =
            refusal("dynamodb:CreateTable", "LimitExceededException", "Only 10 tables can be created simultaneously");
        assert_eq!(crate::aws::retry::class(&busy), crate::aws::retry::Class::Busy);
    }

    #[test]
    fn steps_are_told_apart_by_what_they_are_about() {
        let drop = |name: &str| TableStep::DropIndex { name: name.into(), definitions: Default::default() };
        assert!(drop("a").is_about(&drop("a")) && !drop("a").is_about(&drop("b")));
        assert!(!TableStep::Protect(true).is_about(&drop("a")));
        assert!(TableStep::Stream(None).is_about(&TableStep::Stream(Some("NEW_IMAGE".into()))));
    }
}
