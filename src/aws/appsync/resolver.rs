//! `aws_appsync_resolver`: what answers a field of an API.

use std::sync::{Arc, Mutex};

use aws_sdk_appsync::types::{self, CachingConfig as ApiCaching, PipelineConfig as ApiPipeline, ResolverKind};

use super::answers::empty;
use super::cross_check::cross_check;
use super::permissions;
use super::runtime::{Runtime, check_code, given, lacking};
use super::sdl::Sdl;
use super::sync::SyncConfig;
use super::wish::fulfils;
use super::{children, listing};
use crate::aws::members::{narrow, number, text};
use crate::aws::{Aws, error};
use crate::diagnostic::Diagnostics;
use crate::resource::{
    ErrorKind, Grant, Listing, Model, Need, OpError, OpResult, Ordering, Recovery, ResourceType, Run,
};
use crate::schema::Schema;
use crate::value::Value;

/// What answers one field of an AppSync GraphQL API: a data source, or a pipeline of functions.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct ResolverModel {
    /// The id of the API.
    #[attr(required, replace)]
    api_id: String,
    /// The resolver's ARN.
    #[attr(computed)]
    arn: Option<String>,
    /// The resolver's code, for the runtime in `runtime`.
    #[attr(optional, min = 1, max = 32768)]
    code: Option<String>,
    /// The data source that a resolver of kind `UNIT` asks.
    #[attr(optional, min = 1, max = 65536)]
    data_source: Option<String>,
    /// The field that is answered.
    #[attr(required, replace, min = 1, max = 65536)]
    field: String,
    /// `API_ID-TYPE-FIELD`.
    #[attr(computed)]
    id: Option<String>,
    /// Whether one data source answers (`UNIT`) or a list of functions (`PIPELINE`).
    #[attr(optional, default = "UNIT", allowed = ["UNIT", "PIPELINE"])]
    kind: Option<String>,
    /// How many requests are sent to a Lambda function at once.
    #[attr(optional, min = 0, max = 2000)]
    max_batch_size: Option<i64>,
    /// The mapping template that makes the request.
    #[attr(optional, min = 1, max = 65536)]
    request_template: Option<String>,
    /// The mapping template that makes the response.
    #[attr(optional, min = 1, max = 65536)]
    response_template: Option<String>,
    /// The type whose field is answered, such as `Query`.
    #[attr(required, replace, min = 1, max = 65536)]
    r#type: String,
    /// How answers are cached.
    #[block]
    caching_config: Option<CachingConfig>,
    /// The functions of a resolver of kind `PIPELINE`.
    #[block]
    pipeline_config: Option<PipelineConfig>,
    /// The runtime that runs `code`.
    #[block]
    runtime: Option<Runtime>,
    /// How conflicting writes of a versioned data source are handled.
    #[block]
    sync_config: Option<SyncConfig>,
}

/// How answers are cached.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct CachingConfig {
    /// What tells answers apart, such as `$context.identity.sub`.
    #[attr(optional, set)]
    caching_keys: Option<Vec<String>>,
    /// How many seconds an answer is kept.
    #[attr(optional)]
    ttl: Option<i64>,
}

/// The functions of a pipeline.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct PipelineConfig {
    /// The ids of the functions, in the order in which they run.
    #[attr(optional)]
    functions: Option<Vec<String>>,
}

/// The resource type `aws_appsync_resolver`.
pub(crate) struct Resolver {
    aws: Aws,
    /// The schema looked at last: resolvers of one API come one after another. Held only for a look.
    schema: Mutex<Option<(String, Arc<Sdl>)>>,
}

