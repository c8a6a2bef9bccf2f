//! A channel that carries intervals from the load threads to the collector, and back for reuse.

use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::interval::Interval;
use super::run_times::RunTimes;

/// Intervals in transit per thread: sixteen seconds' worth. A blocked terminal may hold up the collector
/// for that long before a load thread has to wait.
const UNDER_WAY: usize = 64;

/// A load thread's end of the channel.
#[derive(Debug, Clone)]
pub(crate) struct IntervalChannel {
    thread: usize,
    full: Sender<Box<Interval>>,
    used: Receiver<Box<Interval>>,
}

/// The collector's end of the channel.
#[derive(Debug)]
pub(crate) struct Arrivals {
    pub(crate) full: Receiver<Box<Interval>>,
    pub(crate) used: Sender<Box<Interval>>,
}

/// Both ends of a new channel.
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
    /// A copy of this end for another thread.
    pub(crate) fn of_thread(&self, thread: usize) -> Self {
        Self {
            thread,
            ..self.clone()
        }
    }

    /// An empty interval, reused if the collector has returned one.
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

    /// Hands over an interval. A failed send is ignored: without a collector the run is over.
    pub(crate) fn interval_channel(&self, interval: Box<Interval>) {
        let _nobody_collects = self.full.send(interval);
    }
}
