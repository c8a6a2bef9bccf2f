//! CSV report: one line per second of a measurement.

use crate::load::{Measurement, Second};

/// Times cover the good sessions that ended in the second; times of stages are means.
const HEADER: &str = "second,length_s,started,good,busy,failed,replies,p50_us,p99_us,max_us,\
    connect_mean_us,first_reply_mean_us,later_reply_mean_us,close_mean_us";

/// One line per second below a header; a time without measurements is empty.
pub fn csv(measured: &Measurement) -> String {
    let lines = measured.seconds.iter().map(line);
    let lines: Vec<_> = [HEADER.to_owned()].into_iter().chain(lines).collect();
    lines.join("\n") + "\n"
}

fn line(second: &Second) -> String {
    let ended = second.ended;
    let counts = [
        second.started,
        ended.good,
        ended.busy,
        ended.failed,
        ended.replies,
    ];
    let times = [
        second.p50_ns,
        second.p99_ns,
        second.max_ns,
        second.connect_ns,
        second.first_reply_ns,
        second.later_reply_ns,
        second.close_ns,
    ];
    let begin = [
        second.at.to_string(),
        format!("{:.3}", second.length.as_secs_f64()),
    ];
    let counts = counts.iter().map(u64::to_string);
    let fields: Vec<_> = begin
        .into_iter()
        .chain(counts)
        .chain(times.map(micros))
        .collect();
    fields.join(",")
}

/// Nanoseconds as microseconds, exactly.
fn micros(ns: u64) -> String {
    match ns {
        0 => String::new(),
        ns => format!("{}.{:03}", ns / 1000, ns % 1000),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::load::sample;

    /// The fields of each line below their names.
    fn read(text: &str) -> Vec<Vec<(&str, &str)>> {
        let mut lines = text.lines();
        let names = lines.next().unwrap().split(',');
        let fields = lines.map(|line| names.clone().zip(line.split(',')).collect());
        fields.collect()
    }

    #[test]
    fn the_table_is_as_it_was_last_looked_at() {
        insta::assert_snapshot!(csv(&sample::open(1)));
    }

    #[test]
    fn every_second_has_a_line_and_every_field_a_name() {
        let measured = sample::closed(1);
        let text = csv(&measured);
        let names = HEADER.split(',').count();
        assert!(text.lines().all(|line| line.split(',').count() == names));
        let lines = read(&text);
        assert_eq!(lines.len(), measured.seconds.len());
        let good = lines.iter().map(|line| {
            let (_, good) = line.iter().find(|(name, _)| *name == "good").unwrap();
            good.parse::<u64>().unwrap()
        });
        assert_eq!(good.sum::<u64>(), measured.ended.good);
    }

    #[test]
    fn a_time_is_in_microseconds_and_nothing_where_there_is_none() {
        let second = Second {
            at: 7,
            length: Duration::from_millis(250),
            p50_ns: 1_234_005,
            ..Second::default()
        };
        assert_eq!(line(&second), "7,0.250,0,0,0,0,0,1234.005,,,,,,");
    }
}
