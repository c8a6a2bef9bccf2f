//! The advice as it leaves the program.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::times::Times;

/// What the advice rests on.
pub const ASSUMPTION: &str = "a session lasts as long whatever the number of workers; the pools serve first \
                              come first served, and close no session early";

/// What other numbers of workers would have done, in one sentence and in figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Advice {
    /// What to know, in plain words.
    pub sentence: String,
    /// What it rests on: [`ASSUMPTION`].
    pub assumption: String,
    /// Whether that can be assumed. If not, the sentence says that there is no advice.
    pub holds: bool,
    /// Why it cannot be assumed; empty if it can.
    pub why_not: String,
    /// The last minute, then the last quarter of an hour, as far as they lie behind the last change of
    /// the number of workers.
    pub windows: Vec<WindowFigures>,
}

/// What happened to the arrivals of a window, and what would have happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WindowFigures {
    /// How far the window reaches back.
    pub seconds: u64,
    /// How much of that there has been since the number of workers was last changed, in steps of 5 s.
    pub covered_seconds: f64,
    /// Clients that came to the queue.
    pub arrivals: u64,
    /// How many of them were refused.
    pub refused: u64,
    /// How long those waited that were not, as measured.
    pub wait: Percentiles,
    /// How long sessions lasted, as measured.
    pub session: Percentiles,
    /// What pools of other sizes would have done, from small to large.
    pub pools: Vec<PoolFigures>,
}

/// Two percentiles, too high by at most one part in sixteen; none of nothing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Percentiles {
    /// The median.
    pub p50_seconds: Option<f64>,
    /// What one in a hundred exceeds.
    pub p99_seconds: Option<f64>,
}

/// What a pool of this size would have done.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PoolFigures {
    /// How many workers it has.
    pub workers: usize,
    /// Whether that is the number there really is.
    pub is_current: bool,
    /// The median wait of those it would not have refused; none if there are none.
    pub wait_p50_seconds: Option<f64>,
    /// The wait that one in a hundred of them would have exceeded; none if there are none.
    pub wait_p99_seconds: Option<f64>,
    /// The share, 0 to 1, of arrivals it would have refused; none of no arrivals.
    pub refused_ratio: Option<f64>,
    /// The share, 0 to 1, of its workers' time for which they would have been occupied.
    pub utilisation_ratio: Option<f64>,
}

impl Advice {
    /// What is published when nobody forms advice any more, although somebody should.
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
