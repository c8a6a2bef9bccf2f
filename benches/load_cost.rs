//! What `jamd load` costs itself: CPU time against other clients, memory, and its live view.
//!
//! Every client and every server is a process of its own, so that what a client cost is what the
//! kernel says of it once it has ended.
//!
//! ```text
//! cargo bench --bench load_cost [-- FILTER] [-- --quick]
//! ```
//!
//! The parts are `cpu`, `redis` (if `redis-server` and `redis-benchmark` are installed), `live-view`
//! and `many-clients`.

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use crate::company::Company;
use crate::pairs::Effort;
use crate::request::Request;

#[path = "load_cost/bare.rs"]
mod bare;
#[path = "load_cost/child.rs"]
mod child;
#[path = "load_cost/client.rs"]
mod client;
#[path = "against_floor/company.rs"]
mod company;
#[path = "load_cost/cpu.rs"]
mod cpu;
#[path = "against_floor/interrupt.rs"]
mod interrupt;
#[path = "against_floor/jamd_serve.rs"]
mod jamd_serve;
#[path = "load_cost/live_view.rs"]
mod live_view;
#[path = "against_floor/machine.rs"]
mod machine;
#[path = "load_cost/many_clients.rs"]
mod many_clients;
#[path = "load_cost/pairs.rs"]
mod pairs;
#[path = "against_floor/quantity.rs"]
mod quantity;
#[path = "load_cost/redis.rs"]
mod redis;
#[path = "against_floor/request.rs"]
mod request;
#[path = "against_floor/running.rs"]
mod running;
#[path = "against_floor/spread.rs"]
mod spread;

/// Measures what `jamd load` costs.
#[derive(Debug, Parser)]
struct Cli {
    #[command(flatten)]
    request: Request,
    /// Be the bare client of this server: how this program starts its own children.
    #[arg(long, value_name = "ADDR", hide = true, requires = "for_ms")]
    bare: Option<SocketAddr>,
    /// For so long.
    #[arg(long, value_name = "MILLISECONDS", hide = true, default_value_t = 0)]
    for_ms: u64,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.bare {
        Some(server) => bare::run(server, Duration::from_millis(cli.for_ms)),
        None if cli.request.wants_measurement() => measure(&cli),
        None => Ok(()),
    };
    request::end("load_cost", outcome)
}

/// Measures what was selected, many clients last: the kernel tells the greatest memory that any
/// child had, and theirs is the greatest.
fn measure(cli: &Cli) -> io::Result<()> {
    interrupt::watch()?;
    let effort = Effort::of(&cli.request);
    let company = Company::watch()?;
    println!("{}", machine::conditions(&client::conditions(effort))?);

    let mut quantities = Vec::new();
    if cli.request.selects(cpu::NAME) {
        quantities.push(cpu::measure(effort)?);
    }
    if cli.request.selects(redis::NAME) {
        quantities.extend(redis::measure(effort)?);
    }
    if cli.request.selects(live_view::NAME) {
        quantities.push(live_view::measure(effort)?);
    }
    if cli.request.selects(many_clients::NAME) {
        quantities.push(many_clients::measure()?);
    }
    println!("{}", quantity::table(&quantities));
    println!("{}", company.text()?);
    Ok(())
}
