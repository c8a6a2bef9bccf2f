//! The queue of due actions: session starts, and resumptions after a pause.
//!
//! In a closed loop a client is due again after its think time. In an open loop each moment of the
//! schedule is due, and the client that has rested longest takes it. While no client is free the moment
//! stays due, and the session is charged for its late start.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::iter::Peekable;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::run_times::RunTimes;
use super::schedule::{Lane, Schedule, exponential, random};
use crate::load::{Drive, Plan, Think};

/// Interval between the first starts of a closed loop's clients, so that thousands do not connect at once.
const ENTRANCE: Duration = Duration::from_micros(50);

/// An action that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// The client begins a session, intended for this moment.
    Begin(usize, Instant),
    /// The client resumes its session, intended for this moment.
    Resume(usize, Instant),
}

/// Sessions that may still begin within the window, over all threads; `None` for no limit.
pub(crate) type Tickets = Option<Arc<AtomicU64>>;

/// The due actions of one thread's clients.
#[derive(Debug)]
pub(crate) struct DueQueue {
    /// Clients that wait for a moment.
    wakes: BinaryHeap<Reverse<(Instant, usize, Wake)>>,
    /// The moment each client waits for. An entry in `wakes` with another moment is out of date.
    awaited: Vec<Option<Instant>>,
    source: Source,
    think: Think,
    random: fastrand::Rng,
    span: RunTimes,
    tickets: Tickets,
    /// Sessions admitted within the window.
    scheduled: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Wake {
    Begin,
    Resume,
}

/// The trigger of session starts.
#[derive(Debug)]
enum Source {
    Clients,
    Schedule {
        moments: Peekable<Schedule>,
        resting: VecDeque<usize>,
    },
}

impl DueQueue {
    /// A due queue for the clients of one lane.
    pub(crate) fn new(
        plan: &Plan,
        lane: Lane,
        span: RunTimes,
        clients: usize,
        tickets: Tickets,
    ) -> Self {
        let mut wakes = BinaryHeap::new();
        let mut awaited = vec![None; clients];
        let source = match &plan.drive {
            Drive::Closed { .. } => {
                for (index, awaits) in awaited.iter_mut().enumerate() {
                    let at = span.origin + entrance(plan, lane, index);
                    *awaits = Some(at);
                    wakes.push(Reverse((at, index, Wake::Begin)));
                }
                Source::Clients
            }
            Drive::Open {
                stages, arrivals, ..
            } => Source::Schedule {
                moments: Schedule::new(stages, *arrivals, lane, plan.seed).peekable(),
                resting: (0..clients).collect(),
            },
        };
        Self {
            wakes,
            awaited,
            source,
            think: plan.shape.think,
            // Not the schedule's random numbers, which come from the seed itself.
            random: random(!plan.seed, lane),
            span,
            tickets,
            scheduled: 0,
        }
    }

    /// The number of clients.
    pub(crate) fn clients(&self) -> usize {
        self.awaited.len()
    }

    /// Whether sessions begin on a schedule, independent of their clients.
    pub(crate) fn is_scheduled(&self) -> bool {
        matches!(self.source, Source::Schedule { .. })
    }

    /// Whether no session will begin any more: no tickets or no scheduled moments are left.
    pub(crate) fn is_exhausted(&mut self) -> bool {
        let Some(tickets) = &self.tickets else {
            return false;
        };
        let is_over = match &mut self.source {
            Source::Schedule { moments, .. } => moments.peek().is_none(),
            Source::Clients => false,
        };
        is_over || tickets.load(Ordering::Relaxed) == 0
    }

    /// The next moment at which an action is due, if it is known.
    pub(crate) fn next(&mut self) -> Option<Instant> {
        let wake = self.wakes.peek().map(|Reverse((at, ..))| *at);
        let moment = self.moment();
        wake.into_iter().chain(moment).min()
    }

