//! `aws_appsync_function`: a step of a pipeline resolver.

use aws_sdk_appsync::types;

use super::answers::empty;
use super::permissions;
use super::runtime::{Runtime, check_code};
use super::sync::SyncConfig;
use super::wish::{fulfils, one_of};
use super::{children, listing};
use crate::aws::members::{narrow, number, text};
use crate::aws::{Aws, error};
use crate::diagnostic::Diagnostics;
use crate::resource::{
    ErrorKind, Grant, Listing, Model, Need, OpError, OpResult, Planning, Recovery, ResourceType, Run,
};
use crate::schema::Schema;
use crate::value::{Type, Value};

/// The version of mapping templates, the only one there is.
const TEMPLATE_VERSION: &str = "2018-05-29";

/// A function that pipeline resolvers of an AppSync GraphQL API run.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct FunctionModel {
    /// The id of the API.
    #[attr(required, replace)]
    api_id: String,
    /// The function's ARN.
    #[attr(computed)]
    arn: Option<String>,
    /// The function's code, for the runtime in `runtime`.
    #[attr(optional, min = 1, max = 32768)]
    code: Option<String>,
    /// The data source that the function asks.
    #[attr(required, min = 1, max = 65536)]
    data_source: String,
    /// What the function is for.
    #[attr(optional)]
    description: Option<String>,
    /// The function's id.
    #[attr(computed)]
    function_id: Option<String>,
    /// The version of the mapping templates. It has no meaning beside `runtime`.
    #[attr(optional, computed, allowed = ["2018-05-29"])]
    function_version: Option<String>,
    /// `API_ID-FUNCTION_ID`.
    #[attr(computed)]
    id: Option<String>,
    /// How many requests are sent to a Lambda function at once.
    #[attr(optional, min = 0, max = 2000)]
    max_batch_size: Option<i64>,
    /// The function's name.
    #[attr(required, min = 1, max = 65536)]
    name: String,
    /// The mapping template that makes the request.
    #[attr(optional, min = 1, max = 65536)]
    request_mapping_template: Option<String>,
    /// The mapping template that makes the response.
    #[attr(optional, min = 1, max = 65536)]
    response_mapping_template: Option<String>,
    /// The runtime that runs `code`.
    #[block]
    runtime: Option<Runtime>,
    /// How conflicting writes of a versioned data source are handled.
    #[block]
    sync_config: Option<SyncConfig>,
}

/// The resource type `aws_appsync_function`.
pub(crate) struct Function {
    aws: Aws,
}

/// Sets the members that creation and update share: an update replaces the whole record.
macro_rules! whole_record {
    ($call:expr, $api_id:expr, $wanted:expr) => {
        $call
            .api_id($api_id)
            .name(&$wanted.name)
            .set_description($wanted.description.clone())
            .data_source_name(&$wanted.data_source)
            .set_request_mapping_template($wanted.request_mapping_template.clone())
            .set_response_mapping_template($wanted.response_mapping_template.clone())
            .set_function_version($wanted.version_to_send())
            .set_sync_config($wanted.sync_config.as_ref().map(SyncConfig::to_api))
            .set_max_batch_size($wanted.max_batch_size.map(narrow))
            .set_runtime($wanted.runtime.as_ref().map(Runtime::to_api).transpose()?)
            .set_code($wanted.code.clone())
    };
}

impl FunctionModel {
    /// AppSync refuses a version beside a runtime.
    fn version_to_send(&self) -> Option<String> {
        let version = self.function_version.clone().unwrap_or_else(|| TEMPLATE_VERSION.to_owned());
        self.runtime.is_none().then_some(version)
    }

    fn of_api(answer: types::FunctionConfiguration, api_id: &str) -> Self {
        let function_id = answer.function_id.unwrap_or_default();
        Self {
            id: Some(format!("{api_id}-{function_id}")),
            api_id: api_id.to_owned(),
            arn: answer.function_arn,
            code: text(answer.code),
            data_source: answer.data_source_name.unwrap_or_default(),
            description: text(answer.description),
            function_id: Some(function_id),
            function_version: text(answer.function_version),
            max_batch_size: number(answer.max_batch_size),
            name: answer.name.unwrap_or_default(),
            request_mapping_template: text(answer.request_mapping_template),
            response_mapping_template: text(answer.response_mapping_template),
            runtime: answer.runtime.as_ref().map(Runtime::of_api),
            sync_config: answer.sync_config.as_ref().map(SyncConfig::of_api),
        }
    }

