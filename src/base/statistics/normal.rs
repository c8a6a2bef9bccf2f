//! The normal distribution.

use fastrand::Rng;

/// The bound on the absolute value of 95 % of standard normal numbers.
pub(crate) const NORMAL_95: f64 = 1.96;

/// A standard normal random number, by the method of Box and Muller.
pub(crate) fn normal(random: &mut Rng) -> f64 {
    let radius = (-2.0 * (1.0 - random.f64()).ln()).sqrt();
    radius * (std::f64::consts::TAU * random.f64()).cos()
}
