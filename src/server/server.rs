//! The server handle: start, resize, drain, cut, liveness.

use std::io::{self, PipeReader};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::clients::{AccessList, Clients, Fairness, Spared};
use super::drain::Life;
use super::error::StartError;
use super::event::{Alive, Event};
use super::front::{Acceptor, Admission, Deferred, FirstCommand, Listener, Listeners};
use super::ledger::{Balance, Ledger};
use super::liveness::{AcceptorLiveness, Liveness};
use super::pool::{LingeringCloses, Refused, ResizeError, Shared, Slots, WorkerThreads, Workers};
use super::reaper::Reaper;
use super::service::Service;
use super::settings::Settings;
use super::tick::CoarseClock;
use super::{host_limits, queue, waker};
use crate::observe::{Counters, Journal};

/// The longest drain limit: short enough that adding it to any moment does not overflow.
const LONGEST_DRAIN: Duration = Duration::from_hours(24 * 365);

/// A running server. Dropping it cuts every session.
#[derive(Debug)]
pub struct Server {
    addresses: Vec<SocketAddr>,
    /// Weak, because the listeners must close when the acceptor drops them.
    pub(super) backlogs: Vec<Weak<Listener>>,
    pub(super) shared: Arc<Shared>,
    /// The worker pool. Kept as long as the server, because it owns the threads.
    workers: Workers,
    reaper: JoinHandle<()>,
    events: Receiver<Event>,
}

impl Server {
    /// Binds the listeners, starts the pool, and begins to accept.
    ///
    /// # Errors
    ///
    /// When an address cannot be bound, or the machine lacks resources that the settings need. Nothing is
    /// left running then.
    pub fn start<S: Service>(
        settings: &Settings,
        service: S,
        journal: impl Into<Journal>,
    ) -> Result<Self, StartError> {
        Self::start_on(Vec::new(), settings, service, journal)
    }

    /// Starts like [`Server::start`], and also accepts from listeners that the parent process has bound.
    ///
    /// The parent keeps those listeners open. After a drain, the next process accepts the clients still in
    /// their backlogs.
    ///
    /// # Errors
    ///
    /// As for [`Server::start`].
    pub fn start_on<S: Service>(
        passed: Vec<TcpListener>,
        settings: &Settings,
        service: S,
        journal: impl Into<Journal>,
    ) -> Result<Self, StartError> {
        host_limits::check_beside(passed.len(), settings)?;
        Self::serve(
            Listeners::open(settings, passed)?,
            settings,
            service,
            journal,
        )
    }

    /// Starts like [`Server::start`], on listeners that are already open. The caller can finish its own
    /// set-up in between.
    ///
    /// # Errors
    ///
    /// When the machine lacks resources that the settings need. Nothing is left running then.
    pub fn serve<S: Service>(
        listeners: Listeners,
        settings: &Settings,
        service: S,
        journal: impl Into<Journal>,
    ) -> Result<Self, StartError> {
        let passed = listeners.passed;
        host_limits::check_beside(passed, settings)?;
        let listeners: Vec<_> = listeners.sockets.into_iter().map(Arc::new).collect();
        let addresses = (listeners.iter())
            .map(|listener| listener.address())
            .collect::<io::Result<_>>()?;
        let backlogs = listeners.iter().map(Arc::downgrade).collect();
        let pool = WorkerThreads::start(settings.workers, settings.stack_size)
            .map_err(|Refused| host_limits::diagnose(settings))?;
        let (acceptor, woken) = waker::waker()?;
        let service = Arc::new(service);
        let first_command = FirstCommand::of(Arc::clone(&service));
        let deferred = Deferred::new()?;
        let (entrance, queue) =
            queue::queue(settings.queue, settings.limits.queue, settings.workers);
        let shared = Arc::new(Shared {
            queue,
            slots: Slots::default(),
            clock: CoarseClock::default(),
            ledger: Ledger::default(),
            lingering: LingeringCloses::of(settings),
            life: Life::default(),
            acceptor,
            acceptor_liveness: AcceptorLiveness::default(),
            limits: settings.limits,
            journal: journal.into(),
            counters: Counters::default(),
            access: AccessList::new(&settings.allow, &settings.deny),
            clients: Clients::new(settings.clients, settings.sessions()),
            deferred_capacity: AtomicUsize::new(host_limits::deferred(settings, passed)),
            fairness: Fairness::of(settings.places()),
            recent: Mutex::default(),
            refusal: service.refusal(),
        });
        let (alive, everyone) = bounded(0);
        let (happen, events) = bounded(1);
        let set_up = (settings, passed);
        let workers = Workers::start(pool, set_up, service, &shared, alive.clone());
        let reaper = Reaper::new(Arc::clone(&shared), everyone, happen.clone());
        let reaper = spawn("reaper", || reaper.run())?;
        let admission = Admission::new(entrance, first_command, deferred, Arc::clone(&shared));
        start_acceptor((listeners, woken), admission, &shared, happen, alive)
            .inspect_err(|_| shared.life.cut())?;
        Ok(Self {
            addresses,
            backlogs,
            shared,
            workers,
            reaper,
            events,
        })
    }

