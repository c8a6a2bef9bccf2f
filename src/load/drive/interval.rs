//! A quarter of a second of one thread's work: what it counted, and how it is handed over.
//!
//! Threads that load share nothing: each counts into an interval of its own, and hands it to whoever
//! collects when its time is over.

use std::time::{Duration, Instant};

use super::session::Session;
use crate::load::result::Outcome;
use crate::load::result::{Ended, Tally};

/// The longest that an interval lasts.
pub(crate) const INTERVAL: Duration = Duration::from_millis(250);

/// The stretches in which beginnings are counted, to see how evenly they come.
pub(crate) const BIN: Duration = Duration::from_nanos(BIN_NS);

const BIN_NS: u64 = 10_000_000;

/// Bins in an interval.
const BINS: usize = 25;

/// What one thread counted in an interval of time.
#[derive(Debug)]
pub(crate) struct Interval {
    /// Which thread counted.
    pub(crate) thread: usize,
    /// Whether there is more to come from it.
    pub(crate) sequel: Sequel,
    pub(crate) begin: Instant,
    pub(crate) end: Instant,
    /// The end of the window, if the interval lies behind it.
    pub(crate) after: Option<Instant>,
    pub(crate) tally: Tally,
    pub(crate) ended: Ended,
    /// Sessions begun in each bin, whether they count or not.
    pub(crate) begun: [u32; BINS],
}

/// What follows an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sequel {
    /// The next one of the same thread.
    More,
    /// Nothing: the thread is done.
    Nothing,
}

impl Interval {
    pub(crate) fn new(thread: usize, begin: Instant, end: Instant) -> Self {
        Self {
            thread,
            sequel: Sequel::More,
            begin,
            end,
            after: None,
            tally: Tally::default(),
            ended: Ended::default(),
            begun: [0; BINS],
        }
    }

    /// Makes it a new interval, and keeps its memory.
    pub(crate) fn renew(&mut self, thread: usize, begin: Instant, end: Instant) {
        self.thread = thread;
        self.sequel = Sequel::More;
        self.after = None;
        self.tally.clear();
        self.ended = Ended::default();
        self.begun = [0; BINS];
        (self.begin, self.end) = (begin, end);
    }

    /// How long it lasted.
    pub(crate) fn length(&self) -> Duration {
        self.end.saturating_duration_since(self.begin)
    }

    /// A session has begun.
    pub(crate) fn began(&mut self, session: &Session) {
        let since = session.began.saturating_duration_since(self.begin);
        // In 64 bits, for a time's own 128 divide slowly, and this is done for every session.
        let since = u64::try_from(since.as_nanos()).unwrap_or(u64::MAX);
        let bin = usize::try_from(since / BIN_NS).unwrap_or(BINS);
        if let Some(begun) = self.begun.get_mut(bin) {
            *begun += 1;
        }
        if session.counts {
            self.tally.started += 1;
        }
    }

    /// A session, or a command after a pause, began so much later than it was meant to.
    pub(crate) fn lagged(&mut self, session: &Session, lag: Duration) {
        if session.counts {
            self.tally.lag.record(lag);
        }
    }

    /// A connection stands.
    pub(crate) fn connected(&mut self, session: &Session, time: Duration) {
        if session.counts {
            self.tally.connect.record(time);
        }
    }

    /// The first reply on a connection came.
    #[inline]
    pub(crate) fn first_reply(&mut self, session: &Session, time: Duration) {
        self.ended.replies += 1;
        if session.counts {
            self.tally.first_reply.record(time);
        }
    }

    /// Another reply came.
    #[inline]
    pub(crate) fn later_reply(&mut self, session: &Session, time: Duration) {
        self.ended.replies += 1;
        if session.counts {
            self.tally.later_replies.record(time);
        }
    }

    /// The stream ended after `QUIT`.
    pub(crate) fn closed(&mut self, session: &Session, time: Duration) {
        if session.counts {
            self.tally.close.record(time);
        }
    }

    /// A session ended.
    #[inline]
    pub(crate) fn ended(&mut self, session: &Session, outcome: Outcome, now: Instant) {
        self.ended.end(outcome);
        if session.counts {
            let time = now.saturating_duration_since(session.began);
            let intended = if session.intended == session.began {
                time
            } else {
                now.saturating_duration_since(session.intended)
            };
            self.tally.end(outcome, time, intended);
        }
    }
}
