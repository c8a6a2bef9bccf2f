//! The published form of the advice.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::times::Times;

/// The assumption of the advice.
pub const ASSUMPTION: &str = "a session lasts as long whatever the number of workers; the pools serve first \
                              come first served, and close no session early";

/// The effect of other numbers of workers, in one sentence and in figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Advice {
    /// The advice in plain words.
    pub sentence: String,
    /// The assumption of the advice: [`ASSUMPTION`].
    pub assumption: String,
    /// Whether the assumption is valid. If not, the sentence says that there is no advice.
    pub holds: bool,
    /// Why the assumption is not valid; empty if it is.
    pub why_not: String,
    /// The last minute and the last quarter of an hour. Only time since the last change of the number of
    /// workers counts.
    pub windows: Vec<WindowFigures>,
}

/// The measured figures of a window, and those of its replays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WindowFigures {
    /// The length of the window in seconds.
    pub seconds: u64,
    /// The part of the window since the last change of the number of workers, in steps of 5 s.
    pub covered_seconds: f64,
    /// Clients that arrived at the queue.
    pub arrivals: u64,
    /// Arrivals that were refused.
    pub refused: u64,
    /// The measured wait of arrivals that were not refused.
    pub wait: Percentiles,
    /// The measured length of sessions.
    pub session: Percentiles,
    /// The figures of pools of other sizes, from small to large.
    pub pools: Vec<PoolFigures>,
}

/// Two percentiles, too high by at most one part in sixteen; `None` without values.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Percentiles {
    /// The median.
    pub p50_seconds: Option<f64>,
    /// The 99th percentile.
    pub p99_seconds: Option<f64>,
}

/// The replayed figures of a pool of one size.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PoolFigures {
    /// The number of workers of the pool.
    pub workers: usize,
    /// Whether the real pool has this number of workers.
    pub is_current: bool,
    /// The median wait of arrivals the pool would not have refused; `None` without any.
    pub wait_p50_seconds: Option<f64>,
    /// The 99th percentile of those waits; `None` without any.
    pub wait_p99_seconds: Option<f64>,
    /// The share, 0 to 1, of arrivals it would have refused; `None` without arrivals.
    pub refused_ratio: Option<f64>,
    /// The share, 0 to 1, of its workers' time in which they would have been occupied.
    pub utilisation_ratio: Option<f64>,
}

impl Advice {
    /// The advice published after the advisor thread has failed.
    pub fn lost() -> Self {
        let why_not = "what forms it has failed, and the log says how".to_owned();
        Self {
            sentence: format!("no advice: {why_not}."),
            assumption: ASSUMPTION.to_owned(),
            holds: false,
            why_not,
            windows: Vec::new(),
        }
    }
}

impl Percentiles {
    pub(super) fn of(times: &Times) -> Self {
        let seconds = |quantile| {
            times
                .quantile(quantile)
                .map(|time: Duration| time.as_secs_f64())
        };
        Self {
            p50_seconds: seconds(0.5),
            p99_seconds: seconds(0.99),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn advice_is_written_as_the_administration_port_promises() {
        let promised = json!({
            "sentence": "p99 queue wait 480 ms now; 12 workers would have made it 3 ms; 16 add nothing.",
            "assumption": ASSUMPTION,
            "holds": true, "why_not": "",
            "windows": [
                {"seconds": 60, "covered_seconds": 42.0, "arrivals": 1234, "refused": 3,
                 "wait": {"p50_seconds": 0.1, "p99_seconds": 0.48},
                 "session": {"p50_seconds": 0.05, "p99_seconds": null},
                 "pools": [
                    {"workers": 4, "is_current": true, "wait_p50_seconds": 0.1,
                     "wait_p99_seconds": 0.47, "refused_ratio": 0.01, "utilisation_ratio": 0.93}
                 ]}
            ]
        });
        let read: Advice = serde_json::from_value(promised.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), promised);
    }
}
