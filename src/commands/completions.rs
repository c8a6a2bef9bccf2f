//! `jamd completions`: the completion script for a shell.

use clap::CommandFactory;

use super::answer;
use crate::base::terminal::Exit;
use crate::cli::{Cli, CompletionsArgs};

pub(super) fn run(args: &CompletionsArgs) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "jamd", &mut script);
    answer(&script)
}
