//! Tests of shadow pools against a simulation, queueing laws and open sessions.

use fastrand::Rng;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::whatif::QueueTimeout;
use crate::whatif::simulation::{exponential, simulate};

/// A client's arrival and the length of its session.
type Client = (Nanos, Nanos);

struct Replay {
    pool: ShadowPool,
    told: Vec<(Nanos, Fate)>,
}

impl Replay {
    fn new(workers: usize, places: usize, timeout: QueueTimeout) -> Self {
        Self {
            pool: ShadowPool::new(workers, places, timeout),
            told: Vec::new(),
        }
    }

    fn of(workers: usize, places: usize, timeout: QueueTimeout, clients: &[Client]) -> Self {
        let mut replay = Self::new(workers, places, timeout);
        for (at, length) in clients {
            replay.enter(*at, Length::Known(*length));
        }
        replay.finish();
        replay
    }

    /// Ends the arrivals.
    fn finish(&mut self) {
        let told = &mut self.told;
        let mut tell = |at, fate| told.push((at, fate));
        self.pool.nobody_before(Nanos::MAX, &mut tell);
    }

    fn enter(&mut self, at: Nanos, length: Length) {
        let told = &mut self.told;
        let arrival = Arrival { at, length };
        self.pool
            .enter(arrival, &mut |at, fate| told.push((at, fate)));
    }

    /// Adds an open session that began in the real pool at this moment.
    fn enter_open(&mut self, at: Nanos, began: Nanos, number: usize) {
        let session = session(number);
        self.enter(at, Length::Open { session, began });
    }

    fn close(&mut self, at: Nanos, number: usize, length: Nanos) {
        let told = &mut self.told;
        let mut tell = |at, fate| told.push((at, fate));
        self.pool.close(at, session(number), length, &mut tell);
    }

    fn still_open(&mut self, until: Nanos) {
        let told = &mut self.told;
        let mut tell = |at, fate| told.push((at, fate));
        self.pool.still_open(until, &mut tell);
    }

    fn fates(&self) -> Vec<Fate> {
        self.told.iter().map(|(_, fate)| *fate).collect()
    }

    fn waits(&self) -> Vec<Nanos> {
        let waited = |(_, fate): &(Nanos, Fate)| match fate {
            Fate::Waited(waited) => Some(*waited),
            Fate::Refused => None,
        };
        self.told.iter().filter_map(waited).collect()
    }
}

/// The total time of the sessions before this moment.
fn occupied(by: Nanos, fates: &[Fate], clients: &[Client]) -> i128 {
    let part = |(fate, (at, length)): (&Fate, &Client)| match fate {
        Fate::Waited(waited) => by.saturating_sub(at + waited).min(*length),
        Fate::Refused => 0,
    };
    let sessions = fates.iter().zip(clients);
    sessions.map(part).map(i128::from).sum()
}

fn sorted(mut told: Vec<(Nanos, Fate)>) -> Vec<(Nanos, Fate)> {
    told.sort_by_key(|(at, fate)| match fate {
        Fate::Waited(waited) => (*at, Some(*waited)),
        Fate::Refused => (*at, None),
    });
    told
}

fn session(number: usize) -> SessionId {
    SessionId {
        worker: 0,
        number: number as u64,
    }
}

/// Arrivals in order, often several at one moment, and sessions that often take no time.
fn clients() -> impl Strategy<Value = Vec<Client>> {
    let gap = prop_oneof![2 => Just(0), 5 => 0_u64..20, 1 => 0_u64..300];
    let length = prop_oneof![1 => Just(0), 8 => 0_u64..60, 1 => 0_u64..500];
    vec((gap, length), 1..120).prop_map(|steps| {
        let mut at = 0;
        let arrive = |(gap, length)| {
            at += gap;
            (at, length)
        };
        steps.into_iter().map(arrive).collect()
    })
}

fn places() -> impl Strategy<Value = usize> {
    prop_oneof![0_usize..8, Just(usize::MAX)]
}

fn timeout() -> impl Strategy<Value = QueueTimeout> {
    let limit = || prop_oneof![Just(None), (0_u64..100).prop_map(Some)];
    let nanos = Duration::from_nanos;
    (limit(), limit(), 0_u64..200, 0_u64..20).prop_map(move |(normal, busy, standing, rested)| {
        QueueTimeout {
            normal: normal.map(nanos),
            busy: busy.map(nanos),
            standing: nanos(standing),
            rested: nanos(rested),
        }
    })
}

/// One limit, whether the queue is standing or not.
fn fixed(limit: Nanos) -> QueueTimeout {
    QueueTimeout {
        normal: Some(Duration::from_nanos(limit)),
        ..QueueTimeout::NONE
    }
}

