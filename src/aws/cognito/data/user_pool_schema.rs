//! What a user pool that is only read looks like.

use std::collections::BTreeMap;

use super::record::Record;
use crate::resource::Model;

/// A Cognito user pool that is read and never changed, such as one that another tool manages.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Pool {
    /// The pool's id.
    #[attr(computed)]
    pub(super) id: Option<String>,
    /// The id of the pool to read.
    #[attr(required)]
    pub(super) user_pool_id: String,
    /// The pool's name.
    #[attr(computed)]
    pub(super) name: Option<String>,
    /// The pool's ARN.
    #[attr(computed)]
    pub(super) arn: Option<String>,
    /// How users who forgot their password get in again.
    #[attr(computed)]
    pub(super) account_recovery_setting: Vec<Record<AccountRecovery>>,
    /// How administrators create users.
    #[attr(computed)]
    pub(super) admin_create_user_config: Vec<Record<AdminCreateUser>>,
    /// Attributes that Cognito verifies by itself.
    #[attr(computed)]
    pub(super) auto_verified_attributes: Vec<String>,
    /// When the pool was made, in RFC 3339 form.
    #[attr(computed)]
    pub(super) creation_date: Option<String>,
    /// The custom domain of the hosted sign-in pages, if there is one.
    #[attr(computed)]
    pub(super) custom_domain: Option<String>,
    /// Whether AWS refuses to delete the pool.
    #[attr(computed)]
    pub(super) deletion_protection: Option<String>,
    /// Whether and how Cognito remembers the users' devices.
    #[attr(computed)]
    pub(super) device_configuration: Vec<Record<Devices>>,
    /// The prefix of the Cognito domain of the hosted sign-in pages, if there is one.
    #[attr(computed)]
    pub(super) domain: Option<String>,
    /// How Cognito sends e-mail.
    #[attr(computed)]
    pub(super) email_configuration: Vec<Record<Email>>,
    /// About how many users the pool has.
    #[attr(computed)]
    pub(super) estimated_number_of_users: Option<i64>,
    /// The Lambda functions that the pool calls.
    #[attr(computed)]
    pub(super) lambda_config: Vec<Record<Lambdas>>,
    /// When the pool was last changed, in RFC 3339 form.
    #[attr(computed)]
    pub(super) last_modified_date: Option<String>,
    /// Whether users need a second factor.
    #[attr(computed)]
    pub(super) mfa_configuration: Option<String>,
    /// The attributes of users, standard and custom, under the names that AWS gives them.
    #[attr(computed)]
    pub(super) schema_attributes: Vec<Record<UserAttribute>>,
    /// The text of sign-in messages to phones.
    #[attr(computed)]
    pub(super) sms_authentication_message: Option<String>,
    /// Why messages to phones cannot be sent, if they cannot.
    #[attr(computed)]
    pub(super) sms_configuration_failure: Option<String>,
    /// The text of verification messages to phones.
    #[attr(computed)]
    pub(super) sms_verification_message: Option<String>,
    /// The pool's tags.
    #[attr(computed)]
    pub(super) tags: BTreeMap<String, String>,
    /// Threat protection.
    #[attr(computed)]
    pub(super) user_pool_add_ons: Vec<Record<AddOns>>,
    /// The pool's tags.
    #[attr(computed, deprecated = "Use `tags`.")]
    pub(super) user_pool_tags: BTreeMap<String, String>,
    /// Attributes that users sign in with instead of a user name.
    #[attr(computed)]
    pub(super) username_attributes: Vec<String>,
}

/// How users who forgot their password get in again.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct AccountRecovery {
    /// The ways, by priority.
    #[attr(computed)]
    pub(super) recovery_mechanism: Vec<Record<RecoveryMechanism>>,
}

/// One way to recover an account.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct RecoveryMechanism {
    /// The way.
    #[attr(computed)]
    pub(super) name: Option<String>,
    /// Its rank.
    #[attr(computed)]
    pub(super) priority: Option<i64>,
}

/// How administrators create users.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct AdminCreateUser {
    /// Whether only administrators create users.
    #[attr(computed)]
    pub(super) allow_admin_create_user_only: Option<bool>,
    /// The message that invites a new user.
    #[attr(computed)]
    pub(super) invite_message_template: Vec<Record<InviteMessages>>,
    /// For how many days the first password of such a user is valid.
    #[attr(computed)]
    pub(super) unused_account_validity_days: Option<i64>,
}

/// The message that invites a new user.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InviteMessages {
    /// The text of the e-mail.
    #[attr(computed)]
    pub(super) email_message: Option<String>,
    /// The subject of the e-mail.
    #[attr(computed)]
    pub(super) email_subject: Option<String>,
    /// The text of the message to a phone.
    #[attr(computed)]
    pub(super) sms_message: Option<String>,
}

/// Whether and how Cognito remembers the users' devices.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Devices {
    /// Whether a device that is not remembered needs the second factor.
    #[attr(computed)]
    pub(super) challenge_required_on_new_device: Option<bool>,
    /// Whether a device is remembered only when the user agrees.
    #[attr(computed)]
    pub(super) device_only_remembered_on_user_prompt: Option<bool>,
}

