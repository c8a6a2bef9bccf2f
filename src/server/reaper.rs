//! The reaper: the only thread that ends a session, or a wait in the queue, from outside.
//!
//! Every tick it makes one round. It shuts down sessions in the slots that overstay, and refuses clients at
//! the head of the queue that have waited too long. It also checks the lingering connections and completes
//! a drain.

mod recent;
pub(super) mod reclaim;

use std::mem::MaybeUninit;
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TryRecvError};

use self::recent::{LastSeconds, Sessions};
use self::reclaim::Reclaimer;
use super::drain::Phase;
use super::event::{Event, Never};
use super::ledger::Outcome;
use super::pool::{Shared, Slot, SlotState, Termination};
use super::queue::Wait;
use super::settings::Limits;
use super::tick::{TICK, Tick, ticks};
use crate::observe::{ByState, State};

/// The interval of rounds during a drain, so that the drain ends soon after its last session.
const DRAIN_ROUND: Duration = Duration::from_millis(2);

/// The time in which workers may end after everything was cut. A service that is still busy by then cannot
/// be stopped from outside.
const CUT_GRACE: Duration = Duration::from_secs(2);

const SCRATCH_BYTES: usize = 64 * 1024;

const SECOND: Duration = Duration::from_secs(1);

/// The limits on a session's states, in ticks.
#[derive(Debug)]
struct Deadlines {
    idle: Option<u64>,
    command: Option<u64>,
    write: Option<u64>,
    session: Option<u64>,
}

/// The state of the reaper thread.
#[derive(Debug)]
pub(super) struct Reaper {
    shared: Arc<Shared>,
    deadlines: Deadlines,
    reclaimer: Reclaimer,
    last_seconds: LastSeconds,
    /// Disconnected once the acceptor and every worker have ended.
    everyone: Receiver<Never>,
    /// Dropped with the reaper, which tells the waiting thread that the server has ended.
    _events: Sender<Event>,
    phase: Phase,
    /// The time of the last round.
    last_round: Instant,
    /// The time at which cutting began.
    cutting_since: Option<Instant>,
    /// Consecutive rounds in which clients needed a worker that a session holds beyond its turn.
    needy_rounds: usize,
    scratch: Vec<MaybeUninit<u8>>,
}

impl Reaper {
    pub(super) fn new(
        shared: Arc<Shared>,
        everyone: Receiver<Never>,
        events: Sender<Event>,
    ) -> Self {
        Self {
            deadlines: Deadlines::new(&shared.limits),
            reclaimer: Reclaimer::new(shared.limits.turn),
            last_seconds: LastSeconds::default(),
            shared,
            everyone,
            _events: events,
            phase: Phase::Running,
            last_round: Instant::now(),
            cutting_since: None,
            needy_rounds: 0,
            scratch: vec![MaybeUninit::uninit(); SCRATCH_BYTES],
        }
    }

    /// Makes rounds until the drain is complete, or cannot progress.
    pub(super) fn run(mut self) {
        let mut next_tick = Instant::now() + TICK;
        let mut next_second = Instant::now() + SECOND;
        loop {
            let now = Instant::now();
            if now >= next_tick {
                self.shared.clock.advance();
                // Late ticks are not made up for, because a tick must never be shorter than [`TICK`].
                next_tick = now + TICK;
            }
            if now >= next_second {
                self.shared.journal.log().next_second();
                self.note_second(now);
                next_second = now + SECOND;
            }
            self.make_round(now);
            if self.phase >= Phase::Draining && self.is_over(now) {
                // The last second ends early, so that its omitted log lines are still counted.
                self.shared.journal.log().next_second();
                return;
            }
            let until = match self.phase {
                Phase::Running | Phase::LameDuck => next_tick,
                Phase::Draining | Phase::Cutting => now + DRAIN_ROUND,
            };
            // A drain unparks the thread early. A spurious wakeup costs one round.
            thread::park_timeout(until.saturating_duration_since(Instant::now()));
        }
    }

    fn note_second(&mut self, now: Instant) {
        self.charge_clients(now);
        let balance = self.shared.ledger.balance();
        let recent = self.last_seconds.next(balance, self.sessions());
        let published = self.shared.recent.lock();
        *published.unwrap_or_else(PoisonError::into_inner) = recent;
    }

    /// The sessions that workers have begun and ended so far.
    fn sessions(&self) -> Sessions {
        let mut sessions = Sessions::default();
        for slot in self.shared.slots.all().iter() {
            let seen = slot.look();
            sessions.begun += seen.session;
            sessions.ended += seen.session - u64::from(seen.state() != State::Idle);
        }
        sessions
    }

    /// Charges the clients of all sessions older than a second. So a client's sessions add up before they
    /// end.
    fn charge_clients(&self, now: Instant) {
        let (fairness, tick) = (&self.shared.fairness, self.shared.clock.now());
        for slot in self.shared.slots.all().iter() {
            let seen = slot.look();
            if seen.state() != State::Idle && tick.time_since(seen.begun) >= SECOND {
                slot.charge(tick, |client, held| fairness.charge(client.ip(), held, now));
            }
        }
    }

    fn make_round(&mut self, now: Instant) {
        self.phase = self.phase_at(now);
        if self.phase == Phase::Cutting {
            self.cutting_since.get_or_insert(now);
        }
        self.expire_queue(now);
        // A client left to a worker that is about to finish waits at most one more round.
        self.shared.queue.attend(now);
        let wait = self.shared.queue.wait(now);
        self.end_what_overstays(now);
        self.reclaim(now, wait);
        self.shared.lingering.make_round(now, &mut self.scratch);
    }

