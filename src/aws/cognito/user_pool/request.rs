//! What is sent of a pool. Creation and update send the same complete settings: AWS resets what an update leaves out, and
//! some emulators keep it, so that only a complete object means the same to all.

use std::collections::HashMap;

use aws_sdk_cognitoidentityprovider::operation::create_user_pool::builders::CreateUserPoolFluentBuilder;
use aws_sdk_cognitoidentityprovider::operation::get_user_pool_mfa_config::GetUserPoolMfaConfigOutput;
use aws_sdk_cognitoidentityprovider::operation::set_user_pool_mfa_config::SetUserPoolMfaConfigInput;
use aws_sdk_cognitoidentityprovider::operation::set_user_pool_mfa_config::builders::SetUserPoolMfaConfigInputBuilder;
use aws_sdk_cognitoidentityprovider::operation::update_user_pool::builders::UpdateUserPoolFluentBuilder;
use aws_sdk_cognitoidentityprovider::types::{
    AccountRecoverySettingType, AcrLevelConfigType, AdminCreateUserConfigType, AdvancedSecurityAdditionalFlowsType,
    AdvancedSecurityEnabledModeType, AdvancedSecurityModeType, AuthFactorType, CustomEmailLambdaVersionConfigType,
    CustomEmailSenderLambdaVersionType, CustomSmsLambdaVersionConfigType, CustomSmsSenderLambdaVersionType,
    DefaultEmailOptionType, DeletionProtectionType, DeviceConfigurationType, EmailConfigurationType,
    EmailMfaConfigType, EmailSendingAccountType, IssuerConfigurationType, KeyConfigurationType, LambdaConfigType,
    MessageTemplateType, PasswordPolicyType, PreTokenGenerationLambdaVersionType, PreTokenGenerationVersionConfigType,
    RecoveryOptionNameType, RecoveryOptionType, SignInPolicyType, SmsConfigurationType, SmsMfaConfigType,
    SoftwareTokenMfaConfigType, UserAttributeUpdateSettingsType, UserPoolAddOnsType, UserPoolMfaType,
    UserPoolPolicyType, UserPoolTierType, UserPoolType, UserVerificationType, VerificationMessageTemplateType,
    VerifiedAttributeType, WebAuthnConfigurationType,
};

use super::schema::{
    AccountRecovery, AddOns, AdminCreateUser, Devices, Email, Lambdas, PasswordPolicy, Pool, Sms, VerificationMessages,
    WebAuthn,
};
use crate::aws::cognito::answer::built;
use crate::aws::members::narrow;
use crate::resource::OpResult;

/// The days that the first password of a user is valid, where nothing is said.
const TEMPORARY_PASSWORD_DAYS: i64 = 7;

/// The settings that creation and update have in common.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Settings {
    policies: Option<UserPoolPolicyType>,
    deletion_protection: Option<DeletionProtectionType>,
    lambda_config: Option<LambdaConfigType>,
    auto_verified_attributes: Option<Vec<VerifiedAttributeType>>,
    sms_verification_message: Option<String>,
    email_verification_message: Option<String>,
    email_verification_subject: Option<String>,
    verification_message_template: Option<VerificationMessageTemplateType>,
    sms_authentication_message: Option<String>,
    mfa_configuration: Option<UserPoolMfaType>,
    user_attribute_update_settings: Option<UserAttributeUpdateSettingsType>,
    device_configuration: Option<DeviceConfigurationType>,
    email_configuration: Option<EmailConfigurationType>,
    sms_configuration: Option<SmsConfigurationType>,
    user_pool_tags: Option<HashMap<String, String>>,
    admin_create_user_config: Option<AdminCreateUserConfigType>,
    user_pool_add_ons: Option<UserPoolAddOnsType>,
    account_recovery_setting: Option<AccountRecoverySettingType>,
    user_pool_tier: Option<UserPoolTierType>,
    key_configuration: Option<KeyConfigurationType>,
    issuer_configuration: Option<IssuerConfigurationType>,
    acr_configuration: Option<HashMap<String, AcrLevelConfigType>>,
}

