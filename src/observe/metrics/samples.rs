//! Functions that make the samples of a metric.

use std::collections::BTreeMap;

use super::{Sample, Scrape};
use crate::observe::state::State;
use crate::whatif::PoolFigures;

/// The value of a metric without labels.
pub(super) fn alone(value: f64) -> Vec<Sample> {
    vec![Sample {
        labels: Vec::new(),
        value,
    }]
}

/// A sample with one label.
pub(super) fn one(label: String, value: f64) -> Sample {
    Sample {
        labels: vec![label],
        value,
    }
}

/// The samples of each pool in each window. The labels of `values` follow the labels for workers and window.
pub(super) fn what_if(
    scrape: &Scrape,
    values: impl Fn(&PoolFigures) -> Vec<(Vec<String>, f64)>,
) -> Vec<Sample> {
    let windows = scrape.status.advice.iter().flat_map(|it| &it.windows);
    let pools = windows.flat_map(|window| window.pools.iter().map(move |pool| (window, pool)));
    let samples = pools.flat_map(|(window, pool)| {
        let of_pool = [
            pool.workers.to_string(),
            format!("{}m", window.seconds / 60),
        ];
        let values = values(pool).into_iter();
        values.map(move |(more, value)| Sample {
            labels: of_pool.iter().cloned().chain(more).collect(),
            value,
        })
    });
    samples.collect()
}

/// A value without more labels, if present.
pub(super) fn each(value: Option<f64>) -> Vec<(Vec<String>, f64)> {
    value.map(|value| (Vec::new(), value)).into_iter().collect()
}

pub(super) fn by_state(value: impl Fn(State) -> f64) -> Vec<Sample> {
    State::ALL
        .map(|state| one(state.name().into(), value(state)))
        .into()
}

pub(super) fn by_outcome(counts: &BTreeMap<String, u64>) -> Vec<Sample> {
    let samples = counts.iter();
    samples
        .map(|(outcome, number)| one(outcome.clone(), count(*number)))
        .collect()
}

pub(super) fn truth(is_so: bool) -> f64 {
    f64::from(u8::from(is_so))
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
pub(super) fn number(number: usize) -> f64 {
    number as f64
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
pub(super) fn count(count: u64) -> f64 {
    count as f64
}
