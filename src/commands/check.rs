//! `jamd check`: the validity of a configuration, its fit to this machine, and the origin of each value.

use std::fmt::Write;

use super::{answer, complain, configuration, settings};
use crate::base::terminal::Exit;
use crate::cli::ConfigurationArgs;
use crate::config::Setting;
use crate::server;

/// Validates the configuration for `serve`, compares it with the limits of this machine, and prints it.
pub(super) fn run(args: &ConfigurationArgs) -> Exit {
    let (config, origins) = match configuration(args) {
        Ok(configuration) => configuration,
        Err(code) => return code,
    };
    // If the limit cannot be raised, the present limit applies.
    let _ = server::raise_open_files();
    match server::check(&settings::of(&config)) {
        Ok(()) => answer(render(&origins).as_bytes()),
        Err(shortage) => {
            complain(shortage);
            Exit::Configuration
        }
    }
}

/// The verdict, then a line for each setting, its columns aligned.
fn render(settings: &[Setting]) -> String {
    let widest = |width: fn(&Setting) -> usize| settings.iter().map(width).max().unwrap_or(0);
    let keys = widest(|setting| setting.key.len());
    let values = widest(|setting| setting.value.len());

    let mut text = String::from("configuration is valid and fits this machine\n");
    for Setting { key, value, origin } in settings {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{key:keys$} = {value:values$}   {origin}");
    }
    text
}
