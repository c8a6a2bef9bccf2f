//! Hostile clients, a thread each: every one comes back the moment it is closed.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};

use crate::support::{PATIENCE, await_that, millis};

/// A way to keep a server from serving others.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Abuse {
    /// Connects and says nothing.
    Silent,
    /// Sends a byte every half a second, and never a line end.
    Trickle,
    /// Asks without end and takes no reply.
    NeverReads,
    /// Begins a command and is never heard of again.
    HalfOpen,
    /// Connects and is gone, a hundred times a second: without a pause it would be the machine that
    /// has no time, not the server.
    ConnectFlood,
    /// Asks, takes its time to say QUIT, has more to say and does not close.
    SlowQuit,
    /// Asks once and is silent then.
    AsksAndHangs,
    /// Asks every 80 ms and never leaves.
    Polls,
}

impl Abuse {
    pub(crate) const ALL: [Self; 8] = [
        Self::Silent,
        Self::Trickle,
        Self::NeverReads,
        Self::HalfOpen,
        Self::ConnectFlood,
        Self::SlowQuit,
        Self::AsksAndHangs,
        Self::Polls,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Trickle => "trickle",
            Self::NeverReads => "never reads",
            Self::HalfOpen => "half-open",
            Self::ConnectFlood => "connect flood",
            Self::SlowQuit => "slow QUIT",
            Self::AsksAndHangs => "asks and hangs",
            Self::Polls => "polls",
        }
    }

    /// One session, from after it connected to the server's end or the assault's.
    fn commit(self, session: &mut Session<'_>) {
        match self {
            Self::Silent => session.sit(),
            Self::Trickle => while session.say(b"T") && session.wait(millis(500)) {},
            Self::NeverReads => while session.say(&b"TIME\r\n".repeat(1000)) {},
            Self::HalfOpen => {
                session.say(b"TI");
                session.sit();
            }
            Self::ConnectFlood => {
                session.vanish();
                thread::park_timeout(millis(10));
            }
            Self::SlowQuit => {
                session.say(b"TIME\r\n");
                for byte in b"QUIT\r\n" {
                    if !session.say(&[*byte]) || !session.wait(millis(100)) {
                        return;
                    }
                }
                session.say(b"and another thing");
                session.sit();
            }
            Self::AsksAndHangs => {
                session.say(b"TIME\r\n");
                session.sit();
            }
            Self::Polls => while session.say(b"TIME\r\n") && session.wait(millis(80)) {},
        }
    }
}

/// Every hostile client of one test.
pub(crate) struct Assault {
    ends: Arc<AtomicBool>,
    blows: Arc<AtomicU64>,
    connected: Arc<AtomicUsize>,
    clients: Vec<JoinHandle<()>>,
}

impl Assault {
    /// Lets so many clients of each kind loose on a server.
    pub(crate) fn begin(server: SocketAddr, abuses: &[Abuse], each: usize) -> Self {
        let mut assault = Self {
            ends: Arc::default(),
            blows: Arc::default(),
            connected: Arc::default(),
            clients: Vec::new(),
        };
        let kinds = abuses.iter().flat_map(|abuse| vec![*abuse; each]);
        for (nth, abuse) in (1..).zip(kinds) {
            let ends = Arc::clone(&assault.ends);
            let blows = Arc::clone(&assault.blows);
            let connected = Arc::clone(&assault.connected);
            let client = move || {
                let mut is_first = true;
                while !ends.load(Ordering::Relaxed) {
                    let Ok(stream) = connect(server, nth) else {
                        continue;
                    };
                    let blow = blows.fetch_add(1, Ordering::Relaxed);
                    if std::mem::take(&mut is_first) {
                        connected.fetch_add(1, Ordering::Relaxed);
                    }
                    abuse.commit(&mut Session::new(stream, blow, &ends));
                }
            };
            let thread = thread::Builder::new().stack_size(64 << 10);
            assault
                .clients
                .push(thread.spawn(client).expect("a thread"));
        }
        assault
    }

    /// Waits until each has been there once.
    pub(crate) fn await_every_one_connected(&self) {
        await_that("every hostile client has connected", || {
            thread::park_timeout(millis(1));
            self.connected.load(Ordering::Relaxed) == self.clients.len()
        });
    }

    /// Ends it, and says how many sessions there were.
    pub(crate) fn end(self) -> u64 {
        self.ends.store(true, Ordering::Relaxed);
        for client in self.clients {
            client.join().expect("a client that only ends");
        }
        self.blows.load(Ordering::Relaxed)
    }
}

/// Connects from an address of this client's own where there are enough, so that none runs out of
/// ports.
fn connect(server: SocketAddr, client: u16) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(server), Type::STREAM, None)?;
    if cfg!(target_os = "linux") {
        let [high, low] = client.to_be_bytes();
        let source = SocketAddr::from(([127, 100, high, low], 0));
        socket.bind(&source.into())?;
    }
    socket.connect_timeout(&server.into(), PATIENCE)?;
    Ok(socket.into())
}

/// How often a client that waits looks whether the assault has ended.
const GLANCE: Duration = Duration::from_millis(100);

struct Session<'a> {
    stream: TcpStream,
    number: u64,
    ends: &'a AtomicBool,
}

impl<'a> Session<'a> {
    fn new(stream: TcpStream, number: u64, ends: &'a AtomicBool) -> Self {
        stream.set_write_timeout(Some(GLANCE)).expect("a timeout");
        stream.set_nodelay(true).expect("bytes as they are said");
        Self {
            stream,
            number,
            ends,
        }
    }

    /// Says all of it; `false` once the server or the assault has ended.
    fn say(&mut self, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() && !self.ends.load(Ordering::Relaxed) {
            match self.stream.write(bytes) {
                Ok(said) => bytes = &bytes[said..],
                Err(err) if is_timeout(err.kind()) => {}
                Err(_) => return false,
            }
        }
        bytes.is_empty()
    }

    /// Waits for so long; `false` once the server or the assault has ended.
    fn wait(&mut self, time: Duration) -> bool {
        self.stream.set_read_timeout(Some(time)).expect("a timeout");
        let mut buffer = [0; 1024];
        loop {
            if self.ends.load(Ordering::Relaxed) {
                return false;
            }
            match self.stream.read(&mut buffer) {
                Ok(0) => return false,
                // It begins to wait anew, which for one reply does not matter.
                Ok(_) => {}
                Err(err) => return is_timeout(err.kind()),
            }
        }
    }

    /// Waits for the server's end.
    fn sit(&mut self) {
        while self.wait(GLANCE) {}
    }

    /// Makes the close an abrupt one, every other time.
    fn vanish(&self) {
        let linger = (self.number.is_multiple_of(2)).then_some(Duration::ZERO);
        let set = SockRef::from(&self.stream).set_linger(linger);
        set.expect("a way to close");
    }
}

fn is_timeout(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
