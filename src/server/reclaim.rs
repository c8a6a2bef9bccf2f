//! Who gives way when others wait: the sessions that have gone longest without completing a
//! command, and those whose turn is over.
//!
//! A fixed pool has one classic death: as many silent clients as workers. The limits on a session's
//! states end it slowly, because they have to suit an idle server as well. What is owned here applies
//! only while somebody waits, and the longer somebody waits the less a session may take.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::Limits;
use super::queue::Wait;
use super::sentence::Sentence;
use super::slot::Sighting;
use super::tick::{TICK, Tick, ticks};
use crate::observe::State;

/// When and how sessions that get nowhere give way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reclaim {
    /// How long somebody has to have waited in the queue.
    pub after: Duration,
    /// How long a session may go without completing a command at that moment.
    pub allowance: Duration,
    /// How long it may when somebody has waited for half the queue timeout.
    pub floor: Duration,
}

/// What stands for half a queue timeout where there is none, as a multiple of [`Reclaim::after`].
const FULL_WAITS: u32 = 10;

impl Reclaim {
    /// How long a session may go without completing a command while the oldest connection in the
    /// queue has waited this long; `None` while that is no reason to end anything.
    ///
    /// It shrinks from the allowance to the floor, fast at first: what matters is that it is small
    /// well before the wait gets there, because with many clients that get nowhere everybody waits
    /// for as many allowances as there are such clients to a worker.
    pub(super) fn allowance_at(&self, age: Duration, full: Duration) -> Option<Duration> {
        let past = age.checked_sub(self.after)?;
        let span = full.saturating_sub(self.after);
        let left = if past >= span {
            0.0
        } else {
            1.0 - past.as_secs_f64() / span.as_secs_f64()
        };
        let above = self.allowance.saturating_sub(self.floor);
        Some(self.floor + above.mul_f64(left.powi(5)))
    }

    /// The age at which the floor is reached.
    pub(super) fn full_at(&self, queue_timeout: Option<Duration>) -> Duration {
        queue_timeout.map_or(self.after.saturating_mul(FULL_WAITS), |timeout| timeout / 2)
    }
}

/// Picks, in each round, the sessions that are to give way.
///
/// It goes by what the reaper has seen itself and when, not by ticks: those stretch while the machine
/// is busy, which is right for a limit, but somebody who waits does so by the clock. Nobody is ended
/// for time in which the server was late, because a client of which anything has come that was not
/// dealt with yet is not ended at all.
#[derive(Debug)]
pub(super) struct Reclaimer {
    reclaim: Option<Reclaim>,
    full_at: Duration,
    /// For each slot what was seen in it last, and since when it has been so. Grows with the number of
    /// workers.
    stuck: Vec<Stuck>,
    /// Those that have been stuck for too long.
    candidates: Vec<(Instant, usize, Sighting)>,
}

/// A session that gets nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stuck {
    session: u64,
    commands: u64,
    /// It got as far as to be answered, which puts an end to whatever was before.
    is_answered: bool,
    since: Instant,
}

impl Reclaimer {
    pub(super) fn new(limits: &Limits) -> Self {
        let full_at = |reclaim: Reclaim| reclaim.full_at(limits.queue.normal);
        Self {
            reclaim: limits.reclaim,
            full_at: limits.reclaim.map_or(Duration::ZERO, full_at),
            stuck: Vec::new(),
            candidates: Vec::new(),
        }
    }

    /// How long a session may have been stuck while the queue stands like this; `None` if nobody has
    /// to give way.
    pub(super) fn allowance(&self, wait: Option<Wait>) -> Option<Duration> {
        self.reclaim?.allowance_at(wait?.oldest, self.full_at)
    }

    /// Takes a look at one of the slots.
    pub(super) fn consider(
        &mut self,
        slot: usize,
        seen: Sighting,
        now: Instant,
        allowance: Option<Duration>,
    ) {
        if slot >= self.stuck.len() {
            self.stuck.resize(slot + 1, Stuck::unseen(now));
        }
        let Some(stuck) = self.stuck.get_mut(slot) else {
            return;
        };
        let same = Stuck {
            session: seen.session,
            commands: seen.commands,
            is_answered: seen.state() == State::Writing,
            since: stuck.since,
        };
        if *stuck != same || !is_up_to_the_client(seen.state()) {
            *stuck = Stuck { since: now, ..same };
        } else if let Some(allowance) = allowance
            && now.saturating_duration_since(stuck.since) >= allowance
        {
            self.candidates.push((stuck.since, slot, seen));
        }
    }

