//! `aws_iam_policy`.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_iam::Client;
use aws_sdk_iam::types::{Policy as Found, PolicyVersion};
use tokio::time::Instant;

use super::document::{self, Usage};
use super::permissions;
use super::visibility::once_visible;
use super::{names, tagging};
use crate::aws::{Aws, error, tags, unique};
use crate::diagnostic::Diagnostics;
use crate::resource::{ErrorKind, Grant, Model, Need, OpError, OpResult, Recovery, ResourceType, Run};
use crate::schema::Schema;
use crate::value::Value;

/// How many versions of a policy IAM keeps.
const VERSIONS: usize = 5;

/// How long IAM may take to notice that a policy was detached and its old versions are gone.
const SETTLE: Duration = Duration::from_secs(30);

/// How long it may take to remove the versions of a policy, while somebody may make more.
const REMOVAL: Duration = Duration::from_secs(300);

/// A managed policy: a policy document as an object of its own, to be attached to roles.
///
/// A changed document becomes a new version; the oldest is removed where IAM would have to keep more than five.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct PolicyModel {
    /// The ARN of the policy.
    #[attr(computed)]
    pub arn: Option<String>,
    /// To how many users, groups and roles the policy is attached.
    #[attr(computed)]
    pub attachment_count: Option<i64>,
    /// How long to wait after the policy or a version of it was made, in milliseconds, for IAM to tell it to all regions.
    #[attr(optional, min = 0)]
    pub delay_after_policy_creation_in_ms: Option<i64>,
    /// What the policy is for. IAM cannot change it.
    #[attr(optional, replace, max = 1000)]
    pub description: Option<String>,
    /// The ARN of the policy.
    #[attr(optional, computed)]
    pub id: Option<String>,
    /// The name, unique in the account. Made from `name_prefix` or wholly generated where it is not given.
    #[attr(optional, computed, replace, min = 1, max = 128, conflicts = ["name_prefix"])]
    pub name: Option<String>,
    /// What a generated name starts with.
    #[attr(optional, computed, replace, max = 102, conflicts = ["name"])]
    pub name_prefix: Option<String>,
    /// The path in front of the name in the ARN.
    #[attr(optional, replace, default = "/", max = 512)]
    pub path: String,
    /// The policy document. Two documents of the same meaning are no change.
    #[attr(required, same = document::same_policy)]
    pub policy: String,
    /// The unique id of the policy.
    #[attr(computed)]
    pub policy_id: Option<String>,
    /// Tags of the policy.
    #[attr(optional)]
    pub tags: Option<BTreeMap<String, String>>,
    /// Tags of the policy together with the provider's default tags.
    #[attr(optional, computed)]
    pub tags_all: BTreeMap<String, String>,
}

/// The resource type `aws_iam_policy`.
pub(crate) struct Policy {
    aws: Aws,
}

impl Policy {
    /// Managed policies made with the given clients.
    pub(crate) fn new(aws: &Aws) -> Self {
        Self { aws: aws.clone() }
    }
}

impl ResourceType for Policy {
    const NAME: &'static str = "aws_iam_policy";
    // Proof: the ownership tag of the creation, since anybody may have made a policy of that name.
    const RECOVERY: Recovery = Recovery::NaturalName;
    type Model = PolicyModel;

    fn schema() -> Schema {
        Schema::new(Self::NAME, PolicyModel::DOC, PolicyModel::block()).import_id("POLICY_ARN")
    }

    fn check(&self, wanted: &Value, problems: &mut Diagnostics) {
        names::check(wanted, "name", problems);
        names::check(wanted, "name_prefix", problems);
        names::check_path(wanted, problems);
        document::check_at(wanted, "policy", Usage::Managed, problems);
    }

    fn permissions(&self, need: Need<'_>) -> Vec<Grant> {
        permissions::policy(&self.aws.here(), need)
    }

    fn arn_of(&self, wanted: &Value) -> Option<String> {
        permissions::known_arn(&self.aws.here(), "policy", wanted)
    }

