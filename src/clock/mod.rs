//! The clock, the zone in which times are written, and a fixed clock for tests.

mod discipline;

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Local, Offset, TimeZone};

pub use self::discipline::Discipline;

/// A source of the current second.
pub trait Clock: Send + Sync + 'static {
    /// Whole seconds since 1970-01-01 00:00:00 UTC, rounded down.
    fn unix_second(&self) -> i64;
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn unix_second(&self) -> i64 {
        let whole = |secs: u64| i64::try_from(secs).unwrap_or(i64::MAX);
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(after) => whole(after.as_secs()),
            Err(before) => -whole(before.duration().as_secs()) - 1,
        }
    }
}

/// A clock with a fixed second, for tests that need a known answer.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub i64);

impl Clock for FixedClock {
    fn unix_second(&self) -> i64 {
        self.0
    }
}

/// The zone in which a time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Zone {
    /// The machine's zone; `TZ` overrides it, as everywhere on Unix.
    #[default]
    Local,
    /// Coordinated universal time.
    Utc,
    /// A fixed offset east of UTC, in minutes.
    East(i32),
}

/// The largest fixed offset in minutes, east or west: a day less one minute.
const FARTHEST_MINUTES: i32 = 23 * 60 + 59;

impl Zone {
    /// The second in this zone as eight bytes `hh:mm:ss`, 24-hour and zero padded.
    ///
    /// ```
    /// # use jamd::clock::{UnknownZone, Zone};
    /// let jakarta: Zone = "+07:00".parse()?;
    /// assert_eq!(&jakarta.hhmmss(0), b"07:00:00");
    /// # Ok::<(), UnknownZone>(())
    /// ```
    pub fn hhmmss(self, unix_second: i64) -> [u8; 8] {
        written(self.second_of_day(unix_second))
    }

    /// Seconds since midnight in this zone.
    fn second_of_day(self, unix_second: i64) -> i64 {
        let east = i64::from(self.seconds_east(unix_second));
        unix_second.saturating_add(east).rem_euclid(DAY)
    }

    /// The zone's offset east of UTC at this second, in seconds.
    pub fn seconds_east(self, unix_second: i64) -> i32 {
        match self {
            Self::Utc => 0,
            Self::East(minutes) => minutes * 60,
            Self::Local => DateTime::from_timestamp(unix_second, 0).map_or(0, |utc| {
                Local
                    .offset_from_utc_datetime(&utc.naive_utc())
                    .fix()
                    .local_minus_utc()
            }),
        }
    }
}

const DAY: i64 = 86_400;

/// A second of the day as `hh:mm:ss`.
fn written(second: i64) -> [u8; 8] {
    let [h1, h2] = two_digits(second / 3600);
    let [m1, m2] = two_digits(second / 60 % 60);
    let [s1, s2] = two_digits(second % 60);
    [h1, h2, b':', m1, m2, b':', s1, s2]
}

/// The two decimal digits of a number below 100.
fn two_digits(number: i64) -> [u8; 2] {
    let digit = |n: i64| b'0' + u8::try_from(n % 10).unwrap_or(0);
    [digit(number / 10), digit(number)]
}

/// A clock in a zone, shared by many threads.
///
/// A look-up of local time reads the zone's rules into the memory of each thread that makes it. With
/// thousands of threads that exceeds all their other memory. With a dial, one thread a second makes the
/// look-up for all.
#[derive(Debug)]
pub struct Dial<C> {
    clock: C,
    zone: Zone,
    /// The second last looked up, with its second of the day in the low [`Self::DAY_BITS`] bits. Both share
    /// one word, so that no thread reads a mixed pair.
    looked_up: AtomicU64,
}

impl<C: Clock> Dial<C> {
    /// Bits for the seconds of a day.
    const DAY_BITS: u32 = 17;

    /// Creates a dial without a looked-up second.
    pub fn new(clock: C, zone: Zone) -> Self {
        Self {
            clock,
            zone,
            looked_up: AtomicU64::new(0),
        }
    }

    /// The current second, counted from 1970.
    pub fn unix_second(&self) -> i64 {
        self.clock.unix_second()
    }

