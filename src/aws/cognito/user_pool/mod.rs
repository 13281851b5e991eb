//! `aws_cognito_user_pool`.

mod account_validity;
mod attributes;
mod read;
mod request;
mod rules;
mod schema;

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::operation::get_user_pool_mfa_config::GetUserPoolMfaConfigOutput;
use aws_sdk_cognitoidentityprovider::operation::set_user_pool_mfa_config::builders::SetUserPoolMfaConfigInputBuilder;
use aws_sdk_cognitoidentityprovider::types::{
    AliasAttributeType, UserPoolMfaType, UserPoolType, UsernameAttributeType, UsernameConfigurationType,
};

use super::answer::built;
use super::listing;
use super::permissions;
use crate::aws::members::text;
use crate::aws::{Aws, error, tags, wait};
use crate::diagnostic::Diagnostics;
use crate::resource::{
    ErrorKind, Grant, Model, Need, OpError, OpResult, Ordering, Planning, Recovery, ResourceType, Run,
};
use crate::schema::Schema;
use crate::value::Value;
use request::Settings;
use schema::Pool;

/// What only a call of its own changes; `request::mfa_changes` compares the same.
pub(super) const MFA: &[&str] = &[
    "mfa_configuration",
    "sms_configuration",
    "sms_authentication_message",
    "software_token_mfa_configuration",
    "email_mfa_configuration",
    "web_authn_configuration",
];

/// How long a new pool may stay invisible.
const APPEARS_WITHIN: Duration = Duration::from_secs(30);

/// Manages user pools.
pub(in crate::aws) struct UserPool {
    aws: Aws,
}

/// A pool as AWS has it, with the settings that only a call of their own shows.
struct Found {
    pool: UserPoolType,
    mfa: GetUserPoolMfaConfigOutput,
}

impl UserPool {
    /// User pools reached through the given clients.
    pub(in crate::aws) fn new(aws: &Aws) -> Self {
        Self { aws: aws.clone() }
    }

    async fn describe(&self, client: &Client, id: &str, run: &Run<'_>) -> OpResult<Option<UserPoolType>> {
        let answer = self.aws.repeat(run, || async {
            client
                .describe_user_pool()
                .user_pool_id(id)
                .send()
                .await
                .map_err(error::from("cognito-idp:DescribeUserPool"))
        });
        Ok(error::gone_is_none(answer.await)?.and_then(|answer| answer.user_pool))
    }

    async fn find(&self, client: &Client, id: &str, run: &Run<'_>) -> OpResult<Option<Found>> {
        let Some(pool) = self.describe(client, id, run).await? else {
            return Ok(None);
        };
        let mfa = self.aws.repeat(run, || async {
            let call = client.get_user_pool_mfa_config().user_pool_id(id);
            call.send().await.map_err(error::from("cognito-idp:GetUserPoolMfaConfig"))
        });
        Ok(error::gone_is_none(mfa.await)?.map(|mfa| Found { pool, mfa }))
    }

    /// A pool that was just made; its first reads may not find it yet.
    async fn appeared(&self, client: &Client, id: &str, run: &Run<'_>) -> OpResult<Found> {
        let what = format!("the user pool {id} to appear");
        wait::until(run, APPEARS_WITHIN, &what, || self.find(client, id, run)).await
    }

    async fn existing(&self, client: &Client, id: &str, run: &Run<'_>) -> OpResult<Found> {
        self.find(client, id, run).await?.ok_or_else(|| {
            OpError::new(ErrorKind::Gone, "cognito-idp:DescribeUserPool", format!("the user pool {id} does not exist"))
        })
    }

