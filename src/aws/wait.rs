//! Waiting for a state that AWS reaches by itself.

use std::time::Duration;

use tokio::time::Instant;

use crate::resource::{ErrorKind, OpError, OpResult, Run};

/// Asks until the answer is `Some`, at first after 0.1 s and then less and less often, at most every 5 s. `what` ends the
/// sentence "waiting for …".
pub async fn until<T, F: Future<Output = OpResult<Option<T>>>>(
    run: &Run<'_>,
    timeout: Duration,
    what: &str,
    ask: impl Fn() -> F,
) -> OpResult<T> {
    let start = Instant::now();
    let mut delay = Duration::from_millis(100);
    let mut told = false;
    loop {
        if let Some(found) = ask().await? {
            return Ok(found);
        }
        if start.elapsed() + delay > timeout {
            let message = format!("waited {} s for {what}", timeout.as_secs());
            return Err(OpError::new(ErrorKind::Timeout, "wait", message));
        }
        if !told && start.elapsed() > Duration::from_secs(3) {
            run.note(format!("waiting for {what}"));
            told = true;
        }
        tracing::trace!(?delay, "asks again later whether AWS is done");
        tokio::time::sleep(delay).await;
        delay = (delay * 3 / 2).min(Duration::from_secs(5));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test(start_paused = true)]
    async fn a_wait_ends_with_the_answer_or_in_time() {
        let asked = AtomicU32::new(0);
        let ask = || async { Ok((asked.fetch_add(1, Ordering::Relaxed) == 4).then_some("ready")) };
        let run = Run::unrecorded();
        assert_eq!(until(&run, Duration::from_secs(60), "it", ask).await.unwrap(), "ready");
        let never = || async { Ok(None::<()>) };
        let error = until(&run, Duration::from_secs(60), "it", never).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Timeout);
    }
}
