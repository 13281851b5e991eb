//! `aws_lambda_permission`: one statement of a function's resource policy.

mod policy;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_sdk_lambda::Client;
use aws_sdk_lambda::operation::add_permission::builders::AddPermissionInputBuilder;
use aws_sdk_lambda::types::FunctionUrlAuthType;

use self::policy::{Policies, Statement};
use super::names::FunctionName;
use super::patience::patiently;
use super::permissions;
use crate::aws::members::given;
use crate::aws::{Aws, error, unique};
use crate::diagnostic::Diagnostics;
use crate::resource::{ErrorKind, Grant, Model, Need, OpError, OpResult, Operation, Recovery, ResourceType, Run};
use crate::schema::Schema;
use crate::value::Value;

/// Leave for a service, an account or everyone to call a Lambda function.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct PermissionModel {
    /// What may be done, such as `lambda:InvokeFunction`.
    #[attr(required, replace, max = 10000)]
    pub(crate) action: String,
    /// The function, by its name or its ARN.
    #[attr(required, replace, min = 1, max = 256)]
    pub(crate) function_name: String,
    /// Who may: a service such as `appsync.amazonaws.com`, an account, the ARN of a role or user, or `*`.
    #[attr(required, replace, max = 2048, same = same_principal)]
    pub(crate) principal: String,
    /// The name of the statement; made up where absent.
    #[attr(optional, computed, replace, min = 1, max = 100)]
    pub(crate) statement_id: Option<String>,
    /// What a made-up name of the statement starts with.
    #[attr(optional, computed, replace, conflicts = ["statement_id"])]
    pub(crate) statement_id_prefix: Option<String>,
    /// The version or alias that may be called; without it, the function as it is last.
    #[attr(optional, replace, min = 1, max = 128)]
    pub(crate) qualifier: Option<String>,
    /// The ARN of what the service must be calling for; `*` and `?` stand for any text and any letter.
    #[attr(optional, replace, max = 10000)]
    pub(crate) source_arn: Option<String>,
    /// The account that owns what the service must be calling for.
    #[attr(optional, replace, max = 12)]
    pub(crate) source_account: Option<String>,
    /// The organization that the caller must belong to.
    #[attr(optional, replace, min = 12, max = 34)]
    pub(crate) principal_org_id: Option<String>,
    /// The token that an Alexa skill must show.
    #[attr(optional, replace, max = 256)]
    pub(crate) event_source_token: Option<String>,
    /// How callers of the function's URL prove who they are: `AWS_IAM`, or `NONE` for not at all.
    #[attr(optional, replace, allowed = ["NONE", "AWS_IAM"])]
    pub(crate) function_url_auth_type: Option<String>,
    /// Whether only calls through the function's URL are allowed.
    #[attr(optional, replace)]
    pub(crate) invoked_via_function_url: Option<bool>,
    /// The name of the statement.
    #[attr(optional, computed)]
    pub(crate) id: Option<String>,
}

/// Statements of functions' resource policies.
pub(crate) struct Permission {
    aws: Aws,
    policies: Policies,
}

impl Permission {
    /// Permissions of a provider configuration.
    pub(crate) fn new(aws: &Aws) -> Self {
        Self { aws: aws.clone(), policies: Policies::default() }
    }

    async fn client(&self) -> OpResult<(Client, String)> {
        let region = self.aws.region(None).await?;
        Ok((self.aws.lambda(Some(&region)).await?, region))
    }

    /// The statement of a name, if the function's policy has it.
    async fn find(&self, run: &Run<'_>, model: &PermissionModel, id: &str) -> OpResult<Option<Statement>> {
        let (client, region) = self.client().await?;
        let key = (region, model.function_name.clone(), given(&model.qualifier));
        let policy = self
            .policies
            .read(key, || async {
                let answer = self
                    .aws
                    .repeat(run, || async {
                        let call = client.get_policy().function_name(&model.function_name);
                        let call = call.set_qualifier(given(&model.qualifier));
                        call.send().await.map_err(error::from("lambda:GetPolicy"))
                    })
                    .await;
                let answer = error::gone_is_none(answer)?;
                Ok(answer.and_then(|answer| answer.policy).unwrap_or_default())
            })
            .await?;
        Statement::find(&policy, id)
    }
}

