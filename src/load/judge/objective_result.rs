//! The evaluation of a measurement against service level objectives.

use std::time::Duration;

use super::slo::{Limit, Objective, Op, Rated, Shared, Slo, Timed};
use crate::base::{Percentile, as_f64};
use crate::load::result::Measurement;

/// The lower percentiles that serve as lower bounds of a higher one.
const LOWER: [f64; 6] = [0.9999, 0.999, 0.99, 0.95, 0.9, 0.5];

/// The evaluation of one objective.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The objective.
    pub objective: Objective,
    /// The measured figure, if there is one.
    pub figure: Option<Figure>,
    /// The result.
    pub ruling: ObjectiveResult,
}

impl Judged {
    /// Whether the objective was met for certain.
    pub fn is_met(&self) -> bool {
        self.ruling == ObjectiveResult::Met
    }
}

/// A measured figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Figure {
    /// A percentile, the maximum or the mean, with its reliability.
    Time(Percentile),
    /// A share, 0 to 1.
    Share(f64),
    /// Sessions a second.
    Rate(f64),
}

/// The result of an objective.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectiveResult {
    /// The figure keeps its limit.
    Met,
    /// The figure does not keep its limit.
    Missed,
    /// The measurement shows neither that the objective is met nor that it is missed, for this reason.
    Undecided(String),
}

impl ObjectiveResult {
    fn undecided(reason: &str) -> Self {
        Self::Undecided(reason.to_owned())
    }
}

impl Slo {
    /// Judges a measurement by each objective, in the order they are written.
    pub fn judge(&self, measured: &Measurement) -> Vec<Judged> {
        let judge = |objective| judge(objective, measured);
        self.objectives.iter().copied().map(judge).collect()
    }
}

fn judge(objective: Objective, measured: &Measurement) -> Judged {
    let op = objective.op;
    let (figure, ruling) = match objective.limit {
        Limit::Time(timed, limit) => {
            let figure = time(timed, measured);
            let least = figure
                .filter(|it| it.is_thin)
                .and_then(|_| least(timed, measured));
            let ruling = time_ruling(op, figure, least, limit);
            (figure.map(Figure::Time), ruling)
        }
        Limit::Percent(shared, limit) => {
            let share = share(shared, measured);
            // In per cent, so that a limit of 1 % is exactly the 1 in the text.
            let keeps = share.map(|share| op.holds(share * 100.0, limit));
            (share.map(Figure::Share), ruling(keeps, "no session began"))
        }
        Limit::Rate(rated, limit) => {
            let rate = rate(rated, measured);
            let keeps = rate.map(|rate| op.holds(rate, limit));
            (
                rate.map(Figure::Rate),
                ruling(keeps, "nothing was measured"),
            )
        }
    };
    Judged {
        objective,
        figure,
        ruling,
    }
}

fn ruling(keeps: Option<bool>, otherwise: &str) -> ObjectiveResult {
    match keeps {
        Some(true) => ObjectiveResult::Met,
        Some(false) => ObjectiveResult::Missed,
        None => ObjectiveResult::undecided(otherwise),
    }
}

/// A lower bound above the limit misses it for certain; one below decides nothing. A thin percentile,
/// with too few sessions beyond it, is bounded by a lower percentile.
fn time_ruling(
    op: Op,
    figure: Option<Percentile>,
    least: Option<Percentile>,
    limit: Duration,
) -> ObjectiveResult {
    let Some(mut figure) = figure else {
        return ObjectiveResult::undecided("no session came to an end");
    };
    let mut open = "sessions were given up that would have taken longer";
    if figure.is_thin {
        open = "too few sessions lie beyond it";
        let Some(least) = least else {
            return ObjectiveResult::undecided(open);
        };
        figure = Percentile {
            is_bound: true,
            ..least
        };
    }
    let is_longer = match op {
        Op::Below | Op::AtLeast => figure.time >= limit,
        Op::AtMost | Op::Above | Op::Exactly => figure.time > limit,
    };
    match (figure.is_bound, is_longer, op) {
        (false, ..) => ruling(Some(op.holds(figure.time, limit)), ""),
        (true, true, Op::Above | Op::AtLeast) => ObjectiveResult::Met,
        (true, true, _) => ObjectiveResult::Missed,
        (true, false, _) => ObjectiveResult::undecided(open),
    }
}

fn time(timed: Timed, measured: &Measurement) -> Option<Percentile> {
    match timed {
        Timed::Percentile(percent) => measured.percentile(Timed::quantile(percent)),
        Timed::Max => measured.percentile(1.0).map(|longest| Percentile {
            // The maximum is exact, not an estimate.
            is_thin: false,
            ..longest
        }),
        Timed::Mean => measured.mean(),
    }
}

