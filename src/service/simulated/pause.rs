//! The pause of a simulated command: sleep or computation of an exact length.

use std::hint::black_box;
use std::thread;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

use super::service_time::Spent;

/// Computation steps between two clock reads; they take a fraction of the time of a clock read.
const STEPS: u32 = 64;

/// The pauses of one worker.
#[derive(Debug, Default)]
pub(super) struct Pause {
    /// Whether the timer slack of this worker's thread is already set.
    is_punctual: bool,
}

impl Pause {
    /// Pauses for this long.
    pub(super) fn take(&mut self, spent: Spent, length: Duration) {
        if length.is_zero() {
            return;
        }
        match spent {
            Spent::Sleeping => {
                // Set here because the slack belongs to the thread; another thread created this value.
                if !self.is_punctual {
                    wake_punctually();
                    self.is_punctual = true;
                }
                // This sleep is the simulated service itself.
                thread::sleep(length);
            }
            Spent::Computing => compute(length),
        }
    }
}

/// Sets the thread's timer slack to its minimum. By default the kernel prolongs sleeps by up to 50 µs, so
/// that it can wake several threads at once.
///
/// Measured with sleeps of 2 ms: the median excess is 48 µs instead of 101 µs. The rest is the time until
/// the thread gets a core. Spinning would remove it, but would take a core from computing threads.
#[cfg(target_os = "linux")]
fn wake_punctually() {
    // If the call is refused, sleeps are only somewhat longer.
    let _ = nix::sys::prctl::set_timerslack(1);
}

#[cfg(not(target_os = "linux"))]
fn wake_punctually() {}

/// Computes until this thread has used this much CPU time, even if it is preempted.
fn compute(length: Duration) {
    let Some(began) = cpu_time() else { return };
    let mut number = 1_u64;
    // The loop ends because its own computation uses up the time.
    while cpu_time().is_some_and(|now| now.saturating_sub(began) < length) {
        for _ in 0..STEPS {
            number = black_box(
                number
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .rotate_left(17),
            );
        }
    }
}

/// The CPU time of this thread, if the system reports it.
fn cpu_time() -> Option<Duration> {
    let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID);
    time.ok().map(Duration::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    const SPAN: Duration = Duration::from_millis(3);

    #[test]
    fn who_computes_uses_all_of_the_time_and_who_sleeps_hardly_any() {
        for (spent, least, most) in [
            (Spent::Computing, SPAN, Duration::MAX),
            (Spent::Sleeping, Duration::ZERO, SPAN),
        ] {
            let (began, before) = (Instant::now(), cpu_time().unwrap());
            Pause::default().take(spent, SPAN);
            let used = cpu_time().unwrap().saturating_sub(before);
            assert!(began.elapsed() >= SPAN);
            assert!((least..most).contains(&used), "{spent:?} used {used:?}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_thread_that_has_slept_is_woken_without_slack() {
        Pause::default().take(Spent::Sleeping, SPAN);
        assert_eq!(nix::sys::prctl::get_timerslack(), Ok(1));
    }
}
