//! The observer of a run: its progress reports and seconds.

use std::time::{Duration, SystemTime};

use crate::load::result::Second;
use crate::load::result::{Ended, Tally};

/// Receives the progress of a run. Called on the collector's thread, never on a load thread. Slow calls
/// cost no client anything, unless one takes longer than ten seconds.
pub trait Observer {
    /// The run begins; its window will begin at this moment.
    fn begins(&mut self, window: SystemTime) {
        let _ = window;
    }

    /// A progress report, about four times a second.
    fn progress(&mut self, progress: &Progress<'_>) {
        let _ = progress;
    }

    /// One second of the window, in order and each once; the last may be shorter. Sessions that end
    /// after the window have seconds too. `tally` counts the sessions that ended in the second, so all
    /// of them together make the tally of the run.
    fn second(&mut self, second: &Second, tally: &Tally) {
        let _ = (second, tally);
    }
}

/// An observer that ignores all reports.
impl Observer for () {}

/// The progress of a run.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'run> {
    /// The phase of the run.
    pub phase: Phase,
    /// Time since the load began, warm-up included.
    pub elapsed: Duration,
    /// The share that is done, 0 to 1, warm-up included.
    pub done: f64,
    /// Expected remaining time.
    pub left: Option<Duration>,
    /// Sessions ended since the last report, warm-up included.
    pub lately: Ended,
    /// Time since the last report.
    pub span: Duration,
    /// All counts within the window until now.
    pub tally: &'run Tally,
}

/// The phase of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The run loads, and does not count yet.
    WarmingUp,
    /// The run loads and counts.
    Measuring,
    /// The run begins no more sessions, and waits for open ones.
    Finishing,
}
