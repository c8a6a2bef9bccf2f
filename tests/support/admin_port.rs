//! An administration port that answers what its test dictates, and remembers what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use super::{PATIENCE, own_address};

/// Answers one connection after another. Ends when dropped.
pub struct AdminPort {
    addr: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    ends: Arc<AtomicBool>,
}

impl AdminPort {
    /// Answers each request, such as `GET /workers` or `POST /workers {"workers": 8}`, with bytes.
    pub fn start(answer: impl Fn(&str) -> Vec<u8> + Send + 'static) -> Self {
        Self::with_connections(move |stream, asked| {
            let request = request(stream);
            let answer = answer(&request);
            asked.lock().expect("no panic").push(request);
            // Whoever asked may have given up.
            let _ = stream.write_all(&answer);
        })
    }

    /// Does with each connection what a function says, which may remember what it was asked.
    pub fn with_connections(
        play: impl Fn(&mut TcpStream, &Mutex<Vec<String>>) + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind(own_address()).expect("a free port");
        let port = Self {
            addr: listener.local_addr().expect("a bound listener"),
            asked: Arc::default(),
            ends: Arc::default(),
        };
        let (asked, ends) = (Arc::clone(&port.asked), Arc::clone(&port.ends));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                if ends.load(Ordering::Relaxed) {
                    return;
                }
                stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
                stream.set_write_timeout(Some(PATIENCE)).expect("a timeout");
                play(&mut stream, &asked);
            }
        });
        port
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no panic").clone()
    }
}

impl Drop for AdminPort {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        // Wakes the acceptor; if even that is refused, it has ended.
        let _ = TcpStream::connect_timeout(&self.addr, PATIENCE);
    }
}

/// Reads a request: its method, its path, and its body if it has one.
pub fn request(stream: &mut TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a line in time");
        line.trim_end().to_owned()
    };
    let first = line();
    let mut length = 0;
    loop {
        let field = line().to_ascii_lowercase();
        if let Some(value) = field.strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
        if field.is_empty() {
            break;
        }
    }
    let asked = first.strip_suffix(" HTTP/1.1").expect("HTTP").to_owned();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body in time");
    if body.is_empty() {
        asked
    } else {
        asked + " " + &String::from_utf8(body).expect("text")
    }
}

/// An answer with this code and body.
pub fn answer(code: u16, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {code} Whatever\r\nConnection: close\r\n");
    format!("{head}Content-Length: {length}\r\n\r\n{body}").into_bytes()
}

/// The status of a server with two of eight workers occupied and one client waiting.
pub fn status() -> Value {
    json!({
        "version": "0.1.0",
        "started_seconds": 1_764_075_000.0,
        "uptime_seconds": 100.0,
        "listen": ["127.0.0.1:45000"],
        "life": "running",
        "ready": true,
        "ready_reason": "accepting",
        "workers": {"wanted": 8, "idle": 6, "awaiting": 1, "reading": 0, "working": 1, "writing": 0},
        "worker_seconds":
            {"idle": 700.0, "awaiting": 97.0, "reading": 0.0, "working": 2.0, "writing": 1.0},
        "queue": {"depth": 1, "capacity": 1024, "high_water": 12, "oldest_seconds": 0.25},
        "backlogs": [],
        "ledger": {"accepted": 210, "served": {"quit": 200}, "refused": {"queue full": 7}, "failed": {}},
        "commands": 1000,
        "accept_pauses": {"count": 0, "seconds": 0.0},
        "clock": null,
        "log": {"omitted": 0, "lost": 0},
        "advice": null,
        "pool": [
            {"worker": 1, "state": "idle", "since_seconds": 3.5},
            {"worker": 2, "state": "awaiting", "since_seconds": 1.5, "client": "127.0.0.1:50000",
                "commands": 3},
            {"worker": 3, "state": "working", "since_seconds": 0.0, "client": "127.0.0.1:50001",
                "commands": 0},
        ],
    })
}
