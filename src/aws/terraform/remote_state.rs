//! `data "terraform_remote_state"`: the outputs of another configuration, as its state holds them.

use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::resource::{DataSource, ErrorKind, Grant, Model, OpError, OpResult, Run};
use crate::state::backends::LocalBackend;
use crate::state::{Backend, Snapshot};
use crate::value::{Entries, Marks, Type, Value, convert};

/// The data source `terraform_remote_state`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RemoteState;

/// The outputs of the root module of another configuration, from its state. Nothing is locked or changed.
#[derive(Clone, Debug, PartialEq, Model)]
pub(crate) struct RemoteStateModel {
    /// The kind of backend that holds the state. Only `local` can be read.
    #[attr(required)]
    pub(crate) backend: String,
    /// The arguments of the backend, as an object: `path` and `workspace_dir`.
    #[attr(optional)]
    pub(crate) config: Value,
    /// Values for outputs that the state lacks, as an object.
    #[attr(optional)]
    pub(crate) defaults: Value,
    /// The outputs as an object. Those that are sensitive there are sensitive here.
    #[attr(computed)]
    pub(crate) outputs: Value,
    /// The workspace, `default` if absent.
    #[attr(optional)]
    pub(crate) workspace: Option<String>,
}

/// The backends that Terraform has besides `local`, so that a name with a mistake in it can be told from one of these.
const OTHER_BACKENDS: [&str; 12] =
    ["azurerm", "consul", "cos", "etcdv3", "gcs", "http", "kubernetes", "oci", "oss", "pg", "remote", "s3"];

impl DataSource for RemoteState {
    const NAME: &'static str = "terraform_remote_state";
    type Model = RemoteStateModel;

    fn check(&self, wanted: &Value, problems: &mut Diagnostics) {
        let backend = wanted.attr("backend");
        let local = match backend.as_str() {
            None | Some("local") => backend.is_known(),
            Some(name) => {
                problems.push(refused_backend(name));
                false
            }
        };
        if local {
            check_config(&wanted.attr("config"), problems);
        }
        let defaults = wanted.attr("defaults");
        if defaults.is_known() && !defaults.is_null() && defaults.entries().is_none() {
            let detail = format!("`defaults` is an object, not a {}.", defaults.ty().friendly());
            problems.error("Invalid default values").on("defaults").detail(detail);
        }
    }

    fn permissions(&self, _wanted: &Value) -> Vec<Grant> {
        // Nothing is asked of AWS.
        Vec::new()
    }

    async fn read(&self, wanted: &RemoteStateModel, _run: &Run<'_>) -> OpResult<RemoteStateModel> {
        let path = path(&wanted.config, wanted.workspace.as_deref());
        let read = LocalBackend::new(path.clone()).read().await;
        let snapshot = read.map_err(|error| {
            refused(Diagnostic::from(error).with(|d| {
                d.on("config");
            }))
        })?;
        let Some(snapshot) = snapshot else {
            return Err(refused(missing(&path, wanted.workspace.as_deref())));
        };
        Ok(RemoteStateModel { outputs: outputs(&wanted.defaults, &snapshot), ..wanted.clone() })
    }
}

fn refused_backend(name: &str) -> Diagnostic {
    Diagnostic::error("Invalid backend configuration").with(|problem| {
        problem.on("backend");
        if OTHER_BACKENDS.contains(&name) {
            problem
                .detail(format!("recon cannot read states of the backend \"{name}\"."))
                .help("Copy the outputs that are needed to a local state file, or hand them over as variables.");
        } else {
            problem.detail(format!("There is no backend type named \"{name}\".")).help("recon reads \"local\" states.");
        }
    })
}

fn check_config(config: &Value, problems: &mut Diagnostics) {
    if !config.is_known() || config.is_null() {
        return;
    }
    let mut refuse = |detail: String| {
        problems.error("Invalid backend configuration").on("config").detail(detail);
    };
    let Some(entries) = config.entries() else {
        refuse(format!("The arguments of a backend are an object, not a {}.", config.ty().friendly()));
        return;
    };
    for (name, value) in entries {
        match &**name {
            "path" | "workspace_dir" => {
                if convert(value, &Type::String).is_err() {
                    refuse(format!("`{name}` of the backend \"local\" is a string, not a {}.", value.ty().friendly()));
                }
            }
            _ => refuse(format!("The backend \"local\" has no argument `{name}`; it has `path` and `workspace_dir`.")),
        }
    }
}

/// Where the backend `local` keeps the state of a workspace.
fn path(config: &Value, workspace: Option<&str>) -> PathBuf {
    let argument = |name: &str| {
        let value = convert(&config.attr(name), &Type::String).ok()?;
        value.as_str().filter(|text| !text.is_empty()).map(PathBuf::from)
    };
    match workspace {
        None | Some("" | "default") => argument("path").unwrap_or_else(|| "terraform.tfstate".into()),
        Some(workspace) => {
            let folder = argument("workspace_dir").unwrap_or_else(|| "terraform.tfstate.d".into());
            folder.join(workspace).join("terraform.tfstate")
        }
    }
}

