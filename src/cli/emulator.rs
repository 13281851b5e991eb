//! The local emulator as a process on a loopback port, for `--local`.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The account that the emulator plays.
pub const ACCOUNT: &str = "123456789012";
/// The region that the emulator plays.
pub const REGION: &str = "us-east-1";

/// How to start the emulator.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The program, as installed by `make`: `.venv/bin/ministack`.
    pub program: PathBuf,
    /// The loopback port.
    pub port: u16,
    /// A folder of the run's own: what Lambda processes leave behind, and the log.
    pub folder: PathBuf,
    /// Whether signatures and IAM policies are enforced.
    pub auth: bool,
}

impl Launch {
    /// Starts the process. It may not be ready yet; see `is_ready`.
    pub fn start(&self) -> io::Result<Child> {
        self.command()?.spawn()
    }

    /// Starts the process in a process group of its own, so that neither Ctrl-C nor the end of this process ends it.
    pub fn start_detached(&self) -> io::Result<Child> {
        let mut command = self.command()?;
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command.spawn()
    }

    fn command(&self) -> io::Result<Command> {
        std::fs::create_dir_all(&self.folder)?;
        let log = std::fs::File::create(self.folder.join("ministack.log"))?;
        let mut command = Command::new(&self.program);
        // Lambda processes inherit the server's environment, so it gets none but what it needs.
        command.env_clear();
        for name in ["PATH", "HOME"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
            .env("TMPDIR", &self.folder)
            .env("GATEWAY_PORT", self.port.to_string())
            .env("BIND_HOST", "127.0.0.1")
            .env("MINISTACK_HOST", "127.0.0.1")
            .env("MINISTACK_ACCOUNT_ID", ACCOUNT)
            .env("MINISTACK_REGION", REGION)
            .env("LAMBDA_EXECUTOR", "local")
            .env("IOT_MTLS_ENABLED", "0")
            .env("SFTP_ENABLED", "0")
            .env("LOG_LEVEL", "WARNING")
            .env("AUTH", if self.auth { "true" } else { "false" })
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        Ok(command)
    }
}

/// Whether an emulator answers on a loopback port.
pub fn is_ready(port: u16) -> bool {
    get(port, "/_ministack/ready").is_some_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

/// The whole answer to a GET request, or nothing where nobody answers within a second.
pub fn get(port: u16, path: &str) -> Option<String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(1))).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    // A server that keeps the connection open ends the read by its timeout; what came until then counts.
    let _ = stream.read_to_string(&mut answer);
    (!answer.is_empty()).then_some(answer)
}

/// A loopback port that is free now.
pub fn free_port() -> io::Result<u16> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr().map(|address| address.port())
}

/// The emulator that `make` installs into a folder.
pub fn installed(folder: &Path) -> PathBuf {
    folder.join(".venv/bin/ministack")
}
