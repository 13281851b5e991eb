//! `aws_appsync_graphql_api`: an API, with its schema.

mod auth;
mod check;
mod model;

use std::time::Duration;

use aws_sdk_appsync::Client;
use aws_sdk_appsync::primitives::Blob;
use aws_sdk_appsync::types::{self, AuthenticationType, FieldLogLevel, OutputType, SchemaStatus};
use futures_util::future::try_join;

use super::answers::empty;
use super::permissions;
use super::{children, sdl};
use crate::aws::members::narrow;
use crate::aws::{Aws, error, tags, wait};
use crate::diagnostic::Diagnostics;
use crate::resource::{
    ErrorKind, Grant, Model, Need, OpError, OpResult, Operation, Ordering, Planning, Recovery, ResourceType, Run,
};
use crate::schema::Schema;
use crate::value::Value;
use auth::{LambdaAuthorizerConfig, OpenidConnectConfig};
pub(crate) use model::GraphqlApiModel;
use model::{EnhancedMetricsConfig, LogConfig};

/// How long AppSync may take to process a schema.
const SCHEMA_TAKES: Duration = Duration::from_secs(300);
/// How long a schema that was processed may still be answered in its older form.
const SCHEMA_SHOWS: Duration = Duration::from_secs(10);
/// Stands for a schema that is not known yet: `read` asks for it.
const UNREAD: &str = "";

/// The resource type `aws_appsync_graphql_api`.
pub(crate) struct GraphqlApi {
    aws: Aws,
}

/// Sets the members that creation and update share: an update is sent all of them.
macro_rules! all_settings {
    ($call:expr, $wanted:expr, $region:expr) => {
        $call
            .name(&$wanted.name)
            .authentication_type(AuthenticationType::from($wanted.authentication_type.as_str()))
            .set_additional_authentication_providers(Some($wanted.providers($region)?))
            .set_user_pool_config($wanted.user_pool_config.as_ref().map(|pool| pool.to_api($region)).transpose()?)
            .set_open_id_connect_config(
                $wanted.openid_connect_config.as_ref().map(OpenidConnectConfig::to_api).transpose()?,
            )
            .set_lambda_authorizer_config(
                $wanted.lambda_authorizer_config.as_ref().map(LambdaAuthorizerConfig::to_api).transpose()?,
            )
            .set_enhanced_metrics_config(
                $wanted.enhanced_metrics_config.as_ref().map(EnhancedMetricsConfig::to_api).transpose()?,
            )
            .xray_enabled($wanted.xray_enabled)
            .set_merged_api_execution_role_arn($wanted.merged_api_execution_role_arn.clone())
            .set_introspection_config($wanted.introspection_config.as_deref().map(Into::into))
            .set_query_depth_limit($wanted.query_depth_limit.map(narrow))
            .set_resolver_count_limit($wanted.resolver_count_limit.map(narrow))
    };
}

impl GraphqlApi {
    /// The resource type, calling AWS with the given clients.
    pub(crate) fn new(aws: &Aws) -> Self {
        Self { aws: aws.clone() }
    }

    async fn get(&self, client: &Client, id: &str, run: &Run<'_>) -> OpResult<Option<types::GraphqlApi>> {
        let answer = self.aws.repeat(run, || async {
            client.get_graphql_api().api_id(id).send().await.map_err(error::from("appsync:GetGraphqlApi"))
        });
        Ok(error::gone_is_none(answer.await)?.and_then(|answer| answer.graphql_api))
    }

