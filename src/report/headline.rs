//! The one sentence that a measurement comes down to, and the conditions it holds under.

use crate::load::{Audit, Drive, End, Measurement, Plan, Then, Think, Verdict};

use super::figures::{count, percentile, set_time, share, significant, time};

/// Why a measurement is not what it was meant to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reservation {
    /// It is not to be believed: what was found, by each audit that failed.
    Invalid(String),
    /// It was cut short: after how long.
    Interrupted(String),
}

/// What reservation there is about a measurement, the gravest first.
pub(crate) fn reservations(measurement: &Measurement) -> Vec<Reservation> {
    let failed = |audit: &&Audit| audit.verdict == Verdict::Failed;
    let failed: Vec<String> = measurement.audits.iter().filter(failed).map(said).collect();
    let invalid = (!failed.is_empty()).then(|| Reservation::Invalid(failed.join("; ")));
    let elapsed = || Reservation::Interrupted(time(measurement.window.elapsed));
    let interrupted = (measurement.end == End::Interrupted).then(elapsed);
    invalid.into_iter().chain(interrupted).collect()
}

fn said(audit: &Audit) -> String {
    format!("{}: {}", audit.name, audit.evidence)
}

/// What was found, in one sentence without its full stop.
pub(crate) fn sentence(measurement: &Measurement) -> String {
    let tally = &measurement.tally;
    if tally.started == 0 {
        return answer(measurement);
    }
    let mut others = vec![("busy", tally.busy.count()), ("errors", tally.errors())];
    if !tally.unfinished.is_empty() {
        others.push(("unfinished", tally.unfinished.count()));
    }
    let others = others.into_iter();
    let others = others.map(|(name, count)| format!("{} {name}", share(measurement.share(count))));
    let others: Vec<String> = others.collect();
    format!("{}; {}", answer(measurement), others.join(", "))
}

/// How many were good and how long they took: the shortest answer there is.
pub(crate) fn answer(measurement: &Measurement) -> String {
    let unit = unit(measurement);
    let started = measurement.tally.started;
    if started == 0 {
        return format!("no {unit} began");
    }
    let percentiles = measurement
        .percentile(0.5)
        .zip(measurement.percentile(0.99));
    let Some((p50, p99)) = percentiles else {
        return format!("no good {unit} of {} begun", count(started));
    };
    format!(
        "{} good {unit}s/s, p50 {}, p99 {}",
        significant(measurement.goodput()),
        percentile(p50),
        percentile(p99),
    )
}

/// What a run is counted in: sessions, or rounds of a session that stays open.
pub(crate) fn unit(measurement: &Measurement) -> &'static str {
    match measurement.plan.shape.then {
        Then::Quit => "session",
        Then::KeepAlive => "round",
    }
}

/// The conditions without which the sentence says nothing.
pub(crate) fn conditions(measurement: &Measurement) -> String {
    let Measurement { plan, place, .. } = measurement;
    let machine = if place.shares_machine {
        format!("client and server share {}", cores(place.cores))
    } else {
        format!("client on {} of its own", cores(place.cores))
    };
    format!(
        "{}; {}; measured for {} against {}; {machine}",
        drive(&plan.drive),
        session(plan),
        time(measurement.window.elapsed),
        place.address,
    )
}

/// What makes the next session begin.
fn drive(drive: &Drive) -> String {
    match drive {
        Drive::Closed { clients } => format!("closed loop of {} clients", count_of(*clients)),
        Drive::Open {
            stages,
            arrivals,
            clients,
        } => {
            let most = count_of(*clients);
            let rate = stages.to_string();
            match rate.strip_prefix("0s:").filter(|rest| !rest.contains(',')) {
                Some(rate) => {
                    format!("open loop at {rate} sessions/s, {arrivals}, at most {most} at a time")
                }
                None => format!("open loop in stages {rate}, {arrivals}, at most {most} at a time"),
            }
        }
    }
}

/// What a session is.
fn session(plan: &Plan) -> String {
    let shape = &plan.shape;
    let commands = match shape.commands {
        1 => "1 command".to_owned(),
        many => format!("{} commands", count(u64::from(many))),
    };
    let each = match shape.then {
        Then::Quit => format!("{commands} a session"),
        Then::KeepAlive => {
            format!("{commands} a round on connections kept open, a round counting as a session")
        }
    };
    match shape.think {
        Think::None => each,
        Think::Fixed { seconds } => format!("{each}, {} of thought between", set_time(seconds)),
        Think::Exponential { mean } => {
            format!("{each}, on average {} of thought between", set_time(mean))
        }
    }
}

fn cores(cores: usize) -> String {
    match cores {
        1 => "1 core".to_owned(),
        many => format!("{many} cores"),
    }
}

fn count_of(size: usize) -> String {
    count(u64::try_from(size).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::sample;

    #[test]
    fn the_sentence_says_how_many_how_fast_and_what_went_wrong() {
        let said = sentence(&sample::open(1));
        assert!(said.starts_with("980 good sessions/s, p50 "), "{said}");
        assert!(said.ends_with("; 1.0 % busy, 1.0 % errors"), "{said}");
    }

    #[test]
    fn a_failed_audit_comes_before_an_interruption() {
        let mut measured = sample::closed(1);
        assert_eq!(reservations(&measured), []);
        measured.end = End::Interrupted;
        measured.audits[0].verdict = Verdict::Failed;
        measured.audits[0].evidence = "one is missing".to_owned();
        let invalid = Reservation::Invalid("conservation: one is missing".to_owned());
        let interrupted = Reservation::Interrupted("11.0 s".to_owned());
        assert_eq!(reservations(&measured), [invalid, interrupted]);
    }

    #[test]
    fn the_conditions_name_the_loop_the_session_and_the_machine() {
        let said = conditions(&sample::open(1));
        assert_eq!(
            said,
            "open loop at 1000 sessions/s, at random (Poisson), at most 10 000 at a time; 3 commands a \
             session; measured for 11.0 s against 127.0.0.1:45000; client and server share 2 cores"
        );
        let said = conditions(&sample::closed(1));
        assert!(said.starts_with("closed loop of 64 clients; "), "{said}");
    }
}