    async fn create_pool(
        &self,
        client: &Client,
        wanted: &Pool,
        settings: &Settings,
        run: &Run<'_>,
    ) -> OpResult<UserPoolType> {
        let aliases: Vec<_> = wanted.alias_attributes.iter().map(|a| AliasAttributeType::from(a.as_str())).collect();
        let names: Vec<_> =
            wanted.username_attributes.iter().map(|a| UsernameAttributeType::from(a.as_str())).collect();
        let schema: Vec<_> = wanted.schema.iter().map(attributes::request).collect();
        let case_sensitive = wanted.username_configuration.as_ref().and_then(|c| c.case_sensitive);
        let usernames = case_sensitive
            .map(|case_sensitive| built(UsernameConfigurationType::builder().case_sensitive(case_sensitive).build()))
            .transpose()?;
        let answer = self.aws.once(run, || async {
            let call = client
                .create_user_pool()
                .pool_name(&wanted.name)
                .set_alias_attributes((!aliases.is_empty()).then(|| aliases.clone()))
                .set_username_attributes((!names.is_empty()).then(|| names.clone()))
                .set_schema((!schema.is_empty()).then(|| schema.clone()))
                .set_username_configuration(usernames.clone());
            let call = settings.clone().into_create(call).customize().mutate_request(account_validity::leave_out);
            call.send().await.map_err(error::from("cognito-idp:CreateUserPool"))
        });
        answer.await?.user_pool.ok_or_else(|| {
            OpError::new(ErrorKind::Service, "cognito-idp:CreateUserPool", "the answer holds no user pool")
        })
    }

    async fn set_mfa(
        &self,
        client: &Client,
        id: &str,
        call: SetUserPoolMfaConfigInputBuilder,
        run: &Run<'_>,
    ) -> OpResult<()> {
        let call = call.user_pool_id(id);
        let answer = self.aws.repeat(run, || async {
            call.clone().send_with(client).await.map_err(error::from("cognito-idp:SetUserPoolMfaConfig"))
        });
        answer.await.map(drop)
    }

    async fn update_pool(
        &self,
        client: &Client,
        found: &UserPoolType,
        (prior, wanted): (&Pool, &Pool),
        mfa: UserPoolMfaType,
        run: &Run<'_>,
    ) -> OpResult<()> {
        let settings = Settings::of_update(found, prior, wanted, mfa)?;
        let answer = self.aws.repeat(run, || async {
            let call = client.update_user_pool().set_user_pool_id(found.id.clone()).pool_name(&wanted.name);
            let call = settings.clone().into_update(call).customize().mutate_request(account_validity::leave_out);
            call.send().await.map_err(error::from("cognito-idp:UpdateUserPool"))
        });
        answer.await.map(drop)
    }

    async fn add_attributes(
        &self,
        client: &Client,
        prior: &Pool,
        wanted: &Pool,
        id: &str,
        run: &Run<'_>,
    ) -> OpResult<()> {
        let changes = attributes::changes(&prior.schema, &wanted.schema);
        if !changes.refused.is_empty() {
            let message = changes.refused.join(" ");
            return Err(OpError::new(ErrorKind::Invalid, "cognito-idp:AddCustomAttributes", message)
                .help("Custom attributes can be added to a user pool, and never be changed or removed."));
        }
        for added in changes.added.chunks(attributes::MAX_ADDED_PER_CALL) {
            let added: Vec<_> = added.iter().map(|attribute| attributes::request(attribute)).collect();
            // Sent again, an addition that was carried out is refused.
            let answer = self.aws.once(run, || async {
                let call = client.add_custom_attributes().user_pool_id(id).set_custom_attributes(Some(added.clone()));
                call.send().await.map_err(error::from("cognito-idp:AddCustomAttributes"))
            });
            answer.await?;
        }
        Ok(())
    }

    /// Sets right what the update left of the tags: it need not remove any.
    async fn settle_tags(&self, client: &Client, found: &UserPoolType, wanted: &Pool, run: &Run<'_>) -> OpResult<()> {
        let arn = found.arn().unwrap_or_default();
        let before = tags::readable(found.user_pool_tags().cloned().unwrap_or_default());
        let (set, removed) = tags::changes(&before, &wanted.tags_all);
        if !set.is_empty() {
            let set: HashMap<_, _> = set.into_iter().collect();
            let answer = self.aws.repeat(run, || async {
                let call = client.tag_resource().resource_arn(arn).set_tags(Some(set.clone()));
                call.send().await.map_err(error::from("cognito-idp:TagResource"))
            });
            answer.await?;
        }
        if !removed.is_empty() {
            let answer = self.aws.repeat(run, || async {
                let call = client.untag_resource().resource_arn(arn).set_tag_keys(Some(removed.clone()));
                call.send().await.map_err(error::from("cognito-idp:UntagResource"))
            });
            answer.await?;
        }
        Ok(())
    }
}

