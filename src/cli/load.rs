//! The arguments of `jamd load`, and their plan.

mod value;

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use clap::{Args, Subcommand, ValueHint};

use super::session::{ClientArgs, SessionArgs, clients};
use super::span::between;
use crate::base::terminal::Exit;
use crate::client::Target;
use crate::load::{Arrivals, Drive, Length, OverloadPlan, Plan, Shard, Slo, Stages, Then};

const DEFAULT_CLIENTS: usize = 64;

/// The default limit of open sessions in an open loop with a connection for each session. It is more than a
/// server with its queue takes, and less than the number of descriptors.
const DEFAULT_OPEN_CLIENTS: usize = 10_000;

const DEFAULT_DURATION: Duration = Duration::from_secs(10);
const DEFAULT_WARMUP: Duration = Duration::from_secs(1);
const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST_PATIENCE: Duration = Duration::from_hours(1);
const LONGEST: Duration = Duration::from_hours(24 * 30);

/// The load, and the use of the result.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = Exit::help("load"))]
pub struct LoadArgs {
    /// A subcommand that does not load.
    #[command(subcommand)]
    pub command: Option<LoadCommand>,

    /// The server: a name or an address, IPv6 as `::1` or `[::1]:45000`
    #[arg(value_name = "HOST[:PORT]", required = true)]
    target: Option<Target>,

    /// Closed loop: clients that begin a session when their last has ended [default: 64]. With
    /// --rate: the most sessions at a time [default: 10000, with --keep-alive 64]
    #[arg(help_heading = "Load")]
    #[arg(long, short, value_name = "C")]
    #[arg(value_parser = clients, allow_negative_numbers = true)]
    clients: Option<usize>,

    /// Open loop: sessions begun a second, whether or not earlier ones have ended
    #[arg(help_heading = "Load")]
    #[arg(long, short, value_name = "R", group = "schedule")]
    #[arg(value_parser = value::rate, allow_negative_numbers = true)]
    rate: Option<Stages>,

    /// Change the rate over time, START:RATE,…; 0:100,10s:1000 is 100/s, then 1000/s after 10 s
    #[arg(help_heading = "Load")]
    #[arg(long, value_name = "START:RATE,…", group = "schedule")]
    stages: Option<Stages>,

    /// How the sessions of an open loop are spaced: constant or poisson
    #[arg(help_heading = "Load")]
    #[arg(long, value_name = "HOW", requires = "schedule")]
    #[arg(default_value = "constant", value_parser = value::arrivals)]
    arrivals: Arrivals,

    /// Measure the capacity with a closed loop, then the goodput at 0.8, 1, 2, 3 and this many times
    /// the capacity, then the recovery. One sentence and one table
    #[arg(help_heading = "Load")]
    #[arg(long, value_name = "FACTOR", value_parser = value::factor, conflicts_with_all = [
        "schedule", "keep_alive", "sessions", "warmup", "shard", "start_at", "slo", "baseline",
        "json", "csv", "html", "hdr",
    ])]
    overload: Option<f64>,

    /// With --overload: clients leave after this time, and a session is good only within it
    #[arg(help_heading = "Load")]
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "1s",
        requires = "overload"
    )]
    #[arg(value_parser = between(SHORTEST, LONGEST_PATIENCE))]
    patience: Duration,

    /// Keep each connection open and ask on: rounds of commands, and no QUIT until the end
    #[arg(help_heading = "Session")]
    #[arg(long)]
    keep_alive: bool,

    /// The rest of the session's shape.
    #[command(flatten)]
    session: SessionArgs,

    /// How long to load, the warm-up not counted [default: 10s]
    #[arg(help_heading = "Length")]
    #[arg(long, short, value_name = "DURATION", value_parser = between(SHORTEST, LONGEST))]
    duration: Option<Duration>,

    /// Stop after so many sessions instead
    #[arg(help_heading = "Length")]
    #[arg(long, short = 'n', value_name = "N", conflicts_with = "duration")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    sessions: Option<u64>,

    /// Load so long before anything counts [default: 1s, with --sessions 0s]
    #[arg(help_heading = "Length")]
    #[arg(long, value_name = "DURATION", value_parser = between(Duration::ZERO, LONGEST))]
    warmup: Option<Duration>,

    /// The load generator.
    #[command(flatten)]
    client: ClientArgs,

    /// Make only this part of the load, such as 1/3; other processes make the others
    #[arg(
        long,
        value_name = "I/N",
        default_value = "1/1",
        hide_default_value = true
    )]
    #[arg(help_heading = "Client")]
    #[arg(value_parser = value::shard)]
    shard: Shard,

    /// When to begin, in UTC, such as 2030-01-01T12:00:00Z; at once if not said
    #[arg(help_heading = "Length")]
    #[arg(long, value_name = "TIME", value_parser = value::moment)]
    start_at: Option<SystemTime>,

    /// Targets that the result must meet, such as 'p99<20ms,errors<0.1%,busy<1%'; otherwise exit code 3
    #[arg(help_heading = "Result")]
    #[arg(long, value_name = "OBJECTIVE,…")]
    pub slo: Option<Slo>,

    /// An earlier result (--json) to compare this one with
    #[arg(help_heading = "Result")]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub baseline: Option<PathBuf>,

    /// The destinations of the result.
    #[command(flatten)]
    pub outputs: Outputs,
}

