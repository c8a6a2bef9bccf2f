//! A run as an interval log for `HdrHistogram` tools: one histogram per second for each kind of time.

use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use crate::load::{Failure, Second, Tally, Times};

/// The header comments of the file. Values are in nanoseconds; the maximum is in milliseconds, for human
/// readers.
const COMMENTS: &str = "\
#[Histogram log format version 1.3]
#[MaxValueDivisor: 1000000.0]
#Written by jamd load. Values are in nanoseconds, Interval_Max in milliseconds.
#Tag=session: good sessions from their actual start; Tag=intended: from their intended start.
";

const LEGEND: &str =
    r#""StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram""#;

/// An interval log, written during the run, so that an interrupted run keeps its data.
#[derive(Debug)]
pub struct HdrLog<W> {
    writer: W,
}

impl<W: Write> HdrLog<W> {
    /// Begins the log of a run with the start of its window.
    ///
    /// # Errors
    ///
    /// If writing fails.
    pub fn new(mut writer: W, begin: SystemTime) -> io::Result<Self> {
        let begin = begin.duration_since(SystemTime::UNIX_EPOCH);
        let begin = begin.unwrap_or(Duration::ZERO).as_secs_f64();
        writer.write_all(COMMENTS.as_bytes())?;
        for name in ["StartTime", "BaseTime"] {
            writeln!(writer, "#[{name}: {begin:.3} (seconds since epoch)]")?;
        }
        writeln!(writer, "{LEGEND}")?;
        writer.flush()?;
        Ok(Self { writer })
    }

    /// Adds the sessions that ended within one second, a line for each tag. Empty tags have no line,
    /// except the sessions themselves.
    ///
    /// # Errors
    ///
    /// If writing fails.
    pub fn second(&mut self, second: &Second, tally: &Tally) -> io::Result<()> {
        for (tag, times) in tagged(tally) {
            if tag == SESSION || !times.is_empty() {
                self.line(&tag, second, times)?;
            }
        }
        self.writer.flush()
    }

    fn line(&mut self, tag: &str, second: &Second, times: &Times) -> io::Result<()> {
        let length = second.length.as_secs_f64();
        let max_ms = times.max().unwrap_or_default().as_secs_f64() * 1e3;
        let (at, encoded) = (second.at, times.encoded());
        writeln!(
            self.writer,
            "Tag={tag},{at}.000,{length:.3},{max_ms:.3},{encoded}"
        )
    }
}

const SESSION: &str = "session";

