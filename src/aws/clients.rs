//! SDK clients of one provider configuration, made when first used.

use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use tokio::sync::OnceCell;

use super::fresh::Fresh;
use super::pace::{Pace, paced};
use super::queue::Queues;
use crate::resource::{ErrorKind, OpError, OpResult};

/// What a `provider "aws"` block and the command line say about how to call AWS.
#[derive(Clone, Default)]
pub struct Settings {
    /// The region; from the environment or profile where absent.
    pub region: Option<String>,
    /// The profile of the shared configuration files.
    pub profile: Option<String>,
    /// Key id and secret, and a session token if there is one.
    pub keys: Option<(String, String, Option<String>)>,
    /// One endpoint for every service, as an emulator has it.
    pub endpoint: Option<String>,
    /// Endpoints by service name, such as `dynamodb`.
    pub endpoints: BTreeMap<String, String>,
    /// Tags that every taggable object gets besides its own.
    pub default_tags: BTreeMap<String, String>,
    /// A role to take on before each call: ARN, session name, external id.
    pub assume_role: Option<AssumeRole>,
    /// The folder that relative file names start from; the working directory where empty.
    pub folder: PathBuf,
    /// Carries the requests; the usual client where absent.
    pub http: Option<SharedHttpClient>,
}

/// A role to take on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssumeRole {
    /// The role's ARN.
    pub role_arn: String,
    /// The name of the session.
    pub session_name: Option<String>,
    /// The external id that the role asks for.
    pub external_id: Option<String>,
}

/// The clients, queues and limits of one provider configuration, in one region. Cheap to clone.
#[derive(Clone)]
pub struct Aws {
    inner: Arc<Inner>,
    /// The region; the provider's own where absent.
    region: Option<Arc<str>>,
}

/// Clients of any service, by service and region.
type Clients = HashMap<(&'static str, String), Box<dyn Any + Send>>;

struct Inner {
    settings: Settings,
    config: OnceCell<SdkConfig>,
    // Clients are made by tasks that run side by side; the lock is held only to look one up.
    clients: Mutex<Clients>,
    account: OnceCell<Identity>,
    queues: Queues,
    fresh: Fresh,
    pace: Arc<Pace>,
}

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The account's 12 digits.
    pub account: String,
    /// The caller's ARN.
    pub arn: String,
    /// The caller's unique id.
    pub user_id: String,
}

