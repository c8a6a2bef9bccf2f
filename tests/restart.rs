//! Restarts under load: no session fails, and the ledgers of all the processes add up to what the
//! clients counted.

mod support;

use std::net::SocketAddr;
use std::process::Command;
use std::thread;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, unbounded};
use jamd::base::Stop;
use jamd::load::{Failure, Length, Measurement, Observer, Plan, Progress};
use nix::sys::signal::Signal;
use support::activation::{handle, listener, passing};
use support::load::{closed, measure_watched};
use support::program::{Program, jamd_serve};
use support::{PATIENCE, own_address};

const RESTARTS: u64 = 20;

/// Sessions between two restarts, and so more than twenty thousand altogether.
const BETWEEN: u64 = 1000;

/// Fewer than workers, so that a refusal would be a fault.
const CLIENTS: usize = 16;

const ARGS: &[&str] = &["--workers", "64", "--log", "warn", "--zone", "utc"];

#[test]
fn twenty_restarts_with_a_passed_socket_cost_no_session() {
    let socket = listener();
    let addr = socket.local_addr().unwrap();
    let passed = || passing(vec![handle(&socket)], "jamd", ARGS);
    let restarted = restart_under_load(addr, passed, overlapping);
    restarted.assert_nothing_lost("passed socket, the successor started first");
}

#[test]
fn twenty_restarts_with_a_passed_socket_and_nobody_in_between_cost_no_session() {
    let socket = listener();
    let addr = socket.local_addr().unwrap();
    let passed = || passing(vec![handle(&socket)], "jamd", ARGS);
    let restarted = restart_under_load(addr, passed, one_after_another);
    restarted.assert_nothing_lost("passed socket, the predecessor ended first");
}

#[cfg(target_os = "linux")]
#[test]
fn twenty_restarts_on_a_shared_port_cost_no_session() {
    // Bound and never listening, so that the port stays ours to share.
    let placeholder = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None);
    let placeholder = placeholder.unwrap();
    placeholder.set_reuse_port(true).unwrap();
    placeholder.set_reuse_address(true).unwrap();
    placeholder.bind(&own_address().into()).unwrap();
    let addr = placeholder.local_addr().unwrap().as_socket().unwrap();
    let listen = addr.to_string();
    let sharing = || jamd_serve(&[ARGS, &["--listen", &listen, "--reuse-port"]].concat());
    let restarted = restart_under_load(addr, sharing, overlapping);
    restarted.assert_nothing_lost("reuse-port, the successor started first");
}

/// Starts the successor, waits until it listens, and drains the predecessor.
fn overlapping(predecessor: Program, command: Command) -> (Program, u64) {
    let successor = Program::start(command);
    (successor, served_to_the_end(predecessor))
}

/// Drains the predecessor, waits until it has ended, and starts the successor.
fn one_after_another(predecessor: Program, command: Command) -> (Program, u64) {
    let served = served_to_the_end(predecessor);
    (Program::start(command), served)
}

/// Drains a server, and returns how many connections it accepted: all of them served, or closed
/// between two commands by the drain.
fn served_to_the_end(program: Program) -> u64 {
    program.signal(Signal::SIGTERM);
    let ended = program.end_of_a_shared_port();
    let ledger = ended.ledger(0);
    let (accepted, rest) = ledger.split_once(" accepted = ").unwrap();
    let nothing_lost = rest.contains(" + 0 refused + ") && rest.contains(" + 0 failed + ");
    assert!(nothing_lost, "{ledger}");
    accepted.parse().unwrap()
}

/// What came of the restarts.
struct Restarted {
    measured: Measurement,
    /// Connections in the ledgers of all the processes, that with which the load tester finds out
    /// whether there is a server included.
    served: u64,
}

impl Restarted {
    #[track_caller]
    fn assert_nothing_lost(&self, how: &str) {
        let tally = &self.measured.tally;
        let good = tally.good.count();
        let quantile = |share| tally.good.quantile(share).unwrap_or_default();
        println!(
            "{RESTARTS} restarts ({how}): {} sessions = {good} good + {} busy + {} errors + {} \
             unfinished; {} in the ledgers; p99 {:?}, p99.9 {:?}, slowest {:?}",
            tally.started,
            tally.busy.count(),
            tally.errors(),
            tally.unfinished.count(),
            self.served,
            quantile(0.99),
            quantile(0.999),
            quantile(1.0),
        );
        let failed = Failure::ALL.map(|failure| (failure, tally.failed(failure).count()));
        let failed: Vec<_> = failed.into_iter().filter(|(_, count)| *count > 0).collect();
        assert_eq!(
            good, tally.started,
            "not every session was good: {failed:?}"
        );
        assert!(good >= RESTARTS * BETWEEN, "{good} sessions are too few");
        let with_probe = good + 1;
        assert_eq!(self.served, with_probe, "in the ledgers and at the clients");
    }
}

/// Loads a server and puts another in its place, time and again.
fn restart_under_load(
    addr: SocketAddr,
    command: impl Fn() -> Command,
    restart: impl Fn(Program, Command) -> (Program, u64),
) -> Restarted {
    let (tell, told) = unbounded();
    let stop = Stop::default();
    let mut program = Program::start(command());
    thread::scope(|scope| {
        let load = scope.spawn(|| measure_watched(&endless(addr), &stop, &mut Counter(tell)));
        let ends_with_us = EndsWithUs(&stop);
        let mut served = 0;
        for restarts in 1..=RESTARTS {
            await_sessions(&told, restarts * BETWEEN);
            let (successor, accepted) = restart(program, command());
            served += accepted;
            program = successor;
        }
        await_sessions(&told, (RESTARTS + 1) * BETWEEN);
        drop(ends_with_us);
        let measured = load.join().unwrap();
        served += served_to_the_end(program);
        Restarted { measured, served }
    })
}

/// Stops the load, also when the test fails and nobody comes to the end.
struct EndsWithUs<'run>(&'run Stop);

impl Drop for EndsWithUs<'_> {
    fn drop(&mut self) {
        self.0.request();
    }
}

/// A load that goes on until it is stopped.
fn endless(addr: SocketAddr) -> Plan {
    Plan {
        length: Length::Duration {
            seconds: PATIENCE * 60,
        },
        ..closed(addr, CLIENTS)
    }
}

/// Waits until so many sessions were good; as long as there are new ones, it waits on.
fn await_sessions(told: &Receiver<u64>, count: u64) {
    let mut good = 0;
    while good < count {
        let waited_from = good;
        let until = Instant::now() + PATIENCE;
        while good == waited_from {
            good = told
                .recv_deadline(until)
                .expect("more good sessions in time");
        }
    }
}

/// Tells how many sessions were good.
struct Counter(Sender<u64>);

impl Observer for Counter {
    fn progress(&mut self, progress: &Progress<'_>) {
        // Nobody listens any more once it was told to stop.
        let _ = self.0.send(progress.tally.good.count());
    }
}
