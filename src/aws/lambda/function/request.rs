//! What is sent to make and to change a function.

use aws_sdk_lambda::operation::create_function::builders::CreateFunctionInputBuilder;
use aws_sdk_lambda::operation::update_function_code::builders::UpdateFunctionCodeInputBuilder;
use aws_sdk_lambda::operation::update_function_configuration::builders::UpdateFunctionConfigurationInputBuilder;
use aws_sdk_lambda::types::{
    self as sdk, Architecture, FunctionCode, FunctionVersionLatestPublished, LogFormat, PackageType, Runtime,
    TenantIsolationMode, TracingMode,
};

use super::schema::{Environment, FunctionModel, Image, Logging, Vpc};
use crate::aws::members::{given, narrow};
use crate::aws::tags;
use crate::resource::Token;

const BOTH_SET: &str = "all required members are set";

/// A creation with its code, marked as made by the creation with this token.
pub(super) fn create(wanted: &FunctionModel, code: FunctionCode, token: &Token) -> CreateFunctionInputBuilder {
    let zip = wanted.package_type != "Image";
    let mut input = CreateFunctionInputBuilder::default()
        .function_name(&wanted.function_name)
        .role(&wanted.role)
        .code(code)
        .package_type(PackageType::from(wanted.package_type.as_str()))
        .set_handler(given(&wanted.handler).filter(|_| zip))
        .set_runtime(given(&wanted.runtime).filter(|_| zip).map(|name| Runtime::from(name.as_str())))
        .memory_size(narrow(wanted.memory_size))
        .timeout(narrow(wanted.timeout))
        .set_description(given(&wanted.description))
        .set_kms_key_arn(given(&wanted.kms_key_arn))
        .set_code_signing_config_arn(given(&wanted.code_signing_config_arn))
        .set_publish_to(given(&wanted.publish_to).map(|to| FunctionVersionLatestPublished::from(to.as_str())))
        .publish(wanted.publish)
        .set_architectures(architectures(wanted))
        .set_layers(Some(wanted.layers.clone()).filter(|layers| !layers.is_empty()))
        .set_image_config(wanted.image_config.as_ref().map(image_config))
        .set_ephemeral_storage(ephemeral_storage(wanted))
        .set_logging_config(wanted.logging_config.as_ref().map(logging_config))
        .set_tracing_config(tracing_config(wanted))
        .set_snap_start(wanted.snap_start.as_ref().map(|block| snap_start(&block.apply_on)))
        .set_capacity_provider_config(capacity_provider_config(wanted))
        .set_durable_config(durable_config(wanted))
        .set_vpc_config(wanted.vpc_config.as_ref().map(|vpc| vpc_config(Some(vpc))))
        .set_file_system_configs(wanted.file_system_config.as_ref().map(|_| file_system_configs(wanted)))
        .set_tenancy_config(tenancy_config(wanted));
    if let Some(dead_letter) = &wanted.dead_letter_config {
        input = input.dead_letter_config(dead_letter_config(&dead_letter.target_arn));
    }
    if !variables(wanted).is_empty() {
        input = input.environment(environment(wanted));
    }
    for (name, value) in &wanted.tags_all {
        input = input.tags(name, value);
    }
    input.tags(tags::OWNERSHIP, token.as_str())
}

