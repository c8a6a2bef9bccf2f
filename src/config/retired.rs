//! Retired keys of earlier versions, and their replacements.

use super::key::PREFIX;

/// A key that is no longer accepted.
#[derive(Debug)]
pub struct Retired {
    /// The name.
    pub name: &'static str,
    /// The replacement.
    pub instead: &'static str,
}

/// Every retired key.
pub static RETIRED: &[Retired] = &[
    Retired {
        name: "overload",
        instead: "a full queue always refuses, and `backlog` sets how many connections the kernel holds",
    },
    Retired {
        name: "reclaim-after",
        instead: TURN,
    },
    Retired {
        name: "reclaim-allowance",
        instead: TURN,
    },
    Retired {
        name: "reclaim-floor",
        instead: TURN,
    },
    Retired {
        name: "ready-max-wait",
        instead: "`ready-max-refused` says how many clients may be refused",
    },
];

const TURN: &str =
    "`turn` alone says when a session may be closed in favour of a client that waits";

/// Finds a retired key by its name.
pub(super) fn find(name: &str) -> Option<&'static Retired> {
    RETIRED.iter().find(|key| key.name == name)
}

/// Finds a retired key by its environment variable.
pub(super) fn find_variable(variable: &str) -> Option<&'static Retired> {
    let name = variable.strip_prefix(PREFIX)?;
    find(&name.to_ascii_lowercase().replace('_', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::KEYS;

    #[test]
    fn no_retired_key_is_in_use() {
        for retired in RETIRED {
            let in_use = KEYS.iter().any(|key| key.name == retired.name);
            assert!(!in_use, "{}", retired.name);
        }
    }
}
