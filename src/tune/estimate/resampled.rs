//! Estimates for all numbers of workers, from measured means and from resampled means.
//!
//! A law is used as far as it fits. Its residuals at the tried candidates are kept beyond the spread of
//! runs. They are interpolated between candidates (a random effect of each candidate, by the method of
//! moments, as in Cochran 1954). So a server that follows no law is not forced onto one. Only effects
//! beyond chance are kept: otherwise the best would be sought in the noise.

use super::WITHIN;
use super::grid::Site;
use crate::base::as_f64;
use crate::tune::bootstrap::Mean;
use crate::tune::model::{Contest, Law, Parameters, Point, Scale, Series};

/// The weight below which a law is ruled out.
const RULED_OUT: f64 = 0.02;

/// The limit, in standard deviations, above which a sum of squares is more than chance. With a known
/// variance, chance exceeds it in about 7 of 100 cases; with few runs, more often.
const CHANCE: f64 = 1.645;

/// The laws that are not ruled out, with their residuals.
pub(crate) struct Likely {
    laws: Vec<Explained>,
}

struct Explained {
    /// The law's index in the contest.
    index: usize,
    law: Law,
    parameters: Parameters,
    weight: f64,
    /// The part of the residual at each candidate that is not noise, 0 to 1.
    kept: Vec<f64>,
}

/// One estimate at every site.
pub(crate) struct Imagined {
    /// The logarithms of throughput.
    pub(crate) logs: Vec<f64>,
    pub(crate) losses: Vec<f64>,
    pub(crate) meets: Vec<bool>,
    pub(crate) is_good: Vec<bool>,
}

pub(crate) fn series(means: &[Mean], within: f64) -> Series {
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

impl Likely {
    /// Fits the likely laws, given the variance of single runs.
    pub(crate) fn of(contest: &Contest, means: &[Mean], variance: f64) -> Self {
        let series = series(means, 0.0);
        let fits = contest.fits.iter().enumerate();
        let fits = fits.filter(|(_, fit)| fit.weight >= RULED_OUT);
        let laws = fits.map(|(index, fit)| Explained {
            index,
            law: fit.law,
            parameters: fit.fitted,
            weight: fit.weight,
            kept: kept(fit.law, fit.fitted, &series, variance),
        });
        Self {
            laws: laws.collect(),
        }
    }

    /// The estimate from the measured means: all laws, weighted by their likelihood.
    pub(crate) fn typical(&self, means: &[Mean], sites: &[Site]) -> Imagined {
        let all: f64 = self.laws.iter().map(|it| it.weight).sum();
        let mut logs = vec![0.0; sites.len()];
        for explained in &self.laws {
            let said = explained.logs(explained.parameters, means, sites);
            for (sum, log) in logs.iter_mut().zip(said) {
                *sum += explained.weight / all * log;
            }
        }
        Imagined::of(logs, means, sites)
    }

    /// The estimate from resampled means, by the law that explains them best.
    pub(crate) fn imagine(
        &self,
        contest: &Contest,
        means: &[Mean],
        within: f64,
        sites: &[Site],
    ) -> Option<Imagined> {
        let series = series(means, within);
        let fits = self.laws.iter().filter_map(|explained| {
            let (aicc, parameters) = contest.fits.get(explained.index)?.again(&series)?;
            Some((aicc, explained, parameters))
        });
        let (_, explained, parameters) = fits.min_by(|(a, ..), (b, ..)| a.total_cmp(b))?;
        let logs = explained.logs(parameters, means, sites);
        Some(Imagined::of(logs, means, sites))
    }
}

impl Explained {
    fn logs(&self, parameters: Parameters, means: &[Mean], sites: &[Site]) -> Vec<f64> {
        let left = left(self.law, parameters, means).zip(&self.kept);
        let left: Vec<f64> = left.map(|(left, kept)| left * kept).collect();
        let log = |site: &Site| self.law.log(parameters, as_f64(site.workers)) + site.of(&left);
        sites.iter().map(log).collect()
    }
}

impl Imagined {
    fn of(logs: Vec<f64>, means: &[Mean], sites: &[Site]) -> Self {
        let strains: Vec<f64> = means.iter().map(|mean| mean.value.strain).collect();
        let meets: Vec<bool> = sites.iter().map(|it| it.of(&strains) <= 0.0).collect();
        let losses = losses(&logs, &meets);
        let good = losses.iter().zip(&meets);
        Self {
            is_good: good
                .map(|(loss, meets)| *meets && *loss <= WITHIN)
                .collect(),
            meets,
            losses,
            logs,
        }
    }
}

/// The residual of a law at each candidate.
fn left(law: Law, parameters: Parameters, means: &[Mean]) -> impl Iterator<Item = f64> {
    let left = move |mean: &Mean| mean.value.goodput - law.log(parameters, as_f64(mean.workers));
    means.iter().map(left)
}

/// The part of the residuals that noise of this variance does not explain: the effect of each candidate.
/// It follows from a sum of squares that chance would hardly reach. This is the generalised method of
/// moments; `DerSimonian` and Laird (1986) use the mean, for a law with one parameter.
fn kept(law: Law, parameters: Parameters, series: &Series, variance: f64) -> Vec<f64> {
    let leverages = series.leverages(law, parameters);
    let points = || series.points.iter().zip(&leverages);
    let squares = points().map(|(point, _)| {
        let left = point.value - law.log(parameters, point.workers);
        point.runs * left * left
    });
    let squares: f64 = squares.sum();
    let freedom: f64 = points().map(|(_, leverage)| 1.0 - leverage).sum();
    let by_chance = freedom + CHANCE * (2.0 * freedom).max(0.0).sqrt();
    let scale: f64 = points()
        .map(|(point, leverage)| point.runs * (1.0 - leverage))
        .sum();
    // A law that follows every point leaves no residual for an effect.
    let effect = if scale > 0.0 {
        ((squares - by_chance * variance) / scale).max(0.0)
    } else {
        0.0
    };
    let kept = |point: &Point| {
        let noise = variance / point.runs;
        if effect > 0.0 {
            effect / (effect + noise)
        } else {
            0.0
        }
    };
    series.points.iter().map(kept).collect()
}

/// The loss of each number against the best that meets the objectives, or against the best of all if none
/// does.
fn losses(logs: &[f64], meets: &[bool]) -> Vec<f64> {
    let met = logs.iter().zip(meets).filter(|(_, meets)| **meets);
    let best = met.map(|(log, _)| *log).max_by(f64::total_cmp);
    let best = best.or_else(|| logs.iter().copied().max_by(f64::total_cmp));
    let best = best.unwrap_or(0.0);
    logs.iter().map(|log| 1.0 - (log - best).exp()).collect()
}
