//! Patience with what IAM does not know everywhere yet.

use std::time::Duration;

use tokio::time::Instant;

use crate::aws::Aws;
use crate::resource::{ErrorKind, OpResult, Run};

/// How long an object made moments ago may stay invisible. Parents are made before their children, so a parent that is
/// still unknown after this time was deleted by somebody else.
const BUDGET: Duration = Duration::from_secs(10);

/// Makes a repeatable call on an object that may have been made moments ago: "no such entity" is not final at first,
/// unless `settled` says that this very refusal is.
pub(super) async fn once_visible<T, F: Future<Output = OpResult<T>>>(
    aws: &Aws,
    run: &Run<'_>,
    settled: impl Fn(&str) -> bool,
    call: impl Fn() -> F,
) -> OpResult<T> {
    let start = Instant::now();
    let mut delay = Duration::from_millis(250);
    loop {
        match aws.repeat(run, &call).await {
            Err(error)
                if error.kind == ErrorKind::Gone && !settled(&error.message) && start.elapsed() + delay < BUDGET =>
            {
                tokio::time::sleep(delay).await;
                delay = (delay * 2).min(Duration::from_secs(2));
            }
            other => return other,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::aws::Settings;
    use crate::resource::OpError;

    #[tokio::test(start_paused = true)]
    async fn an_object_is_waited_for_but_not_for_ever() {
        let aws = Aws::new(Settings::default());
        let run = Run::unrecorded();
        let calls = AtomicU32::new(0);
        let gone = || OpError::new(ErrorKind::Gone, "iam:PutRolePolicy", "The role with name r cannot be found.");
        let soon = || async { if calls.fetch_add(1, Ordering::Relaxed) < 3 { Err(gone()) } else { Ok(()) } };
        assert!(once_visible(&aws, &run, |_| false, soon).await.is_ok());
        let never = || async { Err::<(), _>(gone()) };
        assert_eq!(once_visible(&aws, &run, |_| false, never).await.unwrap_err().kind, ErrorKind::Gone);
        let start = Instant::now();
        assert!(once_visible(&aws, &run, |_| true, never).await.is_err());
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
