//! Patience that the configuration asks for, beyond what each call has by itself.

use std::time::Duration;

use tokio::time::Instant;

use crate::aws::Aws;
use crate::aws::retry::{self, Class};
use crate::resource::{OpError, OpResult, Run};

/// Makes a repeatable call again until `limit` as long as Lambda refuses it for what passes: a role or principal that is
/// not known everywhere yet, or another change under way. Each try has its own budget, even where the limit is shorter.
pub(super) async fn patiently<T, F: Future<Output = OpResult<T>>>(
    aws: &Aws,
    run: &Run<'_>,
    limit: Duration,
    call: impl Fn() -> F,
) -> OpResult<T> {
    let start = Instant::now();
    let mut uncertain = false;
    loop {
        let error = match aws.repeat(run, &call).await {
            Err(error) => error,
            other => return other,
        };
        uncertain |= error.uncertain;
        if !matches!(retry::class(&error), Class::Propagation | Class::Busy) || start.elapsed() >= limit {
            return Err(OpError { uncertain, ..error });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Settings;
    use crate::resource::ErrorKind;

    #[tokio::test(start_paused = true)]
    async fn a_principal_is_waited_for_as_long_as_it_is_asked_for() {
        let aws = Aws::new(Settings::default());
        let run = Run::unrecorded();
        let refused =
            |message| async move { Err::<(), _>(OpError::new(ErrorKind::Invalid, "lambda:AddPermission", message)) };
        let unknown = || refused("The provided principal was invalid.");
        let start = Instant::now();
        assert!(patiently(&aws, &run, Duration::ZERO, unknown).await.is_err());
        assert!(start.elapsed() < Duration::from_secs(60));
        let start = Instant::now();
        assert!(patiently(&aws, &run, Duration::from_secs(300), unknown).await.is_err());
        assert!((300..400).contains(&start.elapsed().as_secs()));
        let start = Instant::now();
        assert!(patiently(&aws, &run, Duration::from_secs(300), || refused("no such action")).await.is_err());
        assert_eq!(start.elapsed(), Duration::ZERO, "a final refusal is not tried again");
    }
}
