//! `aws_appsync_api_key`: a key that callers of an API send.

mod expiry;

use aws_sdk_appsync::types;
use jiff::Timestamp;

use super::answers::empty;
use super::children;
use super::permissions;
use super::wish::{fulfils, one_of};
use crate::aws::{Aws, error};
use crate::diagnostic::Diagnostics;
use crate::resource::{
    ErrorKind, Grant, Listing, Model, Need, OpError, OpResult, Planning, Recovery, ResourceType, Run, parse_duration,
};
use crate::schema::Schema;
use crate::value::{Type, Value};
use expiry::{Fault, Known, Wish};

/// A key that lets callers use an AppSync GraphQL API. It expires after at most 365 days; with `expires_in`, recon renews it
/// in time.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct ApiKeyModel {
    /// The id of the API that the key is for.
    #[attr(required, replace)]
    api_id: String,
    /// The key's id, which is the key itself.
    #[attr(computed, sensitive)]
    api_key_id: Option<String>,
    /// What the key is for.
    #[attr(optional, default = "Managed by Terraform")]
    description: Option<String>,
    /// When the key expires, such as `2027-01-31T13:00:00Z`; AppSync rounds down to the hour. Where neither this nor
    /// `expires_in` is given, AppSync makes it 7 days.
    #[attr(optional, computed, conflicts = ["expires_in"], same = expiry::same_expiry)]
    expires: Option<String>,
    /// How long the key lives, such as `365d`, counted from its creation and again from each renewal. The instant is
    /// worked out once, so that later plans do not move it.
    #[attr(optional, own, conflicts = ["expires"], same = expiry::same_duration)]
    expires_in: Option<String>,
    /// How long before its end a key with `expires_in` is renewed, such as `30d`, which is the default; a shorter life is
    /// renewed in its last quarter.
    #[attr(optional, own, conflicts = ["expires"], same = expiry::same_duration)]
    renew_before: Option<String>,
    /// The instant that `expires_in` was worked out to. Where `expires` differs from it, someone else changed the key, and
    /// the next apply changes it back.
    #[attr(computed, own, same = expiry::same_expiry)]
    valid_until: Option<String>,
    /// `API_ID:KEY_ID`; it holds the key.
    #[attr(computed, sensitive)]
    id: Option<String>,
    /// The key itself.
    #[attr(computed, sensitive)]
    key: Option<String>,
}

/// The resource type `aws_appsync_api_key`.
pub(crate) struct ApiKey {
    aws: Aws,
}

impl ApiKey {
    /// The resource type, calling AWS with the given clients.
    pub(crate) fn new(aws: &Aws) -> Self {
        Self { aws: aws.clone() }
    }

    /// All keys of an API; `None` where there is no such API. AppSync cannot be asked for one key.
    async fn keys(&self, api_id: &str, run: &Run<'_>) -> OpResult<Option<Vec<types::ApiKey>>> {
        let client = self.aws.appsync(None).await?;
        let mut found = Vec::new();
        let mut next: Option<String> = None;
        loop {
            let page = self.aws.repeat(run, || async {
                let call = client.list_api_keys().api_id(api_id).max_results(25).set_next_token(next.clone());
                call.send().await.map_err(error::from("appsync:ListApiKeys"))
            });
            let Some(page) = error::gone_is_none(page.await)? else {
                return Ok(None);
            };
            found.extend(page.api_keys.unwrap_or_default());
            next = page.next_token.filter(|token| !token.is_empty());
            if next.is_none() {
                return Ok(Some(found));
            }
        }
    }
}

/// The model of a key, with what AWS does not know carried over.
fn model(answer: types::ApiKey, known: &ApiKeyModel) -> ApiKeyModel {
    let key = answer.id.unwrap_or_default();
    ApiKeyModel {
        api_id: known.api_id.clone(),
        id: Some(format!("{}:{key}", known.api_id)),
        api_key_id: Some(key.clone()),
        key: Some(key),
        description: answer.description,
        expires: Some(expiry::instant(answer.expires).to_string()),
        expires_in: known.expires_in.clone(),
        renew_before: known.renew_before.clone(),
        valid_until: known.valid_until.clone(),
    }
}

