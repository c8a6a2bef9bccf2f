//! The program: it parses the command line, runs one subcommand and returns its exit code.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    jamd::commands::dispatch(jamd::cli::Cli::parse()).into()
}