/// What UpdateFunctionConfiguration has to change, or `None`. An omitted member keeps what it is, so only changes are
/// sent, each as a whole; what is gone from the configuration is cleared with an empty value.
pub(super) fn configuration(
    prior: &FunctionModel,
    wanted: &FunctionModel,
) -> Option<UpdateFunctionConfigurationInputBuilder> {
    let mut input = UpdateFunctionConfigurationInputBuilder::default().function_name(&wanted.function_name);
    let mut changed = false;
    let mut differs = |differs: bool| {
        changed |= differs;
        differs
    };
    if differs(prior.role != wanted.role) {
        input = input.role(&wanted.role);
    }
    if differs(given(&prior.handler) != given(&wanted.handler)) {
        input = input.set_handler(given(&wanted.handler));
    }
    if differs(given(&prior.runtime) != given(&wanted.runtime)) {
        input = input.set_runtime(given(&wanted.runtime).map(|name| Runtime::from(name.as_str())));
    }
    if differs(prior.memory_size != wanted.memory_size) {
        input = input.memory_size(narrow(wanted.memory_size));
    }
    if differs(prior.timeout != wanted.timeout) {
        input = input.timeout(narrow(wanted.timeout));
    }
    if differs(given(&prior.description) != given(&wanted.description)) {
        input = input.description(wanted.description.clone().unwrap_or_default());
    }
    let key_changed = differs(given(&prior.kms_key_arn) != given(&wanted.kms_key_arn));
    if key_changed {
        input = input.kms_key_arn(wanted.kms_key_arn.clone().unwrap_or_default());
    }
    // Variables are encrypted when they are written, so a new key takes effect only with them.
    if differs(variables(prior) != variables(wanted)) || key_changed {
        input = input.environment(environment(wanted));
    }
    if differs(prior.layers != wanted.layers) {
        input = input.set_layers(Some(wanted.layers.clone()));
    }
    if differs(dead_letter(prior) != dead_letter(wanted)) {
        input = input.dead_letter_config(dead_letter_config(dead_letter(wanted)));
    }
    if differs(ephemeral_storage(prior) != ephemeral_storage(wanted)) {
        input = input.set_ephemeral_storage(ephemeral_storage(wanted));
    }
    if differs(file_system_configs(prior) != file_system_configs(wanted)) {
        input = input.set_file_system_configs(Some(file_system_configs(wanted)));
    }
    let no_image = Image::default();
    let image = |model: &FunctionModel| image_config(model.image_config.as_ref().unwrap_or(&no_image));
    if differs(image(prior) != image(wanted)) {
        input = input.image_config(image(wanted));
    }
    if let Some(logging) = &wanted.logging_config
        && differs(prior.logging_config.as_ref() != Some(logging))
    {
        input = input.logging_config(logging_config(logging));
    }
    if differs(applied_on(prior) != applied_on(wanted)) {
        input = input.snap_start(snap_start(applied_on(wanted)));
    }
    if differs(tracing_config(prior) != tracing_config(wanted)) {
        input = input.set_tracing_config(tracing_config(wanted));
    }
    if differs(network(prior) != network(wanted)) {
        input = input.vpc_config(vpc_config(wanted.vpc_config.as_ref()));
    }
    if differs(capacity_provider_config(prior) != capacity_provider_config(wanted)) {
        input = input.set_capacity_provider_config(capacity_provider_config(wanted));
    }
    if differs(durable_config(prior) != durable_config(wanted)) {
        input = input.set_durable_config(durable_config(wanted));
    }
    changed.then_some(input)
}

/// A change that takes a function out of its network, or puts it under other security groups.
pub(super) fn release_network(prior: &FunctionModel) -> UpdateFunctionConfigurationInputBuilder {
    let replaced = prior
        .vpc_config
        .as_ref()
        .filter(|_| prior.replace_security_groups_on_destroy)
        .map(|vpc| Vpc { security_group_ids: prior.replacement_security_group_ids.clone(), ..vpc.clone() });
    UpdateFunctionConfigurationInputBuilder::default()
        .function_name(&prior.function_name)
        .vpc_config(vpc_config(replaced.as_ref()))
}

