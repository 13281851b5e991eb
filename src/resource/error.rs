//! What went wrong in an operation on a resource, as fields.

use std::fmt;

use crate::diagnostic::Diagnostic;

/// The result of an operation on a resource.
pub type OpResult<T> = Result<T, OpError>;

/// What kind of failure, as far as recon acts on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Too many calls; the call was not carried out.
    Throttled,
    /// The caller may not.
    Denied,
    /// No usable credentials, or expired ones.
    Credentials,
    /// The object, or one it belongs to, does not exist.
    Gone,
    /// The object exists already, or another change is under way.
    Conflict,
    /// AWS refuses the request as it is.
    Invalid,
    /// A wait ended without the hoped-for state.
    Timeout,
    /// The service could not be reached, or its answer was lost: the call may have been carried out.
    Unreachable,
    /// The service failed: the call may have been carried out.
    Service,
    /// Something on this machine: a file, a program.
    Local,
}

/// A failed operation.
#[derive(Clone, Debug, thiserror::Error)]
pub struct OpError {
    /// What kind of failure.
    pub kind: ErrorKind,
    /// The operation, such as `lambda:CreateFunction`.
    pub operation: String,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// The service's error code, such as `ResourceConflictException`.
    pub code: Option<String>,
    /// The service's message, or our own.
    pub message: String,
    /// The service's id of the request.
    pub request_id: Option<String>,
    /// A problem that says it all better, with a place in a file.
    pub diagnostic: Option<Box<Diagnostic>>,
    /// What to do next, if we know.
    pub help: Option<String>,
    /// Whether an earlier try of the same call may have been carried out, although this one was not.
    pub uncertain: bool,
}

impl OpError {
    /// A failure with a message of our own.
    pub fn new(kind: ErrorKind, operation: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            kind,
            operation: operation.into(),
            status: None,
            code: None,
            message: message.into(),
            request_id: None,
            diagnostic: None,
            help: None,
            uncertain: false,
        }
    }

    /// The same failure with a sentence on what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Whether the call may have been carried out although it failed.
    pub fn may_have_happened(&self) -> bool {
        self.uncertain || matches!(self.kind, ErrorKind::Unreachable | ErrorKind::Service)
    }

    /// Whether the service's error code is this one.
    pub fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }
}

impl fmt::Display for OpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.operation)?;
        if let Some(code) = &self.code {
            write!(f, " failed with {code}")?;
        } else {
            write!(f, " failed")?;
        }
        if let Some(status) = self.status {
            write!(f, " (HTTP {status})")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl From<OpError> for Diagnostic {
    fn from(error: OpError) -> Self {
        if let Some(diagnostic) = error.diagnostic {
            return *diagnostic;
        }
        let (summary, help) = match error.kind {
            ErrorKind::Throttled => ("Too many requests", "Run the command again; what was done is in state."),
            ErrorKind::Denied => ("Access denied", "Grant the caller this action, or use other credentials."),
            ErrorKind::Credentials => (
                "No usable AWS credentials",
                "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or log in again.",
            ),
            ErrorKind::Gone => ("Object not found", ""),
            ErrorKind::Conflict => ("Conflict with an existing object or another change", ""),
            ErrorKind::Invalid => ("Request refused by AWS", ""),
            ErrorKind::Timeout => ("Waited too long", "Run the command again; what was done is in state."),
            ErrorKind::Unreachable => ("Service not reachable", "Check the endpoint, the region and the network."),
            ErrorKind::Service => ("Service failure", "Run the command again; what was done is in state."),
            ErrorKind::Local => ("Operation failed", ""),
        };
        Self::error(summary).with(|d| {
            let request = error.request_id.as_ref().map_or(String::new(), |id| format!(" (request {id})"));
            d.detail(format!("{error}{request}"));
            d.help(error.help.clone().unwrap_or_else(|| help.to_owned()));
        })
    }
}
