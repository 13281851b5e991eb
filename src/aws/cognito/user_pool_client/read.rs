//! The client of an answer, as far as it says more than what every client has.

use aws_sdk_cognitoidentityprovider::types::{
    AnalyticsConfigurationType, PreventUserExistenceErrorTypes, RefreshTokenRotationType, TimeUnitsType,
    TokenValidityUnitsType, UserPoolClientType,
};

use super::schema::{Analytics, Client, Rotation, Units, usual_units};
use crate::aws::cognito::answer::names;
use crate::aws::members::{number, text};

/// The days a refresh token is valid where a client says nothing, or zero.
const REFRESH_DAYS: i64 = 30;
/// The minutes a sign-in may take where a client says nothing.
const SESSION_MINUTES: i64 = 3;

/// The client as it is now. `declared` is what is known of the wish: what state holds, or what was just applied.
pub(super) fn client(found: &UserPoolClientType, declared: &Client) -> Client {
    let units = units(found.token_validity_units(), declared.token_validity_units.is_some());
    let client_secret = text(found.client_secret());
    let texts = |found: &[String]| names(found.iter().map(String::as_str));
    Client {
        id: text(found.client_id()),
        name: found.client_name().unwrap_or_default().to_owned(),
        user_pool_id: found.user_pool_id().unwrap_or(&declared.user_pool_id).to_owned(),
        access_token_validity: found.access_token_validity().and_then(number),
        allowed_oauth_flows: names(found.allowed_o_auth_flows().iter().map(|f| f.as_str())),
        allowed_oauth_flows_user_pool_client: Some(found.allowed_o_auth_flows_user_pool_client().unwrap_or_default()),
        allowed_oauth_scopes: texts(found.allowed_o_auth_scopes()),
        auth_session_validity: found.auth_session_validity().map_or(SESSION_MINUTES, i64::from),
        callback_urls: texts(found.callback_urls()),
        generate_secret: if client_secret.is_some() { Some(true) } else { declared.generate_secret.map(|_| false) },
        client_secret,
        default_redirect_uri: text(found.default_redirect_uri()),
        enable_propagate_additional_user_context_data: found.enable_propagate_additional_user_context_data(),
        enable_token_revocation: found.enable_token_revocation(),
        explicit_auth_flows: names(found.explicit_auth_flows().iter().map(|f| f.as_str())),
        id_token_validity: found.id_token_validity().and_then(number),
        logout_urls: texts(found.logout_urls()),
        prevent_user_existence_errors: text(
            found.prevent_user_existence_errors().map(PreventUserExistenceErrorTypes::as_str),
        ),
        read_attributes: texts(found.read_attributes()),
        refresh_token_validity: refresh_validity(found, units.as_ref(), declared),
        supported_identity_providers: texts(found.supported_identity_providers()),
        write_attributes: texts(found.write_attributes()),
        analytics_configuration: found.analytics_configuration().and_then(analytics),
        refresh_token_rotation: rotation(found.refresh_token_rotation(), declared.refresh_token_rotation.as_ref()),
        token_validity_units: units,
    }
}

fn refresh_validity(found: &UserPoolClientType, units: Option<&Units>, declared: &Client) -> Option<i64> {
    let validity = number(found.refresh_token_validity());
    let in_days = units.is_none_or(|units| units.refresh_token == "days");
    // A declared zero is AWS's own way to say the usual time.
    let zero = declared.refresh_token_validity == Some(0) && in_days && validity.is_none_or(|v| v == REFRESH_DAYS);
    if zero { Some(0) } else { validity }
}

fn units(found: Option<&TokenValidityUnitsType>, declared: bool) -> Option<Units> {
    let usual = usual_units();
    let or = |unit: Option<&TimeUnitsType>, usual: &str| unit.map_or(usual, TimeUnitsType::as_str).to_owned();
    let units = found.map_or_else(usual_units, |found| Units {
        access_token: or(found.access_token(), &usual.access_token),
        id_token: or(found.id_token(), &usual.id_token),
        refresh_token: or(found.refresh_token(), &usual.refresh_token),
    });
    (declared || units != usual).then_some(units)
}

fn rotation(found: Option<&RefreshTokenRotationType>, declared: Option<&Rotation>) -> Option<Rotation> {
    let feature = found.map_or("DISABLED", |found| found.feature().as_str());
    if feature == "DISABLED" {
        // No rotation and a rotation that is off are the same.
        return declared.map(|declared| Rotation { feature: feature.to_owned(), ..declared.clone() });
    }
    let seconds = found.and_then(RefreshTokenRotationType::retry_grace_period_seconds).map(i64::from);
    Some(Rotation { feature: feature.to_owned(), retry_grace_period_seconds: seconds })
}

fn analytics(found: &AnalyticsConfigurationType) -> Option<Analytics> {
    let analytics = Analytics {
        application_arn: text(found.application_arn()),
        application_id: text(found.application_id()),
        external_id: text(found.external_id()),
        role_arn: text(found.role_arn()),
        user_data_shared: None,
    };
    (analytics != Analytics::default())
        .then(|| Analytics { user_data_shared: Some(found.user_data_shared()), ..analytics })
}

#[cfg(test)]
mod tests {
    use aws_sdk_cognitoidentityprovider::types::FeatureType;

    use super::*;

    #[test]
    fn usual_units_are_shown_only_where_units_are_declared() {
        let empty =
            UserPoolClientType::builder().token_validity_units(TokenValidityUnitsType::builder().build()).build();
        assert_eq!(client(&empty, &Client::default()).token_validity_units, None);
        let declared = Client { token_validity_units: Some(usual_units()), ..Client::default() };
        assert_eq!(client(&empty, &declared).token_validity_units, Some(usual_units()));
        let minutes = TokenValidityUnitsType::builder().access_token(TimeUnitsType::Minutes).build();
        let found = UserPoolClientType::builder().token_validity_units(minutes).build();
        let units = client(&found, &Client::default()).token_validity_units.unwrap();
        assert_eq!((units.access_token.as_str(), units.refresh_token.as_str()), ("minutes", "days"));
    }

    #[test]
    fn zero_refresh_validity_is_thirty_days() {
        let found = UserPoolClientType::builder().refresh_token_validity(30).build();
        let declared = |validity| Client { refresh_token_validity: validity, ..Client::default() };
        assert_eq!(client(&found, &declared(Some(0))).refresh_token_validity, Some(0));
        assert_eq!(client(&found, &declared(None)).refresh_token_validity, Some(30));
        let other = UserPoolClientType::builder().refresh_token_validity(10).build();
        assert_eq!(client(&other, &declared(Some(0))).refresh_token_validity, Some(10));
    }

    #[test]
    fn a_rotation_that_is_off_is_none() {
        let off = RefreshTokenRotationType::builder().feature(FeatureType::Disabled).build().unwrap();
        let enabled = Rotation { feature: "ENABLED".into(), retry_grace_period_seconds: Some(9) };
        assert_eq!(rotation(Some(&off), None), None);
        assert_eq!(rotation(None, Some(&enabled)).unwrap().feature, "DISABLED");
        let on = RefreshTokenRotationType::builder().feature(FeatureType::Enabled).build().unwrap();
        assert_eq!(rotation(Some(&on), None).unwrap().feature, "ENABLED");
    }
}