impl ResourceType for Permission {
    const NAME: &'static str = "aws_lambda_permission";
    const RECOVERY: Recovery = Recovery::NaturalName;
    type Model = PermissionModel;

    fn schema() -> Schema {
        // A time for reads is taken as well; reads wait for nothing.
        Schema::new(Self::NAME, Self::Model::DOC, Self::Model::block())
            .timeouts(&["create", "read", "delete"])
            .import_id("FUNCTION_NAME[:QUALIFIER]/STATEMENT_ID")
    }

    fn ordering() -> &'static [crate::resource::Ordering] {
        &[crate::resource::Ordering::ReplacedWith { mine: "function_name" }]
    }

    fn check(&self, wanted: &Value, problems: &mut Diagnostics) {
        check(wanted, problems);
    }

    fn permissions(&self, need: Need<'_>) -> Vec<Grant> {
        permissions::permission(&self.aws.here(), need)
    }

    async fn read(&self, prior: &PermissionModel, run: &Run<'_>) -> OpResult<Option<PermissionModel>> {
        let id = prior.id.clone().or_else(|| prior.statement_id.clone()).unwrap_or_default();
        let Some(statement) = self.find(run, prior, &id).await? else {
            return Ok(None);
        };
        Ok(Some(observed(&statement, prior)))
    }

    async fn create(&self, wanted: &PermissionModel, run: &Run<'_>) -> OpResult<PermissionModel> {
        let (client, region) = self.client().await?;
        let id = statement_id(wanted, run);
        let input = request(wanted, &id);
        let made = PermissionModel {
            id: Some(id.clone()),
            statement_id: Some(id.clone()),
            statement_id_prefix: Some(unique::prefix_of(&id).to_owned()),
            ..wanted.clone()
        };
        let is_lost = AtomicBool::new(false);
        let added = {
            let _turn = self.aws.queues().enter(&FunctionName::parse(&wanted.function_name).queue(&region)).await;
            patiently(&self.aws, run, run.timeout(Operation::Create, Duration::ZERO), || async {
                let answer = input.clone().send_with(&client).await.map_err(error::from("lambda:AddPermission"));
                answer.inspect_err(|error| {
                    is_lost.fetch_or(error.may_have_happened(), Ordering::Relaxed);
                })
            })
            .await
        };
        match added {
            Ok(answer) => {
                run.made(&made).await?;
                let statement = answer.statement().map(Statement::parse).transpose()?;
                Ok(statement.map_or_else(|| made.clone(), |statement| observed(&statement, &made)))
            }
            // A made-up name is ours alone; a given one is ours if a try before this one may have made it.
            Err(error) if error.kind == ErrorKind::Conflict && error.message.contains("already exists") => {
                let is_ours = is_lost.load(Ordering::Relaxed) || given(&wanted.statement_id).is_none();
                let found = self.find(run, wanted, &id).await?.filter(|statement| is_ours && statement.grants(wanted));
                let Some(statement) = found else {
                    let function = &wanted.function_name;
                    return Err(error.help(format!(
                        "Choose another `statement_id`, or take the statement over: recon import ADDRESS {function}/{id}"
                    )));
                };
                run.made(&made).await?;
                Ok(observed(&statement, &made))
            }
            Err(error) => Err(error),
        }
    }

    async fn update(
        &self,
        _prior: &PermissionModel,
        wanted: &PermissionModel,
        _run: &Run<'_>,
    ) -> OpResult<PermissionModel> {
        // Every argument that AWS knows replaces the statement; what is left is spelling.
        Ok(wanted.clone())
    }

    async fn delete(&self, prior: &PermissionModel, run: &Run<'_>) -> OpResult<()> {
        let (client, region) = self.client().await?;
        let _turn = self.aws.queues().enter(&FunctionName::parse(&prior.function_name).queue(&region)).await;
        let removed = patiently(&self.aws, run, run.timeout(Operation::Delete, Duration::ZERO), || async {
            let call = client.remove_permission().function_name(&prior.function_name);
            let call = call.set_statement_id(prior.id.clone()).set_qualifier(given(&prior.qualifier));
            call.send().await.map_err(error::from("lambda:RemovePermission"))
        });
        error::gone_is_done(removed.await)
    }

    async fn recover(&self, wanted: &PermissionModel, run: &Run<'_>) -> OpResult<Option<PermissionModel>> {
        let id = statement_id(wanted, run);
        let found = self.find(run, wanted, &id).await?.filter(|statement| statement.grants(wanted));
        Ok(found.map(|statement| observed(&statement, wanted)))
    }

    fn import(&self, id: &str) -> OpResult<PermissionModel> {
        let parts = id.rsplit_once('/').filter(|(function, statement)| !function.is_empty() && !statement.is_empty());
        let Some((function, statement)) = parts else {
            let message = format!("`{id}` is not the id of a permission");
            let help = "Write the function, a slash and the statement's name: FUNCTION_NAME[:QUALIFIER]/STATEMENT_ID.";
            return Err(OpError::new(ErrorKind::Invalid, "import", message).help(help));
        };
        let name = FunctionName::parse(function);
        let bare = name.qualifier.as_ref().and_then(|qualifier| function.strip_suffix(qualifier));
        Ok(PermissionModel {
            function_name: bare.map_or(function, |bare| bare.trim_end_matches(':')).to_owned(),
            qualifier: name.qualifier,
            statement_id: Some(statement.to_owned()),
            id: Some(statement.to_owned()),
            ..PermissionModel::default()
        })
    }
}

