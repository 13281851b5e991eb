//! Reads what Amplify wrote about its backend, without running any of it.
//!
//! Three kinds of file say it: `aws-exports.js` (Gen 1, for the front end; also as `.ts` or as JSON),
//! `amplify_outputs.json` (Gen 2) and `amplify/backend/amplify-meta.json` (Gen 1, of the Amplify CLI).

use std::fmt;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::aws::literal::{self, Data, Literal, NotLiteral};
use crate::diagnostic::{Diagnostic, Excerpt, Source};

/// Where a project keeps such files, in the order that decides between equally complete ones.
const PLACES: [&str; 8] = [
    "amplify_outputs.json",
    "src/amplify_outputs.json",
    "src/aws-exports.js",
    "aws-exports.js",
    "src/aws-exports.ts",
    "aws-exports.ts",
    "amplify/backend/amplify-meta.json",
    "backend/amplify-meta.json",
];

/// What a front end needs to know of the backend that Amplify made.
#[derive(Clone, PartialEq, Eq)]
pub struct AmplifyExports {
    /// The file that said it.
    pub path: PathBuf,
    /// Which kind of file that is.
    pub format: Format,
    /// The id of the user pool.
    pub user_pool_id: String,
    /// The id of the pool's client for web apps.
    pub user_pool_client_id: Option<String>,
    /// The region of the user pool.
    pub region: String,
    /// The id of the identity pool.
    pub identity_pool_id: Option<String>,
    /// The URL of the GraphQL API.
    pub graphql_endpoint: Option<String>,
    /// The region of the GraphQL API.
    pub graphql_region: Option<String>,
    /// The key of the GraphQL API; a secret.
    pub api_key: Option<String>,
}

impl fmt::Debug for AmplifyExports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AmplifyExports")
            .field("path", &self.path)
            .field("format", &self.format)
            .field("user_pool_id", &self.user_pool_id)
            .field("user_pool_client_id", &self.user_pool_client_id)
            .field("region", &self.region)
            .field("identity_pool_id", &self.identity_pool_id)
            .field("graphql_endpoint", &self.graphql_endpoint)
            .field("graphql_region", &self.graphql_region)
            .field("api_key", &self.api_key.as_ref().map(|_| "(sensitive)"))
            .finish()
    }
}

impl AmplifyExports {
    /// How many of the optional facts are known.
    fn known(&self) -> usize {
        let facts = [
            &self.user_pool_client_id,
            &self.identity_pool_id,
            &self.graphql_endpoint,
            &self.graphql_region,
            &self.api_key,
        ];
        facts.into_iter().flatten().count()
    }
}

/// The kinds of file that Amplify writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `aws-exports.js`.
    AwsExports,
    /// `amplify_outputs.json`.
    AmplifyOutputs,
    /// `amplify-meta.json`.
    AmplifyMeta,
}

impl Format {
    const fn how_to_add_a_pool(self) -> &'static str {
        match self {
            Self::AwsExports | Self::AmplifyMeta => {
                "Run `amplify push`, which writes the pool here; if the project has none, run `amplify add auth` first."
            }
            Self::AmplifyOutputs => {
                "Define auth in amplify/auth/resource.ts, then run `npx ampx sandbox` or deploy the branch."
            }
        }
    }
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The byte range in [`Place::text`]; within bounds and on character boundaries.
    pub range: Range<usize>,
    /// The whole text of the file.
    pub text: Arc<str>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.path.display(), self.line, self.column)
    }
}

/// A reason why Amplify's files do not say which user pool there is.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Nothing is at the path.
    #[error("`{}` does not exist", path.display())]
    Missing {
        /// The path as it was given.
        path: PathBuf,
    },
    /// The folder has none of the files.
    #[error("`{}` has none of the files that Amplify writes", path.display())]
    NoFile {
        /// The folder.
        path: PathBuf,
        /// The names that were looked for in it.
        looked_for: Vec<String>,
    },
    /// The file cannot be read.
    #[error("`{}` cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not text.
    #[error("`{}` is not UTF-8 text", path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
    },
    /// The file does not parse, or says something that only running it could tell.
    #[error("{place}: {message}")]
    NotParseable {
        /// Where.
        place: Place,
        /// What is wrong.
        message: String,
    },
    /// A member has a value of the wrong type.
    #[error("{place}: `{name}` is {found}, and should be a string")]
    WrongType {
        /// The value.
        place: Place,
        /// The member.
        name: String,
        /// What it is, with its article.
        found: &'static str,
    },
    /// The file names no user pool.
    #[error("{place}: no user pool is named here")]
    NoPool {
        /// The object that would name it.
        place: Place,
        /// Which kind of file it is.
        format: Format,
    },
    /// The file names more than one user pool.
    #[error("{place}: more than one user pool is named here")]
    Ambiguous {
        /// The object that names them.
        place: Place,
        /// Amplify's names for them, with the pools' ids.
        pools: Vec<(String, String)>,
    },
    /// Files of one project name different user pools.
    #[error("the files in `{}` name different user pools", path.display())]
    Disagree {
        /// The folder.
        path: PathBuf,
        /// Each file with its pool's id.
        pools: Vec<(PathBuf, String)>,
    },
}