    /// The sessions that could give way, of those that were considered since the last time: first
    /// those that have been stuck for longest.
    pub(super) fn victims(&mut self) -> impl Iterator<Item = (usize, Sighting)> {
        // Stable: among equals the first slot first.
        self.candidates.sort_by_key(|(since, ..)| *since);
        self.candidates
            .drain(..)
            .map(|(_, slot, seen)| (slot, seen))
    }
}

impl Stuck {
    /// What stands for a slot that is seen for the first time.
    fn unseen(now: Instant) -> Self {
        Self {
            session: 0,
            commands: 0,
            is_answered: false,
            since: now,
        }
    }
}

/// Whether it takes the client for a session to get on: to send a command or the rest of one, or to
/// take replies.
fn is_up_to_the_client(state: State) -> bool {
    match state {
        State::Awaiting | State::Reading | State::Writing => true,
        State::Idle | State::Working => false,
    }
}

/// The sentence for a session that gives way while it is in this state.
pub(super) fn sentence(seen: Sighting) -> Sentence {
    match seen.state() {
        State::Reading => Sentence::ReclaimedReading,
        State::Writing => Sentence::ReclaimedWriting,
        State::Idle | State::Awaiting | State::Working => Sentence::Reclaimed,
    }
}

/// Turns: while others wait, a session that has had its worker for long enough ends after its next
/// answered command, so that clients that never leave do not lock everybody else out.
#[derive(Debug)]
pub(super) struct Turns {
    /// How long a turn is, in ticks; `None` is for ever.
    length: Option<u64>,
    /// Whether turns are to end. Written by the reaper on its round, and read by the workers after
    /// each batch of commands.
    others_wait: AtomicBool,
}

/// How long somebody has to have waited before a turn ends: long enough that no worker is idle.
const TURN_WAIT: Duration = TICK;

impl Turns {
    pub(super) fn new(length: Option<Duration>) -> Self {
        Self {
            length: length.map(ticks),
            others_wait: AtomicBool::new(false),
        }
    }

    /// Publishes whether anybody waits.
    pub(super) fn announce(&self, wait: Option<Wait>) {
        let others_wait = wait.is_some_and(|wait| wait.oldest >= TURN_WAIT);
        // Workers read it all the time, so the cache line is left alone while nothing changes.
        if self.others_wait.load(Ordering::Relaxed) != others_wait {
            self.others_wait.store(others_wait, Ordering::Relaxed);
        }
    }

    /// Whether the turn of a session that began at `begun` is over, if it can end in favour of
    /// another.
    pub(super) fn is_over(&self, begun: Tick, now: Tick) -> bool {
        self.others_wait.load(Ordering::Relaxed)
            && self.length.is_some_and(|length| now.since(begun) >= length)
    }
}

#[cfg(all(test, not(feature = "model")))]
mod tests {
    use super::*;
    use crate::advise::QueueTimeout;
    use proptest::prelude::*;

    const DEFAULT: Reclaim = Reclaim {
        after: Duration::from_millis(250),
        allowance: Duration::from_secs(1),
        floor: Duration::from_millis(100),
    };
    const FULL: Duration = Duration::from_millis(2500);

    fn waiting(unclaimed: usize, millis: u64) -> Wait {
        let oldest = Duration::from_millis(millis);
        Wait { unclaimed, oldest }
    }

    #[test]
    fn the_allowance_begins_at_its_key_and_ends_at_the_floor() {
        let at = |millis| DEFAULT.allowance_at(Duration::from_millis(millis), FULL);
        assert_eq!(at(249), None);
        assert_eq!(at(250), Some(DEFAULT.allowance));
        assert_eq!(at(2500), Some(DEFAULT.floor));
        assert_eq!(at(60_000), Some(DEFAULT.floor));
    }

    #[test]
    fn without_a_span_to_shrink_over_the_floor_holds_at_once() {
        let allowance = DEFAULT.allowance_at(DEFAULT.after, DEFAULT.after / 2);
        assert_eq!(allowance, Some(DEFAULT.floor));
    }

    proptest! {
        #[test]
        fn the_allowance_only_shrinks_with_the_wait_and_never_jumps(millis in 250_u64..5_000) {
            let at = |millis| DEFAULT.allowance_at(Duration::from_millis(millis), FULL).unwrap();
            let (earlier, later) = (at(millis), at(millis + 1));
            prop_assert!(later <= earlier);
            // The slope is steepest at the beginning: five times the span over the time.
            let steepest = Duration::from_micros(5 * 900_000 / 2250 + 1);
            prop_assert!(earlier.saturating_sub(later) <= steepest);
        }
    }

