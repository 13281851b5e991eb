//! Who may call an API: the blocks of its default and additional ways of authorization, and the SDK's form of them.

use aws_sdk_appsync::types as api;

use crate::aws::appsync::answers::incomplete;
use crate::aws::members::{narrow, number, text};
use crate::resource::{Model, OpResult};

/// One more way of authorization beside the default one.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct AdditionalProvider {
    /// The way of authorization.
    #[attr(required, allowed = ["API_KEY", "AWS_IAM", "AMAZON_COGNITO_USER_POOLS", "OPENID_CONNECT", "AWS_LAMBDA"])]
    pub(super) authentication_type: String,
    /// The function that authorizes calls, for `AWS_LAMBDA`.
    #[block]
    lambda_authorizer_config: Option<LambdaAuthorizerConfig>,
    /// The issuer of tokens, for `OPENID_CONNECT`.
    #[block]
    openid_connect_config: Option<OpenidConnectConfig>,
    /// The user pool, for `AMAZON_COGNITO_USER_POOLS`.
    #[block]
    user_pool_config: Option<AdditionalUserPoolConfig>,
}

/// A function that authorizes calls.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LambdaAuthorizerConfig {
    /// How many seconds an answer of the function is kept.
    #[attr(optional, default = 300, min = 0, max = 3600)]
    authorizer_result_ttl_in_seconds: Option<i64>,
    /// The function's ARN.
    #[attr(required)]
    authorizer_uri: String,
    /// A regular expression that tokens must match before the function is asked.
    #[attr(optional)]
    identity_validation_expression: Option<String>,
}

/// An issuer of OpenID Connect tokens.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct OpenidConnectConfig {
    /// How many milliseconds a token is valid after the authentication.
    #[attr(optional)]
    auth_ttl: Option<i64>,
    /// The client id, or a regular expression for several.
    #[attr(optional)]
    client_id: Option<String>,
    /// How many milliseconds a token is valid after it was issued.
    #[attr(optional)]
    iat_ttl: Option<i64>,
    /// The issuer's address.
    #[attr(required)]
    issuer: String,
}

/// The user pool of the default way of authorization.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct UserPoolConfig {
    /// A regular expression for the ids of the clients that may call.
    #[attr(optional)]
    app_id_client_regex: Option<String>,
    /// The user pool's region; that of the API where absent.
    #[attr(optional, computed)]
    aws_region: Option<String>,
    /// Whether users may do what no directive in the schema speaks of.
    #[attr(required, allowed = ["ALLOW", "DENY"])]
    default_action: String,
    /// The user pool's id.
    #[attr(required)]
    user_pool_id: String,
}

/// The user pool of an additional way of authorization.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct AdditionalUserPoolConfig {
    /// A regular expression for the ids of the clients that may call.
    #[attr(optional)]
    app_id_client_regex: Option<String>,
    /// The user pool's region; that of the API where absent.
    #[attr(optional, computed)]
    aws_region: Option<String>,
    /// The user pool's id.
    #[attr(required)]
    user_pool_id: String,
}

impl LambdaAuthorizerConfig {
    pub(super) fn to_api(&self) -> OpResult<api::LambdaAuthorizerConfig> {
        api::LambdaAuthorizerConfig::builder()
            .authorizer_result_ttl_in_seconds(narrow(self.authorizer_result_ttl_in_seconds.unwrap_or(300)))
            .authorizer_uri(&self.authorizer_uri)
            .set_identity_validation_expression(self.identity_validation_expression.clone())
            .build()
            .map_err(incomplete)
    }

    pub(super) fn of_api(answer: api::LambdaAuthorizerConfig) -> Self {
        Self {
            authorizer_result_ttl_in_seconds: Some(answer.authorizer_result_ttl_in_seconds.into()),
            authorizer_uri: answer.authorizer_uri,
            identity_validation_expression: text(answer.identity_validation_expression),
        }
    }
}

impl OpenidConnectConfig {
    pub(super) fn to_api(&self) -> OpResult<api::OpenIdConnectConfig> {
        api::OpenIdConnectConfig::builder()
            .issuer(&self.issuer)
            .set_client_id(self.client_id.clone())
            .set_iat_ttl(self.iat_ttl)
            .set_auth_ttl(self.auth_ttl)
            .build()
            .map_err(incomplete)
    }

