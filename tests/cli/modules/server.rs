//! An HTTP server on this machine that gives what it was told, and ends with its test.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// What is answered.
#[derive(Clone, Default)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    /// The body stops half way, and the connection stays open until the client goes.
    pub(super) stalls: bool,
}

impl Reply {
    pub(super) fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, body: body.into(), ..Self::default() }
    }

    pub(super) fn with(status: u16, header: &str, value: &str) -> Self {
        Self { status, headers: vec![(header.into(), value.into())], ..Self::default() }
    }
}

#[derive(Default)]
struct Shared {
    replies: Mutex<HashMap<String, Reply>>,
    /// Paths asked for, each with its `Authorization` header.
    asked: Mutex<Vec<(String, Option<String>)>>,
    is_over: AtomicBool,
}

/// A server, which ends when it is dropped.
pub(super) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let ours = shared.clone();
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ours.is_over.load(Ordering::SeqCst) {
                    return;
                }
                let (stream, shared) = (stream.unwrap(), ours.clone());
                // A client may go away in the middle; that is its own business.
                std::thread::spawn(move || drop(answer(stream, &shared)));
            }
        });
        Self { address, shared, thread: Some(thread) }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Answers a path, whatever its query is.
    pub(super) fn on(&self, path: &str, reply: Reply) {
        self.shared.replies.lock().unwrap().insert(path.to_owned(), reply);
    }

    /// The paths asked for so far, with their queries.
    pub(super) fn asked(&self) -> Vec<String> {
        self.shared.asked.lock().unwrap().iter().map(|(path, _)| path.clone()).collect()
    }

    /// The tokens that came with requests of a path.
    pub(super) fn tokens(&self, path: &str) -> Vec<Option<String>> {
        let asked = self.shared.asked.lock().unwrap();
        asked.iter().filter(|(asked, _)| asked == path).map(|(_, token)| token.clone()).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        // Wakes the listener.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn answer(stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut token = None;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("authorization")
        {
            token = Some(value.trim().to_owned());
        }
    }
    let asked = first.split_whitespace().nth(1).unwrap_or_default().to_owned();
    let path = asked.split('?').next().unwrap_or_default().to_owned();
    shared.asked.lock().unwrap().push((asked, token));
    let reply = shared.replies.lock().unwrap().get(&path).cloned();
    let reply = reply.unwrap_or(Reply { status: 404, ..Reply::default() });
    let mut stream = stream;
    write!(stream, "HTTP/1.1 {} x\r\nConnection: close\r\nContent-Length: {}\r\n", reply.status, reply.body.len())?;
    for (name, value) in &reply.headers {
        write!(stream, "{name}: {value}\r\n")?;
    }
    stream.write_all(b"\r\n")?;
    if reply.stalls {
        stream.write_all(&reply.body[..reply.body.len() / 2])?;
        stream.flush()?;
        // Returns when the client has gone.
        let mut rest = String::new();
        reader.read_line(&mut rest)?;
        return Ok(());
    }
    stream.write_all(&reply.body)
}
