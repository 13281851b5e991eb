//! The local emulator that `--local` works with: found again, started, stopped.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::context::Context;
use super::emulator::{self, Launch, is_ready};
use super::exit::Exit;
use crate::diagnostic::Diagnostic;

/// Where the running emulator is noted, below the folder it was started from.
const RECORD: &str = "state/local/ministack.json";
/// Where the emulator keeps its log and what its Lambda processes leave behind.
const FOLDER: &str = "state/local/ministack";
const PATIENCE: Duration = Duration::from_secs(30);

/// Start, find or stop the local emulator
///
/// It plays the part of AWS for `--local`: on a loopback port of this machine, without an account. What it holds is in
/// memory and ends with it.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  recon local up")]
pub(crate) struct LocalArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Clone, Copy, Debug)]
enum Action {
    /// Start the emulator, unless it runs already
    Up,
    /// Say whether the emulator runs, and where
    Status {
        /// Print one JSON object
        #[arg(long, conflicts_with = "url")]
        json: bool,
        /// Print nothing but its address; exits with 1 where it does not run
        #[arg(long)]
        url: bool,
    },
    /// Stop the emulator; what it holds is gone
    Down,
}

/// A running emulator, as noted on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Running {
    /// Its process.
    pub(crate) pid: u32,
    /// Its loopback port.
    pub(crate) port: u16,
}

impl Running {
    /// Its address.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// Runs the command.
pub(crate) fn run(args: &LocalArgs, cx: &mut Context) -> Option<Exit> {
    match args.action {
        Action::Up => up(cx),
        Action::Status { url: true, .. } => address(cx),
        Action::Status { json, .. } => status(json, cx),
        Action::Down => down(cx),
    }
}

fn up(cx: &mut Context) -> Option<Exit> {
    let running = find_or_start(cx)?;
    cx.output.result(&format!("The local emulator is ready at {}\n", running.endpoint()));
    Some(Exit::Success)
}

fn status(as_json: bool, cx: &Context) -> Option<Exit> {
    let running = find(&folder());
    if as_json {
        let json = match &running {
            Some((running, _)) => {
                json!({"running": true, "endpoint": running.endpoint(), "port": running.port, "pid": running.pid})
            }
            None => json!({"running": false}),
        };
        cx.output.result(&format!("{json}\n"));
        return Some(Exit::Success);
    }
    cx.output.result(&match running {
        Some((running, _)) => {
            format!("The local emulator is ready at {} (process {}).\n", running.endpoint(), running.pid)
        }
        None => "The local emulator does not run. `recon local up` starts it.\n".to_owned(),
    });
    Some(Exit::Success)
}

fn address(cx: &mut Context) -> Option<Exit> {
    let Some((running, _)) = find(&folder()) else {
        cx.problems
            .error("Emulator does not run")
            .detail("No local emulator was started in this folder or one above it.")
            .help("Start it with `recon local up`.");
        return None;
    };
    cx.output.result(&format!("{}\n", running.endpoint()));
    Some(Exit::Success)
}

fn down(cx: &mut Context) -> Option<Exit> {
    let Some((running, record)) = find(&folder()) else {
        cx.output.result("The local emulator does not run.\n");
        return Some(Exit::Success);
    };
    if !is_ours(running.pid) {
        cx.problems.error("Not our emulator").detail(format!(
            "Something answers at {}, but process {} is not the emulator that recon started.",
            running.endpoint(),
            running.pid
        ));
        return None;
    }
    let asked = Command::new("kill").arg(running.pid.to_string()).stderr(Stdio::null()).status();
    let deadline = Instant::now() + PATIENCE;
    while is_ready(running.port) && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(50));
    }
    if is_ready(running.port) || !asked.is_ok_and(|status| status.success()) {
        cx.problems.error("Emulator does not stop").detail(format!(
            "Process {} was asked to end and still answers at {}.",
            running.pid,
            running.endpoint()
        ));
        return None;
    }
    // A record that stays is found stale the next time.
    let _ = std::fs::remove_file(&record);
    if let Some(state) = record.parent() {
        let _ = std::fs::remove_dir_all(state.join("ministack"));
    }
    cx.output.result("The local emulator was stopped; what it held is gone.\n");
    Some(Exit::Success)
}

