//! Forced bottlenecks get their right names.

use super::*;

/// What a trial of ten workers says that do nothing remarkable.
fn calm() -> Evidence {
    Evidence {
        client_busy: 0.3,
        client_cpu: Some(0.15),
        server_cpu: Some(0.2),
        occupied: Some(0.5),
        working: Some(0.5),
        dropped: 0.0,
        late: 0.0,
        portless: 0.0,
    }
}

/// A server that shows the same evidence whatever runs.
struct Shows(Simulated<fn(usize) -> f64>, Evidence);

impl Target for Shows {
    fn run(&mut self, order: &Order) -> Result<Trial, TargetError> {
        let trial = self.0.run(order)?;
        Ok(Trial {
            evidence: self.1,
            ..trial
        })
    }
}

fn named(
    capacity: fn(usize) -> f64,
    evidence: Evidence,
    settings: &Settings,
    calibration: &Calibration,
) -> Diagnosis {
    let mut server = Shows(Simulated::new(6, 0.02, capacity), evidence);
    let tuning = tune(
        &mut server,
        settings,
        calibration,
        &Stop::default(),
        &mut (),
    );
    tuning.diagnosis
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of ten cases")]
fn a_forced_bottleneck_gets_its_right_name() {
    let rising: fn(usize) -> f64 = |workers| workers as f64 * 465.0;
    let all = Some(0.99);
    for (bottleneck, capacity, evidence, said) in [
        (
            Bottleneck::Workers,
            rising,
            Evidence {
                occupied: all,
                ..calm()
            },
            "99 % of their time",
        ),
        (
            Bottleneck::ServerCpu,
            sleeping,
            Evidence {
                occupied: all,
                server_cpu: Some(0.93),
                client_cpu: Some(0.03),
                ..calm()
            },
            "93 % of the time of all 2 cores",
        ),
        (
            Bottleneck::SharedCores,
            sleeping,
            Evidence {
                occupied: all,
                server_cpu: Some(0.6),
                client_cpu: Some(0.38),
                ..calm()
            },
            "the server took 60 % and the load generator 38 %",
        ),
        (
            Bottleneck::Contention,
            sleeping,
            Evidence {
                occupied: all,
                ..calm()
            },
            "only 35 % of the cores' time",
        ),
        (
            Bottleneck::Backlog,
            sleeping,
            Evidence {
                dropped: 0.02,
                ..calm()
            },
            "dropped 2 % of the connections",
        ),
        (
            Bottleneck::Client,
            sleeping,
            Evidence {
                client_busy: 0.98,
                client_cpu: Some(0.05),
                ..calm()
            },
            "98 % of its time",
        ),
        (
            Bottleneck::Pacing,
            sleeping,
            Evidence {
                late: 0.2,
                ..calm()
            },
            "20 % of the sessions began late",
        ),
        (
            Bottleneck::Ports,
            sleeping,
            Evidence {
                portless: 0.3,
                late: 0.2,
                ..calm()
            },
            "30 % of the sessions found no local port",
        ),
        (Bottleneck::Nothing, sleeping, calm(), "50 % of their time"),
        (
            Bottleneck::Unknown,
            sleeping,
            Evidence {
                occupied: None,
                server_cpu: None,
                client_cpu: None,
                ..calm()
            },
            "says how busy",
        ),
    ] {
        let diagnosis = named(capacity, evidence, &settings(64, 6), &calibration());
        assert_eq!(diagnosis.bottleneck, bottleneck, "{diagnosis:?}");
        assert!(diagnosis.evidence.contains(said), "{diagnosis:?}");
    }
}

#[test]
fn near_its_own_ceiling_the_load_generator_is_what_is_measured() {
    let calibration = Calibration {
        ceiling: Some(6000.0),
        ..calibration()
    };
    let diagnosis = named(sleeping, calm(), &settings(64, 6), &calibration);
    assert_eq!(diagnosis.bottleneck, Bottleneck::Client);
    assert!(
        diagnosis
            .evidence
            .contains("against a server that does nothing")
    );
}

#[test]
fn half_as_many_workers_again_that_gain_nothing_are_enough_to_rule_workers_out() {
    let evidence = Evidence {
        occupied: Some(0.99),
        ..calm()
    };
    let diagnosis = named(sleeping, evidence, &settings(18, 6), &calibration());
    assert_eq!(
        diagnosis.bottleneck,
        Bottleneck::Contention,
        "{diagnosis:?}"
    );
    assert!(diagnosis.evidence.contains("and 18 gain nothing"));
}

#[test]
fn a_generator_on_another_machine_takes_none_of_the_servers_cores() {
    let calibration = Calibration {
        shares_machine: false,
        ..calibration()
    };
    let evidence = Evidence {
        server_cpu: Some(0.6),
        client_cpu: Some(0.5),
        ..calm()
    };
    let diagnosis = named(sleeping, evidence, &settings(64, 6), &calibration);
    assert_eq!(diagnosis.bottleneck, Bottleneck::Nothing);
}
