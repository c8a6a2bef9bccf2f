//! Refusals and early closes of the last seconds.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The length of the period.
pub const RECENTLY: Duration = Duration::from_secs(10);

/// Refusals and early closes of the last ten seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Recent {
    /// The share, 0 to 1, of clients that asked for a worker and were refused for lack of one.
    pub refused_ratio: f64,
    /// The share, 0 to 1, of ended sessions that were closed in favour of other clients.
    pub closed_early_ratio: f64,
}

impl Recent {
    /// Computes the shares from `(refused, clients)` and `(closed, sessions)`.
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more digits")]
    pub fn of((refused, clients): (u64, u64), (closed, sessions): (u64, u64)) -> Self {
        let share = |part: u64, whole: u64| (part as f64 / whole.max(1) as f64).min(1.0);
        Self {
            refused_ratio: share(refused, clients),
            closed_early_ratio: share(closed, sessions),
        }
    }

    /// The shares above 0 as text, such as `12 % refused, 93 % of the sessions closed early`.
    pub fn trouble(&self) -> Option<String> {
        let refused = told(self.refused_ratio, "refused");
        let closed = told(self.closed_early_ratio, "of the sessions closed early");
        let told: Vec<_> = [refused, closed].into_iter().flatten().collect();
        (!told.is_empty()).then(|| told.join(", "))
    }
}

fn told(ratio: f64, what: &str) -> Option<String> {
    let percent = ratio * 100.0;
    let digits = usize::from(percent < 10.0);
    (ratio > 0.0).then(|| format!("{percent:.digits$} % {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_happened_is_told() {
        assert_eq!(Recent::of((0, 7), (0, 0)).trouble(), None);
        let refused = Recent::of((3, 100), (0, 97)).trouble();
        assert_eq!(refused.as_deref(), Some("3.0 % refused"));
        let both = Recent::of((1, 8), (93, 100)).trouble();
        let expected = "12 % refused, 93 % of the sessions closed early";
        assert_eq!(both.as_deref(), Some(expected));
    }
}
