//! The result of a run, from which reports are written, and its conditions.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::audit::Audit;
use super::part::{Part, are_at_one_time, nanoseconds};
use super::tally::{Ended, Tally};
use super::times::Times;
use super::window::Window;
use crate::base::serialized::seconds;
use crate::base::{ENOUGH_BEYOND, Percentile, as_f64};
use crate::load::plan::Plan;

/// The result of a run, and its conditions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// The plan of the run.
    pub plan: Plan,
    /// The machine that loaded, and the address it loaded.
    pub place: Place,
    /// The time span in which the run was measured.
    pub window: Window,
    /// Outcomes and times of the sessions that began within the window.
    pub tally: Tally,
    /// Sessions and replies that ended within the window.
    pub ended: Ended,
    /// Figures of each second.
    pub seconds: Vec<Second>,
    /// The load tester's own CPU use and schedule accuracy.
    pub client: ClientSide,
    /// Connections that were delayed by a full backlog.
    pub backlog: Backlog,
    /// The checks of the result.
    pub audits: Vec<Audit>,
    /// The way the run ended.
    pub end: End,
    /// The runs this was merged from; empty for a single run.
    #[serde(default)]
    pub parts: Vec<Part>,
}

impl Measurement {
    /// The runs, made one after another, that this was merged from; else itself.
    pub(in crate::load) fn runs(&self) -> Vec<Part> {
        if self.parts.is_empty() || are_at_one_time(&self.parts) {
            vec![self.headline()]
        } else {
            self.parts.clone()
        }
    }

    /// The figures kept of this when it is merged into another.
    pub(in crate::load) fn headline(&self) -> Part {
        let percentile = |quantile| self.percentile(quantile).map(|percentile| percentile.time);
        Part {
            window: self.window,
            ended: self.ended,
            p50_ns: nanoseconds(percentile(0.5)),
            p99_ns: nanoseconds(percentile(0.99)),
            mean_ns: nanoseconds(self.mean().map(|mean| mean.time)),
        }
    }

    /// Good sessions a second.
    pub fn goodput(&self) -> f64 {
        self.per_second(self.ended.good)
    }

    /// Ended sessions a second, of every outcome.
    pub fn attempts(&self) -> f64 {
        self.per_second(self.ended.attempts())
    }

    /// A count within the window, as a rate.
    pub fn per_second(&self, count: u64) -> f64 {
        let elapsed = self.window.elapsed.as_secs_f64();
        if elapsed > 0.0 {
            as_f64(count) / elapsed
        } else {
            0.0
        }
    }

    /// A count as a share, 0 to 1, of the sessions begun.
    pub fn share(&self, count: u64) -> f64 {
        if self.tally.started == 0 {
            0.0
        } else {
            as_f64(count) / as_f64(self.tally.started)
        }
    }

    /// The times that the run is judged by: of an open loop from the intended start of each session, of
    /// a closed loop from the actual start.
    pub fn latency(&self) -> &Times {
        if self.plan.drive.is_open() {
            &self.tally.intended
        } else {
            &self.tally.good
        }
    }

    /// A percentile of [`Self::latency`], and its reliability.
    pub fn percentile(&self, quantile: f64) -> Option<Percentile> {
        let missed = self.client.scheduled.saturating_sub(self.tally.started);
        Percentile::of(self.latency(), &self.tally, missed, quantile)
    }

    /// The mean of [`Self::latency`] and of sessions given up; each of these would have taken longer.
    pub fn mean(&self) -> Option<Percentile> {
        let mut all = self.latency().clone();
        for given_up in self.tally.given_up() {
            all.add(given_up);
        }
        all.mean().map(|time| Percentile {
            time,
            is_bound: all.count() > self.latency().count(),
            is_thin: false,
        })
    }

    /// Whether every audit was passed.
    pub fn is_valid(&self) -> bool {
        self.audits.iter().all(Audit::is_passed)
    }
}

impl Percentile {
    /// A percentile of durations that were all measured to their end; `None` if empty.
    pub fn seen(times: &Times, quantile: f64) -> Option<Self> {
        Some(Self {
            time: times.quantile(quantile)?,
            is_bound: false,
            is_thin: as_f64(times.count()) * (1.0 - quantile) < ENOUGH_BEYOND,
        })
    }

    /// A percentile of good sessions and sessions given up, which would have taken at least as long.
    /// `missed` more sessions were due and never began: they would have taken longest.
    fn of(latency: &Times, tally: &Tally, missed: u64, quantile: f64) -> Option<Self> {
        let mut all = latency.clone();
        let mut shortest_given_up = Duration::MAX;
        for given_up in tally.given_up() {
            all.add(given_up);
            if let Some(min) = given_up.min() {
                shortest_given_up = shortest_given_up.min(min);
            }
        }
        let among_all = quantile * as_f64(all.count() + missed) / as_f64(all.count().max(1));
        let seen = Self::seen(&all, among_all.min(1.0))?;
        Some(Self {
            is_bound: seen.time >= shortest_given_up || (missed > 0 && among_all >= 1.0),
            ..seen
        })
    }
}

