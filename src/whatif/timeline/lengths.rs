//! The lengths of the sessions that ended last, for arrivals that never had one.

use fastrand::Rng;

use super::Nanos;

/// Enough that the slowest of a hundred are among them, few enough to follow what changes.
const KEPT: usize = 1024;

/// The same records give the same advice.
const SEED: u64 = 1955;

/// A ring of lengths to draw from.
///
/// Who was refused would have been a client like the others, as far as anybody can know.
#[derive(Debug)]
pub(super) struct Lengths {
    kept: Vec<Nanos>,
    /// Where the oldest is, once the ring is full.
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

    /// One of the lengths, each as likely as any other; none at all before there is one.
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
