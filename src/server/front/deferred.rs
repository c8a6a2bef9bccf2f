//! The deferred set: connections without a complete first command, which take no worker or queue place.
//!
//! The acceptor holds them in a separate poll set. When the set is full, the client with most connections
//! loses its oldest. So a flood from a few addresses evicts its own connections.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Registry, Token};

use crate::server::clients::ClientKey;
use crate::server::queue::Arrival;

/// The most connections in the set. Each takes half a KiB plus the received part of its first command, up to
/// the longest command. With the default of the time service a full set takes 4 MiB.
pub const DEFERRED_MAX: usize = 4096;

/// The most connections reported by one poll.
const EVENTS: usize = 256;

/// The connections in order of arrival, by number.
#[derive(Debug)]
pub(crate) struct Deferred {
    poll: Poll,
    events: Events,
    connections: BTreeMap<usize, Connection>,
    /// The deadline of each connection that has one.
    deadlines: BTreeSet<(Instant, usize)>,
    by_client: HashMap<ClientKey, BTreeSet<usize>>,
    /// Each client's number of connections, with the number of its oldest. The last entry is the client with
    /// most; of two equal clients, the one with the older connection.
    crowds: BTreeSet<(usize, Reverse<usize>)>,
    next: usize,
}

#[derive(Debug)]
struct Connection {
    arrival: Box<Arrival>,
    deadline: Option<Instant>,
}

impl Deferred {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            poll: Poll::new()?,
            events: Events::with_capacity(EVENTS),
            connections: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            by_client: HashMap::new(),
            crowds: BTreeSet::new(),
            next: 0,
        })
    }

    /// A registry to poll: readable while a connection of the set is.
    pub(crate) fn readiness(&self) -> io::Result<Registry> {
        self.poll.registry().try_clone()
    }

    pub(crate) fn len(&self) -> usize {
        self.connections.len()
    }

    /// Holds a connection until it is readable or its deadline passes.
    ///
    /// # Errors
    ///
    /// Returns the connection if the system cannot poll one more.
    pub(crate) fn hold(
        &mut self,
        arrival: Box<Arrival>,
        deadline: Option<Instant>,
    ) -> Result<(), Box<Arrival>> {
        let number = self.next;
        let fd = arrival.stream.as_raw_fd();
        let registry = self.poll.registry();
        let watched = registry.register(&mut SourceFd(&fd), Token(number), Interest::READABLE);
        if watched.is_err() {
            return Err(arrival);
        }
        self.next += 1;
        let client = ClientKey::from(arrival.client.ip());
        let of_client = self.by_client.entry(client).or_default();
        if let Some(crowd) = crowd(of_client) {
            self.crowds.remove(&crowd);
        }
        of_client.insert(number);
        self.crowds.extend(crowd(of_client));
        self.deadlines.extend(deadline.map(|at| (at, number)));
        let connection = Connection { arrival, deadline };
        self.connections.insert(number, connection);
        Ok(())
    }

    /// Removes the oldest connection of the client with most connections.
    pub(crate) fn evict(&mut self) -> Option<Box<Arrival>> {
        let (_, Reverse(oldest)) = *self.crowds.last()?;
        self.release(oldest)
    }

    /// Removes a connection.
    pub(crate) fn release(&mut self, number: usize) -> Option<Box<Arrival>> {
        let Connection { arrival, deadline } = self.connections.remove(&number)?;
        let fd = arrival.stream.as_raw_fd();
        // This fails only if the connection is not polled any more, and then nothing remains to do.
        let _ = self.poll.registry().deregister(&mut SourceFd(&fd));
        if let Some(at) = deadline {
            self.deadlines.remove(&(at, number));
        }
        let client = ClientKey::from(arrival.client.ip());
        if let Some(of_client) = self.by_client.get_mut(&client) {
            if let Some(crowd) = crowd(of_client) {
                self.crowds.remove(&crowd);
            }
            of_client.remove(&number);
            match crowd(of_client) {
                Some(crowd) => {
                    self.crowds.insert(crowd);
                }
                None => {
                    self.by_client.remove(&client);
                }
            }
        }
        Some(arrival)
    }

    pub(crate) fn get_mut(&mut self, number: usize) -> Option<&mut Arrival> {
        let connection = self.connections.get_mut(&number)?;
        Some(&mut *connection.arrival)
    }

    pub(crate) fn set_deadline(&mut self, number: usize, deadline: Option<Instant>) {
        if let Some(connection) = self.connections.get_mut(&number) {
            if let Some(at) = connection.deadline {
                self.deadlines.remove(&(at, number));
            }
            connection.deadline = deadline;
            self.deadlines.extend(deadline.map(|at| (at, number)));
        }
    }

    /// The earliest deadline.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// Removes one connection past its deadline.
    pub(crate) fn expire(&mut self, now: Instant) -> Option<Box<Arrival>> {
        let (at, number) = *self.deadlines.first()?;
        (at <= now).then(|| self.release(number))?
    }

    /// The numbers of connections that became readable since the last call.
    ///
    /// # Errors
    ///
    /// The kernel's error.
    pub(crate) fn readable(&mut self) -> io::Result<Vec<usize>> {
        match self.poll.poll(&mut self.events, Some(Duration::ZERO)) {
            Err(err) if err.kind() != io::ErrorKind::Interrupted => return Err(err),
            _ => {}
        }
        let numbers = self.events.iter().map(|event| event.token().0);
        Ok(numbers.collect())
    }

    /// The numbers of all connections, the oldest first.
    pub(crate) fn numbers(&self) -> Vec<usize> {
        self.connections.keys().copied().collect()
    }
}

