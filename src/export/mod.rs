//! Export files: the outputs in the forms that front ends read. The one writer of secrets outside state, and only when
//! asked: whoever lists an output for a front end publishes it.

mod amplify_outputs;
mod dotenv;
mod file;
mod scripts;

pub use file::{ExportError, check_folder, write};

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::diagnostic::Diagnostic;
use crate::value::Value;
use crate::value::json::to_json;

/// The name and value of an output.
pub type Output = (Arc<str>, Value);

/// The outputs of the root module in the order of the configuration, known and not null.
pub type Outputs = [Output];

/// The form of an export file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// What `cdk deploy --outputs-file` writes.
    Cdk,
    /// One JSON object.
    Json,
    /// The `aws-exports.js` of Amplify up to v6.
    AwsExports,
    /// The `amplify_outputs.json` of Amplify Gen 2.
    AmplifyOutputs,
    /// `NAME=value` lines.
    Dotenv,
    /// A TypeScript module.
    Typescript,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 6] =
        [Self::Cdk, Self::Json, Self::AwsExports, Self::AmplifyOutputs, Self::Dotenv, Self::Typescript];

    /// Its name in `recon.toml` and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cdk => "cdk",
            Self::Json => "json",
            Self::AwsExports => "aws-exports",
            Self::AmplifyOutputs => "amplify-outputs",
            Self::Dotenv => "dotenv",
            Self::Typescript => "typescript",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text is not the name of a format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no export format; there are {names}", names = names())]
pub struct UnknownFormat(String);

fn names() -> String {
    Format::ALL.map(Format::name).join(", ")
}

impl FromStr for Format {
    type Err = UnknownFormat;
    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        Self::ALL.into_iter().find(|format| format.name() == text).ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}

/// What a format needs besides the outputs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The stack's name, for `cdk`.
    pub stack: String,
    /// What stands before each name, for `dotenv`.
    pub prefix: String,
}

/// The text of an export file.
pub fn text(format: Format, outputs: &Outputs, options: &Options) -> Result<String, Box<Diagnostic>> {
    match format {
        Format::Cdk => cdk(outputs, &options.stack),
        Format::Json => Ok(pretty(&plain(outputs))),
        Format::AwsExports => Ok(scripts::aws_exports(outputs)),
        Format::AmplifyOutputs => amplify_outputs::text(outputs),
        Format::Dotenv => dotenv::text(outputs, &options.prefix),
        Format::Typescript => Ok(scripts::typescript(outputs)),
    }
}

/// The outputs under their own names.
fn plain(outputs: &Outputs) -> Json {
    Json::Object(outputs.iter().map(|(name, value)| (name.to_string(), to_json(value))).collect())
}

fn pretty(json: &Json) -> String {
    format!("{json:#}\n")
}

/// A value where the form knows texts only: numbers and truth values as written, everything else as JSON.
fn as_text(value: &Value) -> String {
    match to_json(value) {
        Json::String(text) => text,
        json => json.to_string(),
    }
}

/// CloudFormation keys are alphanumeric and its values texts; the CDK takes every other character out of a name.
fn cdk(outputs: &Outputs, stack: &str) -> Result<String, Box<Diagnostic>> {
    let mut members = Map::new();
    for (key, (_, value)) in
        keyed(outputs, "the CDK's file", |name| name.chars().filter(char::is_ascii_alphanumeric).collect())?
    {
        members.insert(key, as_text(value).into());
    }
    Ok(pretty(&Json::Object([(stack.to_owned(), Json::Object(members))].into_iter().collect())))
}

