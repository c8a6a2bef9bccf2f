//! A server under a mixed load for a long time: it needs no more of the machine at the end than at the
//! beginning, and serves every client that behaves well. On Linux.
//!
//! ```text
//! cargo build --release && cargo run --release --example soak -- --minutes 10
//! ```
//!
//! Clients that behave well come in a closed loop and in an open one, each from an address of its own;
//! against them are two hostile clients of each kind to a worker, which come back at once when they are
//! closed. Every ten seconds a sample is taken of the server's resident memory, threads and descriptors. At
//! the end
//!
//! * the mean of the memory in the last minute is within 2 % of the mean in the second, but for pages of
//!   the program's file, which the kernel drops and reads again as it likes;
//! * the number of threads is the same in every sample;
//! * descriptors come and go with the clients: they never exceed those of the idle server by more than
//!   there are workers, places in the queue, and connections that may linger; and there are as many as
//!   before when all clients have left;
//! * every good session that began after the first minute has had all its replies, but for one in a
//!   thousand that may be refused;
//! * the server ends in order with a ledger that balances, which its exit code says.
//!
//! The figures are printed last; the exit code is 1 if one of them was missed.

#[path = "../hostile/abuse.rs"]
mod abuse;
mod server;
mod support;

use std::fmt;
use std::io;
use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use jamd::base::Stop;
use jamd::clock::Zone;
use jamd::load::{
    self, Arrivals, Drive, Failure, Length, Measurement, Plan, Shape, Shard, Stages, Then, Think,
};

use self::abuse::{Abuse, Assault};
use self::server::{Server, Taken};
use self::support::PATIENCE;

const WORKERS: usize = 16;
const QUEUE: usize = 1024;

/// Connections that may linger after their session, as the server has it.
const LINGERING: usize = 1024;

/// Hostile clients of each kind to a worker.
const EACH: usize = 2;

/// Sessions a second of the open loop.
const RATE: f64 = 50.0;

/// Clients of the closed loop, and how long each thinks between two commands.
const CLOSED: usize = 8;
const THINK: Duration = Duration::from_millis(20);

/// The addresses of the clients that behave well.
const SOURCES: &str = "127.101.0.0/20";

const SAMPLE: Duration = Duration::from_secs(10);
const MINUTE: Duration = Duration::from_mins(1);

/// How far apart the memory of two minutes may be.
const MEMORY: f64 = 0.02;

#[derive(Debug, Parser)]
struct Args {
    /// How long the load goes on; there has to be a last minute after the second
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(3..))]
    minutes: u64,
}

fn main() -> io::Result<ExitCode> {
    let length = MINUTE * u32::try_from(Args::parse().minutes).map_err(io::Error::other)?;
    let server = Server::start(WORKERS, QUEUE)?;
    let idle = server.taken()?;
    let assault = Assault::begin(server.addr, &Abuse::ALL, WORKERS * EACH);
    assault.await_every_one_connected();
    let (samples, measured) = watch(&server, length)?;
    let blows = assault.end();
    let left = await_left(&server, idle)?;
    let (is_in_order, ledger) = server.finish()?;

    println!("{ledger}");
    let kinds = Abuse::ALL.map(Abuse::name).join(", ");
    println!(
        "{blows} hostile sessions of {} clients of each kind: {kinds}",
        WORKERS * EACH
    );
    let figures = [
        memory(&samples),
        threads(idle, &samples),
        descriptors(idle, left, &samples),
        sessions("closed loop", &measured[0]),
        sessions("open loop", &measured[1]),
        Figure::new(is_in_order, "the server ended in order".into()),
    ];
    for figure in &figures {
        println!("{figure}");
    }
    Ok(ExitCode::from(u8::from(
        !figures.iter().all(|figure| figure.is_met),
    )))
}

/// What the server takes once it has as few descriptors as when it was idle, or after a while.
fn await_left(server: &Server, idle: Taken) -> io::Result<Taken> {
    let until = Instant::now() + PATIENCE;
    loop {
        let left = server.taken()?;
        if left.descriptors <= idle.descriptors || Instant::now() > until {
            return Ok(left);
        }
        thread::park_timeout(Duration::from_millis(10));
    }
}

/// A sample, and when it was taken.
type Sample = (Duration, Taken);

/// Loads the server for so long, and samples it meanwhile.
fn watch(server: &Server, length: Duration) -> io::Result<(Vec<Sample>, [Measurement; 2])> {
    let plans = plans(server, length);
    let (alive, ended) = mpsc::channel::<()>();
    let began = Instant::now();
    thread::scope(|scope| {
        let loads = plans.map(|plan| {
            let alive = alive.clone();
            scope.spawn(move || {
                let measured = load::run(&plan, "", &Stop::default(), &mut ());
                drop(alive);
                measured.expect("a server to load")
            })
        });
        drop(alive);
        let mut samples = Vec::new();
        while ended.recv_timeout(SAMPLE) == Err(RecvTimeoutError::Timeout) {
            let (at, taken) = (began.elapsed(), server.taken()?);
            println!(
                "{:4} s: {} KiB, {} threads, {} descriptors",
                at.as_secs(),
                taken.memory,
                taken.threads,
                taken.descriptors
            );
            samples.push((at, taken));
        }
        Ok((samples, loads.map(|load| load.join().expect("no panic"))))
    })
}

