//! The socket options that no crate wraps.

#![cfg(target_os = "linux")]
#![expect(
    unsafe_code,
    reason = "setsockopt has no safe wrapper for these options"
)]

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd};
use std::time::Duration;

use nix::libc;

/// Payload bytes that have arrived on a connection since it began, read or not, in order.
///
/// # Errors
///
/// Whatever the kernel answers.
pub(super) fn bytes_received(connection: &impl AsFd) -> io::Result<u64> {
    tcp_info(connection).map(|info| info.tcpi_bytes_received)
}

/// How many of so many bytes that were written the other end has not acknowledged; none if the connection
/// is no more.
///
/// # Errors
///
/// Whatever the kernel answers.
pub(super) fn unsent(connection: &impl AsFd, written: u64) -> io::Result<u64> {
    /// `TCP_CLOSE` in the kernel's list of states.
    const CLOSED: u8 = 7;
    let info = tcp_info(connection)?;
    if info.tcpi_state == CLOSED {
        return Ok(0);
    }
    Ok(written.saturating_sub(info.tcpi_bytes_acked))
}

/// How many connections wait to be accepted from a listener, and how many may.
///
/// # Errors
///
/// Whatever the kernel answers.
pub(super) fn backlog(listener: &impl AsFd) -> io::Result<(u32, u32)> {
    // Of a socket that listens these two say something else than their names do: tcp(7) does not tell,
    // `tcp_get_info` in the kernel does.
    tcp_info(listener).map(|info| (info.tcpi_unacked, info.tcpi_sacked))
}

/// Bytes of memory that the kernel holds for what a connection has still to send.
///
/// # Errors
///
/// Whatever the kernel answers.
pub(super) fn send_memory(connection: &impl AsFd) -> io::Result<u64> {
    /// The numbers that Linux answers with, in the order of `SK_MEMINFO_…` in its `sock_diag.h`.
    type MemInfo = [u32; 9];
    const ALLOCATED_AHEAD: usize = 4;
    const QUEUED: usize = 5;
    let numbers: MemInfo = get(connection, libc::SOL_SOCKET, libc::SO_MEMINFO)?;
    let number = |index| numbers.get(index).copied().map_or(0, u64::from);
    Ok(number(QUEUED) + number(ALLOCATED_AHEAD))
}

fn tcp_info(connection: &impl AsFd) -> io::Result<libc::tcp_info> {
    get(connection, libc::IPPROTO_TCP, libc::TCP_INFO)
}

/// A value that Linux may answer with: only integers, for all of which zero is a value.
trait Integers: Copy {}

impl Integers for libc::tcp_info {}

impl Integers for [u32; 9] {}

fn get<T: Integers>(
    connection: &impl AsFd,
    level: libc::c_int,
    option: libc::c_int,
) -> io::Result<T> {
    let mut value = MaybeUninit::<T>::zeroed();
    let mut length = libc::socklen_t::try_from(size_of::<T>()).unwrap_or(0);
    // SAFETY: the descriptor is open for as long as the borrow lasts; the pointer leads to `length`
    // writable bytes, of which the kernel writes at most as many and says how many.
    let result = unsafe {
        libc::getsockopt(
            connection.as_fd().as_raw_fd(),
            level,
            option,
            value.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: all fields are integers, for which zero is a value, and what the kernel did not write
    // is still zero.
    Ok(unsafe { value.assume_init() })
}

/// Makes the kernel keep a connection to itself until the client has sent something, or for about
/// this long (whole seconds, at least one), before it is accepted; `None` hands it over at once.
///
/// # Errors
///
/// Whatever the kernel answers.
pub(super) fn defer_accept(listener: &impl AsFd, limit: Option<Duration>) -> io::Result<()> {
    let seconds = limit.map_or(0, |limit| limit.as_secs().max(1));
    let seconds = libc::c_int::try_from(seconds).unwrap_or(libc::c_int::MAX);
    let length = libc::socklen_t::try_from(size_of_val(&seconds)).unwrap_or(0);
    // SAFETY: the descriptor is open for as long as the borrow lasts; the option's value is a
    // `c_int`, the pointer leads to one that outlives the call, and `length` is its size.
    let result = unsafe {
        libc::setsockopt(
            listener.as_fd().as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_DEFER_ACCEPT,
            (&raw const seconds).cast(),
            length,
        )
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
