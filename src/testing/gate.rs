//! A way to an emulator on which answers get lost: the call is carried out, and the caller never hears of it.

use std::collections::HashSet;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// Which answers get lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loses {
    /// None.
    Nothing,
    /// That of the next call that changes something and has not lost one; the caller waits until it gives up.
    Next,
    /// The first one of each call that changes something: the connection ends instead.
    EachOnce,
}

/// The way, on a loopback port of its own.
pub struct Gate {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    emulator: u16,
    is_open: AtomicBool,
    // Connections are served side by side; each looks here once per call.
    rule: Mutex<Rule>,
}

struct Rule {
    loses: Loses,
    seen: HashSet<String>,
    lost: Vec<String>,
}

impl Gate {
    /// Opens a way to the emulator on a port. Nothing gets lost at first.
    pub fn open(emulator: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port is free");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        let rule = Rule { loses: Loses::Nothing, seen: HashSet::new(), lost: Vec::new() };
        let shared = Arc::new(Shared { emulator, is_open: AtomicBool::new(true), rule: Mutex::new(rule) });
        let serving = shared.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if !serving.is_open.load(Ordering::Relaxed) {
                    break;
                }
                let shared = serving.clone();
                // A caller that goes away in the middle is what this is for.
                thread::spawn(move || drop(shared.serve(stream)));
            }
        });
        Self { port, shared }
    }

    /// Its address, such as `http://127.0.0.1:4701`.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// From now on loses these answers.
    pub fn lose(&self, loses: Loses) {
        self.shared.rule().loses = loses;
    }

    /// Whether an answer was lost since `lost` was last asked.
    pub fn has_lost(&self) -> bool {
        !self.shared.rule().lost.is_empty()
    }

    /// The calls whose answers were lost since this was last asked.
    pub fn lost(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.rule().lost)
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.shared.is_open.store(false, Ordering::Relaxed);
        // The listener waits for one more connection before it looks.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

impl Shared {
    fn rule(&self) -> std::sync::MutexGuard<'_, Rule> {
        self.rule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, mut caller: TcpStream) -> io::Result<()> {
        let Some(request) = Request::read(&caller)? else {
            return Ok(());
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.emulator));
        let mut emulator = TcpStream::connect_timeout(&address, Duration::from_secs(5))?;
        emulator.write_all(&request.forwarded)?;
        let mut answer = Vec::new();
        emulator.read_to_end(&mut answer)?;
        match self.is_lost(&request) {
            Loses::Nothing => caller.write_all(&answer),
            Loses::EachOnce => Ok(()),
            Loses::Next => {
                // Until the caller gives up or is ended.
                let _ = caller.read(&mut [0]);
                Ok(())
            }
        }
    }

    fn is_lost(&self, request: &Request) -> Loses {
        let mut rule = self.rule();
        if !request.changes_something() {
            return Loses::Nothing;
        }
        let loses = rule.loses;
        let found = match loses {
            Loses::Next if rule.seen.insert(request.identity()) => {
                rule.loses = Loses::Nothing;
                loses
            }
            Loses::EachOnce if rule.seen.insert(request.identity()) => Loses::EachOnce,
            Loses::Next | Loses::EachOnce | Loses::Nothing => Loses::Nothing,
        };
        if found != Loses::Nothing {
            rule.lost.push(request.call.clone());
        }
        found
    }
}

struct Request {
    /// Such as `CreateTable` or `POST /v1/apis`.
    call: String,
    body: Vec<u8>,
    forwarded: Vec<u8>,
}

impl Request {
    /// The request on a connection, or nothing where there is none.
    fn read(caller: &TcpStream) -> io::Result<Option<Self>> {
        let mut reader = BufReader::new(caller);
        let mut first = String::new();
        if reader.read_line(&mut first)? == 0 {
            return Ok(None);
        }
        let (mut head, mut length, mut target) = (first.clone(), 0, None);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            match name.to_ascii_lowercase().as_str() {
                "connection" => continue,
                "content-length" => length = value.trim().parse().map_err(io::Error::other)?,
                "x-amz-target" => target = value.trim().rsplit('.').next().map(str::to_owned),
                _ => {}
            }
            head.push_str(&line);
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let action = || {
            let form = String::from_utf8_lossy(&body);
            form.split('&').find_map(|pair| pair.strip_prefix("Action=")).map(str::to_owned)
        };
        let path = || first.rsplit_once(' ').map_or(first.clone(), |(call, _)| call.to_owned());
        let call = target.or_else(action).unwrap_or_else(path);
        // Without keeping the connection, its end is the end of the answer.
        let forwarded = [format!("{head}connection: close\r\n\r\n").as_bytes(), &body].concat();
        Ok(Some(Self { call, body, forwarded }))
    }

    fn changes_something(&self) -> bool {
        !["GET ", "Get", "List", "Describe"].iter().any(|reads| self.call.starts_with(reads))
    }

    fn identity(&self) -> String {
        format!("{} {}", self.call, String::from_utf8_lossy(&self.body))
    }
}
