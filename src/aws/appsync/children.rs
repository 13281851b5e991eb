//! What all children of an API share: one writer for each API, and parents that are made but not yet seen everywhere.

use std::time::Duration;

use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

use crate::aws::Aws;
use crate::resource::{ErrorKind, OpError, OpResult, Run};

/// How long a parent may be unknown after it was made.
const PARENT_APPEARS: Duration = Duration::from_secs(10);

/// Waits for the turn to change an API. The turn ends when the guard is dropped.
pub(super) async fn turn(aws: &Aws, api_id: &str) -> OwnedMutexGuard<()> {
    aws.queues().enter(&format!("appsync:{api_id}")).await
}

/// Makes a child of an API. A parent or data source made seconds ago may still be answered as not found.
pub(super) async fn create<T, F: Future<Output = OpResult<T>>>(
    aws: &Aws,
    run: &Run<'_>,
    call: impl Fn() -> F,
) -> OpResult<T> {
    let start = Instant::now();
    let mut delay = Duration::from_millis(250);
    loop {
        match aws.once(run, &call).await {
            Err(error) if error.kind == ErrorKind::Gone && start.elapsed() + delay <= PARENT_APPEARS => {
                tokio::time::sleep(delay).await;
                delay = (delay * 2).min(Duration::from_secs(2));
            }
            result => return result,
        }
    }
}

/// Changes a child of an API, which may now use another child made seconds ago.
pub(super) async fn update<T, F: Future<Output = OpResult<T>>>(
    aws: &Aws,
    run: &Run<'_>,
    call: impl Fn() -> F,
) -> OpResult<T> {
    create(aws, run, || aws.repeat(run, &call)).await
}

/// A refusal because of a name in use as a conflict that says what to do.
pub(super) fn taken(mut error: OpError, what: &str, import_id: &str) -> OpError {
    let message = error.message.to_lowercase();
    if message.contains("already exists") || message.contains("only one resolver is allowed") {
        error.kind = ErrorKind::Conflict;
        return error.help(format!("Import {what} with the id `{import_id}`, or delete the one that is there."));
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Settings;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test(start_paused = true)]
    async fn a_parent_that_appears_late_is_waited_for_and_one_that_never_does_is_an_error() {
        let aws = Aws::new(Settings::default());
        let run = Run::unrecorded();
        let calls = AtomicU32::new(0);
        let gone = || OpError::new(ErrorKind::Gone, "appsync:CreateResolver", "No data source found named posts");
        let late = || async { if calls.fetch_add(1, Ordering::Relaxed) < 3 { Err(gone()) } else { Ok(()) } };
        assert!(create(&aws, &run, late).await.is_ok());
        let start = Instant::now();
        let never = create(&aws, &run, || async { Err::<(), _>(gone()) }).await;
        assert_eq!(never.unwrap_err().kind, ErrorKind::Gone);
        assert!((5..=10).contains(&start.elapsed().as_secs()));
    }

    #[test]
    fn a_taken_name_is_a_conflict_with_a_cure() {
        let refused =
            OpError::new(ErrorKind::Invalid, "appsync:CreateResolver", "Only one resolver is allowed per field.");
        let error = taken(refused, "the resolver", "api-Query-posts");
        assert_eq!(error.kind, ErrorKind::Conflict);
        assert!(error.help.is_some_and(|help| help.contains("api-Query-posts")));
    }
}
