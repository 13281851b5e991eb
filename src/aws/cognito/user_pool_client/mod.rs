//! `aws_cognito_user_pool_client`.

mod read;
mod request;
mod rules;
mod schema;

use aws_sdk_cognitoidentityprovider::Client as Sdk;
use aws_sdk_cognitoidentityprovider::types::UserPoolClientType;
use jiff::Timestamp;

use super::listing;
use super::permissions;
use crate::aws::members::text;
use crate::aws::{Aws, error};
use crate::diagnostic::Diagnostics;
use crate::resource::{ErrorKind, Grant, Model, Need, OpError, OpResult, Planning, Recovery, ResourceType, Run};
use crate::schema::Schema;
use crate::value::Value;
use schema::Client;

/// Manages the clients of user pools.
pub(in crate::aws) struct UserPoolClient {
    aws: Aws,
}

impl UserPoolClient {
    /// Clients reached through the given SDK clients.
    pub(in crate::aws) fn new(aws: &Aws) -> Self {
        Self { aws: aws.clone() }
    }

    async fn describe(&self, sdk: &Sdk, pool: &str, id: &str, run: &Run<'_>) -> OpResult<Option<UserPoolClientType>> {
        let answer = self.aws.repeat(run, || async {
            let call = sdk.describe_user_pool_client().user_pool_id(pool).client_id(id);
            call.send().await.map_err(error::from("cognito-idp:DescribeUserPoolClient"))
        });
        Ok(error::gone_is_none(answer.await)?.and_then(|answer| answer.user_pool_client))
    }
}

/// Whether a client that was found is as it was wished, as far as the wish says anything.
fn is_as_wished(wanted: &Client, found: &Client) -> bool {
    let texts = |wanted: &[String], found: &[String]| {
        let mut wanted = wanted.to_vec();
        wanted.sort();
        wanted.is_empty() || wanted == found
    };
    fn one<T: PartialEq>(wanted: &Option<T>, found: &Option<T>) -> bool {
        wanted.is_none() || wanted == found
    }
    wanted.name == found.name
        && wanted.generate_secret.unwrap_or_default() == found.client_secret.is_some()
        && wanted.auth_session_validity == found.auth_session_validity
        && wanted.token_validity_units == found.token_validity_units
        && one(&wanted.access_token_validity, &found.access_token_validity)
        && one(&wanted.id_token_validity, &found.id_token_validity)
        && one(&wanted.refresh_token_validity, &found.refresh_token_validity)
        && one(&wanted.allowed_oauth_flows_user_pool_client, &found.allowed_oauth_flows_user_pool_client)
        && one(&wanted.default_redirect_uri, &found.default_redirect_uri)
        && one(&wanted.prevent_user_existence_errors, &found.prevent_user_existence_errors)
        && one(&wanted.enable_token_revocation, &found.enable_token_revocation)
        && texts(&wanted.allowed_oauth_flows, &found.allowed_oauth_flows)
        && texts(&wanted.allowed_oauth_scopes, &found.allowed_oauth_scopes)
        && texts(&wanted.callback_urls, &found.callback_urls)
        && texts(&wanted.explicit_auth_flows, &found.explicit_auth_flows)
        && texts(&wanted.logout_urls, &found.logout_urls)
        && texts(&wanted.read_attributes, &found.read_attributes)
        && texts(&wanted.supported_identity_providers, &found.supported_identity_providers)
        && texts(&wanted.write_attributes, &found.write_attributes)
}

impl ResourceType for UserPoolClient {
    const NAME: &'static str = "aws_cognito_user_pool_client";
    const RECOVERY: Recovery = Recovery::ComparedListing;
    type Model = Client;

    fn schema() -> Schema {
        Schema::new(Self::NAME, Client::DOC, Client::block()).import_id("USER_POOL_ID/CLIENT_ID")
    }

    fn check(&self, wanted: &Value, problems: &mut Diagnostics) {
        rules::check(wanted, problems);
    }

    fn plan(&self, planning: &mut Planning<'_>, problems: &mut Diagnostics) {
        rules::plan(planning, problems);
    }

    fn permissions(&self, need: Need<'_>) -> Vec<Grant> {
        permissions::client(&self.aws.here(), need)
    }

    async fn read(&self, prior: &Client, run: &Run<'_>) -> OpResult<Option<Client>> {
        let Some(id) = &prior.id else {
            return Ok(None);
        };
        let sdk = self.aws.cognitoidp(None).await?;
        let found = self.describe(&sdk, &prior.user_pool_id, id, run).await?;
        Ok(found.map(|found| read::client(&found, prior)))
    }

    async fn create(&self, wanted: &Client, run: &Run<'_>) -> OpResult<Client> {
        let sdk = self.aws.cognitoidp(None).await?;
        let call = request::create(wanted)?;
        let _turn = self.aws.queues().enter(&format!("cognito:{}", wanted.user_pool_id)).await;
        let answer = self.aws.once(run, || async {
            call.clone().send_with(&sdk).await.map_err(error::from("cognito-idp:CreateUserPoolClient"))
        });
        let made = answer.await?.user_pool_client.ok_or_else(|| {
            OpError::new(ErrorKind::Service, "cognito-idp:CreateUserPoolClient", "the answer holds no client")
        })?;
        let made = read::client(&made, wanted);
        run.made(&made).await?;
        let id = made.id.clone().unwrap_or_default();
        let found = self.describe(&sdk, &wanted.user_pool_id, &id, run).await?;
        Ok(found.map_or(made, |found| read::client(&found, wanted)))
    }