fn missing(path: &Path, workspace: Option<&str>) -> Diagnostic {
    Diagnostic::error("Unable to find remote state").with(|problem| {
        let workspace = workspace.map_or_else(String::new, |name| format!(" for the workspace `{name}`"));
        problem
            .detail(format!("There is no state file {}{workspace}.", path.display()))
            .help("It is there once the other configuration was applied. Paths start from the working folder.");
    })
}

fn refused(problem: Diagnostic) -> OpError {
    let mut refused = OpError::new(ErrorKind::Local, RemoteState::NAME, problem.detail.clone());
    refused.diagnostic = Some(Box::new(problem));
    refused
}

/// The outputs of a state over the defaults. What one state calls sensitive is so everywhere.
fn outputs(defaults: &Value, snapshot: &Snapshot) -> Value {
    let mut entries: Entries = defaults.entries().cloned().unwrap_or_default();
    for (name, output) in &snapshot.outputs {
        let marks = if output.sensitive { Marks::SENSITIVE } else { Marks::NONE };
        entries.insert(name.clone(), output.value.clone().marked(marks));
    }
    Value::object(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(backend: &str, config: Value) -> RemoteStateModel {
        let absent = || Value::null(Type::Dynamic);
        RemoteStateModel { backend: backend.into(), config, defaults: absent(), outputs: absent(), workspace: None }
    }

    fn problems(model: &RemoteStateModel) -> Vec<String> {
        let mut problems = Diagnostics::new();
        RemoteState.check(&model.to_value(), &mut problems);
        problems.iter().map(|problem| problem.detail.clone()).collect()
    }

    #[test]
    fn arguments_are_checked_before_anything_is_read() {
        let config = |name: &str, value: Value| Value::object_of([(name, value)]);
        assert_eq!(problems(&model("local", config("path", "x".into()))), Vec::<String>::new());
        assert_eq!(problems(&model("local", Value::null(Type::Dynamic))), Vec::<String>::new());
        insta::assert_snapshot!(
            [
                model("s3", config("bucket", "b".into())),
                model("locl", config("path", "x".into())),
                model("local", "x".into()),
                model("local", config("pth", "x".into())),
                model("local", config("path", Value::tuple(vec![]))),
                RemoteStateModel { defaults: Value::tuple(vec![]), ..model("local", config("path", "x".into())) },
            ]
            .iter()
            .flat_map(problems)
            .collect::<Vec<_>>()
            .join("\n"),
            @r#"
        recon cannot read states of the backend "s3".
        There is no backend type named "locl".
        The arguments of a backend are an object, not a string.
        The backend "local" has no argument `pth`; it has `path` and `workspace_dir`.
        `path` of the backend "local" is a string, not a tuple.
        `defaults` is an object, not a tuple.
        "#
        );
    }

    #[test]
    fn each_workspace_has_its_file() {
        let config = Value::object_of([("path", "a/x.json".into()), ("workspace_dir", "w".into())]);
        assert_eq!(path(&config, None), Path::new("a/x.json"));
        assert_eq!(path(&config, Some("default")), Path::new("a/x.json"));
        assert_eq!(path(&config, Some("prod")), Path::new("w/prod/terraform.tfstate"));
        assert_eq!(path(&Value::null(Type::Dynamic), None), Path::new("terraform.tfstate"));
    }

    #[tokio::test]
    async fn outputs_stand_over_defaults_and_keep_their_secrets() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("other.tfstate");
        let state = r#"{"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "l", "resources": [],
            "outputs": {"have": {"value": [1], "type": ["tuple", ["number"]]},
                "secret": {"value": "hush", "type": "string", "sensitive": true}}}"#;
        std::fs::write(&file, state).unwrap();
        let config = Value::object_of([("path", Value::string(file.to_string_lossy()))]);
        let defaults = Value::object_of([("have", "not used".into()), ("extra", "default".into())]);
        let wanted = RemoteStateModel { defaults, ..model("local", config) };
        let read = RemoteState.read(&wanted, &Run::unrecorded()).await.unwrap();
        assert_eq!(read.outputs.attr("have"), Value::tuple(vec![1.into()]));
        assert_eq!(read.outputs.attr("extra"), "default".into());
        assert!(read.outputs.attr("secret").is_sensitive());

        std::fs::remove_file(&file).unwrap();
        let error = RemoteState.read(&wanted, &Run::unrecorded()).await.unwrap_err();
        assert_eq!(error.diagnostic.unwrap().summary, "Unable to find remote state");
    }
}