/// The statement's name: the given one, or one that follows from the creation's token.
fn statement_id(wanted: &PermissionModel, run: &Run<'_>) -> String {
    unique::name(wanted.statement_id.as_deref(), wanted.statement_id_prefix.as_deref(), run.token())
}

fn request(wanted: &PermissionModel, id: &str) -> AddPermissionInputBuilder {
    AddPermissionInputBuilder::default()
        .function_name(&wanted.function_name)
        .statement_id(id)
        .action(&wanted.action)
        .principal(&wanted.principal)
        .set_qualifier(given(&wanted.qualifier))
        .set_source_arn(given(&wanted.source_arn))
        .set_source_account(given(&wanted.source_account))
        .set_principal_org_id(given(&wanted.principal_org_id))
        .set_event_source_token(given(&wanted.event_source_token))
        .set_function_url_auth_type(
            given(&wanted.function_url_auth_type).map(|ty| FunctionUrlAuthType::from(ty.as_str())),
        )
        .set_invoked_via_function_url(wanted.invoked_via_function_url.filter(|only| *only))
}

/// The model of a statement.
fn observed(statement: &Statement, prior: &PermissionModel) -> PermissionModel {
    PermissionModel {
        action: statement.action.clone(),
        function_name: prior.function_name.clone(),
        principal: statement.principal.clone(),
        statement_id: Some(statement.id.clone()),
        statement_id_prefix: Some(unique::prefix_of(&statement.id).to_owned()),
        qualifier: prior.qualifier.clone(),
        source_arn: statement.source_arn.clone(),
        source_account: statement.source_account.clone(),
        principal_org_id: statement.principal_org_id.clone(),
        event_source_token: statement.event_source_token.clone(),
        function_url_auth_type: statement.function_url_auth_type.clone(),
        invoked_via_function_url: statement.invoked_via_function_url.then_some(true),
        id: Some(statement.id.clone()),
    }
}