    /// The schema that the API has, if it has one.
    async fn schema_text(&self, client: &Client, id: &str, run: &Run<'_>) -> OpResult<Option<String>> {
        let answer = self.aws.repeat(run, || async {
            let call = client.get_introspection_schema().api_id(id).format(OutputType::Sdl).include_directives(true);
            call.send().await.map_err(error::from("appsync:GetIntrospectionSchema"))
        });
        match answer.await {
            Ok(answer) => {
                let bytes = answer.schema.map(Blob::into_inner).unwrap_or_default();
                Ok(Some(String::from_utf8_lossy(&bytes).into_owned()).filter(|text| !text.is_empty()))
            }
            Err(error) if error.kind == ErrorKind::Gone || error.is("GraphQLSchemaException") => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The API as it is. The schema is read where it is declared: without it in configuration, recon has no part in it.
    async fn find(
        &self,
        id: &str,
        known: &GraphqlApiModel,
        region: &str,
        run: &Run<'_>,
    ) -> OpResult<Option<GraphqlApiModel>> {
        let client = self.aws.appsync(Some(region)).await?;
        let gone = || OpError::new(ErrorKind::Gone, "appsync:GetGraphqlApi", format!("the API {id} is gone"));
        let api = async { self.get(&client, id, run).await?.ok_or_else(gone) };
        let schema = async {
            match &known.schema {
                Some(_) => self.schema_text(&client, id, run).await,
                None => Ok(None),
            }
        };
        let found = error::gone_is_none(try_join(api, schema).await)?;
        Ok(found.map(|(api, schema)| GraphqlApiModel::of_api(api, schema, known)))
    }

    /// The API after a change; what was changed a moment ago may still be answered as it was.
    async fn settled(
        &self,
        id: &str,
        wanted: &GraphqlApiModel,
        region: &str,
        run: &Run<'_>,
    ) -> OpResult<GraphqlApiModel> {
        let gone = || OpError::new(ErrorKind::Gone, "appsync:GetGraphqlApi", format!("the API {id} is gone"));
        let shown = |found: &GraphqlApiModel| match (&wanted.schema, &found.schema) {
            (Some(wanted), Some(found)) => sdl::same_sdl(&wanted.as_str().into(), &found.as_str().into()),
            (Some(wanted), None) => wanted.is_empty(),
            (None, _) => true,
        };
        let ask = || async { Ok(self.find(id, wanted, region, run).await?.filter(|found| shown(found))) };
        match wait::until(run, SCHEMA_SHOWS, "the schema to be shown", ask).await {
            // The last word is what AppSync answers, whatever was wished for.
            Err(error) if error.kind == ErrorKind::Timeout => {
                self.find(id, wanted, region, run).await?.ok_or_else(gone)
            }
            result => result,
        }
    }

    /// The schema of an API that has just got its first one, as AppSync has it.
    async fn shown_schema(&self, client: &Client, id: &str, text: &str, run: &Run<'_>) -> OpResult<Option<String>> {
        let ask = || async {
            let found = self.schema_text(client, id, run).await?;
            Ok(found.filter(|found| same_schema(Some(found), Some(text))))
        };
        match wait::until(run, SCHEMA_SHOWS, "the schema to be shown", ask).await {
            // The last word is what AppSync answers, whatever was wished for.
            Err(error) if error.kind == ErrorKind::Timeout => self.schema_text(client, id, run).await,
            result => result.map(Some),
        }
    }

    /// Puts a schema in place and waits until AppSync has processed it.
    async fn put_schema(&self, client: &Client, id: &str, text: &str, limit: Duration, run: &Run<'_>) -> OpResult<()> {
        // An API made a moment ago may not be found yet.
        let started = children::update(&self.aws, run, || async {
            let call = client.start_schema_creation().api_id(id).definition(Blob::new(text.as_bytes()));
            call.send().await.map_err(error::from("appsync:StartSchemaCreation"))
        });
        started.await?;
        wait::until(run, limit, "the schema to be processed", || async {
            let answer = self.aws.repeat(run, || async {
                let call = client.get_schema_creation_status().api_id(id);
                call.send().await.map_err(error::from("appsync:GetSchemaCreationStatus"))
            });
            let answer = answer.await?;
            match answer.status {
                Some(SchemaStatus::Active | SchemaStatus::Success) => Ok(Some(())),
                Some(SchemaStatus::Failed) => {
                    let details = answer.details.unwrap_or_else(|| "AppSync gives no reason".to_owned());
                    Err(OpError::new(ErrorKind::Invalid, "appsync:StartSchemaCreation", details)
                        .help("Correct the schema; the API keeps the one it had."))
                }
                _ => Ok(None),
            }
        })
        .await
    }

    /// Sends all settings. What configuration cannot say is taken over from what there is.
    async fn put_settings(
        &self,
        client: &Client,
        id: &str,
        (prior, wanted): (&GraphqlApiModel, &GraphqlApiModel),
        region: &str,
        run: &Run<'_>,
    ) -> OpResult<()> {
        let now = self.get(client, id, run).await?;
        let contact = now.and_then(|api| api.owner_contact);
        let log = log_to_send(prior.log_config.as_ref(), wanted.log_config.as_ref())?;
        let updated = self.aws.repeat(run, || async {
            let call = all_settings!(client.update_graphql_api().api_id(id), wanted, region);
            let call = call.set_log_config(log.clone()).set_owner_contact(contact.clone());
            call.send().await.map_err(error::from("appsync:UpdateGraphqlApi"))
        });
        updated.await.map(|_| ())
    }

    async fn put_tags(
        &self,
        client: &Client,
        arn: &str,
        (prior, wanted): (&GraphqlApiModel, &GraphqlApiModel),
        run: &Run<'_>,
    ) -> OpResult<()> {
        let (set, removed) = tags::changes(&prior.tags_all, &wanted.tags_all);
        if !removed.is_empty() {
            let untagged = self.aws.repeat(run, || async {
                let call = client.untag_resource().resource_arn(arn).set_tag_keys(Some(removed.clone()));
                call.send().await.map_err(error::from("appsync:UntagResource"))
            });
            untagged.await?;
        }
        if !set.is_empty() {
            let tagged = self.aws.repeat(run, || async {
                let call = client.tag_resource().resource_arn(arn);
                let call = call.set_tags(Some(set.clone().into_iter().collect()));
                call.send().await.map_err(error::from("appsync:TagResource"))
            });
            tagged.await?;
        }
        Ok(())
    }
}

/// Logging that is declared no more is switched off with the role it had: AppSync has no way to remove it.
fn log_to_send(prior: Option<&LogConfig>, wanted: Option<&LogConfig>) -> OpResult<Option<types::LogConfig>> {
    match (prior, wanted) {
        (_, Some(wanted)) => wanted.to_api().map(Some),
        (Some(prior), None) => {
            let off = LogConfig { field_log_level: FieldLogLevel::None.as_str().to_owned(), ..prior.clone() };
            off.to_api().map(Some)
        }
        (None, None) => Ok(None),
    }
}

fn declared(schema: Option<&str>) -> Option<&str> {
    schema.filter(|text| !text.is_empty())
}

fn same_schema(a: Option<&str>, b: Option<&str>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => sdl::same_sdl(&a.into(), &b.into()),
        _ => a == b,
    }
}

impl ResourceType for GraphqlApi {
    const NAME: &'static str = "aws_appsync_graphql_api";
    const RECOVERY: Recovery = Recovery::OwnershipTag;
    type Model = GraphqlApiModel;