fn key_of(model: &ApiKeyModel) -> &str {
    let of_id = || model.id.as_deref().and_then(|id| id.split_once(':')).map(|(_, key)| key);
    model.api_key_id.as_deref().or_else(of_id).unwrap_or_default()
}

/// The failure without the key, which AWS names in its messages.
fn hidden(mut error: OpError, key: &str) -> OpError {
    if !key.is_empty() {
        error.message = error.message.replace(key, "(sensitive)");
    }
    error
}

/// The wish that configuration or state holds; `None` where there is none, or none that can be read.
fn wish_in(value: &Value) -> Option<Wish> {
    let lives = value.attr("expires_in").as_str().and_then(parse_duration)?;
    let renew_before = value.attr("renew_before");
    if renew_before.is_null() {
        return Some(Wish::new(lives, None));
    }
    Some(Wish::new(lives, Some(renew_before.as_str().and_then(parse_duration)?)))
}

/// What UpdateApiKey is sent: an expiry that AppSync would refuse is left out if it is not to change.
fn expiry_to_send(prior: &ApiKeyModel, wanted: &ApiKeyModel, now: Timestamp) -> Option<i64> {
    let instant = wanted.expires.as_deref().and_then(expiry::parse)?;
    let before = prior.expires.as_deref().and_then(expiry::parse);
    let kept = before.is_some_and(|before| expiry::same_instant(before, instant));
    (!kept || expiry::is_accepted(now, instant)).then(|| instant.as_second())
}

impl ResourceType for ApiKey {
    const NAME: &'static str = "aws_appsync_api_key";
    const RECOVERY: Recovery = Recovery::ComparedListing;
    type Model = ApiKeyModel;

    fn schema() -> Schema {
        Schema::new(Self::NAME, ApiKeyModel::DOC, ApiKeyModel::block()).import_id("API_ID:KEY_ID")
    }

    fn check(&self, wanted: &Value, problems: &mut Diagnostics) {
        if let Some(text) = wanted.attr("expires").as_str()
            && expiry::parse(text).is_none()
        {
            problems
                .error("Invalid expiry")
                .on("expires")
                .detail(format!("`{text}` is not an instant."))
                .help("Write it as in `2027-01-31T13:00:00Z`, or use `expires_in = \"365d\"`.");
        }
        for name in ["expires_in", "renew_before"] {
            if let Some(text) = wanted.attr(name).as_str()
                && parse_duration(text).is_none()
            {
                problems
                    .error("Invalid duration")
                    .on(name)
                    .detail(format!("`{text}` is not a duration."))
                    .help("Write it as in `365d`, `36h` or `1d12h`.");
                return;
            }
        }
        let renew_before = wanted.attr("renew_before");
        if wanted.attr("expires_in").is_null() {
            if !renew_before.is_null() {
                problems
                    .error("Renewal without a life")
                    .on("renew_before")
                    .detail("`renew_before` says when a key with `expires_in` is renewed; `expires_in` is absent.")
                    .help("Add `expires_in`, such as `365d`, or remove `renew_before`.");
            }
            return;
        }
        if !renew_before.is_known() {
            return;
        }
        match wish_in(wanted).and_then(Wish::fault) {
            None => {}
            Some(Fault::Life) => {
                problems
                    .error("Life of an API key out of bounds")
                    .on("expires_in")
                    .detail("An API key lives at least 1 day and at most 365 days.")
                    .help("Choose a duration from `1d` to `365d`.");
            }
            Some(Fault::Window) => {
                problems
                    .error("Renewal of an API key too early")
                    .on("renew_before")
                    .detail("The key would be due for renewal as soon as it is made, at every plan.")
                    .help("Choose a `renew_before` at least 2 hours shorter than `expires_in`.");
            }
        }
    }

