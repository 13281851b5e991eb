//! What a function is: the arguments and attributes of `aws_lambda_function`.

use std::collections::BTreeMap;

use crate::resource::Model;

/// A Lambda function: code that AWS runs on events and requests, with the role, memory and time that it gets.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct FunctionModel {
    /// The function's name, unique in its account and region. A change makes a new function.
    #[attr(required, replace, min = 1, max = 140)]
    pub(crate) function_name: String,
    /// The ARN of the role that the function runs under.
    #[attr(required, max = 10000)]
    pub(crate) role: String,
    /// A folder with the function's source, or a zip or jar archive. A folder is packaged as part of the plan: TypeScript
    /// becomes JavaScript, and equal source gives equal bytes. Relative names start from the configuration's folder.
    #[attr(optional, conflicts = ["image_uri", "s3_bucket"])]
    pub(crate) filename: Option<String>,
    /// What to call in the package, such as `main.handler`. Required unless `package_type` is `Image`.
    #[attr(optional, max = 128)]
    pub(crate) handler: Option<String>,
    /// The language runtime, such as `nodejs22.x`. Required unless `package_type` is `Image`.
    #[attr(optional, allowed = [
        "nodejs", "nodejs4.3", "nodejs6.10", "nodejs8.10", "nodejs10.x", "nodejs12.x", "nodejs14.x", "nodejs16.x",
        "nodejs18.x", "nodejs20.x", "nodejs22.x", "nodejs24.x", "java8", "java8.al2", "java11", "java17", "java21",
        "java25", "python2.7", "python3.6", "python3.7", "python3.8", "python3.9", "python3.10", "python3.11",
        "python3.12", "python3.13", "python3.14", "dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1",
        "dotnet6", "dotnet8", "dotnet10", "nodejs4.3-edge", "go1.x", "ruby2.5", "ruby2.7", "ruby3.2", "ruby3.3",
        "ruby3.4", "ruby4.0", "provided", "provided.al2", "provided.al2023", "nodejs26.x", "python3.15",
        "java8.al2023", "java11.al2023", "java17.al2023", "custom"
    ])]
    pub(crate) runtime: Option<String>,
    /// The megabytes of memory; the share of CPU time grows with them.
    #[attr(optional, default = 128, min = 128, max = 32768)]
    pub(crate) memory_size: i64,
    /// The seconds after which a call is cut off.
    #[attr(optional, default = 3, min = 1, max = 5400)]
    pub(crate) timeout: i64,
    /// A text for people.
    #[attr(optional, max = 256)]
    pub(crate) description: Option<String>,
    /// The instruction set, `x86_64` or `arm64`, as a list of one.
    #[attr(optional, computed, allowed = ["x86_64", "arm64"])]
    pub(crate) architectures: Vec<String>,
    /// ARNs of layer versions, at most five. A later layer's files win over those of an earlier one.
    #[attr(optional)]
    pub(crate) layers: Vec<String>,
    /// Whether the code comes as an archive (`Zip`) or a container image (`Image`). A change makes a new function.
    #[attr(optional, replace, default = "Zip", allowed = ["Zip", "Image"])]
    pub(crate) package_type: String,
    /// The container image in ECR. It takes `package_type = "Image"`.
    #[attr(optional, conflicts = ["filename", "s3_bucket"])]
    pub(crate) image_uri: Option<String>,
    /// The bucket that holds the archive, in the function's region.
    #[attr(optional, min = 3, max = 63, conflicts = ["filename", "image_uri"])]
    pub(crate) s3_bucket: Option<String>,
    /// The archive's key in the bucket.
    #[attr(optional, min = 1, max = 1024)]
    pub(crate) s3_key: Option<String>,
    /// The version of the archive in the bucket.
    #[attr(optional, min = 1, max = 1024, conflicts = ["filename", "image_uri"])]
    pub(crate) s3_object_version: Option<String>,
    /// The key that the archive is stored under.
    #[attr(optional, max = 10000, conflicts = ["image_uri"])]
    pub(crate) source_kms_key_arn: Option<String>,
    /// A text whose change uploads the code again, for code in S3 or ECR. It is kept as given; with `filename` it is not
    /// needed, since the code itself is compared.
    #[attr(optional, computed)]
    pub(crate) source_code_hash: Option<String>,
    /// The SHA-256 of the code that AWS runs, in base64. With `filename` the plan tells it beforehand, and code that was
    /// changed elsewhere shows here.
    #[attr(optional, computed)]
    pub(crate) code_sha256: Option<String>,
    /// The bytes of the archive.
    #[attr(computed)]
    pub(crate) source_code_size: Option<i64>,
    /// Whether each change makes a numbered version.
    #[attr(optional, default = false)]
    pub(crate) publish: bool,
    /// Where a version is published to besides its number; for functions on a capacity provider.
    #[attr(optional, allowed = ["LATEST_PUBLISHED"])]
    pub(crate) publish_to: Option<String>,
    /// How many calls may run at once: `-1` for no limit of its own, `0` to stop the function.
    #[attr(optional, default = -1, min = -1)]
    pub(crate) reserved_concurrent_executions: i64,
    /// The key that environment variables are encrypted with; one of AWS where absent.
    #[attr(optional, max = 10000)]
    pub(crate) kms_key_arn: Option<String>,
    /// The configuration that says whose signature the code must carry.
    #[attr(optional, max = 200)]
    pub(crate) code_signing_config_arn: Option<String>,
    /// Whether the security groups of `replacement_security_group_ids` take the place of the function's own before it is
    /// deleted. Otherwise the function leaves its network before it is deleted.
    #[attr(optional, default = false)]
    pub(crate) replace_security_groups_on_destroy: bool,
    /// The security groups for `replace_security_groups_on_destroy`.
    #[attr(optional, set)]
    pub(crate) replacement_security_group_ids: Vec<String>,
    /// Whether the function stays in AWS when it is removed from the configuration.
    #[attr(optional, default = false)]
    pub(crate) skip_destroy: bool,
    /// Whether a role that Lambda cannot assume yet is waited for as long as the operation's timeout allows.
    #[attr(optional)]
    pub(crate) use_resource_timeout_for_propagation: Option<bool>,
    /// Tags of the function.
    #[attr(optional)]
    pub(crate) tags: BTreeMap<String, String>,
    /// Tags of the function with those of the provider's `default_tags`.
    #[attr(optional, computed)]
    pub(crate) tags_all: BTreeMap<String, String>,
    /// The function's name.
    #[attr(optional, computed)]
    pub(crate) id: Option<String>,
    /// The function's ARN, without a version.
    #[attr(computed)]
    pub(crate) arn: Option<String>,
    /// The ARN under which API Gateway calls the function.
    #[attr(computed)]
    pub(crate) invoke_arn: Option<String>,
    /// The ARN under which API Gateway calls the function for a streamed answer.
    #[attr(computed)]
    pub(crate) response_streaming_invoke_arn: Option<String>,
    /// The ARN of the version in `version`.
    #[attr(computed)]
    pub(crate) qualified_arn: Option<String>,
    /// The ARN under which API Gateway calls the version in `version`.
    #[attr(computed)]
    pub(crate) qualified_invoke_arn: Option<String>,
    /// The newest published version, or `$LATEST` where none is.
    #[attr(computed)]
    pub(crate) version: Option<String>,
    /// When the function was last changed.
    #[attr(computed)]
    pub(crate) last_modified: Option<String>,
    /// The job that signed the code.
    #[attr(computed)]
    pub(crate) signing_job_arn: Option<String>,
    /// The version of the profile that signed the code.
    #[attr(computed)]
    pub(crate) signing_profile_version_arn: Option<String>,
    /// Where the function runs on instances of your own.
    #[block]
    pub(crate) capacity_provider_config: Option<CapacityProvider>,
    /// Where events go that an asynchronous call could not handle.
    #[block]
    pub(crate) dead_letter_config: Option<DeadLetter>,
    /// That calls may pause and go on over a long time. Adding or removing it makes a new function.
    #[block]
    pub(crate) durable_config: Option<Durable>,
    /// Environment variables.
    #[block]
    pub(crate) environment: Option<Environment>,
    /// The size of `/tmp`.
    #[block(computed)]
    pub(crate) ephemeral_storage: Option<EphemeralStorage>,
    /// A file system to mount.
    #[block]
    pub(crate) file_system_config: Option<FileSystem>,
    /// What of the container image's own settings to replace.
    #[block]
    pub(crate) image_config: Option<Image>,
    /// How and where the function logs.
    #[block(computed)]
    pub(crate) logging_config: Option<Logging>,
    /// Whether versions start from a snapshot.
    #[block]
    pub(crate) snap_start: Option<SnapStart>,
    /// Whether tenants are kept apart. A change makes a new function.
    #[block(replace)]
    pub(crate) tenancy_config: Option<Tenancy>,
    /// Whether calls are traced with X-Ray.
    #[block(computed)]
    pub(crate) tracing_config: Option<Tracing>,
    /// The network that the function reaches.
    #[block]
    pub(crate) vpc_config: Option<Vpc>,
}

