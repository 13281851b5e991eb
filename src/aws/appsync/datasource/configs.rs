//! The block that each kind of data source has, and the SDK's form of it.

use aws_sdk_appsync::types as api;

use crate::aws::appsync::answers::incomplete;
use crate::aws::members::{number, text};
use crate::resource::{Model, OpResult};

/// A DynamoDB table.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct DynamodbConfig {
    /// The table's region; that of the API where absent.
    #[attr(optional, computed)]
    region: Option<String>,
    /// The table's name.
    #[attr(required)]
    table_name: String,
    /// Whether the table is accessed with the caller's credentials instead of the service role.
    #[attr(optional)]
    use_caller_credentials: Option<bool>,
    /// Whether items have versions, for offline use with conflict handling.
    #[attr(optional)]
    versioned: Option<bool>,
    /// Where changes of a versioned data source are kept.
    #[block]
    delta_sync_config: Option<DeltaSyncConfig>,
}

/// Where changes of a versioned data source are kept.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct DeltaSyncConfig {
    /// How many minutes an item is kept in the data source.
    #[attr(optional)]
    base_table_ttl: Option<i64>,
    /// The table that holds the changes.
    #[attr(required)]
    delta_sync_table_name: String,
    /// How many minutes a change is kept.
    #[attr(optional)]
    delta_sync_table_ttl: Option<i64>,
}

/// An Elasticsearch or OpenSearch domain.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct SearchConfig {
    /// The domain's HTTPS endpoint.
    #[attr(required)]
    endpoint: String,
    /// The domain's region; that of the API where absent.
    #[attr(optional, computed)]
    region: Option<String>,
}

/// An EventBridge bus.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct EventBridgeConfig {
    /// The bus's ARN.
    #[attr(required)]
    event_bus_arn: String,
}

/// An HTTP endpoint.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct HttpConfig {
    /// The endpoint's address.
    #[attr(required)]
    endpoint: String,
    /// How requests are authorized.
    #[block]
    authorization_config: Option<AuthorizationConfig>,
}

/// How requests to an HTTP endpoint are authorized.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct AuthorizationConfig {
    /// The kind of authorization.
    #[attr(optional, default = "AWS_IAM", allowed = ["AWS_IAM"])]
    authorization_type: Option<String>,
    /// How requests are signed.
    #[block]
    aws_iam_config: Option<AwsIamConfig>,
}

/// How requests to an HTTP endpoint are signed.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct AwsIamConfig {
    /// The region in the signature.
    #[attr(optional)]
    signing_region: Option<String>,
    /// The service in the signature.
    #[attr(optional)]
    signing_service_name: Option<String>,
}

/// A Lambda function.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LambdaConfig {
    /// The function's ARN.
    #[attr(required)]
    function_arn: String,
}

/// A relational database.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct RelationalDatabaseConfig {
    /// The kind of access.
    #[attr(optional, default = "RDS_HTTP_ENDPOINT", allowed = ["RDS_HTTP_ENDPOINT"])]
    source_type: Option<String>,
    /// The data API of an Aurora cluster.
    #[block]
    http_endpoint_config: Option<RdsHttpEndpointConfig>,
}

/// The data API of an Aurora cluster.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct RdsHttpEndpointConfig {
    /// The secret that holds the credentials.
    #[attr(required)]
    aws_secret_store_arn: String,
    /// The database.
    #[attr(optional)]
    database_name: Option<String>,
    /// The cluster's ARN.
    #[attr(required)]
    db_cluster_identifier: String,
    /// The cluster's region; that of the API where absent.
    #[attr(optional, computed)]
    region: Option<String>,
    /// The schema in the database.
    #[attr(optional)]
    schema: Option<String>,
}

/// A flag that says something: AppSync answers `false` where nobody gave one.
fn flag(answer: bool) -> Option<bool> {
    answer.then_some(true)
}

impl DynamodbConfig {
    pub(super) fn to_api(&self, region: &str) -> OpResult<api::DynamodbDataSourceConfig> {
        let delta = self.delta_sync_config.as_ref().map(|delta| {
            api::DeltaSyncConfig::builder()
                .base_table_ttl(delta.base_table_ttl.unwrap_or_default())
                .delta_sync_table_name(&delta.delta_sync_table_name)
                .delta_sync_table_ttl(delta.delta_sync_table_ttl.unwrap_or_default())
                .build()
        });
        api::DynamodbDataSourceConfig::builder()
            .table_name(&self.table_name)
            .aws_region(self.region.as_deref().unwrap_or(region))
            .use_caller_credentials(self.use_caller_credentials.unwrap_or_default())
            .versioned(self.versioned.unwrap_or_default())
            .set_delta_sync_config(delta)
            .build()
            .map_err(incomplete)
    }

    pub(super) fn of_api(answer: api::DynamodbDataSourceConfig) -> Self {
        Self {
            region: Some(answer.aws_region),
            table_name: answer.table_name,
            use_caller_credentials: flag(answer.use_caller_credentials),
            versioned: flag(answer.versioned),
            delta_sync_config: answer.delta_sync_config.map(|delta| DeltaSyncConfig {
                base_table_ttl: number(delta.base_table_ttl),
                delta_sync_table_name: delta.delta_sync_table_name.unwrap_or_default(),
                delta_sync_table_ttl: number(delta.delta_sync_table_ttl),
            }),
        }
    }
}

