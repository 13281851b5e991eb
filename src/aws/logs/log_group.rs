//! `aws_cloudwatch_log_group`.

mod calls;

use std::collections::BTreeMap;

use aws_sdk_cloudwatchlogs::operation::create_log_group::builders::CreateLogGroupInputBuilder;
use aws_sdk_cloudwatchlogs::types::{LogGroup as Live, LogGroupClass};
use futures_util::future::{join, try_join};

use super::permissions;
use crate::aws::members::given;
use crate::aws::{Aws, tags, unique};
use crate::diagnostic::Diagnostics;
use crate::resource::{ErrorKind, Grant, Model, Need, OpError, OpResult, Recovery, ResourceType, Run};
use crate::schema::Schema;
use crate::value::Value;

/// The days that AWS keeps log events for; any other number is refused.
const RETENTIONS: &[i64] =
    &[0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// What Lambda calls the log groups that it makes itself.
const LAMBDA_PREFIX: &str = "/aws/lambda/";

/// A CloudWatch log group: log streams that share retention, key and access.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LogGroupModel {
    /// The log group's name; made up where absent.
    #[attr(optional, computed, replace, min = 1, max = 512)]
    pub(crate) name: Option<String>,
    /// What a made-up name starts with.
    #[attr(optional, computed, replace, max = 486, conflicts = ["name"])]
    pub(crate) name_prefix: Option<String>,
    /// The days that log events are kept; 0 or absent for ever.
    #[attr(optional)]
    pub(crate) retention_in_days: Option<i64>,
    /// The ARN of the key that log events are encrypted with; one of AWS where absent.
    #[attr(optional, max = 256)]
    pub(crate) kms_key_id: Option<String>,
    /// The class, which decides features and price; `STANDARD` where absent. A change makes a new log group.
    #[attr(optional, computed, replace, allowed = ["STANDARD", "INFREQUENT_ACCESS", "DELIVERY", "ESSENTIALS"])]
    pub(crate) log_group_class: Option<String>,
    /// Whether AWS refuses to delete the log group.
    #[attr(optional, computed)]
    pub(crate) deletion_protection_enabled: Option<bool>,
    /// Whether the log group stays in AWS when it is removed from the configuration.
    #[attr(optional)]
    pub(crate) skip_destroy: Option<bool>,
    /// Tags of the log group.
    #[attr(optional)]
    pub(crate) tags: BTreeMap<String, String>,
    /// Tags of the log group with those of the provider's `default_tags`.
    #[attr(optional, computed)]
    pub(crate) tags_all: BTreeMap<String, String>,
    /// The log group's ARN, without the `:*` that stands for its streams.
    #[attr(computed)]
    pub(crate) arn: Option<String>,
    /// The log group's name.
    #[attr(optional, computed)]
    pub(crate) id: Option<String>,
}

/// CloudWatch log groups.
pub(crate) struct LogGroup {
    aws: Aws,
}

impl LogGroup {
    /// Log groups of a provider configuration.
    pub(crate) fn new(aws: &Aws) -> Self {
        Self { aws: aws.clone() }
    }
}

impl ResourceType for LogGroup {
    const NAME: &'static str = "aws_cloudwatch_log_group";
    const RECOVERY: Recovery = Recovery::NaturalName;
    type Model = LogGroupModel;

    fn schema() -> Schema {
        Schema::new(Self::NAME, Self::Model::DOC, Self::Model::block()).import_id("NAME")
    }

    fn check(&self, wanted: &Value, problems: &mut Diagnostics) {
        check(wanted, problems);
    }

    fn permissions(&self, need: Need<'_>) -> Vec<Grant> {
        permissions::log_group(&self.aws.here(), need)
    }

    fn arn_of(&self, wanted: &Value) -> Option<String> {
        crate::aws::permissions::given(&wanted.attr("name")).map(|name| permissions::arn(&self.aws.here(), &name))
    }

    async fn read(&self, prior: &LogGroupModel, run: &Run<'_>) -> OpResult<Option<LogGroupModel>> {
        let name = prior.id.clone().or_else(|| prior.name.clone()).unwrap_or_default();
        let place = self.place(&name).await?;
        // With the ARN that state knows, the tags need not wait for the rest.
        let known = given(&prior.arn);
        let tags = async {
            match &known {
                Some(arn) => place.tags(run, arn).await.map(Some),
                None => Ok(None),
            }
        };
        let (live, tags) = join(place.find(run), tags).await;
        let Some(live) = live? else {
            return Ok(None);
        };
        let arn = arn(&live);
        let found = match tags?.filter(|_| known.as_ref() == Some(&arn)) {
            Some(found) => found,
            None => place.tags(run, &arn).await?,
        };
        Ok(found.map(|found| observed(&live, found, prior)))
    }

