//! The cluster bootstrap: what other repetitions of the same trials might have shown.
//!
//! Whole runs are drawn, as they lie around the mean of their candidate, and never what a law leaves of
//! them: that would take the law for granted. Each deviation counts as much as it would from the mean of
//! infinitely many runs, so the variance of a mean is not too small, however few they are.

use fastrand::Rng;

use super::as_f64;

/// So many runs show how far those of one candidate lie apart; of fewer, all candidates show it together.
const ENOUGH: usize = 6;

/// The runs of one number of workers.
#[derive(Debug, Clone)]
pub(super) struct Cluster {
    pub(super) workers: usize,
    pub(super) runs: Vec<Run>,
}

/// What one run says, as logarithms.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Run {
    pub(super) goodput: f64,
    pub(super) strain: f64,
    /// Of the 99th percentile of good sessions, in seconds.
    pub(super) p99: f64,
}

/// The means of a cluster, as they are or as they might have been.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mean {
    pub(super) workers: usize,
    /// How many runs are behind it.
    pub(super) runs: usize,
    pub(super) value: Run,
}

impl Cluster {
    pub(super) fn mean(&self) -> Mean {
        self.mean_of(self.runs.iter().copied())
    }

    /// The means as they might have been, each as far from those that are as the means of so many
    /// deviations, drawn from its own where it has enough of them, and then stretched.
    pub(super) fn redrawn(&self, deviations: &[Run], stretch: f64, random: &mut Rng) -> Mean {
        let own: Vec<Run>;
        let deviations = if self.runs.len() < ENOUGH {
            deviations
        } else {
            own = self.deviations().collect();
            &own
        };
        let drawn = self.runs.iter().map(|_| {
            let index = random.usize(..deviations.len().max(1));
            deviations.get(index).copied().unwrap_or_default()
        });
        let mut mean = self.mean();
        mean.value = mean.value.plus(self.mean_of(drawn).value.times(stretch));
        mean
    }

    fn mean_of(&self, runs: impl ExactSizeIterator<Item = Run>) -> Mean {
        let count = as_f64(runs.len().max(1));
        let sum = runs.fold(Run::default(), Run::plus);
        Mean {
            workers: self.workers,
            runs: self.runs.len(),
            value: sum.times(1.0 / count),
        }
    }

    /// How far its runs lie from their mean, each as far as it would from the mean of infinitely many.
    fn deviations(&self) -> impl Iterator<Item = Run> {
        let n = as_f64(self.runs.len());
        let mean = self.mean().value;
        let others = self.runs.iter().filter(move |_| n > 1.0);
        others.map(move |run| run.plus(mean.times(-1.0)).times((n / (n - 1.0)).sqrt()))
    }
}

/// The deviations of all runs that have others of the same candidate beside them.
pub(super) fn deviations(clusters: &[Cluster]) -> Vec<Run> {
    clusters.iter().flat_map(Cluster::deviations).collect()
}

/// What so many workers say: in between of those that were tried on a line against the logarithm of
/// workers.
pub(super) fn between(means: &[Mean], workers: usize, of: fn(&Run) -> f64) -> f64 {
    let above = means.iter().find(|mean| mean.workers >= workers);
    let below = means.iter().rfind(|mean| mean.workers <= workers);
    match (below, above) {
        (Some(below), Some(above)) if below.workers < above.workers => {
            let [low, at, high] = [below.workers, workers, above.workers].map(|it| as_f64(it).ln());
            let part = (at - low) / (high - low);
            let [below, above] = [below, above].map(|mean| of(&mean.value));
            below + part * (above - below)
        }
        (Some(only), _) | (_, Some(only)) => of(&only.value),
        (None, None) => 0.0,
    }
}

impl Run {
    fn plus(self, other: Self) -> Self {
        Self {
            goodput: self.goodput + other.goodput,
            strain: self.strain + other.strain,
            p99: self.p99 + other.p99,
        }
    }

    fn times(self, factor: f64) -> Self {
        Self {
            goodput: self.goodput * factor,
            strain: self.strain * factor,
            p99: self.p99 * factor,
        }
    }
}
