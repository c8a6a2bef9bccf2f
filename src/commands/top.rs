//! `jamd top`: the view of a server, on a full screen or once as text.

use std::io::{self, IsTerminal};

use super::{ADMIN_TIMEOUT, answer, fail};
use crate::base::terminal::{Exit, is_dumb};
use crate::cli::TopArgs;
use crate::client::admin::AdminClient;
use crate::top::{self, Seen};

/// Watches until a key or signal ends it. Without a usable terminal it prints one view as text.
pub(super) fn run(args: &TopArgs) -> Exit {
    let admin = AdminClient::new(args.admin.address.clone(), ADMIN_TIMEOUT);
    if is_watched() {
        match top::watch(admin, args.interval) {
            Ok(()) => Exit::Done,
            Err(err) => fail(format_args!("cannot use the terminal: {err}")),
        }
    } else {
        match admin.status() {
            Ok(status) => answer(top::text(&Seen::first(status)).as_bytes()),
            Err(err) => fail(err),
        }
    }
}

/// Whether stdin and stdout are a terminal that can be drawn on.
fn is_watched() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal() && !is_dumb()
}
