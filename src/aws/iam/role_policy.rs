//! `aws_iam_role_policy`.

use super::document::{self, Usage};
use super::names;
use super::permissions;
use super::role::Place;
use crate::aws::Aws;
use crate::aws::unique;
use crate::diagnostic::Diagnostics;
use crate::resource::{ErrorKind, Grant, Model, Need, OpError, OpResult, Recovery, ResourceType, Run};
use crate::schema::Schema;
use crate::value::Value;

/// A policy written into a role: what the role may do. It lives and dies with the role.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct RolePolicyModel {
    /// Role and policy name, as in `ROLE:NAME`.
    #[attr(optional, computed)]
    pub id: Option<String>,
    /// The name, unique in the role. Made from `name_prefix` or wholly generated where it is not given.
    #[attr(optional, computed, replace, min = 1, max = 128, conflicts = ["name_prefix"])]
    pub name: Option<String>,
    /// What a generated name starts with.
    #[attr(optional, computed, replace, max = 102, conflicts = ["name"])]
    pub name_prefix: Option<String>,
    /// The policy document. Two documents of the same meaning are no change.
    #[attr(required, same = document::same_policy)]
    pub policy: String,
    /// The name of the role.
    #[attr(required, replace)]
    pub role: String,
}

/// The resource type `aws_iam_role_policy`.
pub(crate) struct RolePolicy {
    aws: Aws,
}

impl RolePolicy {
    /// Role policies made with the given clients.
    pub(crate) fn new(aws: &Aws) -> Self {
        Self { aws: aws.clone() }
    }
}

impl ResourceType for RolePolicy {
    const NAME: &'static str = "aws_iam_role_policy";
    // Proof: the document is the one wished for; writing it again changes nothing.
    const RECOVERY: Recovery = Recovery::NaturalName;
    type Model = RolePolicyModel;

    fn schema() -> Schema {
        Schema::new(Self::NAME, RolePolicyModel::DOC, RolePolicyModel::block()).import_id("ROLE_NAME:POLICY_NAME")
    }

    fn check(&self, wanted: &Value, problems: &mut Diagnostics) {
        names::check(wanted, "name", problems);
        names::check(wanted, "name_prefix", problems);
        names::check(wanted, "role", problems);
        document::check_at(wanted, "policy", Usage::Inline, problems);
    }

    fn permissions(&self, need: Need<'_>) -> Vec<Grant> {
        permissions::role_policy(&self.aws.here(), need)
    }

    async fn read(&self, prior: &RolePolicyModel, run: &Run<'_>) -> OpResult<Option<RolePolicyModel>> {
        let (role, name) = place(prior)?;
        let found = Place::new(&self.aws, run, role).await?.inline_document(name).await?;
        Ok(found.map(|text| model(role, name, document::kept(&prior.policy, &text))))
    }

    async fn create(&self, wanted: &RolePolicyModel, run: &Run<'_>) -> OpResult<RolePolicyModel> {
        let name = unique::name(wanted.name.as_deref(), wanted.name_prefix.as_deref(), run.token());
        let role = Place::new(&self.aws, run, &wanted.role).await?;
        let _turn = role.turn().await;
        // A put would overwrite what somebody else wrote under this name.
        if let Some(text) = role.inline_before(&name).await?
            && !document::same_text(&document::decode(&text), &wanted.policy)
        {
            let message = format!("the role `{}` already has another inline policy `{name}`", wanted.role);
            return Err(OpError::new(ErrorKind::Conflict, "iam:PutRolePolicy", message).help(format!(
                "Choose another name, or take the policy over with `recon import ADDRESS {}:{name}`.",
                wanted.role
            )));
        }
        role.put_policy(&name, &wanted.policy).await?;
        let made = model(&wanted.role, &name, wanted.policy.clone());
        run.made(&made).await?;
        Ok(made)
    }

    async fn update(
        &self,
        prior: &RolePolicyModel,
        wanted: &RolePolicyModel,
        run: &Run<'_>,
    ) -> OpResult<RolePolicyModel> {
        let (role, name) = place(prior)?;
        let at = Place::new(&self.aws, run, role).await?;
        let _turn = at.turn().await;
        at.put_policy(name, &wanted.policy).await?;
        Ok(model(role, name, wanted.policy.clone()))
    }

    async fn delete(&self, prior: &RolePolicyModel, run: &Run<'_>) -> OpResult<()> {
        let (role, name) = place(prior)?;
        let at = Place::new(&self.aws, run, role).await?;
        let _turn = at.turn().await;
        at.remove_inline(name).await
    }

    async fn recover(&self, wanted: &RolePolicyModel, run: &Run<'_>) -> OpResult<Option<RolePolicyModel>> {
        let name = unique::name(wanted.name.as_deref(), wanted.name_prefix.as_deref(), run.token());
        let found = Place::new(&self.aws, run, &wanted.role).await?.inline_document(&name).await?;
        let ours = found.is_some_and(|text| document::same_text(&document::decode(&text), &wanted.policy));
        Ok(ours.then(|| model(&wanted.role, &name, wanted.policy.clone())))
    }

    fn import(&self, id: &str) -> OpResult<RolePolicyModel> {
        match id.split_once(':') {
            Some((role, name)) if !role.is_empty() && !name.is_empty() => Ok(model(role, name, String::new())),
            _ => Err(OpError::new(ErrorKind::Invalid, Self::NAME, format!("{id:?} is not of the form ROLE:NAME"))
                .help("Give the role's name, a colon, and the policy's name.")),
        }
    }
}

fn model(role: &str, name: &str, policy: String) -> RolePolicyModel {
    RolePolicyModel {
        id: Some(format!("{role}:{name}")),
        name: Some(name.to_owned()),
        name_prefix: Some(unique::prefix_of(name).to_owned()),
        policy,
        role: role.to_owned(),
    }
}

/// Role and name of a policy in state.
fn place(model: &RolePolicyModel) -> OpResult<(&str, &str)> {
    let from_id = model.id.as_deref().and_then(|id| id.split_once(':'));
    let own = model.name.as_deref().map(|name| (model.role.as_str(), name));
    let known = own.filter(|(role, name)| !role.is_empty() && !name.is_empty()).or(from_id);
    known.ok_or_else(|| OpError::new(ErrorKind::Local, RolePolicy::NAME, "state has no name for the policy"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_id_is_role_and_name() {
        let policies = RolePolicy::new(&Aws::new(crate::aws::Settings::default()));
        let model = policies.import("fn:posts").unwrap();
        assert_eq!(
            (model.role.as_str(), model.name.as_deref(), model.id.as_deref()),
            ("fn", Some("posts"), Some("fn:posts"))
        );
        assert_eq!(place(&model).unwrap(), ("fn", "posts"));
        assert!(policies.import("fn").is_err() && policies.import("fn:").is_err() && policies.import(":x").is_err());
    }
}