macro_rules! put {
    ($settings:ident into $call:ident: $($setter:ident = $field:ident),* $(,)?) => {
        $call$(.$setter($settings.$field))*
    };
}

macro_rules! put_all {
    ($settings:ident into $call:ident) => {
        put!($settings into $call:
            set_policies = policies,
            set_deletion_protection = deletion_protection,
            set_lambda_config = lambda_config,
            set_auto_verified_attributes = auto_verified_attributes,
            set_sms_verification_message = sms_verification_message,
            set_email_verification_message = email_verification_message,
            set_email_verification_subject = email_verification_subject,
            set_verification_message_template = verification_message_template,
            set_sms_authentication_message = sms_authentication_message,
            set_mfa_configuration = mfa_configuration,
            set_user_attribute_update_settings = user_attribute_update_settings,
            set_device_configuration = device_configuration,
            set_email_configuration = email_configuration,
            set_sms_configuration = sms_configuration,
            set_user_pool_tags = user_pool_tags,
            set_admin_create_user_config = admin_create_user_config,
            set_user_pool_add_ons = user_pool_add_ons,
            set_account_recovery_setting = account_recovery_setting,
            set_user_pool_tier = user_pool_tier,
            set_key_configuration = key_configuration,
            set_issuer_configuration = issuer_configuration,
            set_acr_configuration = acr_configuration,
        )
    };
}

impl Settings {
    /// What a new pool starts with. Without a second factor: AWS takes one only by `SetUserPoolMfaConfig`, unless it is
    /// sent by SMS.
    pub(super) fn of_new(wanted: &Pool, tags: HashMap<String, String>) -> OpResult<Self> {
        let mut settings = Self::declared(wanted)?;
        let template = wanted.verification_message_template.as_ref();
        let twice = |inner: Option<&String>| inner.is_some();
        if twice(template.and_then(|t| t.email_message.as_ref())) {
            settings.email_verification_message = None;
        }
        if twice(template.and_then(|t| t.email_subject.as_ref())) {
            settings.email_verification_subject = None;
        }
        if twice(template.and_then(|t| t.sms_message.as_ref())) {
            settings.sms_verification_message = None;
        }
        settings.mfa_configuration = Some(UserPoolMfaType::Off);
        settings.user_pool_tags = Some(tags);
        Ok(settings)
    }

    /// What a pool becomes: the wish, over what the pool is like now. What was declared and no longer is, is set to what
    /// a pool has by itself; what was never declared stays as it is.
    pub(super) fn of_update(found: &UserPoolType, prior: &Pool, wanted: &Pool, mfa: UserPoolMfaType) -> OpResult<Self> {
        let mut settings = Self::declared(wanted)?;
        settings.mfa_configuration = Some(mfa);
        settings.keep_undeclared(found, prior, wanted)?;
        settings.keep_unknown_to_us(found);
        let mut tags: HashMap<String, String> = wanted.tags_all.clone().into_iter().collect();
        let own = found.user_pool_tags().into_iter().flatten().filter(|(name, _)| name.starts_with("recon:"));
        tags.extend(own.map(|(name, value)| (name.clone(), value.clone())));
        settings.user_pool_tags = Some(tags);
        Ok(settings)
    }