    async fn update(&self, prior: &Client, wanted: &Client, run: &Run<'_>) -> OpResult<Client> {
        let sdk = self.aws.cognitoidp(None).await?;
        let call = request::update(prior, wanted)?;
        let _turn = self.aws.queues().enter(&format!("cognito:{}", prior.user_pool_id)).await;
        let answer = self.aws.repeat(run, || async {
            call.clone().send_with(&sdk).await.map_err(error::from("cognito-idp:UpdateUserPoolClient"))
        });
        answer.await?;
        let id = prior.id.clone().unwrap_or_default();
        let found = self.describe(&sdk, &prior.user_pool_id, &id, run).await?.ok_or_else(|| {
            let message = format!("the client {id} does not exist");
            OpError::new(ErrorKind::Gone, "cognito-idp:DescribeUserPoolClient", message)
        })?;
        Ok(read::client(&found, wanted))
    }

    async fn delete(&self, prior: &Client, run: &Run<'_>) -> OpResult<()> {
        let Some(id) = &prior.id else {
            return Ok(());
        };
        let sdk = self.aws.cognitoidp(None).await?;
        let _turn = self.aws.queues().enter(&format!("cognito:{}", prior.user_pool_id)).await;
        let answer = self.aws.repeat(run, || async {
            let call = sdk.delete_user_pool_client().user_pool_id(&prior.user_pool_id).client_id(id);
            call.send().await.map_err(error::from("cognito-idp:DeleteUserPoolClient"))
        });
        error::gone_is_done(answer.await)
    }

    async fn recover(&self, wanted: &Client, run: &Run<'_>) -> OpResult<Option<Client>> {
        let sdk = self.aws.cognitoidp(None).await?;
        let _turn = self.aws.queues().enter(&format!("cognito:{}", wanted.user_pool_id)).await;
        let others = run.others().await?;
        let listed = listing::clients_named(&self.aws, &sdk, &wanted.user_pool_id, &wanted.name, run).await;
        let mut candidates = Vec::new();
        for id in error::gone_is_none(listed)?.unwrap_or_default().into_iter().filter(|id| !others.contains(id)) {
            let found = self.describe(&sdk, &wanted.user_pool_id, &id, run).await?;
            let made = |found: &UserPoolClientType| {
                found.creation_date().and_then(|date| Timestamp::from_millisecond(date.to_millis().ok()?).ok())
            };
            let found = found.filter(|found| run.may_have_made(made(found)));
            candidates.extend(found.map(|found| read::client(&found, wanted)));
        }
        candidates.retain(|found| is_as_wished(wanted, found));
        if candidates.len() > 1 {
            let ids: Vec<_> = candidates.iter().filter_map(|client| client.id.as_deref()).collect();
            let message = format!("several clients could be the one that was made: {}", ids.join(", "));
            return Err(OpError::new(ErrorKind::Conflict, "cognito-idp:ListUserPoolClients", message)
                .help(
                "Delete those that nothing uses, or give those that recon did not make another name. Then run again: the \
                 one that is left is taken.",
            ));
        }
        Ok(candidates.pop())
    }

    fn import(&self, id: &str) -> OpResult<Client> {
        let parts = id.split_once('/').filter(|(pool, id)| !pool.is_empty() && !id.is_empty() && !id.contains('/'));
        let Some((pool, client)) = parts else {
            let message = format!("`{id}` is not a pool's and a client's id");
            return Err(OpError::new(ErrorKind::Invalid, "import", message)
                .help("Write the pool's id, a slash and the client's id, as in `eu-central-1_AbCdEfGhI/3ho4ek12345678909nh3fmhpko`."));
        };
        Ok(Client { id: text(Some(client)), user_pool_id: pool.to_owned(), ..Client::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_takes_pool_and_client() {
        let clients = UserPoolClient::new(&Aws::new(crate::aws::Settings::default()));
        let client = clients.import("us-east-1_a/abc").unwrap();
        assert_eq!((client.user_pool_id.as_str(), client.id.as_deref()), ("us-east-1_a", Some("abc")));
        for wrong in ["abc", "/abc", "a/", "a/b/c"] {
            assert!(clients.import(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_wish_is_silent_on_what_it_does_not_declare() {
        let wanted = Client { name: "web".into(), callback_urls: vec!["b".into(), "a".into()], ..Client::default() };
        let found = Client { callback_urls: vec!["a".into(), "b".into()], id: Some("x".into()), ..wanted.clone() };
        let found = Client { read_attributes: vec!["email".into()], ..found };
        assert!(is_as_wished(&wanted, &found));
        assert!(!is_as_wished(&wanted, &Client { callback_urls: vec!["a".into()], ..found.clone() }));
        assert!(!is_as_wished(&wanted, &Client { client_secret: Some("s".into()), ..found }));
    }
}
