//! The pool of an answer. AWS fills in what a configuration leaves out; what is as AWS fills it in and was not declared
//! reads as absent, so that it is no difference.

use std::collections::HashMap;

use aws_sdk_cognitoidentityprovider::operation::get_user_pool_mfa_config::GetUserPoolMfaConfigOutput;
use aws_sdk_cognitoidentityprovider::types::{
    AccountRecoverySettingType, AdminCreateUserConfigType, AdvancedSecurityEnabledModeType, DefaultEmailOptionType,
    DeletionProtectionType, DeviceConfigurationType, EmailConfigurationType, EmailSendingAccountType, LambdaConfigType,
    PasswordPolicyType, SmsConfigurationType, UserPoolAddOnsType, UserPoolMfaType, UserPoolTierType, UserPoolType,
    UserVerificationType, VerificationMessageTemplateType, VerifiedAttributeType,
};

use super::attributes;
use super::schema::{
    AccountRecovery, AddOns, AdditionalFlows, AdminCreateUser, AttributeUpdates, Devices, Email, EmailMfa,
    InviteMessages, Lambdas, PasswordPolicy, Pool, PreTokenGeneration, RecoveryMechanism, Sender, SignInPolicy, Sms,
    SoftwareToken, Usernames, VerificationMessages, WebAuthn,
};
use crate::aws::cognito::answer::names;
use crate::aws::members::{date, number, text};
use crate::aws::{Aws, tags};

/// The pool as it is now. `declared` is what is known of the wish: what state holds, or what was just applied.
pub(super) fn pool(found: &UserPoolType, mfa: &GetUserPoolMfaConfigOutput, declared: &Pool, region: &str) -> Pool {
    let id = text(found.id());
    let policies = found.policies();
    let mode = mfa.mfa_configuration().or(found.mfa_configuration()).map_or("OFF", UserPoolMfaType::as_str);
    let with_mfa = mode != "OFF";
    // Of an import only the id is known: what it would declare is not, so nothing is left out.
    let imported = declared.name.is_empty();
    let mut pool = Pool {
        endpoint: id.as_deref().map(|id| endpoint(region, id)),
        id,
        name: found.name().unwrap_or_default().to_owned(),
        arn: text(found.arn()),
        // What only a creation can set stays what it was, so an answer without it says nothing of it.
        alias_attributes: found
            .alias_attributes
            .as_ref()
            .map_or_else(|| declared.alias_attributes.clone(), |found| names(found.iter().map(|a| a.as_str()))),
        username_attributes: found
            .username_attributes
            .as_ref()
            .map_or_else(|| declared.username_attributes.clone(), |found| names(found.iter().map(|a| a.as_str()))),
        auto_verified_attributes: names(found.auto_verified_attributes().iter().map(VerifiedAttributeType::as_str)),
        creation_date: found.creation_date().and_then(date),
        last_modified_date: found.last_modified_date().and_then(date),
        custom_domain: text(found.custom_domain()),
        domain: text(found.domain()),
        estimated_number_of_users: Some(i64::from(found.estimated_number_of_users())),
        deletion_protection: found.deletion_protection().map_or("INACTIVE", DeletionProtectionType::as_str).to_owned(),
        email_verification_message: text(found.email_verification_message()),
        email_verification_subject: text(found.email_verification_subject()),
        sms_verification_message: text(found.sms_verification_message()),
        sms_authentication_message: text(found.sms_authentication_message()),
        mfa_configuration: mode.to_owned(),
        user_pool_tier: text(found.user_pool_tier().map(UserPoolTierType::as_str)),
        tags: Default::default(),
        tags_all: tags::readable(found.user_pool_tags().cloned().unwrap_or_else(HashMap::new)),
        account_recovery_setting: account_recovery(
            found.account_recovery_setting(),
            imported || declared.account_recovery_setting.is_some(),
        ),
        admin_create_user_config: found
            .admin_create_user_config()
            .map(|c| admin_create_user(c, declared.admin_create_user_config.as_ref())),
        device_configuration: found.device_configuration().map(devices),
        email_configuration: email(found.email_configuration(), imported || declared.email_configuration.is_some()),
        email_mfa_configuration: mfa
            .email_mfa_configuration()
            .filter(|_| with_mfa)
            .map(|email| EmailMfa { message: text(email.message()), subject: text(email.subject()) }),
        lambda_config: lambdas(found.lambda_config(), declared.lambda_config.as_ref()),
        password_policy: policies.and_then(|p| p.password_policy()).map(password_policy),
        schema: attributes::read(&declared.schema, found.schema_attributes()),
        sign_in_policy: policies
            .and_then(|p| p.sign_in_policy())
            .map(|p| SignInPolicy {
                allowed_first_auth_factors: names(p.allowed_first_auth_factors().iter().map(|f| f.as_str())),
            })
            .filter(|p| !p.allowed_first_auth_factors.is_empty() || declared.sign_in_policy.is_some()),
        sms_configuration: found.sms_configuration().and_then(sms),
        software_token_mfa_configuration: software_token(mfa, with_mfa, declared),
        user_attribute_update_settings: attribute_updates(found, declared),
        user_pool_add_ons: add_ons(found.user_pool_add_ons(), declared.user_pool_add_ons.as_ref()),
        username_configuration: found
            .username_configuration()
            .map(|c| Usernames { case_sensitive: Some(c.case_sensitive()) })
            .or_else(|| declared.username_configuration.clone()),
        verification_message_template: found.verification_message_template().map(verification_messages),
        web_authn_configuration: web_authn(mfa, declared.web_authn_configuration.as_ref()),
    };
    agree_on_messages(&mut pool);
    pool
}

