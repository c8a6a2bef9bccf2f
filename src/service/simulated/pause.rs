//! Lets time pass, and no more of it than was asked for.

use std::hint::black_box;
use std::thread;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

use super::service_time::Spent;

/// Steps of a computation between two looks at how long it has taken: a fraction of what a look costs.
const STEPS: u32 = 64;

/// What lets time pass for one worker.
#[derive(Debug, Default)]
pub(super) struct Pause {
    /// Whether this worker's thread is woken as soon as it may be.
    is_punctual: bool,
}

impl Pause {
    /// Lets so much time pass.
    pub(super) fn take(&mut self, spent: Spent, length: Duration) {
        if length.is_zero() {
            return;
        }
        match spent {
            Spent::Sleeping => {
                // In the thread that sleeps, which is not the one that has made this.
                if !self.is_punctual {
                    wake_punctually();
                    self.is_punctual = true;
                }
                // To sleep for so long is the service that was asked for.
                thread::sleep(length);
            }
            Spent::Computing => compute(length),
        }
    }
}

/// Asks the kernel not to let this thread sleep longer for the sake of waking several at once, which it
/// does by 50 µs if nobody says otherwise.
///
/// Measured, sleeps of 2 ms: 48 µs too long in the median instead of 101. What is left is the way back
/// to a core. To spin it away would take a core from whoever computes, as what sleeps must not.
#[cfg(target_os = "linux")]
fn wake_punctually() {
    // Where it is refused, sleeps are somewhat longer.
    let _ = nix::sys::prctl::set_timerslack(1);
}

#[cfg(not(target_os = "linux"))]
fn wake_punctually() {}

/// Computes until this thread has had so much time of a core, however long it is kept from one.
fn compute(length: Duration) {
    let Some(began) = cpu_time() else { return };
    let mut number = 1_u64;
    // Ends when the time is used up, which passes while it goes round.
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

/// What this thread has had of the cores, if the system says.
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
