//! A server with a fixed pool of workers behind a bounded queue, for any [`Service`].
//!
//! ```text
//!             accept            admit                take                respond
//!   clients ---------> acceptor -------> queue[Q] ---------> worker 1..W ---------> clients
//!                        | full: refuse     |                    | publishes its state
//!                        v                  | too old: refuse    v
//!                    farewells <------------+-------------- reaper <--- slots 1..W
//!                    (linger, then close)                     ends what overstays
//! ```
//!
//! The *acceptor* never waits for a client. A *worker* drives one session at a time to its end. The
//! *reaper* is the only thing that ends a session from outside, and its tick the only clock the hot
//! path reads. A *drain* runs through them in that order: the acceptor admits what the kernel had
//! already connected and closes the queue, the workers finish what is queued, the reaper closes
//! sessions between two commands and cuts what is left at the deadline. The *ledger* then says where
//! every accepted connection ended.

mod acceptor;
mod drain;
mod farewell;
mod ledger;
mod listener;
mod machine;
mod pool;
mod pulse;
pub mod queue;
mod reaper;
mod service;
mod session;
mod slot;
mod socket_options;
mod sync;
mod tick;
mod waiting_room;
mod worker;

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};

pub use self::ledger::{Balance, Class, Outcome};
pub use self::machine::{Shortage, raise_open_files};
pub use self::pulse::Pulse;
pub use self::service::{Progress, REPLIES_LIMIT, Responder, Service, Then};

use self::acceptor::{Acceptor, Desk, Waker};
use self::drain::Life;
use self::farewell::Farewells;
use self::ledger::Ledger;
use self::listener::Listener;
use self::pool::Pool;
use self::pulse::Vitals;
use self::queue::{Entrance, Queue};
use self::reaper::Reaper;
use self::slot::Slot;
use self::tick::CoarseClock;
use self::waiting_room::Attention;
use self::worker::Worker;
use crate::observe::SessionLog;

/// How a server is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen; port 0 lets the system choose.
    pub listen: Vec<SocketAddr>,
    /// Connections the kernel may hold until they are accepted.
    pub backlog: u32,
    /// How long the kernel holds back a client that has sent nothing; Linux only.
    pub defer_accept: Option<Duration>,
    /// Whether other processes that do so too may listen on the same ports.
    pub reuse_port: bool,
    /// Sessions served at the same time.
    pub workers: usize,
    /// Bytes of stack for each worker.
    pub stack_size: usize,
    /// Connections that may wait for a worker.
    pub queue: usize,
    /// The limits of waiting.
    pub limits: Limits,
}

