//! `aws_appsync_datasource`: where resolvers and functions of an API get their answers.

mod configs;

use aws_sdk_appsync::types;

use super::answers::empty;
use super::permissions;
use super::runtime::{given, lacking};
use super::wish::fulfils;
use super::{children, listing};
use crate::aws::members::text;
use crate::aws::{Aws, error};
use crate::diagnostic::Diagnostics;
use crate::resource::{
    ErrorKind, Grant, Listing, Model, Need, OpError, OpResult, Ordering, Recovery, ResourceType, Run,
};
use crate::schema::Schema;
use crate::value::Value;
use configs::{DynamodbConfig, EventBridgeConfig, HttpConfig, LambdaConfig, RelationalDatabaseConfig, SearchConfig};

/// Something that resolvers and functions of an AppSync GraphQL API ask: a Lambda function, a DynamoDB table, an HTTP
/// endpoint and more.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct DatasourceModel {
    /// The id of the API.
    #[attr(required, replace)]
    api_id: String,
    /// The data source's ARN.
    #[attr(computed)]
    arn: Option<String>,
    /// What the data source is for.
    #[attr(optional)]
    description: Option<String>,
    /// `API_ID-NAME`.
    #[attr(computed)]
    id: Option<String>,
    /// The name: a letter or underscore, then letters, digits and underscores.
    #[attr(required, replace, min = 1, max = 65536)]
    name: String,
    /// The role with which AppSync asks the data source.
    #[attr(optional)]
    service_role_arn: Option<String>,
    /// The kind of data source; each but `NONE` and `AMAZON_BEDROCK_RUNTIME` has a block of its own.
    #[attr(required, allowed = [
        "AWS_LAMBDA", "AMAZON_DYNAMODB", "AMAZON_ELASTICSEARCH", "NONE", "HTTP", "RELATIONAL_DATABASE",
        "AMAZON_OPENSEARCH_SERVICE", "AMAZON_EVENTBRIDGE", "AMAZON_BEDROCK_RUNTIME",
    ])]
    r#type: String,
    /// The table of a data source of type `AMAZON_DYNAMODB`.
    #[block]
    dynamodb_config: Option<DynamodbConfig>,
    /// The domain of a data source of type `AMAZON_ELASTICSEARCH`.
    #[block]
    elasticsearch_config: Option<SearchConfig>,
    /// The bus of a data source of type `AMAZON_EVENTBRIDGE`.
    #[block]
    event_bridge_config: Option<EventBridgeConfig>,
    /// The endpoint of a data source of type `HTTP`.
    #[block]
    http_config: Option<HttpConfig>,
    /// The function of a data source of type `AWS_LAMBDA`.
    #[block]
    lambda_config: Option<LambdaConfig>,
    /// The domain of a data source of type `AMAZON_OPENSEARCH_SERVICE`.
    #[block]
    opensearchservice_config: Option<SearchConfig>,
    /// The database of a data source of type `RELATIONAL_DATABASE`.
    #[block]
    relational_database_config: Option<RelationalDatabaseConfig>,
}

/// The block that each type needs, and whether it needs a service role.
const PARTNERS: &[(&str, &str, bool)] = &[
    ("AMAZON_DYNAMODB", "dynamodb_config", true),
    ("AMAZON_ELASTICSEARCH", "elasticsearch_config", true),
    ("AMAZON_EVENTBRIDGE", "event_bridge_config", true),
    ("HTTP", "http_config", false),
    ("AWS_LAMBDA", "lambda_config", true),
    ("AMAZON_OPENSEARCH_SERVICE", "opensearchservice_config", true),
    ("RELATIONAL_DATABASE", "relational_database_config", false),
];

/// The resource type `aws_appsync_datasource`.
pub(crate) struct Datasource {
    aws: Aws,
}

