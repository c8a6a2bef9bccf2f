//! The tables of a tuning's page.

use crate::base::figures::{self, significant};
use crate::report::html::parts::{NOTHING, Row, Table};
use crate::report::tune::alternatives::{self, Role};
use crate::report::tune::verification::times;
use crate::report::tune::words::{count, counted, percent, percents, rates, seconds};
use crate::tune::{
    Fit, Interval, Met, Offered, Parameter, Predicted, Prediction, Purpose, Reach, Trial, Tuning,
};

/// The most listed trials; more make the page heavy and add little.
const MOST_TRIALS: usize = 100;

/// The throughput and the loss of every number of workers.
pub(super) fn regret(tuning: &Tuning) -> Option<Table> {
    let is_judged = tuning.settings.slo.is_some();
    let row = |(role, row): (Role, &crate::tune::Regret)| {
        let seen = row.latency.zip(row.refused);
        let [p50, p99, refused] = seen.map_or_else(
            || [NOTHING; 3].map(str::to_owned),
            |(latency, refused)| {
                let [p50, p99] = [latency.p50, latency.p99].map(figures::time);
                [p50, p99, figures::share(refused)]
            },
        );
        let workers = count(row.candidate.workers);
        let name = match role {
            Role::Tried => workers,
            role => format!("{workers}, {}", role.name()),
        };
        let before = [
            count(row.candidate.queue),
            significant(row.goodput),
            rates(row.interval),
            p50,
            p99,
            refused,
            percent(row.loss),
            percents(row.loss_interval),
        ];
        let meets = is_judged.then(|| percent(row.meets));
        let after = [percent(row.chance), count(row.trials)];
        let cells = before.into_iter().chain(meets).chain(after);
        let row = Row::plain(&name, cells);
        if role == Role::Verdict {
            row.chosen()
        } else {
            row
        }
    };
    let rows: Vec<Row> = alternatives::rows(tuning).into_iter().map(row).collect();
    let mut columns = vec!["queue", "sessions/s", "at 95 %", "p50", "p99", "refused"];
    columns.extend(["loss", "at 95 %"]);
    columns.extend(is_judged.then_some("meets"));
    columns.extend(["chance", "trials"]);
    let best = alternatives::best(tuning);
    let chances = if is_judged {
        "meets: how likely it meets the objectives; chance: that it does and is within 3 % of the best that does"
    } else {
        "chance: how likely it is within 3 % of the best"
    };
    (!rows.is_empty()).then(|| Table {
        caption: "Regret",
        corner: "workers",
        remark: format!("loss: against {best}; {chances}"),
        columns,
        rows,
    })
}

/// The predictions for fresh runs, and their measurements.
pub(super) fn predictions(tuning: &Tuning) -> Option<Table> {
    let verification = tuning.verification.as_ref()?;
    let rows = |prediction: &Prediction| {
        let workers = counted(prediction.candidate.workers, "worker");
        let holds = |figure: &Predicted| match (prediction.holds, figure.is_within()) {
            (Some(_), Some(true)) => "holds",
            (Some(_), Some(false)) => "does not hold",
            _ => "untested",
        };
        let rate = |it: f64| significant(it);
        let time = |it: f64| seconds(it).unwrap_or_default();
        let (goodput, p99) = (&prediction.goodput, &prediction.p99_seconds);
        let share = prediction.share.as_ref().map(|share| {
            let between = percents(share.interval);
            predicted(
                "of the verdict tested",
                share,
                holds(share),
                percent,
                between,
            )
            .part()
        });
        [
            predicted(
                &workers,
                goodput,
                holds(goodput),
                rate,
                rates(goodput.interval),
            ),
            predicted("p99", p99, holds(p99), time, times(p99)).part(),
        ]
        .into_iter()
        .chain(share)
        .chain(objectives(prediction))
    };
    let rows: Vec<Row> = verification.predictions.iter().flat_map(rows).collect();
    let is_judged = verification.predictions.iter().any(|it| it.met.is_some());
    let judged = if is_judged {
        "; objectives are to be met by the verdict, and hold if most runs meet them, but not if all of three miss \
         them"
    } else {
        ""
    };
    (!rows.is_empty()).then(|| Table {
        caption: "Predictions",
        corner: "",
        remark: format!(
            "sessions a second, p99, and sessions a second as a share of those of the verdict that was tested, made before the fresh \
             runs; all of these together hold at 95 %{judged}"
        ),
        columns: vec!["predicted", "from–to", "measured", "off by", ""],
        rows,
    })
}