    pub(super) fn of_api(answer: api::OpenIdConnectConfig) -> Self {
        Self {
            auth_ttl: number(answer.auth_ttl),
            client_id: text(answer.client_id),
            iat_ttl: number(answer.iat_ttl),
            issuer: answer.issuer,
        }
    }
}

impl UserPoolConfig {
    pub(super) fn to_api(&self, region: &str) -> OpResult<api::UserPoolConfig> {
        api::UserPoolConfig::builder()
            .user_pool_id(&self.user_pool_id)
            .aws_region(self.aws_region.as_deref().unwrap_or(region))
            .default_action(api::DefaultAction::from(self.default_action.as_str()))
            .set_app_id_client_regex(self.app_id_client_regex.clone())
            .build()
            .map_err(incomplete)
    }

    pub(super) fn of_api(answer: api::UserPoolConfig) -> Self {
        Self {
            app_id_client_regex: text(answer.app_id_client_regex),
            aws_region: Some(answer.aws_region),
            default_action: answer.default_action.as_str().to_owned(),
            user_pool_id: answer.user_pool_id,
        }
    }
}

impl AdditionalProvider {
    pub(super) fn to_api(&self, region: &str) -> OpResult<api::AdditionalAuthenticationProvider> {
        let pool = self.user_pool_config.as_ref().map(|pool| {
            api::CognitoUserPoolConfig::builder()
                .user_pool_id(&pool.user_pool_id)
                .aws_region(pool.aws_region.as_deref().unwrap_or(region))
                .set_app_id_client_regex(pool.app_id_client_regex.clone())
                .build()
                .map_err(incomplete)
        });
        let openid = self.openid_connect_config.as_ref().map(OpenidConnectConfig::to_api);
        let lambda = self.lambda_authorizer_config.as_ref().map(LambdaAuthorizerConfig::to_api);
        Ok(api::AdditionalAuthenticationProvider::builder()
            .authentication_type(api::AuthenticationType::from(self.authentication_type.as_str()))
            .set_user_pool_config(pool.transpose()?)
            .set_open_id_connect_config(openid.transpose()?)
            .set_lambda_authorizer_config(lambda.transpose()?)
            .build())
    }

    fn of_api(answer: api::AdditionalAuthenticationProvider) -> Self {
        Self {
            authentication_type: answer.authentication_type.map(|ty| ty.as_str().to_owned()).unwrap_or_default(),
            lambda_authorizer_config: answer.lambda_authorizer_config.map(LambdaAuthorizerConfig::of_api),
            openid_connect_config: answer.open_id_connect_config.map(OpenidConnectConfig::of_api),
            user_pool_config: answer.user_pool_config.map(|pool| AdditionalUserPoolConfig {
                app_id_client_regex: text(pool.app_id_client_regex),
                aws_region: Some(pool.aws_region),
                user_pool_id: pool.user_pool_id,
            }),
        }
    }

    /// What tells providers apart: there may be several user pools and issuers.
    fn identity(&self) -> (&str, &str) {
        let pool = self.user_pool_config.as_ref().map(|pool| pool.user_pool_id.as_str());
        let issuer = self.openid_connect_config.as_ref().map(|openid| openid.issuer.as_str());
        (&self.authentication_type, pool.or(issuer).unwrap_or_default())
    }
}

/// The providers of an answer in the order in which they are known: for AppSync they have none.
pub(super) fn additional(
    answer: Option<Vec<api::AdditionalAuthenticationProvider>>,
    known: &[AdditionalProvider],
) -> Vec<AdditionalProvider> {
    let mut found: Vec<_> = answer.unwrap_or_default().into_iter().map(AdditionalProvider::of_api).collect();
    let place = |provider: &AdditionalProvider| {
        known.iter().position(|known| known.identity() == provider.identity()).unwrap_or(known.len())
    };
    found.sort_by_key(place);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_keep_the_order_in_which_they_are_known() {
        let provider =
            |ty: &str| AdditionalProvider { authentication_type: ty.into(), ..AdditionalProvider::default() };
        let known = ["OPENID_CONNECT", "AWS_IAM", "AWS_LAMBDA"].map(provider);
        let answer = ["AWS_IAM", "API_KEY", "OPENID_CONNECT"].map(|ty| provider(ty).to_api("eu-west-1").unwrap());
        let found = additional(Some(answer.to_vec()), &known);
        let types: Vec<&str> = found.iter().map(|provider| provider.authentication_type.as_str()).collect();
        assert_eq!(types, ["OPENID_CONNECT", "AWS_IAM", "API_KEY"]);
    }
}
