//! `aws_iam_role_policy_attachment`.

use super::names;
use super::permissions;
use super::role::Place;
use crate::aws::{Aws, error};
use crate::diagnostic::Diagnostics;
use crate::resource::{ErrorKind, Grant, Listing, Model, Need, OpError, OpResult, Recovery, ResourceType, Run};
use crate::schema::Schema;
use crate::value::Value;

/// A managed policy attached to a role.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct RolePolicyAttachmentModel {
    /// Role and policy, as in `ROLE/POLICY_ARN`.
    #[attr(optional, computed)]
    pub id: Option<String>,
    /// The ARN of the policy.
    #[attr(required, replace)]
    pub policy_arn: String,
    /// The name of the role.
    #[attr(required, replace)]
    pub role: String,
}

/// The resource type `aws_iam_role_policy_attachment`.
pub(crate) struct RolePolicyAttachment {
    aws: Aws,
}

impl RolePolicyAttachment {
    /// Attachments made with the given clients.
    pub(crate) fn new(aws: &Aws) -> Self {
        Self { aws: aws.clone() }
    }

    async fn exists(&self, role: &str, arn: &str, run: &Run<'_>) -> OpResult<bool> {
        let there = Place::new(&self.aws, run, role).await?.attached().await;
        Ok(error::gone_is_none(there)?.is_some_and(|arns| arns.iter().any(|found| found == arn)))
    }
}

impl ResourceType for RolePolicyAttachment {
    const NAME: &'static str = "aws_iam_role_policy_attachment";
    // Proof: role and policy are all there is to an attachment; attaching again changes nothing.
    const RECOVERY: Recovery = Recovery::NaturalName;
    type Model = RolePolicyAttachmentModel;

    fn schema() -> Schema {
        let block = RolePolicyAttachmentModel::block();
        Schema::new(Self::NAME, RolePolicyAttachmentModel::DOC, block).import_id("ROLE_NAME/POLICY_ARN")
    }

    fn check(&self, wanted: &Value, problems: &mut Diagnostics) {
        names::check(wanted, "role", problems);
        names::check_arn(wanted, "policy_arn", problems);
    }

    fn permissions(&self, need: Need<'_>) -> Vec<Grant> {
        permissions::attachment(&self.aws.here(), need)
    }

    async fn read(
        &self,
        prior: &RolePolicyAttachmentModel,
        run: &Run<'_>,
    ) -> OpResult<Option<RolePolicyAttachmentModel>> {
        let there = self.exists(&prior.role, &prior.policy_arn, run).await?;
        Ok(there.then(|| known(prior)))
    }

    fn listing(prior: &RolePolicyAttachmentModel) -> Option<Listing> {
        Some(Listing::made_anyway(&*prior.role))
    }

    async fn read_listed(
        &self,
        priors: &[RolePolicyAttachmentModel],
        run: &Run<'_>,
    ) -> OpResult<Vec<Option<RolePolicyAttachmentModel>>> {
        let Some(first) = priors.first() else {
            return Ok(Vec::new());
        };
        let there = Place::new(&self.aws, run, &first.role).await?.attached().await;
        let arns = error::gone_is_none(there)?.unwrap_or_default();
        Ok(priors.iter().map(|prior| arns.contains(&prior.policy_arn).then(|| known(prior))).collect())
    }

    async fn create(&self, wanted: &RolePolicyAttachmentModel, run: &Run<'_>) -> OpResult<RolePolicyAttachmentModel> {
        let place = Place::new(&self.aws, run, &wanted.role).await?;
        let _turn = place.turn().await;
        place.attach(&wanted.policy_arn).await?;
        let made = model(&wanted.role, &wanted.policy_arn);
        run.made(&made).await?;
        Ok(made)
    }

    async fn update(
        &self,
        _prior: &RolePolicyAttachmentModel,
        wanted: &RolePolicyAttachmentModel,
        _run: &Run<'_>,
    ) -> OpResult<RolePolicyAttachmentModel> {
        // Both arguments make a new attachment when they change, so there is nothing that AWS would have to be told.
        Ok(wanted.clone())
    }

    async fn delete(&self, prior: &RolePolicyAttachmentModel, run: &Run<'_>) -> OpResult<()> {
        let place = Place::new(&self.aws, run, &prior.role).await?;
        let _turn = place.turn().await;
        place.detach(&prior.policy_arn).await
    }

    async fn recover(
        &self,
        wanted: &RolePolicyAttachmentModel,
        run: &Run<'_>,
    ) -> OpResult<Option<RolePolicyAttachmentModel>> {
        let there = self.exists(&wanted.role, &wanted.policy_arn, run).await?;
        Ok(there.then(|| model(&wanted.role, &wanted.policy_arn)))
    }

    fn import(&self, id: &str) -> OpResult<RolePolicyAttachmentModel> {
        match id.split_once('/') {
            Some((role, arn)) if !role.is_empty() && arn.starts_with("arn:") => Ok(model(role, arn)),
            _ => {
                let message = format!("{id:?} is not of the form ROLE/POLICY_ARN");
                Err(OpError::new(ErrorKind::Invalid, Self::NAME, message)
                    .help("Give the role's name, a slash, and the policy's ARN."))
            }
        }
    }
}

/// An attachment that is there. Older providers gave each one an id by chance; it stays what it is.
fn known(prior: &RolePolicyAttachmentModel) -> RolePolicyAttachmentModel {
    let mut found = model(&prior.role, &prior.policy_arn);
    found.id = prior.id.clone().filter(|id| !id.is_empty()).or(found.id);
    found
}

fn model(role: &str, arn: &str) -> RolePolicyAttachmentModel {
    RolePolicyAttachmentModel { id: Some(format!("{role}/{arn}")), policy_arn: arn.to_owned(), role: role.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_id_is_role_and_arn() {
        let attachments = RolePolicyAttachment::new(&Aws::new(crate::aws::Settings::default()));
        let id = "fn/arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
        let model = attachments.import(id).unwrap();
        assert_eq!(model.role, "fn");
        assert_eq!(model.policy_arn, "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole");
        assert_eq!(model.id.as_deref(), Some(id));
        assert!(attachments.import("fn").is_err() && attachments.import("fn/x").is_err());
    }
}