    fn declared(wanted: &Pool) -> OpResult<Self> {
        let verified = wanted.auto_verified_attributes.iter().map(|a| VerifiedAttributeType::from(a.as_str()));
        let updates = wanted.user_attribute_update_settings.as_ref().map(|settings| {
            let attributes = settings.attributes_require_verification_before_update.iter();
            UserAttributeUpdateSettingsType::builder()
                .set_attributes_require_verification_before_update(Some(
                    attributes.map(|a| VerifiedAttributeType::from(a.as_str())).collect(),
                ))
                .build()
        });
        Ok(Self {
            policies: policies(wanted),
            deletion_protection: Some(DeletionProtectionType::from(wanted.deletion_protection.as_str())),
            lambda_config: Some(match &wanted.lambda_config {
                Some(lambdas) => lambda_config(lambdas)?,
                None => LambdaConfigType::builder().build(),
            }),
            auto_verified_attributes: Some(verified.collect()),
            sms_verification_message: wanted.sms_verification_message.clone(),
            email_verification_message: wanted.email_verification_message.clone(),
            email_verification_subject: wanted.email_verification_subject.clone(),
            verification_message_template: wanted.verification_message_template.as_ref().map(verification_messages),
            sms_authentication_message: wanted.sms_authentication_message.clone(),
            mfa_configuration: None,
            user_attribute_update_settings: updates,
            device_configuration: wanted.device_configuration.as_ref().map(device_configuration),
            email_configuration: wanted.email_configuration.as_ref().map(email_configuration),
            sms_configuration: wanted.sms_configuration.as_ref().map(sms_configuration),
            user_pool_tags: None,
            admin_create_user_config: wanted.admin_create_user_config.as_ref().map(admin_create_user_config),
            user_pool_add_ons: wanted.user_pool_add_ons.as_ref().map(add_ons).transpose()?,
            account_recovery_setting: wanted.account_recovery_setting.as_ref().map(account_recovery).transpose()?,
            user_pool_tier: wanted.user_pool_tier.as_deref().map(UserPoolTierType::from),
            ..Self::default()
        })
    }

    fn keep_undeclared(&mut self, found: &UserPoolType, prior: &Pool, wanted: &Pool) -> OpResult<()> {
        if wanted.device_configuration.is_none() && prior.device_configuration.is_none() {
            self.device_configuration = found.device_configuration().cloned();
        }
        if wanted.email_configuration.is_none() {
            self.email_configuration = match &prior.email_configuration {
                Some(_) => Some(
                    EmailConfigurationType::builder()
                        .email_sending_account(EmailSendingAccountType::CognitoDefault)
                        .build(),
                ),
                None => found.email_configuration().cloned(),
            };
        }
        if wanted.account_recovery_setting.is_none() && prior.account_recovery_setting.is_none() {
            let found = found.account_recovery_setting();
            self.account_recovery_setting = found.filter(|f| !f.recovery_mechanisms().is_empty()).cloned();
        }
        if wanted.user_pool_add_ons.is_none()
            && (prior.user_pool_add_ons.is_some() || found.user_pool_add_ons().is_some())
        {
            let off = UserPoolAddOnsType::builder().advanced_security_mode(AdvancedSecurityModeType::Off);
            self.user_pool_add_ons = Some(built(off.build())?);
        }
        if wanted.user_attribute_update_settings.is_none()
            && (prior.user_attribute_update_settings.is_some() || found.user_attribute_update_settings().is_some())
        {
            // Only an empty list ends the waiting; leaving the member out keeps it.
            let none = UserAttributeUpdateSettingsType::builder()
                .set_attributes_require_verification_before_update(Some(Vec::new()));
            self.user_attribute_update_settings = Some(none.build());
        }
        if self.admin_create_user_config.is_none() {
            self.admin_create_user_config = found.admin_create_user_config().cloned();
        }
        if self.verification_message_template.is_none() {
            self.verification_message_template = found.verification_message_template().cloned();
        }
        if self.sms_configuration.is_none() {
            self.sms_configuration = found.sms_configuration().filter(|s| !s.sns_caller_arn().is_empty()).cloned();
        }
        let found_policies = found.policies();
        let ours = self.policies.take();
        let password = ours.as_ref().and_then(|p| p.password_policy()).cloned();
        let sign_in = ours.as_ref().and_then(|p| p.sign_in_policy()).cloned();
        let policies = UserPoolPolicyType::builder()
            .set_password_policy(password.or_else(|| found_policies.and_then(|p| p.password_policy()).cloned()))
            .set_sign_in_policy(sign_in.or_else(|| found_policies.and_then(|p| p.sign_in_policy()).cloned()));
        self.policies = Some(policies.build());
        if self.user_pool_tier.is_none() {
            self.user_pool_tier = found.user_pool_tier().cloned();
        }
        Ok(())
    }

