//! The cluster bootstrap: simulated repetitions of the trials.
//!
//! Whole runs are drawn by their deviation from the mean of their candidate. Residuals of a law are never
//! drawn, because that would assume the law. Deviations are rescaled as if from the mean of infinitely
//! many runs. The variance of a mean is therefore not too small, however few the runs.

use fastrand::Rng;

use super::trial::median_number;
use crate::base::as_f64;

/// A candidate with this many runs is redrawn from its own deviations; otherwise from the deviations of
/// all.
const ENOUGH: usize = 6;

/// The limit for outliers, in spreads from the median, and the spread of a normal distribution in median
/// distances.
const FAR: f64 = 5.0;
const NORMAL_SPREAD: f64 = 1.4826;

/// The runs of one number of workers.
#[derive(Debug, Clone)]
pub(crate) struct Cluster {
    pub(crate) workers: usize,
    pub(crate) runs: Vec<Run>,
    /// The mean start of the cluster's runs, in minutes after the mean start of all runs.
    pub(crate) late: f64,
}

/// The figures of one run, as logarithms.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Run {
    pub(crate) goodput: f64,
    pub(crate) strain: f64,
    /// The 99th percentile of good sessions, in seconds.
    pub(crate) p99: f64,
}

/// The means of a cluster, as measured or as redrawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mean {
    pub(crate) workers: usize,
    /// The number of runs in the mean.
    pub(crate) runs: usize,
    pub(crate) value: Run,
}

impl Cluster {
    pub(crate) fn mean(&self) -> Mean {
        self.mean_of(self.runs.iter().copied())
    }

    /// Redrawn means: each is moved by the mean of as many drawn deviations, stretched by a factor. The
    /// deviations come from its own cluster if that has enough runs. All move with the given extra drift.
    pub(crate) fn redrawn(
        &self,
        deviations: &[Run],
        stretch: f64,
        steeper: f64,
        random: &mut Rng,
    ) -> Mean {
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
        mean.value.goodput -= steeper * self.late;
        mean
    }

    /// The sum of squares of a figure around its mean.
    pub(crate) fn squares(&self, figure: fn(&Run) -> f64) -> f64 {
        let mean = figure(&self.mean().value);
        let runs = self.runs.iter();
        runs.map(|run| (figure(run) - mean).powi(2)).sum()
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

    /// The median of a figure, and the number of runs.
    fn median(&mut self, figure: fn(&mut Run) -> &mut f64) -> (f64, usize) {
        let runs = self.runs.len();
        let median = median_number(self.runs.iter_mut().map(|run| *figure(run)));
        (median.unwrap_or_default(), runs)
    }

    /// The deviations of the runs from their mean, rescaled as if from the mean of infinitely many runs.
    fn deviations(&self) -> impl Iterator<Item = Run> {
        let n = as_f64(self.runs.len());
        let mean = self.mean().value;
        let others = self.runs.iter().filter(move |_| n > 1.0);
        others.map(move |run| run.plus(mean.times(-1.0)).times((n / (n - 1.0)).sqrt()))
    }
}

/// The deviations of all runs of candidates with more than one run.
pub(crate) fn deviations(clusters: &[Cluster]) -> Vec<Run> {
    clusters.iter().flat_map(Cluster::deviations).collect()
}

/// The runs with outliers clamped to a number of spreads around the median of their candidate. An outlier
/// comes from the machine, not from the candidate (winsorizing; Huber 1981).
pub(crate) fn tamed(mut clusters: Vec<Cluster>) -> Vec<Cluster> {
    let figures: [fn(&mut Run) -> &mut f64; 2] = [|run| &mut run.goodput, |run| &mut run.p99];
    for figure in figures {
        let mut distances: Vec<f64> = Vec::new();
        for cluster in &mut clusters {
            let (middle, runs) = cluster.median(figure);
            let distance = cluster
                .runs
                .iter_mut()
                .map(|run| (*figure(run) - middle).abs());
            let mut own: Vec<f64> = distance.collect();
            own.sort_unstable_by(f64::total_cmp);
            match runs {
                // Each of two runs lies half of their distance from the median.
                0 | 1 => {}
                2 => distances.extend(own.iter().map(|own| own * std::f64::consts::SQRT_2)),
                // With an odd number of runs, one run is the median itself and has distance 0.
                _ => distances.extend(own.iter().skip(runs % 2)),
            }
        }
        let Some(spread) = median_number(distances.iter().copied()) else {
            continue;
        };
        let most = FAR * NORMAL_SPREAD * spread;
        for cluster in &mut clusters {
            let (middle, runs) = cluster.median(figure);
            // Of two runs, the outlier cannot be told from the other.
            for run in cluster.runs.iter_mut().filter(|_| runs > 2) {
                let value = figure(run);
                *value = value.clamp(middle - most, middle + most);
            }
        }
    }
    clusters
}

/// A figure for a number of workers: interpolated between measured means, linear in the logarithm of
/// workers.
pub(crate) fn between(means: &[Mean], workers: usize, of: fn(&Run) -> f64) -> f64 {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_something_else_disturbed_counts_no_more_than_a_bad_one() {
        let run = |goodput| Run {
            goodput,
            ..Run::default()
        };
        let cluster = |workers, goodputs: [f64; 3]| Cluster {
            workers,
            runs: goodputs.map(run).to_vec(),
            late: 0.0,
        };
        let clusters = tamed(vec![
            cluster(1, [1.0, 1.1, 0.9]),
            cluster(2, [2.0, -5.0, 2.1]),
            cluster(4, [3.0, 3.1, 2.9]),
        ]);
        let goodputs = |index: usize| clusters[index].runs.iter().map(|run| run.goodput);
        assert_eq!(goodputs(0).collect::<Vec<_>>(), [1.0, 1.1, 0.9]);
        let lowest = goodputs(1).min_by(f64::total_cmp).unwrap();
        assert!(
            (lowest - (2.0 - 5.0 * 1.4826 * 0.1)).abs() < 1e-9,
            "{lowest}"
        );
    }

    #[test]
    fn what_ran_late_would_have_given_less_at_once_if_the_machine_became_the_faster_meanwhile() {
        let mut random = Rng::with_seed(1);
        let log = |late, random: &mut Rng| {
            let cluster = Cluster {
                workers: 1,
                runs: vec![Run::default()],
                late,
            };
            cluster.redrawn(&[], 1.0, 0.2, random).value.goodput
        };
        let logs = [-0.5, 0.0, 2.0].map(|late| log(late, &mut random));
        assert_eq!(logs, [0.1, 0.0, -0.4]);
    }
}