/// How Cognito sends e-mail.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Email {
    /// The SES configuration set that is used.
    #[attr(computed)]
    pub(super) configuration_set: Option<String>,
    /// Whether Cognito's own sender or an SES identity sends.
    #[attr(computed)]
    pub(super) email_sending_account: Option<String>,
    /// The sender.
    #[attr(computed)]
    pub(super) from: Option<String>,
    /// The address that answers go to.
    #[attr(computed)]
    pub(super) reply_to_email_address: Option<String>,
    /// The ARN of the SES identity.
    #[attr(computed)]
    pub(super) source_arn: Option<String>,
}

/// The Lambda functions that the pool calls, by ARN.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Lambdas {
    /// Makes the challenge of a custom sign-in.
    #[attr(computed)]
    pub(super) create_auth_challenge: Option<String>,
    /// Sends e-mail in place of Cognito.
    #[attr(computed)]
    pub(super) custom_email_sender: Vec<Record<Versioned>>,
    /// Words the messages that are sent to users.
    #[attr(computed)]
    pub(super) custom_message: Option<String>,
    /// Sends messages to phones in place of Cognito.
    #[attr(computed)]
    pub(super) custom_sms_sender: Vec<Record<Versioned>>,
    /// Decides on the next challenge of a custom sign-in.
    #[attr(computed)]
    pub(super) define_auth_challenge: Option<String>,
    /// The KMS key that encrypts codes for the custom senders.
    #[attr(computed)]
    pub(super) kms_key_id: Option<String>,
    /// Called after a sign-in.
    #[attr(computed)]
    pub(super) post_authentication: Option<String>,
    /// Called after a user was confirmed.
    #[attr(computed)]
    pub(super) post_confirmation: Option<String>,
    /// Called before a sign-in.
    #[attr(computed)]
    pub(super) pre_authentication: Option<String>,
    /// Called before a sign-up.
    #[attr(computed)]
    pub(super) pre_sign_up: Option<String>,
    /// Called before tokens are made.
    #[attr(computed)]
    pub(super) pre_token_generation: Option<String>,
    /// Called before tokens are made, with the version of the event it takes.
    #[attr(computed)]
    pub(super) pre_token_generation_config: Vec<Record<Versioned>>,
    /// Moves users over from another directory when they sign in.
    #[attr(computed)]
    pub(super) user_migration: Option<String>,
    /// Judges the answer to the challenge of a custom sign-in.
    #[attr(computed)]
    pub(super) verify_auth_challenge_response: Option<String>,
}

/// A function with the version of the event it takes.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Versioned {
    /// The function's ARN.
    #[attr(computed)]
    pub(super) lambda_arn: Option<String>,
    /// The version of the event.
    #[attr(computed)]
    pub(super) lambda_version: Option<String>,
}

/// One attribute of users.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct UserAttribute {
    /// What kind of value it has.
    #[attr(computed)]
    pub(super) attribute_data_type: Option<String>,
    /// Whether only developers can change it.
    #[attr(computed)]
    pub(super) developer_only_attribute: Option<bool>,
    /// Whether its value can be changed once it is set.
    #[attr(computed)]
    pub(super) mutable: Option<bool>,
    /// Its name; that of a custom attribute starts with `custom:`.
    #[attr(computed)]
    pub(super) name: Option<String>,
    /// The least and the greatest value of a number.
    #[attr(computed)]
    pub(super) number_attribute_constraints: Vec<Record<NumberConstraints>>,
    /// Whether users must give it when they sign up.
    #[attr(computed)]
    pub(super) required: Option<bool>,
    /// The least and the greatest length of a text.
    #[attr(computed)]
    pub(super) string_attribute_constraints: Vec<Record<StringConstraints>>,
}

/// The least and the greatest value of a number.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct NumberConstraints {
    /// The greatest value.
    #[attr(computed)]
    pub(super) max_value: Option<String>,
    /// The least value.
    #[attr(computed)]
    pub(super) min_value: Option<String>,
}

/// The least and the greatest length of a text.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct StringConstraints {
    /// The greatest length.
    #[attr(computed)]
    pub(super) max_length: Option<String>,
    /// The least length.
    #[attr(computed)]
    pub(super) min_length: Option<String>,
}

/// Threat protection.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct AddOns {
    /// Threat protection of further ways to sign in.
    #[attr(computed)]
    pub(super) advanced_security_additional_flows: Vec<Record<AdditionalFlows>>,
    /// Whether risky sign-ins are ignored, logged or acted upon.
    #[attr(computed)]
    pub(super) advanced_security_mode: Option<String>,
}

/// Threat protection of further ways to sign in.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct AdditionalFlows {
    /// Whether risky custom sign-ins are logged or acted upon.
    #[attr(computed)]
    pub(super) custom_auth_mode: Option<String>,
}
