//! The contest of laws: each law fitted to the measurements, with its weight.

use serde::{Deserialize, Serialize};

use super::fit::{Fitted, Series};
use super::{Law, Parameters, Reach};
use crate::base::as_f64;
use crate::base::statistics::student;

/// The probability that a true value lies outside its interval.
const OUTSIDE: f64 = 0.05;

/// The laws that the measurements can tell apart, the likeliest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contest {
    /// The fits with their weights, which sum to 1.
    pub fits: Vec<Fit>,
}

/// A law fitted to the measurements.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// The law.
    pub law: Law,
    /// Its parameters, each with its interval.
    pub parameters: Vec<Parameter>,
    /// Akaike's information criterion, corrected for few runs (Hurvich and Tsai 1989): lower is better.
    pub aicc: f64,
    /// The likelihood of the law among the fitted laws (Burnham and Anderson 2002), 0 to 1.
    pub weight: f64,
    /// Where the law gains no more.
    pub reach: Reach,
    #[serde(skip)]
    pub(in crate::tune) fitted: Parameters,
}

/// A parameter of a law.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// The parameter's name in the law's formula.
    pub name: String,
    /// The most likely value.
    pub value: f64,
    /// The 95 % interval, by Student's t; the degrees of freedom are the runs minus the parameters. None
    /// at a bound or with too few runs.
    pub interval: Option<Interval>,
}

/// A 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Contest {
    /// Fits every law that has no more parameters than there are numbers of workers, and for which there
    /// are enough runs. None if no law qualifies.
    pub(in crate::tune) fn of(series: &Series) -> Option<Self> {
        let fits = Law::ALL.into_iter().filter_map(|law| Fit::of(law, series));
        let mut fits: Vec<Fit> = fits.collect();
        fits.sort_by(|a, b| a.aicc.total_cmp(&b.aicc));
        let best = fits.first()?.aicc;
        let likelihood = |fit: &Fit| ((best - fit.aicc) / 2.0).exp();
        let sum: f64 = fits.iter().map(likelihood).sum();
        for fit in &mut fits {
            fit.weight = likelihood(fit) / sum;
        }
        Some(Self { fits })
    }

    /// The logarithm of the throughput of a number of workers: the mean of all laws, weighted by their
    /// likelihood.
    pub(in crate::tune) fn log(&self, workers: f64) -> f64 {
        let logs = self.fits.iter().map(|fit| fit.weight * fit.log(workers));
        logs.sum()
    }
}

impl Fit {
    fn of(law: Law, series: &Series) -> Option<Self> {
        let fitted = series.fit(law)?;
        let aicc = aicc(law, series, fitted)?;
        let largest = series.points.last()?.workers;
        Some(Self {
            law,
            parameters: parameters(law, series, fitted),
            aicc,
            weight: 1.0,
            reach: law.reach(fitted.parameters, largest),
            fitted: fitted.parameters,
        })
    }

    /// The logarithm of the throughput of a number of workers.
    pub(in crate::tune) fn log(&self, workers: f64) -> f64 {
        self.law.log(self.fitted, workers)
    }

    /// The law fitted to slightly different measurements, and the criterion of that fit.
    pub(in crate::tune) fn again(&self, series: &Series) -> Option<(f64, Parameters)> {
        let fitted = series.fit_near(self.law, self.fitted)?;
        Some((aicc(self.law, series, fitted)?, fitted.parameters))
    }
}

/// The criterion of a fit; none with too few runs.
fn aicc(law: Law, series: &Series, fitted: Fitted) -> Option<f64> {
    // The variance is a parameter too.
    let parameters = count(law) + 1.0;
    let runs: f64 = series.runs();
    let spare = runs - parameters - 1.0;
    let is_told_apart = as_f64(series.points.len()) >= count(law);
    (spare > 0.0 && is_told_apart).then(|| {
        let variance = ((fitted.squares + series.within) / runs).max(f64::MIN_POSITIVE);
        runs * variance.ln() + 2.0 * parameters + 2.0 * parameters * (parameters + 1.0) / spare
    })
}

fn parameters(law: Law, series: &Series, fitted: Fitted) -> Vec<Parameter> {
    let freedom = series.runs() - count(law);
    let errors = (freedom >= 1.0).then(|| {
        let variance = (fitted.squares + series.within) / freedom;
        series.errors(law, fitted.parameters, variance)
    });
    let errors = errors.flatten();
    let quantile = student::two_sided(OUTSIDE, freedom);
    let bounds = law.bounds().into_iter();
    let parameters = law.names().iter().zip(fitted.parameters).zip(bounds);
    let parameters = parameters
        .enumerate()
        .map(|(index, ((name, value), (low, high)))| {
            let error = errors.and_then(|errors| errors.get(index).copied());
            let is_inside = value > low && value < high;
            Parameter {
                name: (*name).to_owned(),
                value,
                interval: error.filter(|_| is_inside).map(|error| Interval {
                    low: value - quantile * error,
                    high: value + quantile * error,
                }),
            }
        });
    parameters.collect()
}

impl Series {
    fn runs(&self) -> f64 {
        self.points.iter().map(|point| point.runs).sum()
    }
}

fn count(law: Law) -> f64 {
    as_f64(law.names().len())
}
