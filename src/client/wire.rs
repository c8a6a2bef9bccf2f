//! A socket on which every read and write ends at a deadline.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};

use super::deadline::Deadline;

/// The connection to a server, as bytes.
#[derive(Debug)]
pub(super) struct Wire {
    stream: TcpStream,
}

impl Wire {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream }
    }

    /// The local address of the connection.
    pub(super) fn own_address(&self) -> io::Result<SocketAddr> {
        self.stream.local_addr()
    }

    /// Writes all of `bytes`; fails with [`ErrorKind::TimedOut`] at the deadline.
    pub(super) fn send(&mut self, bytes: &[u8], deadline: &Deadline) -> io::Result<()> {
        let mut unsent = bytes;
        while !unsent.is_empty() {
            let left = deadline.left().ok_or(ErrorKind::TimedOut)?;
            self.stream.set_write_timeout(Some(left))?;
            match self.stream.write(unsent) {
                Ok(n) => unsent = unsent.get(n..).unwrap_or_default(),
                Err(err) if is_early(&err) => {}
                Err(err) => return Err(err),
            }
        }
        Ok(())
    }

    /// Reads the next bytes, or 0 bytes if the server closed; fails with
    /// [`ErrorKind::TimedOut`] at the deadline.
    pub(super) fn hear(&mut self, room: &mut [u8], deadline: &Deadline) -> io::Result<usize> {
        loop {
            let left = deadline.left().ok_or(ErrorKind::TimedOut)?;
            self.stream.set_read_timeout(Some(left))?;
            match self.stream.read(room) {
                Err(err) if is_early(&err) => {}
                read => return read,
            }
        }
    }

    /// Reads the bytes already received, without waiting; `None` if there are none.
    pub(super) fn overhear(&mut self, room: &mut [u8]) -> io::Result<Option<usize>> {
        self.stream.set_nonblocking(true)?;
        let read = self.stream.read(room);
        self.stream.set_nonblocking(false)?;
        match read {
            Ok(n) => Ok(Some(n)),
            Err(err) if is_early(&err) => Ok(None),
            Err(err) => Err(err),
        }
    }
}

/// Whether the call ended without a result and the wait continues. A socket timeout is reported as
/// one of two kinds, a signal as the third.
fn is_early(err: &io::Error) -> bool {
    matches!(
        err.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use socket2::SockRef;
    use std::net::TcpListener;
    use std::time::Duration;

    const PATIENCE: Duration = Duration::from_secs(10);

    /// A client end and a server end of one connection.
    fn pair() -> (Wire, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (far, _) = listener.accept().unwrap();
        (Wire::new(near), far)
    }

    #[test]
    fn bytes_that_nobody_takes_are_offered_until_the_deadline() {
        let (mut wire, _far) = pair();
        let more_than_fits = vec![0; 64 << 20];
        let soon = Deadline::after(Duration::from_millis(100));
        let err = wire.send(&more_than_fits, &soon).unwrap_err();
        assert_eq!(err.kind(), ErrorKind::TimedOut);
    }

    #[test]
    fn bytes_that_do_not_come_are_awaited_until_the_deadline() {
        let (mut wire, _far) = pair();
        let soon = Deadline::after(Duration::from_millis(1));
        let err = wire.hear(&mut [0], &soon).unwrap_err();
        assert_eq!(err.kind(), ErrorKind::TimedOut);
    }

    #[test]
    fn overhearing_takes_what_has_come_and_leaves_the_wire_waiting() {
        let (mut wire, mut far) = pair();
        let mut room = [0; 4];
        assert_eq!(wire.overhear(&mut room).unwrap(), None);
        // A socket left non-blocking would make every later wait spin.
        assert!(!SockRef::from(&wire.stream).nonblocking().unwrap());
        far.write_all(b"a").unwrap();
        let heard = wire.hear(&mut room, &Deadline::after(PATIENCE)).unwrap();
        assert_eq!(room.get(..heard), Some(&b"a"[..]));
        drop(far);
        let closed = wire.hear(&mut room, &Deadline::after(PATIENCE)).unwrap();
        assert_eq!((closed, wire.overhear(&mut room).unwrap()), (0, Some(0)));
    }
}
