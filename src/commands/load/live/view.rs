//! The progress of a run on a terminal: four lines, redrawn a few times a second and removed at the end.

use std::collections::VecDeque;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::base::terminal::Screen;
use crate::base::{Percentile, figures};
use crate::load::{Observer, Phase, Plan, Progress, Tally, Times};

/// Ticks in the sparkline: a quarter of a minute.
const REMEMBERED: usize = 60;

/// A full bar, in thousandths.
const FULL: u64 = 1000;

const BAR: &str = "{prefix:<11}{wide_bar:.cyan} {percent:>3} %  {msg}";
const TEXT: &str = "{wide_msg}";
/// In a narrow window the left side is cut, because the newest value is at the right.
const SPARKS: &str = "{wide_msg:>}";

/// Draws the run.
#[derive(Debug)]
pub(super) struct View {
    screen: Screen,
    bar: ProgressBar,
    counts: ProgressBar,
    latency: ProgressBar,
    sparks: ProgressBar,
    /// Goodput at the latest ticks.
    rates: VecDeque<f64>,
    /// The times that the objectives apply to.
    judged: fn(&Tally) -> &Times,
}

impl View {
    /// A view of a run of this plan, first drawn with the first report of the run.
    pub(super) fn new(plan: &Plan, screen: Screen) -> Self {
        let line = |template| {
            let style = ProgressStyle::with_template(template);
            let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = ProgressBar::new(FULL).with_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
            screen.add(bar)
        };
        Self {
            bar: line(BAR),
            counts: line(TEXT),
            latency: line(TEXT),
            sparks: line(SPARKS),
            screen,
            rates: VecDeque::new(),
            judged: if plan.drive.is_open() {
                |tally| &tally.intended
            } else {
                |tally| &tally.good
            },
        }
    }
}

impl Observer for View {
    fn progress(&mut self, progress: &Progress<'_>) {
        let rate = rate(progress);
        self.rates.push_back(rate);
        if self.rates.len() > REMEMBERED {
            self.rates.pop_front();
        }
        let (sparks, tally) = (sparks(&self.rates), progress.tally);
        self.sparks.set_message(sparks);
        self.latency.set_message(latency((self.judged)(tally)));
        self.counts.set_message(counts(rate, tally));
        self.bar.set_prefix(phase(progress.phase));
        self.bar.set_message(left(progress.left));
        self.bar.set_position(thousandths(progress.done));
    }
}

impl Drop for View {
    fn drop(&mut self) {
        for line in [&self.bar, &self.counts, &self.latency, &self.sparks] {
            line.finish_and_clear();
        }
        self.screen.clear();
    }
}

fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::WarmingUp => "warming up",
        Phase::Measuring => "measuring",
        Phase::Finishing => "finishing",
    }
}

fn left(left: Option<Duration>) -> String {
    let seconds = |left: Duration| left.saturating_add(Duration::from_millis(999)).as_secs();
    left.map_or_else(String::new, |left| format!("{} s left", seconds(left)))
}

fn thousandths(share: f64) -> u64 {
    let share = Duration::try_from_secs_f64(share).unwrap_or_default();
    u64::try_from(share.as_millis()).map_or(FULL, |share| share.min(FULL))
}

/// Good sessions a second since the previous tick.
fn rate(progress: &Progress<'_>) -> f64 {
    let good = u32::try_from(progress.lately.good).unwrap_or(u32::MAX);
    let span = progress.span.as_secs_f64();
    if span > 0.0 {
        f64::from(good) / span
    } else {
        0.0
    }
}

fn counts(rate: f64, tally: &Tally) -> String {
    // A narrow window cuts the end, so the least important figure is last.
    format!(
        "{} good/s now; {} errors, {} busy, {} good",
        figures::significant(rate),
        figures::count(tally.errors()),
        figures::count(tally.busy.count()),
        figures::count(tally.good.count()),
    )
}

fn latency(times: &Times) -> String {
    let named = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)];
    let known = named.iter().filter_map(|(name, quantile)| {
        let percentile = Percentile::seen(times, *quantile)?;
        Some(format!("{name} {}", figures::percentile(percentile)))
    });
    let known: Vec<_> = known.collect();
    if known.is_empty() {
        "nothing counted yet".to_owned()
    } else {
        known.join("  ")
    }
}

/// One character for each rate, with a height proportional to the highest rate.
fn sparks(rates: &VecDeque<f64>) -> String {
    let highest = rates.iter().copied().fold(0.0, f64::max);
    let spark = |rate: &f64| match rate / highest * 8.0 {
        eighths if eighths > 7.0 => '█',
        eighths if eighths > 6.0 => '▇',
        eighths if eighths > 5.0 => '▆',
        eighths if eighths > 4.0 => '▅',
        eighths if eighths > 3.0 => '▄',
        eighths if eighths > 2.0 => '▃',
        eighths if eighths > 1.0 => '▂',
        eighths if eighths > 0.0 => '▁',
        _ => ' ',
    };
    rates.iter().map(spark).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::sample;

    #[test]
    fn sparks_are_as_high_as_their_share_of_the_highest() {
        let of = |rates: &[f64]| sparks(&rates.iter().copied().collect());
        assert_eq!(of(&[0.0, 1.0, 50.0, 100.0]), " ▁▄█");
        assert_eq!(of(&[0.0, 0.0]), "  ");
    }

    #[test]
    fn what_is_left_is_rounded_up_and_what_is_done_stays_within_the_bar() {
        assert_eq!(left(Some(Duration::from_millis(6100))), "7 s left");
        assert_eq!(left(None), "");
        let done = [-1.0, 0.0, 0.25, 7.0, f64::NAN, f64::INFINITY].map(thousandths);
        assert_eq!(done, [0, 0, 250, FULL, 0, 0]);
    }

    #[test]
    fn an_open_loop_is_judged_from_the_intended_start() {
        for (measured, judged) in [(sample::open(1), 0.99), (sample::closed(1), 0.99)] {
            let view = View::new(&measured.plan, Screen::on_stderr());
            let seen = (view.judged)(&measured.tally).quantile(judged);
            assert_eq!(seen, measured.latency().quantile(judged));
        }
    }

    #[test]
    fn every_line_says_what_it_counts() {
        let tally = sample::closed(1).tally;
        assert_eq!(
            counts(1830.0, &tally),
            "1 830 good/s now; 110 errors, 110 busy, 10 780 good"
        );
        assert!(
            latency(&tally.good).starts_with("p50 "),
            "{}",
            latency(&tally.good)
        );
        assert_eq!(latency(&Times::new()), "nothing counted yet");
    }
}
