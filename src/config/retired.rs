//! Keys that there were in earlier versions, and what to use instead.

use super::key::PREFIX;

/// A key that is no longer understood.
#[derive(Debug)]
pub struct Retired {
    /// Its name.
    pub name: &'static str,
    /// What replaces it.
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

/// The retired key of a name.
pub(super) fn find(name: &str) -> Option<&'static Retired> {
    RETIRED.iter().find(|key| key.name == name)
}

/// The retired key of an environment variable.
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