impl SearchConfig {
    pub(super) fn to_elasticsearch(&self, region: &str) -> OpResult<api::ElasticsearchDataSourceConfig> {
        let builder = api::ElasticsearchDataSourceConfig::builder().endpoint(&self.endpoint);
        builder.aws_region(self.region.as_deref().unwrap_or(region)).build().map_err(incomplete)
    }

    pub(super) fn to_opensearch(&self, region: &str) -> OpResult<api::OpenSearchServiceDataSourceConfig> {
        let builder = api::OpenSearchServiceDataSourceConfig::builder().endpoint(&self.endpoint);
        builder.aws_region(self.region.as_deref().unwrap_or(region)).build().map_err(incomplete)
    }

    pub(super) fn of_elasticsearch(answer: api::ElasticsearchDataSourceConfig) -> Self {
        Self { endpoint: answer.endpoint, region: Some(answer.aws_region) }
    }

    pub(super) fn of_opensearch(answer: api::OpenSearchServiceDataSourceConfig) -> Self {
        Self { endpoint: answer.endpoint, region: Some(answer.aws_region) }
    }
}

impl EventBridgeConfig {
    pub(super) fn to_api(&self) -> OpResult<api::EventBridgeDataSourceConfig> {
        api::EventBridgeDataSourceConfig::builder().event_bus_arn(&self.event_bus_arn).build().map_err(incomplete)
    }

    pub(super) fn of_api(answer: api::EventBridgeDataSourceConfig) -> Self {
        Self { event_bus_arn: answer.event_bus_arn }
    }
}

impl LambdaConfig {
    pub(super) fn to_api(&self) -> OpResult<api::LambdaDataSourceConfig> {
        api::LambdaDataSourceConfig::builder().lambda_function_arn(&self.function_arn).build().map_err(incomplete)
    }

    pub(super) fn of_api(answer: api::LambdaDataSourceConfig) -> Self {
        Self { function_arn: answer.lambda_function_arn }
    }
}

impl HttpConfig {
    pub(super) fn to_api(&self) -> OpResult<api::HttpDataSourceConfig> {
        let authorization = self.authorization_config.as_ref().map(|authorization| {
            let iam = authorization.aws_iam_config.as_ref().map(|iam| {
                api::AwsIamConfig::builder()
                    .set_signing_region(iam.signing_region.clone())
                    .set_signing_service_name(iam.signing_service_name.clone())
                    .build()
            });
            let kind = authorization.authorization_type.as_deref().unwrap_or("AWS_IAM");
            api::AuthorizationConfig::builder()
                .authorization_type(api::AuthorizationType::from(kind))
                .set_aws_iam_config(iam)
                .build()
                .map_err(incomplete)
        });
        let builder = api::HttpDataSourceConfig::builder().endpoint(&self.endpoint);
        Ok(builder.set_authorization_config(authorization.transpose()?).build())
    }

    pub(super) fn of_api(answer: api::HttpDataSourceConfig) -> Self {
        Self {
            endpoint: answer.endpoint.unwrap_or_default(),
            authorization_config: answer.authorization_config.map(|authorization| AuthorizationConfig {
                authorization_type: Some(authorization.authorization_type.as_str().to_owned()),
                aws_iam_config: authorization.aws_iam_config.map(|iam| AwsIamConfig {
                    signing_region: text(iam.signing_region),
                    signing_service_name: text(iam.signing_service_name),
                }),
            }),
        }
    }
}

impl RelationalDatabaseConfig {
    pub(super) fn to_api(&self, region: &str) -> api::RelationalDatabaseDataSourceConfig {
        let endpoint = self.http_endpoint_config.as_ref().map(|endpoint| {
            api::RdsHttpEndpointConfig::builder()
                .aws_region(endpoint.region.as_deref().unwrap_or(region))
                .db_cluster_identifier(&endpoint.db_cluster_identifier)
                .aws_secret_store_arn(&endpoint.aws_secret_store_arn)
                .set_database_name(endpoint.database_name.clone())
                .set_schema(endpoint.schema.clone())
                .build()
        });
        api::RelationalDatabaseDataSourceConfig::builder()
            .set_relational_database_source_type(
                self.source_type.as_deref().map(api::RelationalDatabaseSourceType::from),
            )
            .set_rds_http_endpoint_config(endpoint)
            .build()
    }

    pub(super) fn of_api(answer: api::RelationalDatabaseDataSourceConfig) -> Self {
        Self {
            source_type: answer.relational_database_source_type.map(|kind| kind.as_str().to_owned()),
            http_endpoint_config: answer.rds_http_endpoint_config.map(|endpoint| RdsHttpEndpointConfig {
                aws_secret_store_arn: endpoint.aws_secret_store_arn.unwrap_or_default(),
                database_name: text(endpoint.database_name),
                db_cluster_identifier: endpoint.db_cluster_identifier.unwrap_or_default(),
                region: text(endpoint.aws_region),
                schema: text(endpoint.schema),
            }),
        }
    }
}
