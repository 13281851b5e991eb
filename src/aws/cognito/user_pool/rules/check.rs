//! Rules of one configuration.

use super::{MESSAGES, block, first_of, text_in};
use crate::aws::cognito::user_pool::attributes::{self, MAX_CUSTOM};
use crate::diagnostic::Diagnostics;
use crate::value::{Path, Type, Value};

/// Rules of one configuration.
pub(in crate::aws::cognito::user_pool) fn check(wanted: &Value, problems: &mut Diagnostics) {
    check_messages(wanted, problems);
    check_placeholders(wanted, problems);
    check_attributes(wanted, problems);
    check_lambdas(wanted, problems);
    check_tier(wanted, problems);
    check_email(wanted, problems);
    check_mfa(wanted, problems);
}

fn check_messages(wanted: &Value, problems: &mut Diagnostics) {
    for (outer, inner) in MESSAGES {
        let in_block = block(wanted, "verification_message_template").map(|template| template.attr(inner));
        if !wanted.attr(outer).is_null() && in_block.is_some_and(|value| !value.is_null()) {
            problems
                .error("Conflicting arguments")
                .on(outer)
                .detail(format!(
                    "`{outer}` and `{inner}` of `verification_message_template` are the same setting of a user pool."
                ))
                .help("Keep the one in `verification_message_template` and remove the other.");
        }
    }
}

/// A message without the place for its code would be refused, or leave its reader without one.
fn check_placeholders(wanted: &Value, problems: &mut Diagnostics) {
    let alone = |name: &'static str, mark: &'static str| (Path::from(name), wanted.attr(name), mark);
    let inside = |name: &'static str, argument: &'static str, mark: &'static str| {
        let value = block(wanted, name).map_or_else(|| Value::null(Type::String), |found| found.attr(argument));
        (first_of(name, argument), value, mark)
    };
    let messages = [
        alone("email_verification_message", "{####}"),
        alone("sms_authentication_message", "{####}"),
        alone("sms_verification_message", "{####}"),
        inside("email_mfa_configuration", "message", "{####}"),
        inside("verification_message_template", "email_message", "{####}"),
        inside("verification_message_template", "sms_message", "{####}"),
        inside("verification_message_template", "email_message_by_link", "{##"),
    ];
    for (place, value, mark) in messages {
        let Some(text) = value.as_str().filter(|text| !text.contains(mark)) else {
            continue;
        };
        let (what, form) = if mark == "{##" { ("link", "{##the link's text##}") } else { ("code", mark) };
        problems
            .error("Message without its code")
            .on(place)
            .detail(format!("`{text}` has no place for the {what}."))
            .help(format!("Write `{form}` where the {what} belongs."));
    }
}

fn check_attributes(wanted: &Value, problems: &mut Diagnostics) {
    let attributes = wanted.attr("schema");
    let items = attributes.items().unwrap_or_default();
    let mut custom = 0;
    for (i, item) in items.iter().enumerate() {
        let place = Path::root().attribute("schema").index(i).attribute("name");
        let name = item.attr("name");
        let Some(name) = name.as_str() else {
            custom += 1;
            continue;
        };
        if items[..i].iter().any(|other| other.attr("name").as_str() == Some(name)) {
            problems
                .error("Duplicate user attribute")
                .on(place.clone())
                .detail(format!("The attribute `{name}` stands in two `schema` blocks."))
                .help("Keep one of them.");
        }
        if name.starts_with("custom:") || name.starts_with("dev:") {
            problems
                .error("User attribute with a prefix")
                .on(place)
                .detail(format!(
                    "AWS puts a prefix before the names of custom attributes by itself; `{name}` has one already."
                ))
                .help("Leave the prefix out.");
            continue;
        }
        if attributes::is_standard(name) {
            continue;
        }
        custom += 1;
        if item.attr("required").as_bool() == Some(true) {
            problems
                .error("Required custom attribute")
                .on(Path::root().attribute("schema").index(i).attribute("required"))
                .detail(format!("Users cannot be required to have the custom attribute `{name}`; only standard attributes can be required."))
                .help("Set `required = false` and let a pre sign-up function refuse users without it.");
        }
    }
    if custom > MAX_CUSTOM {
        problems
            .error("Too many custom attributes")
            .on("schema")
            .detail(format!("A user pool can have {MAX_CUSTOM} custom attributes, and {custom} are declared."))
            .help("Keep what changes often or is rarely used in a table of your own.");
    }
}

