//! The scale of an axis: positions of values, and round values for ticks.

/// The range of an axis and the spacing of its values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    spacing: Spacing,
    low: f64,
    high: f64,
}

/// How equal distances on the axis are defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spacing {
    /// Equal differences.
    Linear,
    /// Equal ratios.
    Log,
}

/// The factors by which a number is rounded within its order of magnitude.
const ROUND: [f64; 5] = [1.0, 2.0, 2.5, 5.0, 10.0];

/// The orders of magnitude of a logarithmic axis; in seconds, from a picosecond up.
const DECADES: std::ops::RangeInclusive<i32> = -12..=18;

impl Scale {
    /// A linear scale between two ends.
    pub fn linear(low: f64, high: f64) -> Self {
        let spacing = Spacing::Linear;
        let (low, high) = match (low.is_finite(), high.is_finite()) {
            (true, true) if low < high => (low, high),
            (true, _) => (low, low + 1.0),
            _ => (0.0, 1.0),
        };
        Self { spacing, low, high }
    }

    /// A linear scale from zero to a tick that no value exceeds, with at most this many ticks.
    pub fn from_zero(values: impl Iterator<Item = f64>, ticks: u8) -> Self {
        let high = values.filter(|v| v.is_finite()).fold(0.0, f64::max);
        let step = Self::linear(0.0, high).step(ticks);
        Self::linear(0.0, (high / step).ceil() * step)
    }

    /// A logarithmic scale between two ends.
    pub fn log(low: f64, high: f64) -> Self {
        let spacing = Spacing::Log;
        let is_ratio = low.is_normal() && low > 0.0 && high.is_finite() && high > low;
        let (low, high) = if is_ratio { (low, high) } else { (1.0, 10.0) };
        Self { spacing, low, high }
    }

    /// A logarithmic scale with round ends around every value above zero.
    pub fn log_around(values: impl Iterator<Item = f64>) -> Self {
        let seen = values.filter(|v| v.is_finite() && *v > 0.0);
        let (low, high) = seen.fold((f64::MAX, 0.0_f64), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        let below = round_numbers().filter(|round| *round <= low).last();
        let above = round_numbers().find(|round| *round >= high && Some(*round) > below);
        Self::log(below.unwrap_or(low), above.unwrap_or(high))
    }

    /// The position of a value: 0 at the low end, 1 at the high end, clamped to this range.
    pub fn place(&self, value: f64) -> f64 {
        let share = match self.spacing {
            Spacing::Linear => (value - self.low) / (self.high - self.low),
            Spacing::Log => (value / self.low).ln() / (self.high / self.low).ln(),
        };
        // NaN counts as below the low end.
        if share > 0.0 { share.min(1.0) } else { 0.0 }
    }

    /// The high end.
    pub fn high(&self) -> f64 {
        self.high
    }

    /// The low end.
    pub fn low(&self) -> f64 {
        self.low
    }

    /// Round values within the ends, at most about this many.
    pub fn ticks(&self, most: u8) -> Vec<f64> {
        match self.spacing {
            Spacing::Linear => self.linear_ticks(most),
            Spacing::Log => self.log_ticks(usize::from(most)),
        }
    }

    fn linear_ticks(&self, most: u8) -> Vec<f64> {
        let step = self.step(most);
        let first = (self.low / step).ceil() * step;
        let all = (0..=most).map(|index| first + f64::from(index) * step);
        // A rounding error must not drop the last tick.
        let within = all.take_while(|tick| *tick <= self.high + step * 1e-6);
        let mut ticks: Vec<f64> = within.collect();
        // Duplicates occur if the step is below the precision of such large numbers.
        ticks.dedup();
        ticks
    }

    fn log_ticks(&self, most: usize) -> Vec<f64> {
        let is_within = |tick: &f64| (self.low * 0.999..=self.high * 1.001).contains(tick);
        let fine: Vec<f64> = round_numbers().filter(is_within).collect();
        if fine.len() <= most {
            return fine;
        }
        let decades: Vec<f64> = DECADES.map(decade).filter(is_within).collect();
        let every = decades.len().div_ceil(most.max(1)).max(1);
        decades.into_iter().step_by(every).collect()
    }

    /// The smallest round step with no more than this many ticks.
    fn step(&self, most: u8) -> f64 {
        let exact = (self.high - self.low) / f64::from(most.max(1));
        let magnitude = 10_f64.powf(exact.log10().floor());
        let round = ROUND.map(|factor| factor * magnitude);
        let enough = round.into_iter().find(|step| *step >= exact * 0.999_999);
        enough.unwrap_or(exact)
    }
}

/// 1, 2 and 5 of every order of magnitude, ascending.
fn round_numbers() -> impl Iterator<Item = f64> {
    DECADES.flat_map(|exponent| [1.0, 2.0, 5.0].map(|factor| factor * decade(exponent)))
}

fn decade(exponent: i32) -> f64 {
    10_f64.powi(exponent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ticks_are_round() {
        assert_eq!(
            Scale::linear(0.0, 11.0).ticks(6),
            [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
        );
        assert_eq!(Scale::from_zero([980.0].into_iter(), 5).high(), 1000.0);
        assert_eq!(Scale::log(1.0, 20.0).ticks(6), [1.0, 2.0, 5.0, 10.0, 20.0]);
        assert_eq!(Scale::log(1.0, 1e4).ticks(6), [1.0, 10.0, 100.0, 1e3, 1e4]);
        let around = Scale::log_around([0.0, 3.0, 40.0].into_iter());
        assert_eq!((around.low(), around.high()), (2.0, 50.0));
    }

    #[test]
    fn a_scale_of_one_value_has_two_ends() {
        for scale in [
            Scale::log_around([5.0].into_iter()),
            Scale::log_around([].into_iter()),
            Scale::from_zero([0.0].into_iter(), 5),
            Scale::linear(3.0, 3.0),
        ] {
            assert!(scale.low() < scale.high(), "{scale:?}");
        }
    }

    proptest! {
        #[test]
        fn ticks_lie_within_the_ends_in_order_and_are_few(
            low in any::<f64>(), high in any::<f64>(), most in 1_u8..12
        ) {
            for scale in [Scale::linear(low, high), Scale::log(low, high)] {
                let ticks = scale.ticks(most);
                prop_assert!(ticks.len() <= usize::from(most) + 1, "{scale:?} {ticks:?}");
                prop_assert!(ticks.is_sorted_by(|a, b| a < b), "{scale:?} {ticks:?}");
            }
        }

        #[test]
        fn every_value_has_a_place_and_a_greater_one_no_lower(
            low in any::<f64>(), high in any::<f64>(), a in any::<f64>(), b in any::<f64>()
        ) {
            for scale in [Scale::linear(low, high), Scale::log(low, high)] {
                let (a, b) = (scale.place(a.min(b)), scale.place(a.max(b)));
                prop_assert!((0.0..=1.0).contains(&a) && a <= b && b <= 1.0, "{scale:?} {a} {b}");
            }
        }
    }
}
