//! `data "aws_cognito_user_pool"`.

use aws_sdk_cognitoidentityprovider::types::{
    AccountRecoverySettingType, AdminCreateUserConfigType, EmailConfigurationType, LambdaConfigType,
    SchemaAttributeType, UserPoolAddOnsType, UserPoolType,
};

use super::record::{Record, one};
use super::user_pool_schema::{
    AccountRecovery, AddOns, AdditionalFlows, AdminCreateUser, Devices, Email, InviteMessages, Lambdas,
    NumberConstraints, Pool, RecoveryMechanism, StringConstraints, UserAttribute, Versioned,
};
use crate::aws::cognito::answer::names;
use crate::aws::cognito::permissions;
use crate::aws::members::{date, number, text};
use crate::aws::{Aws, error, tags};
use crate::resource::{DataSource, ErrorKind, Grant, OpError, OpResult, Run};
use crate::value::Value;

/// Reads user pools that something else manages.
pub(in crate::aws) struct UserPoolData {
    aws: Aws,
}

impl UserPoolData {
    /// User pools reached through the given clients.
    pub(in crate::aws) fn new(aws: &Aws) -> Self {
        Self { aws: aws.clone() }
    }
}

impl DataSource for UserPoolData {
    const NAME: &'static str = "aws_cognito_user_pool";
    type Model = Pool;

    fn permissions(&self, wanted: &Value) -> Vec<Grant> {
        permissions::pool_data(&self.aws.here(), wanted)
    }

    async fn read(&self, wanted: &Pool, run: &Run<'_>) -> OpResult<Pool> {
        let region = self.aws.region(None).await?;
        let client = self.aws.cognitoidp(Some(&region)).await?;
        let answer = self.aws.repeat(run, || async {
            let call = client.describe_user_pool().user_pool_id(&wanted.user_pool_id);
            call.send().await.map_err(error::from("cognito-idp:DescribeUserPool"))
        });
        let found = error::gone_is_none(answer.await)?.and_then(|answer| answer.user_pool);
        found.map(|found| pool(&found, wanted)).ok_or_else(|| {
            let message = format!("there is no user pool {} in {region}", wanted.user_pool_id);
            OpError::new(ErrorKind::Gone, "cognito-idp:DescribeUserPool", message)
                .help("Check the pool's id, the region, and the account that the credentials belong to.")
        })
    }
}

fn pool(found: &UserPoolType, wanted: &Pool) -> Pool {
    let tags = tags::readable(found.user_pool_tags().cloned().unwrap_or_default());
    Pool {
        id: Some(wanted.user_pool_id.clone()),
        user_pool_id: wanted.user_pool_id.clone(),
        name: text(found.name()),
        arn: text(found.arn()),
        account_recovery_setting: one(found.account_recovery_setting().map(account_recovery)),
        admin_create_user_config: one(found.admin_create_user_config().map(admin_create_user)),
        auto_verified_attributes: names(found.auto_verified_attributes().iter().map(|a| a.as_str())),
        creation_date: found.creation_date().and_then(date),
        custom_domain: text(found.custom_domain()),
        deletion_protection: text(found.deletion_protection().map(|p| p.as_str())),
        device_configuration: one(found.device_configuration().map(|devices| Devices {
            challenge_required_on_new_device: Some(devices.challenge_required_on_new_device()),
            device_only_remembered_on_user_prompt: Some(devices.device_only_remembered_on_user_prompt()),
        })),
        domain: text(found.domain()),
        email_configuration: one(found.email_configuration().map(email)),
        estimated_number_of_users: Some(i64::from(found.estimated_number_of_users())),
        lambda_config: one(found.lambda_config().map(lambdas)),
        last_modified_date: found.last_modified_date().and_then(date),
        mfa_configuration: text(found.mfa_configuration().map(|mode| mode.as_str())),
        schema_attributes: found.schema_attributes().iter().map(|a| Record(user_attribute(a))).collect(),
        sms_authentication_message: text(found.sms_authentication_message()),
        sms_configuration_failure: text(found.sms_configuration_failure()),
        sms_verification_message: text(found.sms_verification_message()),
        tags: tags.clone(),
        user_pool_add_ons: one(found.user_pool_add_ons().map(add_ons)),
        user_pool_tags: tags,
        username_attributes: names(found.username_attributes().iter().map(|a| a.as_str())),
    }
}

fn account_recovery(found: &AccountRecoverySettingType) -> AccountRecovery {
    let mut mechanisms: Vec<_> = found.recovery_mechanisms().iter().collect();
    mechanisms.sort_by_key(|mechanism| mechanism.priority());
    let mechanisms = mechanisms.into_iter().map(|mechanism| RecoveryMechanism {
        name: text(Some(mechanism.name().as_str())),
        priority: Some(i64::from(mechanism.priority())),
    });
    AccountRecovery { recovery_mechanism: mechanisms.map(Record).collect() }
}

