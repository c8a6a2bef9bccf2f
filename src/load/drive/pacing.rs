//! Statistics of session starts: index of dispersion, and a test for a Poisson process.

use crate::base::as_f64;

/// Fewest gaps for the distribution test.
const FEWEST_GAPS: usize = 100;

/// The index of dispersion: the variance of counts in intervals of equal length over their mean. `None`
/// if nothing was counted.
pub(super) fn dispersion(counts: &[u32]) -> Option<f64> {
    let n = length(counts);
    let mean = counts.iter().map(|c| f64::from(*c)).sum::<f64>() / n;
    if n < 2.0 || mean == 0.0 {
        return None;
    }
    let squares = counts.iter().map(|c| (f64::from(*c) - mean).powi(2));
    Some(squares.sum::<f64>() / (n - 1.0) / mean)
}

/// The probability that gaps of a Poisson process would fit one worse: the Anderson-Darling test for an
/// exponential distribution of unknown mean. `None` if there are too few gaps.
///
/// Source: M. A. Stephens, "Tests based on EDF statistics", in D'Agostino and Stephens,
/// *Goodness-of-Fit Techniques*, 1986, section 4.9.
pub(super) fn poisson_p(gaps: &[f64]) -> Option<f64> {
    if gaps.len() < FEWEST_GAPS {
        return None;
    }
    let n = length(gaps);
    let mean = gaps.iter().sum::<f64>() / n;
    let mut sorted = gaps.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    // ln F(x) of the i-th smallest, and ln(1 - F(x)) of the i-th largest, for F(x) = 1 - exp(-x).
    let small = sorted
        .iter()
        .map(|gap| (-(-gap / mean).exp_m1()).max(f64::MIN_POSITIVE).ln());
    let large = sorted.iter().rev().map(|gap| -gap / mean);
    let weights = (0_u32..).map(|i| f64::from(2 * i + 1));
    let sum: f64 = weights
        .zip(small.zip(large))
        .map(|(w, (s, l))| w * (s + l))
        .sum();
    let a2 = (-n - sum / n) * (1.0 + 0.6 / n);
    Some(stephens(a2).clamp(0.0, 1.0))
}

/// The upper tail of the modified statistic: Stephens' polynomials, as above, table 4.13. The last one
/// rises again beyond a probability of one in a million, so `a2` is capped.
fn stephens(a2: f64) -> f64 {
    let a2 = a2.min(10.0);
    if a2 < 0.26 {
        1.0 - (-12.2204 + 67.459 * a2 - 110.3 * a2 * a2).exp()
    } else if a2 < 0.51 {
        1.0 - (-6.1327 + 20.218 * a2 - 18.663 * a2 * a2).exp()
    } else if a2 < 0.95 {
        (0.9209 - 3.353 * a2 + 0.3 * a2 * a2).exp()
    } else {
        (0.731 - 3.009 * a2 + 0.15 * a2 * a2).exp()
    }
}

fn length<T>(all: &[T]) -> f64 {
    as_f64(u64::try_from(all.len()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::drive::schedule::exponential;

    fn gaps(seed: u64, n: usize) -> Vec<f64> {
        let mut random = fastrand::Rng::with_seed(seed);
        std::iter::repeat_with(|| exponential(&mut random))
            .take(n)
            .collect()
    }

    #[test]
    fn an_even_schedule_has_no_dispersion_and_bursts_have_much() {
        assert_eq!(dispersion(&[20; 100]), Some(0.0));
        let bursts: Vec<u32> = (0..100)
            .map(|i| if i % 10 == 0 { 200 } else { 0 })
            .collect();
        assert!(dispersion(&bursts).unwrap() > 100.0);
        assert_eq!(dispersion(&[0; 100]), None);
        assert_eq!(dispersion(&[]), None);
    }

    #[test]
    fn a_poisson_process_fails_the_test_as_often_as_chance_says() {
        let rejected = (0..1000).filter(|seed| poisson_p(&gaps(*seed, 500)).unwrap() < 0.05);
        let rejected = rejected.count();
        assert!((25..=80).contains(&rejected), "{rejected} of 1000 at 5 %");
    }

    #[test]
    fn what_is_no_poisson_process_fails_the_test() {
        let even = vec![1.0; 500];
        assert!(poisson_p(&even).unwrap() < 1e-6);
        // Millisecond timers make session starts come in bursts.
        let mut at = 0.0;
        let mut ticks: Vec<f64> = Vec::new();
        for gap in gaps(1, 500) {
            at += gap;
            ticks.push((at / 2.0_f64).ceil() * 2.0);
        }
        let bursts: Vec<f64> = ticks.windows(2).map(|p| p[1] - p[0]).collect();
        assert!(poisson_p(&bursts).unwrap() < 1e-6);
    }

    #[test]
    fn too_few_gaps_say_nothing() {
        assert_eq!(poisson_p(&gaps(1, FEWEST_GAPS - 1)), None);
    }
}
