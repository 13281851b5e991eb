//! What a user pool looks like in configuration and state.

use std::collections::BTreeMap;

use crate::resource::Model;

/// A Cognito user pool: a directory of users with the rules by which they sign up, sign in and recover their accounts.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Pool {
    /// The pool's id, such as `eu-central-1_AbCdEfGhI`.
    #[attr(computed)]
    pub(super) id: Option<String>,
    /// The pool's name. Names need not be unique.
    #[attr(required, min = 1, max = 128)]
    pub(super) name: String,
    /// The pool's ARN.
    #[attr(computed)]
    pub(super) arn: Option<String>,
    /// Attributes that users may sign in with besides their user name. A change makes a new pool.
    #[attr(
        optional,
        set,
        replace,
        allowed = ["phone_number", "email", "preferred_username"],
        conflicts = ["username_attributes"]
    )]
    pub(super) alias_attributes: Vec<String>,
    /// Attributes that users sign in with instead of a user name. A change makes a new pool.
    #[attr(optional, set, replace, allowed = ["phone_number", "email"], conflicts = ["alias_attributes"])]
    pub(super) username_attributes: Vec<String>,
    /// Attributes that Cognito verifies by itself, by sending a code.
    #[attr(optional, set, allowed = ["phone_number", "email"])]
    pub(super) auto_verified_attributes: Vec<String>,
    /// When the pool was made, in RFC 3339 form.
    #[attr(computed)]
    pub(super) creation_date: Option<String>,
    /// When the pool was last changed, in RFC 3339 form.
    #[attr(computed)]
    pub(super) last_modified_date: Option<String>,
    /// The custom domain of the hosted sign-in pages, if there is one.
    #[attr(computed)]
    pub(super) custom_domain: Option<String>,
    /// The prefix of the Cognito domain of the hosted sign-in pages, if there is one.
    #[attr(computed)]
    pub(super) domain: Option<String>,
    /// The host and path of the pool as an issuer of tokens, without a scheme.
    #[attr(computed)]
    pub(super) endpoint: Option<String>,
    /// About how many users the pool has.
    #[attr(computed)]
    pub(super) estimated_number_of_users: Option<i64>,
    /// Whether AWS refuses to delete the pool.
    #[attr(optional, default = "INACTIVE", allowed = ["ACTIVE", "INACTIVE"])]
    pub(super) deletion_protection: String,
    /// The text of verification e-mails; `{####}` stands for the code. It cannot stand beside the `email_message` of
    /// `verification_message_template`, which is the same setting.
    #[attr(optional, computed, min = 6, max = 20000)]
    pub(super) email_verification_message: Option<String>,
    /// The subject of verification e-mails. It cannot stand beside the `email_subject` of
    /// `verification_message_template`, which is the same setting.
    #[attr(optional, computed, min = 1, max = 140)]
    pub(super) email_verification_subject: Option<String>,
    /// The text of verification messages to phones; `{####}` stands for the code. It cannot stand beside the
    /// `sms_message` of `verification_message_template`, which is the same setting.
    #[attr(optional, computed, min = 6, max = 140)]
    pub(super) sms_verification_message: Option<String>,
    /// The text of sign-in messages to phones; `{####}` stands for the code.
    #[attr(optional, min = 6, max = 140)]
    pub(super) sms_authentication_message: Option<String>,
    /// Whether users need a second factor: never, always, or those who set one up.
    #[attr(optional, default = "OFF", allowed = ["OFF", "ON", "OPTIONAL"])]
    pub(super) mfa_configuration: String,
    /// The feature plan, which decides what the pool can do and what a user costs.
    #[attr(optional, computed, allowed = ["LITE", "ESSENTIALS", "PLUS"])]
    pub(super) user_pool_tier: Option<String>,
    /// The pool's tags.
    #[attr(optional)]
    pub(super) tags: BTreeMap<String, String>,
    /// The pool's tags together with the provider's default tags.
    #[attr(optional, computed)]
    pub(super) tags_all: BTreeMap<String, String>,
    /// How users who forgot their password get in again.
    #[block]
    pub(super) account_recovery_setting: Option<AccountRecovery>,
    /// How administrators create users.
    #[block(computed)]
    pub(super) admin_create_user_config: Option<AdminCreateUser>,
    /// Whether and how Cognito remembers the users' devices.
    #[block]
    pub(super) device_configuration: Option<Devices>,
    /// How Cognito sends e-mail.
    #[block]
    pub(super) email_configuration: Option<Email>,
    /// The e-mail with the code of the second factor.
    #[block]
    pub(super) email_mfa_configuration: Option<EmailMfa>,
    /// The Lambda functions that the pool calls.
    #[block]
    pub(super) lambda_config: Option<Lambdas>,
    /// What a password must be like.
    #[block(computed)]
    pub(super) password_policy: Option<PasswordPolicy>,
    /// The attributes of users besides the standard ones. Custom attributes can be added to a pool and never be changed
    /// or removed.
    #[block(set, key = "name")]
    pub(super) schema: Vec<UserAttribute>,
    /// What users may sign in with as the first factor.
    #[block(computed)]
    pub(super) sign_in_policy: Option<SignInPolicy>,
    /// How Cognito sends messages to phones.
    #[block(computed)]
    pub(super) sms_configuration: Option<Sms>,
    /// Codes from an authenticator app as the second factor.
    #[block]
    pub(super) software_token_mfa_configuration: Option<SoftwareToken>,
    /// Which changes of users' attributes wait until the user has confirmed them.
    #[block]
    pub(super) user_attribute_update_settings: Option<AttributeUpdates>,
    /// Threat protection.
    #[block]
    pub(super) user_pool_add_ons: Option<AddOns>,
    /// How user names are told apart. A change makes a new pool.
    #[block(computed, replace)]
    pub(super) username_configuration: Option<Usernames>,
    /// The messages by which users confirm an e-mail address or phone number.
    #[block(computed)]
    pub(super) verification_message_template: Option<VerificationMessages>,
    /// Passkeys.
    #[block]
    pub(super) web_authn_configuration: Option<WebAuthn>,
}

