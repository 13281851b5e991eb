//! What is sent of a client. An update replaces it, so creation and update send the same complete object.

use aws_sdk_cognitoidentityprovider::operation::create_user_pool_client::CreateUserPoolClientInput;
use aws_sdk_cognitoidentityprovider::operation::create_user_pool_client::builders::CreateUserPoolClientInputBuilder;
use aws_sdk_cognitoidentityprovider::operation::update_user_pool_client::UpdateUserPoolClientInput;
use aws_sdk_cognitoidentityprovider::operation::update_user_pool_client::builders::UpdateUserPoolClientInputBuilder;
use aws_sdk_cognitoidentityprovider::types::{
    AnalyticsConfigurationType, ExplicitAuthFlowsType, FeatureType, OAuthFlowType, PreventUserExistenceErrorTypes,
    RefreshTokenRotationType, TimeUnitsType, TokenValidityUnitsType,
};

use super::schema::{Analytics, Client, Rotation, Units, usual_units};
use crate::aws::cognito::answer::built;
use crate::aws::members::narrow;
use crate::resource::OpResult;

/// The list of a request: left out where there is none and was none, since an empty list of user attributes is not the
/// same as none; empty where there was one, since leaving it out need not clear it.
fn list<T: for<'a> From<&'a str>>(prior: &[String], wanted: &[String]) -> Option<Vec<T>> {
    (!wanted.is_empty() || !prior.is_empty()).then(|| wanted.iter().map(|text| T::from(text)).collect())
}

macro_rules! settings {
    ($call:expr, $prior:expr, $wanted:expr) => {{
        let (prior, wanted): (&Client, &Client) = ($prior, $wanted);
        $call
            .client_name(&wanted.name)
            .user_pool_id(&wanted.user_pool_id)
            .set_access_token_validity(wanted.access_token_validity.map(narrow))
            .set_id_token_validity(wanted.id_token_validity.map(narrow))
            .set_refresh_token_validity(wanted.refresh_token_validity.map(narrow))
            .set_token_validity_units(units(prior, wanted))
            .set_allowed_o_auth_flows(list::<OAuthFlowType>(&prior.allowed_oauth_flows, &wanted.allowed_oauth_flows))
            .set_allowed_o_auth_flows_user_pool_client(wanted.allowed_oauth_flows_user_pool_client)
            .set_allowed_o_auth_scopes(list(&prior.allowed_oauth_scopes, &wanted.allowed_oauth_scopes))
            .auth_session_validity(narrow(wanted.auth_session_validity))
            .set_callback_urls(list(&prior.callback_urls, &wanted.callback_urls))
            .set_default_redirect_uri(wanted.default_redirect_uri.clone().filter(|uri| !uri.is_empty()))
            .set_enable_propagate_additional_user_context_data(wanted.enable_propagate_additional_user_context_data)
            .set_enable_token_revocation(wanted.enable_token_revocation)
            .set_explicit_auth_flows(list::<ExplicitAuthFlowsType>(
                &prior.explicit_auth_flows,
                &wanted.explicit_auth_flows,
            ))
            .set_logout_urls(list(&prior.logout_urls, &wanted.logout_urls))
            .set_prevent_user_existence_errors(
                wanted.prevent_user_existence_errors.as_deref().map(PreventUserExistenceErrorTypes::from),
            )
            .set_read_attributes(list(&prior.read_attributes, &wanted.read_attributes))
            .set_supported_identity_providers(list(
                &prior.supported_identity_providers,
                &wanted.supported_identity_providers,
            ))
            .set_write_attributes(list(&prior.write_attributes, &wanted.write_attributes))
            .set_analytics_configuration(wanted.analytics_configuration.as_ref().map(analytics))
            .set_refresh_token_rotation(rotation(prior, wanted)?)
    }};
}

/// The request that makes a client.
pub(super) fn create(wanted: &Client) -> OpResult<CreateUserPoolClientInputBuilder> {
    let call = settings!(CreateUserPoolClientInput::builder(), &Client::default(), wanted);
    Ok(call.set_generate_secret(wanted.generate_secret))
}

