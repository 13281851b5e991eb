//! `data "aws_caller_identity"`.

use crate::aws::Aws;
use crate::resource::{DataSource, Grant, Model, OpResult, Run};
use crate::value::Value;

/// The account and identity whose credentials recon uses.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct CallerIdentityModel {
    /// The account's 12 digits.
    #[attr(computed)]
    pub account_id: Option<String>,
    /// The ARN of the user, role session or account.
    #[attr(computed)]
    pub arn: Option<String>,
    /// The account's 12 digits.
    #[attr(optional, computed)]
    pub id: Option<String>,
    /// The unique id of the user or role session.
    #[attr(computed)]
    pub user_id: Option<String>,
}

/// The data source `aws_caller_identity`.
pub(crate) struct CallerIdentity {
    aws: Aws,
}

impl CallerIdentity {
    /// The identity behind the given clients.
    pub(crate) fn new(aws: &Aws) -> Self {
        Self { aws: aws.clone() }
    }
}

impl DataSource for CallerIdentity {
    const NAME: &'static str = "aws_caller_identity";
    type Model = CallerIdentityModel;

    fn permissions(&self, _wanted: &Value) -> Vec<Grant> {
        vec![Grant::new("sts:GetCallerIdentity", "*")]
    }

    async fn read(&self, _wanted: &CallerIdentityModel, _run: &Run<'_>) -> OpResult<CallerIdentityModel> {
        let caller = self.aws.identity().await?;
        Ok(CallerIdentityModel {
            id: Some(caller.account.clone()),
            account_id: Some(caller.account),
            arn: Some(caller.arn),
            user_id: Some(caller.user_id),
        })
    }
}
