//! What a client looks like in configuration and state.

use crate::resource::Model;

/// A client of a Cognito user pool: an app by which users sign up and in, with the ways it may use and the tokens it gets.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Client {
    /// The client's id, which the app sends with each request.
    #[attr(computed)]
    pub(super) id: Option<String>,
    /// The client's name. Names need not be unique.
    #[attr(required, min = 1, max = 128)]
    pub(super) name: String,
    /// The id of the pool.
    #[attr(required, replace, min = 1, max = 55)]
    pub(super) user_pool_id: String,
    /// For how long an access token is valid, in the unit of `token_validity_units`.
    #[attr(optional, computed, min = 1, max = 86400)]
    pub(super) access_token_validity: Option<i64>,
    /// The OAuth flows that the app may use.
    #[attr(optional, computed, set, allowed = ["code", "implicit", "client_credentials"])]
    pub(super) allowed_oauth_flows: Vec<String>,
    /// Whether the app may use OAuth at all.
    #[attr(optional, computed)]
    pub(super) allowed_oauth_flows_user_pool_client: Option<bool>,
    /// The OAuth scopes that the app may ask for.
    #[attr(optional, computed, set)]
    pub(super) allowed_oauth_scopes: Vec<String>,
    /// For how many minutes a sign-in may take.
    #[attr(optional, computed, default = 3, min = 3, max = 15)]
    pub(super) auth_session_validity: i64,
    /// The addresses that the sign-in pages may lead back to.
    #[attr(optional, computed, set)]
    pub(super) callback_urls: Vec<String>,
    /// The client's secret, if it has one.
    #[attr(computed, sensitive)]
    pub(super) client_secret: Option<String>,
    /// The address that the sign-in pages lead back to by default; one of `callback_urls`.
    #[attr(optional, computed, max = 1024)]
    pub(super) default_redirect_uri: Option<String>,
    /// Whether the app hands on facts about its users' devices, for threat protection. Needs a secret.
    #[attr(optional, computed)]
    pub(super) enable_propagate_additional_user_context_data: Option<bool>,
    /// Whether refresh tokens can be revoked.
    #[attr(optional, computed)]
    pub(super) enable_token_revocation: Option<bool>,
    /// The ways of signing in through the API.
    #[attr(
        optional,
        computed,
        set,
        allowed = [
            "ADMIN_NO_SRP_AUTH", "CUSTOM_AUTH_FLOW_ONLY", "USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH",
            "ALLOW_CUSTOM_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH",
            "ALLOW_USER_AUTH", "ALLOW_TOKEN_EXCHANGE_DELEGATION", "ALLOW_TOKEN_EXCHANGE_IMPERSONATION"
        ]
    )]
    pub(super) explicit_auth_flows: Vec<String>,
    /// Whether the client has a secret. A change makes a new client, with an id of its own.
    #[attr(optional, replace)]
    pub(super) generate_secret: Option<bool>,
    /// For how long an id token is valid, in the unit of `token_validity_units`.
    #[attr(optional, computed, min = 1, max = 86400)]
    pub(super) id_token_validity: Option<i64>,
    /// The addresses that signing out may lead to.
    #[attr(optional, computed, set)]
    pub(super) logout_urls: Vec<String>,
    /// Whether a sign-in says that there is no such user: with `ENABLED` it does not.
    #[attr(optional, computed, allowed = ["LEGACY", "ENABLED"])]
    pub(super) prevent_user_existence_errors: Option<String>,
    /// The user attributes that the app may read.
    #[attr(optional, computed, set)]
    pub(super) read_attributes: Vec<String>,
    /// For how long a refresh token is valid, in the unit of `token_validity_units`; 0 means 30 days.
    #[attr(optional, computed, min = 0, max = 315360000)]
    pub(super) refresh_token_validity: Option<i64>,
    /// The identity providers that users may sign in with, such as `COGNITO`.
    #[attr(optional, computed, set)]
    pub(super) supported_identity_providers: Vec<String>,
    /// The user attributes that the app may write.
    #[attr(optional, computed, set)]
    pub(super) write_attributes: Vec<String>,
    /// Where Cognito sends facts about the use of the app.
    #[block]
    pub(super) analytics_configuration: Option<Analytics>,
    /// Whether each use of a refresh token gives a new one.
    #[block]
    pub(super) refresh_token_rotation: Option<Rotation>,
    /// The units in which tokens are valid.
    #[block]
    pub(super) token_validity_units: Option<Units>,
}

/// Where Cognito sends facts about the use of the app: a Pinpoint project, by ARN or by id and role.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Analytics {
    /// The project's ARN.
    #[attr(optional, min = 20, max = 2048, conflicts = ["external_id", "role_arn"])]
    pub(super) application_arn: Option<String>,
    /// The project's id.
    #[attr(optional)]
    pub(super) application_id: Option<String>,
    /// The external id that the role's trust policy asks for.
    #[attr(optional, max = 131072, conflicts = ["application_arn"])]
    pub(super) external_id: Option<String>,
    /// The role that may write to the project.
    #[attr(optional, computed, min = 20, max = 2048, conflicts = ["application_arn"])]
    pub(super) role_arn: Option<String>,
    /// Whether facts about users are sent as well.
    #[attr(optional, computed)]
    pub(super) user_data_shared: Option<bool>,
}

/// Whether each use of a refresh token gives a new one.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Rotation {
    /// Whether it does.
    #[attr(required, allowed = ["ENABLED", "DISABLED"])]
    pub(super) feature: String,
    /// For how many seconds the former token is still good.
    #[attr(optional, min = 0, max = 60)]
    pub(super) retry_grace_period_seconds: Option<i64>,
}

/// The units in which tokens are valid.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Units {
    /// The unit of `access_token_validity`.
    #[attr(optional, computed, default = "hours", allowed = ["seconds", "minutes", "hours", "days"])]
    pub(super) access_token: String,
    /// The unit of `id_token_validity`.
    #[attr(optional, computed, default = "hours", allowed = ["seconds", "minutes", "hours", "days"])]
    pub(super) id_token: String,
    /// The unit of `refresh_token_validity`.
    #[attr(optional, computed, default = "days", allowed = ["seconds", "minutes", "hours", "days"])]
    pub(super) refresh_token: String,
}

/// The units of a client that declares none.
pub(super) fn usual_units() -> Units {
    Units { access_token: "hours".into(), id_token: "hours".into(), refresh_token: "days".into() }
}
