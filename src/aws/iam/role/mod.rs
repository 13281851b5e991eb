//! `aws_iam_role`.

mod delete;
mod lists;
mod place;
mod settings;

pub(super) use place::Place;

use std::collections::BTreeMap;

use aws_sdk_iam::types::Role as Found;

use super::document::{self, Usage};
use super::{names, tagging};
use crate::aws::iam::permissions;
use crate::aws::members::date;
use crate::aws::{Aws, unique};
use crate::diagnostic::Diagnostics;
use crate::resource::{ErrorKind, Grant, Model, Need, OpError, OpResult, Planning, Recovery, ResourceType, Run};
use crate::schema::Schema;
use crate::value::Value;

/// A role: an identity without a password that services such as Lambda and AppSync take on to act for you.
///
/// Policies are best attached with `aws_iam_role_policy` and `aws_iam_role_policy_attachment`. `inline_policy` and
/// `managed_policy_arns` make the role the only owner of its lists; where neither is written, they stay null and nothing
/// is asked or changed.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct RoleModel {
    /// The ARN of the role.
    #[attr(computed)]
    pub arn: Option<String>,
    /// Who may take on the role, as a policy document. Two documents of the same meaning are no change.
    #[attr(required, same = document::same_policy)]
    pub assume_role_policy: String,
    /// When the role was made, in UTC.
    #[attr(computed)]
    pub create_date: Option<String>,
    /// What the role is for.
    #[attr(optional, max = 1000)]
    pub description: Option<String>,
    /// Whether a deletion also removes policies and instance profiles that recon did not attach. Without it they block
    /// the deletion.
    #[attr(optional, default = false)]
    pub force_detach_policies: bool,
    /// The name of the role.
    #[attr(optional, computed)]
    pub id: Option<String>,
    /// The managed policies that are attached; all others are detached. Null where the role does not own the list.
    #[attr(optional, computed, set, deprecated = "Use aws_iam_role_policy_attachment.")]
    pub managed_policy_arns: Option<Vec<String>>,
    /// How long a session with the role may last, in seconds.
    #[attr(optional, default = 3600, min = 3600, max = 43200)]
    pub max_session_duration: i64,
    /// The name, unique in the account. Made from `name_prefix` or wholly generated where it is not given.
    #[attr(optional, computed, replace, min = 1, max = 64, conflicts = ["name_prefix"])]
    pub name: Option<String>,
    /// What a generated name starts with.
    #[attr(optional, computed, replace, max = 38, conflicts = ["name"])]
    pub name_prefix: Option<String>,
    /// The path in front of the name in the ARN.
    #[attr(optional, replace, default = "/", max = 512)]
    pub path: String,
    /// The ARN of a managed policy that limits what the role's own policies can grant.
    #[attr(optional, max = 2048)]
    pub permissions_boundary: Option<String>,
    /// Tags of the role.
    #[attr(optional)]
    pub tags: Option<BTreeMap<String, String>>,
    /// Tags of the role together with the provider's default tags.
    #[attr(optional, computed)]
    pub tags_all: BTreeMap<String, String>,
    /// The unique id that stands for the role in policies of other objects.
    #[attr(computed)]
    pub unique_id: Option<String>,
    /// A policy written into the role; all others are removed. An empty block stands for no policy at all.
    #[block(set, computed, key = "name")]
    pub inline_policy: Vec<InlinePolicy>,
}

/// A policy written into a role. Use aws_iam_role_policy instead.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InlinePolicy {
    /// The name, unique in the role.
    #[attr(optional, max = 128)]
    pub name: Option<String>,
    /// The policy document.
    #[attr(optional, same = document::same_policy)]
    pub policy: Option<String>,
}

/// The resource type `aws_iam_role`.
pub(crate) struct Role {
    aws: Aws,
}

impl Role {
    /// Roles made with the given clients.
    pub(crate) fn new(aws: &Aws) -> Self {
        Self { aws: aws.clone() }
    }
}

impl ResourceType for Role {
    const NAME: &'static str = "aws_iam_role";
    // Proof: the ownership tag of the creation, since anybody may have made a role of that name.
    const RECOVERY: Recovery = Recovery::NaturalName;
    type Model = RoleModel;

    fn schema() -> Schema {
        Schema::new(Self::NAME, RoleModel::DOC, RoleModel::block()).import_id("NAME")
    }

