//! The progress of a tuning as lines for a file or a pipe, one for each trial.

use std::io::Write;

use crate::base::figures;
use crate::tune::{Trial, TuningObserver, TuningProgress};

use super::{answer, purpose, workers};

/// Writes one line for each trial.
#[derive(Debug)]
pub(super) struct Lines<W> {
    writer: W,
}

impl<W: Write> Lines<W> {
    /// Lines about a tuning, which begins with the calibration.
    pub(super) fn new(writer: W) -> Self {
        let mut lines = Self { writer };
        lines.line("calibrating");
        lines
    }

    fn line(&mut self, line: &str) {
        // The tuning continues even if stderr cannot be written.
        let _ = self.writer.write_all(format!("{line}\n").as_bytes());
    }
}

impl<W: Write> TuningObserver for Lines<W> {
    fn tries(&mut self, progress: &TuningProgress) {
        let Some(best) = progress.best else {
            return;
        };
        let left = figures::span(progress.left);
        let line = format!("{}, {left} left at most", answer(best));
        self.line(&line);
    }

    fn tried(&mut self, trial: &Trial) {
        self.line(&line(trial));
    }
}

fn line(trial: &Trial) -> String {
    let refused = if trial.refused > 0.0 {
        format!("  {} refused", figures::share(trial.refused))
    } else {
        String::new()
    };
    let doubts = if trial.is_valid() {
        ""
    } else {
        "  not to be believed"
    };
    format!(
        "{:>5.1} s  {:<8}  {:>13}  {:>7} good/s  p99 {:>7}{refused}{doubts}",
        trial.began.as_secs_f64(),
        purpose(trial.purpose),
        workers(trial.candidate.workers),
        figures::significant(trial.goodput),
        figures::time(trial.latency.p99),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tune::{Candidate, Offered, Purpose, Span, TrialRequest, sample};
    use std::time::Duration;

    fn progress(best: Option<Span>) -> TuningProgress {
        let candidate = Candidate {
            workers: 8,
            queue: 32,
        };
        TuningProgress {
            request: TrialRequest {
                purpose: Purpose::Refine,
                candidate,
                offered: Offered::Rate(100.0),
                length: Duration::from_secs(1),
            },
            done: 4,
            best,
            elapsed: Duration::from_secs(20),
            left: Duration::from_secs(25),
        }
    }

    #[test]
    fn a_trial_is_a_line_and_so_is_an_answer() {
        let mut trial = sample::tuning(1).trials.swap_remove(0);
        trial.candidate.workers = 8;
        trial.purpose = Purpose::Sweep;
        trial.began = Duration::from_millis(2340);
        trial.goodput = 3695.4;
        trial.latency.p99 = Duration::from_micros(9120);
        let mut written = Vec::new();
        let mut lines = Lines::new(&mut written);
        lines.tries(&progress(None));
        lines.tried(&trial);
        trial.candidate.workers = 1;
        trial.refused = 0.25;
        trial.doubts.push("it is not so".to_owned());
        lines.tried(&trial);
        let (low, middle, high) = (7, 8, 11);
        lines.tries(&progress(Some(Span { low, middle, high })));
        assert_eq!(
            String::from_utf8(written).unwrap(),
            "calibrating\n  \
             2.3 s  sweep         8 workers    3 695 good/s  p99 9.12 ms\n  \
             2.3 s  sweep          1 worker    3 695 good/s  p99 9.12 ms  25.0 % refused  not to be \
             believed\n\
             so far 8 (7–11), 25 s left at most\n"
        );
    }

    #[test]
    fn an_answer_that_is_certain_has_no_interval() {
        let (low, middle, high) = (8, 8, 8);
        assert_eq!(answer(Span { low, middle, high }), "so far 8");
    }
}
