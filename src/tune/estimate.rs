//! What the trials say about every number of workers, and how sure that is.

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

/// What may be lost against the best: less than that is not worth another worker.
pub const WITHIN: f64 = 0.03;

/// How often other repetitions of the trials are imagined.
const RESAMPLES: usize = 400;

/// How far from its objective, as a factor, a run counts at most: the logarithm of a share that is nothing
/// would outweigh whatever other runs show.
const FARTHEST: f64 = 4.0;

/// The probability that a value lies outside of its interval.
const OUTSIDE: f64 = 0.05;

/// What the trials say about every number of workers up to the largest that was tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Throughput against workers, from one worker on.
    pub curve: Vec<Band>,
    /// The smallest number of workers that meets the objectives and is within 3 % of the best that does;
    /// none if none meets them.
    pub smallest: Option<Span>,
    /// The share of resamples, 0 to 1, in which some number of workers meets the objectives.
    pub feasible: f64,
    /// The laws that took part.
    pub contest: Contest,
    /// How the machine changed meanwhile; taken out of everything here if it was found.
    pub drift: Option<Drift>,
    /// How far single runs of a candidate lie apart: the standard deviation of goodput, relative to it.
    pub spread: f64,
    /// The degrees of freedom of that.
    pub freedom: f64,
}

/// What a number of workers gives.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// How many.
    pub workers: usize,
    /// Good sessions a second, by all laws as far as each is likely.
    pub goodput: f64,
    /// Where that may lie at 95 %.
    pub interval: Interval,
    /// What is lost against the best that meets the objectives, as a share of it; less than nothing if it
    /// does more than that and misses them.
    pub loss: f64,
    /// Where that may lie at 95 %.
    pub loss_interval: Interval,
    /// The mean of that.
    pub expected_loss: f64,
    /// How likely it is that this many meet the objectives, 0 to 1; 1 if there are none.
    pub meets: f64,
    /// How likely it is that they do, and are within 3 % of the best that does, 0 to 1.
    pub chance: f64,
}

/// A number of workers, and where it may lie at 95 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The lower end.
    pub low: usize,
    /// Half of what is likely lies below.
    pub middle: usize,
    /// The upper end.
    pub high: usize,
}

impl Estimate {
    /// None if the trials are too few to fit any law.
    ///
    /// The same trials and the same seed give the same estimate.
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
        // A slope that is taken out costs as much as a level.
        let levels = as_f64(clusters.len() + usize::from(found.is_some()));
        let freedom = as_f64(valid.len()) - levels;
        let squares = deviations
            .iter()
            .map(|run| run.goodput.powi(2))
            .sum::<f64>();
        let variance = squares / as_f64(deviations.len().max(1));
        let within = variance * freedom;
        // So few runs tell of their own spread with an error, which is what Student's quantile is for; to
        // choose among laws by the same runs takes as much from them as so many parameters.
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

    /// What is said of so many workers, or of the number next to them that is looked at.
    pub fn band(&self, workers: usize) -> Option<&Band> {
        let bands = self.curve.iter();
        bands.min_by_key(|band| band.workers.abs_diff(workers))
    }

    /// So many workers, half and twice as many, as far as they were looked at.
    pub(super) fn around(&self, workers: usize) -> BTreeSet<usize> {
        let largest = self.curve.last().map_or(0, |band| band.workers);
        let counts = [workers / 2, workers, workers.saturating_mul(2)];
        let counts = counts.into_iter().filter(|it| (1..=largest).contains(it));
        let bands = counts.filter_map(|count| self.band(count));
        bands.map(|band| band.workers).collect()
    }
}

/// The trials by workers, from few to many, each as it would have come out in the middle of their time: a
/// drift is carried no farther than it was seen.
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

/// Where 95 % of these values lie.
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

/// The value that this share of all lies below.
fn rank<T>(sorted: &[T], quantile: f64) -> Option<&T> {
    let last = sorted.len().checked_sub(1)?;
    // Of n values the k-th is in the mean where k / (n + 1) of all lie.
    let place = (as_f64(sorted.len() + 1) * quantile - 1.0).round();
    sorted.get(whole(place.max(0.0)).min(last))
}