    fn check(&self, wanted: &Value, problems: &mut Diagnostics) {
        names::check(wanted, "name", problems);
        names::check(wanted, "name_prefix", problems);
        names::check_path(wanted, problems);
        names::check_arn(wanted, "permissions_boundary", problems);
        names::check_arn(wanted, "managed_policy_arns", problems);
        document::check_at(wanted, "assume_role_policy", Usage::Trust, problems);
        lists::check(wanted, problems);
    }

    fn plan(&self, planning: &mut Planning<'_>, problems: &mut Diagnostics) {
        let wanted = planning.planned().attr("assume_role_policy");
        let Some(prior) = planning.prior.map(|prior| prior.attr("assume_role_policy")) else {
            return;
        };
        let lost = document::dangling_principals(prior.as_str().unwrap_or_default());
        let wished = wanted.as_str().map(document::dangling_principals).unwrap_or_default();
        let healed: Vec<String> = lost.into_iter().filter(|id| !wished.contains(id)).collect();
        if !healed.is_empty() {
            problems
                .warning("Dangling principal")
                .on("assume_role_policy")
                .detail(format!(
                    "The trust policy in AWS names {}: the id of a role or user that was deleted. One of the same name \
                     made since then is not trusted.",
                    healed.join(", ")
                ))
                .help("Applying this plan writes the policy again, which trusts the new one.");
        }
    }

    fn permissions(&self, need: Need<'_>) -> Vec<Grant> {
        permissions::role(&self.aws.here(), need)
    }

    fn arn_of(&self, wanted: &Value) -> Option<String> {
        permissions::known_arn(&self.aws.here(), "role", wanted)
    }

    async fn read(&self, prior: &RoleModel, run: &Run<'_>) -> OpResult<Option<RoleModel>> {
        let place = Place::new(&self.aws, run, name_of(prior)?).await?;
        let Some(role) = place.find().await? else {
            return Ok(None);
        };
        let mut found = model(&role, prior);
        let owned = lists::Owned::of(prior);
        match place.lists(owned, prior).await {
            Ok((inline, attached)) => (found.inline_policy, found.managed_policy_arns) = (inline, attached),
            Err(error) if error.kind == ErrorKind::Gone => return Ok(None),
            Err(error) => return Err(error),
        }
        Ok(Some(found))
    }

    async fn create(&self, wanted: &RoleModel, run: &Run<'_>) -> OpResult<RoleModel> {
        let name = unique::name(wanted.name.as_deref(), wanted.name_prefix.as_deref(), run.token());
        let place = Place::new(&self.aws, run, &name).await?;
        let _turn = place.turn().await;
        let role = place.make(wanted).await?;
        let mut made = wanted.clone();
        identify(&mut made, &role);
        run.made(&made).await?;
        if wanted.inline_policy.is_empty() {
            self.aws.fresh().made(place.key());
        }
        place.put_lists(&RoleModel::default(), wanted).await?;
        Ok(made)
    }

    async fn update(&self, prior: &RoleModel, wanted: &RoleModel, run: &Run<'_>) -> OpResult<RoleModel> {
        let place = Place::new(&self.aws, run, name_of(prior)?).await?;
        let _turn = place.turn().await;
        place.put_trust(prior, wanted).await?;
        place.put_settings(prior, wanted).await?;
        place.put_boundary(prior, wanted).await?;
        place.put_lists(prior, wanted).await?;
        place.put_tags(prior, wanted).await?;
        Ok(wanted.clone())
    }

    async fn delete(&self, prior: &RoleModel, run: &Run<'_>) -> OpResult<()> {
        let place = Place::new(&self.aws, run, name_of(prior)?).await?;
        let _turn = place.turn().await;
        self.aws.fresh().deleted(&place.key());
        delete::delete(&place, prior).await
    }

    async fn recover(&self, wanted: &RoleModel, run: &Run<'_>) -> OpResult<Option<RoleModel>> {
        let name = unique::name(wanted.name.as_deref(), wanted.name_prefix.as_deref(), run.token());
        match Place::new(&self.aws, run, &name).await?.find().await? {
            Some(role) if tagging::made_by(role.tags(), run.token()) => {
                self.read(&RoleModel { id: Some(name.clone()), name: Some(name), ..wanted.clone() }, run).await
            }
            _ => Ok(None),
        }
    }

    fn import(&self, id: &str) -> OpResult<RoleModel> {
        if id.is_empty() || id.contains(['/', ':']) {
            return Err(OpError::new(ErrorKind::Invalid, Self::NAME, format!("{id:?} is not the name of a role"))
                .help("Give the role's name without its path, and not its ARN."));
        }
        Ok(RoleModel { id: Some(id.to_owned()), name: Some(id.to_owned()), ..RoleModel::default() })
    }
}