    async fn read(&self, prior: &PolicyModel, run: &Run<'_>) -> OpResult<Option<PolicyModel>> {
        let iam = self.aws.iam(None).await?;
        let Some(policy) = self.find(&iam, arn_of(prior)?, run).await? else {
            return Ok(None);
        };
        let Some(text) = self.document(&iam, &policy, run).await? else {
            return Ok(None);
        };
        Ok(Some(model(&policy, &text, prior)))
    }

    async fn create(&self, wanted: &PolicyModel, run: &Run<'_>) -> OpResult<PolicyModel> {
        let name = unique::name(wanted.name.as_deref(), wanted.name_prefix.as_deref(), run.token());
        let iam = self.aws.iam(None).await?;
        let policy = self.make(&iam, &name, wanted, run).await?;
        let mut made = wanted.clone();
        identify(&mut made, &policy);
        made.name = Some(name.clone());
        made.name_prefix = Some(unique::prefix_of(&name).to_owned());
        made.attachment_count = Some(policy.attachment_count().map_or(0, i64::from));
        run.made(&made).await?;
        wait_as_wished(wanted).await;
        Ok(made)
    }

    async fn update(&self, prior: &PolicyModel, wanted: &PolicyModel, run: &Run<'_>) -> OpResult<PolicyModel> {
        let arn = arn_of(prior)?;
        let _turn = self.aws.queues().enter(&format!("iam:policy:{arn}")).await;
        let iam = self.aws.iam(None).await?;
        if !document::same_text(&prior.policy, &wanted.policy) {
            self.put_version(&iam, arn, &wanted.policy, run).await?;
            wait_as_wished(wanted).await;
        }
        self.put_tags(&iam, arn, prior, wanted, run).await?;
        Ok(wanted.clone())
    }

