//! The spread of single runs for each number of workers. It may differ: a pool that leaves cores free
//! repeats itself more exactly than one that contends for them.

use super::bootstrap::{Cluster, Mean, Run, between};
use crate::base::as_f64;

/// The weight of the common spread, in runs, beside a candidate's own few runs: a moderated variance
/// (Smyth 2004, Linear models and empirical Bayes methods for assessing differential expression). With
/// this weight, 98 % or more of 600 simulated servers of equal spread match their predictions. Unequal
/// spreads are still told apart.
const MODERATION: f64 = 12.0;

/// The least variance of which a logarithm is taken.
const LEAST: f64 = 1e-12;

/// The spreads of all candidates.
pub(crate) struct Spreads {
    /// The logarithms of the variances.
    variances: Vec<Mean>,
    /// The degrees of freedom of all runs together.
    freedom: f64,
}

/// The spread of single runs for a number of workers.
pub(crate) struct Spread {
    /// The standard deviation of the logarithm of goodput.
    pub(crate) goodput: f64,
    pub(crate) p99: f64,
    /// The degrees of freedom of the spreads.
    pub(crate) freedom: f64,
}

impl Spreads {
    pub(crate) fn of(clusters: &[Cluster]) -> Self {
        let freedom = |cluster: &Cluster| as_f64(cluster.runs.len().saturating_sub(1));
        let all = clusters.iter().map(freedom).sum::<f64>().max(1.0);
        let pooled = |figure: fn(&Run) -> f64| {
            let squares = clusters.iter().map(|cluster| cluster.squares(figure));
            squares.sum::<f64>() / all
        };
        let (goodput, p99) = (pooled(|run| run.goodput), pooled(|run| run.p99));
        let variances = clusters.iter().map(|cluster| {
            let moderated = |pooled: f64, figure| {
                let own = cluster.squares(figure);
                let variance = (MODERATION * pooled + own) / (MODERATION + freedom(cluster));
                variance.max(LEAST).ln()
            };
            Mean {
                workers: cluster.workers,
                runs: cluster.runs.len(),
                value: Run {
                    goodput: moderated(goodput, |run| run.goodput),
                    p99: moderated(p99, |run| run.p99),
                    strain: 0.0,
                },
            }
        });
        Self {
            variances: variances.collect(),
            freedom: all,
        }
    }

    /// The spread of a number of workers: interpolated between its neighbours, known as well as the
    /// nearest.
    pub(crate) fn at(&self, workers: usize) -> Spread {
        let at = |figure| (between(&self.variances, workers, figure) / 2.0).exp();
        let nearest = self
            .variances
            .iter()
            .min_by_key(|variance| variance.workers.abs_diff(workers));
        let runs = nearest.map_or(1, |nearest| nearest.runs);
        Spread {
            goodput: at(|run| run.goodput),
            p99: at(|run| run.p99),
            // No candidate's spread is known better than all runs together allow.
            freedom: (MODERATION + as_f64(runs.saturating_sub(1))).min(self.freedom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(workers: usize, off: f64, runs: usize) -> Cluster {
        let run = |index: usize| Run {
            goodput: if index.is_multiple_of(2) { off } else { -off },
            ..Run::default()
        };
        Cluster {
            workers,
            runs: (0..runs).map(run).collect(),
            late: 0.0,
        }
    }

    #[test]
    fn a_candidate_has_the_more_of_its_own_spread_the_more_it_ran() {
        let with = |runs| Spreads::of(&[cluster(1, 0.01, 12), cluster(8, 0.1, runs)]).at(8);
        let spreads = [2, 4, 40].map(with);
        assert!(spreads[0].goodput < spreads[1].goodput);
        assert!((spreads[2].goodput - 0.1).abs() < 0.005);
        assert!(
            spreads
                .windows(2)
                .all(|pair| pair[0].freedom < pair[1].freedom)
        );
    }

    #[test]
    fn what_lies_between_two_candidates_has_a_spread_between_theirs() {
        let spreads = Spreads::of(&[cluster(4, 0.01, 6), cluster(16, 0.1, 6)]);
        let [low, middle, high] = [4, 8, 16].map(|workers| spreads.at(workers).goodput);
        assert!(low < middle && middle < high);
        assert!((middle - (low * high).sqrt()).abs() < 1e-9);
    }
}
