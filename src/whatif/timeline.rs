//! Puts what was measured into order of arrival: it comes in the order in which sessions end, and a
//! long one ends after others that came later.

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

/// How long everything waits for the length of a session; one that takes longer is let through as open.
pub(super) const GRACE: Duration = Duration::from_secs(1);

/// Arrivals that may be held until they are in order, of 32 bytes each: 6 s of 20 000 a second. When
/// there are more, the earliest are let through.
const HELD_MOST: usize = 1 << 17;

/// What the pools are told; in each look in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// A session that was let through as open, and as arrived at `at`, has ended.
    Ended {
        at: Nanos,
        session: SessionId,
        lasted: Nanos,
    },
    /// All others that were let through as open still went on at this moment.
    StillOpen(Nanos),
    /// The next arrival, and what really became of it.
    Arrived(Arrival, Fate),
}

/// What could not be put into order, since the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Disorder {
    /// Arrivals that were let through before it was known that none would come before them, because
    /// too many were held.
    pub(super) early: u64,
    /// Arrivals that came after later ones had been let through, and were taken as the last of them.
    pub(super) late: u64,
    /// Sessions that had been seen to go on, and then neither went on nor had ended.
    pub(super) lost: u64,
}

impl Disorder {
    /// How many arrivals and sessions there are of which something is known only by halves.
    pub(super) fn sum(self) -> u64 {
        self.early + self.late + self.lost
    }
}

/// Holds arrivals until everything that came before them is known.
///
/// Memory: 32 bytes for each of at most 131 072 arrivals that are held, and about 100 for each session
/// that has lasted for longer than a second and still goes on.
#[derive(Debug)]
pub(super) struct Timeline {
    held: Vec<Held>,
    open: HashMap<SessionId, Open>,
    lengths: Lengths,
    /// Everything that arrived before this moment has been let through.
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

/// A session that takes longer than everything waits for it.
#[derive(Debug, Clone, Copy)]
struct Open {
    waited: Nanos,
    began: Nanos,
    /// When it was last seen to go on.
    seen: Nanos,
    stage: Stage,
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    Held,
    /// Still held, and its length has become known.
    HeldAndEnded(Nanos),
    /// Let through, as arrived at this moment.
    Through(Nanos),
}

impl Timeline {
    /// A timeline on which nobody arrives before this moment.
    pub(super) fn new(now: Nanos) -> Self {
        Self {
            held: Vec::new(),
            open: HashMap::new(),
            lengths: Lengths::default(),
            watermark: now,
            disorder: Disorder::default(),
        }
    }

    /// Takes in what was seen, and appends what the pools are to be told.
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

    /// Everything that arrived before this moment has been let through.
    pub(super) fn watermark(&self) -> Nanos {
        self.watermark
    }

    pub(super) fn disorder(&self) -> Disorder {
        self.disorder
    }

    /// Whether any session has ended, so that arrivals without a length can be given one.
    pub(super) fn knows_lengths(&self) -> bool {
        !self.lengths.is_empty()
    }

    /// The sessions that were let through as open and still go on, in order of arrival.
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

    /// Takes note of who goes on, and says when the first of those arrived that have not gone on for
    /// long.
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

    /// Ends an open session, if it is one.
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

    /// Ends the sessions that are neither seen nor recorded any more where they were last seen: they
    /// would hold a worker of every pool for good.
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

    /// When all open sessions that have not ended still went on.
    fn still_open(&self) -> Option<Nanos> {
        let going_on = self.open.values().filter(|open| open.goes_on());
        going_on.map(|open| open.seen).min()
    }

    /// Lets everything through that arrived before the watermark, and the earliest of what is too much.
    fn let_through(&mut self, watermark: Nanos, events: &mut Vec<Event>) {
        // What was held before is sorted already, which makes this little more than a merge; and who
        // arrived at the same moment stays in the order of their records.
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
