//! Which failures are tried again, how often, and how fast. A retry is decided by code and message
//! together: one code carries both passing and final meanings.

use std::time::Duration;

use tokio::time::Instant;

use super::Aws;
use crate::resource::{ErrorKind, OpError, OpResult, Run};

/// How a failure is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A role or policy made seconds ago is not known everywhere yet: dense tries, about 48 s.
    Propagation,
    /// Too many calls: all calls to the service slow down together.
    Throttled,
    /// Another change to the same parent is under way.
    Busy,
    /// Lambda is throttled by EC2, which takes minutes.
    SlowThrottle,
    /// The call may or may not have been carried out.
    Lost,
    /// Trying again would give the same answer.
    Final,
}

impl Class {
    fn budget(self) -> Duration {
        Duration::from_secs(match self {
            Self::Propagation => 48,
            Self::Throttled | Self::Busy => 300,
            Self::SlowThrottle => 600,
            Self::Lost => 30,
            Self::Final => 0,
        })
    }

    fn delay(self, attempt: u32) -> Duration {
        let (first, most) = match self {
            Self::Propagation => (0.25, 2.0),
            Self::Throttled => (0.5, 20.0),
            Self::Busy => (0.2, 5.0),
            Self::SlowThrottle => (10.0, 30.0),
            Self::Lost | Self::Final => (0.3, 5.0),
        };
        let grown: f64 = first * 2_f64.powi(i32::try_from(attempt.min(16)).unwrap_or(16));
        Duration::from_secs_f64(grown.min(most) * (0.8 + 0.4 * fastrand::f64()))
    }
}

/// What a refusal's text says about trying again, for any code; the most specific come first.
const FRAGMENTS: &[(&str, Class)] = &[
    ("throttled by ec2", Class::SlowThrottle),
    ("cannot be assumed", Class::Propagation),
    ("does not have permissions", Class::Propagation),
    ("invalid principal", Class::Propagation),
    ("provided principal was invalid", Class::Propagation),
    ("kms key is invalid for creategrant", Class::Propagation),
    ("ensure the role can perform", Class::Propagation),
    ("cannot access stream", Class::Propagation),
    ("schema is currently being altered", Class::Busy),
    ("update is in progress", Class::Busy),
    ("is currently in the following state: pending", Class::Busy),
    ("concurrent update operation", Class::Busy),
    ("conflicting operation is currently in progress", Class::Busy),
    ("requests to update the same resource", Class::Busy),
    ("simultaneously", Class::Busy),
    ("being enabled", Class::Busy),
    ("being updated", Class::Busy),
    ("being created", Class::Busy),
    ("being deleted", Class::Busy),
    ("retry later", Class::Busy),
];

/// How a failure is tried again.
pub fn class(error: &OpError) -> Class {
    let code = error.code.as_deref().unwrap_or_default();
    match error.kind {
        ErrorKind::Throttled => return Class::Throttled,
        ErrorKind::Unreachable | ErrorKind::Service => return Class::Lost,
        ErrorKind::Denied | ErrorKind::Credentials | ErrorKind::Timeout | ErrorKind::Local | ErrorKind::Gone => {
            return Class::Final;
        }
        ErrorKind::Conflict | ErrorKind::Invalid => {}
    }
    if code.starts_with("ConcurrentModification") {
        return Class::Busy;
    }
    if code.starts_with("InvalidSmsRole") || code.starts_with("InvalidEmailRole") {
        return Class::Propagation;
    }
    let message = error.message.to_lowercase();
    FRAGMENTS.iter().find(|(fragment, _)| message.contains(fragment)).map_or(Class::Final, |(_, class)| *class)
}

impl Aws {
    /// Makes a call that may be repeated even if it was carried out: a read, a put, a deletion, or a creation with a
    /// natural name whose "already exists" the caller settles.
    pub async fn repeat<T, F: Future<Output = OpResult<T>>>(&self, run: &Run<'_>, call: impl Fn() -> F) -> OpResult<T> {
        self.attempt(run, true, call).await
    }

    /// Makes a call that must not be sent again once it may have been carried out: a creation that would make a second
    /// object. A refusal that says it was not carried out is tried again all the same.
    pub async fn once<T, F: Future<Output = OpResult<T>>>(&self, run: &Run<'_>, call: impl Fn() -> F) -> OpResult<T> {
        self.attempt(run, false, call).await
    }