    async fn create(&self, wanted: &LogGroupModel, run: &Run<'_>) -> OpResult<LogGroupModel> {
        let name = name(wanted, run);
        let place = self.place(&name).await?;
        let _turn = self.aws.queues().enter(&place.queue()).await;
        let created = place.create(run, request(wanted, &name, run)).await;
        if let Err(error) = created {
            if !error.is("ResourceAlreadyExistsException") {
                return Err(error);
            }
            self.take_over(&place, wanted, run, error).await?;
        }
        let made = LogGroupModel { id: Some(name.clone()), name: Some(name.clone()), ..wanted.clone() };
        run.made(&made).await?;
        let retention = wanted.retention_in_days.filter(|days| *days > 0 && !is_delivery(wanted));
        let put = async {
            match retention {
                Some(_) => place.put_retention(run, retention).await,
                None => Ok(()),
            }
        };
        let (live, ()) = try_join(place.appear(run), put).await?;
        let found = observed(&live, wanted.tags_all.clone(), wanted);
        // The log group may have appeared before it got its retention.
        Ok(LogGroupModel { retention_in_days: retention.or(found.retention_in_days), ..found })
    }

    async fn update(&self, prior: &LogGroupModel, wanted: &LogGroupModel, run: &Run<'_>) -> OpResult<LogGroupModel> {
        let name = prior.id.clone().unwrap_or_default();
        let place = self.place(&name).await?;
        let _turn = self.aws.queues().enter(&place.queue()).await;
        if prior.retention_in_days.unwrap_or_default() != wanted.retention_in_days.unwrap_or_default()
            && !is_delivery(prior)
        {
            place.put_retention(run, wanted.retention_in_days).await?;
        }
        if given(&prior.kms_key_id) != given(&wanted.kms_key_id) {
            place.put_key(run, given(&wanted.kms_key_id)).await?;
        }
        let protected = |model: &LogGroupModel| model.deletion_protection_enabled.unwrap_or_default();
        if protected(prior) != protected(wanted) {
            place.put_protection(run, protected(wanted)).await?;
        }
        place.update_tags(run, &prior.arn.clone().unwrap_or_default(), &prior.tags_all, &wanted.tags_all).await?;
        // Reads lag behind writes, so what was written is taken as written.
        Ok(LogGroupModel {
            arn: prior.arn.clone(),
            id: prior.id.clone(),
            name: prior.name.clone(),
            name_prefix: prior.name_prefix.clone(),
            log_group_class: prior.log_group_class.clone(),
            deletion_protection_enabled: Some(protected(wanted)),
            ..wanted.clone()
        })
    }

    async fn delete(&self, prior: &LogGroupModel, run: &Run<'_>) -> OpResult<()> {
        let name = prior.id.clone().unwrap_or_default();
        if prior.skip_destroy == Some(true) {
            run.note(format!("the log group `{name}` stays in AWS: skip_destroy is set"));
            return Ok(());
        }
        let place = self.place(&name).await?;
        let _turn = self.aws.queues().enter(&place.queue()).await;
        let deleted = place.delete(run).await;
        let is_protected = prior.deletion_protection_enabled == Some(true);
        deleted.map_err(|error| match is_protected {
            true => error.help("Set `deletion_protection_enabled = false`, apply, and delete it then."),
            false => error,
        })?;
        // A function's last lines arrive late and make the log group again.
        if name.starts_with(LAMBDA_PREFIX) && place.reappears(run).await? {
            place.delete(run).await?;
        }
        Ok(())
    }

    async fn recover(&self, wanted: &LogGroupModel, run: &Run<'_>) -> OpResult<Option<LogGroupModel>> {
        let name = name(wanted, run);
        let place = self.place(&name).await?;
        let Some(live) = place.find(run).await? else {
            return Ok(None);
        };
        let found = place.all_tags(run, &arn(&live)).await?;
        let Some(found) = found.filter(|found| is_made_by(found, run)) else {
            return Ok(None);
        };
        Ok(Some(observed(&live, tags::readable(found), wanted)))
    }

