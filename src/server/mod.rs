//! A TCP server with a resizable pool of workers behind a bounded queue, for any [`Service`].
//!
//! ```text
//!             accept                  admit               take                respond
//!   clients ---------> acceptor ------------> queue[Q] --------> worker 1..W ---------> clients
//!                       |  ^ first command     | four lines          | publishes its state
//!             deferred <+--+ is complete       |                     v
//!      (not one command) | full: refuse        | too old: refuse   reaper <--- slots 1..W
//!                        v                     v                     | ends overdue sessions
//!                    lingering <---------------+---------------------+
//!                    (linger, then close)
//! ```
//!
//! The *acceptor* never waits for a client. It denies addresses that the access list excludes, then refuses
//! clients that exceed a per-client limit. It holds the other clients in the *deferred* set until their
//! first command is complete. It then refuses them if no worker is idle and the queue is full. The *queue*
//! has four lines: clients that had much of the pool lately wait behind those that had little. A *worker*
//! drives one session at a time to its end. Only the *reaper* ends a session from outside, and its tick is
//! the only clock the hot path reads. It closes sessions that overstay. It also *reclaims* workers from
//! sessions whose *turn* is over, while clients wait that had less of the pool lately. The number of
//! workers can change while the server runs. A *drain* runs through these parts in order: the acceptor
//! admits the connections that the kernel had already established and closes the queue. The workers finish
//! the queued sessions. The reaper closes sessions between two commands and cuts the rest at the deadline.
//! The *ledger* then shows how every accepted connection ended.

mod clients;
mod drain;
mod error;
mod event;
mod front;
mod host_limits;
mod ledger;
mod liveness;
mod pool;
pub mod queue;
mod reaper;
#[expect(
    clippy::module_inception,
    reason = "the server itself, among its parts"
)]
mod server;
mod service;
mod settings;
#[cfg(all(test, not(feature = "model")))]
mod simulation;
mod snapshot;
mod socket_options;
mod sync;
mod tick;
mod waker;

pub use self::clients::{ClientKey, ClientLimits, ClientUse, Enforcement, Rate, Spared, Standing};
pub use self::error::StartError;
pub use self::event::Event;
pub use self::front::{DEFERRED_MAX, Listeners};
pub use self::host_limits::{Shortage, check, raise_open_files};
pub use self::ledger::{Balance, Class, Outcome};
pub use self::liveness::Liveness;
pub use self::pool::ResizeError;
pub use self::server::Server;
pub use self::service::{Progress, REPLIES_LIMIT, Responder, Service, Then};
pub use self::settings::{Limits, Settings};
pub use self::snapshot::SessionView;
pub use crate::observe::State;
pub use crate::whatif::QueueTimeout;