/// Host and path of a pool as an issuer of tokens.
pub(super) fn endpoint(region: &str, id: &str) -> String {
    let suffix = match Aws::partition(region) {
        "aws-cn" => "amazonaws.com.cn",
        "aws-eusc" => "amazonaws.eu",
        _ => "amazonaws.com",
    };
    format!("cognito-idp.{region}.{suffix}/{id}")
}

/// The verification messages stand in an answer twice and are one setting each; an answer may leave out either.
fn agree_on_messages(pool: &mut Pool) {
    let Some(template) = &mut pool.verification_message_template else {
        return;
    };
    for (outer, inner) in [
        (&mut pool.email_verification_message, &mut template.email_message),
        (&mut pool.email_verification_subject, &mut template.email_subject),
        (&mut pool.sms_verification_message, &mut template.sms_message),
    ] {
        match (&outer, &inner) {
            (None, Some(_)) => outer.clone_from(inner),
            (Some(_), None) => inner.clone_from(outer),
            _ => {}
        }
    }
}

fn account_recovery(found: Option<&AccountRecoverySettingType>, declared: bool) -> Option<AccountRecovery> {
    let mut mechanisms: Vec<RecoveryMechanism> = found?
        .recovery_mechanisms()
        .iter()
        .map(|option| RecoveryMechanism {
            name: option.name().as_str().to_owned(),
            priority: i64::from(option.priority()),
        })
        .collect();
    mechanisms.sort_by(|a, b| (a.priority, &a.name).cmp(&(b.priority, &b.name)));
    let setting = AccountRecovery { recovery_mechanism: mechanisms };
    (declared || !is_usual_recovery(&setting)).then_some(setting)
}

/// Whether a setting is what a pool has by itself.
pub(super) fn is_usual_recovery(setting: &AccountRecovery) -> bool {
    let mut ways: Vec<_> = setting.recovery_mechanism.iter().map(|m| (m.priority, m.name.as_str())).collect();
    ways.sort_unstable();
    ways.is_empty() || ways == [(1, "verified_email"), (2, "verified_phone_number")]
}

fn admin_create_user(found: &AdminCreateUserConfigType, declared: Option<&AdminCreateUser>) -> AdminCreateUser {
    let messages = found.invite_message_template().map(|template| InviteMessages {
        email_message: text(template.email_message()),
        email_subject: text(template.email_subject()),
        sms_message: text(template.sms_message()),
    });
    let declared = declared.is_some_and(|declared| declared.invite_message_template.is_some());
    AdminCreateUser {
        allow_admin_create_user_only: Some(found.allow_admin_create_user_only()),
        invite_message_template: messages.filter(|m| declared || *m != InviteMessages::default()),
    }
}