    fn schema() -> Schema {
        Schema::new(Self::NAME, GraphqlApiModel::DOC, GraphqlApiModel::block()).import_id("API_ID")
    }

    fn ordering() -> &'static [Ordering] {
        // A resolver whose field has vanished cannot be deleted any more.
        &[Ordering::UpdateAfterDeleting("aws_appsync_resolver")]
    }

    fn check(&self, wanted: &Value, problems: &mut Diagnostics) {
        check::check(wanted, problems);
    }

    fn plan(&self, planning: &mut Planning<'_>, problems: &mut Diagnostics) {
        let Some(prior) = planning.prior else {
            return;
        };
        if prior.attr("schema").as_str().is_some_and(|text| !text.is_empty())
            && planning.config.attr("schema").is_null()
        {
            problems
                .warning("Schema stays in place")
                .on("schema")
                .detail("AppSync cannot remove a schema. The API keeps the one it has, and recon has no part in it any more.")
                .help("Set `schema` to have recon manage it again.");
        }
        let planned = planning.planned();
        for name in ["api_type", "visibility"] {
            let (before, after) = (prior.attr(name), planned.attr(name));
            if after.is_known() && !before.is_empty_or_null() && !before.same(&after) {
                problems
                    .warning("Replacement of a GraphQL API")
                    .on(name)
                    .detail("The new API has another id, other addresses and new keys; clients of the old one stop working.")
                    .help(format!("Keep `{name}`, or prepare the clients for the new addresses."));
            }
        }
    }

    fn permissions(&self, need: Need<'_>) -> Vec<Grant> {
        permissions::api(&self.aws.here(), need)
    }

    async fn read(&self, prior: &GraphqlApiModel, run: &Run<'_>) -> OpResult<Option<GraphqlApiModel>> {
        let region = self.aws.region(None).await?;
        self.find(prior.id.as_deref().unwrap_or_default(), prior, &region, run).await
    }

