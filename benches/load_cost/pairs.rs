//! The method: two measurements in turn, pair after pair, and the median of their ratios.

use std::fmt;
use std::io;
use std::time::Duration;

use crate::request::Request;
use crate::spread::Spread;

/// How many pairs, and how long a run is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    pairs: usize,
    pub(crate) length: Duration,
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

    /// Enough for ratios good to a few per cent.
    const FULL: Self = Self {
        pairs: 21,
        length: Duration::from_secs(1),
    };

    /// Enough to see that all is well.
    const QUICK: Self = Self {
        pairs: 5,
        length: Duration::from_millis(400),
    };
}

impl fmt::Display for Effort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (pairs, seconds) = (self.pairs, self.length.as_secs_f64());
        write!(
            f,
            "medians (and quartiles) of {pairs} pairs of runs of {seconds} s"
        )
    }
}

/// Two quantities, and how they relate.
#[derive(Debug)]
pub(crate) struct Compared {
    pub(crate) subject: Spread,
    pub(crate) reference: Spread,
    pub(crate) ratio: Spread,
}

impl Compared {
    /// Measures both, each being the first of every other pair, and forgets the first pair.
    pub(crate) fn measure(
        effort: Effort,
        mut subject: impl FnMut() -> io::Result<f64>,
        mut reference: impl FnMut() -> io::Result<f64>,
    ) -> io::Result<Self> {
        let (mut subjects, mut references) = (Vec::new(), Vec::new());
        for index in 0..=effort.pairs {
            let (one, other) = if index % 2 == 0 {
                let one = subject()?;
                (one, reference()?)
            } else {
                let other = reference()?;
                (subject()?, other)
            };
            let standing = if index == 0 { "warm-up" } else { "counts" };
            eprintln!(
                "  {standing:<8} {one:>10.3} against {other:>10.3}: {:.3}",
                one / other
            );
            if index > 0 {
                subjects.push(one);
                references.push(other);
            }
        }
        Ok(Self::of(subjects, references))
    }

    /// Compares what was measured in pairs.
    pub(crate) fn of(subjects: Vec<f64>, references: Vec<f64>) -> Self {
        let ratios = subjects
            .iter()
            .zip(&references)
            .map(|(one, other)| one / other);
        Self {
            ratio: Spread::of(ratios.collect()),
            subject: Spread::of(subjects),
            reference: Spread::of(references),
        }
    }

    /// The median ratio, and the quartiles between which half of the ratios lie.
    pub(crate) fn ratio_text(&self) -> String {
        let [low, middle, high] = [1, 2, 3].map(|quartile| self.ratio.quartile(quartile));
        format!("{middle:.3} ({low:.3}–{high:.3})")
    }
}
