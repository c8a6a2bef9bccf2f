//! That what is counted agrees with itself, with the server, and with what was asked for.

mod support;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use jamd::load::{Drive, Length, Measurement, Plan, Shape, Shard, Then, Think, Times};

use support::bad_server::{self as bad, BadServer};
use support::load::{audit, closed, jamd_load, lasting, measure, open};
use support::millis;
use support::program::{Program, run};

fn sessions(count: u64) -> Length {
    Length::Sessions { count }
}

/// More than the million samples at which other load testers stop to keep them.
const MANY: u64 = 3_000_000;

const PIPELINE: u32 = 64;

#[test]
fn three_million_replies_are_all_counted_and_agree_with_their_rate() {
    let server = Program::serve(&["--zone", "utc", "--workers", "4", "--log", "off"]);
    let plan = closed(server.addr(), 4);
    let rounds = MANY / u64::from(PIPELINE);
    let measured = measure(&Plan {
        shape: Shape {
            commands: PIPELINE,
            then: Then::KeepAlive,
            pipeline: PIPELINE,
            think: Think::None,
        },
        length: sessions(rounds),
        ..plan
    });
    let (tally, ended) = (&measured.tally, &measured.ended);
    assert_eq!((tally.good.count(), ended.good), (rounds, rounds));
    assert_eq!(ended.replies, MANY);
    assert_eq!(
        tally.first_reply.count() + tally.later_replies.count(),
        MANY
    );
    assert_agrees_with_its_mean(&tally.later_replies);
    assert_agrees_with_its_mean(&tally.good);
    let elapsed = measured.window.elapsed.as_secs_f64();
    let counted = measured.per_second(ended.replies) * elapsed;
    assert!((counted - 3e6).abs() < 1e-3, "{counted}");
    let by_the_second = measured.seconds.iter().map(|second| second.ended.replies);
    assert_eq!(by_the_second.sum::<u64>(), MANY);
}

/// Checks that the mean is that of all samples, by the exact sum and by the buckets.
#[track_caller]
fn assert_agrees_with_its_mean(times: &Times) {
    let mean = times.mean().unwrap();
    let count = u32::try_from(times.count()).unwrap();
    let off = times.total().abs_diff(mean * count);
    assert!(off < Duration::from_nanos(1) * count, "{off:?} off");
    let of_buckets = times.histogram().mean() / (mean.as_secs_f64() * 1e9);
    assert!((of_buckets - 1.0).abs() < 2e-3, "{of_buckets}");
}

#[test]
fn there_is_one_time_for_each_reply_and_none_is_invented() {
    let server = BadServer::start(bad::right);
    let plan = open(server.addr(), 200.0);
    let measured = measure(&Plan {
        shape: Shape {
            commands: 3,
            ..plan.shape
        },
        length: sessions(150),
        threads: 2,
        ..plan
    });
    let tally = &measured.tally;
    assert_eq!(tally.started, 150);
    let per_session = [
        &tally.good,
        &tally.intended,
        &tally.connect,
        &tally.first_reply,
    ];
    assert_eq!(per_session.map(Times::count), [150; 4]);
    assert_eq!(tally.later_replies.count(), 300);
    assert_eq!((measured.ended.replies, server.commands()), (450, 450));
}

#[test]
fn as_many_sessions_begin_as_were_asked_for_over_any_number_of_threads() {
    let server = BadServer::start(bad::right);
    for threads in [1, 3] {
        for plan in [closed(server.addr(), 7), open(server.addr(), 500.0)] {
            let before = server.peers().len();
            let plan = Plan {
                threads,
                length: sessions(101),
                ..plan
            };
            assert_eq!(measure(&plan).tally.good.count(), 101, "{plan:?}");
            // One connection more: whether the server is there is seen beforehand.
            assert_eq!(server.peers().len() - before, 102, "{plan:?}");
        }
    }
}

#[test]
fn a_session_that_begins_as_the_warm_up_ends_is_not_lost() {
    let server = Program::serve(&["--zone", "utc", "--log", "off"]);
    let plan = closed(server.addr(), 8);
    for _ in 0..60 {
        measure(&Plan {
            shape: Shape {
                then: Then::KeepAlive,
                ..plan.shape
            },
            warmup: millis(5),
            length: lasting(millis(5)),
            threads: 2,
            ..plan.clone()
        });
    }
}

#[test]
fn a_rate_below_the_number_of_threads_is_kept() {
    let server = BadServer::start(bad::right);
    let measured = measure(&Plan {
        threads: 8,
        length: lasting(Duration::from_secs(4)),
        ..open(server.addr(), 1.0)
    });
    assert_eq!((measured.tally.started, measured.client.scheduled), (4, 4));
}

#[test]
fn two_shards_together_make_the_whole_rate() {
    let server = BadServer::start(bad::right);
    let shard = |index| Plan {
        shard: Shard { index, count: 2 },
        ..open(server.addr(), 101.0)
    };
    let (one, other) = (shard(1), shard(2));
    let started = thread::scope(|scope| {
        let one = scope.spawn(|| measure(&one));
        let other = measure(&other);
        [one.join().unwrap(), other].map(|measured| measured.tally.started)
    });
    assert_eq!(started, [51, 50]);
}

