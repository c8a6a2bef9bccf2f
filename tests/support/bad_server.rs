//! Servers in this process that do right or wrong as a test wants, and remember what they saw.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crossbeam_channel::bounded;
use socket2::SockRef;

#[cfg(target_os = "linux")]
use super::sockets;
use super::{BUSY, PATIENCE, own_address};

/// The most connections at a time, a thread each; others wait to be accepted.
const MOST: usize = 256;

/// A server whose every connection goes as one function says.
pub struct BadServer {
    addr: SocketAddr,
    seen: Arc<Seen>,
    ends: Arc<AtomicBool>,
}

/// What a server remembers.
#[derive(Default)]
pub struct Seen {
    commands: AtomicU64,
    peers: Mutex<Vec<SocketAddr>>,
    served: Mutex<Vec<Duration>>,
}

/// The client at the other end of one connection.
pub struct Caller {
    stream: BufReader<TcpStream>,
    line: String,
    seen: Arc<Seen>,
}

impl BadServer {
    /// Plays `manner` on every connection; the connection is closed where it ends.
    pub fn start(manner: impl Fn(&mut Caller) + Send + Sync + 'static) -> Self {
        // The standard library's backlog is less than what comes after a stall.
        Self::accepting_after(Duration::ZERO, 1024, manner)
    }

    /// The same, but it begins to accept only after a while, with such a backlog.
    pub fn accepting_after(
        pause: Duration,
        backlog: i32,
        manner: impl Fn(&mut Caller) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(own_address()).expect("a free port");
        let listens = SockRef::from(&listener).listen(backlog);
        listens.expect("a backlog");
        let addr = listener.local_addr().expect("a bound listener");
        let server = Self {
            addr,
            seen: Arc::default(),
            ends: Arc::default(),
        };
        let (seen, ends) = (Arc::clone(&server.seen), Arc::clone(&server.ends));
        thread::spawn(move || {
            // Nothing is waited for: meanwhile the backlog is all there is.
            thread::sleep(pause);
            accept(&listener, &Arc::new(manner), &seen, &ends);
        });
        server
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `TIME` commands that have come.
    pub fn commands(&self) -> u64 {
        self.seen.commands.load(Ordering::Relaxed)
    }

    /// Where connections came from, one entry each.
    pub fn peers(&self) -> Vec<SocketAddr> {
        self.seen.peers.lock().expect("no panic").clone()
    }

    /// How long it took over each command, where it measured that.
    pub fn served(&self) -> Vec<Duration> {
        self.seen.served.lock().expect("no panic").clone()
    }
}

impl Drop for BadServer {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        // Wakes the acceptor; if even that is refused, it has ended.
        let _ = TcpStream::connect_timeout(&self.addr, PATIENCE);
    }
}

/// Accepts until the server is dropped.
fn accept<M: Fn(&mut Caller) + Send + Sync + 'static>(
    listener: &TcpListener,
    manner: &Arc<M>,
    seen: &Arc<Seen>,
    ends: &AtomicBool,
) {
    let (enter, leave) = bounded(MOST);
    while let Ok((stream, peer)) = listener.accept() {
        if ends.load(Ordering::Relaxed) || enter.send(()).is_err() {
            return;
        }
        seen.peers.lock().expect("no panic").push(peer);
        let mut caller = Caller::new(stream, Arc::clone(seen));
        let (manner, leave) = (Arc::clone(manner), leave.clone());
        thread::spawn(move || {
            manner(&mut caller);
            drop(caller);
            leave.recv()
        });
    }
}

