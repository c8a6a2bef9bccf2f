//! A client of the administration port that says exactly what it is told to.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use jamd::observe::Status;

use super::PATIENCE;

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    pub code: u16,
    head: String,
    pub body: String,
}

impl Answer {
    /// The value of a header field.
    pub fn field(&self, name: &str) -> Option<&str> {
        let fields = self
            .head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "));
        let mut named = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| value)
    }
}

/// Sends these bytes, and reads to the end of the stream.
#[track_caller]
pub fn exchange(addr: SocketAddr, request: &[u8]) -> Answer {
    let mut stream = TcpStream::connect_timeout(&addr, PATIENCE).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request).unwrap();
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .unwrap_or_else(|err| panic!("{err} after {answer:?}"));
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let code = head.strip_prefix("HTTP/1.1 ").and_then(|it| it.get(..3));
    Answer {
        code: code.and_then(|code| code.parse().ok()).expect("a code"),
        head: head.into(),
        body: body.into(),
    }
}

#[track_caller]
pub fn get(addr: SocketAddr, path: &str) -> Answer {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {addr}\r\n\r\n");
    exchange(addr, request.as_bytes())
}

#[track_caller]
pub fn post(addr: SocketAddr, path: &str, body: &str) -> Answer {
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {addr}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    exchange(addr, request.as_bytes())
}

#[track_caller]
pub fn status(addr: SocketAddr) -> Status {
    let answer = get(addr, "/status");
    assert_eq!(answer.code, 200, "{answer:?}");
    serde_json::from_str(&answer.body).unwrap_or_else(|err| panic!("{err} in {answer:?}"))
}