proptest! {
    #[test]
    fn every_fate_is_that_of_a_simulation_event_by_event(
        clients in clients(), workers in 1_usize..6, places in places(), timeout in timeout()
    ) {
        let replay = Replay::of(workers, places, timeout, &clients);
        let simulated = simulate(workers, places, timeout, &clients);
        let arrived = clients.iter().map(|(at, _)| *at);
        prop_assert_eq!(sorted(replay.told), sorted(arrived.zip(simulated).collect()));
    }

    #[test]
    fn what_goes_on_is_told_of_late_and_never_otherwise(
        clients in clients(), waited in vec(0_u64..100, 120), every in 1_u64..60,
        workers in 1_usize..6, places in places(), timeout in timeout()
    ) {
        let mut replay = Replay::new(workers, places, timeout);
        // The wait of each client in the real pool.
        let began = |number: usize| clients[number].0 + waited[number];
        let ended = |number: usize| began(number) + clients[number].1;
        let mut open = Vec::new();
        let (mut next, mut now) = (0, 0);
        while next < clients.len() || !open.is_empty() {
            now += every;
            open.retain(|number| {
                let (at, length) = clients[*number];
                let goes_on = ended(*number) > now;
                if !goes_on {
                    replay.close(at, *number, length);
                }
                goes_on
            });
            replay.still_open(now);
            while next < clients.len() && began(next) <= now {
                let (at, length) = clients[next];
                if ended(next) <= now {
                    replay.enter(at, Length::Known(length));
                } else {
                    replay.enter_open(at, began(next), next);
                    open.push(next);
                }
                next += 1;
            }
        }
        replay.finish();
        // A refusal may be reported before an earlier arrival whose wait is not known, so fates of one
        // moment have no order.
        let simulated = simulate(workers, places, timeout, &clients);
        let arrived = clients.iter().map(|(at, _)| *at);
        prop_assert_eq!(sorted(replay.told), sorted(arrived.zip(simulated).collect()));
    }

    #[test]
    fn with_a_worker_for_everybody_nobody_waits(clients in clients()) {
        let replay = Replay::of(clients.len(), 0, fixed(0), &clients);
        prop_assert_eq!(replay.waits(), vec![0; clients.len()]);
    }

    #[test]
    fn where_nobody_is_refused_nobody_waits_longer_for_another_worker(
        clients in clients(), workers in 1_usize..6
    ) {
        let waits = |workers| Replay::of(workers, usize::MAX, QueueTimeout::NONE, &clients).waits();
        let (fewer, more) = (waits(workers), waits(workers + 1));
        prop_assert!(more.iter().zip(&fewer).all(|(more, fewer)| more <= fewer));
    }

    #[test]
    fn workers_have_been_occupied_by_what_of_the_sessions_is_over(
        clients in clients(), workers in 1_usize..6, places in places(), timeout in timeout(),
        later in 0_u64..500
    ) {
        let replay = Replay::of(workers, places, timeout, &clients);
        let by = clients[clients.len() - 1].0 + later;
        let fates = simulate(workers, places, timeout, &clients);
        prop_assert_eq!(replay.pool.occupied(by), occupied(by, &fates, &clients));
    }
}

#[test]
fn behind_a_session_that_goes_on_nothing_is_told_that_depends_on_its_length() {
    let mut replay = Replay::new(1, 9, QueueTimeout::NONE);
    replay.enter_open(0, 0, 0);
    replay.enter(10, Length::Known(5));
    replay.enter(20, Length::Known(5));
    assert_eq!(replay.fates(), [Fate::Waited(0)], "the others are pending");
    replay.close(0, 0, 100);
    assert_eq!(replay.waits(), [0, 90, 85]);
}

#[test]
fn a_worker_with_a_known_session_is_waited_for_once_the_others_cannot_come_free_before() {
    let mut replay = Replay::new(2, 9, QueueTimeout::NONE);
    replay.enter_open(0, 0, 0);
    replay.enter(0, Length::Known(100));
    replay.enter(10, Length::Known(5));
    replay.still_open(99);
    assert_eq!(replay.waits(), [0, 0], "the open one may end at any moment");
    replay.still_open(100);
    assert_eq!(replay.waits(), [0, 0, 90]);
}

#[test]
fn behind_sessions_that_go_on_time_alone_refuses_and_so_does_a_full_queue() {
    let mut replay = Replay::new(1, 2, fixed(50));
    replay.enter_open(0, 0, 0);
    replay.still_open(10);
    for at in [5, 6, 7] {
        replay.enter(at, Length::Known(1));
    }
    assert_eq!(replay.told[1..], [(7, Fate::Refused)], "two places");
    replay.still_open(56);
    assert_eq!(replay.told[2..], [(5, Fate::Refused)], "over its time");
    replay.close(0, 0, 56);
    assert_eq!(replay.told[3..], [(6, Fate::Waited(50))], "just in time");
}

#[test]
fn a_session_that_ends_while_it_is_pending_has_its_length_when_it_begins() {
    let mut replay = Replay::new(1, 9, QueueTimeout::NONE);
    replay.enter_open(0, 0, 0);
    replay.enter_open(10, 10, 1);
    replay.enter(20, Length::Known(5));
    replay.close(10, 1, 30);
    replay.close(0, 0, 100);
    assert_eq!(replay.waits(), [0, 90, 110]);
}

