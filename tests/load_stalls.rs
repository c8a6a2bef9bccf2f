//! That no stall is hidden: of the server, of the client itself, or beyond the end of the run.

mod support;

use std::fs;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

use jamd::base::Stop;
use jamd::load::{
    Arrivals, Drive, Length, Measurement, Observer, Plan, Second, Shape, Stages, Tally, Then,
    Think, Times, stored,
};
use nix::sys::signal::Signal;

use support::bad_server::{self as bad, BadServer};
use support::heartbeat::Heartbeat;
use support::load::{
    assert_all_good, assert_conserved, audit, closed, jamd_load, lasting, measure, measure_until,
    measure_watched, open,
};
use support::program::{Program, Running};
use support::{PATIENCE, await_that, millis};

/// Sessions a second of the runs in which something stalls.
const RATE: f64 = 100.0;

const STALL: Duration = Duration::from_secs(1);

/// The run in which the server stalls: how long its schedule is, and how many sessions that makes. The run
/// ends by the latter, so that the last of them may be as late as the machine makes them; and it goes on for
/// long enough after the stall, though the machine may make that late too.
const LENGTH: Duration = Duration::from_secs(6);
const SESSIONS: u64 = 600;

/// A run in which the server stood still.
struct Stalled {
    measured: Measurement,
    /// For how long, at least.
    stall: Duration,
    /// For how much longer the machine may have kept it so, or stood still elsewhere in the run.
    disturbance: Duration,
}

/// Tells when a second of a run is over.
struct Seconds(Sender<()>);

impl Observer for Seconds {
    fn second(&mut self, _: &Second, _: &Tally) {
        // Whoever waited for the first does not wait for the others.
        let _ = self.0.send(());
    }
}

/// Loads a server that is stopped for a while in the middle of the run.
fn stall_of_the_server(clients: usize) -> Stalled {
    let server = Program::serve(&["--zone", "utc", "--queue-timeout", "none"]);
    let plan = open(server.addr(), RATE);
    let drive = Drive::Open {
        stages: Stages::constant(RATE).unwrap(),
        arrivals: Arrivals::Constant,
        clients,
    };
    // Without connections to establish: a handshake may get lost in the rush that follows.
    let shape = Shape {
        then: Then::KeepAlive,
        ..plan.shape
    };
    let plan = Plan {
        drive,
        shape,
        length: Length::Sessions { count: SESSIONS },
        ..plan
    };
    let heartbeat = Heartbeat::start();
    thread::scope(|scope| {
        let (tx, rx) = mpsc::channel();
        let plan = &plan;
        let measured =
            scope.spawn(move || measure_watched(plan, &Stop::default(), &mut Seconds(tx)));
        rx.recv_timeout(PATIENCE).expect("a second of the run");
        let before = Instant::now();
        server.hold();
        let began = Instant::now();
        // Nothing is waited for: this is the stall.
        thread::sleep(STALL);
        let stall = began.elapsed();
        server.signal(Signal::SIGCONT);
        let measured = measured.join().unwrap();
        Stalled {
            measured,
            stall,
            disturbance: heartbeat.missed().iter().sum::<Duration>() + (began - before),
        }
    })
}

impl Stalled {
    /// Checks that those who came while the server stood still are charged for the rest of its stall.
    #[track_caller]
    fn assert_charged(&self, times: &Times) {
        let share_of_run = |time: Duration| time.as_secs_f64() / LENGTH.as_secs_f64();
        let whole = share_of_run(self.stall);
        let more = share_of_run(self.disturbance);
        for part in [0.2, 0.4, 0.6, 0.8] {
            let expected = whole * (1.0 - part);
            let share = times.share_above(self.stall.mul_f64(part));
            assert!(
                (expected - 0.1 * whole..=expected + 0.1 * whole + more).contains(&share),
                "{share:.4} above {part} of the stall, not {expected:.4} (disturbed: {more:.4})"
            );
        }
    }
}

#[test]
fn a_stalled_server_is_charged_with_every_session_that_was_due() {
    let stalled = stall_of_the_server(200);
    let tally = &stalled.measured.tally;
    stalled.assert_charged(&tally.intended);
    stalled.assert_charged(&tally.good);
    assert_all_good(&stalled.measured);
}

#[test]
fn a_stalled_server_is_charged_even_if_its_few_clients_could_not_ask() {
    let stalled = stall_of_the_server(2);
    let tally = &stalled.measured.tally;
    stalled.assert_charged(&tally.intended);
    assert_all_good(&stalled.measured);
    assert_eq!(tally.good.count(), tally.intended.count());
    // What was measured from the actual start is what was measured, and nothing is added to it.
    let nearly = stalled.stall.mul_f64(0.95);
    let seen = tally.good.between(nearly, Duration::MAX);
    assert!((1..=2).contains(&seen), "{seen} stalled for two clients");
    let replies = tally.first_reply.count() + tally.later_replies.count();
    assert_eq!(replies, tally.good.count());
}

