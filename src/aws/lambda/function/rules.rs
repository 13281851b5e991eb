//! What AWS refuses, told at plan time.

use crate::diagnostic::Diagnostics;
use crate::resource::Planning;
use crate::value::Value;

/// Names that the runtime sets itself.
const RESERVED: &[&str] = &[
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];

/// Runtimes for which AWS makes no function any more, oldest first.
const ENDED: &[&str] = &[
    "nodejs",
    "nodejs4.3",
    "nodejs4.3-edge",
    "nodejs6.10",
    "nodejs8.10",
    "nodejs10.x",
    "nodejs12.x",
    "python2.7",
    "python3.6",
    "dotnetcore1.0",
    "dotnetcore2.0",
    "dotnetcore2.1",
    "dotnetcore3.1",
    "ruby2.5",
];

/// Runtimes that AWS no longer maintains.
const DEPRECATED: &[&str] = &[
    "nodejs14.x",
    "nodejs16.x",
    "nodejs18.x",
    "python3.7",
    "python3.8",
    "java8",
    "go1.x",
    "provided",
    "ruby2.7",
    "dotnet6",
];

const ENVIRONMENT_LIMIT: usize = 4096;

/// Checks rules that a table cannot state.
pub(super) fn check(wanted: &Value, problems: &mut Diagnostics) {
    check_names(wanted, problems);
    check_code(wanted, problems);
    check_package_type(wanted, problems);
    check_environment(wanted, problems);
    check_lists(wanted, problems);
    check_blocks(wanted, problems);
    if wanted.attr("replace_security_groups_on_destroy").as_bool() == Some(true)
        && is_absent(&wanted.attr("replacement_security_group_ids"))
    {
        let problem = problems.error("Missing security groups").on("replace_security_groups_on_destroy");
        problem.detail("The groups that take the place of the function's own are not given.");
        problem.help("Set `replacement_security_group_ids`.");
    }
}

/// Tells a new or changed runtime that AWS does not take or does not maintain.
pub(super) fn check_runtime(planning: &Planning<'_>, problems: &mut Diagnostics) {
    let runtime = planning.planned().attr("runtime");
    let Some(runtime) = runtime.as_str().filter(|_| planning.changes("runtime")) else { return };
    let advice = "Use a current one, such as `nodejs22.x` or `python3.13`.";
    if ENDED.contains(&runtime) {
        let problem = problems.error("Runtime no longer usable").on("runtime");
        problem.detail(format!("AWS does not create or update functions for `{runtime}` any more.")).help(advice);
    } else if DEPRECATED.contains(&runtime) {
        let problem = problems.warning("Deprecated runtime").on("runtime");
        problem.detail(format!("AWS does not maintain `{runtime}` any more and may refuse it.")).help(advice);
    }
}

/// Whether a known value says nothing. An unknown one may say something.
fn is_absent(value: &Value) -> bool {
    value.is_known() && value.is_empty_or_null()
}

fn block(wanted: &Value, name: &str) -> Option<Value> {
    wanted.attr(name).items().and_then(|blocks| blocks.first().cloned())
}

fn check_names(wanted: &Value, problems: &mut Diagnostics) {
    let name = wanted.attr("function_name");
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':');
    if let Some(name) = name.as_str().filter(|name| !name.chars().all(is_name)) {
        let problem = problems.error("Invalid function name").on("function_name");
        problem.detail(format!("`{name}` has characters other than letters, digits, `-` and `_`."));
        problem.help("Leave the others out, or put `-` in their place.");
    }
    let role = wanted.attr("role");
    if let Some(role) = role.as_str().filter(|role| !(role.starts_with("arn:") && role.contains(":role"))) {
        let problem = problems.error("Invalid role").on("role");
        problem.detail(format!("`{role}` is not the ARN of a role."));
        problem.help("Use the role's `arn`, such as `aws_iam_role.example.arn`.");
    }
}

fn check_code(wanted: &Value, problems: &mut Diagnostics) {
    if ["filename", "image_uri", "s3_bucket"].iter().all(|name| is_absent(&wanted.attr(name))) {
        let problem = problems.error("Missing code");
        problem.detail("A function needs code: none of `filename`, `s3_bucket` and `image_uri` is given.");
        problem.help("Set `filename` to the folder that holds the source, or to an archive.");
    }
    for (name, partner) in [("s3_bucket", "s3_key"), ("s3_key", "s3_bucket"), ("s3_object_version", "s3_bucket")] {
        if !is_absent(&wanted.attr(name)) && wanted.attr(name).is_known() && is_absent(&wanted.attr(partner)) {
            let problem = problems.error("Missing argument").on(name);
            problem.detail(format!("`{name}` needs `{partner}` beside it."));
            problem.help(format!("Set `{partner}`, or remove `{name}`."));
        }
    }
    if !is_absent(&wanted.attr("publish_to")) && wanted.attr("publish").as_bool() == Some(false) {
        let problem = problems.warning("Nothing to publish").on("publish_to");
        problem.detail("`publish_to` says where versions are published, and without `publish` there are none.");
        problem.help("Set `publish = true`, or remove `publish_to`.");
    }
}

