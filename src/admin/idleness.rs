//! The idle share of the host's CPU cores over the last minute.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::base::as_f64;
use crate::base::host::CpuTime;

/// The period that samples cover.
const WINDOW: Duration = Duration::from_mins(1);

/// CPU times of the host, sampled over the last minute.
#[derive(Debug, Default)]
pub(super) struct Idleness(VecDeque<(Instant, CpuTime)>);

impl Idleness {
    /// Adds a sample and removes those older than the window.
    pub(super) fn sample(&mut self, now: Instant) {
        self.0.extend(CpuTime::now().map(|time| (now, time)));
        let is_old = |(then, _): &mut (Instant, CpuTime)| now.duration_since(*then) > WINDOW;
        while self.0.pop_front_if(is_old).is_some() {}
    }

    /// The idle share of the cores' time, 0 to 1, or `None` if it is unknown.
    pub(super) fn share(&self) -> Option<f64> {
        let ((_, first), (_, last)) = (self.0.front()?, self.0.back()?);
        let all = last.all.checked_sub(first.all).filter(|all| *all > 0)?;
        let idle = last.idle.saturating_sub(first.idle);
        Some(as_f64(idle) / as_f64(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_of_the_last_minute() {
        let began = Instant::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        let mut idleness = Idleness::default();
        assert_eq!(idleness.share(), None);
        for (seconds, idle, all) in [(0, 0, 0), (30, 100, 1000), (60, 600, 2000)] {
            let time = CpuTime {
                busy: all - idle,
                idle,
                all,
                cores: 1,
            };
            idleness.0.push_back((at(seconds), time));
        }
        assert_eq!(idleness.share(), Some(0.3));
        // The expired samples are removed when a real sample is added.
        idleness.sample(at(61));
        assert_eq!(idleness.0.front().map(|(then, _)| *then), Some(at(30)));
    }
}
