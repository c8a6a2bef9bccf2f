//! What the trials say about every number of workers, and how sure that is.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fastrand::Rng;
use serde::{Deserialize, Serialize};

use super::drift::Drift;
use super::model::{Contest, Interval, Point, Scale, Series};
use super::resample::{self, Cluster, Mean, Run, deviations};
use super::trial::Trial;
use super::{as_f64, whole};

/// What may be lost against the best: less than that is not worth another worker.
pub const WITHIN: f64 = 0.03;

/// How often other repetitions of the trials are imagined.
const RESAMPLES: usize = 400;

/// The weight below which a law is as good as ruled out.
const RULED_OUT: f64 = 0.01;

/// Up to twice this many every number of workers is looked at, and from there on steps of about such a
/// part.
const FINE: usize = 16;

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
    /// How likely it is that this many meet the objectives and are within 3 % of the best, 0 to 1.
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

/// One resample, at every number of workers that is looked at.
struct Imagined {
    logs: Vec<f64>,
    losses: Vec<f64>,
    /// The smallest that is within 3 %.
    smallest: Option<usize>,
    is_good: Vec<bool>,
}

impl Estimate {
    /// None if the trials are too few to fit any law.
    pub(super) fn of(trials: &[&Trial], random: &mut Rng) -> Option<Self> {
        let valid = trials.iter().copied().filter(|trial| trial.is_usable());
        let valid: Vec<&Trial> = valid.collect();
        let drift = Drift::of(&valid);
        let clusters = clusters(&valid, drift.filter(Drift::is_found));
        let means: Vec<Mean> = clusters.iter().map(Cluster::mean).collect();
        let deviations = deviations(&clusters);
        let freedom = as_f64(valid.len()) - as_f64(clusters.len());
        let squares = deviations
            .iter()
            .map(|run| run.goodput.powi(2))
            .sum::<f64>();
        let variance = squares / as_f64(deviations.len().max(1));
        let series = series(&means, variance * freedom);
        let contest = Contest::of(&series)?;
        let counts = counts(&clusters)?;
        let imagined: Vec<Imagined> = (0..RESAMPLES)
            .filter_map(|_| {
                let redrawn = clusters.iter().map(|it| it.redrawn(&deviations, random));
                let means: Vec<Mean> = redrawn.collect();
                imagine(&contest, &means, series.within, &counts)
            })
            .collect();
        let mut smallest: Vec<usize> = imagined.iter().filter_map(|it| it.smallest).collect();
        smallest.sort_unstable();
        Some(Self {
            curve: curve(&contest, &means, &counts, &imagined),
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

/// The trials by workers, from few to many, each as it would have come out at the end.
pub(super) fn clusters(trials: &[&Trial], drift: Option<Drift>) -> Vec<Cluster> {
    let now = trials.iter().map(|trial| trial.began).max();
    let now = now.unwrap_or(Duration::ZERO);
    let mut clusters: BTreeMap<usize, Vec<Run>> = BTreeMap::new();
    for trial in trials {
        let gain = drift.map_or(0.0, |drift| drift.gain(trial.began, now));
        let run = Run {
            goodput: trial.goodput.ln() + gain,
            // What is far from its objective is as good as any that is.
            strain: trial.strain.unwrap_or(0.0).clamp(1e-3, 1e3).ln(),
            p99: trial.latency.p99.as_secs_f64().max(1e-9).ln(),
        };
        clusters
            .entry(trial.candidate.workers)
            .or_default()
            .push(run);
    }
    let clusters = clusters.into_iter();
    clusters
        .map(|(workers, runs)| Cluster { workers, runs })
        .collect()
}

fn series(means: &[Mean], within: f64) -> Series {
    let point = |mean: &Mean| Point {
        workers: as_f64(mean.workers),
        value: mean.value.goodput,
        runs: as_f64(mean.runs),
    };
    Series {
        scale: Scale::Relative,
        points: means.iter().map(point).collect(),
        within,
    }
}

/// What other means would have said, by the law that explains them best.
fn imagine(contest: &Contest, means: &[Mean], within: f64, counts: &[usize]) -> Option<Imagined> {
    let series = series(means, within);
    let fits = contest.fits.iter().filter(|fit| fit.weight >= RULED_OUT);
    let fits = fits.filter_map(|fit| Some((fit.law, fit.again(&series)?)));
    let (law, (_, parameters)) = fits.min_by(|(_, (a, _)), (_, (b, _))| a.total_cmp(b))?;
    let log = |workers: &usize| law.log(parameters, as_f64(*workers));
    let logs: Vec<f64> = counts.iter().map(log).collect();
    let meets: Vec<bool> = counts
        .iter()
        .map(|count| resample::between(means, *count, |run| run.strain) <= 0.0)
        .collect();
    let losses = losses(&logs, &meets);
    let good = losses
        .iter()
        .zip(&meets)
        .map(|(loss, meets)| *meets && *loss <= WITHIN);
    let is_good: Vec<bool> = good.collect();
    let smallest = counts.iter().zip(&is_good).find(|(_, good)| **good);
    Some(Imagined {
        smallest: smallest.map(|(count, _)| *count),
        logs,
        losses,
        is_good,
    })
}

/// What each loses against the best of those that meet the objectives; against the best of all, if none
/// does.
fn losses(logs: &[f64], meets: &[bool]) -> Vec<f64> {
    let met = logs.iter().zip(meets).filter(|(_, meets)| **meets);
    let best = met.map(|(log, _)| *log).max_by(f64::total_cmp);
    let best = best.or_else(|| logs.iter().copied().max_by(f64::total_cmp));
    let best = best.unwrap_or(0.0);
    logs.iter().map(|log| 1.0 - (log - best).exp()).collect()
}

fn curve(contest: &Contest, means: &[Mean], counts: &[usize], imagined: &[Imagined]) -> Vec<Band> {
    let logs: Vec<f64> = counts
        .iter()
        .map(|count| contest.log(as_f64(*count)))
        .collect();
    let meets: Vec<bool> = counts
        .iter()
        .map(|count| resample::between(means, *count, |run| run.strain) <= 0.0)
        .collect();
    let losses = losses(&logs, &meets);
    let typical = counts.iter().zip(logs).zip(losses).enumerate();
    let bands = typical.map(|(index, ((workers, log), loss))| {
        let of = |values: fn(&Imagined) -> &Vec<f64>| {
            let values = imagined.iter().filter_map(|it| values(it).get(index));
            interval(values.copied().collect())
        };
        let logs = of(|it| &it.logs);
        let good = imagined.iter().filter_map(|it| it.is_good.get(index));
        let good = good.filter(|good| **good).count();
        Band {
            workers: *workers,
            goodput: log.exp(),
            interval: Interval {
                low: logs.low.exp(),
                high: logs.high.exp(),
            },
            loss,
            loss_interval: of(|it| &it.losses),
            chance: as_f64(good) / as_f64(imagined.len().max(1)),
        }
    });
    bands.collect()
}

/// The numbers of workers that are looked at: what was tried, and steps in between.
fn counts(clusters: &[Cluster]) -> Option<Vec<usize>> {
    let largest = clusters.last()?.workers;
    let next = |count: &usize| Some(count + (count / FINE).max(1));
    let steps = std::iter::successors(Some(1), next).take_while(|count| *count < largest);
    let tried = clusters.iter().map(|cluster| cluster.workers);
    let counts: BTreeSet<usize> = steps.chain(tried).collect();
    Some(counts.into_iter().collect())
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
    sorted.get(whole((as_f64(last) * quantile).round()).min(last))
}