    fn function_id(&self) -> &str {
        let of_id = || self.id.as_deref().and_then(|id| id.split_once('-')).map(|(_, function)| function);
        self.function_id.as_deref().or_else(of_id).unwrap_or_default()
    }
}

impl Function {
    /// The resource type, calling AWS with the given clients.
    pub(crate) fn new(aws: &Aws) -> Self {
        Self { aws: aws.clone() }
    }
}

impl ResourceType for Function {
    const NAME: &'static str = "aws_appsync_function";
    const RECOVERY: Recovery = Recovery::ComparedListing;
    type Model = FunctionModel;

    fn schema() -> Schema {
        Schema::new(Self::NAME, FunctionModel::DOC, FunctionModel::block()).import_id("API_ID-FUNCTION_ID")
    }

    fn check(&self, wanted: &Value, problems: &mut Diagnostics) {
        let templates = ["request_mapping_template", "response_mapping_template", "function_version"];
        check_code(wanted, &templates, problems);
    }

    fn plan(&self, planning: &mut Planning<'_>, _problems: &mut Diagnostics) {
        // Templates have a version and code has none that can be told beforehand.
        let runs_code = |value: &Value| value.attr("runtime").items().is_some_and(|blocks| !blocks.is_empty());
        let moves = planning.prior.is_some_and(|prior| runs_code(prior) != runs_code(planning.planned()));
        if moves && planning.config.attr("function_version").is_null() {
            planning.set_unknown("function_version", Type::String);
        }
    }

    fn permissions(&self, need: Need<'_>) -> Vec<Grant> {
        permissions::FUNCTION.permissions(&self.aws.here(), need)
    }

    async fn read(&self, prior: &FunctionModel, run: &Run<'_>) -> OpResult<Option<FunctionModel>> {
        let client = self.aws.appsync(None).await?;
        let answer = self.aws.repeat(run, || async {
            let call = client.get_function().api_id(&prior.api_id).function_id(prior.function_id());
            call.send().await.map_err(error::from("appsync:GetFunction"))
        });
        let found = error::gone_is_none(answer.await)?.and_then(|answer| answer.function_configuration);
        Ok(found.map(|function| FunctionModel::of_api(function, &prior.api_id)))
    }

    fn listing(prior: &FunctionModel) -> Option<Listing> {
        Some(Listing::in_pages(&*prior.api_id))
    }

    async fn read_listed(&self, priors: &[FunctionModel], run: &Run<'_>) -> OpResult<Vec<Option<FunctionModel>>> {
        let Some(first) = priors.first() else {
            return Ok(Vec::new());
        };
        let client = self.aws.appsync(None).await?;
        let ids: Vec<String> = priors.iter().map(|prior| prior.function_id().to_owned()).collect();
        let page = |next: Option<String>| {
            let call = client.list_functions().api_id(&first.api_id).max_results(listing::PAGE).set_next_token(next);
            async move {
                let page = self
                    .aws
                    .repeat(run, || async { call.clone().send().await.map_err(error::from("appsync:ListFunctions")) });
                page.await.map(|page| (page.functions.unwrap_or_default(), page.next_token))
            }
        };
        let found = listing::find(&ids, |found: &types::FunctionConfiguration| found.function_id(), page).await?;
        Ok(found.into_iter().map(|found| found.map(|found| FunctionModel::of_api(found, &first.api_id))).collect())
    }

    async fn create(&self, wanted: &FunctionModel, run: &Run<'_>) -> OpResult<FunctionModel> {
        let client = self.aws.appsync(None).await?;
        let _turn = children::turn(&self.aws, &wanted.api_id).await;
        let answer = children::create(&self.aws, run, || async {
            let call = whole_record!(client.create_function(), &wanted.api_id, wanted);
            call.send().await.map_err(error::from("appsync:CreateFunction"))
        });
        let answer = answer.await?.function_configuration.ok_or_else(|| empty("appsync:CreateFunction"))?;
        let made = FunctionModel::of_api(answer, &wanted.api_id);
        run.made(&made).await?;
        Ok(made)
    }

