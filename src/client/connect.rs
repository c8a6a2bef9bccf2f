//! Resolving a target and connecting to it, within one timeout.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::deadline::Deadline;
use super::error::{Attempt, ClientError};
use super::target::Target;

/// The most addresses tried for a name; a resolver's answer may hold thousands.
const MOST_ADDRESSES: usize = 16;

/// The shortest time given to one address.
const LEAST_SHARE: Duration = Duration::from_millis(1);

/// Connects to the first address of `target` that answers, and returns that address too.
pub(super) fn connect(
    target: &Target,
    timeout: Duration,
) -> Result<(TcpStream, SocketAddr), ClientError> {
    let deadline = Deadline::after(timeout);
    let addrs = addresses(target, &deadline)?;
    first_of(&addrs, &deadline).map_err(|attempts| ClientError::NotConnected {
        target: target.clone(),
        waited: timeout,
        attempts,
    })
}

fn addresses(target: &Target, deadline: &Deadline) -> Result<Vec<SocketAddr>, ClientError> {
    if let Ok(literal) = target.host().parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(literal, target.port())]);
    }
    let name = (target.host().to_owned(), target.port());
    let host = || target.host().to_owned();
    let resolve = move || -> io::Result<Vec<SocketAddr>> {
        Ok(name.to_socket_addrs()?.take(MOST_ADDRESSES).collect())
    };
    match within(deadline, resolve) {
        Some(Ok(addrs)) => Ok(addrs),
        Some(Err(err)) => Err(ClientError::NoAddress { host: host(), err }),
        None => Err(ClientError::Unresolved {
            host: host(),
            waited: deadline.limit(),
        }),
    }
}

/// The result of `work`, if it is ready in time.
///
/// A resolver cannot be interrupted, so it runs on a thread that is abandoned at the deadline.
fn within<T: Send + 'static>(
    deadline: &Deadline,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Option<io::Result<T>> {
    let (tx, rx) = mpsc::sync_channel(1);
    let spawned = thread::Builder::new()
        .name("resolve".to_owned())
        .spawn(move || {
            let _nobody_waits_any_more = tx.send(work());
        });
    match spawned {
        Ok(_) => rx.recv_timeout(deadline.left()?).ok(),
        Err(err) => Some(Err(err)),
    }
}

/// Tries each address in turn. Each gets an equal share of the remaining time, so that a first address
/// that does not answer leaves time for the second.
fn first_of(
    addrs: &[SocketAddr],
    deadline: &Deadline,
) -> Result<(TcpStream, SocketAddr), Vec<Attempt>> {
    let mut attempts = Vec::new();
    let mut untried = addrs;
    while let [addr, others @ ..] = untried {
        let Some(left) = deadline.left() else { break };
        let waiting = u32::try_from(untried.len()).unwrap_or(u32::MAX);
        let share = (left / waiting).max(LEAST_SHARE);
        match reach(addr, share) {
            Ok(stream) => return Ok((stream, *addr)),
            Err(err) => attempts.push(Attempt {
                addr: *addr,
                waited: share,
                err,
            }),
        }
        untried = others;
    }
    Err(attempts)
}

fn reach(addr: &SocketAddr, share: Duration) -> io::Result<TcpStream> {
    somebody_else(TcpStream::connect_timeout(addr, share)?)
}

/// The connection, unless the socket is connected to itself.
///
/// The port of the time service lies among the ports that Linux gives to outgoing connections. With no
/// server on this machine, an outgoing connection can get that port and connect to itself.
fn somebody_else(stream: TcpStream) -> io::Result<TcpStream> {
    if stream.local_addr()? == stream.peer_addr()? {
        return Err(ErrorKind::ConnectionRefused.into());
    }
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use super::*;
    use socket2::{Domain, Socket, Type};
    use std::net::TcpListener;

    const PATIENCE: Duration = Duration::from_secs(10);

    /// An address that refuses connections while the socket exists: the socket is bound but does not listen.
    fn refusing() -> (Socket, SocketAddr) {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket
            .bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())
            .unwrap();
        let addr = socket.local_addr().unwrap().as_socket().unwrap();
        (socket, addr)
    }

    #[test]
    fn an_address_that_refuses_gives_way_to_the_next() {
        let (_bound, dead) = refusing();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let live = listener.local_addr().unwrap();
        let (stream, server) = first_of(&[dead, live], &Deadline::after(PATIENCE)).unwrap();
        assert_eq!((stream.peer_addr().unwrap(), server), (live, live));
    }

    #[test]
    fn every_address_that_refused_is_named() {
        let (_one, first) = refusing();
        let (_two, second) = refusing();
        let attempts = first_of(&[first, second], &Deadline::after(PATIENCE)).unwrap_err();
        let said: Vec<_> = attempts.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                format!("connection refused ({first})"),
                format!("connection refused ({second})"),
            ]
        );
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn an_address_that_does_not_answer_is_given_its_share_and_no_more() {
        let (socket, silent) = refusing();
        // With the backlog full, Linux leaves a handshake unanswered.
        socket.listen(0).unwrap();
        let mut held = Vec::new();
        let attempts = std::iter::repeat_with(|| {
            first_of(&[silent], &Deadline::after(Duration::from_millis(250)))
        })
        .take(8)
        .find_map(|tried| tried.map(|reached| held.push(reached)).err())
        .expect("a backlog that fills up");
        let [attempt] = attempts.as_slice() else {
            panic!("one attempt, not {attempts:?}");
        };
        let said = attempt.to_string();
        assert!(said.starts_with("no answer within "), "{said}");
        assert!(said.ends_with(&format!("ms ({silent})")), "{said}");
    }

    #[test]
    fn no_address_is_tried_once_the_time_is_up() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let live = listener.local_addr().unwrap();
        let attempts = first_of(&[live], &Deadline::after(Duration::ZERO)).unwrap_err();
        assert!(attempts.is_empty());
    }

    #[test]
    fn a_resolver_that_does_not_return_is_left_behind() {
        let (never, forever) = mpsc::channel::<()>();
        let found = within(&Deadline::after(Duration::from_millis(1)), move || {
            let _disconnected = forever.recv();
            Ok(())
        });
        assert!(found.is_none());
        drop(never);
    }

    #[test]
    fn a_resolver_that_returns_is_heard() {
        let found = within(&Deadline::after(PATIENCE), || Ok(7));
        assert_eq!(found.unwrap().unwrap(), 7);
    }

    #[test]
    fn a_socket_that_reaches_itself_has_reached_nobody() {
        let (socket, itself) = refusing();
        socket.connect(&itself.into()).unwrap();
        let stream = TcpStream::from(socket);
        let err = somebody_else(stream).unwrap_err();
        assert_eq!(err.kind(), ErrorKind::ConnectionRefused);
    }
}