/// Whether fresh runs met the objectives, and whether they were expected to.
fn objectives(prediction: &Prediction) -> Option<Row> {
    let Met { met, of } = prediction.met?;
    let predicted = if prediction.meets { "met" } else { NOTHING };
    let measured = format!("met by {} of {}", count(met), count(of));
    let holds = match prediction.keeps_objectives() {
        Some(true) => "holds",
        Some(false) => "does not hold",
        None => "untested",
    };
    let cells = [predicted, NOTHING, &measured, NOTHING, holds].map(str::to_owned);
    Some(Row::plain("objectives", cells).part())
}

fn predicted(
    name: &str,
    figure: &Predicted,
    holds: &str,
    write: fn(f64) -> String,
    between: String,
) -> Row {
    let none = || NOTHING.to_owned();
    Row::plain(
        name,
        [
            write(figure.value),
            between,
            figure.measured.map_or_else(none, write),
            figure.error.map_or_else(none, percent),
            holds.to_owned(),
        ],
    )
}

/// The parameters of all laws.
pub(super) fn laws(tuning: &Tuning) -> Option<Table> {
    let fits = &tuning.estimate.as_ref()?.contest.fits;
    let best = fits.first()?.aicc;
    let rows = |fit: &Fit| {
        let reach = match fit.reach {
            Reach::At(workers) => significant(workers),
            Reach::NotReached => "not reached".to_owned(),
        };
        let law = Row::plain(
            fit.law.name(),
            [
                format!("{:.3}", fit.weight),
                format!("{:.1}", fit.aicc - best),
                reach,
                String::new(),
                String::new(),
            ],
        );
        let parameters = fit.parameters.iter().map(parameter);
        [law].into_iter().chain(parameters).collect::<Vec<_>>()
    };
    Some(Table {
        caption: "Laws",
        corner: "law",
        remark: "of throughput against workers".to_owned(),
        columns: vec!["weight", "ΔAICc", "no more to gain at", "value", "at 95 %"],
        rows: fits.iter().flat_map(rows).collect(),
    })
}

fn parameter(parameter: &Parameter) -> Row {
    let Parameter {
        name,
        value,
        interval,
    } = parameter;
    let between = |it: &Interval| format!("{} to {}", digits(it.low), digits(it.high));
    let interval = interval
        .as_ref()
        .map_or_else(|| "at a bound".to_owned(), between);
    let nothing = || String::new();
    let cells = [nothing(), nothing(), nothing(), digits(*value), interval];
    Row::plain(name, cells).part()
}

/// Three significant digits of a number.
fn digits(number: f64) -> String {
    match number.abs() {
        0.0 => "0".to_owned(),
        v if v < 0.000_1 => format!("{number:.2e}"),
        v if v < 0.000_999_5 => format!("{number:.6}"),
        v if v < 0.009_995 => format!("{number:.5}"),
        v if v < 0.099_95 => format!("{number:.4}"),
        _ => significant(number),
    }
}

/// Every trial, in order.
pub(super) fn trials(tuning: &Tuning) -> Option<Table> {
    let every = tuning.trials.len().div_ceil(MOST_TRIALS).max(1);
    let remark = match every {
        1 => "in order".to_owned(),
        _ => format!("in order, one in {every}"),
    };
    let rows: Vec<Row> = tuning.trials.iter().step_by(every).map(trial).collect();
    (!rows.is_empty()).then(|| Table {
        caption: "Trials",
        corner: "at",
        remark,
        columns: vec![
            "for",
            "workers",
            "queue",
            "offered",
            "sessions/s",
            "p50",
            "p99",
            "refused",
            "believed",
        ],
        rows,
    })
}

fn trial(trial: &Trial) -> Row {
    let purpose = match trial.purpose {
        Purpose::Sweep => "sweep",
        Purpose::Refine => "refinement",
        Purpose::Sentinel => "sentinel",
        Purpose::Load => "load",
        Purpose::Overload => "overload",
        Purpose::Verify => "verification",
    };
    let offered = match trial.offered {
        Offered::Clients { clients, .. } => counted(clients, "client"),
        Offered::Rate(rate) => format!("{}/s", significant(rate)),
    };
    let believed = if trial.is_valid() { "yes" } else { "no" };
    Row::plain(
        &figures::span(trial.began),
        [
            purpose.to_owned(),
            count(trial.candidate.workers),
            count(trial.candidate.queue),
            offered,
            significant(trial.goodput),
            figures::time(trial.latency.p50),
            figures::time(trial.latency.p99),
            figures::share(trial.refused),
            believed.to_owned(),
        ],
    )
}