fn devices(found: &DeviceConfigurationType) -> Devices {
    Devices {
        challenge_required_on_new_device: Some(found.challenge_required_on_new_device()),
        device_only_remembered_on_user_prompt: Some(found.device_only_remembered_on_user_prompt()),
    }
}

fn email(found: Option<&EmailConfigurationType>, declared: bool) -> Option<Email> {
    let found = found?;
    let account = found.email_sending_account().map_or("COGNITO_DEFAULT", EmailSendingAccountType::as_str);
    let email = Email {
        configuration_set: text(found.configuration_set()),
        email_sending_account: account.to_owned(),
        from_email_address: text(found.from()),
        reply_to_email_address: text(found.reply_to_email_address()),
        source_arn: text(found.source_arn()),
    };
    (declared || !is_usual_email(&email)).then_some(email)
}

/// Whether e-mail is sent as a pool does by itself. Terraform's provider stores what is not set as an empty text.
pub(super) fn is_usual_email(email: &Email) -> bool {
    let set = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    let Email { configuration_set, email_sending_account, from_email_address, reply_to_email_address, source_arn } =
        email;
    email_sending_account == "COGNITO_DEFAULT"
        && ![configuration_set, from_email_address, reply_to_email_address, source_arn].into_iter().any(set)
}

fn lambdas(found: Option<&LambdaConfigType>, declared: Option<&Lambdas>) -> Option<Lambdas> {
    let found = found?;
    let sender = |arn: &str, version: &str| {
        text(Some(arn)).map(|lambda_arn| Sender { lambda_arn, lambda_version: version.to_owned() })
    };
    let mut lambdas = Lambdas {
        create_auth_challenge: text(found.create_auth_challenge()),
        custom_message: text(found.custom_message()),
        define_auth_challenge: text(found.define_auth_challenge()),
        kms_key_id: text(found.kms_key_id()),
        post_authentication: text(found.post_authentication()),
        post_confirmation: text(found.post_confirmation()),
        pre_authentication: text(found.pre_authentication()),
        pre_sign_up: text(found.pre_sign_up()),
        pre_token_generation: text(found.pre_token_generation()),
        user_migration: text(found.user_migration()),
        verify_auth_challenge_response: text(found.verify_auth_challenge_response()),
        custom_email_sender: found
            .custom_email_sender()
            .and_then(|s| sender(s.lambda_arn(), s.lambda_version().as_str())),
        custom_sms_sender: found.custom_sms_sender().and_then(|s| sender(s.lambda_arn(), s.lambda_version().as_str())),
        pre_token_generation_config: found.pre_token_generation_config().and_then(|config| {
            text(Some(config.lambda_arn())).map(|lambda_arn| PreTokenGeneration {
                lambda_arn,
                lambda_version: config.lambda_version().as_str().to_owned(),
            })
        }),
    };
    let config = lambdas.pre_token_generation_config.as_ref();
    if lambdas.pre_token_generation.is_none() {
        lambdas.pre_token_generation = config.map(|config| config.lambda_arn.clone());
    }
    // The first version of the event needs no block, and AWS shows one all the same.
    let undeclared = declared.is_none_or(|declared| declared.pre_token_generation_config.is_none());
    if undeclared && config.is_some_and(|config| config.lambda_version == "V1_0") {
        lambdas.pre_token_generation_config = None;
    }
    (declared.is_some() || lambdas != Lambdas::default()).then_some(lambdas)
}

fn password_policy(found: &PasswordPolicyType) -> PasswordPolicy {
    PasswordPolicy {
        minimum_length: found.minimum_length().map_or(8, i64::from),
        password_history_size: found.password_history_size().and_then(number),
        require_lowercase: Some(found.require_lowercase()),
        require_numbers: Some(found.require_numbers()),
        require_symbols: Some(found.require_symbols()),
        require_uppercase: Some(found.require_uppercase()),
        temporary_password_validity_days: Some(i64::from(found.temporary_password_validity_days())),
    }
}

