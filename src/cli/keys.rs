//! One flag for each configuration key, built from the list of keys.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};

use crate::config::{Config, KEYS, Key, Listing, RETIRED, Retired};

/// The keys given as flags, with their values as typed.
///
/// Values stay text here. `config` checks them together with the other layers, so that one run reports
/// every mistake in one form.
#[derive(Debug, Clone, Default)]
pub struct KeyFlags(Vec<(&'static Key, String)>);

impl KeyFlags {
    /// Each given key and its value. The values of a list are joined by commas.
    pub fn given(&self) -> impl Iterator<Item = (&'static Key, String)> {
        self.0.iter().map(|(key, text)| (*key, text.clone()))
    }
}

impl Args for KeyFlags {
    fn augment_args(command: Command) -> Command {
        let command = command.next_help_heading("Settings [default]");
        let command = KEYS.iter().map(flag).fold(command, Command::arg);
        RETIRED
            .iter()
            .map(retired_flag)
            .fold(command, Command::arg)
            .next_help_heading(None)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for KeyFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut flags = Self::default();
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        for key in KEYS {
            if let Some(values) = matches.get_many::<String>(key.name) {
                let values: Vec<&str> = values.map(String::as_str).collect();
                self.0.push((key, values.join(",")));
            }
        }
        Ok(())
    }
}

fn flag(key: &'static Key) -> Arg {
    let (default, variable) = (key.text(&Config::default()), key.variable());
    let (action, repeat) = if key.is_list() {
        (ArgAction::Append, "; repeatable")
    } else {
        (ArgAction::Set, "")
    };
    let arg = Arg::new(key.name);
    let arg = match key.implied() {
        // An argument that begins with a hyphen is then the next flag, not a value.
        Some(value) => arg.num_args(0..=1).default_missing_value(value),
        // `config` then reports a mistyped negative number, and `-05:00` is a zone.
        None => arg.allow_hyphen_values(true),
    };
    arg.long(key.name)
        .value_name(key.value_name)
        .action(action)
        .value_parser(Unchecked(key))
        .hide_possible_values(true)
        .hide_short_help(key.listing == Listing::Full)
        .help(format!("{} [{default}]", key.help))
        .long_help(format!(
            "{}{repeat}\n\n[default: {default}] [env: {variable}]",
            key.description()
        ))
}

/// The flag of a retired key. It takes a value only to report the replacement.
fn retired_flag(key: &'static Retired) -> Arg {
    let replaced = |_: &str| Err::<String, _>(format!("no longer a key: {}", key.instead));
    Arg::new(key.name)
        .long(key.name)
        .value_name("VALUE")
        .help(key.instead)
        .hide(true)
        .allow_hyphen_values(true)
        .value_parser(replaced)
}

/// Accepts any text, and gives completion scripts the useful values.
#[derive(Clone)]
struct Unchecked(&'static Key);

impl TypedValueParser for Unchecked {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<String, Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let choices = self.0.choices();
        if choices.is_empty() {
            return None;
        }
        Some(Box::new(choices.into_iter().map(PossibleValue::new)))
    }
}
