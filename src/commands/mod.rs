//! The subcommands, one file each, and their exit codes.
//!
//! Only this room prints: answers on stdout, errors on stderr.

mod ask;
mod check;
mod completions;
mod load;
mod man;
mod serve;
mod settings;
#[cfg(feature = "top")]
mod top;
mod tune;
mod workers;

use std::env;
use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::time::Duration;

use terminal_size::{Width, terminal_size_of};

use crate::base::layout::wrapped;
use crate::base::terminal::{Exit, medium};
use crate::cli::{Cli, Command, ConfigurationArgs};
use crate::config::{Config, Layers, Setting};

/// The timeout for an administration port. It has workers of its own, so only the network delays an answer.
const ADMIN_TIMEOUT: Duration = Duration::from_secs(5);

/// Runs the requested subcommand.
pub fn dispatch(cli: Cli) -> Exit {
    match cli.command {
        Command::Serve(args) => serve::run(&args),
        Command::Ask(args) => ask::run(&args).map_or_else(fail, |()| Exit::Done),
        Command::Load(args) => load::run(&args),
        Command::Tune(args) => tune::run(&args),
        #[cfg(feature = "top")]
        Command::Top(args) => top::run(&args),
        Command::Workers(args) => workers::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    }
}

/// The configuration from all its layers, or the exit code after reporting every problem.
fn configuration(args: &ConfigurationArgs) -> Result<(Config, Vec<Setting>), Exit> {
    let layers = Layers::default()
        .environment(env::vars_os())
        .flags(args.keys.given());
    let layers = match &args.config {
        Some(path) => layers.read_file(path),
        None => layers,
    };
    layers.resolve().map_err(|errors| {
        for problem in errors.iter() {
            complain(problem);
        }
        if errors.is_usage() {
            Exit::Usage
        } else {
            Exit::Configuration
        }
    })
}

/// The command line, quoted for a shell.
fn command_line() -> String {
    let words = env::args().skip(1).map(|word| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.,:/%=@+[]".contains(c);
        if !word.is_empty() && word.chars().all(is_plain) {
            word
        } else {
            format!("'{}'", word.replace('\'', "'\\''"))
        }
    });
    let words: Vec<String> = words.collect();
    format!("jamd {}", words.join(" "))
}

/// Prints an answer. A reader that has closed the pipe is not an error.
fn answer(bytes: &[u8]) -> Exit {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Ok(()) => Exit::Done,
        Err(err) if err.kind() == ErrorKind::BrokenPipe => Exit::Done,
        Err(err) => fail(format_args!("cannot write to stdout: {err}")),
    }
}

/// Reports an error and returns the exit code.
fn fail(message: impl Display) -> Exit {
    complain(message);
    Exit::Failed
}

fn complain(message: impl Display) {
    let mut said = format!("jamd: {message}");
    if let Some((Width(columns), _)) = terminal_size_of(io::stderr()) {
        let lines = said.lines().map(|line| wrapped(line, columns.into()));
        said = lines.collect::<Vec<_>>().concat().join("\n");
    }
    // If stderr is gone, the message cannot be reported anywhere.
    let _ = writeln!(io::stderr(), "{said}");
}