    /// Ends the sessions that have passed a limit, and collects the state of all sessions.
    fn end_what_overstays(&mut self, now: Instant) {
        let tick = self.shared.clock.now();
        let slots = self.shared.slots.all();
        let mut states = ByState::default();
        for (index, slot) in slots.iter().enumerate() {
            let seen = slot.look();
            *states.of_mut(seen.state()) += usize::from(slot.is_manned());
            if let Some(termination) = self.judge(seen, tick) {
                end_session(index, slot, termination, seen);
            }
            if seen.state() != State::Idle {
                self.reclaimer.consider(index, seen, tick);
            }
        }
        let passed = now.saturating_duration_since(self.last_round);
        self.shared.counters.pass_time(&states, passed);
        self.last_round = now;
    }

    /// Closes sessions whose turn is over in favour of waiting clients. Also publishes the mean use of the
    /// pool.
    fn reclaim(&mut self, now: Instant, wait: Option<Wait>) {
        let (waiting, seconds) = wait.map_or((0, 0.0), |wait| (wait.entries, wait.seconds));
        let mean = self.reclaimer.mean(waiting, seconds);
        self.shared.fairness.set_mean(mean);
        let tick = self.shared.clock.now();
        let slots = self.shared.slots.all();
        let mut left = wait.map_or(0, |wait| {
            wait.unclaimed.min(reclaim::most_a_tick(wait.workers))
        });
        // A session at work is closed after its next reply. Until that reply comes, further sessions are
        // closed instead.
        self.needy_rounds = if left > 0 { self.needy_rounds + 1 } else { 0 };
        let most = left.saturating_mul(self.needy_rounds);
        let only_client = wait.and_then(|wait| wait.only_client);
        let use_of = |client| self.shared.fairness.seconds(client, now);
        let seconds = only_client.map_or(0.0, use_of);
        for (index, seen) in self.reclaimer.candidates(most, seconds) {
            let Some(slot) = slots.get(index).filter(|_| left > 0) else {
                break;
            };
            let queue = &self.shared.queue;
            let is_closed = reclaim::termination(seen, tick).is_some_and(|termination| {
                if !queue.claim(now) {
                    return false;
                }
                let ends = end_session(index, slot, termination, seen);
                if !ends {
                    queue.give_up_claim();
                }
                ends
            });
            if is_closed {
                left -= 1;
            } else {
                slot.ask_to_give_way(tick);
            }
        }
    }

    /// The phase, after checking the drain's deadline.
    fn phase_at(&self, now: Instant) -> Phase {
        let life = &self.shared.life;
        if life.deadline().is_some_and(|deadline| now >= deadline) {
            life.cut();
        }
        life.phase()
    }

    /// Refuses clients that have waited too long in the queue, in order; when cutting, all of them.
    fn expire_queue(&self, now: Instant) {
        let queue = &self.shared.queue;
        let outcome = match self.phase {
            Phase::Cutting => Outcome::DrainTimeout,
            Phase::Running | Phase::LameDuck | Phase::Draining => Outcome::QueueTimeout,
        };
        let next = || match self.phase {
            Phase::Cutting => queue.withdraw(now),
            Phase::Running | Phase::LameDuck | Phase::Draining => queue.withdraw_late(now),
        };
        while let Some(arrival) = next() {
            self.shared.refuse(*arrival, outcome);
        }
    }

    /// The reason to end a session, if its observed state has passed a limit.
    fn judge(&self, seen: SlotState, now: Tick) -> Option<Termination> {
        let over = |limit: Option<u64>, begun| limit.is_some_and(|limit| now.since(begun) >= limit);
        if seen.state() == State::Idle {
            return None;
        }
        if self.phase == Phase::Cutting {
            return Some(Termination::Cut);
        }
        let limits = &self.deadlines;
        match seen.state() {
            State::Writing if over(limits.write, seen.since()) => Some(Termination::WriteTimeout),
            _ if over(limits.session, seen.begun) => Some(Termination::SessionTimeout),
            State::Reading if over(limits.command, seen.since()) => {
                Some(Termination::CommandTimeout)
            }
            State::Awaiting if over(limits.idle, seen.since()) => Some(Termination::Idle),
            State::Awaiting if self.phase == Phase::Draining => Some(Termination::Drained),
            _ => None,
        }
    }

    /// Whether the drain is complete, or waiting longer would not help.
    fn is_over(&self, now: Instant) -> bool {
        let ended = matches!(self.everyone.try_recv(), Err(TryRecvError::Disconnected));
        match self.cutting_since {
            None => ended && self.shared.lingering.is_empty(now),
            Some(since) => ended || now.saturating_duration_since(since) >= CUT_GRACE,
        }
    }
}

/// Ends the observed session unless it has moved on; returns whether it will end.
fn end_session(index: usize, slot: &Slot, termination: Termination, seen: SlotState) -> bool {
    let ends = slot.terminate(termination, seen);
    if ends {
        let (worker, reason) = (index + 1, termination.outcome().name());
        tracing::debug!(worker, reason, "ending a session");
    }
    ends
}

impl Deadlines {
    fn new(limits: &Limits) -> Self {
        Self {
            idle: limits.idle.map(ticks),
            command: limits.command.map(ticks),
            write: limits.write.map(ticks),
            session: limits.session.map(ticks),
        }
    }
}
