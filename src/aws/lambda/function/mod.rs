//! `aws_lambda_function`.

mod calls;
mod code;
mod observed;
mod permissions;
mod request;
mod rules;
mod schema;

use std::time::Duration;

use aws_sdk_lambda::operation::create_function::CreateFunctionOutput;
use aws_sdk_lambda::types::State;

use self::observed::Besides;
use self::schema::FunctionModel;
use super::names::FunctionName;
use crate::aws::members::given;
use crate::aws::{Aws, error};
use crate::diagnostic::Diagnostics;
use crate::resource::{
    ErrorKind, Grant, Model, Need, OpError, OpResult, Operation, Ordering, Planning, Recovery, ResourceType, Run,
};
use crate::schema::Schema;
use crate::value::{Path, Type, Value};

/// What UpdateFunctionConfiguration changes.
const CONFIGURATION: &[&str] = &[
    "role",
    "handler",
    "runtime",
    "memory_size",
    "timeout",
    "description",
    "kms_key_arn",
    "layers",
    "dead_letter_config",
    "environment",
    "ephemeral_storage",
    "file_system_config",
    "image_config",
    "logging_config",
    "snap_start",
    "tracing_config",
    "vpc_config",
    "capacity_provider_config",
    "durable_config",
];

/// Lambda functions.
pub(crate) struct Function {
    aws: Aws,
}

impl Function {
    /// Functions of a provider configuration.
    pub(crate) fn new(aws: &Aws) -> Self {
        Self { aws: aws.clone() }
    }
}

impl ResourceType for Function {
    const NAME: &'static str = "aws_lambda_function";
    const RECOVERY: Recovery = Recovery::NaturalName;
    type Model = FunctionModel;

    fn schema() -> Schema {
        Schema::new(Self::NAME, Self::Model::DOC, Self::Model::block())
            .timeouts(&["create", "update", "delete"])
            .import_id("FUNCTION_NAME")
    }

