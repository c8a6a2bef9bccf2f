//! The advisor: takes observations of the server and computes advice.

use std::time::Duration;

use super::advice::{ASSUMPTION, Advice, Percentiles, WindowFigures};
use super::advice_text::{no_lengths, sentence, silence, too_few};
use super::counts::counts;
use super::observation::{Machine, Observation};
use super::pool::Pool;
use super::replay::Replay;
use super::shadow_pool::{Arrival, Length};
use super::sliding::{Period, Sliding};
use super::timeline::{Event, Timeline};
use super::validity::Validity;
use super::windows::{Measured, WINDOWS, slices};
use super::{Fate, Nanos, nanos};

/// The fewest arrivals for a sentence, so that one in a hundred is at least one arrival.
const FEWEST: u64 = 100;

/// Computes the effect of other numbers of workers.
///
/// Memory: 3.5 MiB for the windows, and up to 12 MiB for arrivals that are put into order. Each of at most
/// seven pools needs 8 bytes a worker and a place, and about 100 for each session of more than a second. It
/// needs up to 2.5 MiB for arrivals behind such sessions while their fate is unknown.
#[derive(Debug)]
pub struct Advisor {
    settings: Pool,
    timeline: Timeline,
    replays: Vec<Replay>,
    measured: Sliding<Measured>,
    /// The events of one look; kept to reuse its memory.
    events: Vec<Event>,
    /// The machine's state at the last look.
    machine: Machine,
    /// The start of the first period.
    began: Nanos,
    /// Since this moment all arrivals met the same number of workers.
    resized: Nanos,
}

impl Advisor {
    /// Creates the advisor of a server that begins to listen now.
    pub fn new(settings: Pool, now: Duration) -> Self {
        let now = nanos(now);
        let mut advisor = Self {
            settings,
            timeline: Timeline::new(now),
            replays: Vec::new(),
            measured: slices(),
            events: Vec::new(),
            machine: Machine::default(),
            began: now,
            resized: 0,
        };
        advisor.try_around(settings.workers);
        advisor
    }

    /// Records that the number of workers has changed.
    ///
    /// Pools of sizes that are still worth trying keep their sessions and waiting arrivals. All figures cover
    /// only the time since the change. New pools know nothing earlier, and the rows must be comparable.
    pub fn resize(&mut self, workers: usize) {
        self.resized = self.timeline.watermark();
        self.try_around(workers);
    }

    /// Takes in one observation of the server. Observations may be seconds apart; the advice is as
    /// old as the last one.
    pub fn look(&mut self, look: &Observation<'_>) {
        let before = self.machine;
        self.machine = look.machine;
        let shortened = self.machine.shortened.saturating_sub(before.shortened);
        let missed = self.machine.missed.saturating_sub(before.missed);
        let disorder = self.timeline.disorder().sum();
        self.events.clear();
        self.timeline.take(look, &mut self.events);
        let missed = missed.saturating_add(self.timeline.disorder().sum() - disorder);
        let watermark = self.timeline.watermark();
        for event in &self.events {
            measure(&mut self.measured, *event, watermark);
        }
        self.measured.note(watermark, |slice| {
            slice.shortened += shortened;
            slice.missed += missed;
        });
        for replay in &mut self.replays {
            replay.take(&self.events, watermark);
        }
    }

    /// The advice as of the last observation.
    pub fn advice(&self) -> Advice {
        let (sentence, doubt) = self.sentence();
        let whole = |window| self.figures(self.period(window, self.resized));
        Advice {
            sentence,
            assumption: ASSUMPTION.to_owned(),
            holds: doubt.is_none(),
            why_not: doubt.map_or_else(String::new, |doubt| doubt.to_string()),
            windows: WINDOWS.map(whole).to_vec(),
        }
    }

    fn try_around(&mut self, workers: usize) {
        self.settings.workers = workers;
        let mut known = std::mem::take(&mut self.replays);
        let now = self.timeline.watermark();
        let under_way = self.timeline.under_way();
        for workers in counts(workers) {
            let same = known.iter().position(|replay| replay.workers() == workers);
            let settings = Pool {
                workers,
                ..self.settings
            };
            self.replays.push(match same {
                Some(index) => known.swap_remove(index),
                None => Replay::new(&settings, now, &under_way),
            });
        }
    }

    /// The sentence and the doubt about it, for the shortest window with enough arrivals.
    fn sentence(&self) -> (String, Option<Validity>) {
        let judged = WINDOWS
            .map(|window| self.period(window, self.resized))
            .map(|period| (period, self.measured.merged(period)));
        let enough = |(_, measured): &&(Period, Measured)| measured.arrivals() >= FEWEST;
        let Some((period, measured)) = judged.iter().find(enough) else {
            let most = judged.iter().map(|(_, measured)| measured.arrivals()).max();
            return (too_few(most.unwrap_or(0), FEWEST), None);
        };
        if !self.timeline.knows_lengths() {
            return (no_lengths(), None);
        }
        match Validity::of(self.machine.idle, measured) {
            Some(doubt) => (silence(&doubt, &self.figures(*period)), Some(doubt)),
            None => (sentence(&self.figures(*period)), None),
        }
    }

    fn figures(&self, period: Period) -> WindowFigures {
        let measured = self.measured.merged(period);
        let begins = self.measured.begins(period);
        let covered = period.until.saturating_sub(begins.max(self.began));
        let current = self.settings.workers;
        let figures = |replay: &Replay| replay.figures(period, current);
        WindowFigures {
            seconds: period.window.as_secs(),
            covered_seconds: Duration::from_nanos(covered).as_secs_f64(),
            arrivals: measured.arrivals(),
            refused: measured.refused,
            wait: Percentiles::of(&measured.waits),
            session: Percentiles::of(&measured.sessions),
            pools: self.replays.iter().map(figures).collect(),
        }
    }

    fn period(&self, window: Duration, since: Nanos) -> Period {
        let until = self.timeline.watermark();
        Period {
            window,
            since,
            until,
        }
    }
}

/// Counts the measured events.
fn measure(measured: &mut Sliding<Measured>, event: Event, watermark: Nanos) {
    match event {
        Event::Arrived(Arrival { at, length }, Fate::Waited(waited)) => {
            measured.note(at, |slice| {
                slice.waits.record(waited);
                if let Length::Known(lasted) = length {
                    slice.sessions.record(lasted);
                }
            });
        }
        Event::Arrived(Arrival { at, .. }, Fate::Refused) => {
            measured.note(at, |slice| slice.refused += 1);
        }
        Event::Ended { lasted, .. } => {
            measured.note(watermark, |slice| slice.sessions.record(lasted));
        }
        Event::StillOpen(_) => {}
    }
}

#[cfg(test)]
mod tests;
