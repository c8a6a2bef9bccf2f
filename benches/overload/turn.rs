//! The price of `turn`: long sessions closed early, against workers held by clients that never quit.
//!
//! Sessions that ask once a second come from twelve addresses to eight workers; each address begins again a
//! second after its session ended. Every case has a server of its own, and all cases of a table run at once:
//! the load is light, and the longest sessions set the time.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use crate::interrupt;
use crate::jamd_serve;
use crate::running::Running;

const WORKERS: u32 = 8;
const TURNS: [&str; 3] = ["2s", "5s", "10s"];
const BESIDE: [(&str, Beside); 3] = [
    ("alone", Beside::Nobody),
    ("pollers", Beside::Pollers),
    ("well-behaved", Beside::WellBehaved),
];

/// Clients with long sessions: half as many again as workers.
const LONG_CLIENTS: u8 = 12;

/// Clients that ask every 80 ms and never quit.
const POLLERS: u8 = 8;
const POLL_PERIOD: Duration = Duration::from_millis(80);

/// How often a client with a long session asks, and how long it stays away after its end.
const PERIOD: Duration = Duration::from_secs(1);

/// How often a client with a short session comes.
const SHORT_PERIOD: Duration = Duration::from_millis(100);

/// The clients beside those with long sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beside {
    Nobody,
    Pollers,
    WellBehaved,
}

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Quit,
    ClosedEarly,
    Refused,
}

/// What the clients of one case saw, each with the time since its begin.
#[derive(Debug, Default)]
struct Seen {
    long: Vec<(Duration, End)>,
    short: Vec<(Duration, End)>,
    /// When pollers began to hold workers, and when it ended.
    held: Vec<(Duration, Duration)>,
}

/// Measures sessions of this length, cold and warm, and prints the table.
pub(crate) fn measure(length: Duration) -> io::Result<()> {
    // Cold ends with the first sessions; as long for sessions that are short.
    let cold = (length + PERIOD).max(Duration::from_secs(20));
    let warm = (length * 3).max(Duration::from_mins(1));
    let whole = cold + warm;
    println!(
        "\nsessions of {length:?}, {LONG_CLIENTS} clients, {WORKERS} workers; \
         cold: the first {cold:?}, warm: the next {warm:?}"
    );
    println!(
        "turn  beside        phase  whole  closed early  refused  pollers held  short answered"
    );
    let cases = TURNS
        .iter()
        .flat_map(|turn| BESIDE.iter().map(move |it| (*turn, *it)));
    let rows = thread::scope(|scope| {
        let runs = cases.map(|(turn, (name, beside))| {
            let run = scope.spawn(move || run(turn, beside, length, whole));
            (turn, name, run)
        });
        let runs = runs.collect::<Vec<_>>();
        let seen = runs.into_iter().map(|(turn, name, run)| {
            let seen = run
                .join()
                .unwrap_or_else(|_| Err(io::Error::other("a client panicked")));
            seen.map(|seen| (turn, name, seen))
        });
        seen.collect::<io::Result<Vec<_>>>()
    })?;
    for (turn, name, seen) in rows {
        print_row(turn, name, "cold", &seen, Duration::ZERO, cold);
        print_row(turn, name, "warm", &seen, cold, whole);
    }
    Ok(())
}

fn print_row(turn: &str, name: &str, phase: &str, seen: &Seen, from: Duration, to: Duration) {
    let within = |at: &Duration| *at >= from && *at < to;
    let count = |ends: &[(Duration, End)]| {
        let mut counts = BTreeMap::<End, u32>::new();
        for (_, end) in ends.iter().filter(|(at, _)| within(at)) {
            *counts.entry(*end).or_default() += 1;
        }
        move |end: End| counts.get(&end).copied().unwrap_or(0)
    };
    let (long, short) = (count(&seen.long), count(&seen.short));
    let begun = long(End::Quit) + long(End::ClosedEarly);
    let early = 100.0 * f64::from(long(End::ClosedEarly)) / f64::from(begun.max(1));
    let held = seen
        .held
        .iter()
        .map(|(begin, end)| (*end).min(to).saturating_sub((*begin).max(from)));
    let held = held
        .sum::<Duration>()
        .div_duration_f64(to.saturating_sub(from) * WORKERS)
        * 100.0;
    let all_short = short(End::Quit) + short(End::ClosedEarly) + short(End::Refused);
    println!(
        "{turn:>4}  {name:<12}  {phase:<5}  {:>5}  {:>4} {early:>5.0} %  {:>7}  {held:>10.0} %  \
         {:>7} of {all_short}",
        long(End::Quit),
        long(End::ClosedEarly),
        long(End::Refused),
        short(End::Quit),
    );
}