    /// Settings that have no argument stay as they are.
    fn keep_unknown_to_us(&mut self, found: &UserPoolType) {
        self.key_configuration = found.key_configuration().cloned();
        self.issuer_configuration = found.issuer_configuration().cloned();
        self.acr_configuration = found.acr_configuration().cloned();
        if let (Some(lambdas), Some(federation)) =
            (&mut self.lambda_config, found.lambda_config().and_then(|l| l.inbound_federation()))
        {
            lambdas.inbound_federation = Some(federation.clone());
        }
        if let (Some(sms), Some(eums)) =
            (&mut self.sms_configuration, found.sms_configuration().and_then(|s| s.eums_sms()))
        {
            sms.eums_sms = Some(eums.clone());
        }
    }

    /// Puts the settings into a creation.
    pub(super) fn into_create(self, call: CreateUserPoolFluentBuilder) -> CreateUserPoolFluentBuilder {
        let settings = self;
        put_all!(settings into call)
    }

    /// Puts the settings into an update.
    pub(super) fn into_update(self, call: UpdateUserPoolFluentBuilder) -> UpdateUserPoolFluentBuilder {
        let settings = self;
        put_all!(settings into call)
    }
}

/// What decides on second factors. The call that sets them replaces them all.
pub(super) fn mfa(wanted: &Pool, found: Option<&GetUserPoolMfaConfigOutput>) -> SetUserPoolMfaConfigInputBuilder {
    let mode = UserPoolMfaType::from(wanted.mfa_configuration.as_str());
    let factor = found.and_then(|f| f.web_authn_configuration()).and_then(|w| w.factor_configuration()).cloned();
    let call = SetUserPoolMfaConfigInput::builder().set_web_authn_configuration(
        wanted.web_authn_configuration.as_ref().map(|web_authn| {
            let mut sent = web_authn_configuration(web_authn);
            sent.factor_configuration = factor;
            sent
        }),
    );
    if mode == UserPoolMfaType::Off {
        // Any factor beside OFF is refused.
        return call.mfa_configuration(mode);
    }
    let sms = wanted.sms_configuration.as_ref().map(|sms| {
        SmsMfaConfigType::builder()
            .sms_configuration(sms_configuration(sms))
            .set_sms_authentication_message(wanted.sms_authentication_message.clone())
            .build()
    });
    let token = wanted.software_token_mfa_configuration.as_ref().is_some_and(|token| token.enabled);
    let email = wanted.email_mfa_configuration.as_ref().map(|email| {
        EmailMfaConfigType::builder().set_message(email.message.clone()).set_subject(email.subject.clone()).build()
    });
    call.mfa_configuration(mode)
        .set_sms_mfa_configuration(sms)
        .software_token_mfa_configuration(SoftwareTokenMfaConfigType::builder().enabled(token).build())
        .set_email_mfa_configuration(email)
}

/// Whether a wish needs the call that sets second factors.
pub(super) fn mfa_changes(prior: &Pool, wanted: &Pool) -> bool {
    let of = |pool: &Pool| {
        (
            pool.mfa_configuration.clone(),
            pool.sms_configuration.clone(),
            pool.sms_authentication_message.clone(),
            pool.software_token_mfa_configuration.as_ref().is_some_and(|token| token.enabled),
            pool.email_mfa_configuration.clone(),
            pool.web_authn_configuration.clone(),
        )
    };
    of(prior) != of(wanted)
}

