//! The arguments of `jamd top`.

use std::time::Duration;

use clap::Args;

use super::span::between;
use super::workers::AdminArgs;

const SHORTEST_INTERVAL: Duration = Duration::from_millis(100);
const LONGEST_INTERVAL: Duration = Duration::from_hours(1);

/// The server to watch, and the interval.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Keys: + and - or a number change how many workers there are, after a question; p pauses, q leaves.
Without a terminal to draw on, what is known is printed once. NO_COLOR is respected.")]
pub struct TopArgs {
    /// The server.
    #[command(flatten)]
    pub admin: AdminArgs,
    /// From one look at the server to the next, such as 500ms; 100ms to 1h
    #[arg(long, value_name = "DURATION", default_value = "1s")]
    #[arg(value_parser = between(SHORTEST_INTERVAL, LONGEST_INTERVAL))]
    pub interval: Duration,
}