/// Sets the members that creation and update share: an update replaces the whole record.
macro_rules! whole_record {
    ($call:expr, $wanted:expr) => {
        $call
            .api_id(&$wanted.api_id)
            .type_name(&$wanted.r#type)
            .field_name(&$wanted.field)
            .set_data_source_name($wanted.data_source.clone())
            .set_request_mapping_template($wanted.request_template.clone())
            .set_response_mapping_template($wanted.response_template.clone())
            .set_kind($wanted.kind.as_deref().map(ResolverKind::from))
            .set_pipeline_config($wanted.pipeline())
            .set_sync_config($wanted.sync_config.as_ref().map(SyncConfig::to_api))
            .set_caching_config($wanted.caching())
            .set_max_batch_size($wanted.max_batch_size.map(narrow))
            .set_runtime($wanted.runtime.as_ref().map(Runtime::to_api).transpose()?)
            .set_code($wanted.code.clone())
    };
}

impl ResolverModel {
    fn pipeline(&self) -> Option<ApiPipeline> {
        let pipeline = self.pipeline_config.as_ref()?;
        Some(ApiPipeline::builder().set_functions(Some(pipeline.functions.clone().unwrap_or_default())).build())
    }

    fn caching(&self) -> Option<ApiCaching> {
        let caching = self.caching_config.as_ref()?;
        let builder = ApiCaching::builder().set_caching_keys(caching.caching_keys.clone());
        Some(builder.ttl(caching.ttl.unwrap_or_default()).build())
    }

    fn of_api(answer: types::Resolver, known: &Self) -> Self {
        let (ty, field) = (known.r#type.clone(), known.field.clone());
        Self {
            id: Some(format!("{}-{ty}-{field}", known.api_id)),
            api_id: known.api_id.clone(),
            arn: answer.resolver_arn,
            code: text(answer.code),
            data_source: text(answer.data_source_name),
            field,
            kind: Some(answer.kind.map_or_else(|| "UNIT".to_owned(), |kind| kind.as_str().to_owned())),
            max_batch_size: number(answer.max_batch_size),
            request_template: text(answer.request_mapping_template),
            response_template: text(answer.response_mapping_template),
            r#type: ty,
            caching_config: answer.caching_config.map(|caching| CachingConfig {
                caching_keys: caching.caching_keys.filter(|keys| !keys.is_empty()),
                ttl: number(caching.ttl),
            }),
            pipeline_config: answer
                .pipeline_config
                .map(|pipeline| PipelineConfig { functions: pipeline.functions.filter(|ids| !ids.is_empty()) }),
            runtime: answer.runtime.as_ref().map(Runtime::of_api),
            sync_config: answer.sync_config.as_ref().map(SyncConfig::of_api),
        }
    }

    fn import_id(&self) -> String {
        format!("{}-{}-{}", self.api_id, self.r#type, self.field)
    }
}

impl Resolver {
    /// The resource type, calling AWS with the given clients.
    pub(crate) fn new(aws: &Aws) -> Self {
        Self { aws: aws.clone(), schema: Mutex::default() }
    }

    fn parsed(&self, text: &str) -> Arc<Sdl> {
        let mut last = self.schema.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((known, sdl)) = last.as_ref()
            && known == text
        {
            return sdl.clone();
        }
        let sdl = Arc::new(Sdl::parse(text));
        *last = Some((text.to_owned(), sdl.clone()));
        sdl
    }

    async fn find(&self, known: &ResolverModel, run: &Run<'_>) -> OpResult<Option<ResolverModel>> {
        let client = self.aws.appsync(None).await?;
        let answer = self.aws.repeat(run, || async {
            let call = client.get_resolver().api_id(&known.api_id).type_name(&known.r#type).field_name(&known.field);
            call.send().await.map_err(error::from("appsync:GetResolver"))
        });
        let found = error::gone_is_none(answer.await)?.and_then(|answer| answer.resolver);
        Ok(found.map(|resolver| ResolverModel::of_api(resolver, known)))
    }
}

impl ResourceType for Resolver {
    const NAME: &'static str = "aws_appsync_resolver";
    const RECOVERY: Recovery = Recovery::NaturalName;
    type Model = ResolverModel;

    fn schema() -> Schema {
        Schema::new(Self::NAME, ResolverModel::DOC, ResolverModel::block()).import_id("API_ID-TYPE-FIELD")
    }

    fn ordering() -> &'static [Ordering] {
        // A field has one resolver: a new one cannot stand beside the old.
        &[Ordering::DeleteFirst]
    }

    fn beside() -> &'static [&'static str] {
        &["api_id"]
    }

    fn check_beside(&self, wanted: &Value, (ty, api): (&str, &Value), problems: &mut Diagnostics) {
        let text = |value: &Value, name: &str| value.attr(name).as_str().map(str::to_owned);
        let of_api = ty == "aws_appsync_graphql_api";
        let (Some(schema), true) = (text(api, "schema"), of_api) else {
            return;
        };
        if let (Some(ty), Some(field)) = (text(wanted, "type"), text(wanted, "field"))
            && let Some(problem) = cross_check(&self.parsed(&schema), &ty, &field)
        {
            problems.push(problem);
        }
    }

    fn check(&self, wanted: &Value, problems: &mut Diagnostics) {
        check_code(wanted, &["request_template", "response_template"], problems);
        match wanted.attr("kind").as_str() {
            Some("PIPELINE") => check_pipeline(wanted, problems),
            Some("UNIT") => check_unit(wanted, problems),
            _ => {}
        }
    }

    fn permissions(&self, need: Need<'_>) -> Vec<Grant> {
        permissions::RESOLVER.permissions(&self.aws.here(), need)
    }

    async fn read(&self, prior: &ResolverModel, run: &Run<'_>) -> OpResult<Option<ResolverModel>> {
        self.find(prior, run).await
    }

    fn listing(prior: &ResolverModel) -> Option<Listing> {
        Some(Listing::in_pages(format!("{}/{}", prior.api_id, prior.r#type)))
    }

    async fn read_listed(&self, priors: &[ResolverModel], run: &Run<'_>) -> OpResult<Vec<Option<ResolverModel>>> {
        let Some(first) = priors.first() else {
            return Ok(Vec::new());
        };
        let client = self.aws.appsync(None).await?;
        let fields: Vec<String> = priors.iter().map(|prior| prior.field.clone()).collect();
        let page = |next: Option<String>| {
            let call = client.list_resolvers().api_id(&first.api_id).type_name(&first.r#type);
            let call = call.max_results(listing::PAGE).set_next_token(next);
            async move {
                let page = self
                    .aws
                    .repeat(run, || async { call.clone().send().await.map_err(error::from("appsync:ListResolvers")) });
                page.await.map(|page| (page.resolvers.unwrap_or_default(), page.next_token))
            }
        };
        let found = listing::find(&fields, |found: &types::Resolver| found.field_name(), page).await?;
        let told = found.into_iter().zip(priors);
        Ok(told.map(|(found, prior)| found.map(|found| ResolverModel::of_api(found, prior))).collect())
    }

    async fn create(&self, wanted: &ResolverModel, run: &Run<'_>) -> OpResult<ResolverModel> {
        let client = self.aws.appsync(None).await?;
        let _turn = children::turn(&self.aws, &wanted.api_id).await;
        let answer = children::create(&self.aws, run, || async {
            let call = whole_record!(client.create_resolver(), wanted);
            call.send().await.map_err(error::from("appsync:CreateResolver"))
        });
        let answer = answer.await.map_err(|error| children::taken(error, "the resolver", &wanted.import_id()))?;
        let answer = answer.resolver.ok_or_else(|| empty("appsync:CreateResolver"))?;
        let made = ResolverModel::of_api(answer, wanted);
        run.made(&made).await?;
        Ok(made)
    }

    async fn update(&self, prior: &ResolverModel, wanted: &ResolverModel, run: &Run<'_>) -> OpResult<ResolverModel> {
        let client = self.aws.appsync(None).await?;
        let _turn = children::turn(&self.aws, &prior.api_id).await;
        let answer = children::update(&self.aws, run, || async {
            let call = whole_record!(client.update_resolver(), wanted);
            call.send().await.map_err(error::from("appsync:UpdateResolver"))
        });
        let answer = answer.await?.resolver.ok_or_else(|| empty("appsync:UpdateResolver"))?;
        Ok(ResolverModel::of_api(answer, wanted))
    }

    async fn delete(&self, prior: &ResolverModel, run: &Run<'_>) -> OpResult<()> {
        let client = self.aws.appsync(None).await?;
        let _turn = children::turn(&self.aws, &prior.api_id).await;
        let deleted = self.aws.repeat(run, || async {
            let call = client.delete_resolver().api_id(&prior.api_id).type_name(&prior.r#type).field_name(&prior.field);
            call.send().await.map_err(error::from("appsync:DeleteResolver"))
        });
        error::gone_is_done(deleted.await)
    }

    async fn recover(&self, wanted: &ResolverModel, run: &Run<'_>) -> OpResult<Option<ResolverModel>> {
        Ok(self.find(wanted, run).await?.filter(|found| fulfils(found, wanted)))
    }

    fn import(&self, id: &str) -> OpResult<ResolverModel> {
        let parts: Vec<&str> = id.split('-').collect();
        match parts[..] {
            [api_id, ty, field] if parts.iter().all(|part| !part.is_empty()) => Ok(ResolverModel {
                api_id: api_id.to_owned(),
                r#type: ty.to_owned(),
                field: field.to_owned(),
                id: Some(id.to_owned()),
                ..ResolverModel::default()
            }),
            _ => {
                let message = format!("the import id `{id}` is not of the form `API_ID-TYPE-FIELD`");
                Err(OpError::new(ErrorKind::Invalid, Self::NAME, message))
            }
        }
    }
}

/// The most functions that AppSync runs for one field.
const MOST_FUNCTIONS: usize = 10;

fn check_pipeline(wanted: &Value, problems: &mut Diagnostics) {
    if lacking(wanted, "pipeline_config") {
        problems
            .error("Pipeline without functions")
            .on("kind")
            .detail("A resolver of kind `PIPELINE` runs the functions in `pipeline_config`, which is absent.")
            .help("Add a `pipeline_config` block, or remove `kind`.");
    }
    if given(wanted, "data_source") {
        problems
            .error("Pipeline with a data source")
            .on("data_source")
            .detail("In a resolver of kind `PIPELINE` the functions ask data sources, not the resolver.")
            .help("Remove `data_source`, or set `kind` to `UNIT`.");
    }
    let functions =
        wanted.attr("pipeline_config").items().and_then(<[Value]>::first).map(|first| first.attr("functions"));
    let count = functions.as_ref().and_then(Value::items).map_or(0, <[Value]>::len);
    if count > MOST_FUNCTIONS {
        problems
            .error("Too many functions in a pipeline")
            .on("pipeline_config.0.functions")
            .detail(format!("The pipeline has {count} functions; AppSync runs at most {MOST_FUNCTIONS}."))
            .help("Join functions, or move work into a data source.");
    }
}

fn check_unit(wanted: &Value, problems: &mut Diagnostics) {
    if lacking(wanted, "data_source") {
        problems
            .error("Resolver without a data source")
            .on("data_source")
            .detail("A resolver of kind `UNIT`, which is the default, asks a data source; none is given.")
            .help("Set `data_source`, or set `kind` to `PIPELINE` and add a `pipeline_config` block.");
    }
    if given(wanted, "pipeline_config") {
        problems
            .error("Functions outside a pipeline")
            .on("pipeline_config")
            .detail("Only a resolver of kind `PIPELINE` runs functions.")
            .help("Set `kind` to `PIPELINE`, or remove `pipeline_config`.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Settings;

    fn resolver() -> ResolverModel {
        ResolverModel {
            api_id: "api".into(),
            r#type: "Query".into(),
            field: "posts".into(),
            kind: Some("UNIT".into()),
            data_source: Some("posts".into()),
            ..ResolverModel::default()
        }
    }

    fn problems(model: &ResolverModel) -> Vec<String> {
        let mut problems = Diagnostics::new();
        Resolver::new(&Aws::new(Settings::default())).check(&model.to_value(), &mut problems);
        problems.iter().map(|problem| problem.summary.clone()).collect()
    }

    #[test]
    fn members_of_units_and_pipelines_are_not_crossed() {
        let pipeline = |ids: usize| Some(PipelineConfig { functions: Some(vec!["f".into(); ids]) });
        let unit = resolver();
        let chain = ResolverModel {
            kind: Some("PIPELINE".into()),
            data_source: None,
            pipeline_config: pipeline(2),
            ..resolver()
        };
        assert!(problems(&unit).is_empty() && problems(&chain).is_empty());
        assert_eq!(problems(&ResolverModel { data_source: None, ..unit.clone() }), ["Resolver without a data source"]);
        assert_eq!(problems(&ResolverModel { pipeline_config: pipeline(1), ..unit }), ["Functions outside a pipeline"]);
        assert_eq!(problems(&ResolverModel { pipeline_config: None, ..chain.clone() }), ["Pipeline without functions"]);
        assert_eq!(
            problems(&ResolverModel { data_source: Some("d".into()), ..chain.clone() }),
            ["Pipeline with a data source"]
        );
        assert_eq!(
            problems(&ResolverModel { pipeline_config: pipeline(11), ..chain }),
            ["Too many functions in a pipeline"]
        );
    }

    #[test]
    fn code_comes_with_its_runtime_and_without_templates() {
        let with_code = ResolverModel { code: Some("export".into()), runtime: Some(Runtime::default()), ..resolver() };
        assert!(problems(&with_code).is_empty());
        assert_eq!(problems(&ResolverModel { runtime: None, ..with_code.clone() }), ["Code without a runtime"]);
        assert_eq!(problems(&ResolverModel { code: None, ..with_code.clone() }), ["Runtime without code"]);
        let both = ResolverModel { request_template: Some("{}".into()), ..with_code };
        assert_eq!(problems(&both), ["Code and mapping templates together"]);
    }

    #[test]
    fn what_appsync_answers_for_nothing_reads_as_absent() {
        let answer =
            types::Resolver::builder().data_source_name("posts").request_mapping_template("").max_batch_size(0).build();
        let model = ResolverModel::of_api(answer, &resolver());
        assert_eq!(model.id.as_deref(), Some("api-Query-posts"));
        assert_eq!((model.request_template.as_ref(), model.max_batch_size), (None, None));
        assert!(fulfils(&model, &resolver()));
        assert!(!fulfils(&ResolverModel { code: Some("other".into()), ..model }, &resolver()));
    }

    #[test]
    fn an_import_id_has_three_parts() {
        let types = Resolver::new(&Aws::new(Settings::default()));
        let model = types.import("abc-Query-list_posts").unwrap();
        assert_eq!(
            (model.api_id.as_str(), model.r#type.as_str(), model.field.as_str()),
            ("abc", "Query", "list_posts")
        );
        assert!(types.import("abc-Query").is_err() && types.import("abc--x").is_err());
    }
}
