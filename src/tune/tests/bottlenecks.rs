//! Tests of the bottleneck names with forced bottlenecks.

use super::*;

/// The evidence of an unremarkable trial of ten workers.
fn calm() -> Evidence {
    Evidence {
        client_busy: 0.3,
        client_cpu: Some(0.15),
        server_cpu: Some(0.2),
        others_cpu: Some(0.0),
        occupied: Some(0.5),
        working: Some(0.5),
        dropped: 0.0,
        late: 0.0,
        portless: 0.0,
    }
}

/// A server that shows fixed evidence for every candidate.
struct Shows(Simulated<fn(usize) -> f64>, Evidence);

impl Target for Shows {
    fn run(&mut self, request: &TrialRequest) -> Result<Trial, TargetError> {
        let trial = self.0.run(request)?;
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
    shown(capacity, evidence, settings, calibration).diagnosis
}

fn shown(
    capacity: fn(usize) -> f64,
    evidence: Evidence,
    settings: &Settings,
    calibration: &Calibration,
) -> Tuning {
    tune(
        &mut Shows(Simulated::new(6, 0.02, capacity), evidence),
        settings,
        calibration,
        &Stop::default(),
        &mut (),
    )
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

#[test]
fn where_all_workers_are_occupied_nobody_was_too_late_for_them() {
    let evidence = Evidence {
        occupied: Some(0.99),
        late: 0.4,
        ..calm()
    };
    let rising: fn(usize) -> f64 = |workers| workers as f64 * 465.0;
    let diagnosis = named(rising, evidence, &settings(8, 6), &calibration());
    assert_eq!(diagnosis.bottleneck, Bottleneck::Workers, "{diagnosis:?}");
}

/// A server with contended sessions: more than two workers serve no more.
const TWO_AT_A_TIME: fn(usize) -> f64 = |workers| workers.min(2) as f64 * 465.0;

/// A calibration in which a lone session takes half as long as the sessions here, which wait for
/// something.
fn half_as_long_alone() -> Calibration {
    Calibration {
        service: Service {
            mean: Duration::from_millis(1),
            variability: 1.0,
        },
        ..calibration()
    }
}

#[test]
fn cores_that_other_programs_take_are_none_that_the_server_has() {
    let evidence = Evidence {
        server_cpu: Some(0.5),
        client_cpu: Some(0.02),
        others_cpu: Some(0.47),
        occupied: Some(0.99),
        ..calm()
    };
    let diagnosis = named(
        TWO_AT_A_TIME,
        evidence,
        &settings(16, 6),
        &half_as_long_alone(),
    );
    assert_eq!(diagnosis.bottleneck, Bottleneck::ServerCpu, "{diagnosis:?}");
    let said = "took 50 % of the time of all 2 cores, and other programs 47 %";
    assert!(diagnosis.evidence.contains(said), "{diagnosis:?}");
}

#[test]
fn cores_that_nobody_else_wants_are_in_nobodys_way_whoever_takes_them() {
    let evidence = Evidence {
        others_cpu: Some(0.75),
        occupied: Some(0.99),
        ..calm()
    };
    let diagnosis = named(TWO_AT_A_TIME, evidence, &settings(16, 6), &calibration());
    assert_eq!(
        diagnosis.bottleneck,
        Bottleneck::Contention,
        "{diagnosis:?}"
    );
}

#[test]
fn the_most_workers_that_were_tried_are_not_the_bottleneck_if_they_wait_for_cores() {
    let evidence = Evidence {
        server_cpu: Some(0.4),
        client_cpu: Some(0.02),
        others_cpu: Some(0.4),
        occupied: Some(0.99),
        ..calm()
    };
    let rising: fn(usize) -> f64 = |workers| workers as f64 * 465.0;
    let diagnosis = named(rising, evidence, &settings(8, 6), &half_as_long_alone());
    assert_eq!(diagnosis.bottleneck, Bottleneck::ServerCpu, "{diagnosis:?}");
    assert!(diagnosis.evidence.contains("longer than one alone"));
}

#[test]
fn clients_without_cores_leave_workers_idle_and_few_clients_do_too() {
    let evidence = Evidence {
        server_cpu: Some(0.2),
        client_cpu: Some(0.2),
        others_cpu: Some(0.57),
        occupied: Some(0.8),
        ..calm()
    };
    let of = |demand| {
        let settings = Settings {
            demand,
            ..settings(16, 6)
        };
        named(TWO_AT_A_TIME, evidence, &settings, &half_as_long_alone()).bottleneck
    };
    assert_eq!(of(Demand::PerWorker(4)), Bottleneck::SharedCores);
    assert_eq!(of(Demand::Rate(100.0)), Bottleneck::Nothing);
}

#[test]
fn workers_that_wait_for_clients_without_time_are_not_the_bottleneck() {
    let evidence = Evidence {
        client_busy: 0.75,
        others_cpu: Some(0.8),
        working: Some(0.02),
        ..calm()
    };
    for occupied in [0.8, 0.99] {
        let occupied = Some(occupied);
        let evidence = Evidence {
            occupied,
            ..evidence
        };
        let diagnosis = named(TWO_AT_A_TIME, evidence, &settings(16, 6), &calibration());
        assert_eq!(diagnosis.bottleneck, Bottleneck::Client, "{diagnosis:?}");
        assert!(diagnosis.evidence.contains("waited for their clients in 9"));
    }
}
