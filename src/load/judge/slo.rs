//! Service level objectives, such as `p99<20ms,errors<0.1%`, and their parser.
//!
//! The evaluation of a measurement against them is in `objective_result`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::base::duration;

/// The objectives that a run must meet, all of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Slo {
    pub(super) objectives: Vec<Objective>,
}

impl Slo {
    /// The objectives, in the order they are written.
    pub fn objectives(&self) -> &[Objective] {
        &self.objectives
    }
}

/// One objective: a figure of a measurement and the limit it must keep.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Objective {
    /// The side of the limit on which the figure must lie.
    pub op: Op,
    /// The figure and its limit.
    pub limit: Limit,
}

impl Objective {
    /// Whether better service helps to meet it: a time or a share has an upper limit, or goodput a lower
    /// one. More attempts are not better service, because refused clients soon come again.
    pub fn asks_for_better_service(&self) -> bool {
        match (self.limit, self.op) {
            (Limit::Time(..) | Limit::Percent(..), Op::Below | Op::AtMost)
            | (Limit::Rate(Rated::Goodput, _), Op::Above | Op::AtLeast) => true,
            // A share of exactly 0 is an upper limit too.
            (Limit::Percent(_, limit), Op::Exactly) => limit <= 0.0,
            _ => false,
        }
    }
}

/// The side of its limit on which a figure must lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `=`
    Exactly,
}

/// A figure of a measurement and its limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// A time.
    Time(Timed, Duration),
    /// A share of the sessions begun, in per cent.
    Percent(Shared, f64),
    /// Sessions a second.
    Rate(Rated, f64),
}

/// A figure that is a time: of [`Measurement::latency`](crate::load::Measurement::latency).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Timed {
    /// A percentile, in per cent.
    Percentile(f64),
    /// The maximum.
    Max,
    /// The mean.
    Mean,
}

/// A figure that is a share of the sessions begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shared {
    /// Failed sessions.
    Errors,
    /// Sessions refused because the server was busy.
    Busy,
    /// Sessions cut short by the end of the run.
    Unfinished,
}

/// A figure that is a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rated {
    /// Good sessions a second.
    Goodput,
    /// Ended sessions a second, of every outcome.
    Attempts,
}

/// A figure without its limit.
enum Metric {
    Time(Timed),
    Percent(Shared),
    Rate(Rated),
}

/// The reason why a text is not an objective.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SloError {
    /// The text is not of the form `METRIC OP VALUE`.
    #[error("an objective is written METRIC<VALUE (or <=, >, >=, =), such as p99<20ms, got {0:?}")]
    Form(String),
    /// No figure has this name.
    #[error(
        "an objective is about p50, p99 or another percentile, max, mean, errors, busy, \
         unfinished, goodput or attempts, got {0:?}"
    )]
    Metric(String),
    /// The percentile is not between 0 and 100.
    #[error("a percentile lies between p0 and p100, such as p50 or p99.9, got {0:?}")]
    Percentile(String),
    /// The limit of a time is not a time.
    #[error("{metric} is held to a time with its unit, such as 20ms, got {value:?}")]
    Time {
        /// The figure.
        metric: String,
        /// Its limit in the text.
        value: String,
    },
    /// The limit of a share is not a share.
    #[error("{metric} is held to a share from 0% to 100%, such as 0.1%, got {value:?}")]
    Percent {
        /// The figure.
        metric: String,
        /// Its limit in the text.
        value: String,
    },
    /// The limit of a rate is not a rate.
    #[error("{metric} is held to sessions a second, such as 1000, got {value:?}")]
    Rate {
        /// The figure.
        metric: String,
        /// Its limit in the text.
        value: String,
    },
}

impl FromStr for Slo {
    type Err = SloError;

    fn from_str(list: &str) -> Result<Self, SloError> {
        let objectives = list.split(',').map(|text| text.trim().parse());
        let objectives = objectives.collect::<Result<_, _>>()?;
        Ok(Self { objectives })
    }
}

impl FromStr for Objective {
    type Err = SloError;

    fn from_str(text: &str) -> Result<Self, SloError> {
        let form = || SloError::Form(text.to_owned());
        let (metric, rest) = text
            .find(['<', '>', '='])
            .and_then(|at| text.split_at_checked(at))
            .ok_or_else(form)?;
        let (op, value) = Op::ALL
            .into_iter()
            .find_map(|op| Some((op, rest.strip_prefix(op.sign())?)))
            .ok_or_else(form)?;
        let (metric, value) = (metric.trim(), value.trim());
        if metric.is_empty() || value.is_empty() {
            return Err(form());
        }
        let limit = metric.parse::<Metric>()?.limit(metric, value)?;
        Ok(Self { op, limit })
    }
}

impl FromStr for Metric {
    type Err = SloError;

