//! The goodput of `jamd serve` at two and three times its capacity, and the price of `turn`.
//!
//! Sessions have exponential lengths, arrivals are Poisson, and clients lose their patience after a second.
//! The capacity is the number of workers over the mean length. Loads above 5000 arrivals a second are left
//! to the tests in virtual time: here they would measure the machine.
//!
//! ```text
//! cargo bench --bench overload [-- FILTER] [-- --quick]
//! ```

use std::io;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use crate::clients::{Counts, Leaving, Loop};
use crate::company::Company;
use crate::request::Request;
use crate::running::Running;

#[path = "overload/clients.rs"]
mod clients;
#[path = "against_floor/company.rs"]
mod company;
#[path = "against_floor/interrupt.rs"]
mod interrupt;
#[path = "against_floor/jamd_serve.rs"]
mod jamd_serve;
#[path = "against_floor/machine.rs"]
mod machine;
#[path = "against_floor/request.rs"]
mod request;
#[path = "against_floor/running.rs"]
mod running;
#[path = "overload/turn.rs"]
mod turn;

/// Workers and the mean length of a session in milliseconds.
const POOLS: [(u32, u32); 5] = [(8, 50), (32, 50), (8, 250), (32, 250), (256, 250)];

const TIMES: [u32; 2] = [2, 3];

const LEAVING: [(&str, Leaving); 3] = [
    ("close", Leaving::Closes),
    ("half-close", Leaving::HalfCloses),
    ("never leave", Leaving::Never),
];

const PATIENCE: Duration = Duration::from_secs(1);
const WARMUP: Duration = Duration::from_secs(3);

/// A schedule that was kept worse than this says little about the server.
const LATE: Duration = Duration::from_millis(100);

/// So many good sessions tell a share to 2 per cent.
const ENOUGH: f64 = 4000.0;

/// The lengths of sessions that are longer than a turn.
const LONG: [Duration; 2] = [Duration::from_secs(9), Duration::from_secs(95)];

#[derive(Debug, Parser)]
struct Cli {
    #[command(flatten)]
    request: Request,
}

fn main() -> ExitCode {
    let Cli { request } = Cli::parse();
    let outcome = if request.wants_measurement() {
        measure(&request)
    } else {
        Ok(())
    };
    request::end("overload", outcome)
}

fn measure(request: &Request) -> io::Result<()> {
    interrupt::watch()?;
    let company = Company::watch()?;
    println!("{}", machine::conditions(&[])?);
    for length in LONG {
        if request.selects(&format!("turn {length:?}")) {
            turn::measure(length)?;
        }
    }
    let lowest = measure_goodput(request)?;
    println!("\n{}", company.text()?);
    if let Some(lowest) = lowest {
        println!("lowest share of the capacity: {:.1} %", lowest * 100.0);
    }
    Ok(())
}

/// Prints the goodput of each case, and returns the lowest share of the capacity.
fn measure_goodput(request: &Request) -> io::Result<Option<f64>> {
    let mut shares = Vec::new();
    for (workers, millis) in POOLS {
        for times in TIMES {
            for (name, leaving) in LEAVING {
                let case = format!("goodput {workers} {millis}ms {times}x {name}");
                if !request.selects(&case) {
                    continue;
                }
                if shares.is_empty() {
                    println!(
                        "\nworkers  session  load  clients       good/s  of capacity  p99 refused"
                    );
                }
                let capacity = f64::from(workers) * 1000.0 / f64::from(millis);
                let window = ENOUGH / capacity / if request.is_quick() { 16.0 } else { 1.0 };
                let window = Duration::from_secs_f64(window.max(5.0));
                let plan = Loop {
                    server: ([0; 4], 0).into(),
                    rate: capacity * f64::from(times),
                    patience: PATIENCE,
                    leaving,
                    warmup: WARMUP,
                    window,
                };
                let counts = serve_and_load(workers, millis, plan)?;
                let good = f64::from(counts.good) / window.as_secs_f64();
                let share = good / capacity;
                shares.push(share);
                let session = format!("{millis} ms");
                let load = format!("{times} ×");
                let percent = format!("{:.1} %", share * 100.0);
                let (refused, doubt) = (p99(&counts), doubt(&counts));
                println!(
                    "{workers:>7}  {session:>7}  {load:>4}  {name:<12} {good:>7.1}  {percent:>11}  \
                     {refused:>8} ms{doubt}"
                );
            }
        }
    }
    Ok(shares.into_iter().reduce(f64::min))
}

/// Starts a server, and loads it.
fn serve_and_load(workers: u32, millis: u32, plan: Loop) -> io::Result<Counts> {
    let mut command = jamd_serve::command(workers, jamd_serve::QUEUE);
    command.args(["--service-time", &format!("exp:{millis}ms")]);
    let server = Running::start("jamd".to_owned(), command)?;
    let server = server.addr();
    clients::run(&Loop { server, ..plan })
}

/// The time to a refusal, in milliseconds.
fn p99(counts: &Counts) -> u128 {
    let mut refused = counts.refused.clone();
    refused.sort_unstable();
    let place = (refused.len() * 99 / 100).min(refused.len().saturating_sub(1));
    refused.get(place).map_or(0, Duration::as_millis)
}

/// What makes a row doubtful.
fn doubt(counts: &Counts) -> String {
    let late =
        (counts.lag > LATE).then(|| format!("  doubtful: the generator was {:?} late", counts.lag));
    let failed = (counts.failed > 0).then(|| format!("  {} failed", counts.failed));
    [late, failed].into_iter().flatten().collect()
}