fn policies(wanted: &Pool) -> Option<UserPoolPolicyType> {
    let factors = wanted.sign_in_policy.as_ref().map(|policy| policy.allowed_first_auth_factors.as_slice());
    let factors = factors.unwrap_or_default().iter().map(|f| AuthFactorType::from(f.as_str())).collect::<Vec<_>>();
    let sign_in = (!factors.is_empty())
        .then(|| SignInPolicyType::builder().set_allowed_first_auth_factors(Some(factors)).build());
    let password = wanted.password_policy.as_ref().map(password_policy);
    (sign_in.is_some() || password.is_some())
        .then(|| UserPoolPolicyType::builder().set_password_policy(password).set_sign_in_policy(sign_in).build())
}

/// The whole policy: what AWS is not told of a policy becomes something else than what it is without one.
fn password_policy(wanted: &PasswordPolicy) -> PasswordPolicyType {
    PasswordPolicyType::builder()
        .minimum_length(narrow(wanted.minimum_length))
        .set_password_history_size(wanted.password_history_size.map(narrow))
        .require_lowercase(wanted.require_lowercase.unwrap_or_default())
        .require_numbers(wanted.require_numbers.unwrap_or_default())
        .require_symbols(wanted.require_symbols.unwrap_or_default())
        .require_uppercase(wanted.require_uppercase.unwrap_or_default())
        .temporary_password_validity_days(narrow(
            wanted.temporary_password_validity_days.unwrap_or(TEMPORARY_PASSWORD_DAYS),
        ))
        .build()
}

fn lambda_config(wanted: &Lambdas) -> OpResult<LambdaConfigType> {
    let email = wanted.custom_email_sender.as_ref().map(|sender| {
        let version = CustomEmailSenderLambdaVersionType::from(sender.lambda_version.as_str());
        let call = CustomEmailLambdaVersionConfigType::builder().lambda_arn(&sender.lambda_arn);
        built(call.lambda_version(version).build())
    });
    let sms = wanted.custom_sms_sender.as_ref().map(|sender| {
        let version = CustomSmsSenderLambdaVersionType::from(sender.lambda_version.as_str());
        let call = CustomSmsLambdaVersionConfigType::builder().lambda_arn(&sender.lambda_arn);
        built(call.lambda_version(version).build())
    });
    // A first version that was set before would win over the block, so both are always written.
    let (arn, version) = match &wanted.pre_token_generation_config {
        Some(config) => (Some(config.lambda_arn.clone()), config.lambda_version.as_str()),
        None => (wanted.pre_token_generation.clone(), "V1_0"),
    };
    let pre_token_generation = arn.as_ref().map(|arn| {
        let version = PreTokenGenerationLambdaVersionType::from(version);
        built(PreTokenGenerationVersionConfigType::builder().lambda_arn(arn).lambda_version(version).build())
    });
    Ok(LambdaConfigType::builder()
        .set_create_auth_challenge(wanted.create_auth_challenge.clone())
        .set_custom_message(wanted.custom_message.clone())
        .set_define_auth_challenge(wanted.define_auth_challenge.clone())
        .set_kms_key_id(wanted.kms_key_id.clone())
        .set_post_authentication(wanted.post_authentication.clone())
        .set_post_confirmation(wanted.post_confirmation.clone())
        .set_pre_authentication(wanted.pre_authentication.clone())
        .set_pre_sign_up(wanted.pre_sign_up.clone())
        .set_pre_token_generation(arn)
        .set_user_migration(wanted.user_migration.clone())
        .set_verify_auth_challenge_response(wanted.verify_auth_challenge_response.clone())
        .set_custom_email_sender(email.transpose()?)
        .set_custom_sms_sender(sms.transpose()?)
        .set_pre_token_generation_config(pre_token_generation.transpose()?)
        .build())
}