fn name_of(model: &RoleModel) -> OpResult<&str> {
    let name = model.id.as_deref().or(model.name.as_deref()).filter(|name| !name.is_empty());
    name.ok_or_else(|| OpError::new(ErrorKind::Local, Role::NAME, "state has no name for the role"))
}

/// What only AWS knows of a role.
fn identify(model: &mut RoleModel, role: &Found) {
    model.id = Some(role.role_name().to_owned());
    model.name = Some(role.role_name().to_owned());
    model.name_prefix = Some(unique::prefix_of(role.role_name()).to_owned());
    // For some seconds IAM may give the unique id in place of a new role's ARN.
    if role.arn().starts_with("arn:") || model.arn.is_none() {
        model.arn = Some(role.arn().to_owned());
    }
    model.unique_id = Some(role.role_id().to_owned());
    model.create_date = date(role.create_date());
}

/// The role as it is, without its lists of policies.
fn model(role: &Found, prior: &RoleModel) -> RoleModel {
    let boundary = role.permissions_boundary().and_then(|boundary| boundary.permissions_boundary_arn());
    let mut found = RoleModel {
        assume_role_policy: document::kept(
            &prior.assume_role_policy,
            role.assume_role_policy_document().unwrap_or_default(),
        ),
        description: role.description().map(str::to_owned),
        force_detach_policies: prior.force_detach_policies,
        max_session_duration: role.max_session_duration().map_or(3600, i64::from),
        path: role.path().to_owned(),
        permissions_boundary: boundary.map(str::to_owned),
        tags_all: tagging::readable(role.tags()),
        arn: prior.arn.clone(),
        ..RoleModel::default()
    };
    identify(&mut found, role);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_iam::types::Tag;
    use aws_smithy_types::DateTime;

    fn found() -> Found {
        Found::builder()
            .path("/service/")
            .role_name("api-0123456789abcdef0123456789")
            .role_id("AROAEXAMPLE")
            .arn("AROAEXAMPLE")
            .create_date(DateTime::from_secs_f64(1_700_000_000.5))
            .assume_role_policy_document("%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%7D%7D")
            .tags(Tag::builder().key("recon:token").value("t").build().unwrap())
            .tags(Tag::builder().key("team").value("web").build().unwrap())
            .build()
            .unwrap()
    }

    #[test]
    fn a_role_is_read_with_the_authors_text_and_without_our_tag() {
        let author = r#"{"Statement": [{"Effect": "Allow"}]}"#;
        let prior = RoleModel {
            assume_role_policy: author.into(),
            arn: Some("arn:aws:iam::1:role/x".into()),
            force_detach_policies: true,
            ..RoleModel::default()
        };
        let model = model(&found(), &prior);
        assert_eq!(model.assume_role_policy, author);
        assert_eq!(model.arn.as_deref(), Some("arn:aws:iam::1:role/x"));
        assert_eq!(model.create_date.as_deref(), Some("2023-11-14T22:13:20Z"));
        assert_eq!(model.name_prefix.as_deref(), Some("api-"));
        assert_eq!(model.tags_all, BTreeMap::from([("team".into(), "web".into())]));
        assert_eq!((model.max_session_duration, model.force_detach_policies), (3600, true));
    }

    #[test]
    fn an_import_takes_a_name_only() {
        let role = Role::new(&Aws::new(crate::aws::Settings::default()));
        assert_eq!(role.import("fn").unwrap().name.as_deref(), Some("fn"));
        assert!(role.import("arn:aws:iam::1:role/fn").is_err());
        assert!(role.import("").is_err());
    }

    #[test]
    fn a_dangling_principal_is_told_when_the_plan_heals_it() {
        let role = Role::new(&Aws::new(crate::aws::Settings::default()));
        let trust = |principal: &str| {
            let text = format!(
                r#"{{"Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"sts:AssumeRole"}}]}}"#
            );
            Value::object_of([("assume_role_policy", text.into())])
        };
        let (prior, wanted) = (trust("AROAJ4EXAMPLE4EXAMPLE"), trust("arn:aws:iam::123456789012:role/ci"));
        let mut problems = Diagnostics::new();
        let folder = std::path::Path::new(".");
        let now = jiff::Timestamp::UNIX_EPOCH;
        role.plan(&mut Planning::new(&wanted, Some(&prior), wanted.clone(), now, folder), &mut problems);
        assert_eq!(problems.len(), 1);
        assert!(!problems.has_errors());
        role.plan(&mut Planning::new(&prior, Some(&prior), prior.clone(), now, folder), &mut problems);
        assert_eq!(problems.len(), 1);
    }
}