/// How long anything may take; `None` is for ever.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    /// In the queue.
    pub queue: Option<Duration>,
    /// Between two commands.
    pub idle: Option<Duration>,
    /// From the first byte of a command to its last.
    pub command: Option<Duration>,
    /// For the client to take the replies to what one read brought.
    pub write: Option<Duration>,
    /// From the beginning of a session to its end.
    pub session: Option<Duration>,
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// An address could not be bound.
    #[error("cannot listen on {addr}: {}", reason(.source))]
    Bind {
        /// The address.
        addr: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The machine does not have what the settings need.
    #[error(transparent)]
    Shortage(#[from] Shortage),
    /// The system refused something every process gets.
    #[error("cannot start: {0}")]
    Io(#[from] io::Error),
}

/// What the system said about an address, and what would help.
fn reason(err: &io::Error) -> String {
    let advice = match err.kind() {
        io::ErrorKind::AddrInUse => "another program listens there; choose another port",
        io::ErrorKind::PermissionDenied => "ports below 1024 need a privilege; choose a higher one",
        io::ErrorKind::AddrNotAvailable => "this machine has no such address",
        _ => return err.to_string(),
    };
    format!("{err}: {advice}")
}

/// Something that whoever waits for a server needs to know.
#[derive(Debug)]
pub enum Event {
    /// The server cannot accept connections any more; those it has are still served.
    AcceptFailed(io::Error),
}

/// Nothing is ever sent: what matters is when the last sender is gone.
type Never = std::convert::Infallible;

/// Held by every thread that a drain waits for.
type Alive = Sender<Never>;

/// An accepted connection on its way to a worker.
#[derive(Debug)]
struct Arrival {
    stream: TcpStream,
    client: SocketAddr,
    accepted: Instant,
}

/// What acceptor, workers and reaper share.
#[derive(Debug)]
struct Shared {
    queue: Arc<Queue<Arrival>>,
    slots: Vec<Arc<Slot>>,
    clock: CoarseClock,
    ledger: Ledger,
    farewells: Farewells,
    life: Life,
    vitals: Vitals,
    limits: Limits,
    log: SessionLog,
    /// The last words to a client that is not admitted.
    refusal: &'static [u8],
}

impl Shared {
    /// Tells a client that it will not be served, and why not to the ledger.
    fn refuse(&self, arrival: Arrival, outcome: Outcome) {
        self.farewells.refuse(arrival.stream, self.refusal);
        self.ledger.end(outcome);
        self.log.refused(arrival.client, outcome.name());
    }
}

/// A running server. Dropping it cuts every session.
#[derive(Debug)]
pub struct Server {
    addresses: Vec<SocketAddr>,
    shared: Arc<Shared>,
    waker: Waker,
    reaper: JoinHandle<()>,
    events: Receiver<Event>,
    /// Keeps the threads that the worker loops run on.
    _pool: Pool,
}

impl Server {
    /// Binds the listeners, starts the pool, and begins to accept.
    ///
    /// # Errors
    ///
    /// When an address cannot be bound or the machine lacks what the settings need. Nothing is left
    /// running then.
    pub fn start<S: Service>(
        settings: &Settings,
        service: &S,
        log: SessionLog,
    ) -> Result<Self, StartError> {
        Self::start_on(Vec::new(), settings, service, log)
    }

    /// The same, and accepts from listeners as well that whoever started this process has bound.
    ///
    /// Those stay open there, so a drain leaves whoever waits in one to the next process that
    /// accepts from it.
    ///
    /// # Errors
    ///
    /// As above.
    pub fn start_on<S: Service>(
        passed: Vec<TcpListener>,
        settings: &Settings,
        service: &S,
        log: SessionLog,
    ) -> Result<Self, StartError> {
        machine::check(settings, passed.len())?;
        let listeners = listener::open(settings, passed)?;
        let addresses = listeners
            .iter()
            .map(Listener::address)
            .collect::<io::Result<_>>()?;
        let pool = Pool::start(settings.workers, settings.stack_size)
            .map_err(|pool::Refused| machine::diagnose(settings))?;
        let (entrance, queue) = queue::queue(settings.queue, settings.workers);
        let shared = Arc::new(Shared {
            queue,
            slots: (0..settings.workers).map(|_| Arc::default()).collect(),
            clock: CoarseClock::default(),
            ledger: Ledger::default(),
            farewells: Farewells::default(),
            life: Life::default(),
            vitals: Vitals::default(),
            limits: settings.limits,
            log,
            refusal: service.refusal(),
        });
        let (alive, everyone) = bounded(0);
        let (happen, events) = bounded(1);
        start_workers(&pool, service, &shared, &alive);
        let reaper = Reaper::new(Arc::clone(&shared), everyone, happen.clone());
        let reaper = spawn("reaper", || reaper.run())?;
        let waker = start_acceptor(listeners, entrance, &shared, happen, alive)
            .inspect_err(|_| shared.life.cut())?;
        Ok(Self {
            addresses,
            shared,
            waker,
            reaper,
            events,
            _pool: pool,
        })
    }

    /// Where the server listens, in the order of the settings, with the ports that were chosen; then
    /// the addresses of the listeners that were passed to it.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// What happens to the server. Disconnected once it has ended, which only a drain brings about.
    pub fn events(&self) -> &Receiver<Event> {
        &self.events
    }

    /// Admits nothing more and lets what was admitted finish, for at most this long.
    pub fn drain(&self, limit: Duration) {
        self.shared.life.drain(Instant::now() + limit);
        self.hurry();
    }

    /// Ends every session now.
    pub fn cut(&self) {
        self.shared.life.cut();
        self.hurry();
    }

    /// The ledger as it stands: in balance only once the server has ended.
    pub fn balance(&self) -> Balance {
        self.shared.ledger.balance()
    }

    /// Takes the pulse: how far the reaper and the acceptor have come. Asks the acceptor, which may
    /// have nothing to do for hours, to show itself before the next time.
    pub fn pulse(&self) -> Pulse {
        let pulse = self.shared.vitals.pulse(self.shared.clock.now());
        if self.shared.vitals.ask() {
            self.waker.wake();
        }
        pulse
    }

    fn hurry(&self) {
        self.waker.wake();
        self.reaper.thread().unpark();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.cut();
    }
}

fn start_workers<S: Service>(pool: &Pool, service: &S, shared: &Arc<Shared>, alive: &Alive) {
    for (number, slot) in (1..).zip(&shared.slots) {
        let worker = Worker::new(
            number,
            service,
            Arc::clone(slot),
            Arc::clone(shared),
            alive.clone(),
        );
        pool.execute(|| worker.run());
    }
}

fn start_acceptor(
    listeners: Vec<Listener>,
    entrance: Entrance<Arrival>,
    shared: &Arc<Shared>,
    events: Sender<Event>,
    alive: Alive,
) -> io::Result<Waker> {
    let (waker, woken) = acceptor::waker()?;
    let acceptor = Acceptor {
        listeners,
        woken,
        desk: Desk {
            entrance,
            attention: Attention::Enough,
            shared: Arc::clone(shared),
        },
        events,
        _alive: alive,
    };
    spawn("acceptor", || acceptor.run())?;
    Ok(waker)
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name(name.into()).spawn(run)
}
