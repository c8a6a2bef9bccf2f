//! Least squares: the parameters that bring a law closest to the measurements.

use super::linear::{self, Matrix};
use super::{Law, Parameters};

/// The step limit of a fit; a fit that has not converged by then never will.
const MOST_STEPS: usize = 200;

/// The step limit of a refit to similar measurements. After three steps a soft cap is often far from its
/// best, after ten seldom, after thirty never.
const FEW_STEPS: usize = 30;

/// The relative gain in the sum of squares that is worth another step.
const WORTH: f64 = 1e-12;

/// The damping with which parameters of almost equal effect count as one.
const ALIKE: f64 = 1e-6;

/// The sharpness at which the search for a soft cap begins.
const SHARP: f64 = 3.0;

/// The scale on which the distance between a law and a measurement is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tune) enum Scale {
    /// In sessions per second, as in published fits.
    #[cfg_attr(not(test), expect(dead_code, reason = "published fits are the tests'"))]
    Linear,
    /// In logarithms, on which noise proportional to the throughput is equal everywhere.
    Relative,
}

/// The measurement of one number of workers.
#[derive(Debug, Clone, Copy)]
pub(in crate::tune) struct Point {
    pub(in crate::tune) workers: f64,
    /// The mean over the runs: sessions per second or their logarithm, depending on the scale.
    pub(in crate::tune) value: f64,
    pub(in crate::tune) runs: f64,
}

/// The measurements of all numbers of workers.
#[derive(Debug, Clone)]
pub(in crate::tune) struct Series {
    pub(in crate::tune) scale: Scale,
    /// From few workers to many.
    pub(in crate::tune) points: Vec<Point>,
    /// The sum of squares between runs of equal workers, which no law can explain.
    pub(in crate::tune) within: f64,
}

/// The parameters of a law, and the residual sum of squares.
#[derive(Debug, Clone, Copy)]
pub(in crate::tune) struct Fitted {
    pub(in crate::tune) parameters: Parameters,
    pub(in crate::tune) squares: f64,
}

/// The normal equations at given parameters.
struct Normal {
    matrix: Matrix,
    gradient: Parameters,
    squares: f64,
}

impl Series {
    /// The best fit of a law from any of its starts.
    pub(super) fn fit(&self, law: Law) -> Option<Fitted> {
        let starts = law.starts(self);
        let fits = starts
            .into_iter()
            .filter_map(|start| self.fit_from(law, start, MOST_STEPS));
        fits.min_by(|a, b| a.squares.total_cmp(&b.squares))
    }

    /// The fit that starts from the fit of similar measurements.
    pub(super) fn fit_near(&self, law: Law, known: Parameters) -> Option<Fitted> {
        if law != Law::Capped {
            return self.fit_from(law, known, FEW_STEPS);
        }
        // A hard corner hinders gradient steps; but there are only a few ways to split the points at it.
        let corners = self.corners().into_iter();
        let fits = corners.map(|parameters| Fitted {
            parameters,
            squares: self.squares(law, parameters),
        });
        fits.min_by(|a, b| a.squares.total_cmp(&b.squares))
    }

    /// The fit reached from one start, by the Levenberg-Marquardt method within the law's bounds.
    fn fit_from(&self, law: Law, start: Parameters, steps: usize) -> Option<Fitted> {
        let mut parameters = law.bounded(start);
        let mut normal = self.normal(law, parameters);
        let mut damping = 1e-3;
        for _ in 0..steps {
            let Some(step) = normal.step(law, parameters, damping) else {
                break;
            };
            let next = law.bounded(sum(parameters, step));
            let there = self.normal(law, next);
            if there.squares < normal.squares {
                let gain = normal.squares - there.squares;
                let is_done = gain <= WORTH * normal.squares;
                (parameters, normal) = (next, there);
                damping = (damping / 10.0).max(1e-12);
                if is_done {
                    break;
                }
            } else if damping > 1e9 {
                break;
            } else {
                damping *= 10.0;
            }
        }
        normal.squares.is_finite().then_some(Fitted {
            parameters,
            squares: normal.squares,
        })
    }