/// Sets the members that creation and update share: an update replaces the whole record.
macro_rules! whole_record {
    ($call:expr, $wanted:expr, $region:expr) => {
        $call
            .api_id(&$wanted.api_id)
            .name(&$wanted.name)
            .r#type(types::DataSourceType::from($wanted.r#type.as_str()))
            .set_description($wanted.description.clone())
            .set_service_role_arn($wanted.service_role_arn.clone())
            .set_dynamodb_config($wanted.dynamodb_config.as_ref().map(|it| it.to_api($region)).transpose()?)
            .set_elasticsearch_config(
                $wanted.elasticsearch_config.as_ref().map(|it| it.to_elasticsearch($region)).transpose()?,
            )
            .set_open_search_service_config(
                $wanted.opensearchservice_config.as_ref().map(|it| it.to_opensearch($region)).transpose()?,
            )
            .set_event_bridge_config($wanted.event_bridge_config.as_ref().map(EventBridgeConfig::to_api).transpose()?)
            .set_http_config($wanted.http_config.as_ref().map(HttpConfig::to_api).transpose()?)
            .set_lambda_config($wanted.lambda_config.as_ref().map(LambdaConfig::to_api).transpose()?)
            .set_relational_database_config($wanted.relational_database_config.as_ref().map(|it| it.to_api($region)))
    };
}

impl DatasourceModel {
    fn of_api(answer: types::DataSource, known: &Self) -> Self {
        Self {
            id: Some(known.import_id()),
            api_id: known.api_id.clone(),
            arn: answer.data_source_arn,
            description: text(answer.description),
            name: known.name.clone(),
            service_role_arn: text(answer.service_role_arn),
            r#type: answer.r#type.map(|ty| ty.as_str().to_owned()).unwrap_or_default(),
            dynamodb_config: answer.dynamodb_config.map(DynamodbConfig::of_api),
            elasticsearch_config: answer.elasticsearch_config.map(SearchConfig::of_elasticsearch),
            event_bridge_config: answer.event_bridge_config.map(EventBridgeConfig::of_api),
            http_config: answer.http_config.map(HttpConfig::of_api),
            lambda_config: answer.lambda_config.map(LambdaConfig::of_api),
            opensearchservice_config: answer.open_search_service_config.map(SearchConfig::of_opensearch),
            relational_database_config: answer.relational_database_config.map(RelationalDatabaseConfig::of_api),
        }
    }

    fn import_id(&self) -> String {
        format!("{}-{}", self.api_id, self.name)
    }
}

impl Datasource {
    /// The resource type, calling AWS with the given clients.
    pub(crate) fn new(aws: &Aws) -> Self {
        Self { aws: aws.clone() }
    }

    async fn find(&self, known: &DatasourceModel, run: &Run<'_>) -> OpResult<Option<DatasourceModel>> {
        let region = self.aws.region(None).await?;
        let client = self.aws.appsync(Some(&region)).await?;
        let answer = self.aws.repeat(run, || async {
            let call = client.get_data_source().api_id(&known.api_id).name(&known.name);
            call.send().await.map_err(error::from("appsync:GetDataSource"))
        });
        let found = error::gone_is_none(answer.await)?.and_then(|answer| answer.data_source);
        Ok(found.map(|source| DatasourceModel::of_api(source, known)))
    }
}

impl ResourceType for Datasource {
    const NAME: &'static str = "aws_appsync_datasource";
    const RECOVERY: Recovery = Recovery::NaturalName;
    type Model = DatasourceModel;

    fn schema() -> Schema {
        Schema::new(Self::NAME, DatasourceModel::DOC, DatasourceModel::block()).import_id("API_ID-NAME")
    }

