//! Counts and times of sessions, of one thread's interval or of a whole run.
//!
//! There are two populations, which are not mixed. Sessions that *began* within the window are followed
//! to their end, so that the slowest are not cut off. Outcomes, latencies and stages are of these.
//! Sessions that *ended* within the window, regardless of their start, make the rates.

use serde::{Deserialize, Serialize};
use std::time::Duration;

use super::outcome::{Failure, Outcome};
use super::times::Times;

/// Every histogram of a tally, to be read or to be changed.
macro_rules! all_times {
    ($tally:ident $(, $mutable:tt)?) => {
        [
            & $($mutable)? $tally.good,
            & $($mutable)? $tally.intended,
            & $($mutable)? $tally.busy,
            & $($mutable)? $tally.unfinished,
            & $($mutable)? $tally.connect,
            & $($mutable)? $tally.first_reply,
            & $($mutable)? $tally.later_replies,
            & $($mutable)? $tally.close,
            & $($mutable)? $tally.lag,
        ]
        .into_iter()
        .chain(& $($mutable)? $tally.failed)
    };
}

/// Outcomes and times of the sessions that began within the window.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Sessions begun.
    pub started: u64,
    /// Good sessions, timed from their actual start.
    pub good: Times,
    /// Good sessions, timed from their intended start: the latency of an open loop.
    pub intended: Times,
    /// Sessions refused because the server was busy.
    pub busy: Times,
    /// Failed sessions, by [`Failure`], in the order of [`Failure::ALL`].
    pub failed: [Times; Failure::COUNT],
    /// Sessions cut short by the end of the run, with their age.
    pub unfinished: Times,
    /// From the beginning to the connection.
    pub connect: Times,
    /// From the first command to its reply.
    pub first_reply: Times,
    /// From each later command to its reply.
    pub later_replies: Times,
    /// From `QUIT` to the end of the stream.
    pub close: Times,
    /// The delay of a session, or of a command after a pause, against its intended start.
    pub lag: Times,
}

impl Tally {
    /// Counts the end of a session: `time` since its actual start, `intended` since its intended start.
    /// Every outcome but a good one is timed from the intended start.
    #[inline]
    pub fn end(&mut self, outcome: Outcome, time: Duration, intended: Duration) {
        match outcome {
            Outcome::Good => {
                self.good.record(time);
                self.intended.record(intended);
            }
            Outcome::Busy => self.busy.record(intended),
            Outcome::Failed(failure) => {
                if let Some(times) = self.failed.get_mut(failure as usize) {
                    times.record(intended);
                }
            }
            Outcome::Unfinished => self.unfinished.record(intended),
        }
    }

    /// The times of one kind of failure.
    pub fn failed(&self, failure: Failure) -> &Times {
        let [first, ..] = &self.failed;
        self.failed.get(failure as usize).unwrap_or(first)
    }

    /// Number of sessions that failed without a connection.
    pub fn not_connected(&self) -> u64 {
        let connecting = Failure::ALL.into_iter().filter(|f| f.is_connecting());
        connecting.map(|f| self.failed(f).count()).sum()
    }

    /// Number of failed sessions, of every kind.
    pub fn errors(&self) -> u64 {
        self.failed.iter().map(Times::count).sum()
    }

    /// The times of sessions that were given up; each would have taken longer.
    pub fn given_up(&self) -> impl Iterator<Item = &Times> {
        let timeouts = Failure::ALL.into_iter().filter(|f| f.is_timeout());
        timeouts.map(|f| self.failed(f)).chain([&self.unfinished])
    }

    /// The sum of all session times, from the actual start of each.
    pub fn occupied(&self) -> Duration {
        let failed = self.failed.iter();
        let all = failed.chain([&self.good, &self.busy, &self.unfinished]);
        all.map(Times::total).sum()
    }

    /// Adds all counts of `other`.
    pub fn add(&mut self, other: &Self) {
        self.started += other.started;
        for (mine, theirs) in all_times!(self, mut).zip(other.times()) {
            mine.add(theirs);
        }
    }

    /// Resets all counts, and keeps the memory.
    pub fn clear(&mut self) {
        self.started = 0;
        for times in all_times!(self, mut) {
            times.clear();
        }
    }

    pub(super) fn times(&self) -> impl Iterator<Item = &Times> {
        all_times!(self)
    }
}

/// Sessions and replies that ended in a time span, regardless of their start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// Good sessions.
    pub good: u64,
    /// Sessions refused because the server was busy.
    pub busy: u64,
    /// Failed sessions.
    pub failed: u64,
    /// Commands answered with the right time, in any session.
    pub replies: u64,
}

impl Ended {
    /// Counts the end of a session.
    #[inline]
    pub fn end(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Good => self.good += 1,
            Outcome::Busy => self.busy += 1,
            Outcome::Failed(_) => self.failed += 1,
            Outcome::Unfinished => {}
        }
    }

    /// Adds all counts of `other`.
    pub fn add(&mut self, other: Self) {
        self.good += other.good;
        self.busy += other.busy;
        self.failed += other.failed;
        self.replies += other.replies;
    }

    /// The number of ended sessions, of every outcome.
    pub fn attempts(&self) -> u64 {
        self.good + self.busy + self.failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::sample;

    #[test]
    fn a_tally_added_to_nothing_is_itself_and_a_cleared_one_is_nothing() {
        let mut one = sample::open(1).tally;
        one.end(Outcome::Unfinished, Duration::ZERO, Duration::from_secs(1));
        let mut sum = Tally::default();
        sum.add(&one);
        assert_eq!(sum, one);
        sum.add(&one);
        let written = |tally: &Tally| serde_json::to_value(tally).unwrap();
        let (twice, once) = (written(&sum), written(&one));
        for (name, twice) in twice.as_object().unwrap() {
            if let Some(twice) = twice["count"].as_u64() {
                let once = once[name]["count"].as_u64().unwrap();
                assert_eq!((twice, once > 0), (2 * once, true), "{name}");
            }
        }
        sum.clear();
        assert_eq!((sum.started, sum.times().all(Times::is_empty)), (0, true));
    }
}