fn sms(found: &SmsConfigurationType) -> Option<Sms> {
    Some(Sms {
        sns_caller_arn: text(Some(found.sns_caller_arn()))?,
        external_id: found.external_id().unwrap_or_default().to_owned(),
        sns_region: text(found.sns_region()),
    })
}

fn software_token(mfa: &GetUserPoolMfaConfigOutput, with_mfa: bool, declared: &Pool) -> Option<SoftwareToken> {
    let enabled = with_mfa && mfa.software_token_mfa_configuration().is_some_and(|token| token.enabled());
    (enabled || declared.software_token_mfa_configuration.is_some()).then_some(SoftwareToken { enabled })
}

fn attribute_updates(found: &UserPoolType, declared: &Pool) -> Option<AttributeUpdates> {
    let waiting = found.user_attribute_update_settings().map_or(Vec::new(), |settings| {
        let attributes = settings.attributes_require_verification_before_update();
        names(attributes.iter().map(VerifiedAttributeType::as_str))
    });
    let shown = !waiting.is_empty() || declared.user_attribute_update_settings.is_some();
    shown.then_some(AttributeUpdates { attributes_require_verification_before_update: waiting })
}

fn add_ons(found: Option<&UserPoolAddOnsType>, declared: Option<&AddOns>) -> Option<AddOns> {
    let mode = found.map_or("OFF", |add_ons| add_ons.advanced_security_mode().as_str());
    let flows = found.and_then(|add_ons| add_ons.advanced_security_additional_flows());
    let custom = text(flows.and_then(|f| f.custom_auth_mode()).map(AdvancedSecurityEnabledModeType::as_str));
    let flows_declared = declared.is_some_and(|declared| declared.advanced_security_additional_flows.is_some());
    let unusual = custom.as_deref().is_some_and(|mode| mode != "AUDIT");
    let flows = (unusual || flows_declared).then_some(AdditionalFlows { custom_auth_mode: custom });
    (mode != "OFF" || flows.is_some() || declared.is_some())
        .then_some(AddOns { advanced_security_mode: mode.to_owned(), advanced_security_additional_flows: flows })
}

fn verification_messages(found: &VerificationMessageTemplateType) -> VerificationMessages {
    let option = found.default_email_option().map_or("CONFIRM_WITH_CODE", DefaultEmailOptionType::as_str);
    VerificationMessages {
        default_email_option: option.to_owned(),
        email_message: text(found.email_message()),
        email_message_by_link: text(found.email_message_by_link()),
        email_subject: text(found.email_subject()),
        email_subject_by_link: text(found.email_subject_by_link()),
        sms_message: text(found.sms_message()),
    }
}

fn web_authn(mfa: &GetUserPoolMfaConfigOutput, declared: Option<&WebAuthn>) -> Option<WebAuthn> {
    let found = mfa.web_authn_configuration()?;
    let relying_party_id = text(found.relying_party_id());
    let verification = text(found.user_verification().map(UserVerificationType::as_str));
    // AWS answers `preferred` where nothing was said.
    let unsaid = declared.is_none_or(|declared| declared.user_verification.is_none());
    let user_verification = verification.filter(|found| !(unsaid && found == "preferred"));
    let shown = declared.is_some() || relying_party_id.is_some() || user_verification.is_some();
    shown.then_some(WebAuthn { relying_party_id, user_verification })
}

#[cfg(test)]
mod tests {
    use aws_sdk_cognitoidentityprovider::types::{
        AdvancedSecurityModeType, PreTokenGenerationLambdaVersionType, PreTokenGenerationVersionConfigType,
        RecoveryOptionNameType, RecoveryOptionType, SoftwareTokenMfaConfigType, WebAuthnConfigurationType,
    };

    use super::*;

    fn option(name: RecoveryOptionNameType, priority: i32) -> RecoveryOptionType {
        RecoveryOptionType::builder().name(name).priority(priority).build().unwrap()
    }

