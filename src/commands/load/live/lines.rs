//! The progress of a run as lines: one a second, and one for each unmeasured phase.

use std::io::Write;
use std::time::Duration;

use crate::base::figures;
use crate::load::{Observer, Phase, Progress, Second, Tally};

/// The shortest span without new sessions that gets a line: the last sessions to end make no rate.
const WORTH_A_LINE: Duration = Duration::from_millis(250);

/// Writes one line a second.
#[derive(Debug)]
pub(super) struct Lines<W> {
    writer: W,
    warmup: Duration,
    /// The last reported phase.
    told: Option<Phase>,
}

impl<W: Write> Lines<W> {
    /// Lines about a run with this warm-up.
    pub(super) fn new(writer: W, warmup: Duration) -> Self {
        Self {
            writer,
            warmup,
            told: None,
        }
    }

    fn line(&mut self, line: &str) {
        // The run continues even if stderr cannot be written.
        let _ = self.writer.write_all(format!("{line}\n").as_bytes());
    }
}

impl<W: Write> Observer for Lines<W> {
    fn progress(&mut self, progress: &Progress<'_>) {
        if self.told.replace(progress.phase) == Some(progress.phase) {
            return;
        }
        match progress.phase {
            Phase::WarmingUp => {
                let warmup = figures::time(self.warmup);
                self.line(&format!("warming up for {warmup}"));
            }
            Phase::Measuring => {}
            Phase::Finishing => self.line("waiting for open sessions"),
        }
    }

    fn second(&mut self, second: &Second, _: &Tally) {
        if second.started > 0 || second.length >= WORTH_A_LINE {
            self.line(&line(second));
        }
    }
}

fn line(second: &Second) -> String {
    let length = second.length.as_secs_f64();
    let ended = second.ended;
    // The good sessions of one second are far fewer than 2^32.
    let good = f64::from(u32::try_from(ended.good).unwrap_or(u32::MAX));
    let rate = if length > 0.0 { good / length } else { 0.0 };
    let counts = format!(
        "{:>4} s  {:>7} good/s  {:>5} busy  {:>5} errors",
        second.at.saturating_add(1),
        figures::significant(rate),
        figures::count(ended.busy),
        figures::count(ended.failed),
    );
    if ended.good == 0 {
        return counts;
    }
    let time = |ns| figures::time(Duration::from_nanos(ns));
    let (p50, p99) = (time(second.p50_ns), time(second.p99_ns));
    format!("{counts}  p50 {p50:>7}  p99 {p99:>7}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Ended;

    fn progress(phase: Phase, tally: &Tally) -> Progress<'_> {
        Progress {
            phase,
            elapsed: Duration::ZERO,
            done: 0.0,
            left: None,
            lately: Ended::default(),
            span: Duration::ZERO,
            tally,
        }
    }

    #[test]
    fn a_second_is_one_line_and_a_phase_is_told_once() {
        let mut written = Vec::new();
        let tally = Tally::default();
        let mut lines = Lines::new(&mut written, Duration::from_secs(2));
        for phase in [Phase::WarmingUp, Phase::WarmingUp, Phase::Measuring] {
            lines.progress(&progress(phase, &tally));
        }
        let ended = Ended {
            good: 1830,
            busy: 7,
            ..Ended::default()
        };
        let mut second = Second {
            at: 2,
            length: Duration::from_secs(1),
            ended,
            p50_ns: 3_210_000,
            p99_ns: 11_000_000,
            ..Second::default()
        };
        lines.second(&second, &tally);
        lines.progress(&progress(Phase::Finishing, &tally));
        second.ended = Ended::default();
        lines.second(&second, &tally);
        assert_eq!(
            String::from_utf8(written).unwrap(),
            "warming up for 2.00 s\n   \
             3 s    1 830 good/s      7 busy      0 errors  p50 3.21 ms  p99 11.0 ms\n\
             waiting for open sessions\n   \
             3 s        0 good/s      0 busy      0 errors\n"
        );
    }

    #[test]
    fn a_shorter_second_has_its_own_rate() {
        let second = Second {
            length: Duration::from_millis(250),
            ended: Ended {
                good: 100,
                ..Ended::default()
            },
            ..Second::default()
        };
        assert!(line(&second).contains(" 400 good/s "), "{}", line(&second));
    }
}
