//! `jamd check`: is a configuration valid, and who set what in it.

use std::fmt::Write;
use std::process::ExitCode;

use super::{answer, configuration};
use crate::cli::ServeArgs;
use crate::config::Setting;

/// Validates the configuration that `serve` would run with and prints it.
pub(super) fn run(args: &ServeArgs) -> ExitCode {
    match configuration(args) {
        Ok((_, settings)) => answer(render(&settings).as_bytes()),
        Err(code) => code,
    }
}

/// The verdict, then a line for each setting, its columns aligned.
fn render(settings: &[Setting]) -> String {
    let widest = |width: fn(&Setting) -> usize| settings.iter().map(width).max().unwrap_or(0);
    let keys = widest(|setting| setting.key.len());
    let values = widest(|setting| setting.value.len());

    let mut text = String::from("configuration is valid\n");
    for Setting { key, value, origin } in settings {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{key:keys$} = {value:values$}   {origin}");
    }
    text
}