    /// Takes the next action due by now.
    pub(crate) fn due(&mut self, now: Instant) -> Option<Due> {
        while let Some(Reverse((at, index, wake))) = self.wakes.peek().copied()
            && at <= now
        {
            self.wakes.pop();
            let awaited = self.awaited.get_mut(index)?;
            if *awaited == Some(at) {
                *awaited = None;
                return Some(match wake {
                    Wake::Begin => Due::Begin(index, at),
                    Wake::Resume => Due::Resume(index, at),
                });
            }
        }
        let at = self.moment().filter(|at| *at <= now)?;
        let Source::Schedule { moments, resting } = &mut self.source else {
            return None;
        };
        let index = resting.pop_front()?;
        moments.next();
        Some(Due::Begin(index, at))
    }

    /// Whether a session intended for this moment may begin; if so, takes its ticket.
    pub(crate) fn admits(&mut self, intended: Instant) -> bool {
        let counts = self.span.counts(intended);
        let is_admitted = if self.span.is_over(intended) {
            false
        } else if let Some(tickets) = self.tickets.as_ref().filter(|_| counts) {
            // Relaxed: no other data depends on this counter.
            let (set, fetch) = (Ordering::Relaxed, Ordering::Relaxed);
            tickets
                .fetch_update(set, fetch, |n| n.checked_sub(1))
                .is_ok()
        } else {
            true
        };
        self.scheduled += u64::from(is_admitted && counts);
        is_admitted
    }

    /// Makes a client rest after its session, for at least `least`. Returns the start of its next
    /// session if there is no pause.
    pub(crate) fn rest(&mut self, index: usize, now: Instant, least: Duration) -> Option<Instant> {
        if let Source::Schedule { resting, .. } = &mut self.source {
            resting.push_back(index);
            return None;
        }
        let pause = self.pause().max(least);
        if pause.is_zero() {
            return Some(now);
        }
        self.wake(index, now + pause, Wake::Begin);
        None
    }

    /// Makes a client pause within its session.
    pub(crate) fn think(&mut self, index: usize, now: Instant) {
        let pause = self.pause();
        self.wake(index, now + pause, Wake::Resume);
    }

    /// Cancels the moment that a client waits for.
    pub(crate) fn forget(&mut self, index: usize) {
        if let Some(awaited) = self.awaited.get_mut(index) {
            *awaited = None;
        }
    }

    /// Sessions admitted within the window, and scheduled moments before `until` without a client.
    pub(crate) fn scheduled(mut self, until: Instant) -> u64 {
        if let (Source::Schedule { moments, .. }, None) = (&mut self.source, &self.tickets) {
            let missed = moments
                .map(|at| self.span.origin + at)
                .take_while(|at| *at < until);
            let missed = missed.filter(|at| self.span.counts(*at)).count();
            self.scheduled += u64::try_from(missed).unwrap_or(0);
        }
        self.scheduled
    }

    fn wake(&mut self, index: usize, at: Instant, wake: Wake) {
        if let Some(awaited) = self.awaited.get_mut(index) {
            *awaited = Some(at);
            self.wakes.push(Reverse((at, index, wake)));
        }
    }

    /// The next moment of the schedule, if a client is free to take it.
    fn moment(&mut self) -> Option<Instant> {
        match &mut self.source {
            Source::Schedule { moments, resting } if !resting.is_empty() => {
                moments.peek().map(|at| self.span.origin + *at)
            }
            _ => None,
        }
    }