/// How far MFA goes.
fn strictness(mode: &str) -> u8 {
    match mode {
        "ON" => 2,
        "OPTIONAL" => 1,
        _ => 0,
    }
}

/// Whether the pool's other settings are changed before its second factors. What more of MFA needs, such as a sender of
/// e-mail, has to be there first; what less of it allows, such as signing in with a code alone, comes after.
fn settings_first(prior: &Pool, wanted: &Pool) -> bool {
    strictness(&wanted.mfa_configuration) > strictness(&prior.mfa_configuration)
        || wanted.email_mfa_configuration.is_some() && prior.email_mfa_configuration.is_none()
}

impl ResourceType for UserPool {
    const NAME: &'static str = "aws_cognito_user_pool";
    const RECOVERY: Recovery = Recovery::OwnershipTag;
    type Model = Pool;

    fn schema() -> Schema {
        Schema::new(Self::NAME, Pool::DOC, Pool::block()).import_id("USER_POOL_ID")
    }

    fn ordering() -> &'static [Ordering] {
        &[Ordering::Dear]
    }

    fn check_delete(&self, prior: &Value, problems: &mut Diagnostics) {
        if prior.attr("deletion_protection").as_str() == Some("ACTIVE") {
            problems
                .error("User pool is protected")
                .on("deletion_protection")
                .detail("Its deletion protection is `ACTIVE`, so AWS would refuse to delete it. Nothing was touched.")
                .help("Set `deletion_protection = \"INACTIVE\"`, apply, and delete it then.");
        }
    }

    fn check(&self, wanted: &Value, problems: &mut Diagnostics) {
        rules::check(wanted, problems);
    }

    fn plan(&self, planning: &mut Planning<'_>, problems: &mut Diagnostics) {
        rules::plan(planning, problems);
    }

    fn permissions(&self, need: Need<'_>) -> Vec<Grant> {
        permissions::pool(&self.aws.here(), need)
    }

    async fn read(&self, prior: &Pool, run: &Run<'_>) -> OpResult<Option<Pool>> {
        let Some(id) = &prior.id else {
            return Ok(None);
        };
        let region = self.aws.region(None).await?;
        let client = self.aws.cognitoidp(Some(&region)).await?;
        let found = self.find(&client, id, run).await?;
        Ok(found.map(|found| read::pool(&found.pool, &found.mfa, prior, &region)))
    }

    async fn create(&self, wanted: &Pool, run: &Run<'_>) -> OpResult<Pool> {
        let region = self.aws.region(None).await?;
        let client = self.aws.cognitoidp(Some(&region)).await?;
        let mut all: HashMap<String, String> = wanted.tags_all.clone().into_iter().collect();
        all.insert(tags::OWNERSHIP.to_owned(), run.token().to_string());
        let settings = Settings::of_new(wanted, all)?;
        let made = self.create_pool(&client, wanted, &settings, run).await?;
        let id = text(made.id()).unwrap_or_default();
        run.made(&Pool {
            id: Some(id.clone()),
            arn: text(made.arn()),
            mfa_configuration: "OFF".to_owned(),
            ..wanted.clone()
        })
        .await?;
        if strictness(&wanted.mfa_configuration) > 0 || wanted.web_authn_configuration.is_some() {
            let _turn = self.aws.queues().enter(&format!("cognito:{id}")).await;
            self.appeared(&client, &id, run).await?;
            self.set_mfa(&client, &id, request::mfa(wanted, None), run).await?;
        }
        let found = self.appeared(&client, &id, run).await?;
        Ok(read::pool(&found.pool, &found.mfa, wanted, &region))
    }

    async fn update(&self, prior: &Pool, wanted: &Pool, run: &Run<'_>) -> OpResult<Pool> {
        let id = prior.id.clone().unwrap_or_default();
        let region = self.aws.region(None).await?;
        let client = self.aws.cognitoidp(Some(&region)).await?;
        let _turn = self.aws.queues().enter(&format!("cognito:{id}")).await;
        let found = self.existing(&client, &id, run).await?;
        let mfa = request::mfa_changes(prior, wanted).then(|| request::mfa(wanted, Some(&found.mfa)));
        let mode = |pool: &Pool| UserPoolMfaType::from(pool.mfa_configuration.as_str());
        match mfa {
            None => self.update_pool(&client, &found.pool, (prior, wanted), mode(wanted), run).await?,
            Some(mfa) if settings_first(prior, wanted) => {
                let now = found.mfa.mfa_configuration.clone().unwrap_or(UserPoolMfaType::Off);
                self.update_pool(&client, &found.pool, (prior, wanted), now, run).await?;
                self.set_mfa(&client, &id, mfa, run).await?;
            }
            Some(mfa) => {
                self.set_mfa(&client, &id, mfa, run).await?;
                self.update_pool(&client, &found.pool, (prior, wanted), mode(wanted), run).await?;
            }
        }
        self.add_attributes(&client, prior, wanted, &id, run).await?;
        let updated = self.existing(&client, &id, run).await?;
        self.settle_tags(&client, &updated.pool, wanted, run).await?;
        let now = read::pool(&updated.pool, &updated.mfa, wanted, &region);
        // Users may have come and gone since the plan.
        let estimated_number_of_users = wanted.estimated_number_of_users.or(now.estimated_number_of_users);
        Ok(Pool { tags_all: wanted.tags_all.clone(), estimated_number_of_users, ..now })
    }

    async fn delete(&self, prior: &Pool, run: &Run<'_>) -> OpResult<()> {
        let Some(id) = &prior.id else {
            return Ok(());
        };
        if prior.deletion_protection == "ACTIVE" {
            let message = format!("the user pool {id} is protected against deletion");
            return Err(OpError::new(ErrorKind::Invalid, "cognito-idp:DeleteUserPool", message)
                .help("Set `deletion_protection = \"INACTIVE\"`, apply, and delete it then."));
        }
        let client = self.aws.cognitoidp(None).await?;
        let _turn = self.aws.queues().enter(&format!("cognito:{id}")).await;
        let answer = self.aws.repeat(run, || async {
            client.delete_user_pool().user_pool_id(id).send().await.map_err(error::from("cognito-idp:DeleteUserPool"))
        });
        error::gone_is_done(answer.await).map_err(|error| match (&prior.domain, &prior.custom_domain) {
            (None, None) => error,
            _ => error.help("A user pool with a domain cannot be deleted: delete its domain first."),
        })
    }

    async fn recover(&self, wanted: &Pool, run: &Run<'_>) -> OpResult<Option<Pool>> {
        let region = self.aws.region(None).await?;
        let client = self.aws.cognitoidp(Some(&region)).await?;
        for id in listing::pools_named(&self.aws, &client, &wanted.name, run).await? {
            let Some(found) = self.find(&client, &id, run).await? else {
                continue;
            };
            let token = found.pool.user_pool_tags().and_then(|tags| tags.get(tags::OWNERSHIP));
            if token.is_some_and(|token| token == run.token().as_str()) {
                return Ok(Some(read::pool(&found.pool, &found.mfa, wanted, &region)));
            }
        }
        Ok(None)
    }

    fn import(&self, id: &str) -> OpResult<Pool> {
        if id.is_empty() || id.contains('/') {
            let message = format!("`{id}` is not the id of a user pool");
            return Err(OpError::new(ErrorKind::Invalid, "import", message)
                .help("A user pool's id is like `eu-central-1_AbCdEfGhI`."));
        }
        Ok(Pool { id: Some(id.to_owned()), ..Pool::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_mfa_comes_after_and_less_before_the_other_settings() {
        let pool = |mode: &str| Pool { mfa_configuration: mode.into(), ..Pool::default() };
        assert!(settings_first(&pool("OFF"), &pool("OPTIONAL")));
        assert!(settings_first(&pool("OPTIONAL"), &pool("ON")));
        assert!(!settings_first(&pool("ON"), &pool("OFF")));
        assert!(!settings_first(&pool("ON"), &pool("ON")));
    }

    #[test]
    fn an_import_takes_a_pool_id() {
        let pools = UserPool::new(&Aws::new(crate::aws::Settings::default()));
        assert_eq!(pools.import("us-east-1_a").unwrap().id.as_deref(), Some("us-east-1_a"));
        assert!(pools.import("us-east-1_a/b").is_err());
    }
}
