//! The estimate: throughput, loss and their intervals for every number of workers.

mod grid;
mod resampled;

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use serde::{Deserialize, Serialize};

use super::bootstrap::{Cluster, Mean, Run, deviations, tamed};
use super::drift::{self, Drift};
use super::model::{Contest, Interval, Law};
use super::trial::Trial;
use super::variance::Spreads;
use crate::base::statistics::NORMAL_95;
use crate::base::statistics::student;
use crate::base::{as_f64, whole};
use grid::{Site, sites};
use resampled::{Imagined, Likely, series};

/// The loss against the best that is not worth another worker.
pub const WITHIN: f64 = 0.03;

/// The number of simulated repetitions of the trials.
const RESAMPLES: usize = 400;

/// The limit of a run's distance from its objective, as a factor. Without it, the logarithm of a share
/// near zero would outweigh all other runs.
const FARTHEST: f64 = 4.0;

/// The probability that a value lies outside its interval.
const OUTSIDE: f64 = 0.05;

/// The estimate for every number of workers up to the largest that was tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Throughput against workers, from one worker on.
    pub curve: Vec<Band>,
    /// The smallest number of workers that meets the objectives within 3 % of the best such number; none
    /// if no number meets them.
    pub smallest: Option<Span>,
    /// The share of resamples, 0 to 1, in which some number of workers meets the objectives.
    pub feasible: f64,
    /// The laws that could be fitted.
    pub contest: Contest,
    /// The drift of the machine; if found, it is removed from all figures here.
    pub drift: Option<Drift>,
    /// The spread of single runs of a candidate: the standard deviation of goodput, as a share.
    pub spread: f64,
    /// The degrees of freedom of the spread.
    pub freedom: f64,
}

/// The estimate for one number of workers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// The number of workers.
    pub workers: usize,
    /// Good sessions per second: the mean of all laws, weighted by their likelihood.
    pub goodput: f64,
    /// The 95 % interval of goodput.
    pub interval: Interval,
    /// The loss against the best number that meets the objectives, as a share. It is negative for a
    /// number that gives more but misses the objectives.
    pub loss: f64,
    /// The 95 % interval of the loss.
    pub loss_interval: Interval,
    /// The mean loss over the resamples.
    pub expected_loss: f64,
    /// The probability, 0 to 1, that this number meets the objectives; 1 without objectives.
    pub meets: f64,
    /// The probability, 0 to 1, that this number meets the objectives and is within 3 % of the best such
    /// number.
    pub chance: f64,
}

/// A number of workers with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The lower end.
    pub low: usize,
    /// The median.
    pub middle: usize,
    /// The upper end.
    pub high: usize,
}

impl Estimate {
    /// None if the trials are too few to fit any law.
    ///
    /// Equal trials and an equal seed give an equal estimate.
    pub(super) fn of(trials: &[&Trial], seed: u64) -> Option<Self> {
        let mut random = Rng::with_seed(seed);
        let valid = trials.iter().copied().filter(|trial| trial.is_usable());
        let valid: Vec<&Trial> = valid.collect();
        let spreads = Spreads::of(&clusters(&valid, None));
        let drift = Drift::of(&valid, &spreads);
        let found = drift.filter(Drift::is_found);
        let clusters = tamed(clusters(&valid, found));
        let means: Vec<Mean> = clusters.iter().map(Cluster::mean).collect();
        let deviations = deviations(&clusters);
        // A removed slope costs one degree of freedom, like a level.
        let levels = as_f64(clusters.len() + usize::from(found.is_some()));
        let freedom = as_f64(valid.len()) - levels;
        let squares = deviations
            .iter()
            .map(|run| run.goodput.powi(2))
            .sum::<f64>();
        let variance = squares / as_f64(deviations.len().max(1));
        let within = variance * freedom;
        // Few runs know their own spread with an error, which Student's quantile accounts for. Choosing
        // among laws by these runs costs a degree of freedom for each law but one.
        let choosing = as_f64(Law::ALL.len() - 1);
        let stretch = student::two_sided(OUTSIDE, freedom - choosing) / NORMAL_95;
        let contest = Contest::of(&series(&means, within))?;
        let likely = Likely::of(&contest, &means, variance);
        let sites = sites(&clusters);
        let imagined: Vec<Imagined> = (0..RESAMPLES)
            .filter_map(|_| {
                let steeper = found.map_or(0.0, |drift| drift.steeper(&mut random));
                let redrawn = clusters
                    .iter()
                    .map(|it| it.redrawn(&deviations, stretch, steeper, &mut random));
                let means: Vec<Mean> = redrawn.collect();
                likely.imagine(&contest, &means, within, &sites)
            })
            .collect();
        if imagined.is_empty() {
            return None;
        }
        let smallest = imagined.iter().filter_map(|imagined| {
            let mut good = sites.iter().zip(&imagined.is_good);
            good.find_map(|(site, good)| good.then_some(site.workers))
        });
        let mut smallest: Vec<usize> = smallest.collect();
        smallest.sort_unstable();
        Some(Self {
            curve: curve(&likely.typical(&means, &sites), &sites, &imagined),
            smallest: Span::of(&smallest),
            feasible: as_f64(smallest.len()) / as_f64(imagined.len().max(1)),
            contest,
            drift,
            spread: variance.sqrt(),
            freedom,
        })
    }

