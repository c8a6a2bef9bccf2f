//! `jamd workers`: the number of workers of a server, printed or changed.

use super::{ADMIN_TIMEOUT, answer, fail};
use crate::base::terminal::Exit;
use crate::cli::WorkersArgs;
use crate::client::admin::{AdminClient, AdminError};
use crate::observe::Workers;

/// Prints the number of workers, or changes it.
pub(super) fn run(args: &WorkersArgs) -> Exit {
    let admin = AdminClient::new(args.admin.address.clone(), ADMIN_TIMEOUT);
    let said = match args.wanted {
        None => admin.status().map(|status| count(status.server.workers)),
        Some(wanted) => change(&admin, wanted),
    };
    match said {
        Ok(said) => answer(format!("{said}\n").as_bytes()),
        Err(err) => fail(err),
    }
}

fn change(admin: &AdminClient, wanted: usize) -> Result<String, AdminError> {
    let (before, after) = (admin.workers()?, admin.set_workers(wanted)?);
    Ok(format!("{before} -> {after} workers"))
}

/// The wanted number of workers, and their present states.
fn count(workers: Workers) -> String {
    let Workers { wanted, states } = workers;
    let occupied = states.occupied();
    let there = states.idle.saturating_add(occupied);
    let noun = if wanted == 1 { "worker" } else { "workers" };
    let to_retire = match there.saturating_sub(wanted) {
        0 => String::new(),
        count => format!(", {count} to retire"),
    };
    format!(
        "{wanted} {noun} ({} idle, {occupied} occupied{to_retire})",
        states.idle
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::ByState;

    #[test]
    fn workers_are_idle_or_occupied_and_some_have_still_to_retire() {
        let states = ByState {
            idle: 5,
            awaiting: 1,
            working: 1,
            writing: 1,
            ..ByState::default()
        };
        let of = |wanted, states| count(Workers { wanted, states });
        assert_eq!(of(8, states), "8 workers (5 idle, 3 occupied)");
        assert_eq!(of(1, states), "1 worker (5 idle, 3 occupied, 7 to retire)");
    }
}
