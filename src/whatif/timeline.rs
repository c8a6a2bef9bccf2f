//! The timeline: measurements put into order of arrival.
//! They come in the order in which sessions end. A long session ends after others that arrived later.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;

use self::lengths::Lengths;
use super::observation::{Observation, Record, SessionId, UnderWay};
use super::shadow_pool::{Arrival, Length};
use super::{Fate, Nanos, nanos};

mod lengths;
#[cfg(test)]
mod tests;

/// How long arrivals are held for the length of a session; a longer session is let through as open.
pub(super) const GRACE: Duration = Duration::from_secs(1);

/// The most arrivals held for ordering, of 32 bytes each: 6 s of 20 000 a second. Beyond that the earliest
/// are let through.
const HELD_MOST: usize = 1 << 17;

/// The events for the pools, in their order within each look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// A session that was let through as open, with arrival `at`, has ended.
    Ended {
        at: Nanos,
        session: SessionId,
        lasted: Nanos,
    },
    /// All other sessions that were let through as open still went on at this moment.
    StillOpen(Nanos),
    /// The next arrival, and its fate in the real pool.
    Arrived(Arrival, Fate),
}

/// Counts of arrivals and sessions that could not be put into order, since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Disorder {
    /// Arrivals let through, because too many were held, before it was known that no earlier one would
    /// follow.
    pub(super) early: u64,
    /// Arrivals reported after later ones had been let through; they were let through as the latest.
    pub(super) late: u64,
    /// Sessions seen to go on that later neither went on nor had a record.
    pub(super) lost: u64,
}

impl Disorder {
    /// The number of arrivals and sessions with incomplete information.
    pub(super) fn sum(self) -> u64 {
        self.early + self.late + self.lost
    }
}

/// Holds arrivals until all earlier arrivals are known.
///
/// Memory: 32 bytes for each of at most 131 072 held arrivals. Each open session of more than a second
/// needs about 100 more.
#[derive(Debug)]
pub(super) struct Timeline {
    held: Vec<Held>,
    open: HashMap<SessionId, Open>,
    lengths: Lengths,
    /// All arrivals before this moment have been let through.
    watermark: Nanos,
    disorder: Disorder,
}

#[derive(Debug, Clone, Copy)]
struct Held {
    arrived: Nanos,
    what: What,
}

#[derive(Debug, Clone, Copy)]
enum What {
    Served { waited: Nanos, lasted: Nanos },
    Refused,
    Open(SessionId),
}

/// A session that lasts longer than arrivals are held for it.
#[derive(Debug, Clone, Copy)]
struct Open {
    waited: Nanos,
    began: Nanos,
    /// When the session was last seen to go on.
    seen: Nanos,
    stage: Stage,
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    Held,
    /// The session is still held, and its length has become known.
    HeldAndEnded(Nanos),
    /// The session was let through with this arrival.
    Through(Nanos),
}

impl Timeline {
    /// Creates a timeline without arrivals before this moment.
    pub(super) fn new(now: Nanos) -> Self {
        Self {
            held: Vec::new(),
            open: HashMap::new(),
            lengths: Lengths::default(),
            watermark: now,
            disorder: Disorder::default(),
        }
    }

    /// Takes in an observation, and appends the events for the pools.
    pub(super) fn take(&mut self, look: &Observation<'_>, events: &mut Vec<Event>) {
        let now = nanos(look.now);
        let oldest_young = self.sight(look.under_way, now);
        for record in look.records {
            self.record(*record, events);
        }
        self.give_up_lost(now, events);
        events.push(Event::StillOpen(self.still_open().unwrap_or(now)));
        let oldest_waiting = look.oldest_waiting.map(nanos);
        let unknown = oldest_young.into_iter().chain(oldest_waiting);
        self.let_through(unknown.fold(now, Nanos::min), events);
    }

    /// All arrivals before this moment have been let through.
    pub(super) fn watermark(&self) -> Nanos {
        self.watermark
    }

    pub(super) fn disorder(&self) -> Disorder {
        self.disorder
    }

    /// Whether a session has ended, so that its length can stand in for an unknown one.
    pub(super) fn knows_lengths(&self) -> bool {
        !self.lengths.is_empty()
    }

    /// The sessions let through as open that still go on, in order of arrival.
    pub(super) fn under_way(&self) -> Vec<Arrival> {
        let through = |(session, open): (&SessionId, &Open)| match open.stage {
            Stage::Through(at) => Some(Arrival {
                at,
                length: open.length(*session),
            }),
            Stage::Held | Stage::HeldAndEnded(_) => None,
        };
        let mut under_way: Vec<_> = self.open.iter().filter_map(through).collect();
        under_way.sort_unstable_by_key(|arrival| arrival.at);
        under_way
    }

