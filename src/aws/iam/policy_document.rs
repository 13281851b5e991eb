//! `data "aws_iam_policy_document"`: a policy document from blocks.
//!
//! The text is, character for character, the one that the AWS provider makes of the same blocks, so that switching tools
//! rewrites no policy: two spaces of indentation, lists in descending order, lists of one element as texts.

mod merge;

use merge::{Document, Statement};

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::resource::{DataSource, ErrorKind, Grant, Model, OpError, OpResult, Run};
use crate::value::Value;

/// Writes a policy document as JSON, for the policy arguments of other resources.
///
/// In resources, principals and condition values `&{…}` stands for the `${…}` of an IAM policy variable.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct PolicyDocumentModel {
    /// A checksum of the document.
    #[attr(optional, computed)]
    pub id: Option<String>,
    /// The document, indented.
    #[attr(computed)]
    pub json: Option<String>,
    /// The document without white space.
    #[attr(computed)]
    pub minified_json: Option<String>,
    /// No longer taken.
    #[attr(optional, max = 0, deprecated = "Use override_policy_documents.")]
    pub override_json: Option<String>,
    /// Documents whose statements take the place of those with the same `Sid` so far and are added otherwise, in order.
    #[attr(optional)]
    pub override_policy_documents: Vec<Option<String>>,
    /// The id of the document.
    #[attr(optional)]
    pub policy_id: Option<String>,
    /// No longer taken.
    #[attr(optional, max = 0, deprecated = "Use source_policy_documents.")]
    pub source_json: Option<String>,
    /// Documents to start from; a `Sid` may stand in one of them only.
    #[attr(optional)]
    pub source_policy_documents: Vec<Option<String>>,
    /// The version of the policy language.
    #[attr(optional, default = "2012-10-17", allowed = ["2008-10-17", "2012-10-17"])]
    pub version: String,
    /// What is allowed or denied. A statement takes the place of one with the same `Sid` from the source documents.
    #[block]
    pub statement: Vec<StatementBlock>,
}

/// One rule of a policy.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct StatementBlock {
    /// The actions it is about, such as `dynamodb:PutItem`.
    #[attr(optional, set)]
    pub actions: Vec<String>,
    /// Whether it allows or denies.
    #[attr(optional, default = "Allow", allowed = ["Allow", "Deny"])]
    pub effect: String,
    /// The actions it is not about.
    #[attr(optional, set)]
    pub not_actions: Vec<String>,
    /// The resources it is not about.
    #[attr(optional, set, conflicts = ["resources"])]
    pub not_resources: Vec<String>,
    /// The ARNs of the resources it is about.
    #[attr(optional, set, conflicts = ["not_resources"])]
    pub resources: Vec<String>,
    /// Its name in the document: letters and digits.
    #[attr(optional)]
    pub sid: Option<String>,
    /// A condition for it to hold.
    #[block(set)]
    pub condition: Vec<ConditionBlock>,
    /// Whom it is not about.
    #[block(set)]
    pub not_principals: Vec<PrincipalBlock>,
    /// Whom it is about.
    #[block(set)]
    pub principals: Vec<PrincipalBlock>,
}

/// A condition on a request.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct ConditionBlock {
    /// The operator, such as `StringEquals`.
    #[attr(required)]
    pub test: String,
    /// The values to compare with; one of them has to fit.
    #[attr(required)]
    pub values: Vec<String>,
    /// The key of the request, such as `aws:SourceArn`.
    #[attr(required)]
    pub variable: String,
}

/// Principals of one type.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct PrincipalBlock {
    /// Who: ARNs or account ids, service names, identity providers, or `*`.
    #[attr(required, set)]
    pub identifiers: Vec<String>,
    /// `AWS`, `Service`, `Federated`, `CanonicalUser` or `*`.
    #[attr(required, allowed = ["AWS", "Service", "Federated", "CanonicalUser", "*"])]
    pub r#type: String,
}

/// The data source `aws_iam_policy_document`.
#[derive(Default)]
pub(crate) struct PolicyDocument;

impl PolicyDocument {
    /// Policy documents; no call is made for them.
    pub(crate) fn new() -> Self {
        Self
    }
}

impl DataSource for PolicyDocument {
    const NAME: &'static str = "aws_iam_policy_document";
    type Model = PolicyDocumentModel;

    fn check(&self, wanted: &Value, problems: &mut Diagnostics) {
        if !wanted.is_wholly_known() {
            return;
        }
        let built = PolicyDocumentModel::from_value(wanted).map(|model| document(&model));
        if let Ok(Err(problem)) = built {
            problems.push(*problem);
        }
    }

    fn permissions(&self, _wanted: &Value) -> Vec<Grant> {
        // Nothing is asked of AWS.
        Vec::new()
    }

    async fn read(&self, wanted: &PolicyDocumentModel, _run: &Run<'_>) -> OpResult<PolicyDocumentModel> {
        let document = document(wanted).map_err(|problem| {
            let mut error = OpError::new(ErrorKind::Invalid, Self::NAME, problem.detail.clone());
            error.diagnostic = Some(problem);
            error
        })?;
        let json = document.indented();
        let mut checksum = flate2::Crc::new();
        checksum.update(json.as_bytes());
        Ok(PolicyDocumentModel {
            id: Some(checksum.sum().to_string()),
            minified_json: Some(document.minified()),
            json: Some(json),
            ..wanted.clone()
        })
    }
}

