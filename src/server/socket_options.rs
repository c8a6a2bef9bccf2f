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

fn tcp_info(connection: &impl AsFd) -> io::Result<libc::tcp_info> {
    let mut info = MaybeUninit::<libc::tcp_info>::zeroed();
    let mut length = libc::socklen_t::try_from(size_of::<libc::tcp_info>()).unwrap_or(0);
    // SAFETY: the descriptor is open for as long as the borrow lasts; the pointer leads to `length`
    // writable bytes, of which the kernel writes at most as many and says how many.
    let result = unsafe {
        libc::getsockopt(
            connection.as_fd().as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_INFO,
            info.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: all fields are integers, for which zero is a value, and what the kernel did not write
    // is still zero.
    Ok(unsafe { info.assume_init() })
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