    /// The standard errors of the parameters not held at a bound, given the residual variance.
    pub(super) fn errors(
        &self,
        law: Law,
        parameters: Parameters,
        variance: f64,
    ) -> Option<Parameters> {
        let normal = self.normal(law, parameters);
        let covariance = linear::inverse(normal.free(law, parameters).0)?;
        let diagonal = [covariance[0][0], covariance[1][1], covariance[2][2]];
        Some(diagonal.map(|entry| (entry * variance).sqrt()))
    }

    /// The leverage of each point, 0 to 1: the part of a change of the point by which the law would
    /// follow.
    pub(in crate::tune) fn leverages(&self, law: Law, parameters: Parameters) -> Vec<f64> {
        let normal = self.normal(law, parameters);
        let held = normal.held(law, parameters);
        let (matrix, _) = normal.free(law, parameters);
        let inverse = linear::inverse(damped(matrix, ALIKE));
        let leverage = |point: &Point| {
            let Some(inverse) = inverse else { return 1.0 };
            let (_, mut slope) = self.said(law, parameters, point);
            for (entry, held) in slope.iter_mut().zip(held) {
                *entry *= if held { 0.0 } else { 1.0 };
            }
            let rows = inverse.iter().zip(slope);
            let rows = rows.map(|(row, own)| own * dot(row, &slope));
            (point.runs * rows.sum::<f64>()).clamp(0.0, 1.0)
        };
        self.points.iter().map(leverage).collect()
    }

    fn squares(&self, law: Law, parameters: Parameters) -> f64 {
        let squares = self.points.iter().map(|point| {
            let (value, _) = self.said(law, parameters, point);
            point.runs * (point.value - value).powi(2)
        });
        squares.sum()
    }

    fn normal(&self, law: Law, parameters: Parameters) -> Normal {
        let mut normal = Normal {
            matrix: [[0.0; 3]; 3],
            gradient: [0.0; 3],
            squares: 0.0,
        };
        for point in &self.points {
            let (value, slope) = self.said(law, parameters, point);
            let residual = point.value - value;
            normal.squares += point.runs * residual * residual;
            for (index, row) in normal.matrix.iter_mut().enumerate() {
                let own = slope.get(index).copied().unwrap_or_default();
                for (entry, other) in row.iter_mut().zip(slope) {
                    *entry += point.runs * own * other;
                }
            }
            for (entry, slope) in normal.gradient.iter_mut().zip(slope) {
                *entry += point.runs * slope * residual;
            }
        }
        normal
    }

    /// The value of a law at a point, and its derivatives by the parameters.
    fn said(&self, law: Law, parameters: Parameters, point: &Point) -> (f64, Parameters) {
        let said = law.at(parameters, point.workers);
        match self.scale {
            Scale::Relative => (said.log, said.gradient),
            Scale::Linear => {
                let value = said.log.exp();
                (value, said.gradient.map(|slope| slope * value))
            }
        }
    }
}

impl Normal {
    fn step(&self, law: Law, parameters: Parameters, damping: f64) -> Option<Parameters> {
        let (matrix, gradient) = self.free(law, parameters);
        linear::solve(damped(matrix, damping), gradient)
    }

    /// The equations of the free parameters; the held parameters stay in place.
    fn free(&self, law: Law, parameters: Parameters) -> (Matrix, Parameters) {
        let (mut matrix, mut gradient) = (self.matrix, self.gradient);
        let held = self.held(law, parameters);
        for (index, _) in held.iter().enumerate().filter(|(_, held)| **held) {
            for (at, row) in matrix.iter_mut().enumerate() {
                for (column, entry) in row.iter_mut().enumerate() {
                    if at == index || column == index {
                        *entry = if at == column { 1.0 } else { 0.0 };
                    }
                }
            }
            if let Some(entry) = gradient.get_mut(index) {
                *entry = 0.0;
            }
        }
        (matrix, gradient)
    }

