//! The collector of all threads' counts: totals, figures by the second, progress reports.

use std::collections::BTreeMap;
use std::mem;
use std::time::{Duration, Instant};

use super::interval::{BIN, INTERVAL, Interval, Sequel};
use super::interval_channel::Arrivals;
use super::run_times::RunTimes;
use crate::base::as_f64;
use crate::load::observer::{Observer, Phase, Progress};
use crate::load::result::{Ended, Second, Tally, Times};
use crate::load::{Length, Plan};

const SECOND: Duration = Duration::from_secs(1);

/// The counts collected so far.
#[derive(Debug)]
pub(super) struct Collector<'run> {
    plan: &'run Plan,
    span: RunTimes,
    /// Outcomes and times of the sessions that began within the window.
    pub(super) tally: Tally,
    /// Sessions and replies that ended within the window.
    pub(super) ended: Ended,
    /// Figures of each second.
    pub(super) seconds: Vec<Second>,
    /// Sessions begun in each bin of the window.
    pub(super) begun: Vec<u32>,
    /// Seconds that some thread has not handed over completely.
    open: BTreeMap<u32, Open>,
    /// The end of each thread's last interval; `None` once the thread is done.
    reached: Vec<Option<Instant>>,
    /// Sessions ended since the last progress report, and the time of that report.
    lately: Ended,
    told: Instant,
}

/// A second that is being collected.
#[derive(Debug, Default)]
struct Open {
    tally: Tally,
    ended: Ended,
    /// The part of it handed over by the thread that is furthest ahead.
    length: Duration,
}

impl<'run> Collector<'run> {
    pub(super) fn new(plan: &'run Plan, span: RunTimes) -> Self {
        Self {
            plan,
            span,
            tally: Tally::default(),
            ended: Ended::default(),
            seconds: Vec::new(),
            begun: Vec::new(),
            open: BTreeMap::new(),
            reached: vec![Some(span.origin); plan.threads],
            lately: Ended::default(),
            told: span.origin,
        }
    }

    /// Collects until no thread hands over any more.
    pub(super) fn run(&mut self, arrivals: &Arrivals, observer: &mut dyn Observer) {
        for interval in &arrivals.full {
            self.take(&interval);
            // If the return channel is full, this interval is not needed.
            let _not_needed = arrivals.used.try_send(interval);
            self.close_seconds(observer);
            self.tell(observer);
        }
    }

    fn take(&mut self, interval: &Interval) {
        let reached = (interval.sequel == Sequel::More).then_some(interval.end);
        if let Some(entry) = self.reached.get_mut(interval.thread) {
            *entry = reached;
        }
        self.lately.add(interval.ended);
        let Some(since) = interval.begin.checked_duration_since(self.span.begin) else {
            return;
        };
        self.tally.add(&interval.tally);
        if interval.after.is_none() {
            self.ended.add(interval.ended);
            self.count_begun(since, interval);
        }
        let (at, covered) = self.place(interval, since);
        let open = self.open.entry(at).or_default();
        open.tally.add(&interval.tally);
        open.ended.add(interval.ended);
        open.length = open.length.max(covered);
    }

    /// The second that an interval belongs to, and the part of it covered so far. Time after the window
    /// is counted from the window's end, so that no second lies in both.
    fn place(&self, interval: &Interval, since: Duration) -> (u32, Duration) {
        let (whole, since) = match interval.after {
            None => (0, since),
            Some(end) => {
                let window = end.saturating_duration_since(self.span.begin);
                let seconds = window.as_secs() + u64::from(window.subsec_nanos() > 0);
                (seconds, interval.begin.saturating_duration_since(end))
            }
        };
        let at = whole.saturating_add(since.as_secs());
        let covered = Duration::from_nanos(since.subsec_nanos().into()) + interval.length();
        (u32::try_from(at).unwrap_or(u32::MAX), covered)
    }

    fn count_begun(&mut self, since: Duration, interval: &Interval) {
        let bins = |time: Duration| usize::try_from(time.as_nanos() / BIN.as_nanos()).unwrap_or(0);
        let (first, whole) = (bins(since), bins(interval.length()));
        let end = first.saturating_add(whole).max(self.begun.len());
        self.begun.resize(end, 0);
        let begun = interval.begun.iter().take(whole);
        for (sum, begun) in self.begun.iter_mut().skip(first).zip(begun) {
            *sum += begun;
        }
    }

    /// Closes every second that all threads have handed over completely.
    fn close_seconds(&mut self, observer: &mut dyn Observer) {
        let reached = self.reached.iter().flatten().min();
        while let Some(entry) = self.open.first_entry() {
            let end = self.span.begin + SECOND * *entry.key() + SECOND;
            if reached.is_some_and(|reached| *reached < end) {
                return;
            }
            let (at, open) = entry.remove_entry();
            let second = open.second(at, self.plan);
            self.seconds.push(second);
            observer.second(&second, &open.tally);
        }
    }

