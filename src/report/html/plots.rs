//! The plots of a load test's page, with their captions.

mod by_second;
mod course;
mod distribution;

use crate::load::{Measurement, Think};

use super::parts::Figure;

/// All plots that apply to this measurement.
pub(super) fn figures(measurement: &Measurement) -> Vec<Figure> {
    let plan = &measurement.plan;
    let mut figures = vec![
        distribution::percentiles(measurement),
        by_second::rates(measurement),
        by_second::latency(measurement),
        by_second::stages(measurement),
    ];
    if plan.drive.is_open() || plan.shape.think != Think::None {
        figures.push(distribution::lag(measurement));
    }
    figures
}
