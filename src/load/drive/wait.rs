//! Waiting for connections and for moments, the latter to the microsecond.
//!
//! A sleeping thread wakes up late: by the resolution of the sleep, and by the time a core takes to
//! come back. So it sleeps until shortly before a moment and spends the rest looking.

use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

use mio::{Events, Poll, Registry};

/// How long before a moment it stops to sleep: about what a core of a virtual machine takes to wake.
const LOOK_OUT: Duration = Duration::from_micros(100);

/// The limit of a wait that an alarm ends: a safeguard, never reached.
const NOT_FOR_EVER: Duration = Duration::from_secs(1);

/// What one event loop waits with.
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

    /// Where connections are registered that are to be waited for.
    pub(super) fn registry(&self) -> io::Result<Registry> {
        self.poll.registry().try_clone()
    }

    /// Waits for whichever comes first: something on a connection, `rough`, or `exact`; returns how
    /// long it looked out for the latter without sleeping. That the clock said `now` a moment ago is
    /// enough to know for the rough one.
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
        // Up to a millisecond late is too late for either if an exact moment may follow at once.
        let sleep_until = rough.min(exact.checked_sub(LOOK_OUT).unwrap_or(exact));
        let to_sleep = sleep_until.saturating_duration_since(now);
        if !to_sleep.is_zero() {
            let longest = self.alarm.set(to_sleep)?;
            return self
                .look(events, longest.min(NOT_FOR_EVER))
                .map(|()| Duration::ZERO);
        }
        self.look(events, Duration::ZERO)?;
        // Whoever was kept from looking by others did not compute meanwhile.
        let looked = now.elapsed().min(LOOK_OUT);
        Ok(
            if events.is_empty() && exact.saturating_duration_since(now) <= LOOK_OUT {
                looked
            } else {
                Duration::ZERO
            },
        )
    }

    /// What happened on the connections, waiting no longer than the limit, rounded up to a
    /// millisecond.
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

    /// A timer among the connections: a poll by itself counts in milliseconds.
    #[derive(Debug)]
    pub(super) struct Alarm(TimerFd);

    impl Alarm {
        pub(super) fn new(registry: &Registry) -> io::Result<Self> {
            let timer = TimerFd::new(ClockId::CLOCK_MONOTONIC, TimerFlags::TFD_NONBLOCK)?;
            // The token of no client.
            let token = Token(usize::MAX);
            let descriptor = timer.as_fd().as_raw_fd();
            registry.register(&mut SourceFd(&descriptor), token, Interest::READABLE)?;
            Ok(Self(timer))
        }

        /// Rings after some time; until then a poll may last as long as it likes.
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

    /// No timer: a poll that lasts for whole milliseconds, the rest of which is looked out for.
    #[derive(Debug)]
    pub(super) struct Alarm;

    impl Alarm {
        pub(super) fn new(_: &Registry) -> io::Result<Self> {
            Ok(Self)
        }

        /// How long a poll may last.
        pub(super) fn set(&self, time: Duration) -> io::Result<Duration> {
            let whole = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
            Ok(Duration::from_millis(whole))
        }
    }
}
