//! Runs of the load tester: as a library, and as a program.

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use assert_cmd::cargo::cargo_bin;
use jamd::base::Stop;
use jamd::clock::Zone;
use jamd::load::{
    self, Arrivals, Audit, Drive, Failure, Length, Measurement, Observer, Plan, Shape, Shard,
    Sources, Stages, Tally, Then, Think,
};

use super::PATIENCE;

/// A closed loop of so many clients, a connection for each session, for a second.
pub fn closed(addr: SocketAddr, clients: usize) -> Plan {
    Plan {
        target: addr.to_string().parse().expect("an address"),
        drive: Drive::Closed { clients },
        shape: Shape {
            commands: 1,
            then: Then::Quit,
            pipeline: 1,
            think: Think::None,
        },
        length: lasting(Duration::from_secs(1)),
        warmup: Duration::ZERO,
        threads: 1,
        timeout: PATIENCE,
        sources: Sources::default(),
        seed: 1,
        skew: Duration::from_millis(500),
        zone: Zone::Utc,
        shard: Shard::default(),
        start_at: None,
    }
}

/// An open loop of so many sessions a second, for a second.
pub fn open(addr: SocketAddr, rate: f64) -> Plan {
    Plan {
        drive: Drive::Open {
            stages: Stages::constant(rate).expect("a rate"),
            arrivals: Arrivals::Constant,
            clients: 200,
        },
        ..closed(addr, 1)
    }
}

pub fn lasting(seconds: Duration) -> Length {
    Length::Duration { seconds }
}

/// Carries a plan out; whatever it meets with, no session may get lost in the count.
pub fn measure(plan: &Plan) -> Measurement {
    measure_until(plan, &Stop::default())
}

/// The same, with an end that somebody else may set.
pub fn measure_until(plan: &Plan, stop: &Stop) -> Measurement {
    measure_watched(plan, stop, &mut ())
}

/// The same, and somebody is told how it gets on.
pub fn measure_watched(plan: &Plan, stop: &Stop, observer: &mut dyn Observer) -> Measurement {
    let measured = load::run(plan, "", stop, observer).expect("a server to load");
    assert_conserved(&measured);
    measured
}

/// Checks that every session that began has exactly one end.
#[track_caller]
pub fn assert_conserved(measured: &Measurement) {
    let tally = &measured.tally;
    let ends = tally.good.count() + tally.busy.count() + tally.errors() + tally.unfinished.count();
    assert_eq!(tally.started, ends, "{:?}", measured.audits);
    assert!(audit(measured, "conservation").is_some_and(Audit::is_passed));
}

/// Checks that every session which was due was good.
#[track_caller]
pub fn assert_all_good(measured: &Measurement) {
    let (tally, scheduled) = (&measured.tally, measured.client.scheduled);
    let (busy, unfinished) = (tally.busy.count(), tally.unfinished.count());
    assert_eq!((failures(tally), busy, unfinished), (vec![], 0, 0));
    assert_eq!((tally.started, tally.good.count()), (scheduled, scheduled));
}

/// How many sessions failed, by how they did.
fn failures(tally: &Tally) -> Vec<(&'static str, u64)> {
    let counts = Failure::ALL.map(|failure| (failure.name(), tally.failed(failure).count()));
    counts.into_iter().filter(|(_, count)| *count > 0).collect()
}

/// Checks that every session failed, and how.
#[track_caller]
pub fn assert_all_failed(measured: &Measurement, failure: Failure) {
    let tally = &measured.tally;
    assert_eq!(failures(tally), [(failure.name(), tally.started)]);
    assert_eq!(tally.good.count() + tally.busy.count(), 0);
    assert_eq!((measured.ended.good, measured.goodput()), (0, 0.0));
    assert_eq!(measured.ended.failed, tally.started);
}

/// The audit of this name, if there is one.
pub fn audit<'run>(measured: &'run Measurement, name: &str) -> Option<&'run Audit> {
    measured.audits.iter().find(|audit| audit.name == name)
}

/// `jamd load` of a server that tells the time in UTC.
pub fn jamd_load(addr: SocketAddr, words: &[&str]) -> Command {
    let mut jamd = Command::new(cargo_bin!("jamd"));
    jamd.args([
        "load",
        &addr.to_string(),
        "--zone",
        "utc",
        "--skew",
        "500ms",
    ]);
    jamd.args(words).env_clear();
    jamd
}
