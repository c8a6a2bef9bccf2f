//! `jamd man`: the manual page of the program, or of one subcommand.

use std::process::ExitCode;

use clap::CommandFactory;
use clap_mangen::Man;

use super::{USAGE, answer, complain, fail};
use crate::cli::{Cli, ManArgs};

/// Prints the page in roff.
pub(super) fn run(args: &ManArgs) -> ExitCode {
    let mut program = Cli::command();
    // Subcommands learn their full names only now.
    program.build();
    let command = match &args.command {
        None => Some(&program),
        Some(name) => program.find_subcommand(name),
    };
    let Some(command) = command.cloned() else {
        complain(format_args!(
            "COMMAND must be a subcommand of jamd, got {:?}",
            args.command.as_deref().unwrap_or_default()
        ));
        return ExitCode::from(USAGE);
    };

    let mut page = Vec::new();
    let source = concat!("jamd ", env!("CARGO_PKG_VERSION"));
    match Man::new(command).source(source).render(&mut page) {
        Ok(()) => answer(&page),
        Err(err) => fail(format_args!("cannot render the manual page: {err}")),
    }
}
