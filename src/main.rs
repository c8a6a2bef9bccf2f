//! The program: reads the command line, runs one subcommand, exits with its code.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    jamd::commands::dispatch(jamd::cli::Cli::parse()).into()
}
