//! That each way in which a connection can fail to come about is counted as what it is.

#![cfg(target_os = "linux")]

mod support;

use std::process::Command;
use std::time::Duration;

use assert_cmd::cargo::cargo_bin;
use jamd::load::{Failure, Length, Plan};
use nix::sys::signal::Signal;
use socket2::SockRef;

use support::full::{await_connecting, full_after_one, gone_after_one};
use support::load::{assert_all_failed, closed, jamd_load, measure};
use support::program::{Running, run};
use support::sockets::leading_to;
use support::{await_that, millis};

#[test]
fn a_server_that_stopped_to_listen_refuses() {
    let measured = measure(&Plan {
        length: Length::Sessions { count: 4 },
        ..closed(gone_after_one(), 2)
    });
    assert_all_failed(&measured, Failure::Refused);
}

#[test]
fn a_handshake_that_nobody_answers_is_a_connection_timed_out() {
    let server = full_after_one();
    let measured = measure(&Plan {
        length: Length::Sessions { count: 8 },
        timeout: millis(300),
        ..closed(server.local_addr().unwrap(), 4)
    });
    assert_all_failed(&measured, Failure::ConnectTimedOut);
    let waited = measured.tally.failed(Failure::ConnectTimedOut).min();
    assert!(waited >= Some(millis(299)), "{waited:?}");
}

#[test]
fn a_connection_reset_before_the_client_knew_of_it_is_reset_while_connecting() {
    let server = full_after_one();
    let addr = server.local_addr().unwrap();
    let words = ["--clients=1", "--sessions=1", "--timeout=60s"];
    let mut load = Running::start(jamd_load(addr, &words));
    await_connecting(addr);
    // While the client is held, its kernel goes on: it sends the handshake again, and now finds room.
    load.hold();
    for _tried_and_sent_again in 0..2 {
        let (caller, _) = server.accept().expect("a connection");
        let linger = SockRef::from(&caller).set_linger(Some(Duration::ZERO));
        linger.expect("linger to be settable");
    }
    await_that("the client's side is reset", || leading_to(addr).is_empty());
    load.signal(Signal::SIGCONT);
    let ended = load.end();
    assert_eq!(ended.code, Some(5), "{ended:?}");
    let counted = "1 started = 0 good + 0 busy + 1 errors";
    for said in [counted, Failure::ConnectReset.name()] {
        assert!(ended.stdout.contains(said), "no {said:?} in {ended:?}");
    }
}

/// What is done in a network namespace, where the server's address goes away under its clients.
const LOST_ADDRESS: &str = r#"
ip link set lo up
ip address add 10.0.0.1/32 dev lo
"$0" serve --listen 10.0.0.1:45000 --zone utc --log off > /dev/null &
server=$!
trap 'kill $server' EXIT
until ss -ltn | grep -q :45000; do :; done
"$0" load 10.0.0.1:45000 --zone utc --clients 2 --keep-alive --timeout 300ms --duration 2s --warmup 0s &
load=$!
until [ "$(ss -tnH state established 'dport = :45000' | wc -l)" = 2 ]; do :; done
ip address del 10.0.0.1/32 dev lo
code=0
wait $load || code=$?
exit $code
"#;

#[test]
#[ignore = "needs unshare and ip"]
fn a_server_to_which_no_way_leads_any_more_is_not_reachable() {
    let mut inside = Command::new("unshare");
    inside.args(["-rn", "sh", "-ec", LOST_ADDRESS]);
    inside.arg(cargo_bin!("jamd"));
    let ended = run(inside);
    let row = |name: &str| ended.stdout.lines().find(|line| line.starts_with(name));
    // Whoever was connected waits in vain for a reply, once each, and then finds no way.
    assert!(row("not reachable").is_some(), "{ended:?}");
    for other in Failure::ALL {
        let is_expected = matches!(other, Failure::Unreachable | Failure::ReplyTimedOut);
        assert!(is_expected || row(other.name()).is_none(), "{ended:?}");
    }
}
