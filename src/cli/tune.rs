//! The arguments of `jamd tune`, and the derived budget and effort.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};

use super::service_time::service_time;
use super::session::{ClientArgs, SessionArgs, clients};
use super::span::between;
use crate::base::terminal::Exit;
use crate::client::Target;
use crate::client::admin::Address;
use crate::config::MOST_WORKERS;
use crate::load::{HIGHEST_RATE, Slo, Think};
use crate::service::ServiceTime;
use crate::tune::Effort;

const SHORTEST_WAIT: Duration = Duration::from_micros(1);
const LONGEST_WAIT: Duration = Duration::from_hours(1);

const SHORTEST_BUDGET: Duration = Duration::from_secs(10);
const LONGEST_BUDGET: Duration = Duration::from_hours(24);
const FULL_BUDGET: Duration = Duration::from_mins(2);
const QUICK_BUDGET: Duration = Duration::from_secs(45);

/// The help text about servers that a trial starts.
const LOCAL: &str = "\
Without --target each trial starts a server of its own on this machine, as it is shipped: neither
a configuration file nor any JAMD_ variable counts.";

/// The server and the demand to tune for, and the destinations of the result.
#[derive(Debug, Args)]
#[command(after_help = format!("{}\n\n{LOCAL}", Exit::help("tune")))]
pub struct TuneArgs {
    /// Clients that come, each again when its last session has ended [default: as many as keep all
    /// workers of a trial busy]
    #[arg(help_heading = "Demand")]
    #[arg(long, short, value_name = "C", group = "demand")]
    #[arg(value_parser = clients, allow_negative_numbers = true)]
    pub clients: Option<usize>,

    /// Sessions that come a second, at random (Poisson), whether or not earlier ones have ended
    #[arg(help_heading = "Demand")]
    #[arg(long, short, value_name = "R", group = "demand")]
    #[arg(value_parser = rate, allow_negative_numbers = true)]
    pub rate: Option<f64>,

    /// The shape of a session.
    #[command(flatten)]
    pub session: SessionArgs,

    /// Instead of telling the time at once, let the server take so long for each command: 2ms sleeps,
    /// exp:2ms for exponentially distributed times of that mean, work:2ms computes
    #[arg(help_heading = "Server")]
    #[arg(long, value_name = "D|exp:D|work:D", value_parser = service_time)]
    pub service_time: Option<ServiceTime>,

    /// The most workers to try, at least 2 [default: the power of two from two and a half times as many as
    /// the load generator can keep busy, 16 to 1024]
    #[arg(help_heading = "Server")]
    #[arg(long, value_name = "N")]
    #[arg(value_parser = most_workers, allow_negative_numbers = true)]
    pub max_workers: Option<usize>,

    /// A server that is running: change its workers for each trial, and put them back at the end
    #[arg(help_heading = "Server")]
    #[arg(long, value_name = "HOST[:PORT]", requires = "admin")]
    #[arg(conflicts_with_all = ["service_time"])]
    pub target: Option<Target>,

    /// The administration port of that server
    #[arg(help_heading = "Server")]
    #[arg(long, value_name = "ADDR", requires = "target")]
    pub admin: Option<Address>,

    /// Leave that server with the workers of the verdict
    #[arg(help_heading = "Server")]
    #[arg(long)]
    pub apply: bool,

    /// What the server is to meet, such as 'p99<20ms,busy<1%'
    #[arg(help_heading = "Objectives")]
    #[arg(long, value_name = "OBJECTIVE,…", value_parser = objectives)]
    pub slo: Option<Objectives>,

    /// How long a client that is admitted may wait for a worker: this decides the queue [default: what
    /// the objectives leave, or else as long as four sessions]
    #[arg(help_heading = "Objectives")]
    #[arg(long, value_name = "DURATION", value_parser = between(SHORTEST_WAIT, LONGEST_WAIT))]
    pub wait: Option<Duration>,

    /// How long the tuning may take [default: 2m, with --quick 45s]
    #[arg(help_heading = "Length")]
    #[arg(long, value_name = "DURATION", value_parser = between(SHORTEST_BUDGET, LONGEST_BUDGET))]
    budget: Option<Duration>,

    /// Shorter trials, and no latency against load: an answer in less than a minute
    #[arg(help_heading = "Length")]
    #[arg(long)]
    quick: bool,

    /// The load generator.
    #[command(flatten)]
    pub client: ClientArgs,

    /// Keep everything that was found
    #[arg(help_heading = "Result")]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub json: Option<PathBuf>,

    /// Write a page with plots
    #[arg(help_heading = "Result")]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub html: Option<PathBuf>,
}

/// Objectives, and their text on the command line.
#[derive(Debug, Clone, PartialEq)]
pub struct Objectives {
    /// The text on the command line.
    pub text: String,
    /// The parsed objectives.
    pub slo: Slo,
}

impl TuneArgs {
    /// The time that the tuning may take.
    pub fn budget(&self) -> Duration {
        self.budget.unwrap_or(match self.effort() {
            Effort::Full => FULL_BUDGET,
            Effort::Quick => QUICK_BUDGET,
        })
    }

    /// The effort within that time.
    pub fn effort(&self) -> Effort {
        if self.quick {
            Effort::Quick
        } else {
            Effort::Full
        }
    }

    /// Checks the combination of arguments, beyond the checks of single arguments.
    ///
    /// # Errors
    ///
    /// The message says which arguments to use instead.
    pub fn check(&self) -> Result<(), String> {
        let pauses = self.session.think != Think::None && self.session.is_one_command();
        let is_open = self.clients.is_some() || self.rate.is_some();
        if self.apply && self.target.is_none() {
            Err("--apply changes a running server, which --target HOST:PORT and --admin ADDR name; \
                 without one, copy the line of `jamd serve` in the result"
                .to_owned())
        } else if pauses && !is_open {
            Err("--think between sessions of one command only says how often clients come: say how \
                 many do with --clients, or how often with --rate"
                .to_owned())
        } else {
            Ok(())
        }
    }
}

fn most_workers(text: &str) -> Result<usize, String> {
    let most = text.parse().ok();
    let most = most.filter(|most| (2..=MOST_WORKERS).contains(most));
    most.ok_or_else(|| format!("expected a number from 2 to {MOST_WORKERS}"))
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.trim().parse().ok();
    let rate = rate.filter(|rate: &f64| *rate > 0.0 && *rate <= HIGHEST_RATE);
    rate.ok_or_else(|| {
        format!("a rate is a number of sessions a second above 0, at most {HIGHEST_RATE}")
    })
}

fn objectives(text: &str) -> Result<Objectives, String> {
    let slo: Slo = text.parse().map_err(|err| format!("{err}"))?;
    let mut objectives = slo.objectives().iter();
    if let Some(objective) = objectives.find(|objective| !objective.asks_for_better_service()) {
        return Err(format!(
            "what a number of workers is chosen by limits a time or a share from above, such as \
             p99<20ms or busy<1%, or goodput from below, such as goodput>1000, got {objective}"
        ));
    }
    Ok(Objectives {
        text: text.to_owned(),
        slo,
    })
}
