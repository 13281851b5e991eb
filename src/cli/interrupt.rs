//! Ctrl-C, SIGTERM and SIGHUP: the first begins nothing new, the second aborts what is under way (P8).

use std::time::Duration;

use tokio::sync::watch;

use crate::apply::run::Stop;

/// What is under way may take so long after the first signal; those who send it often kill after ten seconds.
const PATIENCE: Duration = Duration::from_secs(6);

/// Listens for signals from now on. Before this is called, and for commands that never call it, a signal ends the process.
/// A third signal changes nothing: what is left to do then is to save what is known.
pub(crate) fn listen() -> watch::Receiver<Stop> {
    let (sender, receiver) = watch::channel(Stop::No);
    let mut signals = Signals::new();
    tokio::spawn(async move {
        signals.next().await;
        // Nobody listens once the run is over.
        let _ = sender.send(Stop::Drain);
        tokio::select! {
            () = signals.next() => {}
            () = tokio::time::sleep(PATIENCE) => {}
        }
        let _ = sender.send(Stop::Abort);
        // Held open: a receiver would otherwise take the end of this task for news.
        std::future::pending::<()>().await;
    });
    receiver
}

/// The same signs to stop, and an abort when the lock is lost: what is under way then belongs to another run.
pub(crate) fn or_lost(
    mut stop: watch::Receiver<Stop>,
    lost: impl Future<Output = ()> + Send + 'static,
) -> watch::Receiver<Stop> {
    let (sender, receiver) = watch::channel(*stop.borrow_and_update());
    tokio::spawn(async move {
        tokio::pin!(lost);
        loop {
            tokio::select! {
                () = &mut lost => break,
                changed = stop.changed() => {
                    if changed.is_err() {
                        lost.await;
                        break;
                    }
                    let sign = *stop.borrow_and_update();
                    let _ = sender.send(sign);
                }
            }
        }
        let _ = sender.send(Stop::Abort);
        std::future::pending::<()>().await;
    });
    receiver
}

/// The result of some work, or nothing if a signal came first. Only for work that changes nothing.
pub(crate) async fn unless_stopped<T>(stop: &watch::Receiver<Stop>, work: impl Future<Output = T>) -> Option<T> {
    let mut stop = stop.clone();
    tokio::select! {
        result = work => Some(result),
        _ = stop.wait_for(|stop| *stop != Stop::No) => None,
    }
}

#[cfg(unix)]
struct Signals(Vec<tokio::signal::unix::Signal>);

#[cfg(unix)]
impl Signals {
    fn new() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let mut kinds = vec![SignalKind::interrupt(), SignalKind::terminate()];
        if !hangup_is_ignored() {
            kinds.push(SignalKind::hangup());
        }
        Self(kinds.into_iter().filter_map(|kind| signal(kind).ok()).collect())
    }

    async fn next(&mut self) {
        if self.0.is_empty() {
            return std::future::pending().await;
        }
        let all = self.0.iter_mut().map(|signal| Box::pin(signal.recv()));
        futures_util::future::select_all(all).await;
    }
}

/// Whether the process was started to outlive its terminal, as by `nohup`. Told by Linux only.
#[cfg(unix)]
fn hangup_is_ignored() -> bool {
    let ignored = |status: String| {
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
        u64::from_str_radix(mask.trim(), 16).ok()
    };
    std::fs::read_to_string("/proc/self/status").ok().and_then(ignored).is_some_and(|mask| mask & 1 == 1)
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Self {
        Self
    }

    async fn next(&mut self) {
        // Without a way to be told of it, Ctrl-C ends the process as usual.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
