//! What a GraphQL API is made of.

use std::collections::BTreeMap;

use aws_sdk_appsync::types as api;

use super::auth::{self, AdditionalProvider, LambdaAuthorizerConfig, OpenidConnectConfig, UserPoolConfig};
use crate::aws::appsync::answers::incomplete;
use crate::aws::appsync::sdl;
use crate::aws::members::text;
use crate::aws::tags;
use crate::resource::{Model, OpResult};

/// An AppSync GraphQL API: its schema, and who may call it.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct GraphqlApiModel {
    /// Whether the API has a schema of its own (`GRAPHQL`) or merges those of others (`MERGED`). A change makes a new API with
    /// another id, other addresses and new keys.
    #[attr(optional, replace, default = "GRAPHQL", allowed = ["GRAPHQL", "MERGED"])]
    pub(super) api_type: Option<String>,
    /// The API's ARN.
    #[attr(computed)]
    pub(super) arn: Option<String>,
    /// The default way of authorization.
    #[attr(required, allowed = ["API_KEY", "AWS_IAM", "AMAZON_COGNITO_USER_POOLS", "OPENID_CONNECT", "AWS_LAMBDA"])]
    pub(super) authentication_type: String,
    /// The API's id.
    #[attr(computed)]
    pub(super) id: Option<String>,
    /// Whether callers may ask the API for its schema.
    #[attr(optional, default = "ENABLED", allowed = ["ENABLED", "DISABLED"])]
    pub(super) introspection_config: Option<String>,
    /// The role that merges other APIs into one of type `MERGED`.
    #[attr(optional)]
    pub(super) merged_api_execution_role_arn: Option<String>,
    /// The API's name.
    #[attr(required)]
    pub(super) name: String,
    /// How deep queries may be nested; 0 for no limit.
    #[attr(optional, default = 0, min = 0, max = 75)]
    pub(super) query_depth_limit: Option<i64>,
    /// How many resolvers one query may run; 0 for no limit.
    #[attr(optional, default = 0, min = 0, max = 10000)]
    pub(super) resolver_count_limit: Option<i64>,
    /// The schema in the GraphQL schema language. It is compared with the schema that the API really has, by meaning:
    /// comments, white space and order do not count.
    #[attr(optional, same = sdl::same_sdl, explain = sdl::explain)]
    pub(super) schema: Option<String>,
    /// Tags of the API.
    #[attr(optional)]
    pub(super) tags: Option<BTreeMap<String, String>>,
    /// Tags of the API, with the provider's default tags.
    #[attr(computed)]
    pub(super) tags_all: BTreeMap<String, String>,
    /// The API's addresses: `GRAPHQL` for queries and mutations, `REALTIME` for subscriptions.
    #[attr(computed)]
    pub(super) uris: BTreeMap<String, String>,
    /// Whether the API is reached from anywhere (`GLOBAL`) or from inside a VPC only (`PRIVATE`). A change makes a new API.
    #[attr(optional, replace, default = "GLOBAL", allowed = ["GLOBAL", "PRIVATE"])]
    pub(super) visibility: Option<String>,
    /// Whether X-Ray traces requests.
    #[attr(optional, default = false)]
    pub(super) xray_enabled: bool,
    /// More ways of authorization beside the default one.
    #[block]
    pub(super) additional_authentication_provider: Vec<AdditionalProvider>,
    /// Which metrics AppSync keeps beyond the usual ones.
    #[block]
    pub(super) enhanced_metrics_config: Option<EnhancedMetricsConfig>,
    /// The function that authorizes calls, where the default is `AWS_LAMBDA`.
    #[block]
    pub(super) lambda_authorizer_config: Option<LambdaAuthorizerConfig>,
    /// What AppSync writes to CloudWatch Logs.
    #[block]
    pub(super) log_config: Option<LogConfig>,
    /// The issuer of tokens, where the default is `OPENID_CONNECT`.
    #[block]
    pub(super) openid_connect_config: Option<OpenidConnectConfig>,
    /// The user pool, where the default is `AMAZON_COGNITO_USER_POOLS`.
    #[block]
    pub(super) user_pool_config: Option<UserPoolConfig>,
}

/// Metrics beyond the usual ones.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct EnhancedMetricsConfig {
    /// Whether all data sources have metrics, or those that ask for them.
    #[attr(required, allowed = ["FULL_REQUEST_DATA_SOURCE_METRICS", "PER_DATA_SOURCE_METRICS"])]
    data_source_level_metrics_behavior: String,
    /// Whether each operation has metrics.
    #[attr(required, allowed = ["ENABLED", "DISABLED"])]
    operation_level_metrics_config: String,
    /// Whether all resolvers have metrics, or those that ask for them.
    #[attr(required, allowed = ["FULL_REQUEST_RESOLVER_METRICS", "PER_RESOLVER_METRICS"])]
    resolver_level_metrics_behavior: String,
}

