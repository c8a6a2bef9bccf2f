//! The one list of keys, which the file, the environment and the flags share.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use super::Config;
use super::address::Addresses;
use super::span::{Span, WholeSeconds};
use super::value::{Choice, Count, Domain, Fault, Form, OrNone, Size, Written, Zone};

/// One thing that can be set.
#[derive(Debug)]
pub struct Key {
    /// Its name in the file; flag and variable are derived from it.
    pub name: &'static str,
    /// What stands for the value in help texts.
    pub value_name: &'static str,
    /// One line of help.
    pub help: &'static str,
    /// Which help lists it.
    pub listing: Listing,
    place: &'static dyn Place,
}

/// How prominent a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    /// In every help.
    Brief,
    /// In the full help only: few will ever need it.
    Full,
}

impl Key {
    /// The key of a name.
    pub fn find(name: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.name == name)
    }

    /// The key whose name is closest to a misspelt one, if any is close.
    pub(super) fn nearest(misspelt: &str) -> Option<&'static Self> {
        let distance = |key: &&Self| strsim::damerau_levenshtein(key.name, misspelt);
        let close = |key: &&Self| distance(key) <= 1 + key.name.len() / 5;
        KEYS.iter().filter(close).min_by_key(distance)
    }

    /// Its flag, dashes included.
    pub fn flag(&self) -> String {
        format!("--{}", self.name)
    }

    /// Its environment variable.
    pub fn variable(&self) -> String {
        let name = self.name.to_ascii_uppercase().replace('-', "_");
        format!("{}{name}", super::environment::PREFIX)
    }

    /// The bounds of its values in words.
    pub fn bounds(&self) -> String {
        self.place.bounds()
    }

    /// Its default, as a flag or a variable takes it.
    pub fn default_text(&self) -> String {
        self.place.text(&Config::default())
    }

    /// Its value in a configuration, as a TOML file takes it.
    pub fn literal(&self, config: &Config) -> String {
        self.place.literal(config)
    }

    /// The values to choose from, where they can be listed.
    pub fn choices(&self) -> Vec<&'static str> {
        self.place.choices()
    }

    /// Whether it takes several values.
    pub fn is_list(&self) -> bool {
        self.place.is_list()
    }

    /// Puts a value where it belongs, unless its domain does not hold it.
    pub(super) fn put(&self, config: &mut Config, written: &Written) -> Result<(), Fault> {
        self.place.put(config, written)
    }
}

/// Where in a [`Config`] a value goes, with the type of the value forgotten.
trait Place: fmt::Debug + Sync {
    fn put(&self, config: &mut Config, written: &Written) -> Result<(), Fault>;
    fn text(&self, config: &Config) -> String;
    fn literal(&self, config: &Config) -> String;
    fn bounds(&self) -> String;
    fn choices(&self) -> Vec<&'static str>;
    fn is_list(&self) -> bool;
}

/// A domain and the field that takes its values.
#[derive(Debug)]
struct At<D: Domain>(D, Field<D::Value>);

/// The way to one field of a [`Config`].
struct Field<T> {
    of: fn(&Config) -> &T,
    of_mut: fn(&mut Config) -> &mut T,
}

impl<T> fmt::Debug for Field<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Field")
    }
}

macro_rules! field {
    ($name:ident) => {
        Field {
            of: |config| &config.$name,
            of_mut: |config| &mut config.$name,
        }
    };
}

impl<D: Domain> Place for At<D> {
    fn put(&self, config: &mut Config, written: &Written) -> Result<(), Fault> {
        let Self(domain, field) = self;
        if written.form == Form::List && !domain.is_list() {
            return Err(Fault::new(domain.bounds(), written));
        }
        *(field.of_mut)(config) = domain.read(written)?;
        Ok(())
    }

    fn text(&self, config: &Config) -> String {
        self.0.text((self.1.of)(config))
    }

    fn literal(&self, config: &Config) -> String {
        self.0.literal((self.1.of)(config))
    }

    fn bounds(&self) -> String {
        self.0.bounds()
    }

    fn choices(&self) -> Vec<&'static str> {
        self.0.choices()
    }

    fn is_list(&self) -> bool {
        self.0.is_list()
    }
}