    async fn delete(&self, prior: &PolicyModel, run: &Run<'_>) -> OpResult<()> {
        let arn = arn_of(prior)?;
        let _turn = self.aws.queues().enter(&format!("iam:policy:{arn}")).await;
        let iam = self.aws.iam(None).await?;
        let start = Instant::now();
        let mut last_removal = start;
        loop {
            // IAM refuses as long as there are other versions or attachments, so asking first would only cost calls.
            let refusal = match error::gone_is_done(self.delete_policy(&iam, arn, run).await) {
                Err(error) if error.is("DeleteConflict") => error,
                other => return other,
            };
            let holders = match self.holders(&iam, arn, run).await {
                Err(error) if error.kind == ErrorKind::Gone => return Ok(()),
                other => other?,
            };
            if !holders.is_empty() {
                return Err(refused(arn, &holders));
            }
            let removed = self.remove_old_versions(&iam, arn, 0, run).await?;
            if removed > 0 && start.elapsed() < REMOVAL {
                last_removal = Instant::now();
                continue;
            }
            if last_removal.elapsed() > SETTLE {
                return Err(refusal);
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    async fn recover(&self, wanted: &PolicyModel, run: &Run<'_>) -> OpResult<Option<PolicyModel>> {
        let name = unique::name(wanted.name.as_deref(), wanted.name_prefix.as_deref(), run.token());
        let iam = self.aws.iam(None).await?;
        let arn = self.arn(&wanted.path, &name).await?;
        match self.find(&iam, &arn, run).await? {
            Some(policy) if tagging::made_by(policy.tags(), run.token()) => {
                self.read(&PolicyModel { id: Some(arn.clone()), arn: Some(arn), ..wanted.clone() }, run).await
            }
            _ => Ok(None),
        }
    }

    fn import(&self, id: &str) -> OpResult<PolicyModel> {
        if !id.starts_with("arn:") || !id.contains(":policy/") {
            let message = format!("{id:?} is not the ARN of a policy");
            return Err(OpError::new(ErrorKind::Invalid, Self::NAME, message)
                .help("It looks like `arn:aws:iam::123456789012:policy/name`."));
        }
        Ok(PolicyModel { id: Some(id.to_owned()), arn: Some(id.to_owned()), ..PolicyModel::default() })
    }
}

impl Policy {
    async fn find(&self, iam: &Client, arn: &str, run: &Run<'_>) -> OpResult<Option<Found>> {
        let asked = self
            .aws
            .repeat(run, || async {
                iam.get_policy().policy_arn(arn).send().await.map_err(error::from("iam:GetPolicy"))
            })
            .await;
        Ok(error::gone_is_none(asked)?.and_then(|answer| answer.policy))
    }

    /// The document of the version in force, as IAM answers it.
    async fn document(&self, iam: &Client, policy: &Found, run: &Run<'_>) -> OpResult<Option<String>> {
        let asked = self
            .aws
            .repeat(run, || async {
                iam.get_policy_version()
                    .set_policy_arn(policy.arn.clone())
                    .set_version_id(policy.default_version_id.clone())
                    .send()
                    .await
                    .map_err(error::from("iam:GetPolicyVersion"))
            })
            .await;
        let version = error::gone_is_none(asked)?.and_then(|answer| answer.policy_version);
        Ok(version.map(|version| version.document.unwrap_or_default()))
    }

    async fn arn(&self, path: &str, name: &str) -> OpResult<String> {
        let partition = Aws::partition(&self.aws.region(None).await?);
        let path = if path.is_empty() { "/" } else { path };
        Ok(format!("arn:{partition}:iam::{}:policy{path}{name}", self.aws.identity().await?.account))
    }

    async fn make(&self, iam: &Client, name: &str, wanted: &PolicyModel, run: &Run<'_>) -> OpResult<Found> {
        let tags = tagging::at_creation(&wanted.tags_all, run.token())?;
        let made = self
            .aws
            .repeat(run, || async {
                iam.create_policy()
                    .policy_name(name)
                    .path(&wanted.path)
                    .policy_document(document::to_send(&wanted.policy))
                    .set_description(wanted.description.clone().filter(|text| !text.is_empty()))
                    .set_tags(Some(tags.clone()))
                    .send()
                    .await
                    .map_err(error::from("iam:CreatePolicy"))
            })
            .await;
        let policy = match made {
            Ok(answer) => answer.policy,
            Err(error) if error.is("EntityAlreadyExists") => {
                let arn = self.arn(&wanted.path, name).await?;
                match self.find(iam, &arn, run).await? {
                    // An earlier try of this very creation went through although its answer was lost.
                    Some(policy) if tagging::made_by(policy.tags(), run.token()) => Some(policy),
                    Some(policy) => {
                        let taken = tagging::taken("iam:CreatePolicy", "policy", name, policy.tags(), &arn);
                        return Err(OpError { uncertain: error.uncertain, ..taken });
                    }
                    // The name is unique in the account whatever the path, so it stands under another one.
                    None => return Err(error.help("A policy of this name exists under another path.")),
                }
            }
            Err(error) => return Err(error),
        };
        policy
            .filter(|policy| policy.arn().is_some_and(|arn| !arn.is_empty()))
            .ok_or_else(|| OpError::new(ErrorKind::Service, "iam:CreatePolicy", "the answer has no policy"))
    }

    async fn put_version(&self, iam: &Client, arn: &str, text: &str, run: &Run<'_>) -> OpResult<()> {
        self.remove_old_versions(iam, arn, VERSIONS - 1, run).await?;
        let put = || async {
            iam.create_policy_version()
                .policy_arn(arn)
                .policy_document(document::to_send(text))
                .set_as_default(true)
                .send()
                .await
                .map_err(error::from("iam:CreatePolicyVersion"))
        };
        // Not repeatable blindly: a second try would use up one more of the five versions.
        match self.aws.once(run, put).await {
            Err(error) if error.may_have_happened() => {
                let policy = self.find(iam, arn, run).await?;
                let live = match &policy {
                    Some(policy) => self.document(iam, policy, run).await?,
                    None => None,
                };
                match live {
                    Some(live) if document::same_text(&document::decode(&live), text) => Ok(()),
                    _ => Err(error),
                }
            }
            other => other.map(|_| ()),
        }
    }

    /// Removes the oldest versions that are not in force, until as many as given are left besides it. Gives back how
    /// many went.
    async fn remove_old_versions(&self, iam: &Client, arn: &str, keep: usize, run: &Run<'_>) -> OpResult<usize> {
        let list = || async {
            let pages = iam.list_policy_versions().policy_arn(arn).into_paginator().items().send();
            pages.collect::<Result<Vec<_>, _>>().await.map_err(error::from("iam:ListPolicyVersions"))
        };
        let Some(versions) = error::gone_is_none(self.aws.repeat(run, list).await)? else {
            return Ok(0);
        };
        let surplus = surplus(versions, keep);
        for id in &surplus {
            let removed = self.aws.repeat(run, || async {
                let call = iam.delete_policy_version().policy_arn(arn).version_id(id);
                call.send().await.map_err(error::from("iam:DeletePolicyVersion"))
            });
            error::gone_is_done(removed.await)?;
        }
        Ok(surplus.len())
    }

    async fn delete_policy(&self, iam: &Client, arn: &str, run: &Run<'_>) -> OpResult<()> {
        let deleted = self.aws.repeat(run, || async {
            iam.delete_policy().policy_arn(arn).send().await.map_err(error::from("iam:DeletePolicy"))
        });
        deleted.await.map(|_| ())
    }

    /// Who has the policy attached.
    async fn holders(&self, iam: &Client, arn: &str, run: &Run<'_>) -> OpResult<Vec<String>> {
        let mut holders = Vec::new();
        let mut marker: Option<String> = None;
        loop {
            let list = || async {
                let call = iam.list_entities_for_policy().policy_arn(arn).set_marker(marker.clone());
                call.send().await.map_err(error::from("iam:ListEntitiesForPolicy"))
            };
            let page = self.aws.repeat(run, list).await?;
            let named = |what: &str, name: Option<&str>| name.map(|name| format!("{what} {name}"));
            holders.extend(page.policy_roles().iter().filter_map(|role| named("role", role.role_name())));
            holders.extend(page.policy_users().iter().filter_map(|user| named("user", user.user_name())));
            holders.extend(page.policy_groups().iter().filter_map(|group| named("group", group.group_name())));
            marker = page.marker().filter(|_| page.is_truncated()).map(str::to_owned);
            if marker.is_none() {
                return Ok(holders);
            }
        }
    }

    async fn put_tags(
        &self,
        iam: &Client,
        arn: &str,
        prior: &PolicyModel,
        wanted: &PolicyModel,
        run: &Run<'_>,
    ) -> OpResult<()> {
        let (set, removed) = tags::changes(&prior.tags_all, &wanted.tags_all);
        if !removed.is_empty() {
            let untag = || async {
                let call = iam.untag_policy().policy_arn(arn).set_tag_keys(Some(removed.clone()));
                call.send().await.map_err(error::from("iam:UntagPolicy"))
            };
            self.aws.repeat(run, untag).await?;
        }
        if !set.is_empty() {
            let set = tagging::to_sdk(&set)?;
            let tag = || async {
                let call = iam.tag_policy().policy_arn(arn).set_tags(Some(set.clone()));
                call.send().await.map_err(error::from("iam:TagPolicy"))
            };
            once_visible(&self.aws, run, |_| false, tag).await?;
        }
        Ok(())
    }
}

async fn wait_as_wished(wanted: &PolicyModel) {
    let delay = wanted.delay_after_policy_creation_in_ms.and_then(|ms| u64::try_from(ms).ok()).unwrap_or(0);
    tokio::time::sleep(Duration::from_millis(delay)).await;
}

fn refused(arn: &str, holders: &[String]) -> OpError {
    let message =
        format!("the policy {arn} is still attached to what recon did not attach it to: {}", holders.join(", "));
    let mut error = OpError::new(ErrorKind::Conflict, "iam:DeletePolicy", message);
    error.code = Some("DeleteConflict".into());
    error.help("Detach it there first.")
}

/// The ids of the oldest versions not in force, so that no more than `keep` versions are left, the one in force included.
fn surplus(versions: Vec<PolicyVersion>, keep: usize) -> Vec<String> {
    let total = versions.len();
    let mut old: Vec<PolicyVersion> = versions.into_iter().filter(|version| !version.is_default_version()).collect();
    let number = |version: &PolicyVersion| {
        version.version_id().and_then(|id| id.trim_start_matches('v').parse::<u64>().ok()).unwrap_or(0)
    };
    old.sort_by_key(number);
    old.into_iter().take(total.saturating_sub(keep)).filter_map(|version| version.version_id).collect()
}

fn arn_of(model: &PolicyModel) -> OpResult<&str> {
    let arn = model.id.as_deref().or(model.arn.as_deref()).filter(|arn| !arn.is_empty());
    arn.ok_or_else(|| OpError::new(ErrorKind::Local, Policy::NAME, "state has no ARN for the policy"))
}

/// What only AWS knows of a policy.
fn identify(model: &mut PolicyModel, policy: &Found) {
    model.arn.clone_from(&policy.arn);
    model.id.clone_from(&policy.arn);
    model.policy_id.clone_from(&policy.policy_id);
}

fn model(policy: &Found, text: &str, prior: &PolicyModel) -> PolicyModel {
    let name = policy.policy_name().unwrap_or_default();
    let same_object = policy.policy_id.is_some() && policy.policy_id == prior.policy_id;
    let mut found = PolicyModel {
        attachment_count: Some(policy.attachment_count().map_or(0, i64::from)),
        delay_after_policy_creation_in_ms: prior.delay_after_policy_creation_in_ms,
        // A description cannot change as long as the policy is the same, so an answer without it does not mean a reset.
        description: policy.description.clone().or_else(|| prior.description.clone().filter(|_| same_object)),
        name: Some(name.to_owned()),
        name_prefix: Some(unique::prefix_of(name).to_owned()),
        path: policy.path().unwrap_or("/").to_owned(),
        policy: document::kept(&prior.policy, text),
        tags_all: tagging::readable(policy.tags()),
        ..PolicyModel::default()
    };
    identify(&mut found, policy);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(id: &str, default: bool) -> PolicyVersion {
        PolicyVersion::builder().version_id(id).is_default_version(default).build()
    }

    #[test]
    fn the_oldest_versions_not_in_force_go_first() {
        let versions = || vec![version("v10", true), version("v9", false), version("v2", false), version("v8", false)];
        assert_eq!(surplus(versions(), 4), Vec::<String>::new());
        assert_eq!(surplus(versions(), 3), ["v2"]);
        assert_eq!(surplus(versions(), 0), ["v2", "v8", "v9"]);
    }

    #[test]
    fn a_policy_of_another_id_does_not_keep_the_old_description() {
        let found = Found::builder().policy_name("p").policy_id("ANPA1").arn("arn:aws:iam::1:policy/p").build();
        let mut prior =
            PolicyModel { description: Some("old".into()), policy_id: Some("ANPA1".into()), ..PolicyModel::default() };
        assert_eq!(model(&found, "{}", &prior).description.as_deref(), Some("old"));
        prior.policy_id = Some("ANPA2".into());
        assert_eq!(model(&found, "{}", &prior).description, None);
    }

    #[test]
    fn an_import_id_is_an_arn() {
        let policies = Policy::new(&Aws::new(crate::aws::Settings::default()));
        assert!(policies.import("arn:aws:iam::123456789012:policy/a/b").is_ok());
        assert!(policies.import("b").is_err() && policies.import("arn:aws:iam::123456789012:role/b").is_err());
    }
}
