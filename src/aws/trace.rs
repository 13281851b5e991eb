//! What the log tells of a call: names, times and ids, never what was sent or answered.

use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::ConnectorError;

use super::error::request_id;

/// Logs a call that was answered, or was not.
pub(super) fn call(
    (service, region, operation): (&str, &str, &str),
    answer: &Result<HttpResponse, ConnectorError>,
    took: Duration,
) {
    let operation = without_keys(operation);
    let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    match answer {
        Ok(answer) => {
            let request = request_id(answer).unwrap_or_default();
            let status = answer.status().as_u16();
            let code = answer.headers().get("x-amzn-errortype").unwrap_or_default();
            tracing::debug!(service, region, %operation, status, code, request, milliseconds, "call");
        }
        Err(error) => {
            let timeout = error.is_timeout();
            tracing::debug!(service, region, %operation, timeout, milliseconds, "call without an answer");
        }
    }
}

/// A request by its path; the id of an AppSync API key in it is the key itself.
fn without_keys(operation: &str) -> String {
    match operation.split_once("/apikeys/") {
        Some((before, _)) => format!("{before}/apikeys/(sensitive)"),
        None => operation.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_api_key_in_a_path_is_hidden() {
        assert_eq!(without_keys("DELETE v1/apis/a/apikeys/da2-x"), "DELETE v1/apis/a/apikeys/(sensitive)");
        assert_eq!(without_keys("GET v1/apis/a/apikeys"), "GET v1/apis/a/apikeys");
    }
}
