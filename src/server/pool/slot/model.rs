//! Model-checker tests of a slot: a worker serves sessions while a reaper ends some of them.
//!
//! The checker is sequentially consistent, so effects of weak memory are not covered. Real sockets are not
//! covered either.

use std::net::{Ipv4Addr, Shutdown};
use std::sync::atomic::{AtomicBool as Note, AtomicU64 as Tally};

use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::sync::mpsc;
use shuttle::thread::{spawn, yield_now};
use shuttle::{Config, Runner};

use super::*;

const RUNS: usize = 5_000;
const PCT_DEPTH: usize = 3;
const SESSIONS: u64 = 3;
const COMMANDS: u64 = 2;

fn check(scenario: fn()) {
    let mut config = Config::new();
    // Otherwise it warns about every ordering weaker than its own.
    config.silence_warnings = true;
    Runner::new(RandomScheduler::new(RUNS), config.clone()).run(scenario);
    Runner::new(PctScheduler::new(PCT_DEPTH, RUNS), config).run(scenario);
}

/// A connection that asserts that each operation on it is allowed.
#[derive(Debug, Default)]
struct Wire {
    arrived: AtomicU64,
    /// Set while the worker processes its input. Like the tally of writes it is a plain atomic of the test,
    /// so it adds no scheduling point.
    is_dealt_with: Note,
    is_closed: Note,
    is_shut: Note,
}

impl Connection for Wire {
    fn shut_down(&self, _how: Shutdown) {
        assert!(!self.is_closed.load(Ordering::SeqCst), "another's by now");
        self.is_shut.store(true, Ordering::SeqCst);
    }

    fn is_silent(&self, read: u64) -> bool {
        let silent = self.arrived.load(Ordering::SeqCst) == read;
        let is_dealt_with = self.is_dealt_with.load(Ordering::SeqCst);
        assert!(!(silent && is_dealt_with), "a command was on its way");
        silent
    }
}

/// Serves one session of a few one-byte commands, with the worker's publications. Tallies the begun writes.
/// Returns whether the session was terminated.
fn serve(slot: &Slot<Wire>, writes: &Tally) -> bool {
    let wire = Arc::new(Wire::default());
    let client = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
    slot.begin(&wire, Visit::of(client), Tick(1));
    for command in 1..=COMMANDS {
        if slot.termination().is_some() {
            break;
        }
        wire.arrived.store(command, Ordering::SeqCst);
        wire.is_dealt_with.store(true, Ordering::SeqCst);
        slot.enter(State::Working, Tick(1));
        yield_now();
        writes.fetch_add(1, Ordering::SeqCst);
        slot.enter(State::Writing, Tick(1));
        yield_now();
        slot.enter(State::Working, Tick(1));
        slot.count(1);
        wire.is_dealt_with.store(false, Ordering::SeqCst);
        slot.note_read(command);
        slot.enter(State::Awaiting, Tick(1));
        yield_now();
    }
    slot.end(Tick(1));
    wire.is_closed.store(true, Ordering::SeqCst);
    let is_shut = wire.is_shut.load(Ordering::SeqCst);
    assert_eq!(
        slot.termination().is_some(),
        is_shut,
        "termination and shutdown"
    );
    is_shut
}

/// Repeatedly terminates sessions while a worker serves. Checks that the sessions reported as ended are
/// those that were ended.
fn reap(termination: Termination) {
    let slot = Arc::new(Slot::<Wire>::default());
    let (tell, told) = mpsc::channel();
    let worker = spawn({
        let slot = Arc::clone(&slot);
        move || {
            for session in 1..=SESSIONS {
                if serve(&slot, &Tally::default()) {
                    tell.send(session).unwrap();
                }
            }
        }
    });
    let mut ended = Vec::new();
    for _ in 0..6 {
        let seen = slot.look();
        yield_now();
        if slot.terminate(termination, seen) {
            ended.push(seen.session);
        }
    }
    worker.join().unwrap();
    let found: Vec<u64> = told.iter().collect();
    assert_eq!(ended, found);
}

#[test]
fn who_gives_way_is_the_session_that_was_seen_and_nothing_of_it_was_on_its_way() {
    check(|| reap(Termination::Reclaimed));
}

#[test]
fn a_limit_on_the_session_ends_that_session_and_never_the_next() {
    check(|| reap(Termination::SessionTimeout));
}

#[test]
fn who_takes_no_replies_is_the_session_that_was_seen() {
    check(|| reap(Termination::WriteTimeout));
}

/// Within a tick two writes differ only by the command answered between them. Two equal observations are
/// enough, and sessions to reclaim are observed twice.
#[test]
fn a_write_that_was_seen_twice_is_never_taken_for_the_next() {
    check(|| {
        let slot = Arc::new(Slot::<Wire>::default());
        let writes = Arc::new(Tally::default());
        let worker = spawn({
            let (slot, writes) = (Arc::clone(&slot), Arc::clone(&writes));
            move || {
                for _ in 0..SESSIONS {
                    serve(&slot, &writes);
                }
            }
        });
        let mut before = slot.look();
        for _ in 0..6 {
            let seen = slot.look();
            let seen_at = writes.load(Ordering::SeqCst);
            let is_same = seen.session == before.session && seen.commands == before.commands;
            let is_writing = [before, seen].map(SlotState::state) == [State::Writing; 2];
            if is_same && is_writing && slot.is_as_seen(Termination::ReclaimedWriting, seen) {
                assert_eq!(writes.load(Ordering::SeqCst), seen_at);
            }
            before = seen;
        }
        worker.join().unwrap();
    });
}

#[test]
fn a_session_that_is_seen_closely_has_its_own_client() {
    check(|| {
        let slot = Arc::new(Slot::<Wire>::default());
        let worker = spawn({
            let slot = Arc::clone(&slot);
            move || {
                for session in 1..=SESSIONS {
                    let client = SocketAddr::from((Ipv4Addr::LOCALHOST, session as u16));
                    slot.begin(&Arc::default(), Visit::of(client), Tick(session));
                    slot.end(Tick(session));
                }
            }
        });
        for _ in 0..4 {
            if let Some((seen, Visit { client, .. })) = slot.look_closely() {
                assert_eq!(u64::from(client.port()), seen.session);
                assert_ne!(seen.state(), State::Idle);
            }
        }
        worker.join().unwrap();
    });
}