    fn ordering() -> &'static [Ordering] {
        // A role that lacks its policies shows only when a query fails.
        &[
            Ordering::AfterSiblings { mine: "service_role_arn", ty: "aws_iam_role_policy", theirs: "role" },
            Ordering::AfterSiblings { mine: "service_role_arn", ty: "aws_iam_role_policy_attachment", theirs: "role" },
            // Resolvers and functions hold on to it until they are pointed elsewhere.
            Ordering::CreateFirst,
        ]
    }

    fn check(&self, wanted: &Value, problems: &mut Diagnostics) {
        check_name(wanted, problems);
        let ty = wanted.attr("type");
        let Some(ty) = ty.as_str() else {
            return;
        };
        for (owner, block, needs_role) in PARTNERS {
            if *owner != ty {
                if given(wanted, block) {
                    problems
                        .error("Block of another type of data source")
                        .on(*block)
                        .detail(format!("`{block}` belongs to the type `{owner}`; this data source is of type `{ty}`."))
                        .help(format!("Remove the block, or set `type` to `{owner}`."));
                }
                continue;
            }
            if lacking(wanted, block) {
                problems
                    .error("Data source without its block")
                    .on("type")
                    .detail(format!("A data source of type `{ty}` needs a `{block}` block."))
                    .help(format!("Add the `{block}` block."));
            }
            if *needs_role && lacking(wanted, "service_role_arn") {
                problems
                    .error("Data source without a role")
                    .on("type")
                    .detail(format!(
                        "AppSync needs a role to ask a data source of type `{ty}`; `service_role_arn` is absent."
                    ))
                    .help("Set `service_role_arn` to a role that `appsync.amazonaws.com` may assume.");
            }
        }
    }

    fn permissions(&self, need: Need<'_>) -> Vec<Grant> {
        permissions::data_source(&self.aws.here(), need)
    }

    async fn read(&self, prior: &DatasourceModel, run: &Run<'_>) -> OpResult<Option<DatasourceModel>> {
        self.find(prior, run).await
    }

    fn listing(prior: &DatasourceModel) -> Option<Listing> {
        Some(Listing::in_pages(&*prior.api_id))
    }

    async fn read_listed(&self, priors: &[DatasourceModel], run: &Run<'_>) -> OpResult<Vec<Option<DatasourceModel>>> {
        let Some(first) = priors.first() else {
            return Ok(Vec::new());
        };
        let client = self.aws.appsync(None).await?;
        let names: Vec<String> = priors.iter().map(|prior| prior.name.clone()).collect();
        let page = |next: Option<String>| {
            let call = client.list_data_sources().api_id(&first.api_id).max_results(listing::PAGE).set_next_token(next);
            async move {
                let page = self.aws.repeat(run, || async {
                    call.clone().send().await.map_err(error::from("appsync:ListDataSources"))
                });
                page.await.map(|page| (page.data_sources.unwrap_or_default(), page.next_token))
            }
        };
        let found = listing::find(&names, |found: &types::DataSource| found.name(), page).await?;
        let told = found.into_iter().zip(priors);
        Ok(told.map(|(found, prior)| found.map(|found| DatasourceModel::of_api(found, prior))).collect())
    }

    async fn create(&self, wanted: &DatasourceModel, run: &Run<'_>) -> OpResult<DatasourceModel> {
        let region = self.aws.region(None).await?;
        let client = self.aws.appsync(Some(&region)).await?;
        let _turn = children::turn(&self.aws, &wanted.api_id).await;
        let answer = children::create(&self.aws, run, || async {
            let call = whole_record!(client.create_data_source(), wanted, &region);
            call.send().await.map_err(error::from("appsync:CreateDataSource"))
        });
        let answer = answer.await.map_err(|error| children::taken(error, "the data source", &wanted.import_id()))?;
        let answer = answer.data_source.ok_or_else(|| empty("appsync:CreateDataSource"))?;
        let made = DatasourceModel::of_api(answer, wanted);
        run.made(&made).await?;
        Ok(made)
    }

    async fn update(
        &self,
        prior: &DatasourceModel,
        wanted: &DatasourceModel,
        run: &Run<'_>,
    ) -> OpResult<DatasourceModel> {
        let region = self.aws.region(None).await?;
        let client = self.aws.appsync(Some(&region)).await?;
        let _turn = children::turn(&self.aws, &prior.api_id).await;
        let answer = children::update(&self.aws, run, || async {
            let call = whole_record!(client.update_data_source(), wanted, &region);
            call.send().await.map_err(error::from("appsync:UpdateDataSource"))
        });
        let answer = answer.await?.data_source.ok_or_else(|| empty("appsync:UpdateDataSource"))?;
        Ok(DatasourceModel::of_api(answer, wanted))
    }

    async fn delete(&self, prior: &DatasourceModel, run: &Run<'_>) -> OpResult<()> {
        let client = self.aws.appsync(None).await?;
        let _turn = children::turn(&self.aws, &prior.api_id).await;
        let deleted = self.aws.repeat(run, || async {
            let call = client.delete_data_source().api_id(&prior.api_id).name(&prior.name);
            call.send().await.map_err(error::from("appsync:DeleteDataSource"))
        });
        error::gone_is_done(deleted.await)
    }

    async fn recover(&self, wanted: &DatasourceModel, run: &Run<'_>) -> OpResult<Option<DatasourceModel>> {
        Ok(self.find(wanted, run).await?.filter(|found| fulfils(found, wanted)))
    }

    fn import(&self, id: &str) -> OpResult<DatasourceModel> {
        match id.split_once('-') {
            Some((api_id, name)) if !api_id.is_empty() && !name.is_empty() => Ok(DatasourceModel {
                api_id: api_id.to_owned(),
                name: name.to_owned(),
                id: Some(id.to_owned()),
                ..DatasourceModel::default()
            }),
            _ => {
                let message = format!("the import id `{id}` is not of the form `API_ID-NAME`");
                Err(OpError::new(ErrorKind::Invalid, Self::NAME, message))
            }
        }
    }
}