/// AWS writes an account as the ARN of its root.
fn same_principal(a: &Value, b: &Value) -> bool {
    match (a.as_str(), b.as_str()) {
        (Some(a), Some(b)) => principals_agree(a, b),
        _ => a.same(b),
    }
}

fn principals_agree(a: &str, b: &str) -> bool {
    fn bare(text: &str) -> &str {
        let account = text.strip_suffix(":root").and_then(|arn| arn.rsplit(':').next());
        account.filter(|_| text.starts_with("arn:")).unwrap_or(text)
    }
    bare(a) == bare(b)
}

fn check(wanted: &Value, problems: &mut Diagnostics) {
    let (action, url) = (wanted.attr("action"), wanted.attr("function_url_auth_type"));
    if let (Some(action), Some(url)) = (action.as_str(), url.as_str())
        && !url.is_empty()
        && !matches!(action, "lambda:InvokeFunctionUrl" | "lambda:*" | "*")
    {
        let problem = problems.error("Argument does not fit the action").on("function_url_auth_type");
        problem.detail(format!("`function_url_auth_type` cannot stand beside `action = \"{action}\"`."));
        problem.help("Set `action = \"lambda:InvokeFunctionUrl\"`.");
    }
    for name in ["statement_id", "statement_id_prefix"] {
        let id = wanted.attr(name);
        let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if let Some(id) = id.as_str().filter(|id| !id.chars().all(is_letter)) {
            let problem = problems.error("Invalid statement name").on(name);
            problem.detail(format!("`{id}` has characters other than letters, digits, `-` and `_`."));
            problem.help("Leave the others out, or put `-` in their place.");
        }
    }
    let principal = wanted.attr("principal");
    let is_open = ["source_arn", "source_account", "principal_org_id", "function_url_auth_type"]
        .iter()
        .all(|name| wanted.attr(name).is_known() && wanted.attr(name).is_empty_or_null());
    if principal.as_str() == Some("*") && is_open {
        let problem = problems.warning("Function open to everyone").on("principal");
        problem.detail("Every AWS account may do this with the function.");
        problem.help("Name a principal, or narrow it with `source_arn`, `source_account` or `principal_org_id`.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Settings;

    #[test]
    fn an_account_is_the_root_of_itself() {
        assert!(principals_agree("123456789012", "arn:aws:iam::123456789012:root"));
        assert!(!principals_agree("123456789012", "arn:aws:iam::210987654321:root"));
        assert!(!principals_agree("arn:aws:iam::123456789012:role/a", "123456789012"));
        assert!(principals_agree("s3.amazonaws.com", "s3.amazonaws.com"));
    }

    #[test]
    fn an_import_id_names_function_qualifier_and_statement() {
        let permission = Permission::new(&Aws::new(Settings::default()));
        let parts = |id: &str| {
            let model = permission.import(id).unwrap();
            (model.function_name, model.qualifier.unwrap_or_default(), model.id.unwrap())
        };
        let expected = |f: &str, q: &str, s: &str| (f.to_owned(), q.to_owned(), s.to_owned());
        assert_eq!(parts("posts/s"), expected("posts", "", "s"));
        assert_eq!(parts("posts:live/s"), expected("posts", "live", "s"));
        let arn = "arn:aws:lambda:us-east-1:123456789012:function:posts";
        assert_eq!(parts(&format!("{arn}:7/s")), expected(arn, "7", "s"));
        for wrong in ["posts", "/s", "posts/"] {
            assert!(permission.import(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_aws_refuses_is_named_at_its_place() {
        let wanted = Value::object_of([
            ("action", "lambda:InvokeFunction".into()),
            ("principal", "*".into()),
            ("function_url_auth_type", "NONE".into()),
            ("statement_id", "a b".into()),
        ]);
        let mut problems = Diagnostics::new();
        check(&wanted, &mut problems);
        let found: Vec<_> = problems.iter().map(|p| p.attribute.as_ref().unwrap().to_string()).collect();
        assert_eq!(found, ["function_url_auth_type", "statement_id"]);
    }
}