    fn plan(&self, planning: &mut Planning<'_>, problems: &mut Diagnostics) {
        let now = planning.now;
        let (config, prior) = (planning.config, planning.prior);
        let (life, window) = (config.attr("expires_in"), config.attr("renew_before"));
        if !life.is_known() || !window.is_known() {
            planning.set_unknown("expires", Type::String);
            planning.set_unknown("valid_until", Type::String);
            return;
        }
        if life.is_null() {
            planning.set("valid_until", Value::null(Type::String));
            plan_without_life(planning, problems);
            return;
        }
        let Some(wish) = wish_in(config).filter(|wish| wish.fault().is_none()) else {
            return;
        };
        let instant = |value: &Value, name: &str| value.attr(name).as_str().and_then(expiry::parse);
        let known = prior.map(|prior| Known {
            expires: instant(prior, "expires"),
            valid_until: instant(prior, "valid_until"),
            lives: prior.attr("expires_in").as_str().and_then(parse_duration),
        });
        let (expires, _) = expiry::decide(now, wish, known);
        for name in ["expires", "valid_until"] {
            let spelled = prior.map(|prior| prior.attr(name)).filter(|_| {
                prior.and_then(|prior| instant(prior, name)).is_some_and(|before| expiry::same_instant(before, expires))
            });
            planning.set(name, spelled.unwrap_or_else(|| Value::string(expires.to_string())));
        }
    }

    fn permissions(&self, need: Need<'_>) -> Vec<Grant> {
        permissions::api_key(&self.aws.here(), need)
    }

    async fn read(&self, prior: &ApiKeyModel, run: &Run<'_>) -> OpResult<Option<ApiKeyModel>> {
        let wanted = key_of(prior);
        let keys = self.keys(&prior.api_id, run).await?.unwrap_or_default();
        let found = keys.into_iter().find(|key| key.id.as_deref() == Some(wanted));
        Ok(found.map(|key| model(key, prior)))
    }

    fn listing(prior: &ApiKeyModel) -> Option<Listing> {
        Some(Listing::made_anyway(&*prior.api_id))
    }

    async fn read_listed(&self, priors: &[ApiKeyModel], run: &Run<'_>) -> OpResult<Vec<Option<ApiKeyModel>>> {
        let Some(first) = priors.first() else {
            return Ok(Vec::new());
        };
        let keys = self.keys(&first.api_id, run).await?.unwrap_or_default();
        let found = |prior| keys.iter().find(|key| key.id.as_deref() == Some(key_of(prior))).cloned();
        Ok(priors.iter().map(|prior| found(prior).map(|key| model(key, prior))).collect())
    }

    async fn create(&self, wanted: &ApiKeyModel, run: &Run<'_>) -> OpResult<ApiKeyModel> {
        let client = self.aws.appsync(None).await?;
        let _turn = children::turn(&self.aws, &wanted.api_id).await;
        let expires = wanted.expires.as_deref().and_then(expiry::parse).map(Timestamp::as_second);
        let answer = children::create(&self.aws, run, || async {
            let call = client.create_api_key().api_id(&wanted.api_id);
            let call = call.set_description(wanted.description.clone()).set_expires(expires);
            call.send().await.map_err(error::from("appsync:CreateApiKey"))
        })
        .await?;
        let made = model(answer.api_key.ok_or_else(|| empty("appsync:CreateApiKey"))?, wanted);
        run.made(&made).await?;
        Ok(made)
    }

    async fn update(&self, prior: &ApiKeyModel, wanted: &ApiKeyModel, run: &Run<'_>) -> OpResult<ApiKeyModel> {
        let expires = expiry_to_send(prior, wanted, Timestamp::now());
        let moved = |model: &ApiKeyModel| model.expires.as_deref().and_then(expiry::parse).map(Timestamp::as_second);
        if prior.description == wanted.description && moved(prior) == moved(wanted) {
            // Only recon's own arguments differ; AWS has no part in them.
            let own = ApiKeyModel {
                expires_in: wanted.expires_in.clone(),
                renew_before: wanted.renew_before.clone(),
                valid_until: wanted.valid_until.clone(),
                ..prior.clone()
            };
            return Ok(own);
        }
        let client = self.aws.appsync(None).await?;
        let _turn = children::turn(&self.aws, &prior.api_id).await;
        let answer = self.aws.repeat(run, || async {
            let call = client.update_api_key().api_id(&prior.api_id).id(key_of(prior));
            let call = call.set_description(wanted.description.clone()).set_expires(expires);
            call.send().await.map_err(error::from("appsync:UpdateApiKey")).map_err(|error| hidden(error, key_of(prior)))
        });
        let answer = answer.await?.api_key.ok_or_else(|| empty("appsync:UpdateApiKey"))?;
        Ok(model(answer, wanted))
    }

