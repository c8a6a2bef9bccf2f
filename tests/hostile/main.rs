//! A server under deliberate abuse: a client that behaves is answered all the same.
//!
//! For each kind of abuse four hostile clients to a worker, each of which comes back the moment it is
//! closed, and one that behaves and comes ten times a second. The server needs to see one turn of each
//! hostile client before it knows them, so the measurement begins after that. In the suite a turn is
//! an eighth of the default. With `TEST_SECONDS` it is the default, and the figure is printed last:
//!
//! ```text
//! TEST_SECONDS=20 cargo test --test hostile -- --nocapture
//! ```

#[path = "../support/mod.rs"]
mod support;

mod abuse;

use std::env;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use jamd::load::{Measurement, Plan};

use self::abuse::{Abuse, Assault};
use support::load::{lasting, measure, open};
use support::own_address;
use support::program::{Program, jamd_serve};

const WORKERS: usize = 8;

/// Hostile clients to a worker.
const EACH: usize = 4;

/// Sessions a second of the client that behaves well.
const RATE: f64 = 10.0;

/// The most its answers are to take on a machine that has nothing else to do. It is printed with the
/// figure; what a test can insist on anywhere is that every one is answered.
const AIM: Duration = Duration::from_millis(1200);

/// Seconds for which each kind of abuse is measured, where `TEST_SECONDS` does not say otherwise.
const SECONDS: u64 = 3;

/// The turn of the suite, and the default.
const SHORT_TURN: Duration = Duration::from_millis(250);
const TURN: Duration = Duration::from_secs(2);

/// Turns that pass before the measurement, besides one for each hostile client to a worker.
const MORE_TURNS: usize = 6;

macro_rules! withstands {
    ($($name:ident: $abuses:expr;)*) => {
        $(mod $name {
            use super::*;

            #[test]
            fn whoever_behaves_well_is_answered() {
                withstand($abuses);
            }
        })*
    };
}

withstands! {
    silent: &[Abuse::Silent];
    trickle: &[Abuse::Trickle];
    never_reads: &[Abuse::NeverReads];
    half_open: &[Abuse::HalfOpen];
    connect_flood: &[Abuse::ConnectFlood];
    slow_quit: &[Abuse::SlowQuit];
    asks_and_hangs: &[Abuse::AsksAndHangs];
    polls: &[Abuse::Polls];
    all_at_once: &Abuse::ALL;
}

/// Checks that the client that behaves well is answered every time, and says how long it took at
/// worst.
fn withstand(abuses: &[Abuse]) {
    // They would be each other's abuse.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);

    let (seconds, turn) = match env::var("TEST_SECONDS") {
        Ok(text) => (text.parse().expect("seconds"), TURN),
        Err(_) => (SECONDS, SHORT_TURN),
    };
    let length = Duration::from_secs(seconds);
    let listen = own_address().to_string();
    let workers = WORKERS.to_string();
    let args = ["--listen", &listen, "--workers", &workers, "--turn"];
    let turn_key = format!("{}ms", turn.as_millis());
    let server = Program::start(jamd_serve(&[&args[..], &[&turn_key]].concat()));
    let assault = Assault::begin(server.addr(), abuses, WORKERS * EACH);
    assault.await_every_one_connected();
    // The attack itself takes this long; there is no event to wait for.
    let turns = abuses.len() * EACH + MORE_TURNS;
    thread::sleep(turn * u32::try_from(turns).expect("few turns"));
    let measured = behave_well(&server, length);
    let blows = assault.end();
    let ended = server.finish();

    let worst = measured.latency().max().unwrap_or_default();
    let names: Vec<_> = abuses.iter().map(|abuse| abuse.name()).collect();
    println!("{}", ended.ledger(0));
    println!(
        "{}: {blows} hostile sessions, {} of {} answered, {} busy, worst {worst:.2?} (aim {AIM:?})",
        names.join(", "),
        measured.tally.good.count(),
        measured.tally.started,
        measured.tally.busy.count(),
    );
    assert_eq!(measured.tally.good.count(), measured.tally.started);
}

fn behave_well(server: &Program, length: Duration) -> Measurement {
    let plan = open(server.addr(), RATE);
    measure(&Plan {
        length: lasting(length),
        zone: jamd::clock::Zone::Local,
        skew: Duration::from_secs(5),
        ..plan
    })
}