/// The request that makes a client what is wanted.
pub(super) fn update(prior: &Client, wanted: &Client) -> OpResult<UpdateUserPoolClientInputBuilder> {
    Ok(settings!(UpdateUserPoolClientInput::builder(), prior, wanted).set_client_id(prior.id.clone()))
}

fn units(prior: &Client, wanted: &Client) -> Option<TokenValidityUnitsType> {
    let usual = usual_units();
    let units: &Units = match (&wanted.token_validity_units, &prior.token_validity_units) {
        (Some(units), _) => units,
        (None, Some(_)) => &usual,
        (None, None) => return None,
    };
    let call = TokenValidityUnitsType::builder()
        .access_token(TimeUnitsType::from(units.access_token.as_str()))
        .id_token(TimeUnitsType::from(units.id_token.as_str()))
        .refresh_token(TimeUnitsType::from(units.refresh_token.as_str()));
    Some(call.build())
}

/// Rotation that ends is switched off in the same call that brings its other effects, such as the flow it excludes.
fn rotation(prior: &Client, wanted: &Client) -> OpResult<Option<RefreshTokenRotationType>> {
    let off = Rotation { feature: "DISABLED".into(), retry_grace_period_seconds: None };
    let rotation = match (&wanted.refresh_token_rotation, &prior.refresh_token_rotation) {
        (Some(rotation), _) => rotation,
        (None, Some(_)) => &off,
        (None, None) => return Ok(None),
    };
    let call = RefreshTokenRotationType::builder()
        .feature(FeatureType::from(rotation.feature.as_str()))
        .set_retry_grace_period_seconds(rotation.retry_grace_period_seconds.map(narrow));
    built(call.build()).map(Some)
}

fn analytics(wanted: &Analytics) -> AnalyticsConfigurationType {
    AnalyticsConfigurationType::builder()
        .set_application_arn(wanted.application_arn.clone())
        .set_application_id(wanted.application_id.clone())
        .set_external_id(wanted.external_id.clone())
        // Beside the project's ARN the role is AWS's own.
        .set_role_arn(wanted.role_arn.clone().filter(|_| wanted.application_arn.is_none()))
        .user_data_shared(wanted.user_data_shared.unwrap_or_default())
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named() -> Client {
        Client { name: "web".into(), user_pool_id: "us-east-1_a".into(), ..Client::default() }
    }

    #[test]
    fn a_list_that_is_taken_away_is_sent_empty() {
        let prior = Client { callback_urls: vec!["https://a".into()], ..named() };
        let sent = update(&prior, &named()).unwrap();
        assert_eq!(sent.get_callback_urls().as_deref(), Some(&[][..]));
        assert_eq!(sent.get_read_attributes(), &None);
    }

    #[test]
    fn rotation_is_switched_off_with_the_flow_it_excludes() {
        let on = Rotation { feature: "ENABLED".into(), retry_grace_period_seconds: Some(10) };
        let prior = Client { refresh_token_rotation: Some(on), ..named() };
        let wanted = Client { explicit_auth_flows: vec!["ALLOW_REFRESH_TOKEN_AUTH".into()], ..named() };
        let sent = update(&prior, &wanted).unwrap();
        assert_eq!(sent.get_refresh_token_rotation().as_ref().unwrap().feature(), &FeatureType::Disabled);
        assert_eq!(sent.get_explicit_auth_flows().as_ref().unwrap().len(), 1);
        assert!(create(&wanted).unwrap().get_refresh_token_rotation().is_none());
    }

    #[test]
    fn units_that_are_taken_away_are_set_to_the_usual_ones() {
        let minutes = Units { access_token: "minutes".into(), ..usual_units() };
        let prior = Client { token_validity_units: Some(minutes), ..named() };
        let sent = update(&prior, &named()).unwrap();
        assert_eq!(sent.get_token_validity_units().as_ref().unwrap().access_token(), Some(&TimeUnitsType::Hours));
    }
}