/// A change of the code, with the instruction set that it is for.
pub(super) fn update_code(
    prior: &FunctionModel,
    wanted: &FunctionModel,
    code: FunctionCode,
) -> UpdateFunctionCodeInputBuilder {
    UpdateFunctionCodeInputBuilder::default()
        .function_name(&wanted.function_name)
        .set_zip_file(code.zip_file)
        .set_s3_bucket(code.s3_bucket)
        .set_s3_key(code.s3_key)
        .set_s3_object_version(code.s3_object_version)
        .set_image_uri(code.image_uri)
        .set_source_kms_key_arn(code.source_kms_key_arn)
        .set_architectures(architectures(wanted).filter(|_| prior.architectures != wanted.architectures))
}

/// The code of a function that is in S3 or ECR.
pub(super) fn remote_code(wanted: &FunctionModel) -> FunctionCode {
    FunctionCode::builder()
        .set_s3_bucket(given(&wanted.s3_bucket))
        .set_s3_key(given(&wanted.s3_key))
        .set_s3_object_version(given(&wanted.s3_object_version))
        .set_image_uri(given(&wanted.image_uri))
        .set_source_kms_key_arn(given(&wanted.source_kms_key_arn))
        .build()
}

fn architectures(wanted: &FunctionModel) -> Option<Vec<Architecture>> {
    let named = wanted.architectures.iter().map(|name| Architecture::from(name.as_str()));
    Some(named.collect()).filter(|all: &Vec<_>| !all.is_empty())
}

fn variables(model: &FunctionModel) -> Vec<(&String, &String)> {
    model.environment.iter().flat_map(|Environment { variables }| variables).collect()
}

fn environment(wanted: &FunctionModel) -> sdk::Environment {
    let variables = variables(wanted).into_iter().map(|(name, value)| (name.clone(), value.clone()));
    sdk::Environment::builder().set_variables(Some(variables.collect())).build()
}

fn dead_letter(model: &FunctionModel) -> &str {
    model.dead_letter_config.as_ref().map_or("", |block| &block.target_arn)
}

fn dead_letter_config(target: &str) -> sdk::DeadLetterConfig {
    sdk::DeadLetterConfig::builder().target_arn(target).build()
}

fn ephemeral_storage(model: &FunctionModel) -> Option<sdk::EphemeralStorage> {
    let size = model.ephemeral_storage.as_ref()?.size?;
    Some(sdk::EphemeralStorage::builder().size(narrow(size)).build().expect(BOTH_SET))
}

fn file_system_configs(model: &FunctionModel) -> Vec<sdk::FileSystemConfig> {
    let config = model.file_system_config.iter().map(|block| {
        let builder = sdk::FileSystemConfig::builder().arn(&block.arn).local_mount_path(&block.local_mount_path);
        builder.build().expect(BOTH_SET)
    });
    config.collect()
}

fn image_config(block: &Image) -> sdk::ImageConfig {
    let list = |items: &Vec<String>| Some(items.clone()).filter(|items| !items.is_empty());
    sdk::ImageConfig::builder()
        .set_command(list(&block.command))
        .set_entry_point(list(&block.entry_point))
        .set_working_directory(given(&block.working_directory))
        .build()
}

fn logging_config(block: &Logging) -> sdk::LoggingConfig {
    sdk::LoggingConfig::builder()
        .log_format(LogFormat::from(block.log_format.as_str()))
        .set_application_log_level(given(&block.application_log_level).map(|level| level.as_str().into()))
        .set_system_log_level(given(&block.system_log_level).map(|level| level.as_str().into()))
        .set_log_group(given(&block.log_group))
        .build()
}

fn applied_on(model: &FunctionModel) -> &str {
    model.snap_start.as_ref().map_or("None", |block| &block.apply_on)
}

fn snap_start(apply_on: &str) -> sdk::SnapStart {
    sdk::SnapStart::builder().apply_on(apply_on.into()).build()
}

fn tracing_config(model: &FunctionModel) -> Option<sdk::TracingConfig> {
    let block = model.tracing_config.as_ref()?;
    Some(sdk::TracingConfig::builder().mode(TracingMode::from(block.mode.as_str())).build())
}