#[test]
fn two_shards_together_begin_as_many_sessions_as_were_asked_for() {
    let server = BadServer::start(bad::right);
    let started = [1, 2].map(|index| {
        let measured = measure(&Plan {
            shard: Shard { index, count: 2 },
            length: Length::Sessions { count: 51 },
            ..closed(server.addr(), 4)
        });
        assert_eq!(measured.client.clients, 2);
        assert!(audit(&measured, "Little's law").is_some());
        measured.tally.started
    });
    assert_eq!(started, [26, 25]);
}

#[test]
fn a_schedule_that_ends_before_its_sessions_are_used_up_ends_the_run() {
    let server = BadServer::start(bad::right);
    let plan = open(server.addr(), 1.0);
    let Drive::Open {
        arrivals, clients, ..
    } = plan.drive
    else {
        unreachable!("an open loop");
    };
    let measured = measure(&Plan {
        drive: Drive::Open {
            stages: "0:100,100ms:0".parse().unwrap(),
            arrivals,
            clients,
        },
        length: Length::Sessions { count: 50 },
        ..plan
    });
    assert_eq!(measured.tally.good.count(), 10);
}

#[test]
fn a_run_shorter_than_anything_prints_sane_numbers() {
    let server = BadServer::start(bad::right);
    let short = ["--duration=200ms", "--warmup=0s"];
    for words in [
        &["--clients=4"][..],
        &["--rate=100"],
        &["--rate=1"],
        &["--clients=1", "--keep-alive"],
    ] {
        let ended = run(jamd_load(server.addr(), &[&short, words].concat()));
        // So little is easily disturbed, and then said to be.
        let code = ended.code;
        assert!(matches!(code, Some(0 | 4)), "{words:?}: {ended:?}");
        let text = ended.stdout.to_lowercase();
        for word in text.split(|c: char| !c.is_alphanumeric()) {
            assert!(
                !["nan", "inf", "infinity"].contains(&word),
                "{words:?}: {text}"
            );
        }
    }
    let measured = measure(&Plan {
        length: lasting(millis(200)),
        ..closed(server.addr(), 4)
    });
    assert_eq!(measured.window.elapsed, millis(200));
    let good = u32::try_from(measured.ended.good).unwrap();
    let rate = f64::from(good) / 0.2;
    assert!((measured.goodput() - rate).abs() < 1e-6);
}

#[test]
fn sessions_come_from_many_addresses_if_asked_to() {
    let server = BadServer::start(bad::right);
    measure(&Plan {
        sources: "127.0.0.0/24".parse().unwrap(),
        length: sessions(300),
        threads: 2,
        ..closed(server.addr(), 8)
    });
    let peers: BTreeSet<_> = server.peers().iter().map(SocketAddr::ip).collect();
    let own = peers
        .iter()
        .filter(|ip| ip.to_string().starts_with("127.0.0."));
    assert!(own.count() >= 150, "only {peers:?}");
}

/// A measurement of a closed loop, which keeps Little's law whatever its sessions are like.
fn lawful(plan: Plan) -> Measurement {
    let measured = measure(&plan);
    let law = audit(&measured, "Little's law").expect("a closed loop");
    assert!(law.is_passed(), "{law:?} with {plan:?}");
    measured
}

#[test]
fn a_closed_loop_keeps_littles_law_whatever_its_sessions_are_like() {
    let workers = ["--zone", "utc", "--workers", "64", "--log", "off"];
    let server = Program::serve(&workers);
    let thinks = Think::Fixed {
        seconds: millis(20),
    };
    let at_random = Think::Exponential { mean: millis(20) };
    for clients in [8, 64] {
        for then in [Then::Quit, Then::KeepAlive] {
            for think in [Think::None, thinks, at_random] {
                let plan = closed(server.addr(), clients);
                lawful(Plan {
                    shape: Shape {
                        commands: 2,
                        then,
                        think,
                        ..plan.shape
                    },
                    length: lasting(millis(400)),
                    warmup: millis(100),
                    threads: 2,
                    ..plan
                });
            }
        }
    }
}

#[test]
fn what_is_missing_from_a_measurement_is_missed() {
    let server = BadServer::start(bad::slow(millis(2)));
    let whole = lawful(closed(server.addr(), 8));
    let good = whole.tally.good.clone();
    let (count, mean) = (good.count(), good.mean().unwrap());
    let doctored = |count: u64, mean: Duration| {
        let mut doctored = whole.clone();
        doctored.tally.good = Times::new();
        for _ in 0..count {
            doctored.tally.good.record(mean);
        }
        let failed = |audit: jamd::load::Audit| (!audit.is_passed()).then_some(audit.name);
        let failed = jamd::load::audit(&doctored).into_iter().filter_map(failed);
        failed.collect::<Vec<_>>()
    };
    assert_eq!(doctored(count, mean), [""; 0]);
    assert_eq!(doctored(count, mean.mul_f64(0.95)), ["Little's law"]);
    assert_eq!(doctored(count - 1, mean), ["conservation"]);
}
