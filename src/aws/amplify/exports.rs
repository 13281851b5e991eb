//! `data "amplify_exports"`.

use std::path::PathBuf;

use super::reader::{self, AmplifyExports, ReadError};
use crate::diagnostic::Diagnostic;
use crate::resource::{DataSource, ErrorKind, Grant, Model, OpError, OpResult, Run};
use crate::value::Value;

/// What Amplify made, as Amplify's own files say it: the user pool to build on, and the API beside it.
///
/// Nothing of it is run or changed. The files are `aws-exports.js`, `amplify_outputs.json` and
/// `amplify/backend/amplify-meta.json`; in a folder the most complete of them counts.
#[derive(Clone, Default, PartialEq, Model)]
pub struct ExportsModel {
    /// The key of the GraphQL API that Amplify made, if there is one.
    #[attr(computed, sensitive)]
    pub api_key: Option<String>,
    /// The URL of the GraphQL API that Amplify made, if there is one.
    #[attr(computed)]
    pub graphql_endpoint: Option<String>,
    /// The file that was read.
    #[attr(computed)]
    pub id: Option<String>,
    /// The id of the identity pool, if there is one.
    #[attr(computed)]
    pub identity_pool_id: Option<String>,
    /// One of Amplify's files, or the folder of the project.
    #[attr(required)]
    pub path: String,
    /// The region of the user pool.
    #[attr(computed)]
    pub region: Option<String>,
    /// The id of the user pool's client for web apps, if the file names it.
    #[attr(computed)]
    pub user_pool_client_id: Option<String>,
    /// The id of the user pool.
    #[attr(computed)]
    pub user_pool_id: Option<String>,
}

/// The data source `amplify_exports`.
#[derive(Default)]
pub struct Exports;

impl Exports {
    /// What Amplify's files say; no call is made for it.
    pub fn new() -> Self {
        Self
    }
}

impl DataSource for Exports {
    const NAME: &'static str = "amplify_exports";
    type Model = ExportsModel;

    fn permissions(&self, _wanted: &Value) -> Vec<Grant> {
        // Nothing is asked of AWS.
        Vec::new()
    }

    async fn read(&self, wanted: &ExportsModel, _run: &Run<'_>) -> OpResult<ExportsModel> {
        let path = PathBuf::from(&wanted.path);
        let read = tokio::task::spawn_blocking(move || reader::read(&path)).await;
        let read = read.map_err(|error| OpError::new(ErrorKind::Local, Self::NAME, error.to_string()))?;
        read.map(|found| model(&wanted.path, found)).map_err(refused)
    }
}

fn model(path: &str, found: AmplifyExports) -> ExportsModel {
    ExportsModel {
        api_key: found.api_key,
        graphql_endpoint: found.graphql_endpoint,
        id: Some(found.path.to_string_lossy().replace('\\', "/")),
        identity_pool_id: found.identity_pool_id,
        path: path.to_owned(),
        region: Some(found.region),
        user_pool_client_id: found.user_pool_client_id,
        user_pool_id: Some(found.user_pool_id),
    }
}

/// The error with the place in Amplify's file and the cure.
fn refused(error: ReadError) -> OpError {
    let mut refused = OpError::new(ErrorKind::Local, Exports::NAME, error.to_string());
    refused.help = error.help();
    refused.diagnostic = Some(Box::new(Diagnostic::from(error).with(|d| {
        d.on("path");
    })));
    refused
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::diagnostic::Diagnostics;

    const FILE: &str = "const awsmobile = {\n  \"aws_project_region\": \"eu-west-1\",\n  \"aws_user_pools_id\": \"eu-west-1_AbC\",\n  \
                        \"aws_appsync_apiKey\": \"da2-secret\",\n};\nexport default awsmobile;\n";

    #[test]
    fn the_key_is_sensitive_and_the_path_is_the_only_argument() {
        let block = ExportsModel::block();
        assert!(block.attributes["api_key"].sensitive);
        assert_eq!(block.writable_names().collect::<Vec<_>>(), ["path"]);
    }

    #[test]
    fn what_the_file_says_becomes_attributes() {
        let found = reader::parse(Path::new("src/aws-exports.js"), FILE).unwrap();
        let model = model("src/aws-exports.js", found);
        assert_eq!(model.user_pool_id.as_deref(), Some("eu-west-1_AbC"));
        assert_eq!(model.region.as_deref(), Some("eu-west-1"));
        assert_eq!(model.api_key.as_deref(), Some("da2-secret"));
        assert_eq!((model.graphql_endpoint, model.identity_pool_id), (None, None));
        assert_eq!(model.id.as_deref(), Some("src/aws-exports.js"));
    }

    #[test]
    fn a_file_without_a_pool_is_shown_with_its_place_and_the_cure() {
        let text = FILE.replace("aws_user_pools_id", "aws_other");
        let error = refused(reader::parse(Path::new("src/aws-exports.js"), &text).unwrap_err());
        assert_eq!(error.kind, ErrorKind::Local);
        let shown: Diagnostics = Diagnostics::from(Diagnostic::from(error));
        let shown = shown.iter().next().unwrap();
        assert!(shown.detail.contains("No user pool"), "{}", shown.detail);
        let excerpt = shown.excerpt.as_ref().unwrap();
        assert_eq!(excerpt.path, Path::new("src/aws-exports.js"));
        assert!(text[excerpt.start..excerpt.end].starts_with('{'));
        assert!(shown.help.iter().any(|help| help.contains("amplify push")));
    }

    #[tokio::test]
    async fn a_missing_file_is_named() {
        let wanted = ExportsModel { path: "no/such/aws-exports.js".into(), ..ExportsModel::default() };
        let error = Exports::new().read(&wanted, &Run::unrecorded()).await.err().unwrap();
        let shown = Diagnostic::from(error);
        assert!(shown.detail.contains("no/such/aws-exports.js"));
        assert!(!shown.help.is_empty());
    }
}