/// What AppSync writes to CloudWatch Logs.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LogConfig {
    /// The role with which AppSync writes.
    #[attr(required)]
    pub(super) cloudwatch_logs_role_arn: String,
    /// Whether headers, context and evaluated templates are left out.
    #[attr(optional, default = false)]
    pub(super) exclude_verbose_content: bool,
    /// What is written about each field.
    #[attr(required, allowed = ["NONE", "ERROR", "ALL", "INFO", "DEBUG"])]
    pub(super) field_log_level: String,
}

impl EnhancedMetricsConfig {
    pub(super) fn to_api(&self) -> OpResult<api::EnhancedMetricsConfig> {
        api::EnhancedMetricsConfig::builder()
            .data_source_level_metrics_behavior(self.data_source_level_metrics_behavior.as_str().into())
            .operation_level_metrics_config(self.operation_level_metrics_config.as_str().into())
            .resolver_level_metrics_behavior(self.resolver_level_metrics_behavior.as_str().into())
            .build()
            .map_err(incomplete)
    }

    fn of_api(answer: &api::EnhancedMetricsConfig) -> Self {
        Self {
            data_source_level_metrics_behavior: answer.data_source_level_metrics_behavior.as_str().to_owned(),
            operation_level_metrics_config: answer.operation_level_metrics_config.as_str().to_owned(),
            resolver_level_metrics_behavior: answer.resolver_level_metrics_behavior.as_str().to_owned(),
        }
    }
}

impl LogConfig {
    pub(super) fn to_api(&self) -> OpResult<api::LogConfig> {
        api::LogConfig::builder()
            .cloud_watch_logs_role_arn(&self.cloudwatch_logs_role_arn)
            .exclude_verbose_content(self.exclude_verbose_content)
            .field_log_level(api::FieldLogLevel::from(self.field_log_level.as_str()))
            .build()
            .map_err(incomplete)
    }

    fn of_api(answer: api::LogConfig) -> Self {
        Self {
            cloudwatch_logs_role_arn: answer.cloud_watch_logs_role_arn,
            exclude_verbose_content: answer.exclude_verbose_content,
            field_log_level: answer.field_log_level.as_str().to_owned(),
        }
    }
}

impl GraphqlApiModel {
    /// The model of an answer. What `known` does not declare is left out where AppSync cannot do without it.
    pub(super) fn of_api(answer: api::GraphqlApi, schema: Option<String>, known: &Self) -> Self {
        let or = |answer: Option<&str>, default: &str| Some(answer.unwrap_or(default).to_owned());
        // Logging once set cannot be removed, only switched off.
        let logging = answer.log_config.map(LogConfig::of_api);
        let logging = logging.filter(|log| known.log_config.is_some() || log.field_log_level != "NONE");
        Self {
            api_type: or(answer.api_type.as_ref().map(api::GraphQlApiType::as_str), "GRAPHQL"),
            arn: answer.arn,
            authentication_type: answer.authentication_type.map(|ty| ty.as_str().to_owned()).unwrap_or_default(),
            id: answer.api_id,
            introspection_config: or(
                answer.introspection_config.as_ref().map(api::GraphQlApiIntrospectionConfig::as_str),
                "ENABLED",
            ),
            merged_api_execution_role_arn: text(answer.merged_api_execution_role_arn),
            name: answer.name.unwrap_or_default(),
            query_depth_limit: Some(answer.query_depth_limit.into()),
            resolver_count_limit: Some(answer.resolver_count_limit.into()),
            schema,
            tags: None,
            tags_all: tags::readable(answer.tags.unwrap_or_default()),
            uris: answer.uris.unwrap_or_default().into_iter().collect(),
            visibility: or(answer.visibility.as_ref().map(api::GraphQlApiVisibility::as_str), "GLOBAL"),
            xray_enabled: answer.xray_enabled,
            additional_authentication_provider: auth::additional(
                answer.additional_authentication_providers,
                &known.additional_authentication_provider,
            ),
            enhanced_metrics_config: answer.enhanced_metrics_config.as_ref().map(EnhancedMetricsConfig::of_api),
            lambda_authorizer_config: answer.lambda_authorizer_config.map(LambdaAuthorizerConfig::of_api),
            log_config: logging,
            openid_connect_config: answer.open_id_connect_config.map(OpenidConnectConfig::of_api),
            user_pool_config: answer.user_pool_config.map(UserPoolConfig::of_api),
        }
    }

    /// The additional providers as a request has them. An empty list clears them.
    pub(super) fn providers(&self, region: &str) -> OpResult<Vec<api::AdditionalAuthenticationProvider>> {
        self.additional_authentication_provider.iter().map(|provider| provider.to_api(region)).collect()
    }

    /// Whether anything differs that UpdateGraphqlApi sends: all but the schema and tags, which have calls of their own, and
    /// what AWS gives.
    pub(super) fn settings_differ(&self, wanted: &Self) -> bool {
        let settings = |model: &Self| Self {
            arn: None,
            id: None,
            schema: None,
            tags: None,
            tags_all: BTreeMap::new(),
            uris: BTreeMap::new(),
            ..model.clone()
        };
        settings(self) != settings(wanted)
    }
}
