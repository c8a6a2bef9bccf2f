//! That what the advisor says of other numbers of workers is what they do.

mod support;

use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use jamd::load::{Arrivals, Drive, Plan, Shape, Stages, Think};
use jamd::whatif::{PoolFigures, WindowFigures};
use support::heartbeat::Heartbeat;
use support::http::status;
use support::load::{assert_all_good, lasting, measure, open};
use support::program::Program;
use support::{await_that, millis, own_address};

/// Sessions that begin in a second, which four workers cannot keep up with: each lasts for as long as
/// its client thinks.
const RATE: f64 = 100.0;
const THINK: Duration = Duration::from_millis(50);
const LENGTH: Duration = Duration::from_secs(10);

/// Nobody is refused or ended for the sake of others: every session comes and lasts as it would with any
/// number of workers.
const PATIENT: [&str; 5] = [
    "--queue=4096",
    "--queue-timeout=none",
    "--turn=none",
    "--idle-timeout=none",
    "--zone=utc",
];

#[test]
fn what_is_said_of_eight_workers_and_of_twelve_is_what_these_then_do() {
    let heartbeat = Heartbeat::start();
    let runs = thread::scope(|scope| {
        let runs = [4, 8, 12].map(|workers| scope.spawn(move || minute_of(workers)));
        runs.map(|run| run.join().unwrap())
    });
    let disturbance = heartbeat.missed().iter().max().copied().unwrap_or_default();
    let [four, eight, twelve] = runs;
    assert!(p99(four.wait.p99_seconds) > p99(eight.wait.p99_seconds));
    for (workers, real) in [(8, eight), (12, twelve)] {
        let said = p99(pool(&four, workers).wait_p99_seconds);
        let measured = p99(real.wait.p99_seconds);
        let tolerance = measured.mul_f64(0.25).max(millis(2)) + disturbance;
        assert!(
            said.abs_diff(measured) <= tolerance,
            "of {workers} workers it said {said:?}, and it was {measured:?} (disturbed: {disturbance:?})"
        );
        println!("{workers} workers: said {said:?}, measured {measured:?}");
    }
}

/// What the advisor knows of the load on a server with so many workers.
fn minute_of(workers: usize) -> WindowFigures {
    let admin = own_address().to_string();
    let count = workers.to_string();
    let mut program =
        Program::serve(&[&["--admin", &admin, "--workers", &count], &PATIENT[..]].concat());
    let admin = program.next_address("administration on http://");
    assert_all_good(&measure(&plan(program.addr())));
    let ledger = status(admin).server.ledger;
    let arrivals = ledger.accepted - ledger.probes;
    await_that("all are accounted for", || {
        last_minute(admin).is_some_and(|window| window.arrivals == arrivals)
    });
    last_minute(admin).expect("a window")
}

/// The same sessions whatever server they come to.
fn plan(addr: SocketAddr) -> Plan {
    let plan = open(addr, RATE);
    Plan {
        drive: Drive::Open {
            stages: Stages::constant(RATE).unwrap(),
            arrivals: Arrivals::Poisson,
            clients: 2000,
        },
        shape: Shape {
            commands: 2,
            think: Think::Exponential { mean: THINK },
            ..plan.shape
        },
        length: lasting(LENGTH),
        seed: 7,
        ..plan
    }
}

fn last_minute(admin: SocketAddr) -> Option<WindowFigures> {
    status(admin).advice?.windows.into_iter().next()
}

fn pool(window: &WindowFigures, workers: usize) -> PoolFigures {
    let mut pools = window.pools.iter();
    *pools.find(|pool| pool.workers == workers).expect("a pool")
}

fn p99(seconds: Option<f64>) -> Duration {
    Duration::from_secs_f64(seconds.expect("a percentile"))
}
