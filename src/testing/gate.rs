//! A way to an emulator on which things go wrong: answers get lost, calls are held, refused or answered with a failure.

mod action;
mod request;

use std::collections::{BTreeSet, HashSet};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use request::Request;

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

/// What befalls one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It gets no further, and its caller waits until it gives up or is ended.
    HeldBefore,
    /// It is carried out, and its caller waits until it gives up or is ended.
    HeldAfter,
    /// It is carried out, and the connection ends instead of an answer.
    Lost,
    /// It is refused because there were too many, in the form of its service.
    Throttled,
    /// It fails at the service before anything is done.
    Failed,
    /// It is carried out, and the service fails afterwards.
    FailedAfter,
    /// It is refused with a code and a message, in the form of its service.
    Refused(&'static str, &'static str),
}

impl Fault {
    /// Each kind that befalls calls of any service.
    pub const ALL: [Self; 6] =
        [Self::HeldBefore, Self::HeldAfter, Self::Lost, Self::Throttled, Self::Failed, Self::FailedAfter];

    /// Whether the caller gets neither an answer nor the end of its connection.
    pub fn is_held(self) -> bool {
        matches!(self, Self::HeldBefore | Self::HeldAfter)
    }

    fn is_carried_out(self) -> bool {
        matches!(self, Self::HeldAfter | Self::Lost | Self::FailedAfter)
    }
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
    /// What befalls the call of which number.
    script: Option<(usize, Fault)>,
    calls: Vec<String>,
    /// What the calls of all kinds are called in IAM.
    actions: BTreeSet<String>,
    befallen: Option<String>,
}

impl Gate {
    /// Opens a way to the emulator on a port. Nothing gets lost at first.
    pub fn open(emulator: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port is free");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        let rule = Rule {
            loses: Loses::Nothing,
            seen: HashSet::new(),
            lost: Vec::new(),
            script: None,
            calls: Vec::new(),
            actions: BTreeSet::new(),
            befallen: None,
        };
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

    /// From now on numbers the calls that change something, from 1, and has a fault befall the one of the given number.
    pub fn befall(&self, script: Option<(usize, Fault)>) {
        let mut rule = self.shared.rule();
        rule.script = script;
        rule.calls.clear();
        rule.befallen = None;
    }

    /// The calls that change something since `befall` was last called.
    pub fn calls(&self) -> Vec<String> {
        self.shared.rule().calls.clone()
    }

    /// What the calls since this was last asked are called in IAM, those that read included.
    pub fn actions(&self) -> BTreeSet<String> {
        std::mem::take(&mut self.shared.rule().actions)
    }

    /// The call that the fault befell: if its caller waits, all that is done of it is done.
    pub fn befallen(&self) -> Option<String> {
        self.shared.rule().befallen.clone()
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
        self.rule().actions.insert(request.action.clone());
        let fault = self.fault(&request);
        let answer = match fault {
            Some(fault) if !fault.is_carried_out() => None,
            _ => Some(self.forward(&request)?),
        };
        if let Some(fault) = fault {
            self.rule().befallen = Some(request.call.clone());
            return match fault {
                Fault::HeldBefore | Fault::HeldAfter => hold(&mut caller),
                Fault::Lost => Ok(()),
                Fault::Throttled => caller.write_all(&request.throttled()),
                Fault::Failed | Fault::FailedAfter => caller.write_all(&request.failed()),
                Fault::Refused(code, message) => caller.write_all(&request.refused(400, code, message)),
            };
        }
        match self.is_lost(&request) {
            Loses::Nothing => caller.write_all(&answer.unwrap_or_default()),
            Loses::EachOnce => Ok(()),
            Loses::Next => hold(&mut caller),
        }
    }

    fn forward(&self, request: &Request) -> io::Result<Vec<u8>> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.emulator));
        let mut emulator = TcpStream::connect_timeout(&address, Duration::from_secs(5))?;
        emulator.write_all(&request.forwarded)?;
        let mut answer = Vec::new();
        emulator.read_to_end(&mut answer)?;
        Ok(answer)
    }

    fn fault(&self, request: &Request) -> Option<Fault> {
        if !request.changes_something() {
            return None;
        }
        let mut rule = self.rule();
        rule.calls.push(request.call.clone());
        let number = rule.calls.len();
        rule.script.filter(|(at, _)| *at == number).map(|(_, fault)| fault)
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

/// Waits until the caller gives up or is ended.
fn hold(caller: &mut TcpStream) -> io::Result<()> {
    let _ = caller.read(&mut [0]);
    Ok(())
}
