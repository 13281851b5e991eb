//! What a function is like now, as a model.

use std::collections::BTreeMap;

use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use aws_sdk_lambda::types::{self as sdk, FunctionConfiguration};

use super::schema::{
    CapacityProvider, DeadLetter, Durable, Environment, EphemeralStorage, FileSystem, FunctionModel, Image, Logging,
    ManagedInstances, SnapStart, Tenancy, Tracing, Vpc,
};
use crate::aws::members::text;
use crate::aws::tags;

/// What other calls than GetFunction told.
#[derive(Clone, Debug, Default)]
pub(super) struct Besides {
    /// The newest published version, where versions were asked for.
    pub(super) version: Option<String>,
    /// The code signing configuration.
    pub(super) code_signing_config_arn: Option<String>,
}

/// The model of GetFunction's answer. What AWS does not give back is taken from `prior`, as is how an empty block was
/// written.
pub(super) fn model(answer: &GetFunctionOutput, prior: &FunctionModel, besides: Besides) -> Option<FunctionModel> {
    let live = answer.configuration()?;
    let arn = text(live.function_arn()).unwrap_or_default();
    let version = besides.version.unwrap_or_else(|| "$LATEST".into());
    let qualified_arn = format!("{arn}:{version}");
    let code = answer.code();
    let concurrency = answer.concurrency().and_then(sdk::Concurrency::reserved_concurrent_executions);
    Some(FunctionModel {
        function_name: prior.function_name.clone(),
        role: live.role().unwrap_or_default().to_owned(),
        filename: prior.filename.clone(),
        handler: text(live.handler()),
        runtime: text(live.runtime().map(sdk::Runtime::as_str)),
        memory_size: live.memory_size().map_or(128, i64::from),
        timeout: live.timeout().map_or(3, i64::from),
        description: text(live.description()),
        architectures: architectures(live, prior),
        layers: live.layers().iter().filter_map(|layer| text(layer.arn())).collect(),
        package_type: live.package_type().map_or("Zip", sdk::PackageType::as_str).to_owned(),
        image_uri: text(code.and_then(|code| code.image_uri())).or_else(|| prior.image_uri.clone()),
        s3_bucket: prior.s3_bucket.clone(),
        s3_key: prior.s3_key.clone(),
        s3_object_version: prior.s3_object_version.clone(),
        source_kms_key_arn: text(code.and_then(|code| code.source_kms_key_arn()))
            .or_else(|| prior.source_kms_key_arn.clone()),
        source_code_hash: prior.source_code_hash.clone().or_else(|| text(live.code_sha256())),
        code_sha256: text(live.code_sha256()),
        source_code_size: Some(live.code_size()),
        publish: prior.publish,
        publish_to: prior.publish_to.clone(),
        reserved_concurrent_executions: concurrency.map_or(-1, i64::from),
        kms_key_arn: text(live.kms_key_arn()),
        code_signing_config_arn: besides.code_signing_config_arn,
        replace_security_groups_on_destroy: prior.replace_security_groups_on_destroy,
        replacement_security_group_ids: prior.replacement_security_group_ids.clone(),
        skip_destroy: prior.skip_destroy,
        use_resource_timeout_for_propagation: prior.use_resource_timeout_for_propagation,
        tags: BTreeMap::new(),
        tags_all: tags_all(answer, prior),
        id: Some(prior.id.clone().unwrap_or_else(|| prior.function_name.clone())),
        invoke_arn: invoke_arn(&arn),
        response_streaming_invoke_arn: gateway_arn(&arn, "2021-11-15", "response-streaming-invocations"),
        qualified_invoke_arn: invoke_arn(&qualified_arn),
        arn: Some(arn),
        qualified_arn: Some(qualified_arn),
        version: Some(version),
        last_modified: text(live.last_modified()),
        signing_job_arn: text(live.signing_job_arn()),
        signing_profile_version_arn: text(live.signing_profile_version_arn()),
        capacity_provider_config: capacity_provider(live),
        dead_letter_config: dead_letter(live),
        durable_config: durable(live),
        environment: environment(live, prior),
        ephemeral_storage: ephemeral_storage(live, prior),
        file_system_config: file_system(live),
        image_config: image(live, prior),
        logging_config: logging(live, prior),
        snap_start: snap_start(live, prior),
        tenancy_config: live
            .tenancy_config()
            .map(|block| Tenancy { tenant_isolation_mode: block.tenant_isolation_mode().as_str().to_owned() }),
        tracing_config: tracing(live, prior),
        vpc_config: vpc(live, prior),
    })
}

/// The ARN under which API Gateway calls a function.
fn invoke_arn(function: &str) -> Option<String> {
    gateway_arn(function, "2015-03-31", "invocations")
}

fn gateway_arn(function: &str, version: &str, call: &str) -> Option<String> {
    let mut parts = function.split(':');
    let (partition, region) = (parts.nth(1)?, parts.nth(1)?);
    Some(format!("arn:{partition}:apigateway:{region}:lambda:path/{version}/functions/{function}/{call}"))
}