/// A capacity provider.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct CapacityProvider {
    /// The managed instances to run on.
    #[block(min = 1)]
    pub(crate) lambda_managed_instances_capacity_provider_config: Option<ManagedInstances>,
}

/// Managed instances that a function runs on.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct ManagedInstances {
    /// The ARN of the capacity provider.
    #[attr(required, min = 1, max = 140)]
    pub(crate) capacity_provider_arn: String,
    /// The gigabytes of memory for each virtual CPU.
    #[attr(optional, computed, min = 2, max = 8)]
    pub(crate) execution_environment_memory_gib_per_vcpu: Option<i64>,
    /// How many calls one execution environment takes at once.
    #[attr(optional, computed, min = 1, max = 1600)]
    pub(crate) per_execution_environment_max_concurrency: Option<i64>,
}

/// A dead letter queue or topic.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct DeadLetter {
    /// The ARN of an SQS queue or SNS topic.
    #[attr(required, max = 10000)]
    pub(crate) target_arn: String,
}

/// Durable calls.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Durable {
    /// The seconds that a call may take from start to end, pauses included.
    #[attr(required, min = 1, max = 31622400)]
    pub(crate) execution_timeout: i64,
    /// The days that a call's history is kept.
    #[attr(optional, default = 14, min = 1, max = 90)]
    pub(crate) retention_period: i64,
}