/// The emulator that runs for this folder or one above it, started if there is none.
pub(crate) fn find_or_start(cx: &mut Context) -> Option<Running> {
    let folder = folder();
    if let Some((running, _)) = find(&folder) {
        return Some(running);
    }
    let program = match program(&folder) {
        Ok(program) => program,
        Err(problem) => {
            cx.problems.push(*problem);
            return None;
        }
    };
    cx.output.message("Starting the local emulator...\n");
    match start(&folder, &program) {
        Ok(running) => Some(running),
        Err(why) => {
            let log = folder.join(FOLDER).join("ministack.log");
            cx.problems
                .error("Emulator does not start")
                .detail(format!("The local emulator did not start: {why}."))
                .help(format!("Its log is {}.", log.display()));
            None
        }
    }
}

fn folder() -> PathBuf {
    std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."))
}

fn find(folder: &Path) -> Option<(Running, PathBuf)> {
    folder.ancestors().find_map(|folder| {
        let record = folder.join(RECORD);
        let running: Running = serde_json::from_slice(&std::fs::read(&record).ok()?).ok()?;
        is_ready(running.port).then_some((running, record))
    })
}

fn program(folder: &Path) -> Result<PathBuf, Box<Diagnostic>> {
    let installed = folder.ancestors().map(emulator::installed).find(|program| program.is_file());
    let on_path = || {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).map(|folder| folder.join("ministack")).find(|program| program.is_file())
    };
    installed.or_else(on_path).ok_or_else(|| {
        Box::new(Diagnostic::error("Emulator not installed").with(|d| {
            d.detail(format!(
                "`--local` needs the emulator ministack, and there is neither `.venv/bin/ministack` in {} or a folder above \
                 it nor `ministack` on the PATH.",
                folder.display()
            ));
            d.help("Run `make setup` in recon's folder, or `pip install ministack`.");
        }))
    })
}

fn start(folder: &Path, program: &Path) -> Result<Running, String> {
    let own = folder.join(FOLDER);
    // Another process may take the port between its choice and its use.
    for _ in 0..3 {
        let port = emulator::free_port().map_err(|error| error.to_string())?;
        let launch = Launch { program: program.to_path_buf(), port, folder: own.clone(), auth: false };
        let mut child = launch.start_detached().map_err(|error| error.to_string())?;
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if is_ready(port) {
                let running = Running { pid: child.id(), port };
                note(folder, &running).map_err(|error| format!("cannot note it in {RECORD}: {error}"))?;
                return Ok(running);
            }
            if matches!(child.try_wait(), Ok(Some(_)) | Err(_)) {
                break;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        if matches!(child.try_wait(), Ok(None)) {
            let _ = child.kill();
            return Err(format!("it did not answer within {} seconds", PATIENCE.as_secs()));
        }
    }
    Err("it ended at once".to_owned())
}

fn note(folder: &Path, running: &Running) -> std::io::Result<()> {
    let record = folder.join(RECORD);
    let parent = record.parent().unwrap_or(folder);
    std::fs::create_dir_all(parent)?;
    let mut file = tempfile::NamedTempFile::new_in(parent)?;
    serde_json::to_writer(&mut file, running)?;
    file.persist(record).map_err(|error| error.error)?;
    Ok(())
}

/// Whether a process is the emulator: another one may have got its number since.
fn is_ours(pid: u32) -> bool {
    let pid = pid.to_string();
    let listed = Command::new("ps").args(["-o", "args=", "-p", &pid]).stderr(Stdio::null()).output();
    let by_ps = listed.ok().map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let by_proc =
        || std::fs::read(format!("/proc/{pid}/cmdline")).ok().map(|c| String::from_utf8_lossy(&c).into_owned());
    by_ps.or_else(by_proc).is_some_and(|command| command.contains("ministack"))
}