/// The machine that loaded, and its server.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The address that took the connections.
    pub address: String,
    /// The program and its version.
    pub program: String,
    /// The machine's kernel.
    pub kernel: String,
    /// The machine's cores.
    pub cores: usize,
    /// Whether the server is on this machine too, and so shares its cores.
    pub shares_machine: bool,
    /// The command line, to repeat the run.
    pub command: String,
}

/// Figures of one second of a run. A second of several merged runs has only sums and the longest time:
/// its percentiles and means are zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Second {
    /// Whole seconds from the start of the window to the start of this second.
    pub at: u32,
    /// Its length, less than one for the last of the window and the last of all. Sessions that end after
    /// the window have their own seconds.
    #[serde(rename = "length_seconds", with = "seconds")]
    pub length: Duration,
    /// Sessions begun in this second.
    pub started: u64,
    /// Sessions that ended in this second.
    pub ended: Ended,
    /// The median latency of the good sessions that ended in it, in nanoseconds; zero if none.
    pub p50_ns: u64,
    /// The 99th percentile of that latency.
    pub p99_ns: u64,
    /// The maximum of that latency.
    pub max_ns: u64,
    /// Mean time to the connection.
    pub connect_ns: u64,
    /// Mean time to the first reply.
    pub first_reply_ns: u64,
    /// Mean time to a later reply.
    pub later_reply_ns: u64,
    /// Mean time from `QUIT` to the end of the stream.
    pub close_ns: u64,
}

/// The load tester's own CPU use, and its schedule accuracy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ClientSide {
    /// For each thread the share of the window, 0 to 1, that it computed, without spinning.
    pub busy: Vec<f64>,
    /// For each thread the share of the window that it was ready while other threads had the cores; 0 if
    /// the system does not report it.
    #[serde(default)]
    pub delayed: Vec<f64>,
    /// For each thread the share of the window that it spun until its next deadline.
    pub spun: Vec<f64>,
    /// Client-seconds within the window outside any session: pausing, or finished.
    pub idle_seconds: f64,
    /// Client-seconds of sessions within the window that began before it.
    pub before_seconds: f64,
    /// Client-seconds after the window of sessions that began in it.
    pub after_seconds: f64,
    /// Clients of this process: of a shard, its part of all clients.
    #[serde(default)]
    pub clients: u64,
    /// Sessions scheduled to begin within the window.
    pub scheduled: u64,
    /// The variance of the number of sessions begun in each hundredth of a second, over its mean: 0
    /// for a perfectly even schedule, 1 for a Poisson process, more for bursts.
    pub dispersion: Option<f64>,
    /// The probability that starts of a Poisson process would fit one worse (Anderson-Darling test).
    pub poisson_p: Option<f64>,
    /// Keep-alive clients that were connected and not answered while the others stayed.
    pub starved: u64,
    /// Local ports available for connections to the target, over all source addresses.
    pub ports: u64,
}

/// Connections that were delayed by a full backlog.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backlog {
    /// Connections that took about as long as a retry of a lost handshake.
    pub retried: u64,
    /// Handshakes that listeners of this machine dropped meanwhile because their backlog was full;
    /// `None` if the kernel does not report it.
    pub overflows: Option<u64>,
}

/// The way a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// As planned.
    Planned,
    /// A signal cut it short.
    Interrupted,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::{Failure, Outcome, sample};

    #[test]
    fn a_kept_measurement_reads_back() {
        for before in [sample::open(1), sample::closed(1)] {
            let text = serde_json::to_string(&before).unwrap();
            assert_eq!(serde_json::from_str::<Measurement>(&text).unwrap(), before);
        }
    }

    #[test]
    fn a_percentile_that_reaches_into_what_was_given_up_is_a_bound() {
        let mut measured = sample::closed(1);
        let bounded = |measured: &Measurement, q| measured.percentile(q).unwrap().is_bound;
        assert!(!bounded(&measured, 0.99));
        let timed_out = Outcome::Failed(Failure::ReplyTimedOut);
        for _ in 0..200 {
            let waited = Duration::from_secs(5);
            measured.tally.end(timed_out, waited, waited);
        }
        assert!(bounded(&measured, 0.99), "200 of 11 000 are more than 1 %");
        assert!(!bounded(&measured, 0.9));
    }

    #[test]
    fn a_percentile_with_too_few_beyond_it_is_thin() {
        let measured = sample::closed(1);
        let thin = |q| measured.percentile(q).unwrap().is_thin;
        assert_eq!(
            [0.5, 0.99, 0.999, 0.9999].map(thin),
            [false, false, false, true]
        );
    }
}
