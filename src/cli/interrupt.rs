//! Ctrl-C and SIGTERM: the first begins nothing new, the second aborts what is under way (P8).

use std::time::Duration;

use tokio::sync::watch;

use crate::apply::run::Stop;

/// What is under way may take so long after the first signal; those who send it often kill after ten seconds.
const PATIENCE: Duration = Duration::from_secs(6);

/// Listens for signals from now on. Before this is called, and for commands that never call it, a signal ends the process.
pub(crate) fn listen() -> watch::Receiver<Stop> {
    let (sender, receiver) = watch::channel(Stop::No);
    tokio::spawn(async move {
        let mut signals = Signals::new();
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

/// The result of some work, or nothing if a signal came first. Only for work that changes nothing.
pub(crate) async fn unless_stopped<T>(stop: &watch::Receiver<Stop>, work: impl Future<Output = T>) -> Option<T> {
    let mut stop = stop.clone();
    tokio::select! {
        result = work => Some(result),
        _ = stop.wait_for(|stop| *stop != Stop::No) => None,
    }
}

#[cfg(unix)]
struct Signals {
    terminate: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> Self {
        Self { terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).ok() }
    }

    async fn next(&mut self) {
        let terminated = async {
            match &mut self.terminate {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminated => {}
        }
    }
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
