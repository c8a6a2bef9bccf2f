//! What a run tells while it goes on.

use std::time::{Duration, SystemTime};

use crate::load::result::Second;
use crate::load::result::{Ended, Tally};

/// Who wants to know how a run is getting on. Called on the thread that collects, never on one that
/// loads: taking long here costs no client anything, unless it takes longer than ten seconds.
pub trait Observer {
    /// The run begins; its window will begin at this moment.
    fn begins(&mut self, window: SystemTime) {
        let _ = window;
    }

    /// How far the run is: about four times a second.
    fn progress(&mut self, progress: &Progress<'_>) {
        let _ = progress;
    }

    /// One second of the window, in order and each once; the last may be shorter, and sessions that
    /// end after the window have seconds too. `tally` is of what ended in it, so that all of them
    /// together make the tally of the run.
    fn second(&mut self, second: &Second, tally: &Tally) {
        let _ = (second, tally);
    }
}

/// Nobody wants to know.
impl Observer for () {}

/// How far a run is.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'run> {
    /// What it is doing.
    pub phase: Phase,
    /// Since it began to load, warm-up included.
    pub elapsed: Duration,
    /// The share that is done, 0 to 1, warm-up included.
    pub done: f64,
    /// How long it is still expected to take.
    pub left: Option<Duration>,
    /// What ended since the last time this was told, warm-up included.
    pub lately: Ended,
    /// How long ago that was.
    pub span: Duration,
    /// Everything that was counted within the window until now.
    pub tally: &'run Tally,
}

/// What a run is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It loads, and does not count yet.
    WarmingUp,
    /// It loads and counts.
    Measuring,
    /// It begins no more sessions, and waits for those that are open.
    Finishing,
}
