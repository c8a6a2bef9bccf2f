//! The list of configuration keys, shared by the file, the environment and the flags.

use std::marker::PhantomData;
use std::time::Duration;

use super::address::{Address, Addresses};
use super::block::Blocks;
use super::key::{At, Field, Key, Listing};
use super::number::{Count, Size};
use super::rate::Rates;
use super::span::{Span, WholeSeconds};
use super::value::{Choice, Flag, OrNone, Zone};

const MILLISECOND: Duration = Duration::from_millis(1);
const TENTH: Duration = Duration::from_millis(100);
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const MONTH: Duration = Duration::from_hours(30 * 24);

/// The most workers that a server can have; each is a thread.
pub const MOST_WORKERS: usize = 30_000;

/// Read and write access to a field of a `Config`.
macro_rules! field {
    ($name:ident) => {
        Field {
            of: |config| &config.$name,
            of_mut: |config| &mut config.$name,
        }
    };
}

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
        help: "Worker threads, one session each",
        listing: Listing::Brief,
        place: &At(Count(1..=MOST_WORKERS), field!(workers)),
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
        name: "queue-timeout-busy",
        value_name: "DURATION",
        help: "Longest wait for a worker once the queue has not been empty for 1 s, if queue-timeout is set",
        listing: Listing::Full,
        place: &At(OrNone(Span(MILLISECOND..=HOUR)), field!(queue_timeout_busy)),
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
        name: "closing-memory",
        value_name: "SIZE",
        help: "Replies that closed sessions may hold for slow clients, together",
        listing: Listing::Full,
        place: &At(Size(64 * 1024..=1024 * 1024 * 1024), field!(closing_memory)),
    },
    Key {
        name: "session-timeout",
        value_name: "DURATION",
        help: "Longest a session may last",
        listing: Listing::Brief,
        place: &At(OrNone(Span(SECOND..=MONTH)), field!(session_timeout)),
    },
    Key {
        name: "turn",
        value_name: "DURATION",
        help: "Close a session that has held its worker this long, if others wait that had less",
        listing: Listing::Full,
        place: &At(OrNone(Span(TENTH..=HOUR)), field!(turn)),
    },
    Key {
        name: "max-sessions-per-client",
        value_name: "COUNT",
        help: "Sessions one client may have at a time",
        listing: Listing::Full,
        place: &At(
            OrNone(Count(1..=1_000_000)),
            field!(max_sessions_per_client),
        ),
    },
    Key {
        name: "session-rate-per-client",
        value_name: "RATE",
        help: "Sessions one client may begin in the long run",
        listing: Listing::Full,
        place: &At(OrNone(Rates), field!(session_rate_per_client)),
    },
    Key {
        name: "session-burst-per-client",
        value_name: "COUNT",
        help: "Sessions one client may begin at once, where there is a rate",
        listing: Listing::Full,
        place: &At(Count(1..=1_000_000), field!(session_burst_per_client)),
    },
    Key {
        name: "limits-dry-run",
        value_name: "BOOL",
        help: "Serve clients over a limit of their own, but log and count them",
        listing: Listing::Full,
        place: &At(Flag, field!(limits_dry_run)),
    },
    Key {
        name: "allow",
        value_name: "BLOCK",
        help: "Addresses that may connect, if any are named, and no others",
        listing: Listing::Full,
        place: &At(Blocks, field!(allow)),
    },
    Key {
        name: "deny",
        value_name: "BLOCK",
        help: "Addresses that may not connect; the longest prefix decides",
        listing: Listing::Full,
        place: &At(Blocks, field!(deny)),
    },
    Key {
        name: "drain-delay",
        value_name: "DURATION",
        help: "Time to go on accepting after the first signal",
        listing: Listing::Full,
        place: &At(Span(Duration::ZERO..=HOUR), field!(drain_delay)),
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
        help: "Longest command in bytes, end excluded",
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
        help: "How long the kernel holds back a client that has sent nothing, on Linux",
        listing: Listing::Full,
        place: &At(
            OrNone(WholeSeconds(Span(SECOND..=MINUTE))),
            field!(defer_accept),
        ),
    },
    Key {
        name: "reuse-port",
        value_name: "BOOL",
        help: "Share the port with other processes that do so too, such as a successor",
        listing: Listing::Full,
        place: &At(Flag, field!(reuse_port)),
    },
    Key {
        name: "admin",
        value_name: "ADDR",
        help: "Address of the administration port",
        listing: Listing::Brief,
        place: &At(OrNone(Address), field!(admin)),
    },
    Key {
        name: "admin-public",
        value_name: "BOOL",
        help: "Whether others than this machine may reach the administration port",
        listing: Listing::Full,
        place: &At(Flag, field!(admin_public)),
    },
    Key {
        name: "agent",
        value_name: "ADDR",
        help: "Address where a load balancer's agent-check learns how much the server can take",
        listing: Listing::Full,
        place: &At(OrNone(Address), field!(agent)),
    },
    Key {
        name: "ready-max-refused",
        value_name: "PERCENT",
        help: "Report not ready when over this percentage of the last 10 s' clients were refused for want of a worker",
        listing: Listing::Full,
        place: &At(OrNone(Count(0..=100)), field!(ready_max_refused)),
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
        help: "Form of a log line",
        listing: Listing::Brief,
        place: &At(Choice(PhantomData), field!(log_format)),
    },
    Key {
        name: "log-sessions",
        value_name: "COUNT",
        help: "Session lines a second, 0 for none",
        listing: Listing::Brief,
        place: &At(Count(0..=1_000_000), field!(log_sessions)),
    },
    Key {
        name: "log-sample",
        value_name: "COUNT",
        help: "Log one session in so many; refusals and failures always",
        listing: Listing::Full,
        place: &At(Count(1..=1_000_000), field!(log_sample)),
    },
];

