//! The calls to Lambda about one function, one after the other, each waited for before the next.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_sdk_lambda::Client;
use aws_sdk_lambda::operation::create_function::CreateFunctionOutput;
use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use aws_sdk_lambda::operation::update_function_code::builders::UpdateFunctionCodeInputBuilder;
use aws_sdk_lambda::operation::update_function_configuration::builders::UpdateFunctionConfigurationInputBuilder;
use aws_sdk_lambda::types::{
    ExecutionStatus, FunctionConfiguration, FunctionVersionLatestPublished, LastUpdateStatus, State,
};

use super::Function;
use super::observed::Besides;
use super::request;
use super::schema::FunctionModel;
use crate::aws::lambda::names::FunctionName;
use crate::aws::lambda::patience::patiently;
use crate::aws::members::{given, narrow};
use crate::aws::{Aws, error, tags, wait};
use crate::resource::{ErrorKind, OpError, OpResult, Operation, Run};

/// No function that was just made is ready sooner.
pub(super) const SETTLES: Duration = Duration::from_millis(200);

/// One function in one region, as calls name it.
pub(super) struct Place {
    aws: Aws,
    pub(super) client: Client,
    region: String,
    name: String,
}

impl Function {
    /// Where a function is or will be.
    pub(super) async fn place(&self, model: &FunctionModel) -> OpResult<Place> {
        let region = self.aws.region(None).await?;
        let client = self.aws.lambda(Some(&region)).await?;
        Ok(Place { aws: self.aws.clone(), client, region, name: model.function_name.clone() })
    }
}

impl Place {
    /// The queue of changes to the function.
    pub(super) fn queue(&self) -> String {
        FunctionName::parse(&self.name).queue(&self.region)
    }

    /// GetFunction: of all control calls it is the one that may be made most often, 100 times a second.
    pub(super) async fn get(&self, run: &Run<'_>, version: Option<&str>) -> OpResult<GetFunctionOutput> {
        self.aws
            .repeat(run, || async {
                let call = self.client.get_function().function_name(&self.name);
                let call = call.set_qualifier(version.map(str::to_owned));
                call.send().await.map_err(error::from("lambda:GetFunction"))
            })
            .await
    }

    /// Waits until no change is under way any more. `since` is when the last change was made, as its answer had it: an
    /// answer from before it is not taken.
    pub(super) async fn settled(
        &self,
        run: &Run<'_>,
        limit: Duration,
        version: Option<&str>,
        since: Option<&str>,
    ) -> OpResult<GetFunctionOutput> {
        let what = format!("the function `{}` to be ready", self.name);
        wait::until(run, limit, &what, || async {
            // A function that was just made may not be found for some seconds.
            let Some(answer) = error::gone_is_none(self.get(run, version).await)? else {
                return Ok(None);
            };
            let Some(live) = answer.configuration() else {
                return Ok(None);
            };
            if live.last_modified().is_some_and(|at| since.is_some_and(|since| at < since)) {
                return Ok(None);
            }
            match readiness(live) {
                Readiness::Ready => Ok(Some(answer)),
                Readiness::Waiting => Ok(None),
                Readiness::Failed(reason) => {
                    let message = format!("the function `{}` is not usable: {reason}", self.name);
                    Err(OpError::new(ErrorKind::Invalid, "lambda:GetFunction", message))
                }
            }
        })
        .await
    }

    /// What GetFunction does not tell. Each of these calls counts against a limit of 15 a second, so they are made only for
    /// functions that use what they tell, and for those of which nothing is known yet.
    pub(super) async fn besides(
        &self,
        run: &Run<'_>,
        prior: &FunctionModel,
        answer: &GetFunctionOutput,
    ) -> OpResult<Besides> {
        let is_unknown = prior.arn.is_none();
        let is_numbered = prior.version.as_deref().is_some_and(|version| version != "$LATEST");
        let version = match prior.publish || is_numbered || is_unknown {
            true => self.newest_version(run).await?,
            false => None,
        };
        let package = answer.configuration().and_then(|live| live.package_type()).map(|ty| ty.as_str().to_owned());
        let may_be_signed = is_unknown || given(&prior.code_signing_config_arn).is_some();
        let code_signing_config_arn = match may_be_signed && package.as_deref() != Some("Image") {
            true => self.code_signing_config(run, is_unknown).await?,
            false => None,
        };
        Ok(Besides { version, code_signing_config_arn })
    }

