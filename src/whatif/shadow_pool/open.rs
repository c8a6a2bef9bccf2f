//! The sessions of a shadow pool that still go on, and when the first of their workers may come free.

use std::collections::{BTreeSet, HashMap};

use super::Nanos;
use crate::whatif::observation::SessionId;

/// Sessions of which it is known when they began, and only that they have not ended.
#[derive(Debug, Default)]
pub(super) struct OpenSessions {
    begun: HashMap<SessionId, Begun>,
    /// How much later each began here than with the worker that really has it; the least is the
    /// first that may end here, for all have been seen to go on until the same moment.
    delays: BTreeSet<(i64, SessionId)>,
    still_open: Nanos,
}

#[derive(Debug, Clone, Copy)]
struct Begun {
    start: Nanos,
    delay: i64,
}

impl OpenSessions {
    pub(super) fn len(&self) -> usize {
        self.begun.len()
    }

    /// A session begins here at `start`, and began with the worker that really has it at `began`.
    pub(super) fn insert(&mut self, session: SessionId, start: Nanos, began: Nanos) {
        // Exact both ways, for moments are less than 292 years apart.
        let delay = start.wrapping_sub(began).cast_signed();
        self.begun.insert(session, Begun { start, delay });
        self.delays.insert((delay, session));
    }

    /// Takes out a session, and says when it began here.
    pub(super) fn remove(&mut self, session: SessionId) -> Option<Nanos> {
        let begun = self.begun.remove(&session)?;
        self.delays.remove(&(begun.delay, session));
        Some(begun.start)
    }

    /// Every session in here still went on, with the worker that really has it, at this moment.
    pub(super) fn still_open(&mut self, until: Nanos) {
        self.still_open = self.still_open.max(until);
    }

    /// No worker with an open session comes free before this moment; never where there is none.
    pub(super) fn earliest(&self) -> Nanos {
        let least = self.delays.first();
        least.map_or(Nanos::MAX, |(delay, _)| {
            self.still_open.saturating_add_signed(*delay)
        })
    }

    /// When each of them began here, in any order.
    pub(super) fn starts(&self) -> impl Iterator<Item = Nanos> {
        self.begun.values().map(|begun| begun.start)
    }
}
