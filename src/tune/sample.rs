//! A made-up tuning for tests, reproducible by its seed.

use std::time::Duration;

use super::simulated::{OVERHEAD, Simulated, sleeping};
use super::*;

/// A complete tuning of a server that sleeps for 2 ms and levels off at ten workers.
pub(crate) fn tuning(seed: u64) -> Tuning {
    let settings = Settings {
        most_workers: 64,
        demand: Demand::PerWorker(4),
        wait: Some(Duration::from_millis(10)),
        limit: None,
        queue: None,
        slo: Some("p99<50ms,busy<1%".to_owned()),
        budget: Duration::from_mins(2),
        effort: Effort::Full,
        seed,
    };
    let calibration = Calibration {
        ceiling: Some(21_000.0),
        service: Service {
            mean: Duration::from_micros(2150),
            variability: 0.3,
        },
        overhead: OVERHEAD,
        cores: 2,
        shares_machine: true,
        took: Duration::from_secs(4),
    };
    let mut server = Simulated::new(seed, 0.05, sleeping);
    tune(
        &mut server,
        &settings,
        &calibration,
        &Stop::default(),
        &mut (),
    )
}
