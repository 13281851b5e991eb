//! A function's code from a folder or an archive: its hash in the plan, its bytes for the upload.

use std::path::Path as FilePath;

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::FunctionCode;

use super::request;
use super::schema::FunctionModel;
use crate::aws::members::given;
use crate::aws::package::{self, Options, Package, PackageError};
use crate::diagnostic::{Diagnostic, Diagnostics, Excerpt};
use crate::resource::{ErrorKind, OpError, OpResult, Planning};
use crate::value::{Type, Value};

/// Plans `code_sha256` and `source_code_hash`. The hash of local code is compared with that of the code that runs, so an
/// edit on either side is a change, whatever `source_code_hash` says.
pub(super) fn plan(planning: &mut Planning<'_>, problems: &mut Diagnostics) {
    let config = planning.config;
    let running = planning.prior.map(|prior| prior.attr("code_sha256"));
    let filename = config.attr("filename");
    // The hash that was given is the one that runs: nothing is uploaded, so nothing need be packaged.
    let is_settled = running.is_some_and(|running| !running.is_null() && config.attr("code_sha256").same(&running));
    match filename.as_str() {
        Some(name) if !name.is_empty() && !is_settled => plan_local(planning, name, problems),
        None if !filename.is_known() => plan_hashes(planning, Value::unknown(Type::String)),
        _ if planning.prior.is_some() && remote_code_changes(planning) => {
            plan_hashes(planning, Value::unknown(Type::String));
        }
        _ => {}
    }
}

fn plan_local(planning: &mut Planning<'_>, name: &str, problems: &mut Diagnostics) {
    let config = planning.config;
    let (handler, runtime, layers) = (config.attr("handler"), config.attr("runtime"), config.attr("layers"));
    let path = planning.folder.join(name);
    let options = Options { handler: handler.as_str(), runtime: runtime.as_str() };
    let package = match package::package(&path, options) {
        Ok(package) => package,
        Err(error) => {
            problems.extend(reported(error, planning.folder));
            return;
        }
    };
    for warning in &package.warnings {
        problems.push(placed(warning.clone().into(), "filename", planning.folder));
    }
    // A handler may also be in a layer.
    if let (Some(handler), Some(runtime)) = (handler.as_str(), runtime.as_str())
        && layers.is_empty_or_null()
        && let Err(error) = package::check_handler(&package, handler, runtime)
    {
        problems.push(placed(error.into(), "handler", planning.folder));
    }
    let given = config.attr("code_sha256");
    if given.as_str().is_some_and(|given| given != package.sha256_base64) {
        let problem = problems.error("Code hash does not match").on("code_sha256");
        problem.detail(format!("The code in `{name}` has the hash {} and not the one given.", package.sha256_base64));
        problem.help("Leave `code_sha256` out: with `filename` the plan works it out.");
    }
    plan_hashes(planning, Value::string(&package.sha256_base64));
}

/// Plans the hash where the configuration does not give one.
fn plan_hashes(planning: &mut Planning<'_>, hash: Value) {
    if planning.config.attr("code_sha256").is_null() {
        planning.set("code_sha256", hash.clone());
    }
    let is_other = planning.prior.is_none_or(|prior| !prior.attr("code_sha256").same(&hash));
    if planning.config.attr("source_code_hash").is_null() && is_other {
        planning.set("source_code_hash", hash);
    }
}

/// Whether other code is taken from S3 or ECR than what there is.
fn remote_code_changes(planning: &Planning<'_>) -> bool {
    let filename = planning.config.attr("filename");
    let names = ["s3_bucket", "s3_key", "s3_object_version", "image_uri", "source_code_hash", "architectures"];
    filename.is_empty_or_null() && names.iter().any(|name| planning.changes(name))
}

/// Whether the code or what it is built for is planned to change.
pub(super) fn is_planned_to_change(planning: &Planning<'_>) -> bool {
    ["code_sha256", "architectures", "source_kms_key_arn"].iter().any(|name| planning.changes(name))
}

/// Whether an update has to upload code.
pub(super) fn changes(prior: &FunctionModel, wanted: &FunctionModel) -> bool {
    let is_local = given(&wanted.filename).is_some();
    let from = |model: &FunctionModel| {
        let hash = Some(model.source_code_hash.clone()).filter(|_| !is_local);
        let place = Some((&model.s3_bucket, &model.s3_key, &model.s3_object_version, &model.image_uri))
            .filter(|_| !is_local)
            .map(|(bucket, key, version, image)| [bucket, key, version, image].map(given));
        (hash, place, model.architectures.clone(), given(&model.source_kms_key_arn))
    };
    prior.code_sha256 != wanted.code_sha256 || from(prior) != from(wanted)
}