fn check_package_type(wanted: &Value, problems: &mut Diagnostics) {
    let package_type = wanted.attr("package_type");
    let Some(package_type) = package_type.as_str() else { return };
    let refused: &[&str] = match package_type {
        "Image" => &["handler", "runtime", "layers", "filename", "s3_bucket"],
        _ => &["image_uri", "image_config"],
    };
    for name in refused {
        let value = wanted.attr(name);
        if value.is_known() && !is_absent(&value) {
            let problem = problems.error("Argument does not fit the package type").on(*name);
            problem.detail(format!("`{name}` cannot stand beside `package_type = \"{package_type}\"`."));
            problem.help(match package_type {
                "Image" => "An image brings its own; `image_config` replaces parts of it.",
                _ => "Set `package_type = \"Image\"`.",
            });
        }
    }
    for name in ["handler", "runtime"] {
        // An image without its package type was reported above.
        if package_type == "Zip" && is_absent(&wanted.attr(name)) && is_absent(&wanted.attr("image_uri")) {
            let problem = problems.error("Missing argument");
            problem.detail(format!("A function from an archive needs `{name}`."));
            problem.help(match name {
                "handler" => "Set `handler`, such as \"main.handler\" for main.ts.",
                _ => "Set `runtime`, such as \"nodejs22.x\".",
            });
        }
    }
}

fn check_environment(wanted: &Value, problems: &mut Diagnostics) {
    let variables = block(wanted, "environment").map(|block| block.attr("variables"));
    let Some(variables) = variables.as_ref().and_then(Value::entries) else { return };
    let mut size = 0;
    for (name, value) in variables {
        size += name.len() + value.as_str().map_or(0, str::len);
        let mut letters = name.chars();
        let is_name = letters.next().is_some_and(|first| first.is_ascii_alphabetic())
            && name.len() > 1
            && letters.all(|c| c.is_ascii_alphanumeric() || c == '_');
        if RESERVED.contains(&&**name) {
            let problem = problems.error("Reserved environment variable").on("environment.0.variables");
            problem.detail(format!("Lambda sets `{name}` itself and refuses it here."));
            problem.help("Remove it; the function finds the value that Lambda sets.");
        } else if !is_name {
            let problem = problems.error("Invalid environment variable").on("environment.0.variables");
            problem.detail(format!(
                "`{name}` is not a name of at least two letters, digits and `_` that starts with a letter."
            ));
            problem.help("Choose another name, such as `POST_TABLE`.");
        }
    }
    if size > ENVIRONMENT_LIMIT {
        let problem = problems.error("Environment too large").on("environment.0.variables");
        problem.detail(format!("The variables take {size} bytes, and Lambda takes {ENVIRONMENT_LIMIT}."));
        problem.help("Keep large values in a parameter, a secret or a file of the package.");
    }
}

fn check_lists(wanted: &Value, problems: &mut Diagnostics) {
    let layers = wanted.attr("layers");
    if layers.items().is_some_and(|layers| layers.len() > 5) {
        let problem = problems.error("Too many layers").on("layers");
        problem
            .detail("A function takes at most five layers.")
            .help("Join layers, or put their files into the package.");
    }
    for (i, layer) in layers.items().unwrap_or_default().iter().enumerate() {
        let version = layer.as_str().map(|arn| arn.rsplit(':').next().unwrap_or_default());
        let is_aws = layer.as_str().is_some_and(|arn| arn.contains(":awslayer:"));
        if version.is_some_and(|version| version.parse::<u64>().is_err()) && !is_aws {
            let problem = problems.error("Invalid layer").on(format!("layers.{i}").as_str());
            problem.detail("A layer is given by the ARN of one of its versions, which ends with a number.");
            problem.help("Use the layer version's `arn`, not its `layer_arn`.");
        }
    }
    if wanted.attr("architectures").items().is_some_and(|items| items.len() > 1) {
        let problem = problems.error("Too many architectures").on("architectures");
        problem.detail("A function runs on one instruction set.").help("Keep `x86_64` or `arm64`.");
    }
}

