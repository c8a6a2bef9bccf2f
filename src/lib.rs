//! `jamd`: a TCP time server with a fixed pool of workers behind a bounded queue, and its client.
//!
//! The rooms, and the contents of each. Imports run downward only; a test enforces it.
//!
//! | room | owns |
//! |---|---|
//! | [`commands`] | one file per subcommand |
//! | [`cli`] | the command line |
//! | [`top`] | the terminal view: model, rates, widgets |
//! | [`report`] | the results of load tests and tunings, as text, JSON and a page |
//! | [`trials`] | real trials for the tuner: a local child, a live server on a lease, calibration |
//! | [`tune`] | the choice of the number of workers: trials, models, verdict |
//! | [`load`] | the load tester: plan, pacing, drivers, tallies, audits |
//! | [`config`] | keys, defaults, bounds, layers, origins |
//! | [`admin`] | the administration port: HTTP as a [`server::Service`], and the agent |
//! | [`service`] | the time service: [`protocol`] and [`clock`] as a [`server::Service`] |
//! | [`server`] | listener, acceptor, queue, pool, workers, slots, reaper, drain, ledger |
//! | [`client`] | connect, ask, quit; the client of the administration port |
//! | [`observe`] | the counters, published state and logs of a server |
//! | [`whatif`] | the replay of other pool sizes |
//! | [`protocol`] | the bytes on the wire |
//! | [`clock`] | the time of day and its formats |
//! | [`base`] | durations, figures, the host, columns of text, percentiles, statistics, the terminal, the means to stop |
//!
//! The words of code, keys, logs and prose: a **client** is the program at the other end. A **session**
//! is one accepted connection and its conversation; a **command** and a **reply** are one line each. The
//! **acceptor** *admits* or *refuses*; a **worker** *serves*. A **slot** is the published state of one
//! worker. The **reaper** is the thread that closes sessions which overstay. The **ledger** counts how
//! every accepted connection ended. To **drain** is to finish the admitted sessions and admit no more.

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
