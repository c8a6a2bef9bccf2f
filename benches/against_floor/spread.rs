//! Some values of the same quantity, in order.

/// The values.
#[derive(Debug)]
pub(crate) struct Spread(Vec<f64>);

impl Spread {
    /// Takes an odd number of values, so that there is a middle one.
    pub(crate) fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    /// The one in the middle.
    pub(crate) fn median(&self) -> f64 {
        self.quartile(2)
    }

    /// A quartile: the zeroth is the least of all, the fourth the greatest.
    pub(crate) fn quartile(&self, quartile: usize) -> f64 {
        self.0[(self.0.len() - 1) * quartile / 4]
    }
}
