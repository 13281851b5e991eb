//! `provider "aws"` blocks to settings of the clients. Their arguments may refer to variables and locals.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;

use super::variables::Values;
use crate::aws::Settings;
use crate::aws::clients::AssumeRole;
use crate::diagnostic::{Diagnostic, Diagnostics, Span, did_you_mean};
use crate::language::ast::Body;
use crate::language::config::{Module, Provider};
use crate::language::references::Subject;
use crate::language::{Scope, decode_body, eval};
use crate::plan::variables::prepare;
use crate::schema::{Attribute, Block, NestedBlock, Nesting};
use crate::value::{Type, Value};

/// Arguments that change nothing of what recon does: it makes none of the checks that they switch off.
const WITHOUT_EFFECT: [&str; 8] = [
    "skip_credentials_validation",
    "skip_metadata_api_check",
    "skip_region_validation",
    "skip_requesting_account_id",
    "s3_use_path_style",
    "s3_us_east_1_regional_endpoint",
    "max_retries",
    "retry_mode",
];

/// What Terraform's provider has and recon does not yet.
const NOT_YET: [&str; 20] = [
    "allowed_account_ids",
    "forbidden_account_ids",
    "shared_config_files",
    "shared_credentials_files",
    "custom_ca_bundle",
    "ec2_metadata_service_endpoint",
    "ec2_metadata_service_endpoint_mode",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "insecure",
    "sts_region",
    "use_dualstack_endpoint",
    "use_fips_endpoint",
    "token_bucket_rate_limiter_capacity",
    "user_agent",
    "tag_policy_compliance",
    "assume_role_with_web_identity",
    "ignore_tags",
    "default_region",
];

/// Names of services in `endpoints`, and what recon calls them.
const SERVICES: [(&str, &str); 11] = [
    ("appsync", "appsync"),
    ("lambda", "lambda"),
    ("dynamodb", "dynamodb"),
    ("cognitoidp", "cognitoidp"),
    ("cognitoidentityprovider", "cognitoidp"),
    ("iam", "iam"),
    ("sts", "sts"),
    ("logs", "logs"),
    ("cloudwatchlog", "logs"),
    ("cloudwatchlogs", "logs"),
    ("awslambda", "lambda"),
];

/// The settings of each `provider "aws"` block by alias; those without alias under `None`, which is always there.
pub(crate) fn read(
    root: &Module,
    variables: &Values,
    folder: &Path,
    problems: &mut Diagnostics,
) -> IndexMap<Option<Arc<str>>, Settings> {
    let scope = ProviderScope { root, variables, folder, open: RefCell::default() };
    let mut found = IndexMap::from([(None, Settings::default())]);
    for provider in &root.providers {
        let alias = provider.alias.as_ref().map(|alias| alias.text.clone());
        match &*provider.name.text {
            "aws" => {
                if let Some(settings) = settings(provider, &scope, problems) {
                    found.insert(alias, settings);
                }
            }
            name => refuse_arguments(name, provider, problems),
        }
    }
    found
}

/// Providers of recon's own have nothing to configure.
fn refuse_arguments(name: &str, provider: &Provider, problems: &mut Diagnostics) {
    let attributes = provider.body.attributes.iter().map(|attribute| &attribute.name);
    for argument in attributes.chain(provider.body.blocks.iter().map(|block| &block.ty)) {
        problems
            .error("Unsupported argument")
            .at(argument.span)
            .within(provider.header)
            .detail(format!("The provider `{name}` has no argument `{}`.", argument.text));
    }
}

fn settings(provider: &Provider, scope: &ProviderScope<'_>, problems: &mut Diagnostics) -> Option<Settings> {
    let schema = schema();
    let mut found = Diagnostics::new();
    check(&provider.body, &schema, provider.header, true, &mut found);
    let value = decode_body(&provider.body, &schema, scope, &mut found);
    let failed = found.has_errors();
    problems.extend(found);
    if failed {
        return None;
    }
    for (name, _) in schema.attributes.iter().filter(|(name, _)| !value.attr(name).is_known()) {
        let at = provider.body.attribute(name).map_or(provider.header, |written| written.expr.span);
        problems
            .error("Provider configuration not known")
            .at(at)
            .within(provider.header)
            .detail(format!("The value of `{name}` must be known before anything is planned."));
    }
    let text = |value: &Value, name: &str| value.attr(name).as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let keys = text(&value, "access_key").zip(text(&value, "secret_key"));
    if keys.is_none() && (text(&value, "access_key").is_some() || text(&value, "secret_key").is_some()) {
        problems
            .error("Incomplete credentials")
            .at(provider.header)
            .detail("`access_key` and `secret_key` belong together, and only one of them is given.");
    }
    let block = |name: &str| value.attr(name).items().and_then(|items| items.first().cloned());
    let assume_role = block("assume_role").and_then(|role| {
        Some(AssumeRole {
            role_arn: text(&role, "role_arn")?,
            session_name: text(&role, "session_name"),
            external_id: text(&role, "external_id"),
        })
    });
    let tags = block("default_tags").map(|block| block.attr("tags"));
    let endpoints = block("endpoints");
    let given = |(name, service): &(&str, &str)| {
        endpoints.as_ref().and_then(|block| text(block, name)).map(|url| ((*service).to_owned(), url))
    };
    Some(Settings {
        region: text(&value, "region"),
        profile: text(&value, "profile"),
        keys: keys.map(|(id, secret)| (id, secret, text(&value, "token"))),
        endpoints: SERVICES.iter().filter_map(given).collect(),
        default_tags: tags.as_ref().map(texts).unwrap_or_default(),
        assume_role,
        ..Settings::default()
    })
}

