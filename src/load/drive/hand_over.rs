//! How slices travel from the threads that count to the one that collects, and back to be used again.

use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::slice::Slice;
use super::span::Span;

/// Slices of each thread that may be under way: sixteen seconds' worth. Whoever draws for a terminal
/// that stands still may keep the collector for that long before a thread has to wait.
const UNDER_WAY: usize = 64;

/// Where the threads that count hand their slices over.
#[derive(Debug, Clone)]
pub(super) struct HandOver {
    thread: usize,
    full: Sender<Box<Slice>>,
    used: Receiver<Box<Slice>>,
}

/// Where slices arrive.
#[derive(Debug)]
pub(super) struct Arrivals {
    pub(super) full: Receiver<Box<Slice>>,
    pub(super) used: Sender<Box<Slice>>,
}

/// The two ends of a way for slices.
pub(super) fn way(threads: usize) -> (HandOver, Arrivals) {
    let under_way = threads.saturating_mul(UNDER_WAY);
    let (to_collector, from_threads) = bounded(under_way);
    let (to_threads, from_collector) = bounded(under_way);
    let hand_over = HandOver {
        thread: 0,
        full: to_collector,
        used: from_collector,
    };
    let arrivals = Arrivals {
        full: from_threads,
        used: to_threads,
    };
    (hand_over, arrivals)
}

impl HandOver {
    /// The same way for another thread.
    pub(super) fn of_thread(&self, thread: usize) -> Self {
        Self {
            thread,
            ..self.clone()
        }
    }

    /// A slice to count into.
    pub(super) fn slice(&self, begin: Instant, span: &Span) -> Box<Slice> {
        let end = span.slice_end(begin);
        match self.used.try_recv() {
            Ok(mut slice) => {
                slice.renew(self.thread, begin, end);
                slice
            }
            Err(_) => Box::new(Slice::new(self.thread, begin, end)),
        }
    }

    /// Hands a slice over. With nobody there to collect it, the run is over anyway.
    pub(super) fn hand_over(&self, slice: Box<Slice>) {
        let _nobody_collects = self.full.send(slice);
    }
}
