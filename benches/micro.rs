//! What the parts of an answer cost, each on its own: parse a line, respond to a read, write a reply,
//! hand an entry to a worker; and what it costs to replay sessions for advice.
//!
//! ```text
//! cargo bench --bench micro [-- FILTER] [-- --quick]
//! ```

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use jamd::clock::{Clock, SystemClock, Zone};
use jamd::config::Config;
use jamd::protocol::{self, Parsed, TIME_LINE};
use jamd::server::{REPLIES_LIMIT, Responder, Service};
use jamd::service::TimeService;

#[path = "micro/hand_off.rs"]
mod hand_off;
#[path = "micro/whatif.rs"]
mod whatif;

/// Commands in a burst: what a client that pipelines may send in one segment.
const BURST: usize = 128;

/// The longest line of the default configuration.
fn max_line() -> usize {
    Config::default().max_line
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    parse(&mut criterion);
    respond(&mut criterion);
    write(&mut criterion);
    hand_off::measure(&mut criterion);
    whatif::measure(&mut criterion);
    criterion.final_summary();
}

/// Finds every line of a read, one by one.
fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    let max_line = max_line();
    for lines in [1, BURST] {
        let input = TIME_LINE.repeat(lines);
        group.throughput(elements(lines));
        group.bench_with_input(BenchmarkId::new("TIME", lines), &input, |bench, input| {
            bench.iter(|| {
                let mut rest = black_box(input.as_slice());
                while let Parsed::Line(command, bytes) = protocol::parse(rest, max_line) {
                    black_box(command);
                    rest = &rest[bytes..];
                }
            });
        });
    }
    group.finish();
}

/// Answers one read of a session, with the machine's clock and the default zone.
fn respond(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("respond");
    let service = TimeService::new(SystemClock, Zone::default(), max_line());
    for (name, line, lines) in [
        ("TIME", TIME_LINE, 1),
        ("TIME", TIME_LINE, BURST),
        ("unknown", b"JAM?\r\n", BURST),
    ] {
        let input = line.repeat(lines);
        let mut responder = service.responder();
        // A worker keeps its buffer from one read to the next.
        let mut replies = Vec::with_capacity(REPLIES_LIMIT);
        group.throughput(elements(lines));
        group.bench_with_input(BenchmarkId::new(name, lines), &input, |bench, input| {
            bench.iter(|| {
                replies.clear();
                black_box(responder.respond(black_box(input), &mut replies))
            });
        });
    }
    group.finish();
}

/// Writes the reply of a second, in each kind of zone.
fn write(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("write");
    let second = SystemClock.unix_second();
    for (name, zone) in [
        ("utc", Zone::Utc),
        ("offset", Zone::East(7 * 60)),
        ("local", Zone::Local),
    ] {
        group.bench_function(name, |bench| {
            bench.iter(|| protocol::time_reply(black_box(zone).hhmmss(black_box(second))));
        });
    }
    group.finish();
}

fn elements(count: usize) -> Throughput {
    Throughput::Elements(count as u64)
}