macro_rules! client {
    ($(#[$doc:meta])* $name:ident, $service:ident) => {
        $(#[$doc])*
        pub async fn $name(&self, region: Option<&str>) -> OpResult<$service::Client> {
            self.client(stringify!($name), region, |config, endpoint| {
                let mut builder = $service::config::Builder::from(config);
                if let Some(endpoint) = endpoint {
                    builder = builder.endpoint_url(endpoint);
                }
                $service::Client::from_conf(builder.build())
            })
            .await
        }
    };
}

impl Aws {
    /// Clients for the given settings. Nothing is read or called yet.
    pub fn new(settings: Settings) -> Self {
        let inner = Inner {
            settings,
            config: OnceCell::new(),
            clients: Mutex::default(),
            account: OnceCell::new(),
            queues: Queues::default(),
            fresh: Fresh::default(),
            pace: Arc::default(),
        };
        Self { inner: Arc::new(inner), region: None }
    }

    /// The same credentials, clients and queues in another region.
    #[must_use]
    pub fn in_region(&self, region: &str) -> Self {
        Self { inner: self.inner.clone(), region: Some(region.into()) }
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// The queues, one for each parent object.
    pub fn queues(&self) -> &Queues {
        &self.inner.queues
    }

    /// What this run has made.
    pub fn fresh(&self) -> &Fresh {
        &self.inner.fresh
    }

    /// The pace of the calls.
    pub fn pace(&self) -> &Pace {
        &self.inner.pace
    }

    client!(
        /// AppSync in a region, or in the provider's own.
        appsync, aws_sdk_appsync
    );
    client!(
        /// Lambda in a region, or in the provider's own.
        lambda, aws_sdk_lambda
    );
    client!(
        /// DynamoDB in a region, or in the provider's own.
        dynamodb, aws_sdk_dynamodb
    );
    client!(
        /// Cognito user pools in a region, or in the provider's own.
        cognitoidp, aws_sdk_cognitoidentityprovider
    );
    client!(
        /// IAM.
        iam, aws_sdk_iam
    );
    client!(
        /// STS.
        sts, aws_sdk_sts
    );
    client!(
        /// CloudWatch Logs in a region, or in the provider's own.
        logs, aws_sdk_cloudwatchlogs
    );

    /// The region, as far as it is known without waiting.
    pub fn known_region(&self) -> Option<String> {
        let own = || self.inner.settings.region.clone();
        let loaded = || self.inner.config.get()?.region().map(ToString::to_string);
        self.region.as_deref().map(str::to_owned).or_else(own).or_else(loaded)
    }

    /// The region an object is in: the one given, or that of these clients.
    pub async fn region(&self, region: Option<&str>) -> OpResult<String> {
        let given = region.filter(|region| !region.is_empty()).or(self.region.as_deref());
        if let Some(region) = given {
            return Ok(region.to_owned());
        }
        let config = self.config().await?;
        config.region().map(ToString::to_string).ok_or_else(|| {
            OpError::new(ErrorKind::Local, "the choice of a region", "no region is configured")
                .help("Set `region` in the provider block, AWS_REGION, or the profile's region.")
        })
    }

    /// The partition of a region, such as `aws` or `aws-cn`.
    pub fn partition(region: &str) -> &'static str {
        match region {
            r if r.starts_with("cn-") => "aws-cn",
            r if r.starts_with("us-gov-") => "aws-us-gov",
            r if r.starts_with("eusc-") => "aws-eusc",
            _ => "aws",
        }
    }

    /// The account, if somebody asked who calls.
    pub fn known_account(&self) -> Option<&str> {
        self.inner.account.get().map(|caller| caller.account.as_str())
    }

    /// Who calls; asked once.
    pub async fn identity(&self) -> OpResult<Identity> {
        let identity = self.inner.account.get_or_try_init(|| async {
            let client = self.sts(None).await?;
            let answer = self
                .repeat(&crate::resource::Run::unrecorded(), || async {
                    client.get_caller_identity().send().await.map_err(super::error::from("sts:GetCallerIdentity"))
                })
                .await?;
            let text = |field: Option<&str>| field.unwrap_or_default().to_owned();
            Ok(Identity { account: text(answer.account()), arn: text(answer.arn()), user_id: text(answer.user_id()) })
        });
        identity.await.cloned()
    }

    async fn client<C: Clone + Send + 'static>(
        &self,
        service: &'static str,
        region: Option<&str>,
        make: impl FnOnce(&SdkConfig, Option<&str>) -> C,
    ) -> OpResult<C> {
        let config = self.config().await?;
        let region = self.region(region).await?;
        let mut clients = self.inner.clients.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let client = clients.entry((service, region.clone())).or_insert_with(|| {
            let config = config.to_builder().region(Region::new(region)).build();
            let endpoint = self.inner.settings.endpoints.get(service).or(self.inner.settings.endpoint.as_ref());
            Box::new(make(&config, endpoint.map(String::as_str)))
        });
        let client: &(dyn Any + Send) = client.as_ref();
        client
            .downcast_ref::<C>()
            .cloned()
            .ok_or_else(|| OpError::new(ErrorKind::Local, service, "two kinds of client share one name"))
    }

    async fn config(&self) -> OpResult<&SdkConfig> {
        self.inner.config.get_or_try_init(|| load(&self.inner.settings, self.inner.pace.clone())).await
    }
}

async fn load(settings: &Settings, pace: Arc<Pace>) -> OpResult<SdkConfig> {
    // Retries are ours (`retry.rs`): the SDK would send a creation again whose answer was lost.
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .retry_config(RetryConfig::disabled())
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(Duration::from_secs(5))
                // From when a request goes out: what waits for its turn (`pace.rs`) is not late.
                .read_timeout(Duration::from_secs(90))
                .build(),
        )
        .http_client(paced(settings.http.clone().unwrap_or_else(https_client), pace));
    if let Some(region) = &settings.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = &settings.profile {
        loader = loader.profile_name(profile);
    }
    if let Some((id, secret, token)) = &settings.keys {
        loader = loader.credentials_provider(Credentials::new(id, secret, token.clone(), None, "provider block"));
    }
    let config = loader.load().await;
    let Some(role) = &settings.assume_role else {
        return Ok(config);
    };
    let mut builder = aws_config::sts::AssumeRoleProvider::builder(&role.role_arn)
        .configure(&config)
        .session_name(role.session_name.as_deref().unwrap_or("recon"));
    if let Some(id) = &role.external_id {
        builder = builder.external_id(id);
    }
    let provider = SharedCredentialsProvider::new(builder.build().await);
    Ok(config.to_builder().credentials_provider(provider).build())
}

fn https_client() -> SharedHttpClient {
    use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
    aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}
