//! The exit codes of the program, and their meaning for each subcommand.

use std::fmt::Write;
use std::process::ExitCode;

/// The exit code of the program. If several apply, the highest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// Everything was done.
    Done = 0,
    /// A failure while running.
    Failed = 1,
    /// The command line is wrong. clap uses this code too.
    Usage = 2,
    /// An objective was missed.
    Missed = 3,
    /// The result is inconclusive or invalid.
    Doubtful = 4,
    /// The server could not be reached.
    Unreachable = 5,
    /// The configuration is wrong: `EX_CONFIG` of `sysexits.h`.
    Configuration = 78,
    /// A signal asked for the end: 128 plus the number of SIGINT, as in a shell.
    Interrupted = 130,
}

/// The exit codes of each subcommand. The program itself has an empty name.
const MEANINGS: [(&str, Exit, &str); 26] = [
    ("", Exit::Done, "done"),
    ("", Exit::Failed, "failed"),
    ("", Exit::Usage, "the command line is wrong"),
    (
        "",
        Exit::Missed,
        "load: an objective was missed, or no session was good; tune: none can be met",
    ),
    (
        "",
        Exit::Doubtful,
        "load: the result is invalid; tune: there is no sure recommendation",
    ),
    (
        "",
        Exit::Unreachable,
        "load, tune: the server could not be reached at all",
    ),
    ("", Exit::Configuration, "the configuration is wrong"),
    (
        "",
        Exit::Interrupted,
        "load, tune: interrupted, after printing what was found",
    ),
    ("serve", Exit::Done, "every session came to its own end"),
    (
        "serve",
        Exit::Failed,
        "the server could not listen, sessions were cut, or the ledger did not balance",
    ),
    ("serve", Exit::Usage, "the command line is wrong"),
    (
        "serve",
        Exit::Configuration,
        "the configuration, or a socket that was passed, is wrong or does not fit the machine",
    ),
    ("load", Exit::Done, "done"),
    (
        "load",
        Exit::Failed,
        "a file could not be written, or the system did not give what a load needs",
    ),
    ("load", Exit::Usage, "the command line is wrong"),
    (
        "load",
        Exit::Missed,
        "an objective (--slo) was missed or is undecided, as when too few sessions tell, or no session\n\
         was good",
    ),
    (
        "load",
        Exit::Doubtful,
        "the result is invalid: an audit failed",
    ),
    (
        "load",
        Exit::Unreachable,
        "the server could not be reached at all",
    ),
    (
        "load",
        Exit::Interrupted,
        "interrupted, after printing what was measured; at once if interrupted again over 1 s later",
    ),
    (
        "tune",
        Exit::Done,
        "there is a verdict, and what was predicted of it came true as far as it was tried",
    ),
    (
        "tune",
        Exit::Failed,
        "no server could be started, a running one (--target) failed or was not left with the\n\
         workers it is to have, a file could not be written, or the system gave too little",
    ),
    ("tune", Exit::Usage, "the command line is wrong"),
    (
        "tune",
        Exit::Missed,
        "no number of workers meets the objectives (--slo), and that is sure",
    ),
    (
        "tune",
        Exit::Doubtful,
        "it cannot be told what to run, or whether any number meets the objectives, or a prediction\n\
         was refuted or not put to the test; what is printed says why",
    ),
    (
        "tune",
        Exit::Unreachable,
        "the server (--target, --admin) could not be reached",
    ),
    (
        "tune",
        Exit::Interrupted,
        "interrupted, after printing what was found; at once if interrupted again over 1 s later",
    ),
];

impl Exit {
    /// The exit codes of a subcommand for the help, a line each. An empty name means the program.
    pub fn help(command: &str) -> String {
        // `tune` that leaves a server with other workers ends as failed, whatever else it found.
        let rule = match command {
            "load" => ", of which the highest that applies counts",
            _ => "",
        };
        let mut help = format!("Exit codes{rule}:");
        for (_, exit, meaning) in MEANINGS.iter().filter(|(of, ..)| *of == command) {
            let meaning = meaning.replace('\n', "\n       ");
            // Writing to a string cannot fail.
            let _ = write!(help, "\n  {:<4} {meaning}", *exit as u8);
        }
        help
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_of_a_subcommand_rise_and_each_is_one_of_the_program() {
        let of = |command| {
            let codes = MEANINGS.iter().filter(move |(of, ..)| *of == command);
            codes.map(|(_, exit, _)| *exit).collect::<Vec<_>>()
        };
        for command in ["", "serve", "load", "tune"] {
            let codes = of(command);
            assert!(codes.is_sorted_by(|a, b| a < b), "{command}: {codes:?}");
            assert!(codes.iter().all(|exit| of("").contains(exit)), "{command}");
            for always in [Exit::Done, Exit::Failed, Exit::Usage] {
                assert!(codes.contains(&always), "{command}: {always:?}");
            }
        }
    }
}