fn check_blocks(wanted: &Value, problems: &mut Diagnostics) {
    if let Some(logging) = block(wanted, "logging_config")
        && logging.attr("log_format").as_str() == Some("Text")
    {
        for name in ["application_log_level", "system_log_level"] {
            let level = logging.attr(name);
            if level.is_known() && !is_absent(&level) {
                let problem = problems.error("Log level without JSON").on(format!("logging_config.0.{name}").as_str());
                problem
                    .detail(format!("`{name}` takes effect with `log_format = \"JSON\"` only; AWS refuses it here."))
                    .help(format!("Set `log_format = \"JSON\"`, or remove `{name}`."));
            }
        }
    }
    if let Some(vpc) = block(wanted, "vpc_config") {
        for (name, partner, most) in [("subnet_ids", "security_group_ids", 16), ("security_group_ids", "subnet_ids", 5)]
        {
            if is_absent(&vpc.attr(name)) && !is_absent(&vpc.attr(partner)) && vpc.attr(partner).is_known() {
                let problem = problems.error("Incomplete network").on(format!("vpc_config.0.{name}").as_str());
                problem.detail(format!("`{partner}` needs `{name}` beside it."));
                problem.help(format!("Set `{name}`, or remove the block."));
            }
            if vpc.attr(name).items().is_some_and(|items| items.len() > most) {
                let problem = problems.error("Too many elements").on(format!("vpc_config.0.{name}").as_str());
                problem.detail(format!("`{name}` takes at most {most}."));
                problem.help("Remove those that the function can do without.");
            }
        }
    }
    if let Some(file_system) = block(wanted, "file_system_config") {
        let path = file_system.attr("local_mount_path");
        if path.as_str().is_some_and(|path| !path.starts_with("/mnt/")) {
            let problem = problems.error("Invalid mount path").on("file_system_config.0.local_mount_path");
            problem.detail("A file system is mounted below `/mnt/`.").help("Use a path such as `/mnt/files`.");
        }
    }
    if let Some(snap_start) = block(wanted, "snap_start")
        && snap_start.attr("apply_on").as_str() == Some("PublishedVersions")
    {
        let runtime = wanted.attr("runtime");
        let refused = ["nodejs", "ruby", "go1", "provided"];
        if let Some(runtime) = runtime.as_str().filter(|name| refused.iter().any(|prefix| name.starts_with(prefix))) {
            let problem = problems.error("Runtime without snapshots").on("snap_start");
            problem.detail(format!("Lambda has no SnapStart for `{runtime}`."));
            problem.help("Remove the block; SnapStart exists for Java, Python and .NET.");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Type;

    fn problems(pairs: &[(&str, Value)]) -> Vec<String> {
        let base = Value::object_of([
            ("function_name", "posts".into()),
            ("role", "arn:aws:iam::123456789012:role/posts".into()),
            ("filename", "fns".into()),
            ("handler", "main.handler".into()),
            ("runtime", "nodejs22.x".into()),
            ("package_type", "Zip".into()),
        ]);
        let wanted = pairs.iter().fold(base, |wanted, (name, value)| wanted.with(name, value.clone()));
        let mut problems = Diagnostics::new();
        check(&wanted, &mut problems);
        let shown = |p: &crate::diagnostic::Diagnostic| {
            let place = p.attribute.as_ref().map_or(String::new(), |path| format!(" on {path}"));
            format!("{}{place}", p.summary)
        };
        problems.iter().map(shown).collect()
    }

    fn one(name: &'static str, value: Value) -> Value {
        Value::tuple(vec![Value::object_of([(name, value)])])
    }

    #[test]
    fn what_aws_takes_is_no_problem() {
        assert!(problems(&[]).is_empty());
        let unknown = || Value::unknown(Type::String);
        assert!(problems(&[("role", unknown()), ("filename", unknown()), ("handler", unknown())]).is_empty());
    }

    #[test]
    fn what_aws_refuses_is_named_at_its_place() {
        let null = || Value::null(Type::String);
        let cases: Vec<(Vec<(&str, Value)>, &str)> = vec![
            (vec![("filename", null())], "Missing code"),
            (vec![("filename", null()), ("s3_bucket", "b".into())], "Missing argument on s3_bucket"),
            (vec![("handler", null())], "Missing argument"),
            (
                vec![("filename", null()), ("image_uri", "x".into())],
                "Argument does not fit the package type on image_uri",
            ),
            (vec![("role", "posts".into())], "Invalid role on role"),
            (vec![("function_name", "my posts".into())], "Invalid function name on function_name"),
            (
                vec![("environment", one("variables", Value::object_of([("AWS_REGION", "x".into())])))],
                "Reserved environment variable on environment[0].variables",
            ),
            (
                vec![("environment", one("variables", Value::object_of([("AB", "x".repeat(5000).into())])))],
                "Environment too large on environment[0].variables",
            ),
            (vec![("layers", Value::tuple(vec!["arn:aws:lambda:r:1:layer:l".into()]))], "Invalid layer on layers[0]"),
            (
                vec![("snap_start", one("apply_on", "PublishedVersions".into()))],
                "Runtime without snapshots on snap_start",
            ),
            (
                vec![("replace_security_groups_on_destroy", true.into())],
                "Missing security groups on replace_security_groups_on_destroy",
            ),
        ];
        for (pairs, expected) in cases {
            assert_eq!(problems(&pairs), [expected]);
        }
    }
}