    /// The addresses of the listeners, in the order of the settings, with the ports that the system chose.
    /// The addresses of passed listeners follow.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Events of the running server. The channel disconnects when the server has ended, and only a drain
    /// ends it.
    pub fn events(&self) -> &Receiver<Event> {
        &self.events
    }

    /// The wanted number of workers.
    pub fn workers(&self) -> usize {
        self.workers.wanted()
    }

    /// Changes the wanted number of workers. Added workers serve at once. Surplus workers retire after
    /// their current session, so no session is dropped.
    ///
    /// # Errors
    ///
    /// When the number is zero, when the machine lacks resources for it, or when the server drains. The
    /// number of workers is then unchanged.
    pub fn resize(&self, workers: usize) -> Result<(), ResizeError> {
        self.workers.resize(workers)
    }

    /// Announces that a drain is about to begin. The server still accepts and serves.
    pub fn announce_drain(&self) {
        self.shared.life.announce_drain();
    }

    /// Admits no more clients and lets admitted sessions finish, for at most `limit`.
    pub fn drain(&self, limit: Duration) {
        self.shared
            .life
            .drain(Instant::now() + limit.min(LONGEST_DRAIN));
        self.hurry();
    }

    /// Ends every session now.
    pub fn cut(&self) {
        self.shared.life.cut();
        self.hurry();
    }

    /// The current ledger. It balances only after the server has ended.
    pub fn balance(&self) -> Balance {
        self.shared.ledger.balance()
    }

    /// The clients that a dry run of the limits would have refused so far. `None` if the limits are
    /// enforced, or if there are none.
    pub fn spared(&self) -> Option<Spared> {
        self.shared.clients.as_ref()?.spared()
    }

    /// The progress of the reaper and the acceptor. Also asks the acceptor for a new answer before the next
    /// call, because it may have nothing to do for hours.
    pub fn liveness(&self) -> Liveness {
        let liveness = self
            .shared
            .acceptor_liveness
            .liveness(self.shared.clock.now());
        if self.shared.acceptor_liveness.ask() {
            self.shared.acceptor.wake();
        }
        liveness
    }

    fn hurry(&self) {
        self.workers.close();
        self.shared.acceptor.wake();
        self.reaper.thread().unpark();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.cut();
    }
}

fn start_acceptor(
    (listeners, woken): (Vec<Arc<Listener>>, PipeReader),
    admission: Admission,
    shared: &Arc<Shared>,
    events: Sender<Event>,
    alive: Alive,
) -> io::Result<()> {
    let acceptor = Acceptor {
        listeners,
        woken,
        readiness: admission.readiness()?,
        admission,
        shared: Arc::clone(shared),
        events,
        _alive: alive,
    };
    spawn("acceptor", || acceptor.run())?;
    Ok(())
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name(name.into()).spawn(run)
}
