//! Model-checker tests of the hand-off between acceptor, queue and workers.
//!
//! The checker runs thousands of schedules, detects deadlocks and can repeat a failed schedule. Each scenario
//! is checked twice: with random schedules, and with few thread changes at the worst moments. Parking
//! sometimes ends spuriously. The clock advances or stands still between two readings. Not covered are:
//!
//! * errors inside crossbeam's channel, which a plain list under a lock replaces;
//! * effects of weak memory: the checker is sequentially consistent, whatever the ordering;
//! * errors that need more threads or entries than here, or a schedule that was never drawn.

mod scene;

use shuttle::rand::{Rng, thread_rng};
use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::sync::{Barrier, mpsc};
use shuttle::thread::{spawn, yield_now};
use shuttle::{Config, MaxSteps, Runner};

use self::scene::{Scene, admit, hire};
use super::idle_workers::{FEW, WAKE_DELAY};
use super::*;
use crate::server::sync::{AtomicU64, Ordering};

/// Runs under each of the two schedulers: few enough that all tests together take well under a minute.
const RANDOM_RUNS: usize = 10_000;
const PCT_RUNS: usize = 5_000;

/// Thread changes at bad moments in one run of the second scheduler.
const PCT_DEPTH: usize = 3;

/// Far more than the longest run needs. It ends a thread that polls for ever.
const STEPS: usize = 20_000;

const WORKERS: usize = 3;

fn check(scenario: fn()) {
    let mut config = Config::new();
    config.max_steps = MaxSteps::FailAfter(STEPS);
    // Otherwise it warns about every ordering weaker than its own.
    config.silence_warnings = true;
    Runner::new(RandomScheduler::new(RANDOM_RUNS), config.clone()).run(scenario);
    Runner::new(PctScheduler::new(PCT_DEPTH, PCT_RUNS), config).run(scenario);
}

/// Tests the parker alone. With several workers the checker's frequent spurious wakeups would hide a worker
/// that leaves without a call.
#[test]
fn nobody_leaves_a_seat_uncalled() {
    check(|| {
        let was_called = Arc::new(AtomicU64::new(0));
        let (take_seat, parkers) = mpsc::channel();
        let worker = spawn({
            let was_called = Arc::clone(&was_called);
            move || {
                let parker = Parker::of_this_thread();
                take_seat.send(Arc::clone(&parker)).unwrap();
                parker.wait();
                assert_eq!(was_called.load(Ordering::SeqCst), 1);
            }
        });
        let parker = parkers.recv().unwrap();
        yield_now();
        was_called.store(1, Ordering::SeqCst);
        parker.wake();
        worker.join().unwrap();
    });
}

#[test]
fn every_admitted_entry_is_taken_exactly_once_and_every_worker_ends() {
    check(|| {
        let mut scene = Scene::of(2, WORKERS, || ());
        let mut admitted = Vec::new();
        for entry in 0..4 {
            if admit(&mut scene.entrance, entry, now()).is_ok() {
                admitted.push(entry);
            }
        }
        scene.close().assert_saw(admitted);
    });
}

#[test]
fn no_entry_waits_for_a_called_worker_that_another_came_before() {
    check(|| {
        let (served, servings) = mpsc::channel();
        let mut scene = Scene::of(1, WORKERS, move || served.send(()).unwrap());
        for entry in 0..4 {
            let arrived = now();
            if admit(&mut scene.entrance, entry, arrived) == Ok(Wakeup::Soon) {
                scene.entrance.attend(arrived + WAKE_DELAY);
            }
            // The worker that served may return before the next called worker comes.
            servings.recv().unwrap();
        }
        scene.close().assert_saw(0..4);
    });
}

#[test]
fn a_burst_is_taken_while_the_queue_stays_open() {
    check(|| {
        let (served, servings) = mpsc::channel();
        let mut scene = Scene::of(4, WORKERS, move || served.send(()).unwrap());
        scene.admit_burst(4);
        for _ in 0..4 {
            servings.recv().unwrap();
        }
        scene.close().assert_saw(0..4);
    });
}

#[test]
fn closing_meets_workers_on_their_way_in_and_out() {
    check(|| {
        let mut scene = Scene::of(1, WORKERS, || ());
        let admitted = usize::from(thread_rng().gen_bool(0.5));
        for entry in 0..admitted {
            scene.admit(entry);
        }
        scene.close().assert_saw(0..admitted);
    });
}

#[test]
fn while_few_are_active_a_burst_calls_as_many_workers_though_none_finishes() {
    check(|| {
        let everyone = Arc::new(Barrier::new(FEW + 1));
        let meeting = Arc::clone(&everyone);
        let mut scene = Scene::of(FEW, FEW, move || {
            meeting.wait();
        });
        for entry in 0..FEW {
            scene.admit(entry);
        }
        everyone.wait();
        scene.close().assert_saw(0..FEW);
    });
}