    fn import(&self, name: &str) -> OpResult<LogGroupModel> {
        if name.is_empty() || !name.chars().all(is_letter) {
            let message = format!("`{name}` is not the name of a log group");
            return Err(OpError::new(ErrorKind::Invalid, "import", message).help("Import it by its name."));
        }
        Ok(LogGroupModel { id: Some(name.to_owned()), name: Some(name.to_owned()), ..Default::default() })
    }
}

impl LogGroup {
    /// Settles that the log group exists: it is ours if this creation made it, and it is taken over if Lambda made it on a
    /// function's first call, which leaves it without tags.
    async fn take_over(
        &self,
        place: &calls::Place,
        wanted: &LogGroupModel,
        run: &Run<'_>,
        error: OpError,
    ) -> OpResult<()> {
        let name = &place.name;
        let help = format!("Choose another name, or take the log group over: recon import ADDRESS {name}");
        let Some(live) = place.find(run).await? else {
            return Err(error.help(help));
        };
        let found = place.all_tags(run, &arn(&live)).await?.unwrap_or_default();
        if is_made_by(&found, run) {
            return Ok(());
        }
        let class = given(&wanted.log_group_class);
        let fits = class.is_none() || class.as_deref() == live.log_group_class().map(LogGroupClass::as_str);
        if !name.starts_with(LAMBDA_PREFIX) || !found.is_empty() || !fits {
            return Err(error.help(help));
        }
        run.note(format!("the log group `{name}` was there, made by Lambda; it is managed from now on"));
        let mut wished = wanted.tags_all.clone();
        wished.insert(tags::OWNERSHIP.into(), run.token().as_str().into());
        place.update_tags(run, &arn(&live), &BTreeMap::new(), &wished).await?;
        if given(&wanted.kms_key_id).is_some() {
            place.put_key(run, given(&wanted.kms_key_id)).await?;
        }
        if wanted.deletion_protection_enabled == Some(true) {
            place.put_protection(run, true).await?;
        }
        if live.retention_in_days().is_some() && wanted.retention_in_days.unwrap_or_default() == 0 {
            place.put_retention(run, None).await?;
        }
        Ok(())
    }
}

/// The log group's name: the given one, or one that follows from the creation's token.
fn name(wanted: &LogGroupModel, run: &Run<'_>) -> String {
    unique::name(wanted.name.as_deref(), wanted.name_prefix.as_deref(), run.token())
}

fn request(wanted: &LogGroupModel, name: &str, run: &Run<'_>) -> CreateLogGroupInputBuilder {
    let mut input = CreateLogGroupInputBuilder::default()
        .log_group_name(name)
        .set_kms_key_id(given(&wanted.kms_key_id))
        .set_log_group_class(given(&wanted.log_group_class).map(|class| LogGroupClass::from(class.as_str())))
        .set_deletion_protection_enabled(wanted.deletion_protection_enabled.filter(|protected| *protected))
        .tags(tags::OWNERSHIP, run.token().as_str());
    for (name, value) in &wanted.tags_all {
        input = input.tags(name, value);
    }
    input
}

fn observed(live: &Live, tags_all: BTreeMap<String, String>, prior: &LogGroupModel) -> LogGroupModel {
    let name = live.log_group_name().map(str::to_owned);
    // AWS always tells the class, so an answer without is from a server that does not keep it.
    let class = live.log_group_class().map(|class| class.as_str().to_owned());
    let class = class.or_else(|| given(&prior.log_group_class)).unwrap_or_else(|| "STANDARD".into());
    let retention = live.retention_in_days().map(i64::from);
    LogGroupModel {
        name_prefix: Some(unique::prefix_of(live.log_group_name().unwrap_or_default()).to_owned()),
        // The class DELIVERY has a retention of its own, whatever is asked for.
        retention_in_days: if class == "DELIVERY" { prior.retention_in_days } else { retention },
        kms_key_id: live.kms_key_id().map(str::to_owned),
        log_group_class: Some(class),
        deletion_protection_enabled: Some(live.deletion_protection_enabled().unwrap_or_default()),
        skip_destroy: prior.skip_destroy,
        tags: BTreeMap::new(),
        tags_all,
        arn: Some(arn(live)),
        id: name.clone(),
        name,
    }
}

/// The ARN without the `:*` that stands for the log group's streams.
fn arn(live: &Live) -> String {
    let arn = live.log_group_arn().or(live.arn()).unwrap_or_default();
    arn.trim_end_matches(":*").to_owned()
}

