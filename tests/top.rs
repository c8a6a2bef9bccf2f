//! `jamd top` where there is no terminal: what is known of a server, once, as text.

#![cfg(feature = "top")]

mod support;

use std::net::SocketAddr;
use std::process::{Command, Output, Stdio};

use assert_cmd::cargo::cargo_bin;
use serde_json::json;
use socket2::{Domain, Socket, Type};

use support::admin_port::{AdminPort, answer, status};
use support::ask::{assert_ends, mask};

/// Runs `jamd top` without a terminal.
fn top(addr: SocketAddr, words: &[&str]) -> Output {
    let addr = addr.to_string();
    let mut jamd = Command::new(cargo_bin!("jamd"));
    jamd.args(["top", "--admin", &addr]).args(words);
    let output = jamd.stdin(Stdio::null()).output();
    mask(output.expect("jamd to run"), &addr)
}

#[test]
fn a_server_is_looked_at_once_and_printed() {
    let port = AdminPort::start(|_| answer(200, &status().to_string()));
    let expected = "\
ready: accepting
jamd 0.1.0 on 127.0.0.1:45000, up 1m 40s, running

8 workers  · 6 idle  a 1 awaiting  r 0 reading  # 1 working  w 0 writing
· a #

workers  2 of 8 occupied, 97 % waiting for clients so far
queue    1 of 1 024, oldest 250 ms, at most 12 so far
traffic  2.00 sessions/s, 10.0 commands/s since the start
refused  0.070/s queue full
ledger   210 accepted = 200 served (200 quit) + 7 refused (7 queue full) +
         3 open

worker  client                 state           for  commands
     2  127.0.0.1:50000        awaiting      1.5 s         3
     3  127.0.0.1:50001        working       0.0 s         0
";
    assert_ends(&top(port.addr(), &[]), 0, expected, "");
    assert_eq!(port.asked(), ["GET /status"]);
}

#[test]
fn advice_comes_first() {
    let mut advised = status();
    advised["advice"] = json!({"sentence": "12 workers would do.", "assumption": "",
        "holds": true, "why_not": "", "windows": []});
    let port = AdminPort::start(move |_| answer(200, &advised.to_string()));
    let output = top(port.addr(), &["--interval", "500ms"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stdout.starts_with(b"12 workers would do.\n"));
}

#[test]
fn what_would_command_a_terminal_does_not_reach_it() {
    let mut hostile = status();
    hostile["version"] = json!("\x1b[2J\x07");
    hostile["ready_reason"] = json!("\x1b]0;title\x07");
    let port = AdminPort::start(move |_| answer(200, &hostile.to_string()));
    let output = top(port.addr(), &[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let is_harmless = |byte: &u8| *byte == b'\n' || !byte.is_ascii_control();
    assert!(output.stdout.iter().all(is_harmless), "{output:?}");
}

#[test]
fn a_server_that_is_not_there_is_an_error() {
    let bound = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    bound
        .bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())
        .unwrap();
    let addr = bound.local_addr().unwrap().as_socket().unwrap();
    let complaint = "jamd: SERVER cannot be reached: connection refused\n";
    assert_ends(&top(addr, &[]), 1, "", complaint);
}

#[test]
fn an_interval_has_a_unit_and_bounds() {
    let port = AdminPort::start(|_| answer(200, &status().to_string()));
    for interval in ["1", "50ms", "2h", "soon"] {
        let output = top(port.addr(), &["--interval", interval]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
    }
    assert_eq!(port.asked(), [""; 0]);
}
