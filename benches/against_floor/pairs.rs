//! The method: pairs of intervals in alternating order, and the medians of their ratios.

use std::io;
use std::time::Duration;

use crate::contestant::Running;
use crate::load::{self, Interval, Work};

/// The pairs that count; one more goes before them and does not.
pub(crate) const PAIRS: usize = 5;

/// How long one interval is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// The length of one interval of load.
    pub(crate) interval: Duration,
}

impl Effort {
    /// Long enough for ratios good to a per cent or two.
    pub(crate) const FULL: Self = Self {
        interval: Duration::from_secs(1),
    };

    /// Long enough to see that all is well.
    pub(crate) const QUICK: Self = Self {
        interval: Duration::from_millis(300),
    };
}

/// One interval of each server, next to each other in time.
#[derive(Debug, Clone, Copy)]
struct Pair {
    subject: Interval,
    reference: Interval,
}

impl Pair {
    fn rate_ratio(&self) -> f64 {
        self.subject.rate() / self.reference.rate()
    }

    fn cpu_ratio(&self) -> f64 {
        self.subject.cpu_us_per_op() / self.reference.cpu_us_per_op()
    }
}

/// A subject and a reference under the same work.
#[derive(Debug)]
pub(crate) struct Comparison(Vec<Pair>);

impl Comparison {
    /// Loads the two servers in turn, one at a time.
    pub(crate) fn measure(
        work: Work,
        subject: &Running,
        reference: &Running,
        effort: Effort,
    ) -> io::Result<Self> {
        let mut pairs = Vec::with_capacity(PAIRS);
        for index in 0..=PAIRS {
            let load = |server| load::run(work, server, effort.interval);
            // Whoever goes second finds a warmer or a tireder machine: each does half the time.
            let pair = if index % 2 == 0 {
                let subject = load(subject)?;
                let reference = load(reference)?;
                Pair { subject, reference }
            } else {
                let reference = load(reference)?;
                let subject = load(subject)?;
                Pair { subject, reference }
            };
            let standing = if index == 0 { "warm-up" } else { "counts" };
            eprintln!(
                "  {standing:<8} throughput {:>9.0}/s against {:>9.0}/s: {:.3}   CPU {:.3}",
                pair.subject.rate(),
                pair.reference.rate(),
                pair.rate_ratio(),
                pair.cpu_ratio()
            );
            if index > 0 {
                pairs.push(pair);
            }
        }
        Ok(Self(pairs))
    }

    /// The subject's throughput over the reference's.
    pub(crate) fn rate_ratio(&self) -> Spread {
        self.spread(Pair::rate_ratio)
    }

    /// The subject's CPU time per operation over the reference's.
    pub(crate) fn cpu_ratio(&self) -> Spread {
        self.spread(Pair::cpu_ratio)
    }

    /// The subject's operations per second.
    pub(crate) fn subject_rate(&self) -> Spread {
        self.spread(|pair| pair.subject.rate())
    }

    /// The reference's operations per second.
    pub(crate) fn reference_rate(&self) -> Spread {
        self.spread(|pair| pair.reference.rate())
    }

    /// The subject's CPU time per operation, in microseconds.
    pub(crate) fn subject_cpu_us(&self) -> Spread {
        self.spread(|pair| pair.subject.cpu_us_per_op())
    }

    /// The reference's CPU time per operation, in microseconds.
    pub(crate) fn reference_cpu_us(&self) -> Spread {
        self.spread(|pair| pair.reference.cpu_us_per_op())
    }

    fn spread(&self, of: impl Fn(&Pair) -> f64) -> Spread {
        Spread::of(self.0.iter().map(of).collect())
    }
}

/// The least, the middle and the greatest of some values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) least: f64,
    pub(crate) median: f64,
    pub(crate) greatest: f64,
}

impl Spread {
    /// Takes an odd number of values, so that there is a middle one.
    pub(crate) fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self {
            least: values[0],
            median: values[values.len() / 2],
            greatest: values[values.len() - 1],
        }
    }
}
