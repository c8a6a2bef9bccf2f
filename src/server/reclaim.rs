//! Who gives way when others wait: the sessions that have gone longest without completing a
//! command, and those whose turn is over.
//!
//! A fixed pool has one classic death: as many silent clients as workers. The limits on a session's
//! states end it slowly, because they have to suit an idle server as well. What is owned here applies
//! only while somebody waits, and the longer somebody waits the less a session may take.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::queue::Wait;
use super::slot::{Sentence, Sighting, State};
use super::tick::{TICK, Tick, ticks};

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

/// Half a queue timeout, where there is none: as a multiple of [`Reclaim::after`].
const PATIENCE: u32 = 10;

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
        Some(self.floor + above.mul_f64(left.powi(3)))
    }

    /// The age at which the floor is reached.
    pub(super) fn full_at(&self, queue_timeout: Option<Duration>) -> Duration {
        queue_timeout.map_or(self.after * PATIENCE, |timeout| timeout / 2)
    }
}

/// Picks, in one round, the sessions that are to give way.
#[derive(Debug)]
pub(super) struct Reclaimer {
    reclaim: Option<Reclaim>,
    full_at: Duration,
    /// In ticks, while there is one to give way to anybody in this round.
    allowance: Option<u64>,
    /// How many are to give way.
    wanted: usize,
    /// Those that could, and how many ticks each has got nowhere.
    candidates: Vec<(u64, usize, Sighting)>,
}

impl Reclaimer {
    pub(super) fn new(reclaim: Option<Reclaim>, queue_timeout: Option<Duration>) -> Self {
        Self {
            reclaim,
            full_at: reclaim.map_or(Duration::ZERO, |reclaim| reclaim.full_at(queue_timeout)),
            allowance: None,
            wanted: 0,
            candidates: Vec::new(),
        }
    }

    /// Begins a round in which the queue stands like this.
    pub(super) fn begin(&mut self, wait: Option<Wait>) {
        self.candidates.clear();
        self.wanted = wait.map_or(0, |wait| wait.unclaimed);
        let allowance = |wait: Wait| self.reclaim?.allowance_at(wait.oldest, self.full_at);
        self.allowance = wait.and_then(allowance).map(ticks);
    }

    /// Takes a look at one of the slots; `ending` says that its session is under a sentence already.
    pub(super) fn consider(
        &mut self,
        slot: usize,
        seen: Sighting,
        ending: Option<Sentence>,
        now: Tick,
    ) {
        let (Some(allowance), None) = (self.allowance, ending) else {
            return;
        };
        if let Some(since) = stuck_since(seen) {
            let stuck = now.since(since);
            if stuck >= allowance {
                self.candidates.push((stuck, slot, seen));
            }
        }
    }

    /// The sessions that give way: those that have got nowhere for longest, one for each that waits.
    pub(super) fn victims(&mut self) -> impl Iterator<Item = (usize, Sighting)> {
        // Stable: among equals the first slot first.
        self.candidates
            .sort_by_key(|(stuck, ..)| std::cmp::Reverse(*stuck));
        let chosen = self.candidates.iter().take(self.wanted);
        chosen.map(|(_, slot, seen)| (*slot, *seen))
    }
}

/// Since when the client has kept a session from getting anywhere; `None` while it does not.
fn stuck_since(seen: Sighting) -> Option<Tick> {
    match seen.state() {
        // More bytes of a command put nothing off, and neither does a new command begun.
        State::Reading => Some(seen.progressed),
        State::Awaiting | State::Writing => Some(seen.since()),
        State::Idle | State::Working => None,
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

#[cfg(test)]
mod tests {
    use super::*;
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
            // The slope is steepest at the beginning: three times the span over the time.
            let steepest = Duration::from_micros(3 * 900_000 / 2250 + 1);
            prop_assert!(earlier.saturating_sub(later) <= steepest);
        }
    }

    fn awaiting(since: u64) -> Sighting {
        Sighting::of(State::Awaiting, Tick(since), Tick(since))
    }

    fn victims(reclaimer: &mut Reclaimer) -> Vec<usize> {
        reclaimer.victims().map(|(slot, _)| slot).collect()
    }

    fn reclaimer() -> Reclaimer {
        Reclaimer::new(Some(DEFAULT), Some(FULL * 2))
    }

    #[test]
    fn the_longest_stuck_gives_way_first_and_one_for_each_that_waits() {
        let mut reclaimer = reclaimer();
        let now = Tick(1000);
        reclaimer.begin(Some(waiting(2, 2500)));
        for (slot, since) in [900, 700, 999, 800].into_iter().enumerate() {
            reclaimer.consider(slot, awaiting(since), None, now);
        }
        assert_eq!(victims(&mut reclaimer), [1, 3]);
    }

    #[test]
    fn nobody_gives_way_while_nobody_has_waited_long() {
        let mut reclaimer = reclaimer();
        for wait in [None, Some(waiting(100, 249))] {
            reclaimer.begin(wait);
            reclaimer.consider(0, awaiting(1), None, Tick(1_000_000));
            assert_eq!(victims(&mut reclaimer), [0; 0]);
        }
    }

    #[test]
    fn once_nobody_waits_an_idle_session_is_left_alone_however_bad_it_was() {
        let mut reclaimer = reclaimer();
        reclaimer.begin(Some(waiting(1000, 60_000)));
        reclaimer.consider(0, awaiting(900), None, Tick(1000));
        assert_eq!(victims(&mut reclaimer), [0]);
        reclaimer.begin(Some(waiting(1, 251)));
        reclaimer.consider(0, awaiting(1000), None, Tick(1040));
        assert_eq!(victims(&mut reclaimer), [0; 0], "800 ms are allowed again");
        reclaimer.begin(None);
        reclaimer.consider(0, awaiting(1000), None, Tick(1_000_000));
        assert_eq!(victims(&mut reclaimer), [0; 0]);
    }

    #[test]
    fn a_session_that_is_ending_anyway_is_not_ended_again() {
        let mut reclaimer = reclaimer();
        reclaimer.begin(Some(waiting(3, 2500)));
        reclaimer.consider(0, awaiting(1), None, Tick(1000));
        reclaimer.consider(1, awaiting(2), Some(Sentence::Reclaimed), Tick(1000));
        assert_eq!(victims(&mut reclaimer), [0]);
    }

    #[test]
    fn a_session_is_stuck_by_its_client_alone_and_a_trickle_since_its_last_command() {
        let at = |state| Sighting::of(state, Tick(900), Tick(100));
        assert_eq!(stuck_since(at(State::Reading)), Some(Tick(100)));
        assert_eq!(stuck_since(at(State::Awaiting)), Some(Tick(900)));
        assert_eq!(stuck_since(at(State::Writing)), Some(Tick(900)));
        assert_eq!(stuck_since(at(State::Working)), None);
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
