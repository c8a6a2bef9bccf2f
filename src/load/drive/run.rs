//! One run, from the plan to the audited measurement.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::sys::resource::{Resource, getrlimit};

use super::backlog::Overflows;
use super::client::Common;
use super::collector::Collector;
use super::connect::Road;
use super::connection::Exchange;
use super::driver::Driver;
use super::due_queue::{DueQueue, Tickets};
use super::host;
use super::interval_channel::{IntervalChannel, way};
use super::pacing;
use super::run_times::RunTimes;
use super::schedule::Lane;
use super::thread_record::ThreadRecord;
use super::time_check::TimeCheck;
use super::wait::Waiter;
use crate::base::Stop;
use crate::base::figures::elapsed;
use crate::client::{Client, ClientError};
use crate::load::observer::Observer;
use crate::load::result::{ClientSide, End, Measurement, Window};
use crate::load::{Arrivals, Drive, HIGHEST_RATE, Length, Plan, Then, audit};

/// Descriptors other than connections: standard streams, polls, and files inherited from the parent
/// process.
const OTHER_DESCRIPTORS: u64 = 64;

/// Delay before the load begins, so that every thread has started.
const RUN_UP: Duration = Duration::from_millis(20);

/// Why there is no measurement.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The server could not be reached.
    #[error(transparent)]
    NotReached(#[from] ClientError),
    /// The process may not open as many connections as there are clients.
    #[error(
        "{clients} clients + {OTHER_DESCRIPTORS} others = {} open files, but the limit is {limit}: \
         raise it (ulimit -n) or lower the number of clients",
        clients + OTHER_DESCRIPTORS
    )]
    Descriptors {
        /// Clients asked for.
        clients: u64,
        /// The process's limit.
        limit: u64,
    },
    /// A source address does not belong to this machine.
    #[error("cannot connect from {address}: {err}")]
    Source {
        /// The first such address.
        address: std::net::IpAddr,
        /// The system's error.
        err: io::Error,
    },
    /// A source address is of another family than the server's.
    #[error("cannot connect from {address} to {server}: one is IPv4 and the other IPv6")]
    Family {
        /// The first such address.
        address: std::net::IpAddr,
        /// The server.
        server: SocketAddr,
    },
    /// A computed rate is outside the range that can be offered.
    #[error("cannot offer {rate:.3e} sessions a second: a rate is at most {HIGHEST_RATE}")]
    Rate {
        /// Sessions a second.
        rate: f64,
    },
    /// The planned start lies in the past.
    #[error("the moment to begin has passed {} ago", elapsed(*.ago))]
    TooLate {
        /// Time since the planned start.
        ago: Duration,
    },
    /// The system refused a resource that a run needs.
    #[error("cannot load: {0}")]
    System(#[from] io::Error),
}

