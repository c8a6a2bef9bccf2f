//! Argument values of a load only: rates, arrivals, shards, moments.

use std::ops::RangeInclusive;
use std::time::SystemTime;

use crate::load::{Arrivals, HIGHEST_RATE, Shard, Stages};

/// The permitted multiples of a capacity.
const FACTORS: RangeInclusive<f64> = 1.0..=100.0;

/// A constant rate.
pub(super) fn rate(text: &str) -> Result<Stages, String> {
    let number = text.trim().parse().ok();
    number.and_then(Stages::constant).ok_or_else(|| {
        format!("a rate is a number of sessions a second above 0, at most {HIGHEST_RATE}")
    })
}

/// A multiple of a capacity: `2x`, `2` or `1.5x`.
pub(super) fn factor(text: &str) -> Result<f64, String> {
    let number = text.trim().trim_end_matches(['x', '×']).parse().ok();
    number
        .filter(|factor| FACTORS.contains(factor))
        .ok_or_else(|| {
            let (least, most) = FACTORS.into_inner();
            format!("a multiple of the capacity is written 2x, from {least}x to {most}x")
        })
}

/// The spacing of sessions.
pub(super) fn arrivals(text: &str) -> Result<Arrivals, String> {
    match text {
        "constant" => Ok(Arrivals::Constant),
        "poisson" => Ok(Arrivals::Poisson),
        _ => Err("arrivals are \"constant\" or \"poisson\"".to_owned()),
    }
}

/// One process of several: `2/3`.
pub(super) fn shard(text: &str) -> Result<Shard, String> {
    let refused = || "a shard is written I/N, from 1/N to N/N".to_owned();
    let (index, count) = text.split_once('/').ok_or_else(refused)?;
    let number = |text: &str| text.parse::<u32>().map_err(|_| refused());
    let (index, count) = (number(index)?, number(count)?);
    if (1..=count).contains(&index) {
        Ok(Shard { index, count })
    } else {
        Err(refused())
    }
}

/// A moment in UTC.
pub(super) fn moment(text: &str) -> Result<SystemTime, String> {
    humantime::parse_rfc3339_weak(text)
        .map_err(|_| "a moment is written like 2030-01-01T12:00:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_one_of_those_there_are() {
        assert_eq!(shard("2/3"), Ok(Shard { index: 2, count: 3 }));
        for text in ["", "1", "0/3", "4/3", "1/0", "-1/3", "1/3/5", "a/b"] {
            assert!(shard(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_rate_is_refused() {
        assert!(rate("0.5").is_ok());
        for text in ["", "0", "-1", "inf", "nan", "1e99", "10/s"] {
            assert!(rate(text).is_err(), "{text:?}");
        }
    }
}
