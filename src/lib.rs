//! `jamd`: a TCP time server with a fixed pool of workers behind a bounded queue, and its client.
//!
//! The rooms, and what each owns; imports run downward only, and a test holds the code to it.
//!
//! | room | owns |
//! |---|---|
//! | [`commands`] | one file per subcommand |
//! | [`cli`] | the command line |
//! | [`top`] | the terminal view: model, rates, widgets |
//! | [`report`] | what a load test or a tuning found, as text, JSON and a page |
//! | [`trials`] | real trials for the tuner: a local child, a live server on a lease, calibration |
//! | [`tune`] | which number of workers to run: trials, models, verdict |
//! | [`load`] | the load tester: plan, pacing, drivers, tallies, audits |
//! | [`config`] | keys, defaults, bounds, layers, origins |
//! | [`admin`] | the administration port: HTTP as a [`server::Service`], and the agent |
//! | [`service`] | the time service: [`protocol`] and [`clock`] as a [`server::Service`] |
//! | [`server`] | listener, acceptor, queue, pool, workers, slots, reaper, drain, ledger |
//! | [`client`] | connect, ask, quit; the administration port from the other end |
//! | [`observe`] | what is counted, published and logged of a server |
//! | [`whatif`] | what another number of workers would have done |
//! | [`protocol`] | the bytes on the wire |
//! | [`clock`] | what time it is and how it is written |
//! | [`base`] | durations, figures, the host, columns of text, percentiles, statistics, the terminal, the means to stop |
//!
//! The words, used the same in code, keys, logs and prose: a **client** is the program at the other
//! end, a **session** one accepted connection and the conversation on it, a **command** and a
//! **reply** one line each. The **acceptor** *admits* or *refuses*; a **worker** *serves*. A **slot**
//! is what a worker publishes about itself, the **reaper** the thread that closes sessions which
//! overstay, the **ledger** where every accepted connection ended. To **drain** is to finish what
//! was admitted and admit nothing more.

#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::exit,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::indexing_slicing
)]
#![cfg_attr(
    test,
    allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        clippy::float_cmp,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::print_stdout,
        clippy::indexing_slicing
    )
)]

pub mod admin;
pub mod base;
pub mod cli;
pub mod client;
pub mod clock;
pub mod commands;
pub mod config;
pub mod load;
pub mod observe;
pub mod protocol;
pub mod report;
pub mod server;
pub mod service;
#[cfg(feature = "top")]
pub mod top;
pub mod trials;
pub mod tune;
pub mod whatif;