    /// The estimate for a number of workers, or for the nearest number on the grid.
    pub fn band(&self, workers: usize) -> Option<&Band> {
        let bands = self.curve.iter();
        bands.min_by_key(|band| band.workers.abs_diff(workers))
    }

    /// This number of workers, half and twice as many, as far as the grid reaches.
    pub(super) fn around(&self, workers: usize) -> BTreeSet<usize> {
        let largest = self.curve.last().map_or(0, |band| band.workers);
        let counts = [workers / 2, workers, workers.saturating_mul(2)];
        let counts = counts.into_iter().filter(|it| (1..=largest).contains(it));
        let bands = counts.filter_map(|count| self.band(count));
        bands.map(|band| band.workers).collect()
    }
}

/// The trials by workers, ascending, each corrected to the middle of the search. A drift is not
/// extrapolated.
pub(super) fn clusters(trials: &[&Trial], drift: Option<Drift>) -> Vec<Cluster> {
    let middle = drift::middle(trials);
    let mut clusters: BTreeMap<usize, (Vec<Run>, Vec<&Trial>)> = BTreeMap::new();
    for trial in trials {
        let gain = drift.map_or(0.0, |drift| drift.gain(trial.began, middle));
        let run = Run {
            goodput: trial.goodput.ln() + gain,
            strain: trial
                .strain
                .unwrap_or(0.0)
                .clamp(1.0 / FARTHEST, FARTHEST)
                .ln(),
            p99: trial.latency.p99.as_secs_f64().max(1e-9).ln(),
        };
        let (runs, own) = clusters.entry(trial.candidate.workers).or_default();
        runs.push(run);
        own.push(trial);
    }
    let clusters = clusters.into_iter();
    let clusters = clusters.map(|(workers, (runs, own))| Cluster {
        workers,
        runs,
        late: drift::minutes(middle, drift::middle(&own)),
    });
    clusters.collect()
}

fn curve(typical: &Imagined, sites: &[Site], imagined: &[Imagined]) -> Vec<Band> {
    let typical = typical.logs.iter().zip(&typical.losses);
    let bands = sites.iter().zip(typical).enumerate();
    let bands = bands.map(|(index, (site, (log, loss)))| {
        let of = |values: fn(&Imagined) -> &Vec<f64>| {
            let values = imagined.iter().filter_map(|it| values(it).get(index));
            interval(values.copied().collect())
        };
        let logs = of(|it| &it.logs);
        let all = as_f64(imagined.len().max(1));
        let share = |of: fn(&Imagined) -> &Vec<bool>| {
            let so = imagined.iter().filter_map(|it| of(it).get(index));
            as_f64(so.filter(|so| **so).count()) / all
        };
        let lost = imagined.iter().filter_map(|it| it.losses.get(index));
        Band {
            workers: site.workers,
            goodput: log.exp(),
            interval: Interval {
                low: logs.low.exp(),
                high: logs.high.exp(),
            },
            loss: *loss,
            loss_interval: of(|it| &it.losses),
            expected_loss: lost.sum::<f64>() / all,
            meets: share(|it| &it.meets),
            chance: share(|it| &it.is_good),
        }
    });
    bands.collect()
}

/// The range that holds 95 % of these values.
fn interval(mut values: Vec<f64>) -> Interval {
    values.sort_unstable_by(f64::total_cmp);
    let at = |quantile| rank(&values, quantile).copied().unwrap_or(f64::NAN);
    Interval {
        low: at(0.025),
        high: at(0.975),
    }
}

impl Span {
    fn of(sorted: &[usize]) -> Option<Self> {
        let at = |quantile| rank(sorted, quantile).copied();
        Some(Self {
            low: at(0.025)?,
            middle: at(0.5)?,
            high: at(0.975)?,
        })
    }
}

/// The value at a quantile.
fn rank<T>(sorted: &[T], quantile: f64) -> Option<&T> {
    let last = sorted.len().checked_sub(1)?;
    // The k-th of n values is, on average, the quantile k / (n + 1).
    let place = (as_f64(sorted.len() + 1) * quantile - 1.0).round();
    sorted.get(whole(place.max(0.0)).min(last))
}