#[test]
fn an_entry_left_alone_is_taken_after_one_look_though_nobody_finishes() {
    check(|| {
        let everyone = Arc::new(Barrier::new(WORKERS));
        let (taken, takings) = mpsc::channel();
        let mut scene = Scene::of(1, WORKERS, move || {
            taken.send(()).unwrap();
            everyone.wait();
        });
        for entry in 0..WORKERS {
            let arrived = now();
            if admit(&mut scene.entrance, entry, arrived) == Ok(Wakeup::Soon) {
                let wakeup = scene.entrance.attend(arrived + WAKE_DELAY);
                assert_eq!(wakeup, Wakeup::Enough);
            }
            takings.recv().unwrap();
        }
        scene.close().assert_saw(0..WORKERS);
    });
}

/// No round of the reaper is needed: the acceptor checks again while there are more entries than workers on
/// their way.
#[test]
fn what_a_called_worker_leaves_is_taken_because_the_acceptor_looks_again() {
    check(|| {
        let everyone = Arc::new(Barrier::new(WORKERS + 1));
        let meeting = Arc::clone(&everyone);
        let mut scene = Scene::of(WORKERS, WORKERS, move || {
            meeting.wait();
        });
        scene.admit_burst(WORKERS);
        everyone.wait();
        scene.close().assert_saw(0..WORKERS);
    });
}

/// Workers are reduced and increased while entries arrive. No worker called for an entry retires without
/// passing it on, and the final number is right.
#[test]
fn entries_are_taken_whoever_retires_and_whoever_is_hired_meanwhile() {
    const ENTRIES: usize = 4;
    check(|| {
        let (served, servings) = mpsc::channel();
        let serve = move || served.send(()).unwrap();
        let mut scene = Scene::of(ENTRIES, WORKERS, serve.clone());
        let manager = spawn({
            let (queue, witness) = (Arc::clone(&scene.queue), Arc::clone(&scene.witness));
            move || {
                assert_eq!(queue.staff(1), 0);
                yield_now();
                let missing = queue.staff(2);
                assert!(missing <= 1, "{missing} missing of two");
                hire(missing, &queue, &witness, &serve)
            }
        });
        scene.admit_burst(ENTRIES);
        for _ in 0..ENTRIES {
            servings.recv().unwrap();
        }
        scene.workers.extend(manager.join().unwrap());
        assert_eq!(scene.queue.staff(2), 0);
        scene.close().assert_saw(0..ENTRIES);
    });
}

/// The queue stays open, so surplus workers have to be woken to retire.
#[test]
fn idle_workers_that_are_too_many_retire_while_the_queue_stays_open() {
    check(|| {
        let mut scene = Scene::of(1, WORKERS, || ());
        let (retired, retirements) = mpsc::channel();
        for worker in scene.workers.drain(..) {
            let retired = retired.clone();
            spawn(move || {
                worker.join().unwrap();
                retired.send(()).unwrap();
            });
        }
        assert_eq!(scene.queue.staff(1), 0);
        for _ in 1..WORKERS {
            retirements.recv().unwrap();
        }
        assert_eq!(scene.queue.staff(1), 0);
        drop(scene.entrance);
        retirements.recv().unwrap();
    });
}

#[test]
fn the_reaper_takes_only_what_is_too_old_and_nothing_that_a_worker_takes() {
    const ENTRIES: usize = 5;
    const LIMIT: Duration = Duration::from_millis(1);
    check(|| {
        let timeout = QueueTimeout::of(Some(LIMIT), None);
        let mut scene = Scene::limited(2, timeout, 2, || ());
        let arrivals = Arc::new(Mutex::new(Vec::new()));
        let reaper = spawn({
            let (queue, witness) = (Arc::clone(&scene.queue), Arc::clone(&scene.witness));
            let arrivals = Arc::clone(&arrivals);
            move || {
                for _ in 0..ENTRIES {
                    let now = now();
                    if let Some(entry) = witness.see(|| queue.withdraw_late(now)) {
                        let arrived: Instant = arrivals.lock().unwrap()[entry];
                        assert!(now.saturating_duration_since(arrived) > LIMIT);
                    }
                }
            }
        });
        let mut admitted = Vec::new();
        for entry in 0..ENTRIES {
            let arrived = now();
            arrivals.lock().unwrap().push(arrived);
            if admit(&mut scene.entrance, entry, arrived).is_ok() {
                admitted.push(entry);
            }
        }
        let witness = scene.close();
        reaper.join().unwrap();
        witness.assert_saw(admitted);
    });
}