fn texts(map: &Value) -> BTreeMap<String, String> {
    let entries = map.entries().into_iter().flatten();
    entries.filter_map(|(name, value)| Some((name.to_string(), value.as_str()?.to_owned()))).collect()
}

fn schema() -> Block {
    let text = |names: &[&'static str]| {
        names.iter().map(|name| (*name, Attribute::optional(Type::String))).collect::<IndexMap<_, _>>()
    };
    let block = |attributes| NestedBlock {
        nesting: Nesting::List,
        min: 0,
        max: Some(1),
        computed: false,
        replace: false,
        key: None,
        block: Block { attributes, blocks: IndexMap::new() },
        doc: "",
    };
    let mut attributes = text(&["region", "profile", "access_key", "secret_key", "token"]);
    attributes.extend(WITHOUT_EFFECT.map(|name| (name, Attribute::optional(Type::Dynamic))));
    let mut role = text(&["role_arn", "session_name", "external_id"]);
    if let Some(arn) = role.get_mut("role_arn") {
        (arn.required, arn.optional) = (true, false);
    }
    let tags = IndexMap::from([("tags", Attribute::optional(Type::map(Type::String)))]);
    let endpoints = text(&SERVICES.map(|(name, _)| name));
    Block {
        attributes,
        blocks: IndexMap::from([
            ("assume_role", block(role)),
            ("default_tags", block(tags)),
            ("endpoints", block(endpoints)),
        ]),
    }
}

/// Reports what the schema does not have.
fn check(body: &Body, schema: &Block, header: Span, top: bool, problems: &mut Diagnostics) {
    let known: BTreeSet<&str> = schema.writable_names().collect();
    let names =
        body.attributes.iter().map(|attribute| &attribute.name).chain(body.blocks.iter().map(|block| &block.ty));
    for name in names.filter(|name| !known.contains(&*name.text)) {
        if top && NOT_YET.contains(&&*name.text) {
            problems
                .error("Provider argument not supported yet")
                .at(name.span)
                .within(header)
                .detail(format!("recon does not have the provider's `{}` yet.", name.text));
        } else if !top && schema.attributes.contains_key("appsync") {
            problems
                .warning("Endpoint without effect")
                .at(name.span)
                .within(header)
                .detail(format!("recon calls no service `{}`.", name.text))
                .help(did_you_mean(&name.text, schema.attributes.keys().copied()));
        } else {
            problems
                .error("Unsupported argument")
                .at(name.span)
                .within(header)
                .detail(format!("There is no argument `{}` here.", name.text))
                .help(did_you_mean(&name.text, known.iter().copied()));
        }
    }
    for block in &body.blocks {
        if let Some(nested) = schema.blocks.get(&*block.ty.text) {
            check(&block.body, &nested.block, block.header, false, problems);
        }
    }
}

/// What provider blocks may refer to.
struct ProviderScope<'a> {
    root: &'a Module,
    variables: &'a Values,
    folder: &'a Path,
    /// The locals being evaluated.
    open: RefCell<BTreeSet<Arc<str>>>,
}

impl Scope for ProviderScope<'_> {
    fn subject(&self, subject: &Subject, span: Span) -> Result<Value, Box<Diagnostic>> {
        // What is wrong with a variable or a local is reported where it stands, when the plan is made.
        let mut elsewhere = Diagnostics::new();
        match subject {
            Subject::Variable(name) => Ok(self.root.variables.get(name).map_or_else(
                || Value::unknown(Type::Dynamic),
                |variable| prepare(variable, self.variables.get(name).cloned(), variable.header, &mut elsewhere),
            )),
            Subject::Local(name) => {
                let local = self.root.locals.get(name).filter(|_| self.open.borrow_mut().insert(name.clone()));
                let value = local.map(|local| eval(&local.expr, self, &mut elsewhere));
                if value.is_some() {
                    self.open.borrow_mut().remove(name);
                }
                Ok(value.unwrap_or_else(|| Value::unknown(Type::Dynamic)))
            }
            Subject::Path(name) if &**name != "cwd" => Ok(Value::string(".")),
            _ => Err(Box::new(Diagnostic::error("Invalid reference").with(|d| {
                d.at(span)
                    .detail(format!("A provider block may refer to variables and locals only, not to `{subject}`."));
            }))),
        }
    }

    fn folder(&self) -> &Path {
        self.folder
    }
}