/// How users who forgot their password get in again.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct AccountRecovery {
    /// The ways, by priority.
    #[block(set, key = "name")]
    pub(super) recovery_mechanism: Vec<RecoveryMechanism>,
}

/// One way to recover an account.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct RecoveryMechanism {
    /// The way.
    #[attr(required, allowed = ["verified_email", "verified_phone_number", "admin_only"])]
    pub(super) name: String,
    /// Its rank; the way with 1 is tried first.
    #[attr(required, min = 1, max = 2)]
    pub(super) priority: i64,
}

/// How administrators create users.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct AdminCreateUser {
    /// Whether only administrators create users; otherwise users sign up by themselves.
    #[attr(optional)]
    pub(super) allow_admin_create_user_only: Option<bool>,
    /// The message that invites a new user.
    #[block]
    pub(super) invite_message_template: Option<InviteMessages>,
}

/// The message that invites a new user; `{username}` and `{####}` stand for the user name and the first password.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InviteMessages {
    /// The text of the e-mail.
    #[attr(optional, min = 6, max = 20000)]
    pub(super) email_message: Option<String>,
    /// The subject of the e-mail.
    #[attr(optional, min = 1, max = 140)]
    pub(super) email_subject: Option<String>,
    /// The text of the message to a phone.
    #[attr(optional, min = 6, max = 140)]
    pub(super) sms_message: Option<String>,
}

/// Whether and how Cognito remembers the users' devices.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Devices {
    /// Whether a device that is not remembered needs the second factor.
    #[attr(optional)]
    pub(super) challenge_required_on_new_device: Option<bool>,
    /// Whether a device is remembered only when the user agrees.
    #[attr(optional)]
    pub(super) device_only_remembered_on_user_prompt: Option<bool>,
}

/// How Cognito sends e-mail.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Email {
    /// The SES configuration set that is used.
    #[attr(optional, min = 1, max = 64)]
    pub(super) configuration_set: Option<String>,
    /// Whether Cognito's own sender or your SES identity sends.
    #[attr(optional, default = "COGNITO_DEFAULT", allowed = ["COGNITO_DEFAULT", "DEVELOPER"])]
    pub(super) email_sending_account: String,
    /// The sender's address, or name and address.
    #[attr(optional, max = 131072)]
    pub(super) from_email_address: Option<String>,
    /// The address that answers go to.
    #[attr(optional)]
    pub(super) reply_to_email_address: Option<String>,
    /// The ARN of the verified SES identity.
    #[attr(optional, min = 20, max = 2048)]
    pub(super) source_arn: Option<String>,
}

/// The e-mail with the code of the second factor.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct EmailMfa {
    /// The text; `{####}` stands for the code.
    #[attr(optional, min = 6, max = 20000)]
    pub(super) message: Option<String>,
    /// The subject.
    #[attr(optional)]
    pub(super) subject: Option<String>,
}

