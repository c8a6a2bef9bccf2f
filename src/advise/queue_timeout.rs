//! The longest wait in a queue: the rule that the server and its shadow pools share.

use std::time::Duration;

/// How long a queue has to have held entries without a break before the shorter limit applies.
///
/// The rule is that of Facebook's queues: B. Maurer, "Fail at Scale", ACM Queue 13(8), 2015.
const STANDING: Duration = Duration::from_secs(1);

/// How long an entry may wait in a queue; `None` is for ever.
///
/// A queue that is empty now and then bridges a burst. A queue that is never empty only adds to every
/// wait, and the clients at its end give up before they are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueTimeout {
    /// In a queue that was empty a short time ago; without it there is no limit at all.
    pub normal: Option<Duration>,
    /// In a queue that has been standing.
    pub busy: Option<Duration>,
    /// How long a queue has to have held entries without a break to be standing.
    pub standing: Duration,
}

impl QueueTimeout {
    /// No limit.
    pub const NONE: Self = Self {
        normal: None,
        busy: None,
        standing: STANDING,
    };

    /// These limits, with the time after which a queue is standing that every server has.
    pub fn of(normal: Option<Duration>, busy: Option<Duration>) -> Self {
        Self {
            normal,
            busy,
            standing: STANDING,
        }
    }

    /// The longest wait of an entry that arrived when the queue had held entries for this long.
    pub fn limit(self, held: Duration) -> Option<Duration> {
        let normal = self.normal?;
        let until_standing = self.standing.saturating_sub(held);
        let busy = self.busy.map(|busy| busy.max(until_standing));
        Some(busy.map_or(normal, |busy| normal.min(busy)))
    }
}

impl Default for QueueTimeout {
    fn default() -> Self {
        Self::NONE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_waits_for_the_shorter_limit_once_the_queue_is_standing() {
        let millis = Duration::from_millis;
        let timeout = QueueTimeout {
            normal: Some(millis(900)),
            busy: Some(millis(100)),
            standing: millis(1000),
        };
        for (held, limit) in [
            (0, 900),
            (99, 900),
            (101, 899),
            (850, 150),
            (950, 100),
            (9000, 100),
        ] {
            assert_eq!(timeout.limit(millis(held)), Some(millis(limit)), "{held}");
        }
        let unlimited = QueueTimeout::of(None, Some(millis(100)));
        assert_eq!(unlimited.limit(millis(5000)), None);
    }
}