/// Runs `jamd load` and stops it for a while once the server has seen it; how long it was.
fn stall_of_the_client(server: &BadServer, words: &[&str]) -> (Measurement, Duration) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("run.json");
    let json = [
        "--threads=1",
        "--warmup=0s",
        "--json",
        path.to_str().unwrap(),
    ];
    let mut load = Running::start(jamd_load(server.addr(), &[&json, words].concat()));
    await_that("the run is under way", || server.commands() > 20);
    load.hold();
    let began = Instant::now();
    // Nothing is waited for: this is the stall.
    thread::sleep(millis(400));
    let stall = began.elapsed();
    load.signal(Signal::SIGCONT);
    load.end();
    let text = fs::read_to_string(&path).unwrap();
    let measured = stored::read(&text, "run.json").unwrap();
    assert_conserved(&measured);
    (measured, stall)
}

#[test]
fn a_stall_of_the_client_shows_as_lag_and_in_the_latency_from_intended_start() {
    let server = BadServer::start(bad::right);
    let words = ["--rate=200", "--duration=2s", "--keep-alive", "--clients=8"];
    let (measured, stall) = stall_of_the_client(&server, &words);
    let tally = &measured.tally;
    // The first session that was missed was due at most a distance into the stall.
    let shown = stall.saturating_sub(millis(10));
    assert!(tally.lag.max().unwrap() >= shown, "{:?}", tally.lag.max());
    assert!(tally.intended.max().unwrap() >= shown);
    let stalled = |times: &Times| times.between(stall / 2, Duration::MAX);
    let (intended, actual) = (stalled(&tally.intended), stalled(&tally.good));
    assert!(
        intended >= 30,
        "{intended} of about 40 were due in its first half"
    );
    assert!(actual * 4 <= intended, "{actual} began before it");
}

#[test]
fn a_stall_of_the_client_beyond_the_end_hides_nothing_that_was_due_before() {
    let server = BadServer::start(bad::right);
    let words = [
        "--rate=100",
        "--duration=500ms",
        "--keep-alive",
        "--clients=50",
    ];
    let (measured, _) = stall_of_the_client(&server, &words);
    assert_eq!(measured.client.scheduled, 50);
    assert_eq!(measured.tally.started, 50);
    assert_eq!(measured.tally.intended.count(), 50);
}

#[test]
fn a_stall_of_the_client_is_not_counted_twice() {
    let server = BadServer::start(bad::busy);
    let words = ["--clients=16", "--think=50ms", "--duration=1500ms"];
    let (measured, _) = stall_of_the_client(&server, &words);
    let littles_law = audit(&measured, "Little's law").unwrap();
    assert!(littles_law.is_passed(), "{littles_law:?}");
    assert!(measured.tally.lag.is_empty(), "no latency holds any of it");
}

#[test]
fn the_slowest_sessions_are_not_cut_off_at_the_end() {
    let server = BadServer::start(bad::slow(millis(700)));
    let plan = open(server.addr(), 50.0);
    let measured = measure(&Plan {
        length: lasting(millis(400)),
        ..plan
    });
    assert_eq!(measured.tally.started, 20);
    assert_eq!(measured.tally.good.count(), 20);
    assert_eq!(measured.ended.good, 0, "none ended within the window");
    let p50 = measured.percentile(0.5).unwrap();
    assert!(p50.time >= millis(699) && !p50.is_bound, "{p50:?}");
}

#[test]
fn sessions_in_flight_at_an_interrupt_are_unfinished_and_make_percentiles_bounds() {
    let server = BadServer::start(bad::right);
    let plan = closed(server.addr(), 4);
    let plan = Plan {
        shape: Shape {
            commands: 2,
            think: Think::Fixed {
                seconds: Duration::from_mins(1),
            },
            ..plan.shape
        },
        length: lasting(Duration::from_mins(1)),
        ..plan
    };
    // The clients come in over the time that they think, the first of them at once.
    let stop = Stop::default();
    let measured = thread::scope(|scope| {
        let measured = scope.spawn(|| measure_until(&plan, &stop));
        await_that("a session thinks", || server.commands() == 1);
        stop.request();
        measured.join().unwrap()
    });
    let tally = &measured.tally;
    assert_eq!((tally.started, tally.unfinished.count()), (1, 1));
    assert!(measured.percentile(0.5).unwrap().is_bound);
}

#[test]
fn a_percentile_that_unfinished_sessions_reach_into_is_printed_as_at_least() {
    let server = BadServer::start(bad::every_other(bad::hung));
    let words = [
        "--rate=100",
        "--duration=60s",
        "--warmup=0s",
        "--timeout=60s",
    ];
    let mut load = Running::start(jamd_load(server.addr(), &words));
    await_that("the run is under way", || server.commands() > 40);
    load.signal(Signal::SIGINT);
    let ended = load.end();
    assert_eq!(ended.code, Some(130), "{ended:?}");
    assert!(ended.stdout.contains("p99 ≥ "), "{ended:?}");
    assert!(!ended.stdout.contains(" 0 unfinished"), "{ended:?}");
}