impl ReadError {
    /// Says what to do about it, in full sentences, where that is known.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Missing { .. } => Some("Give the path of aws-exports.js, or of the Amplify project.".to_owned()),
            Self::NoFile { looked_for, .. } => Some(format!(
                "Run `amplify push` in the project, or give the path of the file itself. Looked for {}.",
                looked_for.join(", ")
            )),
            Self::Unreadable { .. } | Self::NotUtf8 { .. } => None,
            Self::NotParseable { .. } | Self::WrongType { .. } => Some(
                "Amplify writes this file: run `amplify pull`, or `npx ampx generate outputs` for Gen 2.".to_owned(),
            ),
            Self::NoPool { format, .. } => Some(format.how_to_add_a_pool().to_owned()),
            Self::Ambiguous { pools, .. } => {
                let pools: Vec<String> = pools.iter().map(|(name, id)| format!("{name} ({id})")).collect();
                Some(format!("Write the id of the one you mean instead of reading it: {}.", pools.join(", ")))
            }
            Self::Disagree { pools, .. } => {
                let pools: Vec<String> = pools.iter().map(|(path, id)| format!("{} ({id})", path.display())).collect();
                Some(format!("Give the path of the one that is current: {}.", pools.join(", ")))
            }
        }
    }

    /// The place in a file that it is about, if there is one.
    pub const fn place(&self) -> Option<&Place> {
        match self {
            Self::NotParseable { place, .. }
            | Self::WrongType { place, .. }
            | Self::NoPool { place, .. }
            | Self::Ambiguous { place, .. } => Some(place),
            Self::Missing { .. }
            | Self::NoFile { .. }
            | Self::Unreadable { .. }
            | Self::NotUtf8 { .. }
            | Self::Disagree { .. } => None,
        }
    }
}

impl From<ReadError> for Diagnostic {
    fn from(error: ReadError) -> Self {
        let source = std::error::Error::source(&error).map(|source| format!(" ({source})")).unwrap_or_default();
        let detail = match &error {
            ReadError::NotParseable { message, .. } => message.clone(),
            ReadError::WrongType { name, found, .. } => format!("`{name}` is {found}, and should be a string."),
            ReadError::NoPool { .. } => "No user pool is named here.".to_owned(),
            ReadError::Ambiguous { .. } => "More than one user pool is named here.".to_owned(),
            ReadError::Missing { .. }
            | ReadError::NoFile { .. }
            | ReadError::Unreadable { .. }
            | ReadError::NotUtf8 { .. }
            | ReadError::Disagree { .. } => format!("Amplify project: {error}{source}."),
        };
        Self::error("No user pool found in Amplify's files").with(|it| {
            it.detail(detail).help(error.help().unwrap_or_default());
            if let Some(Place { path, range, text, .. }) = error.place() {
                let (path, text) = (path.clone(), Arc::clone(text));
                it.in_file(Excerpt { path, text, start: range.start, end: range.end });
            }
        })
    }
}