fn verification_messages(wanted: &VerificationMessages) -> VerificationMessageTemplateType {
    VerificationMessageTemplateType::builder()
        .default_email_option(DefaultEmailOptionType::from(wanted.default_email_option.as_str()))
        .set_email_message(wanted.email_message.clone())
        .set_email_message_by_link(wanted.email_message_by_link.clone())
        .set_email_subject(wanted.email_subject.clone())
        .set_email_subject_by_link(wanted.email_subject_by_link.clone())
        .set_sms_message(wanted.sms_message.clone())
        .build()
}

fn device_configuration(wanted: &Devices) -> DeviceConfigurationType {
    DeviceConfigurationType::builder()
        .challenge_required_on_new_device(wanted.challenge_required_on_new_device.unwrap_or_default())
        .device_only_remembered_on_user_prompt(wanted.device_only_remembered_on_user_prompt.unwrap_or_default())
        .build()
}

fn email_configuration(wanted: &Email) -> EmailConfigurationType {
    EmailConfigurationType::builder()
        .set_configuration_set(wanted.configuration_set.clone())
        .email_sending_account(EmailSendingAccountType::from(wanted.email_sending_account.as_str()))
        .set_from(wanted.from_email_address.clone())
        .set_reply_to_email_address(wanted.reply_to_email_address.clone())
        .set_source_arn(wanted.source_arn.clone())
        .build()
}

fn sms_configuration(wanted: &Sms) -> SmsConfigurationType {
    SmsConfigurationType::builder()
        .sns_caller_arn(&wanted.sns_caller_arn)
        .external_id(&wanted.external_id)
        .set_sns_region(wanted.sns_region.clone())
        .build()
}

fn admin_create_user_config(wanted: &AdminCreateUser) -> AdminCreateUserConfigType {
    let messages = wanted.invite_message_template.as_ref().map(|messages| {
        MessageTemplateType::builder()
            .set_email_message(messages.email_message.clone())
            .set_email_subject(messages.email_subject.clone())
            .set_sms_message(messages.sms_message.clone())
            .build()
    });
    AdminCreateUserConfigType::builder()
        .allow_admin_create_user_only(wanted.allow_admin_create_user_only.unwrap_or_default())
        .set_invite_message_template(messages)
        .build()
}

fn add_ons(wanted: &AddOns) -> OpResult<UserPoolAddOnsType> {
    let flows = wanted.advanced_security_additional_flows.as_ref().map(|flows| {
        let mode = flows.custom_auth_mode.as_deref().map(AdvancedSecurityEnabledModeType::from);
        AdvancedSecurityAdditionalFlowsType::builder().set_custom_auth_mode(mode).build()
    });
    let call = UserPoolAddOnsType::builder()
        .advanced_security_mode(AdvancedSecurityModeType::from(wanted.advanced_security_mode.as_str()))
        .set_advanced_security_additional_flows(flows);
    built(call.build())
}

fn account_recovery(wanted: &AccountRecovery) -> OpResult<AccountRecoverySettingType> {
    let mut mechanisms: Vec<_> = wanted.recovery_mechanism.iter().collect();
    mechanisms.sort_by_key(|mechanism| mechanism.priority);
    let options = mechanisms.into_iter().map(|mechanism| {
        let call = RecoveryOptionType::builder().priority(narrow(mechanism.priority));
        built(call.name(RecoveryOptionNameType::from(mechanism.name.as_str())).build())
    });
    let options = options.collect::<OpResult<Vec<_>>>()?;
    Ok(AccountRecoverySettingType::builder().set_recovery_mechanisms(Some(options)).build())
}

fn web_authn_configuration(wanted: &WebAuthn) -> WebAuthnConfigurationType {
    WebAuthnConfigurationType::builder()
        .set_relying_party_id(wanted.relying_party_id.clone())
        .set_user_verification(wanted.user_verification.as_deref().map(UserVerificationType::from))
        .build()
}

#[cfg(test)]
mod tests;
