//! `data "aws_cognito_user_pools"`.

use crate::aws::Aws;
use crate::aws::cognito::listing;
use crate::aws::cognito::permissions;
use crate::resource::{DataSource, Grant, Model, OpResult, Run};
use crate::value::Value;

/// Finds user pools by name.
pub(in crate::aws) struct UserPoolsData {
    aws: Aws,
}

impl UserPoolsData {
    /// User pools reached through the given clients.
    pub(in crate::aws) fn new(aws: &Aws) -> Self {
        Self { aws: aws.clone() }
    }
}

/// The Cognito user pools of a name, of which there may be any number.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Pools {
    /// The name.
    #[attr(computed)]
    id: Option<String>,
    /// The name that the pools have.
    #[attr(required)]
    name: String,
    /// The pools' ids, sorted.
    #[attr(computed)]
    ids: Vec<String>,
    /// The pools' ARNs, in the order of their ids.
    #[attr(computed)]
    arns: Vec<String>,
}

impl DataSource for UserPoolsData {
    const NAME: &'static str = "aws_cognito_user_pools";
    type Model = Pools;

    fn permissions(&self, _wanted: &Value) -> Vec<Grant> {
        permissions::pools_data()
    }

    async fn read(&self, wanted: &Pools, run: &Run<'_>) -> OpResult<Pools> {
        let region = self.aws.region(None).await?;
        let client = self.aws.cognitoidp(Some(&region)).await?;
        let ids = listing::pools_named(&self.aws, &client, &wanted.name, run).await?;
        let mut arns = Vec::new();
        if !ids.is_empty() {
            let (partition, account) = (Aws::partition(&region), self.aws.identity().await?.account);
            let arn = |id: &String| format!("arn:{partition}:cognito-idp:{region}:{account}:userpool/{id}");
            arns.extend(ids.iter().map(arn));
        }
        Ok(Pools { id: Some(wanted.name.clone()), name: wanted.name.clone(), ids, arns })
    }
}
