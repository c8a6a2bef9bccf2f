//! The program: reads the command line, runs one subcommand, exits with its code.

use std::process::ExitCode;

fn main() -> ExitCode {
    jamd::commands::run()
}
