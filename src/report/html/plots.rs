//! The plots of a page, each with what there is to see in it.

mod by_second;
mod course;
mod distribution;

use serde::Serialize;

use crate::load::{Measurement, Think};

use crate::report::plot::{Plot, Size};

/// A plot, and the words around it.
#[derive(Debug, Serialize)]
pub(super) struct Figure {
    heading: &'static str,
    /// What there is to see.
    caption: String,
    /// The picture for a page; nothing if there was nothing to plot.
    wide: String,
    /// The picture for a phone.
    narrow: String,
}

/// All plots that say something about this measurement.
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

impl Figure {
    fn of(heading: &'static str, id: &str, caption: String, plot: &Plot) -> Self {
        Self {
            heading,
            caption,
            wide: plot.svg(Size::Wide, &format!("{id}-wide")),
            narrow: plot.svg(Size::Narrow, &format!("{id}-narrow")),
        }
    }

    fn missing(heading: &'static str, why: &str) -> Self {
        Self {
            heading,
            caption: why.to_owned(),
            wide: String::new(),
            narrow: String::new(),
        }
    }
}