    async fn create(&self, wanted: &GraphqlApiModel, run: &Run<'_>) -> OpResult<GraphqlApiModel> {
        let region = self.aws.region(None).await?;
        let client = self.aws.appsync(Some(&region)).await?;
        let log = wanted.log_config.as_ref().map(LogConfig::to_api).transpose()?;
        let mut all_tags = wanted.tags_all.clone();
        all_tags.insert(tags::OWNERSHIP.to_owned(), run.token().to_string());
        let answer = self.aws.once(run, || async {
            let call = all_settings!(client.create_graphql_api(), wanted, &region)
                .set_log_config(log.clone())
                .set_api_type(wanted.api_type.as_deref().map(Into::into))
                .set_visibility(wanted.visibility.as_deref().map(Into::into))
                .set_tags(Some(all_tags.clone().into_iter().collect()));
            call.send().await.map_err(error::from("appsync:CreateGraphqlApi"))
        });
        let api = answer.await?.graphql_api.ok_or_else(|| empty("appsync:CreateGraphqlApi"))?;
        let made = GraphqlApiModel::of_api(api, None, wanted);
        run.made(&made).await?;
        let id = made.id.clone().unwrap_or_default();
        let Some(text) = declared(wanted.schema.as_deref()) else {
            return Ok(made);
        };
        let _turn = children::turn(&self.aws, &id).await;
        self.put_schema(&client, &id, text, run.timeout(Operation::Create, SCHEMA_TAKES), run).await?;
        let schema = self.shown_schema(&client, &id, text, run).await?;
        Ok(GraphqlApiModel { schema, ..made })
    }

    async fn update(
        &self,
        prior: &GraphqlApiModel,
        wanted: &GraphqlApiModel,
        run: &Run<'_>,
    ) -> OpResult<GraphqlApiModel> {
        let region = self.aws.region(None).await?;
        let client = self.aws.appsync(Some(&region)).await?;
        let id = prior.id.as_deref().unwrap_or_default();
        let _turn = children::turn(&self.aws, id).await;
        if prior.settings_differ(wanted) {
            self.put_settings(&client, id, (prior, wanted), &region, run).await?;
        }
        self.put_tags(&client, prior.arn.as_deref().unwrap_or_default(), (prior, wanted), run).await?;
        if let Some(text) = declared(wanted.schema.as_deref())
            && !same_schema(prior.schema.as_deref(), Some(text))
        {
            self.put_schema(&client, id, text, run.timeout(Operation::Update, SCHEMA_TAKES), run).await?;
        }
        self.settled(id, wanted, &region, run).await
    }

    async fn delete(&self, prior: &GraphqlApiModel, run: &Run<'_>) -> OpResult<()> {
        let client = self.aws.appsync(None).await?;
        let id = prior.id.as_deref().unwrap_or_default();
        let _turn = children::turn(&self.aws, id).await;
        let deleted = self.aws.repeat(run, || async {
            client.delete_graphql_api().api_id(id).send().await.map_err(error::from("appsync:DeleteGraphqlApi"))
        });
        error::gone_is_done(deleted.await)
    }

    async fn recover(&self, wanted: &GraphqlApiModel, run: &Run<'_>) -> OpResult<Option<GraphqlApiModel>> {
        let region = self.aws.region(None).await?;
        let client = self.aws.appsync(Some(&region)).await?;
        let mut next: Option<String> = None;
        loop {
            let page = self.aws.repeat(run, || async {
                let call = client.list_graphql_apis().max_results(25).set_next_token(next.clone());
                call.send().await.map_err(error::from("appsync:ListGraphqlApis"))
            });
            let page = page.await?;
            let ours = |api: &types::GraphqlApi| {
                api.tags().and_then(|tags| tags.get(tags::OWNERSHIP)).is_some_and(|token| token == run.token().as_str())
            };
            if let Some(api) = page.graphql_apis.unwrap_or_default().into_iter().find(ours) {
                return self.find(api.api_id.as_deref().unwrap_or_default(), wanted, &region, run).await;
            }
            next = page.next_token.filter(|token| !token.is_empty());
            if next.is_none() {
                return Ok(None);
            }
        }
    }

    fn import(&self, id: &str) -> OpResult<GraphqlApiModel> {
        if id.is_empty() || !id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            let message = format!("the import id `{id}` is not an API id, which has letters, digits and hyphens only");
            return Err(OpError::new(ErrorKind::Invalid, Self::NAME, message));
        }
        Ok(GraphqlApiModel { id: Some(id.to_owned()), schema: Some(UNREAD.to_owned()), ..GraphqlApiModel::default() })
    }
}

#[cfg(test)]
mod tests;
