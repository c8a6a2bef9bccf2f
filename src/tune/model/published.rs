//! Published measurements, and the fits that their authors found.

use super::fit::{Point, Scale, Series};
use super::*;
use crate::base::statistics::student;

/// A router under load: packets per second by senders (Schwartz, *Practical Scalability Analysis with the
/// Universal Scalability Law*, 2015).
const CISCO: [f64; 32] = [
    955.16, 1878.91, 2688.01, 3548.68, 4315.54, 5130.43, 5931.37, 6531.08, 7219.8, 7867.61,
    8278.71, 8646.7, 9047.84, 9426.55, 9645.37, 9897.24, 10097.6, 10240.5, 10532.39, 10798.52,
    11151.43, 11518.63, 11806.0, 12089.37, 12075.41, 12177.29, 12211.41, 12158.93, 12155.27,
    12118.04, 12140.4, 12074.39,
];

/// Scripts per hour by simulated users of a machine with sixteen processors (the SDM91 benchmark of
/// SPEC).
const SDM91: [(f64, f64); 7] = [
    (1.0, 64.9),
    (18.0, 995.9),
    (36.0, 1652.4),
    (72.0, 1853.2),
    (108.0, 1828.9),
    (144.0, 1775.0),
    (216.0, 1702.2),
];

/// Rays per second by processors (Gunther, *Guerrilla Capacity Planning*, 2007).
const RAY_TRACER: [(f64, f64); 11] = [
    (1.0, 20.0),
    (4.0, 78.0),
    (8.0, 130.0),
    (12.0, 170.0),
    (16.0, 190.0),
    (20.0, 200.0),
    (24.0, 210.0),
    (28.0, 230.0),
    (32.0, 260.0),
    (48.0, 280.0),
    (64.0, 310.0),
];

fn series(measured: impl IntoIterator<Item = (f64, f64)>) -> Series {
    let points = measured.into_iter().map(|(workers, value)| Point {
        workers,
        value,
        runs: 1.0,
    });
    Series {
        scale: Scale::Linear,
        points: points.collect(),
        within: 0.0,
    }
}

fn cisco() -> Series {
    series((1..).map(f64::from).zip(CISCO))
}

fn usl(series: &Series) -> Fit {
    let contest = Contest::of(series).unwrap();
    let fit = contest.fits.into_iter().find(|fit| fit.law == Law::Usl);
    fit.unwrap()
}

#[track_caller]
fn assert_near(found: f64, published: f64, relative: f64) {
    let off = (found / published - 1.0).abs();
    assert!(off <= relative, "{found} is not {published}");
}

/// Half the width of a parameter's interval.
fn half_width(fit: &Fit, index: usize) -> f64 {
    let interval = fit.parameters[index].interval.unwrap();
    f64::midpoint(interval.high, -interval.low)
}

#[test]
fn a_router_is_fitted_as_the_book_says() {
    let fit = usl(&cisco());
    for (parameter, published) in fit
        .parameters
        .iter()
        .zip([995.6486, 0.026_715_91, 7.690_945e-4])
    {
        assert_near(parameter.value, published, 2e-4);
    }
    for (workers, published) in [(1.0, 995.648_772), (20.0, 11_063.633), (35.0, 12_341.746)] {
        assert_near(fit.log(workers).exp(), published, 2e-4);
    }
    let Reach::At(peak) = fit.reach else {
        panic!("the peak is within what is believed")
    };
    assert_near(peak, 35.57, 2e-4);
}

#[test]
fn a_router_whose_peak_was_not_measured_has_none() {
    let few = series((1..).map(f64::from).zip(CISCO.into_iter().take(16)));
    assert_eq!(usl(&few).reach, Reach::NotReached);
}

#[test]
fn the_users_of_a_machine_are_fitted_as_its_reference_says() {
    let fit = usl(&series(SDM91));
    let published = [
        (89.995, 14.213, 2e-4),
        (0.027_728_5, 0.009_121_7, 2e-4),
        // The tolerance of four printed digits.
        (0.000_104_4, 0.000_019_9, 5e-4),
    ];
    let quantile = student::two_sided(0.05, 4.0);
    for (index, (value, error, near)) in published.into_iter().enumerate() {
        assert_near(fit.parameters[index].value, value, near);
        assert_near(half_width(&fit, index), quantile * error, 5e-3);
    }
    let Reach::At(peak) = fit.reach else {
        panic!("the peak is within what is believed")
    };
    assert_near(peak, 96.52, 2e-4);
    assert_near(fit.log(peak).exp(), 1884.0, 5e-4);
}

#[test]
fn an_interval_has_the_quantile_of_two_tails_and_three_parameters_fewer_than_points() {
    let fit = usl(&series(RAY_TRACER.into_iter().take(6)));
    let published = [(20.85605, 2e-4), (0.02444, 2e-4), (0.00163, 5e-6 / 0.00163)];
    for (parameter, (published, digits)) in fit.parameters.iter().zip(published) {
        // Fewer printed digits allow only a coarser comparison.
        assert_near(parameter.value, published, digits);
    }
    assert_near(half_width(&fit, 1), 0.0267, 5e-3);
}

#[test]
fn what_would_be_negative_is_held_at_nothing() {
    let fit = usl(&series(RAY_TRACER));
    for (parameter, published) in fit.parameters.iter().zip([21.8488, 0.0578]) {
        assert_near(parameter.value, published, 1e-3);
    }
    assert_eq!(fit.parameters[2].value, 0.0);
    assert_eq!(fit.parameters[2].interval, None);
}
