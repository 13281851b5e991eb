//! The calls to CloudWatch Logs about one log group.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::operation::create_log_group::builders::CreateLogGroupInputBuilder;
use aws_sdk_cloudwatchlogs::types::LogGroup as Live;

use super::LogGroup;
use crate::aws::{Aws, error, tags, wait};
use crate::resource::{OpResult, Run};

/// How long a creation may take to show in listings.
const APPEARANCE: Duration = Duration::from_secs(60);
/// How soon a deleted log group is looked for once more.
const SECOND_LOOK: Duration = Duration::from_millis(500);

/// One log group in one region, as calls name it.
pub(super) struct Place {
    aws: Aws,
    client: Client,
    region: String,
    pub(super) name: String,
}

impl LogGroup {
    /// Where a log group is or will be.
    pub(super) async fn place(&self, name: &str) -> OpResult<Place> {
        let region = self.aws.region(None).await?;
        let client = self.aws.logs(Some(&region)).await?;
        Ok(Place { aws: self.aws.clone(), client, region, name: name.to_owned() })
    }
}

impl Place {
    /// The queue of changes to the log group.
    pub(super) fn queue(&self) -> String {
        format!("logs:{}:{}", self.region, self.name)
    }

    pub(super) async fn create(&self, run: &Run<'_>, input: CreateLogGroupInputBuilder) -> OpResult<()> {
        self.aws
            .repeat(run, || async {
                let call = input.clone().send_with(&self.client);
                call.await.map(|_| ()).map_err(error::from("logs:CreateLogGroup"))
            })
            .await
    }

    /// The log group, if there is one.
    pub(super) async fn find(&self, run: &Run<'_>) -> OpResult<Option<Live>> {
        let mut token: Option<String> = None;
        loop {
            let page = self
                .aws
                .repeat(run, || async {
                    let call = self.client.describe_log_groups().log_group_name_prefix(&self.name);
                    let call = call.set_next_token(token.clone());
                    call.send().await.map_err(error::from("logs:DescribeLogGroups"))
                })
                .await?;
            let groups = page.log_groups.unwrap_or_default();
            if let Some(live) = groups.into_iter().find(|live| live.log_group_name() == Some(&self.name)) {
                return Ok(Some(live));
            }
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(None);
            }
        }
    }

    /// The log group as soon as listings show it.
    pub(super) async fn appear(&self, run: &Run<'_>) -> OpResult<Live> {
        let what = format!("the log group `{}` to appear", self.name);
        wait::until(run, APPEARANCE, &what, || self.find(run)).await
    }

    /// Whether a deleted log group is back a moment later.
    pub(super) async fn reappears(&self, run: &Run<'_>) -> OpResult<bool> {
        tokio::time::sleep(SECOND_LOOK).await;
        self.find(run).await.map(|found| found.is_some())
    }

    /// The tags that people set, `None` if the log group is gone.
    pub(super) async fn tags(&self, run: &Run<'_>, arn: &str) -> OpResult<Option<BTreeMap<String, String>>> {
        Ok(self.all_tags(run, arn).await?.map(tags::readable))
    }

    /// All tags, `None` if the log group is gone.
    pub(super) async fn all_tags(&self, run: &Run<'_>, arn: &str) -> OpResult<Option<BTreeMap<String, String>>> {
        let answer = self
            .aws
            .repeat(run, || async {
                let call = self.client.list_tags_for_resource().resource_arn(arn);
                call.send().await.map_err(error::from("logs:ListTagsForResource"))
            })
            .await;
        let answer = error::gone_is_none(answer)?;
        Ok(answer.map(|answer| answer.tags.unwrap_or_default().into_iter().collect()))
    }

    /// Sets for how many days log events are kept; none or 0 keeps them for ever.
    pub(super) async fn put_retention(&self, run: &Run<'_>, days: Option<i64>) -> OpResult<()> {
        let days = days.and_then(|days| i32::try_from(days).ok()).unwrap_or_default();
        if days == 0 {
            let deleted = self.aws.repeat(run, || async {
                let call = self.client.delete_retention_policy().log_group_name(&self.name);
                call.send().await.map_err(error::from("logs:DeleteRetentionPolicy"))
            });
            return deleted.await.map(|_| ());
        }
        let put = self.aws.repeat(run, || async {
            let call = self.client.put_retention_policy().log_group_name(&self.name).retention_in_days(days);
            call.send().await.map_err(error::from("logs:PutRetentionPolicy"))
        });
        put.await.map(|_| ())
    }

    /// Encrypts what is logged from now on with a key, or with none of one's own.
    pub(super) async fn put_key(&self, run: &Run<'_>, key: Option<String>) -> OpResult<()> {
        let Some(key) = key else {
            let removed = self.aws.repeat(run, || async {
                let call = self.client.disassociate_kms_key().log_group_name(&self.name);
                call.send().await.map_err(error::from("logs:DisassociateKmsKey"))
            });
            return removed.await.map(|_| ());
        };
        let put = self.aws.repeat(run, || async {
            let call = self.client.associate_kms_key().log_group_name(&self.name).kms_key_id(&key);
            call.send().await.map_err(error::from("logs:AssociateKmsKey"))
        });
        put.await.map(|_| ())
    }

    pub(super) async fn put_protection(&self, run: &Run<'_>, protected: bool) -> OpResult<()> {
        let put = self.aws.repeat(run, || async {
            let call = self.client.put_log_group_deletion_protection().log_group_identifier(&self.name);
            let call = call.deletion_protection_enabled(protected);
            call.send().await.map_err(error::from("logs:PutLogGroupDeletionProtection"))
        });
        put.await.map(|_| ())
    }

    pub(super) async fn update_tags(
        &self,
        run: &Run<'_>,
        arn: &str,
        from: &BTreeMap<String, String>,
        to: &BTreeMap<String, String>,
    ) -> OpResult<()> {
        let (set, removed) = tags::changes(from, to);
        if !removed.is_empty() {
            let call = self.aws.repeat(run, || async {
                let call = self.client.untag_resource().resource_arn(arn).set_tag_keys(Some(removed.clone()));
                call.send().await.map_err(error::from("logs:UntagResource"))
            });
            call.await?;
        }
        if !set.is_empty() {
            let call = self.aws.repeat(run, || async {
                let tags = set.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
                let call = self.client.tag_resource().resource_arn(arn).set_tags(Some(tags));
                call.send().await.map_err(error::from("logs:TagResource"))
            });
            call.await?;
        }
        Ok(())
    }

    /// Deletes the log group; one that is gone is deleted.
    pub(super) async fn delete(&self, run: &Run<'_>) -> OpResult<()> {
        let deleted = self
            .aws
            .repeat(run, || async {
                let call = self.client.delete_log_group().log_group_name(&self.name);
                call.send().await.map_err(error::from("logs:DeleteLogGroup"))
            })
            .await;
        error::gone_is_done(deleted)
    }
}
