//! A server that does in each session what its test dictates, well or badly.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use socket2::SockRef;

use super::PATIENCE;

/// One session on a port of its own, played on a thread.
pub struct ScriptedServer {
    addr: SocketAddr,
    played: Receiver<()>,
}

impl ScriptedServer {
    /// Accepts one session and plays `script` in it; the session is closed where the script ends.
    pub fn start(script: impl FnOnce(&mut Session) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let addr = listener.local_addr().expect("a bound listener");
        let (tx, played) = mpsc::channel();
        thread::spawn(move || {
            let (stream, _) = listener.accept().expect("a session");
            drop(listener);
            stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
            stream.set_write_timeout(Some(PATIENCE)).expect("a timeout");
            stream.set_nodelay(true).expect("segments as dictated");
            script(&mut Session { stream });
            tx.send(()).expect("a test that waits for the script");
        });
        Self { addr, played }
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Waits for the end of the script; fails if it failed.
    pub fn finish(self) {
        self.played
            .recv_timeout(PATIENCE)
            .expect("the script to be played to its end");
    }
}

/// The server's side of one session.
pub struct Session {
    stream: TcpStream,
}

impl Session {
    /// Reads exactly these bytes.
    pub fn expect(&mut self, bytes: &[u8]) {
        let mut came = vec![0; bytes.len()];
        self.stream.read_exact(&mut came).expect("bytes in time");
        assert_eq!(
            came.escape_ascii().to_string(),
            bytes.escape_ascii().to_string()
        );
    }

    /// Sends these bytes in one write.
    pub fn say(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("a client that listens");
    }

    /// Sends these bytes in two writes.
    pub fn say_split(&mut self, bytes: &[u8], at: usize) {
        let (first, second) = bytes.split_at(at);
        self.say(first);
        self.say(second);
    }

    /// Sends these bytes again and again until the client has gone.
    pub fn say_forever(&mut self, bytes: &[u8]) {
        while self.stream.write_all(bytes).is_ok() {}
    }

    /// Waits for the client to leave, and checks that it says nothing more.
    pub fn expect_close(&mut self) {
        match self.stream.read(&mut [0]) {
            Ok(0) => {}
            Err(err) if err.kind() == ErrorKind::ConnectionReset => {}
            other => panic!("the client should have left, but {other:?}"),
        }
    }

    /// Ends the server's side and goes on listening.
    pub fn half_close(&mut self) {
        self.stream
            .shutdown(Shutdown::Write)
            .expect("a side to end");
    }

    /// Makes the close that follows a reset instead of an orderly end.
    pub fn close_with_reset(&mut self) {
        SockRef::from(&self.stream)
            .set_linger(Some(Duration::ZERO))
            .expect("linger to be settable");
    }

    /// Answers every `TIME` so many times, then lets the client quit.
    pub fn serve(&mut self, times: &[&str]) {
        for time in times {
            self.expect(b"TIME\r\n");
            self.say(format!("JAM {time}\r\n").as_bytes());
        }
        self.expect(b"QUIT\r\n");
    }
}
