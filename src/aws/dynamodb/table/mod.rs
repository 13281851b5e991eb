//! `aws_dynamodb_table`.

mod calls;
mod check;
mod create;
mod model;
mod observed;
mod permissions;
mod planning;
mod requests;
mod steps;
mod update;

use std::time::Duration;

use aws_sdk_dynamodb::types::TableStatus;

use self::calls::{Calls, at_rest};
use self::model::TableModel;
use self::steps::{TableStep, steps};
use crate::aws::{Aws, error};
use crate::diagnostic::Diagnostics;
use crate::resource::{
    ErrorKind, Grant, Model, Need, OpError, OpResult, Operation, Ordering, Planning, Recovery, ResourceType, Run,
};
use crate::schema::Schema;
use crate::value::Value;

const CREATE: Duration = Duration::from_mins(30);
const UPDATE: Duration = Duration::from_mins(60);
const DELETE: Duration = Duration::from_mins(10);

/// The resource type `aws_dynamodb_table`.
#[derive(Clone)]
pub(crate) struct Table {
    aws: Aws,
}

impl Table {
    /// The resource type with the clients it calls.
    pub(crate) fn new(aws: &Aws) -> Self {
        Self { aws: aws.clone() }
    }
}

impl ResourceType for Table {
    const NAME: &'static str = "aws_dynamodb_table";
    // The name is unique in its region; the tag of the creation proves that the table is ours.
    const RECOVERY: Recovery = Recovery::NaturalName;
    type Model = TableModel;

    fn schema() -> Schema {
        Schema::new(Self::NAME, TableModel::DOC, TableModel::block())
            .timeouts(&["create", "update", "delete"])
            .import_id("TABLE_NAME")
            .version(1)
    }

    fn ordering() -> &'static [Ordering] {
        &[Ordering::Dear]
    }

    fn check_delete(&self, prior: &Value, problems: &mut Diagnostics) {
        if prior.attr("deletion_protection_enabled").as_bool() == Some(true) {
            problems
                .error("Table is protected")
                .on("deletion_protection_enabled")
                .detail("Its deletion protection is on, so AWS would refuse to delete it. Nothing was touched.")
                .help("Set `deletion_protection_enabled = false`, apply, and delete it then.");
        }
    }

    fn check(&self, wanted: &Value, problems: &mut Diagnostics) {
        check::check(wanted, problems);
    }

    fn plan(&self, planning: &mut Planning<'_>, problems: &mut Diagnostics) {
        planning::plan(planning, problems);
    }

    fn permissions(&self, need: Need<'_>) -> Vec<Grant> {
        permissions::table(&self.aws.here(), need)
    }

    fn arn_of(&self, wanted: &Value) -> Option<String> {
        wanted.attr("name").as_str().map(|name| permissions::arn(&self.aws.here(), name))
    }

    async fn read(&self, prior: &TableModel, run: &Run<'_>) -> OpResult<Option<TableModel>> {
        Calls::new(&self.aws, prior, run).await?.read(prior).await
    }

    async fn create(&self, wanted: &TableModel, run: &Run<'_>) -> OpResult<TableModel> {
        let calls = Calls::new(&self.aws, wanted, run).await?;
        let _turn = self.aws.queues().enter(&calls.queue()).await;
        calls.make(wanted, run.timeout(Operation::Create, CREATE)).await
    }

    async fn update(&self, prior: &TableModel, wanted: &TableModel, run: &Run<'_>) -> OpResult<TableModel> {
        let calls = Calls::new(&self.aws, prior, run).await?;
        let _turn = self.aws.queues().enter(&calls.queue()).await;
        let wanted = &TableModel { arn: prior.arn.clone(), ..wanted.clone() };
        let timeout = run.timeout(Operation::Update, UPDATE);
        calls.perform(&steps(prior, wanted), prior, wanted, timeout).await?;
        calls.read_settled(wanted).await
    }

    async fn delete(&self, prior: &TableModel, run: &Run<'_>) -> OpResult<()> {
        let calls = Calls::new(&self.aws, prior, run).await?;
        let _turn = self.aws.queues().enter(&calls.queue()).await;
        let timeout = run.timeout(Operation::Delete, DELETE);
        let Some(table) = calls.describe().await? else {
            return Ok(());
        };
        if table.table_status() == Some(&TableStatus::Deleting) {
            return calls.wait_until_gone(timeout).await;
        }
        if table.deletion_protection_enabled() == Some(true) {
            let message = format!("deletion protection of the table `{}` is on", calls.name);
            return Err(OpError::new(ErrorKind::Invalid, "dynamodb:DeleteTable", message)
                .help("Set `deletion_protection_enabled = false`, apply, and delete then."));
        }
        let has_copies = !table.replicas().is_empty() || !table.global_table_witnesses().is_empty();
        if has_copies {
            calls.remove_replicas(prior, timeout).await?;
        }
        // AWS refuses the deletion while an index is being made or deleted, which may take longer than a retry.
        if has_copies || !at_rest(&table)? {
            error::gone_is_done(calls.wait_until_ready(timeout, false).await)?;
        }
        calls.remove(timeout).await
    }

    async fn recover(&self, wanted: &TableModel, run: &Run<'_>) -> OpResult<Option<TableModel>> {
        Calls::new(&self.aws, wanted, run).await?.recover(wanted).await
    }

    fn import(&self, id: &str) -> OpResult<TableModel> {
        Ok(TableModel { id: Some(id.to_owned()), name: id.to_owned(), ..TableModel::default() })
    }
}

impl Calls<'_> {
    /// Removes all copies in other regions: AWS does not delete a table that has some.
    async fn remove_replicas(&self, prior: &TableModel, timeout: Duration) -> OpResult<()> {
        let Some(now) = self.read(prior).await? else {
            return Ok(());
        };
        let alone = TableModel { replica: Vec::new(), global_table_witness: None, ..now.clone() };
        let drops: Vec<TableStep> =
            steps(&now, &alone).into_iter().filter(|step| matches!(step, TableStep::DropReplicas(_))).collect();
        self.perform(&drops, &now, &alone, timeout).await
    }

    /// Deletes the table and waits until it is gone.
    async fn remove(&self, timeout: Duration) -> OpResult<()> {
        let call = || async {
            let answer = self.client.delete_table().table_name(&self.name).send().await;
            answer.map_err(error::from("dynamodb:DeleteTable"))
        };
        error::gone_is_done(self.aws.repeat(self.run, call).await)?;
        self.wait_until_gone(timeout).await
    }
}