    fn ordering() -> &'static [Ordering] {
        &[
            Ordering::AfterSiblings { mine: "role", ty: "aws_iam_role_policy", theirs: "role" },
            Ordering::AfterSiblings { mine: "role", ty: "aws_iam_role_policy_attachment", theirs: "role" },
        ]
    }

    fn check(&self, wanted: &Value, problems: &mut Diagnostics) {
        rules::check(wanted, problems);
    }

    fn plan(&self, planning: &mut Planning<'_>, problems: &mut Diagnostics) {
        rules::check_runtime(planning, problems);
        code::plan(planning, problems);
        if planning.is_create() {
            return;
        }
        plan_replacements(planning);
        plan_followers(planning);
    }

    fn permissions(&self, need: Need<'_>) -> Vec<Grant> {
        permissions::function(&self.aws.here(), need)
    }

    fn arn_of(&self, wanted: &Value) -> Option<String> {
        let name = wanted.attr("function_name");
        name.as_str().map(|_| super::permissions::arn(&self.aws.here(), &name))
    }

    async fn read(&self, prior: &FunctionModel, run: &Run<'_>) -> OpResult<Option<FunctionModel>> {
        let place = self.place(prior).await?;
        let Some(answer) = error::gone_is_none(place.get(run, None).await)? else {
            return Ok(None);
        };
        let besides = place.besides(run, prior, &answer).await?;
        Ok(observed::model(&answer, prior, besides))
    }

    async fn create(&self, wanted: &FunctionModel, run: &Run<'_>) -> OpResult<FunctionModel> {
        let place = self.place(wanted).await?;
        let code = code::read(wanted, &self.aws.settings().folder).await?;
        let _turn = self.aws.queues().enter(&place.queue()).await;
        let input = request::create(wanted, code, run.token());
        let made = place
            .patiently(run, wanted, Operation::Create, || {
                let call = input.clone().send_with(&place.client);
                async { call.await.map_err(error::from("lambda:CreateFunction")) }
            })
            .await;
        let made = match made {
            Ok(made) => made,
            Err(error) if already_exists(&error) => place.settle_conflict(run, wanted, error).await?,
            Err(error) => return Err(error),
        };
        run.made(&partial(wanted, &made)).await?;
        let limit = run.timeout(Operation::Create, CREATE_TIMEOUT);
        if made.state() == Some(&State::Pending) {
            tokio::time::sleep(calls::SETTLES).await;
        }
        let answer = place.settled(run, limit, None, None).await?;
        if wanted.reserved_concurrent_executions >= 0 {
            place.put_concurrency(run, wanted.reserved_concurrent_executions).await?;
        }
        let mut besides = Besides { version: None, code_signing_config_arn: given(&wanted.code_signing_config_arn) };
        if wanted.publish {
            besides.version = match first_version(&made) {
                Some(version) => Some(version),
                None => place.newest_version(run).await?,
            };
        }
        written(observed::model(&answer, wanted, besides), wanted)
    }

    async fn update(&self, prior: &FunctionModel, wanted: &FunctionModel, run: &Run<'_>) -> OpResult<FunctionModel> {
        let place = self.place(prior).await?;
        let limit = run.timeout(Operation::Update, UPDATE_TIMEOUT);
        let code = match code::changes(prior, wanted) {
            true => Some(code::read(wanted, &self.aws.settings().folder).await?),
            false => None,
        };
        let _turn = self.aws.queues().enter(&place.queue()).await;
        place.update_code_signing(run, prior, wanted).await?;
        let configuration = request::configuration(prior, wanted);
        let is_new = code.is_some() || configuration.is_some();
        if let Some(input) = configuration {
            place.update_configuration(run, wanted, input, limit).await?;
        }
        if let Some(code) = code {
            place.update_code(run, wanted, request::update_code(prior, wanted, code), limit).await?;
        }
        if prior.reserved_concurrent_executions != wanted.reserved_concurrent_executions {
            place.put_concurrency(run, wanted.reserved_concurrent_executions).await?;
        }
        let is_elsewhere = given(&wanted.publish_to) != given(&prior.publish_to);
        let published = match wanted.publish && (is_new || !prior.publish || is_elsewhere) {
            true => Some(place.publish(run, wanted, limit).await?),
            false => None,
        };
        place.update_tags(run, prior, wanted).await?;
        let answer = place.get(run, None).await?;
        let mut besides = place.besides(run, wanted, &answer).await?;
        besides.version = published.or(besides.version);
        written(observed::model(&answer, wanted, besides), wanted)
    }

    async fn delete(&self, prior: &FunctionModel, run: &Run<'_>) -> OpResult<()> {
        if prior.skip_destroy {
            run.note(format!("the function `{}` stays in AWS: skip_destroy is set", prior.function_name));
            return Ok(());
        }
        let place = self.place(prior).await?;
        let limit = run.timeout(Operation::Delete, DELETE_TIMEOUT);
        let _turn = self.aws.queues().enter(&place.queue()).await;
        if prior.durable_config.is_some() {
            place.stop_durable_executions(run, limit).await?;
        }
        if prior.vpc_config.as_ref().is_some_and(|vpc| !vpc.subnet_ids.is_empty()) {
            place.release_network(run, prior, limit).await?;
        }
        place.delete(run, limit).await
    }

    async fn recover(&self, wanted: &FunctionModel, run: &Run<'_>) -> OpResult<Option<FunctionModel>> {
        let place = self.place(wanted).await?;
        let Some(answer) = error::gone_is_none(place.get(run, None).await)? else {
            return Ok(None);
        };
        if !calls::is_made_by(&answer, run) {
            return Ok(None);
        }
        // Versions are listed for a function that publishes or is not known yet, such as this one.
        let unknown = FunctionModel { arn: None, ..wanted.clone() };
        let besides = place.besides(run, &unknown, &answer).await?;
        Ok(observed::model(&answer, wanted, besides))
    }

    fn import(&self, name: &str) -> OpResult<FunctionModel> {
        if FunctionName::parse(name).name.is_empty() || name.contains('/') {
            let message = format!("`{name}` is not the name of a function");
            return Err(OpError::new(ErrorKind::Invalid, "import", message).help("Import it by its name or its ARN."));
        }
        Ok(FunctionModel { function_name: name.to_owned(), id: Some(name.to_owned()), ..FunctionModel::default() })
    }
}

const CREATE_TIMEOUT: Duration = Duration::from_secs(600);
const UPDATE_TIMEOUT: Duration = Duration::from_secs(600);
const DELETE_TIMEOUT: Duration = Duration::from_secs(600);

