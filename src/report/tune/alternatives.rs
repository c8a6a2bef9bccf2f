//! The alternatives to a verdict: half of its workers, twice as many, and the other numbers.

use crate::base::as_f64;
use crate::tune::{Choice, Reason, Regret, SURE, Tuning, UNLIKELY, Verdict, WITHIN};

use super::words::{count, counted, percent};

/// The most rows of a table on the terminal, so that the whole report fits a screen.
const MOST_ROWS: usize = 8;

/// The loss below which 0 % is printed.
const NOTHING: f64 = 0.005;

/// The row of a number of workers.
pub(super) fn row(tuning: &Tuning, workers: usize) -> Option<&Regret> {
    let mut rows = tuning.regret.iter();
    rows.find(|row| row.candidate.workers == workers)
}

/// The relation of a row to the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Half,
    Verdict,
    Twice,
    Tried,
}

impl Role {
    /// The name for reports.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Half => "half",
            Self::Verdict => "run",
            Self::Twice => "twice",
            Self::Tried => "",
        }
    }
}

/// All rows with their roles, from few workers to many.
pub(super) fn rows(tuning: &Tuning) -> Vec<(Role, &Regret)> {
    let verdict = tuning
        .verdict
        .choice()
        .map(|choice| choice.candidate.workers);
    let half = verdict.and_then(|verdict| half(tuning, verdict));
    let twice = verdict.and_then(|verdict| twice(tuning, verdict));
    let role = |row: &Regret| match Some(row.candidate.workers) {
        workers if workers == verdict => Role::Verdict,
        workers if workers == half => Role::Half,
        workers if workers == twice => Role::Twice,
        _ => Role::Tried,
    };
    tuning.regret.iter().map(|row| (role(row), row)).collect()
}

/// The rows that fit on a screen: the roles, the ends, and the rows farthest from their neighbours.
pub(super) fn few_rows(tuning: &Tuning) -> Vec<(Role, &Regret)> {
    let mut rows = rows(tuning);
    while rows.len() > MOST_ROWS {
        let inner = rows.windows(3).enumerate();
        let inner = inner.filter_map(|(index, three)| match three {
            [before, (Role::Tried, _), after] => Some((index + 1, gap(before.1, after.1))),
            _ => None,
        });
        let Some((index, _)) = inner.min_by(|(_, a), (_, b)| a.total_cmp(b)) else {
            break;
        };
        rows.remove(index);
    }
    rows
}

/// The ratio of the workers of two rows.
fn gap(before: &Regret, after: &Regret) -> f64 {
    let [before, after] =
        [before, after].map(|row| u64::try_from(row.candidate.workers).unwrap_or(u64::MAX));
    as_f64(after) / as_f64(before.max(1))
}

/// The reference for losses.
pub(super) fn best(tuning: &Tuning) -> &'static str {
    let is_missed = matches!(
        tuning.verdict,
        Verdict::Untold {
            reason: Reason::Objectives,
            ..
        }
    );
    match tuning.settings.slo {
        Some(_) if is_missed => "the best of all, for none meets the objectives",
        Some(_) => "the best that meets the objectives",
        None => "the best",
    }
}

/// The reason for the verdict, if there is one.
pub(super) fn rule(tuning: &Tuning) -> Option<String> {
    let workers = tuning.verdict.choice()?.candidate.workers;
    let mut curve = tuning.estimate.iter().flat_map(|it| &it.curve);
    let sure = curve.find(|band| band.chance >= SURE);
    Some(match sure {
        Some(sure) if sure.workers == workers => {
            format!("the fewest sure to lose at most {}", percent(WITHIN))
        }
        _ => "the least loss to be expected".to_owned(),
    })
}

/// The effect of half and of twice as many workers, in a sentence; none where neither is known.
pub(super) fn sentence(choice: &Choice, tuning: &Tuning) -> Option<String> {
    let workers = choice.candidate.workers;
    let known = [half(tuning, workers), twice(tuning, workers)];
    let rows = known
        .into_iter()
        .flatten()
        .filter_map(|count| row(tuning, count));
    let mut said = rows.map(|row| (row.candidate.workers, against(row, choice)));
    let (first, does) = said.next()?;
    let begun = format!("{} would {does}", counted_plainly(first));
    Some(match said.next() {
        Some((second, does)) => format!("{begun}, {} {does}.", count(second)),
        None => format!("{begun}."),
    })
}

/// The effect of a row against the verdict, as a verb without its subject.
fn against(row: &Regret, choice: &Choice) -> String {
    let does = match row.goodput / choice.band.goodput - 1.0 {
        gain if gain > WITHIN => format!("gain {}", percent(gain)),
        gain if gain < -WITHIN && row.loss_interval.low < NOTHING => {
            format!("perhaps lose {}", percent(-gain))
        }
        gain if gain < -WITHIN => format!("lose {}", percent(-gain)),
        _ if row.candidate.workers < choice.candidate.workers => "perhaps lose nothing".to_owned(),
        _ => "gain nothing".to_owned(),
    };
    match row.meets {
        meets if meets >= SURE => does,
        meets if meets > UNLIKELY => format!("{does} and may miss the objectives"),
        _ => format!("{does} and miss the objectives"),
    }
}

fn half(tuning: &Tuning, workers: usize) -> Option<usize> {
    nearest(tuning, workers / 2, workers).filter(|half| *half < workers)
}

fn twice(tuning: &Tuning, workers: usize) -> Option<usize> {
    let twice = nearest(tuning, workers.saturating_mul(2), workers);
    twice.filter(|twice| *twice > workers)
}

/// The row nearest to a number of workers, if it is nearer to that number than to the other.
fn nearest(tuning: &Tuning, to: usize, not: usize) -> Option<usize> {
    let counts = tuning.regret.iter().map(|row| row.candidate.workers);
    let nearest = counts.min_by_key(|count| count.abs_diff(to))?;
    (nearest.abs_diff(to) < nearest.abs_diff(not)).then_some(nearest)
}

/// One worker is written in words, because *1 would* reads like a mistake.
fn counted_plainly(workers: usize) -> String {
    match workers {
        1 => counted(1, "worker"),
        many => count(many),
    }
}
