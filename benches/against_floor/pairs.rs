//! The method: pairs of intervals, their slices interleaved, and the medians of their ratios.
//!
//! Two processes of one and the same server were seen to differ by ten per cent for as long as
//! they lived. So every pair is of new processes, and many short pairs tell more than a few long.

use std::io;
use std::time::Duration;

use crate::contestant::Contestant;
use crate::load::{Interval, Load, Work};
use crate::request::Request;
use crate::spread::Spread;

/// The pairs that count; one more goes before them and does not.
pub(crate) const PAIRS: usize = 11;

/// How long a server is loaded before the other has its turn: shorter than most of what else
/// goes on in a machine, so that what disturbs one disturbs both.
const SLICE: Duration = Duration::from_millis(50);

/// How long one interval is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    slices: u32,
}

impl Effort {
    /// What was asked for.
    pub(crate) fn of(request: &Request) -> Self {
        if request.is_quick() {
            Self::QUICK
        } else {
            Self::FULL
        }
    }

    /// Long enough for ratios good to a few per cent on a machine that does nothing else.
    const FULL: Self = Self { slices: 10 };

    /// Long enough to see that all is well.
    const QUICK: Self = Self { slices: 4 };

    /// How long each server of a pair is loaded.
    pub(crate) fn interval(self) -> Duration {
        SLICE * self.slices
    }
}

/// One interval of each server, interleaved in time.
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

/// Starts two servers, loads them in turn, one at a time, and ends them.
fn interleave(work: Work, servers: [Contestant; 2], effort: Effort) -> io::Result<[Interval; 2]> {
    let [first, second] = servers;
    let (first, second) = (first.start()?, second.start()?);
    let mut first = Load::gather(work, &first)?;
    let mut second = Load::gather(work, &second)?;
    // What a new process does once is not what is measured.
    first.run(SLICE)?;
    second.run(SLICE)?;
    let mut sums = [Interval::default(); 2];
    for slice in 0..effort.slices {
        // Whoever comes second finds a warmer or a tireder machine: each does, half the time.
        if slice % 2 == 0 {
            sums[0] += first.run(SLICE)?;
            sums[1] += second.run(SLICE)?;
        } else {
            sums[1] += second.run(SLICE)?;
            sums[0] += first.run(SLICE)?;
        }
    }
    first.dismiss()?;
    second.dismiss()?;
    Ok(sums)
}

/// A subject and a reference under the same work.
#[derive(Debug)]
pub(crate) struct Comparison(Vec<Pair>);

impl Comparison {
    /// Measures pair after pair, each server being the first of every other, and forgets the
    /// first pair.
    pub(crate) fn measure(
        work: Work,
        subject: Contestant,
        reference: Contestant,
        effort: Effort,
    ) -> io::Result<Self> {
        let mut pairs = Vec::with_capacity(PAIRS);
        for index in 0..=PAIRS {
            let pair = if index % 2 == 0 {
                let [subject, reference] = interleave(work, [subject, reference], effort)?;
                Pair { subject, reference }
            } else {
                let [reference, subject] = interleave(work, [reference, subject], effort)?;
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