fn tags_all(answer: &GetFunctionOutput, prior: &FunctionModel) -> BTreeMap<String, String> {
    // The caller may read the function but not its tags: AWS says so in the answer.
    if answer.tags_error().is_some() {
        return prior.tags_all.clone();
    }
    tags::readable(answer.tags().into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())))
}

fn architectures(live: &FunctionConfiguration, prior: &FunctionModel) -> Vec<String> {
    let named: Vec<String> = live.architectures().iter().map(|name| name.as_str().to_owned()).collect();
    // AWS always names one, so an answer without is from a server that does not keep it.
    if named.is_empty() { prior.architectures.clone() } else { named }
}

fn capacity_provider(live: &FunctionConfiguration) -> Option<CapacityProvider> {
    let block = live.capacity_provider_config()?.lambda_managed_instances_capacity_provider_config()?;
    #[expect(clippy::cast_possible_truncation, reason = "a number from 2 to 8")]
    let memory = block.execution_environment_memory_gib_per_v_cpu().map(|memory| memory.round() as i64);
    Some(CapacityProvider {
        lambda_managed_instances_capacity_provider_config: Some(ManagedInstances {
            capacity_provider_arn: block.capacity_provider_arn().to_owned(),
            execution_environment_memory_gib_per_vcpu: memory,
            per_execution_environment_max_concurrency: block.per_execution_environment_max_concurrency().map(i64::from),
        }),
    })
}

fn dead_letter(live: &FunctionConfiguration) -> Option<DeadLetter> {
    Some(DeadLetter { target_arn: text(live.dead_letter_config()?.target_arn())? })
}

fn durable(live: &FunctionConfiguration) -> Option<Durable> {
    let block = live.durable_config()?;
    Some(Durable {
        execution_timeout: i64::from(block.execution_timeout()?),
        retention_period: block.retention_period_in_days().map_or(14, i64::from),
    })
}

fn environment(live: &FunctionConfiguration, prior: &FunctionModel) -> Option<Environment> {
    let variables: BTreeMap<String, String> = live
        .environment()
        .and_then(|environment| environment.variables())
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if !variables.is_empty() {
        return Some(Environment { variables });
    }
    prior.environment.as_ref().map(|_| Environment::default())
}

fn ephemeral_storage(live: &FunctionConfiguration, prior: &FunctionModel) -> Option<EphemeralStorage> {
    // AWS always tells the size.
    let size = live.ephemeral_storage().map(|block| EphemeralStorage { size: Some(i64::from(block.size())) });
    size.or_else(|| prior.ephemeral_storage.clone())
}

fn file_system(live: &FunctionConfiguration) -> Option<FileSystem> {
    let block = live.file_system_configs().first()?;
    Some(FileSystem { arn: block.arn().to_owned(), local_mount_path: block.local_mount_path().to_owned() })
}

fn image(live: &FunctionConfiguration, prior: &FunctionModel) -> Option<Image> {
    let found = live.image_config_response().and_then(|response| response.image_config()).map(|block| Image {
        command: block.command().to_vec(),
        entry_point: block.entry_point().to_vec(),
        working_directory: text(block.working_directory()),
    });
    match found.filter(|block| *block != Image::default()) {
        Some(block) => Some(block),
        None => prior.image_config.as_ref().map(|_| Image::default()),
    }
}

fn logging(live: &FunctionConfiguration, prior: &FunctionModel) -> Option<Logging> {
    // AWS always tells how a function logs.
    let Some(block) = live.logging_config() else { return prior.logging_config.clone() };
    let before = prior.logging_config.as_ref();
    // A level that was not asked for reads as INFO.
    let level = |found: Option<&str>, before: Option<&String>| match found {
        Some("INFO") if before.is_none_or(String::is_empty) => None,
        other => text(other),
    };
    Some(Logging {
        log_format: block.log_format().map_or("Text", sdk::LogFormat::as_str).to_owned(),
        application_log_level: level(
            block.application_log_level().map(sdk::ApplicationLogLevel::as_str),
            before.and_then(|block| block.application_log_level.as_ref()),
        ),
        system_log_level: level(
            block.system_log_level().map(sdk::SystemLogLevel::as_str),
            before.and_then(|block| block.system_log_level.as_ref()),
        ),
        log_group: text(block.log_group()),
    })
}

fn snap_start(live: &FunctionConfiguration, prior: &FunctionModel) -> Option<SnapStart> {
    let apply_on = live.snap_start().and_then(|block| block.apply_on()).map_or("None", sdk::SnapStartApplyOn::as_str);
    if apply_on == "None" && prior.snap_start.is_none() {
        return None;
    }
    let status = live.snap_start().and_then(|block| block.optimization_status());
    Some(SnapStart {
        apply_on: apply_on.to_owned(),
        optimization_status: Some(status.map_or("Off", sdk::SnapStartOptimizationStatus::as_str).to_owned()),
    })
}

fn tracing(live: &FunctionConfiguration, prior: &FunctionModel) -> Option<Tracing> {
    // AWS always tells the mode.
    let mode = live.tracing_config().and_then(|block| block.mode());
    mode.map(|mode| Tracing { mode: mode.as_str().to_owned() }).or_else(|| prior.tracing_config.clone())
}

