//! The open sessions of a shadow pool, and the earliest moment at which one of their workers comes free.

use std::collections::{BTreeSet, HashMap};

use super::Nanos;
use crate::whatif::observation::SessionId;

/// Sessions that are known to have begun and not to have ended yet.
#[derive(Debug, Default)]
pub(super) struct OpenSessions {
    begun: HashMap<SessionId, Begun>,
    /// How much later each session began here than in the real pool. All were seen open until one common
    /// moment, so the session with the least delay may be the first to end here.
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

    /// Adds a session that begins here at `start` and began in the real pool at `began`.
    pub(super) fn insert(&mut self, session: SessionId, start: Nanos, began: Nanos) {
        // Exact in both directions, because moments are less than 292 years apart.
        let delay = start.wrapping_sub(began).cast_signed();
        self.begun.insert(session, Begun { start, delay });
        self.delays.insert((delay, session));
    }

    /// Removes a session, and returns when it began here.
    pub(super) fn remove(&mut self, session: SessionId) -> Option<Nanos> {
        let begun = self.begun.remove(&session)?;
        self.delays.remove(&(begun.delay, session));
        Some(begun.start)
    }

    /// Records that every session here still went on in the real pool at this moment.
    pub(super) fn still_open(&mut self, until: Nanos) {
        self.still_open = self.still_open.max(until);
    }

    /// The moment before which no worker with an open session comes free; the maximum if there is none.
    pub(super) fn earliest(&self) -> Nanos {
        let least = self.delays.first();
        least.map_or(Nanos::MAX, |(delay, _)| {
            self.still_open.saturating_add_signed(*delay)
        })
    }

    /// When each session began here, in any order.
    pub(super) fn starts(&self) -> impl Iterator<Item = Nanos> {
        self.begun.values().map(|begun| begun.start)
    }
}