/// The outputs by the key that a form gives them, in their order. Two outputs cannot share one.
fn keyed<'a>(
    outputs: &'a Outputs,
    form: &str,
    key: impl Fn(&str) -> String,
) -> Result<Vec<(String, &'a Output)>, Box<Diagnostic>> {
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    let mut found = Vec::with_capacity(outputs.len());
    for output in outputs {
        let key = key(&output.0);
        if let Some(other) = taken.insert(key.clone(), &output.0) {
            return Err(Box::new(Diagnostic::error("Two outputs with one name in an export").with(|d| {
                let name = &output.0;
                d.detail(format!("In {form} the outputs `{other}` and `{name}` would both be called `{key}`."));
                d.help("Rename one of the outputs.");
            })));
        }
        found.push((key, output));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Marks, Type};

    pub(super) fn outputs() -> Vec<(Arc<str>, Value)> {
        let url = "https://abc.appsync-api.eu-west-1.amazonaws.com/graphql";
        vec![
            ("aws_appsync_graphqlEndpoint".into(), url.into()),
            ("aws_appsync_apiKey".into(), Value::string("da2-key").marked(Marks::SENSITIVE)),
            ("count".into(), 3.into()),
            ("tags".into(), Value::list(Type::String, vec!["a".into(), "b".into()])),
        ]
    }

    fn made(format: Format) -> String {
        let options = Options { stack: "CdkBackendStack".into(), prefix: "VITE_".into() };
        text(format, &outputs(), &options).unwrap()
    }

    #[test]
    fn the_cdk_form_spells_keys_and_values_as_cloudformation_does() {
        insta::assert_snapshot!(made(Format::Cdk), @r#"
        {
          "CdkBackendStack": {
            "awsappsyncgraphqlEndpoint": "https://abc.appsync-api.eu-west-1.amazonaws.com/graphql",
            "awsappsyncapiKey": "da2-key",
            "count": "3",
            "tags": "[\"a\",\"b\"]"
          }
        }
        "#);
    }

    #[test]
    fn json_keeps_names_and_types() {
        insta::assert_snapshot!(made(Format::Json), @r#"
        {
          "aws_appsync_graphqlEndpoint": "https://abc.appsync-api.eu-west-1.amazonaws.com/graphql",
          "aws_appsync_apiKey": "da2-key",
          "count": 3,
          "tags": [
            "a",
            "b"
          ]
        }
        "#);
    }

    #[test]
    fn amplify_reads_its_javascript_file() {
        insta::assert_snapshot!(made(Format::AwsExports), @r#"
        /* eslint-disable */
        // Written by recon from the outputs of its configuration; edits are lost with the next apply.

        const awsmobile = {
            "aws_appsync_graphqlEndpoint": "https://abc.appsync-api.eu-west-1.amazonaws.com/graphql",
            "aws_appsync_apiKey": "da2-key",
            "count": 3,
            "tags": [
                "a",
                "b"
            ]
        };

        export default awsmobile;
        "#);
    }

    #[test]
    fn typescript_knows_the_exact_types() {
        insta::assert_snapshot!(made(Format::Typescript), @r#"
        // Written by recon from the outputs of its configuration; edits are lost with the next apply.

        export const outputs = {
          "aws_appsync_graphqlEndpoint": "https://abc.appsync-api.eu-west-1.amazonaws.com/graphql",
          "aws_appsync_apiKey": "da2-key",
          "count": 3,
          "tags": [
            "a",
            "b"
          ]
        } as const;

        export type Outputs = typeof outputs;

        export default outputs;
        "#);
    }

    #[test]
    fn dotenv_names_are_upper_case_with_the_prefix() {
        insta::assert_snapshot!(made(Format::Dotenv), @r#"
        # Written by recon from the outputs of its configuration; edits are lost with the next apply.
        VITE_AWS_APPSYNC_GRAPHQL_ENDPOINT=https://abc.appsync-api.eu-west-1.amazonaws.com/graphql
        VITE_AWS_APPSYNC_API_KEY=da2-key
        VITE_COUNT=3
        VITE_TAGS='["a","b"]'
        "#);
    }

    #[test]
    fn two_outputs_that_become_one_are_refused() {
        let outputs: Vec<(Arc<str>, Value)> = vec![("api_key".into(), "a".into()), ("apikey".into(), "b".into())];
        let problem = text(Format::Cdk, &outputs, &Options::default()).unwrap_err();
        assert_eq!(
            problem.detail,
            "In the CDK's file the outputs `api_key` and `apikey` would both be called `apikey`."
        );
    }

    #[test]
    fn format_names_are_read_back_and_others_refused() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        assert!("yaml".parse::<Format>().unwrap_err().to_string().contains("cdk, json, aws-exports"));
    }
}