fn vpc(live: &FunctionConfiguration, prior: &FunctionModel) -> Option<Vpc> {
    let found = live.vpc_config().map(|block| Vpc {
        ipv6_allowed_for_dual_stack: block.ipv6_allowed_for_dual_stack().unwrap_or_default(),
        security_group_ids: block.security_group_ids().to_vec(),
        subnet_ids: block.subnet_ids().to_vec(),
        vpc_id: Some(block.vpc_id().unwrap_or_default().to_owned()),
    });
    // A function that left its network keeps an empty one.
    match found.filter(|vpc| !vpc.subnet_ids.is_empty() || !vpc.security_group_ids.is_empty()) {
        Some(vpc) => Some(vpc),
        None => prior.vpc_config.as_ref().map(|_| Vpc { vpc_id: Some(String::new()), ..Vpc::default() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(
        change: impl FnOnce(sdk::builders::FunctionConfigurationBuilder) -> FunctionConfiguration,
    ) -> FunctionModel {
        with_prior(change, &FunctionModel { function_name: "posts".into(), ..FunctionModel::default() })
    }

    fn with_prior(
        change: impl FnOnce(sdk::builders::FunctionConfigurationBuilder) -> FunctionConfiguration,
        prior: &FunctionModel,
    ) -> FunctionModel {
        let live = FunctionConfiguration::builder()
            .function_arn("arn:aws-cn:lambda:cn-north-1:123456789012:function:posts")
            .code_sha256("c2hh");
        let output = GetFunctionOutput::builder().configuration(change(live)).tags("recon:token", "t").tags("a", "1");
        model(&output.build(), prior, Besides::default()).unwrap()
    }

    #[test]
    fn arns_follow_from_the_functions_own() {
        let found = answer(|live| live.build());
        let function = "arn:aws-cn:lambda:cn-north-1:123456789012:function:posts";
        let gateway = "arn:aws-cn:apigateway:cn-north-1:lambda:path";
        assert_eq!(found.invoke_arn, Some(format!("{gateway}/2015-03-31/functions/{function}/invocations")));
        assert_eq!(
            found.response_streaming_invoke_arn,
            Some(format!("{gateway}/2021-11-15/functions/{function}/response-streaming-invocations"))
        );
        assert_eq!(found.qualified_arn, Some(format!("{function}:$LATEST")));
        assert_eq!(found.tags_all, BTreeMap::from([("a".to_owned(), "1".to_owned())]));
    }

    #[test]
    fn nothing_declared_reads_as_nothing() {
        let found = answer(|live| {
            live.dead_letter_config(sdk::DeadLetterConfig::builder().target_arn("").build())
                .environment(sdk::EnvironmentResponse::builder().set_variables(Some([].into())).build())
                .snap_start(sdk::SnapStartResponse::builder().apply_on(sdk::SnapStartApplyOn::None).build())
                .vpc_config(sdk::VpcConfigResponse::builder().vpc_id("").build())
                .description("")
                .build()
        });
        assert_eq!((found.dead_letter_config, found.environment, found.snap_start), (None, None, None));
        assert_eq!((found.vpc_config, found.description), (None, None));
        assert_eq!((found.memory_size, found.timeout, found.reserved_concurrent_executions), (128, 3, -1));
    }

    #[test]
    fn an_empty_block_stays_as_it_was_written() {
        let prior = FunctionModel {
            environment: Some(Environment::default()),
            image_config: Some(Image::default()),
            vpc_config: Some(Vpc::default()),
            ..FunctionModel::default()
        };
        let found = with_prior(|live| live.build(), &prior);
        assert_eq!((found.environment, found.image_config), (prior.environment, prior.image_config));
        assert!(found.vpc_config.is_some());
    }

    #[test]
    fn a_log_level_that_nobody_asked_for_is_no_drift() {
        let json = |live: sdk::builders::FunctionConfigurationBuilder| {
            let logging = sdk::LoggingConfig::builder().log_format(sdk::LogFormat::Json).log_group("/aws/lambda/posts");
            live.logging_config(logging.application_log_level("INFO".into()).system_log_level("WARN".into()).build())
                .build()
        };
        let found = answer(json).logging_config.unwrap();
        assert_eq!((found.application_log_level, found.system_log_level.as_deref()), (None, Some("WARN")));
        let prior = FunctionModel {
            logging_config: Some(Logging { application_log_level: Some("DEBUG".into()), ..Logging::default() }),
            ..FunctionModel::default()
        };
        assert_eq!(with_prior(json, &prior).logging_config.unwrap().application_log_level.as_deref(), Some("INFO"));
    }

    #[test]
    fn the_hash_that_was_given_stays_and_the_live_one_shows_drift() {
        let prior = FunctionModel { source_code_hash: Some("mine".into()), ..FunctionModel::default() };
        let found = with_prior(|live| live.build(), &prior);
        assert_eq!((found.source_code_hash.as_deref(), found.code_sha256.as_deref()), (Some("mine"), Some("c2hh")));
    }
}
