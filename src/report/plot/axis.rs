//! An axis: its title with a unit, its scale, and its ticks.

use super::scale::Scale;

/// One axis of a plot.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// The measured quantity and its unit.
    pub title: String,
    /// The range of values and their spacing.
    pub scale: Scale,
    /// The labelled values, ascending.
    pub ticks: Vec<Tick>,
}

/// A labelled value of an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// The value.
    pub at: f64,
    /// The written value.
    pub label: String,
}

impl Axis {
    /// An axis with up to this many round values.
    pub fn new(title: &str, scale: Scale, ticks: u8, write: impl Fn(f64) -> String) -> Self {
        let tick = |at| Tick {
            at,
            label: write(at),
        };
        Self {
            title: title.to_owned(),
            scale,
            ticks: scale.ticks(ticks).into_iter().map(tick).collect(),
        }
    }

    /// The ticks with labels that do not touch the previous label, centred on an axis of this length.
    pub(super) fn legible(&self, length: f64, width: impl Fn(&str) -> f64) -> Vec<&Tick> {
        let mut kept = Vec::new();
        let mut free_from = f64::MIN;
        for tick in &self.ticks {
            let (middle, half) = (self.scale.place(tick.at) * length, width(&tick.label) / 2.0);
            if middle - half >= free_from {
                free_from = middle + half + GAP;
                kept.push(tick);
            }
        }
        kept
    }
}

/// The least distance between two labels.
const GAP: f64 = 6.0;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn labels_that_are_kept_do_not_touch(
            high in 1.0..1e9_f64, length in 1.0..1000.0_f64, letter in 1.0..20.0_f64
        ) {
            let axis = Axis::new("", Scale::linear(0.0, high), 12, |v| format!("{v:.1}"));
            let width = |label: &str| label.len() as f64 * letter;
            let kept = axis.legible(length, width);
            prop_assert!(!kept.is_empty());
            for pair in kept.windows(2) {
                let [left, right] = [pair[0], pair[1]].map(|t| axis.scale.place(t.at) * length);
                let needed = f64::midpoint(width(&pair[0].label), width(&pair[1].label));
                prop_assert!(right - left >= needed, "{pair:?}");
            }
        }
    }
}
