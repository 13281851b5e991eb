//! What follows from a configuration and what there is.

use super::{MESSAGES, block, first_of};
use crate::aws::cognito::user_pool::attributes;
use crate::aws::cognito::user_pool::read;
use crate::aws::cognito::user_pool::schema::{Pool, UserAttribute};
use crate::diagnostic::Diagnostics;
use crate::resource::{Model, Planning};
use crate::schema::Nesting;
use crate::value::{Type, Value};

/// Adjusts a plan to what AWS will make of it.
pub(in crate::aws::cognito::user_pool) fn plan(planning: &mut Planning<'_>, problems: &mut Diagnostics) {
    mirror_messages(planning);
    follow_pre_token_generation(planning);
    plan_attributes(planning, problems);
    keep_usual(planning);
    check_factor(planning, problems);
    follow_changes(planning);
}

/// What a pool has by itself is the same declared or not; an import shows it.
fn keep_usual(planning: &mut Planning<'_>) {
    let Some(prior) = planning.prior else {
        return;
    };
    let Ok(before) = Pool::from_value(prior) else {
        return;
    };
    let usual = [
        ("account_recovery_setting", before.account_recovery_setting.as_ref().is_some_and(read::is_usual_recovery)),
        ("email_configuration", before.email_configuration.as_ref().is_some_and(read::is_usual_email)),
        ("software_token_mfa_configuration", before.software_token_mfa_configuration.is_some_and(|t| !t.enabled)),
        (
            "user_attribute_update_settings",
            before
                .user_attribute_update_settings
                .is_some_and(|s| s.attributes_require_verification_before_update.is_empty()),
        ),
        ("user_pool_add_ons", before.user_pool_add_ons.is_some_and(|a| a.advanced_security_mode == "OFF")),
    ];
    for (name, is_usual) in usual {
        if is_usual && planning.config.attr(name).is_empty_or_null() {
            planning.set(name, prior.attr(name));
        }
    }
}

/// Any change of the pool changes the time of its last change.
fn follow_changes(planning: &mut Planning<'_>) {
    let changed = |prior| !Pool::block().differences(prior, planning.planned()).is_empty();
    if planning.prior.is_some_and(changed) {
        planning.set_unknown("last_modified_date", Type::String);
    }
}

/// A message that is declared in one place changes in the other.
fn mirror_messages(planning: &mut Planning<'_>) {
    for (outer, inner) in MESSAGES {
        let declared = planning.config.attr(outer);
        let in_block = block(planning.config, "verification_message_template").map(|template| template.attr(inner));
        if let Some(in_block) = in_block.filter(|value| !value.is_null()) {
            planning.set(outer, in_block);
        } else if !declared.is_null() {
            planning.set_at(&first_of("verification_message_template", inner), &declared);
        }
    }
}

/// The trigger has two arguments; the block says what both are, and without either there is no trigger.
fn follow_pre_token_generation(planning: &mut Planning<'_>) {
    let Some(declared) = block(planning.config, "lambda_config") else {
        return;
    };
    let arn = declared.attr("pre_token_generation");
    if !declared.attr("pre_token_generation_config").is_known() {
        return;
    }
    let config = block(&declared, "pre_token_generation_config");
    if arn.is_null() {
        let arn = config.map_or_else(|| Value::null(Type::String), |config| config.attr("lambda_arn"));
        planning.set_at(&first_of("lambda_config", "pre_token_generation"), &arn);
    } else if config.is_none()
        && let Some(before) = planning.prior.and_then(|prior| block(prior, "lambda_config"))
        && let Some(shown) = block(&before, "pre_token_generation_config")
        && shown.attr("lambda_version").as_str() == Some("V1_0")
        && shown.attr("lambda_arn").same(&arn)
    {
        // The block says no more than the argument does.
        let kept = before.attr("pre_token_generation_config");
        planning.set_at(&first_of("lambda_config", "pre_token_generation_config"), &kept);
    }
}

/// Keeps the spelling of attributes that mean the same, and refuses what no call can do.
fn plan_attributes(planning: &mut Planning<'_>, problems: &mut Diagnostics) {
    let planned = planning.planned().attr("schema");
    let Some(prior) = planning.prior.filter(|_| planned.is_wholly_known()).map(|prior| prior.attr("schema")) else {
        return;
    };
    // A pool that is replaced anyway can have any attributes.
    let replaced = ["alias_attributes", "username_attributes", "username_configuration"];
    if replaced.iter().any(|name| planning.changes(name)) {
        return;
    }
    let models = |value: &Value| -> Vec<(UserAttribute, Value)> {
        let items = value.items().unwrap_or_default().iter();
        items.filter_map(|item| Some((UserAttribute::from_value(item).ok()?, item.clone()))).collect()
    };
    let (before, after) = (models(&prior), models(&planned));
    let spelled = after.iter().map(|(attribute, value)| {
        let same = before.iter().find(|(before, _)| attributes::same_meaning(before, attribute));
        same.map_or_else(|| value.clone(), |(_, before)| before.clone())
    });
    if let Some(nested) = Pool::block().blocks.get("schema").filter(|nested| nested.nesting == Nesting::Set) {
        planning.set("schema", Value::set(nested.block.ty(), spelled.collect()).marked(planned.marks()));
    }
    let only = |all: &[(UserAttribute, Value)]| all.iter().map(|(attribute, _)| attribute.clone()).collect::<Vec<_>>();
    let (before, after) = (only(&before), only(&after));
    let refused = attributes::changes(&before, &after).refused;
    if !refused.is_empty() {
        problems
            .error("Attributes of a user pool cannot be changed or removed")
            .on("schema")
            .detail(format!("{} AWS only lets custom attributes be added to a pool.", refused.join(" ")))
            .help("Declare the attributes as they are, or leave them to the pool with `ignore_changes = [schema]`.")
            .help("A pool with other attributes is a new pool beside this one, with users of its own.");
    }
}

/// A second factor is needed where users are asked for one. What a computed block keeps counts as well.
fn check_factor(planning: &Planning<'_>, problems: &mut Diagnostics) {
    let planned = planning.planned();
    let mode = planned.attr("mfa_configuration");
    let Some(mode @ ("ON" | "OPTIONAL")) = mode.as_str() else {
        return;
    };
    let declared = |name: &str| {
        let blocks = planned.attr(name);
        !blocks.is_known() && !planning.config.attr(name).is_known()
            || blocks.items().is_some_and(|items| !items.is_empty())
    };
    let token = block(planned, "software_token_mfa_configuration").map(|token| token.attr("enabled"));
    let token = token.is_some_and(|enabled| enabled.as_bool() != Some(false))
        || !planned.attr("software_token_mfa_configuration").is_known();
    if !token && !declared("sms_configuration") && !declared("email_mfa_configuration") {
        problems
            .error("MFA without a second factor")
            .on("mfa_configuration")
            .detail(format!("`mfa_configuration` is {mode}, and users have no second factor to choose."))
            .help("Add `software_token_mfa_configuration { enabled = true }`, `sms_configuration` or `email_mfa_configuration`.");
    }
}
