//! Quantiles of Student's t distribution, for degrees of freedom that need not be whole.
//!
//! Two-sided tails are a regularised incomplete beta function (DLMF 8.17(i) with a = freedom / 2,
//! b = 1/2), which is computed from its continued fraction (DLMF 8.17.22) by the modified method of
//! Lentz, with log Γ from Stirling's series (DLMF 5.11.1).

use std::f64::consts::PI;

/// With more degrees of freedom, the distribution equals the normal one to four digits.
const MOST_FREEDOM: f64 = 1e5;

/// The value that the absolute value of a t variable exceeds with a given probability.
pub(crate) fn two_sided(probability: f64, freedom: f64) -> f64 {
    let freedom = freedom.clamp(1.0, MOST_FREEDOM);
    let (mut low, mut high) = (0.0, 1.0);
    // Ends: a tail falls below any requested probability.
    while tails(high, freedom) > probability && high < 1e12 {
        high *= 2.0;
    }
    // More halvings than this exceed the digits of a double.
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if tails(middle, freedom) > probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// The probability that the absolute value of a t variable exceeds `t`.
fn tails(t: f64, freedom: f64) -> f64 {
    let square = t * t;
    incomplete_beta(
        freedom / (freedom + square),
        square / (freedom + square),
        freedom / 2.0,
        0.5,
    )
}

/// The regularised incomplete beta function at `x`, where `y` is 1 - `x`.
fn incomplete_beta(x: f64, y: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || y <= 0.0 {
        return if x <= 0.0 { 0.0 } else { 1.0 };
    }
    // Where the fraction converges slowly, the fraction of the other side converges quickly.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(y, x, b, a);
    }
    let log_beta = log_gamma(a) + log_gamma(b) - log_gamma(a + b);
    let front = (a * x.ln() + b * y.ln() - log_beta).exp() / a;
    front * fraction(x, a, b)
}

/// The continued fraction, evaluated two terms at a time.
#[expect(
    clippy::many_single_char_names,
    reason = "they are those of the formula"
)]
fn fraction(x: f64, a: f64, b: f64) -> f64 {
    let apart_from_zero = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut d = 1.0 / apart_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut c = 1.0;
    let mut value = d;
    // Converges in about as many steps as the root of the larger parameter.
    for m in (1..2000).map(f64::from) {
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let before = value;
        for term in [even, odd] {
            d = 1.0 / apart_from_zero(1.0 + term * d);
            c = apart_from_zero(1.0 + term / c);
            value *= c * d;
        }
        if (value / before - 1.0).abs() < 1e-14 {
            break;
        }
    }
    value
}

/// The logarithm of Γ for positive numbers.
pub(crate) fn log_gamma(x: f64) -> f64 {
    // The series has the precision of a double from ten on.
    let mut product = 1.0;
    let mut x = x;
    while x < 10.0 {
        product *= x;
        x += 1.0;
    }
    let inverse = 1.0 / x;
    let square = inverse * inverse;
    let series = inverse
        * (1.0 / 12.0
            - square
                * (1.0 / 360.0
                    - square * (1.0 / 1260.0 - square * (1.0 / 1680.0 - square / 1188.0))));
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * PI).ln() + series - product.ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (probability, freedom, t) in [
            (0.05, 1.0, 12.706_204_7),
            (0.05, 2.0, 4.302_652_7),
            (0.05, 8.0, 2.306_004_1),
            (0.05, 30.0, 2.042_272_5),
            (0.01, 5.0, 4.032_142_9),
            (0.10, 10.0, 1.812_461_1),
            (0.001, 20.0, 3.849_516_3),
            (0.05, f64::INFINITY, 1.959_987_8),
        ] {
            let found = two_sided(probability, freedom);
            assert!((found / t - 1.0).abs() < 1e-6, "{found} for {t}");
        }
    }

    #[test]
    fn log_gamma_is_that_of_the_factorials_and_of_a_half() {
        assert!((log_gamma(6.0) - 120.0_f64.ln()).abs() < 1e-12);
        assert!((log_gamma(0.5) - PI.sqrt().ln()).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn with_one_and_with_two_degrees_of_freedom_it_is_the_closed_form(p in 0.0001..0.9999_f64) {
            let one = 1.0 / (PI * p / 2.0).tan();
            prop_assert!((two_sided(p, 1.0) / one - 1.0).abs() < 1e-8);
            let two = (1.0 - p) * (2.0 / (p * (2.0 - p))).sqrt();
            prop_assert!((two_sided(p, 2.0) / two - 1.0).abs() < 1e-8);
        }

        #[test]
        fn more_degrees_of_freedom_are_a_smaller_quantile(p in 0.001..0.5_f64, freedom in 1.0..200.0_f64) {
            prop_assert!(two_sided(p, freedom * 1.1) < two_sided(p, freedom));
        }
    }
}
