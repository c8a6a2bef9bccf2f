//! That times and rates are those that the server itself saw.

mod support;

use std::hint::spin_loop;
use std::thread;
use std::time::{Duration, Instant};

use jamd::load::{Arrivals, Drive, Measurement, Plan, Shape, Stages, Then, Think, Times};

use support::bad_server::{self as bad, BadServer, Caller};
use support::heartbeat::Heartbeat;
use support::load::{closed, lasting, measure, open};
use support::{BUSY, millis};

fn micros(micros: u64) -> Duration {
    Duration::from_micros(micros)
}

/// The duration that so many in a hundred do not exceed.
fn percentile(mut times: Vec<Duration>, percent: usize) -> Duration {
    times.sort_unstable();
    times[times.len() * percent / 100]
}

/// More than the wake-ups of two threads take, the server's and the client's, where others want the
/// cores too; a quiet machine takes a twentieth of it.
const WAKE_UPS: Duration = Duration::from_millis(1);

#[test]
fn the_time_to_a_reply_is_the_time_that_the_server_took() {
    for service in [millis(2), millis(20)] {
        let server = BadServer::start(bad::slow(service));
        let plan = closed(server.addr(), 2);
        let measured = measure(&Plan {
            shape: Shape {
                then: Then::KeepAlive,
                ..plan.shape
            },
            ..plan
        });
        let replies = &measured.tally.later_replies;
        let took = |percent| percentile(server.served(), percent);
        let seen = |quantile| replies.quantile(quantile).unwrap();
        for (percent, quantile) in [(10, 0.1), (50, 0.5), (90, 0.9)] {
            let (seen, took) = (seen(quantile), took(percent));
            // A bucket is a thousandth wide.
            assert!(seen.mul_f64(1.002) >= took, "{seen:?} < {took:?}");
        }
        // Whoever has to share the cores wakes late now and then, but not nine times in ten.
        let (seen, took) = (seen(0.1), took(10));
        let most = took + took.mul_f64(0.02).max(WAKE_UPS);
        assert!(seen <= most, "{seen:?} > {most:?}");
    }
}

#[test]
fn every_duration_is_known_to_a_thousandth() {
    let mut random = fastrand::Rng::with_seed(1);
    for around in [micros(1), micros(80), millis(3), millis(4000)] {
        let raw = std::iter::repeat_with(|| around.mul_f64(0.5 + random.f64()));
        let raw: Vec<Duration> = raw.take(20_001).collect();
        let mut times = Times::new();
        for time in &raw {
            times.record(*time);
        }
        let (exact, kept) = (percentile(raw, 50), times.quantile(0.5).unwrap());
        let off = kept.as_secs_f64() / exact.as_secs_f64() - 1.0;
        assert!(off.abs() <= 0.001, "{kept:?} of {exact:?}");
    }
}

/// Computes for some time, which takes no wake-up.
fn compute(time: Duration) {
    let began = Instant::now();
    while began.elapsed() < time {
        spin_loop();
    }
}

#[test]
fn two_services_that_differ_by_80_microseconds_differ_by_80_microseconds() {
    // What it takes to carry command and reply is the same for both, and so cancels out.
    let of_either = |caller: &mut Caller| {
        while let Some(before) = caller.asked() {
            compute(micros(if before % 2 == 0 { 40 } else { 120 }));
            caller.tell(0);
        }
    };
    let server = BadServer::start(of_either);
    let plan = closed(server.addr(), 1);
    let measured = measure(&Plan {
        shape: Shape {
            then: Then::KeepAlive,
            ..plan.shape
        },
        ..plan
    });
    let at = |quantile| measured.tally.later_replies.quantile(quantile).unwrap();
    // A tenth of the way into either half, where others that want the cores hardly show.
    let (short, long) = (at(0.05), at(0.55));
    let apart = long.saturating_sub(short);
    // Whoever counts in milliseconds sees none of it, or all of one.
    let allowed = micros(80).mul_f64(0.95)..=micros(400);
    assert!(allowed.contains(&apart), "{short:?} and {long:?}");
}

/// What a run of four seconds at this rate says of how its sessions are spread.
fn spread(rate: f64, arrivals: Arrivals) -> Measurement {
    let server = BadServer::start(bad::right);
    let plan = open(server.addr(), rate);
    let drive = Drive::Open {
        stages: Stages::constant(rate).unwrap(),
        arrivals,
        clients: plan.drive.clients(),
    };
    measure(&Plan {
        drive,
        length: lasting(millis(4000)),
        threads: 2,
        ..plan
    })
}

/// With more sessions the figure is the more sensitive to what the machine does: a stall of k hundredths
/// of a second adds k(k + 1)m/n to the index of n hundredths with m sessions each. At 2000 a second one
/// of 45 ms is a burst, which a busy machine has; at 200 it takes one of 150 ms. What stalls a thread
/// that only sleeps is the machine's and is allowed for, thrice, since it stalls each thread in its own
/// way.
#[test]
fn an_even_schedule_has_no_bursts() {
    let heartbeat = Heartbeat::start();
    let measured = spread(200.0, Arrivals::Constant);
    let stalls = heartbeat.missed().into_iter().map(|stall| {
        let hundredths = stall.as_secs_f64() / 0.01;
        hundredths * (hundredths + 1.0) * 2.0 / 400.0
    });
    let disturbance = 3.0 * stalls.sum::<f64>();
    let dispersion = measured.client.dispersion.unwrap();
    let allowed = 1.1 + disturbance;
    assert!(dispersion <= allowed, "{dispersion} > {allowed}");
}

/// So few sessions that a delay of some milliseconds does not show in the distances between them; timers
/// that fire together do. Where the machine stands still for as long as it is from one session to the
/// next, those that were due meanwhile begin together, and there is nothing to be learnt.
#[test]
fn a_random_schedule_is_a_poisson_process() {
    let heartbeat = Heartbeat::start();
    let measured = spread(40.0, Arrivals::Poisson);
    let stall = heartbeat.missed().into_iter().max();
    let stood_still = stall.is_some_and(|stall| stall > millis(25));
    let p = measured.client.poisson_p.unwrap();
    assert!(p > 0.01 || stood_still, "{p}, {stall:?}");
    assert_eq!(measured.tally.started, measured.client.scheduled);
}

#[test]
fn a_pause_is_no_part_of_any_reply() {
    let server = BadServer::start(bad::slow(millis(2)));
    let plan = closed(server.addr(), 2);
    let measured = measure(&Plan {
        shape: Shape {
            commands: 2,
            think: Think::Fixed {
                seconds: millis(100),
            },
            ..plan.shape
        },
        ..plan
    });
    let tally = &measured.tally;
    for times in [&tally.first_reply, &tally.later_replies] {
        assert!(times.quantile(0.5).unwrap() < millis(50));
    }
    assert!(
        tally.good.min().unwrap() >= millis(99),
        "a session has a pause in it"
    );
}

#[test]
fn a_quick_refusal_does_not_make_the_latency_look_better() {
    let server = BadServer::start(|caller: &mut Caller| {
        while let Some(before) = caller.asked() {
            if before % 2 == 1 {
                return caller.say(BUSY);
            }
            // Nothing is waited for: this is the service, and its time is taken.
            caller.take_time(|| thread::sleep(millis(20)));
            caller.tell(0);
        }
    });
    let measured = measure(&closed(server.addr(), 4));
    let tally = &measured.tally;
    assert!(tally.busy.count() > 0 && tally.busy.quantile(0.5).unwrap() < millis(20));
    assert!(measured.latency().min().unwrap() >= millis(19));
    assert_eq!(measured.latency().count(), tally.good.count());
}