const MILLISECOND: Duration = Duration::from_millis(1);
const TENTH: Duration = Duration::from_millis(100);
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const MONTH: Duration = Duration::from_hours(30 * 24);

/// Every key, in the order in which help texts and files list them.
pub static KEYS: &[Key] = &[
    Key {
        name: "listen",
        value_name: "ADDR",
        help: "Addresses to listen on",
        listing: Listing::Brief,
        place: &At(Addresses, field!(listen)),
    },
    Key {
        name: "workers",
        value_name: "COUNT",
        help: "Worker threads: sessions at one time",
        listing: Listing::Brief,
        place: &At(Count(1..=30_000), field!(workers)),
    },
    Key {
        name: "queue",
        value_name: "COUNT",
        help: "Sessions that may wait for a worker",
        listing: Listing::Brief,
        place: &At(Count(1..=1_000_000), field!(queue)),
    },
    Key {
        name: "queue-timeout",
        value_name: "DURATION",
        help: "Longest wait for a worker",
        listing: Listing::Brief,
        place: &At(OrNone(Span(MILLISECOND..=HOUR)), field!(queue_timeout)),
    },
    Key {
        name: "idle-timeout",
        value_name: "DURATION",
        help: "Longest silence between commands",
        listing: Listing::Brief,
        place: &At(OrNone(Span(TENTH..=MONTH)), field!(idle_timeout)),
    },
    Key {
        name: "command-timeout",
        value_name: "DURATION",
        help: "Longest a command may take to arrive",
        listing: Listing::Brief,
        place: &At(OrNone(Span(TENTH..=HOUR)), field!(command_timeout)),
    },
    Key {
        name: "write-timeout",
        value_name: "DURATION",
        help: "Longest a reply may wait unread",
        listing: Listing::Brief,
        place: &At(OrNone(Span(TENTH..=HOUR)), field!(write_timeout)),
    },
    Key {
        name: "session-timeout",
        value_name: "DURATION",
        help: "Longest a session may last",
        listing: Listing::Brief,
        place: &At(OrNone(Span(SECOND..=MONTH)), field!(session_timeout)),
    },
    Key {
        name: "drain-timeout",
        value_name: "DURATION",
        help: "Time left to sessions at the end",
        listing: Listing::Brief,
        place: &At(Span(Duration::ZERO..=HOUR), field!(drain_timeout)),
    },
    Key {
        name: "max-line",
        value_name: "BYTES",
        help: "Longest command, line end not counted",
        listing: Listing::Brief,
        place: &At(Count(16..=65_536), field!(max_line)),
    },
    Key {
        name: "backlog",
        value_name: "COUNT",
        help: "Connections the kernel holds for the acceptor",
        listing: Listing::Full,
        place: &At(Count(1..=65_535), field!(backlog)),
    },
    Key {
        name: "defer-accept",
        value_name: "DURATION",
        help: "How long the kernel holds back a client that has sent nothing; Linux",
        listing: Listing::Full,
        place: &At(
            OrNone(WholeSeconds(Span(SECOND..=MINUTE))),
            field!(defer_accept),
        ),
    },
    Key {
        name: "zone",
        value_name: "ZONE",
        help: "Time zone of the replies",
        listing: Listing::Brief,
        place: &At(Zone, field!(zone)),
    },
    Key {
        name: "stack-size",
        value_name: "SIZE",
        help: "Stack of each worker thread, in bytes, KiB or MiB",
        listing: Listing::Full,
        place: &At(Size(48 * 1024..=16 * 1024 * 1024), field!(stack_size)),
    },
    Key {
        name: "log",
        value_name: "LEVEL",
        help: "Least severe event logged",
        listing: Listing::Brief,
        place: &At(Choice(PhantomData), field!(log)),
    },
    Key {
        name: "log-format",
        value_name: "FORMAT",
        help: "Form of the log: text or json",
        listing: Listing::Brief,
        place: &At(Choice(PhantomData), field!(log_format)),
    },
    Key {
        name: "log-sessions",
        value_name: "COUNT",
        help: "Session lines a second; 0 writes none",
        listing: Listing::Brief,
        place: &At(Count(0..=1_000_000), field!(log_sessions)),
    },
];
