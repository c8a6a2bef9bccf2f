//! `jamd man`: the manual page of the program, or of one subcommand.

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use std::io;

use super::{answer, complain, fail};
use crate::base::terminal::Exit;
use crate::cli::{Cli, ManArgs, manual};

/// Prints the page in roff.
pub(super) fn run(args: &ManArgs) -> Exit {
    let mut program = Cli::command();
    // Subcommands have their full names only after `build`.
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
        return Exit::Usage;
    };

    match page(command, manual(args.command.as_deref().unwrap_or_default())) {
        Ok(page) => answer(&page),
        Err(err) => fail(format_args!("cannot render the manual page: {err}")),
    }
}

/// The page of a command: its arguments, then the sections of the manual.
fn page(command: Command, manual: &str) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    let source = concat!("jamd ", env!("CARGO_PKG_VERSION"));
    Man::new(command).source(source).render(&mut page)?;
    sections(manual).to_writer(&mut page)?;
    Ok(page)
}

/// The sections of a manual in roff.
fn sections(manual: &str) -> Roff {
    let mut roff = Roff::new();
    let mut was_verbatim = false;
    for line in manual.lines() {
        let is_verbatim = line.starts_with("    ");
        if is_verbatim != was_verbatim {
            roff.control(if is_verbatim { "nf" } else { "fi" }, []);
            was_verbatim = is_verbatim;
        }
        if let Some(title) = line.strip_prefix("# ") {
            roff.control("SH", [title]);
        } else if let Some(term) = line.strip_prefix("@ ") {
            roff.control("TP", []).text([bold(term)]);
        } else if line.is_empty() {
            roff.control("PP", []);
        } else {
            roff.text([roman(line)]);
        }
    }
    roff
}
