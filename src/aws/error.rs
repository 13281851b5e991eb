//! What an AWS answer means: the one place that turns status and code into a kind of failure.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::resource::{ErrorKind, OpError, OpResult};

/// Turns an SDK error of the named operation, such as `lambda:CreateFunction`, into ours: for `map_err`.
pub fn from<E>(operation: &'static str) -> impl Fn(SdkError<E, HttpResponse>) -> OpError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    move |error| convert(operation, &error)
}

fn convert<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> OpError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error {
        SdkError::ServiceError(answer) => {
            let status = answer.raw().status().as_u16();
            let code = answer.err().code().map(bare_code);
            let message = answer.err().message().unwrap_or("the answer has no message");
            let mut found = OpError::new(kind(status, code, message), operation, message);
            found.status = Some(status);
            found.code = code.map(str::to_owned);
            found.request_id = request_id(answer.raw());
            found
        }
        SdkError::ResponseError(answer) => {
            let status = answer.raw().status().as_u16();
            let message = format!("the answer could not be read: {}", causes(error));
            // An unreadable refusal was not carried out; an unreadable success may have been.
            let kind = match status {
                400..=499 => ErrorKind::Invalid,
                500.. => ErrorKind::Service,
                _ => ErrorKind::Unreachable,
            };
            let mut found = OpError::new(kind, operation, message);
            found.status = Some(status);
            found.request_id = request_id(answer.raw());
            found
        }
        SdkError::TimeoutError(_) => OpError::new(ErrorKind::Unreachable, operation, "no answer came in time"),
        other => {
            let (kind, message) = match no_credentials(other) {
                Some(reason) => (ErrorKind::Credentials, chain(reason)),
                None => (transport_kind(other), causes(other)),
            };
            OpError::new(kind, operation, message)
        }
    }
}

fn transport_kind<E>(error: &SdkError<E, HttpResponse>) -> ErrorKind {
    match error {
        SdkError::ConstructionFailure(_) => ErrorKind::Invalid,
        _ => ErrorKind::Unreachable,
    }
}

/// Why there are no credentials, if that is what is wrong.
fn no_credentials<'a, E: Error + 'static>(error: &'a SdkError<E, HttpResponse>) -> Option<&'a (dyn Error + 'static)> {
    let mut source: Option<&(dyn Error + 'static)> = error.source();
    while let Some(error) = source {
        if error.is::<CredentialsError>() {
            // Its own text says no more than that there are none; the reason is behind it.
            return Some(error.source().unwrap_or(error));
        }
        source = error.source();
    }
    None
}

/// What is behind an error of the SDK, whose own text only says in which stage it came up.
fn causes<E: Error + 'static>(error: &SdkError<E, HttpResponse>) -> String {
    error.source().map_or_else(|| error.to_string(), chain)
}

/// The texts of an error and of what is behind it, each once.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let next = error.to_string();
        if !text.contains(&next) {
            text = format!("{text}: {next}");
        }
        source = error.source();
    }
    text
}

/// What AWS calls the request that this is the answer to.
pub(super) fn request_id(answer: &HttpResponse) -> Option<String> {
    let headers = answer.headers();
    ["x-amzn-requestid", "x-amzn-request-id", "x-amz-request-id"]
        .iter()
        .find_map(|name| headers.get(*name).map(str::to_owned))
}

/// A code without its namespace (`com.amazonaws.dynamodb.v20120810#…`) or trailing address.
fn bare_code(code: &str) -> &str {
    let code = code.rsplit('#').next().unwrap_or(code);
    code.split(':').next().unwrap_or(code)
}