/// The code to upload. Local code is packaged again and must be what was planned (P2).
pub(super) async fn read(wanted: &FunctionModel, folder: &FilePath) -> OpResult<FunctionCode> {
    let Some(name) = given(&wanted.filename) else {
        return Ok(request::remote_code(wanted));
    };
    let path = folder.join(&name);
    let (handler, runtime) = (wanted.handler.clone(), wanted.runtime.clone());
    let folder = folder.to_path_buf();
    // Packaging reads and compiles files, which must not hold up other operations.
    let packaged = tokio::task::spawn_blocking(move || {
        package::package(&path, Options { handler: handler.as_deref(), runtime: runtime.as_deref() })
            .map_err(|error| failure(error, &folder))
    });
    let package: Package = packaged
        .await
        .map_err(|error| OpError::new(ErrorKind::Local, "package", format!("packaging stopped: {error}")))??;
    if let Some(planned) = given(&wanted.code_sha256)
        && planned != package.sha256_base64
    {
        let message =
            format!("the code in `{name}` is not what the plan showed: its hash is {}", package.sha256_base64);
        return Err(OpError::new(ErrorKind::Local, "package", message).help("Plan again."));
    }
    let code = FunctionCode::builder().zip_file(Blob::new(package.zip));
    Ok(code.set_source_kms_key_arn(given(&wanted.source_kms_key_arn)).build())
}

fn failure(error: PackageError, folder: &FilePath) -> OpError {
    let mut failure = OpError::new(ErrorKind::Local, "package", error.to_string());
    failure.diagnostic = reported(error, folder).into_iter().next().map(Box::new);
    failure
}

/// Why there is no package, every error in a source at its place.
fn reported(error: PackageError, folder: &FilePath) -> Diagnostics {
    let attribute = if matches!(error, PackageError::Handler(_)) { "handler" } else { "filename" };
    Diagnostics::from(error).into_iter().map(|problem| placed(problem, attribute, folder)).collect()
}