/// The destinations of a result, besides standard output.
#[derive(Debug, Default, Args)]
pub struct Outputs {
    /// Keep the whole result, for `load diff`, `load merge` and --baseline
    #[arg(help_heading = "Result")]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub json: Option<PathBuf>,

    /// Write one line a second
    #[arg(help_heading = "Result")]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub csv: Option<PathBuf>,

    /// Write a page with plots
    #[arg(help_heading = "Result")]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub html: Option<PathBuf>,

    /// Write a log of histograms that other `HdrHistogram` tools read
    #[arg(help_heading = "Result")]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub hdr: Option<PathBuf>,
}

/// The operations on stored results.
#[derive(Debug, Subcommand)]
pub enum LoadCommand {
    /// Compare two results, with significance
    Diff(DiffArgs),
    /// Merge results exactly, from their histograms
    Merge(MergeArgs),
}

/// The results to compare.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The result to compare with
    #[arg(value_name = "A", value_hint = ValueHint::FilePath)]
    pub a: PathBuf,
    /// The result to compare
    #[arg(value_name = "B", value_hint = ValueHint::FilePath)]
    pub b: PathBuf,
}

/// The results to merge.
#[derive(Debug, Args)]
pub struct MergeArgs {
    /// The results, each written by --json
    #[arg(value_name = "FILE", required = true, num_args = 1.., value_hint = ValueHint::FilePath)]
    pub files: Vec<PathBuf>,
    /// Keep the merged result
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub json: Option<PathBuf>,
    /// Write a page with plots
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub html: Option<PathBuf>,
}

impl LoadArgs {
    /// The plan of the measurement. It is `None` without a server, which clap permits only with a
    /// subcommand.
    pub fn plan(&self) -> Option<Plan> {
        let target = self.target.clone()?;
        let drive = self.drive();
        Some(Plan {
            target,
            threads: self.client.threads(drive.clients()),
            shape: self.session.shape(self.then()),
            length: self.length(),
            warmup: self.warmup(),
            timeout: self.session.timeout,
            sources: self.client.source.clone(),
            seed: self.client.seed(),
            skew: self.session.skew,
            zone: self.session.zone,
            shard: self.shard,
            start_at: self.start_at,
            drive,
        })
    }

    /// The overload measurement with a plan's server and sessions, if requested.
    pub fn overload(&self, base: &Plan) -> Option<OverloadPlan> {
        Some(OverloadPlan {
            base: base.clone(),
            clients: self.clients,
            factor: self.overload?,
            patience: self.patience,
            window: self.duration,
        })
    }

    fn drive(&self) -> Drive {
        let clients = self.clients;
        match self.stages() {
            None => Drive::Closed {
                clients: clients.unwrap_or(DEFAULT_CLIENTS),
            },
            Some(stages) => Drive::Open {
                stages: stages.clone(),
                arrivals: self.arrivals,
                clients: clients.unwrap_or(if self.keep_alive {
                    DEFAULT_CLIENTS
                } else {
                    DEFAULT_OPEN_CLIENTS
                }),
            },
        }
    }

    fn stages(&self) -> Option<&Stages> {
        self.stages.as_ref().or(self.rate.as_ref())
    }

    fn then(&self) -> Then {
        if self.keep_alive {
            Then::KeepAlive
        } else {
            Then::Quit
        }
    }