/// The Lambda functions that the pool calls, by ARN.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Lambdas {
    /// Makes the challenge of a custom sign-in.
    #[attr(optional, min = 20, max = 2048)]
    pub(super) create_auth_challenge: Option<String>,
    /// Words the messages that are sent to users.
    #[attr(optional, min = 20, max = 2048)]
    pub(super) custom_message: Option<String>,
    /// Decides on the next challenge of a custom sign-in.
    #[attr(optional, min = 20, max = 2048)]
    pub(super) define_auth_challenge: Option<String>,
    /// The KMS key that encrypts codes for the custom senders.
    #[attr(optional, min = 20, max = 2048)]
    pub(super) kms_key_id: Option<String>,
    /// Called after a sign-in.
    #[attr(optional, min = 20, max = 2048)]
    pub(super) post_authentication: Option<String>,
    /// Called after a user was confirmed.
    #[attr(optional, min = 20, max = 2048)]
    pub(super) post_confirmation: Option<String>,
    /// Called before a sign-in, and may refuse it.
    #[attr(optional, min = 20, max = 2048)]
    pub(super) pre_authentication: Option<String>,
    /// Called before a sign-up, and may refuse it.
    #[attr(optional, min = 20, max = 2048)]
    pub(super) pre_sign_up: Option<String>,
    /// Called before tokens are made, and may change their claims. The same function as in
    /// `pre_token_generation_config` where that is given.
    #[attr(optional, computed, min = 20, max = 2048)]
    pub(super) pre_token_generation: Option<String>,
    /// Moves users over from another directory when they sign in.
    #[attr(optional, min = 20, max = 2048)]
    pub(super) user_migration: Option<String>,
    /// Judges the answer to the challenge of a custom sign-in.
    #[attr(optional, min = 20, max = 2048)]
    pub(super) verify_auth_challenge_response: Option<String>,
    /// Sends e-mail in place of Cognito.
    #[block]
    pub(super) custom_email_sender: Option<Sender>,
    /// Sends messages to phones in place of Cognito.
    #[block]
    pub(super) custom_sms_sender: Option<Sender>,
    /// Called before tokens are made, with the version of the event it takes.
    #[block]
    pub(super) pre_token_generation_config: Option<PreTokenGeneration>,
}

/// A function that sends messages in place of Cognito.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Sender {
    /// The function's ARN.
    #[attr(required, min = 20, max = 2048)]
    pub(super) lambda_arn: String,
    /// The version of the event.
    #[attr(required, allowed = ["V1_0"])]
    pub(super) lambda_version: String,
}

/// The function that is called before tokens are made.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct PreTokenGeneration {
    /// The function's ARN.
    #[attr(required, min = 20, max = 2048)]
    pub(super) lambda_arn: String,
    /// The version of the event.
    #[attr(required, allowed = ["V1_0", "V2_0", "V3_0"])]
    pub(super) lambda_version: String,
}

/// What a password must be like.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct PasswordPolicy {
    /// The least number of characters; 8 where absent.
    #[attr(optional, default = 8, min = 6, max = 99)]
    pub(super) minimum_length: i64,
    /// How many former passwords may not be used again.
    #[attr(optional, min = 0, max = 24)]
    pub(super) password_history_size: Option<i64>,
    /// Whether it needs a lower-case letter.
    #[attr(optional)]
    pub(super) require_lowercase: Option<bool>,
    /// Whether it needs a digit.
    #[attr(optional)]
    pub(super) require_numbers: Option<bool>,
    /// Whether it needs a symbol.
    #[attr(optional)]
    pub(super) require_symbols: Option<bool>,
    /// Whether it needs an upper-case letter.
    #[attr(optional)]
    pub(super) require_uppercase: Option<bool>,
    /// For how many days the first password of a user whom an administrator created is valid; 7 where absent.
    #[attr(optional, computed, min = 0, max = 365)]
    pub(super) temporary_password_validity_days: Option<i64>,
}

/// One attribute of users.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct UserAttribute {
    /// What kind of value it has.
    #[attr(required, allowed = ["String", "Number", "DateTime", "Boolean"])]
    pub(super) attribute_data_type: String,
    /// Whether only developers can change it.
    #[attr(optional)]
    pub(super) developer_only_attribute: Option<bool>,
    /// Whether its value can be changed once it is set.
    #[attr(optional)]
    pub(super) mutable: Option<bool>,
    /// Its name, without the prefix `custom:` that AWS puts before custom attributes.
    #[attr(required, min = 1, max = 20)]
    pub(super) name: String,
    /// Whether users must give it when they sign up; only a standard attribute can be required.
    #[attr(optional)]
    pub(super) required: Option<bool>,
    /// The least and the greatest value of a number.
    #[block]
    pub(super) number_attribute_constraints: Option<NumberConstraints>,
    /// The least and the greatest length of a text.
    #[block]
    pub(super) string_attribute_constraints: Option<StringConstraints>,
}