    fn reclaimer() -> Reclaimer {
        let limits = Limits {
            queue: QueueTimeout::of(Some(FULL * 2), None),
            reclaim: Some(DEFAULT),
            ..Limits::default()
        };
        Reclaimer::new(&limits)
    }

    const AWAITING: State = State::Awaiting;

    fn victims(reclaimer: &mut Reclaimer) -> Vec<usize> {
        reclaimer.victims().map(|(slot, _)| slot).collect()
    }

    #[test]
    fn the_longest_stuck_gives_way_first() {
        let began = Instant::now();
        let at = |millis| began + Duration::from_millis(millis);
        let mut reclaimer = reclaimer();
        // One after the other they are seen to have been answered once more.
        for (slot, moment) in [(1, 10), (3, 20), (0, 30), (2, 40)] {
            let answered = Sighting::of(1, AWAITING);
            reclaimer.consider(slot, answered, at(moment), None);
        }
        let allowance = Some(DEFAULT.floor);
        for (moment, expected) in [(109, vec![]), (125, vec![1, 3]), (140, vec![1, 3, 0, 2])] {
            for slot in 0..4 {
                reclaimer.consider(slot, Sighting::of(1, AWAITING), at(moment), allowance);
            }
            assert_eq!(victims(&mut reclaimer), expected, "{moment} ms");
        }
    }

    #[test]
    fn nobody_has_to_give_way_unless_somebody_has_waited_and_no_longer_than_that() {
        let reclaimer = reclaimer();
        let allowance = |wait| reclaimer.allowance(wait);
        assert_eq!(allowance(Some(waiting(100, 249))), None);
        assert_eq!(allowance(Some(waiting(1, 60_000))), Some(DEFAULT.floor));
        // Nothing is left of it once the queue is empty, or only young.
        assert_eq!(allowance(Some(waiting(1, 250))), Some(DEFAULT.allowance));
        assert_eq!(allowance(None), None);
    }

    #[test]
    fn what_a_session_was_before_it_got_on_is_forgotten() {
        let began = Instant::now();
        let at = |millis| began + Duration::from_millis(millis);
        let mut reclaimer = reclaimer();
        let allowance = Some(DEFAULT.floor);
        let mut is_victim = |moment, seen| {
            reclaimer.consider(0, seen, at(moment), allowance);
            !victims(&mut reclaimer).is_empty()
        };
        assert!(!is_victim(0, Sighting::of(1, AWAITING)));
        assert!(is_victim(100, Sighting::of(1, AWAITING)));
        assert!(is_victim(101, Sighting::of(1, State::Reading)), "a trickle");
        assert!(!is_victim(102, Sighting::of(2, AWAITING)), "a command");
        assert!(!is_victim(201, Sighting::of(2, AWAITING)));
        assert!(
            !is_victim(202, Sighting::of(2, State::Working)),
            "the server"
        );
        assert!(!is_victim(250, Sighting::of(2, State::Writing)));
        assert!(is_victim(350, Sighting::of(2, State::Writing)));
    }

    #[test]
    fn who_was_silent_for_long_and_then_asked_is_not_ended_in_the_middle_of_the_answer() {
        let began = Instant::now();
        let mut reclaimer = reclaimer();
        let long = began + Duration::from_mins(1);
        let allowance = Some(DEFAULT.floor);
        reclaimer.consider(0, Sighting::of(0, AWAITING), began, allowance);
        assert_eq!(victims(&mut reclaimer), [0; 0], "seen for the first time");
        reclaimer.consider(0, Sighting::of(0, AWAITING), long, allowance);
        assert_eq!(victims(&mut reclaimer), [0], "silent for a minute");
        reclaimer.consider(0, Sighting::of(0, State::Writing), long, allowance);
        assert_eq!(victims(&mut reclaimer), [0; 0], "it has asked by now");
    }

    #[test]
    fn a_turn_is_over_after_its_length_and_only_while_others_wait() {
        let turns = Turns::new(Some(TICK * 10));
        let (begun, over) = (Tick(1), Tick(12));
        assert!(!turns.is_over(begun, over), "nobody waits");
        turns.announce(Some(waiting(2, 20)));
        assert!(!turns.is_over(begun, Tick(11)), "not over yet");
        assert!(turns.is_over(begun, over));
        turns.announce(None);
        assert!(!turns.is_over(begun, over), "nobody waits any more");
    }

    #[test]
    fn without_a_length_no_turn_ends() {
        let turns = Turns::new(None);
        turns.announce(Some(waiting(9, 9000)));
        assert!(!turns.is_over(Tick(0), Tick(u64::MAX)));
    }
}