/// The document of the blocks, with the source documents before and the override documents after them.
fn document(model: &PolicyDocumentModel) -> Result<Document, Box<Diagnostic>> {
    let mut merged = Document::default();
    for (i, text) in given(&model.source_policy_documents) {
        let place = format!("source_policy_documents.{i}");
        let source = Document::parse(text).map_err(|why| problem(&place, why, ""))?;
        for statement in &source.statements {
            if !statement.sid.is_empty() && merged.has(&statement.sid) || source.repeats(&statement.sid) {
                let detail = format!("The `Sid` {:?} stands in the source documents more than once.", statement.sid);
                return Err(problem(
                    &place,
                    detail,
                    "Make it unique, or merge the document with `override_policy_documents`.",
                ));
            }
        }
        merged.merge(source);
    }
    merged.merge(own(model)?);
    for (i, text) in given(&model.override_policy_documents) {
        let place = format!("override_policy_documents.{i}");
        merged.merge(Document::parse(text).map_err(|why| problem(&place, why, ""))?);
    }
    Ok(merged)
}

fn given(texts: &[Option<String>]) -> impl Iterator<Item = (usize, &str)> {
    texts.iter().enumerate().filter_map(|(i, text)| text.as_deref().map(|text| (i, text)))
}

fn problem(place: &str, detail: impl Into<String>, help: &str) -> Box<Diagnostic> {
    Box::new(Diagnostic::error("Invalid policy document").with(|d| {
        d.on(place).detail(detail).help(help);
    }))
}

/// The document of the blocks alone.
fn own(model: &PolicyDocumentModel) -> Result<Document, Box<Diagnostic>> {
    let version = if model.version.is_empty() { "2012-10-17" } else { &model.version };
    let mut document = Document {
        version: version.to_owned(),
        id: model.policy_id.clone().unwrap_or_default(),
        statements: Vec::new(),
    };
    for (i, block) in model.statement.iter().enumerate() {
        let place = format!("statement.{i}");
        let sid = block.sid.as_deref().unwrap_or_default();
        if !sid.chars().all(|c| c.is_ascii_alphanumeric()) {
            let detail = format!("The `Sid` {sid:?} has other than letters and digits.");
            return Err(problem(&format!("{place}.sid"), detail, ""));
        }
        if !sid.is_empty() && document.has(sid) {
            let detail = format!("The `Sid` {sid:?} is that of an earlier statement.");
            return Err(problem(&format!("{place}.sid"), detail, "Remove it or give the statement another one."));
        }
        let statement = statement(block, version);
        let statement = statement.map_err(|(inside, why)| {
            problem(&format!("{place}.{inside}"), why, "Set `version = \"2012-10-17\"`, or leave the variable out.")
        });
        document.statements.push(statement?);
    }
    Ok(document)
}

/// A statement, or which part of the block is wrong and why.
fn statement(block: &StatementBlock, version: &str) -> Result<Statement, (&'static str, String)> {
    let variables = |part: &'static str, texts: &[String]| {
        texts.iter().map(|text| with_variables(text, version).map_err(|why| (part, why))).collect::<Result<Vec<_>, _>>()
    };
    let mut members = Map::new();
    let effect = if block.effect.is_empty() { "Allow" } else { &block.effect };
    members.insert("Effect".into(), effect.into());
    for (member, texts) in [
        ("Action", block.actions.clone()),
        ("NotAction", block.not_actions.clone()),
        ("Resource", variables("resources", &block.resources)?),
        ("NotResource", variables("not_resources", &block.not_resources)?),
    ] {
        if !texts.is_empty() {
            members.insert(member.into(), one_or_descending(texts));
        }
    }
    for (member, part, blocks) in
        [("Principal", "principals", &block.principals), ("NotPrincipal", "not_principals", &block.not_principals)]
    {
        if blocks.is_empty() {
            continue;
        }
        let mut kinds: BTreeMap<&str, Vec<Json>> = BTreeMap::new();
        for block in blocks {
            let identifiers = one_or_descending(variables(part, &block.identifiers)?);
            kinds.entry(&block.r#type).or_default().push(identifiers);
        }
        members.insert(member.into(), merge::principals(kinds));
    }
    if !block.condition.is_empty() {
        let mut tests: BTreeMap<&str, BTreeMap<&str, Vec<String>>> = BTreeMap::new();
        for condition in &block.condition {
            let values = variables("condition", &condition.values)?;
            tests.entry(&condition.test).or_default().entry(&condition.variable).or_default().extend(values);
        }
        members.insert("Condition".into(), merge::conditions(tests));
    }
    Ok(Statement { sid: block.sid.clone().unwrap_or_default(), members })
}

/// A text with IAM's policy variables in place of `&{…}`, which the language does not take for its own.
fn with_variables(text: &str, version: &str) -> Result<String, String> {
    if version == "2008-10-17" && text.contains("&{") {
        return Err(format!("{text:?} has a policy variable, which version 2008-10-17 of the policy language lacks."));
    }
    Ok(text.replace("&{", "${"))
}

/// One text as itself, several in descending order.
fn one_or_descending(mut texts: Vec<String>) -> Json {
    if texts.len() == 1 {
        return texts.remove(0).into();
    }
    texts.sort_unstable_by(|a, b| b.cmp(a));
    texts.into()
}

#[cfg(test)]
mod tests;