fn check_lambdas(wanted: &Value, problems: &mut Diagnostics) {
    let Some(lambdas) = block(wanted, "lambda_config") else {
        return;
    };
    if let (Some(first), Some(second)) =
        (lambdas.attr("pre_token_generation").as_str(), text_in(&lambdas, "pre_token_generation_config", "lambda_arn"))
        && first != second
    {
        problems
            .error("Two functions for one trigger")
            .on(first_of("lambda_config", "pre_token_generation"))
            .detail("`pre_token_generation` and `pre_token_generation_config` are one trigger and name two functions.")
            .help("Keep `pre_token_generation_config` and remove `pre_token_generation`.");
    }
    for sender in ["custom_email_sender", "custom_sms_sender"] {
        if block(&lambdas, sender).is_some() && lambdas.attr("kms_key_id").is_null() {
            problems
                .error("Missing KMS key")
                .on(Path::root().attribute("lambda_config").index(0).attribute(sender))
                .detail(format!("Cognito encrypts the codes it hands to `{sender}`, and no key is given."))
                .help("Set `kms_key_id` to the ARN of a symmetric KMS key that the function may decrypt with.");
        }
    }
}

fn check_tier(wanted: &Value, problems: &mut Diagnostics) {
    let tier = wanted.attr("user_pool_tier");
    let Some(tier @ ("LITE" | "ESSENTIALS")) = tier.as_str() else {
        return;
    };
    let mut refuse = |place: Path, what: &str, needs: &str| {
        problems
            .error("Feature not in the pool's tier")
            .on(place)
            .detail(format!("{what} needs the tier {needs}, and `user_pool_tier` is {tier}."))
            .help(format!("Set `user_pool_tier = \"{needs}\"` or remove the feature."));
    };
    if tier == "ESSENTIALS"
        && let Some(mode @ ("AUDIT" | "ENFORCED")) =
            text_in(wanted, "user_pool_add_ons", "advanced_security_mode").as_deref()
    {
        refuse(first_of("user_pool_add_ons", "advanced_security_mode"), &format!("Threat protection ({mode})"), "PLUS");
    }
    if tier != "LITE" {
        return;
    }
    let history = block(wanted, "password_policy").and_then(|policy| policy.attr("password_history_size").as_i64());
    if history.is_some_and(|size| size > 0) {
        refuse(first_of("password_policy", "password_history_size"), "A password history", "ESSENTIALS");
    }
    if first_factors(wanted).iter().any(|factor| factor != "PASSWORD") {
        refuse(first_of("sign_in_policy", "allowed_first_auth_factors"), "Signing in without a password", "ESSENTIALS");
    }
    if block(wanted, "email_mfa_configuration").is_some() {
        refuse("email_mfa_configuration".into(), "A second factor by e-mail", "ESSENTIALS");
    }
}

fn check_email(wanted: &Value, problems: &mut Diagnostics) {
    let developer = text_in(wanted, "email_configuration", "email_sending_account").as_deref() == Some("DEVELOPER");
    let Some(email) = block(wanted, "email_configuration").filter(|_| developer) else {
        return;
    };
    if email.attr("source_arn").is_null() {
        problems
            .error("Missing sender")
            .on(first_of("email_configuration", "source_arn"))
            .detail("With `email_sending_account = \"DEVELOPER\"` your own SES identity sends, and none is given.")
            .help("Set `source_arn` to the ARN of a verified SES identity.");
    }
}

fn first_factors(of: &Value) -> Vec<String> {
    let factors = block(of, "sign_in_policy").map(|policy| policy.attr("allowed_first_auth_factors"));
    let items = factors.as_ref().and_then(Value::items).unwrap_or_default();
    items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

fn check_mfa(wanted: &Value, problems: &mut Diagnostics) {
    let mode = wanted.attr("mfa_configuration");
    match mode.as_str() {
        Some("OFF") => {
            let token = block(wanted, "software_token_mfa_configuration").map(|token| token.attr("enabled"));
            let mut refuse = |name: &str| {
                problems
                    .error("Second factor without MFA")
                    .on(name)
                    .detail(format!(
                        "`{name}` sets up a second factor, and `mfa_configuration` is OFF. AWS refuses both together."
                    ))
                    .help("Set `mfa_configuration` to OPTIONAL or ON, or remove the block.");
            };
            if token.is_some_and(|enabled| enabled.as_bool() == Some(true)) {
                refuse("software_token_mfa_configuration");
            }
            if block(wanted, "email_mfa_configuration").is_some() {
                refuse("email_mfa_configuration");
            }
        }
        Some("ON") => {
            let factors = first_factors(wanted);
            let Some(factor) = factors.iter().find(|factor| ["EMAIL_OTP", "SMS_OTP"].contains(&factor.as_str())) else {
                return;
            };
            problems
                .error("First factor that excludes MFA")
                .on(first_of("sign_in_policy", "allowed_first_auth_factors"))
                .detail(format!("Users of a pool with `mfa_configuration = \"ON\"` cannot sign in with {factor}: only PASSWORD and WEB_AUTHN go with it."))
                .help("Remove the factor, or set `mfa_configuration = \"OPTIONAL\"`.");
        }
        _ => {}
    }
}