/// All times, by their name in the log.
fn tagged(tally: &Tally) -> impl Iterator<Item = (String, &Times)> {
    let usual = [
        (SESSION, &tally.good),
        ("intended", &tally.intended),
        ("connect", &tally.connect),
        ("first-reply", &tally.first_reply),
        ("later-replies", &tally.later_replies),
        ("close", &tally.close),
        ("lag", &tally.lag),
        ("busy", &tally.busy),
        ("unfinished", &tally.unfinished),
    ];
    let usual = usual
        .into_iter()
        .map(|(tag, times)| (tag.to_owned(), times));
    let failed = Failure::ALL.into_iter().map(|failure| {
        let tag = failure.name().replace(' ', "-");
        (tag, tally.failed(failure))
    });
    usual.chain(failed)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use hdrhistogram::Histogram;
    use hdrhistogram::serialization::Deserializer;
    use hdrhistogram::serialization::interval_log::{
        IntervalLogHistogram, IntervalLogIterator, LogEntry,
    };
    use proptest::prelude::*;

    use super::*;
    use crate::load::Outcome;

    const BEGIN: Duration = Duration::from_millis(1_790_000_000_250);

    fn log(seconds: &[Tally]) -> Vec<u8> {
        let mut written = Vec::new();
        let mut log = HdrLog::new(&mut written, SystemTime::UNIX_EPOCH + BEGIN).unwrap();
        for (at, tally) in (0..).zip(seconds) {
            let second = Second {
                at,
                length: Duration::from_millis(500),
                ..Second::default()
            };
            log.second(&second, tally).unwrap();
        }
        written
    }

    fn read(log: &[u8]) -> Vec<LogEntry<'_>> {
        IntervalLogIterator::new(log).map(Result::unwrap).collect()
    }

    fn intervals(log: &[u8]) -> Vec<IntervalLogHistogram<'_>> {
        let intervals = read(log).into_iter().filter_map(|entry| match entry {
            LogEntry::Interval(interval) => Some(interval),
            LogEntry::StartTime(_) | LogEntry::BaseTime(_) => None,
        });
        intervals.collect()
    }

    /// All intervals of each tag, merged.
    fn merged(log: &[u8]) -> BTreeMap<String, Histogram<u64>> {
        let mut merged = BTreeMap::new();
        for interval in intervals(log) {
            let bytes = STANDARD.decode(interval.encoded_histogram()).unwrap();
            let read: Histogram<u64> = Deserializer::new().deserialize(&mut &bytes[..]).unwrap();
            let tag = interval.tag().unwrap().as_str().to_owned();
            let of_tag = merged.entry(tag);
            let of_tag = of_tag.or_insert_with(|| Histogram::new(3).unwrap());
            of_tag.add(&read).unwrap();
        }
        merged
    }

    /// Seconds of sessions with random outcomes and times.
    fn seconds() -> impl Strategy<Value = Vec<Tally>> {
        let failures = proptest::sample::select(&Failure::ALL[..]);
        let outcome = prop_oneof![
            4 => Just(Outcome::Good),
            1 => Just(Outcome::Busy),
            1 => Just(Outcome::Unfinished),
            2 => failures.prop_map(Outcome::Failed),
        ];
        let ended = proptest::collection::vec((outcome, 0_u64..10_000_000_000), 0..20);
        let tally = ended.prop_map(|all| {
            let mut tally = Tally::default();
            for (outcome, ns) in all {
                let time = Duration::from_nanos(ns);
                tally.end(outcome, time, time * 2);
                tally.connect.record(time / 3);
            }
            tally
        });
        proptest::collection::vec(tally, 1..5)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn all_intervals_of_a_tag_together_are_those_of_the_run(seconds in seconds()) {
            let mut whole = Tally::default();
            for second in &seconds {
                whole.add(second);
            }
            let mut merged = merged(&log(&seconds));
            for (tag, times) in tagged(&whole) {
                match merged.remove(&tag) {
                    Some(read) => prop_assert_eq!(&read, times.histogram(), "{}", tag),
                    None => prop_assert!(times.is_empty(), "{} is missing", tag),
                }
            }
            prop_assert!(merged.is_empty(), "unknown tags: {:?}", merged.keys());
        }
    }

    #[test]
    fn an_interval_says_when_it_began_and_its_longest_in_milliseconds() {
        let mut tally = Tally::default();
        let longest = Duration::from_millis(2);
        tally.end(Outcome::Good, longest, longest);
        let log = log(&[Tally::default(), tally]);
        assert_eq!(
            read(&log)[..2],
            [LogEntry::StartTime(BEGIN), LogEntry::BaseTime(BEGIN)]
        );
        let intervals = intervals(&log);
        let said: Vec<_> = intervals
            .iter()
            .map(|i| (i.tag().unwrap().as_str(), i.start_timestamp().as_secs()))
            .collect();
        assert_eq!(said, [("session", 0), ("session", 1), ("intended", 1)]);
        assert_eq!(intervals[0].max(), 0.0);
        assert!((intervals[1].max() - 2.0).abs() < 0.002);
        assert_eq!(intervals[1].duration(), Duration::from_millis(500));
    }

    #[test]
    fn no_tag_breaks_the_line_it_stands_in() {
        let tally = Tally::default();
        for (tag, _) in tagged(&tally) {
            let is_plain = tag.chars().all(|c| c.is_ascii_lowercase() || c == '-');
            assert!(is_plain, "{tag}");
        }
    }
}
