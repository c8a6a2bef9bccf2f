//! One thread's counts for a quarter of a second.
//!
//! Load threads share nothing. Each counts into its own interval, and hands it to the collector when it
//! ends.

use std::time::{Duration, Instant};

use super::session::Session;
use crate::load::result::Outcome;
use crate::load::result::{Ended, Tally};

/// Longest duration of an interval.
pub(crate) const INTERVAL: Duration = Duration::from_millis(250);

/// Bins in which session starts are counted, to see how evenly they are spaced.
pub(crate) const BIN: Duration = Duration::from_nanos(BIN_NS);

const BIN_NS: u64 = 10_000_000;

/// Bins in an interval.
const BINS: usize = 25;

/// One thread's counts in an interval of time.
#[derive(Debug)]
pub(crate) struct Interval {
    /// Index of the thread.
    pub(crate) thread: usize,
    /// Whether the thread will hand over another interval.
    pub(crate) sequel: Sequel,
    pub(crate) begin: Instant,
    pub(crate) end: Instant,
    /// The end of the window, if the interval lies after it.
    pub(crate) after: Option<Instant>,
    pub(crate) tally: Tally,
    pub(crate) ended: Ended,
    /// Sessions begun in each bin, whether they count or not.
    pub(crate) begun: [u32; BINS],
}

/// The successor of an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sequel {
    /// Another interval of this thread.
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

    /// Resets the interval, and keeps its memory.
    pub(crate) fn renew(&mut self, thread: usize, begin: Instant, end: Instant) {
        self.thread = thread;
        self.sequel = Sequel::More;
        self.after = None;
        self.tally.clear();
        self.ended = Ended::default();
        self.begun = [0; BINS];
        (self.begin, self.end) = (begin, end);
    }

    /// The interval's duration.
    pub(crate) fn length(&self) -> Duration {
        self.end.saturating_duration_since(self.begin)
    }

    /// Counts a session start.
    pub(crate) fn began(&mut self, session: &Session) {
        let since = session.began.saturating_duration_since(self.begin);
        // In 64 bits: dividing a duration's own 128 is slow, and this runs for every session.
        let since = u64::try_from(since.as_nanos()).unwrap_or(u64::MAX);
        let bin = usize::try_from(since / BIN_NS).unwrap_or(BINS);
        if let Some(begun) = self.begun.get_mut(bin) {
            *begun += 1;
        }
        if session.counts {
            self.tally.started += 1;
        }
    }

    /// Records how late a session, or a command after a pause, began.
    pub(crate) fn lagged(&mut self, session: &Session, lag: Duration) {
        if session.counts {
            self.tally.lag.record(lag);
        }
    }

    /// Records the time to the connection.
    pub(crate) fn connected(&mut self, session: &Session, time: Duration) {
        if session.counts {
            self.tally.connect.record(time);
        }
    }

    /// Counts the first reply on a connection.
    #[inline]
    pub(crate) fn first_reply(&mut self, session: &Session, time: Duration) {
        self.ended.replies += 1;
        if session.counts {
            self.tally.first_reply.record(time);
        }
    }

    /// Counts a later reply on a connection.
    #[inline]
    pub(crate) fn later_reply(&mut self, session: &Session, time: Duration) {
        self.ended.replies += 1;
        if session.counts {
            self.tally.later_replies.record(time);
        }
    }

    /// Records the time from `QUIT` to the end of the stream.
    pub(crate) fn closed(&mut self, session: &Session, time: Duration) {
        if session.counts {
            self.tally.close.record(time);
        }
    }

    /// Counts a session end.
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
