//! A server that simulates another service: it tells the time, as slowly as it was told to.

mod support;

use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use nix::sys::signal::Signal;
use support::http::get;
use support::load::jamd_load;
use support::program::{Program, expect_the_time, run};

#[test]
fn a_session_is_as_long_as_its_commands_and_is_counted_so() {
    let mut server = Program::serve(&["--service-time", "20ms", "--admin", "127.0.0.1:0"]);
    let admin = server.next_address("administration on http://");
    server.await_log("simulating a service: every command takes 20ms");
    let mut client = server.connect();
    client.send(b"TIME\r\nTIME\r\nTIME\r\nQUIT\r\n");
    for _ in 0..3 {
        expect_the_time(&mut client);
    }
    client.expect_last(b"");
    let metrics = get(admin, "/metrics").body;
    let figure = |name: &str| -> f64 {
        let value = metrics.lines().find_map(|line| line.strip_prefix(name));
        value.expect("a figure").trim().parse().expect("a number")
    };
    assert!(
        metrics.contains("jamd_session_seconds_count 1\n"),
        "{metrics}"
    );
    assert!(figure("jamd_session_seconds_sum ") >= 0.06, "{metrics}");
    server.finish();
}

#[test]
fn what_it_tells_is_right() {
    let server = Program::serve(&["--service-time", "exp:1ms", "--zone", "utc"]);
    let load = ["--sessions", "200", "--clients", "8", "--slo", "errors<1%"];
    let ended = run(jamd_load(server.addr(), &load));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    server.finish();
}

#[test]
fn a_cut_waits_for_the_command_under_way_and_for_none_behind_it() {
    // All commands come with one read, and would take several minutes.
    let args = ["--service-time", "100ms", "--max-line", "65536"];
    let mut server = Program::serve(&args);
    let mut client = server.connect();
    client.send(&b"TIME\r\n".repeat(4000));
    expect_the_time(&mut client);
    server.signal(Signal::SIGTERM);
    server.await_log("draining");
    server.insist(Signal::SIGTERM);
    let ended = server.end();
    assert!(ended.ledger(1).contains("(1 cut)"), "{ended:?}");
}

#[test]
fn it_is_nothing_that_a_configuration_can_ask_for() {
    for variable in ["JAMD_SERVICE_TIME", "JAMD_SIMULATED"] {
        let mut check = Command::new(cargo_bin!("jamd"));
        check.arg("check").env_clear().env(variable, "2ms");
        run(check).assert_refused(78, &[variable]);
    }
    let mut serve = Command::new(cargo_bin!("jamd"));
    serve.args(["serve", "--service-time", "61s"]).env_clear();
    let refused = run(serve);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("from 0s to 60s"), "{refused:?}");
}
