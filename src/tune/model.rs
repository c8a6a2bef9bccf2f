//! The laws that throughput may follow as workers are added.

pub(super) mod contest;
mod fit;
mod linear;
#[cfg(test)]
mod published;

pub use contest::{Contest, Fit, Interval, Parameter};
pub(super) use fit::{Point, Scale, Series};

use serde::{Deserialize, Serialize};

/// How far beyond the largest measured number of workers a law is trusted.
const BELIEVED: f64 = 1.25;

/// The largest sharpness of a soft cap: its corner is within 0.1 % of the corner of a hard cap.
const SHARPEST: f64 = 32.0;

/// The parameters of a law in the order of [`Law::names`]; unused parameters are 0.
pub(super) type Parameters = [f64; 3];

/// A law of throughput `X` against workers `W`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Law {
    /// Throughput grows with every worker until something else is exhausted: `X = min(rate W, cap)`, the
    /// operational bounds (Denning and Buzen 1978).
    Capped,
    /// A cap with a rounded corner: `X = ((rate W)^-sharpness + cap^-sharpness)^(-1/sharpness)`. A
    /// sharpness of 1 is Amdahl's law; an infinite one is the hard corner.
    SoftCapped,
    /// Amdahl's law (1967): a part `sigma` of the work is done by one worker at a time.
    /// `X = rate W / (1 + sigma (W - 1))`.
    Amdahl,
    /// The universal scalability law (Gunther 1993): Amdahl's law with a cost for each pair of workers.
    /// `X = rate W / (1 + sigma (W - 1) + kappa W (W - 1))`.
    Usl,
}

/// The number of workers from which a law gains no more.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// The law's peak, or the corner of its cap, in workers.
    At(f64),
    /// Not within 1.25 times the largest measured number of workers, the limit up to which a law is
    /// trusted.
    NotReached,
}

/// The value of a law at a number of workers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said {
    /// The natural logarithm of the throughput.
    pub(super) log: f64,
    /// The derivatives of that logarithm by the parameters.
    pub(super) gradient: Parameters,
}

impl Law {
    /// All laws, the simpler first.
    pub const ALL: [Self; 4] = [Self::Capped, Self::Amdahl, Self::SoftCapped, Self::Usl];

    /// The name for reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Capped => "linear up to a cap",
            Self::SoftCapped => "linear up to a soft cap",
            Self::Amdahl => "Amdahl's law",
            Self::Usl => "universal scalability law",
        }
    }

    /// The names of the law's parameters. `rate` and `cap` are sessions per second; the others are
    /// numbers.
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Self::Capped => &["rate", "cap"],
            Self::SoftCapped => &["rate", "cap", "sharpness"],
            Self::Amdahl => &["rate", "sigma"],
            Self::Usl => &["rate", "sigma", "kappa"],
        }
    }

    /// The least and the largest sensible value of each parameter.
    fn bounds(self) -> [(f64, f64); 3] {
        const POSITIVE: (f64, f64) = (f64::MIN_POSITIVE, f64::MAX);
        const SHARE: (f64, f64) = (0.0, 1.0);
        const UNUSED: (f64, f64) = (0.0, 0.0);
        match self {
            Self::Capped => [POSITIVE, POSITIVE, UNUSED],
            Self::SoftCapped => [POSITIVE, POSITIVE, (1.0, SHARPEST)],
            Self::Amdahl => [POSITIVE, SHARE, UNUSED],
            Self::Usl => [POSITIVE, SHARE, SHARE],
        }
    }

    /// The logarithm of the throughput of a number of workers.
    pub(super) fn log(self, [rate, second, third]: Parameters, workers: f64) -> f64 {
        match self {
            Self::Capped => (rate * workers).min(second).ln(),
            Self::SoftCapped => {
                let all = rate * workers;
                all.ln() - softplus(third * (all / second).ln()) / third
            }
            Self::Amdahl | Self::Usl => {
                let others = workers - 1.0;
                let loss = 1.0 + second * others + third * workers * others;
                (rate * workers / loss).ln()
            }
        }
    }

    fn at(self, [rate, second, third]: Parameters, workers: f64) -> Said {
        let others = workers - 1.0;
        match self {
            Self::Capped if rate * workers < second => Said {
                log: (rate * workers).ln(),
                gradient: [1.0 / rate, 0.0, 0.0],
            },
            Self::Capped => Said {
                log: second.ln(),
                gradient: [0.0, 1.0 / second, 0.0],
            },
            Self::SoftCapped => {
                let over = (rate * workers / second).ln();
                let x = third * over;
                let softplus = softplus(x);
                let beyond = (x - softplus).exp();
                Said {
                    log: (rate * workers).ln() - softplus / third,
                    gradient: [
                        (1.0 - beyond) / rate,
                        beyond / second,
                        softplus / (third * third) - beyond * over / third,
                    ],
                }
            }
            Self::Amdahl | Self::Usl => {
                let loss = 1.0 + second * others + third * workers * others;
                Said {
                    log: (rate * workers / loss).ln(),
                    gradient: [1.0 / rate, -others / loss, -workers * others / loss],
                }
            }
        }
    }

    /// Where the law gains no more: at 97 % of a cap that it only approaches.
    fn reach(self, [rate, second, third]: Parameters, largest: f64) -> Reach {
        const NEARLY: f64 = 0.97;
        let workers = match self {
            Self::Capped => second / rate,
            Self::SoftCapped => second / rate / (NEARLY.powf(-third) - 1.0).powf(1.0 / third),
            Self::Amdahl => NEARLY * (1.0 - second) / ((1.0 - NEARLY) * second),
            Self::Usl => ((1.0 - second) / third).sqrt(),
        };
        if workers <= BELIEVED * largest {
            Reach::At(workers.max(1.0))
        } else {
            Reach::NotReached
        }
    }
}