    fn length(&self) -> Length {
        let last_change = self.stages().map_or(Duration::ZERO, Stages::last_change);
        match self.sessions {
            Some(count) => Length::Sessions { count },
            None => Length::Duration {
                seconds: self.duration.unwrap_or(last_change + DEFAULT_DURATION),
            },
        }
    }

    fn warmup(&self) -> Duration {
        self.warmup.unwrap_or(match self.sessions {
            Some(_) => Duration::ZERO,
            None => DEFAULT_WARMUP,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        args: LoadArgs,
    }

    fn plan(words: &str) -> Result<Plan, String> {
        let words = format!("load {words}");
        let line = Line::try_parse_from(words.split_whitespace());
        line.map(|line| line.args.plan().unwrap())
            .map_err(|err| err.to_string())
    }

    #[test]
    fn without_options_64_clients_ask_once_a_session_for_ten_seconds() {
        let plan = plan("localhost").unwrap();
        assert_eq!(plan.drive, Drive::Closed { clients: 64 });
        assert_eq!((plan.shape.commands, plan.shape.then), (1, Then::Quit));
        let seconds = Duration::from_secs(10);
        assert_eq!(plan.length, Length::Duration { seconds });
        assert_eq!(plan.warmup, Duration::from_secs(1));
    }

    #[test]
    fn a_rate_opens_the_loop_and_clients_are_then_the_most_at_a_time() {
        let clients = |words| plan(words).unwrap().drive.clients();
        assert!(plan("localhost --rate 5").unwrap().drive.is_open());
        assert_eq!(clients("localhost --rate 5"), DEFAULT_OPEN_CLIENTS);
        assert_eq!(clients("localhost --rate 5 --keep-alive"), DEFAULT_CLIENTS);
        assert_eq!(clients("localhost --rate 5 --clients 7"), 7);
    }

    #[test]
    fn stages_last_ten_seconds_longer_than_until_the_last_change() {
        let seconds = Duration::from_secs(40);
        let plan = plan("localhost --stages 0:5,30s:10").unwrap();
        assert_eq!(plan.length, Length::Duration { seconds });
    }

    #[test]
    fn a_piece_of_commands_is_a_session_unless_more_are_asked_for() {
        let commands = |words| plan(words).unwrap().shape.commands;
        assert_eq!(commands("localhost --pipeline 16"), 16);
        assert_eq!(commands("localhost --pipeline 16 --commands 32"), 32);
    }

    #[test]
    fn a_number_of_sessions_has_no_warmup_unless_one_is_asked_for() {
        let warmup = |words| plan(words).unwrap().warmup;
        assert_eq!(warmup("localhost --sessions 9"), Duration::ZERO);
        let second = Duration::from_secs(1);
        assert_eq!(warmup("localhost --sessions 9 --warmup 1s"), second);
    }

    #[test]
    fn there_are_no_more_threads_than_clients() {
        let threads = |words| plan(words).unwrap().threads;
        assert_eq!(threads("localhost --clients 1"), 1);
        assert_eq!(threads("localhost --clients 2 --threads 8"), 2);
    }

    #[test]
    fn an_overload_is_a_multiple_with_or_without_its_sign() {
        for words in ["localhost --overload 2x", "localhost --overload 2"] {
            let words = format!("load {words} --patience 2s --clients 8");
            let args = Line::try_parse_from(words.split_whitespace()).unwrap().args;
            let plan = args.overload(&args.plan().unwrap()).unwrap();
            assert_eq!((plan.factor, plan.clients), (2.0, Some(8)));
            assert_eq!(plan.patience, Duration::from_secs(2));
        }
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        for words in [
            "",
            "localhost --rate 5 --stages 0:5",
            "localhost --arrivals poisson",
            "localhost --duration 5s --sessions 5",
            "localhost --patience 1s",
            "localhost --overload 2x --rate 5",
            "localhost --overload 2x --arrivals poisson",
            "localhost --overload 2x --keep-alive",
            "localhost --overload 2x --sessions 5",
            "localhost --overload 2x --slo busy<1%",
            "localhost --overload 2x --json a.json",
            "localhost --clients 0",
            "localhost --timeout 0s",
            "localhost --duration 18446744073709551615s1000ms",
        ] {
            assert!(plan(words).is_err(), "{words:?}");
        }
    }
}