/// The least and the greatest value of a number.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct NumberConstraints {
    /// The greatest value.
    #[attr(optional, max = 131072)]
    pub(super) max_value: Option<String>,
    /// The least value.
    #[attr(optional, max = 131072)]
    pub(super) min_value: Option<String>,
}

/// The least and the greatest length of a text.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct StringConstraints {
    /// The greatest length.
    #[attr(optional, max = 131072)]
    pub(super) max_length: Option<String>,
    /// The least length.
    #[attr(optional, max = 131072)]
    pub(super) min_length: Option<String>,
}

/// What users may sign in with as the first factor.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct SignInPolicy {
    /// The factors; `PASSWORD` is always among them.
    #[attr(optional, set, allowed = ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN", "SOFTWARE_TOKEN"])]
    pub(super) allowed_first_auth_factors: Vec<String>,
}

/// How Cognito sends messages to phones.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Sms {
    /// The external id that the role's trust policy asks for.
    #[attr(required, max = 131072)]
    pub(super) external_id: String,
    /// The ARN of the role that may publish to SNS.
    #[attr(required, max = 2048)]
    pub(super) sns_caller_arn: String,
    /// The region whose SNS is used.
    #[attr(optional, computed, min = 5, max = 32)]
    pub(super) sns_region: Option<String>,
}

/// Codes from an authenticator app as the second factor.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct SoftwareToken {
    /// Whether they can be used.
    #[attr(required)]
    pub(super) enabled: bool,
}

/// Which changes of users' attributes wait until the user has confirmed them.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct AttributeUpdates {
    /// The attributes; they keep their old value until the new one is confirmed.
    #[attr(required, set, allowed = ["phone_number", "email"])]
    pub(super) attributes_require_verification_before_update: Vec<String>,
}

/// Threat protection.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct AddOns {
    /// Whether risky sign-ins are ignored, logged or acted upon.
    #[attr(required, allowed = ["OFF", "AUDIT", "ENFORCED"])]
    pub(super) advanced_security_mode: String,
    /// Threat protection of further ways to sign in.
    #[block]
    pub(super) advanced_security_additional_flows: Option<AdditionalFlows>,
}

/// Threat protection of further ways to sign in.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct AdditionalFlows {
    /// Whether risky custom sign-ins are logged or acted upon.
    #[attr(optional, computed, default = "AUDIT", allowed = ["AUDIT", "ENFORCED"])]
    pub(super) custom_auth_mode: Option<String>,
}

/// How user names are told apart.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Usernames {
    /// Whether upper and lower case are told apart.
    #[attr(optional, computed, replace)]
    pub(super) case_sensitive: Option<bool>,
}

/// The messages by which users confirm an e-mail address or phone number.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct VerificationMessages {
    /// Whether the e-mail has a code or a link.
    #[attr(optional, default = "CONFIRM_WITH_CODE", allowed = ["CONFIRM_WITH_LINK", "CONFIRM_WITH_CODE"])]
    pub(super) default_email_option: String,
    /// The text of the e-mail with a code; `{####}` stands for the code.
    #[attr(optional, computed, min = 6, max = 20000)]
    pub(super) email_message: Option<String>,
    /// The text of the e-mail with a link; `{##text##}` stands for the link.
    #[attr(optional, computed, min = 6, max = 20000)]
    pub(super) email_message_by_link: Option<String>,
    /// The subject of the e-mail with a code.
    #[attr(optional, computed, min = 1, max = 140)]
    pub(super) email_subject: Option<String>,
    /// The subject of the e-mail with a link.
    #[attr(optional, computed, min = 1, max = 140)]
    pub(super) email_subject_by_link: Option<String>,
    /// The text of the message to a phone; `{####}` stands for the code.
    #[attr(optional, computed, min = 6, max = 140)]
    pub(super) sms_message: Option<String>,
}

/// Passkeys.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct WebAuthn {
    /// The domain that passkeys are bound to.
    #[attr(optional, min = 1, max = 127)]
    pub(super) relying_party_id: Option<String>,
    /// Whether the device must, or preferably should, check who its user is.
    #[attr(optional, allowed = ["required", "preferred"])]
    pub(super) user_verification: Option<String>,
}