/// The highest lower percentile that has enough sessions beyond it.
fn least(timed: Timed, measured: &Measurement) -> Option<Percentile> {
    let Timed::Percentile(percent) = timed else {
        return None;
    };
    let quantile = Timed::quantile(percent);
    let lower = LOWER.into_iter().filter(|lower| *lower < quantile);
    let mut percentiles = lower.filter_map(|lower| measured.percentile(lower));
    percentiles.find(|it| !it.is_thin)
}

fn share(shared: Shared, measured: &Measurement) -> Option<f64> {
    let tally = &measured.tally;
    let count = match shared {
        Shared::Errors => tally.errors(),
        Shared::Busy => tally.busy.count(),
        Shared::Unfinished => tally.unfinished.count(),
    };
    (tally.started > 0).then(|| as_f64(count) / as_f64(tally.started))
}

fn rate(rated: Rated, measured: &Measurement) -> Option<f64> {
    let rate = match rated {
        Rated::Goodput => measured.goodput(),
        Rated::Attempts => measured.attempts(),
    };
    (!measured.window.elapsed.is_zero()).then_some(rate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::{Failure, Outcome, Tally, sample};

    fn ruling_of(objective: &str, measured: &Measurement) -> ObjectiveResult {
        let slo: Slo = objective.parse().unwrap();
        let [judged] = slo.judge(measured).try_into().unwrap();
        judged.ruling
    }

    #[track_caller]
    fn assert_rulings(measured: &Measurement, met: &[&str], missed: &[&str], undecided: &[&str]) {
        for objective in met {
            assert_eq!(
                ruling_of(objective, measured),
                ObjectiveResult::Met,
                "{objective}"
            );
        }
        for objective in missed {
            let ruling = ruling_of(objective, measured);
            assert_eq!(ruling, ObjectiveResult::Missed, "{objective}");
        }
        for objective in undecided {
            let ruling = ruling_of(objective, measured);
            let is_undecided = matches!(ruling, ObjectiveResult::Undecided(_));
            assert!(is_undecided, "{objective}: {ruling:?}");
        }
    }

    #[test]
    fn each_figure_is_held_to_its_limit() {
        // 11 000 sessions in eleven seconds, one in a hundred refused and one failed.
        assert_rulings(
            &sample::closed(1),
            &[
                "p50<2ms",
                "p50>100us",
                "p99.9<2s",
                "max<2s",
                "max>=900ms",
                "mean<100ms",
                "errors<=1%",
                "errors>=1%",
                "errors=1%",
                "busy<1.1%",
                "unfinished=0",
                "goodput=980",
                "goodput<981",
                "attempts>=1000",
                "attempts<=1000",
            ],
            &[
                "p50<1us",
                "max<500ms",
                "errors<1%",
                "errors=0",
                "busy>1%",
                "unfinished>0%",
                "goodput>980",
                "attempts=999",
            ],
            &[],
        );
    }

    #[test]
    fn an_open_loop_is_judged_by_when_sessions_were_meant_to_begin() {
        assert_rulings(&sample::open(1), &["p99>500ms"], &["p99<20ms"], &[]);
        assert_rulings(&sample::closed(1), &["p99<20ms"], &["p99>500ms"], &[]);
    }

    #[test]
    fn a_percentile_with_too_few_beyond_it_decides_no_more_than_a_lower_one_does() {
        assert_rulings(
            &sample::closed(1),
            &["p99.99>1us", "p99.99>=1us"],
            &["p99.99<1us", "p99.99<=1us", "p99.99=1us"],
            &["p99.99<10s", "p99.99>10s", "p99.99=10s"],
        );
    }

    #[test]
    fn what_is_at_least_so_long_misses_a_shorter_limit_and_leaves_a_longer_one_open() {
        let mut measured = sample::closed(1);
        for _ in 0..200 {
            let waited = Duration::from_secs(5);
            let timed_out = Outcome::Failed(Failure::ReplyTimedOut);
            measured.tally.end(timed_out, waited, waited);
        }
        assert_rulings(
            &measured,
            &["p99>20ms", "p50<2ms", "max>4s", "mean>50ms"],
            &["p99<20ms", "p99<=4s", "p99=1s", "max<4s", "mean<50ms"],
            &["p99<10s", "p99>10s", "p99=10s", "max<=10s", "mean<10s"],
        );
    }

    #[test]
    fn a_measurement_of_nothing_meets_nothing() {
        let mut nothing = sample::closed(1);
        nothing.tally = Tally::default();
        nothing.window.elapsed = Duration::ZERO;
        let all = [
            "p50<1h",
            "max<1h",
            "mean<1h",
            "errors=0",
            "busy<1%",
            "goodput>=0",
        ];
        assert_rulings(&nothing, &[], &[], &all);
        let slo: Slo = "errors=0".parse().unwrap();
        assert!(slo.judge(&nothing).iter().all(|judged| !judged.is_met()));
    }
}