/// A client's number of connections, and the number of the oldest.
fn crowd(of_client: &BTreeSet<usize>) -> Option<(usize, Reverse<usize>)> {
    let oldest = *of_client.first()?;
    Some((of_client.len(), Reverse(oldest)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

    /// A connection with one of a few made-up client addresses.
    fn arrival(stream: TcpStream, client: u8) -> Arrival {
        let client = SocketAddr::from((Ipv4Addr::new(192, 0, 2, client), 1));
        Arrival::new(stream, client, Instant::now())
    }

    fn stream() -> TcpStream {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        TcpStream::connect(listener.local_addr().unwrap()).unwrap()
    }

    #[derive(Debug, Clone)]
    enum Step {
        Hold(u8, u64),
        Evict,
        Release(usize),
        Expire(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => (0..4_u8, 0..100_u64).prop_map(|(client, limit)| Step::Hold(client, limit)),
            1 => Just(Step::Evict),
            1 => (0..60_usize).prop_map(Step::Release),
            1 => (0..100_u64).prop_map(Step::Expire),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Checks against a list: the client with most connections loses its oldest, and connections expire
        /// in the order of their deadlines.
        #[test]
        fn the_client_with_most_gives_way_and_each_connection_has_its_time(
            steps in proptest::collection::vec(step(), 0..60)
        ) {
            let began = Instant::now();
            let at = |millis| began + Duration::from_millis(millis);
            let mut deferred = Deferred::new().unwrap();
            let mut model: Vec<(usize, u8, u64)> = Vec::new();
            let stream = stream();
            let mut numbers = 0..;
            for step in steps {
                match step {
                    Step::Hold(client, limit) => {
                        let one = arrival(stream.try_clone().unwrap(), client);
                        prop_assert!(deferred.hold(Box::new(one), Some(at(limit))).is_ok());
                        model.push((numbers.next().unwrap(), client, limit));
                    }
                    Step::Evict => {
                        let crowd = |index: &usize| {
                            let client = model[*index].1;
                            model.iter().filter(|it| it.1 == client).count()
                        };
                        let most = (0..model.len()).map(|index| crowd(&index)).max();
                        let oldest = (0..model.len()).find(|index| Some(crowd(index)) == most);
                        prop_assert_eq!(deferred.evict().is_some(), oldest.is_some());
                        if let Some(index) = oldest {
                            model.remove(index);
                        }
                    }
                    Step::Release(number) => {
                        let known = model.iter().position(|it| it.0 == number);
                        prop_assert_eq!(deferred.release(number).is_some(), known.is_some());
                        if let Some(index) = known {
                            model.remove(index);
                        }
                    }
                    Step::Expire(now) => {
                        let first = model.iter().enumerate().min_by_key(|(_, it)| (it.2, it.0));
                        let over = first.filter(|(_, it)| it.2 <= now).map(|(index, _)| index);
                        prop_assert_eq!(deferred.expire(at(now)).is_some(), over.is_some());
                        if let Some(index) = over {
                            model.remove(index);
                        }
                    }
                }
                let left: Vec<_> = model.iter().map(|it| it.0).collect();
                prop_assert_eq!(deferred.numbers(), left);
                let next = model.iter().map(|it| at(it.2)).min();
                prop_assert_eq!(deferred.next_deadline(), next);
            }
        }
    }
}
