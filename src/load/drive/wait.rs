//! Waiting for connection events and for deadlines, the latter to the microsecond.
//!
//! A sleeping thread wakes up late, by the timer's resolution and the core's wake-up time. So the thread
//! sleeps until shortly before a deadline and spins for the rest.

use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

use mio::{Events, Poll, Registry};

/// Spinning time before a deadline: about the wake-up time of a virtual machine's core.
const LOOK_OUT: Duration = Duration::from_micros(100);

/// Limit of a poll that the alarm ends: a safeguard, never reached.
const NOT_FOR_EVER: Duration = Duration::from_secs(1);

/// The poll and the timer of one event loop.
#[derive(Debug)]
pub(super) struct Waiter {
    poll: Poll,
    alarm: Alarm,
}

impl Waiter {
    pub(super) fn new() -> io::Result<Self> {
        let poll = Poll::new()?;
        let alarm = Alarm::new(poll.registry())?;
        Ok(Self { poll, alarm })
    }

    /// The registry for connections.
    pub(super) fn registry(&self) -> io::Result<Registry> {
        self.poll.registry().try_clone()
    }

    /// Waits for a connection event, `rough` or `exact`, until the first of them. Returns the time spent
    /// spinning for `exact`. A recent clock reading `now` is precise enough for `rough`.
    pub(super) fn wait(
        &mut self,
        events: &mut Events,
        now: Instant,
        rough: Instant,
        exact: Option<Instant>,
    ) -> io::Result<Duration> {
        let Some(exact) = exact else {
            let left = rough.saturating_duration_since(now);
            return self.look(events, left).map(|()| Duration::ZERO);
        };
        let now = Instant::now();
        // A delay of up to a millisecond is too late for either if an exact deadline may follow at once.
        let sleep_until = rough.min(exact.checked_sub(LOOK_OUT).unwrap_or(exact));
        let to_sleep = sleep_until.saturating_duration_since(now);
        if !to_sleep.is_zero() {
            let longest = self.alarm.set(to_sleep)?;
            return self
                .look(events, longest.min(NOT_FOR_EVER))
                .map(|()| Duration::ZERO);
        }
        self.look(events, Duration::ZERO)?;
        // Capped: time beyond the limit was taken by other threads, not spent spinning.
        let looked = now.elapsed().min(LOOK_OUT);
        Ok(
            if events.is_empty() && exact.saturating_duration_since(now) <= LOOK_OUT {
                looked
            } else {
                Duration::ZERO
            },
        )
    }

    /// Polls for connection events, for at most the limit rounded up to a millisecond.
    fn look(&mut self, events: &mut Events, limit: Duration) -> io::Result<()> {
        match self.poll.poll(events, Some(limit)) {
            Err(err) if err.kind() == ErrorKind::Interrupted => {
                events.clear();
                Ok(())
            }
            other => other,
        }
    }
}

#[cfg(target_os = "linux")]
use linux::Alarm;

#[cfg(target_os = "linux")]
mod linux {
    use std::io;
    use std::os::fd::{AsFd, AsRawFd};
    use std::time::Duration;

    use mio::unix::SourceFd;
    use mio::{Interest, Registry, Token};
    use nix::sys::time::TimeSpec;
    use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};

    /// A timer registered with the poll, because a poll's own timeout is in milliseconds.
    #[derive(Debug)]
    pub(super) struct Alarm(TimerFd);

    impl Alarm {
        pub(super) fn new(registry: &Registry) -> io::Result<Self> {
            let timer = TimerFd::new(ClockId::CLOCK_MONOTONIC, TimerFlags::TFD_NONBLOCK)?;
            // No client has this token.
            let token = Token(usize::MAX);
            let descriptor = timer.as_fd().as_raw_fd();
            registry.register(&mut SourceFd(&descriptor), token, Interest::READABLE)?;
            Ok(Self(timer))
        }

        /// Sets the timer. Returns the longest poll, which is unlimited because the timer ends it.
        pub(super) fn set(&self, time: Duration) -> io::Result<Duration> {
            let once = Expiration::OneShot(TimeSpec::from_duration(time));
            self.0.set(once, TimerSetTimeFlags::empty())?;
            Ok(Duration::MAX)
        }
    }
}

#[cfg(not(target_os = "linux"))]
use elsewhere::Alarm;

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use std::io;
    use std::time::Duration;

    use mio::Registry;

    /// No timer: a poll lasts whole milliseconds, and the thread spins for the rest.
    #[derive(Debug)]
    pub(super) struct Alarm;

    impl Alarm {
        pub(super) fn new(_: &Registry) -> io::Result<Self> {
            Ok(Self)
        }

        /// Returns the longest poll, in whole milliseconds.
        pub(super) fn set(&self, time: Duration) -> io::Result<Duration> {
            let whole = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
            Ok(Duration::from_millis(whole))
        }
    }
}