impl Caller {
    fn new(stream: TcpStream, seen: Arc<Seen>) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream.set_write_timeout(Some(PATIENCE)).expect("a timeout");
        stream.set_nodelay(true).expect("segments as dictated");
        Self {
            stream: BufReader::new(stream),
            line: String::new(),
            seen,
        }
    }

    /// Waits for a command: the number of those that came before it on all connections, or nothing
    /// once the client has quit or gone.
    pub fn asked(&mut self) -> Option<u64> {
        self.line.clear();
        let read = self.stream.read_line(&mut self.line);
        let is_time = read.is_ok() && self.line == "TIME\r\n";
        is_time.then(|| self.seen.commands.fetch_add(1, Ordering::Relaxed))
    }

    /// Tells the time in UTC, so many seconds off.
    pub fn tell(&mut self, seconds_off: i64) {
        self.say(&time(seconds_off));
    }

    pub fn say(&mut self, bytes: &[u8]) {
        // The client may have given up.
        let _ = self.stream.get_mut().write_all(bytes);
    }

    /// Waits until the client has read all that it was told.
    #[cfg(target_os = "linux")]
    pub fn await_read(&mut self) {
        let stream = self.stream.get_ref();
        // A client that is gone has nothing left to read.
        if let (Ok(here), Ok(there)) = (stream.local_addr(), stream.peer_addr()) {
            sockets::await_read(here, there);
        }
    }

    /// Does something before the reply, and remembers how long that took.
    pub fn take_time(&mut self, over: impl FnOnce()) {
        let began = Instant::now();
        over();
        let took = began.elapsed();
        self.seen.served.lock().expect("no panic").push(took);
    }

    /// Waits until the client has gone, whatever it says meanwhile.
    pub fn await_end(&mut self) {
        while self.stream.read_line(&mut self.line).is_ok_and(|n| n > 0) {}
    }

    /// Makes the close that follows a reset instead of an orderly end.
    pub fn close_with_reset(&mut self) {
        SockRef::from(self.stream.get_ref())
            .set_linger(Some(Duration::ZERO))
            .expect("linger to be settable");
    }
}

/// The reply that tells the time in UTC, so many seconds off.
pub fn time(seconds_off: i64) -> [u8; 14] {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = i64::try_from(now.expect("after 1970").as_secs()).expect("a time");
    let of_day = (now + seconds_off).rem_euclid(24 * 3600);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    let reply = format!("JAM {hour:02}:{minute:02}:{second:02}\r\n");
    reply.into_bytes().try_into().expect("14 bytes")
}

/// Does everything right.
pub fn right(caller: &mut Caller) {
    while caller.asked().is_some() {
        caller.tell(0);
    }
}

/// Does everything right, one byte at a time.
pub fn byte_by_byte(caller: &mut Caller) {
    while caller.asked().is_some() {
        for byte in time(0) {
            caller.say(&[byte]);
        }
    }
}

/// Does everything right after a while.
pub fn slow(time: Duration) -> impl Fn(&mut Caller) {
    move |caller| {
        while caller.asked().is_some() {
            // Nothing is waited for: this is the service, and its time is taken.
            caller.take_time(|| thread::sleep(time));
            caller.tell(0);
        }
    }
}

/// Answers with these bytes whatever is asked.
pub fn says(bytes: &'static [u8]) -> impl Fn(&mut Caller) {
    move |caller| {
        while caller.asked().is_some() {
            caller.say(bytes);
        }
    }
}

/// Never says anything, and never leaves first.
pub fn hung(caller: &mut Caller) {
    caller.await_end();
}

/// Resets the connection when it is asked.
pub fn resets(caller: &mut Caller) {
    if caller.asked().is_some() {
        caller.close_with_reset();
    }
}

/// Closes the connection when it is asked.
pub fn closes_early(caller: &mut Caller) {
    caller.asked();
}

/// Says that it is busy, and closes.
pub fn busy(caller: &mut Caller) {
    if caller.asked().is_some() {
        caller.say(BUSY);
    }
}

/// Tells a time that is so many seconds off.
pub fn off_by(seconds: i64) -> impl Fn(&mut Caller) {
    move |caller| {
        while caller.asked().is_some() {
            caller.tell(seconds);
        }
    }
}

/// Tells a time that runs backwards, two seconds with each command.
pub fn backwards(caller: &mut Caller) {
    let mut seconds = 0;
    while caller.asked().is_some() {
        caller.tell(seconds);
        seconds -= 2;
    }
}

/// Adds a second reply to each.
pub fn says_too_much(caller: &mut Caller) {
    while caller.asked().is_some() {
        caller.say(&[time(0), time(0)].concat());
    }
}

/// Does not let go after `QUIT`.
pub fn clings(caller: &mut Caller) {
    right(caller);
    caller.await_end();
}

/// Behaves well to every other command, and in that other way to the rest.
pub fn every_other(bad: impl Fn(&mut Caller)) -> impl Fn(&mut Caller) {
    move |caller| {
        while let Some(before) = caller.asked() {
            if before % 2 == 1 {
                return bad(caller);
            }
            caller.tell(0);
        }
    }
}