    async fn update(&self, prior: &FunctionModel, wanted: &FunctionModel, run: &Run<'_>) -> OpResult<FunctionModel> {
        let client = self.aws.appsync(None).await?;
        let _turn = children::turn(&self.aws, &prior.api_id).await;
        let answer = children::update(&self.aws, run, || async {
            let call = whole_record!(client.update_function(), &prior.api_id, wanted).function_id(prior.function_id());
            call.send().await.map_err(error::from("appsync:UpdateFunction"))
        });
        let answer = answer.await?.function_configuration.ok_or_else(|| empty("appsync:UpdateFunction"))?;
        Ok(FunctionModel::of_api(answer, &prior.api_id))
    }

    async fn delete(&self, prior: &FunctionModel, run: &Run<'_>) -> OpResult<()> {
        let client = self.aws.appsync(None).await?;
        let _turn = children::turn(&self.aws, &prior.api_id).await;
        let deleted = self.aws.repeat(run, || async {
            let call = client.delete_function().api_id(&prior.api_id).function_id(prior.function_id());
            call.send().await.map_err(error::from("appsync:DeleteFunction"))
        });
        error::gone_is_done(deleted.await)
    }

    async fn recover(&self, wanted: &FunctionModel, run: &Run<'_>) -> OpResult<Option<FunctionModel>> {
        let client = self.aws.appsync(None).await?;
        let _turn = children::turn(&self.aws, &wanted.api_id).await;
        let others = run.others().await?;
        let is_free = |function: &FunctionModel| function.id.as_ref().is_none_or(|id| !others.contains(id));
        let mut found = Vec::new();
        let mut next: Option<String> = None;
        loop {
            let page = self.aws.repeat(run, || async {
                let call = client.list_functions().api_id(&wanted.api_id).max_results(25).set_next_token(next.clone());
                call.send().await.map_err(error::from("appsync:ListFunctions"))
            });
            let Some(page) = error::gone_is_none(page.await)? else {
                return Ok(None);
            };
            let functions = page.functions.unwrap_or_default().into_iter();
            let models = functions.map(|function| FunctionModel::of_api(function, &wanted.api_id));
            found.extend(models.filter(|function| fulfils(function, wanted) && is_free(function)));
            next = page.next_token.filter(|token| !token.is_empty());
            if next.is_none() {
                return one_of(found, "appsync:ListFunctions", "function");
            }
        }
    }

    fn import(&self, id: &str) -> OpResult<FunctionModel> {
        match id.split_once('-') {
            Some((api_id, function_id)) if !api_id.is_empty() && !function_id.is_empty() => Ok(FunctionModel {
                api_id: api_id.to_owned(),
                function_id: Some(function_id.to_owned()),
                id: Some(id.to_owned()),
                ..FunctionModel::default()
            }),
            _ => {
                let message = format!("the import id `{id}` is not of the form `API_ID-FUNCTION_ID`");
                Err(OpError::new(ErrorKind::Invalid, Self::NAME, message))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Settings;

    #[test]
    fn a_version_goes_with_templates_only() {
        let templates = FunctionModel::default();
        assert_eq!(templates.version_to_send().as_deref(), Some(TEMPLATE_VERSION));
        let code = FunctionModel { runtime: Some(Runtime::default()), function_version: Some("x".into()), ..templates };
        assert_eq!(code.version_to_send(), None);
        let mut problems = Diagnostics::new();
        let code = FunctionModel { code: Some("export".into()), ..code };
        Function::new(&Aws::new(Settings::default())).check(&code.to_value(), &mut problems);
        assert_eq!(
            problems.iter().map(|p| p.summary.as_str()).collect::<Vec<_>>(),
            ["Code and mapping templates together"]
        );
    }

    #[test]
    fn the_version_is_open_when_templates_become_code() {
        let before =
            FunctionModel { function_version: Some(TEMPLATE_VERSION.into()), ..FunctionModel::default() }.to_value();
        let code = FunctionModel { runtime: Some(Runtime::default()), ..FunctionModel::default() }.to_value();
        let planned = code.with("function_version", TEMPLATE_VERSION.into());
        let now = jiff::Timestamp::UNIX_EPOCH;
        let mut planning = Planning::new(&code, Some(&before), planned, now, std::path::Path::new("."));
        Function::new(&Aws::new(Settings::default())).plan(&mut planning, &mut Diagnostics::new());
        assert!(!planning.planned().attr("function_version").is_known());
    }

    #[test]
    fn an_import_id_has_two_parts() {
        let types = Function::new(&Aws::new(Settings::default()));
        let model = types.import("abc-def").unwrap();
        assert_eq!((model.api_id.as_str(), model.function_id()), ("abc", "def"));
        assert!(types.import("abc").is_err());
    }
}