/// A problem on an argument, with its file as the user would name it.
fn placed(problem: Diagnostic, attribute: &str, folder: &FilePath) -> Diagnostic {
    problem.with(|problem| {
        problem.on(attribute);
        if let Some(excerpt) = problem.excerpt.take() {
            let path = excerpt.path.strip_prefix(folder).unwrap_or(&excerpt.path).to_path_buf();
            problem.in_file(Excerpt { path, ..Excerpt::clone(&excerpt) });
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::{Model, ResourceType};
    use crate::value::Entries;
    use std::path::PathBuf;

    type Files = &'static [(&'static str, &'static str)];

    fn folder(files: Files) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    fn config(pairs: &[(&str, &str)]) -> Value {
        let empty: Entries = super::super::Function::schema()
            .block
            .attributes
            .iter()
            .map(|(name, attribute)| ((*name).into(), Value::null(attribute.ty.clone())))
            .collect();
        pairs.iter().fold(Value::object(empty), |config, (name, value)| config.with(name, (*value).into()))
    }

    /// The planned hash, `None` where it is unknown, with what was reported.
    fn planned(files: Files, config: &Value, prior: Option<&Value>) -> (Option<String>, Diagnostics) {
        let folder = folder(files);
        let given = config.entries().unwrap().iter().filter(|(_, value)| !value.is_null());
        let start =
            prior.map(|prior| given.fold(prior.clone(), |start, (name, value)| start.with(name, value.clone())));
        let start = start.unwrap_or_else(|| config.clone());
        let mut planning = Planning::new(config, prior, start, jiff::Timestamp::UNIX_EPOCH, folder.path());
        let mut problems = Diagnostics::new();
        plan(&mut planning, &mut problems);
        (planning.planned().attr("code_sha256").as_str().map(str::to_owned), problems)
    }

    const MAIN: Files = &[("fns/main.ts", "export const handler = async (): Promise<number> => 1;\n")];

    fn main_config() -> Value {
        config(&[("filename", "fns"), ("handler", "main.handler"), ("runtime", "nodejs22.x")])
    }

    #[test]
    fn the_plan_tells_the_hash_of_local_code() {
        let (hash, problems) = planned(MAIN, &main_config(), None);
        assert!(problems.is_empty(), "{problems:?}");
        let hash = hash.unwrap();
        assert_eq!(planned(MAIN, &main_config(), None).0.unwrap(), hash, "equal source has an equal hash");
        let prior = FunctionModel { code_sha256: Some("edited elsewhere".into()), ..FunctionModel::default() };
        assert_eq!(planned(MAIN, &main_config(), Some(&prior.to_value())).0.unwrap(), hash);
    }

    #[test]
    fn the_hash_of_code_that_is_not_there_yet_is_unknown() {
        let config = main_config().with("filename", Value::unknown(Type::String));
        let prior = FunctionModel { code_sha256: Some("old".into()), ..FunctionModel::default() }.to_value();
        for prior in [None, Some(&prior)] {
            let (hash, problems) = planned(&[], &config, prior);
            assert!(hash.is_none() && problems.is_empty());
        }
        let s3 = config.with("filename", Value::null(Type::String)).with("s3_bucket", "b".into());
        assert_eq!(planned(&[], &s3, Some(&prior)).0, None, "the code moved to S3");
    }

    #[test]
    fn a_source_code_hash_stays_as_given() {
        let config = main_config().with("source_code_hash", "mine".into());
        let folder = folder(MAIN);
        let mut planning = Planning::new(&config, None, config.clone(), jiff::Timestamp::UNIX_EPOCH, folder.path());
        plan(&mut planning, &mut Diagnostics::new());
        assert_eq!(planning.planned().attr("source_code_hash"), "mine".into());
    }

    #[test]
    fn what_is_wrong_with_the_code_is_said_at_its_place() {
        let broken = &[("fns/main.ts", "export const handler = (;\n")];
        let cases = [
            (&[] as Files, "main.handler", "Invalid function code", "filename"),
            (MAIN, "index.handler", "Missing handler", "handler"),
            (broken, "main.handler", "Invalid source code", "filename"),
        ];
        for (files, handler, summary, attribute) in cases {
            let (_, problems) = planned(files, &main_config().with("handler", handler.into()), None);
            let first = problems.iter().next().unwrap();
            assert_eq!(first.summary, summary);
            assert_eq!(first.attribute.as_ref().unwrap().to_string(), attribute);
            let place = first.excerpt.as_ref().map(|excerpt| excerpt.path.clone());
            assert_eq!(place, (summary == "Invalid source code").then(|| PathBuf::from("fns/main.ts")));
        }
    }

    #[test]
    fn a_hash_that_was_given_must_be_that_of_the_code() {
        let (_, problems) = planned(MAIN, &main_config().with("code_sha256", "other".into()), None);
        assert_eq!(problems.iter().next().unwrap().summary, "Code hash does not match");
        // The one that runs may stay, as with `ignore_changes`.
        let prior = FunctionModel { code_sha256: Some("other".into()), ..FunctionModel::default() }.to_value();
        let (hash, problems) = planned(MAIN, &main_config().with("code_sha256", "other".into()), Some(&prior));
        assert!(problems.is_empty() && hash.as_deref() == Some("other"));
    }

    #[test]
    fn code_is_uploaded_when_it_or_its_place_changes() {
        let local = FunctionModel {
            filename: Some("fns".into()),
            code_sha256: Some("a".into()),
            source_code_hash: Some("x".into()),
            ..FunctionModel::default()
        };
        let renamed =
            FunctionModel { filename: Some("src".into()), source_code_hash: Some("y".into()), ..local.clone() };
        assert!(!changes(&local, &renamed), "the same code under another name is not uploaded");
        assert!(changes(&local, &FunctionModel { code_sha256: Some("b".into()), ..local.clone() }));
        assert!(changes(&local, &FunctionModel { architectures: vec!["arm64".into()], ..local.clone() }));
        let remote =
            FunctionModel { s3_bucket: Some("b".into()), s3_key: Some("k1".into()), ..FunctionModel::default() };
        assert!(changes(&remote, &FunctionModel { s3_key: Some("k2".into()), ..remote.clone() }));
        assert!(changes(&remote, &FunctionModel { source_code_hash: Some("z".into()), ..remote.clone() }));
        assert!(!changes(&remote, &remote));
    }

    #[tokio::test]
    async fn code_that_changed_since_the_plan_is_not_uploaded() {
        let folder = folder(MAIN);
        let (hash, _) = planned(MAIN, &main_config(), None);
        let wanted = FunctionModel {
            filename: Some("fns".into()),
            handler: Some("main.handler".into()),
            runtime: Some("nodejs22.x".into()),
            code_sha256: hash,
            ..FunctionModel::default()
        };
        assert!(read(&wanted, folder.path()).await.unwrap().zip_file().is_some());
        std::fs::write(folder.path().join("fns/main.ts"), "export const handler = () => 2;\n").unwrap();
        let error = read(&wanted, folder.path()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Local);
        assert!(error.message.contains("not what the plan showed"));
    }
}
