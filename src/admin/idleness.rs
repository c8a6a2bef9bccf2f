//! How idle the machine's processors have been lately.

use std::collections::VecDeque;
use std::fs;
use std::time::{Duration, Instant};

/// How far back it looks.
const WINDOW: Duration = Duration::from_mins(1);

/// What the processors have done since the machine began, as seen at some moments of the last minute.
#[derive(Debug, Default)]
pub(super) struct Idleness(VecDeque<(Instant, Ticks)>);

/// Time of all processors together, in the units of the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ticks {
    idle: u64,
    all: u64,
}

impl Idleness {
    /// Takes a look at the processors.
    pub(super) fn sample(&mut self, now: Instant) {
        let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
        if let Some(ticks) = Ticks::of(&stat) {
            self.0.push_back((now, ticks));
        }
        let is_old = |(then, _): &mut (Instant, Ticks)| now.duration_since(*then) > WINDOW;
        while self.0.pop_front_if(is_old).is_some() {}
    }

    /// The share, 0 to 1, of their time for which they were idle; nothing where that is not known.
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more digits")]
    pub(super) fn share(&self) -> Option<f64> {
        let ((_, first), (_, last)) = (self.0.front()?, self.0.back()?);
        let all = last.all.checked_sub(first.all).filter(|all| *all > 0)?;
        let idle = last.idle.saturating_sub(first.idle);
        Some(idle as f64 / all as f64)
    }
}

impl Ticks {
    /// From the first line of `/proc/stat`, as proc(5) has it: user, nice, system, idle, waiting for
    /// disks, interrupts (two), stolen by other guests. What follows is part of user and nice already.
    fn of(stat: &str) -> Option<Self> {
        let figures = stat.lines().next()?.strip_prefix("cpu ")?;
        let figures: Vec<u64> = figures
            .split_whitespace()
            .take(8)
            .map_while(|figure| figure.parse().ok())
            .collect();
        let idle = figures.get(3..5)?.iter().sum();
        let all = figures.iter().sum();
        Some(Self { idle, all })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_is_the_fourth_figure_and_the_fifth() {
        let stat = "cpu  10 20 30 400 50 6 7 8 1000 1000\ncpu0 1 2 3 4 5\n";
        let ticks = Ticks {
            idle: 450,
            all: 531,
        };
        assert_eq!(Ticks::of(stat), Some(ticks));
        assert_eq!(Ticks::of("cpu  1 2 3\n"), None);
        assert_eq!(Ticks::of(""), None);
    }

    #[test]
    fn the_share_is_of_the_last_minute() {
        let began = Instant::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        let mut idleness = Idleness::default();
        assert_eq!(idleness.share(), None);
        for (seconds, idle, all) in [(0, 0, 0), (30, 100, 1000), (60, 600, 2000)] {
            idleness.0.push_back((at(seconds), Ticks { idle, all }));
        }
        assert_eq!(idleness.share(), Some(0.3));
        // Those that are forgotten make room for one that is true.
        idleness.sample(at(61));
        assert_eq!(idleness.0.front().map(|(then, _)| *then), Some(at(30)));
    }
}