/// Finds a key by its name.
pub(super) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// The key with the name closest to a misspelt one, if any is close.
pub(super) fn nearest(misspelt: &str) -> Option<&'static Key> {
    let distance = |key: &&Key| strsim::damerau_levenshtein(key.name, misspelt);
    let close = |key: &&Key| distance(key) <= 1 + key.name.len() / 5;
    KEYS.iter().filter(close).min_by_key(distance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use std::fmt::Write;

    const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config/jamd.toml");

    /// The text of a file that sets every key to its default.
    fn file_of_defaults() -> String {
        let mut text = String::from(
            "# The configuration of jamd: every key at its default, which is what holds without it.\n\
             # `jamd check --config FILE` says whether a file is valid and what it amounts to.\n",
        );
        for key in KEYS {
            let (name, value) = (key.name, key.literal(&Config::default()));
            write!(text, "\n# {}\n{name} = {value}\n", key.description()).unwrap();
        }
        text
    }

    #[test]
    fn the_shipped_file_holds_every_key_at_its_default_with_its_help() {
        let shipped = std::fs::read_to_string(SHIPPED).unwrap_or_default();
        let expected = file_of_defaults();
        assert!(shipped == expected, "{SHIPPED} should be:\n{expected}");
    }

    #[test]
    fn a_misspelt_key_finds_the_one_that_was_meant() {
        for (misspelt, meant) in [
            ("wokers", Some("workers")),
            ("idletimeout", Some("idle-timeout")),
            ("backlg", Some("backlog")),
            ("port", None),
            ("", None),
        ] {
            assert_eq!(nearest(misspelt).map(|key| key.name), meant, "{misspelt}");
        }
    }

    #[test]
    fn no_two_keys_share_a_name() {
        for (index, key) in KEYS.iter().enumerate() {
            assert_eq!(KEYS.iter().position(|k| k.name == key.name), Some(index));
        }
    }
}
