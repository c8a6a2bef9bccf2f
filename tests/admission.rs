//! Who is admitted, who waits, who is refused, and what each of them reads.

mod support;

use std::time::{Duration, Instant};

use jamd::server::{Class, Limits, Outcome, QueueTimeout, Settings};
use support::server::{TestServer, settings};
use support::{BUSY, JAM, await_that, millis};

#[test]
fn the_client_past_the_queue_is_refused_and_the_queued_one_is_served() {
    let server = TestServer::of(1, 1);
    let served = server.occupy();
    let mut queued = server.asking();
    await_that("it waits", || server.waiting() == 1);
    server.asking().expect_last(BUSY);
    drop(served);
    queued.expect(JAM);
    drop(queued);
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::QueueFull), 1, "{balance}");
}

#[test]
fn a_refused_client_reads_the_whole_line_and_a_fin_even_if_it_had_already_asked() {
    let server = TestServer::of(1, 1);
    let _served = server.occupy();
    let _queued = server.asking();
    await_that("it waits", || server.waiting() == 1);
    for nth in 0..100 {
        let mut refused = server.connect();
        assert!(refused.send_if_taken(b"TIME\r\n"));
        if nth % 2 == 0 {
            refused.send_if_taken(b"TIME\r\nQUIT\r\n");
        }
        refused.expect_last(BUSY);
    }
    server.cut();
    let balance = server.ended();
    assert_eq!(balance.count(Outcome::QueueFull), 100, "{balance}");
}

#[test]
fn who_waits_longer_than_the_queue_timeout_is_refused_in_order_while_every_worker_stays_busy() {
    const LIMIT: Duration = Duration::from_millis(300);
    let server = TestServer::with(Settings {
        workers: 2,
        queue: 8,
        limits: Limits {
            queue: QueueTimeout::of(Some(LIMIT), None),
            ..Limits::default()
        },
        ..settings()
    });
    let mut first = server.occupy();
    let mut second = server.occupy();
    let mut waiting: Vec<_> = (0..4)
        .map(|nth| {
            let mut client = server.connect();
            server.await_accepted(3 + nth);
            client.send(b"TIME\r\n");
            (Instant::now(), client)
        })
        .collect();
    let mut refused_at = Vec::new();
    for (since, client) in &mut waiting {
        client.expect_last(BUSY);
        assert!(since.elapsed() + millis(50) >= LIMIT, "refused too early");
        refused_at.push(Instant::now());
    }
    assert!(refused_at.is_sorted());
    first.ask();
    second.ask();
    let mut late = server.connect();
    late.send(b"TIME\r\n");
    drop(first);
    late.expect(JAM);
    drop((second, late));
    let balance = server.finish();
    assert_eq!(balance.count(Outcome::QueueTimeout), 4, "{balance}");
}

#[test]
fn nobody_in_the_queue_is_lost_or_served_twice_while_heads_expire_and_workers_take() {
    const CLIENTS: u64 = 400;
    let server = TestServer::with(Settings {
        workers: 2,
        queue: 64,
        limits: Limits {
            queue: QueueTimeout::of(Some(millis(20)), None),
            ..Limits::default()
        },
        ..settings()
    });
    let (mut served, mut busy) = (0, 0);
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..40)
            .map(|_| {
                scope.spawn(|| {
                    let mut read = [0, 0];
                    for _ in 0..CLIENTS / 40 {
                        let mut client = server.connect();
                        client.send(b"TIME\r\n");
                        let reply = client.read_a_line();
                        // Hold on to the worker for a moment, so that others expire meanwhile.
                        std::thread::park_timeout(millis(2));
                        match reply.as_slice() {
                            JAM => read[0] += 1,
                            BUSY => read[1] += 1,
                            other => panic!("{}", other.escape_ascii()),
                        }
                    }
                    read
                })
            })
            .collect();
        for client in clients {
            let [jam, refused] = client.join().unwrap();
            served += jam;
            busy += refused;
        }
    });
    let balance = server.finish();
    assert_eq!(served + busy, CLIENTS);
    assert_eq!(balance.accepted(), CLIENTS, "{balance}");
    let refused = balance.count(Outcome::QueueTimeout) + balance.count(Outcome::QueueFull);
    assert_eq!(refused, busy, "{balance}");
}

#[test]
fn a_client_that_left_the_queue_costs_the_next_one_nothing() {
    let server = TestServer::of(1, 4);
    let held = server.occupy();
    let gone = server.connect();
    let reset = server.connect();
    let mut next = server.connect();
    server.await_accepted(4);
    drop(gone);
    reset.reset();
    next.send(b"TIME\r\n");
    drop(held);
    next.expect(JAM);
    drop(next);
    let balance = server.finish();
    assert_eq!(balance.accepted(), 4, "{balance}");
}

#[test]
fn a_burst_is_served_without_a_queue_timeout_although_no_session_ends() {
    const WORKERS: usize = 40;
    let server = TestServer::of(WORKERS, WORKERS);
    for _ in 0..5 {
        // A few come and go, so that workers are seen to finish, and then all come at once and stay.
        drop((0..20).map(|_| server.occupy()).collect::<Vec<_>>());
        let mut burst: Vec<_> = (0..WORKERS / 2).map(|_| server.connect()).collect();
        for client in &mut burst {
            client.send(b"TIME\r\n");
        }
        for client in &mut burst {
            client.expect(JAM);
        }
    }
    server.finish();
}

#[test]
fn as_many_sessions_as_workers_are_served_at_the_same_time() {
    const WORKERS: usize = 200;
    let server = TestServer::of(WORKERS, WORKERS);
    let mut clients: Vec<_> = (0..WORKERS).map(|_| server.occupy()).collect();
    for client in &mut clients {
        client.ask();
    }
    drop(clients);
    assert_eq!(server.finish().total(Class::Served), 200);
}

#[test]
fn a_deferred_client_is_served_as_soon_as_it_speaks_and_when_it_never_does() {
    let server = TestServer::with(Settings {
        defer_accept: Some(Duration::from_secs(1)),
        ..settings()
    });
    server.occupy();
    let silent = server.connect();
    await_that("the silent client is accepted after all", || {
        server.balance().accepted() == 2
    });
    drop(silent);
    server.finish();
}

#[test]
fn a_burst_of_nine_tenths_of_pool_and_queue_is_answered_whole() {
    for (workers, queue) in [(100, 1), (100, 64), (16, 256), (400, 16)] {
        let server = TestServer::of(workers, queue);
        // Those with a worker keep it until everybody else has come, and then make room.
        let mut clients: Vec<_> = (0..(workers + queue) * 9 / 10)
            .map(|_| {
                let mut client = server.connect();
                client.send(b"TIME\r\n");
                client
            })
            .collect();
        server.await_accepted(clients.len() as u64);
        for client in &mut clients {
            client.expect(JAM);
            client.send(b"QUIT\r\n");
        }
        let balance = server.finish();
        assert_eq!(
            balance.count(Outcome::Quit),
            clients.len() as u64,
            "{balance}"
        );
    }
}
