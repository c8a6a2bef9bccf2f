//! What a bench is asked for, whatever it measures, and how it ends.

use std::io;
use std::process::ExitCode;

use clap::Args;

/// The part of the command line that all benches have.
#[derive(Debug, Args)]
pub(crate) struct Request {
    /// Measure only what has a name that contains this text.
    filter: Option<String>,
    /// Fewer or shorter runs: noisier ratios.
    #[arg(long)]
    quick: bool,
    /// Passed by `cargo bench`, and only by it.
    #[arg(long, hide = true)]
    bench: bool,
    /// Asks only whether the program starts.
    #[arg(long, hide = true)]
    test: bool,
}

impl Request {
    /// `cargo test --all-targets` runs benches too, and tells them so by leaving `--bench` out.
    pub(crate) fn wants_measurement(&self) -> bool {
        self.bench && !self.test
    }

    pub(crate) fn selects(&self, name: &str) -> bool {
        self.filter
            .as_deref()
            .is_none_or(|filter| name.contains(filter))
    }

    /// Whether fewer or shorter runs are enough.
    pub(crate) fn is_quick(&self) -> bool {
        self.quick
    }
}

/// Says what went wrong, if anything did.
pub(crate) fn end(bench: &str, outcome: io::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(err) => {
            eprintln!("{bench}: {err}");
            ExitCode::FAILURE
        }
    }
}