fn tenancy_config(model: &FunctionModel) -> Option<sdk::TenancyConfig> {
    let block = model.tenancy_config.as_ref()?;
    let mode = TenantIsolationMode::from(block.tenant_isolation_mode.as_str());
    Some(sdk::TenancyConfig::builder().tenant_isolation_mode(mode).build().expect(BOTH_SET))
}

fn capacity_provider_config(model: &FunctionModel) -> Option<sdk::CapacityProviderConfig> {
    let block = model.capacity_provider_config.as_ref()?.lambda_managed_instances_capacity_provider_config.as_ref()?;
    // A whole number of at most 8 is exact as a float.
    #[expect(clippy::cast_precision_loss, reason = "the schema allows 2 to 8")]
    let memory = block.execution_environment_memory_gib_per_vcpu.map(|memory| memory as f64);
    let instances = sdk::LambdaManagedInstancesCapacityProviderConfig::builder()
        .capacity_provider_arn(&block.capacity_provider_arn)
        .set_execution_environment_memory_gib_per_v_cpu(memory)
        .set_per_execution_environment_max_concurrency(block.per_execution_environment_max_concurrency.map(narrow));
    let instances = instances.build().expect(BOTH_SET);
    Some(sdk::CapacityProviderConfig::builder().lambda_managed_instances_capacity_provider_config(instances).build())
}

fn durable_config(model: &FunctionModel) -> Option<sdk::DurableConfig> {
    let block = model.durable_config.as_ref()?;
    let builder = sdk::DurableConfig::builder().execution_timeout(narrow(block.execution_timeout));
    Some(builder.retention_period_in_days(narrow(block.retention_period)).build())
}

/// A network, or the empty one that takes a function out of its network.
fn vpc_config(vpc: Option<&Vpc>) -> sdk::VpcConfig {
    let vpc = vpc.cloned().unwrap_or_default();
    sdk::VpcConfig::builder()
        .set_subnet_ids(Some(vpc.subnet_ids))
        .set_security_group_ids(Some(vpc.security_group_ids))
        .ipv6_allowed_for_dual_stack(vpc.ipv6_allowed_for_dual_stack)
        .build()
}

/// What of a network a function can be told; lists in one order, since AWS keeps sets.
fn network(model: &FunctionModel) -> (Vec<String>, Vec<String>, bool) {
    let Some(vpc) = model.vpc_config.clone() else { return Default::default() };
    let sorted = |mut items: Vec<String>| {
        items.sort();
        items
    };
    (sorted(vpc.subnet_ids), sorted(vpc.security_group_ids), vpc.ipv6_allowed_for_dual_stack)
}

#[cfg(test)]
mod tests {
    use super::super::schema::{DeadLetter, SnapStart};
    use super::*;

    fn model() -> FunctionModel {
        FunctionModel {
            function_name: "posts".into(),
            role: "arn:aws:iam::123456789012:role/posts".into(),
            handler: Some("main.handler".into()),
            runtime: Some("nodejs22.x".into()),
            package_type: "Zip".into(),
            memory_size: 1024,
            timeout: 10,
            reserved_concurrent_executions: -1,
            ..FunctionModel::default()
        }
    }

    fn environment_of(pairs: &[(&str, &str)]) -> Option<Environment> {
        let variables = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Some(Environment { variables })
    }

    #[test]
    fn a_creation_says_what_is_wished_and_who_made_it() {
        let wanted = FunctionModel {
            environment: environment_of(&[("TABLE", "posts")]),
            architectures: vec!["arm64".into()],
            description: Some(String::new()),
            ..model()
        };
        let input = create(&wanted, FunctionCode::builder().build(), &Token::from_text("t")).build().unwrap();
        assert_eq!(input.memory_size(), Some(1024));
        assert_eq!(input.runtime(), Some(&Runtime::Nodejs22x));
        assert_eq!(input.architectures(), [Architecture::Arm64]);
        assert_eq!(input.environment().unwrap().variables().unwrap()["TABLE"], "posts");
        assert_eq!(input.tags().unwrap()[tags::OWNERSHIP], "t");
        // What is not wished is not sent: some regions refuse members that they do not know.
        assert!(input.vpc_config().is_none() && input.snap_start().is_none() && input.description().is_none());
    }

