//! The real server against reference servers, interleaved in one run, as ratios.
//!
//! Every server is a process of its own, so that its CPU time can be read exactly; one load
//! generator, the same for all, runs here. The subject is `jamd serve` unless `--subject` names
//! a reference, and a reference against itself shows the noise of the method.
//!
//! ```text
//! cargo bench --bench against_floor [-- FILTER] [-- --quick] [-- --subject floor]
//! ```

use std::io;
use std::process::ExitCode;

use clap::Parser;

use crate::cases::{CASES, Case};
use crate::company::Company;
use crate::contestant::Contestant;
use crate::pairs::Effort;
use crate::reference::Reference;
use crate::request::Request;

#[path = "against_floor/asking.rs"]
mod asking;
#[path = "against_floor/cases.rs"]
mod cases;
#[path = "against_floor/company.rs"]
mod company;
#[path = "against_floor/conditions.rs"]
mod conditions;
#[path = "against_floor/contestant.rs"]
mod contestant;
#[path = "against_floor/cpu_time.rs"]
mod cpu_time;
#[path = "against_floor/first_answer.rs"]
mod first_answer;
#[path = "against_floor/idle_sessions.rs"]
mod idle_sessions;
#[path = "against_floor/interrupt.rs"]
mod interrupt;
#[path = "against_floor/jamd_serve.rs"]
mod jamd_serve;
#[path = "against_floor/load.rs"]
mod load;
#[path = "against_floor/machine.rs"]
mod machine;
#[path = "against_floor/pairs.rs"]
mod pairs;
#[path = "against_floor/quantity.rs"]
mod quantity;
#[path = "against_floor/reference/mod.rs"]
mod reference;
#[path = "against_floor/request.rs"]
mod request;
#[path = "against_floor/running.rs"]
mod running;
#[path = "against_floor/session.rs"]
mod session;
#[path = "against_floor/spread.rs"]
mod spread;
#[path = "against_floor/table.rs"]
mod table;
#[path = "against_floor/wire.rs"]
mod wire;

/// Measures `jamd serve` against reference servers, as ratios.
#[derive(Debug, Parser)]
struct Cli {
    #[command(flatten)]
    request: Request,
    /// Put a reference server in the place of jamd.
    #[arg(long, value_name = "REFERENCE")]
    subject: Option<Reference>,
    /// Be a reference server: how this program starts its own children.
    #[arg(long, value_name = "REFERENCE", hide = true)]
    reference: Option<Reference>,
}

impl Cli {
    fn subject(&self, workers: u32) -> Contestant {
        self.subject
            .map_or(Contestant::Jamd { workers }, Contestant::Reference)
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.reference {
        Some(reference) => reference.serve(),
        None if cli.request.wants_measurement() => measure(&cli),
        None => Ok(()),
    };
    request::end("against_floor", outcome)
}

/// Measures what was selected; each table is printed as soon as it is complete.
fn measure(cli: &Cli) -> io::Result<()> {
    interrupt::watch()?;
    let effort = Effort::of(&cli.request);
    let company = Company::watch()?;
    println!(
        "{}",
        machine::conditions(&conditions::conditions(cli.subject, effort))?
    );

    let selected: Vec<&Case> = CASES
        .iter()
        .filter(|c| cli.request.selects(&c.name()))
        .collect();
    if !selected.is_empty() {
        let measured = selected
            .into_iter()
            .map(|case| Ok((case, case.measure(cli.subject(case.workers), effort)?)))
            .collect::<io::Result<Vec<_>>>()?;
        println!("{}", table::ratios(&measured));
        println!("{}", table::spreads(&measured));
    }

    let mut quantities = Vec::new();
    if cli.request.selects(idle_sessions::NAME) {
        quantities.extend(idle_sessions::measure(cli.subject(idle_sessions::WORKERS))?);
    }
    if cli.request.selects(first_answer::NAME) {
        quantities.push(first_answer::measure(cli.subject(cases::DEFAULT_WORKERS))?);
    }
    if !quantities.is_empty() {
        println!("{}", quantity::table(&quantities));
    }
    println!("{}", company.text()?);
    Ok(())
}
