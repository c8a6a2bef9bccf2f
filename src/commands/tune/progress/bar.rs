//! The progress of a tuning at a terminal: one line, redrawn a few times a second and removed at the end.

use std::fmt::Write;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::base::terminal::Screen;
use crate::tune::{TuningObserver, TuningProgress};

use super::{answer, purpose, workers};

/// The interval of redrawing the time left, if nothing else changes.
const TICK: Duration = Duration::from_millis(250);

const BAR: &str = "{prefix:<11}{wide_bar:.cyan}  {left:>9}  {msg}";

/// Draws the progress.
#[derive(Debug)]
pub(super) struct Bar {
    screen: Screen,
    bar: ProgressBar,
}

impl Bar {
    /// The line of a tuning of this length, which begins with the calibration.
    pub(super) fn new(budget: Duration, screen: Screen) -> Self {
        let style = ProgressStyle::with_template(BAR);
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        let left = move |state: &ProgressState, text: &mut dyn Write| {
            let left = budget.saturating_sub(state.elapsed());
            // A failed format only leaves the text out.
            let _ = write!(text, "{} s left", left.as_secs());
        };
        let bar = ProgressBar::new(millis(budget))
            .with_style(style.with_key("left", left).progress_chars("█▉▊▋▌▍▎▏ "));
        let bar = screen.add(bar);
        bar.set_prefix("calibrating");
        bar.enable_steady_tick(TICK);
        Self { screen, bar }
    }
}

impl TuningObserver for Bar {
    fn tries(&mut self, progress: &TuningProgress) {
        let request = progress.request;
        let best = progress.best.map(|best| format!(", {}", answer(best)));
        let tried = workers(request.candidate.workers);
        self.bar.set_prefix(purpose(request.purpose));
        self.bar.set_position(millis(progress.elapsed));
        self.bar
            .set_message(format!("{tried}{}", best.unwrap_or_default()));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.disable_steady_tick();
        self.bar.finish_and_clear();
        self.screen.clear();
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tune::{Candidate, Offered, Purpose, Span, TrialRequest};

    #[test]
    fn the_line_says_what_is_tried_and_the_answer_so_far() {
        let mut bar = Bar::new(Duration::from_secs(45), Screen::on_stderr());
        let request = TrialRequest {
            purpose: Purpose::Verify,
            candidate: Candidate {
                workers: 8,
                queue: 32,
            },
            offered: Offered::Rate(100.0),
            length: Duration::from_secs(1),
        };
        let (low, middle, high) = (7, 8, 11);
        bar.tries(&TuningProgress {
            request,
            done: 4,
            best: Some(Span { low, middle, high }),
            elapsed: Duration::from_secs(20),
            left: Duration::from_secs(25),
        });
        assert_eq!(bar.bar.prefix(), "verify");
        assert_eq!(bar.bar.message(), "8 workers, so far 8 (7–11)");
        assert_eq!(bar.bar.position(), 20_000);
        assert_eq!(bar.bar.length(), Some(45_000));
    }
}
