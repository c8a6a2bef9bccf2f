//! The deadline of one wait.

use std::time::{Duration, Instant};

/// A wait with one limit over all its system calls.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    since: Instant,
    limit: Duration,
}

impl Deadline {
    /// Starts a wait of at most `limit`.
    pub(super) fn after(limit: Duration) -> Self {
        Self {
            since: Instant::now(),
            limit,
        }
    }

    /// The remaining time, never zero; `None` once the limit is reached.
    pub(super) fn left(&self) -> Option<Duration> {
        let left = self.limit.saturating_sub(self.since.elapsed());
        (!left.is_zero()).then_some(left)
    }

    /// The limit of the wait, for the timeout message.
    pub(super) fn limit(&self) -> Duration {
        self.limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_without_limit_left_is_over() {
        assert_eq!(Deadline::after(Duration::ZERO).left(), None);
        let day = Duration::from_hours(24);
        assert!(Deadline::after(day).left().is_some_and(|left| left <= day));
    }
}
