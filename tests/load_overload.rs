//! How `jamd load --overload` ends: its exit code and what it prints, by what it met with.

mod support;

use std::net::SocketAddr;

use nix::sys::signal::Signal;

use support::bad_server::{self as bad, BadServer};
use support::load::jamd_load;
use support::own_address;
use support::program::{Ended, Program, Running, run};

/// Runs as short as they get; each still warms up.
const SHORT: [&str; 3] = ["--overload=2x", "--clients=8", "--duration=1s"];

fn load(addr: SocketAddr) -> Ended {
    run(jamd_load(addr, &SHORT))
}

#[test]
fn a_server_under_overload_gives_one_sentence_a_row_for_each_load_and_the_recovery() {
    let server = Program::serve(&["--workers=2", "--service-time=exp:10ms"]);
    let ended = load(server.addr());
    // Another process may have kept the generator from its schedule.
    assert!(matches!(ended.code, Some(0 | 4)), "{ended:?}");
    let sentence = |line: &&str| line.starts_with("Keeps ") && line.contains("at 2 times the load");
    let mut first = ended.stdout.lines();
    assert!(
        first.by_ref().take(4).any(|line| sentence(&line)),
        "{ended:?}"
    );
    for row in [
        "load ",
        "0.8 ×",
        "1 ×",
        "2 ×",
        "3 ×",
        "recovery ",
        "capacity ",
    ] {
        let is_row = |line: &str| line.starts_with(row);
        assert!(ended.stdout.lines().any(is_row), "no {row:?}: {ended:?}");
    }
}

#[test]
fn a_server_without_a_good_session_has_no_capacity() {
    let server = BadServer::start(bad::busy);
    let ended = load(server.addr());
    assert_eq!(ended.code, Some(3), "{ended:?}");
    let said = "The server has no capacity";
    assert!(ended.stdout.starts_with(said), "{ended:?}");
}

#[test]
fn a_server_that_is_not_there_ends_with_5() {
    let ended = load(SocketAddr::new(own_address().ip(), 1));
    assert_eq!(ended.code, Some(5), "{ended:?}");
    assert!(ended.stderr.contains("refused"), "{ended:?}");
}

#[test]
fn an_interrupted_measurement_prints_what_it_knows_and_ends_with_130() {
    let server = BadServer::start(bad::right);
    let words = ["--overload=2x", "--clients=2", "--duration=60s"];
    let mut load = Running::start(jamd_load(server.addr(), &words));
    load.await_log(" 1 s ");
    load.signal(Signal::SIGINT);
    let ended = load.end();
    assert_eq!(ended.code, Some(130), "{ended:?}");
    let said = "Interrupted: The capacity is ";
    assert!(ended.stdout.starts_with(said), "{ended:?}");
}