    async fn attempt<T, F: Future<Output = OpResult<T>>>(
        &self,
        run: &Run<'_>,
        repeatable: bool,
        call: impl Fn() -> F,
    ) -> OpResult<T> {
        let start = Instant::now();
        let mut attempt = 0;
        let mut uncertain = false;
        loop {
            let error = match call().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            uncertain |= error.may_have_happened();
            let class = class(&error);
            let again = match class {
                Class::Final => false,
                Class::Lost => repeatable,
                _ => true,
            };
            if class == Class::Throttled {
                let service = error.operation.split(':').next().unwrap_or_default();
                self.pace().throttled(service, |strikes| Class::Throttled.delay(strikes));
            }
            let delay = class.delay(attempt);
            if !again || start.elapsed() + delay > class.budget() {
                return Err(OpError { uncertain, ..error });
            }
            if attempt == 2 {
                run.note(format!("{} is tried again: {}", error.operation, error.message));
            }
            attempt += 1;
            tracing::info!(operation = %error.operation, class = ?class, attempt, ?delay, "tried again");
            tokio::time::sleep(delay).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Settings;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn error(kind: ErrorKind, code: &str, message: &str) -> OpError {
        let mut error = OpError::new(kind, "lambda:CreateFunction", message);
        error.code = Some(code.into());
        error
    }

    #[test]
    fn one_code_has_passing_and_final_meanings() {
        let busy = error(ErrorKind::Conflict, "ResourceConflictException", "An update is in progress for resource");
        let exists = error(ErrorKind::Conflict, "ResourceConflictException", "Function already exist: f");
        let role = error(
            ErrorKind::Invalid,
            "InvalidParameterValueException",
            "The role defined for the function cannot be assumed by Lambda.",
        );
        let logs = error(
            ErrorKind::Invalid,
            "OperationAbortedException",
            "A conflicting operation is currently in progress against this resource. Please try again.",
        );
        assert_eq!(class(&busy), Class::Busy);
        assert_eq!(class(&logs), Class::Busy);
        assert_eq!(class(&exists), Class::Final);
        assert_eq!(class(&role), Class::Propagation);
    }

    #[tokio::test(start_paused = true)]
    async fn a_creation_with_a_lost_answer_is_not_sent_again() {
        let aws = Aws::new(Settings::default());
        let calls = AtomicU32::new(0);
        let call = || async {
            calls.fetch_add(1, Ordering::Relaxed);
            Err::<(), _>(error(ErrorKind::Unreachable, "", "no answer"))
        };
        assert!(aws.once(&Run::unrecorded(), call).await.is_err());
        assert_eq!(calls.load(Ordering::Relaxed), 1);
        assert!(aws.repeat(&Run::unrecorded(), call).await.is_err());
        assert!(calls.load(Ordering::Relaxed) > 3);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_lost_once_is_uncertain_whatever_comes_after_it() {
        let aws = Aws::new(Settings::default());
        for (kind, code) in [(ErrorKind::Throttled, "ThrottlingException"), (ErrorKind::Denied, "AccessDenied")] {
            let calls = AtomicU32::new(0);
            let call = || async {
                match calls.fetch_add(1, Ordering::Relaxed) {
                    0 => Err::<(), _>(error(ErrorKind::Unreachable, "", "no answer")),
                    _ => Err(error(kind, code, "no")),
                }
            };
            let last = aws.repeat(&Run::unrecorded(), call).await.unwrap_err();
            assert!(last.kind == kind && last.may_have_happened(), "{last}");
            let refused = || async { Err::<(), _>(error(ErrorKind::Denied, "AccessDenied", "no")) };
            assert!(!aws.repeat(&Run::unrecorded(), refused).await.unwrap_err().may_have_happened());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_throttled_call_is_sent_until_it_goes_through() {
        let aws = Aws::new(Settings::default());
        let calls = AtomicU32::new(0);
        let call = || async {
            let made = calls.fetch_add(1, Ordering::Relaxed);
            if made < 5 { Err(error(ErrorKind::Throttled, "ThrottlingException", "Rate exceeded")) } else { Ok(made) }
        };
        assert_eq!(aws.once(&Run::unrecorded(), call).await.unwrap(), 5);
    }
}
