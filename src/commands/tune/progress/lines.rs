//! A tuning as lines for a file or a pipe, one for each trial.

use std::io::Write;

use crate::report::figures;
use crate::tune::{Observer, Progress, Trial};

use super::{answer, purpose, workers};

/// Writes a line a trial.
#[derive(Debug)]
pub(super) struct Lines<W> {
    writer: W,
}

impl<W: Write> Lines<W> {
    /// Lines about a tuning that begins with its calibration.
    pub(super) fn new(writer: W) -> Self {
        let mut lines = Self { writer };
        lines.line("calibrating");
        lines
    }

    fn line(&mut self, line: &str) {
        // A tuning goes on whether or not somebody still reads about it.
        let _ = self.writer.write_all(format!("{line}\n").as_bytes());
    }
}

impl<W: Write> Observer for Lines<W> {
    fn tries(&mut self, progress: &Progress) {
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