/// Reads one of Amplify's files, or the most complete of those in a project's folder.
///
/// In a folder, `amplify_outputs.json`, `aws-exports.js` and `amplify-meta.json` are looked for in this order, at the top
/// and in `src`; between equally complete ones the first counts. If they name different pools, that is an error. A file
/// without a pool, or one that does not parse, only counts when there is no better one.
pub fn read(path: &Path) -> Result<AmplifyExports, ReadError> {
    let about = std::fs::metadata(path).map_err(|source| unreadable(path, source))?;
    if !about.is_dir() {
        return read_file(path);
    }
    let mut first_error = None;
    let mut found: Vec<AmplifyExports> = Vec::new();
    for file in PLACES.iter().map(|place| path.join(place)).filter(|file| file.is_file()) {
        match read_file(&file) {
            Ok(exports) => found.push(exports),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    if found.iter().any(|other| other.user_pool_id != found[0].user_pool_id) {
        let pools = found.into_iter().map(|exports| (exports.path, exports.user_pool_id)).collect();
        return Err(ReadError::Disagree { path: path.to_path_buf(), pools });
    }
    // `max_by_key` would take the last of equals.
    let best = found.into_iter().rev().max_by_key(AmplifyExports::known);
    best.ok_or_else(|| {
        first_error.unwrap_or_else(|| ReadError::NoFile {
            path: path.to_path_buf(),
            looked_for: PLACES.iter().map(ToString::to_string).collect(),
        })
    })
}

fn read_file(path: &Path) -> Result<AmplifyExports, ReadError> {
    let bytes = std::fs::read(path).map_err(|source| unreadable(path, source))?;
    let text = String::from_utf8(bytes).map_err(|_| ReadError::NotUtf8 { path: path.to_path_buf() })?;
    parse(path, &text)
}

fn unreadable(path: &Path, source: io::Error) -> ReadError {
    let path = path.to_path_buf();
    match source.kind() {
        io::ErrorKind::NotFound => ReadError::Missing { path },
        _ => ReadError::Unreadable { path, source },
    }
}

/// Reads the text of one of Amplify's files; `path` tells JSON from JavaScript, and is named in errors.
pub fn parse(path: &Path, text: &str) -> Result<AmplifyExports, ReadError> {
    let text = text.trim_start_matches('\u{feff}');
    let file = File { path, text };
    let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    if !is_json {
        let exported = literal::exported(text).map_err(|error| file.not_parseable(error))?;
        let Some(exported) = exported else {
            let message = "The file exports no object: expected `export default` or `module.exports =`.".to_owned();
            return Err(ReadError::NotParseable { place: file.place(&(0..0)), message });
        };
        return file.aws_exports(&exported);
    }
    let root = literal::json(text).map_err(|error| file.not_parseable(error))?;
    if !matches!(root.data, Data::Object(_)) {
        let message = format!("The file holds {}, and should hold an object.", root.kind());
        return Err(ReadError::NotParseable { place: file.place(&root.range), message });
    }
    let is_meta = path.file_name().is_some_and(|name| name == "amplify-meta.json") || root.get("providers").is_some();
    if is_meta {
        file.amplify_meta(&root)
    } else if root.members().any(|(name, _)| name.starts_with("aws_")) {
        file.aws_exports(&root)
    } else {
        file.amplify_outputs(&root)
    }
}

#[derive(Clone, Copy)]
struct File<'a> {
    path: &'a Path,
    text: &'a str,
}

impl File<'_> {
    fn aws_exports(self, root: &Literal) -> Result<AmplifyExports, ReadError> {
        if !matches!(root.data, Data::Object(_)) {
            let message = format!("The file exports {}, and should export an object.", root.kind());
            return Err(ReadError::NotParseable { place: self.place(&root.range), message });
        }
        let text = |name: &str| self.text(root, name);
        let Some(user_pool_id) = text("aws_user_pools_id")? else {
            return Err(self.no_pool(&root.range, Format::AwsExports));
        };
        let project = text("aws_project_region")?;
        Ok(AmplifyExports {
            path: self.path.to_path_buf(),
            format: Format::AwsExports,
            user_pool_client_id: text("aws_user_pools_web_client_id")?,
            region: text("aws_cognito_region")?.or(project).unwrap_or_else(|| region_of(&user_pool_id)),
            identity_pool_id: text("aws_cognito_identity_pool_id")?,
            graphql_endpoint: text("aws_appsync_graphqlEndpoint")?,
            graphql_region: text("aws_appsync_region")?,
            api_key: text("aws_appsync_apiKey")?,
            user_pool_id,
        })
    }

    fn amplify_outputs(self, root: &Literal) -> Result<AmplifyExports, ReadError> {
        let auth = root.get("auth");
        let (auth_text, data_text) = (self.section(auth), self.section(root.get("data")));
        let Some(user_pool_id) = auth_text("user_pool_id")? else {
            return Err(self.no_pool(&auth.unwrap_or(root).range, Format::AmplifyOutputs));
        };
        Ok(AmplifyExports {
            path: self.path.to_path_buf(),
            format: Format::AmplifyOutputs,
            user_pool_client_id: auth_text("user_pool_client_id")?,
            region: auth_text("aws_region")?.unwrap_or_else(|| region_of(&user_pool_id)),
            identity_pool_id: auth_text("identity_pool_id")?,
            graphql_endpoint: data_text("url")?,
            graphql_region: data_text("aws_region")?,
            api_key: data_text("api_key")?,
            user_pool_id,
        })
    }

    fn amplify_meta(self, root: &Literal) -> Result<AmplifyExports, ReadError> {
        let auth = root.get("auth");
        let pools: Vec<(&str, &Literal, String)> = self.outputs(auth, "UserPoolId")?;
        let (output, user_pool_id) = match pools.as_slice() {
            [] => return Err(self.no_pool(&auth.unwrap_or(root).range, Format::AmplifyMeta)),
            [(_, output, id)] => (*output, id.clone()),
            several => {
                let place = self.place(&auth.unwrap_or(root).range);
                let pools = several.iter().map(|(name, _, id)| ((*name).to_owned(), id.clone())).collect();
                return Err(ReadError::Ambiguous { place, pools });
            }
        };
        let apis = self.outputs(root.get("api"), "GraphQLAPIEndpointOutput")?;
        let (api, graphql_endpoint) = apis.into_iter().next().map(|(_, output, url)| (output, url)).unzip();
        let provider = root.get("providers").and_then(|providers| providers.get("awscloudformation"));
        let region = self.section(provider)("Region")?.unwrap_or_else(|| region_of(&user_pool_id));
        let web_client = self.text(output, "AppClientIDWeb")?;
        let native_client = self.text(output, "AppClientID")?;
        Ok(AmplifyExports {
            path: self.path.to_path_buf(),
            format: Format::AmplifyMeta,
            user_pool_client_id: web_client.or(native_client),
            identity_pool_id: self.text(output, "IdentityPoolId")?,
            graphql_region: graphql_endpoint.is_some().then(|| region.clone()),
            graphql_endpoint,
            api_key: self.section(api)("GraphQLAPIKeyOutput")?,
            region,
            user_pool_id,
        })
    }

    /// The resources of a category whose output has `name`, with that output and the member's text.
    fn outputs<'l>(
        self,
        category: Option<&'l Literal>,
        name: &str,
    ) -> Result<Vec<(&'l str, &'l Literal, String)>, ReadError> {
        let mut found = Vec::new();
        for (resource, details) in category.into_iter().flat_map(Literal::members) {
            if let Some(output) = details.get("output")
                && let Some(text) = self.text(output, name)?
            {
                found.push((resource, output, text));
            }
        }
        Ok(found)
    }

    /// Reads members of an object that may be absent.
    fn section(self, object: Option<&Literal>) -> impl Fn(&str) -> Result<Option<String>, ReadError> {
        move |name| object.map_or(Ok(None), |object| self.text(object, name))
    }

    /// The text of a member; absent, `null` and empty are the same.
    fn text(self, object: &Literal, name: &str) -> Result<Option<String>, ReadError> {
        let Some(value) = object.get(name) else {
            return Ok(None);
        };
        match &value.data {
            Data::String(text) if text.is_empty() => Ok(None),
            Data::String(text) => Ok(Some(text.clone())),
            Data::Null => Ok(None),
            Data::Bool(_) | Data::Number(_) | Data::Array(_) | Data::Object(_) => Err(ReadError::WrongType {
                place: self.place(&value.range),
                name: name.to_owned(),
                found: value.kind(),
            }),
        }
    }

    fn no_pool(self, range: &Range<usize>, format: Format) -> ReadError {
        ReadError::NoPool { place: self.place(range), format }
    }

    fn not_parseable(self, error: NotLiteral) -> ReadError {
        ReadError::NotParseable { place: self.place(&error.range), message: error.message }
    }

    fn place(self, range: &Range<usize>) -> Place {
        let source = Source { path: self.path.to_path_buf(), text: Arc::from(self.text) };
        let start = source.text.floor_char_boundary(range.start);
        let end = source.text.floor_char_boundary(range.end).max(start);
        let (line, column) = source.line_column(start);
        Place { path: source.path, line, column, range: start..end, text: source.text }
    }
}

/// The region in a pool's id, which is `<region>_<name>`.
fn region_of(user_pool_id: &str) -> String {
    user_pool_id.split_once('_').map_or("", |(region, _)| region).to_owned()
}

#[cfg(test)]
mod tests;
