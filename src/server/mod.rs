//! A server with a fixed pool of workers behind a bounded queue, for any [`Service`].
//!
//! ```text
//!             accept                  admit               take                respond
//!   clients ---------> acceptor ------------> queue[Q] --------> worker 1..W ---------> clients
//!                       |  ^ first command     | two lines           | publishes its state
//!             deferred <+--+ is complete       |                     v
//!      (not one command) | full: refuse        | too old: refuse   reaper <--- slots 1..W
//!                        v                     v                     | ends what overstays
//!                    lingering <---------------+---------------------+
//!                    (linger, then close)
//! ```
//!
//! The *acceptor* never waits for a client. It refuses clients whose address may not connect, then clients
//! over a limit of their own. It holds the others in the *deferred* set until their first command is complete,
//! and refuses those that then find no worker idle and the queue full. A *worker* drives one session at a time
//! to its end. The *reaper* is the only thing that ends a session from outside, and its tick the only clock the
//! hot path reads. It closes what overstays, and, while clients wait that had less of the pool lately,
//! *reclaims* the workers of sessions whose *turn* is over. Their number changes
//! while the server serves. A *drain* runs through them in that order: the acceptor admits what the
//! kernel had already connected and closes the queue, the workers finish what is queued, the reaper
//! closes sessions between two commands and cuts what is left at the deadline. The *ledger* then says
//! where every accepted connection ended.

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
