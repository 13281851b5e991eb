//! One program of this machine, run to its end: its output line by line, and its end when the run is stopped (P8).

use std::io::{BufRead, BufReader, PipeReader};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::sync::{oneshot, watch};

use super::run::Stop;

/// How much of the output is kept for the message of a failure.
const KEPT: usize = 8 * 1024;

/// How long output is awaited when the program has ended: what it left running may hold the other end for good.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// How a program ended.
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    /// The end of what it said.
    pub(super) output: String,
    /// Whether it was told to end.
    pub(super) stopped: bool,
}

/// Runs a program. Its standard streams are none and one pipe, so that lines of both outputs keep their order. The first
/// sign to stop asks the program and all that it started to end, the second kills them, and so does dropping the future.
pub(super) async fn run(
    mut command: Command,
    say: impl Fn(String) + Send + 'static,
    stop: &mut watch::Receiver<Stop>,
) -> std::io::Result<Ended> {
    let (reader, writer) = std::io::pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer).kill_on_drop(true);
    #[cfg(unix)]
    command.process_group(0);
    let mut child = command.spawn()?;
    let mut group = Group::of(&child);
    // The command holds our own ends of the pipe, which would never close.
    drop(command);
    let output = listen(reader, say)?;
    let mut stopped = false;
    let status = loop {
        let signal = *stop.borrow_and_update();
        match signal {
            Stop::No => {}
            Stop::Drain => group.ask_to_end(&mut child),
            Stop::Abort => group.kill(&mut child),
        }
        stopped |= signal != Stop::No;
        tokio::select! {
            status = child.wait() => break status?,
            changed = stop.changed() => {
                if changed.is_err() {
                    // Nobody can stop the run any more.
                    break child.wait().await?;
                }
            }
        }
    };
    if stopped {
        group.kill(&mut child);
    }
    group.leave();
    let output = tokio::time::timeout(LAST_WORDS, output).await;
    Ok(Ended { status, output: output.ok().and_then(Result::ok).unwrap_or_default(), stopped })
}

/// Reads lines until the other end is closed. In a thread of its own: a pipe has no way to be read without waiting on
/// every system, and what a program left running may keep it open for good.
fn listen(reader: PipeReader, say: impl Fn(String) + Send + 'static) -> std::io::Result<oneshot::Receiver<String>> {
    let (sender, output) = oneshot::channel();
    std::thread::Builder::new().name("output of a program".into()).spawn(move || {
        let mut reader = BufReader::new(reader);
        let mut kept = String::new();
        let mut line = Vec::new();
        while matches!(reader.read_until(b'\n', &mut line), Ok(length) if length > 0) {
            let text = String::from_utf8_lossy(&line);
            kept.push_str(&text);
            if kept.len() > KEPT {
                let from = kept.ceil_char_boundary(kept.len() - KEPT);
                kept.drain(..from);
            }
            say(text.trim_end_matches(['\n', '\r']).to_owned());
            line.clear();
        }
        // Nobody waits for it when the program was left behind.
        let _ = sender.send(kept);
    })?;
    Ok(output)
}

/// A program and all that it started.
struct Group {
    #[cfg(unix)]
    leader: Option<rustix::process::Pid>,
}

#[cfg(unix)]
impl Group {
    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self { leader: id.and_then(rustix::process::Pid::from_raw) }
    }

    fn ask_to_end(&self, _: &mut Child) {
        self.signal(rustix::process::Signal::TERM);
    }

    fn kill(&self, _: &mut Child) {
        self.signal(rustix::process::Signal::KILL);
    }

    fn signal(&self, signal: rustix::process::Signal) {
        if let Some(leader) = self.leader {
            // A group whose members have all ended is what was wanted.
            let _ = rustix::process::kill_process_group(leader, signal);
        }
    }

    /// Lets what is left of the group run on.
    fn leave(&mut self) {
        self.leader = None;
    }
}

#[cfg(unix)]
impl Drop for Group {
    fn drop(&mut self) {
        self.signal(rustix::process::Signal::KILL);
    }
}

#[cfg(not(unix))]
impl Group {
    fn of(_: &Child) -> Self {
        Self {}
    }

    fn ask_to_end(&self, child: &mut Child) {
        self.kill(child);
    }

    fn kill(&self, child: &mut Child) {
        // A program that has ended is what was wanted.
        let _ = child.start_kill();
    }

    fn leave(&mut self) {}
}

#[cfg(all(test, unix))]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::Instant;

    use super::*;

    async fn shell(script: &str, stop: &mut watch::Receiver<Stop>) -> (Ended, Vec<String>) {
        let lines: Arc<Mutex<Vec<String>>> = Arc::default();
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        let heard = lines.clone();
        let ended = run(command, move |line| heard.lock().expect("nobody panics with it").push(line), stop)
            .await
            .expect("the process starts");
        let lines = lines.lock().expect("nobody panics with it").clone();
        (ended, lines)
    }

    #[tokio::test]
    async fn lines_of_both_outputs_keep_their_order() {
        let (_sender, mut stop) = watch::channel(Stop::No);
        let (ended, lines) = shell("echo a; echo b >&2; printf 'c\\377'; exit 3", &mut stop).await;
        assert_eq!(lines, ["a", "b", "c\u{fffd}"]);
        assert_eq!((ended.status.code(), ended.stopped), (Some(3), false));
        assert_eq!(ended.output, "a\nb\nc\u{fffd}");
    }

    #[tokio::test]
    async fn a_program_is_asked_to_end_with_all_that_it_started() {
        let (sender, mut stop) = watch::channel(Stop::No);
        let asked = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            sender.send(Stop::Drain).unwrap();
        };
        let (result, ()) = tokio::join!(shell("trap 'echo bye; exit 4' TERM; sleep 60 & wait", &mut stop), asked);
        let (ended, lines) = result;
        assert_eq!(lines, ["bye"]);
        assert_eq!((ended.status.code(), ended.stopped), (Some(4), true));
    }

    #[tokio::test]
    async fn a_program_that_does_not_listen_is_killed_by_the_second_sign() {
        let (sender, mut stop) = watch::channel(Stop::No);
        let asked = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            sender.send(Stop::Drain).unwrap();
            tokio::time::sleep(Duration::from_millis(100)).await;
            sender.send(Stop::Abort).unwrap();
        };
        let (result, ()) = tokio::join!(shell("trap '' TERM; while :; do sleep 1; done", &mut stop), asked);
        assert_eq!(result.0.status.code(), None);
    }

    #[tokio::test]
    async fn what_a_program_leaves_running_is_not_awaited() {
        let (_sender, mut stop) = watch::channel(Stop::No);
        let begin = Instant::now();
        let (ended, lines) = shell("sleep 20 & echo started $!", &mut stop).await;
        assert!(ended.status.success() && begin.elapsed() < Duration::from_secs(15));
        let left = lines[0].strip_prefix("started ").unwrap().parse().unwrap();
        let left = rustix::process::Pid::from_raw(left).unwrap();
        rustix::process::kill_process(left, rustix::process::Signal::KILL).expect("it runs on");
    }
}