/// Loads a server as planned, until the plan's end or a stop request.
///
/// # Errors
///
/// The server cannot be reached, or this machine cannot make the load. Failures once the load is under
/// way are part of the measurement.
pub fn run(
    plan: &Plan,
    command: &str,
    stop: &Stop,
    observer: &mut dyn Observer,
) -> Result<Measurement, LoadError> {
    check_descriptors(plan)?;
    check_sources(plan)?;
    let server = Client::connect(&plan.target, plan.timeout)?.server();
    check_family(plan, server)?;
    let times = times(plan)?;
    let unix = UNIX_EPOCH.elapsed().unwrap_or_default();
    let begin_unix = unix + times.begin.saturating_duration_since(Instant::now());

    let (channel, intervals) = way(plan.threads);
    let mut threads = Vec::new();
    let tickets = tickets(plan);
    for thread in 0..plan.threads {
        let (driver, waiter) = driver(plan, thread, server, times, &tickets, stop, &channel)?;
        let builder = thread::Builder::new().name("load".to_owned());
        threads.push(builder.spawn(move || driver.run(waiter))?);
    }
    drop(channel);

    observer.begins(UNIX_EPOCH + begin_unix);
    let overflows = Overflows::now();
    let mut collector = Collector::new(plan, times);
    collector.run(&intervals, observer);
    let mut records = Vec::new();
    for thread in threads {
        match thread.join() {
            Ok(record) => records.push(record?),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    let last_end = records.iter().map(|record| record.last_end).max();
    let window_end = records.iter().filter_map(|record| record.window_end).min();
    let end = if stop.is_requested() {
        End::Interrupted
    } else {
        End::Planned
    };
    let until = window_end.or(last_end).unwrap_or(times.begin);
    let until = until.max(times.begin);
    let elapsed = until.saturating_duration_since(times.begin);
    let mut measurement = Measurement {
        plan: plan.clone(),
        place: host::here(server, command),
        window: Window {
            begin: begin_unix,
            elapsed,
        },
        client: client_side(plan, &records, &collector.begun, until, elapsed),
        backlog: overflows.since(&collector.tally.connect),
        tally: collector.tally,
        ended: collector.ended,
        seconds: collector.seconds,
        audits: Vec::new(),
        end,
        parts: Vec::new(),
    };
    measurement.audits = audit(&measurement);
    Ok(measurement)
}

/// Refuses more clients than the process may have connections.
fn check_descriptors(plan: &Plan) -> Result<(), LoadError> {
    let clients = own_part(plan, clients(plan));
    match getrlimit(Resource::RLIMIT_NOFILE) {
        Ok((limit, _)) if clients.saturating_add(OTHER_DESCRIPTORS) > limit => {
            Err(LoadError::Descriptors { clients, limit })
        }
        _ => Ok(()),
    }
}

/// Refuses source addresses that this machine does not have.
fn check_sources(plan: &Plan) -> Result<(), LoadError> {
    for address in plan.sources.addresses() {
        host::try_own(address).map_err(|err| LoadError::Source { address, err })?;
    }
    Ok(())
}

/// Refuses source addresses of another family than the server's.
fn check_family(plan: &Plan, server: SocketAddr) -> Result<(), LoadError> {
    let addresses = plan.sources.addresses().into_iter();
    let other = addresses
        .into_iter()
        .find(|a| a.is_ipv4() != server.is_ipv4());
    other.map_or(Ok(()), |address| Err(LoadError::Family { address, server }))
}

/// The moments of a planned run that is about to begin.
fn times(plan: &Plan) -> Result<RunTimes, LoadError> {
    let now = Instant::now();
    let origin = match plan.start_at.map(|at| at.duration_since(SystemTime::now())) {
        None => now + RUN_UP,
        Some(Ok(left)) => now + left,
        Some(Err(past)) => {
            return Err(LoadError::TooLate {
                ago: past.duration(),
            });
        }
    };
    let begin = origin + plan.warmup;
    let end = match plan.length {
        Length::Duration { seconds } => Some(begin + seconds),
        Length::Sessions { .. } => None,
    };
    Ok(RunTimes { origin, begin, end })
}

fn tickets(plan: &Plan) -> Tickets {
    match plan.length {
        Length::Duration { .. } => None,
        Length::Sessions { count } => {
            let own = own_part(plan, count);
            Some(Arc::new(AtomicU64::new(own)))
        }
    }
}

/// The driver of one thread, and its waiter.
fn driver(
    plan: &Plan,
    thread: usize,
    server: SocketAddr,
    times: RunTimes,
    tickets: &Tickets,
    stop: &Stop,
    interval_channel: &IntervalChannel,
) -> Result<(Driver, Waiter), LoadError> {
    let waiter = Waiter::new()?;
    let lane = lane(plan, thread);
    let clients = usize::try_from(lane.part(clients(plan))).unwrap_or(usize::MAX);
    let watch = TimeCheck::new(plan.zone, plan.skew);
    let common = Common {
        shape: plan.shape,
        road: Road::new(server, plan.sources.addresses(), thread),
        exchange: Exchange::new(waiter.registry()?, watch, plan.shape.pipeline),
    };
    let due_queue = DueQueue::new(plan, lane, times, clients, tickets.clone());
    let interval_channel = interval_channel.of_thread(thread);
    let driver = Driver::new(
        common,
        due_queue,
        times,
        plan.timeout,
        stop.clone(),
        interval_channel,
    );
    Ok((driver, waiter))
}

/// This process's part of a number of clients or sessions.
fn own_part(plan: &Plan, whole: u64) -> u64 {
    let lanes = (0..plan.threads).map(|thread| lane(plan, thread));
    lanes.map(|lane| lane.part(whole)).sum()
}

/// The clients of all processes together.
fn clients(plan: &Plan) -> u64 {
    u64::try_from(plan.drive.clients()).unwrap_or(u64::MAX)
}

/// The part of the whole load that a thread makes, among all threads of all shards.
fn lane(plan: &Plan, thread: usize) -> Lane {
    let thread = u64::try_from(thread).unwrap_or(u64::MAX);
    let threads = u64::try_from(plan.threads).unwrap_or(u64::MAX);
    let shards = u64::from(plan.shard.count);
    Lane {
        index: thread * shards + u64::from(plan.shard.index.saturating_sub(1)),
        count: threads * shards,
    }
}

/// The counts up to the last session start. A run with a planned number of sessions starts none while it
/// waits for the last of them.
fn without_end(begun: &[u32]) -> &[u32] {
    let last = begun.iter().rposition(|count| *count > 0);
    begun.get(..=last.unwrap_or(0)).unwrap_or_default()
}

/// The load tester's own figures, from the records of its threads.
fn client_side(
    plan: &Plan,
    books: &[ThreadRecord],
    begun: &[u32],
    until: Instant,
    elapsed: Duration,
) -> ClientSide {
    let seconds = |of: fn(&ThreadRecord) -> Duration| -> f64 {
        books.iter().map(|record| of(record).as_secs_f64()).sum()
    };
    let share = |time: Duration| match elapsed.as_secs_f64() {
        0.0 => 0.0,
        elapsed => time.as_secs_f64() / elapsed,
    };
    let done = books
        .iter()
        .map(|record| record.idle_until(until).as_secs_f64());
    let gaps: Vec<f64> = books.iter().flat_map(ThreadRecord::gaps).collect();
    let (constant, poisson) = match &plan.drive {
        Drive::Open {
            stages, arrivals, ..
        } if stages.last_change().is_zero() => (true, *arrivals == Arrivals::Poisson),
        _ => (false, false),
    };
    ClientSide {
        busy: books
            .iter()
            .map(|record| share(record.cpu.used.saturating_sub(record.spun)))
            .collect(),
        // A late thread may read its CPU time well after the window's end.
        delayed: books
            .iter()
            .map(|record| share(record.cpu.delayed).min(1.0))
            .collect(),
        spun: books.iter().map(|record| share(record.spun)).collect(),
        idle_seconds: seconds(|record| record.idle) + done.sum::<f64>(),
        before_seconds: seconds(|record| record.before),
        after_seconds: seconds(|record| record.after),
        clients: own_part(plan, clients(plan)),
        scheduled: books.iter().map(|record| record.scheduled).sum(),
        dispersion: pacing::dispersion(without_end(begun)).filter(|_| constant),
        poisson_p: pacing::poisson_p(&gaps).filter(|_| poisson),
        starved: match plan.shape.then {
            Then::KeepAlive => books.iter().map(|record| record.starved).sum(),
            Then::Quit => 0,
        },
        ports: plan.sources.ports(),
    }
}