fn is_made_by(tags: &BTreeMap<String, String>, run: &Run<'_>) -> bool {
    tags.get(tags::OWNERSHIP).is_some_and(|owner| owner == run.token().as_str())
}

fn is_delivery(model: &LogGroupModel) -> bool {
    model.log_group_class.as_deref() == Some("DELIVERY")
}

fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | '#')
}

fn check(wanted: &Value, problems: &mut Diagnostics) {
    let retention = wanted.attr("retention_in_days");
    if let Some(days) = retention.as_i64().filter(|days| !RETENTIONS.contains(days)) {
        let nearest = RETENTIONS.iter().copied().find(|allowed| *allowed >= days).unwrap_or(3653);
        let problem = problems.error("Invalid retention").on("retention_in_days");
        problem.detail(format!("AWS does not keep log events for {days} days exactly."));
        problem.help(format!("Use {nearest}, or 0 for ever."));
    }
    for attribute in ["name", "name_prefix"] {
        let name = wanted.attr(attribute);
        if let Some(name) = name.as_str().filter(|name| !name.chars().all(is_letter)) {
            let problem = problems.error("Invalid log group name").on(attribute);
            problem.detail(format!("`{name}` has characters other than letters, digits, `.`, `-`, `_`, `/` and `#`."));
            problem.help("Leave the others out, or put `-` in their place.");
        }
    }
    let key = wanted.attr("kms_key_id");
    if let Some(key) = key.as_str().filter(|key| !key.is_empty() && !key.starts_with("arn:")) {
        let problem = problems.error("Invalid key").on("kms_key_id");
        problem.detail(format!("`{key}` is not the ARN of a key; CloudWatch Logs takes neither an id nor an alias."));
        problem.help("Use the key's `arn`.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Settings;

    fn live() -> aws_sdk_cloudwatchlogs::types::builders::LogGroupBuilder {
        Live::builder().log_group_name("g").arn("arn:aws:logs:us-east-1:123456789012:log-group:g:*")
    }

    #[test]
    fn a_log_group_reads_as_it_is() {
        let found = observed(&live().retention_in_days(7).build(), BTreeMap::new(), &LogGroupModel::default());
        assert_eq!(found.arn.as_deref(), Some("arn:aws:logs:us-east-1:123456789012:log-group:g"));
        assert_eq!((found.retention_in_days, found.log_group_class.as_deref()), (Some(7), Some("STANDARD")));
        assert_eq!(found.deletion_protection_enabled, Some(false));
    }

    #[test]
    fn the_class_delivery_has_a_retention_of_its_own() {
        let prior = LogGroupModel { retention_in_days: Some(30), ..LogGroupModel::default() };
        let live = live().log_group_class(LogGroupClass::Delivery).retention_in_days(2).build();
        assert_eq!(observed(&live, BTreeMap::new(), &prior).retention_in_days, Some(30));
    }

    #[test]
    fn a_creation_asks_only_for_what_is_wished() {
        let run = Run::unrecorded();
        let wanted = LogGroupModel { deletion_protection_enabled: Some(false), ..LogGroupModel::default() };
        let input = request(&wanted, "g", &run).build().unwrap();
        assert_eq!(
            (input.deletion_protection_enabled(), input.log_group_class(), input.kms_key_id()),
            (None, None, None)
        );
        assert_eq!(input.tags().unwrap()[tags::OWNERSHIP], run.token().as_str());
    }

    #[test]
    fn what_aws_refuses_is_named_at_its_place() {
        let problems = |name: &'static str, value: Value| {
            let mut problems = Diagnostics::new();
            check(&Value::object_of([(name, value)]), &mut problems);
            problems.iter().map(|p| format!("{:?}", p.help)).collect::<Vec<_>>()
        };
        assert_eq!(problems("retention_in_days", 31.into()), [r#"["Use 60, or 0 for ever."]"#]);
        assert!(problems("retention_in_days", 30.into()).is_empty());
        assert_eq!(problems("name", "a b".into()).len(), 1);
        assert!(problems("name", "/aws/lambda/f".into()).is_empty());
        assert_eq!(problems("kms_key_id", "alias/mine".into()).len(), 1);
    }

    #[test]
    fn an_import_id_is_a_name() {
        let group = LogGroup::new(&Aws::new(Settings::default()));
        let model = group.import("/aws/lambda/f").unwrap();
        assert_eq!(model.id.as_deref(), Some("/aws/lambda/f"));
        assert!(group.import("a b").is_err());
    }
}