#[test]
fn who_was_refused_has_no_use_for_a_length() {
    let mut replay = Replay::new(1, 0, QueueTimeout::NONE);
    replay.enter(0, Length::Known(100));
    replay.enter_open(1, 1, 0);
    replay.close(1, 0, 1000);
    assert_eq!(replay.fates(), [Fate::Waited(0), Fate::Refused]);
    assert_eq!(replay.pool.occupied(50), 50);
}

#[test]
fn a_session_that_ended_before_it_was_last_seen_lets_nobody_begin_before_the_arrival() {
    let mut replay = Replay::new(1, 9, QueueTimeout::NONE);
    replay.enter_open(0, 0, 0);
    replay.still_open(100);
    replay.enter(90, Length::Known(5));
    replay.close(0, 0, 50);
    assert_eq!(replay.waits(), [0, 0]);
}

#[test]
fn an_open_session_occupies_a_worker_until_it_is_known_to_have_ended() {
    let mut replay = Replay::new(2, 0, QueueTimeout::NONE);
    replay.enter_open(100, 150, 0);
    assert_eq!(replay.pool.occupied(1000), 900);
    replay.close(100, 0, 300);
    assert_eq!(replay.pool.occupied(1000), 300);
}

#[test]
fn what_is_unknown_is_bounded_and_the_rest_counts_as_refused() {
    for still_open in [0, 100] {
        let mut replay = Replay::new(1, usize::MAX, QueueTimeout::NONE);
        replay.enter_open(0, 0, 0);
        replay.still_open(still_open);
        for _ in 0..UNKNOWN_MOST {
            replay.enter(50, Length::Known(1));
        }
        assert_eq!(replay.fates(), [Fate::Waited(0)]);
        replay.enter(99, Length::Known(1));
        assert_eq!(replay.told[1..], [(99, Fate::Refused)]);
    }
}

/// The mean length of a session in the tests of laws below.
const MEAN: f64 = 1_000_000.0;

/// Enough that random variation moves a mean wait by less than a few per cent.
const MANY: usize = 400_000;

/// Random arrivals, `load` of them in the mean length of a session, with sessions of the given length.
fn poisson(load: f64, mut length: impl FnMut(&mut Rng) -> Nanos) -> Vec<Client> {
    let mut random = Rng::with_seed(7);
    let mut at = 0;
    let client = |_| {
        at += exponential(&mut random, MEAN / load);
        (at, length(&mut random))
    };
    (0..MANY).map(client).collect()
}

fn assert_near(measured: f64, law: f64) {
    let off = measured / law - 1.0;
    assert!(off.abs() < 0.04, "{measured} measured, {law} by the law");
}

fn mean_wait(replay: &Replay) -> f64 {
    let waits = replay.waits();
    waits.iter().map(|wait| *wait as f64).sum::<f64>() / waits.len() as f64
}

/// The share that finds every worker busy and is lost, by Erlang's first formula (A. K. Erlang, 1917).
fn erlang_b(workers: u32, load: f64) -> f64 {
    let next = |lost: f64, workers| load * lost / (f64::from(workers) + load * lost);
    (1..=workers).fold(1.0, next)
}

/// The share that finds every worker busy and waits, by Erlang's second formula (A. K. Erlang, 1917).
fn erlang_c(workers: u32, load: f64) -> f64 {
    let (lost, workers) = (erlang_b(workers, load), f64::from(workers));
    workers * lost / (workers - load * (1.0 - lost))
}

#[test]
fn by_chance_the_mean_wait_is_that_of_erlang() {
    for (workers, load) in [(1_u32, 0.5), (4, 2.8), (16, 13.0)] {
        let clients = poisson(load, |random| exponential(random, MEAN));
        let replay = Replay::of(workers as usize, usize::MAX, QueueTimeout::NONE, &clients);
        let law = erlang_c(workers, load) * MEAN / (f64::from(workers) - load);
        assert_near(mean_wait(&replay), law);
    }
}

#[test]
fn sessions_of_one_length_wait_as_pollaczek_and_khinchine_say() {
    let load = 0.7;
    let clients = poisson(load, |_| MEAN as Nanos);
    let replay = Replay::of(1, usize::MAX, QueueTimeout::NONE, &clients);
    assert_near(mean_wait(&replay), MEAN * load / (2.0 * (1.0 - load)));
}

#[test]
fn without_a_queue_the_share_that_is_refused_is_that_of_erlang() {
    let (workers, load) = (8, 6.0);
    let clients = poisson(load, |random| exponential(random, MEAN));
    let fates = Replay::of(workers as usize, 0, QueueTimeout::NONE, &clients).fates();
    let refused = fates.iter().filter(|fate| **fate == Fate::Refused).count();
    assert_near(refused as f64 / MANY as f64, erlang_b(workers, load));
}

#[test]
fn workers_are_occupied_for_the_share_of_time_that_the_load_is() {
    let clients = poisson(2.8, |random| exponential(random, MEAN));
    let replay = Replay::of(4, usize::MAX, QueueTimeout::NONE, &clients);
    let (until, _) = clients[MANY - 1];
    let share = replay.pool.occupied(until) as f64 / (4.0 * until as f64);
    assert_near(share, 0.7);
}
