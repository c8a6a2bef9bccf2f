//! What means say of all numbers of workers: those that were measured, and those that another repetition
//! of the same trials might have shown.
//!
//! A law says it as far as the law fits. What is left at the candidates that were tried, beyond what the
//! spread of runs explains, is taken over from there to those in between (a random effect of each
//! candidate, by the method of moments, as in Cochran 1954): so a server that follows none of
//! the laws is not made to. But only what is more than chance: of a server that follows one the best is
//! otherwise looked for among its noise.

use super::WITHIN;
use super::grid::Site;
use crate::base::as_f64;
use crate::tune::bootstrap::Mean;
use crate::tune::model::{Contest, Law, Parameters, Point, Scale, Series};

/// The weight below which a law is as good as ruled out.
const RULED_OUT: f64 = 0.02;

/// How many standard deviations a sum of squares must lie above its mean to be more than chance: of a known
/// variance it does so by chance in about 7 of 100 cases, and more often of one that few runs tell.
const CHANCE: f64 = 1.645;

/// The laws that may hold, and what each leaves.
pub(crate) struct Likely {
    laws: Vec<Explained>,
}

struct Explained {
    /// Its place in the contest.
    index: usize,
    law: Law,
    parameters: Parameters,
    weight: f64,
    /// The part of what it leaves at each candidate that is not noise, 0 to 1.
    kept: Vec<f64>,
}

/// What is said at every number of workers that is looked at.
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
    /// With the variance of single runs.
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

    /// What was measured, by all laws as far as each is likely.
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

    /// What other means would have said, by the law that explains them best.
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

/// What a law leaves at each candidate.
fn left(law: Law, parameters: Parameters, means: &[Mean]) -> impl Iterator<Item = f64> {
    let left = move |mean: &Mean| mean.value.goodput - law.log(parameters, as_f64(mean.workers));
    means.iter().map(left)
}

/// The part of that which is no noise of so much variance a run: what lies beyond it is the effect of each
/// candidate, by the sum of squares that chance would hardly show (generalised method of moments, which takes
/// that of the mean, as in `DerSimonian` and Laird 1986 for a law with one parameter).
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
    // Where a law follows every point nothing is left for an effect.
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

/// What each loses against the best of those that meet the objectives; against the best of all, if none
/// does.
fn losses(logs: &[f64], meets: &[bool]) -> Vec<f64> {
    let met = logs.iter().zip(meets).filter(|(_, meets)| **meets);
    let best = met.map(|(log, _)| *log).max_by(f64::total_cmp);
    let best = best.or_else(|| logs.iter().copied().max_by(f64::total_cmp));
    let best = best.unwrap_or(0.0);
    logs.iter().map(|log| 1.0 - (log - best).exp()).collect()
}