    /// Records the sessions that go on, and returns the earliest arrival of those younger than the
    /// grace period.
    fn sight(&mut self, under_way: &[UnderWay], now: Nanos) -> Option<Nanos> {
        let mut oldest_young: Option<Nanos> = None;
        for seen in under_way {
            let (arrived, waited) = (nanos(seen.arrived), nanos(seen.waited));
            let began = arrived.saturating_add(waited);
            if now.saturating_sub(began) < nanos(GRACE) {
                oldest_young = Some(oldest_young.map_or(arrived, |oldest| oldest.min(arrived)));
                continue;
            }
            match self.open.entry(seen.session) {
                Entry::Occupied(mut open) => open.get_mut().seen = now,
                Entry::Vacant(unknown) => {
                    unknown.insert(Open {
                        waited,
                        began,
                        seen: now,
                        stage: Stage::Held,
                    });
                    let what = What::Open(seen.session);
                    self.held.push(Held { arrived, what });
                }
            }
        }
        oldest_young
    }

    fn record(&mut self, record: Record, events: &mut Vec<Event>) {
        match record {
            Record::Served {
                session,
                arrived,
                waited,
                lasted,
            } => {
                let (arrived, waited, lasted) = (nanos(arrived), nanos(waited), nanos(lasted));
                self.lengths.add(lasted);
                if self.open.contains_key(&session) {
                    self.end(session, lasted, events);
                } else {
                    let what = What::Served { waited, lasted };
                    self.held.push(Held { arrived, what });
                }
            }
            Record::Refused { arrived } => self.held.push(Held {
                arrived: nanos(arrived),
                what: What::Refused,
            }),
        }
    }

    /// Ends the session if it is open.
    fn end(&mut self, session: SessionId, lasted: Nanos, events: &mut Vec<Event>) {
        let Entry::Occupied(mut open) = self.open.entry(session) else {
            return;
        };
        if let Stage::Through(at) = open.get().stage {
            open.remove();
            events.push(Event::Ended {
                at,
                session,
                lasted,
            });
        } else {
            open.get_mut().stage = Stage::HeldAndEnded(lasted);
        }
    }

    /// Ends sessions that are neither seen nor recorded any more, at the moment they were last seen. They
    /// would otherwise hold a worker of every pool forever.
    fn give_up_lost(&mut self, now: Nanos, events: &mut Vec<Event>) {
        let is_lost = |(session, open): (&SessionId, &Open)| {
            let unseen = now.saturating_sub(open.seen);
            (open.goes_on() && unseen > nanos(GRACE))
                .then(|| (*session, open.seen.saturating_sub(open.began)))
        };
        let lost: Vec<_> = self.open.iter().filter_map(is_lost).collect();
        for (session, lasted) in lost {
            self.disorder.lost += 1;
            self.end(session, lasted, events);
        }
    }

    /// The latest moment at which all open sessions without an end still went on.
    fn still_open(&self) -> Option<Nanos> {
        let going_on = self.open.values().filter(|open| open.goes_on());
        going_on.map(|open| open.seen).min()
    }

    /// Lets all arrivals before the watermark through, and the earliest of those above the limit.
    fn let_through(&mut self, watermark: Nanos, events: &mut Vec<Event>) {
        // Earlier arrivals are already sorted, so this sort is little more than a merge. A stable sort keeps
        // arrivals of one moment in the order of their records.
        self.held.sort_by_key(|held| held.arrived);
        let in_order = self.held.partition_point(|held| held.arrived < watermark);
        let too_many = self.held.len().saturating_sub(HELD_MOST);
        self.disorder.early += too_many.saturating_sub(in_order) as u64;
        let mut at = self.watermark;
        for held in self.held.drain(..in_order.max(too_many)) {
            self.disorder.late += u64::from(held.arrived < self.watermark);
            at = at.max(held.arrived);
            let (length, fate) = match held.what {
                What::Served { waited, lasted } => (Length::Known(lasted), Fate::Waited(waited)),
                What::Refused => (Length::Known(self.lengths.draw()), Fate::Refused),
                What::Open(session) => {
                    let Entry::Occupied(mut open) = self.open.entry(session) else {
                        continue;
                    };
                    let (length, waited) = (open.get().length(session), open.get().waited);
                    if open.get().goes_on() {
                        open.get_mut().stage = Stage::Through(at);
                    } else {
                        open.remove();
                    }
                    (length, Fate::Waited(waited))
                }
            };
            events.push(Event::Arrived(Arrival { at, length }, fate));
        }
        self.watermark = at.max(watermark);
    }
}

impl Open {
    fn goes_on(&self) -> bool {
        !matches!(self.stage, Stage::HeldAndEnded(_))
    }

    fn length(&self, session: SessionId) -> Length {
        match self.stage {
            Stage::HeldAndEnded(lasted) => Length::Known(lasted),
            Stage::Held | Stage::Through(_) => Length::Open {
                session,
                began: self.began,
            },
        }
    }
}
