//! The numbers of workers that are looked at, and where they lie among those that were tried.

use std::collections::BTreeSet;

use crate::base::as_f64;
use crate::tune::bootstrap::Cluster;

/// Up to twice this many every number of workers is looked at, and from there on steps of about such a
/// part.
const FINE: usize = 16;

/// A number of workers that is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Site {
    pub(crate) workers: usize,
    /// Which of those that were tried is next to it or below.
    below: usize,
    /// How far it is from there to the next, on the scale of logarithms, 0 to 1.
    part: f64,
}

/// All of them, from one worker to the most that were tried.
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
    /// What it has of values of those that were tried: on a line between its neighbours.
    pub(crate) fn of(&self, values: &[f64]) -> f64 {
        let below = values.get(self.below).copied().unwrap_or_default();
        let above = values.get(self.below + 1).copied().unwrap_or(below);
        below + self.part * (above - below)
    }
}
