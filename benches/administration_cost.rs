//! What it costs to observe a server: its administration port, its metrics and its advisor.
//!
//! The server and its clients are processes of their own, so that what the server takes can be read
//! exactly; who scrapes it is a thread here.
//!
//! ```text
//! cargo bench --bench administration_cost [-- FILTER] [-- --quick]
//! ```
//!
//! The parts are `sessions`, `polled`, `advisor`, `scrape` and `p99`.

use std::io;
use std::process::ExitCode;

use clap::Parser;

use crate::company::Company;
use crate::pairs::Effort;
use crate::request::Request;

#[path = "administration_cost/advisor.rs"]
mod advisor;
#[path = "load_cost/child.rs"]
mod child;
#[path = "administration_cost/clients.rs"]
mod clients;
#[path = "against_floor/company.rs"]
mod company;
#[path = "against_floor/cpu_time.rs"]
mod cpu_time;
#[path = "against_floor/interrupt.rs"]
mod interrupt;
#[path = "against_floor/jamd_serve.rs"]
mod jamd_serve;
#[path = "against_floor/machine.rs"]
mod machine;
#[path = "administration_cost/p99.rs"]
mod p99;
#[path = "load_cost/pairs.rs"]
mod pairs;
#[path = "against_floor/quantity.rs"]
mod quantity;
#[path = "against_floor/request.rs"]
mod request;
#[path = "against_floor/running.rs"]
mod running;
#[path = "administration_cost/scrape.rs"]
mod scrape;
#[path = "administration_cost/scraper.rs"]
mod scraper;
#[path = "administration_cost/server.rs"]
mod server;
#[path = "administration_cost/sessions.rs"]
mod sessions;
#[path = "against_floor/spread.rs"]
mod spread;

/// Measures what it costs to observe `jamd serve`.
#[derive(Debug, Parser)]
struct Cli {
    #[command(flatten)]
    request: Request,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = if cli.request.wants_measurement() {
        measure(&cli.request)
    } else {
        Ok(())
    };
    request::end("administration_cost", outcome)
}

/// Measures what was selected.
fn measure(request: &Request) -> io::Result<()> {
    interrupt::watch()?;
    let effort = Effort::of(request);
    let company = Company::watch()?;
    println!("{}", machine::conditions(&server::conditions(effort))?);

    let mut quantities = Vec::new();
    if request.selects(sessions::UNPOLLED.name) {
        quantities.extend(sessions::UNPOLLED.measure(effort)?);
    }
    if request.selects(sessions::POLLED.name) {
        quantities.extend(sessions::POLLED.measure(effort)?);
    }
    if request.selects(advisor::NAME) {
        quantities.push(advisor::measure(effort)?);
    }
    if request.selects(scrape::NAME) {
        quantities.extend(scrape::measure()?);
    }
    if request.selects(p99::NAME) {
        quantities.push(p99::measure(effort)?);
    }
    println!("{}", quantity::table(&quantities));
    println!("{}", company.text()?);
    Ok(())
}