    fn from_str(name: &str) -> Result<Self, SloError> {
        Ok(match name {
            "max" => Self::Time(Timed::Max),
            "mean" => Self::Time(Timed::Mean),
            "errors" => Self::Percent(Shared::Errors),
            "busy" => Self::Percent(Shared::Busy),
            "unfinished" => Self::Percent(Shared::Unfinished),
            "goodput" => Self::Rate(Rated::Goodput),
            "attempts" => Self::Rate(Rated::Attempts),
            _ => {
                let percent = name.strip_prefix('p').and_then(number);
                let percent = percent.ok_or_else(|| SloError::Metric(name.to_owned()))?;
                if percent <= 0.0 || percent >= 100.0 {
                    return Err(SloError::Percentile(name.to_owned()));
                }
                Self::Time(Timed::Percentile(percent))
            }
        })
    }
}

impl Metric {
    fn limit(&self, name: &str, value: &str) -> Result<Limit, SloError> {
        let (metric, value) = (name.to_owned(), value.to_owned());
        match *self {
            Self::Time(timed) => match time(&value) {
                Some(limit) => Ok(Limit::Time(timed, limit)),
                None => Err(SloError::Time { metric, value }),
            },
            Self::Percent(shared) => match percent(&value) {
                Some(limit) => Ok(Limit::Percent(shared, limit)),
                None => Err(SloError::Percent { metric, value }),
            },
            Self::Rate(rated) => {
                match number(value.strip_suffix("/s").unwrap_or(&value).trim_end()) {
                    Some(limit) => Ok(Limit::Rate(rated, limit)),
                    None => Err(SloError::Rate { metric, value }),
                }
            }
        }
    }
}

/// A time with its unit. A bare `0` has no unit, and is refused.
fn time(text: &str) -> Option<Duration> {
    let time = duration::parse(text);
    time.filter(|_| duration::without_unit(text).is_none())
}

/// A share in per cent. Only 0 may be written without the sign.
fn percent(text: &str) -> Option<f64> {
    let share = match text.strip_suffix('%') {
        Some(digits) => number(digits.trim_end())?,
        None => number(text).filter(|bare| *bare == 0.0)?,
    };
    (share <= 100.0).then_some(share)
}

/// A decimal number: digits, perhaps a point and more digits.
fn number(text: &str) -> Option<f64> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    let number: f64 = text.bytes().all(is_digit).then(|| text.parse().ok())??;
    number.is_finite().then_some(number)
}

impl Op {
    /// All operators; a sign that begins with another comes before it.
    const ALL: [Self; 5] = [
        Self::AtMost,
        Self::AtLeast,
        Self::Below,
        Self::Above,
        Self::Exactly,
    ];

    /// The operator's text.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Below => "<",
            Self::AtMost => "<=",
            Self::Above => ">",
            Self::AtLeast => ">=",
            Self::Exactly => "=",
        }
    }

    /// Whether a figure lies on this side of a limit.
    pub(super) fn holds<T: PartialOrd>(self, figure: T, limit: T) -> bool {
        match self {
            Self::Below => figure < limit,
            Self::AtMost => figure <= limit,
            Self::Above => figure > limit,
            Self::AtLeast => figure >= limit,
            Self::Exactly => figure == limit,
        }
    }
}

impl Timed {
    /// The quantile, 0 to 1, of a percentile.
    pub(super) fn quantile(percent: f64) -> f64 {
        // Parsed, not divided: 99.9 / 100 is a little more than 0.999, and so another rank.
        format!("{percent}e-2").parse().unwrap_or(percent / 100.0)
    }
}

impl fmt::Display for Limit {
    /// The name of the figure.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Time(Timed::Percentile(percent), _) => return write!(f, "p{percent}"),
            Self::Time(Timed::Max, _) => "max",
            Self::Time(Timed::Mean, _) => "mean",
            Self::Percent(Shared::Errors, _) => "errors",
            Self::Percent(Shared::Busy, _) => "busy",
            Self::Percent(Shared::Unfinished, _) => "unfinished",
            Self::Rate(Rated::Goodput, _) => "goodput",
            Self::Rate(Rated::Attempts, _) => "attempts",
        })
    }
}

impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.limit, self.op.sign())?;
        match self.limit {
            // A limit of zero needs a unit like any other.
            Limit::Time(_, limit) if limit.is_zero() => f.write_str("0ns"),
            Limit::Time(_, limit) => {
                let limit = duration::text(limit);
                f.write_str(&limit.replace(' ', ""))
            }
            Limit::Percent(_, limit) => write!(f, "{limit}%"),
            Limit::Rate(_, limit) => write!(f, "{limit}"),
        }
    }
}