    fn pause(&mut self) -> Duration {
        match self.think {
            Think::None => Duration::ZERO,
            Think::Fixed { seconds } => seconds,
            Think::Exponential { mean } => mean.mul_f64(exponential(&mut self.random)),
        }
    }
}

/// The delay before a closed-loop client's first session. The clients of all lanes are spread over the
/// think time, so that they do not pause in step.
fn entrance(plan: &Plan, lane: Lane, index: usize) -> Duration {
    let clients = u32::try_from(plan.drive.clients())
        .unwrap_or(u32::MAX)
        .max(1);
    let own = u64::try_from(index)
        .unwrap_or(u64::MAX)
        .saturating_mul(lane.count);
    let place = u32::try_from(own.saturating_add(lane.index)).unwrap_or(u32::MAX);
    let think = match plan.shape.think {
        Think::None => Duration::ZERO,
        Think::Fixed { seconds: mean } | Think::Exponential { mean } => mean,
    };
    (ENTRANCE.saturating_mul(clients).max(think) / clients).saturating_mul(place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Arrivals;
    use crate::load::sample;

    const LANE: Lane = Lane { index: 0, count: 1 };

    fn span() -> RunTimes {
        let origin = Instant::now();
        RunTimes {
            origin,
            begin: origin,
            end: Some(origin + Duration::from_secs(10)),
        }
    }

    fn due_queue(drive: Drive, think: Think, tickets: Tickets) -> (DueQueue, RunTimes) {
        let mut plan = sample::plan(drive);
        plan.shape.think = think;
        let (span, clients) = (span(), plan.drive.clients());
        (DueQueue::new(&plan, LANE, span, clients, tickets), span)
    }

    fn open(rate: &str, clients: usize) -> Drive {
        Drive::Open {
            stages: rate.parse().unwrap(),
            arrivals: Arrivals::Constant,
            clients,
        }
    }

    fn all_due(due_queue: &mut DueQueue, now: Instant) -> Vec<Due> {
        std::iter::from_fn(|| due_queue.due(now)).collect()
    }

    #[test]
    fn the_clients_of_a_closed_loop_come_in_one_after_another_and_each_once() {
        let (mut due_queue, span) = due_queue(Drive::Closed { clients: 10 }, Think::None, None);
        assert_eq!(due_queue.due(span.origin), Some(Due::Begin(0, span.origin)));
        assert_eq!(due_queue.due(span.origin), None);
        let later = all_due(&mut due_queue, span.origin + Duration::from_secs(1));
        let moments: Vec<Instant> = later
            .iter()
            .map(|due| match due {
                Due::Begin(_, at) | Due::Resume(_, at) => *at,
            })
            .collect();
        assert_eq!(later.len(), 9);
        assert!(moments.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn clients_that_think_do_not_think_in_step() {
        let seconds = Duration::from_secs(1);
        let think = Think::Fixed { seconds };
        let (mut due_queue, span) = due_queue(Drive::Closed { clients: 4 }, think, None);
        let halfway = all_due(&mut due_queue, span.origin + seconds / 2);
        assert_eq!(halfway.len(), 3, "at 0, a quarter, and a half of the pause");
    }

    #[test]
    fn a_moment_without_a_client_stays_due_as_the_moment_that_it_was() {
        let (mut due_queue, span) = due_queue(open("0:10", 1), Think::None, None);
        let late = span.origin + Duration::from_secs(1);
        let moments = [50, 150].map(|ms| span.origin + Duration::from_millis(ms));
        assert_eq!(due_queue.due(late), Some(Due::Begin(0, moments[0])));
        assert_eq!((due_queue.due(late), due_queue.next()), (None, None));
        assert_eq!(due_queue.rest(0, late, Duration::ZERO), None);
        assert_eq!(due_queue.next(), Some(moments[1]));
        assert_eq!(due_queue.due(late), Some(Due::Begin(0, moments[1])));
    }

    #[test]
    fn what_no_client_was_free_for_was_scheduled_all_the_same() {
        let (mut due_queue, span) = due_queue(open("0:10", 1), Think::None, None);
        let first = due_queue.due(span.origin + Duration::from_secs(9));
        assert!(matches!(first, Some(Due::Begin(0, at)) if due_queue.admits(at)));
        assert_eq!(due_queue.scheduled(span.end.unwrap()), 100);
    }

    #[test]
    fn whoever_has_been_forgotten_is_not_woken() {
        let seconds = Duration::from_secs(1);
        let (mut due_queue, span) = due_queue(open("0:0.001", 2), Think::Fixed { seconds }, None);
        due_queue.think(0, span.origin);
        due_queue.think(1, span.origin);
        due_queue.forget(0);
        let due = all_due(&mut due_queue, span.origin + seconds);
        assert_eq!(due, [Due::Resume(1, span.origin + seconds)]);
    }

    #[test]
    fn no_more_sessions_begin_than_there_are_tickets_and_none_after_the_end() {
        let tickets = Some(Arc::new(AtomicU64::new(2)));
        let (mut due_queue, span) = due_queue(Drive::Closed { clients: 9 }, Think::None, tickets);
        let admitted = [0; 4].map(|_| due_queue.admits(span.origin));
        assert_eq!(admitted, [true, true, false, false]);
        due_queue.tickets = None;
        assert!(!due_queue.admits(span.origin + Duration::from_secs(10)));
    }
}
