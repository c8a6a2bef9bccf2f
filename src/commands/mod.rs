//! The subcommands, one file each, and the exit codes they end with.

mod ask;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};

/// Runs the subcommand that was asked for.
pub fn run() -> ExitCode {
    let Cli { command } = Cli::parse();
    let done = match &command {
        Command::Ask(args) => ask::run(args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(err) => {
            let _nowhere_left_to_say_it = writeln!(io::stderr(), "jamd: {err}");
            ExitCode::FAILURE
        }
    }
}