/// One case: a server and its clients, for this long.
fn run(turn: &str, beside: Beside, length: Duration, whole: Duration) -> io::Result<Seen> {
    let mut command = jamd_serve::command(WORKERS, jamd_serve::QUEUE);
    command.args(["--turn", turn]);
    let server = Running::start("jamd".to_owned(), command)?;
    let (server, begin) = (server.addr(), Instant::now());
    let seen = Mutex::new(Seen::default());
    let (seen, end) = (&seen, begin + whole);
    let record = |add: &dyn Fn(&mut Seen, Duration)| {
        // A client that panicked is an error of its own.
        if let Ok(mut seen) = seen.lock() {
            add(&mut seen, begin.elapsed());
        }
    };
    let record = &record;
    thread::scope(|scope| {
        for client in 0..LONG_CLIENTS {
            scope.spawn(move || {
                while Instant::now() < end {
                    let (_, ended) = session(server, [127, 2, 0, client + 1], PERIOD, length, end);
                    record(&|seen, at| seen.long.extend(ended.map(|it| (at, it))));
                    thread::sleep(PERIOD);
                }
            });
        }
        let pollers = if beside == Beside::Pollers {
            POLLERS
        } else {
            0
        };
        for client in 0..pollers {
            scope.spawn(move || {
                while Instant::now() < end {
                    let source = [127, 3, 0, client + 1];
                    let (served, _) = session(server, source, POLL_PERIOD, Duration::MAX, end);
                    record(&|seen, at| seen.held.extend(served.map(|it| (it - begin, at))));
                }
            });
        }
        let mut next = begin;
        while beside == Beside::WellBehaved && next < end {
            thread::sleep(next.saturating_duration_since(Instant::now()));
            next += SHORT_PERIOD;
            scope.spawn(move || {
                let (_, ended) =
                    session(server, [127, 4, 0, 1], Duration::ZERO, Duration::ZERO, end);
                record(&|seen, at| seen.short.extend(ended.map(|it| (at, it))));
            });
        }
    });
    interrupt::check()?;
    let mut seen = seen
        .lock()
        .map_err(|_| io::Error::other("a client panicked"))?;
    Ok(std::mem::take(&mut *seen))
}

/// A session that asks every period until its length is over: when a worker first replied, and how it ended.
/// A session that the end of the run cuts has no end.
fn session(
    server: SocketAddr,
    source: [u8; 4],
    period: Duration,
    length: Duration,
    end: Instant,
) -> (Option<Instant>, Option<End>) {
    let mut served = None;
    let mut ask = || -> io::Result<Option<End>> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((Ipv4Addr::from(source), 0)).into())?;
        socket.connect(&server.into())?;
        let mut stream = TcpStream::from(socket);
        let mut replies = BufReader::new(stream.try_clone()?);
        loop {
            stream.write_all(b"TIME\r\n")?;
            let mut reply = String::new();
            replies.read_line(&mut reply)?;
            if reply.starts_with("ERROR busy") {
                return Ok(Some(End::Refused));
            }
            if !reply.starts_with("JAM ") {
                return Ok(Some(End::ClosedEarly));
            }
            let begun = *served.get_or_insert_with(Instant::now);
            if begun.elapsed() + period >= length {
                stream.write_all(b"QUIT\r\n")?;
                return Ok(Some(End::Quit));
            }
            if Instant::now() + period >= end {
                return Ok(None);
            }
            thread::sleep(period);
        }
    };
    // A connection that was closed between two commands is reset when the next is sent.
    let ended = ask().unwrap_or(Some(End::ClosedEarly));
    (served, ended)
}
