//! The code of resolvers and functions: JavaScript with its runtime, or a pair of mapping templates. Never both.

use aws_sdk_appsync::types::{AppSyncRuntime, RuntimeName};

use super::answers::incomplete;
use crate::diagnostic::Diagnostics;
use crate::resource::{Model, OpResult};
use crate::value::Value;

/// The runtime that runs the code.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct Runtime {
    /// The name of the runtime.
    #[attr(required, allowed = ["APPSYNC_JS"])]
    name: String,
    /// The version of the runtime, such as `1.0.0`.
    #[attr(required)]
    runtime_version: String,
}

impl Runtime {
    pub(super) fn to_api(&self) -> OpResult<AppSyncRuntime> {
        AppSyncRuntime::builder()
            .name(RuntimeName::from(self.name.as_str()))
            .runtime_version(&self.runtime_version)
            .build()
            .map_err(incomplete)
    }

    pub(super) fn of_api(answer: &AppSyncRuntime) -> Self {
        Self { name: answer.name.as_str().to_owned(), runtime_version: answer.runtime_version.clone() }
    }
}

/// Whether an argument or block is known to be there.
pub(super) fn given(wanted: &Value, name: &str) -> bool {
    let value = wanted.attr(name);
    value.is_known() && !value.is_empty_or_null()
}

/// Whether an argument or block is known to be absent.
pub(super) fn lacking(wanted: &Value, name: &str) -> bool {
    let value = wanted.attr(name);
    value.is_known() && value.is_empty_or_null()
}

/// Checks that code and runtime come together, and without what only mapping templates take.
pub(super) fn check_code(wanted: &Value, only_templates: &[&str], problems: &mut Diagnostics) {
    if given(wanted, "code") && lacking(wanted, "runtime") {
        problems
            .error("Code without a runtime")
            .on("code")
            .detail("AppSync needs to know which runtime the code is for.")
            .help("Add a `runtime` block with `name = \"APPSYNC_JS\"` and `runtime_version = \"1.0.0\"`.");
    }
    if given(wanted, "runtime") && lacking(wanted, "code") {
        problems
            .error("Runtime without code")
            .on("runtime")
            .detail("A runtime runs the text in `code`, which is absent.")
            .help("Set `code`, or remove the `runtime` block to use mapping templates.");
    }
    if !given(wanted, "runtime") && !given(wanted, "code") {
        return;
    }
    for name in only_templates.iter().filter(|name| given(wanted, name)) {
        problems
            .error("Code and mapping templates together")
            .on(*name)
            .detail(format!("`{name}` belongs to mapping templates and cannot stand beside `runtime` and `code`."))
            .help("Keep either `runtime` and `code`, or the mapping templates.");
    }
}
