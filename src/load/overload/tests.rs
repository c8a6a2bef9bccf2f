//! Tests of overload measurements, on made-up runs.

use super::*;
use crate::base::as_f64;
use crate::load::{Audit, AuditResult, Failure, Outcome, sample};

const PATIENCE: Duration = Duration::from_secs(1);

/// A measurement with the goodput of the made-up closed loop as its capacity.
fn overload(levels: Vec<Level>) -> Overload {
    Overload {
        factor: 2.0,
        patience: PATIENCE,
        capacity: sample::closed(1),
        still_rises: false,
        levels,
        recovery: None,
    }
}

fn level(factor: f64) -> Level {
    let measured = sample::open(1);
    Level { factor, measured }
}

/// A level with good sessions only: this share of the capacity, rounded down to whole sessions.
fn level_with(factor: f64, share: f64) -> Level {
    let mut level = level(factor);
    level.measured.tally = crate::load::Tally::default();
    let capacity = sample::closed(1).ended.good;
    level.measured.client.scheduled = (as_f64(capacity) * factor) as u64;
    for _ in 0..(as_f64(capacity) * share) as u64 {
        let time = Duration::from_millis(10);
        level.measured.tally.end(Outcome::Good, time, time);
    }
    level
}

#[test]
fn the_multiple_asked_for_is_offered_in_its_place_and_once() {
    assert_eq!(factors(2.0), [0.8, 1.0, 2.0, 3.0]);
    assert_eq!(factors(1.5), [0.8, 1.0, 1.5, 2.0, 3.0]);
    assert_eq!(factors(5.0), [0.8, 1.0, 2.0, 3.0, 5.0]);
}

#[test]
fn below_the_capacity_the_share_is_of_what_is_offered_and_above_of_the_capacity() {
    for (factor, share, of_possible) in [(0.8, 0.8, 1.0), (2.0, 0.5, 0.5), (3.0, 0.0, 0.0)] {
        let level = level_with(factor, share);
        let (reached, error) = overload(Vec::new()).share(&level);
        assert!((reached - of_possible).abs() < 0.01, "{reached}");
        assert!(error < 0.05, "{error}");
    }
}

#[test]
fn a_good_session_after_the_patience_is_late() {
    let mut level = level_with(2.0, 0.0);
    let times = [PATIENCE / 2, PATIENCE * 2];
    for time in times {
        level.measured.tally.end(Outcome::Good, time, time);
    }
    for failure in [Failure::ReplyTimedOut, Failure::Reset] {
        let failed = Outcome::Failed(failure);
        level.measured.tally.end(failed, PATIENCE, PATIENCE);
    }
    assert_eq!(level.good(PATIENCE), 1);
    assert_eq!(level.late(PATIENCE), 2, "one answered, one given up");
    assert_eq!(level.failed(), 1);
}

#[test]
fn the_answer_is_doubtful_if_its_own_runs_are_or_the_capacity_is_not_one() {
    let sound = || overload(vec![level_with(2.0, 0.97), level_with(3.0, 0.9)]);
    assert_eq!(sound().doubt(), None);
    let failed = Audit::new("client saturation", AuditResult::Failed, "100 %".to_owned());

    let mut capacity = sound();
    capacity.capacity.audits.push(failed.clone());
    assert!(
        capacity
            .doubt()
            .unwrap()
            .starts_with("the capacity: client")
    );

    let mut asked = sound();
    asked.levels[0].measured.audits.push(failed.clone());
    assert!(
        asked
            .doubt()
            .unwrap()
            .starts_with("2 × the capacity: client")
    );

    let mut other = sound();
    other.levels[1].measured.audits.push(failed);
    assert_eq!(other.doubt(), None);

    let mut rises = sound();
    rises.still_rises = true;
    assert!(rises.doubt().unwrap().contains("--clients"));

    let above = overload(vec![level_with(2.0, 0.97), level_with(3.0, 1.5)]);
    assert!(above.doubt().unwrap().contains("did not find the capacity"));
}
