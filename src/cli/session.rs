//! Arguments shared by the commands that load a server: the session, and the load generator.

use std::thread;
use std::time::Duration;

use clap::Args;

use super::span::between;
use crate::clock::Zone;
use crate::load::{Shape, Sources, Then, Think};

const MOST_CLIENTS: usize = 1_000_000;
const MOST_THREADS: u64 = 1024;
const MOST_COMMANDS: i64 = 1_000_000_000;
const MOST_PIPELINED: i64 = 4096;
const SHORTEST_TIMEOUT: Duration = Duration::from_millis(1);
const LONGEST_TIMEOUT: Duration = Duration::from_hours(1);
const SHORTEST_PAUSE: Duration = Duration::from_micros(1);
const LONGEST_PAUSE: Duration = Duration::from_hours(24);

/// The shape of a session.
#[derive(Debug, Args)]
#[command(next_help_heading = "Session")]
pub struct SessionArgs {
    /// Commands in a session [default: the value of --pipeline]
    #[arg(long, short = 'k', value_name = "K")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=MOST_COMMANDS))]
    commands: Option<u32>,

    /// Commands sent in one piece, before a reply is waited for
    #[arg(long, short, value_name = "P", default_value = "1")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=MOST_PIPELINED))]
    pipeline: u32,

    /// Pause between a reply and the next command, and between sessions: 10ms, or exp:10ms for
    /// exponentially distributed pauses of that mean
    #[arg(long, value_name = "D|exp:D", default_value = "none", value_parser = think)]
    pub think: Think,

    /// The limit of every wait: for the connection, a reply, the close
    #[arg(long, value_name = "DURATION", default_value = "5s")]
    #[arg(value_parser = between(SHORTEST_TIMEOUT, LONGEST_TIMEOUT))]
    pub timeout: Duration,

    /// How far the server's clock may be off
    #[arg(long, value_name = "DURATION", default_value = "100ms")]
    #[arg(value_parser = between(Duration::ZERO, Duration::from_hours(12)))]
    pub skew: Duration,

    /// The zone in which the server tells the time: local, utc, or an offset such as +07:00
    #[arg(long, value_name = "ZONE", default_value = "local")]
    pub zone: Zone,
}

/// The load generator.
#[derive(Debug, Args)]
#[command(next_help_heading = "Client")]
pub struct ClientArgs {
    /// Event loops, each a thread [default: one a core]
    #[arg(long, value_name = "T")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=MOST_THREADS))]
    threads: Option<u64>,

    /// Local addresses to connect from, such as 127.0.0.0/24
    #[arg(long, value_name = "CIDR,…", default_value = "")]
    #[arg(hide_default_value = true)]
    pub source: Sources,

    /// Makes the same random numbers again
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

impl SessionArgs {
    /// Whether a session is one batch of commands, after which its client leaves.
    pub fn is_one_command(&self) -> bool {
        self.commands.unwrap_or(self.pipeline) == self.pipeline
    }

    /// The shape of a session, with the action after its last command.
    pub fn shape(&self, then: Then) -> Shape {
        Shape {
            commands: self.commands.unwrap_or(self.pipeline),
            then,
            pipeline: self.pipeline,
            think: self.think,
        }
    }
}

impl ClientArgs {
    /// The threads for this number of clients, at most one for each client.
    pub fn threads(&self, clients: usize) -> usize {
        let asked = self
            .threads
            .and_then(|threads| usize::try_from(threads).ok());
        let threads =
            asked.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from));
        threads.min(clients).max(1)
    }

    /// The seed of all random numbers. Without an argument it differs in each run.
    pub fn seed(&self) -> u64 {
        self.seed.unwrap_or_else(|| fastrand::u64(..))
    }
}

/// A number of clients.
pub(super) fn clients(text: &str) -> Result<usize, String> {
    let clients = text.parse().ok();
    let clients = clients.filter(|clients| (1..=MOST_CLIENTS).contains(clients));
    clients.ok_or_else(|| format!("expected a number from 1 to {MOST_CLIENTS}"))
}

/// A pause: none, a duration, or `exp:` and a mean duration.
fn think(text: &str) -> Result<Think, String> {
    let pause = between(SHORTEST_PAUSE, LONGEST_PAUSE);
    match text.split_once(':') {
        None if text == "none" => Ok(Think::None),
        None => pause(text).map(|seconds| Think::Fixed { seconds }),
        Some(("exp", mean)) => pause(mean).map(|mean| Think::Exponential { mean }),
        Some(_) => Err("a pause is none, a duration such as 10ms, or exp:10ms".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_none_fixed_or_exponential() {
        let ten = Duration::from_millis(10);
        assert_eq!(think("none"), Ok(Think::None));
        assert_eq!(think("10ms"), Ok(Think::Fixed { seconds: ten }));
        assert_eq!(think("exp:10ms"), Ok(Think::Exponential { mean: ten }));
        for text in [
            "",
            "10",
            "exp",
            "exp:",
            "exp:10",
            "poisson:10ms",
            "0s",
            "2d",
        ] {
            assert!(think(text).is_err(), "{text:?}");
        }
    }
}