    /// A pool as AWS answers where nothing was declared.
    fn usual() -> (UserPoolType, GetUserPoolMfaConfigOutput) {
        let recovery = AccountRecoverySettingType::builder()
            .recovery_mechanisms(option(RecoveryOptionNameType::VerifiedPhoneNumber, 2))
            .recovery_mechanisms(option(RecoveryOptionNameType::VerifiedEmail, 1))
            .build();
        let email =
            EmailConfigurationType::builder().email_sending_account(EmailSendingAccountType::CognitoDefault).build();
        let add_ons = UserPoolAddOnsType::builder().advanced_security_mode(AdvancedSecurityModeType::Off);
        let pool = UserPoolType::builder()
            .id("us-east-1_a")
            .account_recovery_setting(recovery)
            .email_configuration(email)
            .lambda_config(LambdaConfigType::builder().build())
            .sms_configuration(SmsConfigurationType::builder().sns_caller_arn("").build())
            .user_pool_add_ons(add_ons.build().unwrap())
            .email_verification_message("");
        let passkeys = WebAuthnConfigurationType::builder().user_verification(UserVerificationType::Preferred).build();
        (pool.build(), GetUserPoolMfaConfigOutput::builder().web_authn_configuration(passkeys).build())
    }

    #[test]
    fn what_every_pool_has_reads_as_absent() {
        let (found, mfa) = usual();
        let declared = Pool { name: "p".into(), ..Pool::default() };
        let read = pool(&found, &mfa, &declared, "us-east-1");
        let expected = Pool {
            id: Some("us-east-1_a".into()),
            endpoint: Some("cognito-idp.us-east-1.amazonaws.com/us-east-1_a".into()),
            estimated_number_of_users: Some(0),
            deletion_protection: "INACTIVE".into(),
            mfa_configuration: "OFF".into(),
            ..Pool::default()
        };
        assert_eq!(read, expected);
    }

    #[test]
    fn what_every_pool_has_is_shown_where_it_is_declared() {
        let (found, mfa) = usual();
        let declared = Pool {
            email_configuration: Some(Email::default()),
            account_recovery_setting: Some(AccountRecovery::default()),
            software_token_mfa_configuration: Some(SoftwareToken { enabled: false }),
            ..Pool::default()
        };
        let read = pool(&found, &mfa, &declared, "us-east-1");
        assert_eq!(read.email_configuration.unwrap().email_sending_account, "COGNITO_DEFAULT");
        assert_eq!(read.account_recovery_setting.unwrap().recovery_mechanism.len(), 2);
        assert_eq!(read.software_token_mfa_configuration, Some(SoftwareToken { enabled: false }));
    }

    #[test]
    fn factors_do_not_count_without_mfa() {
        let token = SoftwareTokenMfaConfigType::builder().enabled(true).build();
        let mfa = GetUserPoolMfaConfigOutput::builder().software_token_mfa_configuration(token);
        let found = UserPoolType::builder().build();
        let read = |mfa: &GetUserPoolMfaConfigOutput| {
            pool(&found, mfa, &Pool::default(), "r").software_token_mfa_configuration
        };
        assert_eq!(read(&mfa.clone().mfa_configuration(UserPoolMfaType::Off).build()), None);
        let on = mfa.mfa_configuration(UserPoolMfaType::On).build();
        assert_eq!(read(&on), Some(SoftwareToken { enabled: true }));
    }

    #[test]
    fn the_first_version_of_the_token_trigger_needs_no_block() {
        let config = PreTokenGenerationVersionConfigType::builder()
            .lambda_arn("arn")
            .lambda_version(PreTokenGenerationLambdaVersionType::V10)
            .build()
            .unwrap();
        let found = LambdaConfigType::builder().pre_token_generation_config(config).build();
        let read = lambdas(Some(&found), None).unwrap();
        assert_eq!((read.pre_token_generation.as_deref(), read.pre_token_generation_config), (Some("arn"), None));
    }

    #[test]
    fn a_message_that_stands_in_one_place_stands_in_both() {
        let template = VerificationMessageTemplateType::builder().email_message("m").build();
        let found =
            UserPoolType::builder().verification_message_template(template).email_verification_subject("s").build();
        let read = pool(&found, &GetUserPoolMfaConfigOutput::builder().build(), &Pool::default(), "r");
        assert_eq!(read.email_verification_message.as_deref(), Some("m"));
        assert_eq!(read.verification_message_template.unwrap().email_subject.as_deref(), Some("s"));
    }
}