/// `ln(1 + e^x)` without overflow.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parameters(law: Law) -> impl Strategy<Value = Parameters> {
        let third = match law {
            Law::SoftCapped => 1.1..20.0,
            Law::Usl => 1e-5..1e-2,
            _ => 0.0..f64::MIN_POSITIVE,
        };
        let second = match law {
            Law::Capped | Law::SoftCapped => 200.0..20_000.0,
            _ => 1e-4..0.5,
        };
        (10.0..1000.0, second, third).prop_map(|(a, b, c)| [a, b, c])
    }

    proptest! {
        #[test]
        fn leverages_add_up_to_the_parameters_of_a_law_that_the_points_tell_apart(
            (law, parameters) in prop::sample::select(&[Law::Amdahl, Law::Usl])
                .prop_flat_map(|law| (Just(law), parameters(law))),
            runs in prop::collection::vec(1..9_u8, 8),
        ) {
            let points = (0..).zip(runs).map(|(power, runs)| {
                let workers = f64::powi(2.0, power);
                Point { workers, value: law.log(parameters, workers), runs: runs.into() }
            });
            let series = Series { scale: Scale::Relative, points: points.collect(), within: 0.0 };
            let leverages = series.leverages(law, parameters);
            prop_assert!(leverages.iter().all(|leverage| (0.0..=1.0).contains(leverage)));
            let sum: f64 = leverages.iter().sum();
            prop_assert!((sum - law.names().len() as f64).abs() < 0.01, "{sum}");
        }

        #[test]
        fn gradients_are_those_of_small_differences(
            (law, parameters) in prop::sample::select(&Law::ALL).prop_flat_map(|law| (Just(law), parameters(law))),
            workers in 1.0..200.0_f64,
        ) {
            let said = law.at(parameters, workers);
            for index in 0..law.names().len() {
                let step = parameters[index] * 1e-6;
                let mut moved = parameters;
                moved[index] += step;
                let slope = (law.at(moved, workers).log - said.log) / step;
                let gradient = said.gradient[index];
                let scale = gradient.abs().max(1e-3 / parameters[index]);
                // The derivative is undefined at a hard corner.
                let corner = law == Law::Capped && (workers * parameters[0] / parameters[1] - 1.0).abs() < 1e-4;
                prop_assert!(corner || (slope - gradient).abs() < 1e-3 * scale, "{law:?} {index}: {slope} {gradient}");
            }
        }

        #[test]
        fn no_law_promises_more_than_every_worker_alone(
            (law, parameters) in prop::sample::select(&Law::ALL).prop_flat_map(|law| (Just(law), parameters(law))),
            workers in 1.0..200.0_f64,
        ) {
            let most = (parameters[0] * workers).ln();
            prop_assert!(law.at(parameters, workers).log <= most + 1e-12);
        }
    }

    #[test]
    fn a_soft_cap_of_sharpness_one_is_amdahls_law_and_a_sharp_one_the_corner() {
        for workers in [1.0, 3.0, 8.0, 20.0, 100.0] {
            // rate W / (1 + sigma (W - 1)) is the harmonic sum of two bounds.
            let sigma = 0.1;
            let amdahl = Law::Amdahl.at([100.0, sigma, 0.0], workers).log;
            let soft = [100.0 / (1.0 - sigma), 100.0 / sigma, 1.0];
            assert!((Law::SoftCapped.at(soft, workers).log - amdahl).abs() < 1e-12);
            let hard = Law::Capped.at([100.0, 800.0, 0.0], workers).log;
            let sharp = Law::SoftCapped.at([100.0, 800.0, SHARPEST], workers).log;
            assert!((sharp - hard).abs() < 0.022, "{workers}");
        }
    }

    #[test]
    fn what_is_reached_beyond_what_is_believed_is_no_number() {
        for (law, parameters, reached) in [
            (Law::Capped, [100.0, 1000.0, 0.0], 10.0),
            (Law::Usl, [100.0, 0.0, 0.01], 10.0),
            (Law::Amdahl, [100.0, 0.97 / 1.27, 0.0], 10.0),
        ] {
            let Reach::At(at) = law.reach(parameters, 8.0) else {
                panic!("{law:?} is believed up to 10 workers")
            };
            assert!((at - reached).abs() < 1e-9, "{law:?} {at}");
            assert_eq!(law.reach(parameters, 7.9), Reach::NotReached);
        }
        assert_eq!(Law::Usl.reach([100.0, 0.1, 0.0], 1e6), Reach::NotReached);
    }
}
