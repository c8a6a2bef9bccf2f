//! That another implementation reads the interval log to the same figures.

use std::env;
use std::fs;
use std::process::Command;
use std::time::{Duration, SystemTime};

use jamd::load::{Outcome, Second, Tally};
use jamd::report::HdrLog;

/// Prints count, p50, p99 and maximum of all intervals of a tag.
const READ: &str = r"
import sys
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader

path, tag = sys.argv[1:]
merged = HdrHistogram(1, 3600 * 10**9, 3)
reader = HistogramLogReader(path, merged)
while interval := reader.get_next_interval_histogram():
    if interval.get_tag() == tag:
        merged.add(interval)
reader.close()
at = merged.get_value_at_percentile
print(merged.get_total_count(), at(50), at(99), merged.get_max_value())
";

#[test]
#[ignore = "needs python3 with hdrhistogram"]
fn python_reads_the_log_to_the_same_percentiles() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("run.hdr");
    let mut whole = Tally::default();
    let mut log = HdrLog::new(fs::File::create(&path).unwrap(), SystemTime::now()).unwrap();
    for at in 0..10 {
        // One second is empty, as when a server stalls.
        let sessions = if at == 4 { 0 } else { 1000 };
        let tally = tally(sessions, u64::from(at) + 1);
        let second = Second {
            at,
            length: Duration::from_secs(1),
            ..Second::default()
        };
        log.second(&second, &tally).unwrap();
        whole.add(&tally);
    }
    drop(log);
    for (tag, times) in [
        ("session", &whole.good),
        ("intended", &whole.intended),
        ("connect", &whole.connect),
        ("busy", &whole.busy),
    ] {
        let ns = |time: Option<Duration>| time.unwrap().as_nanos();
        let expected = format!(
            "{} {} {} {}",
            times.count(),
            ns(times.quantile(0.5)),
            ns(times.quantile(0.99)),
            ns(times.max())
        );
        let read = python(&[READ, path.to_str().unwrap(), tag]);
        assert_eq!(read.trim_end(), expected, "of {tag}");
    }
}

/// So many sessions, one in ten refused, over four decades of time.
fn tally(sessions: u64, seed: u64) -> Tally {
    let mut tally = Tally::default();
    for index in 0..sessions {
        let time = Duration::from_nanos(20_000 + index * index * 37 * seed);
        let outcome = match index % 10 {
            0 => Outcome::Busy,
            _ => Outcome::Good,
        };
        tally.end(outcome, time, time * 3);
        tally.connect.record(time / 5);
    }
    tally
}

fn python(args: &[&str]) -> String {
    let program = env::var_os("TEST_PYTHON").unwrap_or_else(|| "python3".into());
    let output = Command::new(&program).arg("-c").args(args).output();
    let output = output.unwrap_or_else(|err| panic!("cannot run {}: {err}", program.display()));
    let (said, complained) = (output.stdout, String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{args:?}: {complained}");
    String::from_utf8(said).unwrap()
}