    /// The parameters held at a bound, or without effect.
    fn held(&self, law: Law, parameters: Parameters) -> [bool; 3] {
        let [first, second, third] = self.matrix;
        let slopes = [first[0], second[1], third[2]];
        let pulls = self.gradient.iter().zip(slopes);
        let values = parameters.iter().zip(law.bounds()).zip(pulls);
        let mut held = [false; 3];
        for (held, ((value, (low, high)), (pull, slope))) in held.iter_mut().zip(values) {
            let at_bound = (*value <= low && *pull <= 0.0) || (*value >= high && *pull >= 0.0);
            *held = at_bound || slope <= 0.0;
        }
        held
    }
}

impl Law {
    /// The starting points of a search for the parameters.
    fn starts(self, series: &Series) -> Vec<Parameters> {
        let points = series
            .points
            .iter()
            .map(|point| (point.workers, series.throughput(point)));
        let points: Vec<(f64, f64)> = points.collect();
        let rate = points.iter().map(|(workers, value)| value / workers);
        let rate = rate.fold(0.0, f64::max);
        let highest = points.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1));
        let (peak, cap) = highest.unwrap_or((1.0, rate));
        match self {
            Self::Capped => series.corners(),
            Self::SoftCapped => {
                let corners = series.corners().into_iter();
                let mut starts: Vec<_> = corners.map(|[rate, cap, _]| [rate, cap, SHARP]).collect();
                starts.push([rate, cap, 1.0]);
                starts
            }
            Self::Amdahl => [0.01, 0.1, 0.5].map(|sigma| [rate, sigma, 0.0]).to_vec(),
            Self::Usl => {
                let kappa = 1.0 / (peak * peak);
                let starts = [(0.01, kappa), (0.1, kappa / 2.0), (0.3, 0.0)];
                starts.map(|(sigma, kappa)| [rate, sigma, kappa]).to_vec()
            }
        }
    }

    fn bounded(self, mut parameters: Parameters) -> Parameters {
        for (value, (low, high)) in parameters.iter_mut().zip(self.bounds()) {
            *value = value.clamp(low, high);
        }
        parameters
    }
}

impl Series {
    /// A fit for each way to split the points at a corner: a line through the earlier points, the mean
    /// level of the later ones.
    fn corners(&self) -> Vec<Parameters> {
        let logs = self.points.iter().map(|point| match self.scale {
            Scale::Linear => point.value.ln(),
            Scale::Relative => point.value,
        });
        let logs: Vec<f64> = logs.collect();
        let points = || self.points.iter().zip(&logs);
        let mut behind = points().fold(Sum::default(), |sum, (point, log)| {
            sum.plus(*log, point.runs)
        });
        let mut before = Sum::default();
        let corners = points().map(|(point, log)| {
            before = before.plus(log - point.workers.ln(), point.runs);
            behind = behind.plus(*log, -point.runs);
            let rate = before.mean().exp();
            let cap = if behind.weight > 0.5 {
                behind.mean().exp()
            } else {
                rate * point.workers
            };
            [rate, cap, 0.0]
        });
        corners.collect()
    }

    fn throughput(&self, point: &Point) -> f64 {
        match self.scale {
            Scale::Linear => point.value,
            Scale::Relative => point.value.exp(),
        }
    }
}

/// A weighted sum.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    sum: f64,
    weight: f64,
}

impl Sum {
    fn plus(self, value: f64, weight: f64) -> Self {
        Self {
            sum: self.sum + weight * value,
            weight: self.weight + weight,
        }
    }

    fn mean(self) -> f64 {
        self.sum / self.weight
    }
}

/// The matrix with its diagonal enlarged by the damping.
fn damped(mut matrix: Matrix, damping: f64) -> Matrix {
    for (index, row) in matrix.iter_mut().enumerate() {
        if let Some(entry) = row.get_mut(index) {
            *entry *= 1.0 + damping;
        }
    }
    matrix
}

fn dot(a: &Parameters, b: &Parameters) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn sum(a: Parameters, b: Parameters) -> Parameters {
    let mut sum = a;
    for (entry, other) in sum.iter_mut().zip(b) {
        *entry += other;
    }
    sum
}
