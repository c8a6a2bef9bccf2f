//! A client that expects exact bytes.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use super::{JAM, PATIENCE};

#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
}

impl Client {
    pub fn connect(addr: SocketAddr) -> Self {
        Self::from(TcpStream::connect_timeout(&addr, PATIENCE).unwrap())
    }

    pub fn from(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream }
    }

    /// Another handle of the same connection, for a thread that writes while this one reads.
    pub fn clone_of(client: &Self) -> Self {
        let stream = client.stream.try_clone().unwrap();
        Self { stream }
    }

    pub fn address(&self) -> SocketAddr {
        self.stream.local_addr().unwrap()
    }

    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// Sends a byte as urgent data.
    pub fn send_urgently(&self, byte: u8) {
        let socket = socket2::SockRef::from(&self.stream);
        assert_eq!(socket.send_out_of_band(&[byte]).unwrap(), 1);
    }

    /// Sends as much as goes; the server may close meanwhile.
    pub fn send_if_taken(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// Reads exactly these bytes.
    pub fn expect(&mut self, bytes: &[u8]) {
        let mut read = vec![0; bytes.len()];
        let result = self.stream.read_exact(&mut read);
        assert!(result.is_ok(), "{result:?} while reading {}", show(bytes));
        assert_eq!(show(&read), show(bytes));
    }

    /// Asks for the time and reads it.
    pub fn ask(&mut self) {
        self.send(b"TIME\r\n");
        self.expect(JAM);
    }

    /// Reads exactly these bytes and then an orderly end: a FIN, not a reset.
    pub fn expect_last(&mut self, bytes: &[u8]) {
        let mut read = Vec::new();
        let result = self.stream.read_to_end(&mut read);
        assert!(result.is_ok(), "{result:?} after {}", show(&read));
        assert_eq!(show(&read), show(bytes));
    }

    /// Reads up to and with a line end, or to the end.
    pub fn read_a_line(&mut self) -> Vec<u8> {
        let mut line = Vec::new();
        let mut byte = [0];
        while !line.ends_with(b"\n") && self.stream.read(&mut byte).unwrap() == 1 {
            line.push(byte[0]);
        }
        line
    }

    /// Reads to the end, in order or not.
    pub fn read_to_any_end(&mut self) {
        let mut buffer = vec![0; 1 << 16];
        while self.stream.read(&mut buffer).is_ok_and(|bytes| bytes > 0) {}
    }

    pub fn end_writing(&mut self) {
        self.stream.shutdown(Shutdown::Write).unwrap();
    }

    /// Closes with a reset.
    pub fn reset(self) {
        let socket = socket2::SockRef::from(&self.stream);
        socket.set_linger(Some(Duration::ZERO)).unwrap();
    }
}

/// Connects from a local address of the caller's choice; no wait on the connection is longer than
/// [`PATIENCE`].
pub fn connect_from(source: &str, server: SocketAddr) -> io::Result<TcpStream> {
    let source: IpAddr = source.parse().unwrap();
    let socket = Socket::new(Domain::for_address(server), Type::STREAM, None)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    socket.bind(&SocketAddr::new(source, 0).into())?;
    socket.connect(&server.into())?;
    Ok(socket.into())
}

fn show(bytes: &[u8]) -> String {
    let most = bytes.len().min(4096);
    bytes[..most].escape_ascii().to_string()
}
