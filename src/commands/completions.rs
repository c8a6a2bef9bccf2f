//! `jamd completions`: a script that teaches a shell our command line.

use clap::CommandFactory;

use super::answer;
use crate::base::terminal::Exit;
use crate::cli::{Cli, CompletionsArgs};

/// Prints the script for a shell.
pub(super) fn run(args: &CompletionsArgs) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "jamd", &mut script);
    answer(&script)
}
