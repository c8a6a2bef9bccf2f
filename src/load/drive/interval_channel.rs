//! How intervals travel from the threads that count to the one that collects, and back to be used again.

use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::interval::Interval;
use super::run_times::RunTimes;

/// Slices of each thread that may be under way: sixteen seconds' worth. Whoever draws for a terminal
/// that stands still may keep the collector for that long before a thread has to wait.
const UNDER_WAY: usize = 64;

/// Where the threads that count hand their intervals over.
#[derive(Debug, Clone)]
pub(crate) struct IntervalChannel {
    thread: usize,
    full: Sender<Box<Interval>>,
    used: Receiver<Box<Interval>>,
}

/// Where intervals arrive.
#[derive(Debug)]
pub(crate) struct Arrivals {
    pub(crate) full: Receiver<Box<Interval>>,
    pub(crate) used: Sender<Box<Interval>>,
}

/// The two ends of a way for intervals.
pub(crate) fn way(threads: usize) -> (IntervalChannel, Arrivals) {
    let under_way = threads.saturating_mul(UNDER_WAY);
    let (to_collector, from_threads) = bounded(under_way);
    let (to_threads, from_collector) = bounded(under_way);
    let interval_channel = IntervalChannel {
        thread: 0,
        full: to_collector,
        used: from_collector,
    };
    let arrivals = Arrivals {
        full: from_threads,
        used: to_threads,
    };
    (interval_channel, arrivals)
}

impl IntervalChannel {
    /// The same way for another thread.
    pub(crate) fn of_thread(&self, thread: usize) -> Self {
        Self {
            thread,
            ..self.clone()
        }
    }

    /// A interval to count into.
    pub(crate) fn interval(&self, begin: Instant, span: &RunTimes) -> Box<Interval> {
        let end = span.interval_end(begin);
        match self.used.try_recv() {
            Ok(mut interval) => {
                interval.renew(self.thread, begin, end);
                interval
            }
            Err(_) => Box::new(Interval::new(self.thread, begin, end)),
        }
    }

    /// Hands an interval over. With nobody there to collect it, the run is over anyway.
    pub(crate) fn interval_channel(&self, interval: Box<Interval>) {
        let _nobody_collects = self.full.send(interval);
    }
}