/// A durable configuration comes or goes only with a new function, and no call takes a function off its capacity provider;
/// a change of either does not need a new one.
fn plan_replacements(planning: &mut Planning<'_>) {
    let is_there = |value: &Value| value.items().map(|blocks| !blocks.is_empty());
    for (name, may_come) in [("durable_config", false), ("capacity_provider_config", true)] {
        let before = planning.prior.and_then(|prior| is_there(&prior.attr(name)));
        let after = is_there(&planning.planned().attr(name));
        if let (Some(before), Some(after)) = (before, after)
            && before != after
            && !(after && may_come)
        {
            planning.require_replace(name);
        }
    }
}

/// Makes unknown what follows a change of code or configuration.
fn plan_followers(planning: &mut Planning<'_>) {
    let code = code::is_planned_to_change(planning);
    let configuration = CONFIGURATION.iter().any(|name| planning.changes(name));
    if code {
        planning.set_unknown("source_code_size", Type::Number);
        planning.set_unknown("signing_job_arn", Type::String);
        planning.set_unknown("signing_profile_version_arn", Type::String);
    }
    if code || configuration {
        planning.set_unknown("last_modified", Type::String);
        planning.set_at(&Path::from("snap_start.0.optimization_status"), &Value::unknown(Type::String));
    }
    if planning.changes("vpc_config") {
        planning.set_at(&Path::from("vpc_config.0.vpc_id"), &Value::unknown(Type::String));
    }
    let publishes = planning.planned().attr("publish").as_bool() != Some(false);
    if publishes && (code || configuration || planning.changes("publish") || planning.changes("publish_to")) {
        for name in ["version", "qualified_arn", "qualified_invoke_arn"] {
            planning.set_unknown(name, Type::String);
        }
    }
}

/// The ARN without a version.
fn bare_arn(made: &CreateFunctionOutput) -> Option<String> {
    made.function_arn().map(|arn| arn.split(':').take(7).collect::<Vec<_>>().join(":"))
}

/// The version that a creation published.
fn first_version(made: &CreateFunctionOutput) -> Option<String> {
    made.version().filter(|version| version.parse::<u64>().is_ok()).map(str::to_owned)
}

/// What is known of a function as soon as it exists.
fn partial(wanted: &FunctionModel, made: &CreateFunctionOutput) -> FunctionModel {
    FunctionModel {
        id: Some(wanted.function_name.clone()),
        arn: bare_arn(made),
        code_sha256: made.code_sha256().map(str::to_owned),
        ..wanted.clone()
    }
}

/// The model after a write. Tags and concurrency are those that were written: they are no part of the configuration whose
/// last change is waited for, and reads of them may lag behind.
fn written(model: Option<FunctionModel>, wanted: &FunctionModel) -> OpResult<FunctionModel> {
    let model = model.ok_or_else(|| {
        OpError::new(ErrorKind::Service, "lambda:GetFunction", "the answer has no configuration of the function")
    })?;
    let reserved_concurrent_executions = wanted.reserved_concurrent_executions;
    Ok(FunctionModel { tags_all: wanted.tags_all.clone(), reserved_concurrent_executions, ..model })
}

fn already_exists(error: &OpError) -> bool {
    error.kind == ErrorKind::Conflict && error.message.to_lowercase().contains("already exist")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_call_changes_makes_a_new_function() {
        let function = |durable: usize, capacity: usize| {
            let blocks = |count| Value::tuple(vec![Value::object_of([]); count]);
            Value::object_of([("durable_config", blocks(durable)), ("capacity_provider_config", blocks(capacity))])
        };
        let replaced = |prior: Value, wanted: Value| {
            let folder = std::path::Path::new(".");
            let mut planning =
                Planning::new(&wanted, Some(&prior), wanted.clone(), jiff::Timestamp::UNIX_EPOCH, folder);
            plan_replacements(&mut planning);
            planning.finish().1.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(replaced(function(0, 0), function(1, 0)), ["durable_config"]);
        assert_eq!(replaced(function(1, 1), function(0, 0)), ["durable_config", "capacity_provider_config"]);
        assert!(replaced(function(1, 0), function(1, 1)).is_empty(), "a function can be put on a capacity provider");
    }
}