    /// Reports progress, at most once per interval length.
    fn tell(&mut self, observer: &mut dyn Observer) {
        let now = Instant::now();
        let span = now.saturating_duration_since(self.told);
        if span < INTERVAL {
            return;
        }
        self.told = now;
        let elapsed = now.saturating_duration_since(self.span.origin);
        let done = self.done(elapsed);
        let left = (done > 0.0).then(|| elapsed.mul_f64((1.0 - done) / done));
        let is_closing = self.span.is_over(now) || done >= 1.0;
        observer.progress(&Progress {
            phase: match now < self.span.begin {
                true => Phase::WarmingUp,
                false if is_closing => Phase::Finishing,
                false => Phase::Measuring,
            },
            elapsed,
            done,
            left,
            lately: mem::take(&mut self.lately),
            span,
            tally: &self.tally,
        });
    }

    /// The share of the run that is done.
    fn done(&self, elapsed: Duration) -> f64 {
        let done = match self.plan.length {
            Length::Duration { seconds } => {
                elapsed.as_secs_f64() / (self.plan.warmup + seconds).as_secs_f64()
            }
            Length::Sessions { count } => as_f64(self.ended.attempts()) / as_f64(count.max(1)),
        };
        done.clamp(0.0, 1.0)
    }
}

impl Open {
    fn second(&self, at: u32, plan: &Plan) -> Second {
        let latency = if plan.drive.is_open() {
            &self.tally.intended
        } else {
            &self.tally.good
        };
        let mean = |times: &Times| nanoseconds(times.mean());
        Second {
            at,
            length: self.length,
            started: self.tally.started,
            ended: self.ended,
            p50_ns: nanoseconds(latency.quantile(0.5)),
            p99_ns: nanoseconds(latency.quantile(0.99)),
            max_ns: nanoseconds(latency.max()),
            connect_ns: mean(&self.tally.connect),
            first_reply_ns: mean(&self.tally.first_reply),
            later_reply_ns: mean(&self.tally.later_replies),
            close_ns: mean(&self.tally.close),
        }
    }
}

/// Nanoseconds; 0 without a time.
fn nanoseconds(time: Option<Duration>) -> u64 {
    time.map_or(0, |time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::drive::session::Session;
    use crate::load::plan::Drive;
    use crate::load::result::Outcome;
    use crate::load::sample;
    use proptest::prelude::*;

    /// An observer that keeps the seconds.
    #[derive(Default)]
    struct Told {
        seconds: Vec<Second>,
        tally: Tally,
    }

    impl Observer for Told {
        fn second(&mut self, second: &Second, tally: &Tally) {
            self.seconds.push(*second);
            self.tally.add(tally);
        }
    }

    fn interval(thread: usize, span: RunTimes, begin: Duration, sessions: u64) -> Interval {
        let begin = span.begin + begin;
        let mut interval = Interval::new(thread, begin, begin + INTERVAL);
        for _ in 0..sessions {
            let session = Session {
                intended: begin,
                began: begin,
                counts: true,
            };
            interval.began(&session);
            interval.ended(&session, Outcome::Good, begin + Duration::from_millis(1));
        }
        interval
    }

    proptest! {
        #[test]
        fn the_seconds_together_make_the_whole_however_far_one_thread_is_ahead(
            counts in proptest::collection::vec((0_u64..5, 0_u64..5), 1..20), ahead in 0_usize..20
        ) {
            let mut plan = sample::plan(Drive::Closed { clients: 2 });
            plan.threads = 2;
            let origin = Instant::now();
            let span = RunTimes { origin, begin: origin, end: None };
            let mut collector = Collector::new(&plan, span);
            let mut told = Told::default();
            let take = |collector: &mut Collector<'_>, told: &mut Told, thread, place: usize| {
                let begin = INTERVAL * u32::try_from(place).unwrap();
                let sessions = [counts[place].0, counts[place].1][thread];
                let mut interval = interval(thread, span, begin, sessions);
                if place + 1 == counts.len() {
                    interval.sequel = Sequel::Nothing;
                }
                collector.take(&interval);
                collector.close_seconds(told);
            };
            for place in 0..counts.len() + ahead {
                if place < counts.len() {
                    take(&mut collector, &mut told, 0, place);
                }
                if (ahead..counts.len() + ahead).contains(&place) {
                    take(&mut collector, &mut told, 1, place - ahead);
                }
            }
            let sum: u64 = counts.iter().map(|(a, b)| a + b).sum();
            prop_assert_eq!(told.tally.started, sum);
            prop_assert_eq!(&told.tally, &collector.tally);
            prop_assert_eq!(told.seconds.iter().map(|s| s.ended.good).sum::<u64>(), sum);
            let places: Vec<u32> = told.seconds.iter().map(|s| s.at).collect();
            let expected: Vec<u32> = (0..).take(counts.len().div_ceil(4)).collect();
            prop_assert_eq!(places, expected);
        }
    }
}
