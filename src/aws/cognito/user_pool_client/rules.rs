//! What a client's configuration must keep to, and what follows from it, as far as the schema's table cannot say so.

use crate::diagnostic::Diagnostics;
use crate::resource::Planning;
use crate::value::{Path, Type, Value};

const REFRESH_FLOW: &str = "ALLOW_REFRESH_TOKEN_AUTH";

/// Token validity, its unit's argument, and the unit of a client that declares none.
const TOKENS: [(&str, &str, &str); 3] = [
    ("access_token_validity", "access_token", "hours"),
    ("id_token_validity", "id_token", "hours"),
    ("refresh_token_validity", "refresh_token", "days"),
];

fn block(of: &Value, name: &str) -> Option<Value> {
    of.attr(name).items().and_then(<[Value]>::first).cloned()
}

/// Whether a set is known to hold a text.
fn holds(set: &Value, text: &str) -> bool {
    set.items().is_some_and(|items| items.iter().any(|item| item.as_str() == Some(text)))
}

fn rotates(of: &Value) -> bool {
    block(of, "refresh_token_rotation").is_some_and(|rotation| rotation.attr("feature").as_str() == Some("ENABLED"))
}

/// Rules of one configuration.
pub(super) fn check(wanted: &Value, problems: &mut Diagnostics) {
    if rotates(wanted) && holds(&wanted.attr("explicit_auth_flows"), REFRESH_FLOW) {
        problems
            .error("Rotation excludes a flow")
            .on("explicit_auth_flows")
            .detail(format!("With `refresh_token_rotation` new tokens come from GetTokensFromRefreshToken, and AWS refuses {REFRESH_FLOW} beside it."))
            .help(format!("Remove {REFRESH_FLOW}, or set the rotation's `feature` to DISABLED."));
    }
    check_oauth(wanted, problems);
    check_redirect(wanted, problems);
}

fn check_oauth(wanted: &Value, problems: &mut Diagnostics) {
    let flows = wanted.attr("allowed_oauth_flows");
    if !holds(&flows, "client_credentials") {
        return;
    }
    if holds(&flows, "code") || holds(&flows, "implicit") {
        problems
            .error("Flows that exclude each other")
            .on("allowed_oauth_flows")
            .detail(
                "The flow client_credentials is for programs without a user; AWS refuses it beside code and implicit.",
            )
            .help("Make a client of its own for client_credentials.");
    }
    let secret = wanted.attr("generate_secret");
    if secret.is_known() && secret.as_bool() != Some(true) {
        problems
            .error("Flow without a secret")
            .on("allowed_oauth_flows")
            .detail("The flow client_credentials needs a client with a secret.")
            .help("Set `generate_secret = true`.");
    }
}

fn check_redirect(wanted: &Value, problems: &mut Diagnostics) {
    let (redirect, callbacks) = (wanted.attr("default_redirect_uri"), wanted.attr("callback_urls"));
    let Some(uri) = redirect.as_str().filter(|uri| !uri.is_empty()) else {
        return;
    };
    if callbacks.is_wholly_known() && !callbacks.is_null() && !holds(&callbacks, uri) {
        problems
            .error("Default address that is not allowed")
            .on("default_redirect_uri")
            .detail(format!("`{uri}` is not among `callback_urls`."))
            .help("Add it to `callback_urls`.");
    }
}

/// Adjusts a plan to what AWS will make of it.
pub(super) fn plan(planning: &mut Planning<'_>, problems: &mut Diagnostics) {
    if planning.is_create() {
        return;
    }
    drop_excluded_flow(planning);
    keep_durations(planning);
    warn_of_new_id(planning, problems);
}

/// Rotation that begins ends the flow it excludes, where the flows are AWS's own choice.
fn drop_excluded_flow(planning: &mut Planning<'_>) {
    let flows = planning.planned().attr("explicit_auth_flows");
    if !planning.config.attr("explicit_auth_flows").is_null() || !rotates(planning.planned()) {
        return;
    }
    if let Some(items) = flows.items().filter(|_| holds(&flows, REFRESH_FLOW)) {
        let left = items.iter().filter(|flow| flow.as_str() != Some(REFRESH_FLOW)).cloned().collect();
        planning.set("explicit_auth_flows", Value::set(Type::String, left));
    }
}

/// A token whose validity is not declared stays valid for as long as it was when its unit changes. Where that is no whole
/// number of the new unit, AWS's usual time comes in its place.
fn keep_durations(planning: &mut Planning<'_>) {
    let Some(prior) = planning.prior else {
        return;
    };
    for (validity, unit, usual) in TOKENS {
        let unit_of = |value: &Value| {
            block(value, "token_validity_units").map_or_else(|| Value::string(usual), |units| units.attr(unit))
        };
        let (before, after) = (unit_of(prior), unit_of(planning.planned()));
        if !planning.config.attr(validity).is_null() || before.same(&after) {
            continue;
        }
        let seconds =
            prior.attr(validity).as_i64().zip(before.as_str().and_then(seconds)).and_then(|(n, s)| n.checked_mul(s));
        let number = match (seconds, after.as_str().and_then(self::seconds)) {
            (Some(total), Some(each)) if total % each == 0 => Value::number(total / each),
            _ => Value::unknown(Type::Number),
        };
        planning.set(validity, number);
    }
}

