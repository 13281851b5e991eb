//! `provider "aws"` blocks to settings of the clients.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use crate::address::ProviderSource;
use crate::aws::Settings;
use crate::aws::clients::AssumeRole;
use crate::diagnostic::{Diagnostics, Span, did_you_mean};
use crate::language::ast::Body;
use crate::language::config::{Module, Provider};
use crate::language::references::{self, Reference};
use crate::language::{Scope, decode_body};
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

/// Providers that have nothing to configure, by the names they are implied by.
const OWN: [&str; 2] = ["terraform", "amplify"];

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

/// Checks the arguments of every `provider` block of a configuration, without evaluating anything.
pub(crate) fn check_all(module: &Module, problems: &mut Diagnostics) {
    for provider in &module.providers {
        if provider.address.source == ProviderSource::implied("aws") {
            check(&provider.body, &schema(), provider.header, true, problems);
        } else if OWN.iter().any(|own| provider.address.source == ProviderSource::implied(own)) {
            refuse_arguments(provider, problems);
        }
    }
    module.calls.values().for_each(|call| check_all(&call.module, problems));
}

/// Providers of recon's own have nothing to configure.
fn refuse_arguments(provider: &Provider, problems: &mut Diagnostics) {
    let attributes = provider.body.attributes.iter().map(|attribute| &attribute.name);
    for argument in attributes.chain(provider.body.blocks.iter().map(|block| &block.ty)) {
        problems
            .error("Unsupported argument")
            .at(argument.span)
            .within(provider.header)
            .detail(format!("The provider `{}` has no argument `{}`.", provider.name.text, argument.text));
    }
}

/// What a `provider` block says, its expressions evaluated in the scope; the usual settings for other providers than AWS.
pub(crate) fn settings(provider: &Provider, scope: &dyn Scope, problems: &mut Diagnostics) -> Option<Settings> {
    if provider.address.source != ProviderSource::implied("aws") {
        return Some(Settings::default());
    }
    let schema = schema();
    let mut found = Diagnostics::new();
    let value = decode_body(&provider.body, &schema, scope, &mut found);
    not_known(provider, &value, scope, &mut found);
    let failed = found.has_errors();
    problems.extend(found);
    if failed {
        return None;
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

/// Reports what only apply will tell, with what it waits for.
fn not_known(provider: &Provider, value: &Value, scope: &dyn Scope, problems: &mut Diagnostics) {
    let body = &provider.body;
    let unknown = |name: &str| !value.attr(name).is_wholly_known();
    let attributes = body.attributes.iter().filter(|attribute| unknown(&attribute.name.text));
    let attributes = attributes.map(|attribute| {
        let found = references::of_expr(&attribute.expr, &mut Diagnostics::new());
        (&attribute.name, attribute.expr.span, found)
    });
    let blocks = body.blocks.iter().filter(|block| unknown(&block.ty.text));
    let blocks =
        blocks.map(|block| (&block.ty, block.header, references::of_body(&block.body, &mut Diagnostics::new())));
    for (name, at, found) in attributes.chain(blocks) {
        let waits = |reference: &&Reference| {
            scope.subject(&reference.subject, reference.span).is_ok_and(|value| !value.is_wholly_known())
        };
        let subjects: BTreeSet<String> =
            found.iter().filter(waits).map(|reference| format!("`{}`", reference.subject)).collect();
        let because = match subjects.is_empty() {
            true => String::new(),
            false => format!(" It depends on {}.", subjects.into_iter().collect::<Vec<_>>().join(", ")),
        };
        problems
            .error("Provider configuration not known")
            .at(at)
            .within(provider.header)
            .detail(format!(
                "The value of `{}` is known only after apply, and a provider is configured before anything is planned.{because}",
                name.text
            ))
            .help("Use variables, locals, or data sources that can be read before.");
    }
}
