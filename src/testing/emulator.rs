//! Emulators for a test: started on a free loopback port, stopped by process id when dropped.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::aws::{self, Aws, Settings};
use crate::cli::emulator::{self, Launch, REGION};
use crate::resource::Registry;

/// Which emulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// ministack, which has all the services.
    Ministack,
    /// ministack that verifies signatures and enforces IAM policies.
    MinistackWithAuth,
    /// moto, a second opinion.
    Moto,
}

/// A running emulator.
pub struct Emulator {
    kind: Kind,
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Emulator {
    /// Starts an emulator and waits until it answers. What `make` installs must be there.
    pub fn start(kind: Kind) -> Self {
        // Another process may take the port between its choice and its use.
        for _ in 0..5 {
            let port = emulator::free_port().expect("a loopback port is free");
            let folder = tempfile::tempdir().expect("a temporary folder can be made");
            let mut child = launch(kind, port, folder.path());
            if wait(&mut child, kind, port) {
                let started = Self { kind, child, port, folder };
                started.prepare();
                return started;
            }
        }
        panic!("the emulator {kind:?} does not start; run `make setup` first");
    }

    /// Its address, such as `http://127.0.0.1:4701`.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A folder that goes with it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Settings that point every service at it.
    pub fn settings(&self) -> Settings {
        Settings {
            region: Some(REGION.into()),
            keys: Some(("test".into(), "test".into(), None)),
            endpoint: Some(self.endpoint()),
            ..Settings::default()
        }
    }

    /// Clients of it.
    pub fn aws(&self) -> Aws {
        Aws::new(self.settings())
    }

    /// Every resource type, on it.
    pub fn registry(&self) -> Registry {
        aws::registry(&self.aws())
    }

    fn prepare(&self) {
        if self.kind == Kind::Moto {
            let config = ureq::post(format!("{}/moto-api/config", self.endpoint()))
                .header("content-type", "application/json")
                .send(r#"{"lambda":{"use_docker":false}}"#);
            config.expect("moto takes its configuration");
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // Politely first: ministack ends its Lambda processes on SIGTERM.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(5) {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn launch(kind: Kind, port: u16, folder: &Path) -> Child {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let missing = "the emulator is installed; run `make setup` first";
    match kind {
        Kind::Ministack | Kind::MinistackWithAuth => {
            let auth = kind == Kind::MinistackWithAuth;
            let program = emulator::installed(root);
            Launch { program, port, folder: PathBuf::from(folder), auth }.start().expect(missing)
        }
        Kind::Moto => Command::new(root.join(".venv-moto/bin/moto_server"))
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .env("MOTO_ACCOUNT_ID", emulator::ACCOUNT)
            .env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
            .env("TMPDIR", folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect(missing),
    }
}

fn wait(child: &mut Child, kind: Kind, port: u16) -> bool {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(60) {
        let ready = match kind {
            Kind::Moto => emulator::get(port, "/moto-api/data.json").is_some_and(|a| a.starts_with("HTTP/1.1 200")),
            Kind::Ministack | Kind::MinistackWithAuth => emulator::is_ready(port),
        };
        if ready {
            return true;
        }
        if matches!(child.try_wait(), Ok(Some(_))) {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = child.kill();
    let _ = child.wait();
    false
}