    #[test]
    fn an_image_has_neither_handler_nor_runtime() {
        let wanted = FunctionModel { package_type: "Image".into(), ..model() };
        let input = create(&wanted, FunctionCode::builder().build(), &Token::from_text("t")).build().unwrap();
        assert_eq!((input.handler(), input.runtime()), (None, None));
    }

    #[test]
    fn only_changes_are_sent() {
        assert!(configuration(&model(), &model()).is_none());
        let wanted = FunctionModel { memory_size: 512, ..model() };
        let input = configuration(&model(), &wanted).unwrap().build().unwrap();
        assert_eq!(input.memory_size(), Some(512));
        assert!(input.timeout().is_none() && input.environment().is_none() && input.role().is_none());
        let empty = FunctionModel { environment: environment_of(&[]), description: Some(String::new()), ..model() };
        assert!(configuration(&model(), &empty).is_none());
    }

    #[test]
    fn what_is_gone_is_cleared() {
        let prior = FunctionModel {
            environment: environment_of(&[("TABLE", "posts")]),
            layers: vec!["arn:aws:lambda:us-east-1:123456789012:layer:l:1".into()],
            dead_letter_config: Some(DeadLetter { target_arn: "arn:aws:sqs:us-east-1:123456789012:q".into() }),
            description: Some("old".into()),
            snap_start: Some(SnapStart { apply_on: "PublishedVersions".into(), optimization_status: None }),
            vpc_config: Some(Vpc { subnet_ids: vec!["subnet-1".into()], ..Vpc::default() }),
            ..model()
        };
        let input = configuration(&prior, &model()).unwrap().build().unwrap();
        assert!(input.environment().unwrap().variables().unwrap().is_empty());
        assert_eq!(input.layers, Some(vec![]));
        assert_eq!(input.dead_letter_config().unwrap().target_arn(), Some(""));
        assert_eq!(input.description(), Some(""));
        assert_eq!(input.snap_start().unwrap().apply_on(), Some(&sdk::SnapStartApplyOn::None));
        assert_eq!(input.vpc_config().unwrap().subnet_ids, Some(vec![]));
    }

    #[test]
    fn a_new_key_takes_the_variables_along() {
        let prior = FunctionModel { environment: environment_of(&[("A", "1")]), ..model() };
        let wanted = FunctionModel { kms_key_arn: Some("arn:aws:kms:us-east-1:1:key/k".into()), ..prior.clone() };
        let input = configuration(&prior, &wanted).unwrap().build().unwrap();
        assert_eq!(input.environment().unwrap().variables().unwrap()["A"], "1");
    }

    #[test]
    fn a_function_leaves_its_network_or_changes_its_groups_before_it_is_deleted() {
        let vpc =
            Vpc { subnet_ids: vec!["subnet-1".into()], security_group_ids: vec!["sg-own".into()], ..Vpc::default() };
        let prior = FunctionModel { vpc_config: Some(vpc), ..model() };
        let left = release_network(&prior).build().unwrap();
        assert_eq!(left.vpc_config().unwrap().security_group_ids, Some(vec![]));
        let prior = FunctionModel {
            replace_security_groups_on_destroy: true,
            replacement_security_group_ids: vec!["sg-other".into()],
            ..prior
        };
        let moved = release_network(&prior).build().unwrap();
        assert_eq!(moved.vpc_config().unwrap().security_group_ids, Some(vec!["sg-other".into()]));
        assert_eq!(moved.vpc_config().unwrap().subnet_ids, Some(vec!["subnet-1".into()]));
    }
}