    async fn code_signing_config(&self, run: &Run<'_>, is_guess: bool) -> OpResult<Option<String>> {
        let answer = self
            .aws
            .repeat(run, || async {
                let call = self.client.get_function_code_signing_config().function_name(&self.name);
                call.send().await.map_err(error::from("lambda:GetFunctionCodeSigningConfig"))
            })
            .await;
        match error::gone_is_none(answer) {
            Ok(answer) => Ok(answer.map(|a| a.code_signing_config_arn).filter(|arn| !arn.is_empty())),
            // Regions without code signing answer with one of these.
            Err(error) if is_guess && matches!(error.kind, ErrorKind::Denied | ErrorKind::Invalid) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The newest published version.
    pub(super) async fn newest_version(&self, run: &Run<'_>) -> OpResult<Option<String>> {
        let mut newest: Option<u64> = None;
        let mut marker: Option<String> = None;
        loop {
            let page = self
                .aws
                .repeat(run, || async {
                    let call = self.client.list_versions_by_function().function_name(&self.name);
                    let call = call.set_marker(marker.clone());
                    call.send().await.map_err(error::from("lambda:ListVersionsByFunction"))
                })
                .await?;
            let numbers = page.versions().iter().filter_map(|version| version.version()?.parse().ok());
            newest = newest.into_iter().chain(numbers).max();
            marker = page.next_marker.filter(|marker| !marker.is_empty());
            if marker.is_none() {
                return Ok(newest.map(|number| number.to_string()));
            }
        }
    }

    /// Makes a repeatable call, and where the configuration asks for it waits for the role as long as the operation may
    /// take.
    pub(super) async fn patiently<T, F: Future<Output = OpResult<T>>>(
        &self,
        run: &Run<'_>,
        wanted: &FunctionModel,
        operation: Operation,
        call: impl Fn() -> F,
    ) -> OpResult<T> {
        let limit = match wanted.use_resource_timeout_for_propagation {
            Some(true) => run.timeout(operation, Duration::from_secs(600)),
            _ => Duration::ZERO,
        };
        patiently(&self.aws, run, limit, call).await
    }

    /// Takes a function that exists for the one to be made, if an earlier try of this creation made it.
    pub(super) async fn settle_conflict(
        &self,
        run: &Run<'_>,
        wanted: &FunctionModel,
        error: OpError,
    ) -> OpResult<CreateFunctionOutput> {
        let found = error::gone_is_none(self.get(run, None).await)?;
        match found.filter(|answer| is_made_by(answer, run)).and_then(|answer| answer.configuration) {
            Some(live) => Ok(CreateFunctionOutput::builder()
                .set_function_arn(live.function_arn)
                .set_code_sha256(live.code_sha256)
                .build()),
            None => Err(error.help(format!(
                "Choose another name, or take the function over: recon import ADDRESS {}",
                wanted.function_name
            ))),
        }
    }

    pub(super) async fn update_configuration(
        &self,
        run: &Run<'_>,
        wanted: &FunctionModel,
        input: UpdateFunctionConfigurationInputBuilder,
        limit: Duration,
    ) -> OpResult<()> {
        let answer = self
            .patiently(run, wanted, Operation::Update, || {
                let call = input.clone().send_with(&self.client);
                async { call.await.map_err(error::from("lambda:UpdateFunctionConfiguration")) }
            })
            .await?;
        self.settled(run, limit, None, answer.last_modified()).await.map(|_| ())
    }

    pub(super) async fn update_code(
        &self,
        run: &Run<'_>,
        wanted: &FunctionModel,
        input: UpdateFunctionCodeInputBuilder,
        limit: Duration,
    ) -> OpResult<()> {
        let answer = self
            .patiently(run, wanted, Operation::Update, || {
                let call = input.clone().send_with(&self.client);
                async { call.await.map_err(error::from("lambda:UpdateFunctionCode")) }
            })
            .await?;
        self.settled(run, limit, None, answer.last_modified()).await.map(|_| ())
    }

    pub(super) async fn update_code_signing(
        &self,
        run: &Run<'_>,
        prior: &FunctionModel,
        wanted: &FunctionModel,
    ) -> OpResult<()> {
        let (before, after) = (given(&prior.code_signing_config_arn), given(&wanted.code_signing_config_arn));
        if before == after {
            return Ok(());
        }
        let Some(arn) = after else {
            let removed = self
                .aws
                .repeat(run, || async {
                    let call = self.client.delete_function_code_signing_config().function_name(&self.name);
                    call.send().await.map_err(error::from("lambda:DeleteFunctionCodeSigningConfig"))
                })
                .await;
            return removed.map(|_| ());
        };
        let put = self
            .aws
            .repeat(run, || async {
                let call = self.client.put_function_code_signing_config().function_name(&self.name);
                let call = call.code_signing_config_arn(&arn);
                call.send().await.map_err(error::from("lambda:PutFunctionCodeSigningConfig"))
            })
            .await;
        put.map(|_| ())
    }

    /// Limits how many calls run at once; a negative number takes the limit away.
    pub(super) async fn put_concurrency(&self, run: &Run<'_>, most: i64) -> OpResult<()> {
        if most < 0 {
            let removed = self
                .aws
                .repeat(run, || async {
                    let call = self.client.delete_function_concurrency().function_name(&self.name);
                    call.send().await.map_err(error::from("lambda:DeleteFunctionConcurrency"))
                })
                .await;
            return removed.map(|_| ());
        }
        let put = self
            .aws
            .repeat(run, || async {
                let call = self.client.put_function_concurrency().function_name(&self.name);
                let call = call.reserved_concurrent_executions(narrow(most));
                call.send().await.map_err(error::from("lambda:PutFunctionConcurrency"))
            })
            .await;
        put.map(|_| ())
    }

    /// Publishes what there is now. What was published already gets no second number, so the call can be repeated.
    pub(super) async fn publish(&self, run: &Run<'_>, wanted: &FunctionModel, limit: Duration) -> OpResult<String> {
        let to = given(&wanted.publish_to);
        let answer = self
            .aws
            .repeat(run, || async {
                let call = self.client.publish_version().function_name(&self.name);
                let call = call.set_publish_to(to.as_deref().map(FunctionVersionLatestPublished::from));
                call.send().await.map_err(error::from("lambda:PublishVersion"))
            })
            .await?;
        let version = answer.version.unwrap_or_default();
        self.settled(run, limit, Some(&version), None).await?;
        Ok(version)
    }

    pub(super) async fn update_tags(
        &self,
        run: &Run<'_>,
        prior: &FunctionModel,
        wanted: &FunctionModel,
    ) -> OpResult<()> {
        let (set, removed) = tags::changes(&prior.tags_all, &wanted.tags_all);
        let arn = prior.arn.clone().unwrap_or_default();
        if !removed.is_empty() {
            self.aws
                .repeat(run, || async {
                    let call = self.client.untag_resource().resource(&arn).set_tag_keys(Some(removed.clone()));
                    call.send().await.map_err(error::from("lambda:UntagResource"))
                })
                .await?;
        }
        if !set.is_empty() {
            self.aws
                .repeat(run, || async {
                    let tags = set.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
                    let call = self.client.tag_resource().resource(&arn).set_tags(Some(tags));
                    call.send().await.map_err(error::from("lambda:TagResource"))
                })
                .await?;
        }
        Ok(())
    }

    /// Takes a function out of its network before it is deleted: its network interfaces would block the deletion of
    /// security groups and subnets for up to 45 minutes.
    pub(super) async fn release_network(&self, run: &Run<'_>, prior: &FunctionModel, limit: Duration) -> OpResult<()> {
        let input = request::release_network(prior);
        match self.update_configuration(run, prior, input, limit).await {
            Ok(()) => Ok(()),
            Err(error) if error.kind == ErrorKind::Gone => Ok(()),
            // A function that cannot be changed any more, say since its role is gone, can still be deleted.
            Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Timeout) => {
                run.note(format!("the function `{}` is deleted inside its network: {}", self.name, error.message));
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Stops what still runs or pauses: a function with durable calls cannot be deleted under them.
    pub(super) async fn stop_durable_executions(&self, run: &Run<'_>, limit: Duration) -> OpResult<()> {
        let what = format!("the durable executions of `{}` to stop", self.name);
        let stopped = AtomicBool::new(false);
        wait::until(run, limit, &what, || async {
            let listed = self
                .aws
                .repeat(run, || async {
                    let call = self.client.list_durable_executions_by_function().function_name(&self.name);
                    let call = call.statuses(ExecutionStatus::Running);
                    call.send().await.map_err(error::from("lambda:ListDurableExecutionsByFunction"))
                })
                .await;
            let Some(page) = error::gone_is_none(listed)? else { return Ok(Some(())) };
            if page.durable_executions().is_empty() {
                return Ok(Some(()));
            }
            if !stopped.swap(true, Ordering::Relaxed) {
                run.note(format!("stopping the durable executions of `{}`", self.name));
            }
            for execution in page.durable_executions() {
                let arn = execution.durable_execution_arn();
                let call = self.aws.repeat(run, || async {
                    let call = self.client.stop_durable_execution().durable_execution_arn(arn);
                    call.send().await.map_err(error::from("lambda:StopDurableExecution"))
                });
                error::gone_is_done(call.await)?;
            }
            Ok(None)
        })
        .await
    }

    /// Deletes the function and waits until it is gone. One that CloudFront replicated can be deleted only when the
    /// replicas are gone.
    pub(super) async fn delete(&self, run: &Run<'_>, limit: Duration) -> OpResult<()> {
        let what = format!("the function `{}` to be deleted", self.name);
        wait::until(run, limit, &what, || async {
            let deleted = self
                .aws
                .repeat(run, || async {
                    let call = self.client.delete_function().function_name(&self.name);
                    call.send().await.map_err(error::from("lambda:DeleteFunction"))
                })
                .await;
            match error::gone_is_none(deleted) {
                // Accepted: it is deleted, and answers as gone, some time later.
                Ok(Some(answer)) if answer.status_code() == 202 => Ok(None),
                Ok(_) => Ok(Some(())),
                Err(error) if error.message.contains("replicated function") => Ok(None),
                Err(error) => Err(error),
            }
        })
        .await
    }
}

/// Whether the creation of this run, or of the one that it takes up, made the function.
pub(super) fn is_made_by(answer: &GetFunctionOutput, run: &Run<'_>) -> bool {
    let owner = answer.tags().and_then(|tags| tags.get(tags::OWNERSHIP));
    owner.is_some_and(|owner| owner == run.token().as_str())
}

#[derive(Debug, PartialEq, Eq)]
enum Readiness {
    Ready,
    Waiting,
    Failed(String),
}

/// Whether a function can be called and changed.
fn readiness(live: &FunctionConfiguration) -> Readiness {
    let reason =
        |state: &str, text: Option<&str>| Readiness::Failed(format!("{state}: {}", text.unwrap_or("no reason")));
    match (live.state(), live.last_update_status()) {
        (Some(State::Failed), _) => reason("Failed", live.state_reason()),
        (Some(State::Pending | State::Deleting), _) => Readiness::Waiting,
        (_, Some(LastUpdateStatus::Failed)) => reason("last update failed", live.last_update_status_reason()),
        (_, Some(LastUpdateStatus::InProgress)) => Readiness::Waiting,
        // While a snapshot is made there is a state and no status.
        (Some(_), None) => Readiness::Waiting,
        (_, Some(_)) | (None, None) => Readiness::Ready,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_ready_when_no_change_is_under_way() {
        let of = |state: Option<State>, status: Option<LastUpdateStatus>| {
            readiness(&FunctionConfiguration::builder().set_state(state).set_last_update_status(status).build())
        };
        let (done, busy) = (LastUpdateStatus::Successful, LastUpdateStatus::InProgress);
        assert_eq!(of(Some(State::Active), Some(done.clone())), Readiness::Ready);
        assert_eq!(of(Some(State::Inactive), Some(done.clone())), Readiness::Ready);
        assert_eq!(of(Some(State::Pending), Some(done)), Readiness::Waiting);
        assert_eq!(of(Some(State::Active), Some(busy)), Readiness::Waiting);
        assert_eq!(of(Some(State::Active), None), Readiness::Waiting);
        assert!(matches!(of(Some(State::Failed), None), Readiness::Failed(_)));
        assert!(matches!(of(Some(State::Active), Some(LastUpdateStatus::Failed)), Readiness::Failed(_)));
    }
}