fn kind(status: u16, code: Option<&str>, message: &str) -> ErrorKind {
    let code = code.unwrap_or_default();
    let has = |fragments: &[&str]| fragments.iter().any(|fragment| code.contains(fragment));
    if status == 429
        || has(&["Throttl", "TooManyRequests", "RequestLimitExceeded", "SlowDown"])
        || message.contains("Rate exceeded")
    {
        return ErrorKind::Throttled;
    }
    if has(&[
        "ExpiredToken",
        "InvalidClientTokenId",
        "UnrecognizedClient",
        "InvalidSignature",
        "SignatureDoesNotMatch",
        "MissingAuthenticationToken",
        "AuthFailure",
    ]) {
        return ErrorKind::Credentials;
    }
    if has(&["AccessDenied", "Unauthorized", "NotAuthorized"]) || status == 403 {
        return ErrorKind::Denied;
    }
    // An endpoint that does not know an operation answers `NotFound` as well, with its own path in the message.
    let unknown_operation = message.starts_with("Unknown path") || message.starts_with("Function not found: /");
    if !unknown_operation && (status == 404 || has(&["NotFound", "NoSuchEntity", "ResourceNotFound"])) {
        return ErrorKind::Gone;
    }
    if status == 409 || has(&["Conflict", "AlreadyExists", "InUse", "ConcurrentModification", "ResourceExists"]) {
        return ErrorKind::Conflict;
    }
    if status >= 500 { ErrorKind::Service } else { ErrorKind::Invalid }
}

/// `None` where the object is gone, so that a read can say so.
pub fn gone_is_none<T>(result: OpResult<T>) -> OpResult<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind == ErrorKind::Gone => Ok(None),
        Err(error) => Err(error),
    }
}

/// Success where the object is gone, so that a deletion can be repeated.
pub fn gone_is_done<T>(result: OpResult<T>) -> OpResult<()> {
    gone_is_none(result).map(|_| ())
}

#[cfg(test)]
mod tests {
    use std::io;

    use aws_sdk_appsync::operation::create_api_key::CreateApiKeyError;
    use aws_smithy_runtime_api::client::result::ConnectorError;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    #[test]
    fn what_went_wrong_is_told_without_the_insides_of_the_program() {
        let reason = CredentialsError::not_loaded("no profile is set");
        let cause = ConnectorError::other(reason.into(), None);
        let error: SdkError<CredentialsError, HttpResponse> = SdkError::dispatch_failure(cause);
        assert_eq!(chain(no_credentials(&error).unwrap()), "no profile is set");
        let refused = io::Error::new(io::ErrorKind::ConnectionRefused, "connection refused");
        let cause = ConnectorError::io(refused.into());
        let error: SdkError<CredentialsError, HttpResponse> = SdkError::dispatch_failure(cause);
        assert!(no_credentials(&error).is_none());
        assert_eq!(causes(&error), "io error: connection refused");
    }

    #[test]
    fn an_answer_that_cannot_be_read_is_not_repeated() {
        let answer = HttpResponse::new(200.try_into().unwrap(), SdkBody::from("da2-secret"));
        let error = SdkError::<CreateApiKeyError, _>::response_error("it ends too early", answer);
        let found = convert("appsync:CreateApiKey", &error);
        assert_eq!(found.kind, ErrorKind::Unreachable);
        assert!(found.message.ends_with("it ends too early"), "{}", found.message);
        assert!(!found.message.contains("secret"), "{}", found.message);
    }

    #[test]
    fn status_code_and_message_tell_the_kind() {
        let cases = [
            (400, Some("ThrottlingException"), "Rate exceeded", ErrorKind::Throttled),
            (400, None, "Rate exceeded", ErrorKind::Throttled),
            (403, Some("ExpiredTokenException"), "expired", ErrorKind::Credentials),
            (403, Some("AccessDeniedException"), "no", ErrorKind::Denied),
            (401, Some("UnauthorizedException"), "no", ErrorKind::Denied),
            (404, Some("NotFoundException"), "No resolver found.", ErrorKind::Gone),
            (404, Some("NotFoundException"), "Unknown path: /v1/domainnames", ErrorKind::Invalid),
            (409, Some("ResourceConflictException"), "busy", ErrorKind::Conflict),
            (400, Some("ResourceInUseException"), "busy", ErrorKind::Conflict),
            (500, Some("InternalFailure"), "oh", ErrorKind::Service),
            (400, Some("ValidationException"), "bad", ErrorKind::Invalid),
        ];
        for (status, code, message, expected) in cases {
            assert_eq!(kind(status, code, message), expected, "{status} {code:?} {message}");
        }
        assert_eq!(
            bare_code("com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"),
            "ResourceNotFoundException"
        );
    }
}
