//! `jamd serve`: the server.

use std::process::ExitCode;

use super::configuration;
use crate::cli::ServeArgs;

/// Loads the configuration.
pub(super) fn run(args: &ServeArgs) -> ExitCode {
    match configuration(args) {
        Ok((_config, _settings)) => ExitCode::SUCCESS,
        Err(code) => code,
    }
}
