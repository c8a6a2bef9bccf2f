//! What a server advises about how many workers it should have, as far as it is understood.

use serde::Deserialize;

/// What another number of workers would have done.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Advice {
    /// All of it in one sentence; where it does not hold, why there is none.
    pub sentence: String,
    /// Whether it holds.
    pub holds: bool,
    /// What it rests on: spans of time up to now, the shortest first.
    pub windows: Vec<Window>,
}

/// What happened in a span of time, and what would have.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Window {
    /// How long the span is.
    pub seconds: f64,
    /// How much of it is known.
    pub covered_seconds: f64,
    /// Waits for a worker.
    pub wait: Quantiles,
    /// Lengths of sessions.
    pub session: Quantiles,
    /// What other numbers of workers would have done, the smallest first.
    pub pools: Vec<Pool>,
}

/// What half of the times, and all but a hundredth, do not exceed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Quantiles {
    /// Half of them.
    pub p50_seconds: Option<f64>,
    /// All but a hundredth.
    pub p99_seconds: Option<f64>,
}

/// What a number of workers would have done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Pool {
    /// How many workers.
    pub workers: usize,
    /// Whether the server has so many.
    pub is_current: bool,
    /// The wait for a worker that half would not have exceeded.
    pub wait_p50_seconds: Option<f64>,
    /// The one that all but a hundredth would not have.
    pub wait_p99_seconds: Option<f64>,
    /// The share of clients that would have been refused.
    pub refused_ratio: Option<f64>,
    /// The share of their time that workers would have been occupied.
    pub utilisation_ratio: Option<f64>,
}

/// Where a status has it.
#[derive(Deserialize)]
struct Advised {
    advice: Option<Advice>,
}

/// The advice in a status. Whoever cannot read it still has the status.
pub(super) fn read(status: &[u8]) -> Option<Advice> {
    let advised = serde_json::from_slice::<Advised>(status).ok()?;
    advised.advice
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_is_read_as_far_as_it_goes() {
        let status = br#"{"life": "running", "advice": {"sentence": "8 are enough.", "holds": true,
            "assumption": "none", "windows": [{"seconds": 60, "wait": {"p50_seconds": null},
            "pools": [{"workers": 8, "is_current": true, "wait_p99_seconds": 0.5}]}]}}"#;
        let advice = read(status).unwrap();
        assert!(advice.holds);
        assert_eq!(advice.sentence, "8 are enough.");
        let window = &advice.windows[0];
        assert_eq!((window.seconds, window.wait.p50_seconds), (60.0, None));
        assert_eq!(window.pools[0].wait_p99_seconds, Some(0.5));
        assert_eq!(window.pools[0].refused_ratio, None);
    }

    #[test]
    fn what_is_not_understood_is_no_advice() {
        for status in ["{}", r#"{"advice": null}"#, r#"{"advice": 7}"#, "", "[]"] {
            assert_eq!(read(status.as_bytes()), None, "{status:?}");
        }
    }
}
