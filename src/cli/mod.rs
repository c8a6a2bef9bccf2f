//! The command line: what may be typed, and what it means.

mod ask;

use clap::{Parser, Subcommand};

pub use ask::{AskArgs, Source, Style};

/// A TCP time server with a fixed pool of workers behind a bounded queue, and its client.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub struct Cli {
    /// What to run.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Ask a server for the time: once, many times, or at a prompt.
    Ask(AskArgs),
}