impl fmt::Display for Slo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, objective) in self.objectives.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{objective}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(text: &str) -> String {
        text.parse::<Slo>().unwrap().to_string()
    }

    #[test]
    fn objectives_are_read_with_blanks_and_without() {
        for (text, read) in [
            (
                "p99<20ms,errors<0.1%,busy<1%",
                "p99<20ms,errors<0.1%,busy<1%",
            ),
            (" p99.9 <= 1s 500ms , max < 5 s", "p99.9<=1500ms,max<5s"),
            ("errors=0,busy = 0 %", "errors=0%,busy=0%"),
            (
                "goodput>=1000/s,attempts > 12.5",
                "goodput>=1000,attempts>12.5",
            ),
            ("unfinished<=100%,mean>0ns", "unfinished<=100%,mean>0ns"),
        ] {
            assert_eq!(written(text), read);
        }
    }

    #[test]
    fn what_is_no_objective_is_refused_with_its_name_and_a_hint() {
        for (text, said) in [
            ("", "such as p99<20ms, got \"\""),
            ("p99", "such as p99<20ms, got \"p99\""),
            ("<20ms", "METRIC<VALUE"),
            ("p99<", "METRIC<VALUE"),
            ("p99<20ms,", "METRIC<VALUE"),
            ("latency<1ms", "got \"latency\""),
            ("p<1ms", "got \"p\""),
            ("p1e1<1ms", "got \"p1e1\""),
            ("p100<1ms", "a percentile lies between p0 and p100"),
            ("p999<1ms", "such as p50 or p99.9, got \"p999\""),
            ("p0<1ms", "a percentile lies between p0 and p100"),
            (
                "p99<20",
                "p99 is held to a time with its unit, such as 20ms, got \"20\"",
            ),
            ("max<0", "max is held to a time"),
            ("mean<20%", "mean is held to a time"),
            ("p99<18446744073709551615s 1000ms", "p99 is held to a time"),
            (
                "errors<0.1",
                "errors is held to a share from 0% to 100%, such as 0.1%",
            ),
            ("busy<101%", "busy is held to a share"),
            ("busy<-1%", "busy is held to a share"),
            ("unfinished<1ms", "unfinished is held to a share"),
            ("goodput>1ms", "goodput is held to sessions a second"),
            ("attempts>inf", "attempts is held to sessions a second"),
            ("p99==1ms", "p99 is held to a time"),
        ] {
            let refused = text.parse::<Slo>().unwrap_err().to_string();
            assert!(refused.contains(said), "{text:?}: {refused}");
        }
    }

    #[test]
    fn a_percentile_is_the_quantile_it_is_written_as() {
        for (percent, quantile) in [(99.9, 0.999), (99.99, 0.9999), (50.0, 0.5), (0.07, 0.0007)] {
            assert_eq!(Timed::quantile(percent), quantile);
        }
    }

    #[test]
    fn better_service_is_a_short_time_a_small_share_or_much_goodput() {
        let asks = |text: &str| text.parse::<Objective>().unwrap().asks_for_better_service();
        for good in ["p99<20ms", "max<=1s", "busy<1%", "errors=0", "goodput>=9"] {
            assert!(asks(good), "{good}");
        }
        for bad in [
            "p99>20ms",
            "mean>=1s",
            "p50=1ms",
            "busy>1%",
            "errors=1%",
            "goodput<9",
            "goodput=9",
            "attempts>9",
        ] {
            assert!(!asks(bad), "{bad}");
        }
    }

    fn any_objective() -> impl Strategy<Value = String> {
        let op = prop::sample::select(vec!["<", "<=", ">", ">=", "="]);
        let body = prop_oneof![
            (1_u32..9_999_999, 0_u64..u64::MAX / 2).prop_map(|(percent, ns)| {
                let limit = duration::text(Duration::from_nanos(ns % 10_u64.pow(15)));
                let unit = if ns % 10_u64.pow(15) == 0 { "ns" } else { "" };
                (
                    format!("p{}", f64::from(percent) / 1e5),
                    format!("{limit}{unit}"),
                )
            }),
            (0.0..100.0_f64).prop_map(|share| ("errors".to_owned(), format!("{share}%"))),
            (0.0..1e9_f64).prop_map(|rate| ("goodput".to_owned(), format!("{rate}"))),
        ];
        (body, op).prop_map(|((metric, value), op)| format!("{metric}{op}{value}"))
    }

    proptest! {
        #[test]
        fn objectives_read_back_as_they_are_written(all in prop::collection::vec(any_objective(), 1..5)) {
            let slo: Slo = all.join(", ").parse().unwrap();
            prop_assert_eq!(slo.to_string().parse(), Ok(slo));
        }

        #[test]
        fn no_text_at_all_panics(text in "(p[0-9.]{0,5}|max|errors|goodput|é)? ?[<>=]{0,2} ?[0-9]{0,40}(\\.[0-9]{0,20})?(s|ms|y|years|µs|%|/s| |é)?[0-9a-z ]{0,20}") {
            let _ = text.parse::<Slo>();
        }
    }
}
