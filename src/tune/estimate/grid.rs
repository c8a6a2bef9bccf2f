//! The grid: the evaluated numbers of workers, and their places among the tried ones.

use std::collections::BTreeSet;

use crate::base::as_f64;
use crate::tune::bootstrap::Cluster;

/// Up to twice this, every number of workers is evaluated. Above that, a step is about one part in this
/// many.
const FINE: usize = 16;

/// An evaluated number of workers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Site {
    pub(crate) workers: usize,
    /// The index of the tried number that is equal or next below.
    below: usize,
    /// The distance from the tried number below to the next one, on a logarithmic scale, 0 to 1.
    part: f64,
}

/// All sites, from one worker to the largest tried number.
pub(crate) fn sites(clusters: &[Cluster]) -> Vec<Site> {
    let tried: Vec<usize> = clusters.iter().map(|cluster| cluster.workers).collect();
    let largest = tried.last().copied().unwrap_or(0);
    let next = |count: &usize| Some(count + (count / FINE).max(1));
    let steps = std::iter::successors(Some(1), next).take_while(|count| *count < largest);
    let counts: BTreeSet<usize> = steps.chain(tried.iter().copied()).collect();
    let sites = counts.into_iter().map(|workers| {
        let above = tried.partition_point(|count| *count <= workers);
        let below = above.saturating_sub(1);
        let part = match (tried.get(below), tried.get(above)) {
            (Some(low), Some(high)) if low < &workers => {
                let [low, at, high] = [*low, workers, *high].map(|it| as_f64(it).ln());
                (at - low) / (high - low)
            }
            _ => 0.0,
        };
        Site {
            workers,
            below,
            part,
        }
    });
    sites.collect()
}

impl Site {
    /// The value at this site: linear between the values of its tried neighbours.
    pub(crate) fn of(&self, values: &[f64]) -> f64 {
        let below = values.get(self.below).copied().unwrap_or_default();
        let above = values.get(self.below + 1).copied().unwrap_or(below);
        below + self.part * (above - below)
    }
}
