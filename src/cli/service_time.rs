//! The service time of a simulated service, as the value of an argument.

use std::time::Duration;

use super::span::between;
use crate::service::{ServiceTime, Spent, Spread};

/// Reads `D`, `exp:D`, `work:D` or `work:exp:D`, where `D` is a duration of at most one minute.
pub(super) fn service_time(text: &str) -> Result<ServiceTime, String> {
    let (spent, law) = match text.strip_prefix("work:") {
        Some(law) => (Spent::Computing, law),
        None => (Spent::Sleeping, text),
    };
    let (spread, mean) = match law.strip_prefix("exp:") {
        Some(mean) => (Spread::Exponential, mean),
        None => (Spread::Fixed, law),
    };
    if mean.contains(':') {
        return Err(
            "a service time is a duration such as 2ms, to sleep for, exp:2ms for an \
            exponentially distributed one of that mean, or work:2ms or work:exp:2ms to compute"
                .to_owned(),
        );
    }
    let mean = between(Duration::ZERO, ServiceTime::LONGEST)(mean)?;
    Ok(ServiceTime {
        mean,
        spread,
        spent,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: Duration = Duration::from_millis(2);

    fn of(mean: Duration, spread: Spread, spent: Spent) -> ServiceTime {
        ServiceTime {
            mean,
            spread,
            spent,
        }
    }

    #[test]
    fn a_service_time_is_slept_or_worked_and_fixed_or_exponential() {
        for (text, read) in [
            ("2ms", of(TWO, Spread::Fixed, Spent::Sleeping)),
            ("exp:2ms", of(TWO, Spread::Exponential, Spent::Sleeping)),
            ("work:2ms", of(TWO, Spread::Fixed, Spent::Computing)),
            (
                "work:exp:2ms",
                of(TWO, Spread::Exponential, Spent::Computing),
            ),
            ("0s", of(Duration::ZERO, Spread::Fixed, Spent::Sleeping)),
            (
                "1m",
                of(ServiceTime::LONGEST, Spread::Fixed, Spent::Sleeping),
            ),
        ] {
            assert_eq!(service_time(text), Ok(read), "{text:?}");
        }
    }

    #[test]
    fn it_reads_back_as_it_is_written() {
        for spread in [Spread::Fixed, Spread::Exponential] {
            for spent in [Spent::Sleeping, Spent::Computing] {
                for mean in [Duration::ZERO, TWO, Duration::new(59, 1)] {
                    let written = of(mean, spread, spent);
                    assert_eq!(service_time(&written.to_string()), Ok(written));
                }
            }
        }
    }

    #[test]
    fn what_is_none_is_refused_with_what_is_one() {
        let bounds = "expected a duration from 0s to 60s";
        let unit = "a duration carries its unit, \"2s\" or \"2ms\"";
        let form = "a duration is written like 5s, 250ms or 1m 30s";
        for (text, refusal) in [
            ("2", unit),
            ("exp:2", unit),
            ("work:exp:2", unit),
            ("61s", bounds),
            ("exp:2m", bounds),
            ("18446744073709551615s1000ms", form),
            ("", form),
            ("exp:", form),
            ("-1s", form),
        ] {
            assert_eq!(service_time(text), Err(refusal.to_owned()), "{text:?}");
        }
        for text in ["gamma:2ms", "exp:work:2ms", "Work:2ms", "work:work:2ms"] {
            let refusal = service_time(text).unwrap_err();
            assert!(refusal.contains("or work:2ms or work:exp:2ms"), "{refusal}");
        }
    }
}
