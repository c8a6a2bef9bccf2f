//! The distance of a measurement from its objectives, as one comparable number.

use super::objective_result::{Figure, Judged, ObjectiveResult};
use super::slo::{Limit, Op};

/// The strain without any figure, or if a limit of zero is exceeded.
const BOUNDLESS: f64 = 1e6;

/// The smallest strain of a missed objective.
const JUST_MISSED: f64 = 1.0 + 1e-9;

impl Judged {
    /// The figure over its limit or, for a lower limit, the limit over the figure. Above 1 the objective
    /// is missed. At most 1 it is met, as far as the figure is reliable. A measurement without the
    /// figure has the greatest strain, a million.
    pub fn strain(&self) -> f64 {
        let Some(figure) = self.figure else {
            return BOUNDLESS;
        };
        let figure = match figure {
            Figure::Time(percentile) => percentile.time.as_secs_f64(),
            Figure::Share(share) => share * 100.0,
            Figure::Rate(rate) => rate,
        };
        let limit = match self.objective.limit {
            Limit::Time(_, limit) => limit.as_secs_f64(),
            Limit::Percent(_, limit) | Limit::Rate(_, limit) => limit,
        };
        let strain = match self.objective.op {
            Op::Below | Op::AtMost | Op::Exactly => over(figure, limit),
            Op::Above | Op::AtLeast => over(limit, figure),
        };
        match self.ruling {
            ObjectiveResult::Met => strain.min(1.0),
            ObjectiveResult::Missed => strain.clamp(JUST_MISSED, BOUNDLESS),
            ObjectiveResult::Undecided(_) => strain.min(BOUNDLESS),
        }
    }
}

/// The ratio of two numbers, neither of which is negative; 0 over 0 is 0.
fn over(one: f64, other: f64) -> f64 {
    if one == 0.0 { 0.0 } else { one / other }
}

#[cfg(test)]
mod tests {
    use crate::load::{Slo, Tally, sample};

    #[test]
    fn a_strain_is_above_1_exactly_where_the_objective_is_missed() {
        // 11 000 sessions in eleven seconds, one in a hundred refused and one failed; 980 good a second.
        let measured = sample::closed(1);
        let strain = |objective: &str| {
            let slo: Slo = objective.parse().unwrap();
            slo.judge(&measured)[0].strain()
        };
        for (objective, expected) in [
            ("busy<2%", 0.5),
            ("busy<0.5%", 2.0),
            ("goodput>490", 0.5),
            ("goodput>1960", 2.0),
            ("unfinished=0", 0.0),
            ("errors=0", 1e6),
            ("errors<=1%", 1.0),
        ] {
            assert!((strain(objective) - expected).abs() < 1e-9, "{objective}");
        }
        assert!(
            strain("errors<1%") > 1.0,
            "a limit that is reached is not kept"
        );
        assert!(strain("p50<2ms") < 1.0 && strain("p50<1us") > 1.0);
    }

    #[test]
    fn what_has_no_figure_is_strained_as_much_as_can_be() {
        let mut nothing = sample::closed(1);
        nothing.tally = Tally::default();
        let slo: Slo = "p99<1h".parse().unwrap();
        assert_eq!(slo.judge(&nothing)[0].strain(), 1e6);
    }
}