/// Environment variables.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Environment {
    /// Names and values, at most 4 KB together.
    #[attr(optional)]
    pub(crate) variables: BTreeMap<String, String>,
}

/// Storage that lives as long as the execution environment.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct EphemeralStorage {
    /// The megabytes of `/tmp`.
    #[attr(optional, computed, min = 512, max = 32768)]
    pub(crate) size: Option<i64>,
}

/// A mounted file system.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct FileSystem {
    /// The ARN of the file system's access point.
    #[attr(required, max = 256)]
    pub(crate) arn: String,
    /// Where it is mounted, below `/mnt/`.
    #[attr(required, max = 160)]
    pub(crate) local_mount_path: String,
}

/// Settings that replace those of a container image.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Image {
    /// The parameters of the entry point.
    #[attr(optional)]
    pub(crate) command: Vec<String>,
    /// What the container starts with.
    #[attr(optional)]
    pub(crate) entry_point: Vec<String>,
    /// The folder that it starts in.
    #[attr(optional, max = 1000)]
    pub(crate) working_directory: Option<String>,
}

/// How and where a function logs.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Logging {
    /// `Text` or `JSON`.
    #[attr(required, allowed = ["JSON", "Text"])]
    pub(crate) log_format: String,
    /// The least level of the function's own lines, with `JSON`.
    #[attr(optional, allowed = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"])]
    pub(crate) application_log_level: Option<String>,
    /// The least level of the platform's lines, with `JSON`.
    #[attr(optional, allowed = ["DEBUG", "INFO", "WARN"])]
    pub(crate) system_log_level: Option<String>,
    /// The log group; `/aws/lambda/` and the function's name where absent.
    #[attr(optional, computed, min = 1, max = 512)]
    pub(crate) log_group: Option<String>,
}

/// Start from a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct SnapStart {
    /// `PublishedVersions`, or `None` for no snapshot.
    #[attr(required, allowed = ["PublishedVersions", "None"])]
    pub(crate) apply_on: String,
    /// Whether the function does start from a snapshot.
    #[attr(computed)]
    pub(crate) optimization_status: Option<String>,
}

/// How tenants are kept apart.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Tenancy {
    /// `PER_TENANT`: each tenant gets execution environments of its own.
    #[attr(required, allowed = ["PER_TENANT"])]
    pub(crate) tenant_isolation_mode: String,
}

/// Tracing with X-Ray.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Tracing {
    /// `Active` to trace, `PassThrough` to trace only what a caller traces.
    #[attr(required, allowed = ["Active", "PassThrough"])]
    pub(crate) mode: String,
}

/// A network.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Vpc {
    /// Whether the function reaches IPv6 addresses from subnets that have both kinds.
    #[attr(optional, default = false)]
    pub(crate) ipv6_allowed_for_dual_stack: bool,
    /// The security groups of the function, at most five.
    #[attr(required, set)]
    pub(crate) security_group_ids: Vec<String>,
    /// The subnets that the function reaches, at most 16.
    #[attr(required, set)]
    pub(crate) subnet_ids: Vec<String>,
    /// The network that the subnets are in.
    #[attr(computed)]
    pub(crate) vpc_id: Option<String>,
}