fn check_name(wanted: &Value, problems: &mut Diagnostics) {
    let name = wanted.attr("name");
    let Some(name) = name.as_str() else {
        return;
    };
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !starts || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        problems
            .error("Invalid name of a data source")
            .on("name")
            .detail(format!("`{name}` is not a letter or underscore followed by letters, digits and underscores."))
            .help(format!("For example `{}`.", name.replace(|c: char| !c.is_ascii_alphanumeric(), "_")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Settings;

    fn source() -> DatasourceModel {
        DatasourceModel {
            api_id: "api".into(),
            name: "posts".into(),
            r#type: "AWS_LAMBDA".into(),
            service_role_arn: Some("arn:aws:iam::1:role/x".into()),
            lambda_config: Some(LambdaConfig::default()),
            ..DatasourceModel::default()
        }
    }

    fn problems(model: &DatasourceModel) -> Vec<String> {
        let mut problems = Diagnostics::new();
        Datasource::new(&Aws::new(Settings::default())).check(&model.to_value(), &mut problems);
        problems.iter().map(|problem| problem.summary.clone()).collect()
    }

    #[test]
    fn a_type_has_its_block_and_its_role_and_no_other() {
        assert!(problems(&source()).is_empty());
        assert_eq!(problems(&DatasourceModel { lambda_config: None, ..source() }), ["Data source without its block"]);
        assert_eq!(problems(&DatasourceModel { service_role_arn: None, ..source() }), ["Data source without a role"]);
        let http = DatasourceModel { http_config: Some(HttpConfig::default()), ..source() };
        assert_eq!(problems(&http), ["Block of another type of data source"]);
        let none = DatasourceModel { r#type: "NONE".into(), lambda_config: None, service_role_arn: None, ..source() };
        assert!(problems(&none).is_empty());
        assert_eq!(
            problems(&DatasourceModel { name: "my-posts".into(), ..source() }),
            ["Invalid name of a data source"]
        );
    }

    #[test]
    fn what_is_not_known_yet_is_not_complained_about() {
        use crate::value::Type;
        let model = DatasourceModel { service_role_arn: None, ..source() }.to_value();
        let mut problems = Diagnostics::new();
        let unknown = model.with("service_role_arn", Value::unknown(Type::String));
        Datasource::new(&Aws::new(Settings::default())).check(&unknown, &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
    }

    #[test]
    fn a_region_left_out_is_that_of_the_api() {
        let config = DynamodbConfig::default().to_api("eu-west-1").unwrap();
        assert_eq!(config.aws_region, "eu-west-1");
    }

    #[test]
    fn an_import_id_has_two_parts() {
        let types = Datasource::new(&Aws::new(Settings::default()));
        let model = types.import("abc-my_source").unwrap();
        assert_eq!((model.api_id.as_str(), model.name.as_str()), ("abc", "my_source"));
        assert!(types.import("abc").is_err() && types.import("-x").is_err());
    }
}
