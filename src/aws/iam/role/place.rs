//! The calls to IAM about one role and what hangs on it.

use aws_sdk_iam::Client;
use tokio::sync::OwnedMutexGuard;

use crate::aws::iam::document;
use crate::aws::iam::visibility::once_visible;
use crate::aws::{Aws, error};
use crate::resource::{OpResult, Run};

/// One role, as calls name it.
pub(in crate::aws::iam) struct Place<'a> {
    pub(super) aws: &'a Aws,
    pub(super) iam: Client,
    pub(super) run: &'a Run<'a>,
    pub(super) role: &'a str,
}

impl<'a> Place<'a> {
    /// The role of a name.
    pub(in crate::aws::iam) async fn new(aws: &'a Aws, run: &'a Run<'a>, role: &'a str) -> OpResult<Self> {
        Ok(Self { aws, iam: aws.iam(None).await?, run, role })
    }

    /// Waits for the turn to change the role. The turn ends when the guard is dropped.
    pub(in crate::aws::iam) async fn turn(&self) -> OwnedMutexGuard<()> {
        self.aws.queues().enter(&self.key()).await
    }

    /// What the role is called among all parents.
    pub(super) fn key(&self) -> String {
        format!("iam:role:{}", self.role)
    }

    /// What somebody has written into the role under a name. Into one that this run has made, nobody has.
    pub(in crate::aws::iam) async fn inline_before(&self, name: &str) -> OpResult<Option<String>> {
        if self.aws.fresh().takes(&self.key(), name) {
            return Ok(None);
        }
        self.inline_document(name).await
    }

    /// The names of the policies written into a role.
    pub(in crate::aws::iam) async fn inline_names(&self) -> OpResult<Vec<String>> {
        self.aws
            .repeat(self.run, || async {
                let pages = self.iam.list_role_policies().role_name(self.role).into_paginator().items().send();
                pages.collect::<Result<Vec<_>, _>>().await.map_err(error::from("iam:ListRolePolicies"))
            })
            .await
    }

    /// The ARNs of the policies attached to a role.
    pub(in crate::aws::iam) async fn attached(&self) -> OpResult<Vec<String>> {
        let found = self
            .aws
            .repeat(self.run, || async {
                let pages = self.iam.list_attached_role_policies().role_name(self.role).into_paginator().items().send();
                pages.collect::<Result<Vec<_>, _>>().await.map_err(error::from("iam:ListAttachedRolePolicies"))
            })
            .await?;
        Ok(found.into_iter().filter_map(|policy| policy.policy_arn).collect())
    }

    /// The document of a policy written into a role, as IAM answers it.
    pub(in crate::aws::iam) async fn inline_document(&self, name: &str) -> OpResult<Option<String>> {
        let asked = self
            .aws
            .repeat(self.run, || async {
                let call = self.iam.get_role_policy().role_name(self.role).policy_name(name);
                call.send().await.map_err(error::from("iam:GetRolePolicy"))
            })
            .await;
        Ok(error::gone_is_none(asked)?.map(|answer| answer.policy_document))
    }

    /// Writes a policy into a role that may have been made moments ago.
    pub(in crate::aws::iam) async fn put_policy(&self, name: &str, text: &str) -> OpResult<()> {
        let put = || async {
            let call = self
                .iam
                .put_role_policy()
                .role_name(self.role)
                .policy_name(name)
                .policy_document(document::to_send(text));
            call.send().await.map_err(error::from("iam:PutRolePolicy"))
        };
        once_visible(self.aws, self.run, |_| false, put).await.map(|_| ())
    }

    /// Removes a policy written into a role.
    pub(in crate::aws::iam) async fn remove_inline(&self, name: &str) -> OpResult<()> {
        let removed = self.aws.repeat(self.run, || async {
            let call = self.iam.delete_role_policy().role_name(self.role).policy_name(name);
            call.send().await.map_err(error::from("iam:DeleteRolePolicy"))
        });
        error::gone_is_done(removed.await)
    }

    /// Attaches a managed policy; role and policy may both have been made moments ago.
    pub(in crate::aws::iam) async fn attach(&self, arn: &str) -> OpResult<()> {
        // AWS's own policies are never made moments ago: a wrong ARN of one is final.
        let settled = |message: &str| arn.contains(":iam::aws:policy/") && message.contains(arn);
        let put = || async {
            let call = self.iam.attach_role_policy().role_name(self.role).policy_arn(arn);
            call.send().await.map_err(error::from("iam:AttachRolePolicy"))
        };
        once_visible(self.aws, self.run, settled, put).await.map(|_| ())
    }

    /// Detaches a managed policy.
    pub(in crate::aws::iam) async fn detach(&self, arn: &str) -> OpResult<()> {
        let removed = self.aws.repeat(self.run, || async {
            let call = self.iam.detach_role_policy().role_name(self.role).policy_arn(arn);
            call.send().await.map_err(error::from("iam:DetachRolePolicy"))
        });
        error::gone_is_done(removed.await)
    }
}
