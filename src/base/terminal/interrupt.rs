//! Requests to stop by signal: which signals form one request, and the end of a load test or a tuning.

use std::process;
use std::time::{Duration, Instant};

use super::exit::Exit;
use super::screen::Screen;
use crate::base::Stop;

/// Signals this soon after a request belong to it: `timeout` signals a process and then its group, and
/// service managers send a hangup with the termination.
const ONE_REQUEST: Duration = Duration::from_secs(1);

/// Tells a signal that begins a request to stop from signals that belong to the request before it.
#[derive(Debug, Default)]
pub(crate) struct StopRequests {
    last: Option<Instant>,
}

impl StopRequests {
    /// Whether the signal that arrives now begins a request.
    pub(crate) fn begins(&mut self, now: Instant) -> bool {
        let begins = self
            .last
            .is_none_or(|last| now.saturating_duration_since(last) >= ONE_REQUEST);
        if begins {
            self.last = Some(now);
        }
        begins
    }
}

/// Ends the run at the first request to stop, and the program at the second.
#[expect(
    clippy::exit,
    reason = "the second request is to end without the results"
)]
pub(crate) fn stop_on_signals(stop: &Stop, screen: &Screen) -> Result<(), ctrlc::Error> {
    let (stop, screen) = (stop.clone(), screen.clone());
    let mut requests = StopRequests::default();
    ctrlc::set_handler(move || {
        if !requests.begins(Instant::now()) {
            return;
        }
        if stop.is_requested() {
            screen.clear();
            process::exit(Exit::Interrupted as i32);
        }
        stop.request();
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_within_a_second_of_a_request_belong_to_it() {
        let start = Instant::now();
        let mut requests = StopRequests::default();
        let begun: Vec<u64> = (0..3_000)
            .step_by(250)
            .filter(|&millis| requests.begins(start + Duration::from_millis(millis)))
            .collect();
        assert_eq!(begun, [0, 1_000, 2_000]);
    }
}