    /// The second as eight bytes `hh:mm:ss`.
    pub fn hhmmss(&self, unix_second: i64) -> [u8; 8] {
        let Some(second) = u64::try_from(unix_second).ok().filter(|second| *second > 0) else {
            return self.zone.hhmmss(unix_second);
        };
        // Relaxed is enough: no other memory depends on this word.
        let looked_up = self.looked_up.load(Ordering::Relaxed);
        if looked_up >> Self::DAY_BITS == second {
            let of_day = looked_up & ((1 << Self::DAY_BITS) - 1);
            return written(i64::try_from(of_day).unwrap_or(0));
        }
        let of_day = self.zone.second_of_day(unix_second);
        let word = second << Self::DAY_BITS | u64::try_from(of_day).unwrap_or(0);
        self.looked_up.store(word, Ordering::Relaxed);
        written(of_day)
    }
}

/// The error for text that is not a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a zone is \"local\", \"utc\" or an offset such as \"+07:00\", at most 23:59 either way")]
pub struct UnknownZone;

impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(text: &str) -> Result<Self, UnknownZone> {
        match text {
            "local" => return Ok(Self::Local),
            "utc" => return Ok(Self::Utc),
            _ => {}
        }
        let (sign, digits) = match text.split_at_checked(1) {
            Some(("+", digits)) => (1, digits),
            Some(("-", digits)) => (-1, digits),
            _ => return Err(UnknownZone),
        };
        let (hours, minutes) = digits.split_once(':').ok_or(UnknownZone)?;
        let minutes = field(hours)? * 60 + below_sixty(field(minutes)?)?;
        if minutes > FARTHEST_MINUTES {
            return Err(UnknownZone);
        }
        Ok(Self::East(sign * minutes))
    }
}

/// Exactly two decimal digits as a number.
fn field(text: &str) -> Result<i32, UnknownZone> {
    if text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit()) {
        text.parse().map_err(|_| UnknownZone)
    } else {
        Err(UnknownZone)
    }
}

fn below_sixty(minutes: i32) -> Result<i32, UnknownZone> {
    (minutes < 60).then_some(minutes).ok_or(UnknownZone)
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Local => f.write_str("local"),
            Self::Utc => f.write_str("utc"),
            Self::East(minutes) => {
                let sign = if minutes < 0 { '-' } else { '+' };
                let minutes = minutes.abs();
                write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_second_is_written_in_the_zone_asked_for() {
        let noon_utc = 1_700_000_000 - 1_700_000_000 % 86_400 + 43_200;
        assert_eq!(&Zone::Utc.hhmmss(noon_utc), b"12:00:00");
        assert_eq!(&Zone::East(7 * 60).hhmmss(noon_utc), b"19:00:00");
        assert_eq!(&Zone::East(-(4 * 60 + 30)).hhmmss(noon_utc), b"07:30:00");
        assert_eq!(&Zone::Utc.hhmmss(-1), b"23:59:59");
    }

    #[test]
    fn local_agrees_with_chrono() {
        let clock = SystemClock.unix_second();
        let chrono = Local.timestamp_opt(clock, 0).unwrap().format("%H:%M:%S");
        assert_eq!(Zone::Local.hhmmss(clock), *chrono.to_string().as_bytes());
    }

    #[test]
    fn what_is_no_zone_is_refused() {
        for text in [
            "", "Local", "UTC", "07:00", "+7:00", "+07:60", "+24:00", "+0700", "+07:0x", "é7:00",
        ] {
            assert_eq!(text.parse::<Zone>(), Err(UnknownZone), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_zone_reads_back_what_it_writes(minutes in -FARTHEST_MINUTES..=FARTHEST_MINUTES) {
            let zone = Zone::East(minutes);
            prop_assert_eq!(zone.to_string().parse(), Ok(zone));
        }

        #[test]
        fn a_dial_reads_as_its_zone_whatever_was_looked_up_before(
            seconds in proptest::collection::vec(-5_i64..5, 1..20), minutes in -600..600
        ) {
            let zone = Zone::East(minutes);
            let dial = Dial::new(FixedClock(0), zone);
            for second in seconds {
                prop_assert_eq!(dial.hhmmss(second), zone.hhmmss(second));
            }
        }

        #[test]
        fn every_second_is_eight_bytes_that_advance_by_one(second in any::<i32>()) {
            let read = |text: [u8; 8]| {
                let text = String::from_utf8(text.to_vec()).unwrap();
                let parts: Vec<i64> = text.split(':').map(|p| p.parse().unwrap()).collect();
                parts[0] * 3600 + parts[1] * 60 + parts[2]
            };
            let now = read(Zone::Utc.hhmmss(second.into()));
            let next = read(Zone::Utc.hhmmss(i64::from(second) + 1));
            prop_assert_eq!((now + 1) % 86_400, next);
        }
    }
}