    async fn delete(&self, prior: &ApiKeyModel, run: &Run<'_>) -> OpResult<()> {
        let client = self.aws.appsync(None).await?;
        let _turn = children::turn(&self.aws, &prior.api_id).await;
        let deleted = self.aws.repeat(run, || async {
            let call = client.delete_api_key().api_id(&prior.api_id).id(key_of(prior));
            call.send().await.map_err(error::from("appsync:DeleteApiKey")).map_err(|error| hidden(error, key_of(prior)))
        });
        error::gone_is_done(deleted.await)
    }

    async fn recover(&self, wanted: &ApiKeyModel, run: &Run<'_>) -> OpResult<Option<ApiKeyModel>> {
        let _turn = children::turn(&self.aws, &wanted.api_id).await;
        let others = run.others().await?;
        let keys = self.keys(&wanted.api_id, run).await?.unwrap_or_default();
        let mut found: Vec<ApiKeyModel> = keys.into_iter().map(|key| model(key, wanted)).collect();
        found.retain(|key| {
            let is_free = key.id.as_ref().is_none_or(|id| !others.contains(id));
            // A key without a wish for its end tells by it when it was made.
            let made = key.expires.as_deref().filter(|_| wanted.expires.is_none()).and_then(expiry::made_at_latest);
            is_free && fulfils(key, wanted) && run.may_have_made(made)
        });
        one_of(found, "appsync:ListApiKeys", "API key")
    }

    fn import(&self, id: &str) -> OpResult<ApiKeyModel> {
        // The id is not repeated in the message: it holds the key.
        let wrong = || OpError::new(ErrorKind::Invalid, Self::NAME, "the import id is not of the form `API_ID:KEY_ID`");
        let (api_id, key) =
            id.split_once(':').filter(|(api, key)| !api.is_empty() && !key.is_empty()).ok_or_else(wrong)?;
        Ok(ApiKeyModel {
            api_id: api_id.to_owned(),
            api_key_id: Some(key.to_owned()),
            id: Some(id.to_owned()),
            ..ApiKeyModel::default()
        })
    }
}

/// With an instant, or with nothing: what there is stays, and an end that is near is told.
fn plan_without_life(planning: &Planning<'_>, problems: &mut Diagnostics) {
    let now = planning.now;
    let wanted = planning.config.attr("expires");
    let before = planning.prior.and_then(|prior| prior.attr("expires").as_str().and_then(expiry::parse));
    if let Some(wanted) = wanted.as_str().and_then(expiry::parse) {
        let kept = before.is_some_and(|before| expiry::same_instant(before, wanted));
        if !kept && !expiry::is_accepted(now, wanted) {
            problems
                .error("Expiry of an API key out of bounds")
                .on("expires")
                .detail(format!("`{wanted}` is not within 1 to 365 days from now, which is what AppSync takes."))
                .help("Choose an instant within a year, or use `expires_in = \"365d\"`.");
            return;
        }
    }
    let Some(ends) = before.filter(|_| wanted.is_known()) else {
        return;
    };
    let left = ends.as_second() - now.as_second();
    let replaced = wanted.as_str().and_then(expiry::parse).is_some_and(|wanted| !expiry::same_instant(ends, wanted));
    if left < 3 * 86_400 && !replaced {
        let says = if left <= 0 { "has expired" } else { "expires" };
        problems
            .warning("API key at its end")
            .on("expires")
            .detail(format!("The key {says} at {ends}; callers are refused from then on."))
            .help("Set `expires_in = \"365d\"` to have it renewed, or a later `expires`.");
    }
}

#[cfg(test)]
mod tests;