fn seconds(unit: &str) -> Option<i64> {
    match unit {
        "seconds" => Some(1),
        "minutes" => Some(60),
        "hours" => Some(3_600),
        "days" => Some(86_400),
        _ => None,
    }
}

fn warn_of_new_id(planning: &Planning<'_>, problems: &mut Diagnostics) {
    let secret = |value: &Value| value.attr("generate_secret").as_bool().unwrap_or_default();
    let planned = planning.planned();
    if planned.attr("generate_secret").is_known()
        && planning.prior.is_some_and(|prior| secret(prior) != secret(planned))
    {
        problems
            .warning("The client's id changes")
            .on(Path::from("generate_secret"))
            .detail("A client gets or loses its secret only as a new client. Apps that send the old id cannot sign users in.")
            .help("Give the apps the new id and secret in the same release, or add a second client beside this one.");
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path as FilePath;

    use jiff::Timestamp;

    use super::super::schema::{Client, Rotation, Units, usual_units};
    use super::*;
    use crate::resource::Model;

    fn summaries(client: &Client) -> Vec<String> {
        let mut problems = Diagnostics::new();
        check(&client.to_value(), &mut problems);
        problems.iter().map(|problem| problem.summary.clone()).collect()
    }

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn what_aws_refuses_is_an_error_beforehand() {
        let rotation = Some(Rotation { feature: "ENABLED".into(), retry_grace_period_seconds: None });
        let flows = texts(&[REFRESH_FLOW]);
        let client = Client { refresh_token_rotation: rotation, explicit_auth_flows: flows, ..Client::default() };
        assert_eq!(summaries(&client), ["Rotation excludes a flow"]);
        let client = Client { allowed_oauth_flows: texts(&["client_credentials", "code"]), ..Client::default() };
        assert_eq!(summaries(&client), ["Flows that exclude each other", "Flow without a secret"]);
        let client = Client {
            default_redirect_uri: Some("https://b".into()),
            callback_urls: texts(&["https://a"]),
            ..Client::default()
        };
        assert_eq!(summaries(&client), ["Default address that is not allowed"]);
        assert!(summaries(&Client::default()).is_empty());
    }

    fn planned(config: &Client, prior: &Client, planned: &Client) -> (Value, Diagnostics) {
        let null = |name: &str, value: Value| value.with(name, Value::null(Type::Dynamic));
        let config = TOKENS.iter().fold(config.to_value(), |value, (name, ..)| null(name, value));
        let config = null("explicit_auth_flows", config);
        let (prior, mut problems) = (prior.to_value(), Diagnostics::new());
        let mut planning =
            Planning::new(&config, Some(&prior), planned.to_value(), Timestamp::UNIX_EPOCH, FilePath::new("."));
        plan(&mut planning, &mut problems);
        (planning.finish().0, problems)
    }

    #[test]
    fn a_duration_survives_a_change_of_its_unit() {
        let minutes = Some(Units { access_token: "minutes".into(), id_token: "minutes".into(), ..usual_units() });
        let prior = Client {
            access_token_validity: Some(120),
            id_token_validity: Some(90),
            token_validity_units: minutes,
            ..Client::default()
        };
        let proposed = Client { token_validity_units: None, ..prior.clone() };
        let (value, _) = planned(&Client::default(), &prior, &proposed);
        assert_eq!(value.attr("access_token_validity").as_i64(), Some(2));
        assert!(!value.attr("id_token_validity").is_known());
        assert!(value.attr("refresh_token_validity").is_null());
    }

    #[test]
    fn a_new_secret_is_a_new_id() {
        let with = Client { generate_secret: Some(true), ..Client::default() };
        assert_eq!(planned(&with, &Client::default(), &with).1.len(), 1);
        assert!(planned(&with, &with, &with).1.is_empty());
    }

    #[test]
    fn rotation_ends_the_flow_it_excludes() {
        let prior = Client { explicit_auth_flows: texts(&[REFRESH_FLOW, "ALLOW_USER_SRP_AUTH"]), ..Client::default() };
        let rotation = Some(Rotation { feature: "ENABLED".into(), retry_grace_period_seconds: None });
        let proposed = Client { refresh_token_rotation: rotation, ..prior.clone() };
        let (value, _) = planned(&proposed, &prior, &proposed);
        assert_eq!(value.attr("explicit_auth_flows"), Value::set(Type::String, vec!["ALLOW_USER_SRP_AUTH".into()]));
    }
}
