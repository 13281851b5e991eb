//! `ephemeral "aws_lambda_invocation"`: what a function answers, for this run only.

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::LogType;

use crate::aws::{Aws, error};
use crate::resource::{EphemeralType, Grant, Model, OpResult, Run};
use crate::value::Value;

/// Functions called for their answer.
pub(in crate::aws) struct Invocation {
    aws: Aws,
}

impl Invocation {
    /// Functions reached through the given clients.
    pub(in crate::aws) fn new(aws: &Aws) -> Self {
        Self { aws: aws.clone() }
    }
}

/// The answer of a Lambda function. The function is called by a plan whose arguments are known, and by apply.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct InvocationModel {
    /// The function: its name, or its ARN, with or without a version or alias.
    #[attr(required)]
    function_name: String,
    /// What the function is called with, as JSON.
    #[attr(required)]
    payload: String,
    /// The version or alias that is called.
    #[attr(optional)]
    qualifier: Option<String>,
    /// What the function is told of its caller, as JSON in Base64.
    #[attr(optional)]
    client_context: Option<String>,
    /// Whether the end of the function's log comes with the answer.
    #[attr(optional, allowed = ["None", "Tail"])]
    log_type: Option<String>,
    /// The region of the function; the provider's own where absent.
    #[attr(optional, computed)]
    region: Option<String>,
    /// The version that was called.
    #[attr(computed)]
    executed_version: Option<String>,
    /// The kind of error, where the function failed.
    #[attr(computed)]
    function_error: Option<String>,
    /// The end of the function's log, in Base64.
    #[attr(computed)]
    log_result: Option<String>,
    /// What the function answered, as JSON.
    #[attr(computed)]
    result: Option<String>,
    /// The status of the call.
    #[attr(computed)]
    status_code: Option<i64>,
}

impl EphemeralType for Invocation {
    const NAME: &'static str = "aws_lambda_invocation";
    type Model = InvocationModel;

    fn permissions(&self, wanted: &Value) -> Vec<Grant> {
        super::permissions::invocation(&self.aws.here(), wanted)
    }

    async fn open(&self, wanted: &InvocationModel, run: &Run<'_>) -> OpResult<InvocationModel> {
        let region = self.aws.region(wanted.region.as_deref()).await?;
        let client = self.aws.lambda(Some(&region)).await?;
        let answer = self
            .aws
            .once(run, || async {
                let call = client.invoke().function_name(&wanted.function_name);
                let call = call.set_qualifier(wanted.qualifier.clone());
                let call = call.set_client_context(wanted.client_context.clone());
                let call = call.set_log_type(wanted.log_type.as_deref().map(LogType::from));
                let call = call.payload(Blob::new(wanted.payload.as_bytes()));
                call.send().await.map_err(error::from("lambda:InvokeFunction"))
            })
            .await?;
        let text = |blob: &Blob| String::from_utf8_lossy(blob.as_ref()).into_owned();
        Ok(InvocationModel {
            region: Some(region),
            executed_version: answer.executed_version().map(str::to_owned),
            function_error: answer.function_error().map(str::to_owned),
            log_result: answer.log_result().map(str::to_owned),
            result: answer.payload().map(text),
            status_code: Some(i64::from(answer.status_code())),
            ..wanted.clone()
        })
    }
}
