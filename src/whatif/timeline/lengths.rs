//! Lengths of the latest ended sessions, for arrivals without a length.

use fastrand::Rng;

use super::Nanos;

/// Enough to contain the slowest of a hundred sessions, and few enough to follow changes.
const KEPT: usize = 1024;

/// A fixed seed, so that equal records give equal advice.
const SEED: u64 = 1955;

/// A ring of lengths to draw from.
///
/// Refused clients are assumed to have session lengths like those of other clients.
#[derive(Debug)]
pub(super) struct Lengths {
    kept: Vec<Nanos>,
    /// The index of the oldest length once the ring is full.
    oldest: usize,
    random: Rng,
}

impl Lengths {
    pub(super) fn add(&mut self, length: Nanos) {
        if self.kept.len() < KEPT {
            self.kept.push(length);
        } else if let Some(oldest) = self.kept.get_mut(self.oldest) {
            *oldest = length;
            self.oldest = (self.oldest + 1) % KEPT;
        }
    }

    /// Draws one of the lengths with equal probability; 0 before there is one.
    pub(super) fn draw(&mut self) -> Nanos {
        self.random.choice(&self.kept).copied().unwrap_or(0)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }
}

impl Default for Lengths {
    fn default() -> Self {
        Self {
            kept: Vec::new(),
            oldest: 0,
            random: Rng::with_seed(SEED),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn only_the_latest_are_drawn_and_each_of_them_is() {
        let mut lengths = Lengths::default();
        let (old, latest) = (0..700, 700..700 + KEPT as u64);
        old.chain(latest.clone())
            .for_each(|length| lengths.add(length));
        let drawn: BTreeSet<_> = (0..20 * KEPT).map(|_| lengths.draw()).collect();
        assert_eq!(drawn, latest.collect());
    }

    #[test]
    fn before_there_is_any_none_is_drawn() {
        assert_eq!(Lengths::default().draw(), 0);
    }
}