/// A closed loop and an open one.
fn plans(server: &Server, length: Duration) -> [Plan; 2] {
    let closed = Plan {
        target: server.addr.to_string().parse().expect("an address"),
        drive: Drive::Closed { clients: CLOSED },
        shape: Shape {
            commands: 3,
            then: Then::Quit,
            pipeline: 1,
            think: Think::Fixed { seconds: THINK },
        },
        length: Length::Duration {
            seconds: length.saturating_sub(MINUTE),
        },
        // The server has to learn which clients are hostile.
        warmup: MINUTE,
        threads: 1,
        timeout: PATIENCE,
        sources: SOURCES.parse().expect("addresses"),
        seed: 1,
        skew: Duration::from_secs(5),
        zone: Zone::Utc,
        shard: Shard::default(),
        start_at: None,
    };
    let open = Plan {
        drive: Drive::Open {
            stages: Stages::constant(RATE).expect("a rate"),
            arrivals: Arrivals::Constant,
            clients: 1000,
        },
        shape: Shape {
            commands: 1,
            think: Think::None,
            ..closed.shape
        },
        ..closed.clone()
    };
    [closed, open]
}

/// What was to be shown, and whether it was.
struct Figure {
    is_met: bool,
    what: String,
}

impl Figure {
    fn new(is_met: bool, what: String) -> Self {
        Self { is_met, what }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.is_met { "met   " } else { "MISSED" };
        write!(f, "{word} {}", self.what)
    }
}

#[expect(clippy::cast_precision_loss, reason = "far less memory than that")]
fn memory(samples: &[Sample]) -> Figure {
    let end = samples.last().map_or(Duration::ZERO, |(at, _)| *at);
    let mean = |from: Duration, to: Duration| {
        let within = samples.iter().filter(|(at, _)| (from..=to).contains(at));
        let within: Vec<_> = within.map(|(_, taken)| taken).collect();
        let mean = |of: fn(&Taken) -> u64| {
            within.iter().map(|taken| of(taken) as f64).sum::<f64>() / within.len() as f64
        };
        [mean(|taken| taken.memory), mean(|taken| taken.own)]
    };
    let [second, own_second] = mean(MINUTE, MINUTE * 2);
    let [last, own_last] = mean(end.saturating_sub(MINUTE), end);
    let change = (own_last - own_second) / second;
    let what = format!(
        "resident memory {second:.0} KiB in the second minute, {last:.0} KiB in the last; without the \
         program's file {own_second:.0} KiB, then {own_last:.0} KiB: {:+.2} % of the whole",
        change * 100.0
    );
    Figure::new(change.abs() <= MEMORY, what)
}

fn threads(idle: Taken, samples: &[Sample]) -> Figure {
    let is_met = samples
        .iter()
        .all(|(_, taken)| taken.threads == idle.threads);
    let most = samples.iter().map(|(_, taken)| taken.threads).max();
    let most = most.unwrap_or_default();
    Figure::new(
        is_met,
        format!(
            "{} threads before, at most {most} in a sample",
            idle.threads
        ),
    )
}

fn descriptors(idle: Taken, left: Taken, samples: &[Sample]) -> Figure {
    let bound = idle.descriptors + (WORKERS + QUEUE + LINGERING) as u64;
    let most = samples.iter().map(|(_, taken)| taken.descriptors).max();
    let most = most.unwrap_or_default();
    let what = format!(
        "{} descriptors before, at most {most} in a sample (bound {bound}), {} after",
        idle.descriptors, left.descriptors
    );
    Figure::new(most <= bound && left.descriptors == idle.descriptors, what)
}

fn sessions(name: &str, measured: &Measurement) -> Figure {
    let tally = &measured.tally;
    let (good, busy) = (tally.good.count(), tally.busy.count());
    // Those that were under way when the time was over have not failed.
    let ended = tally.started - tally.unfinished.count();
    let worst = measured.latency().max().unwrap_or_default();
    let failures = Failure::ALL.map(|failure| (tally.failed(failure).count(), failure.name()));
    let failures: Vec<_> = failures
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .collect();
    let what = format!(
        "{name}: {good} of {ended} sessions good, {busy} busy, worst {worst:.2?}, failures {failures:?}"
    );
    Figure::new(good + busy == ended && busy * 1000 <= ended, what)
}
