//! A number of workers on a lease: it holds for as long as it is renewed, and no longer.

mod support;

use std::net::SocketAddr;

use serde_json::{Value, json};
use support::http::{Answer, get, post};
use support::program::Program;
use support::{await_that, own_address};

/// A server with so many workers, and its administration port.
fn administered(workers: usize) -> (Program, SocketAddr) {
    let (workers, admin) = (workers.to_string(), own_address().to_string());
    let mut program = Program::serve(&["--workers", &workers, "--admin", &admin]);
    let admin = program.next_address("administration on http://");
    (program, admin)
}

fn change(admin: SocketAddr, body: Value) -> Answer {
    post(admin, "/workers", &body.to_string())
}

/// Changes the number of workers, which must succeed, and says how many there are to be and on which
/// lease.
#[track_caller]
fn changed(admin: SocketAddr, body: Value) -> (u64, Option<u64>) {
    let answer = change(admin, body);
    assert_eq!(answer.code, 200, "{answer:?}");
    read(&answer)
}

/// Takes a lease, which must succeed, and says its number.
#[track_caller]
fn leased(admin: SocketAddr, workers: u64, seconds: f64) -> u64 {
    let terms = json!({"workers": workers, "for_seconds": seconds});
    let (there, lease) = changed(admin, terms);
    assert_eq!(there, workers);
    lease.expect("a lease")
}

fn headcount(admin: SocketAddr) -> (u64, Option<u64>) {
    read(&get(admin, "/workers"))
}

fn read(answer: &Answer) -> (u64, Option<u64>) {
    let answer: Value = serde_json::from_str(&answer.body).expect("JSON");
    let workers = answer["workers"].as_u64().expect("a number");
    (workers, answer["lease"]["number"].as_u64())
}

#[track_caller]
fn assert_refused(answer: &Answer, code: u16, part: &str) {
    assert_eq!(answer.code, code, "{answer:?}");
    assert!(answer.body.contains(part), "{answer:?}");
}

#[test]
fn who_does_not_renew_a_lease_leaves_what_was_before() {
    let (mut server, admin) = administered(6);
    let lease = leased(admin, 3, 0.5);
    server.await_log("lease expired");
    assert_eq!(headcount(admin), (6, None));
    let late = change(
        admin,
        json!({"workers": 4, "for_seconds": 9, "lease": lease}),
    );
    assert_refused(&late, 412, "there are to be 6 workers now");
    assert_eq!(headcount(admin), (6, None));
    server.finish();
}

#[test]
fn a_lease_holds_for_as_long_as_it_is_renewed_and_leaves_what_was_before_the_first() {
    let (server, admin) = administered(6);
    let lease = leased(admin, 3, 3600.0);
    for workers in [5, 2, 2] {
        let renewal = json!({"workers": workers, "for_seconds": 3600, "lease": lease});
        assert_eq!(changed(admin, renewal), (workers, Some(lease)));
    }
    changed(
        admin,
        json!({"workers": 4, "for_seconds": 0.1, "lease": lease}),
    );
    await_that("the lease is over", || headcount(admin) == (6, None));
    server.finish();
}

#[test]
fn who_ends_a_lease_has_the_last_word() {
    let (server, admin) = administered(6);
    let lease = leased(admin, 3, 3600.0);
    let ended = changed(admin, json!({"workers": 8, "lease": lease}));
    assert_eq!(ended, (8, None));
    let again = change(admin, json!({"workers": 3, "lease": lease}));
    assert_refused(&again, 412, "there are to be 8 workers now");
    assert_eq!(headcount(admin), (8, None));
    server.finish();
}

#[test]
fn a_change_for_good_ends_a_lease_and_is_left_alone_by_it() {
    let (server, admin) = administered(6);
    let lease = leased(admin, 3, 0.3);
    // The same number as that of the lease is a change as well.
    assert_eq!(changed(admin, json!({"workers": 3})), (3, None));
    for terms in [
        json!({"workers": 2, "for_seconds": 9, "lease": lease}),
        json!({"workers": 6, "lease": lease}),
    ] {
        assert_refused(&change(admin, terms), 412, "there are to be 3 workers now");
    }
    // The next lease, which begins at once, ends after the first one would have.
    assert_ne!(leased(admin, 5, 0.6), lease);
    await_that("the second is over", || headcount(admin).1.is_none());
    assert_eq!(headcount(admin), (3, None));
    server.finish();
}

#[test]
fn there_is_one_lease_at_a_time() {
    let (server, admin) = administered(6);
    let lease = leased(admin, 3, 3600.0);
    let second = change(admin, json!({"workers": 4, "for_seconds": 9}));
    assert_refused(&second, 423, "another client tries numbers of workers");
    assert_eq!(headcount(admin), (3, Some(lease)));
    server.finish();
}

#[test]
fn a_lease_that_cannot_be_is_refused_and_changes_nothing() {
    let (server, admin) = administered(6);
    for seconds in [json!(0), json!(0.05), json!(3601), json!(-1), json!(1e300)] {
        let refused = change(admin, json!({"workers": 3, "for_seconds": seconds}));
        assert_refused(&refused, 422, "for_seconds must be between 0.1 and 3600");
    }
    let refused = change(admin, json!({"workers": 3, "for_seconds": "6s"}));
    assert_refused(&refused, 400, "the body must be like");
    let refused = change(admin, json!({"workers": 3, "lease": 1}));
    assert_refused(&refused, 412, "there are to be 6 workers now");
    let refused = change(admin, json!({"workers": 0, "for_seconds": 9}));
    assert_refused(&refused, 422, "workers must be between 1 and");
    assert_eq!(headcount(admin), (6, None));
    server.finish();
}

#[test]
fn a_server_under_a_lease_drains_like_any_other() {
    let (server, admin) = administered(6);
    leased(admin, 3, 3600.0);
    server.finish().ledger(0);
}

#[test]
fn the_lease_of_a_server_is_none_of_the_next() {
    let taken = || {
        let (server, admin) = administered(6);
        let lease = leased(admin, 3, 3600.0);
        server.finish().ledger(0);
        lease
    };
    assert_ne!(taken(), taken());
}
