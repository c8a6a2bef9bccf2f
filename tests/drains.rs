//! Drains at random moments, with clients in every state: nobody who was admitted goes unanswered, and
//! the ledger balances every time.
//!
//! A command counts as arrived once it is sent: on one machine the kernel puts it into the server's
//! socket before the send returns. It has to be answered if its session could not have ended before:
//! because it is the first, or the rest of one that had begun, or came in one piece with such a one.
//! Only who asks again and again may meet the end of its session with one command on its way.
//!
//! ```text
//! TEST_DRAINS=1000 cargo test --test drains -- --nocapture
//! ```

mod support;

use std::env;
use std::io::{ErrorKind, Read};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use jamd::server::{Balance, Class, Limits, Settings};
use support::client::Client;
use support::server::{TestServer, settings};
use support::{BUSY, JAM, PATIENCE, millis};

const CLIENTS: usize = 50;

/// More than one drain in this many has no time at all.
const SUDDEN: usize = 10;

/// What a client is up to when the drain comes.
#[derive(Debug, Clone, Copy)]
enum Part {
    /// Connected, and has said nothing.
    Silent,
    /// Has begun a command, and ends it when the drain has begun.
    MidCommand,
    /// Asks again and again.
    Asking,
    /// Has asked twenty times in one piece.
    Pipelining,
    /// Has asked more than it will read.
    NeverReading,
    /// Asks, quits, and leaves.
    Quitting,
    /// Has asked, and ended its side.
    HalfClosed,
    /// Connects some time around the drain, and asks.
    Connecting,
}

const PARTS: [Part; 8] = [
    Part::Silent,
    Part::MidCommand,
    Part::Asking,
    Part::Pipelining,
    Part::NeverReading,
    Part::Quitting,
    Part::HalfClosed,
    Part::Connecting,
];

/// How many drains there are, where `TEST_DRAINS` does not say otherwise.
const DRAINS: usize = 25;

#[test]
fn drains_at_random_moments_answer_every_command_that_had_arrived() {
    let drains = env::var("TEST_DRAINS").map_or(DRAINS, |drains| drains.parse().expect("a count"));
    let seed = Rng::new().u64(..);
    println!("seed {seed}");
    let mut rng = Rng::with_seed(seed);
    let (mut accepted, mut answered) = (0, 0);
    for nth in 0..drains {
        // With no time the rest is cut, and then only the ledger can be asked for.
        let limit = if nth % SUDDEN == SUDDEN - 1 {
            Duration::ZERO
        } else {
            PATIENCE
        };
        let (balance, answers) = drain_once(&mut rng, limit);
        accepted += balance.accepted();
        answered += answers;
    }
    println!(
        "{drains} drains: {accepted} accepted, every ledger balanced, {answered} commands answered, none lost"
    );
}

/// The clients of one drain, and what they know of it.
struct Crowd {
    addr: SocketAddr,
    is_draining: AtomicBool,
    answered: AtomicU64,
    /// Whether every admitted command has time to be answered.
    has_time: bool,
}

fn drain_once(rng: &mut Rng, limit: Duration) -> (Balance, u64) {
    let server = TestServer::with(Settings {
        workers: 8,
        queue: 32,
        limits: Limits {
            write: Some(millis(100)),
            ..Limits::default()
        },
        ..settings()
    });
    let crowd = Crowd {
        addr: server.addr(),
        is_draining: AtomicBool::new(false),
        answered: AtomicU64::new(0),
        has_time: !limit.is_zero(),
    };
    let balance = thread::scope(|scope| {
        for _ in 0..CLIENTS {
            let part = PARTS[rng.usize(..PARTS.len())];
            let delay = Duration::from_micros(rng.u64(..20_000));
            let crowd = &crowd;
            scope.spawn(move || crowd.play(part, delay));
        }
        thread::park_timeout(Duration::from_micros(rng.u64(..20_000)));
        server.drain(limit);
        crowd.is_draining.store(true, Ordering::SeqCst);
        server.ended()
    });
    let ended: u64 = Class::ALL.iter().map(|class| balance.total(*class)).sum();
    assert_eq!(balance.accepted(), ended, "{balance}");
    (balance, crowd.answered.into_inner())
}

impl Crowd {
    fn play(&self, part: Part, delay: Duration) {
        if matches!(part, Part::Connecting) {
            thread::park_timeout(delay);
        }
        // Once no more handshakes are begun an attempt only ends when it is given up.
        let Ok(stream) = TcpStream::connect_timeout(&self.addr, millis(200)) else {
            return;
        };
        let mut client = Client::from(stream);
        match part {
            Part::Silent => self.expect(client, 0),
            Part::MidCommand => {
                client.send_if_taken(b"TI");
                while !self.is_draining.load(Ordering::SeqCst) {
                    thread::yield_now();
                }
                client.send_if_taken(b"ME\r\n");
                self.expect(client, 1);
            }
            Part::Asking => self.ask_to_the_end(client),
            Part::Pipelining => {
                client.send_if_taken(&b"TIME\r\n".repeat(20));
                self.expect(client, 20);
            }
            Part::NeverReading => while client.send_if_taken(&b"TIME\r\n".repeat(1000)) {},
            Part::Quitting => {
                client.send_if_taken(b"TIME\r\nQUIT\r\n");
                self.expect(client, 1);
            }
            Part::HalfClosed => {
                client.send_if_taken(b"TIME\r\n");
                // The server may have refused and reset it by now.
                let _ = client.stream().shutdown(std::net::Shutdown::Write);
                self.expect(client, 1);
            }
            Part::Connecting => {
                client.send_if_taken(b"TIME\r\n");
                self.expect(client, 1);
            }
        }
    }

    /// Reads to the end, and checks that so many commands were answered, if the client was admitted and
    /// there was time.
    fn expect(&self, client: Client, commands: usize) {
        let (read, end) = read_to_the_end(&client);
        let replies = JAM.repeat(commands);
        let is_whole = read == replies || read == BUSY;
        if self.has_time {
            assert!(
                is_whole,
                "{commands} commands: {} {end:?}",
                read.escape_ascii()
            );
        }
        self.answered
            .fetch_add((read.len() / JAM.len()) as u64, Ordering::Relaxed);
    }

    fn ask_to_the_end(&self, mut client: Client) {
        let mut asked = 0;
        while client.send_if_taken(b"TIME\r\n") {
            asked += 1;
            let mut reply = [0; JAM.len()];
            if client.stream().read_exact(&mut reply).is_err() {
                // The end of the session, or of the first word, which may be the last.
                return;
            }
            if !reply.starts_with(b"JAM ") {
                assert_eq!(asked, 1, "refused after it was served");
                return;
            }
            self.answered.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Whatever comes, and how it ends if not in order.
fn read_to_the_end(client: &Client) -> (Vec<u8>, Option<ErrorKind>) {
    let mut read = Vec::new();
    let end = client.stream().read_to_end(&mut read);
    (read, end.err().map(|err| err.kind()))
}
