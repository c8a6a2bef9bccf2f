//! Made-up measurements for tests, fully determined by their seed.

use std::time::Duration;

use super::*;
use crate::clock::Zone;

/// Eleven seconds of an open loop at 1000 sessions a second, with a stall of a second in the fifth.
pub(crate) fn open(seed: u64) -> Measurement {
    let stages: Stages = "0:1000".parse().unwrap();
    let drive = Drive::Open {
        stages,
        arrivals: Arrivals::Poisson,
        clients: 10_000,
    };
    measurement(drive, seed)
}

/// Eleven seconds of a closed loop of 64 clients, with a stall of a second in the fifth.
pub(crate) fn closed(seed: u64) -> Measurement {
    measurement(Drive::Closed { clients: 64 }, seed)
}

/// A closed loop in which no session has ended yet.
pub(crate) fn closed_of_nothing() -> Measurement {
    frame(Drive::Closed { clients: 64 })
}

/// The plan behind a made-up measurement.
pub(crate) fn plan(drive: Drive) -> Plan {
    Plan {
        target: "localhost".parse().unwrap(),
        drive,
        shape: Shape {
            commands: 3,
            then: Then::Quit,
            pipeline: 1,
            think: Think::None,
        },
        length: Length::Duration {
            seconds: Duration::from_secs(11),
        },
        warmup: Duration::from_secs(1),
        threads: 2,
        timeout: Duration::from_secs(5),
        sources: Sources::default(),
        seed: 7,
        skew: Duration::from_millis(100),
        zone: Zone::Local,
        shard: Shard::default(),
        start_at: None,
    }
}

fn measurement(drive: Drive, seed: u64) -> Measurement {
    let mut random = fastrand::Rng::with_seed(seed);
    let is_open = drive.is_open();
    let mut tally = Tally::default();
    let mut ended = Ended::default();
    let mut seconds = Vec::new();
    for at in 0..11 {
        let second = second(at, &mut random, is_open, &mut tally);
        ended.add(second.ended);
        seconds.push(second);
    }
    Measurement {
        tally,
        ended,
        seconds,
        ..frame(drive)
    }
}

/// All parts that do not depend on chance.
fn frame(drive: Drive) -> Measurement {
    Measurement {
        plan: plan(drive),
        place: Place {
            address: "127.0.0.1:45000".to_owned(),
            program: "jamd 0.1.0".to_owned(),
            kernel: "Linux 6.18".to_owned(),
            cores: 2,
            shares_machine: true,
            command: "jamd load localhost".to_owned(),
        },
        window: Window {
            begin: Duration::from_secs(1_790_000_000),
            elapsed: Duration::from_secs(11),
        },
        tally: Tally::default(),
        ended: Ended::default(),
        seconds: Vec::new(),
        client: ClientSide {
            busy: vec![0.31, 0.29],
            delayed: vec![0.02, 0.01],
            spun: vec![0.08, 0.07],
            clients: 64,
            scheduled: 11_000,
            dispersion: Some(1.01),
            poisson_p: Some(0.43),
            ports: 28_232,
            ..ClientSide::default()
        },
        backlog: Backlog {
            retried: 0,
            overflows: Some(0),
        },
        audits: vec![
            Audit {
                name: "conservation".to_owned(),
                verdict: AuditResult::Passed,
                evidence: "11 000 started = 10 780 good + 110 busy + 110 errors + 0 unfinished"
                    .to_owned(),
            },
            Audit {
                name: "this machine".to_owned(),
                verdict: AuditResult::Noted,
                evidence: "client and server share its 2 cores".to_owned(),
            },
        ],
        end: End::Planned,
        parts: Vec::new(),
    }
}

/// A thousand sessions: ten are refused, ten are reset, the others take random times.
fn second(at: u32, random: &mut fastrand::Rng, is_open: bool, tally: &mut Tally) -> Second {
    let mut of_second = Tally::default();
    let mut exponential = |mean_us: f64| {
        let us = -mean_us * (1.0 - random.f64()).ln();
        Duration::from_nanos((us * 1000.0) as u64)
    };
    for index in 0..1000_u64 {
        of_second.started += 1;
        let stall = match (at, is_open) {
            (5, true) => Duration::from_millis(1000 - index),
            (5, false) if index < 64 => Duration::from_secs(1),
            _ => Duration::ZERO,
        };
        let (connect, close) = (exponential(60.0), exponential(40.0));
        let (first, later) = (exponential(300.0), exponential(150.0));
        let lag = exponential(20.0);
        let time = connect + first + later * 2 + close;
        let (time, intended) = if is_open {
            (time, lag + stall + time)
        } else {
            (stall + time, stall + time)
        };
        of_second.connect.record(connect);
        let outcome = match index {
            0..10 => Outcome::Busy,
            10..20 => Outcome::Failed(Failure::Reset),
            _ => Outcome::Good,
        };
        of_second.end(outcome, time, intended);
        of_second.lag.record(lag);
        of_second.first_reply.record(first);
        of_second.later_replies.record(later);
        of_second.later_replies.record(later);
        of_second.close.record(close);
    }
    tally.add(&of_second);
    let latency = if is_open {
        &of_second.intended
    } else {
        &of_second.good
    };
    let nanos = |time: Option<Duration>| time.map_or(0, |time| time.as_nanos() as u64);
    Second {
        at,
        length: Duration::from_secs(1),
        started: 1000,
        ended: Ended {
            good: 980,
            busy: 10,
            failed: 10,
            replies: 2970,
        },
        p50_ns: nanos(latency.quantile(0.5)),
        p99_ns: nanos(latency.quantile(0.99)),
        max_ns: nanos(latency.max()),
        connect_ns: nanos(of_second.connect.mean()),
        first_reply_ns: nanos(of_second.first_reply.mean()),
        later_reply_ns: nanos(of_second.later_replies.mean()),
        close_ns: nanos(of_second.close.mean()),
    }
}
