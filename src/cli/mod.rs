//! The command line: subcommands and their arguments. It parses, and `commands` does the rest.

mod ask;
mod keys;
mod load;
mod manual;
mod service_time;
mod session;
mod span;
#[cfg(feature = "top")]
mod top;
mod tune;
mod workers;

use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueHint};
use clap_complete::Shell;

use crate::base::terminal::Exit;
use crate::config::FILE_VARIABLE;
use crate::service::ServiceTime;

pub use ask::{AskArgs, Source, Style};
pub use keys::KeyFlags;
pub use load::{DiffArgs, LoadArgs, LoadCommand, MergeArgs, Outputs};
pub use manual::manual;
#[cfg(feature = "top")]
pub use top::TopArgs;
pub use tune::{Objectives, TuneArgs};
pub use workers::{AdminArgs, WorkersArgs};

/// A TCP time server with a fixed pool of workers behind a bounded queue
#[derive(Debug, Parser)]
#[command(
    version,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    max_term_width = 100,
    after_long_help = Exit::help("")
)]
pub struct Cli {
    /// The subcommand to run.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the time
    #[command(after_long_help = Exit::help("serve"))]
    Serve(ServeArgs),
    /// Ask a server for the time: once, many times, or at a prompt
    Ask(AskArgs),
    /// Load-test a server with concurrent clients, and compare or merge the results
    // Boxed: it has many times more arguments than the other variants.
    Load(Box<LoadArgs>),
    /// Find out how many workers to run and with which queue, by trying them
    Tune(Box<TuneArgs>),
    /// Watch a server: its workers, its queue, and what another number of workers would do
    #[cfg(feature = "top")]
    Top(TopArgs),
    /// Print how many workers a server has, or change it
    Workers(WorkersArgs),
    /// Validate a configuration for this machine and print it with the origin of each value
    Check(ConfigurationArgs),
    /// Print a completion script
    #[command(hide = true)]
    Completions(CompletionsArgs),
    /// Print a manual page
    #[command(hide = true)]
    Man(ManArgs),
}

/// The configuration of the server, and hidden flags.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// The configuration.
    #[command(flatten)]
    pub configuration: ConfigurationArgs,
    /// Simulate another service: take so long for every command that asks for the time. 2ms sleeps,
    /// exp:2ms for exponentially distributed times of that mean, work:2ms or work:exp:2ms computes
    // Not a configuration key: it belongs in no configuration, and is hidden from the help.
    #[arg(long, value_name = "D|exp:D|work:D", hide = true)]
    #[arg(value_parser = service_time::service_time)]
    pub service_time: Option<ServiceTime>,
    /// End when standard input ends, that is, with the process at its other end
    #[arg(long, hide = true)]
    pub until_stdin_ends: bool,
}

/// The sources of a configuration.
#[derive(Debug, Args)]
pub struct ConfigurationArgs {
    /// Settings in TOML
    #[arg(long, value_name = "FILE", env = FILE_VARIABLE, hide_env_values = true)]
    #[arg(value_hint = ValueHint::FilePath)]
    // clap's path parser would answer an empty `JAMD_CONFIG` with a usage error.
    #[arg(value_parser = OsStringValueParser::new().map(PathBuf::from))]
    pub config: Option<PathBuf>,
    /// One flag for each key.
    #[command(flatten)]
    pub keys: KeyFlags,
}

/// The shell of a completion script.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// Shell to print it for
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// The subject of a manual page.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Subcommand to print it for, instead of the program
    #[arg(value_name = "COMMAND")]
    pub command: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_one_that_clap_accepts() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_flag_with_a_value_names_it() {
        let mut program = Cli::command();
        program.build();
        let mut seen = 0;
        for command in program.get_subcommands() {
            for arg in command
                .get_arguments()
                .filter(|a| a.get_action().takes_values())
            {
                assert!(arg.get_value_names().is_some(), "{arg}");
                assert!(arg.get_help().is_some(), "{arg}");
                seen += 1;
            }
        }
        assert!(seen > 0, "no flag was looked at");
    }
}
