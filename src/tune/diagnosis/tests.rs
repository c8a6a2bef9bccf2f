//! Tests of the diagnosis: which evidence gives which bottleneck.

use std::time::Duration;

use super::*;
use crate::tune::request::Offered;

/// A verdict of two occupied workers, held by clients of a busy load generator. Twice as many workers
/// gain the given share.
fn held_by_clients(gain: f64) -> Seen {
    Seen {
        workers: 2,
        offered: Offered::Clients {
            clients: 8,
            think: Duration::ZERO,
        },
        goodput: 1500.0,
        evidence: Evidence {
            client_busy: 0.88,
            client_cpu: Some(0.08),
            server_cpu: Some(0.05),
            others_cpu: Some(0.84),
            occupied: Some(0.93),
            working: Some(0.005),
            dropped: 0.0,
            late: 0.0,
            portless: 0.0,
        },
        more: Some(More {
            workers: 4,
            gain,
            added: 1.0,
        }),
        ceiling: Some(2400.0),
        cores: 2,
        shares_machine: true,
        alone: 0.0015,
    }
}

#[test]
fn workers_held_by_clients_without_time_are_the_bottleneck_only_if_more_gain_the_most_they_can() {
    let named = |gain| Diagnosis::of(Some(&held_by_clients(gain)));
    for (gain, bottleneck) in [
        (0.02, Bottleneck::Client),
        (0.1, Bottleneck::Client),
        (0.49, Bottleneck::Client),
        (0.51, Bottleneck::Workers),
        (1.0, Bottleneck::Workers),
    ] {
        assert_eq!(named(gain).bottleneck, bottleneck, "{gain}");
    }
    assert!(
        named(0.49)
            .evidence
            .ends_with("for 88 % of its time; 4 serve only 49 % more.")
    );
    assert!(named(0.02).evidence.ends_with("for 88 % of its time."));
}

#[test]
fn workers_of_which_more_gain_a_little_are_the_bottleneck_if_nothing_else_is_seen() {
    let mut seen = held_by_clients(0.1);
    seen.evidence.client_busy = 0.3;
    let diagnosis = Diagnosis::of(Some(&seen));
    assert_eq!(diagnosis.bottleneck, Bottleneck::Workers);
    assert!(diagnosis.evidence.contains("and 4 serve 10 % more"));
}
