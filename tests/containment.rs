//! A service that panics, and what is left of the pool.

mod support;

use jamd::server::{Class, Outcome, Settings};
use support::puppet::{Shared, puppet};
use support::server::{TestServer, settings};

#[test]
fn after_a_panic_in_every_worker_the_pool_still_has_every_worker() {
    const WORKERS: usize = 4;
    let (service, strings) = puppet();
    let settings = Settings {
        workers: WORKERS,
        ..settings()
    };
    let server = TestServer::start(&settings, Shared(service));
    let mut panicking: Vec<_> = (0..WORKERS).map(|_| server.connect()).collect();
    for client in &mut panicking {
        client.send(b"HOLD\n");
    }
    let all_occupied: Vec<_> = (0..WORKERS).map(|_| strings.await_held()).collect();
    drop(all_occupied);
    for client in &mut panicking {
        client.expect(b"HOLD\n");
        client.send(b"PANIC\n");
        client.expect_last(b"");
    }

    let mut served: Vec<_> = (0..WORKERS).map(|_| server.connect()).collect();
    for client in &mut served {
        client.send(b"HOLD\n");
    }
    let at_the_same_time: Vec<_> = (0..WORKERS).map(|_| strings.await_held()).collect();
    drop(at_the_same_time);
    for client in &mut served {
        client.expect(b"HOLD\n");
    }
    drop(served);
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::Panicked), 4, "{balance}");
    assert_eq!(balance.total(Class::Served), 4, "{balance}");
}

#[test]
fn replies_from_before_a_panic_never_reach_the_next_session() {
    let (service, _strings) = puppet();
    let settings = Settings {
        workers: 1,
        ..settings()
    };
    let server = TestServer::start(&settings, Shared(service));
    let mut panicking = server.connect();
    panicking.send(b"hello\nPANIC\n");
    panicking.expect_last(b"");
    let mut next = server.connect();
    next.send(b"world\n");
    next.expect(b"world\n");
    drop(next);
    server.finish();
}
