//! Metrics: the types, the text formats and the table for the manual.

mod list;
mod samples;

use std::fmt::{self, Write};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use super::counters::Histograms;
use super::histogram::Reading;
use super::snapshot::Snapshot;
use super::status::Status;

pub use self::list::METRICS;

/// The source of all metric values.
#[derive(Debug, Clone)]
pub struct Scrape {
    /// The part that is also published as JSON.
    pub status: Status,
    /// The histograms, which are only published as metrics.
    pub histograms: Histograms,
}

/// One metric.
#[derive(Debug)]
pub struct Metric {
    /// The name, without the `_total` suffix that counters have in the output.
    name: &'static str,
    help: &'static str,
    /// The names of the labels.
    labels: &'static [&'static str],
    values: Values,
}

/// The type of a metric and the function that reads its values.
#[derive(Debug, Clone, Copy)]
enum Values {
    Counter(fn(&Scrape) -> Vec<Sample>),
    Gauge(fn(&Scrape) -> Vec<Sample>),
    Histogram(fn(&Scrape) -> Reading),
}

/// One value with the values of its metric's labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    labels: Vec<String>,
    value: f64,
}

/// The text format of the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposition {
    /// The format of `OpenMetrics`, 1.0.
    OpenMetrics,
    /// The text format of Prometheus, 0.0.4, which other readers accept too.
    Prometheus,
}

impl Exposition {
    /// The media type of the format.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// Writes every metric.
///
/// # Errors
///
/// None: a write to memory cannot fail.
pub fn render(scrape: Scrape, exposition: Exposition) -> Result<String, fmt::Error> {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(scrape));
    let mut text = String::new();
    match exposition {
        Exposition::OpenMetrics => {
            prometheus_client::encoding::text::encode(&mut text, &registry)?;
        }
        Exposition::Prometheus => {
            prometheus_client::encoding::prometheus_text::encode(&mut text, &registry)?;
        }
    }
    Ok(text)
}

/// The metrics as a table in Markdown.
///
/// # Errors
///
/// None: a write to memory cannot fail.
pub fn table() -> Result<String, fmt::Error> {
    let mut table = String::from("| metric | type | what it says |\n|---|---|---|\n");
    for metric in METRICS {
        let (kind, suffix) = match metric.values {
            Values::Counter(_) => ("counter", "_total"),
            Values::Gauge(_) => ("gauge", ""),
            Values::Histogram(_) => ("histogram", ""),
        };
        let labels = match metric.labels {
            [] => String::new(),
            labels => format!("{{{}}}", labels.join(", ")),
        };
        let Metric { name, help, .. } = metric;
        writeln!(table, "| `{name}{suffix}{labels}` | {kind} | {help} |")?;
    }
    Ok(table)
}

impl Scrape {
    fn server(&self) -> &Snapshot {
        &self.status.server
    }
}

impl Collector for Scrape {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for metric in METRICS {
            metric.encode(self, &mut encoder)?;
        }
        Ok(())
    }
}

impl Metric {
    fn encode(&self, scrape: &Scrape, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let kind = match self.values {
            Values::Counter(_) => MetricType::Counter,
            Values::Gauge(_) => MetricType::Gauge,
            Values::Histogram(_) => MetricType::Histogram,
        };
        let mut encoder = encoder.encode_descriptor(self.name, self.help, None, kind)?;
        match self.values {
            Values::Counter(samples) => self.encode_each(&samples(scrape), encoder, |it, value| {
                it.encode_counter::<NoLabelSet, f64, f64>(&value, None)
            }),
            Values::Gauge(samples) => self.encode_each(&samples(scrape), encoder, |it, value| {
                it.encode_gauge(&value)
            }),
            Values::Histogram(reading) => {
                let reading = reading(scrape);
                let buckets: Vec<_> = reading.buckets().collect();
                let (sum, count) = (reading.sum(), reading.count());
                encoder.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
            }
        }
    }

    fn encode_each(
        &self,
        samples: &[Sample],
        mut encoder: MetricEncoder<'_>,
        encode: impl Fn(&mut MetricEncoder<'_>, f64) -> fmt::Result,
    ) -> fmt::Result {
        for sample in samples {
            if self.labels.is_empty() {
                encode(&mut encoder, sample.value)?;
            } else {
                let names = self.labels.iter().copied();
                let labels: Vec<_> = names
                    .zip(sample.labels.iter().map(String::as_str))
                    .collect();
                encode(&mut encoder.encode_family(&labels)?, sample.value)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_of_the_metrics_lists_every_one() {
        let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/config/prometheus/README.md");
        let readme = std::fs::read_to_string(readme).unwrap_or_default();
        let table = table().unwrap();
        assert!(
            readme.contains(&table),
            "the table of metrics should be:\n{table}"
        );
    }

    #[test]
    fn no_two_metrics_share_a_name_and_none_has_the_suffix_of_counters() {
        for (index, metric) in METRICS.iter().enumerate() {
            let same = METRICS.iter().position(|it| it.name == metric.name);
            assert_eq!(same, Some(index), "{}", metric.name);
            assert!(!metric.name.ends_with("_total"), "{}", metric.name);
        }
    }
}