fn admin_create_user(found: &AdminCreateUserConfigType) -> AdminCreateUser {
    let messages = found.invite_message_template().map(|messages| InviteMessages {
        email_message: text(messages.email_message()),
        email_subject: text(messages.email_subject()),
        sms_message: text(messages.sms_message()),
    });
    AdminCreateUser {
        allow_admin_create_user_only: Some(found.allow_admin_create_user_only()),
        invite_message_template: one(messages),
        unused_account_validity_days: number(found.unused_account_validity_days()),
    }
}

fn email(found: &EmailConfigurationType) -> Email {
    Email {
        configuration_set: text(found.configuration_set()),
        email_sending_account: text(found.email_sending_account().map(|account| account.as_str())),
        from: text(found.from()),
        reply_to_email_address: text(found.reply_to_email_address()),
        source_arn: text(found.source_arn()),
    }
}

fn lambdas(found: &LambdaConfigType) -> Lambdas {
    let versioned =
        |arn: &str, version: &str| Versioned { lambda_arn: text(Some(arn)), lambda_version: text(Some(version)) };
    let email = found.custom_email_sender().map(|s| versioned(s.lambda_arn(), s.lambda_version().as_str()));
    let sms = found.custom_sms_sender().map(|s| versioned(s.lambda_arn(), s.lambda_version().as_str()));
    let config = found.pre_token_generation_config().map(|c| versioned(c.lambda_arn(), c.lambda_version().as_str()));
    Lambdas {
        create_auth_challenge: text(found.create_auth_challenge()),
        custom_email_sender: one(email),
        custom_message: text(found.custom_message()),
        custom_sms_sender: one(sms),
        define_auth_challenge: text(found.define_auth_challenge()),
        kms_key_id: text(found.kms_key_id()),
        post_authentication: text(found.post_authentication()),
        post_confirmation: text(found.post_confirmation()),
        pre_authentication: text(found.pre_authentication()),
        pre_sign_up: text(found.pre_sign_up()),
        pre_token_generation: text(found.pre_token_generation()),
        pre_token_generation_config: one(config),
        user_migration: text(found.user_migration()),
        verify_auth_challenge_response: text(found.verify_auth_challenge_response()),
    }
}

fn user_attribute(found: &SchemaAttributeType) -> UserAttribute {
    let numbers = found
        .number_attribute_constraints()
        .map(|limits| NumberConstraints { max_value: text(limits.max_value()), min_value: text(limits.min_value()) });
    let strings = found.string_attribute_constraints().map(|limits| StringConstraints {
        max_length: text(limits.max_length()),
        min_length: text(limits.min_length()),
    });
    UserAttribute {
        attribute_data_type: text(found.attribute_data_type().map(|ty| ty.as_str())),
        developer_only_attribute: found.developer_only_attribute(),
        mutable: found.mutable(),
        name: text(found.name()),
        number_attribute_constraints: one(numbers),
        required: found.required(),
        string_attribute_constraints: one(strings),
    }
}

fn add_ons(found: &UserPoolAddOnsType) -> AddOns {
    let flows = found.advanced_security_additional_flows();
    let flows =
        flows.map(|f| AdditionalFlows { custom_auth_mode: text(f.custom_auth_mode().map(|mode| mode.as_str())) });
    AddOns {
        advanced_security_additional_flows: one(flows),
        advanced_security_mode: text(Some(found.advanced_security_mode().as_str())),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_cognitoidentityprovider::types::{RecoveryOptionNameType, RecoveryOptionType};

    use super::*;
    use crate::resource::Model;

    #[test]
    fn lists_of_objects_are_typed_and_empty_texts_absent() {
        let second = RecoveryOptionType::builder().name(RecoveryOptionNameType::VerifiedPhoneNumber).priority(2);
        let first = RecoveryOptionType::builder().name(RecoveryOptionNameType::VerifiedEmail).priority(1);
        let recovery = AccountRecoverySettingType::builder()
            .recovery_mechanisms(second.build().unwrap())
            .recovery_mechanisms(first.build().unwrap());
        let found = UserPoolType::builder().name("p").domain("").account_recovery_setting(recovery.build()).build();
        let pool = pool(&found, &Pool { user_pool_id: "r_a".into(), ..Pool::default() });
        assert_eq!(pool.domain, None);
        let value = pool.to_value();
        assert_eq!(value.ty(), Pool::block().ty());
        let recovery = value.attr("account_recovery_setting").items().unwrap()[0].attr("recovery_mechanism");
        assert_eq!(recovery.items().unwrap()[0].attr("name").as_str(), Some("verified_email"));
        assert_eq!(Pool::from_value(&value), Ok(pool));
    }
}
