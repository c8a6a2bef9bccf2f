//! The administration port and the agent, as whoever operates the program meets them.

mod support;

use std::net::SocketAddr;

use jamd::observe::{Life, State};
use nix::sys::signal::Signal;
use support::client::Client;
use support::http::{exchange, get, post, status};
use support::program::{Program, ask, expect_the_time, jamd_serve};
use support::{BUSY, await_that, own_address};

/// A server with an administration port.
fn administered(args: &[&str]) -> (Program, SocketAddr) {
    let admin = own_address().to_string();
    let mut program = Program::serve(&[&["--admin", &admin], args].concat());
    let admin = program.next_address("administration on http://");
    (program, admin)
}

#[test]
fn it_answers_while_every_worker_is_occupied_and_the_queue_is_full() {
    let (program, admin) = administered(&["--workers=1", "--queue=1", "--queue-timeout=none"]);
    let _occupied = program.occupy();
    let mut waiting = program.connect();
    waiting.send(b"TIME\r\n");
    await_that("it waits", || status(admin).server.queue.depth == 1);
    let mut refused = program.connect();
    refused.send(b"TIME\r\n");
    refused.expect_last(BUSY);
    // Who was refused is told first and counted then.
    await_that("the refusal is counted", || {
        let ledger = status(admin).server.ledger;
        ledger.refused.get("queue full") == Some(&1)
    });
    let status = status(admin);
    assert_eq!(status.server.workers.states.idle, 0, "{status:?}");
    assert_eq!(status.server.queue.depth, 1);
    assert_eq!(status.server.queue.high_water, 1);
    assert_eq!(get(admin, "/healthz").code, 200);
    assert!(get(admin, "/metrics").body.ends_with("# EOF\n"));
}

#[test]
fn every_session_is_shown_with_its_client_its_state_and_what_it_was_answered() {
    let (program, admin) = administered(&["--workers=3", "--command-timeout=none"]);
    let silent = program.occupy();
    let begun = program.occupy_in_mid_command();
    await_that("both are shown as they are", || {
        let pool = status(admin).server.pool;
        assert_eq!(pool.len(), 3, "a view for each worker");
        let shown = |client: &Client, state| {
            let of_client = pool.iter().filter(|it| {
                (it.occupancy)
                    .is_some_and(|held| held.client == client.address() && held.commands == 1)
            });
            of_client.filter(|it| it.state == state).count() == 1
        };
        shown(&silent, State::Awaiting) && shown(&begun, State::Reading)
    });
    let server = status(admin).server;
    assert_eq!(server.commands, 2);
    assert_eq!(server.listen, [program.addr()]);
    assert_eq!(server.backlogs.len(), 1);
}

#[test]
fn a_session_has_its_age_beside_the_time_in_its_state() {
    let (program, admin) = administered(&["--workers=1"]);
    let mut client = program.occupy();
    let shown = || {
        let pool = status(admin).server.pool;
        let held = pool[0].occupancy.expect("a session");
        (held.age_seconds, pool[0].since_seconds)
    };
    await_that("it has been there for a while", || shown().0 > 0.1);
    ask(&mut client);
    let (age, since) = shown();
    assert!(
        age > 0.1 && since < age - 0.05,
        "{age} s, of which {since} s"
    );
}

