//! How resolvers and functions handle conflicting writes of a versioned data source.

use aws_sdk_appsync::types::{
    ConflictDetectionType, ConflictHandlerType, LambdaConflictHandlerConfig, SyncConfig as Api,
};

use crate::aws::members::text;
use crate::resource::Model;

/// How conflicts are found and settled.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct SyncConfig {
    /// How a conflict is detected.
    #[attr(optional, allowed = ["VERSION", "NONE"])]
    conflict_detection: Option<String>,
    /// What settles a conflict.
    #[attr(optional, allowed = ["OPTIMISTIC_CONCURRENCY", "LAMBDA", "AUTOMERGE", "NONE"])]
    conflict_handler: Option<String>,
    /// The function that settles conflicts where the handler is `LAMBDA`.
    #[block]
    lambda_conflict_handler_config: Option<LambdaConflictHandler>,
}

/// A function that settles conflicts.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct LambdaConflictHandler {
    /// The function's ARN.
    #[attr(optional)]
    lambda_conflict_handler_arn: Option<String>,
}

impl SyncConfig {
    pub(super) fn to_api(&self) -> Api {
        let handler = self.lambda_conflict_handler_config.as_ref().map(|handler| {
            LambdaConflictHandlerConfig::builder()
                .set_lambda_conflict_handler_arn(handler.lambda_conflict_handler_arn.clone())
                .build()
        });
        Api::builder()
            .set_conflict_detection(self.conflict_detection.as_deref().map(ConflictDetectionType::from))
            .set_conflict_handler(self.conflict_handler.as_deref().map(ConflictHandlerType::from))
            .set_lambda_conflict_handler_config(handler)
            .build()
    }

    pub(super) fn of_api(answer: &Api) -> Self {
        let handler = answer.lambda_conflict_handler_config.as_ref();
        Self {
            conflict_detection: answer.conflict_detection.as_ref().map(|it| it.as_str().to_owned()),
            conflict_handler: answer.conflict_handler.as_ref().map(|it| it.as_str().to_owned()),
            lambda_conflict_handler_config: handler.map(|handler| LambdaConflictHandler {
                lambda_conflict_handler_arn: text(handler.lambda_conflict_handler_arn.clone()),
            }),
        }
    }
}
