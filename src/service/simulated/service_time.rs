//! The service time of a simulated command.

use std::fmt;
use std::time::Duration;

use fastrand::Rng;

use crate::base::duration;

/// The service time of a command, and the way it is spent.
///
/// Written as on the command line: `2ms`, `exp:2ms`, `work:2ms`, `work:exp:2ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceTime {
    /// The mean, at most [`Self::LONGEST`].
    pub mean: Duration,
    /// The distribution of the times.
    pub spread: Spread,
    /// The way the time is spent.
    pub spent: Spent,
}

/// The distribution of service times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// All times are equal.
    Fixed,
    /// The times are exponentially distributed: their standard deviation equals their mean.
    Exponential,
}

/// The way a service time is spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spent {
    /// Sleeping, like a wait for another system: it uses no core.
    Sleeping,
    /// Computing for this much CPU time; it takes longer where cores are scarce.
    Computing,
}

impl ServiceTime {
    /// The longest service time. Longer exponential times are cut to it: one in 400 at a mean of 10 s, hardly
    /// any at shorter means.
    pub const LONGEST: Duration = Duration::from_mins(1);

    /// Draws the service time of the next command.
    pub(super) fn draw(self, random: &mut Rng) -> Duration {
        match self.spread {
            Spread::Fixed => self.mean,
            Spread::Exponential => {
                let times = -(1.0 - random.f64()).ln();
                self.mean.mul_f64(times).min(Self::LONGEST)
            }
        }
    }

    /// The service time in words, to follow "every command" in a sentence.
    pub fn in_words(self) -> String {
        let does = match self.spent {
            Spent::Sleeping => "takes",
            Spent::Computing => "computes for",
        };
        let spread = match self.spread {
            Spread::Fixed => "",
            Spread::Exponential => " on average, exponentially distributed",
        };
        format!("{does} {}{spread}", duration::text(self.mean))
    }
}

impl fmt::Display for ServiceTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.spent == Spent::Computing {
            f.write_str("work:")?;
        }
        if self.spread == Spread::Exponential {
            f.write_str("exp:")?;
        }
        write!(f, "{}", duration::text(self.mean))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(mean: Duration, spread: Spread) -> ServiceTime {
        let spent = Spent::Sleeping;
        ServiceTime {
            mean,
            spread,
            spent,
        }
    }

    #[test]
    fn fixed_times_are_all_equal() {
        let mean = Duration::from_micros(300);
        let mut random = Rng::with_seed(1);
        for _ in 0..10 {
            assert_eq!(of(mean, Spread::Fixed).draw(&mut random), mean);
        }
    }

    #[test]
    fn exponential_times_have_their_mean_and_as_much_spread() {
        let mean = Duration::from_millis(2);
        let mut random = Rng::with_seed(7);
        let times: Vec<f64> = (0..100_000)
            .map(|_| of(mean, Spread::Exponential).draw(&mut random))
            .map(|time| time.as_secs_f64() / mean.as_secs_f64())
            .collect();
        let count = times.len() as f64;
        let average = times.iter().sum::<f64>() / count;
        let variance = times.iter().map(|it| (it - average).powi(2)).sum::<f64>() / count;
        // Their standard errors are 0.003 and 0.009.
        assert!((average - 1.0).abs() < 0.015, "{average}");
        assert!((variance - 1.0).abs() < 0.05, "{variance}");
        let median = times.iter().filter(|it| **it < 2_f64.ln()).count() as f64 / count;
        assert!((median - 0.5).abs() < 0.01, "{median}");
    }

    #[test]
    fn no_time_is_longer_than_the_longest() {
        let mut random = Rng::with_seed(3);
        let longest = of(ServiceTime::LONGEST, Spread::Exponential);
        let times: Vec<_> = (0..100).map(|_| longest.draw(&mut random)).collect();
        assert_eq!(times.iter().max(), Some(&ServiceTime::LONGEST));
    }
}