#[test]
fn it_answers_to_the_end_of_a_drain_and_says_that_it_is_not_ready() {
    let (mut program, admin) = administered(&["--log=info", "--drain-timeout=1h"]);
    assert_eq!(get(admin, "/readyz").body, "accepting\n");
    let mut held = program.occupy_in_mid_command();
    program.signal(Signal::SIGTERM);
    program.await_log("draining");
    let ready = get(admin, "/readyz");
    assert_eq!((ready.code, ready.body.as_str()), (503, "draining\n"));
    assert_eq!(status(admin).server.life, Life::Draining);
    let late = post(admin, "/workers", r#"{"workers": 9}"#);
    assert_eq!(late.code, 409, "{late:?}");
    held.send(b"ME\r\n");
    expect_the_time(&mut held);
    held.expect_last(b"");
    assert_eq!(program.end().code, Some(0));
    assert!(std::net::TcpStream::connect(admin).is_err());
}

#[test]
fn about_to_drain_it_is_not_ready_and_serves_all_the_same() {
    let (mut program, admin) = administered(&["--log=info", "--drain-delay=1h"]);
    program.signal(Signal::SIGTERM);
    program.await_log("about to drain");
    let ready = get(admin, "/readyz");
    assert_eq!((ready.code, ready.body.as_str()), (503, "about to drain\n"));
    ask(&mut program.connect());
    program.insist(Signal::SIGTERM);
    program.end();
}

#[test]
fn it_is_not_ready_when_it_has_refused_too_many_and_says_how_many() {
    let (program, admin) = administered(&[
        "--workers=1",
        "--queue-timeout=1ms",
        "--turn=none",
        "--ready-max-refused=20",
    ]);
    let occupied = program.occupy();
    let mut refused = program.connect();
    refused.send(b"TIME\r\n");
    refused.expect_last(BUSY);
    await_that("not ready", || get(admin, "/readyz").code == 503);
    let said = get(admin, "/readyz").body;
    assert_eq!(said, "too few workers; in the last 10 s 50 % refused\n");
    drop(occupied);
}

#[test]
fn the_number_of_workers_is_read_and_changed() {
    let (program, admin) = administered(&["--workers=1"]);
    assert_eq!(get(admin, "/workers").body, "{\"workers\":1}\n");
    let _holder = program.occupy();
    let mut waiting = program.connect();
    waiting.send(b"TIME\r\n");
    let changed = post(admin, "/workers", r#"{"workers": 3}"#);
    assert_eq!(
        (changed.code, changed.body.as_str()),
        (200, "{\"workers\":3}\n")
    );
    expect_the_time(&mut waiting);
    let status = status(admin);
    assert_eq!(status.server.workers.wanted, 3);
    assert_eq!(status.server.pool.len(), 3);
}

#[test]
fn what_is_no_number_of_workers_is_named_and_changes_nothing() {
    let (_program, admin) = administered(&["--workers=2"]);
    for (body, code) in [
        (r#"{"workers": 0}"#, 422),
        (r#"{"workers": 30001}"#, 422),
        (r#"{"workers": -1}"#, 400),
        (r#"{"workers": "8"}"#, 400),
        (r#"{"wokers": 8}"#, 400),
        ("8", 400),
        ("", 400),
    ] {
        let answer = post(admin, "/workers", body);
        assert_eq!(answer.code, code, "{body}: {answer:?}");
        assert!(answer.body.contains("workers"), "{body}: {answer:?}");
    }
    assert_eq!(get(admin, "/workers").body, "{\"workers\":2}\n");
}

#[test]
fn pages_from_elsewhere_learn_and_change_nothing() {
    let (_program, admin) = administered(&["--workers=2"]);
    let body = r#"{"workers": 3}"#;
    let send = |head: &str| {
        let length = body.len();
        let request = format!("{head}\r\nContent-Length: {length}\r\n\r\n{body}");
        exchange(admin, request.as_bytes()).code
    };
    let json = "Content-Type: application/json";
    let own = format!("POST /workers HTTP/1.1\r\nHost: {admin}");
    assert_eq!(send(&format!("{own}\r\nContent-Type: text/plain")), 415);
    assert_eq!(
        send(&format!("{own}\r\n{json}\r\nOrigin: http://evil.example")),
        403
    );
    for named in [
        "GET /status HTTP/1.1\r\nHost: evil.example",
        "GET http://evil.example/status HTTP/1.1\r\nHost: localhost",
    ] {
        assert_eq!(send(named), 421, "{named}");
    }
    // As a proxy passes it on.
    let own_target = format!("GET http://{admin}/healthz HTTP/1.1\r\nHost: evil.example");
    assert_eq!(send(&own_target), 200);
    assert_eq!(get(admin, "/workers").body, "{\"workers\":2}\n");
    assert_eq!(
        send(&format!("{own}\r\n{json}\r\nOrigin: http://{admin}")),
        200
    );
}

#[test]
fn bad_requests_get_a_proper_answer_and_the_next_is_served() {
    let (_program, admin) = administered(&[]);
    for (request, code) in [
        ("TIME\r\n\r\n", 400),
        ("GET / HTTP/3.0\r\n\r\n", 505),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET http://localhost/ HTTP/1.1\r\n\r\n", 400),
        ("GET /nowhere HTTP/1.0\r\n\r\n", 404),
        ("DELETE /workers HTTP/1.0\r\n\r\n", 405),
        ("POST /status HTTP/1.0\r\n\r\n", 405),
        (
            "POST /workers HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
            411,
        ),
        (
            "POST /workers HTTP/1.1\r\nContent-Length: 5000\r\n\r\n",
            413,
        ),
        ("GET / HTTP/1.1\r\nHost: \u{e9}\r\n\r\n", 421),
    ] {
        assert_eq!(
            exchange(admin, request.as_bytes()).code,
            code,
            "{request:?}"
        );
    }
    let long = format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(9000));
    assert_eq!(exchange(admin, long.as_bytes()).code, 431);
    let allowed = exchange(admin, b"PUT /workers HTTP/1.0\r\n\r\n");
    assert_eq!(allowed.field("Allow"), Some("GET, HEAD, POST"));
    let old = exchange(admin, b"GET /healthz HTTP/1.0\r\n\r\n");
    assert_eq!((old.code, old.body.as_str()), (200, "alive\n"));
}

#[test]
fn asked_for_the_head_alone_it_sends_no_body() {
    let (_program, admin) = administered(&[]);
    let head = exchange(admin, b"HEAD / HTTP/1.0\r\n\r\n");
    assert_eq!((head.code, head.body.as_str()), (200, ""));
    let page = get(admin, "/");
    let length = page.body.len().to_string();
    assert_eq!(head.field("Content-Length"), Some(length.as_str()));
    let policy = page.field("Content-Security-Policy").expect("a policy");
    assert!(policy.starts_with("default-src 'none'"));
}

#[test]
fn more_who_say_nothing_than_there_are_workers_do_not_keep_others_out() {
    let (_program, admin) = administered(&[]);
    let _silent: Vec<_> = (0..8).map(|_| Client::connect(admin)).collect();
    assert_eq!(get(admin, "/healthz").code, 200);
}

#[test]
fn metrics_agree_with_the_ledger_in_both_forms() {
    let (program, admin) = administered(&["--workers=2"]);
    for _ in 0..3 {
        let mut client = program.occupy();
        client.send(b"QUIT\r\n");
        client.expect_last(b"");
    }
    await_that("all have been counted", || {
        status(admin).server.ledger.served.get("quit") == Some(&3)
    });
    let ours = get(admin, "/metrics");
    let openmetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(ours.field("Content-Type"), Some(openmetrics));
    let plain = exchange(
        admin,
        b"GET /metrics HTTP/1.0\r\nAccept: text/plain\r\n\r\n",
    );
    let prometheus = "text/plain; version=0.0.4; charset=utf-8";
    assert_eq!(plain.field("Content-Type"), Some(prometheus));
    for answer in [ours, plain] {
        for line in [
            "jamd_served_total{outcome=\"quit\"} 3.0",
            "jamd_refused_total{reason=\"queue full\"} 0.0",
            "jamd_accepted_total 3.0",
            "jamd_commands_total 6.0",
            "jamd_session_seconds_count 3",
            "jamd_queue_wait_seconds_count 3",
            "jamd_session_commands_sum 6.0",
            "jamd_workers_wanted 2.0",
            "jamd_life{life=\"running\"} 1.0",
        ] {
            let lines = || answer.body.lines();
            assert_eq!(
                lines().filter(|it| *it == line).count(),
                1,
                "{line} in\n{}",
                answer.body
            );
        }
    }
}

#[test]
fn the_agent_says_what_the_server_can_take_to_whoever_connects() {
    let agent = own_address().to_string();
    let args = [
        "--workers=4",
        "--agent",
        &agent,
        "--drain-delay=1h",
        "--log=info",
    ];
    let mut program = Program::serve(&args);
    let agent = program.next_address("agent-check on ");
    Client::connect(agent).expect_last(b"ready up 100% maxconn:4\n");
    let _occupied = program.occupy();
    Client::connect(agent).expect_last(b"ready up 75% maxconn:4\n");
    program.signal(Signal::SIGTERM);
    program.await_log("about to drain");
    Client::connect(agent).expect_last(b"drain\n");
    program.insist(Signal::SIGTERM);
    program.end();
}

#[test]
fn a_port_that_others_reach_has_to_be_wanted() {
    let mut jamd = jamd_serve(&["--admin", "0.0.0.0:0"]);
    let ended = jamd.output().unwrap();
    assert_eq!(ended.status.code(), Some(2), "{ended:?}");
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(
        said.contains("--admin must be a loopback address"),
        "{said}"
    );
}
