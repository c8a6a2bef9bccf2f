//! Listeners whose accept queue is full, so that the kernel drops every handshake, as Linux does.

use std::net::{SocketAddr, TcpListener};
use std::thread;

use socket2::SockRef;

use super::sockets::leading_to;
use super::{PATIENCE, await_that, own_address};

/// A listener whose accept queue takes one connection. Each run begins by trying whether the server is
/// there, and nobody accepts that first connection unless a test does: it fills the queue.
pub fn full_after_one() -> TcpListener {
    let listener = TcpListener::bind(own_address()).expect("a free port");
    let socket = SockRef::from(&listener);
    socket.listen(0).expect("a backlog");
    // Holds for accepting as well.
    socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    listener
}

/// The address of a server that is there when a run tries it, and refuses every connection of the run:
/// it stops to listen once the first of them has begun, which finds no room until then.
pub fn gone_after_one() -> SocketAddr {
    let listener = full_after_one();
    let addr = listener.local_addr().expect("a bound listener");
    thread::spawn(move || {
        await_connecting(addr);
        drop(listener);
    });
    addr
}

/// Waits until a handshake is under way that has no answer.
pub fn await_connecting(addr: SocketAddr) {
    await_that("a handshake is under way", || {
        leading_to(addr).iter().any(|side| side.is_connecting)
    });
}
