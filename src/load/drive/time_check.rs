//! The check of a server's reply against this machine's clock.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::clock::Zone;

const DAY: i64 = 86_400;
const SECOND_NS: i64 = 1_000_000_000;

/// This machine's clock, used to check the server's.
///
/// The wall clock is expensive to read and may be set. So it is read now and then, and the monotonic
/// time since then is added.
#[derive(Debug)]
pub(crate) struct TimeCheck {
    zone: Zone,
    skew_ns: i64,
    read_at: Instant,
    /// Nanoseconds since 1970, in the zone, at `read_at`.
    read_ns: i64,
}

impl TimeCheck {
    /// A check in a zone, for server clocks that are off by at most `skew`.
    pub(crate) fn new(zone: Zone, skew: Duration) -> Self {
        let mut watch = Self {
            zone,
            skew_ns: nanoseconds(skew),
            read_at: Instant::now(),
            read_ns: 0,
        };
        watch.set();
        watch
    }

    /// Reads the wall clock.
    pub(crate) fn set(&mut self) {
        self.read_at = Instant::now();
        let unix = SystemTime::now().duration_since(UNIX_EPOCH);
        let unix = unix.map_or_else(|err| -nanoseconds(err.duration()), nanoseconds);
        let east = self.zone.seconds_east(unix.div_euclid(SECOND_NS));
        self.read_ns = unix.saturating_add(i64::from(east) * SECOND_NS);
    }

    /// Whether a second of the day lies between sending the command and receiving the reply.
    pub(crate) fn agrees(&self, told: u32, sent: Instant, received: Instant) -> bool {
        let first = self.second(sent, -self.skew_ns);
        let last = self.second(received, self.skew_ns);
        let after_first = (i64::from(told) - first).rem_euclid(DAY);
        after_first <= last - first
    }

    /// The second since 1970 at a moment, shifted by some nanoseconds.
    fn second(&self, moment: Instant, by_ns: i64) -> i64 {
        let since = match moment.checked_duration_since(self.read_at) {
            Some(after) => nanoseconds(after),
            None => -nanoseconds(self.read_at.saturating_duration_since(moment)),
        };
        self.read_ns
            .saturating_add(since)
            .saturating_add(by_ns)
            .div_euclid(SECOND_NS)
    }
}

/// Whether the clock went backwards. A step of up to half a day is forward, because a clock restarts at
/// midnight.
pub(crate) fn is_backwards(before: u32, now: u32) -> bool {
    (i64::from(now) - i64::from(before)).rem_euclid(DAY) > DAY / 2
}

fn nanoseconds(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A check with its clock set to a second of the day.
    fn watch(at: i64, skew: Duration) -> TimeCheck {
        TimeCheck {
            zone: Zone::Utc,
            skew_ns: nanoseconds(skew),
            read_at: Instant::now(),
            read_ns: at * SECOND_NS,
        }
    }

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn the_second_of_sending_and_the_second_of_receiving_are_both_the_time() {
        let watch = watch(1000, Duration::ZERO);
        let (sent, received) = (watch.read_at + millis(900), watch.read_at + millis(2100));
        let agree = |told| watch.agrees(told, sent, received);
        assert_eq!(
            [999, 1000, 1001, 1002, 1003].map(agree),
            [false, true, true, true, false]
        );
    }

    #[test]
    fn a_clock_may_be_off_by_the_skew_and_no_more() {
        let watch = watch(1000, millis(300));
        let at = |ms| watch.read_at + millis(ms);
        assert!(watch.agrees(999, at(299), at(299)));
        assert!(!watch.agrees(999, at(301), at(301)));
        assert!(watch.agrees(1001, at(701), at(701)));
        assert!(!watch.agrees(1001, at(699), at(699)));
    }

    #[test]
    fn midnight_is_a_second_after_the_last_of_the_day() {
        let watch = watch(DAY - 1, Duration::ZERO);
        let (sent, received) = (watch.read_at, watch.read_at + millis(1000));
        assert!(watch.agrees(86_399, sent, received));
        assert!(watch.agrees(0, sent, received));
        assert!(!watch.agrees(1, sent, received));
        assert!(!is_backwards(86_399, 0));
        assert!(is_backwards(0, 86_399));
        assert!(is_backwards(11, 10));
        assert!(!is_backwards(10, 10));
    }

    #[test]
    fn a_watch_agrees_with_the_clock_it_is_set_by() {
        let watch = TimeCheck::new(Zone::Local, Duration::ZERO);
        let sent = Instant::now();
        let written =
            Zone::Local.hhmmss(crate::clock::Clock::unix_second(&crate::clock::SystemClock));
        let told = crate::client::TimeOfDay::from_hhmmss(&written).unwrap();
        assert!(watch.agrees(told.second_of_day(), sent, Instant::now()));
    }
}
